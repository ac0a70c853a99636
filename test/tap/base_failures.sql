-- Expressions that fail in some row: the customer is named and keeps his
-- timeline, everyone else is up to date, and it mends itself with the row.
\ir lib/base.sql
SELECT plan(66);

CREATE SCHEMA shop;
CREATE TABLE shop.orders (order_id int PRIMARY KEY, customer_id int, ordered_on date, amount text, divisor int DEFAULT 1);
CREATE INDEX ON shop.orders (customer_id);
INSERT INTO shop.orders SELECT n, n, '2026-01-01', n::text FROM generate_series(1, 9) AS n;
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.orders', $$'purchase'$$, 'ordered_on', value => 'amount::numeric / divisor') \g /dev/null
CALL refresh('crm');
SELECT is((SELECT count(*) FROM crm.timelines), 9::bigint, 'nine customers');

-- one of them
INSERT INTO shop.orders VALUES (11, 1, '2026-01-02', '1'), (12, 2, '2026-01-02', 'abc'), (13, 3, '2026-01-02', '3');
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT is((SELECT string_agg(timeline::text, ' ' ORDER BY customer_id) FROM crm.timelines WHERE customer_id <= 3),
          'purchase:2026-01-01=1,2026-01-02=1 purchase:2026-01-01=2 purchase:2026-01-01=3,2026-01-02=3', 'the others are up to date, he keeps his timeline');
SELECT alike(:'said'::text, '%WARNING:  customer 2 cannot be read from source shop.orders: invalid input syntax for type numeric: "abc"%', 'a warning names source and key');
SELECT results_eq('SELECT customer_id, source, error FROM crm.failures', $$VALUES (2::bigint, 1, 'invalid input syntax for type numeric: "abc"')$$, 'failures has him');
SELECT is(lib.did('crm'), '3 read, 2 changed, 1 failed', 'the refresh counts him');
SELECT is((SELECT pending FROM crm.progress), 1::bigint, 'he is still pending');
SELECT throws_ok($$SELECT close('crm', '2026-01-03')$$, '55000', NULL, 'so the books are not closed');
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, '%WARNING:  customer 2 cannot be read%', 'he is tried again, and said again');
SELECT is(lib.did('crm'), '1 read, 0 changed, 1 failed', 'he alone');
SELECT is((SELECT count(*) FROM crm.failures), 1::bigint, 'and is there once');
-- a division by zero beside it
UPDATE shop.orders SET amount = '2' WHERE order_id = 12;
UPDATE shop.orders SET divisor = 0 WHERE order_id = 13;
CALL refresh('crm');
SELECT results_eq('SELECT customer_id, source, error FROM crm.failures', $$VALUES (3::bigint, 1, 'division by zero')$$, 'one is mended, another fails');
UPDATE shop.orders SET divisor = 3 WHERE order_id = 13;
CALL refresh('crm');
SELECT is((SELECT string_agg(timeline::text, ' ' ORDER BY customer_id) FROM crm.timelines WHERE customer_id <= 3),
          'purchase:2026-01-01=1,2026-01-02=1 purchase:2026-01-01=2,2026-01-02=2 purchase:2026-01-01=3,2026-01-02=1', 'the rows are mended');
SELECT is((SELECT count(*) FROM crm.failures), 0::bigint, 'and failures is empty');
-- values that SQL takes and a timeline does not
INSERT INTO shop.orders VALUES (14, 4, '2026-01-02', 'NaN'), (15, 5, 'infinity', '1'), (16, 6, '2026-01-02', '1e30'), (17, 7, '2026-01-02', '7');
CALL refresh('crm');
SELECT is((SELECT array_agg(customer_id ORDER BY customer_id) FROM crm.failures), '{4,6}', 'NaN, an enormous value; an infinite day is none');
SELECT is((SELECT timeline::text FROM crm.timelines WHERE customer_id = 7), 'purchase:2026-01-01=7,2026-01-02=7', 'and everyone else');
DELETE FROM shop.orders WHERE order_id IN (14, 15, 16);
CALL refresh('crm');
SELECT is((SELECT count(*) FROM crm.failures), 0::bigint, 'gone with the rows');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'all as built afresh');

