-- Pressure, value, gaps, moves, surges and versions over real and public data.
-- The tables below were worked out a second time apart from PostgreSQL, in
-- Python with exact fractions, and are kept.
--
-- The data is not part of this project: it is read from ../shared/data, or
-- from where SCORING_DATA says, and the test is skipped when it is not there.
\set QUIET on
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
\ir lib/base.sql
\cd :data

SELECT plan(34);

-- ---------------------------------------------------------------------------
-- 1. A customer base: mails that were sent, orders, tickets

CREATE SCHEMA real;
CREATE TABLE real.customers (customer_id int PRIMARY KEY, first_name text, last_name text, segment text, region text, signup_date date, email_opt_in int);
CREATE TABLE real.email_events (event_id bigint, customer_id int, event_type text, event_time date, campaign text);
CREATE TABLE real.orders (order_id bigint, customer_id int, order_date date, amount numeric, product_category text);
CREATE TABLE real.tickets (ticket_id bigint, customer_id int, opened_at date, status text, severity text);
\copy real.customers FROM 'crm/customers.csv' (FORMAT csv, HEADER)
\copy real.email_events FROM 'crm/email_events.csv' (FORMAT csv, HEADER)
\copy real.orders FROM 'crm/orders.csv' (FORMAT csv, HEADER)
\copy real.tickets FROM 'crm/support_tickets.csv' (FORMAT csv, HEADER)

SELECT create_base('real_crm', 'customer_id int', 'Asia/Kuala_Lumpur') \g /dev/null
CREATE OR REPLACE FUNCTION real_crm.today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE RETURN date '2025-07-31';
SELECT add_source('real_crm', 'real.email_events', $$'email_' || event_type$$, 'event_time') \g /dev/null
SELECT add_source('real_crm', 'real.orders', $$'purchase'$$, 'order_date', 'amount') \g /dev/null
SELECT add_source('real_crm', 'real.tickets', $$'ticket'$$, 'opened_at') \g /dev/null
SELECT set_population('real_crm', 'real.customers', contactable => '{"email": "email_opt_in = 1"}') \g /dev/null
CALL refresh('real_crm');

-- mails are few here, so the levels are cut by hand
SELECT FROM add_score('real_crm', 'pressure', pressure_grid(), cuts => '{0.05,0.5,2,4}') \g /dev/null
SELECT FROM add_score('real_crm', 'value', measure => $$(rfm(timeline, 'purchase', as_of, '1 year')).monetary$$, method => 'value level') \g /dev/null
SELECT is((SELECT sum(score::numeric) FROM real_crm.pressure), 187.031237, 'the pressure of all mails that were sent');
SELECT results_eq('SELECT tier, customers::int FROM real_crm.pressure_tiers', 'VALUES (1, 617), (2, 88), (3, 61), (4, 32), (5, 2)', 'customers by level of pressure');
SELECT results_eq('SELECT tier, label, customers::int FROM real_crm.value_tiers',
    $$VALUES (1, 'negative margin', 0), (2, 'minor', 392), (3, 'important', 235), (4, 'very important', 118), (5, 'strategic', 39), (NULL, NULL, 16)$$, 'by level of value of a year');
SELECT is((SELECT cuts FROM real_crm.scores WHERE name = 'value'), '{0,1141.73,1934.15,2734.32}'::double precision[], 'and its cuts');

SELECT add_gap('real_crm', 'care', 'pressure', 'value') \g /dev/null
SELECT results_eq('SELECT gap, population, customers::int, round(expected::numeric, 4) FROM real_crm.care_tiers', $$VALUES
    (-4, 'under-pressed', 29, 29.9962), (-3, 'under-pressed', 104, 95.0855), (-2, 'under-pressed', 177, 196.8750), (-1, 'under-pressed', 353, 338.3010),
    (0, 'in line', 69, 66.5497), (1, 'over-pressed', 32, 40.0931), (2, 'over-pressed', 19, 16.0995), (3, 'over-pressed', 1, 1.0000), (4, 'over-pressed', 0, 0.0000),
    (NULL, NULL, 16, NULL)$$, 'gaps, about as many as chance would give: mails were sent without a look at value');
SELECT results_eq('SELECT population, sum(customers)::int FROM real_crm.care_tiers GROUP BY 1 ORDER BY 1',
    $$VALUES ('in line', 69), ('over-pressed', 52), ('under-pressed', 663), (NULL, 16)$$, 'its populations');
SELECT is((SELECT sum(customers)::int FROM distribution('real_crm', 'care', '2025-07-31', by => 'segment') WHERE part = 'Retail' AND label = 'over-pressed'),
          (SELECT count(*)::int FROM real_crm.care JOIN real.customers USING (customer_id) WHERE segment = 'Retail' AND population = 'over-pressed'), 'by segment');

