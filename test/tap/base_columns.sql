-- The owner of a source may do as he likes with its columns, those that are read,
-- too: nothing of a base is in his way.  What is no longer as it was is read again,
-- or missed in words; and an update of what nobody reads is not reported.
\ir lib/base.sql
SELECT no_plan();

CREATE ROLE columns_shop;
CREATE ROLE columns_owner;
SELECT format('GRANT CREATE ON DATABASE %I TO columns_owner', :'DBNAME') \gexec
CREATE SCHEMA shop AUTHORIZATION columns_shop;
GRANT USAGE ON SCHEMA shop TO columns_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE columns_shop IN SCHEMA shop GRANT SELECT, TRIGGER ON TABLES TO columns_owner;
GRANT USAGE ON SCHEMA lib TO PUBLIC;

-- partitions that have their columns in another order each
SET ROLE columns_shop;
CREATE TABLE shop.orders (order_id int, customer_id int, day date, amount numeric, note text) PARTITION BY RANGE (day);
CREATE TABLE shop.orders_1 PARTITION OF shop.orders FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE shop.orders_2 (note text, gone int, amount numeric, day date, customer_id int, order_id int);
ALTER TABLE shop.orders_2 DROP gone;
ALTER TABLE shop.orders ATTACH PARTITION shop.orders_2 FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE INDEX ON shop.orders (customer_id);
INSERT INTO shop.orders VALUES (1, 1, '2026-01-01', 10), (2, 2, '2026-01-02', 20), (3, 1, '2026-02-01', 30), (4, 3, '2026-02-02', 40);
SET ROLE columns_owner;
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.orders', $$'purchase'$$, 'day', value => 'amount') \g /dev/null
CALL refresh('crm');
RESET ROLE;

-- one trigger a table, which names the columns and asks for nothing
SELECT is((SELECT string_agg(format('%s %s %s', tgrelid::regclass, tgenabled, replace(encode(tgargs, 'escape'), '\000', ' ')), '; ' ORDER BY tgrelid::regclass::text)
           FROM pg_trigger WHERE tgname = 'scoring_1_crm' AND tgqual IS NULL AND tgtype = 29),
    'shop.orders A crm 1 customer_id day amount ; shop.orders_1 A crm 1 customer_id day amount ; shop.orders_2 A crm 1 customer_id day amount ',
    'each partition has the trigger, and it always fires');
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'scoring%' AND NOT tgisinternal), 3::bigint, 'and no other');

-- what a statement leaves in the marks, in a session or in one of a replica; it is
-- taken back
CREATE FUNCTION lib.marked(statement text, role text DEFAULT 'origin') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    DELETE FROM crm.marks_1;
    PERFORM set_config('session_replication_role', role, true);
    EXECUTE statement;
    SELECT coalesce(string_agg(m::text, ' ' ORDER BY m::text), 'nothing') INTO said FROM crm.marks_1 AS m;
    RAISE EXCEPTION USING ERRCODE = 'YY000';
EXCEPTION WHEN SQLSTATE 'YY000' THEN
    RETURN said;
END
$$;
SELECT is(lib.marked(statement, role), marks, format('%s: %s', role, statement))
FROM unnest(ARRAY['origin', 'replica']) AS role, (VALUES
    ('UPDATE shop.orders SET note = ''gift'', order_id = order_id + 100', 'nothing'),
    ('UPDATE shop.orders SET amount = amount, day = day', 'nothing'),
    ('UPDATE shop.orders SET amount = amount + 1 WHERE customer_id = 1', '(1) (1)'),
    ('UPDATE shop.orders SET customer_id = 4 WHERE customer_id = 3', '(3) (4)'),
    ('UPDATE shop.orders SET day = ''2026-01-31'' WHERE customer_id = 3', '(3) (3)'),
    ('DELETE FROM shop.orders WHERE customer_id = 3', '(3)')) AS v (statement, marks);
