-- The locks of a base: only its owner can take them, one refresh at a time has
-- them, and what is said to the second one.
\ir lib/base.sql
SELECT no_plan();

CREATE ROLE lock_owner;
CREATE ROLE lock_reader;        -- may read all of the base
CREATE ROLE lock_stranger;      -- may connect
SELECT format('GRANT CREATE ON DATABASE %I TO lock_owner', :'DBNAME') \gexec
CREATE SCHEMA shop;
CREATE TABLE shop.orders (customer_id int, day date);
CREATE INDEX ON shop.orders (customer_id);
INSERT INTO shop.orders SELECT n, '2026-01-01' FROM generate_series(1, 20) AS n;
GRANT USAGE ON SCHEMA shop, lib TO lock_owner;
GRANT SELECT, TRIGGER ON shop.orders TO lock_owner;
SET ROLE lock_owner;
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
GRANT USAGE ON SCHEMA crm TO lock_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA crm TO lock_reader;
SELECT add_source('crm', 'shop.orders', $$'purchase'$$, 'day') \g /dev/null
RESET ROLE;
SELECT results_eq($$SELECT c.oid::regclass::text, c.relnatts::int FROM pg_class AS c WHERE c.oid IN ('crm.lock'::regclass, 'crm.refreshing'::regclass) ORDER BY 1$$,
    $$VALUES ('crm.lock', 0), ('crm.refreshing', 0)$$, 'two tables in which nothing can be');

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
CREATE FUNCTION lib.refused(role name, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    EXECUTE statement;
    RESET ROLE;
    RETURN 'not refused';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END
$$;

-- ---------------------------------------------------------------------------
-- who may take them

SELECT is(lib.refused(role, format('LOCK TABLE crm.%I IN %s MODE', t, mode)), '42501', format('%s cannot lock %s in mode %s', role, t, mode))
FROM unnest('{lock_reader,lock_stranger}'::text[]) AS role, unnest('{lock,refreshing}'::text[]) AS t,
     unnest('{ROW SHARE,ROW EXCLUSIVE,SHARE UPDATE EXCLUSIVE,SHARE,SHARE ROW EXCLUSIVE,EXCLUSIVE,ACCESS EXCLUSIVE}'::text[]) AS mode;
SELECT is(lib.refused(role, format('SELECT FROM crm.%I FOR KEY SHARE', t)), '42501', format('nor by SELECT FOR KEY SHARE of %s', t))
FROM unnest('{lock_reader,lock_stranger}'::text[]) AS role, unnest('{lock,refreshing}'::text[]) AS t;
SELECT is(lib.refused(role, format('SELECT %s', call)), '42501', format('%s cannot call %s', role, call))
FROM unnest('{lock_reader,lock_stranger}'::text[]) AS role,
     unnest(ARRAY['_scoring.lock_base(''crm'')', '_scoring.lock_refreshing(''crm'', true)', '_scoring.lock_refreshing(''crm'', false)']) AS call;

-- both do all they can: a transaction that has read everything, and the advisory locks with the oid of the base's schema in them
CREATE VIEW lib.hostile AS SELECT pid FROM pg_stat_activity WHERE application_name = 'hostile' AND wait_event = 'PgSleep';
GRANT SELECT ON ALL TABLES IN SCHEMA crm TO lock_reader;
CREATE FUNCTION lib.hold() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF current_user = 'lock_reader' THEN
        LOCK TABLE crm.lock, crm.refreshing, crm.base, crm.timelines, crm.refreshes IN ACCESS SHARE MODE;
        PERFORM FROM crm.progress, crm.sources, crm.touchpoints;
    END IF;
    PERFORM pg_advisory_lock(1396920146::bigint << 32 | oid::bigint), pg_advisory_lock(oid::bigint), pg_advisory_lock(1396920146, oid::int)
        FROM (SELECT oid FROM pg_namespace WHERE nspname = 'crm' UNION ALL SELECT oid FROM pg_class WHERE relname IN ('lock', 'refreshing', 'base')) AS o;
    SET application_name = 'hostile';
    PERFORM pg_sleep(120);
END
$$;
GRANT USAGE ON SCHEMA lib TO lock_reader, lock_stranger;
\! psql -qXc "SET ROLE lock_reader; SELECT lib.hold()" >/dev/null 2>&1 &
SELECT ok(lib.waits('(SELECT count(*) = 1 FROM lib.hostile)'), 'a reader does its worst');
-- it can only lose the keys that the other one has
\! psql -qXc "SET ROLE lock_stranger; SET application_name = 'hostile'; SELECT pg_sleep(120)" >/dev/null 2>&1 &
SELECT ok(lib.waits('(SELECT count(*) = 2 FROM lib.hostile)'), 'and so does a stranger');
SET statement_timeout = '20s';
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, '%all sources read, 20 customers%', 'refresh');
SELECT lives_ok($$SELECT verify('crm')$$, 'verify');
SELECT lives_ok($$SELECT erase('crm', 20)$$, 'erase');
SELECT lives_ok($$SELECT close('crm', '2025-01-01')$$, 'close');
SELECT lives_ok($$SELECT rebuild('crm')$$, 'rebuild');
SELECT lives_ok($$SELECT add_score('crm', 'heat', '{"purchase": {"each": 1}}', cuts => '{1}')$$, 'add_score');
-- who reads holds up a DROP, as of any table; who may connect does not
SELECT pg_terminate_backend(pid) FROM lib.hostile WHERE pid IN (SELECT pid FROM pg_locks WHERE relation = 'crm.timelines'::regclass) \g /dev/null
SELECT ok(lib.waits('(SELECT count(*) = 1 FROM lib.hostile)'), 'the reader goes');
\! psql -qXc "SET ROLE lock_stranger; SELECT lib.hold()" >/dev/null 2>&1 &
SELECT ok(lib.waits('(SELECT count(*) = 2 FROM lib.hostile)'), 'the stranger has the keys');
BEGIN;
SELECT lives_ok($$SELECT drop_base('crm')$$, 'drop_base');
ROLLBACK;
SELECT pg_terminate_backend(pid) FROM lib.hostile \g /dev/null
RESET statement_timeout;

