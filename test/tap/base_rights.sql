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
SELECT is((SELECT array_agg(tgenabled::text) FROM pg_trigger WHERE tgrelid = 'shop.orders'::regclass), '{A}', 'for a trigger that always fires');

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

-- ---------------------------------------------------------------------------
-- a BI role sees tiers and nothing else

GRANT SELECT ON shop.customers TO rights_owner;
SET ROLE rights_owner;
SELECT set_population('crm', 'shop.customers', 'id', '{"email": "email"}', 'NOT objects') \g /dev/null
SELECT FROM add_score('crm', 'heat', '{"purchase": {"each": 1}}') \g /dev/null
SELECT FROM add_score('crm', 'spent', measure => $$coalesce(value_of(timeline, 'purchase'), 0)$$) \g /dev/null
SELECT add_rfm('crm', 'rfm', 'purchase') \g /dev/null
CALL refresh('crm');
GRANT USAGE ON SCHEMA crm TO rights_bi;
GRANT SELECT ON crm.heat, crm.heat_tiers, crm.rfm TO rights_bi;
GRANT SELECT (customer_id, tier) ON crm.spent TO rights_bi;
SET ROLE rights_bi;
SELECT is((SELECT array_agg((customer_id, score) ORDER BY customer_id)::text FROM crm.heat), '{"(1,3)","(2,0)","(3,2)","(4,2)","(5,0)"}', 'a BI role reads scores');
SELECT is((SELECT sum(customers) FROM crm.heat_tiers), 5::numeric, 'and tiers');
SELECT is((SELECT count(*) FROM crm.rfm WHERE segment IS NOT NULL), 5::bigint, 'and segments');
SELECT is((SELECT count(tier) FROM crm.spent), 5::bigint, 'and the columns it was given');
RESET ROLE;
SELECT lib.refuses('rights_bi', 'SELECT score FROM crm.spent', '42501', 'permission denied for view spent');
SELECT lib.refuses('rights_bi', format('SELECT FROM crm.%I', relname), '42501',
    format('permission denied for %s %s', CASE relkind WHEN 'v' THEN 'view' ELSE 'table' END, relname))
FROM pg_class
WHERE relnamespace = 'crm'::regnamespace AND relkind IN ('r', 'v') AND relname NOT IN ('heat', 'heat_tiers', 'rfm', 'spent')
ORDER BY relname;
SELECT lib.refuses('rights_bi', 'SELECT FROM shop.orders', '42501', 'permission denied for schema shop');
SELECT lib.refuses('rights_bi', statement, '42501', 'must be owner of base "crm"', 'To read its tiers, SELECT on its views is enough.')
FROM unnest(ARRAY['CALL refresh(''crm'')', 'SELECT verify(''crm'')', 'SELECT explain(''crm'', ''heat'', 1)', 'SELECT distribution(''crm'', ''heat'')',
    'SELECT publish(''crm'', ''heat'', ''{}'')', 'SELECT score_on(''crm'', ''heat'', 1, ''2026-01-01'')', 'SELECT add_gap(''crm'', ''gap'', ''heat'', ''spent'')',
    'SELECT drop_base(''crm'')']) AS statement;
SELECT lib.refuses('rights_stranger', 'SELECT _scoring.rebuild(''crm'')', '42501', 'permission denied for function rebuild');
SELECT lib.refuses('rights_owner', 'SELECT _scoring.refresh_step(''crm'', ''{"phase": "marks"}'')', '42501', 'permission denied for function refresh_step');
SELECT ok(obj_description(v::regclass) LIKE '%; reads with the rights of its owner', format('the comment of %s says with whose rights it reads', v))
FROM unnest(ARRAY['crm.heat', 'crm.heat_tiers', 'crm.spent', 'crm.spent_tiers', 'crm.rfm']) AS v;

-- views that are made anew keep their grants, by column too, and their options
ALTER VIEW crm.spent SET (security_barrier);
CREATE FUNCTION lib.grants(OUT on_views text, OUT on_columns text) LANGUAGE sql AS $$
    SELECT string_agg(relname || relacl::text, ' ' ORDER BY relname), (
        SELECT string_agg(attname || attacl::text, ' ' ORDER BY attname) FROM pg_attribute WHERE attrelid = 'crm.spent'::regclass)
    FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind = 'v'
