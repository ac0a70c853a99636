-- A base of customers who receive, open and buy at random, with a pressure and a
-- value of five levels each and an engagement of six; it is the day of care.day.
-- SCORING_SEED in the environment, or a new one, which is printed.
\ir base.sql
\getenv seed SCORING_SEED
\if :{?seed}
\else
    SELECT trunc(random() * 1000000) AS seed \gset
\endif
\echo '# seed' :seed '(SCORING_SEED repeats it)'
SELECT setseed(:seed / 1000000.0) \g /dev/null

CREATE SCHEMA care;
CREATE TABLE care.day AS SELECT date '2026-06-30' AS today;
CREATE TABLE care.customers (id bigint PRIMARY KEY, segment text, email boolean, sms boolean, objects boolean);
INSERT INTO care.customers
SELECT n, CASE WHEN random() < 0.9 THEN (ARRAY['retail', 'business', 'O''Hara & "Sons"'])[1 + floor(random() * 3)::int] END,
       CASE WHEN random() < 0.95 THEN random() < 0.7 END, random() < 0.4, random() < 0.02
FROM generate_series(1, 600) AS n;
CREATE TABLE care.events (id bigint, touchpoint text, day date, value numeric);
-- the more somebody is worth, the more mail; most of it within three months
INSERT INTO care.events
SELECT id, touchpoint, date '2026-07-10' - floor(random() ^ 2 * CASE touchpoint WHEN 'purchase' THEN 700 ELSE 120 END)::int,
       CASE touchpoint WHEN 'purchase' THEN round((exp(random() * 5) - 15)::numeric, 2) END
FROM (SELECT id, floor(random() ^ 2 * 60)::int AS events FROM care.customers WHERE id % 10 > 0) AS c
CROSS JOIN LATERAL (SELECT ('{email_sent,email_sent,email_sent,email_sent,sms_sent,call,open,open,purchase,complaint}'::text[])[1 + floor(random() * 10 + id * 0)::int]
                        AS touchpoint FROM generate_series(1, events)) AS e;
CREATE INDEX ON care.events (id);

SELECT create_base('crm', 'id bigint', 'Europe/Paris') \g /dev/null
CREATE OR REPLACE FUNCTION crm.today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE RETURN (SELECT today FROM care.day);
SELECT add_source('crm', 'care.events', 'touchpoint', 'day', 'value') \g /dev/null
SELECT set_population('crm', 'care.customers', contactable => '{"email": "email", "by text": "sms"}', scored => 'NOT objects') \g /dev/null
CALL refresh('crm');
SELECT FROM add_score('crm', 'pressure', pressure_grid(), method => 'bounds', tiers => 5) \g /dev/null
SELECT FROM add_score('crm', 'value', measure => $$(rfm(timeline, 'purchase', as_of)).monetary$$, method => 'value level') \g /dev/null
SELECT FROM add_score('crm', 'engagement',
    '{"open": {"each": 1, "half_life": "30 days"}, "purchase": {"each": 10, "half_life": "90 days"}, "complaint": {"latest": {"90 days": -5}}}',
    method => 'quantile') \g /dev/null

-- who is scored, and what plain SQL says of them on a day
CREATE FUNCTION care.points(asked date) RETURNS TABLE (id bigint, segment text, pressure float8, value float8, engagement float8)
LANGUAGE sql AS $$
    SELECT c.id, segment, coalesce(score(t, pressure_grid(), asked), 0), value,
           coalesce(score(t, (SELECT grid FROM crm.scores WHERE name = 'engagement'), asked), 0)
    FROM care.customers AS c
    LEFT JOIN (SELECT id, timeline(touchpoint, day, value::float8) AS t, sum(value) FILTER (WHERE touchpoint = 'purchase' AND day <= asked)::float8 AS value
               FROM care.events GROUP BY id) AS e USING (id)
    WHERE NOT objects
$$;
-- the tiers of a score: width_bucket is the number of cuts at or below the points
CREATE FUNCTION care.tier(points float8, score text) RETURNS int
LANGUAGE sql STABLE AS $$ SELECT 1 + width_bucket(points, cuts) FROM crm.scores WHERE name = score $$;
