-- Keeping the books: close, verify, rebuild, erase.
\ir lib/base.sql
SELECT plan(58);

-- ---------------------------------------------------------------------------
-- close: what lies before the border stands, whatever becomes of its rows

CREATE SCHEMA shop;
CREATE TABLE shop.orders (order_id int, store text, customer int, at timestamptz, amount numeric) PARTITION BY RANGE (at);
CREATE TABLE shop.orders_1 PARTITION OF shop.orders FOR VALUES FROM ('2026-01-01 00:00+01') TO ('2026-02-01 00:00+01');
CREATE TABLE shop.orders_2 PARTITION OF shop.orders FOR VALUES FROM ('2026-02-01 00:00+01') TO ('2026-03-01 00:00+01');
CREATE TABLE shop.orders_3 PARTITION OF shop.orders FOR VALUES FROM ('2026-03-01 00:00+01') TO ('2026-04-01 00:00+02');
CREATE INDEX ON shop.orders (customer);
INSERT INTO shop.orders VALUES
    (1, 'a', 1, '2026-01-10 12:00+01', 1), (2, 'a', 1, '2026-02-10 12:00+01', 2), (3, 'a', 1, '2026-03-10 12:00+01', 4),
    (4, 'a', 2, '2026-01-10 12:00+01', 8), (5, 'b', 2, '2026-03-10 12:00+01', 16), (6, 'b', 3, '2026-02-28 23:59:59+01', 32), (7, 'b', 3, '2026-03-01 00:00+01', 64);
