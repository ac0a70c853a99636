-- The same results and texts under every setting that changes how PostgreSQL
-- reads or writes dates, intervals, numbers and texts, and in a database of
-- another encoding
\set QUIET on
\pset format unaligned
\pset tuples_only on

-- first a database that is not in UTF-8: pgTAP counts by session
\set home :DBNAME
SELECT 'scoring_latin1_' || pg_backend_pid() AS latin1 \gset
CREATE DATABASE :"latin1" ENCODING LATIN1 TEMPLATE template0 LOCALE 'C';
\connect :"latin1"
SET client_encoding = 'UTF8';
SET client_min_messages = warning;
CREATE EXTENSION scoring;
\ir lib/report.sql
SELECT oracle.report() AS latin1_report, scoring.tier_label(1, 6) AS latin1_label,
       pg_catalog.current_setting('server_encoding') AS encoding \gset
-- a letter that the encoding does not have
DO $$
BEGIN
    PERFORM '{"\u20ac": {"each": 1}}'::scoring.grid;
    PERFORM set_config('test.euro', 'taken', false);
EXCEPTION WHEN OTHERS THEN
    PERFORM set_config('test.euro', SQLSTATE, false);
END
$$;
SELECT pg_catalog.current_setting('test.euro') AS euro \gset
\connect :"home"
DROP DATABASE :"latin1";

SET client_encoding = 'UTF8';
\ir lib/oracle.sql
\ir lib/report.sql

CREATE TABLE oracle.setting AS
SELECT n, name, value
FROM (SELECT 1, 'datestyle', v FROM unnest(ARRAY ['ISO, MDY', 'ISO, DMY', 'ISO, YMD', 'SQL, MDY', 'SQL, DMY',
          'Postgres, MDY', 'Postgres, DMY', 'German, DMY']) AS v
      UNION ALL SELECT 2, 'intervalstyle', v FROM unnest(ARRAY ['postgres', 'postgres_verbose', 'sql_standard', 'iso_8601']) AS v
      UNION ALL SELECT 3, 'timezone', v FROM unnest(ARRAY ['UTC', 'Europe/Paris', 'America/New_York', 'Pacific/Kiritimati',
          'Pacific/Pago_Pago', 'Asia/Kolkata', '<+13:30>-13:30']) AS v
      UNION ALL SELECT 4, 'extra_float_digits', v::text FROM generate_series(-15, 3, 3) AS v
      UNION ALL SELECT 5, category, v
          FROM unnest(ARRAY ['lc_numeric', 'lc_monetary', 'lc_time']) AS category,
               (SELECT 'C' UNION SELECT collcollate FROM pg_collation
                WHERE collprovider = 'c' AND collencoding IN (-1, 6) AND collcollate <> '') AS l (v)
      UNION ALL SELECT 6, 'bytea_output', v FROM unnest(ARRAY ['hex', 'escape']) AS v
      UNION ALL SELECT 7, 'search_path', v FROM unnest(ARRAY ['', 'pg_catalog, public', 'pg_temp, oracle, scoring']) AS v
      UNION ALL SELECT 8, v, 'on' FROM unnest(ARRAY ['quote_all_identifiers', 'transform_null_equals']) AS v
     ) AS s (n, name, value);

SELECT plan(count(*)::int + 5) FROM oracle.setting;

CREATE TABLE oracle.reference AS SELECT oracle.report();

SELECT matches(report, 'again true.*grid .*again true.*crosses .*tier', 'there is a report')
FROM oracle.reference;

-- each on top of the ones before it: the strangest session comes last
CREATE FUNCTION oracle.under(name text, value text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    report text;
BEGIN
    PERFORM pg_catalog.set_config(name, value, false);
    EXECUTE 'SELECT oracle.report()' INTO report;       -- planned under this setting
    RETURN report;
END
$$;
CREATE TABLE oracle.reported AS
SELECT n, name, value, oracle.under(name, value) AS got
FROM (SELECT * FROM oracle.setting ORDER BY n, value) AS s;
RESET ALL;
SET search_path = scoring, public;
SET client_encoding = 'UTF8';

-- lines that one report has and the other has not
CREATE FUNCTION oracle.difference(got text, wanted text) RETURNS text
LANGUAGE sql AS $$
    SELECT string_agg(line, E'\n')
    FROM (SELECT '- ' || w FROM string_to_table(wanted, E'\n') AS w WHERE w NOT IN (SELECT string_to_table(got, E'\n'))
          UNION ALL
          SELECT '+ ' || g FROM string_to_table(got, E'\n') AS g WHERE g NOT IN (SELECT string_to_table(wanted, E'\n'))) AS d (line)
$$;
SELECT is(oracle.difference(got, report), NULL, format('%s = %L', name, value))
FROM oracle.reported, oracle.reference ORDER BY n, value;

SELECT is(:'encoding'::text, 'LATIN1', 'there was a database in Latin 1');
SELECT is(oracle.difference(:'latin1_report', report), NULL, 'which says the same') FROM oracle.reference;
SELECT is(:'euro'::text, '22P05', 'a letter that it does not have is an error');
SELECT ok(tier_label(1, 6) <> :'latin1_label' AND :'latin1_label' ~ '^[a-z ]+$',
          'its labels are words where UTF-8 has pictures');

SELECT * FROM finish();
