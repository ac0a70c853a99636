-- Gaps of a base against plain SQL: customers, populations, what chance would
-- give, distributions and moves; what an editor, a recut and a publish change.
\ir lib/base_care.sql
SELECT no_plan();

-- ---------------------------------------------------------------------------
-- the value level: below 0 is a level, and shares of the others are four

SELECT is((SELECT labels FROM crm.scores WHERE name = 'value'), '{"negative margin",minor,important,"very important",strategic}', 'levels have their names');
SELECT is((SELECT cuts FROM crm.scores WHERE name = 'value'),
          (SELECT 0::float8 || share_cuts(value, '{0.5,0.3,0.15,0.05}') FROM care.points('2026-06-30') WHERE value >= 0), 'and their cuts');
SELECT results_eq('SELECT tier, customers FROM crm.value_tiers ORDER BY tier NULLS LAST', $$
    SELECT l.level, count(p.id) FROM (SELECT level FROM generate_series(1, 5) AS level UNION ALL SELECT NULL) AS l (level)
    LEFT JOIN care.points('2026-06-30') AS p ON l.level IS NOT DISTINCT FROM CASE
        WHEN value < 0 THEN 1
        -- mid-rank among those who are not below 0
        ELSE 2 + (SELECT count(*) FROM unnest('{0.5,0.8,0.95}'::numeric[]) AS border
                  WHERE border <= (SELECT (count(*) FILTER (WHERE o.value < p.value) + 0.5 * count(*) FILTER (WHERE o.value = p.value)) / count(*)
                                   FROM care.points('2026-06-30') AS o WHERE o.value >= 0)) + p.value * 0 END
    GROUP BY 1 ORDER BY 1 NULLS LAST$$, 'with the customers that plain SQL puts there, and those who have bought nothing beside them');
SELECT throws_ok($$SELECT add_score('crm', 'other', measure => '1', method => 'value level', labels => '{a,b,c,d,e,f}')$$, '22023', '6 labels for 5 tiers', 'it has five');
SELECT results_eq($$SELECT tier, label, lower_cut FROM recut('crm', 'engagement', method => 'value level', preview => true)$$,
    $$SELECT t, value_level_label(t), (0::float8 || (SELECT share_cuts(engagement, '{0.5,0.3,0.15,0.05}') FROM care.points('2026-06-30') WHERE engagement >= 0))[t - 1]
      FROM generate_series(1, 5) AS t$$, 'any score may be cut so');
SELECT results_eq($$SELECT label FROM recut('crm', 'value', method => 'quantile', preview => true) ORDER BY tier$$, 'SELECT tier_label(t, 5) FROM generate_series(1, 5) AS t',
    'cut in another way, its levels have other names');
SELECT results_eq($$SELECT label FROM recut('crm', 'pressure', method => 'value level', preview => true) ORDER BY tier$$, 'SELECT value_level_label(t) FROM generate_series(1, 5) AS t',
    'and so have tiers that become levels');
SELECT results_eq($$SELECT label FROM recut('crm', 'value', labels => '{a,b,c,d,e}', preview => true) ORDER BY tier$$, $$SELECT unnest('{a,b,c,d,e}'::text[])$$, 'unless they are given');

-- few customers: nobody, nobody who has bought, nobody above 0, one at 0
CREATE TABLE care.margins (id int, day date, margin numeric);
SELECT create_base('few', 'id int', 'UTC') \g /dev/null
SELECT add_source('few', 'care.margins', $$'margin'$$, 'day', 'margin') \g /dev/null
SELECT FROM add_score('few', 'level', measure => $$(rfm(timeline, 'margin', as_of)).monetary$$, method => 'value level') \g /dev/null
SELECT is((SELECT cuts FROM few.scores), '{Infinity,Infinity,Infinity,Infinity}'::float8[], 'of nobody there are no levels');
INSERT INTO care.margins VALUES (1, '2999-01-01', 5);
CALL refresh('few');
SELECT is((SELECT cuts FROM few.scores), '{Infinity,Infinity,Infinity,Infinity}'::float8[], 'nor of those who have bought nothing');
INSERT INTO care.margins VALUES (2, '2026-01-01', -5), (3, '2026-01-01', -0.01);
CALL refresh('few');
SELECT is((SELECT cuts FROM few.scores), '{0,Infinity,Infinity,Infinity}'::float8[], 'the first who have bought make them');
SELECT results_eq('SELECT id, tier FROM few.level ORDER BY id', 'VALUES (1, NULL::int), (2, 1), (3, 1)', 'below 0 all are of one level');
INSERT INTO care.margins VALUES (4, '2026-01-01', 7), (4, '2026-01-02', -7);
CALL refresh('few');
SELECT results_eq('SELECT id, tier FROM few.level WHERE id = 4', 'VALUES (4, 2)', 'at 0 it is the next');
SELECT drop_base('few') \g /dev/null

