-- What somebody meets who makes a base for the first time: names that are
-- taken, indexes that are missing, scores before there are customers.
\set QUIET on
SET client_min_messages = error;
BEGIN;
SELECT plan(17);

CREATE TABLE public.steps (shop text, "Cust" uuid, c int, ct text, at date, v numeric, what text);
CREATE TABLE public.steps_by_year (c int, at date) PARTITION BY RANGE (at);
CREATE TABLE public.steps_2026 PARTITION OF public.steps_by_year FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

SELECT throws_ok($$SELECT create_base('first', 'c bigint', 'Paris')$$, '22023', 'there is no time zone "Paris"', 'a time zone that is none');
SELECT create_base('first', 'c bigint', 'Europe/Paris') \gset
SELECT create_base('second', 'shop text, "Cust" uuid', 'UTC') \gset
SELECT throws_ok($$SELECT create_base('first', 'c bigint', 'UTC')$$, '42P06', 'schema "first" already exists', 'a name that is taken');

-- The index that is asked for is one that helps.
CREATE FUNCTION pg_temp.index_for(base text, relation regclass, key text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    wanted text := missing_index(base, relation, key, 'at', 'v');
    helps boolean;
    index regclass;
BEGIN
    EXECUTE wanted;
    helps := missing_index(base, relation, key, 'at', 'v') IS NULL;
    FOR index IN SELECT indexrelid FROM pg_index WHERE indrelid = relation LOOP
        EXECUTE format('DROP INDEX %s', index);
    END LOOP;
    RETURN wanted || CASE WHEN helps THEN '' ELSE ' does not help' END;
END
$$;
SELECT is(pg_temp.index_for('first', 'public.steps', 'c'), 'CREATE INDEX ON public.steps (c) INCLUDE (at, v);', 'an index on the key');
SELECT is(pg_temp.index_for('first', 'public.steps', 'ct'), 'CREATE INDEX ON public.steps (((ct)::bigint)) INCLUDE (at, v);',
          'on what it is cast to, where it is of another type');
SELECT is(pg_temp.index_for('first', 'public.steps', 'substr(ct, 2)::bigint'),
          'CREATE INDEX ON public.steps ((substr(ct, 2)::bigint)) INCLUDE (at, v);', 'on an expression');
SELECT is(pg_temp.index_for('second', 'public.steps', 'shop, "Cust"'), 'CREATE INDEX ON public.steps (shop, "Cust") INCLUDE (at, v);',
          'on several columns');
SELECT is(pg_temp.index_for('second', 'public.steps', 'replace(shop, ''-'', ''''), "Cust"'),
          'CREATE INDEX ON public.steps ((replace(shop, ''-'', '''')), "Cust") INCLUDE (at, v);', 'on several expressions');
SELECT is(missing_index('first', 'public.steps_by_year', 'c', 'at'), 'CREATE INDEX ON public.steps_by_year (c) INCLUDE (at);',
          'on a partitioned table');
CREATE INDEX ON public.steps_2026 (c);
SELECT is(missing_index('first', 'public.steps_by_year', 'c', 'at'), NULL, 'indexes of its partitions are as good');
CREATE INDEX ON public.steps (at, v, (v::bigint));
SELECT isnt(missing_index('first', 'public.steps', 'v::bigint', 'at'), NULL, 'an index on something else is none');

-- Scores that were added before there was anybody.
SELECT add_source('first', 'public.steps', 'what', 'at') \gset
SELECT FROM add_score('first', 'given', '{"a": {"each": 1}}', cuts => '{5}');
SELECT FROM add_score('first', 'later', '{"a": {"each": 1}}', method => 'quantile', tiers => 2);
SELECT add_rfm('first', 'rfm', 'a') \gset
SELECT results_eq('SELECT tier, customers FROM first.given_tiers', 'VALUES (1, 0::bigint), (2, 0)', 'nobody is there');
INSERT INTO public.steps (c, what, at) SELECT i % 10, 'a', '2026-01-01' FROM generate_series(0, 54) AS i;
CALL refresh('first');
SELECT is((SELECT cuts FROM first.scores WHERE name = 'given'), '{5}', 'cuts that were given stay');
SELECT is((SELECT cuts FROM first.scores WHERE name = 'later'), '{6}', 'others are made by the first refresh');
SELECT results_eq('SELECT tier, customers FROM first.later_tiers', 'VALUES (1, 5::bigint), (2, 5)', 'from its customers');
SELECT results_eq('SELECT r, segment, count(*) FROM first.rfm GROUP BY 1, 2', $$VALUES (3, 'No value'::text, 10::bigint)$$,
                  'and so are those of RFM; without a value there is no segment');
SELECT throws_ok($$SELECT FROM recut('first', 'rfm', tiers => 3)$$, '22023', '"rfm" is an RFM score: its cuts are quintiles',
                 'which has no other number of classes');
SELECT lives_ok($$SELECT FROM recut('first', 'rfm')$$, 'but may be cut again');

SELECT * FROM finish();
ROLLBACK;