SELECT results_eq('SELECT tier_before, tier_after, customers::int FROM moves(''real_crm'', ''pressure'', ''2025-06-30'')', $$VALUES
    (1, 1, 490), (1, 2, 26), (1, 3, 46), (1, 4, 24), (1, 5, 1), (2, 1, 94), (2, 2, 5), (2, 3, 5), (2, 4, 4), (3, 1, 33), (3, 2, 25), (3, 3, 10), (3, 4, 4), (3, 5, 1),
    (4, 2, 25), (5, 2, 7)$$, 'who moved in July');
SELECT is(drift('real_crm', 'pressure', '2025-06-30')::numeric(16, 12), 0.019672595859, 'the whole is stable');
SELECT is((SELECT count(*)::int FROM real_crm.pressure_moves), 293, 'and those of 30 days one by one');
SELECT is_empty('SELECT * FROM real_crm.pressure_moves WHERE cooling > 0 OR activity < 0 OR delta <> cooling + activity', 'pressure cools by itself, and mails raise it');

SELECT add_surge('real_crm', 'rising', 'ticket') \g /dev/null
SELECT results_eq('SELECT customer_id, recent::int, usual::int, p_value::numeric(14, 12) FROM real_crm.rising',
    'VALUES (1293, 2, 0, 0.005768306361), (1322, 2, 0, 0.005768306361), (1039, 2, 1, 0.016428720649), (1496, 2, 1, 0.016428720649)', 'four have two tickets in a month');

SELECT add_contact_list('real_crm', 'mailing', 'email', 'pressure', 2, '90 days') \g /dev/null
SELECT results_eq('SELECT state, count(*)::int FROM real_crm.mailing GROUP BY 1 ORDER BY 1', $$VALUES ('forgotten', 328), ('free', 230), ('pressed', 24)$$, 'of those who opted in');
SELECT is_empty('SELECT customer_id, free_on, score(timeline, pressure_grid(), free_on), score(timeline, pressure_grid(), free_on - 1)
                 FROM real_crm.mailing JOIN real_crm.timelines USING (customer_id)
                 WHERE state = ''pressed'' AND (score(timeline, pressure_grid(), free_on) >= 2 OR score(timeline, pressure_grid(), free_on - 1) < 2)',
    'who is pressed is free from that day on');
SELECT is((SELECT max(free_on) FROM real_crm.mailing), date '2025-08-09', 'and all are on this one');

-- if opens are worth nothing
SELECT FROM add_score('real_crm', 'engagement', '{"email_open": {"each": 1, "half_life": "30 days"}, "email_click": {"each": 5, "half_life": "60 days", "max": 25}, "purchase": {"latest": {"30 days": 30, "3 months": 20, "1 year": 10}, "older": 2}}',
    method => 'quantile') \g /dev/null
CREATE VIEW real.tried AS SELECT (grid::jsonb - 'email_open')::grid AS grid FROM real_crm.scores WHERE name = 'engagement';
CREATE VIEW real.both AS
SELECT customer_id, score(timeline, s.grid, '2025-07-31') AS before, score(timeline, t.grid, '2025-07-31') AS after
FROM real_crm.timelines CROSS JOIN real.tried AS t CROSS JOIN real_crm.scores AS s WHERE name = 'engagement';
SELECT is((SELECT sum(customers)::int FROM try_grid('real_crm', 'engagement', (SELECT grid FROM real.tried)) WHERE tier_before <> tier_after),
          (SELECT count(*)::int FROM real.both CROSS JOIN real_crm.scores WHERE name = 'engagement' AND width_bucket(before, cuts) <> width_bucket(after, cuts)),
    'how many change tier if opens are worth nothing');
SELECT results_eq('SELECT key[1]::int, score_before, score_after FROM try_grid_customers(''real_crm'', ''engagement'', (SELECT grid FROM real.tried), 10)',
    'SELECT customer_id, before, after FROM real.both ORDER BY before - after DESC, customer_id LIMIT 10', 'and who most');
SELECT is(publish('real_crm', 'engagement', (SELECT grid FROM real.tried), 'same shares'), 2, 'published');
SELECT cmp_ok(drift('real_crm', 'engagement', '2025-07-31'), '=', 0::double precision, 'by one version on both days');
SELECT cmp_ok((SELECT max(abs(a.customers - 800 / 6.0)) FROM real_crm.engagement_tiers AS a), '<', 45::numeric, 'about a sixth in each tier, as many scores are equal');

-- a trend is the slope of the points of each day
SELECT is_empty('SELECT customer_id FROM real_crm.timelines AS t CROSS JOIN LATERAL (
        SELECT regr_slope(score(timeline, pressure_grid(), day::date), extract(epoch FROM day) / 86400) * 30.4375 AS slope
        FROM generate_series(timestamp ''2025-06-01'', ''2025-07-31'', ''1 day'') AS day) AS s
    WHERE abs(trend(timeline, pressure_grid(), ''2025-06-01'', ''2025-07-31'') - slope) > 1e-9', 'trends of two months');

-- ---------------------------------------------------------------------------
-- 2. A weekly digest, and who clicks

