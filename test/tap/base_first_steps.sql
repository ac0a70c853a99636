-- What somebody meets who makes a base for the first time: names that are
-- taken, indexes that are missing, scores before there are customers.
\ir lib/base.sql
SELECT plan(22);

CREATE SCHEMA steps;
CREATE TABLE steps.everything (shop text, "Cust" uuid, c int, ct text, at date, v numeric, what text);
CREATE TABLE steps.by_year (c int, at date) PARTITION BY RANGE (at);
CREATE TABLE steps.year_2026 PARTITION OF steps.by_year FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

SELECT throws_ok($$SELECT create_base('first', 'c bigint', 'Paris')$$, '22023', 'there is no time zone "Paris"', 'a time zone that is none');
SELECT create_base('first', 'c bigint', 'Europe/Paris') \gset
SELECT create_base('second', 'shop text, "Cust" uuid', 'UTC') \gset
SELECT throws_ok($$SELECT create_base('first', 'c bigint', 'UTC')$$, '42P06', 'schema "first" already exists', 'a name that is taken');

-- The index that is asked for is one that helps.
CREATE FUNCTION pg_temp.index_for(base text, relation regclass, key text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    wanted text := lib.inside(base, format('missing_index(%L, %L, %L, ''at'', ''v'')', base, relation, key));
    helps boolean;
    index regclass;
BEGIN
    EXECUTE wanted;
    helps := lib.inside(base, format('missing_index(%L, %L, %L, ''at'', ''v'')', base, relation, key)) IS NULL;
    FOR index IN SELECT indexrelid FROM pg_index WHERE indrelid = relation LOOP
        EXECUTE format('DROP INDEX %s', index);
    END LOOP;
    RETURN wanted || CASE WHEN helps THEN '' ELSE ' does not help' END;
END
$$;
SELECT is(pg_temp.index_for('first', 'steps.everything', 'c'), 'CREATE INDEX ON steps.everything (c) INCLUDE (at, v);', 'an index on the key');
SELECT is(pg_temp.index_for('first', 'steps.everything', 'ct'), 'CREATE INDEX ON steps.everything (((ct)::bigint)) INCLUDE (at, v);',
          'on what it is cast to, where it is of another type');
SELECT is(pg_temp.index_for('first', 'steps.everything', 'substr(ct, 2)::bigint'),
          'CREATE INDEX ON steps.everything ((substr(ct, 2)::bigint)) INCLUDE (at, v);', 'on an expression');
SELECT is(pg_temp.index_for('second', 'steps.everything', 'shop, "Cust"'), 'CREATE INDEX ON steps.everything (shop, "Cust") INCLUDE (at, v);',
          'on several columns');
SELECT is(pg_temp.index_for('second', 'steps.everything', 'replace(shop, ''-'', ''''), "Cust"'),
          'CREATE INDEX ON steps.everything ((replace(shop, ''-'', '''')), "Cust") INCLUDE (at, v);', 'on several expressions');
SELECT is(lib.inside('first', $$missing_index('first', 'steps.by_year', 'c', 'at')$$), 'CREATE INDEX ON steps.by_year (c) INCLUDE (at);',
          'on a partitioned table');
CREATE INDEX ON steps.year_2026 (c);
SELECT is(lib.inside('first', $$missing_index('first', 'steps.by_year', 'c', 'at')$$), NULL, 'indexes of its partitions are as good');
CREATE INDEX ON steps.everything (at, v, (v::bigint));
SELECT isnt(lib.inside('first', $$missing_index('first', 'steps.everything', 'v::bigint', 'at')$$), NULL, 'an index on something else is none');

-- Scores that were added before there was anybody.
SELECT add_source('first', 'steps.everything', 'what', 'at') \gset
SELECT FROM add_score('first', 'given', '{"a": {"each": 1}}', cuts => '{5}');
SELECT FROM add_score('first', 'later', '{"a": {"each": 1}}', method => 'quantile', tiers => 2);
SELECT add_rfm('first', 'rfm', 'a') \gset
SELECT results_eq('SELECT tier, customers FROM first.given_tiers', 'VALUES (1, 0::bigint), (2, 0)', 'nobody is there');
INSERT INTO steps.everything (c, what, at) SELECT i % 10, 'a', '2026-01-01' FROM generate_series(0, 54) AS i;
CALL refresh('first');
SELECT is((SELECT cuts FROM first.scores WHERE name = 'given'), '{5}', 'cuts that were given stay');
SELECT is((SELECT cuts FROM first.scores WHERE name = 'later'), '{6}', 'others are made by the first refresh');
SELECT results_eq('SELECT tier, customers FROM first.later_tiers', 'VALUES (1, 5::bigint), (2, 5)', 'from its customers');
SELECT results_eq('SELECT r, segment, count(*) FROM first.rfm GROUP BY 1, 2', $$VALUES (3, 'No value'::text, 10::bigint)$$,
                  'and so are those of RFM; without a value there is no segment');
SELECT throws_ok($$SELECT FROM recut('first', 'rfm', tiers => 3)$$, '22023', '"rfm" is an RFM score: its cuts are quintiles',
                 'which has no other number of classes');
SELECT lives_ok($$SELECT FROM recut('first', 'rfm')$$, 'but may be cut again');

-- A view that groups is not read for everybody when one customer changes.
CREATE TABLE steps.orders (id int PRIMARY KEY, c int, at date);
CREATE TABLE steps.lines (id int, amount int);
INSERT INTO steps.orders SELECT i, i % 12000, '2026-01-01' FROM generate_series(1, 24000) AS i;
INSERT INTO steps.lines SELECT 1 + i % 24000, i % 5 - 1 FROM generate_series(1, 48000) AS i;
CREATE INDEX ON steps.orders (c);
CREATE INDEX ON steps.lines (id);
CREATE VIEW steps.purchases AS
SELECT id, c, at, sum(amount) AS net FROM steps.orders JOIN steps.lines USING (id) GROUP BY id, c, at HAVING sum(amount) > 0;
ANALYZE steps.orders, steps.lines;
SELECT create_base('third', 'c bigint', 'UTC') \gset
SELECT add_source('third', 'steps.purchases', $$'purchase'$$, 'at', value => 'net', filter => 'net <> 1', watch => '{"orders": "c",
    "lines": "(SELECT c FROM steps.orders AS o WHERE o.id = lines.id)"}') \gset
CALL refresh('third');
UPDATE steps.lines SET amount = amount + 3 WHERE id = 7;
SELECT lib.inside('third', $$take_marks('third')$$) \gset
SELECT alike(lib.inside('third', $$reading('third', 1, true)$$), '%OFFSET 0%', 'one customer of it: each by himself');
CALL refresh('third');
SELECT is((SELECT row(customers, changed)::text FROM third.progress), '(1,1)', 'is read, and comes out different');
UPDATE steps.lines SET amount = amount + 1;
SELECT lib.inside('third', $$take_marks('third')$$) \gset
SELECT unalike(lib.inside('third', $$reading('third', 1, true)$$), '%OFFSET 0%', 'everybody: all of it');
CALL refresh('third');
SELECT is((SELECT customers FROM third.progress), 12000::bigint, 'is read');
SELECT is_empty($$SELECT * FROM verify('third')$$, 'and both give the same');

SELECT drop_base('first'), drop_base('second'), drop_base('third') \gset
DROP SCHEMA steps, lib CASCADE;
SELECT * FROM finish();
