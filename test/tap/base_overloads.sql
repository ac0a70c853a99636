-- Functions and operators that PostgreSQL would rather take than those which the
-- extension means: of the same names, of more exact types, wherever a role without
-- rights can make any.  A schema in front of a path is no wall against them.
\ir lib/base.sql
SELECT no_plan();

CREATE ROLE overloads_stranger;
CREATE ROLE overloads_owner;
CREATE ROLE overloads_hostile;
CREATE ROLE overloads_reader;
SELECT format('GRANT CREATE ON DATABASE %I TO overloads_stranger, overloads_owner, overloads_hostile', :'DBNAME') \gexec
-- as it was before PostgreSQL 15
GRANT CREATE ON SCHEMA public TO PUBLIC;
GRANT USAGE ON SCHEMA lib TO PUBLIC;
CREATE SEQUENCE lib.sprung MINVALUE 0;
GRANT ALL ON SEQUENCE lib.sprung TO PUBLIC;

CREATE SCHEMA shop;
GRANT USAGE ON SCHEMA shop TO PUBLIC;
CREATE TABLE shop.orders (id int, shop text, day timestamp, amount numeric, note text, PRIMARY KEY (id, shop, day));
CREATE TABLE shop.customers (id int, shop text, email boolean);
INSERT INTO shop.orders SELECT i % 50, 'north', '2026-01-01'::timestamp + i * interval '5 hours', i, 'n' FROM generate_series(1, 500) AS i;
INSERT INTO shop.customers SELECT i, 'north', i % 2 = 0 FROM generate_series(1, 60) AS i;
CREATE VIEW shop.seen AS SELECT * FROM shop.orders;
GRANT SELECT, TRIGGER ON ALL TABLES IN SCHEMA shop TO overloads_owner;

-- a base as it is where nobody means ill
SET ROLE overloads_owner;
\set base plain
\ir lib/base_make.sql
\ir lib/base_use.sql
RESET ROLE;

-- ---------------------------------------------------------------------------
-- the names: of all that is called in the sources of functions and views

CREATE TABLE lib.source AS
SELECT p.prosrc || coalesce(pg_get_function_sqlbody(p.oid), '') AS text FROM pg_proc AS p
    WHERE p.pronamespace IN ('scoring'::regnamespace, '_scoring'::regnamespace, 'plain'::regnamespace)
UNION ALL
SELECT pg_get_viewdef(oid) FROM pg_class WHERE relkind = 'v' AND relnamespace = 'plain'::regnamespace;
CREATE TABLE lib.called AS
SELECT DISTINCT p.oid, p.proname AS name FROM pg_proc AS p
WHERE p.pronamespace IN ('pg_catalog'::regnamespace, '_scoring'::regnamespace, 'scoring'::regnamespace)
  AND p.proname IN (SELECT m[1] FROM lib.source, regexp_matches(text, '([a-z_][a-z_0-9]*)"?\(', 'g') AS m);
CREATE TABLE lib.operator AS
SELECT DISTINCT o.oprname AS name FROM pg_operator AS o
WHERE o.oprname IN (SELECT m[1] FROM lib.source, regexp_matches(text, '([-+*/<>=~!@#%^&|?]+)', 'g') AS m);
SELECT cmp_ok((SELECT count(DISTINCT name) FROM lib.called), '>', 250::bigint, 'many functions are called');
SELECT cmp_ok((SELECT count(*) FROM lib.operator), '>', 15::bigint, 'and many operators');

-- the types of what is mostly given to them
CREATE TABLE lib.type (name text);
INSERT INTO lib.type VALUES ('text'), ('name'), ('integer'), ('bigint'), ('numeric'), ('double precision'), ('boolean'), ('date'), ('timestamptz'),
    ('interval'), ('text[]'), ('jsonb'), ('regclass'), ('scoring.timeline');

-- Lists of arguments that fit better than those of a function: each argument that
-- any type can be given for, of every type; every list that has no end, of a length;
-- and otherwise one argument of another type.
CREATE TABLE lib.signature AS
WITH argument AS (
    SELECT c.oid, c.name, n, format_type(t, NULL) AS type, format_type(t, NULL) ~ '^"?any' AS open
    FROM lib.called AS c JOIN pg_proc AS p USING (oid), unnest(p.proargtypes) WITH ORDINALITY AS a (t, n) WHERE p.pronargs <= 4),
