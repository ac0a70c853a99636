-- Sources whose changes nothing reports: views without watch, materialized views,
-- foreign tables, partitioned tables with a foreign part.  They are read in full
-- and compared by customer; only those of whom they have something else are re-read.
\ir lib/base.sql
SELECT plan(31);

CREATE SCHEMA shop;
CREATE TABLE shop.orders (order_id int PRIMARY KEY, customer_id int, store text, ordered_at timestamp, amount numeric, remark text);
INSERT INTO shop.orders VALUES (1, 1, 'a', '2026-01-01 10:00', 1, NULL), (2, 1, 'b', '2026-01-02 10:00', 2, NULL), (3, 2, 'a', '2026-01-03 10:00', 4, NULL),
                               (4, NULL, 'a', '2026-01-03 10:00', 8, NULL);
CREATE VIEW shop.purchases AS SELECT * FROM shop.orders WHERE amount > 0;
SELECT create_base('crm', 'customer_id bigint, store text', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.purchases', $$'purchase'$$, 'ordered_at', value => 'amount') \g /dev/null
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1,a purchase:2026-01-01=1
1,b purchase:2026-01-02=2
2,a purchase:2026-01-03=4', 'a view without watch');
CALL refresh('crm');
SELECT is(lib.did('crm'), '0 read, 0 changed, 0 failed', 'a second refresh finds nothing new');
UPDATE shop.orders SET amount = amount * 10 WHERE order_id = 1;
INSERT INTO shop.orders VALUES (5, 3, 'c', '2026-01-05', 16, NULL);
UPDATE shop.orders SET amount = 0 WHERE order_id = 3;
UPDATE shop.orders SET remark = 'sent';
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1,a purchase:2026-01-01=10
1,b purchase:2026-01-02=2
3,c purchase:2026-01-05=16', 'what changed in it, came, and went');
SELECT is(lib.did('crm'), '3 read, 3 changed, 0 failed', 'three of four customers; the remark is not read');
-- two rows that change places, and one more of the same
UPDATE shop.orders SET store = CASE store WHEN 'a' THEN 'b' ELSE 'a' END WHERE customer_id = 1;
INSERT INTO shop.orders SELECT 6, customer_id, store, ordered_at, amount FROM shop.orders WHERE order_id = 5;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1,a purchase:2026-01-02=2
1,b purchase:2026-01-01=10
3,c purchase:2026-01-05*2=32', 'rows that change places, and one more of the same');
-- settings of the session do not make it look different
SET DateStyle = 'German, DMY';
SET TimeZone = 'Asia/Tokyo';
SET extra_float_digits = -5;
SET IntervalStyle = 'sql_standard';
CALL refresh('crm');
SELECT is(lib.did('crm'), '0 read, 0 changed, 0 failed', 'whatever the settings of the session');
RESET DateStyle;
RESET TimeZone;
RESET extra_float_digits;
RESET IntervalStyle;
BEGIN;
DELETE FROM shop.orders WHERE customer_id = 1;
SELECT is((SELECT array_agg(key || pending::text ORDER BY key) FROM verify('crm')), ARRAY[ARRAY['1', 'a', 'true'], ARRAY['1', 'b', 'true']],
          'verify knows that the next refresh will find them');
SELECT throws_ok($$SELECT close('crm', '2026-01-03')$$, '55000', NULL, 'and so does close');
ROLLBACK;
CREATE OR REPLACE VIEW shop.purchases AS SELECT * FROM shop.orders WHERE amount > 5;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1,b purchase:2026-01-01=10
3,c purchase:2026-01-05*2=32', 'another definition');
SELECT is(lib.did('crm'), '1 read, 1 changed, 0 failed', 'is compared too');
SELECT is((SELECT count(*) FROM crm.seen_1), 2::bigint, 'whoever is gone is forgotten');
SELECT rebuild('crm') \g /dev/null
CALL refresh('crm');
SELECT is(lib.did('crm'), '0 read, 0 changed, 0 failed', 'after rebuild');
SELECT drop_base('crm') \g /dev/null

-- a materialized view changes when it is refreshed
CREATE MATERIALIZED VIEW shop.daily AS SELECT customer_id, ordered_at::date AS day, sum(amount) AS amount FROM shop.orders GROUP BY 1, 2;
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.daily', $$'purchase'$$, 'day', value => 'amount') \g /dev/null
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 purchase:2026-01-01=10,2026-01-02=2
2 purchase:2026-01-03=0
3 purchase:2026-01-05=32', 'a materialized view');
DELETE FROM shop.orders WHERE order_id = 6;
CALL refresh('crm');
SELECT is(lib.did('crm'), '0 read, 0 changed, 0 failed', 'before it is refreshed');
REFRESH MATERIALIZED VIEW shop.daily;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 purchase:2026-01-01=10,2026-01-02=2
2 purchase:2026-01-03=0
3 purchase:2026-01-05=16', 'and after');
SELECT is(lib.did('crm'), '1 read, 1 changed, 0 failed', 'one customer is read');
REFRESH MATERIALIZED VIEW shop.daily WITH NO DATA;
SELECT throws_ok($$CALL refresh('crm')$$, '55000', NULL, 'without data it is an error');
SELECT is((SELECT count(*) FROM crm.timelines), 3::bigint, 'and nothing is lost');
REFRESH MATERIALIZED VIEW shop.daily;
CALL refresh('crm');
SELECT is(lib.did('crm'), '0 read, 0 changed, 0 failed', 'until it has');
SELECT drop_base('crm') \g /dev/null

-- foreign tables, if this server has postgres_fdw and file_fdw: another
-- connection to this database, and what a program prints
SELECT count(*) = 2 AS fdw FROM pg_available_extensions WHERE name IN ('postgres_fdw', 'file_fdw') \gset
\if :fdw
\getenv host PGHOST
\getenv port PGPORT
SELECT set_config('test.host', :'host', false), set_config('test.port', :'port', false) \g /dev/null
CREATE EXTENSION postgres_fdw;
CREATE EXTENSION file_fdw;
DO $$
BEGIN
    EXECUTE format('CREATE SERVER itself FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)',
                   current_setting('test.host'), current_setting('test.port'), current_database());
END
$$;
CREATE USER MAPPING FOR current_user SERVER itself;
CREATE FOREIGN TABLE shop.far_orders (order_id int, customer_id int, ordered_at timestamp, amount numeric) SERVER itself OPTIONS (schema_name 'shop', table_name 'orders');
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE shop.visits (customer_id int, day date) SERVER files OPTIONS (program $$printf '1,2026-02-01\n9,2026-02-02\n'$$, format 'csv');
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.far_orders', $$'purchase'$$, 'ordered_at', value => 'amount') \g /dev/null
SELECT add_source('crm', 'shop.visits', $$'visit'$$, 'day') \g /dev/null
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 purchase:2026-01-01=10,2026-01-02=2;visit:2026-02-01
2 purchase:2026-01-03=0
3 purchase:2026-01-05=16
9 visit:2026-02-02', 'foreign tables');
INSERT INTO shop.far_orders VALUES (8, 2, '2026-01-06', 1);
INSERT INTO shop.orders VALUES (7, 4, 'd', '2026-01-07', 1);
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 purchase:2026-01-01=10,2026-01-02=2;visit:2026-02-01
2 purchase:2026-01-03=0,2026-01-06=1
3 purchase:2026-01-05=16
4 purchase:2026-01-07=1
9 visit:2026-02-02', 'changed at the other end');
ALTER FOREIGN TABLE shop.visits OPTIONS (SET program $$printf '1,2026-02-01\n9,2026-02-03\n'$$);
CALL refresh('crm');
SELECT is(lib.did('crm'), '1 read, 1 changed, 0 failed', 'or in the file');
ALTER SERVER itself OPTIONS (SET dbname 'no such database');
SELECT throws_ok($$CALL refresh('crm')$$, '08001', NULL, 'a server out of reach ends refresh');
SELECT is((SELECT count(*) FROM crm.timelines), 5::bigint, 'and nothing is lost');
SELECT is((SELECT count(*) FROM crm.failures), 0::bigint, 'nobody is to blame');
SELECT format('ALTER SERVER itself OPTIONS (SET dbname %L)', current_database()) \gexec
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'as built afresh');
SELECT drop_base('crm') \g /dev/null

