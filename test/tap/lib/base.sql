-- What the tests of the managed base share.  They refresh by CALL, so they
-- commit: each drops what it made.
\set QUIET on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
-- a date that is put into a timestamptz is midnight there
SET TimeZone = 'Europe/Paris';
SET DateStyle = 'ISO';
-- for \set said `refresh crm`: the same in a session of its own, with all that it says
\setenv PGDATABASE :DBNAME
\setenv PGOPTIONS '-c search_path=scoring,public'

CREATE SCHEMA lib;

-- every timeline of a base, a line each
CREATE FUNCTION lib.kept(base text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    lines text;
BEGIN
    EXECUTE format('SELECT coalesce(string_agg(E''\n'' || concat_ws('','', %s) || '' '' || timeline, '''' ORDER BY %1$s), '''') FROM %I.timelines',
                   array_to_string(scoring.key_columns(base), ', '), base) INTO lines;
    RETURN lines;
END
$$;

-- what the last refresh did: customers read, timelines changed, failures
CREATE FUNCTION lib.did(base text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    words text;
BEGIN
    EXECUTE format('SELECT format(''%%s read, %%s changed, %%s failed'', done, changed, failed) FROM %I.progress', base) INTO words;
    RETURN words;
END
$$;