-- ---------------------------------------------------------------------------
-- over-pressed, in line, under-pressed

SELECT add_gap('crm', 'care', 'pressure', 'value') \g /dev/null
CREATE FUNCTION care.gaps(asked date) RETURNS TABLE (id bigint, segment text, a int, b int, gap int)
LANGUAGE sql AS $$
    SELECT id, segment, a, b, a - b
    FROM (SELECT id, segment, care.tier(pressure, 'pressure') AS a, care.tier(value, 'value') AS b FROM care.points(asked)) AS p
$$;
SELECT results_eq('SELECT id, tier_of, tier_against, gap, population, action FROM crm.care ORDER BY id', $$
    SELECT id, a, b, gap, CASE WHEN gap < 0 THEN 'under-pressed' WHEN gap = 0 THEN 'in line' WHEN gap > 0 THEN 'over-pressed' END,
           CASE WHEN gap < 0 THEN 'contact more' WHEN gap = 0 THEN 'as it is' WHEN gap > 0 THEN 'let it rest' END
    FROM care.gaps('2026-06-30') ORDER BY id$$, 'each customer has the gap of plain SQL');
SELECT cmp_ok((SELECT count(DISTINCT gap)::int FROM crm.care), '>=', 5, 'gaps of many sizes');
SELECT ok(bool_and(n > 0), 'customers in each population') FROM (
    SELECT count(c.id) AS n FROM unnest('{under-pressed,in line,over-pressed,NULL}'::text[]) AS p (population)
    LEFT JOIN crm.care AS c ON c.population IS NOT DISTINCT FROM p.population GROUP BY p.population) AS p;
SELECT results_eq('SELECT id, email, "by text" FROM crm.care ORDER BY id',
                  'SELECT id, email IS TRUE, sms FROM care.customers WHERE NOT objects ORDER BY id', 'with the channels by which they may be reached');

-- each pair as frequent as the shares of both say: n(a) n(b) / n
CREATE VIEW care.expected AS
WITH known AS (SELECT a, b FROM care.gaps('2026-06-30') WHERE gap IS NOT NULL)
SELECT g.gap, (SELECT count(*) FROM known WHERE a - b = g.gap) AS customers,
       (SELECT coalesce(sum((SELECT count(*) FROM known AS k WHERE k.a = x) * (SELECT count(*) FROM known AS k WHERE k.b = y)::numeric), 0)
               / (SELECT count(*) FROM known)
        FROM generate_series(1, 5) AS x CROSS JOIN generate_series(1, 5) AS y WHERE x - y = g.gap) AS expected
FROM generate_series(-4, 4) AS g (gap);
SELECT results_eq('SELECT gap, customers, round(expected::numeric, 9) FROM crm.care_tiers WHERE gap IS NOT NULL',
                  'SELECT gap, customers, round(expected, 9) FROM care.expected ORDER BY gap', 'counts beside those that chance would give');
SELECT is((SELECT sum(expected)::numeric(12, 6) FROM crm.care_tiers), (SELECT count(gap)::numeric(12, 6) FROM crm.care), 'which are as many in all');
SELECT results_eq('SELECT population, customers, expected, action FROM crm.care_tiers WHERE gap IS NULL',
                  'SELECT NULL::text, count(*), NULL::float8, NULL::text FROM care.gaps(''2026-06-30'') WHERE gap IS NULL',
                  'whose value is not known is counted apart');
SELECT add_gap('crm', 'turned', 'value', 'pressure') \g /dev/null
SELECT results_eq('SELECT -gap, customers, round(expected::numeric, 9) FROM crm.turned_tiers ORDER BY 1', 'SELECT gap, customers, round(expected::numeric, 9) FROM crm.care_tiers ORDER BY 1',
                  'nor is it when it is the first of the two');
