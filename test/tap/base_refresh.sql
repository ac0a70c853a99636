-- refresh: in batches that commit, or in one piece; what is seen of it meanwhile;
-- interrupted and taken up again; and what it notices by itself.
\ir lib/base.sql
SELECT plan(41);

CREATE SCHEMA shop;
CREATE TABLE shop.orders (customer_id int, day date, n int);
-- waits for who holds this lock, where it is told to
CREATE FUNCTION shop.slow(n int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    IF n < 0 THEN
        PERFORM pg_advisory_xact_lock_shared(4711);
    END IF;
    RETURN n;
END
$$;
INSERT INTO shop.orders SELECT n, '2026-01-01', 1 FROM generate_series(1, 25000) AS n;
CREATE INDEX ON shop.orders (customer_id);
ANALYZE shop.orders;
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.orders', $$'purchase'$$, 'day', value => 'shop.slow(n)') \g /dev/null
SELECT is_empty('SELECT * FROM crm.progress', 'no refresh, no progress');
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, '%NOTICE:  base "crm": all sources read, 25000 customers, 25000 timelines changed%', 'the first refresh says what it read');
SELECT results_eq('SELECT run, phase, customers, done, share, changed, failed, pending, running, finished_at >= started_at FROM crm.progress',
    $$VALUES (1::bigint, 'done', 25000::bigint, 25000::bigint, 1::float8, 25000::bigint, 0::bigint, 0::bigint, false, true)$$, 'as progress does');

-- batches commit: a second session holds up the third
UPDATE shop.orders SET n = CASE WHEN customer_id = 25000 THEN -1 ELSE 2 END;
SELECT pg_advisory_lock(4711) \g /dev/null
\! psql -qXc "CALL refresh('crm')" >/dev/null 2>&1 &
CREATE FUNCTION lib.waits(condition text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    yes boolean;
BEGIN
    FOR i IN 1 .. 600 LOOP
        EXECUTE 'SELECT ' || condition INTO yes;
        EXIT WHEN yes;
        PERFORM pg_sleep(0.05), pg_stat_clear_snapshot();
    END LOOP;
    RETURN yes;
END
$$;
CREATE VIEW lib.held_up AS SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'CALL refresh%' AND wait_event_type = 'Lock';
SELECT ok(lib.waits('EXISTS (SELECT FROM lib.held_up)'), 'a batch is held up');
SELECT results_eq('SELECT run, phase, customers, done, share, changed, pending, running, finished_at FROM crm.progress',
    $$VALUES (2::bigint, 'reading customers', 25000::bigint, 20000::bigint, 0.8::float8, 20000::bigint, 5000::bigint, true, NULL::timestamptz)$$, 'the two before it are there for all to see');
SELECT is((SELECT count(*) FROM crm.timelines WHERE value_of(timeline, 'purchase') = 2), 20000::bigint, 'with their timelines');
SELECT is((SELECT min(customer_id) FROM crm.pending), 20001::bigint, 'and the others wait');
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, format('WARNING:  base "crm" is being refreshed by another session since %s%%', date_trunc('second', started_at)), 'a second refresh leaves it to the first')
FROM crm.progress;
-- writers are not held up; what they write comes with the next refresh
SET statement_timeout = '10s';
UPDATE shop.orders SET n = 3 WHERE customer_id = 1;
RESET statement_timeout;
-- the end of the session is not the end of the work
SELECT pg_terminate_backend(pid) FROM lib.held_up \g /dev/null
SELECT ok(lib.waits('NOT EXISTS (SELECT FROM lib.held_up)'), 'interrupted');
SELECT ok(lib.waits('NOT (SELECT running FROM crm.progress)'), 'nothing runs');
SELECT results_eq('SELECT phase, done, pending, running, finished_at FROM crm.progress', $$VALUES ('reading customers', 20000::bigint, 5000::bigint, false, NULL::timestamptz)$$, 'progress has what was committed');
SELECT pg_advisory_unlock(4711) \g /dev/null
CALL refresh('crm');
SELECT is(lib.did('crm'), '5001 read, 5001 changed, 0 failed', 'the next refresh reads the rest, and what came meanwhile');
SELECT is((SELECT phase FROM crm.refreshes WHERE run = 2), 'interrupted', 'the other one is marked');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'as built afresh');
CALL refresh('crm');
SELECT is(lib.did('crm'), '0 read, 0 changed, 0 failed', 'twice in a row does nothing');

