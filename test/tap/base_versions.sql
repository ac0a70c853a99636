-- Versions of a score: another grid tried and published, against plain SQL; and
-- what was recorded of a customer on a day, by which version, and why.
\ir lib/base_care.sql
SELECT no_plan();

-- the grid without opens, as asked: "if opens are worth nothing"
CREATE VIEW care.tried AS SELECT (grid::jsonb - 'open')::grid AS grid FROM crm.scores WHERE name = 'engagement';
CREATE FUNCTION care.both(asked date) RETURNS TABLE (id bigint, before float8, after float8)
LANGUAGE sql AS $$
    SELECT c.id, coalesce(score(t, grid, asked), 0), coalesce(score(t, (grid::jsonb - 'open')::grid, asked), 0)
    FROM care.customers AS c CROSS JOIN (SELECT grid FROM crm.versions WHERE score_name = 'engagement' AND version = 1) AS g
    LEFT JOIN (SELECT id, timeline(touchpoint, day, value::float8) AS t FROM care.events GROUP BY id) AS e USING (id)
    WHERE NOT objects
$$;
-- what a base keeps, in one line, to see that trying leaves no trace
CREATE FUNCTION care.kept() RETURNS text LANGUAGE sql AS $$
    SELECT md5(concat((SELECT string_agg(s::text, '') FROM (SELECT * FROM crm.scores ORDER BY name) AS s), (SELECT string_agg(v::text, '') FROM (SELECT * FROM crm.versions ORDER BY 1, 2) AS v),
        (SELECT string_agg(pg_get_functiondef(oid), '') FROM (SELECT oid FROM pg_proc WHERE pronamespace = 'crm'::regnamespace ORDER BY proname) AS p),
        (SELECT string_agg(pg_get_viewdef(oid), '') FROM (SELECT oid FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind = 'v' ORDER BY relname) AS c)))
$$;
SELECT care.kept() AS kept \gset

-- ---------------------------------------------------------------------------
-- tried, with the cuts as they are

SELECT results_eq('SELECT tier_before, tier_after, customers FROM try_grid(''crm'', ''engagement'', (SELECT grid FROM care.tried))',
    'SELECT care.tier(before, ''engagement''), care.tier(after, ''engagement''), count(*) FROM care.both(''2026-06-30'') GROUP BY 1, 2 ORDER BY 1, 2',
    'the migration matrix is that of plain SQL');
SELECT results_eq('SELECT DISTINCT round(psi::numeric, 12) FROM try_grid(''crm'', ''engagement'', (SELECT grid FROM care.tried))', $$
    SELECT round(sum((y - x) * ln(y / x)), 12) FROM (
        SELECT greatest(n, 0.5) / sum(n) OVER () AS x, greatest(m, 0.5) / sum(m) OVER () AS y, n + m AS members FROM (
            SELECT (SELECT count(*) FROM care.both('2026-06-30') WHERE care.tier(before, 'engagement') = t) AS n,
                   (SELECT count(*) FROM care.both('2026-06-30') WHERE care.tier(after, 'engagement') = t) AS m
            FROM generate_series(1, 6) AS t) AS c) AS s WHERE members > 0$$, 'and so is the stability index, the same in each row');
SELECT is((SELECT sum(customers) FROM try_grid('crm', 'engagement', (SELECT grid FROM care.tried)) WHERE tier_before <> tier_after),
          (SELECT count(*)::numeric FROM care.both('2026-06-30') WHERE care.tier(before, 'engagement') <> care.tier(after, 'engagement')),
    'how many change tier if opens are worth nothing is one call');
SELECT results_eq('SELECT * FROM try_grid(''crm'', ''engagement'', (SELECT grid FROM crm.scores WHERE name = ''engagement''))',
    'SELECT care.tier(before, ''engagement''), care.tier(before, ''engagement''), count(*), 0::float8 FROM care.both(''2026-06-30'') GROUP BY 1 ORDER BY 1', 'the same grid moves nobody');
