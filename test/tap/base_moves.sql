-- Who moved and why, whether the base drifts, and what rises, against plain SQL.
\ir lib/base_care.sql
SELECT no_plan();

-- ---------------------------------------------------------------------------
-- crm.<score>_moves

CREATE FUNCTION care.moved(score text) RETURNS TABLE (id bigint, tier_before int, tier int, delta numeric)
LANGUAGE sql AS $$
    SELECT a.id, care.tier(x, score), care.tier(y, score), y::numeric - x::numeric
    FROM care.points('2026-05-31') AS a JOIN care.points('2026-06-30') AS b USING (id)
    CROSS JOIN LATERAL (SELECT CASE score WHEN 'pressure' THEN a.pressure WHEN 'value' THEN a.value ELSE a.engagement END,
                               CASE score WHEN 'pressure' THEN b.pressure WHEN 'value' THEN b.value ELSE b.engagement END) AS p (x, y)
    WHERE care.tier(x, score) IS DISTINCT FROM care.tier(y, score)
$$;
SELECT FROM recut('crm', 'pressure', cuts => '{1,5,10,20}') \g /dev/null
SELECT cmp_ok((SELECT count(*)::int FROM care.moved(score)), '>', 20, 'some moved by ' || score) FROM unnest('{pressure,value,engagement}'::text[]) AS score;
SELECT results_eq(format('SELECT id, tier_before, tier, round(delta::numeric, 4) FROM crm.%I ORDER BY id', score || '_moves'),
                  format('SELECT id, tier_before, tier, round(delta, 4) FROM care.moved(%L) ORDER BY id', score), 'they are those of plain SQL: ' || score)
FROM unnest('{pressure,value,engagement}'::text[]) AS score;
SELECT is_empty(format('SELECT id, delta, cooling, activity FROM crm.%I WHERE abs(delta - cooling - activity) > 1e-6', score || '_moves'), 'time and activity make it all: ' || score)
FROM unnest('{pressure,value,engagement}'::text[]) AS score;
SELECT results_eq('SELECT id, cooling, activity FROM crm.engagement_moves ORDER BY id',
    $$SELECT m.id, (d).cooling, (d).activity FROM care.moved('engagement') AS m JOIN crm.timelines AS t USING (id)
      CROSS JOIN LATERAL (SELECT score_delta(timeline, (SELECT grid FROM crm.scores WHERE name = 'engagement'), '2026-05-31', '2026-06-30') AS d) AS x ORDER BY 1$$,
    'by a grid, exactly as score_delta() says');
-- what was bought does not cool
SELECT is_empty('SELECT * FROM crm.value_moves WHERE cooling <> 0 OR tier_before IS NOT NULL AND abs(activity - delta) > 1e-6', 'by another measure, as that measure would');
SELECT results_eq('SELECT id, email, "by text" FROM crm.engagement_moves ORDER BY id',
                  'SELECT m.id, email IS TRUE, sms FROM care.moved(''engagement'') AS m JOIN care.customers USING (id) ORDER BY 1', 'with their channels');

-- a measure that fades: what time alone does is known of it, too
SELECT FROM add_score('crm', 'faded', measure => 'coalesce(-(as_of - last_on(as_of(timeline, as_of))), -1000)', cuts => '{-60,-30,-10}') \g /dev/null
SELECT is_empty('SELECT * FROM crm.faded_moves WHERE tier_before IS NOT NULL AND (delta < 0) <> (tier < tier_before) OR cooling > 0 OR activity < 0', 'recency only cools by itself');
SELECT results_eq('SELECT id, tier_before, tier FROM crm.faded_moves ORDER BY id', $$
    SELECT id, a, b FROM (SELECT id, (SELECT 1 + width_bucket(coalesce(max(day) - date '2026-05-31', -1000)::float8, '{-60,-30,-10}') FROM care.events AS e WHERE e.id = c.id AND day <= '2026-05-31') AS a,
                                 (SELECT 1 + width_bucket(coalesce(max(day) - date '2026-06-30', -1000)::float8, '{-60,-30,-10}') FROM care.events AS e WHERE e.id = c.id AND day <= '2026-06-30') AS b
                          FROM care.customers AS c WHERE NOT objects) AS t WHERE a <> b ORDER BY id$$, 'and tiers are those of plain SQL');

