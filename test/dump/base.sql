-- Two bases of one owner, who is no superuser: a plain one and one whose names
-- all need quotes.  At the end there are changes that no refresh has taken.

CREATE ROLE dump_owner LOGIN;
CREATE ROLE dump_writer;
CREATE ROLE dump_reader;
SELECT format('ALTER DATABASE %I OWNER TO dump_owner', current_database()) \gexec
SET SESSION AUTHORIZATION dump_owner;
CREATE EXTENSION scoring;

CREATE SCHEMA shop;
CREATE TABLE shop.orders (order_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint,
    ordered_at timestamptz NOT NULL, amount numeric, status text NOT NULL DEFAULT 'paid');
CREATE INDEX ON shop.orders (customer_id);
CREATE TABLE shop.mails (message_id integer, customer_id bigint, what text, at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE shop.mails_old PARTITION OF shop.mails FOR VALUES FROM (MINVALUE) TO ('2026-01-01 00:00+00');
CREATE TABLE shop.mails_new PARTITION OF shop.mails FOR VALUES FROM ('2026-01-01 00:00+00') TO (MAXVALUE);
CREATE INDEX ON shop.mails (customer_id);
CREATE TABLE shop.customers (customer_id bigint PRIMARY KEY, name text, email_optin boolean, region text);
CREATE TABLE shop.refunds (order_id bigint, refunded_on date, amount numeric);
CREATE VIEW shop.refunded AS SELECT customer_id, refunded_on, r.amount FROM shop.refunds AS r JOIN shop.orders USING (order_id);

INSERT INTO shop.customers SELECT n, 'name ' || n, n % 3 > 0, CASE WHEN n % 2 = 0 THEN 'north' ELSE 'south' END
FROM generate_series(1, 300) AS n;
INSERT INTO shop.orders (customer_id, ordered_at, amount)
SELECT n % 250, now() - n * interval '17 hours', n % 97 FROM generate_series(1, 1000) AS n;
INSERT INTO shop.mails SELECT n, n % 280, w, now() - n * interval '9 hours' + o
FROM generate_series(1, 1500) AS n, (VALUES ('open', interval '0'), ('click', interval '1 minute')) AS w (w, o) WHERE w = 'open' OR n % 4 = 0;
INSERT INTO shop.refunds SELECT n, now()::date - n % 90, n % 50 FROM generate_series(1, 1000, 37) AS n;

SELECT scoring.create_base('crm', 'customer_id bigint', 'Europe/Paris');
SELECT scoring.set_population('crm', 'shop.customers', contactable => '{"email": "email_optin"}');
SELECT scoring.add_source('crm', 'shop.orders', $$'purchase'$$, 'ordered_at', value => 'amount', filter => $$status <> 'cancelled'$$);
SELECT scoring.add_source('crm', 'shop.mails', 'what', 'at', once_per => 'message_id');
SELECT scoring.add_source('crm', 'shop.refunded', $$'refund'$$, 'refunded_on', value => '-amount',
    watch => '{"shop.orders": "customer_id", "shop.refunds": "(SELECT o.customer_id FROM shop.orders AS o WHERE o.order_id = refunds.order_id)"}');
SELECT scoring.add_echo('crm', 'open', 'click', before => '1 hour', same => 'message_id');
CALL scoring.refresh('crm');
SELECT * FROM scoring.add_score('crm', 'engagement', '{"purchase": {"latest": {"30 days": 30, "1 year": 10}}, "click": {"each": 3, "half_life": "30 days"}}');
SELECT * FROM scoring.add_score('crm', 'spent', measure => $$coalesce(scoring.value_of(timeline, 'purchase'), 0)$$, method => 'quantile', tiers => 4);
SELECT scoring.add_rfm('crm', 'rfm', 'purchase');
SELECT * FROM scoring.add_score('crm', 'opens', '{"open": {"each": 1, "within": "60 days"}}', tiers => 4);
SELECT scoring.add_gap('crm', 'care', 'opens', 'spent');
UPDATE crm.gap_actions SET action = 'a "word"' WHERE gap = 0;
SELECT scoring.add_surge('crm', 'rising', 'open', recent => '2 weeks', usual => '6 months');
SELECT scoring.add_contact_list('crm', 'mailing', 'email', 'opens', 2, '30 days');
SELECT scoring.publish('crm', 'opens', '{"open": {"each": 1, "within": "90 days"}}', 'same shares');
INSERT INTO crm.holdouts (share) VALUES (0.1);
INSERT INTO crm.campaign_types VALUES ('gift', 2, 'opens', 9, false);
INSERT INTO crm.outcomes VALUES ('clicked', 'click');
SELECT * FROM scoring.plan_campaign('crm', 'spring', 'spent', 'email', '{0.1,0.3,0.5,0.7}', 'gift', filter => 'region = ''north''', waves => '{20}', worth => 12);
SELECT scoring.take_wave('crm', 'spring', 1);
SELECT scoring.stop_campaign('crm', 'spring', 'a "reason"');
SELECT scoring.erase('crm', 17);
UPDATE scoring.rfm_segments SET segment = 'Stars' WHERE cell = 555;

CREATE SCHEMA "Shop ""1"".x";
CREATE TABLE "Shop ""1"".x"."Order's" ("The Shop" text, "Client" uuid, "When" date, "How much" float8, PRIMARY KEY ("The Shop", "Client", "When"));
INSERT INTO "Shop ""1"".x"."Order's"
SELECT 's' || n % 3, md5((n % 40)::text)::uuid, now()::date - n, n FROM generate_series(1, 200) AS n;
SELECT scoring.create_base('My "Base"''s %I', '"The Shop" text, "Client" uuid', 'America/New_York');
SELECT scoring.add_source('My "Base"''s %I', '"Shop ""1"".x"."Order''s"', $$'it''s "bought"'$$, '"When"', value => '"How much"');
CALL scoring.refresh('My "Base"''s %I');
SELECT * FROM scoring.add_score('My "Base"''s %I', 'Hot "or" not', '{"it''s \"bought\"": {"each": 1, "half_life": "90 days"}}');

GRANT USAGE ON SCHEMA shop, crm TO dump_reader, dump_writer;
GRANT SELECT ON crm.engagement TO dump_reader;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON shop.orders, shop.mails, shop.mails_new, shop.refunds TO dump_writer;

-- not taken by any refresh
INSERT INTO shop.orders (customer_id, ordered_at, amount) SELECT n, now(), 1000 + n FROM generate_series(1, 300, 7) AS n;
UPDATE shop.orders SET status = 'cancelled' WHERE order_id % 19 = 0;
DELETE FROM shop.mails WHERE message_id % 13 = 0;
UPDATE shop.refunds SET amount = amount + 1 WHERE order_id % 3 = 0;
TRUNCATE shop.mails_old;
DELETE FROM "Shop ""1"".x"."Order's" WHERE "The Shop" = 's1' AND "How much" > 50;
