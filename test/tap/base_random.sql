-- Two bases beside random work on their sources: after each refresh, every
-- timeline is byte for byte what plain SQL makes of the sources as they are.
--
-- SCORING_SEED repeats a script, SCORING_OPERATIONS says how long it is.
\set QUIET on
\ir lib/oracle.sql
\ir lib/random.sql
\ir lib/base_world.sql
\ir lib/base_oracle.sql
\ir lib/base_operations.sql

\getenv operations SCORING_OPERATIONS
\if :{?operations}
\else
    \set operations 18500
\endif
CREATE TABLE shop.script AS
SELECT replace(statement, ':at', n::text) AS statement, n FROM shop.script(:operations) WITH ORDINALITY AS s (statement, n);
CREATE TABLE shop.beside AS
SELECT shop.write() AS statement, n FROM generate_series(1, :operations / 10) AS n;

SELECT plan(5);
SELECT shop.add_sources() \g /dev/null
SELECT shop.add_echo('kept', 'open', 'click', '2 hours', '0', 'message') \g /dev/null
SELECT shop.add_echo('kept', 'visit', 'click', '0', '30 minutes') \g /dev/null

SET client_min_messages = error;
\o /dev/null
SELECT statement FROM shop.script ORDER BY n \gexec
\o
SELECT is(last_value, 0::bigint, 'no difference after any refresh') FROM shop.differences;
SELECT cmp_ok(last_value, '>=', (SELECT count(*) FROM shop.script WHERE statement LIKE 'SELECT shop.compare%'), 'each was compared')
FROM shop.comparisons;

-- a second session writes while this one refreshes
UPDATE shop.tickets SET priority = '3' WHERE priority = 'urgent';
CALL scoring.refresh('kept');
CALL scoring.refresh('the "Other"');
SELECT public.dblink_connect('beside', shop.connection()) \g /dev/null
SELECT format('CALL shop.refresh_beside(%s, %s)', i * :operations / 50 + 1, (i + 1) * :operations / 50),
       'SELECT shop.compare(''kept'', true, 0)', 'SELECT shop.compare(''the "Other"'', true, 0)'
FROM generate_series(0, 4) AS i \gexec
SELECT public.dblink_disconnect('beside') \g /dev/null
SELECT is(last_value, 0::bigint, 'nor after those beside a session that writes') FROM shop.differences;

SELECT is(scoring.rebuild('kept'), 0::bigint, 'built afresh, nothing changes');
SELECT is(scoring.rebuild('the "Other"'), 0::bigint, 'in both bases');
SELECT format('# %s statements, %s comparisons', (SELECT count(*) FROM shop.script WHERE statement !~ '^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|CALL|SELECT shop.compare)')
              + (SELECT count(*) FROM shop.beside), last_value)
FROM shop.comparisons;

SELECT scoring.drop_base('kept'), scoring.drop_base('the "Other"') \g /dev/null
DROP SCHEMA shop CASCADE;
DROP EXTENSION postgres_fdw CASCADE;
DROP EXTENSION dblink;
SELECT * FROM finish();