-- a partitioned table with a foreign partition
CREATE TABLE shop.clicks (customer_id int, day date) PARTITION BY RANGE (day);
CREATE TABLE shop.clicks_2026 PARTITION OF shop.clicks FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE shop.archive (customer_id int, day date);
CREATE FOREIGN TABLE shop.clicks_old PARTITION OF shop.clicks FOR VALUES FROM (MINVALUE) TO ('2026-01-01') SERVER itself OPTIONS (schema_name 'shop', table_name 'archive');
INSERT INTO shop.archive VALUES (1, '2025-01-01');
INSERT INTO shop.clicks_2026 VALUES (2, '2026-01-01');
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.clicks', $$'click'$$, 'day') \g /dev/null
CALL refresh('crm');
INSERT INTO shop.archive VALUES (3, '2025-01-01');
INSERT INTO shop.clicks VALUES (2, '2026-01-02');
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 click:2025-01-01
2 click:2026-01-01,2026-01-02
3 click:2025-01-01', 'a partitioned table with a foreign partition');
SELECT is(lib.did('crm'), '2 read, 2 changed, 0 failed', 'two were read');
-- the foreign partition goes, and comes again
ALTER TABLE shop.clicks DETACH PARTITION shop.clicks_old;
CALL refresh('crm');
SELECT is((SELECT refresh_reads FROM crm.sources), 'what changed', 'without it, changes are reported');
INSERT INTO shop.clicks VALUES (4, '2026-01-02');
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
2 click:2026-01-01,2026-01-02
4 click:2026-01-02', 'one by one');
ALTER TABLE shop.clicks ATTACH PARTITION shop.clicks_old FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CALL refresh('crm');
INSERT INTO shop.archive VALUES (4, '2025-01-02');
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 click:2025-01-01
2 click:2026-01-01,2026-01-02
3 click:2025-01-01
4 click:2025-01-02,2026-01-02', 'with it, all is read');
SELECT drop_base('crm') \g /dev/null
DROP EXTENSION postgres_fdw, file_fdw CASCADE;
\else
SELECT skip('no postgres_fdw or file_fdw here', 12);
\endif
DROP SCHEMA shop CASCADE;
DROP SCHEMA lib CASCADE;
SELECT * FROM finish();
