-- complain if the script is sourced in psql rather than run by CREATE EXTENSION
\echo Use "CREATE EXTENSION scoring" to load this file. \quit

-- Two schemas: scoring has what people use, _scoring all that this stands on.
--
-- This script runs as a superuser, whoever creates the extension, and what it
-- makes runs for everybody.  So both schemas are made here: they are a superuser's,
-- nobody else could have put anything there, and nobody can later.  One that is
-- there already is not taken over, whoever it belongs to.

DO $$
DECLARE
    name pg_catalog.text;
BEGIN
    FOREACH name IN ARRAY ARRAY['scoring', '_scoring'] LOOP
        IF pg_catalog.to_regnamespace(name) IS NOT NULL THEN
            RAISE EXCEPTION 'schema "%" already exists', name
                USING ERRCODE = 'duplicate_schema',
                      DETAIL = 'The extension makes it, so that nothing in it can be anybody else''s.',
                      HINT = pg_catalog.format('Rename it, or drop it if it is not needed: ALTER SCHEMA %I RENAME TO ...', name);
        END IF;
    END LOOP;
END
$$;

CREATE SCHEMA scoring;
COMMENT ON SCHEMA scoring IS 'customer scores: types, functions and procedures to use';
CREATE SCHEMA _scoring;
COMMENT ON SCHEMA _scoring IS 'what schema scoring stands on; not for direct use';

-- (SET LOCAL: until the script ends)
SET LOCAL search_path = pg_catalog, scoring, _scoring, pg_temp;