-- polymorphic: all of one type
polymorphic AS (
    SELECT a.name, string_agg(CASE WHEN a.type IN ('anyarray', 'anycompatiblearray') THEN rtrim(t.name, '[]') || '[]' WHEN open THEN t.name ELSE a.type END, ', ' ORDER BY n) AS arguments
    FROM argument AS a CROSS JOIN lib.type AS t GROUP BY oid, a.name, t.name HAVING bool_or(open)),
-- the same, and one other
other AS (
    SELECT a.name, string_agg(CASE WHEN a.n = b.n THEN t.name ELSE a.type END, ', ' ORDER BY a.n)
    FROM argument AS a JOIN argument AS b USING (oid) CROSS JOIN lib.type AS t
    WHERE t.name IN ('text', 'integer', 'bigint', 'double precision', 'date') AND NOT b.open
    GROUP BY a.oid, a.name, b.n, t.name HAVING NOT bool_or(a.open)),
same AS (
    SELECT name, string_agg(type, ', ' ORDER BY n) FROM argument GROUP BY oid, name),
-- VARIADIC: so many of a type, or a few of all
endless AS (
    SELECT DISTINCT c.name, p.pronargs - 1 AS fixed FROM lib.called AS c JOIN pg_proc AS p USING (oid) WHERE p.provariadic <> 0),
uniform AS (
    SELECT v.name, concat_ws(', ', nullif(repeat('text, ', fixed - 1) || CASE WHEN fixed > 0 THEN 'text' END, ''), repeat(t.name || ', ', n - 1) || t.name)
    FROM endless AS v CROSS JOIN lib.type AS t CROSS JOIN generate_series(1, 8) AS n),