$$;
SELECT *, 'crm.spent'::regclass::oid FROM lib.grants() \gset
SET ROLE rights_owner;
SELECT set_population('crm', 'shop.customers', 'id', '{"email": "email", "by post": "true"}', 'NOT objects') \g /dev/null
SELECT FROM recut('crm', 'spent', method => 'quantile') \g /dev/null
RESET ROLE;
SELECT isnt('crm.spent'::regclass::oid, :oid::oid, 'a view with other columns is another');
SELECT is(on_views, :'on_views', 'whose grants are the same') FROM lib.grants();
SELECT is(on_columns, :'on_columns', 'and those on its columns') FROM lib.grants();
SELECT is((SELECT reloptions FROM pg_class WHERE oid = 'crm.spent'::regclass), '{security_barrier=true}', 'and its options');

-- who may not use the schema of the extension may use the views
REVOKE USAGE ON SCHEMA scoring FROM PUBLIC;
SET ROLE rights_bi;
SELECT is((SELECT array_agg((customer_id, score) ORDER BY customer_id)::text FROM crm.heat), '{"(1,3)","(2,0)","(3,2)","(4,2)","(5,0)"}',
    'views need no USAGE on the schema scoring');
RESET ROLE;
GRANT USAGE ON SCHEMA scoring TO PUBLIC;

-- ---------------------------------------------------------------------------
-- functions that are not for everyone by default

ALTER DEFAULT PRIVILEGES FOR ROLE rights_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
SET ROLE rights_owner;
SELECT create_base('strict', 'customer_id bigint', 'Europe/Paris') \g /dev/null
SELECT add_source('strict', 'shop.orders', $$'purchase'$$, 'day', 'amount') \g /dev/null
CALL refresh('strict');
SELECT FROM add_score('strict', 'heat', '{"purchase": {"each": 1}}') \g /dev/null
GRANT USAGE ON SCHEMA strict TO rights_bi;
GRANT SELECT ON strict.heat TO rights_bi;
SET ROLE rights_bi;
SELECT is((SELECT count(score) FROM strict.heat), 5::bigint, 'a view can be read whatever the default privileges of its maker');
SET ROLE rights_owner;
SELECT drop_base('strict') \g /dev/null
RESET ROLE;
ALTER DEFAULT PRIVILEGES FOR ROLE rights_owner GRANT EXECUTE ON FUNCTIONS TO PUBLIC;

-- ---------------------------------------------------------------------------
-- who has the owner's rights has the base; who calls is of no consequence

SET ROLE rights_team;
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'a member of the owner may do what the owner may');
SELECT FROM add_score('crm', 'by_member', '{"purchase": {"each": 1}}') \g /dev/null
RESET ROLE;
SELECT FROM add_score('crm', 'by_superuser', '{"purchase": {"each": 1}}') \g /dev/null
SELECT is((SELECT array_agg(relowner::regrole::text) FROM pg_class WHERE oid IN ('crm.by_member'::regclass, 'crm.by_superuser'::regclass)),
    '{rights_owner,rights_owner}', 'and what is made in doing it is the owner''s');
SELECT lib.refuses(current_user, $$SELECT add_source('crm', 'shop.secrets', $a$'x'$a$, 'day')$$, '42501', 'permission denied for shop.secrets');
SELECT lib.refuses(current_user, $$SELECT set_population('crm', 'shop.secrets')$$, '42501', 'permission denied for shop.secrets');
-- (a role that inherits nothing; from 16 on that is said of each grant)
REVOKE rights_owner FROM rights_team;
ALTER ROLE rights_team NOINHERIT;
GRANT rights_owner TO rights_team;
SELECT lib.refuses('rights_team', $$SELECT verify('crm')$$, '42501', 'must be owner of base "crm"');
REVOKE rights_owner FROM rights_team;
ALTER ROLE rights_team INHERIT;
GRANT rights_owner TO rights_team;

-- ---------------------------------------------------------------------------
-- rights that go and come back

