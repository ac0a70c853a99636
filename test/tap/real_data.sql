-- Real and public data, scored customer by customer against the oracle.
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

SELECT plan(19);

-- 1. A customer base: orders, e-mails, calls and meetings, tickets

CREATE SCHEMA real;
CREATE TABLE real.customers (customer_id bigint PRIMARY KEY, first_name text, last_name text,
                             segment text, region text, signup_date date, email_opt_in int);
CREATE TABLE real.email_events (event_id bigint, customer_id bigint, event_type text, event_time date, campaign text);
CREATE TABLE real.orders (order_id bigint, customer_id bigint, order_date date, amount numeric, product_category text);
CREATE TABLE real.interactions (interaction_id bigint, customer_id bigint, date date, type text, owner text);
CREATE TABLE real.support_tickets (ticket_id bigint, customer_id bigint, opened_at date, status text, severity text);
\copy real.customers FROM 'crm/customers.csv' (FORMAT csv, HEADER)
\copy real.email_events FROM 'crm/email_events.csv' (FORMAT csv, HEADER)
\copy real.orders FROM 'crm/orders.csv' (FORMAT csv, HEADER)
\copy real.interactions FROM 'crm/interactions.csv' (FORMAT csv, HEADER)
\copy real.support_tickets FROM 'crm/support_tickets.csv' (FORMAT csv, HEADER)

-- A ticket has the day it was opened and the status of today.  Counting those
-- that are open now would rewrite the past, so they count by severity from the
-- day they were opened, and fade.
CREATE VIEW real.crm_event AS
SELECT customer_id, 'signup' AS touchpoint, signup_date AS occurred_on, NULL::double precision AS value
FROM real.customers
UNION ALL SELECT customer_id, 'email_' || event_type, event_time, NULL FROM real.email_events
UNION ALL SELECT customer_id, 'purchase', order_date, amount FROM real.orders
UNION ALL SELECT customer_id, type, date, NULL FROM real.interactions
UNION ALL SELECT customer_id, 'ticket', opened_at, CASE severity WHEN 'low' THEN 1 WHEN 'medium' THEN 2 WHEN 'high' THEN 3 END
FROM real.support_tickets;

\set crm_grid '''{"signup": {"latest": {"30 days": 15, "90 days": 5}, "unless": "purchase"}, "email_open": {"each": 1, "half_life": "30 days", "per_day": 1, "max": 5}, "email_click": {"each": 5, "half_life": "60 days", "per_day": 1, "max": 25, "unless": "email_unsubscribe"}, "email_unsubscribe": {"latest": {"1 year": -10}}, "purchase": [{"latest": {"30 days": 30, "3 months": 20, "1 year": 10}, "older": 2}, {"per_value": 0.01, "half_life": "180 days", "max": 20}], "call": {"each": 3, "half_life": "8 weeks", "max": 12}, "chat": {"each": 1.5, "within": "6 months", "per_day": 2}, "meeting": {"latest": 12, "half_life": "1000 hours"}, "ticket": [{"value": {"1": -2, "2": -5, "3": -15}, "half_life": "60 days"}, {"each": -1, "within": "90 days", "min": -5}]}'''

INSERT INTO oracle.event SELECT * FROM real.crm_event;
INSERT INTO oracle.grid VALUES (1, :crm_grid);
INSERT INTO oracle.subject
SELECT customer_id * 100 + n, customer_id, 1, day
FROM real.customers, unnest(ARRAY ['2025-07-31', '2025-01-31', '2024-02-29']::date[]) WITH ORDINALITY AS d (day, n);
CALL oracle.answer();

CREATE TABLE real.crm_timeline AS
SELECT customer_id, timeline(touchpoint, occurred_on, value) FROM real.crm_event GROUP BY customer_id;
CREATE TABLE real.crm_score AS
SELECT subject, customer_id, score, score(timeline, :crm_grid, as_of) AS got, as_of
FROM real.crm_timeline JOIN oracle.subject ON customer = customer_id JOIN oracle.score USING (subject);

SELECT is(count(*), 22000::bigint, 'interactions of the customers') FROM real.crm_event;
SELECT is(sum(count), 22000::numeric, 'all of them are in the timelines') FROM real.crm_timeline, interactions(timeline);
SELECT is((SELECT sum(value) FROM real.crm_timeline, interactions(timeline) WHERE touchpoint = 'purchase'),
          (SELECT sum(amount) FROM real.orders), 'and the amounts, to the cent');
SELECT is(count(*), 2400::bigint, '800 customers on three days') FROM real.crm_score;
SELECT oracle.none('SELECT * FROM real.crm_score WHERE got IS DISTINCT FROM score::double precision',
                'each has the oracle''s score');