CREATE TABLE real.mail (user_id int, occurred_at timestamp, action text, user_type int);
\copy real.mail FROM 'yammer/email_events.csv' (FORMAT csv, HEADER)
SELECT create_base('real_app', 'user_id int', 'UTC') \g /dev/null
CREATE OR REPLACE FUNCTION real_app.today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE RETURN date '2014-08-31';
SELECT add_source('real_app', 'real.mail', 'action', 'occurred_at') \g /dev/null
CALL refresh('real_app');

-- a digest comes 7 days after the one before: a week holds one, never two
SELECT is((SELECT count(*)::int FROM real_app.timelines WHERE last_on(timeline, 'sent_weekly_digest') IS NOT NULL), 4111, 'users who get it');
SELECT is((SELECT array_agg(DISTINCT later.occurred_on - earlier.occurred_on)::text
           FROM real_app.timelines, LATERAL (SELECT occurred_on, lead(occurred_on) OVER (ORDER BY occurred_on) AS next FROM interactions(timeline) WHERE touchpoint = 'sent_weekly_digest') AS earlier
           CROSS JOIN LATERAL (SELECT next AS occurred_on) AS later WHERE next IS NOT NULL), '{7}', 'each 7 days after the last');
\set week '''{"sent_weekly_digest": {"each": 1, "within": "7 days"}}'''
SELECT is(max(score(timeline, :week, day::date)), 1::double precision, 'on no day does anybody have two within 7 days')
FROM real_app.timelines, generate_series('2014-05-01', '2014-08-31', interval '1 day') AS day;
SELECT is(max(score(timeline, '{"sent_weekly_digest": {"each": 1, "within": "8 days"}}', day::date)), 2::double precision, 'within 8 there are two')
FROM real_app.timelines, generate_series('2014-05-01', '2014-08-31', interval '1 day') AS day;
SELECT is(max(peak_of(timeline, 'sent_weekly_digest', 7)), 1::bigint, 'peak_of() says the same') FROM real_app.timelines;
SELECT is(max(peak_of(timeline, 'sent_weekly_digest', 8)), 2::bigint, 'of both') FROM real_app.timelines;
SELECT is_empty(format('SELECT user_id FROM real_app.timelines WHERE free_on(timeline, %L, 1, last_on(timeline, ''sent_weekly_digest'')) <> last_on(timeline, ''sent_weekly_digest'') + 7', :week),
    'and after it one is free again on the day of the next');

-- four weeks of digests against four weeks of clicks
SELECT FROM add_score('real_app', 'digests', '{"sent_weekly_digest": {"each": 1, "within": "4 weeks"}}', cuts => '{1,2,3,4}') \g /dev/null
SELECT FROM add_score('real_app', 'clicks', '{"email_clickthrough": {"each": 1, "within": "4 weeks"}}', cuts => '{1,2,3,4}') \g /dev/null
SELECT results_eq('SELECT tier, customers::int FROM real_app.digests_tiers', 'VALUES (1, 2068), (2, 99), (3, 115), (4, 104), (5, 3793)', 'digests of four weeks');
SELECT results_eq('SELECT tier, customers::int FROM real_app.clicks_tiers', 'VALUES (1, 4502), (2, 1521), (3, 147), (4, 9), (5, 0)', 'clicks of four weeks');
SELECT add_gap('real_app', 'care', 'digests', 'clicks') \g /dev/null
SELECT results_eq('SELECT gap, customers::int, round(expected::numeric, 4) FROM real_app.care_tiers', $$VALUES
    (-4, 0, 0.0000), (-3, 0, 3.0121), (-2, 0, 49.3425), (-1, 489, 511.5740), (0, 1670, 1533.9951), (1, 120, 108.4379), (2, 211, 199.6253), (3, 838, 1009.4451), (4, 2851, 2763.5679)$$,
    'most get four and click none, a little more than chance would have it');
SELECT is((SELECT sum(customers)::int FROM real_app.care_tiers WHERE population = 'over-pressed'), 4020, 'over-pressed');

-- the same from the events, in plain SQL
SELECT is_empty($$
    SELECT user_id, gap FROM real_app.care FULL JOIN (
        SELECT user_id, least(count(*) FILTER (WHERE action = 'sent_weekly_digest' AND occurred_at::date > '2014-08-03'), 4)
                      - least(count(*) FILTER (WHERE action = 'email_clickthrough' AND occurred_at::date > '2014-08-03'), 4) AS n
        FROM real.mail WHERE occurred_at::date <= '2014-08-31' GROUP BY 1) AS e USING (user_id) WHERE gap IS DISTINCT FROM n$$, 'each gap is that of the events');
SELECT is((SELECT psi FROM try_grid('real_app', 'clicks', '{"email_clickthrough": {"each": 1, "within": "28 days"}}') LIMIT 1), 0::double precision, 'four weeks are 28 days');

DROP VIEW real.both, real.tried;
SELECT drop_base('real_crm'), drop_base('real_app') \g /dev/null
DROP SCHEMA real, lib CASCADE;
SELECT * FROM finish();
