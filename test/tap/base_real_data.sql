-- A base over real and public data: the first half of the events loaded at
-- once, the second half day by day, with a refresh each day.  On the last day
-- every timeline is what plain SQL makes of all the events, and what a base
-- makes of them that is built in one go.
--
-- The data is not part of this project: it is read from ../shared/data, or
-- from where SCORING_DATA says, and the test is skipped when it is not there.
\set QUIET on
\ir lib/oracle.sql

\getenv data SCORING_DATA
\if :{?data}
\else
    \set data ../shared/data
\endif
\setenv SCORING_DATA :data
\set there `test -r "$SCORING_DATA/crm/customers.csv" -a -r "$SCORING_DATA/yammer/email_events.csv" && echo on || echo off`
\if :there
\else
    \echo '1..0 # SKIP no data: neither SCORING_DATA nor ../shared/data has crm and yammer'
    \quit
\endif
\cd :data

SELECT plan(34);

-- what the base kept and what plain SQL builds, byte for byte
CREATE FUNCTION oracle.differ(kept text, built text, key text) RETURNS text
LANGUAGE sql AS $$
    SELECT format('SELECT %3$s, k.timeline AS kept, b.timeline AS built FROM %1$s AS k FULL JOIN %2$s AS b USING (%3$s)
                   WHERE _scoring.timeline_send(k.timeline) IS DISTINCT FROM _scoring.timeline_send(b.timeline)', kept, built, key)
$$;

-- ---------------------------------------------------------------------------
-- 1. A customer base of several departments.  The mail provider writes the
-- customer as text and knows days only; tickets come through a view.

CREATE SCHEMA real_shop;
CREATE SCHEMA real_mail;
CREATE SCHEMA real_desk;
CREATE TABLE real_shop.customers (customer_id int PRIMARY KEY, first_name text, last_name text,
                                  segment text, region text, signup_date date, email_opt_in int);
CREATE TABLE real_shop.orders (order_id bigint PRIMARY KEY, customer_id int NOT NULL REFERENCES real_shop.customers,
                               order_date date NOT NULL, amount numeric(10, 2), product_category text);
CREATE TABLE real_mail.events (event_id bigint PRIMARY KEY, contact text, event_type text, event_time date, campaign text);
CREATE TABLE real_desk.contacts (interaction_id bigint PRIMARY KEY, customer_id int NOT NULL REFERENCES real_shop.customers,
                                 date date, type text, owner text);
CREATE TABLE real_desk.severities (severity text PRIMARY KEY, weight int NOT NULL);
CREATE TABLE real_desk.tickets (ticket_id bigint PRIMARY KEY, customer_id int NOT NULL REFERENCES real_shop.customers,
                                opened_at date, status text, severity text REFERENCES real_desk.severities);
INSERT INTO real_desk.severities VALUES ('low', 1), ('medium', 2), ('high', 3);
CREATE VIEW real_desk.weighed_tickets AS SELECT * FROM real_desk.tickets JOIN real_desk.severities USING (severity);
CREATE INDEX ON real_shop.orders (customer_id);
CREATE INDEX ON real_mail.events ((contact::bigint));
CREATE INDEX ON real_desk.contacts (customer_id);
CREATE INDEX ON real_desk.tickets (customer_id);

-- everything that is to come, and the day it is
CREATE SCHEMA real_future;
CREATE TABLE real_future.orders (LIKE real_shop.orders);
CREATE TABLE real_future.events (LIKE real_mail.events);
CREATE TABLE real_future.contacts (LIKE real_desk.contacts);
CREATE TABLE real_future.tickets (LIKE real_desk.tickets);
\copy real_shop.customers FROM 'crm/customers.csv' (FORMAT csv, HEADER)
\copy real_future.orders FROM 'crm/orders.csv' (FORMAT csv, HEADER)
\copy real_future.events FROM 'crm/email_events.csv' (FORMAT csv, HEADER)
\copy real_future.contacts FROM 'crm/interactions.csv' (FORMAT csv, HEADER)
\copy real_future.tickets FROM 'crm/support_tickets.csv' (FORMAT csv, HEADER)
CREATE TABLE real_future.calendar AS
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY day) AS today, max(day) AS last_day
FROM (SELECT order_date AS day FROM real_future.orders UNION ALL SELECT event_time FROM real_future.events
      UNION ALL SELECT date FROM real_future.contacts UNION ALL SELECT opened_at FROM real_future.tickets) AS d;
