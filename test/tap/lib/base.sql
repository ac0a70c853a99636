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

-- the value of an expression under the path on which the bodies of a base run
CREATE FUNCTION lib.inside(base text, expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    path text := current_setting('search_path');
    value text;
BEGIN
    PERFORM set_config('search_path', format('pg_catalog, _scoring, %I, pg_temp', base), true);
    EXECUTE 'SELECT (' || expression || ')::text' INTO value;
    PERFORM set_config('search_path', path, true);
    RETURN value;
END
$$;

-- every timeline of a base, a line each
CREATE FUNCTION lib.kept(base text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    lines text;
BEGIN
    EXECUTE format('SELECT coalesce(string_agg(E''\n'' || concat_ws('','', %s) || '' '' || timeline, '''' ORDER BY %1$s), '''') FROM %I.timelines',
                   lib.inside(base, format('key_list(%L)', base)), base) INTO lines;
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