-- one that comes later has it, too
SET ROLE columns_shop;
CREATE TABLE shop.orders_3 (day date NOT NULL, amount numeric, note text, customer_id int, order_id int);
ALTER TABLE shop.orders ATTACH PARTITION shop.orders_3 FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
CREATE TABLE shop.orders_4 PARTITION OF shop.orders FOR VALUES FROM ('2026-04-01') TO ('2026-05-01');
RESET ROLE;
INSERT INTO shop.orders VALUES (5, 5, '2026-03-01', 50);
SELECT is(lib.marked(statement, 'replica'), marks, 'a later partition: ' || statement) FROM (VALUES
    ('INSERT INTO shop.orders VALUES (6, 6, ''2026-03-02'', 60), (7, 7, ''2026-04-01'', 70)', '(6) (7)'),
    ('UPDATE shop.orders SET note = ''x''', 'nothing'),
    ('UPDATE shop.orders SET amount = 51 WHERE customer_id = 5', '(5)')) AS v (statement, marks);
CALL refresh('crm');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'all is as built afresh');

-- values that are none, and out of line
INSERT INTO shop.orders VALUES (8, 8, '2026-03-01', NULL), (9, 9, '2026-03-01', repeat('9', 100000)::numeric);
SELECT is(lib.marked(statement), marks, statement) FROM (VALUES
    ('UPDATE shop.orders SET amount = NULL WHERE customer_id = 8', 'nothing'),
    ('UPDATE shop.orders SET amount = 0 WHERE customer_id = 8', '(8)'),
    ('UPDATE shop.orders SET amount = NULL WHERE customer_id = 5', '(5)'),
    ('UPDATE shop.orders SET note = ''y'' WHERE customer_id = 9', 'nothing'),
    ('UPDATE shop.orders SET amount = 1 WHERE customer_id = 9', '(9)'),
    ('UPDATE shop.orders SET amount = repeat(''8'', 100000)::numeric WHERE customer_id = 9', '(9)')) AS v (statement, marks);
DELETE FROM shop.orders WHERE customer_id IN (8, 9);
CALL refresh('crm');

-- ---------------------------------------------------------------------------
-- what the owner of the table does, and what refresh says