\set refresh_hint 'Sources are read with the rights of the base''s owner, rights_owner: grant what is missing. Nothing has been lost: refresh takes it up again from here.'

REVOKE SELECT (amount) ON shop.orders FROM rights_owner;
INSERT INTO shop.orders VALUES (3, '2026-01-03', 1, 'n');
SELECT lib.refuses(current_user, $$CALL refresh('crm')$$, '42501', 'base "crm": permission denied for table orders', :'refresh_hint');
REVOKE SELECT (customer_id) ON shop.orders FROM rights_owner;
INSERT INTO shop.orders VALUES (4, '2026-01-03', 1, 'n');
SELECT is((SELECT array_agg(customer_id) FROM crm.marks_1), '{3}', 'nothing is kept for who may not read it');
GRANT SELECT (customer_id, amount) ON shop.orders TO rights_owner;
CALL refresh('crm');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'but nothing is missed');

-- the triggers of a base whose schema was dropped, and a stranger who makes
-- another of its name to hear what they say
SET ROLE rights_owner;
SELECT create_base('gone', 'customer_id bigint', 'UTC') \g /dev/null
SELECT add_source('gone', 'shop.orders', $$'purchase'$$, 'day') \g /dev/null
DROP SCHEMA gone CASCADE;
SET ROLE rights_stranger;
SELECT create_base('gone', 'customer_id bigint', 'UTC') \g /dev/null
INSERT INTO gone.registered_sources (source, relation, touchpoint, occurred, key) VALUES (1, 'shop.orders', '1', 'day', 'customer_id');
INSERT INTO gone.watches (watch, source, relation, seen, keys, tracked, owner, types)
    VALUES (1, 1, 'shop.orders', (SELECT oid FROM pg_class WHERE relname = 'orders'), '{customer_id}', true, 'rights_shop', '{}');
CREATE TABLE gone.marks_1 (customer_id int, amount numeric, note text);
RESET ROLE;
INSERT INTO shop.orders VALUES (5, '2026-01-04', 1000, 'confidential');
SELECT is((SELECT count(*) FROM gone.marks_1), 0::bigint, 'a stranger''s base of the name of one that is gone is told nothing');
GRANT SELECT ON shop.orders TO rights_stranger;
INSERT INTO shop.orders VALUES (5, '2026-01-04', 1000, 'confidential');
SELECT is((SELECT count(*) FROM gone.marks_1), 1::bigint, '(one who may read the source is)');
ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
INSERT INTO shop.orders VALUES (5, '2026-01-04', 1000, 'confidential');
SELECT is((SELECT count(*) FROM gone.marks_1), 1::bigint, 'nor of rows that row security hides');
DROP SCHEMA gone CASCADE;
SELECT format('DROP TRIGGER %I ON shop.orders', tgname) FROM pg_trigger WHERE tgrelid = 'shop.orders'::regclass AND tgname LIKE '%gone' \gexec

-- ---------------------------------------------------------------------------
-- row security would hide rows: no wrong scores, an error

SELECT lib.refuses(role, $$CALL refresh('crm')$$, '42501', 'base "crm": key of shop.orders: query would be affected by row-level security policy for table "orders"', :'refresh_hint')
FROM unnest(ARRAY['rights_owner', current_user]) AS role;
SELECT lib.refuses('rights_owner', $$SELECT add_source('crm', 'shop.orders', $a$'x'$a$, 'day')$$, '42501',
    'key of shop.orders: query would be affected by row-level security policy for table "orders"', :'hint');
ALTER TABLE shop.orders DISABLE ROW LEVEL SECURITY;
CALL refresh('crm');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'without it, all that was hidden is read');

-- ---------------------------------------------------------------------------
-- a base runs as its owner only where all of it is his