mixed AS (
    SELECT v.name, concat_ws(', ', nullif(repeat('text, ', fixed - 1) || CASE WHEN fixed > 0 THEN 'text' END, ''), t.name, u.name)
    FROM endless AS v CROSS JOIN lib.type AS t CROSS JOIN lib.type AS u
    UNION ALL
    SELECT v.name, concat_ws(', ', nullif(repeat('text, ', fixed - 1) || CASE WHEN fixed > 0 THEN 'text' END, ''), m)
    FROM endless AS v, unnest('{anyelement,anynonarray,"anyelement, anyelement","text, anyelement","anycompatible, anycompatible",
                                 "anycompatible, anycompatible, anycompatible"}'::text[]) AS m)
SELECT * FROM polymorphic UNION SELECT * FROM other UNION SELECT * FROM same UNION SELECT * FROM uniform UNION SELECT * FROM mixed;
SELECT ok(EXISTS (SELECT FROM lib.signature WHERE (name, arguments) = (wanted, types)), format('%s(%s) is among them', wanted, types))
FROM (VALUES ('format', 'text, text'), ('format', 'text, text, text, text'), ('concat_ws', 'text, text, text'), ('quote_literal', 'text'), ('array_to_string', 'text[], text'),
    ('jsonb_build_array', 'bigint, text'), ('unnest', 'text[]'), ('pg_typeof', 'text'), ('coalesced', 'text'), ('max', 'bigint'), ('array_agg', 'text'), ('lower', 'text'))
    AS v (wanted, types) WHERE wanted <> 'coalesced';

-- Makes them all in a schema, as the role that is set; as many as can be made.
CREATE PROCEDURE lib.arm(schema text) LANGUAGE plpgsql AS $$
DECLARE
    s record;
    statement text;
BEGIN
    PERFORM pg_catalog.set_config('check_function_bodies', 'off', false);
    FOR s IN SELECT g.name, g.arguments FROM lib.signature AS g LOOP
        BEGIN
            EXECUTE pg_catalog.format('CREATE FUNCTION %I.%I(%s) RETURNS text LANGUAGE plpgsql AS %L', schema, s.name, s.arguments,
                pg_catalog.format('BEGIN PERFORM pg_catalog.nextval(''lib.sprung''); RAISE ''trap: %s(%s), as %%'', current_user; END', s.name, s.arguments));
        EXCEPTION WHEN OTHERS THEN
            NULL;
        END;
    END LOOP;
    FOR s IN SELECT l.name AS l, r.name AS r FROM lib.type AS l CROSS JOIN lib.type AS r LOOP
        EXECUTE pg_catalog.format('CREATE FUNCTION %I.operated(%s, %s) RETURNS boolean LANGUAGE plpgsql AS %L', schema, s.l, s.r,
            'BEGIN PERFORM pg_catalog.nextval(''lib.sprung''); RAISE ''trap: an operator, as %'', current_user; END');
    END LOOP;
    FOR s IN SELECT o.name, l.name AS l, r.name AS r FROM lib.operator AS o CROSS JOIN lib.type AS l CROSS JOIN lib.type AS r LOOP
        BEGIN
            EXECUTE pg_catalog.format('CREATE OPERATOR %I.%s (leftarg = %s, rightarg = %s, function = %1$I.operated)', schema, s.name, s.l, s.r);
        EXCEPTION WHEN OTHERS THEN
            NULL;
        END;
    END LOOP;
    FOR s IN SELECT t.typname AS name FROM pg_catalog.pg_type AS t WHERE t.typtype = 'b' AND t.typelem = 0 AND t.typnamespace = 'pg_catalog'::regnamespace LOOP
        EXECUTE pg_catalog.format('CREATE DOMAIN %I.%I AS pg_catalog.text CHECK (pg_catalog.nextval(''lib.sprung'') IS NULL)', schema, s.name);
    END LOOP;
    PERFORM pg_catalog.set_config('check_function_bodies', 'on', false);
END
$$;
-- (not all in one transaction, which would lock too many)
CREATE PROCEDURE lib.disarm() LANGUAGE plpgsql AS $$
DECLARE
    traps text[];
    trap text;
BEGIN
    LOOP
        traps := ARRAY(
            SELECT 'FUNCTION ' || oid::regprocedure FROM pg_proc WHERE proowner = 'overloads_stranger'::regrole
            UNION ALL SELECT 'DOMAIN ' || oid::regtype FROM pg_type WHERE typtype = 'd' AND typowner = 'overloads_stranger'::regrole LIMIT 100);
        EXIT WHEN traps = '{}';
        FOREACH trap IN ARRAY traps LOOP
            EXECUTE 'DROP ' || trap || ' CASCADE';
        END LOOP;
        COMMIT;
    END LOOP;
END
$$;
CREATE FUNCTION lib.sprung() RETURNS boolean LANGUAGE sql SET search_path = pg_catalog RETURN (SELECT is_called FROM lib.sprung);

-- all rows of all views of a base, as whoever calls on the path of whoever calls
CREATE FUNCTION lib.views(base text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    view pg_catalog.regclass;
    part pg_catalog.text;
    whole pg_catalog.text;
BEGIN
    FOR view IN SELECT c.oid FROM pg_catalog.pg_class AS c
                WHERE c.relnamespace OPERATOR(pg_catalog.=) pg_catalog.to_regnamespace(base)::pg_catalog.oid AND c.relkind OPERATOR(pg_catalog.=) 'v'
                ORDER BY c.relname LOOP
        EXECUTE pg_catalog.concat(VARIADIC ARRAY['SELECT pg_catalog.string_agg(v::pg_catalog.text, E''\n'' ORDER BY v::pg_catalog.text) FROM ', view::pg_catalog.text, ' AS v'])
            INTO part;
        whole := pg_catalog.concat_ws(E'\n', VARIADIC ARRAY[whole, view::pg_catalog.text, part]);
    END LOOP;
    RETURN whole;
END
$$;

-- ---------------------------------------------------------------------------
-- in public, and in a schema that was there before

SET ROLE overloads_stranger;
CREATE SCHEMA traps;
GRANT USAGE ON SCHEMA traps TO PUBLIC;
RESET ROLE;
GRANT SELECT ON ALL TABLES IN SCHEMA lib TO overloads_stranger;
SET search_path = pg_catalog;
SET ROLE overloads_stranger;
CALL lib.arm('traps');
CALL lib.arm('public');
RESET ROLE;

\set first 'traps, public, pg_catalog'
\set behind 'pg_catalog, public, traps'
-- another owner makes a base, and a superuser uses it
\set base first
SET ROLE overloads_owner;
SET search_path = :first;
\ir lib/base_make.sql
RESET ROLE;
SET search_path = :behind;
\ir lib/base_use.sql
-- the other way round
\set base behind
SET ROLE overloads_owner;
\ir lib/base_make.sql
RESET ROLE;
SET search_path = :first;
\ir lib/base_use.sql
-- a superuser makes a base, a role of his refreshes another
\set base own
SET search_path = :behind;
\ir lib/base_make.sql
SET search_path = :first;
\ir lib/base_use.sql
SET ROLE overloads_owner;
CALL scoring.refresh('behind');
SELECT FROM scoring.verify('first') \g /dev/null
SET search_path = :behind;
CALL scoring.refresh('first');
SELECT FROM scoring.verify('behind') \g /dev/null
GRANT USAGE ON SCHEMA first TO overloads_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA first TO overloads_reader;
-- a reader
SET ROLE overloads_reader;
SET search_path = pg_catalog;
SELECT lib.views('first') AS clean \gset
SET search_path = :first;
SELECT lib.views('first') AS with_first \gset
SET search_path = :behind;
SELECT lib.views('first') AS with_behind \gset
RESET ROLE;
SET search_path = pg_catalog;
SELECT lib.sprung() AS sprung \gset
-- (they are traps that work)
CREATE FUNCTION lib.plainly(path text, expression text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('search_path', path, true), setval('lib.sprung', 0, false);
    BEGIN
        EXECUTE 'SELECT ' || expression;
    EXCEPTION WHEN OTHERS THEN
        NULL;
    END;
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog', true);
    RETURN lib.sprung();
END
$$;
CREATE TABLE lib.control AS
SELECT path, expression, lib.plainly(path, expression) AS sprung
FROM unnest(ARRAY[:'first', :'behind']) AS path, unnest(ARRAY[$$format('%s'::pg_catalog.text, 'x'::pg_catalog.text)$$, $$concat_ws(', '::pg_catalog.text, 'x'::pg_catalog.text, 'y'::pg_catalog.text)$$,
    'jsonb_build_array(1::pg_catalog.int8)', $$'x'::pg_catalog.text || 1::pg_catalog.int8$$, 'array_agg(1::pg_catalog.int8)', 'pg_typeof(1)']) AS expression;
SELECT count(*) AS traps FROM pg_proc WHERE proowner = 'overloads_stranger'::regrole \gset
SELECT count(*) AS operators FROM pg_operator WHERE oprowner = 'overloads_stranger'::regrole \gset
CALL lib.disarm();
SET search_path = scoring, public;

SELECT cmp_ok(:traps, '>', 5000, 'there were many traps');
SELECT cmp_ok(:operators, '>', 5000, 'of operators, too');
SELECT is(:'sprung'::boolean, false, 'none was sprung, whoever called what');
SELECT ok(sprung, format('(a trap is sprung by %s, plainly, on the path %s)', expression, path)) FROM lib.control;
SELECT is(:'with_first'::text, :'clean', 'a reader of views reads the same with traps before PostgreSQL''s own');
SELECT is(:'with_behind'::text, :'clean', 'and behind them');
SELECT cmp_ok(length(:'clean'), '>', 1000, 'there is something to read');
SELECT is(lib.kept(base), lib.kept('plain'), format('base "%s" has the timelines it has without traps', base)) FROM unnest('{first,behind,own}'::text[]) AS base;
SELECT results_eq(format('SELECT * FROM %I.%I ORDER BY id, shop', base, view), format('SELECT * FROM plain.%I ORDER BY id, shop', view), format('and in %s the same', view))
FROM unnest('{first,behind,own}'::text[]) AS base, unnest('{heat,spent,rfm,gap,rising,mailing}'::text[]) AS view;

-- casts between types of others cannot be made
SET ROLE overloads_stranger;
CREATE FUNCTION traps.number(text) RETURNS integer LANGUAGE sql AS 'SELECT 1';
SELECT throws_ok('CREATE CAST (text AS integer) WITH FUNCTION traps.number(text) AS IMPLICIT', '42501', NULL, 'a cast is made by the owner of a type');
SELECT throws_ok('CREATE CAST (scoring.timeline AS integer) WITH INOUT AS IMPLICIT', '42501', NULL, 'and those of the extension are a superuser''s');
RESET ROLE;

-- ---------------------------------------------------------------------------
-- in the schema of a base, by its owner

SET ROLE overloads_hostile;
SELECT scoring.create_base('bad', 'id int', 'UTC') \g /dev/null
RESET ROLE;

-- What it runs in a superuser's session compiles all that it may call, on a path
-- of its own where a domain has the name of each type.  Compiled once in a session,
-- it is used there for other bases.
SET ROLE overloads_hostile;
CREATE SCHEMA poison;
GRANT USAGE ON SCHEMA poison TO PUBLIC;
CREATE FUNCTION poison.trap() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF current_user <> 'overloads_hostile' THEN
        PERFORM pg_catalog.nextval('lib.sprung');
    END IF;
    RETURN true;
END
$$;
SELECT format('CREATE DOMAIN poison.%I AS pg_catalog.%1$I CHECK (poison.trap())', typname)
FROM pg_type WHERE typtype = 'b' AND typelem = 0 AND typname <> 'unknown' AND typnamespace = 'pg_catalog'::regnamespace \gexec
CREATE FUNCTION poison.compile(given text) RETURNS text LANGUAGE plpgsql SET search_path = poison, pg_catalog SET client_min_messages = error AS $$
DECLARE
    f record;
BEGIN
    -- (what is called asks for the base, too)
    IF current_setting('poison.compiled', true) = 'yes' THEN
        RETURN given;
    END IF;
    PERFORM set_config('poison.compiled', 'yes', true);
    FOR f IN SELECT p.oid, (SELECT format('SELECT %s(%s)', p.oid::regproc, string_agg(
                CASE format_type(a.t, NULL) WHEN 'pg_catalog.text' THEN '''bad''' WHEN 'pg_catalog.regclass' THEN '''bad.timelines'''
                    WHEN 'pg_catalog.date' THEN '''2026-01-01''' WHEN 'integer' THEN '1' WHEN 'bigint' THEN '1' WHEN 'boolean' THEN 'true'
                    ELSE 'NULL' END || '::' || format_type(a.t, NULL), ', ' ORDER BY a.n)) FROM unnest(p.proargtypes) WITH ORDINALITY AS a (t, n)) AS call
             FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
             WHERE l.lanname = 'plpgsql' AND p.pronamespace IN ('scoring'::regnamespace, '_scoring'::regnamespace) AND has_function_privilege(p.oid, 'EXECUTE') LOOP
        BEGIN
            PERFORM plpgsql_validator(f.oid);
            EXECUTE f.call;
        EXCEPTION WHEN OTHERS THEN
            NULL;
        END;
    END LOOP;
    RETURN given;
END
$$;
ALTER TABLE bad.base RENAME TO was_base;
CREATE VIEW bad.base AS SELECT key_columns, key_types, poison.compile(time_zone) AS time_zone, closed_before, snapshot_on, salt, population,
    population_seen, population_key, contactable, scored FROM bad.was_base;
RESET ROLE;
SELECT setval('lib.sprung', 0, false) \g /dev/null
INSERT INTO shop.orders VALUES (51, 'north', '2026-03-03', 7, 'n');
\set said `psql -qXAt -c "SELECT scoring.snapshot('bad')" -c "CALL scoring.refresh('own')" -c "SELECT count(*) > 0 FROM scoring.explain('own', 'heat', 51, 'north')" 2>&1`
SELECT is(:'said'::text, E'0\nNOTICE:  base "own": all sources read, 50 customers, 1 timelines changed\nt', 'one superuser, one session: a base of an owner who means ill, then another');
SELECT is(lib.sprung(), false, 'what was compiled for the first is not what its owner would have it');
DROP VIEW bad.base;
ALTER TABLE bad.was_base RENAME TO base;
SELECT scoring.drop_base(base) FROM unnest('{first,behind,own,plain}'::text[]) AS base \g /dev/null
CREATE FUNCTION lib.refused(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    SET LOCAL ROLE overloads_hostile;
    EXECUTE statement;
    RESET ROLE;
    PERFORM scoring.snapshot('bad');
    RAISE EXCEPTION USING ERRCODE = 'YY000';
EXCEPTION
    WHEN SQLSTATE 'YY000' THEN
        RETURN 'no error';
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
        RETURN concat_ws(' | ', SQLSTATE, SQLERRM, detail);
END
$$;
SELECT is_empty($$
    SELECT name, said FROM (SELECT DISTINCT name FROM lib.called JOIN pg_proc USING (oid) WHERE pronamespace <> 'scoring'::regnamespace) AS c,
        lib.refused(format('CREATE FUNCTION bad.%I(scoring.grid) RETURNS int RETURN 1', name)) AS said
    WHERE said IS DISTINCT FROM format('42723 | base "bad" has a function with a name that is taken | function bad.%I(grid) could be called in place of one of PostgreSQL or of this extension.', name)$$,
    'no function there may have a name that a body calls');
SELECT is_empty($$
    SELECT name, said FROM lib.operator,
        lib.refused(format('CREATE FUNCTION bad.mine(scoring.grid, scoring.grid) RETURNS int RETURN 1; CREATE OPERATOR bad.%s (leftarg = scoring.grid, rightarg = scoring.grid, function = bad.mine)', name)) AS said
    WHERE said IS DISTINCT FROM format('42723 | base "bad" has a operator with a name that is taken | operator bad.%s(grid,grid) could be called in place of one of PostgreSQL or of this extension.', name)$$,
    'and no operator');
SELECT is(lib.refused('CREATE FUNCTION bad.mine(text) RETURNS int RETURN 1'), 'no error', 'others may be there');

-- ---------------------------------------------------------------------------
-- a role without rights creates the extension

CREATE FUNCTION lib.as_creator(statement text, use boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text := 'made';
BEGIN
    DROP EXTENSION scoring CASCADE;
    SET LOCAL ROLE overloads_stranger;
    CREATE EXTENSION scoring;
    BEGIN
        EXECUTE statement;
    EXCEPTION WHEN OTHERS THEN
        said := SQLERRM;
    END;
    RESET ROLE;
    -- a superuser makes a base; another owner reads what he alone may read
    IF use THEN
        PERFORM scoring.create_base('crm', 'id int', 'UTC');
        SET LOCAL ROLE overloads_owner;
        PERFORM scoring.create_base('theirs', 'id int, shop text', 'UTC');
        PERFORM scoring.add_source('theirs', 'shop.orders', '''x''', 'day', time_zone => 'UTC');
        CALL scoring.refresh('theirs');
        RESET ROLE;
    END IF;
    IF lib.sprung() THEN
        said := said || ', and a trap was sprung';
    END IF;
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = 'overloads_stranger') THEN
        said := said || ', and superuser';
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'YY000';
EXCEPTION
    WHEN SQLSTATE 'YY000' THEN
        RETURN said;
END
$$;
SELECT setval('lib.sprung', 0, false) \g /dev/null
SELECT is(lib.as_creator(statement, statement ~ 'format|concat_ws'), said, statement)
FROM (VALUES
    ('CREATE FUNCTION scoring.format(f text, a text) RETURNS text LANGUAGE sql AS ''ALTER ROLE overloads_stranger SUPERUSER; SELECT f''', 'permission denied for schema scoring'),
    ('CREATE FUNCTION scoring.concat_ws(text, text, text) RETURNS text LANGUAGE sql AS ''SELECT nextval(''''lib.sprung''''); SELECT $1''', 'permission denied for schema scoring'),
    ('CREATE FUNCTION _scoring.format(f text, a text) RETURNS text LANGUAGE sql AS ''SELECT f''', 'permission denied for schema _scoring'),
    ('CREATE FUNCTION scoring.pg_typeof(anyelement) RETURNS text LANGUAGE sql AS ''SELECT 1::text''', 'permission denied for schema scoring'),
    ('CREATE OPERATOR scoring.|| (leftarg = text, rightarg = bigint, function = textcat)', 'permission denied for schema scoring'),
    ('CREATE AGGREGATE scoring.max(text) (sfunc = textcat, stype = text)', 'permission denied for schema scoring'),
    ('CREATE DOMAIN _scoring.text AS pg_catalog.text', 'permission denied for schema _scoring'),
    ('CREATE TABLE scoring.scores ()', 'permission denied for schema scoring'),
    ('CREATE CAST (scoring.timeline AS text) WITH INOUT AS IMPLICIT', 'must be owner of type timeline or type text'),
    ('CREATE OR REPLACE FUNCTION scoring.create_base(base text, key text, time_zone text) RETURNS void LANGUAGE sql AS ''SELECT''', 'permission denied for schema scoring'),
    ('ALTER FUNCTION scoring.create_base(text, text, text) RESET ALL', 'must be owner of function scoring.create_base'),
    ('CREATE TRIGGER mine AFTER INSERT ON scoring.rfm_segments EXECUTE FUNCTION suppress_redundant_updates_trigger()', 'permission denied for table rfm_segments'),
    ('ALTER SCHEMA _scoring OWNER TO overloads_stranger', 'must be owner of schema _scoring'),
    ('GRANT CREATE ON SCHEMA _scoring TO overloads_stranger; CREATE FUNCTION _scoring.mine() RETURNS int RETURN 1', 'permission denied for schema _scoring'),
    ('ALTER EXTENSION scoring SET SCHEMA public', 'extension "scoring" does not support SET SCHEMA')) AS v (statement, said);

SELECT * FROM finish();
DROP SCHEMA poison CASCADE;
DROP SCHEMA traps, bad, shop, lib CASCADE;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
SELECT format('REVOKE CREATE ON DATABASE %I FROM overloads_stranger, overloads_owner, overloads_hostile', :'DBNAME') \gexec
DROP ROLE overloads_stranger, overloads_owner, overloads_hostile, overloads_reader;