-- everything of a step, as the shop; then what writers and a refresh say
CREATE FUNCTION lib.says(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    EXECUTE statement;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
SET ROLE columns_shop;
SELECT is(lib.says(statement), 'done', statement) FROM unnest(ARRAY[
    'ALTER TABLE shop.orders ALTER amount TYPE bigint USING coalesce(amount, 0)::bigint',
    'ALTER TABLE shop.orders ALTER customer_id TYPE text']) AS statement;
RESET ROLE;
\set said `psql -qXc "SET ROLE columns_owner" -c "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, '%source shop.orders has other columns: it is read again in full%', 'types that have changed are said');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'and read');
SELECT is(lib.marked('UPDATE shop.orders SET amount = amount + 1 WHERE customer_id = ''2'''), '(2)', 'the marks have the new type');
CALL refresh('crm');
\set said `psql -qXc "SET ROLE columns_owner" -c "CALL refresh('crm')" 2>&1`
SELECT is(:'said'::text, '', 'once');

-- a type that the table need not be rewritten for
CREATE TABLE shop.visits (customer_id int, at timestamp, kind varchar(10));
ALTER TABLE shop.visits OWNER TO columns_shop;
GRANT SELECT, TRIGGER ON shop.visits TO columns_owner;
INSERT INTO shop.visits VALUES (1, '2026-01-01 23:30', 'visit');
SET ROLE columns_owner;
SELECT add_source('crm', 'shop.visits', 'kind', 'at') \g /dev/null
CALL refresh('crm');
RESET ROLE;
SELECT is(last_on(timeline, 'visit'), '2026-01-01', 'in the zone of the base') FROM crm.timelines WHERE customer_id = 1;
SET TimeZone = 'UTC';
SELECT pg_relation_filenode('shop.visits') AS file \gset
ALTER TABLE shop.visits ALTER at TYPE timestamptz;
SELECT is(pg_relation_filenode('shop.visits'), :'file'::oid, 'a type for which nothing is rewritten');
SET TimeZone = 'Europe/Paris';
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, '%source shop.visits has other columns: it is read again in full%', 'is said');
SELECT is(last_on(timeline, 'visit'), '2026-01-02', 'and read') FROM crm.timelines WHERE customer_id = 1;
ALTER TABLE shop.visits ALTER kind TYPE varchar(20);
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT is(:'said'::text, '', 'one that may be longer is the same');
ALTER TABLE shop.visits ALTER kind TYPE varchar(20) COLLATE "C";
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, '%source shop.visits has other columns%', 'one that sorts otherwise is not');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'all is as built afresh');

-- columns that go: writers go on, refresh says what is missing and locks nobody
ALTER TABLE shop.visits DROP kind;
\set said `psql -qXc "INSERT INTO shop.visits VALUES (2, '2026-01-05 12:00')" -c "UPDATE shop.visits SET at = at" 2>&1`
SELECT is(:'said'::text, '', 'whoever writes to it hears nothing');
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, 'ERROR:  touchpoint of shop.visits: column "kind" does not exist%Its columns: customer_id, at.%', 'a column that is missing is said');
BEGIN;
UPDATE shop.visits SET at = at;
\set said `psql -qXc "SET lock_timeout = '1ms'" -c "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, 'ERROR:  touchpoint of shop.visits: column "kind" does not exist%', 'while somebody writes, too');
COMMIT;
ALTER TABLE shop.visits ADD kind text DEFAULT 'call';
CALL refresh('crm');
SELECT is((SELECT string_agg(timeline::text, ' ') FROM crm.timelines WHERE customer_id = 2), 'call:2026-01-05;purchase:2026-01-02=20', 'and what comes in its place is read');
UPDATE shop.visits SET kind = 'visit' WHERE customer_id = 2;
CALL refresh('crm');
SELECT is(lib.did('crm'), '1 read, 1 changed, 0 failed', 'and reported');

-- in a table with partitions, and as a replica
ALTER TABLE shop.orders RENAME amount TO gross;
SELECT throws_ok($$CALL refresh('crm')$$, '42703', 'value of shop.orders: column "amount" does not exist', 'renamed');
SET session_replication_role = replica;
UPDATE shop.orders SET note = 'as long as a name is missing, anything counts' WHERE customer_id = '1';
RESET session_replication_role;
SELECT cmp_ok((SELECT count(*) FROM crm.marks_1), '>', 0::bigint, 'what is not there may have changed');
ALTER TABLE shop.orders ADD amount int DEFAULT 7;
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, '%source shop.orders has other columns: it is read again in full%', 'another column under its name is noticed');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'and read');
SELECT is(lib.marked(statement, role), marks, format('%s: %s', role, statement))
FROM unnest(ARRAY['origin', 'replica']) AS role, (VALUES
    ('UPDATE shop.orders SET gross = 0', 'nothing'),
    ('UPDATE shop.orders SET amount = amount + 1 WHERE customer_id = ''3''', '(3)')) AS v (statement, marks);
CALL refresh('crm');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'all is as built afresh');

-- triggers that are not as they were made
SELECT format('CREATE OR REPLACE TRIGGER scoring_2_crm %s EXECUTE FUNCTION _scoring.mark(''crm'', ''2'', ''customer_id'', ''at'', ''kind'')', shape) AS command, shape
FROM (VALUES ('AFTER INSERT OR UPDATE OR DELETE ON shop.visits FOR EACH ROW WHEN (pg_trigger_depth() < 0)')) AS v (shape) \gset
:command;
ALTER TABLE shop.visits ENABLE ALWAYS TRIGGER scoring_2_crm;
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, '%source shop.visits has lost its triggers: it is read again in full%', 'one with a condition is none of ours');
SELECT is((SELECT tgqual FROM pg_trigger WHERE tgname = 'scoring_2_crm'), NULL, 'and has been replaced');
CREATE OR REPLACE TRIGGER scoring_2_crm AFTER INSERT OR UPDATE OR DELETE ON shop.visits FOR EACH ROW EXECUTE FUNCTION _scoring.mark('crm', '2', 'customer_id');
ALTER TABLE shop.visits ENABLE ALWAYS TRIGGER scoring_2_crm;
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, '%source shop.visits has other columns: it is read again in full%', 'nor one that looks at fewer columns');
SELECT drop_source('crm', 2) \g /dev/null
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'shop.visits'::regclass), 0::bigint, 'it goes with its source');

