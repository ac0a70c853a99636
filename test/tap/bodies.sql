-- The three kinds of body, and what each may say.  (a) Pure: SQL bound when it is
-- made, or plpgsql with its own path.  (b) Of a base: runs below the one C function
-- behind the door, on the path that this sets.  (c) What users wrote: run by run()
-- and rows_of() alone, on a path that has no helper.
SELECT no_plan();
SET client_min_messages = warning;
SET search_path = public, pg_catalog;

CREATE TEMPORARY VIEW function AS
SELECT p.oid, p.oid::regprocedure AS what, n.nspname AS schema, p.proname AS name, l.lanname AS language, p.prosrc AS source,
       p.provolatile AS volatility, p.proconfig AS config, p.prosqlbody IS NOT NULL AS bound, p.prokind AS kind, p.proacl AS acl,
       coalesce(p.proargnames && '{base,of_base}', false) AS of_base, p.prosrc ~ '_scoring\.check_entered\(' AS body, p.pronargs AS n
FROM pg_depend AS d JOIN pg_proc AS p ON p.oid = d.objid JOIN pg_namespace AS n ON n.oid = p.pronamespace JOIN pg_language AS l ON l.oid = p.prolang
WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'scoring');

-- the text of a body without comments
CREATE FUNCTION pg_temp.code(source text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN regexp_replace(source, '--[^\n]*', '', 'g');

SELECT cmp_ok((SELECT count(*) FROM function WHERE language = 'plpgsql'), '>', 100::bigint, 'there are bodies to look at');

-- ---------------------------------------------------------------------------
-- what a path may be
SELECT is_empty($$SELECT what FROM function WHERE language = 'sql' AND (NOT bound OR config IS NOT NULL)$$,
    '(a) SQL: bound to what it names when it is made');
SELECT is_empty($$SELECT what, config FROM function WHERE language = 'plpgsql' AND NOT of_base
                  AND config IS DISTINCT FROM ARRAY['search_path=pg_catalog, _scoring, pg_temp']$$,
    '(a) plpgsql: a path of its own, on which nobody can put anything');
SELECT is_empty($$SELECT what, config FROM function WHERE language = 'plpgsql' AND of_base AND name <> 'create_base'
                  AND (schema <> '_scoring' OR volatility = 'i' OR array_to_string(config, ' ') ~ 'search_path')$$,
    '(b) plpgsql: in _scoring, on the path of the face, and never immutable');
SELECT is((SELECT string_agg(DISTINCT name || ' ' || array_to_string(config, ' '), '; ') FROM function WHERE language = 'c' AND config IS NOT NULL),
    'rows_of search_path=pg_catalog, scoring, pg_temp; run search_path=pg_catalog, scoring, pg_temp',
    '(c) is two functions in C');
SELECT is_empty($$SELECT what, language FROM function WHERE language NOT IN ('c', 'internal', 'sql', 'plpgsql')$$, 'there is no other kind');

-- ---------------------------------------------------------------------------
-- the door: a face in scoring for each body in _scoring, and the other way round
CREATE TEMPORARY VIEW face AS SELECT * FROM function WHERE schema = 'scoring' AND of_base AND name <> 'create_base';
SELECT is_empty($$SELECT what FROM face WHERE language <> 'c' OR source NOT IN ('scoring_face', 'scoring_refresh')$$, 'faces are C');
SELECT is_empty($$SELECT f.what FROM face AS f WHERE f.source = 'scoring_face'
                  AND NOT EXISTS (SELECT FROM function AS b WHERE b.schema = '_scoring' AND b.name = f.name AND b.n = f.n AND b.body)$$, 'each has a body');
SELECT is_empty($$SELECT b.what FROM function AS b WHERE b.body AND b.name <> 'refresh_step'
                  AND NOT EXISTS (SELECT FROM face AS f WHERE f.name = b.name AND f.n = b.n)$$, 'each body has a face');
SELECT is_empty($$SELECT what FROM function WHERE body AND source !~ 'BEGIN\n    PERFORM _scoring\.check_entered\(base\);\n'$$,
    'a body first asks whether a face entered');
SELECT is_empty($$SELECT what FROM function WHERE body AND substring(source FROM '^(.*?)BEGIN\n') ~ ':=[^;]*\('$$,
    'and calls nothing before it knows');
SELECT is_empty($$SELECT what FROM function WHERE body AND source ~ '\nEXCEPTION WHEN [^\n]*OTHERS'$$,
    'nor when it is told that none did');
SELECT is_empty($$SELECT what FROM function WHERE body AND has_function_privilege('pg_monitor', oid, 'EXECUTE')$$, 'nobody may call a body');
SELECT is_empty($$SELECT what FROM function WHERE NOT body AND NOT has_function_privilege('pg_monitor', oid, 'EXECUTE')$$, 'everybody all else');
SELECT is_empty($$SELECT f.what, b.name FROM function AS f, function AS b WHERE b.body AND b.oid <> f.oid AND f.language IN ('sql', 'plpgsql')
                  AND pg_temp.code(f.source) ~ ('(^|[^\w.])(_scoring\.)?' || b.name || '\([^%)]')$$,
    'no body calls another');
SELECT is_empty($$SELECT name FROM function WHERE schema = 'scoring' AND name ~ '_(in|out|recv|send|step|final|combine)$'$$,
    'scoring has nothing that is not for people');

-- ---------------------------------------------------------------------------
-- What a body calls without a schema is PostgreSQL's or a helper; so is what it
-- says within a text that becomes a query.  (Words that take a list in
-- parentheses, and names of CTEs, are no calls.)
CREATE TEMPORARY TABLE word (name text PRIMARY KEY);
INSERT INTO word SELECT unnest('{and,or,not,in,any,all,as,on,using,values,over,filter,by,from,select,where,when,then,else,case,exists,array,row,
    rows,key,primary,unique,check,references,with,materialized,lateral,join,returning,returns,set,include,numeric,of,group,sets,grouping,conflict,into,
    coalesce,nullif,greatest,least,extract,position,overlay,trim,substring,cast,table,insert,format,tablesample,system,union,limit,offset,
    except,interval,between,is,if,elsif,return,execute,perform,raise,loop,while,end,generated,default,like,ilike,order,partition,window,distinct,text,json,true,explain}'::text[])
    ON CONFLICT DO NOTHING;
CREATE TEMPORARY TABLE call AS
SELECT DISTINCT f.what, c[1] AS before, c[2] AS name
FROM function AS f CROSS JOIN LATERAL regexp_matches(pg_temp.code(f.source), '(.?)\y([a-z_][a-z_0-9]*)\(', 'g') AS c
WHERE f.language = 'plpgsql';
SELECT cmp_ok((SELECT count(*) FROM call), '>', 500::bigint, 'there are calls to look at');
SELECT is_empty($$
    SELECT c.what, c.name FROM call AS c
    WHERE c.before NOT IN ('.', '%', '$', '"') AND c.name NOT IN (SELECT w.name FROM word AS w)
      AND NOT EXISTS (SELECT FROM pg_proc AS p WHERE p.proname = c.name AND p.pronamespace IN ('pg_catalog'::regnamespace, '_scoring'::regnamespace))
      -- a function of the door, named to the reader of a hint
      AND NOT EXISTS (SELECT FROM pg_proc AS p WHERE p.proname = c.name AND p.pronamespace = 'scoring'::regnamespace AND p.proargnames[1] = 'base')
      -- one of scoring, in words to the reader of a hint or a comment
      AND (c.what::text ~ '\.(add_score|make_score_function|create_campaign_tables|make_plan)\(' AND c.name IN ('count_of', 'rfm', 'draw')) IS NOT TRUE
      -- a CTE or an alias with its columns
      AND NOT EXISTS (SELECT FROM pg_proc AS p WHERE p.oid = c.what AND p.prosrc ~ ('(WITH|,|AS|\)|RECURSIVE|INTO [^ ]*\.?)\s*' || c.name || ' ?\('))$$,
    'every call is of pg_catalog, of _scoring, or has its schema');

-- ---------------------------------------------------------------------------
-- PostgreSQL keeps a function of plpgsql as it was first compiled in a session, with
-- the types of its variables looked up on the path of that moment.  Anybody whose
-- code a session runs could have chosen that path: by a call where the function has
-- no path of its own, by plpgsql_validator() even where it has one.  A domain of his
-- by the name of a type would run his CHECK in every later call, whoever calls.  So
-- no body names a type that another path finds elsewhere.
CREATE SCHEMA traps;
CREATE FUNCTION pg_temp.compile(function oid) RETURNS text LANGUAGE plpgsql SET search_path = traps, pg_catalog, scoring, _scoring AS $$
BEGIN
    PERFORM pg_catalog.plpgsql_validator(function);
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END
$$;
-- (types that nothing can be compiled with)
SELECT format('CREATE TYPE traps.%I', t.typname) FROM pg_type AS t
WHERE t.typelem = 0 AND t.typname !~ '^pg_toast' AND t.typnamespace IN ('pg_catalog'::regnamespace, 'scoring'::regnamespace, '_scoring'::regnamespace)
UNION SELECT 'CREATE TYPE traps.name' \gexec
SELECT is_empty($$SELECT f.what, pg_temp.compile(f.oid) FROM function AS f WHERE f.language = 'plpgsql' AND pg_temp.compile(f.oid) IS NOT NULL$$,
    'variables of bodies have the same types on every path');
SET check_function_bodies = off;
CREATE FUNCTION pg_temp.unsafe() RETURNS void LANGUAGE plpgsql AS 'DECLARE a text; BEGIN END';
RESET check_function_bodies;
SELECT is(pg_temp.compile('pg_temp.unsafe()'::regprocedure), 'type "text" is only a shell', '(where they have not, it is seen)');
DROP SCHEMA traps CASCADE;

SELECT * FROM finish();
