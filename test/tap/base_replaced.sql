-- Sources that are replaced, renamed, dropped, or changed in their columns, and
-- triggers that somebody takes away: it is noticed and said, nothing is lost.
\ir lib/base.sql
SELECT plan(59);

CREATE SCHEMA shop;
CREATE TABLE shop.orders (order_id int, customer_id int, ordered_on date, amount numeric, status text);
CREATE INDEX ON shop.orders (customer_id);
INSERT INTO shop.orders VALUES (1, 1, '2026-01-01', 10, 'paid'), (2, 2, '2026-01-02', 20, 'paid');
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.orders', $$'purchase'$$, 'ordered_on', value => 'amount', filter => $$status = 'paid'$$) \g /dev/null
CALL refresh('crm');

-- as dbt replaces a table: a new one, two renames, a drop
CREATE TABLE shop.orders__new AS SELECT * FROM shop.orders WHERE customer_id = 1 UNION ALL SELECT 3, 3, date '2026-01-03', 30, 'paid';
ALTER TABLE shop.orders RENAME TO orders__old;
ALTER TABLE shop.orders__new RENAME TO orders;
DROP TABLE shop.orders__old CASCADE;
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT is(lib.kept('crm'), '
1 purchase:2026-01-01=10
3 purchase:2026-01-03=30', 'a table replaced under its name is read');
SELECT alike(:'said'::text, 'NOTICE:  source shop.orders was replaced: it is read again in full%', 'which is said');
INSERT INTO shop.orders VALUES (4, 2, '2026-01-04', 40, 'paid');
UPDATE shop.orders SET status = 'open' WHERE order_id = 1;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
2 purchase:2026-01-04=40
3 purchase:2026-01-03=30', 'and its changes are reported');
SELECT is(lib.did('crm'), '2 read, 2 changed, 0 failed', 'one by one');
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT is(:'said'::text, '', 'a refresh with nothing to do has nothing to say');

-- replaced, and the old one kept
CREATE TABLE shop.orders__new AS TABLE shop.orders;
BEGIN;
ALTER TABLE shop.orders RENAME TO orders_kept;
ALTER TABLE shop.orders__new RENAME TO orders;
COMMIT;
CALL refresh('crm');
\set said `psql -qXc "UPDATE shop.orders_kept SET amount = 0" 2>&1`
SELECT is(:'said'::text, '', 'whoever writes to the old table hears nothing of it');
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'shop.orders_kept'::regclass), 0::bigint, 'its triggers are gone');
DROP TABLE shop.orders_kept;

-- replaced by a view, and by a table again
ALTER TABLE shop.orders RENAME TO orders_table;
CREATE VIEW shop.orders AS TABLE shop.orders_table;
CALL refresh('crm');
SELECT is((SELECT refresh_reads FROM crm.sources), 'all of it', 'a view in its place is read in full');
INSERT INTO shop.orders_table VALUES (5, 5, '2026-01-05', 50, 'paid');
DELETE FROM shop.orders_table WHERE customer_id = 3;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
2 purchase:2026-01-04=40
5 purchase:2026-01-05=50', 'each time');
SELECT is(lib.did('crm'), '2 read, 2 changed, 0 failed', 'and compared by customer');
DROP VIEW shop.orders;
ALTER TABLE shop.orders_table RENAME TO orders;
CALL refresh('crm');
SELECT is((SELECT refresh_reads FROM crm.sources), 'what changed', 'the table again');
INSERT INTO shop.orders VALUES (6, 2, '2026-01-06', 60, 'paid');
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
2 purchase:2026-01-04=40,2026-01-06=60
5 purchase:2026-01-05=50', 'reports its changes again');