CREATE FUNCTION lib.after(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    EXECUTE statement;
    CALL scoring.refresh('crm');
    RAISE EXCEPTION USING ERRCODE = 'YY000';
EXCEPTION
    WHEN SQLSTATE 'YY000' THEN
        RETURN 'no error';
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS said = PG_EXCEPTION_DETAIL;
        RETURN concat_ws(' | ', SQLSTATE, SQLERRM, said);
END
$$;
SELECT is(lib.after(statement), format('55000 | not all of base "crm" belongs to its owner | The base belongs to role "rights_owner", %s to role "rights_stranger".', what), statement)
FROM (VALUES
    ('ALTER SCHEMA crm OWNER TO rights_stranger', 'schema crm'),
    ('ALTER TABLE crm.registered_sources OWNER TO rights_stranger', 'table crm.registered_sources'),
    ('ALTER TABLE crm.watches OWNER TO rights_stranger', 'table crm.watches'),
    ('ALTER VIEW crm.heat OWNER TO rights_stranger', 'view crm.heat'),
    ('ALTER FUNCTION crm.today() OWNER TO rights_stranger', 'function crm.today()'),
    ('ALTER FUNCTION crm.spent_on(timeline, date) OWNER TO rights_stranger', 'function crm.spent_on(timeline,date)'),
    ('GRANT CREATE ON SCHEMA crm TO rights_stranger; SET LOCAL ROLE rights_stranger; CREATE FUNCTION crm.mine() RETURNS int RETURN 1; RESET ROLE', 'function crm.mine()')) AS v (statement, what);
SELECT is(lib.after('ALTER TABLE crm.base OWNER TO rights_stranger; GRANT SELECT ON crm.base TO rights_owner'),
    '55000 | not all of base "crm" belongs to its owner | The base belongs to role "rights_stranger", schema crm to role "rights_owner".', 'the other way round');
SELECT is(lib.after('CREATE FUNCTION crm.mine() RETURNS int RETURN 1'), 'no error', 'what a superuser puts there does no harm');
SELECT is(lib.after('GRANT CREATE, USAGE ON SCHEMA crm TO rights_team; SET LOCAL ROLE rights_team; CREATE FUNCTION crm.mine() RETURNS int RETURN 1; RESET ROLE'), 'no error',
    'nor what a member of the owner does');
SELECT is(lib.after($$REASSIGN OWNED BY rights_owner TO rights_team; GRANT SELECT, TRIGGER ON shop.orders, shop.customers TO rights_team; GRANT USAGE ON SCHEMA shop TO rights_team$$),
    'no error', 'a base can be given to another role, all of it');
-- nor where somebody else could put something as soon as it has been looked at
SELECT is(lib.after(statement), '55000 | schema "crm" is not safe to act as the owner of a base in | ' || said, statement)
FROM (VALUES
    ('GRANT CREATE ON SCHEMA crm TO rights_stranger', 'Role "rights_stranger" may create things in it.'),
    ('GRANT ALL ON SCHEMA crm TO PUBLIC', 'Everybody may create things in it.')) AS v (statement, said);
SELECT is(lib.after('ALTER SCHEMA crm RENAME TO "$user"; CALL scoring.refresh(''$user'')'), '42602 | "$user" cannot be the name of a base | ',
    'nor under a name that means another schema');

-- ---------------------------------------------------------------------------
-- partitions, which have rights of their own

SET ROLE rights_shop;
CREATE TABLE shop.visits (customer_id int, day date, note text) PARTITION BY RANGE (day);
CREATE TABLE shop.visits_1 PARTITION OF shop.visits FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
INSERT INTO shop.visits VALUES (1, '2026-01-05');
GRANT SELECT (customer_id, day), TRIGGER ON shop.visits TO rights_owner;
RESET ROLE;
SELECT lib.refuses('rights_owner', $$SELECT add_source('crm', 'shop.visits', $a$'visit'$a$, 'day')$$, '42501', 'no right to make triggers on shop.visits_1',
    'GRANT TRIGGER ON shop.visits_1 TO rights_owner. A view of it needs no triggers, and is read in full at each refresh.');
GRANT TRIGGER ON shop.visits_1 TO rights_owner;
SET ROLE rights_owner;
SELECT add_source('crm', 'shop.visits', $$'visit'$$, 'day') \g /dev/null
CALL refresh('crm');
SET ROLE rights_shop;
CREATE TABLE shop.visits_2 PARTITION OF shop.visits FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE TABLE shop.visits_3 (LIKE shop.visits);
INSERT INTO shop.visits_3 VALUES (2, '2026-03-01');
ALTER TABLE shop.visits ATTACH PARTITION shop.visits_3 FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
INSERT INTO shop.visits VALUES (3, '2026-02-01');
SET ROLE rights_owner;
CALL refresh('crm');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'new partitions need not be granted by themselves');
RESET ROLE;

