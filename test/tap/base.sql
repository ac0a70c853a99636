-- A managed base from beginning to end: sources, population, score, a day's
-- changes, reports.  Every number is worked out by hand.
\ir lib/base.sql
SELECT plan(24);

CREATE SCHEMA shop;
CREATE TABLE shop.customers (id bigint PRIMARY KEY, email text UNIQUE, optin boolean, country text);
CREATE TABLE shop.orders (order_id int PRIMARY KEY, customer_id bigint, ordered_at timestamptz, amount numeric, status text DEFAULT 'paid');
CREATE TABLE shop.mail_log (email text, kind text, at timestamptz, message int);
CREATE TABLE shop.tickets (ticket int PRIMARY KEY, customer_id bigint, opened_at timestamptz, resolved_at timestamptz);
CREATE INDEX ON shop.orders (customer_id);
CREATE INDEX ON shop.tickets (customer_id);

SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
SELECT is((SELECT count(*) FROM crm.timelines), 0::bigint, 'a base is a schema with tables');
INSERT INTO shop.customers VALUES (1, 'ann@x', true, 'FR'), (2, 'bob@x', true, 'FR'), (3, 'cid@x', false, 'DE'), (4, 'dan@x', NULL, 'DE'), (5, 'eve@x', true, 'DE'), (6, 'fay@x', true, 'FR');
INSERT INTO shop.orders (order_id, customer_id, ordered_at, amount, status) VALUES
    (1, 1, crm.today() - 12, 40, 'paid'), (2, 1, crm.today() - 100, 10, 'paid'), (3, 2, crm.today() - 60, 25, 'paid'), (4, 3, crm.today() - 200, 80, 'paid'),
    (5, 4, crm.today() - 500, 5, 'paid'), (6, 6, crm.today() - 12, 99, 'cancelled');
INSERT INTO shop.mail_log VALUES
    ('ann@x', 'click', crm.today() - 5 + time '10:00', 1), ('ann@x', 'open', crm.today() - 5 + time '09:55', 1), ('ann@x', 'click', crm.today() - 4 + time '10:00', 2),
    ('bob@x', 'open', crm.today() - 5 + time '09:55', 1), ('nobody@x', 'click', crm.today() - 5 + time '10:00', 1);
INSERT INTO shop.mail_log SELECT 'cid@x', 'click', crm.today() - n, 10 + n FROM generate_series(1, 6) AS n;
INSERT INTO shop.tickets VALUES (1, 4, crm.today() - 3, NULL), (2, 1, crm.today() - 30, crm.today() - 20);
CREATE VIEW shop.mails AS SELECT c.id AS customer_id, m.kind, m.at, m.message FROM shop.mail_log AS m JOIN shop.customers AS c USING (email);