SELECT create_base('crm', 'store text, customer int', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.orders', $$'purchase'$$, 'at', value => 'amount') \g /dev/null
SELECT throws_ok($$SELECT close('crm', '2026-02-01')$$, '55000', NULL, 'before the first refresh');
CALL refresh('crm');
SELECT add_score('crm', 'total', '{"purchase": {"per_value": 1}}', cuts => '{5, 50}') \g /dev/null
SELECT throws_ok($$SELECT close('crm', NULL)$$, '22023', NULL, 'without a day');
SELECT throws_ok($$SELECT close('crm', 'infinity')$$, '22023', NULL, 'at the end of time');
SELECT throws_ok($$SELECT close('crm', crm.today() + 1)$$, '22023', NULL, 'a day that is still to come');
UPDATE shop.orders SET amount = 3 WHERE order_id = 2;
SELECT throws_ok($$SELECT close('crm', '2026-02-01')$$, '55000', 'base "crm" has changes that are not yet read', 'with changes that wait');
CALL refresh('crm');
SELECT is(close('crm', '2026-02-01'), 2::bigint, 'two customers have something in January');
SELECT is(lib.kept('crm'), '
a,1 purchase:2026-01-10=1,2026-02-10=3,2026-03-10=4
a,2 purchase:2026-01-10=8
b,2 purchase:2026-03-10=16
b,3 purchase:2026-02-28=32,2026-03-01=64', 'closing changes no timeline');
SELECT results_eq('SELECT store, customer, closed::text FROM crm.timelines ORDER BY 1, 2', $$VALUES
    ('a', 1, 'purchase:2026-01-10=1'), ('a', 2, 'purchase:2026-01-10=8'), ('b', 2, NULL), ('b', 3, NULL)$$, 'what is closed');
SELECT is(close('crm', '2026-02-01'), 0::bigint, 'closed already');
SELECT throws_ok($$SELECT close('crm', '2026-01-31')$$, '22023', 'the books are closed up to 2026-02-01 already', 'they cannot be opened');

DROP TABLE shop.orders_1;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
a,1 purchase:2026-01-10=1,2026-02-10=3,2026-03-10=4
a,2 purchase:2026-01-10=8
b,2 purchase:2026-03-10=16
b,3 purchase:2026-02-28=32,2026-03-01=64', 'a partition is dropped: its interactions stand');
SELECT results_eq('SELECT store, customer, score, tier FROM crm.total ORDER BY 1, 2', $$VALUES
    ('a', 1, 8::float8, 2), ('a', 2, 8, 2), ('b', 2, 16, 2), ('b', 3, 96, 3)$$, 'and so do the scores');
SELECT is(rebuild('crm'), 0::bigint, 'rebuild takes them along');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'verify too');

-- on to March: in the base's zone, not at midnight of anywhere else
SELECT is(close('crm', '2026-03-01'), 2::bigint, 'the next month');
SELECT is((SELECT closed::text FROM crm.timelines WHERE store = 'b' AND customer = 3), 'purchase:2026-02-28=32', 'the last second of February');
UPDATE shop.orders SET amount = amount + 1 WHERE order_id IN (3, 7);
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
a,1 purchase:2026-01-10=1,2026-02-10=3,2026-03-10=5
a,2 purchase:2026-01-10=8
b,2 purchase:2026-03-10=16
b,3 purchase:2026-02-28=32,2026-03-01=65', 'open days go on');

-- rows of closed days that come late, or are corrected: left out, counted, and said
INSERT INTO shop.orders VALUES (8, 'a', 1, '2026-02-10 13:00+01', 5), (9, 'a', 1, '2026-02-11 13:00+01', 5), (10, 'c', 1, '2026-02-10 13:00+01', 5), (11, 'c', 1, '2026-03-11 13:00+01', 6);
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, '%WARNING:  base "crm": 3 interactions came too late for closed books and are left out%', 'three came too late');
SELECT is(lib.kept('crm'), '
a,1 purchase:2026-01-10=1,2026-02-10=3,2026-03-10=5
a,2 purchase:2026-01-10=8
b,2 purchase:2026-03-10=16
b,3 purchase:2026-02-28=32,2026-03-01=65
c,1 purchase:2026-03-11=6', 'they are left out');
DELETE FROM shop.orders WHERE order_id IN (8, 9, 10);
UPDATE shop.orders SET amount = 2 WHERE order_id = 2;
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, '%WARNING:  base "crm": 1 interactions came too late%', 'a correction is one too');
UPDATE shop.orders SET amount = 3 WHERE order_id = 2;
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT unalike(:'said'::text, '%WARNING%', 'taken back, nothing is to be said');
INSERT INTO shop.orders VALUES (12, 'a', 1, '2026-02-10 13:00+01', 5);
CALL refresh('crm');
SELECT is(rebuild('crm'), 0::bigint, 'rebuild changes no closed day');
SELECT is(lib.did('crm'), '5 read, 0 changed, 0 failed', 'a row too late is no change of a timeline');
SELECT is((SELECT left_out FROM crm.sources), '{"closed day": 3}', 'how many rows lie before the border');
DELETE FROM shop.orders WHERE order_id IN (2, 12);
CALL refresh('crm');
SELECT is((SELECT timeline::text FROM crm.timelines WHERE store = 'a' AND customer = 1), 'purchase:2026-01-10=1,2026-02-10=3,2026-03-10=5', 'purged rows stand');
TRUNCATE shop.orders;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
a,1 purchase:2026-01-10=1,2026-02-10=3
a,2 purchase:2026-01-10=8
b,3 purchase:2026-02-28=32', 'of an emptied table what is closed is left');
INSERT INTO shop.orders VALUES (13, 'a', 2, '2026-03-12 12:00+01', 7);
CALL refresh('crm');
SELECT is((SELECT timeline::text FROM crm.timelines WHERE store = 'a' AND customer = 2), 'purchase:2026-01-10=8,2026-03-12=7', 'and goes on');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'all as built afresh');
-- a source taken away: its closed days stand
SELECT drop_source('crm', 1) \g /dev/null
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
a,1 purchase:2026-01-10=1,2026-02-10=3
a,2 purchase:2026-01-10=8
b,3 purchase:2026-02-28=32', 'even without the source');
SELECT drop_base('crm') \g /dev/null

-- ---------------------------------------------------------------------------
-- verify and rebuild

TRUNCATE shop.orders;
INSERT INTO shop.orders SELECT n, 'a', n, '2026-03-10 12:00+01', n FROM generate_series(1, 5) AS n;
SELECT create_base('crm', 'store text, customer int', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.orders', $$'purchase'$$, 'at', value => 'amount') \g /dev/null
CALL refresh('crm');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'no difference');
UPDATE crm.timelines SET timeline = timeline + timeline_of('purchase', '2026-03-10', 1) WHERE customer = 1;
DELETE FROM crm.timelines WHERE customer = 2;
INSERT INTO crm.timelines VALUES ('z', 9, timeline_of('click', '2026-03-10'));
UPDATE shop.orders SET amount = 30 WHERE order_id = 3;
SELECT results_eq($$SELECT key, kept::text, built::text, pending FROM verify('crm')$$, $$VALUES
    ('{a,1}'::text[], 'purchase:2026-03-10*2=2', 'purchase:2026-03-10=1', false), ('{a,2}', NULL, 'purchase:2026-03-10=2', false),
    ('{a,3}', 'purchase:2026-03-10=3', 'purchase:2026-03-10=30', true), ('{z,9}', 'click:2026-03-10', NULL, false)$$,
    'three planted differences, and one that waits for the next refresh');