-- in one piece: within a transaction block, and from a function
UPDATE shop.orders SET n = 4;
BEGIN;
CALL refresh('crm');
SELECT is(lib.did('crm'), '25000 read, 25000 changed, 0 failed', 'within a transaction');
UPDATE shop.orders SET n = 5 WHERE customer_id <= 3;
CALL refresh('crm');
SELECT is(lib.did('crm'), '3 read, 3 changed, 0 failed', 'with what this transaction did');
ROLLBACK;
SELECT is((SELECT count(*) FROM crm.timelines WHERE value_of(timeline, 'purchase') > 3), 0::bigint, 'rolled back with it');
CREATE FUNCTION shop.nightly() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    CALL scoring.refresh('crm');
    RETURN (SELECT done FROM crm.progress);
END
$$;
SELECT is(shop.nightly(), 25000::bigint, 'from a function');
SELECT is((SELECT count(*) FROM crm.timelines WHERE value_of(timeline, 'purchase') = 4), 25000::bigint, 'all of it');
UPDATE shop.orders SET n = 6;
DO $$ BEGIN CALL scoring.refresh('crm'); END $$;
SELECT is((SELECT count(*) FROM crm.timelines WHERE value_of(timeline, 'purchase') = 6), 25000::bigint, 'from a DO block');
UPDATE shop.orders SET n = 7 WHERE customer_id < 100;
CREATE PROCEDURE shop.job() LANGUAGE plpgsql AS $$
BEGIN
    CALL scoring.refresh('crm');
    ROLLBACK;
END
$$;
CALL shop.job();
SELECT is((SELECT count(*) FROM crm.timelines WHERE value_of(timeline, 'purchase') = 7), 99::bigint, 'from a procedure, where it commits');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'as built afresh');
SELECT throws_ok($$CALL refresh('crmm')$$, '3F000', 'base "crmm" does not exist', 'no such base');
SELECT throws_ok($$CALL refresh(NULL)$$, '22004', NULL, 'no base');
SELECT throws_ok($$CALL refresh('shop')$$, '3F000', NULL, 'a schema that is none');
SELECT drop_base('crm') \g /dev/null

-- batches by a key of two columns, of types that sort otherwise than their text
CREATE TABLE shop.calls (store text, no int, day date, n text);
CREATE INDEX ON shop.calls (store, no);
INSERT INTO shop.calls SELECT chr(64 + n % 3), n, '2026-01-01', '1' FROM generate_series(-6000, 12000) AS n;
SELECT create_base('crm', 'store text, no int', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.calls', $$'call'$$, 'day', value => 'n::numeric') \g /dev/null
CALL refresh('crm');
UPDATE shop.calls SET n = CASE WHEN no IN (-6000, 7, 9999, 12000) THEN 'x' ELSE '2' END;
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT is(lib.did('crm'), '18001 read, 17997 changed, 4 failed', 'each is read once, in whatever batch');
SELECT is((SELECT string_agg(store || no, ' ' ORDER BY no) FROM crm.failures), '@-6000 A7 @9999 @12000', 'four fail');
SELECT alike(:'said'::text, '%WARNING:  customer A, 7 cannot be read from source shop.calls%', 'by their key');
SELECT is((SELECT count(*) FROM crm.timelines WHERE value_of(timeline, 'call') = 2), 17997::bigint, 'the others are up to date');
UPDATE shop.calls SET n = '2' WHERE n = 'x';
CALL refresh('crm');
SELECT is(lib.did('crm'), '4 read, 4 changed, 0 failed', 'and are mended');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'as built afresh');
SELECT drop_base('crm') \g /dev/null