SELECT is(add_source('crm', 'shop.orders', $$'purchase'$$, 'ordered_at', value => 'amount', filter => $$status <> 'cancelled'$$), 1, 'orders');
SELECT is(add_source('crm', 'shop.mails', 'kind', 'at', watch => '{
    "shop.mail_log": "(SELECT c.id FROM shop.customers AS c WHERE c.email = mail_log.email)", "shop.customers": "id"}'), 2, 'mails, by a view');
SELECT is(add_source('crm', 'shop.tickets', $$'open_complaint'$$, 'opened_at', value => '1'), 3, 'tickets opened');
SELECT is(add_source('crm', 'shop.tickets', $$'open_complaint'$$, 'resolved_at', value => '-1', filter => 'resolved_at IS NOT NULL'), 4, 'and resolved');
SELECT add_echo('crm', 'open', 'click', before => '1 hour', same => 'message') \g /dev/null
SELECT set_population('crm', 'shop.customers', key => 'id', contactable => '{"email": "optin"}') \g /dev/null
SELECT add_score('crm', 'engagement', '{
    "purchase": {"latest": {"30 days": 30, "3 months": 20, "1 year": 10}, "older": 2},
    "click": {"each": 5, "max": 25},
    "open_complaint": {"per_value": -25, "min": -50}}', cuts => '{0, 20, 36}', labels => '{lost,cold,warm,hot}') \g /dev/null
CALL refresh('crm');

SELECT is(lib.kept('crm'), format('
1 click:%1$s,%2$s;open_complaint:%3$s=1,%4$s=-1;purchase:%5$s=10,%6$s=40
2 open:%1$s;purchase:%7$s=25
3 click:%8$s;purchase:%9$s=80
4 open_complaint:%10$s=1;purchase:%11$s=5', t - 5, t - 4, t - 30, t - 20, t - 100, t - 12, t - 60,
    (SELECT string_agg((t - n)::text, ',' ORDER BY n DESC) FROM generate_series(1, 6) AS n), t - 200, t - 3, t - 500), 'timelines') FROM crm.today() AS t;
SELECT results_eq('SELECT customer_id, score, tier, label, state, email, last_on - crm.today() FROM crm.engagement ORDER BY 1', $$VALUES
    (1::bigint, 40::float8, 4, 'hot', 'active', true, -4), (2, 20, 3, 'warm', 'active', true, -5), (3, 35, 3, 'warm', 'active', false, -1),
    (4, -23, 1, 'lost', 'unhappy', false, -3), (5, 0, 2, 'cold', 'never', true, NULL), (6, 0, 2, 'cold', 'never', true, NULL)$$, 'the list of customers');
SELECT results_eq('SELECT tier, label, customers, round(share::numeric, 4), lowest, mean, highest FROM crm.engagement_tiers', $$VALUES
    (1, 'lost', 1::bigint, 0.1667, -23::float8, -23::float8, -23::float8), (2, 'cold', 2, 0.3333, 0, 0, 0), (3, 'warm', 2, 0.3333, 20, 27.5, 35), (4, 'hot', 1, 0.1667, 40, 40, 40)$$, 'its tiers');
SELECT results_eq('SELECT source, relation, refresh_reads, rows_read, rows_counted, left_out FROM crm.sources ORDER BY source', $$VALUES
    (1, 'shop.orders', 'what changed', 6::bigint, 5::bigint, '{"filter": 1}'::jsonb), (2, 'shop.mails', 'what changed', 10, 9, '{"echo": 1}'),
    (3, 'shop.tickets', 'what changed', 2, 2, '{}'), (4, 'shop.tickets', 'what changed', 2, 1, '{"filter": 1}')$$, 'its sources');
SELECT results_eq('SELECT touchpoint, sources, customers, interactions, first_on - crm.today(), last_on - crm.today(), scores, never_seen FROM crm.touchpoints ORDER BY 1', $$VALUES
    ('click', '{2}'::int[], 2::bigint, 8::bigint, -6, -1, '{engagement}'::text[], false), ('open', '{2}', 1, 1, -5, -5, '{}', false),
    ('open_complaint', '{3,4}', 2, 3, -30, -3, '{engagement}', false), ('purchase', '{1}', 4, 5, -500, -12, '{engagement}', false)$$, 'its touchpoints');

-- a day of business
INSERT INTO shop.orders VALUES (7, 2, crm.today(), 15);
UPDATE shop.tickets SET resolved_at = crm.today() WHERE ticket = 1;
UPDATE shop.customers SET optin = false WHERE id = 5;
UPDATE shop.orders SET amount = 41 WHERE order_id = 1;
INSERT INTO shop.mail_log VALUES ('fay@x', 'open', crm.today(), 3);
SELECT is((SELECT email FROM crm.engagement WHERE customer_id = 5), false, 'an opt-out counts at once');
CALL refresh('crm');
SELECT is(lib.did('crm'), '5 read, 4 changed, 0 failed', 'refresh reads those of whom something changed');
SELECT results_eq('SELECT customer_id, score, tier, state FROM crm.engagement ORDER BY 1', $$VALUES
    (1::bigint, 40::float8, 4, 'active'), (2, 30, 3, 'active'), (3, 35, 3, 'active'), (4, 2, 2, 'active'), (5, 0, 2, 'never'), (6, 0, 2, 'new')$$, 'scores of now');
SELECT results_eq($$SELECT * FROM moves('crm', 'engagement', crm.today() - 1)$$, $$VALUES (1, 2, 1::bigint), (2, 2, 2), (3, 3, 2), (4, 4, 1)$$, 'who moved since yesterday');
SELECT results_eq($$SELECT part, tier, customers FROM distribution('crm', 'engagement', crm.today() - 1, 'country') WHERE customers > 0$$, $$VALUES
    ('DE', 1, 1::bigint), ('DE', 2, 1), ('DE', 3, 1), ('FR', 2, 1), ('FR', 3, 1), ('FR', 4, 1)$$, 'the tiers of yesterday, by country');
SELECT alike((SELECT string_agg(e, '|') FROM explain('crm', 'engagement', 4) AS e), 'On % customer 4 has 2 points: tier 2 of 4 (cold), active.|+2 points: last purchase 500 days ago%', 'one customer explained');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'as built afresh');
SELECT is(rebuild('crm'), 0::bigint, 'rebuild finds the same');

-- a second base over the same tables, with another key
SELECT create_base('mail', 'email text', 'America/New_York') \g /dev/null
SELECT add_source('mail', 'shop.mail_log', 'kind', 'at') \g /dev/null
SELECT add_source('mail', 'shop.orders', $$'purchase'$$, 'ordered_at', key => $$'customer ' || customer_id$$) \g /dev/null
CALL refresh('mail');
UPDATE shop.mail_log SET email = 'somebody@x' WHERE email = 'nobody@x';
DELETE FROM shop.orders WHERE order_id = 7;
CALL refresh('crm');
CALL refresh('mail');
SELECT is(lib.did('crm'), '1 read, 1 changed, 0 failed', 'what concerns the one');
SELECT is(lib.did('mail'), '3 read, 3 changed, 0 failed', 'and the other');
SELECT is((SELECT count(*) FROM verify('crm')) + (SELECT count(*) FROM verify('mail')), 0::bigint, 'both as built afresh');
SELECT drop_base('crm') \g /dev/null
INSERT INTO shop.orders VALUES (8, 3, '2026-01-01', 15);
CALL refresh('mail');
SELECT is(lib.did('mail'), '1 read, 1 changed, 0 failed', 'without the one, the other goes on');
SELECT drop_base('mail') \g /dev/null
SELECT hasnt_schema('crm');
SELECT is_empty($$SELECT * FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'shop'::regnamespace) AND NOT tgisinternal$$, 'nothing is left of them');
DROP SCHEMA shop CASCADE;
DROP SCHEMA lib CASCADE;
SELECT * FROM finish();