-- as many days as one likes
UPDATE crm.scores SET moves_days = 45 WHERE name = 'engagement';
SELECT results_eq('SELECT id, tier_before, tier FROM crm.engagement_moves ORDER BY id', $$
    SELECT id, care.tier(x.engagement, 'engagement'), care.tier(y.engagement, 'engagement') FROM care.points('2026-05-16') AS x JOIN care.points('2026-06-30') AS y USING (id)
    WHERE care.tier(x.engagement, 'engagement') IS DISTINCT FROM care.tier(y.engagement, 'engagement') ORDER BY id$$, 'those of 45 days');
SELECT throws_ok($$UPDATE crm.scores SET moves_days = 0 WHERE name = 'engagement'$$, '23514', NULL, 'none are not');
SELECT throws_ok($$UPDATE crm.scores SET moves_days = 36526 WHERE name = 'engagement'$$, '23514', NULL, 'nor are more than a hundred years');
UPDATE crm.scores SET moves_days = 30;

-- another grid is no move: both days are seen by one version
SELECT tier AS tier_before, count(*) FROM crm.engagement GROUP BY 1 \g /dev/null
SELECT array_agg((tier_before, tier) ORDER BY id)::text AS moves FROM crm.engagement_moves \gset
SELECT publish('crm', 'engagement', '{"open": {"each": 2, "half_life": "30 days"}, "purchase": {"each": 20, "half_life": "90 days"}, "complaint": {"latest": {"90 days": -10}}}', 'same shares') \g /dev/null
SELECT is((SELECT array_agg((tier_before, tier) ORDER BY id)::text FROM crm.engagement_moves), :'moves', 'twice the points, twice the cuts: the same have moved');

-- without a population, who arrived since has no tier before
SELECT set_population('crm', NULL) \g /dev/null
SELECT results_eq('SELECT id FROM crm.engagement_moves WHERE tier_before IS NULL ORDER BY id',
                  'SELECT id FROM crm.timelines WHERE first_on(timeline) > ''2026-05-31'' AND first_on(timeline) <= ''2026-06-30'' ORDER BY id', 'who arrived');
INSERT INTO care.events VALUES (9001, 'call', '2026-07-01');
CALL refresh('crm');
SELECT is_empty('SELECT * FROM crm.engagement_moves WHERE id = 9001', 'who will be there tomorrow has not moved');
SELECT results_eq('SELECT tier_before, tier, count(*) FROM crm.engagement_moves GROUP BY 1, 2 ORDER BY 1, 2',
                  'SELECT * FROM moves(''crm'', ''engagement'', ''2026-05-31'') WHERE tier_before IS DISTINCT FROM tier_after', 'the view counts as moves() does');
DELETE FROM care.events WHERE id = 9001;
CALL refresh('crm');
SELECT is_empty('SELECT * FROM crm.engagement_moves WHERE tier_before IS NULL AND (cooling <> 0 OR delta <> activity)', 'all of it by what they did');
SELECT set_population('crm', 'care.customers', contactable => '{"email": "email", "by text": "sms"}', scored => 'NOT objects') \g /dev/null

-- ---------------------------------------------------------------------------
-- moves() and drift()

