-- The names of segments are the user's: who may edit them, and that pg_dump
-- keeps what was edited, for an owner who is no superuser.
\set QUIET on
SET client_min_messages = warning;
DROP DATABASE IF EXISTS rfm_edited;
DROP DATABASE IF EXISTS rfm_restored;
DROP ROLE IF EXISTS rfm_owner;
DROP ROLE IF EXISTS rfm_reader;
CREATE ROLE rfm_owner LOGIN;
CREATE ROLE rfm_reader;
CREATE DATABASE rfm_edited OWNER rfm_owner;
CREATE DATABASE rfm_restored OWNER rfm_owner;
\set tap :DBNAME
\c rfm_edited
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION pgtap;
SET ROLE rfm_owner;
CREATE EXTENSION scoring;
RESET ROLE;
SET search_path = scoring, public;

SELECT plan(16);

SELECT is(count(*), 125::bigint, 'as many segments as cells') FROM rfm_segments;
SELECT is_empty($$
    SELECT r, f, m FROM generate_series(1, 5) AS r, generate_series(1, 5) AS f, generate_series(1, 5) AS m
    EXCEPT ALL SELECT r, f, m FROM rfm_segments
$$, 'one for each');
SELECT is_empty('SELECT * FROM rfm_segments WHERE cell <> 100 * r + 10 * f + m OR segment <> usual', 'called as usual');
SELECT is(array_agg(DISTINCT segment COLLATE "C" ORDER BY segment COLLATE "C"), '{About to sleep,At risk,Cannot lose them,Champions,Hibernating,Lost,Loyal,Need attention,New,Potential loyalist,Promising}',
          'eleven names') FROM rfm_segments;
-- who is better in one respect and worse in none is not in a segment below
SELECT is_empty($$
    SELECT a.cell, a.segment, b.cell, b.segment FROM rfm_segments AS a JOIN rfm_segments AS b
        ON b.r >= a.r AND b.f >= a.f AND b.m >= a.m
    WHERE a.segment = 'Champions' AND b.segment <> 'Champions' OR b.segment = 'Lost' AND a.segment <> 'Lost'
$$, 'nobody is above the champions, nobody below the lost');

SET ROLE rfm_owner;
SELECT lives_ok($$UPDATE rfm_segments SET segment = 'VIP' WHERE r = 5 AND f = 5$$, 'the owner may edit');
SELECT lives_ok($$INSERT INTO rfm_segments (r, f, m, segment, usual) VALUES (1, 1, 1, 'Gone; "for good"', 'Lost')$$, 'by an INSERT, too');
SELECT throws_ok('DELETE FROM rfm_segments', '42501', NULL, 'and may not delete');
SET ROLE rfm_reader;
SELECT is(count(*), 6::bigint, 'everybody may read') FROM rfm_segments WHERE segment <> usual;
SELECT throws_ok($$UPDATE rfm_segments SET segment = ''$$, '42501', NULL, 'and not edit');
RESET ROLE;
SELECT throws_ok('DELETE FROM rfm_segments WHERE cell = 111', '23001', 'every RFM cell has a segment', 'nobody deletes one');
SELECT throws_ok('TRUNCATE rfm_segments', '23001', 'every RFM cell has a segment', 'nor all');

CREATE TEMP TABLE edited AS SELECT * FROM rfm_segments;
DROP EXTENSION pgtap;
\set complaints `pg_dump -U rfm_owner rfm_edited | psql -qX -U rfm_owner -v ON_ERROR_STOP=1 -d rfm_restored -o /dev/null 2>&1`
CREATE EXTENSION pgtap;
SELECT is(:'complaints'::text, '', 'a dump can be restored');
\set restored `psql -qXAt -d rfm_restored -c 'SELECT json_agg(s) FROM scoring.rfm_segments AS s'`
SELECT set_eq('SELECT * FROM edited', format('SELECT * FROM json_populate_recordset(NULL::rfm_segments, %L)', :'restored'),
              'and what was edited is edited there');

-- replication applies rows with ordinary triggers off
SET session_replication_role = replica;
SELECT lives_ok($$ INSERT INTO scoring.rfm_segments (r, f, m, segment, usual) VALUES (5, 5, 5, 'from afar', 'x') $$,
                'a replicated row edits its cell');
SELECT throws_ok($$ DELETE FROM scoring.rfm_segments $$, '23001', NULL, 'and none is deleted there');
RESET session_replication_role;

SELECT * FROM finish();
\c :tap
SET client_min_messages = warning;
DROP DATABASE rfm_edited;
DROP DATABASE rfm_restored;
DROP ROLE rfm_owner;
DROP ROLE rfm_reader;
