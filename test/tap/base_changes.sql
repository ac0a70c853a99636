-- Every way in which the rows of a table come, change and go, and what refresh
-- makes of it.  Timelines are worked out by hand, and each time verify() builds
-- all of them afresh.
\ir lib/base.sql
SELECT plan(47);

CREATE SCHEMA shop;
CREATE TABLE shop.customers (customer_id bigint PRIMARY KEY);
CREATE TABLE shop.orders (
    order_id    int PRIMARY KEY,
    customer_id bigint REFERENCES shop.customers ON DELETE CASCADE ON UPDATE CASCADE,
    ordered_on  date,
    amount      numeric,
    status      text DEFAULT 'paid',
    remark      text
);
CREATE INDEX ON shop.orders (customer_id) INCLUDE (ordered_on, amount, status);
INSERT INTO shop.customers SELECT generate_series(1, 9);
INSERT INTO shop.orders VALUES
    (1, 1, '2026-01-01', 10, 'paid'), (2, 2, '2026-01-02', 20, 'paid'), (3, 2, '2026-01-02', 5, 'paid'), (4, 3, '2026-01-03', 30, 'cancelled');
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.orders', $$'purchase'$$, 'ordered_on', value => 'amount', filter => $$status <> 'cancelled'$$) \g /dev/null
SELECT is(lib.kept('crm'), '', 'nothing before the first refresh');
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 purchase:2026-01-01=10
2 purchase:2026-01-02*2=25', 'the first refresh reads all');
CALL refresh('crm');
SELECT is(lib.did('crm'), '0 read, 0 changed, 0 failed', 'the second has nothing to do');

INSERT INTO shop.orders VALUES (5, 4, '2025-12-24', 1), (6, 4, '2026-02-28', 2), (7, 1, '2026-01-01', 3);
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 purchase:2026-01-01*2=13
2 purchase:2026-01-02*2=25
4 purchase:2025-12-24=1,2026-02-28=2', 'INSERT');
SELECT is(lib.did('crm'), '2 read, 2 changed, 0 failed', 'of two customers');

COPY shop.orders (order_id, customer_id, ordered_on, amount) FROM STDIN;
8	5	2026-03-01	7
9	5	2026-03-01	\N
10	1	2026-03-01	0
\.
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 purchase:2026-01-01*2=13,2026-03-01=0
2 purchase:2026-01-02*2=25
4 purchase:2025-12-24=1,2026-02-28=2
5 purchase:2026-03-01*2=7/1', 'COPY; a NULL is no value');

MERGE INTO shop.orders AS o USING (VALUES (5, 4, 100), (8, 5, NULL), (11, 6, 11)) AS n (order_id, customer_id, amount) ON o.order_id = n.order_id
    WHEN MATCHED AND n.amount IS NULL THEN DELETE
    WHEN MATCHED THEN UPDATE SET amount = n.amount
    WHEN NOT MATCHED THEN INSERT (order_id, customer_id, ordered_on, amount) VALUES (n.order_id, n.customer_id, '2026-03-02', n.amount);
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 purchase:2026-01-01*2=13,2026-03-01=0
2 purchase:2026-01-02*2=25
4 purchase:2025-12-24=100,2026-02-28=2
5 purchase:2026-03-01
6 purchase:2026-03-02=11', 'MERGE that inserts, updates and deletes');

INSERT INTO shop.orders (order_id, customer_id, ordered_on, amount) VALUES (11, 6, '2026-03-02', 12), (12, 7, '2026-03-03', 1)
    ON CONFLICT (order_id) DO UPDATE SET amount = excluded.amount;
INSERT INTO shop.orders (order_id, customer_id, ordered_on, amount) VALUES (1, 1, '2026-03-02', 99) ON CONFLICT DO NOTHING;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 purchase:2026-01-01*2=13,2026-03-01=0
2 purchase:2026-01-02*2=25
4 purchase:2025-12-24=100,2026-02-28=2
5 purchase:2026-03-01
6 purchase:2026-03-02=12
7 purchase:2026-03-03=1', 'ON CONFLICT');
SELECT is(lib.did('crm'), '2 read, 2 changed, 0 failed', 'a conflict that did nothing is no change');