-- a source that is not there
ALTER TABLE shop.orders RENAME TO sales;
INSERT INTO shop.sales VALUES (7, 7, '2026-01-07', 70, 'paid');
SELECT throws_ok($$CALL refresh('crm')$$, '42P01', 'source shop.orders of base "crm" does not exist', 'a renamed source is an error');
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, '%What had this name is now called shop.sales.%', 'that says what it is called now');
SELECT alike(:'said'::text, '%drop_source(''crm'', 1)%', 'and what to do');
SELECT is((SELECT string_agg(customer_id::text, ',' ORDER BY customer_id) FROM crm.timelines), '2,5', 'nothing is lost');
ALTER TABLE shop.sales RENAME TO orders;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
2 purchase:2026-01-04=40,2026-01-06=60
5 purchase:2026-01-05=50
7 purchase:2026-01-07=70', 'back again: what came meanwhile is read');
SELECT is(lib.did('crm'), '1 read, 1 changed, 0 failed', 'and nothing else');
CREATE TABLE shop.copy AS TABLE shop.orders;
DROP TABLE shop.orders;
SELECT throws_ok($$CALL refresh('crm')$$, '42P01', 'source shop.orders of base "crm" does not exist', 'a dropped source is an error');
SELECT throws_ok($$SELECT rebuild('crm')$$, '42P01', NULL, 'for rebuild');
SELECT throws_ok($$SELECT * FROM verify('crm')$$, '42P01', NULL, 'for verify');
SELECT throws_ok($$SELECT close('crm', '2026-01-01')$$, '42P01', NULL, 'for close');
SELECT is((SELECT count(*) FROM crm.timelines), 3::bigint, 'nothing is lost');
CREATE TABLE shop.orders AS TABLE shop.copy;
INSERT INTO shop.orders VALUES (8, 8, '2026-01-08', 80, 'paid');
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
2 purchase:2026-01-04=40,2026-01-06=60
5 purchase:2026-01-05=50
7 purchase:2026-01-07=70
8 purchase:2026-01-08=80', 'made again');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'all as built afresh');
ALTER SCHEMA shop RENAME TO store;
SELECT throws_ok($$CALL refresh('crm')$$, '42P01', NULL, 'a renamed schema');
ALTER SCHEMA store RENAME TO shop;

-- ---------------------------------------------------------------------------
-- columns

ALTER TABLE shop.orders ADD COLUMN remark text DEFAULT 'none', DROP COLUMN order_id;
CALL refresh('crm');
SELECT is(lib.did('crm'), '0 read, 0 changed, 0 failed', 'columns that are not read may come and go');
UPDATE shop.orders SET amount = 81 WHERE customer_id = 8;
CALL refresh('crm');
SELECT is(lib.did('crm'), '1 read, 1 changed, 0 failed', 'beside those that are');

SELECT lives_ok('ALTER TABLE shop.orders DROP COLUMN amount', 'a column that is read can be dropped');
SELECT throws_ok($$CALL refresh('crm')$$, '42703', 'value of shop.orders: column "amount" does not exist', 'and refresh says so');
SELECT is((SELECT count(*) FROM crm.timelines), 4::bigint, 'nothing is lost');
ALTER TABLE shop.orders ADD COLUMN amount numeric;
UPDATE shop.orders SET amount = customer_id;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
2 purchase:2026-01-04=2,2026-01-06=2
5 purchase:2026-01-05=5
7 purchase:2026-01-07=7
8 purchase:2026-01-08=8', 'another of that name: it goes on');
UPDATE shop.orders SET amount = 9 WHERE customer_id = 8;
CALL refresh('crm');
SELECT is(lib.did('crm'), '1 read, 1 changed, 0 failed', 'with its changes');

-- another column under the name of one that is read; the table keeps its files
ALTER TABLE shop.orders RENAME COLUMN amount TO gross;
SELECT throws_ok($$CALL refresh('crm')$$, '42703', 'value of shop.orders: column "amount" does not exist', 'renamed');
ALTER TABLE shop.orders ADD COLUMN amount numeric DEFAULT 1;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
2 purchase:2026-01-04=1,2026-01-06=1
5 purchase:2026-01-05=1
7 purchase:2026-01-07=1
8 purchase:2026-01-08=1', 'and another came in its place');
UPDATE shop.orders SET amount = 2 WHERE customer_id = 8;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
2 purchase:2026-01-04=1,2026-01-06=1
5 purchase:2026-01-05=1
7 purchase:2026-01-07=1
8 purchase:2026-01-08=2', 'whose changes are reported');
ALTER TABLE shop.orders RENAME COLUMN customer_id TO buyer;
ALTER TABLE shop.orders ADD COLUMN customer_id int;
UPDATE shop.orders SET customer_id = buyer + 100;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
102 purchase:2026-01-04=1,2026-01-06=1
105 purchase:2026-01-05=1
107 purchase:2026-01-07=1
108 purchase:2026-01-08=2', 'the key too');

-- columns of other types
ALTER TABLE shop.orders ALTER COLUMN customer_id TYPE bigint;
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, '%source shop.orders has other columns: it is read again in full%', 'a column that is read can get another type, which is said');
UPDATE shop.orders SET customer_id = 103 WHERE customer_id = 102 AND ordered_on = '2026-01-06';
CALL refresh('crm');
SELECT is(lib.did('crm'), '2 read, 2 changed, 0 failed', 'and changes are reported as before');
UPDATE shop.orders SET customer_id = 102 WHERE customer_id = 103;
DO $$
DECLARE
    t name;
BEGIN
    FOR t IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'shop.orders'::regclass LOOP
        EXECUTE format('DROP TRIGGER %I ON shop.orders', t);
    END LOOP;
