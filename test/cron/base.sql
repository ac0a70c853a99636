-- A base of someone who is no superuser, refreshed by a job, and a materialized
-- view over one of its views, for those who read.

CREATE EXTENSION pg_cron;
CREATE ROLE cron_owner LOGIN;
CREATE ROLE cron_writer;
SELECT format('GRANT CREATE ON DATABASE %I TO cron_owner', current_database()) \gexec
GRANT USAGE ON SCHEMA cron TO cron_owner;
SET SESSION AUTHORIZATION cron_owner;
CREATE EXTENSION scoring;

CREATE SCHEMA shop;
CREATE TABLE shop.orders (order_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint, ordered_on date, amount numeric);
CREATE INDEX ON shop.orders (customer_id);
INSERT INTO shop.orders (customer_id, ordered_on, amount)
SELECT n % 500, current_date - n % 700, n % 90 FROM generate_series(1, 5000) AS n;
GRANT USAGE ON SCHEMA shop TO cron_writer;
GRANT SELECT, INSERT, UPDATE ON shop.orders TO cron_writer;

SELECT scoring.create_base('crm', 'customer_id bigint', 'Europe/Paris');
SELECT scoring.add_source('crm', 'shop.orders', $$'purchase'$$, 'ordered_on', value => 'amount');
CALL scoring.refresh('crm');
SELECT * FROM scoring.add_score('crm', 'engagement', '{"purchase": {"latest": {"30 days": 30, "1 year": 10}}}');

CREATE SCHEMA bi;
CREATE MATERIALIZED VIEW bi.customers AS SELECT * FROM crm.engagement;
CREATE UNIQUE INDEX ON bi.customers (customer_id);

SELECT cron.schedule('refresh', '* * * * *', $$CALL scoring.refresh('crm')$$);
SELECT cron.schedule('customers', '* * * * *', 'REFRESH MATERIALIZED VIEW CONCURRENTLY bi.customers');