-- ---------------------------------------------------------------------------
-- what is held, and for how long

CREATE VIEW lib.mine AS SELECT relation::regclass::text AS of, mode FROM pg_locks
    WHERE pid = pg_backend_pid() AND relation IN ('crm.lock'::regclass, 'crm.refreshing'::regclass) AND mode <> 'AccessShareLock';
GRANT SELECT ON lib.mine TO lock_owner;
INSERT INTO shop.orders VALUES (1, '2026-01-02');
CALL refresh('crm');
SELECT is(lib.did('crm'), '1 read, 1 changed, 0 failed', 'a refresh of several steps');
SELECT is_empty('SELECT * FROM lib.mine', 'leaves nothing locked');
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT unalike(:'said'::text, '%another session%', 'in no way');
BEGIN;
SELECT erase('crm', 19) \g /dev/null
SELECT results_eq('SELECT * FROM lib.mine', $$VALUES ('crm.lock', 'ShareUpdateExclusiveLock')$$, 'who erases has the lock until its transaction ends');
ROLLBACK;
CREATE PROCEDURE shop.twice() LANGUAGE plpgsql AS $$
BEGIN
    CALL scoring.refresh('crm');
    INSERT INTO shop.orders VALUES (2, '2026-01-02');
    CALL scoring.refresh('crm');
END
$$;
CALL shop.twice();
SELECT is(lib.did('crm'), '1 read, 1 changed, 0 failed', 'two refreshes one after the other');
SELECT is_empty('SELECT * FROM lib.mine', 'leave nothing locked');
-- in a block with EXCEPTION it cannot commit
CREATE PROCEDURE shop.careful() LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        CALL scoring.refresh('crm');
        RAISE division_by_zero;
    EXCEPTION WHEN OTHERS THEN
        IF EXISTS (SELECT FROM lib.mine) THEN
            RAISE EXCEPTION 'something is locked';
        END IF;
    END;
END
$$;
SELECT lives_ok('CALL shop.careful()', 'an error that is caught frees what was locked');
SELECT is_empty('SELECT * FROM lib.mine', 'all of it');
-- ---------------------------------------------------------------------------
-- a refresh in one piece, whose row nobody sees yet (and an interrupted one, whose row everybody does)