CALL refresh('crm');
SELECT is((SELECT count(*) FROM verify('crm')), 3::bigint, 'which mends that one only');
SELECT is(rebuild('crm'), 3::bigint, 'rebuild mends the others');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'no difference');
SELECT is(rebuild('crm'), 0::bigint, 'a second time it has nothing to do');
TRUNCATE shop.orders;
SELECT is((SELECT count(*) FILTER (WHERE pending) FROM verify('crm')), 5::bigint, 'verify knows that a TRUNCATE waits');
CALL refresh('crm');
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA shop CASCADE;

-- ---------------------------------------------------------------------------
-- erase: no trace, and no way back

-- the tables of the base in which a word is found
CREATE FUNCTION lib.traces(base text, word text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    t regclass;
    found boolean;
    names text[] := '{}';
BEGIN
    FOR t IN SELECT oid FROM pg_class WHERE relnamespace = base::regnamespace AND relkind IN ('r', 'v') ORDER BY relname LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s AS t WHERE t::text LIKE %L)', t, '%' || word || '%') INTO found;
        IF found THEN
            names := names || t::text;
        END IF;
    END LOOP;
    RETURN array_to_string(names, ' ');
END
$$;
CREATE SCHEMA shop;
CREATE TABLE shop.people (store text, code text, email boolean);
CREATE TABLE shop.orders (store text, code text, day date, amount text);
CREATE TABLE shop.visits_raw (store text, code text, day date);
CREATE VIEW shop.visits AS TABLE shop.visits_raw;
INSERT INTO shop.people VALUES ('s', 'jane', true), ('s', 'joe', true), ('t', 'jane', false);
INSERT INTO shop.orders VALUES ('s', 'jane', '2026-01-01', '1'), ('s', 'joe', '2026-01-01', '2'), ('t', 'jane', '2026-01-01', '3');
INSERT INTO shop.visits_raw VALUES ('s', 'jane', '2026-01-02'), ('s', 'joe', '2026-01-02');
SELECT create_base('crm', 'store text, code text', 'Europe/Paris') \g /dev/null
SELECT set_population('crm', 'shop.people', contactable => '{"email": "email"}') \g /dev/null
SELECT add_source('crm', 'shop.orders', $$'purchase'$$, 'day', value => 'amount::numeric') \g /dev/null
SELECT add_source('crm', 'shop.visits', $$'visit'$$, 'day') \g /dev/null
SELECT add_score('crm', 'total', '{"purchase": {"each": 1}}', cuts => '{1}') \g /dev/null
SELECT add_rfm('crm', 'rfm', 'purchase') \g /dev/null
CALL refresh('crm');
UPDATE shop.people SET code = 'jane of s' WHERE store = 's' AND code = 'jane';
UPDATE shop.orders SET code = 'jane of s' WHERE store = 's' AND code = 'jane';
UPDATE shop.visits_raw SET code = 'jane of s' WHERE store = 's' AND code = 'jane';
CALL refresh('crm');
-- she is in everything there is: a failure, a mark, a history
INSERT INTO shop.orders VALUES ('s', 'jane of s', '2026-01-03', 'abc');
CALL refresh('crm');
UPDATE crm.history SET since = since - 2;
SELECT recut('crm', 'total', cuts => '{2}') \g /dev/null
SELECT snapshot('crm') \g /dev/null
UPDATE shop.orders SET day = '2026-01-04' WHERE amount = 'abc';
SELECT is(lib.traces('crm', 'jane of s'), 'crm.failures crm.history crm.marks_1 crm.pending crm.rfm crm.seen_2 crm.timelines crm.total', 'traces of a customer');
SELECT erase('crm', 's', 'jane of s') \g /dev/null
SELECT is(lib.traces('crm', 'jane of s'), '', 'none is left, though the population and the sources still have her');
SELECT is((SELECT count(*) FROM crm.timelines), 2::bigint, 'the others are there');
SELECT is((SELECT string_agg(code, ' ' ORDER BY store) FROM crm.total), 'joe jane', 'in the views');
CALL refresh('crm');
SELECT is(lib.traces('crm', 'jane of s'), '', 'refresh does not bring her back');
SELECT rebuild('crm') \g /dev/null
SELECT is(lib.traces('crm', 'jane of s'), '', 'nor does rebuild');
INSERT INTO shop.orders VALUES ('s', 'jane of s', '2026-01-05', '1');
INSERT INTO shop.visits_raw VALUES ('s', 'jane of s', '2026-01-05');
UPDATE shop.people SET email = false WHERE code = 'jane of s';
CALL refresh('crm');
SELECT snapshot('crm') \g /dev/null
SELECT is(lib.traces('crm', 'jane of s'), '', 'nor do new rows of hers');
DELETE FROM shop.orders WHERE amount = 'abc';
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'verify misses nobody');
SELECT results_eq($$SELECT tier, customers FROM distribution('crm', 'total') ORDER BY 1$$, $$VALUES (1, 2::bigint), (2, 0)$$, 'reports have two customers');
SELECT is((SELECT count(*) FROM explain('crm', 'total', 's', 'jane of s')), 1::bigint, 'and nothing to explain');
SELECT is((SELECT count(*) FROM crm.erased), 1::bigint, 'what is kept is one digest');
SELECT is((SELECT octet_length(digest) FROM crm.erased), 32, 'of SHA-256');
SELECT is((SELECT count(*) FROM crm.erased WHERE digest = sha256(convert_to('["s", "jane of s"]', 'UTF8'))), 0::bigint, 'with salt');
SELECT erase('crm', 's', 'jane of s') \g /dev/null
SELECT is((SELECT count(*) FROM crm.erased), 1::bigint, 'twice is once');
SELECT throws_ok($$SELECT erase('crm', 's')$$, '22023', NULL, 'a key of two columns has two values');
SELECT throws_ok($$SELECT erase('crm', 's', NULL)$$, '22023', NULL, 'and none is NULL');
-- closed days go too
SELECT close('crm', '2026-01-04') \g /dev/null
SELECT erase('crm', 't', 'jane') \g /dev/null
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
s,joe purchase:2026-01-01=2;visit:2026-01-02', 'closed books are no shelter');
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA shop CASCADE;