UPDATE shop.orders SET remark = 'sent';
UPDATE shop.orders SET amount = amount, status = status, customer_id = customer_id;
SELECT is((SELECT count(*) FROM crm.marks_1), 0::bigint, 'an UPDATE of other columns, or to the same, leaves no mark');
UPDATE shop.orders SET status = 'cancelled' WHERE customer_id = 1 AND ordered_on = '2026-01-01';
UPDATE shop.orders SET status = 'paid' WHERE customer_id = 3;
UPDATE shop.orders SET customer_id = 9 WHERE customer_id = 7;
UPDATE shop.orders SET ordered_on = '2026-01-05' WHERE order_id = 3;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 purchase:2026-03-01=0
2 purchase:2026-01-02=20,2026-01-05=5
3 purchase:2026-01-03=30
4 purchase:2025-12-24=100,2026-02-28=2
5 purchase:2026-03-01
6 purchase:2026-03-02=12
9 purchase:2026-03-03=1', 'UPDATE of the filter''s column both ways, of the key, of the day');
SELECT is(lib.did('crm'), '5 read, 5 changed, 0 failed', 'of 1, 2, 3, 7 and 9');

DELETE FROM shop.orders WHERE order_id IN (3, 10);
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
2 purchase:2026-01-02=20
3 purchase:2026-01-03=30
4 purchase:2025-12-24=100,2026-02-28=2
5 purchase:2026-03-01
6 purchase:2026-03-02=12
9 purchase:2026-03-03=1', 'DELETE; a customer without interactions has no timeline');

DELETE FROM shop.customers WHERE customer_id = 4;
UPDATE shop.customers SET customer_id = 40 WHERE customer_id = 5;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
2 purchase:2026-01-02=20
3 purchase:2026-01-03=30
6 purchase:2026-03-02=12
9 purchase:2026-03-03=1
40 purchase:2026-03-01', 'cascades of foreign keys');