SELECT drop_score('crm', 'turned') \g /dev/null
SELECT results_eq('SELECT population, sum(customers) FROM crm.care_tiers GROUP BY 1 ORDER BY 1',
                  'SELECT population, count(*)::numeric FROM crm.care GROUP BY 1 ORDER BY 1', 'populations add up');

-- two scores that have nothing to do with each other, and one with itself
SELECT add_gap('crm', 'none', 'pressure', 'pressure', populations => '{cooler,same,hotter}', actions => '{a,b,c}') \g /dev/null
SELECT results_eq('SELECT gap, population, customers, action FROM crm.none_tiers', $$
    SELECT g, (ARRAY['cooler', 'same', 'hotter'])[sign(g) + 2], CASE g WHEN 0 THEN (SELECT count(*) FROM crm.pressure) ELSE 0 END, (ARRAY['a', 'b', 'c'])[sign(g) + 2]
    FROM generate_series(-4, 4) AS g$$, 'a score against itself is in line, and all of it is known');

-- what to do is a table
UPDATE crm.gap_actions SET action = 'call' WHERE name = 'care' AND gap = -4;
UPDATE crm.gap_actions SET action = NULL WHERE name = 'care' AND gap = 1;
DELETE FROM crm.gap_actions WHERE name = 'care' AND gap = 2;
SELECT results_eq('SELECT gap, action FROM crm.care_tiers WHERE gap IN (-4, -3, 1, 2)', $$VALUES (-4, 'call'), (-3, 'contact more'), (1, NULL), (2, NULL)$$,
    'an action that was edited shows in the one view');
SELECT results_eq('SELECT DISTINCT action FROM crm.care WHERE gap = 1 OR gap = 2', 'VALUES (NULL::text)', 'and in the other');
SELECT is((SELECT count(*) FROM crm.care), (SELECT count(*) FROM care.points('2026-06-30')), 'nobody is lost by that');

-- ---------------------------------------------------------------------------
-- told on any day, by any column, as scores are

SELECT results_eq('SELECT tier, label, customers, round(share::numeric, 12) FROM distribution(''crm'', ''care'')', $$
    SELECT g.gap, CASE WHEN g.gap < 0 THEN 'under-pressed' WHEN g.gap = 0 THEN 'in line' WHEN g.gap > 0 THEN 'over-pressed' END, count(p.id),
           round(count(p.id)::numeric / (SELECT count(*) FROM care.points('2026-06-30')), 12)
    FROM (SELECT generate_series(-4, 4) UNION ALL SELECT NULL) AS g (gap) LEFT JOIN care.gaps('2026-06-30') AS p ON p.gap IS NOT DISTINCT FROM g.gap
    GROUP BY g.gap ORDER BY 1$$, 'its distribution');
SELECT results_eq('SELECT part, tier, customers FROM distribution(''crm'', ''care'', ''2026-04-01'', by => ''segment'') WHERE customers > 0',
                  'SELECT segment, gap, count(*) FROM care.gaps(''2026-04-01'') GROUP BY 1, 2 ORDER BY 1, 2', 'on another day, by a column of the population');
SELECT results_eq(format('SELECT part, tier, customers FROM distribution(''crm'', %L, ''2026-05-01'', by => ''email'') WHERE customers > 0', score),
                  format('SELECT email::text, care.tier(%1$I, %1$L), count(*) FROM care.points(''2026-05-01'') JOIN care.customers USING (id) GROUP BY 1, 2 ORDER BY 1, 2', score),
                  'as it is of ' || score)
