-- The two schemas of the extension: made by its script, a superuser's, and open
-- to nobody who could put anything there.
SELECT plan(22);

SET client_min_messages = warning;

-- Creates the extension as schemas_creator in a database that has none, after
-- what the superuser and schemas_hostile have prepared; nothing of it stays.
CREATE FUNCTION pg_temp.attempt(prepare text, hostile text DEFAULT '', creator text DEFAULT 'schemas_creator', afterwards text DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    said jsonb := '{}';
    answer text;
    detail text;
    hint text;
BEGIN
    BEGIN
        DROP EXTENSION scoring CASCADE;
        CREATE ROLE schemas_creator;
        CREATE ROLE schemas_hostile;
        CREATE ROLE schemas_superuser SUPERUSER;
        EXECUTE format('GRANT CREATE ON DATABASE %I TO schemas_creator, schemas_hostile', current_database());
        EXECUTE prepare;
        SET LOCAL ROLE schemas_hostile;
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
        IF afterwards IS NOT NULL THEN
            EXECUTE afterwards INTO answer;
            said := said || jsonb_build_object('answer', answer);
        END IF;
        RAISE EXCEPTION USING ERRCODE = 'YY000';
    EXCEPTION WHEN SQLSTATE 'YY000' THEN
        RETURN said;
    END;
END
$$;

-- ---------------------------------------------------------------------------
-- one that was there before is not taken over
SELECT is(pg_temp.attempt(prepare, hostile, creator), jsonb_build_object('state', '42P06',
        'message', format('schema "%s" already exists', schema),
        'detail', 'The extension makes it, so that nothing in it can be anybody else''s.',
        'hint', format('Rename it, or drop it if it is not needed: ALTER SCHEMA %s RENAME TO ...', schema)), what)
FROM (VALUES
    ('scoring', '', 'CREATE SCHEMA scoring', 'schemas_creator', 'somebody else''s is refused'),
    ('_scoring', '', 'CREATE SCHEMA _scoring', 'schemas_creator', 'and so is one for what is not for direct use'),
    ('scoring', '', 'CREATE SCHEMA scoring', 'schemas_superuser', 'to a superuser, too'),
    ('scoring', 'CREATE SCHEMA scoring AUTHORIZATION schemas_creator', '', 'schemas_creator', 'the creator''s own'),
    ('_scoring', 'CREATE SCHEMA _scoring', '', 'schemas_superuser', 'a superuser''s')) AS v (schema, prepare, hostile, creator, what);

-- ---------------------------------------------------------------------------
-- whose they are, and what others may do there, whoever creates the extension
CREATE FUNCTION pg_temp.look() RETURNS text LANGUAGE sql RETURN $$
    SELECT string_agg(format('%s of %s %s', nspname, CASE WHEN r.rolsuper THEN 'a superuser' ELSE r.rolname END,
                             (SELECT string_agg(format('%s:%s', CASE a.grantee WHEN 0 THEN 'everybody' ELSE a.grantee::regrole::text END, a.privilege_type), ' ' ORDER BY 1)
                              FROM aclexplode(nspacl) AS a WHERE a.grantee <> nspowner)), ', ' ORDER BY nspname)
    FROM pg_namespace JOIN pg_roles AS r ON r.oid = nspowner WHERE nspname IN ('scoring', '_scoring')$$;
SELECT is(pg_temp.attempt(prepare, '', creator, pg_temp.look()) ->> 'answer',
    '_scoring of a superuser everybody:USAGE, scoring of a superuser everybody:USAGE', what)
FROM (VALUES
    ('', 'schemas_creator', 'a superuser''s where somebody without rights creates it'),
    ('', 'schemas_superuser', 'and where a superuser does'),
    (format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT ALL ON SCHEMAS TO schemas_hostile', 
            (SELECT rolname FROM pg_roles WHERE oid = 10)), 'schemas_creator', 'default privileges give nothing there'),
    ('ALTER DEFAULT PRIVILEGES FOR ROLE schemas_superuser GRANT ALL ON SCHEMAS TO schemas_hostile, PUBLIC', 'schemas_superuser', 'nor those of a superuser who creates it'))
    AS v (prepare, creator, what);