CREATE TABLE real_future.days AS
SELECT day::date FROM real_future.calendar, generate_series(today + 1, last_day, '1 day') AS day;

INSERT INTO real_shop.orders SELECT o.* FROM real_future.orders AS o, real_future.calendar WHERE order_date <= today;
INSERT INTO real_mail.events SELECT e.* FROM real_future.events AS e, real_future.calendar WHERE event_time <= today;
INSERT INTO real_desk.contacts SELECT c.* FROM real_future.contacts AS c, real_future.calendar WHERE date <= today;
INSERT INTO real_desk.tickets SELECT t.* FROM real_future.tickets AS t, real_future.calendar WHERE opened_at <= today;
ANALYZE;

CREATE PROCEDURE real_future.make_crm(base text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM create_base(base, 'customer_id bigint', 'Asia/Kuala_Lumpur');
    -- the base lives on the days of the data
    EXECUTE format('CREATE OR REPLACE FUNCTION %I.today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE
                    RETURN (SELECT today FROM real_future.calendar)', base);
    PERFORM set_population(base, 'real_shop.customers', contactable => '{"email": "email_opt_in = 1"}');
    PERFORM add_source(base, 'real_shop.customers', $s$'signup'$s$, 'signup_date');
    PERFORM add_source(base, 'real_shop.orders', $s$'purchase'$s$, 'order_date', value => 'amount');
    PERFORM add_source(base, 'real_mail.events', $s$'email_' || event_type$s$, 'event_time', key => 'contact::bigint',
                       once_per => $s$campaign || to_char(event_time, ' YYYY-MM')$s$);
    PERFORM add_source(base, 'real_desk.contacts', 'type', 'date');
    PERFORM add_source(base, 'real_desk.weighed_tickets', $s$'ticket'$s$, 'opened_at', value => 'weight',
                       watch => '{"tickets": "customer_id"}');
    -- a click of a campaign implies that it was opened in the month before
    PERFORM add_echo(base, 'email_open', 'email_click', before => '30 days', after => '1 day', same => 'campaign');
END
$$;
CALL real_future.make_crm('real_crm');
CALL refresh('real_crm');

\set crm_grid '''{"signup": {"latest": {"30 days": 15, "90 days": 5}, "unless": "purchase"}, "email_open": {"each": 1, "half_life": "30 days", "max": 5}, "email_click": {"each": 5, "half_life": "60 days", "max": 25, "unless": "email_unsubscribe"}, "email_unsubscribe": {"latest": {"1 year": -10}}, "purchase": [{"latest": {"30 days": 30, "3 months": 20, "1 year": 10}, "older": 2}, {"per_value": 0.01, "half_life": "180 days", "max": 20}], "call": {"each": 3, "half_life": "8 weeks", "max": 12}, "chat": {"each": 1.5, "within": "6 months", "per_day": 2}, "meeting": {"latest": 12, "half_life": "1000 hours"}, "ticket": [{"value": {"1": -2, "2": -5, "3": -15}, "half_life": "60 days"}, {"each": -1, "within": "90 days", "min": -5}]}'''
SELECT FROM add_score('real_crm', 'engagement', :crm_grid, method => 'quantile');
-- an open may turn out to be an echo later on; this one looks at nothing that does
SELECT FROM add_score('real_crm', 'sales', (:crm_grid::jsonb - 'email_open')::grid, method => 'natural', tiers => 5);
SELECT add_rfm('real_crm', 'rfm', 'purchase', '1 year') \gset
CALL refresh('real_crm');

SELECT is((SELECT count(*)::int FROM real_future.days), 290, 'days to come');
SELECT is((SELECT array_agg(rows_read ORDER BY source)::text FROM real_crm.sources),
          '{800,2469,3555,3988,593}', 'rows of the first half');

-- each day its rows, and a refresh; tickets are open on their first day
SELECT statement
FROM real_future.days CROSS JOIN LATERAL (VALUES
    (1, format('UPDATE real_future.calendar SET today = %L', day)),
    (2, format('INSERT INTO real_shop.orders SELECT * FROM real_future.orders WHERE order_date = %L', day)),
    (3, format('INSERT INTO real_mail.events SELECT * FROM real_future.events WHERE event_time = %L', day)),
    (4, format('INSERT INTO real_desk.contacts SELECT * FROM real_future.contacts WHERE date = %L', day)),
    (5, format('UPDATE real_desk.tickets AS t SET status = f.status FROM real_future.tickets AS f
                WHERE f.ticket_id = t.ticket_id AND t.status <> f.status')),
    (6, format('INSERT INTO real_desk.tickets SELECT ticket_id, customer_id, opened_at, ''open'', severity
                FROM real_future.tickets WHERE opened_at = %L', day)),
    (7, 'CALL refresh(''real_crm'')')) AS s (n, statement)
ORDER BY day, n \gexec

CREATE TABLE real_future.crm_built AS
WITH mail AS (
    SELECT contact::bigint AS customer_id, 'email_' || event_type AS touchpoint, min(event_time) AS day
    FROM real_future.events AS e
    WHERE NOT (event_type = 'open' AND EXISTS (
        SELECT FROM real_future.events AS c WHERE c.event_type = 'click' AND c.contact = e.contact AND c.campaign = e.campaign
        AND c.event_time BETWEEN e.event_time - 1 AND e.event_time + 30))
    GROUP BY contact, event_type, campaign, date_trunc('month', event_time)
), events AS (
    SELECT customer_id, 'signup' AS touchpoint, signup_date AS day, NULL::double precision AS value FROM real_shop.customers
    UNION ALL SELECT customer_id, 'purchase', order_date, amount FROM real_future.orders
    UNION ALL SELECT customer_id, touchpoint, day, NULL FROM mail
    UNION ALL SELECT customer_id, type, date, NULL FROM real_future.contacts
    UNION ALL SELECT customer_id, 'ticket', opened_at, weight FROM real_future.tickets JOIN real_desk.severities USING (severity)
)
SELECT customer_id::bigint, timeline(touchpoint, day, value) FROM events GROUP BY 1;

SELECT is((SELECT count(*)::int FROM real_crm.timelines), 800, 'a timeline for each customer');
SELECT oracle.none(oracle.differ('real_crm.timelines', 'real_future.crm_built', 'customer_id'),
                'after the last day each is what plain SQL builds, byte for byte');
SELECT is_empty($$SELECT * FROM verify('real_crm')$$, 'verify() finds nothing');
SELECT is_empty('SELECT * FROM real_crm.failures', 'nobody could not be read');
SELECT is((SELECT count(*)::int FROM real_crm.refreshes WHERE phase = 'done'), 292, 'each refresh came to its end');
SELECT cmp_ok((SELECT max(customers)::int FROM real_crm.refreshes WHERE run > 2), '<', 100, 'and read the customers of its day only');

CALL real_future.make_crm('real_again');
CALL refresh('real_again');
SELECT oracle.none(oracle.differ('real_crm.timelines', 'real_again.timelines', 'customer_id'),
                'a base that is built in one go has the same timelines');
SELECT is((SELECT array_agg(rows_read ORDER BY source)::text FROM real_again.sources), '{800,5000,7000,8000,1200}', 'from all the rows');
SELECT is((SELECT left_out FROM real_again.sources WHERE source = 3), '{"echo": 39, "repeated": 123}', 'mails that do not count');

SELECT results_eq('SELECT touchpoint, customers, interactions FROM real_crm.touchpoints ORDER BY touchpoint COLLATE "C"',
                  'SELECT touchpoint, count(DISTINCT customer_id), sum(count)::bigint FROM real_future.crm_built, interactions(timeline)
                   GROUP BY 1 ORDER BY touchpoint COLLATE "C"', 'touchpoints are counted as plain SQL counts them');
SELECT results_eq('SELECT touchpoint, interactions::int FROM real_crm.touchpoints ORDER BY touchpoint COLLATE "C"',
                  $$VALUES ('call', 2000), ('chat', 789), ('email', 4436), ('email_click', 1562), ('email_open', 2297),
                           ('email_sent', 2746), ('email_unsubscribe', 233), ('meeting', 775), ('purchase', 5000),
                           ('signup', 800), ('ticket', 1200)$$, 'interactions of each touchpoint');

SELECT is((SELECT array_agg(customers ORDER BY tier)::text FROM real_crm.engagement_tiers),
          '{82,136,169,118,130,165}', 'customers in each tier on the last day');
SELECT is((SELECT sum(score::numeric) FROM real_crm.engagement), 22099.6948, 'the sum of their scores, exactly');
SELECT is((SELECT array_agg(customers ORDER BY tier)::text FROM real_crm.sales_tiers), '{54,218,198,181,149}', 'the same without opens');
SELECT is((SELECT jsonb_object_agg(segment, n) FROM (SELECT segment, count(*) AS n FROM real_crm.rfm GROUP BY 1) AS s),
          '{"Champions": 81, "Loyal": 230, "Potential loyalist": 74, "New": 5, "Promising": 3, "Need attention": 25, "About to sleep": 22,
            "Cannot lose them": 55, "At risk": 161, "Hibernating": 34, "Lost": 94, "No purchase": 16}'::jsonb, 'customers in each segment');
SELECT is((SELECT count(*) FILTER (WHERE email)::int FROM real_crm.engagement), 582, 'who may be mailed');
SELECT oracle.none(format($$
    SELECT customer_id, e.score, b.score, e.tier
    FROM real_crm.engagement AS e FULL JOIN (
        SELECT customer_id, score(timeline, %L, today) FROM real_future.crm_built, real_future.calendar) AS b USING (customer_id)
    WHERE e.score IS DISTINCT FROM b.score
       OR e.tier IS DISTINCT FROM (SELECT tier(b.score, cuts) FROM real_crm.scores WHERE name = 'engagement')
$$, :crm_grid), 'each score is that of the fresh timeline, each tier by the kept cuts');

-- the film: what was kept day by day is what the last timelines say of each day
SELECT oracle.none($$
    SELECT day, customer_id, tier(real_crm.sales_on(b.timeline, day), cuts) AS told, h.tier AS kept
    FROM real_crm.scores, (SELECT day FROM real_future.days UNION ALL SELECT min(day) - 1 FROM real_future.days) AS d
    CROSS JOIN real_future.crm_built AS b
    LEFT JOIN real_crm.history AS h USING (customer_id)
    WHERE scores.name = 'sales' AND h.score_name = 'sales' AND day BETWEEN since AND coalesce(until, 'infinity')
      AND tier(real_crm.sales_on(b.timeline, day), cuts) IS DISTINCT FROM h.tier
$$, 'history has the tiers that the timelines give for each day');
SELECT is((SELECT sum(least(coalesce(until, last_day), last_day) - since + 1)::int
           FROM real_crm.history, real_future.calendar WHERE score_name = 'sales'), 800 * 291, 'of every customer on every day');
SELECT results_eq($$SELECT tier, customers FROM distribution('real_crm', 'sales', '2025-03-31')$$,
                  $$SELECT tier, count(*) FROM real_crm.history
                    WHERE score_name = 'sales' AND '2025-03-31' BETWEEN since AND coalesce(until, 'infinity')
                    GROUP BY 1 ORDER BY 1$$, 'distribution() of a past day is that of the history');

-- ---------------------------------------------------------------------------
-- 2. E-mail events of a large base: a log in monthly partitions, by a clock in
-- UTC, for days of Los Angeles; users who are activated after they signed up.
-- In August the books are closed up to July, and the log of then is thrown away.

CREATE SCHEMA real_app;
CREATE SCHEMA real_log;
CREATE SCHEMA real_later;
CREATE TABLE real_app.users (user_id int PRIMARY KEY, created_at timestamp NOT NULL, company_id int, language text,
                             activated_at timestamp, state text NOT NULL);
CREATE TABLE real_log.mail (user_id int NOT NULL REFERENCES real_app.users, occurred_at timestamp NOT NULL,
                            action text NOT NULL, user_type int)
    PARTITION BY RANGE (occurred_at);
CREATE INDEX ON real_log.mail (user_id) INCLUDE (occurred_at, action);
CREATE TABLE real_log.mail_2014_05 PARTITION OF real_log.mail FOR VALUES FROM ('2014-05-01') TO ('2014-06-01');
CREATE TABLE real_log.mail_2014_06 PARTITION OF real_log.mail FOR VALUES FROM ('2014-06-01') TO ('2014-07-01');
CREATE TABLE real_log.mail_2014_07 PARTITION OF real_log.mail FOR VALUES FROM ('2014-07-01') TO ('2014-08-01');
CREATE TABLE real_later.users (LIKE real_app.users);
CREATE TABLE real_later.mail (user_id int, occurred_at timestamp, action text, user_type int);
\copy real_later.users FROM 'yammer/users.csv' (FORMAT csv, HEADER)
\copy real_later.mail FROM 'yammer/email_events.csv' (FORMAT csv, HEADER)

CREATE FUNCTION real_later.day_of(clock timestamp) RETURNS date LANGUAGE sql STABLE PARALLEL SAFE
RETURN (clock AT TIME ZONE 'UTC' AT TIME ZONE 'America/Los_Angeles')::date;
CREATE INDEX ON real_later.mail (real_later.day_of(occurred_at));
CREATE INDEX ON real_later.mail (user_id);
CREATE TABLE real_later.calendar AS SELECT date '2014-07-08' AS today;
CREATE TABLE real_later.days AS
SELECT day::date FROM real_later.calendar, generate_series(today + 1, date '2014-08-31', '1 day') AS day;

INSERT INTO real_app.users
SELECT user_id, created_at, company_id, language, CASE WHEN real_later.day_of(activated_at) <= today THEN activated_at END, state
FROM real_later.users, real_later.calendar WHERE real_later.day_of(created_at) <= today;
INSERT INTO real_log.mail SELECT m.* FROM real_later.mail AS m, real_later.calendar WHERE real_later.day_of(occurred_at) <= today;
ANALYZE;

CREATE PROCEDURE real_later.make_app(base text, users regclass, mail regclass) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM create_base(base, 'user_id bigint', 'America/Los_Angeles');
    EXECUTE format('CREATE OR REPLACE FUNCTION %I.today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE
                    RETURN (SELECT today FROM real_later.calendar)', base);
    PERFORM add_source(base, users, $s$'signup'$s$, 'created_at', time_zone => 'UTC');
    PERFORM add_source(base, users, $s$'activation'$s$, 'activated_at', time_zone => 'UTC');
    PERFORM add_source(base, mail, 'action', 'occurred_at', time_zone => 'UTC');
    PERFORM add_echo(base, 'email_open', 'email_clickthrough', before => '10 minutes');
END
$$;
CALL real_later.make_app('real_app_base', 'real_app.users', 'real_log.mail');
CALL refresh('real_app_base');

\set mail_grid '''{"signup": {"latest": {"14 days": 5}}, "activation": {"latest": {"30 days": 5}}, "sent_weekly_digest": {"latest": {"2 weeks": 1}, "unless": "email_open"}, "sent_reengagement_email": {"latest": {"1 month": -4, "3 months": -2}}, "email_open": {"each": 1, "half_life": "14 days", "per_day": 1, "max": 10}, "email_clickthrough": [{"each": 5, "half_life": "30 days", "max": 25}, {"latest": {"1 week": 10, "1 month": 4}, "older": 1}]}'''
SELECT FROM add_score('real_app_base', 'engagement', :mail_grid, cuts => '{0,1,2,5,10}');
CALL refresh('real_app_base');

-- as the days go by: a new partition, books that close, a log that is thrown away
SELECT statement
FROM real_later.days CROSS JOIN LATERAL (VALUES
    (1, true, format('UPDATE real_later.calendar SET today = %L', day)),
    (2, day = '2014-07-31', 'CREATE TABLE real_log.mail_2014_08 (LIKE real_log.mail)'),
    (3, day = '2014-07-31', 'ALTER TABLE real_log.mail ATTACH PARTITION real_log.mail_2014_08
                             FOR VALUES FROM (''2014-08-01'') TO (''2014-09-01'')'),
    (4, true, format('INSERT INTO real_app.users SELECT user_id, created_at, company_id, language, NULL, state
                      FROM real_later.users WHERE real_later.day_of(created_at) = %L', day)),
    (5, true, format('UPDATE real_app.users AS u SET activated_at = l.activated_at FROM real_later.users AS l
                      WHERE l.user_id = u.user_id AND real_later.day_of(l.activated_at) = %L', day)),
    (6, true, format('INSERT INTO real_log.mail SELECT * FROM real_later.mail WHERE real_later.day_of(occurred_at) = %L', day)),
    (7, true, 'CALL refresh(''real_app_base'')'),
    (8, day = '2014-08-10', 'SELECT FROM close(''real_app_base'', ''2014-07-01'')'),
    (9, day = '2014-08-11', 'ALTER TABLE real_log.mail DETACH PARTITION real_log.mail_2014_05'),
    (10, day = '2014-08-12', 'DROP TABLE real_log.mail_2014_06')) AS s (n, due, statement)
WHERE due
ORDER BY day, n \gexec

CREATE TABLE real_later.built AS
SELECT user_id::bigint, timeline(touchpoint, real_later.day_of(clock))
FROM (SELECT user_id, 'signup' AS touchpoint, created_at AS clock FROM real_later.users
      UNION ALL SELECT user_id, 'activation', activated_at FROM real_later.users
      UNION ALL SELECT user_id, action, occurred_at FROM real_later.mail AS m
      WHERE NOT (action = 'email_open' AND EXISTS (
          SELECT FROM real_later.mail AS c WHERE c.user_id = m.user_id AND c.action = 'email_clickthrough'
          AND c.occurred_at BETWEEN m.occurred_at AND m.occurred_at + interval '10 minutes'))) AS e
GROUP BY 1;

SELECT is((SELECT count(*)::int FROM real_log.mail), 50690, 'rows that are left of the log');
SELECT is((SELECT count(*)::int FROM real_app_base.timelines), 19066, 'a timeline for each user');
SELECT oracle.none(oracle.differ('real_app_base.timelines', 'real_later.built', 'user_id'),
                'after the last day each is what plain SQL builds of the whole log, byte for byte');
SELECT is_empty($$SELECT * FROM verify('real_app_base')$$, 'verify() finds nothing');
SELECT is_empty('SELECT * FROM real_app_base.failures', 'nobody could not be read');
SELECT cmp_ok((SELECT max(changed)::int FROM real_app_base.refreshes WHERE run > 2), '<', 1400,
              'a refresh changes the users of its day, also when all is read again because parts of the log are gone');

CALL real_later.make_app('real_app_again', 'real_later.users', 'real_later.mail');
CALL refresh('real_app_again');
SELECT oracle.none(oracle.differ('real_app_base.timelines', 'real_app_again.timelines', 'user_id'),
                'a base that is built in one go from the whole log has the same timelines');
SELECT is((SELECT jsonb_object_agg(source, jsonb_build_array(rows_read, rows_counted, left_out)) FROM real_app_again.sources),
          '{"1": [19066, 19066, {}], "2": [19066, 9381, {"no day": 9685}], "3": [90389, 81379, {"echo": 9010}]}'::jsonb,
          'rows read, counted and left out');
SELECT results_eq('SELECT touchpoint, interactions::int FROM real_app_base.touchpoints ORDER BY touchpoint COLLATE "C"',
                  $$VALUES ('activation', 9381), ('email_clickthrough', 9010), ('email_open', 11449),
                           ('sent_reengagement_email', 3653), ('sent_weekly_digest', 57267), ('signup', 19066)$$,
                  'interactions of each touchpoint');
SELECT is((SELECT array_agg(customers ORDER BY tier)::text FROM real_app_base.engagement_tiers),
          '{577,13179,969,1731,1653,957}', 'users in each tier on the last day');
SELECT is((SELECT sum(score::numeric) FROM real_app_base.engagement), 33198.793396, 'the sum of their scores, exactly');

-- the film, of one day in ten
SELECT oracle.none($$
    WITH day AS (SELECT day FROM real_later.days WHERE extract(day FROM day) IN (9, 19, 29)),
    told AS (SELECT day, user_id, tier(real_app_base.engagement_on(timeline, day), '{0,1,2,5,10}') AS tier
             FROM day JOIN real_later.built ON first_on(timeline) <= day),
    kept AS (SELECT day, user_id, tier FROM day JOIN real_app_base.history ON day BETWEEN since AND coalesce(until, 'infinity'))
    SELECT day, user_id, told.tier AS told, kept.tier AS kept FROM told FULL JOIN kept USING (day, user_id)
    WHERE told.tier IS DISTINCT FROM kept.tier
$$, 'history has the tiers that the timelines give for each of these days');

SET client_min_messages = warning;
SELECT drop_base('real_crm'), drop_base('real_again'), drop_base('real_app_base'), drop_base('real_app_again') \gset
DROP SCHEMA real_shop, real_mail, real_desk, real_future, real_app, real_log, real_later CASCADE;
SELECT * FROM finish();
