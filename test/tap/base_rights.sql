-- Who may do what: the base is its owner's, who reads the sources with the
-- rights he has; BI roles see tiers and nothing else; writers need no rights.
\ir lib/base.sql
SELECT no_plan();

CREATE ROLE rights_shop;        -- owns the sources
CREATE ROLE rights_writer;      -- writes to them
CREATE ROLE rights_owner;       -- makes the base
CREATE ROLE rights_team;        -- to which its owner's rights are given
CREATE ROLE rights_bi;
CREATE ROLE rights_stranger;
GRANT rights_owner TO rights_team;
SELECT format('GRANT CREATE ON DATABASE %I TO rights_owner, rights_stranger', :'DBNAME') \gexec

GRANT USAGE ON SCHEMA lib TO PUBLIC;
CREATE SCHEMA shop AUTHORIZATION rights_shop;
GRANT USAGE ON SCHEMA shop TO rights_owner, rights_writer;
SET ROLE rights_shop;
CREATE TABLE shop.orders (customer_id int, day date, amount numeric, note text);
CREATE TABLE shop.secrets (customer_id int, day date);
CREATE TABLE shop.customers (id int PRIMARY KEY, email boolean, objects boolean, name text);
CREATE INDEX ON shop.orders (customer_id);
INSERT INTO shop.orders SELECT i % 5, '2026-01-01', i FROM generate_series(1, 12) AS i;
INSERT INTO shop.customers SELECT i, i > 2, i = 0, 'customer ' || i FROM generate_series(0, 5) AS i;
GRANT INSERT, UPDATE, DELETE, SELECT ON shop.orders TO rights_writer;
RESET ROLE;

-- ---------------------------------------------------------------------------
-- the owner has SELECT and TRIGGER on the sources, and owns none

SET ROLE rights_owner;
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
RESET ROLE;
SELECT is((SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'crm'), 'rights_owner', 'a base belongs to who makes it');
SELECT is_empty($$SELECT relname FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relowner <> 'rights_owner'::regrole
                  UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'crm'::regnamespace AND proowner <> 'rights_owner'::regrole$$,
    'with all that is in it');
SELECT is_empty($$SELECT relname, relacl FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relacl IS NOT NULL$$,
    'and nothing of it is granted to anyone');

-- the error of a statement as a role: state, message, hint
CREATE FUNCTION lib.refused(role name, statement text, OUT state text, OUT message text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    EXECUTE statement;
    RESET ROLE;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    state := SQLSTATE;
    message := SQLERRM;
END
$$;
CREATE FUNCTION lib.refuses(role name, statement text, state text, message text, hint text DEFAULT NULL) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
    r record := lib.refused(role, statement);
BEGIN
    RETURN NEXT is(concat_ws(' | ', r.state, r.message, CASE WHEN hint IS NOT NULL THEN r.hint END), concat_ws(' | ', state, message, hint),
                   format('%s: %s', role, statement));
END
$$;

\set add 'SELECT add_source(''crm'', ''shop.orders'', $$''purchase''$$, ''day'', ''amount'')'
\set hint 'It is read with the rights of the base''s owner: GRANT SELECT ON shop.orders TO rights_owner, on the columns it needs at least. Row-level security must not hide rows from this role.'
SELECT lib.refuses('rights_owner', :'add', '42501', 'permission denied for shop.orders',
    :'hint');
GRANT SELECT (customer_id, day) ON shop.orders TO rights_owner;
SELECT lib.refuses('rights_owner', :'add', '42501', 'value of shop.orders: permission denied for table orders',
    :'hint');
GRANT SELECT (amount) ON shop.orders TO rights_owner;
SELECT lib.refuses('rights_owner', :'add', '42501', 'no right to make triggers on shop.orders',
    'GRANT TRIGGER ON shop.orders TO rights_owner. A view of it needs no triggers, and is read in full at each refresh.');
GRANT TRIGGER ON shop.orders TO rights_owner;
SET ROLE rights_owner;
:add \g /dev/null
CALL refresh('crm');
RESET ROLE;
SELECT is(lib.did('crm'), '5 read, 5 changed, 0 failed', 'SELECT on the columns that are read, and TRIGGER, are enough');
SELECT is((SELECT array_agg(tgenabled::text) FROM pg_trigger WHERE tgrelid = 'shop.orders'::regclass), '{A,A}', 'for triggers that always fire');

SET ROLE rights_writer;
INSERT INTO shop.orders VALUES (77, '2026-01-02', 1, 'n');
UPDATE shop.orders SET amount = 100 WHERE customer_id = 1;
DELETE FROM shop.orders WHERE customer_id = 2;
RESET ROLE;
SET ROLE rights_owner;
CALL refresh('crm');
SELECT is(lib.did('crm'), '3 read, 3 changed, 0 failed', 'who writes to a source needs no right on the base');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'and all is noticed');
RESET ROLE;

SELECT * FROM finish();
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA shop CASCADE;
SELECT format('REVOKE CREATE ON DATABASE %I FROM rights_owner, rights_stranger', :'DBNAME') \gexec
DROP ROLE rights_shop, rights_writer, rights_owner, rights_team, rights_bi, rights_stranger;
DROP SCHEMA lib CASCADE;