-- what default privileges would give on functions, types and tables, or take
SELECT is(pg_temp.attempt(format($$
        ALTER DEFAULT PRIVILEGES FOR ROLE %1$I GRANT ALL ON FUNCTIONS TO schemas_hostile WITH GRANT OPTION;
        ALTER DEFAULT PRIVILEGES FOR ROLE %1$I REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
        ALTER DEFAULT PRIVILEGES FOR ROLE %1$I GRANT ALL ON TYPES TO schemas_hostile WITH GRANT OPTION;
        ALTER DEFAULT PRIVILEGES FOR ROLE %1$I REVOKE USAGE ON TYPES FROM PUBLIC;
        ALTER DEFAULT PRIVILEGES FOR ROLE %1$I GRANT ALL ON TABLES TO schemas_hostile WITH GRANT OPTION$$,
        (SELECT rolname FROM pg_roles WHERE oid = 10)), '', 'schemas_creator', query) ->> 'answer', wanted, what)
FROM (VALUES
    ($$SELECT count(*) FROM pg_proc AS p, aclexplode(proacl) AS a
       WHERE pronamespace IN ('scoring'::regnamespace, '_scoring'::regnamespace) AND a.grantee = 'schemas_hostile'::regrole$$, '0', 'nothing on functions'),
    ($$SELECT count(*) FROM pg_proc AS p WHERE pronamespace = 'scoring'::regnamespace AND NOT has_function_privilege('schemas_hostile', oid, 'EXECUTE')$$,
     '0', 'whose public ones are for everybody all the same'),
    ($$SELECT count(*) FROM pg_type AS t, aclexplode(typacl) AS a
       WHERE typnamespace IN ('scoring'::regnamespace, '_scoring'::regnamespace) AND a.grantee = 'schemas_hostile'::regrole$$, '0', 'nothing on types'),
    ($$SELECT bool_and(has_type_privilege('schemas_hostile', t::text, 'USAGE')) FROM unnest(ARRAY['scoring.timeline', 'scoring.grid', 'scoring.rfm']::regtype[]) AS t$$,
     'true', 'which are for everybody'),
    ($$SELECT has_table_privilege('schemas_hostile', 'scoring.rfm_segments', 'INSERT, UPDATE, DELETE')$$, 'false', 'nothing on tables'),
    ($$SELECT has_table_privilege('schemas_creator', 'scoring.rfm_segments', 'INSERT')$$, 'true', 'whose creator may edit them')) AS v (query, wanted, what);

-- ---------------------------------------------------------------------------
-- nothing acts as an owner when somebody else could put something there
CREATE FUNCTION pg_temp.acts(prepare text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
    detail text;
BEGIN
    BEGIN
        CREATE ROLE schemas_hostile;
        PERFORM scoring.create_base('schemas_base', 'id int', 'UTC');
        EXECUTE prepare;
        BEGIN
            PERFORM scoring.snapshot('schemas_base');
            said := 'acts';
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
            said := concat_ws(' ', SQLSTATE, SQLERRM, detail);
        END;
        RAISE EXCEPTION USING ERRCODE = 'YY000';
    EXCEPTION WHEN SQLSTATE 'YY000' THEN
        RETURN said;
    END;
END
$$;
SELECT is(pg_temp.acts(prepare), said, coalesce(nullif(prepare, ''), 'as the script left them'))
FROM (VALUES
    ('', 'acts'),
    ('GRANT CREATE ON SCHEMA scoring TO schemas_hostile',
     '55000 schema "scoring" is not safe to act as the owner of a base in Role "schemas_hostile" may create things in it.'),
    ('GRANT CREATE ON SCHEMA _scoring TO PUBLIC',
     '55000 schema "_scoring" is not safe to act as the owner of a base in Everybody may create things in it.'),
    ('ALTER SCHEMA _scoring OWNER TO schemas_hostile',
     '55000 schema "_scoring" is not safe to act as the owner of a base in It is owned by role "schemas_hostile", who is no superuser.'),
    ('ALTER EXTENSION scoring DROP SCHEMA scoring',
     '55000 schema "scoring" is not safe to act as the owner of a base in It does not belong to the extension.')) AS v (prepare, said);

-- the schemas go with the extension, and come back
SELECT is(pg_temp.attempt('CREATE EXTENSION scoring; DROP EXTENSION scoring', '', 'schemas_creator',
                          $$SELECT count(*) FROM pg_namespace WHERE nspname IN ('scoring', '_scoring')$$) ->> 'answer', '2', 'dropped and created again');
SELECT is(pg_temp.attempt('CREATE EXTENSION scoring', 'DO $$ BEGIN PERFORM scoring.score(NULL, NULL, NULL); END $$', 'schemas_creator') ->> 'state', '42710',
    'it is not created twice');

SELECT * FROM finish();
