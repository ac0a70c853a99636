-- A base with campaigns planned at random, sent and answered at random, and what
-- plain SQL says of them.  Its key has two columns.
-- SCORING_SEED in the environment, or a new one, which is printed.
\ir base.sql
\getenv seed SCORING_SEED
\if :{?seed}
\else
    SELECT trunc(random() * 1000000) AS seed \gset
\endif
\echo '# seed' :seed '(SCORING_SEED repeats it)'
SELECT setseed(:seed / 1000000.0) \g /dev/null

CREATE SCHEMA trial;
CREATE TABLE trial.day AS SELECT date '2026-03-26' AS today;
CREATE TABLE trial.people (id bigint, shop text, email boolean, objects boolean, PRIMARY KEY (id, shop));
INSERT INTO trial.people SELECT n, shop, random() < 0.9, random() < 0.02 FROM generate_series(1, 700) AS n, unnest('{a,b}'::text[]) AS shop WHERE random() < 0.9;
CREATE TABLE trial.events (id int, shop varchar, kind text, day date, amount numeric);
CREATE INDEX ON trial.events (id, shop);
-- refunds, nothing, and no amount at all; some know no day or are yet to come
CREATE FUNCTION trial.amount() RETURNS numeric LANGUAGE sql AS $$
    SELECT CASE WHEN random() < 0.1 THEN NULL WHEN random() < 0.1 THEN 0 ELSE round((exp(random() * 5) - 8)::numeric, 2) END
$$;
INSERT INTO trial.events
SELECT id, shop, (ARRAY['purchase', 'purchase', 'complaint', 'visit'])[1 + floor(random() * 4)::int],
       date '2026-04-20' - floor(random() ^ 2 * 200)::int, trial.amount()
FROM (SELECT *, floor(random() ^ 2 * 25)::int AS events FROM trial.people) AS p CROSS JOIN LATERAL generate_series(1, events);

SELECT create_base('crm', 'id bigint, shop text', 'Europe/Paris') \g /dev/null
CREATE OR REPLACE FUNCTION crm.today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE RETURN (SELECT today FROM trial.day);
SELECT add_source('crm', 'trial.events', 'kind', 'day', 'amount') \g /dev/null
SELECT set_population('crm', 'trial.people', contactable => '{"email": "email"}', scored => 'NOT objects') \g /dev/null
CALL refresh('crm');
SELECT FROM add_score('crm', 'heat', '{"purchase": {"each": 1}, "visit": {"each": 1}}', method => 'quantile', tiers => 4) \g /dev/null
-- complaints of the sources are told too
INSERT INTO crm.outcomes VALUES ('complained', 'complaint');

-- different shares of the same tiers, one tier without control, one without contacts
SELECT FROM plan_campaign('crm', 'autumn', 'heat', 'email', '{0.2,0.4,0.7,1}', waves => '{70}', days => 10, cost => 0.3) \g /dev/null
SELECT FROM plan_campaign('crm', 'O''Hara, "2"', 'heat', 'email', '{0,0.5,0.3,0.6}', waves => '{200,50}', days => 5, cost => 1.1, measure => 'opened', worth => 4) \g /dev/null
SELECT FROM plan_campaign('crm', 'third', 'heat', 'email', '{0.5,0.5,0.5,0.5}', at_most => 250, days => 20, measure => 'bought', worth => 12) \g /dev/null
-- a wave a day around the change of the clocks; the last two are never sent
UPDATE crm.waves AS w SET taken_on = '2026-03-24'::date + wave
WHERE wave <= (SELECT greatest(max(wave) - 2, 1) FROM crm.waves AS l WHERE l.campaign = w.campaign);
-- since then people have opted out, or left
UPDATE trial.people SET email = NOT email WHERE random() < 0.1;
DELETE FROM trial.people WHERE random() < 0.02;

-- What the mailer says, in local time without its zone: of these campaigns, of
-- another one, of none; of strangers too, and rows that say nothing.
CREATE TABLE trial.log (customer int, shop varchar, name text, kind text, at timestamp, amount numeric);
INSERT INTO trial.log
SELECT CASE WHEN random() < 0.98 THEN c.id + (random() < 0.05)::int * 5000 END, c.shop,
       (ARRAY['autumn', 'O''Hara, "2"', 'third', 'autumn ', NULL])[1 + floor(random() * 5)::int],
       (ARRAY['sent', 'sent', 'sent', 'opened', 'opened', 'bought', 'cost', 'unsubscribed', NULL])[1 + floor(random() * 9)::int],
       timestamp '2026-03-23' + floor(random() * 26) * interval '1 day'
           + (ARRAY[0, 0.001, 3, 7, 12, 16.999, 17, 17.001, 18, 23.999])[1 + floor(random() * 10)::int] * interval '1 hour', trial.amount()
FROM (SELECT id, shop, floor(random() ^ 2 * 20)::int AS events FROM trial.people) AS c CROSS JOIN LATERAL generate_series(1, events);
INSERT INTO trial.log SELECT 1, 'a', 'autumn', 'bought', at, 1 FROM unnest('{infinity,-infinity,NULL,9999-12-31}'::timestamp[]) AS at;

UPDATE trial.day SET today = '2026-04-05';

-- what happened, by the base's day, whoever tells it
CREATE VIEW trial.happened AS
SELECT customer::bigint AS id, shop::text, name AS campaign, kind AS what, ((at AT TIME ZONE 'America/New_York') AT TIME ZONE 'Europe/Paris')::date AS day, amount
FROM trial.log WHERE kind IS NOT NULL
UNION ALL
SELECT id, shop, NULL, CASE kind WHEN 'purchase' THEN 'bought' ELSE 'complained' END, day, amount FROM trial.events WHERE kind IN ('purchase', 'complaint');

-- each customer of a campaign whose wave was sent, and each outcome
CREATE VIEW trial.customers AS
SELECT c.campaign, p.id, p.shop, p.tier, p.arm, p.share, w.taken_on, c.days, c.cost, c.measure, c.worth
FROM (SELECT 'autumn' AS campaign, * FROM crm.autumn UNION ALL SELECT 'O''Hara, "2"', * FROM crm."O'Hara, ""2""" UNION ALL SELECT 'third', * FROM crm.third) AS p
JOIN crm.campaigns AS c USING (campaign) JOIN crm.waves AS w USING (campaign, wave)
WHERE p.arm <> 'not eligible' AND w.taken_on IS NOT NULL;
CREATE VIEW trial.did AS
SELECT c.*, o.what, count(h.day) AS n, coalesce(sum(h.amount), 0) AS amount
FROM trial.customers AS c CROSS JOIN unnest('{sent,opened,bought,cost,unsubscribed,complained}'::text[]) AS o (what)
LEFT JOIN trial.happened AS h ON h.id = c.id AND h.shop = c.shop AND h.what = o.what AND coalesce(h.campaign, c.campaign) = c.campaign
     AND h.day >= c.taken_on AND h.day < least(c.taken_on + c.days, (SELECT today + 1 FROM trial.day))
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12;