-- settings of the session come back
SELECT create_base('crm', 'customer_id bigint', 'Asia/Tokyo') \g /dev/null
SELECT add_source('crm', 'shop.orders', $$'purchase'$$, 'day', filter => 'customer_id < 10') \g /dev/null
SET TimeZone = 'America/New_York';
SET DateStyle = 'German';
CALL refresh('crm');
SELECT is(current_setting('TimeZone') || ' ' || current_setting('DateStyle') || ' ' || current_setting('search_path'), 'America/New_York German, DMY scoring, public', 'the session''s settings are its own');
RESET TimeZone;
RESET DateStyle;
SELECT drop_base('crm') \g /dev/null

-- a touchpoint that has gone silent: on 10 days of 90, and none for 45, five times
-- as long as one takes to come
CREATE TABLE shop.events (customer_id int, kind text, day date);
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
INSERT INTO shop.events SELECT 1, 'click', crm.today() - 45 - n FROM generate_series(0, 9) AS n
    UNION ALL SELECT 2, 'open', crm.today() - 44 - n FROM generate_series(0, 9) AS n
    UNION ALL SELECT 3, 'rare', crm.today() - 400 - n FROM generate_series(0, 3) AS n
    UNION ALL SELECT 4, 'visit', crm.today() - n FROM generate_series(0, 60) AS n
    UNION ALL SELECT 5, 'planned', crm.today() - 100 - n FROM generate_series(0, 60) AS n
    UNION ALL SELECT 5, 'planned', crm.today() + 10;
SELECT add_source('crm', 'shop.events', 'kind', 'day') \g /dev/null
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, '%WARNING:  base "crm": touchpoint "click" has gone silent%', 'a touchpoint that has gone silent');
SELECT unalike(:'said'::text, '%"open"%', 'a day less is not silent');
SELECT unalike(:'said'::text, '%"rare"%', 'nor is one that was always rare');
SELECT unalike(:'said'::text, '%"visit"%', 'nor one that comes daily');
SELECT alike(:'said'::text, '%"planned" has gone silent%', 'what is still to come is no sign of life');
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT unalike(:'said'::text, '%silent%', 'it is said once a day');
SELECT drop_base('crm') \g /dev/null

-- columns that names of ours could be taken for, and relations
CREATE TABLE shop.d (k int, r text, d date, value int, day date, touchpoint text, source int, key_1 int);
INSERT INTO shop.d VALUES (1, 'a', '2026-01-01', 1, '2026-01-02', 'b', 3, 4);
SELECT create_base('crm', 'k bigint', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.d', 'r', 'd', value => 'value', filter => 'd.touchpoint = ''b''') \g /dev/null
CALL refresh('crm');
INSERT INTO shop.d VALUES (2, 'a', '2026-01-01', 1, '2026-01-02', 'b', 3, 4);
UPDATE shop.d SET value = 5 WHERE k = 1;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 a:2026-01-01=5
2 a:2026-01-01=1', 'a table d with columns k, r, d, value, day ...');
SELECT drop_base('crm') \g /dev/null
CREATE TABLE shop.k (id int, at date);
CREATE TABLE shop.r (d int, at date);
INSERT INTO shop.k VALUES (1, '2026-01-01');
INSERT INTO shop.r VALUES (1, '2026-01-02');
SELECT create_base('crm', 'd bigint', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.k', $$'k'$$, 'k.at', key => 'k.id') \g /dev/null
SELECT add_source('crm', 'shop.r', $$'r'$$, 'r.at') \g /dev/null
CALL refresh('crm');
INSERT INTO shop.k VALUES (1, '2026-01-03'), (2, '2026-01-03');
INSERT INTO shop.r VALUES (2, '2026-01-03');
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 k:2026-01-01,2026-01-03;r:2026-01-02
2 k:2026-01-03;r:2026-01-03', 'tables k and r, a key d');
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA shop CASCADE;
DROP SCHEMA lib CASCADE;
SELECT * FROM finish();