SELECT oracle.none(format($$
    (SELECT subject, touchpoint, points, interactions, last_on FROM oracle.breakdown
     EXCEPT ALL
     SELECT subject, touchpoint, points, interactions, last_on
     FROM real.crm_timeline JOIN oracle.subject ON customer = customer_id, breakdown(timeline, %L, as_of))
$$, :crm_grid), 'for the same reasons');
SELECT oracle.none(format($$
    SELECT customer_id FROM real.crm_event GROUP BY customer_id
    HAVING engagement(%L, touchpoint, occurred_on, value, '2025-07-31') IS DISTINCT FROM
           (SELECT got FROM real.crm_score AS s WHERE s.customer_id = crm_event.customer_id AND as_of = '2025-07-31')
$$, :crm_grid), 'engagement says the same');
SELECT results_eq($$
    SELECT as_of, tier(got, '{0,10,20,30,40}'), count(*) FROM real.crm_score GROUP BY 1, 2 ORDER BY 1, 2
$$, $$
    SELECT as_of, 1 + (score >= 0)::int + (score >= 10)::int + (score >= 20)::int + (score >= 30)::int + (score >= 40)::int, count(*)
    FROM real.crm_score GROUP BY 1, 2 ORDER BY 1, 2
$$, 'tiers are those of the oracle''s scores');
SELECT is(array_agg(customers ORDER BY tier), '{6,49,186,216,197,146}', 'customers in each tier at the end of July 2025')
FROM (SELECT tier(got, '{0,10,20,30,40}') AS tier, count(*) AS customers
      FROM real.crm_score WHERE as_of = '2025-07-31' GROUP BY 1) AS t;
SELECT is(sum(score), 22058.275244, 'the sum of their scores, exactly') FROM real.crm_score WHERE as_of = '2025-07-31';

-- 2. E-mail events of a large base

CREATE TABLE real.mail (user_id bigint, occurred_at timestamp, action text, user_type int);
\copy real.mail FROM 'yammer/email_events.csv' (FORMAT csv, HEADER)

\set mail_grid '''{"sent_weekly_digest": {"latest": {"2 weeks": 1}, "unless": "email_open"}, "sent_reengagement_email": {"latest": {"1 month": -4, "3 months": -2}}, "email_open": {"each": 1, "half_life": "14 days", "per_day": 1, "max": 10}, "email_clickthrough": [{"each": 5, "half_life": "30 days", "max": 25}, {"latest": {"1 week": 10, "1 month": 4}, "older": 1}]}'''

TRUNCATE oracle.event, oracle.grid, oracle.subject;
INSERT INTO oracle.event SELECT user_id, action, occurred_at::date FROM real.mail;
INSERT INTO oracle.grid VALUES (1, :mail_grid);
INSERT INTO oracle.subject SELECT DISTINCT user_id, user_id, 1, date '2014-08-31' FROM real.mail;
CALL oracle.answer();

CREATE TABLE real.mail_timeline AS
SELECT user_id, timeline(action, occurred_at::date) FROM real.mail GROUP BY user_id;
CREATE TABLE real.mail_score AS
SELECT user_id, score, score(timeline, :mail_grid, '2014-08-31') AS got
FROM real.mail_timeline JOIN oracle.score ON subject = user_id;

SELECT is(count(*), 90389::bigint, 'e-mail events') FROM real.mail;
SELECT is(sum(count), 90389::numeric, 'all of them are in the timelines') FROM real.mail_timeline, interactions(timeline);
SELECT is(count(*), 6179::bigint, 'of so many users') FROM real.mail_score;
SELECT oracle.none('SELECT * FROM real.mail_score WHERE got IS DISTINCT FROM score::double precision',
                'each has the oracle''s score');
SELECT oracle.none(format($$
    (SELECT subject, touchpoint, points, interactions, last_on FROM oracle.breakdown
     EXCEPT ALL
     SELECT user_id, touchpoint, points, interactions, last_on
     FROM real.mail_timeline, breakdown(timeline, %L, '2014-08-31'))
$$, :mail_grid), 'for the same reasons');
SELECT oracle.none(format($$
    (SELECT user_id, engagement(%L, action, occurred_at::date, '2014-08-31') FROM real.mail GROUP BY user_id
     EXCEPT SELECT user_id, score::double precision FROM real.mail_score)
$$, :mail_grid), 'engagement says the same');
SELECT is(array_agg(customers ORDER BY tier), '{717,836,963,2092,786,785}', 'users in each tier at the end of August 2014')
FROM (SELECT tier(got, '{0,1,2,5,10}') AS tier, count(*) AS customers FROM real.mail_score GROUP BY 1) AS t;
SELECT is(sum(score), 24514.373746, 'the sum of their scores, exactly') FROM real.mail_score;
-- mid-ranks: a mass of equal scores is in one tier
SELECT oracle.none($$
    WITH ranked AS (
        SELECT got, least(5, 1 + floor(5 * (2 * (rank() OVER (ORDER BY got) - 1)
                                            + count(*) OVER (PARTITION BY got)) / (2.0 * count(*) OVER ()))) AS tier
        FROM real.mail_score)
    SELECT got, tier, tier(got, cuts) FROM ranked, (SELECT rank_cuts(got, 5) AS cuts FROM real.mail_score) AS c
    WHERE tier <> tier(got, cuts)
$$, 'rank_cuts puts each of them into the tier of their mid-rank');

SET client_min_messages = warning;
DROP SCHEMA real CASCADE;
SELECT * FROM finish();