-- ---------------------------------------------------------------------------
-- what is left when rights have gone: the base can be dropped, with its triggers

REVOKE ALL ON shop.orders, shop.visits, shop.visits_1, shop.customers FROM rights_owner;
REVOKE USAGE ON SCHEMA shop FROM rights_owner;
SELECT lib.refuses('rights_owner', $$CALL refresh('crm')$$, '42501', 'permission denied for schema shop');
SET ROLE rights_owner;
SELECT drop_source('crm', 1) \g /dev/null
SELECT drop_base('crm') \g /dev/null
RESET ROLE;
SELECT is_empty($$SELECT tgname FROM pg_trigger WHERE tgname LIKE 'scoring%'$$, 'who may no longer make triggers on a table may still drop those of his base');

-- the triggers that only a table's owner can drop: not those of others, nor of
-- another base, nor what only looks like one of ours
CREATE TABLE shop.bystanders (id int);
CREATE FUNCTION shop.mark() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER other AFTER INSERT OR UPDATE OR DELETE ON shop.bystanders FOR EACH ROW EXECUTE FUNCTION shop.mark('crm', '1');
CREATE TRIGGER unknown AFTER INSERT OR UPDATE OR DELETE ON shop.bystanders FOR EACH ROW EXECUTE FUNCTION _scoring.mark('nobody', '1');
SET ROLE rights_stranger;
SELECT create_base('theirs', 'id int', 'UTC') \g /dev/null
RESET ROLE;
CREATE TRIGGER theirs AFTER INSERT OR UPDATE OR DELETE ON shop.bystanders FOR EACH ROW EXECUTE FUNCTION _scoring.mark('theirs', '1', 'id');
CREATE TRIGGER looking AFTER INSERT OR UPDATE OR DELETE ON shop.bystanders FOR EACH ROW WHEN (pg_trigger_depth() < 100) EXECUTE FUNCTION _scoring.mark('theirs', '1', 'id');
CREATE TRIGGER fewer AFTER INSERT OR DELETE ON shop.bystanders FOR EACH ROW EXECUTE FUNCTION _scoring.mark('theirs', '1', 'id');
SELECT lib.refuses(role, format('SELECT _scoring.drop_trigger(%s, %L)', table_oid, trigger), state, message)
FROM (VALUES
    ('rights_owner', 'shop.bystanders'::regclass::oid, 'other', '42704', 'table shop.bystanders has no trigger "other" that reports to a base'),
    ('rights_owner', 'shop.bystanders'::regclass::oid, 'nothing', '42704', 'table shop.bystanders has no trigger "nothing" that reports to a base'),
    ('rights_owner', 'shop.bystanders'::regclass::oid, 'unknown', '3F000', 'base "nobody" does not exist'),
    ('rights_owner', 'shop.bystanders'::regclass::oid, 'theirs', '42501', 'must be owner of base "theirs"'),
    ('rights_owner', 'pg_class'::regclass::oid, 'other', '42704', 'table pg_catalog.pg_class has no trigger "other" that reports to a base'),
    ('rights_owner', 99999999, 'other', '42P01', 'relation 99999999 does not exist'),
    ('rights_stranger', 'shop.bystanders'::regclass::oid, 'looking', '42704', 'table shop.bystanders has no trigger "looking" that reports to a base'),
    ('rights_stranger', 'shop.bystanders'::regclass::oid, 'fewer', '42704', 'table shop.bystanders has no trigger "fewer" that reports to a base'),
    ('rights_stranger', 'shop.bystanders'::regclass::oid, 'theirs', NULL, NULL)) AS v (role, table_oid, trigger, state, message);
SELECT is((SELECT string_agg(tgname, ' ' ORDER BY tgname) FROM pg_trigger WHERE tgrelid = 'shop.bystanders'::regclass), 'fewer looking other unknown',
    '(those of one''s own base)');