SELECT results_eq('SELECT tier_after, sum(customers) FROM try_grid(''crm'', ''engagement'', ''{"nothing": {"each": 1}}'') GROUP BY 1',
    'SELECT care.tier(0, ''engagement''), count(*)::numeric FROM care.both(''2026-06-30'')', 'a grid that knows nothing puts all in one tier');

SELECT results_eq('SELECT key, tier_before, tier_after, score_before, score_after FROM try_grid_customers(''crm'', ''engagement'', (SELECT grid FROM care.tried), 25)',
    'SELECT ARRAY[id::text], care.tier(before, ''engagement''), care.tier(after, ''engagement''), before, after FROM care.both(''2026-06-30'')
     WHERE before <> after ORDER BY abs(after - before) DESC, id LIMIT 25', 'who would change most');
SELECT results_eq('SELECT key, reasons FROM try_grid_customers(''crm'', ''engagement'', (SELECT grid FROM care.tried))',
    'SELECT ARRAY[id::text], ''open '' || trim_scale(round((after - before)::numeric, 2)) FROM care.both(''2026-06-30'') ORDER BY abs(after - before) DESC, id LIMIT 20', 'and why');
\set other '''{"open": {"each": 3, "half_life": "30 days"}, "purchase": {"each": 4, "half_life": "90 days"}, "call": {"each": -1}, "complaint": {"latest": {"90 days": -5}}}'''
CREATE TABLE care.reasons AS SELECT c.*, r FROM try_grid_customers('crm', 'engagement', :other, NULL) AS c CROSS JOIN regexp_split_to_table(reasons, ', ') AS r;
SELECT cmp_ok((SELECT count(DISTINCT key)::int FROM care.reasons), '>', 300, 'all who would change');
SELECT is_empty('SELECT key, score_before, score_after, sum(split_part(r, '' '', 2)::numeric) FROM care.reasons GROUP BY 1, 2, 3
                 HAVING abs(sum(split_part(r, '' '', 2)::numeric) - (score_after - score_before)::numeric) > 0.02', 'reasons add up to the change');
SELECT is_empty('SELECT reasons FROM care.reasons WHERE r !~ ''^(open|purchase|call) [+-]''', 'and are of what has changed');
SELECT is_empty($$SELECT key, reasons FROM care.reasons GROUP BY 1, 2
                  HAVING max(abs(split_part(r, ' ', 2)::numeric)) <> abs(substring(reasons FROM '[+-][\d.]+')::numeric)$$, 'what has changed most comes first');
SELECT cmp_ok(count(DISTINCT substring(reasons FROM '^\w+')), '=', 3::bigint, 'be it one or the other') FROM care.reasons WHERE reasons LIKE '%,%';
SELECT is((SELECT count(*) FROM try_grid_customers('crm', 'engagement', (SELECT grid FROM crm.scores WHERE name = 'engagement'))), 0::bigint, 'by the same grid nobody does');

-- with such cuts as leave the shares of the tiers as they are
CREATE FUNCTION care.same_shares() RETURNS float8[] LANGUAGE sql AS $$
    -- each cut as the smallest score whose mid-rank is not below the share of those below the old cut
    SELECT array_agg(coalesce((SELECT min(after) FROM (
               SELECT after, 2 * (rank() OVER (ORDER BY after) - 1) + count(*) OVER (PARTITION BY after) AS rank2 FROM care.both('2026-06-30')) AS r
               WHERE rank2 >= 2 * (SELECT count(*) FROM care.both('2026-06-30') WHERE before < cut)), 'Infinity') ORDER BY cut)
    FROM crm.scores CROSS JOIN unnest(cuts) AS cut WHERE name = 'engagement'
$$;
SELECT care.same_shares() AS cuts \gset
SELECT results_eq('SELECT tier_before, tier_after, customers FROM try_grid(''crm'', ''engagement'', (SELECT grid FROM care.tried), ''same shares'')',
    format('SELECT care.tier(before, ''engagement''), 1 + width_bucket(after, %L), count(*) FROM care.both(''2026-06-30'') GROUP BY 1, 2 ORDER BY 1, 2', :'cuts'), 'cuts of the same shares');
SELECT results_eq('SELECT * FROM try_grid(''crm'', ''engagement'', (SELECT grid FROM crm.scores WHERE name = ''engagement''), ''same shares'')',
    'SELECT care.tier(before, ''engagement''), care.tier(before, ''engagement''), count(*), 0::float8 FROM care.both(''2026-06-30'') GROUP BY 1 ORDER BY 1', 'of the same grid are the same');
SELECT is((SELECT psi FROM try_grid('crm', 'pressure', '{"email_sent": {"latest": {"60 days": 1}}}', 'same shares') LIMIT 1) IS NOT NULL, true, 'few scores and empty tiers are no error');
\set said `psql -qXAtc "SELECT count(*) FROM try_grid('crm', 'engagement', '{\"open\": {\"each\": 1}, \"Open\": {\"each\": 1}}')" 2>&1`
SELECT alike(:'said'::text, '%WARNING:  score "engagement": its grid asks for touchpoints that nobody has: Open%', 'a warning of what nobody has');
SELECT is(care.kept(), :'kept', 'trying leaves no trace');

-- ---------------------------------------------------------------------------
-- published

SELECT snapshot('crm') \g /dev/null
SELECT cuts AS cuts_1 FROM crm.scores WHERE name = 'engagement' \gset
SELECT is(publish('crm', 'engagement', (SELECT grid FROM care.tried)), 2, 'the second version');
\set said `psql -qXAtc "BEGIN" -c "SELECT publish('crm', 'engagement', '{\"open\": {\"each\": 1}, \"Open\": {\"each\": 1}}')" -c "ROLLBACK" 2>&1`
SELECT alike(:'said'::text, '%WARNING:  score "engagement": its grid asks for touchpoints that nobody has: Open%', 'which warns of what nobody has');
SELECT results_eq('SELECT version, grid, cuts, published_on FROM crm.versions WHERE score_name = ''engagement'' ORDER BY version',
    format('SELECT v, CASE v WHEN 1 THEN grid ELSE (SELECT grid FROM care.tried) END, %L::float8[], date ''2026-06-30''
            FROM (SELECT ''{"open": {"each": 1, "half_life": "30 days"}, "purchase": {"each": 10, "half_life": "90 days"}, "complaint": {"latest": {"90 days": -5}}}''::grid) AS g (grid),
                 generate_series(1, 2) AS v', :'cuts_1'), 'both are kept');
SELECT results_eq('SELECT id, score, tier FROM crm.engagement ORDER BY id', 'SELECT id, after, care.tier(after, ''engagement'') FROM care.both(''2026-06-30'') ORDER BY id', 'the view scores by the new one');
SELECT is(publish('crm', 'engagement', (SELECT grid FROM crm.versions WHERE score_name = 'engagement' AND version = 1), 'keep'), 3, 'and back again');
SELECT is(publish('crm', 'engagement', (SELECT grid FROM care.tried), 'same shares'), 4, 'and with other cuts');
SELECT is((SELECT cuts FROM crm.scores WHERE name = 'engagement'), :'cuts'::float8[], 'which are those that were tried');
SELECT is((SELECT method FROM crm.scores WHERE name = 'engagement'), 'quantile', 'recut() makes them as it did before');
SELECT is((SELECT comment FROM (SELECT col_description('crm.engagement'::regclass, attnum) AS comment FROM pg_attribute WHERE attrelid = 'crm.engagement'::regclass AND attname = 'tier') AS c),
    '1 (coldest) to 6 (hottest); cuts of 2026-06-30', 'the view says of which day');
SELECT recut('crm', 'engagement', method => 'quantile', tiers => 3, preview => true) \g /dev/null
SELECT is((SELECT max(version) FROM crm.versions WHERE score_name = 'engagement'), 4, 'a preview is no version');
SELECT recut('crm', 'engagement', method => 'quantile', tiers => 3) \g /dev/null
SELECT is((SELECT max(version) FROM crm.versions WHERE score_name = 'engagement'), 5, 'a recut is one');
SELECT is((SELECT array_agg(cardinality(cuts) + 1 ORDER BY version)::text FROM crm.versions WHERE score_name = 'engagement'), '{6,6,6,6,3}', 'with its cuts');

-- history says which version made a tier, from the day of the version on
SELECT results_eq('SELECT since, until, version, count(*) FROM crm.history WHERE score_name = ''engagement'' GROUP BY 1, 2, 3 ORDER BY 1',
    'SELECT date ''2026-06-30'', NULL::date, 5, (SELECT count(*) FROM crm.engagement)', 'of a day history keeps the last version');
SELECT results_eq('SELECT id, tier, score FROM crm.history WHERE score_name = ''engagement'' ORDER BY 1', 'SELECT id, tier, score FROM crm.engagement ORDER BY 1', 'and what it gives');
UPDATE care.day SET today = '2026-07-01';
CALL refresh('crm');
SELECT is((SELECT array_agg(DISTINCT version)::text FROM crm.history WHERE score_name = 'engagement' AND since = '2026-07-01'), '{5}', 'as the next refresh does');
SELECT is((SELECT array_agg(DISTINCT version)::text FROM crm.history WHERE score_name = 'value'), '{1}', 'of another score there is one');

-- a version is not changed by anything that follows
SELECT md5(string_agg(v::text, '' ORDER BY score_name, version)) AS versions FROM crm.versions AS v \gset
SELECT recut('crm', score, method => 'quantile', tiers => 5) FROM unnest('{engagement,value,pressure}'::text[]) AS score \g /dev/null
SELECT publish('crm', 'pressure', '{"call": {"each": 1}}', 'same shares') \g /dev/null
SELECT snapshot('crm'), recut('crm', 'pressure', cuts => '{0.5,1,2,3}'), snapshot('crm') \g /dev/null
SELECT set_population('crm', NULL) \g /dev/null
SELECT rebuild('crm') \g /dev/null
SELECT is((SELECT md5(string_agg(v::text, '' ORDER BY score_name, version)) FROM crm.versions AS v WHERE (score_name, version) NOT IN (('engagement', 6), ('value', 2), ('pressure', 2), ('pressure', 3), ('pressure', 4))),
    :'versions', 'versions do not change');
SELECT set_population('crm', 'care.customers', scored => 'NOT objects') \g /dev/null

-- a version is of its day, cuts are of the day on which they were made
UPDATE care.day SET today = '2026-07-03';
SELECT publish('crm', 'pressure', '{"call": {"each": 2}}') \g /dev/null
SELECT results_eq('SELECT cut_on, published_on FROM crm.scores AS s JOIN crm.versions AS v ON v.score_name = name AND v.version = s.version WHERE name = ''pressure''',
    $$VALUES (date '2026-07-01', date '2026-07-03')$$, 'cuts that are kept are as old as they were');
SELECT publish('crm', 'pressure', '{"call": {"each": 2}}', 'same shares') \g /dev/null
SELECT is((SELECT cut_on FROM crm.scores WHERE name = 'pressure'), date '2026-07-03', 'others are new');
UPDATE care.day SET today = '2026-07-01';

-- cuts that a score waits for belong to the version it has; what has been recorded stands
CREATE TABLE care.empty (id bigint, day date);
SELECT create_base('new', 'id bigint', 'UTC') \g /dev/null
SELECT add_source('new', 'care.empty', $$'a'$$, 'day') \g /dev/null
SELECT FROM add_score('new', 'waits', '{"a": {"each": 1}}', method => 'quantile', tiers => 2) \g /dev/null
SELECT FROM add_score('new', 'given', '{"a": {"each": 1}}', cuts => '{5}') \g /dev/null
SELECT publish('new', 'waits', '{"a": {"each": 2}}', 'same shares') \g /dev/null
INSERT INTO care.empty SELECT n % 4, '2026-01-01' FROM generate_series(1, 22) AS n;
CALL refresh('new');
SELECT results_eq('SELECT score_name, version, cuts FROM new.versions ORDER BY 1, 2', $$VALUES ('given', 1, '{5}'::float8[]), ('waits', 1, '{Infinity}'), ('waits', 2, '{12}')$$, 'the first cuts are no new version');
SELECT FROM recut('new', 'given', cuts => '{6}') \g /dev/null
SELECT results_eq('SELECT version, cuts FROM new.versions WHERE score_name = ''given'' ORDER BY 1', $$VALUES (1, '{5}'::float8[]), (2, '{6}')$$, 'cuts that were given and recorded stand');
-- shares of a score whose customers are all in one tier
SELECT FROM recut('new', 'given', cuts => '{1,1000}') \g /dev/null
SELECT results_eq($$SELECT tier_before, tier_after, customers, psi FROM try_grid('new', 'given', '{"a": {"each": 3}}', 'same shares')$$,
    'VALUES (2, 2, 4::bigint, 0::float8)', 'who are all in one tier stay in it together');
SELECT publish('new', 'given', '{"a": {"each": 3}}', 'same shares') \g /dev/null
SELECT is((SELECT cuts FROM new.scores WHERE name = 'given'), '{15,Infinity}', 'the cut below them is the lowest score');
SELECT FROM recut('new', 'given', cuts => '{100,1000}') \g /dev/null
SELECT publish('new', 'given', '{"a": {"each": 1}}', 'same shares') \g /dev/null
SELECT is((SELECT cuts FROM new.scores WHERE name = 'given'), '{Infinity,Infinity}', 'in the lowest tier, too');
-- two of three are below a cut, and by the other grid the others have just that
-- mid-rank; nobody is below another cut, and all below a third
TRUNCATE care.empty;
ALTER TABLE care.empty ADD what text DEFAULT 'a';
SELECT add_source('new', 'care.empty', 'what', 'day') \g /dev/null
SELECT drop_source('new', 1) \g /dev/null
INSERT INTO care.empty SELECT id, '2026-01-01', what FROM (VALUES (1, 'a'), (2, 'a'), (3, 'a'), (3, 'a'), (2, 'b'), (3, 'b')) AS e (id, what);
CALL refresh('new');
SELECT FROM recut('new', 'given', cuts => '{0,2,9}') \g /dev/null
SELECT publish('new', 'given', '{"b": {"each": 5}}', 'same shares') \g /dev/null
SELECT results_eq('SELECT id, tier FROM new.given ORDER BY id', 'VALUES (1::bigint, 2), (2, 3), (3, 3)', 'shares are compared as the fractions they are');
SELECT is((SELECT cuts FROM new.scores WHERE name = 'given'), '{0,5,Infinity}'::float8[], 'and tiers that had nobody have nobody');
SELECT drop_base('new') \g /dev/null

-- ---------------------------------------------------------------------------
-- refused

SELECT throws_ok(format('SELECT %s', call), state, message, call)
FROM (VALUES
    ($$publish('crm', 'engagement', NULL)$$, '22004', 'grid must not be null'),
    ($$try_grid('crm', 'engagement', NULL)$$, '22004', 'grid must not be null'),
    ($$try_grid_customers('crm', 'engagement', NULL)$$, '22004', 'grid must not be null'),
    ($$try_grid('crm', 'engagement', '{}', NULL)$$, '22023', 'cuts must be ''keep'' or ''same shares'''),
    ($$publish('crm', 'engagement', '{}', 'other')$$, '22023', 'cuts must be ''keep'' or ''same shares'''),
    ($$try_grid('crm', 'value', '{}')$$, '42809', 'score "value" has no grid'),
    ($$publish('crm', 'value', '{}')$$, '42809', 'score "value" has no grid'),
    ($$publish('crm', 'nothing', '{}')$$, '42704', 'base "crm" has no score "nothing"'),
    ($$try_grid_customers('crm', 'engagement', '{}', -1)$$, '2201W', NULL),
    ($$score_on('crm', 'value', 1, '2026-06-30')$$, '42809', 'score "value" has no grid'),
    ($$score_on('crm', 'engagement', 1, NULL)$$, '22023', 'day must be a day'),
    ($$score_on('crm', 'engagement', 1, 'infinity')$$, '22023', 'day must be a day'),
    ($$score_on('crm', 'engagement', NULL::bigint, '2026-06-30')$$, '22023', 'the key of base "crm" has 1 columns'),
    ($$score_on('crm', 'engagement', 'x', '2026-06-30')$$, '22P02', NULL)) AS v (call, state, message);

-- ---------------------------------------------------------------------------
-- score_on(): what was recorded, what today's data say, and why

CREATE TABLE care.slips (shop text, member int, day date, what text);
CREATE TABLE care.clock AS SELECT date '2026-06-01' AS today;
SELECT create_base('shop "1"', 'shop text, member int', 'UTC') \g /dev/null
CREATE OR REPLACE FUNCTION "shop ""1""".today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE RETURN (SELECT today FROM care.clock);
SELECT add_source('shop "1"', 'care.slips', 'what', 'day') \g /dev/null
INSERT INTO care.slips VALUES ('a, "b"', 1, '2026-05-30', 'buy'), ('a, "b"', 1, '2026-05-31', 'buy'), ('a, "b"', 2, '2026-05-31', 'buy'), ('c', 1, '2026-05-31', 'look');
CALL refresh('shop "1"');
SELECT FROM add_score('shop "1"', 'it''s', '{"buy": {"each": 10, "within": "30 days"}, "look": {"each": 1}}', cuts => '{5,15}') \g /dev/null
CALL refresh('shop "1"');
CREATE FUNCTION care.told(day date, key text[] DEFAULT '{"a, \"b\"",1}') RETURNS TABLE (what text, version int, total float8, tier int, touchpoint text, points numeric, reason text)
LANGUAGE sql AS $$ SELECT * FROM score_on('shop "1"', 'it''s', key, day) $$;
SELECT results_eq($$SELECT * FROM care.told('2026-06-01')$$, $$VALUES
    ('recorded', 1, 20::float8, 3, NULL, NULL::numeric, 'in tier 3 since 2026-06-01, with 20 points on that day'),
    ('today''s data', 1, 20, 3, NULL, NULL, 'as recorded'),
    ('breakdown', 1, NULL, NULL, 'buy', 20, '2 x buy, the last 1 day ago, 10 each, within 30 days'),
    ('breakdown', 1, NULL, NULL, 'look', 0, 'no look')$$, 'as it was recorded');
UPDATE care.clock SET today = '2026-06-10';
CALL refresh('shop "1"');
SELECT results_eq($$SELECT what, total, tier, reason FROM care.told('2026-06-07') WHERE what <> 'breakdown'$$, $$VALUES
    ('recorded', NULL, 3, 'in tier 3 since 2026-06-01, with 20 points on that day'), ('today''s data', 20::float8, 3, 'as recorded')$$, 'on a day in between the tier is known');
SELECT results_eq($$SELECT what, total, reason FROM care.told('2026-05-30') WHERE what <> 'breakdown'$$, $$VALUES ('today''s data', 10::float8, 'nothing was recorded for that day')$$, 'before it was recorded');
SELECT results_eq($$SELECT what, total, reason FROM care.told('2026-08-01') WHERE what <> 'breakdown'$$, $$VALUES ('today''s data', 0::float8, 'nothing was recorded for that day')$$, 'on a day to come, if nothing happens');
-- a late row changes the points of a day, not its tier; another changes that, too
INSERT INTO care.slips VALUES ('a, "b"', 1, '2026-05-29', 'look');
CALL refresh('shop "1"');
SELECT is((SELECT reason FROM care.told('2026-06-01') WHERE what = 'today''s data'), 'not as recorded: something came later, was corrected or removed', 'a row that came late is marked');
SELECT is((SELECT reason FROM care.told('2026-06-02') WHERE what = 'today''s data'), 'as recorded', 'where the tier alone was recorded it is the same');
DELETE FROM care.slips WHERE day = '2026-05-30';
CALL refresh('shop "1"');
SELECT results_eq($$SELECT total, tier, reason FROM care.told('2026-06-02') WHERE what = 'today''s data'$$,
    $$VALUES (11::float8, 2, 'not as recorded: something came later, was corrected or removed, or no refresh ran on that day')$$, 'a row that was removed, too');
-- another version: each day by the one that scored it
SELECT publish('shop "1"', 'it''s', '{"buy": {"each": 1}}') \g /dev/null
SELECT is((SELECT published_on FROM "shop ""1""".versions WHERE version = 2), '2026-06-10', 'from this day on');
UPDATE care.clock SET today = '2026-06-15';
SELECT results_eq($$SELECT what, version, total, tier FROM care.told('2026-06-12')$$, $$VALUES ('recorded', 2, NULL::float8, 1), ('today''s data', 2, 1, 1), ('breakdown', 2, NULL, NULL)$$, 'without a refresh, too');
CALL refresh('shop "1"');
SELECT results_eq($$SELECT what, version, total FROM care.told('2026-06-02')$$, $$VALUES ('recorded', 1, NULL), ('today''s data', 1, 11::float8), ('breakdown', 1, NULL), ('breakdown', 1, NULL)$$, 'by the first version');
SELECT results_eq($$SELECT what, version, total, tier FROM care.told('2026-06-10')$$, $$VALUES ('recorded', 2, 1::float8, 1), ('today''s data', 2, 1, 1), ('breakdown', 2, NULL, NULL)$$, 'and by the second');
SELECT results_eq($$SELECT what, version, reason FROM care.told('2026-06-11', '{nobody,7}')$$, $$VALUES ('today''s data', 2, 'the customer is not among those whom base "shop "1"" scores')$$, 'who is not there');
SELECT erase('shop "1"', 'a, "b"', 1) \g /dev/null
SELECT results_eq($$SELECT what, reason FROM care.told('2026-06-01')$$, $$VALUES ('today''s data', 'the customer is not among those whom base "shop "1"" scores')$$, 'nor is who was erased');
SELECT throws_ok($$SELECT care.told('2026-06-01', '{a}')$$, '22023', 'the key of base "shop "1"" has 2 columns', 'a key of too few columns');
SELECT throws_ok($$SELECT score_on('shop "1"', 'it''s', 'a', '2026-06-01')$$, '22023', 'the key of base "shop "1"" has 2 columns', 'and one that is no array');
SELECT results_eq('SELECT key FROM try_grid_customers(''shop "1"'', ''it''''s'', ''{"buy": {"each": 7}}'')', $$VALUES (ARRAY['a, "b"', '2'])$$, 'keys of several columns');
SELECT drop_base('shop "1"') \g /dev/null

-- keys of other types
SELECT is((SELECT reason FROM score_on('crm', 'engagement', k.id::int, '2026-07-01') WHERE what = 'today''s data'), 'as recorded', 'a number of another size') FROM (SELECT min(id) AS id FROM crm.engagement) AS k;
SELECT is((SELECT reason FROM score_on('crm', 'engagement', k.id::text, '2026-07-01') WHERE what = 'today''s data'), 'as recorded', 'or its text') FROM (SELECT min(id) AS id FROM crm.engagement) AS k;

DROP VIEW care.tried;
SET client_min_messages = error;
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA care, lib CASCADE;
SELECT * FROM finish();