BEGIN;
INSERT INTO shop.orders VALUES (20, 1, '2026-04-01', 1);
SAVEPOINT a;
INSERT INTO shop.orders VALUES (21, 2, '2026-04-01', 1);
ROLLBACK TO a;
INSERT INTO shop.orders VALUES (22, 3, '2026-04-01', 1);
COMMIT;
BEGIN;
DELETE FROM shop.orders;
ROLLBACK;
CALL refresh('crm');
SELECT is(lib.did('crm'), '2 read, 2 changed, 0 failed', 'what was rolled back did not happen');
SELECT is(lib.kept('crm'), '
1 purchase:2026-04-01=1
2 purchase:2026-01-02=20
3 purchase:2026-01-03=30,2026-04-01=1
6 purchase:2026-03-02=12
9 purchase:2026-03-03=1
40 purchase:2026-03-01', 'what was not did');

-- a row as other triggers leave it, and rows that logical replication brings
CREATE FUNCTION shop.fix() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.customer_id := 6; RETURN NEW; END $$;
CREATE TRIGGER fix BEFORE INSERT ON shop.orders FOR EACH ROW WHEN (NEW.remark = 'fix') EXECUTE FUNCTION shop.fix();
INSERT INTO shop.orders VALUES (23, 9, '2026-04-02', 4, 'paid', 'fix');
SET session_replication_role = replica;
INSERT INTO shop.orders VALUES (24, 9, '2026-04-02', 5);
RESET session_replication_role;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 purchase:2026-04-01=1
2 purchase:2026-01-02=20
3 purchase:2026-01-03=30,2026-04-01=1
6 purchase:2026-03-02=12,2026-04-02=4
9 purchase:2026-03-03=1,2026-04-02=5
40 purchase:2026-03-01', 'a key that a BEFORE trigger changed; a session that replays replicated rows');

-- a statement that fails leaves no mark, and one that scoring cannot serve does not fail
SELECT throws_ok($$INSERT INTO shop.orders VALUES (25, 9, '2026-04-02', 5), (25, 9, '2026-04-02', 5)$$, '23505', NULL, 'a failed statement');
SELECT is((SELECT count(*) FROM crm.marks_1), 0::bigint, 'leaves no mark');
ALTER TABLE crm.marks_1 RENAME TO hidden;
SELECT lives_ok($$INSERT INTO shop.orders VALUES (26, 9, '2026-04-03', 6)$$, 'a base without its tables fails no write');
ALTER TABLE crm.hidden RENAME TO marks_1;
DELETE FROM shop.orders WHERE order_id = 26;

-- TRUNCATE, alone and with what follows it
TRUNCATE shop.orders;
INSERT INTO shop.orders VALUES (30, 2, '2026-05-01', 1);
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT is(lib.kept('crm'), '
2 purchase:2026-05-01=1', 'TRUNCATE');
SELECT alike(:'said'::text, 'NOTICE:  source shop.orders was truncated or rewritten: it is read again in full%', 'is said');
BEGIN;
TRUNCATE shop.orders;
ROLLBACK;
CALL refresh('crm');
SELECT is(lib.did('crm'), '0 read, 0 changed, 0 failed', 'a TRUNCATE that was rolled back is none');
BEGIN;
TRUNCATE shop.orders;
INSERT INTO shop.orders VALUES (31, 3, '2026-05-01', 1);
TRUNCATE shop.orders;
INSERT INTO shop.orders VALUES (32, 40, '2026-05-01', 1);
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
40 purchase:2026-05-01=1', 'twice in the transaction that refreshes');
ROLLBACK;
BEGIN;
TRUNCATE shop.customers CASCADE;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '', 'by CASCADE');
ROLLBACK;
SELECT is(lib.kept('crm'), '
2 purchase:2026-05-01=1', 'with whom it is rolled back');

-- what rewrites a table changes nothing
INSERT INTO shop.orders VALUES (33, 6, '2026-05-02', 1);
VACUUM (FULL) shop.orders;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
2 purchase:2026-05-01=1
6 purchase:2026-05-02=1', 'VACUUM FULL');
CLUSTER shop.orders USING orders_pkey;
VACUUM (FULL) crm.timelines;
INSERT INTO shop.orders VALUES (34, 6, '2026-05-03', 1);
VACUUM (FULL) crm.marks_1;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
2 purchase:2026-05-01=1
6 purchase:2026-05-02=1,2026-05-03=1', 'CLUSTER, and VACUUM FULL of the base''s own tables');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'all as built afresh');
SELECT drop_base('crm') \g /dev/null
INSERT INTO shop.orders VALUES (35, 6, '2026-05-03', 1);
DROP SCHEMA shop CASCADE;

-- ---------------------------------------------------------------------------
-- partitioned tables, in two levels

CREATE SCHEMA shop;
CREATE TABLE shop.clicks (customer_id int, at date, kind text) PARTITION BY RANGE (at);
CREATE TABLE shop.clicks_1 PARTITION OF shop.clicks FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE shop.clicks_2 PARTITION OF shop.clicks FOR VALUES FROM ('2026-02-01') TO ('2026-03-01') PARTITION BY LIST (kind);
CREATE TABLE shop.clicks_2_mail PARTITION OF shop.clicks_2 FOR VALUES IN ('mail');
CREATE TABLE shop.clicks_2_web PARTITION OF shop.clicks_2 FOR VALUES IN ('web');
INSERT INTO shop.clicks VALUES (1, '2026-01-10', 'mail'), (1, '2026-02-10', 'mail'), (2, '2026-02-10', 'web');
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.clicks', 'kind', 'at') \g /dev/null
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 mail:2026-01-10,2026-02-10
2 web:2026-02-10', 'a partitioned table');
SELECT is((SELECT refresh_reads FROM crm.sources), 'what changed', 'whose changes are reported');
INSERT INTO shop.clicks VALUES (3, '2026-01-11', 'mail');
INSERT INTO shop.clicks_2_web VALUES (4, '2026-02-11', 'web');
UPDATE shop.clicks SET at = '2026-01-12' WHERE customer_id = 2;
UPDATE shop.clicks_1 SET customer_id = 5 WHERE customer_id = 1;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 mail:2026-02-10
2 web:2026-01-12
3 mail:2026-01-11
4 web:2026-02-11
5 mail:2026-01-10', 'rows put straight into partitions, and one that moved to another');
SELECT is(lib.did('crm'), '5 read, 5 changed, 0 failed', 'of those customers');

CREATE TABLE shop.clicks_3 PARTITION OF shop.clicks FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
CALL refresh('crm');
SELECT is(lib.did('crm'), '0 read, 0 changed, 0 failed', 'an empty partition more costs nothing');
INSERT INTO shop.clicks_3 VALUES (1, '2026-03-10', 'mail');
CREATE TABLE shop.old (customer_id int, at date, kind text);
CREATE TABLE shop.older (kind text, dropped int, at date, customer_id int);
ALTER TABLE shop.older DROP COLUMN dropped;
INSERT INTO shop.old VALUES (2, '2025-12-24', 'mail'), (6, '2025-12-25', 'web');
INSERT INTO shop.older VALUES ('web', '2025-11-30', 7);
ALTER TABLE shop.clicks ATTACH PARTITION shop.old FOR VALUES FROM ('2025-12-01') TO ('2026-01-01');
ALTER TABLE shop.clicks ATTACH PARTITION shop.older FOR VALUES FROM ('2025-11-01') TO ('2025-12-01');
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 mail:2026-02-10,2026-03-10
2 mail:2025-12-24;web:2026-01-12
3 mail:2026-01-11
4 web:2026-02-11
5 mail:2026-01-10
6 web:2025-12-25
7 web:2025-11-30', 'partitions attached full of rows, one with its columns in another order');
SELECT is(lib.did('crm'), '4 read, 4 changed, 0 failed', 'their customers are read, and nobody else');
INSERT INTO shop.older VALUES ('mail', '2025-11-30', 7);
UPDATE shop.old SET at = '2025-12-31' WHERE customer_id = 6;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 mail:2026-02-10,2026-03-10
2 mail:2025-12-24;web:2026-01-12
3 mail:2026-01-11
4 web:2026-02-11
5 mail:2026-01-10
6 web:2025-12-31
7 mail:2025-11-30;web:2025-11-30', 'and changes in them are reported from then on');

ALTER TABLE shop.clicks DETACH PARTITION shop.old;
DROP TABLE shop.clicks_3;
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT is(lib.kept('crm'), '
1 mail:2026-02-10
2 web:2026-01-12
3 mail:2026-01-11
4 web:2026-02-11
5 mail:2026-01-10
7 mail:2025-11-30;web:2025-11-30', 'a partition detached, one dropped');
SELECT alike(:'said'::text, 'NOTICE:  source shop.clicks has lost a partition: it is read again in full%', 'is said');
INSERT INTO shop.old VALUES (8, '2025-12-24', 'mail');
SELECT is((SELECT count(*) FROM crm.marks_1), 0::bigint, 'what was detached reports no more');
ALTER TABLE shop.clicks ATTACH PARTITION shop.old FOR VALUES FROM ('2025-12-01') TO ('2026-01-01');
TRUNCATE shop.clicks_2_web;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 mail:2026-02-10
2 mail:2025-12-24;web:2026-01-12
3 mail:2026-01-11
5 mail:2026-01-10
6 web:2025-12-31
7 mail:2025-11-30;web:2025-11-30
8 mail:2025-12-24', 'attached again, and a partition truncated');
ALTER TABLE shop.clicks DETACH PARTITION shop.old CONCURRENTLY;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 mail:2026-02-10
2 web:2026-01-12
3 mail:2026-01-11
5 mail:2026-01-10
7 mail:2025-11-30;web:2025-11-30', 'detached while others work');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'all as built afresh');
ALTER TABLE shop.clicks ATTACH PARTITION shop.old FOR VALUES FROM ('2025-12-01') TO ('2026-01-01');
ALTER TABLE shop.old DISABLE TRIGGER USER;
INSERT INTO shop.old VALUES (9, '2025-12-24', 'mail');
CALL refresh('crm');
INSERT INTO shop.old VALUES (10, '2025-12-24', 'mail');
CALL refresh('crm');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'triggers that somebody switched off on one partition are noticed');

ALTER TABLE shop.clicks DETACH PARTITION shop.old;
UPDATE shop.old SET at = '2025-12-02' WHERE customer_id = 9;
ALTER TABLE shop.clicks ATTACH PARTITION shop.old FOR VALUES FROM ('2025-12-01') TO ('2026-01-01');
CALL refresh('crm');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'a partition that changed while it was detached, and is back');

-- TRUNCATE leaves a file alone that its own transaction made
BEGIN;
TRUNCATE shop.old;
CALL refresh('crm');
INSERT INTO shop.old VALUES (11, '2025-12-24', 'mail');
CALL refresh('crm');
TRUNCATE shop.old;
CALL refresh('crm');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'truncated twice in a transaction');
COMMIT;
SELECT drop_base('crm') \g /dev/null
SELECT is_empty($$SELECT * FROM pg_trigger WHERE tgname LIKE 'scoring%'$$, 'no trigger stays behind');
DROP SCHEMA shop CASCADE;

DROP SCHEMA lib CASCADE;
SELECT * FROM finish();