END
$$;
ALTER TABLE shop.orders ALTER COLUMN customer_id TYPE text;
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, '%source shop.orders has other columns: it is read again in full%', 'with triggers that are dropped, too, which refresh mends');
UPDATE shop.orders SET customer_id = '0109' WHERE customer_id = '108';
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
102 purchase:2026-01-04=1,2026-01-06=1
105 purchase:2026-01-05=1
107 purchase:2026-01-07=1
109 purchase:2026-01-08=2', 'of another type, and cast');
ALTER TABLE shop.orders DISABLE TRIGGER USER;
UPDATE shop.orders SET customer_id = '110' WHERE customer_id = '107';
SELECT format('ALTER TABLE shop.orders ENABLE ALWAYS TRIGGER %I', tgname) FROM pg_trigger WHERE tgrelid = 'shop.orders'::regclass AND tgname LIKE 'scoring%' \gexec
CALL refresh('crm');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'triggers switched off, and on again as they were');
UPDATE shop.orders SET customer_id = '107' WHERE customer_id = '110';
CALL refresh('crm');
ALTER TABLE shop.orders DISABLE TRIGGER USER;
DELETE FROM shop.orders WHERE customer_id = '102' AND ordered_on = '2026-01-04';
CALL refresh('crm');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'triggers switched off are noticed');
DELETE FROM shop.orders WHERE customer_id = '102';
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
105 purchase:2026-01-05=1
107 purchase:2026-01-07=1
109 purchase:2026-01-08=2', 'and switched on');
ALTER TABLE shop.orders ENABLE TRIGGER USER;
SET session_replication_role = replica;
DELETE FROM shop.orders WHERE customer_id = '105';
RESET session_replication_role;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
107 purchase:2026-01-07=1
109 purchase:2026-01-08=2', 'and made to fire always again');
ALTER TABLE shop.orders RENAME COLUMN customer_id TO customer;
SELECT throws_ok($$CALL refresh('crm')$$, '42703', 'key of shop.orders: column "customer_id" does not exist', 'a key that is gone');
ALTER TABLE shop.orders RENAME COLUMN customer TO customer_id;
CALL refresh('crm');
SELECT is((SELECT count(*) FROM crm.timelines), 2::bigint, 'and back');

-- a table that gets children by inheritance: triggers do not see those
CREATE TABLE shop.more () INHERITS (shop.orders);
INSERT INTO shop.more (customer_id, ordered_on, amount, status) VALUES ('110', '2026-02-01', 1, 'paid');
CALL refresh('crm');
SELECT is((SELECT refresh_reads FROM crm.sources), 'all of it', 'a table with children is read in full');
UPDATE shop.more SET amount = 3;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
107 purchase:2026-01-07=1
109 purchase:2026-01-08=2
110 purchase:2026-02-01=3', 'and compared');
SELECT is(lib.did('crm'), '1 read, 1 changed, 0 failed', 'by customer');
DROP TABLE shop.more;
CALL refresh('crm');

-- ---------------------------------------------------------------------------
-- sources that come and go

CREATE TABLE shop.visits (customer_id int, day date);
INSERT INTO shop.visits VALUES (107, '2026-02-01'), (200, '2026-02-02');
SELECT is(add_source('crm', 'shop.visits', $$'visit'$$, 'day'), 2, 'a second source');
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
107 purchase:2026-01-07=1;visit:2026-02-01
109 purchase:2026-01-08=2
200 visit:2026-02-02', 'goes into the same timelines');
SELECT drop_source('crm', 1) \g /dev/null
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
107 visit:2026-02-01
200 visit:2026-02-02', 'a source taken away takes its interactions');
SELECT is_empty($$SELECT * FROM pg_trigger WHERE tgrelid = 'shop.orders'::regclass$$, 'and leaves no triggers');
SELECT is(add_source('crm', 'shop.orders', $$'order'$$, 'ordered_on'), 3, 'it can be added again');
SELECT drop_source('crm', 2) \g /dev/null
DROP TABLE shop.visits;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
101 order:2026-01-01
107 order:2026-01-07
109 order:2026-01-08', 'one after the other');
SELECT throws_ok($$SELECT drop_source('crm', 2)$$, '42704', 'base "crm" has no such source', 'there is none of that number');
DROP TABLE shop.orders;
SELECT lives_ok($$SELECT drop_source('crm', 3)$$, 'a source whose table is gone can be taken away');
CALL refresh('crm');
SELECT is(lib.kept('crm'), '', 'nothing is left');
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA shop CASCADE;
DROP SCHEMA lib CASCADE;
SELECT * FROM finish();