-- many of them
INSERT INTO shop.orders SELECT n, n, '2026-01-01', CASE WHEN n % 50 = 0 THEN 'abc' ELSE '1' END FROM generate_series(1001, 8000) AS n;
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT is((SELECT count(*) FROM crm.failures), 140::bigint, 'a hundred and forty of seven thousand fail');
SELECT is((SELECT count(*) FROM crm.timelines), (9 + 6860)::bigint, 'the others are there');
SELECT is(lib.did('crm'), '7000 read, 6860 changed, 140 failed', 'each is read once');
SELECT is((SELECT count(*) FROM regexp_matches(:'said', 'WARNING:  customer', 'g')), 100::bigint, 'a hundred are named');
SELECT alike(:'said'::text, '%WARNING:  base "crm": 140 customers could not be read%', 'and all counted');
-- they come last, and hold up nobody: those who can be read are read in one batch
UPDATE shop.orders SET amount = '3' WHERE amount = '1' AND order_id > 1000;
UPDATE shop.orders SET amount = '4' WHERE order_id = 1100;
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT is((SELECT count(*) FROM regexp_matches(:'said', 'NOTICE:.*customers read again', 'gn')), 3::bigint, 'others in one batch, the failing in one step, the mended in another');
SELECT is((SELECT count(*) FROM regexp_matches(:'said', 'WARNING:  customer', 'g')), 100::bigint, 'a hundred of them are named again');
SELECT is((SELECT count(*) FROM crm.failures), 139::bigint, 'one of the failing is mended');
SELECT is((SELECT timeline::text FROM crm.timelines WHERE customer_id = 1100), 'purchase:2026-01-01=4', 'and read');
SELECT is(lib.did('crm'), '7000 read, 6861 changed, 139 failed', 'each is counted once');
UPDATE shop.orders SET amount = '2' WHERE amount = 'abc';
CALL refresh('crm');
SELECT is((SELECT count(*) FROM crm.failures), 0::bigint, 'mended');
SELECT is(lib.did('crm'), '139 read, 139 changed, 0 failed', 'by reading those');

-- on a reading in full, and by rebuild
UPDATE shop.orders SET amount = 'abc' WHERE order_id IN (1, 2000);
TRUNCATE crm.marks_1;
INSERT INTO crm.reread VALUES (1);
CALL refresh('crm');
SELECT is((SELECT array_agg(customer_id ORDER BY customer_id) FROM crm.failures), '{1,2000}', 'a reading in full goes on customer by customer');
SELECT is((SELECT timeline::text FROM crm.timelines WHERE customer_id = 1), 'purchase:2026-01-01=1,2026-01-02=1', 'who fails keeps his timeline');
SELECT is(rebuild('crm'), 0::bigint, 'rebuild too');
SELECT is((SELECT array_agg(customer_id ORDER BY customer_id) FROM crm.failures), '{1,2000}', 'and says so');
SELECT throws_ok($$SELECT * FROM verify('crm')$$, '22P02', NULL, 'verify cannot tell');
SELECT erase('crm', 2000) \g /dev/null
SELECT is((SELECT array_agg(customer_id) FROM crm.failures), '{1}', 'who is erased does not fail');
UPDATE shop.orders SET amount = '1' WHERE amount = 'abc';
CALL refresh('crm');
SELECT is((SELECT count(*) FROM crm.failures), 0::bigint, 'mended');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'all as built afresh');

-- a batch within a transaction, and the filter, the touchpoint, the day
BEGIN;
INSERT INTO shop.orders VALUES (20, 2, '2026-01-03', 'abc'), (21, 3, '2026-01-03', '1');
CALL refresh('crm');
SELECT is((SELECT array_agg(customer_id) FROM crm.failures), '{2}', 'within a transaction');
SELECT is((SELECT timeline::text FROM crm.timelines WHERE customer_id = 3), 'purchase:2026-01-01=3,2026-01-02=1,2026-01-03=1', 'the others are up to date');
ROLLBACK;
SELECT drop_base('crm') \g /dev/null

