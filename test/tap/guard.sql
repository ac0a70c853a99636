-- A schema named scoring that was there before the extension: what lies in it,
-- or who owns it, must not get hold of the rights of the superuser whom the
-- script runs as, nor of the names of those who use the extension later.
SELECT plan(35);

SET client_min_messages = warning;

-- Creates the extension as guard_creator in a database that has none, after
-- what the superuser and guard_hostile have prepared; nothing of it stays.
CREATE FUNCTION pg_temp.attempt(prepare text, hostile text DEFAULT '', creator text DEFAULT 'guard_creator') RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    said jsonb := '{}';
    detail text;
    hint text;
BEGIN
    BEGIN
        DROP EXTENSION scoring CASCADE;
        DROP SCHEMA scoring;
        CREATE ROLE guard_creator;
        CREATE ROLE guard_hostile;
        CREATE ROLE guard_superuser SUPERUSER;
        EXECUTE format('GRANT CREATE ON DATABASE %I TO guard_creator, guard_hostile', current_database());
        EXECUTE prepare;
        SET LOCAL ROLE guard_hostile;
        EXECUTE hostile;
        RESET ROLE;
        EXECUTE format('SET LOCAL ROLE %I', creator);
        BEGIN
            CREATE EXTENSION scoring;
            said := '{"state": "00000"}';
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
            said := jsonb_build_object('state', SQLSTATE, 'message', SQLERRM, 'detail', detail, 'hint', hint);
        END;
        RESET ROLE;
        said := said || jsonb_build_object(
            'owner', (SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'scoring'),
            'open', has_schema_privilege('public', 'scoring', 'USAGE'));
        RAISE EXCEPTION USING ERRCODE = 'YY000';
    EXCEPTION WHEN SQLSTATE 'YY000' THEN
        RETURN said;
    END;
END
$$;

-- ---------------------------------------------------------------------------
-- whose schema it may be
SELECT is(pg_temp.attempt(''), '{"state": "00000", "owner": "guard_creator", "open": true}', 'no schema: it is made');
SELECT is(pg_temp.attempt('CREATE SCHEMA scoring AUTHORIZATION guard_creator'),
    '{"state": "00000", "owner": "guard_creator", "open": true}', 'the creator''s own');
SELECT is(pg_temp.attempt('CREATE SCHEMA scoring AUTHORIZATION guard_superuser'),
    '{"state": "00000", "owner": "guard_superuser", "open": true}', 'a superuser''s');
SELECT is(pg_temp.attempt('GRANT guard_creator TO guard_hostile; CREATE SCHEMA scoring AUTHORIZATION guard_hostile'),
    '{"state": "00000", "owner": "guard_hostile", "open": true}', 'that of someone who can act as the creator');
SELECT is(pg_temp.attempt('', 'CREATE SCHEMA scoring', 'guard_superuser'),
    '{"state": "00000", "owner": "guard_superuser", "open": true}', 'anyone''s, where a superuser creates the extension: who then owns it');
SELECT is(pg_temp.attempt('GRANT guard_hostile TO guard_creator', 'CREATE SCHEMA scoring'),
    '{"state": "00000", "owner": "guard_creator", "open": true}', 'and likewise where the creator can act as the owner');
SELECT is(pg_temp.attempt('', 'CREATE SCHEMA scoring'),
    '{"state": "42501", "owner": "guard_hostile", "open": false,
      "message": "schema \"scoring\" belongs to another role",
      "detail": "It is owned by guard_hostile, who could put anything into it.",
      "hint": "Have it dropped, or given to you: ALTER SCHEMA scoring OWNER TO guard_creator."}',
    'somebody else''s is refused');