UPDATE crm.refreshes SET finished_at = NULL, phase = 'reading customers' WHERE run = (SELECT max(run) FROM crm.refreshes);
SELECT is((SELECT running FROM crm.progress), false, 'an interrupted one does not run');
INSERT INTO shop.orders VALUES (3, '2026-01-02');
BEGIN;
CALL refresh('crm');
SELECT results_eq('SELECT * FROM lib.mine ORDER BY 1', $$VALUES ('crm.lock', 'ShareUpdateExclusiveLock'), ('crm.refreshing', 'ExclusiveLock')$$, 'both locks, the transaction''s');
SELECT is((SELECT running FROM crm.progress), false, 'for itself it has come to its end');
\set seen `psql -qXAtc "SELECT running, phase FROM crm.progress"`
SELECT is(:'seen'::text, 't|reading customers', 'for others it runs');
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT matches(:'said'::text, E'^WARNING:  base "crm" is being refreshed by another session\nDETAIL:.* its transaction has ended', 'whose owner may not see since when');
\! psql -qXc 'GRANT pg_read_all_stats TO lock_owner'
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, format('WARNING:  base "crm" is being refreshed by another session since %s%%its transaction has ended%%', date_trunc('second', now())), 'or may');
\set seen `psql -qXAtc "SET lock_timeout = '5s'; BEGIN; LOCK TABLE crm.lock, crm.refreshing IN ACCESS SHARE MODE; SELECT 'read'"`
SELECT is(:'seen'::text, 'read', 'pg_dump waits for nothing');
COMMIT;
SELECT is((SELECT running FROM crm.progress), false, 'then no more');
SELECT is((SELECT count(*) FROM crm.refreshes WHERE finished_at IS NULL AND phase <> 'interrupted'), 0::bigint, 'and the other one is marked');
-- the first of all
SET ROLE lock_owner;
SELECT create_base('empty', 'customer_id bigint', 'Europe/Paris') \g /dev/null
RESET ROLE;
BEGIN;
CALL refresh('empty');
\set seen `psql -qXAtc "SELECT running, run FROM empty.progress"`
SELECT is(:'seen'::text, 't|', 'the first refresh of all runs, too');
ROLLBACK;
SELECT is_empty('SELECT * FROM empty.progress', 'and is undone');
SELECT drop_base('empty') \g /dev/null
-- rebuild() is a refresh
BEGIN;
SELECT rebuild('crm') \g /dev/null
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, 'WARNING:  base "crm" is being refreshed by another session since %', 'rebuild is a refresh');
\set seen `psql -qXAtc "SELECT running, finished_at IS NOT NULL FROM crm.progress"`
SELECT is(:'seen'::text, 't|t', 'it runs, and the rest is of the refresh before');
ROLLBACK;

-- ---------------------------------------------------------------------------
-- what is no refresh: VACUUM, or who erases

SELECT max(run) AS run FROM crm.refreshes \gset
\! psql -qXc "SET application_name = 'hostile'" -c "BEGIN; LOCK TABLE crm.refreshing IN SHARE UPDATE EXCLUSIVE MODE; SELECT pg_sleep(2)" >/dev/null 2>&1 &
SELECT ok(lib.waits('EXISTS (SELECT FROM lib.hostile)'), 'somebody has it in the mode of VACUUM');
SELECT is((SELECT running FROM crm.progress), false, 'that is no refresh');
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT unalike(:'said'::text, '%another session%', 'and not taken for one');
SELECT is((SELECT max(run) FROM crm.refreshes), 1 + :run::bigint, 'a refresh waits for it');
\! psql -qXc "SET application_name = 'hostile'" -c "BEGIN; SELECT scoring.erase('crm', 18); SELECT pg_sleep(2)" >/dev/null 2>&1 &
SELECT ok(lib.waits('EXISTS (SELECT FROM lib.hostile)'), 'somebody erases a customer');
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT unalike(:'said'::text, '%another session%', 'that is no refresh either');
SELECT is((SELECT max(run) FROM crm.refreshes), 2 + :run::bigint, 'and is waited for');

-- ---------------------------------------------------------------------------
-- tables that are not what they should be

CREATE FUNCTION lib.error(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', SQLSTATE, SQLERRM, hint);
END
$$;
DROP VIEW lib.mine;
BEGIN;
ALTER TABLE crm.lock OWNER TO postgres;
SELECT is(lib.error($$SELECT erase('crm', 1)$$), '42501 | table "lock" of base "crm" does not belong to role "lock_owner" | Give it to the base''s owner: ALTER TABLE crm.lock OWNER TO ...;', 'of another role');
DROP TABLE crm.lock;
SELECT is(lib.error($$SELECT erase('crm', 1)$$), '42P01 | base "crm" has no table "lock" | Make it again, as the base''s owner: CREATE TABLE crm.lock ();', 'gone');
SET ROLE lock_owner;
CREATE VIEW crm.lock AS SELECT FROM shop.orders;
RESET ROLE;
SELECT is(lib.error($$SELECT erase('crm', 1)$$), '42809 | "lock" of base "crm" is not a plain table | Drop it, and make it again, as the base''s owner: CREATE TABLE crm.lock ();', 'a view, which would lock what it reads');
ROLLBACK;
SELECT drop_base('crm') \g /dev/null
SELECT hasnt_schema('crm', 'dropped');
DROP SCHEMA shop CASCADE;
DROP SCHEMA lib CASCADE;
SELECT format('REVOKE CREATE ON DATABASE %I FROM lock_owner', :'DBNAME') \gexec
DROP ROLE lock_owner, lock_reader, lock_stranger;
SELECT * FROM finish();