-- nor can they be made: for another base, or without TRIGGER
SELECT lib.refuses(role, format('SELECT _scoring.make_trigger(%s, ''mine'', VARIADIC %L)', table_oid, arguments), state, message)
FROM (VALUES
    ('rights_owner', 'shop.bystanders'::regclass::oid, '{theirs,1}', '42501', 'must be owner of base "theirs"'),
    ('rights_owner', 'shop.bystanders'::regclass::oid, '{nobody,1}', '3F000', 'base "nobody" does not exist'),
    ('rights_stranger', 'shop.bystanders'::regclass::oid, '{theirs}', '22023', 'a trigger that marks needs the schema of a base and the number of one of its watches'),
    ('rights_stranger', 'shop.bystanders'::regclass::oid, '{theirs,NULL}', '22004', 'an argument of a trigger must not be null'),
    ('rights_stranger', 'shop.bystanders'::regclass::oid, '{theirs,1}', '42501', 'permission denied for table bystanders'),
    ('rights_stranger', 99999999, '{theirs,1}', '42P01', 'relation 99999999 does not exist')) AS v (role, table_oid, arguments, state, message);
GRANT TRIGGER ON shop.bystanders TO rights_stranger;
SELECT lib.refuses('rights_stranger', format('SELECT _scoring.make_trigger(%s, ''mine'', VARIADIC %L)', 'shop.bystanders'::regclass::oid, '{theirs,1,id}'), NULL, NULL);
SELECT lib.refuses('rights_stranger', format('SELECT set_config(''transaction_read_only'', ''on'', true), _scoring.make_trigger(%s, ''mine'', VARIADIC %L)', 'shop.bystanders'::regclass::oid, '{theirs,1,id}'),
    '25006', 'cannot execute CREATE TRIGGER in a read-only transaction');
SELECT is((SELECT pg_get_triggerdef(oid) || ' ' || tgenabled::text FROM pg_trigger WHERE tgrelid = 'shop.bystanders'::regclass AND tgname = 'mine'),
    'CREATE TRIGGER mine AFTER INSERT OR DELETE OR UPDATE ON shop.bystanders FOR EACH ROW EXECUTE FUNCTION _scoring.mark(''theirs'', ''1'', ''id'') A',
    'TRIGGER is enough, and it always fires');
SELECT drop_base('theirs') \g /dev/null

-- ---------------------------------------------------------------------------
-- an extension made where nothing is for everybody by default

CREATE FUNCTION lib.in_a_strict_database() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    DROP EXTENSION scoring CASCADE;
    ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
    ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;
    CREATE EXTENSION scoring;
    SET LOCAL ROLE rights_stranger;
    PERFORM scoring.create_base('b', 'id int', 'UTC');
    CREATE TABLE b.orders AS SELECT 1 AS id, date '2026-01-01' AS day;
    CREATE SCHEMA theirs;
    ALTER TABLE b.orders SET SCHEMA theirs;
    PERFORM scoring.add_source('b', 'theirs.orders', '''purchase''', 'day');
    CALL scoring.refresh('b');
    PERFORM scoring.add_score('b', 's', '{"purchase": {"each": 1}}');
    CREATE TABLE theirs.kept (timeline scoring.timeline, grid scoring.grid);
    EXECUTE 'SELECT sum(score) FROM b.s' INTO said;
    RAISE EXCEPTION USING ERRCODE = 'YY000';
EXCEPTION
    WHEN SQLSTATE 'YY000' THEN
        RETURN said;
    WHEN OTHERS THEN
        RETURN SQLERRM;
END
$$;
SELECT is(lib.in_a_strict_database(), '1', 'the extension is for whoever may connect, whatever default privileges say');

SELECT * FROM finish();
DROP SCHEMA shop CASCADE;
SELECT format('REVOKE CREATE ON DATABASE %I FROM rights_owner, rights_stranger', :'DBNAME') \gexec
DROP ROLE rights_shop, rights_writer, rights_owner, rights_team, rights_bi, rights_stranger;
DROP SCHEMA lib CASCADE;