-- ---------------------------------------------------------------------------
-- what may be in it: nothing, whoever has put it there
CREATE FUNCTION pg_temp.refused(object text, statement text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
    RETURN NEXT is(pg_temp.attempt('CREATE SCHEMA scoring; ' || statement) - '{owner,open}'::text[], jsonb_build_object(
        'state', '55000', 'message', 'schema "scoring" is not empty', 'detail', format('It holds %s.', object),
        'hint', 'The extension needs a schema of this name to itself. Move or drop what is there, or rename the schema.'),
        format('refused: %s', object));
END
$$;
SELECT pg_temp.refused(object, statement)
FROM (VALUES
    ('table t', 'CREATE TABLE scoring.t ()'),
    ('view t', 'CREATE VIEW scoring.t AS SELECT 1 AS one'),
    ('sequence t', 'CREATE SEQUENCE scoring.t'),
    ('type t', 'CREATE TYPE scoring.t AS (one int)'),
    ('type t', 'CREATE DOMAIN scoring.t AS int'),
    ('type t', 'CREATE TYPE scoring.t AS ENUM ()'),
    ('type t', 'CREATE TYPE scoring.t'),
    ('function t()', 'CREATE FUNCTION scoring.t() RETURNS int RETURN 1'),
    ('function t()', 'CREATE PROCEDURE scoring.t() BEGIN ATOMIC END'),
    ('function t(integer)', 'CREATE AGGREGATE scoring.t(int) (sfunc = int4pl, stype = int4)'),
    ('operator scoring.#(integer,integer)', 'CREATE OPERATOR scoring.# (leftarg = int, rightarg = int, function = int4pl)'),
    ('operator family t for access method btree', 'CREATE OPERATOR FAMILY scoring.t USING btree'),
    ('collation t', 'CREATE COLLATION scoring.t FROM "C"'),
    ('conversion t', 'CREATE CONVERSION scoring.t FOR ''LATIN1'' TO ''UTF8'' FROM iso8859_1_to_utf8'),
    ('text search dictionary t', 'CREATE TEXT SEARCH DICTIONARY scoring.t (template = simple)'),
    ('text search configuration t', 'CREATE TEXT SEARCH CONFIGURATION scoring.t (copy = simple)'),
    ('statistics object t', 'CREATE TABLE pg_temp.t (a int, b int); CREATE STATISTICS scoring.t ON a, b FROM pg_temp.t')
    ) AS v (object, statement);
SELECT is(pg_temp.attempt('', 'CREATE SCHEMA scoring; CREATE TABLE scoring.t ()', 'guard_superuser') ->> 'state', '55000',
    'refused to a superuser too');
SELECT is(pg_temp.attempt('CREATE SCHEMA scoring; CREATE TABLE scoring.a (); CREATE TABLE scoring.b ()') ->> 'detail',
    'It holds table a, table b.', 'all is told');
SELECT is(length(regexp_replace(pg_temp.attempt(format('CREATE SCHEMA scoring; %s',
        (SELECT string_agg(format('CREATE TABLE scoring.t%s ()', n), ';') FROM generate_series(1, 99) AS n))) ->> 'detail', '[^,]', '', 'g')), 9,
    'but for the hundredth');

-- ---------------------------------------------------------------------------
-- The guard itself, with the schema before all others in the path and a trap
-- in it for each kind of name.  A trap makes guard_hostile a superuser; that it
-- was sprung is seen from a sequence, which no rollback turns back.
\set guard `sed -e 1,/quit$/d -e 's/@extschema@/scoring/g' sql/00-guard.sql`
CREATE FUNCTION pg_temp.trap(guard text, trap text, spring text, OUT refused boolean, OUT sprung boolean, OUT works boolean)
LANGUAGE plpgsql AS $$
DECLARE
    creating text;
BEGIN
    BEGIN
        CREATE ROLE guard_hostile;
        GRANT CREATE ON SCHEMA scoring TO guard_hostile;
        CREATE SCHEMA lair AUTHORIZATION guard_hostile;
        SET LOCAL ROLE guard_hostile;
        CREATE SEQUENCE lair.sprung MINVALUE 0;
        CREATE FUNCTION lair.seize() RETURNS boolean LANGUAGE plpgsql AS $lair$
            BEGIN PERFORM nextval('lair.sprung'); ALTER ROLE guard_hostile SUPERUSER; RETURN true; END $lair$;
        EXECUTE trap;
        RESET ROLE;
        SET LOCAL search_path = scoring, pg_catalog;
        BEGIN
            EXECUTE guard;
        EXCEPTION WHEN SQLSTATE '55000' THEN
            refused := true;
        END;
        sprung := (SELECT is_called FROM lair.sprung);
        BEGIN
            EXECUTE spring;
        EXCEPTION WHEN raise_exception THEN
            NULL;
        END;
        works := (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) 'guard_hostile'::pg_catalog.name);
        RAISE EXCEPTION USING ERRCODE = 'YY000';
    EXCEPTION WHEN SQLSTATE 'YY000' THEN
        RETURN;
    END;
END
$$;
SELECT is((refused, sprung, works)::text, '(t,f,t)', format('a trap that works, and is not sprung: %s', trap))
FROM (VALUES
    ('function format(text, text)',
     'CREATE FUNCTION scoring.format(text, text) RETURNS text LANGUAGE sql AS $f$ SELECT lair.seize()::text $f$',
     $$SELECT format('%s', 'a'::text)$$),
    ('function pg_describe_object',
     'CREATE FUNCTION scoring.pg_describe_object(oid, oid, int) RETURNS text LANGUAGE sql AS $f$ SELECT lair.seize()::text $f$',
     $$SELECT pg_describe_object(1255::oid, 1::oid, 0)$$),
    ('operator = (oid, oid)',
     'CREATE FUNCTION lair.same(oid, oid) RETURNS boolean LANGUAGE sql AS $f$ SELECT lair.seize() $f$;
      CREATE OPERATOR scoring.= (leftarg = oid, rightarg = oid, function = lair.same)',
     $$SELECT '1'::oid = '1'::oid$$),
    ('operator = (name, unknown)',
     'CREATE FUNCTION lair.same(name, name) RETURNS boolean LANGUAGE sql AS $f$ SELECT lair.seize() $f$;
      CREATE OPERATOR scoring.= (leftarg = name, rightarg = name, function = lair.same)',
     $$SELECT 'a'::name = 'b'$$),
    ('type oid', 'CREATE DOMAIN scoring.oid AS pg_catalog.oid CHECK (lair.seize())', $$SELECT '1'::oid$$),
    ('type text', 'CREATE DOMAIN scoring.text AS pg_catalog.text CHECK (lair.seize())', $$SELECT 'a'::text$$),
    ('view pg_depend', 'CREATE VIEW scoring.pg_depend AS SELECT lair.seize()', 'SELECT FROM pg_depend')
    ) AS v (trap, statement, spring), pg_temp.trap(:'guard', statement, spring);

-- and a table, which waits for a row
SELECT is((refused, sprung, works)::text, '(t,f,t)', 'a trap that works, and is not sprung: table pg_extension')
FROM pg_temp.trap(:'guard',
    'CREATE TABLE scoring.pg_extension (extname name, seized boolean DEFAULT lair.seize())',
    $$INSERT INTO pg_extension VALUES ('scoring')$$);

SELECT * FROM finish();