CREATE TABLE shop.events (customer_id text, kind text, day text, payload text, n int DEFAULT 1);
INSERT INTO shop.events VALUES ('1', 'a', '2026-01-01', '{"v": 1}'), ('2', 'a', '2026-01-01', '{"v": 2}'), ('3', 'a', '2026-01-01', '{"v": 3}'), ('4', 'a', '2026-01-01', '{"v": 4}');
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.events', $$kind || (1 / n)$$, 'day::date', value => $$payload::jsonb ->> 'v'$$, filter => $$(payload::jsonb ->> 'v')::int < 100$$) \g /dev/null
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 a1:2026-01-01=1
2 a1:2026-01-01=2
3 a1:2026-01-01=3
4 a1:2026-01-01=4', 'casts of text');
UPDATE shop.events SET day = '1 Januar' WHERE customer_id = '1';
UPDATE shop.events SET payload = '{' WHERE customer_id = '2';
UPDATE shop.events SET n = 0 WHERE customer_id = '3';
UPDATE shop.events SET payload = '{"v": 5}' WHERE customer_id = '4';
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 a1:2026-01-01=1
2 a1:2026-01-01=2
3 a1:2026-01-01=3
4 a1:2026-01-01=5', 'day, filter and touchpoint fail');
SELECT is((SELECT array_agg(customer_id ORDER BY customer_id) FROM crm.failures), '{1,2,3}', 'each for his own');
UPDATE shop.events SET day = '2026-01-01', payload = '{"v": 1}', n = 1;
CALL refresh('crm');
SELECT is((SELECT count(*) FROM crm.failures), 0::bigint, 'mended');