-- keys that are equal and look different
CREATE SCHEMA shop;
CREATE TABLE shop.orders (n numeric, c char(5), day date);
INSERT INTO shop.orders VALUES (42.00, 'ab', '2026-01-01'), (42, 'ab', '2026-01-02'), (7, 'ab', '2026-01-01');
SELECT create_base('crm', 'n numeric, c bpchar', 'UTC') \g /dev/null
SELECT add_source('crm', 'shop.orders', $$'purchase'$$, 'day') \g /dev/null
CALL refresh('crm');
SELECT is((SELECT count(*) FROM crm.timelines), 2::bigint, '42 and 42.00 are one customer');
SELECT erase('crm', 42.0, 'ab') \g /dev/null
CALL refresh('crm');
SELECT rebuild('crm') \g /dev/null
SELECT is((SELECT string_agg(n::text, ' ') FROM crm.timelines), '7', 'and are erased together');
SELECT drop_base('crm') \g /dev/null

-- a key that fails in a mark
CREATE TABLE shop.calls (who text, day date);
INSERT INTO shop.calls VALUES ('1', '2026-01-01'), ('2', '2026-01-01');
SELECT create_base('crm', 'id bigint', 'UTC') \g /dev/null
SELECT add_source('crm', 'shop.calls', $$'call'$$, 'day', key => 'who') \g /dev/null
CALL refresh('crm');
INSERT INTO shop.calls VALUES ('nobody', '2026-01-01'), ('1', '2026-01-02');
SELECT lives_ok($$SELECT erase('crm', 1)$$, 'a changed row without a key stops nobody from being erased');
SELECT is((SELECT count(*) FROM crm.pending), 0::bigint, 'and no mark of the erased is left');
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
2 call:2026-01-01', 'he stays away');
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA shop CASCADE;
DROP SCHEMA lib CASCADE;
SELECT * FROM finish();