FROM unnest('{pressure,value,engagement}'::text[]) AS score;
SELECT results_eq('SELECT * FROM moves(''crm'', ''care'', ''2026-05-15'', ''2026-06-20'')',
                  'SELECT a.gap, b.gap, count(*) FROM care.gaps(''2026-05-15'') AS a JOIN care.gaps(''2026-06-20'') AS b USING (id)
                   WHERE a.gap IS NOT NULL OR b.gap IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2', 'moves between gaps');
SELECT is(drift('crm', 'care', '2026-05-15')::numeric(20, 12), (
    SELECT sum((y - x) * ln(y / x)) FROM (
        SELECT greatest(n, 0.5) / sum(n) OVER () AS x, greatest(m, 0.5) / sum(m) OVER () AS y, n + m AS members FROM (
            SELECT (SELECT count(*) FROM care.gaps('2026-05-15') AS g WHERE g.gap = t) AS n, (SELECT count(*) FROM care.gaps('2026-06-30') AS g WHERE g.gap = t) AS m
            FROM generate_series(-4, 4) AS t) AS c) AS s WHERE members > 0)::numeric(20, 12), 'and how far they drift');

-- who has left since is known from what was recorded of both
SELECT snapshot('crm') \g /dev/null
CREATE TABLE care.gone AS SELECT c.*, g.gap FROM care.customers AS c JOIN care.gaps('2026-06-30') AS g USING (id) WHERE id % 3 = 0;
DELETE FROM care.customers WHERE id IN (SELECT id FROM care.gone);
UPDATE care.day SET today = '2026-07-01';
SELECT results_eq('SELECT * FROM moves(''crm'', ''care'', ''2026-06-30'') WHERE tier_after IS NULL AND tier_before IS NOT NULL',
                  'SELECT gap, NULL::int, count(*) FROM care.gone WHERE gap IS NOT NULL GROUP BY 1 ORDER BY 1', 'moves of those who left');
INSERT INTO care.customers SELECT id, segment, email, sms, objects FROM care.gone;
UPDATE care.day SET today = '2026-06-30';
DROP TABLE care.gone;
DELETE FROM crm.history;

-- ---------------------------------------------------------------------------
-- it follows its scores

SELECT FROM recut('crm', 'pressure', cuts => '{1,5,10,20}') \g /dev/null
SELECT results_eq('SELECT id, gap FROM crm.care ORDER BY id', 'SELECT id, gap FROM care.gaps(''2026-06-30'') ORDER BY id', 'through a recut');
SELECT results_eq('SELECT gap, customers FROM crm.care_tiers WHERE gap IS NOT NULL', 'SELECT gap, customers FROM care.expected ORDER BY gap', 'both views');
SELECT publish('crm', 'pressure', '{"call": {"each": 3}}') \g /dev/null
SELECT results_eq('SELECT id, gap FROM crm.care ORDER BY id',
    $$SELECT id, 1 + width_bucket(3 * (SELECT count(*) FROM care.events AS e WHERE e.id = p.id AND touchpoint = 'call' AND day <= '2026-06-30')::float8, '{1,5,10,20}'::float8[])
                 - care.tier(value, 'value')
      FROM care.points('2026-06-30') AS p ORDER BY id$$, 'and through another grid');
SELECT throws_ok($$SELECT recut('crm', 'value', method => 'quantile', tiers => 4)$$, '55006', 'score "value" must keep its 5 tiers: gap "care" compares them',
    'which keep their number of tiers');
SELECT throws_ok($$SELECT recut('crm', 'value', method => 'quantile', tiers => 4, preview => true)$$, '55006', NULL, 'as a preview says, too');
SELECT throws_ok(format('SELECT recut(''crm'', %L, cuts => ''{1}'')', score), '55006', format('score "%s" must keep its 5 tiers: gap "care" compares them', score), 'either of them: ' || score)
FROM unnest('{pressure,value}'::text[]) AS score;
SELECT throws_ok(format('SELECT drop_score(''crm'', %L)', score), '2BP01', format('"care" is made from score "%s"', score), 'and are not dropped before it: ' || score)
FROM unnest('{pressure,value}'::text[]) AS score;
SELECT is((SELECT tiers FROM crm.scores WHERE name = 'value'), 5, 'nothing was changed');
UPDATE care.day SET today = '2026-07-05';
SELECT results_eq('SELECT gap, count(*) FROM crm.care GROUP BY 1 ORDER BY 1', $$
    SELECT 1 + width_bucket(3 * (SELECT count(*) FROM care.events AS e WHERE e.id = p.id AND touchpoint = 'call' AND day <= '2026-07-05')::float8, '{1,5,10,20}'::float8[])
           - care.tier(value, 'value'), count(*) FROM care.points('2026-07-05') AS p GROUP BY 1 ORDER BY 1$$, 'tomorrow it is tomorrow''s');
UPDATE care.day SET today = '2026-06-30';

SELECT FROM recut('crm', 'value', method => 'quantile') \g /dev/null
SELECT results_eq('SELECT id, tier_against FROM crm.care ORDER BY id', 'SELECT id, tier FROM crm.value ORDER BY id', 'and it follows the other one');
SELECT results_eq('SELECT gap, customers FROM crm.care_tiers', 'SELECT gap, count(c.id) FROM (SELECT generate_series(-4, 4) UNION ALL SELECT NULL) AS g (gap)
                   LEFT JOIN crm.care AS c USING (gap) WHERE gap IS NOT NULL GROUP BY 1 UNION ALL SELECT NULL, count(*) FROM crm.care WHERE gap IS NULL ORDER BY 1', 'in both views');

SELECT set_population('crm', 'care.customers', contactable => '{"email": "email"}') \g /dev/null
SELECT is((SELECT array_agg(attname ORDER BY attnum)::text FROM pg_attribute WHERE attrelid = 'crm.care'::regclass AND NOT attisdropped AND attnum > 0),
          '{id,email,tier_of,tier_against,gap,population,action}', 'a channel that is gone is gone');
SELECT is((SELECT count(*) FROM crm.care), 600::bigint, 'customers who are no longer left out are there');
SELECT set_population('crm', NULL) \g /dev/null
SELECT results_eq('SELECT id FROM crm.care ORDER BY id', 'SELECT id FROM crm.timelines ORDER BY id', 'without a population, whoever has an interaction');
SELECT results_eq('SELECT sum(customers)::bigint FROM crm.care_tiers', 'SELECT count(*) FROM crm.timelines', 'in both views');
-- there from the first interaction on
SELECT is((SELECT sum(customers) FROM distribution('crm', 'care', '2026-03-01')), (SELECT count(*)::numeric FROM crm.timelines WHERE first_on(timeline) <= '2026-03-01'),
    'and on a past day whoever was there');

-- ---------------------------------------------------------------------------
-- refused

SELECT add_rfm('crm', 'rfm', 'purchase') \g /dev/null
SELECT throws_ok(format('SELECT add_gap(%s)', arguments), state, message, arguments)
FROM (VALUES
    ($$'crm', 'x', 'pressure', 'engagement'$$, '22023', 'score "pressure" has 5 tiers, score "engagement" has 6'),
    ($$'crm', 'x', 'pressure', 'rfm'$$, '42809', '"rfm" is an RFM score: it has cells, no tiers'),
    ($$'crm', 'x', 'pressure', 'nothing'$$, '42704', 'base "crm" has no score "nothing"'),
    ($$'crm', 'x', 'pressure', 'care'$$, '42704', 'base "crm" has no score "care"'),
    ($$'crm', 'x', NULL, 'value'$$, '42704', NULL),
    ($$'crm', NULL, 'pressure', 'value'$$, '22023', 'a gap needs a name, three populations and three actions'),
    ($$'crm', 'x', 'pressure', 'value', '{a,b}'$$, '22023', 'a gap needs a name, three populations and three actions'),
    ($$'crm', 'x', 'pressure', 'value', '{a,b,NULL}'$$, '22023', 'a gap needs a name, three populations and three actions'),
    ($$'crm', 'x', 'pressure', 'value', NULL$$, '22023', 'a gap needs a name, three populations and three actions'),
    ($$'crm', 'x', 'pressure', 'value', '{a,b,c}', '{a,b}'$$, '22023', 'a gap needs a name, three populations and three actions'),
    ($$'crm', 'care', 'pressure', 'value'$$, '42710', '"care" cannot be the name of a score of base "crm"'),
    ($$'crm', 'pressure', 'pressure', 'value'$$, '42710', NULL),
    ($$'crm', 'gaps', 'pressure', 'value'$$, '42710', NULL),
    ($$'crm', '', 'pressure', 'value'$$, '42710', NULL),
    ($$'crm', repeat('x', 51), 'pressure', 'value'$$, '42710', NULL),
    ($$'elsewhere', 'x', 'pressure', 'value'$$, '3F000', 'base "elsewhere" does not exist')) AS v (arguments, state, message);
SELECT throws_ok($$SELECT add_score('crm', 'care_tiers', measure => '1')$$, '42710', NULL, 'a name that a gap''s view has is taken');
SELECT add_gap('crm', 'x_moves', 'pressure', 'value') \g /dev/null
SELECT throws_ok($$SELECT add_score('crm', 'x', measure => '1')$$, '42710', '"x" cannot be the name of a score of base "crm"', 'nor is one whose view of moves would be that of a gap');
SELECT drop_score('crm', 'x_moves') \g /dev/null
-- what such an error says besides
\set said `psql -qXAtc "SELECT explain('crm', 'care', 1)" -c "SELECT add_gap('crm', 'care', 'pressure', 'value')" -c "SELECT add_gap('crm', '', 'pressure', 'value')" 2>&1`
SELECT alike(:'said'::text, '%"care" is a gap, made from "pressure" and "value".%', 'what has that name instead');
SELECT alike(:'said'::text, '%DETAIL:  There is crm.care already.%', 'that it is taken');
SELECT alike(:'said'::text, '%DETAIL:  Names have 1 to 50 bytes%', 'what names are like');
SELECT is((SELECT count(*) FROM crm.gaps), 2::bigint, 'and nothing is left of any of them');

-- names that need quoting, and words that would be SQL
SELECT add_gap('crm', 'a "b"; DROP TABLE x; --''', 'pressure', 'value', populations => '{"it''s %L less","{,}","\"%1$s\""}', actions => '{"a''b",NULL,"$sql$"}') \g /dev/null
SELECT results_eq('SELECT population, action FROM crm."a ""b""; DROP TABLE x; --''_tiers" WHERE gap BETWEEN -1 AND 1 ORDER BY gap',
    $$VALUES ('it''s %L less', 'a''b'), ('{,}', NULL), ('"%1$s"', '$sql$')$$, 'are names and words');
SELECT results_eq('SELECT gap, count(*) FROM crm."a ""b""; DROP TABLE x; --''" GROUP BY 1 ORDER BY 1', 'SELECT gap, count(*) FROM crm.care GROUP BY 1 ORDER BY 1', 'of a gap like others');
SELECT add_gap('crm', 'lower', 'pressure', 'value', populations => '[4:6]={a,b,c}', actions => '[0:2]={d,e,f}') \g /dev/null
SELECT results_eq('SELECT population, action FROM crm.lower_tiers WHERE gap BETWEEN -1 AND 1 ORDER BY gap', $$VALUES ('a', 'd'), ('b', 'e'), ('c', 'f')$$, 'arrays begin where they like');

-- ---------------------------------------------------------------------------
-- and it goes

-- but nothing that only sounds as if it belonged to it
SELECT add_gap('crm', 'apart', 'pressure', 'value'), add_surge('crm', 'often', 'purchase') \g /dev/null
SELECT FROM unnest('{apart_moves,often_tiers,often_moves,rfm_tiers}'::text[]) AS name, add_score('crm', name, measure => '1') \g /dev/null
CREATE FUNCTION crm.apart_on(timeline, date) RETURNS int LANGUAGE sql RETURN 1;
CREATE FUNCTION crm.often_on(timeline, date) RETURNS int LANGUAGE sql RETURN 1;
CREATE FUNCTION crm.rfm_on(timeline, date) RETURNS int LANGUAGE sql RETURN 1;
SELECT drop_score('crm', name) FROM unnest('{apart,often,rfm}'::text[]) AS name \g /dev/null
SELECT is_empty($$SELECT name FROM unnest('{apart,apart_tiers,often,rfm}'::text[]) AS name WHERE to_regclass('crm.' || name) IS NOT NULL$$, 'a gap, a surge and RFM go with their views');
SELECT is_empty($$SELECT name FROM unnest('{apart_moves,often_tiers,often_moves,rfm_tiers}'::text[]) AS name WHERE to_regclass('crm.' || name) IS NULL$$, 'and with no view of another score');
SELECT is((SELECT count(*) FROM pg_proc WHERE pronamespace = 'crm'::regnamespace AND proname IN ('apart_on', 'often_on', 'rfm_on')), 3::bigint, 'nor any function');

SELECT drop_score('crm', name) FROM crm.gaps ORDER BY name \g /dev/null
SELECT is((SELECT count(*) FROM crm.gap_actions), 0::bigint, 'with its actions');
SELECT is(to_regclass('crm.care'), NULL, 'and its view');
SELECT is(to_regclass('crm.care_tiers'), NULL, 'and the other');
SELECT ok(to_regclass('crm.pressure') IS NOT NULL, 'but not its scores');
SELECT lives_ok($$SELECT recut('crm', 'value', method => 'quantile', tiers => 4)$$, 'which are free again');
SELECT lives_ok($$SELECT drop_score('crm', 'value')$$, 'and may go');

SET client_min_messages = error;
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA care, lib CASCADE;
SELECT * FROM finish();