-- a key that fails
INSERT INTO shop.events VALUES ('5', 'a', '2026-01-05', '{"v": 5}'), ('no number', 'a', '2026-01-05', '{"v": 5}');
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT is(lib.kept('crm'), '
1 a1:2026-01-01=1
2 a1:2026-01-01=1
3 a1:2026-01-01=1
4 a1:2026-01-01=1
5 a1:2026-01-05=5', 'a key that fails leaves its row out, and nobody else');
SELECT alike(:'said'::text, '%WARNING:%shop.events%no number%', 'with a warning');
UPDATE shop.events SET payload = '{"v": 9}' WHERE customer_id IN ('4', 'no number');
INSERT INTO shop.events VALUES ('none', 'a', '2026-01-05', '{"v": 5}');
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, '%WARNING:  source shop.events: 2 changed rows name no customer: invalid input syntax for type bigint: "no%
DETAIL:  They are left out. One of them has in the columns of its key: ("no number").%', 'marks that name nobody are said in one warning');
DELETE FROM shop.events WHERE customer_id = 'none';
UPDATE shop.events SET payload = '{"v": 1}' WHERE customer_id = '4';
CALL refresh('crm');
UPDATE shop.events SET payload = '{"v": 6}' WHERE customer_id IN ('5', 'no number');
INSERT INTO shop.events VALUES ('6', 'a', '2026-01-06', '{"v": "x"}');
CALL refresh('crm');
SELECT is((SELECT timeline::text FROM crm.timelines WHERE customer_id = 5), 'a1:2026-01-05=6', 'refreshes go on');
SELECT is((SELECT array_agg(customer_id) FROM crm.failures), '{6}', 'and know whose values fail');
SELECT rebuild('crm') \g /dev/null
SELECT is((SELECT count(*) FROM crm.timelines), 5::bigint, 'rebuild');
UPDATE shop.events SET customer_id = '7' WHERE customer_id = 'no number';
UPDATE shop.events SET payload = '{"v": 6}' WHERE customer_id = '6';
CALL refresh('crm');
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT is(:'said'::text, '', 'mended, and no more said of it');
SELECT is(lib.kept('crm'), '
1 a1:2026-01-01=1
2 a1:2026-01-01=1
3 a1:2026-01-01=1
4 a1:2026-01-01=1
5 a1:2026-01-05=6
6 a1:2026-01-06=6
7 a1:2026-01-05=6', 'and everybody is there');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'as built afresh');
SELECT drop_base('crm') \g /dev/null

-- both on the first reading: no base is lost for one bad row
INSERT INTO shop.events VALUES ('no number', 'a', '2026-01-05', '{"v": 5}'), ('8', 'a', '2026-01-05', '{"v": "x"}'), ('8', 'a', '2026-01-05', '{"v": 1}');
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.events', 'kind', 'day::date', value => $$payload::jsonb ->> 'v'$$) \g /dev/null
SELECT add_source('crm', 'shop.orders', $$'purchase'$$, 'ordered_on', filter => 'customer_id < 5') \g /dev/null
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT is(lib.kept('crm'), '
1 a:2026-01-01=1;purchase:2026-01-01,2026-01-02
2 a:2026-01-01=1;purchase:2026-01-01,2026-01-02
3 a:2026-01-01=1;purchase:2026-01-01,2026-01-02
4 a:2026-01-01=1;purchase:2026-01-01
5 a:2026-01-05=6
6 a:2026-01-06=6
7 a:2026-01-05=6', 'a first reading with bad rows');
SELECT is((SELECT array_agg(customer_id || ' ' || source) FROM crm.failures), '{"8 1"}', 'names who failed, and where');
SELECT is((SELECT phase FROM crm.progress), 'done', 'and comes to its end');
DELETE FROM shop.events WHERE customer_id = '8' AND payload LIKE '%x%';
CALL refresh('crm');
SELECT is((SELECT timeline::text FROM crm.timelines WHERE customer_id = 8), 'a:2026-01-05=1', 'he comes when he is mended');
SELECT drop_base('crm') \g /dev/null

-- names that stand in a row are looked up when it is read: a wrong one is that row's
CREATE TABLE shop.rounded (customer_id bigint, unit text, ordered_at timestamp, relation text);
INSERT INTO shop.rounded VALUES (1, 'month', '2026-01-15 12:00', 'pg_class'), (2, 'fortnight', '2026-01-15 12:00', 'pg_class'), (3, 'day', '2026-01-15 12:00', 'nowhere');
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.rounded', $$'purchase'$$, 'date_trunc(unit, ordered_at)', filter => 'relation::regclass IS NOT NULL') \g /dev/null
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 purchase:2026-01-01', 'a wrong unit, a relation that is not there: others are read');
SELECT is((SELECT array_agg(customer_id ORDER BY customer_id) FROM crm.failures), '{2,3}', 'and these are failures');
SELECT drop_base('crm') \g /dev/null

-- a key that no index can hold: on the first reading, and among what changed
CREATE TABLE shop.visitors (cookie text, day date);
CREATE VIEW shop.visitors_seen AS TABLE shop.visitors;
INSERT INTO shop.visitors VALUES ('a', '2026-01-01'), ((SELECT string_agg(md5(n::text), '') FROM generate_series(1, 300) AS n), '2026-01-01'), ('b', '2026-01-01');
SELECT create_base('crm', 'cookie text', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.visitors', $$'visit'$$, 'day') \g /dev/null
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT is(lib.kept('crm'), '
a visit:2026-01-01
b visit:2026-01-01', 'a key that is too long leaves its row out, and nobody else');
SELECT alike(:'said'::text, '%WARNING:  source shop.visitors: the key of 1 rows cannot be worked out: it is longer than 2000 bytes%', 'with a warning');
DELETE FROM shop.visitors WHERE length(cookie) > 1;
CALL refresh('crm');
INSERT INTO shop.visitors VALUES ('c', '2026-01-01'), ((SELECT string_agg(md5(n::text), '') FROM generate_series(1, 300) AS n), '2026-01-01');
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
a visit:2026-01-01
b visit:2026-01-01
c visit:2026-01-01', 'so does one among what changed');
SELECT add_source('crm', 'shop.visitors_seen', $$'seen'$$, 'day') \g /dev/null
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
a seen:2026-01-01;visit:2026-01-01
b seen:2026-01-01;visit:2026-01-01
c seen:2026-01-01;visit:2026-01-01', 'and one of a view');
DELETE FROM shop.visitors WHERE length(cookie) > 1;
CALL refresh('crm');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'as built afresh');
SELECT drop_base('crm') \g /dev/null

-- a view that fails by itself
CREATE VIEW shop.amounts AS SELECT order_id, customer_id, ordered_on, amount::numeric AS amount FROM shop.orders WHERE order_id < 10;
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.amounts', $$'purchase'$$, 'ordered_on', value => 'amount') \g /dev/null
CALL refresh('crm');
UPDATE shop.orders SET amount = 'abc' WHERE order_id = 1;
UPDATE shop.orders SET amount = '20' WHERE order_id = 2;
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, '%shop.amounts%invalid input syntax for type numeric: "abc"%', 'a view that cannot be read is named');
SELECT is((SELECT count(*) FROM crm.timelines), 9::bigint, 'nothing is lost');
UPDATE shop.orders SET amount = '10' WHERE order_id = 1;
CALL refresh('crm');
SELECT is((SELECT string_agg(timeline::text, ' ' ORDER BY customer_id) FROM crm.timelines WHERE customer_id <= 2), 'purchase:2026-01-01=10 purchase:2026-01-01=20', 'and is read again');
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA shop CASCADE;
DROP SCHEMA lib CASCADE;
SELECT * FROM finish();