-- tables behind a view: what it reads of them is not known, so all counts
CREATE VIEW shop.calls AS SELECT customer_id, at, to_jsonb(v) ->> 'kind' AS kind FROM shop.visits AS v;
GRANT SELECT ON shop.calls TO columns_owner;
ALTER TABLE shop.visits ADD seen int GENERATED ALWAYS AS (customer_id + 1) STORED, DROP COLUMN IF EXISTS nothing;
SELECT add_source('crm', 'shop.calls', 'kind', 'at', watch => '{"shop.visits": "customer_id"}') AS calls \gset
CALL refresh('crm');
UPDATE shop.visits SET kind = 'talk' WHERE customer_id = 2;
CALL refresh('crm');
SELECT is(last_on(timeline, 'talk'), '2026-01-05', 'any column is looked at') FROM crm.timelines WHERE customer_id = 2;
UPDATE shop.visits SET kind = kind;
CALL refresh('crm');
SELECT is(lib.did('crm'), '0 read, 0 changed, 0 failed', 'but an update of nothing is none');
ALTER TABLE shop.visits DROP seen;
CALL refresh('crm');
UPDATE shop.visits SET kind = 'chat' WHERE customer_id = 2;
CALL refresh('crm');
SELECT is(lib.did('crm'), '1 read, 1 changed, 0 failed', 'whatever columns there are');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'all is as built afresh');
SELECT drop_source('crm', :calls) \g /dev/null

-- a virtual column has no bytes: those that it is worked out from are looked at
SELECT current_setting('server_version_num')::int >= 180000 AS has_virtual \gset
\if :has_virtual
CREATE TABLE shop.virtual (customer_id int, day date, net numeric, tax numeric, gross numeric GENERATED ALWAYS AS (net + tax) VIRTUAL, idle int);
GRANT SELECT, TRIGGER ON shop.virtual TO columns_owner;
INSERT INTO shop.virtual VALUES (9, '2026-01-01', 10, 1);
SELECT add_source('crm', 'shop.virtual', $$'sale'$$, 'day', value => 'gross') AS virtual \gset
CALL refresh('crm');
UPDATE shop.virtual SET tax = 2;
CALL refresh('crm');
SELECT is(value_of(timeline, 'sale'), 12::numeric, 'a column that a virtual one reads') FROM crm.timelines WHERE customer_id = 9;
UPDATE shop.virtual SET idle = 2;
CALL refresh('crm');
SELECT is(lib.did('crm'), '0 read, 0 changed, 0 failed', 'and none beside');
ALTER TABLE shop.virtual ALTER gross SET EXPRESSION AS (net + idle);
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, '%source shop.virtual has other columns: it is read again in full%', 'another expression is said');
SELECT is(value_of(timeline, 'sale'), 12::numeric, 'and read') FROM crm.timelines WHERE customer_id = 9;
UPDATE shop.virtual SET idle = 5;
CALL refresh('crm');
SELECT is(value_of(timeline, 'sale'), 15::numeric, 'with what it reads') FROM crm.timelines WHERE customer_id = 9;
\endif

SELECT * FROM finish();
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA shop CASCADE;
DROP SCHEMA lib CASCADE;
DROP OWNED BY columns_owner, columns_shop;
DROP ROLE columns_owner, columns_shop;