SELECT results_eq(format('SELECT * FROM moves(''crm'', %L, ''2026-04-01'', ''2026-06-15'')', score),
    format('SELECT a, b, count(*) FROM (SELECT care.tier(x.%1$I, %1$L) AS a, care.tier(y.%1$I, %1$L) AS b FROM care.points(''2026-04-01'') AS x JOIN care.points(''2026-06-15'') AS y USING (id)) AS p
            WHERE a IS NOT NULL OR b IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2', score), 'moves() are those of plain SQL: ' || score)
FROM unnest('{pressure,value,engagement}'::text[]) AS score;
SELECT results_eq(format('SELECT round(drift(''crm'', %L, ''2026-04-01'', ''2026-06-15'')::numeric, 12)', score), format($$
    SELECT round(sum((y - x) * ln(y / x)), 12) FROM (
        SELECT greatest(n, 0.5) / sum(n) OVER () AS x, greatest(m, 0.5) / sum(m) OVER () AS y, n + m AS members FROM (
            SELECT (SELECT count(*) FROM care.points('2026-04-01') WHERE care.tier(%1$I, %1$L) = t) AS n,
                   (SELECT count(*) FROM care.points('2026-06-15') WHERE care.tier(%1$I, %1$L) = t) AS m
            FROM crm.scores, generate_series(1, tiers) AS t WHERE name = %1$L) AS c) AS s WHERE members > 0$$, score), 'drift() is that of plain SQL: ' || score)
FROM unnest('{pressure,value,engagement}'::text[]) AS score;
SELECT is(drift('crm', 'engagement', '2026-06-30'), 0::float8, 'today is not apart from today');
SELECT is(drift('crm', 'engagement', '2026-06-30', '2026-04-01')::numeric(20, 12), drift('crm', 'engagement', '2026-04-01')::numeric(20, 12), 'nor one way from the other');
SELECT throws_ok($$SELECT drift('crm', 'engagement', NULL)$$, '22004', NULL, 'drift since when?');
SELECT throws_ok($$SELECT moves('crm', 'engagement', '2026-07-01')$$, '22023', 'since must be a day, and not after until', 'moves from tomorrow to today');

-- ---------------------------------------------------------------------------
-- what rises

-- two who had nothing before, and so are no surprise, with two and three at once
UPDATE care.customers SET objects = false WHERE id IN (10, 20);
INSERT INTO care.events SELECT id, 'complaint', '2026-06-25' FROM unnest('{10,10,20,20,20}'::int[]) AS id;
CALL refresh('crm');
SELECT add_surge('crm', 'rising', 'complaint') \g /dev/null
CREATE VIEW care.rising AS
SELECT id, s.* FROM care.customers JOIN (SELECT id, timeline(touchpoint, day, value::float8) AS t FROM care.events GROUP BY id) AS e USING (id)
CROSS JOIN LATERAL surge(t, 'complaint', (SELECT today FROM care.day), '30 days', '1 year') AS s WHERE NOT objects AND s.recent >= 2;
SELECT cmp_ok((SELECT count(*)::int FROM care.rising), '>', 30, 'there are some who complain');
SELECT results_eq('SELECT id, recent, usual, expected, ratio, p_value FROM crm.rising', 'SELECT * FROM care.rising ORDER BY p_value, recent DESC, id',
    'the list is in the order of what is least likely');
SELECT results_eq('SELECT id, email, "by text" FROM crm.rising ORDER BY id', 'SELECT id, email IS TRUE, sms FROM care.rising JOIN care.customers USING (id) ORDER BY id', 'with channels');
SELECT is((SELECT min(recent) FROM crm.rising), 2::bigint, 'nobody with one alone');
-- a week later the view is a week on, and customers bring new ones
UPDATE care.day SET today = '2026-07-07';
SELECT id FROM crm.engagement JOIN crm.timelines USING (id) ORDER BY first_on(timeline), id LIMIT 1 \gset
INSERT INTO care.events SELECT :id, 'complaint', '2026-07-06' FROM generate_series(1, 40);
CALL refresh('crm');
SELECT is((SELECT id FROM crm.rising LIMIT 1), :id::bigint, 'whose complaints come all at once is first');
SELECT results_eq('SELECT id, p_value FROM crm.rising', 'SELECT id, p_value FROM care.rising ORDER BY p_value, recent DESC, id', 'and the others follow');
SELECT add_surge('crm', 'fresh "mail"', 'email_sent', '1 week', '1 month') \g /dev/null
SELECT results_eq('SELECT id, recent FROM crm."fresh ""mail""" ORDER BY id',
                  $$SELECT id, n FROM (SELECT id, count(*) AS n FROM care.events WHERE touchpoint = 'email_sent' AND day > '2026-06-30' AND day <= '2026-07-07' GROUP BY 1) AS e
                    JOIN care.customers USING (id) WHERE n >= 2 AND NOT objects ORDER BY 1$$, 'other windows');
SELECT add_surge('crm', 'odd', 'it''s "%s" $sql$') \g /dev/null
SELECT is_empty('SELECT * FROM crm.odd', 'a touchpoint that nobody has');
\set said `psql -qXAtc "BEGIN" -c "SELECT add_surge('crm', 'x', 'Complaint')" -c "SELECT add_surge('crm', 'y', 'complaint')" -c "ROLLBACK" 2>&1`
SELECT alike(:'said'::text, '%WARNING:  surge "x": nobody has touchpoint "Complaint"%', 'is said');
SELECT unalike(:'said'::text, '%surge "y"%', 'and of another nothing');
SELECT throws_ok(format('SELECT add_surge(%s)', arguments), state, message, arguments)
FROM (VALUES
    ($$'crm', NULL, 'complaint'$$, '22004', 'name, touchpoint, recent and usual must not be null'),
    ($$'crm', 'x', NULL$$, '22004', 'name, touchpoint, recent and usual must not be null'),
    ($$'crm', 'x', 'complaint', '36 hours'$$, '22023', 'recent must be a positive number of days, weeks, months or years'),
    ($$'crm', 'x', 'complaint', '1 day', '-1 day'$$, '22023', 'usual must be a positive number of days, weeks, months or years'),
    ($$'crm', 'rising', 'complaint'$$, '42710', '"rising" cannot be the name of a score of base "crm"'),
    ($$'crm', 'engagement', 'complaint'$$, '42710', NULL)) AS v (arguments, state, message);
SELECT drop_score('crm', 'rising') \g /dev/null
SELECT is(to_regclass('crm.rising'), NULL, 'it goes with its view');
SELECT is((SELECT array_agg(name ORDER BY name)::text FROM crm.surges), '{"fresh \"mail\"",odd}', 'and not with the others');

-- a name is taken while its view is gone
SELECT add_gap('crm', 'care', 'pressure', 'value') \g /dev/null
DROP VIEW crm.care, crm.care_tiers, crm.odd, crm.pressure, crm.pressure_tiers, crm.pressure_moves;
SELECT throws_ok(format('SELECT add_gap(''crm'', %L, ''pressure'', ''value'')', name), '42710', NULL, name || ' is still something')
FROM unnest('{pressure,care,odd}'::text[]) AS name;
SELECT FROM recut('crm', 'pressure', cuts => '{1,5,10,20}') \g /dev/null
DROP VIEW crm.care;
CALL refresh('crm');
SELECT isnt(to_regclass('crm.' || name), NULL, 'and refresh makes the view again: ' || name) FROM unnest('{care,odd}'::text[]) AS name;
SELECT drop_score('crm', 'care') \g /dev/null

-- all views of a base are made again when its population was replaced
ALTER TABLE care.customers RENAME TO old;
CREATE TABLE care.customers AS SELECT * FROM care.old WHERE id <= 50;
DROP TABLE care.old CASCADE;
SET client_min_messages = error;
CALL refresh('crm');
SELECT is((SELECT array_agg(relname ORDER BY relname COLLATE "C")::text FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind = 'v'),
    '{campaign_states,engagement,engagement_moves,engagement_tiers,faded,faded_moves,faded_tiers,"fresh \"mail\"",odd,pressure,pressure_moves,pressure_tiers,progress,sources,touchpoints,value,value_moves,value_tiers}',
    'a population that was dropped takes views with it, and refresh() brings them back');
SELECT cmp_ok((SELECT max(id) FROM crm.engagement_moves), '<=', 50::bigint, 'over the new one');

SELECT drop_base('crm') \g /dev/null
DROP SCHEMA care, lib CASCADE;
SELECT * FROM finish();
