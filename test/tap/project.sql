-- The project agrees with itself: one version everywhere, and a catalogue in
-- which everything says what it is and nothing has more rights than it needs.
SELECT plan(19);

-- ---------------------------------------------------------------------------
-- one version
\set control `sed -n "s/^default_version = '\(.*\)'/\1/p" scoring.control`
\set meta `cat META.json`
\set changelog `sed -n 's/^## \([0-9][^ ]*\).*/\1/p' CHANGELOG.md | head -n 1`

SELECT matches(:'control'::text, '^\d+\.\d+\.\d+$', 'scoring.control has a version');
SELECT is((SELECT extversion FROM pg_extension WHERE extname = 'scoring'), :'control'::text,
          'the extension is installed in that version');
SELECT is(:'meta'::jsonb ->> 'version', :'control'::text, 'META.json: of the distribution');
SELECT is(:'meta'::jsonb #>> '{provides,scoring,version}', :'control'::text, 'META.json: of the extension');
SELECT is(:'changelog'::text, :'control'::text, 'the newest entry of CHANGELOG.md');

-- ---------------------------------------------------------------------------
-- the control file
\set file `cat scoring.control`
SELECT ok(:'file' ~ '\nschema = pg_catalog\n' AND :'file' ~ '\nrelocatable = false\n' AND :'file' ~ '\ntrusted = true(\n|$)',
          'scoring.control: its schemas are the script''s, and do not move; a database''s owner may create it');
SELECT results_eq(
    $$SELECT nspname COLLATE "C", extrelocatable
      FROM pg_extension e JOIN pg_namespace n ON n.oid = extnamespace
      WHERE extname = 'scoring'$$,
    $$VALUES ('pg_catalog'::name COLLATE "C", false)$$,
    'and so it was created');

-- Not left at that word: someone who only may create things in the database
-- creates it, and a third one, with no rights at all, scores.
BEGIN;
SET LOCAL client_min_messages = warning;
DROP EXTENSION scoring CASCADE;
CREATE ROLE project_owner;
CREATE ROLE project_reader;
SELECT format('GRANT CREATE ON DATABASE %I TO project_owner', current_database()) \gexec
SET ROLE project_owner;
CREATE EXTENSION scoring;
SET ROLE project_reader;
SELECT scoring.score(scoring.timeline_of('purchase', '2026-06-01'), '{"purchase": {"each": 5}}', '2026-06-30') AS points \gset
SELECT extowner::regrole AS owner FROM pg_extension WHERE extname = 'scoring' \gset
ROLLBACK;
SELECT is(:'owner'::text || ' ' || :'points', 'project_owner 5', 'it is trusted, and open to everyone');

-- ---------------------------------------------------------------------------
-- the catalogue
CREATE TEMPORARY VIEW member AS
SELECT classid, objid, pg_describe_object(classid, objid, 0) AS what
FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
  AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'scoring')
  -- from 17 on, array types and the row types of tables are members too
  AND NOT EXISTS (SELECT FROM pg_type AS t LEFT JOIN pg_class AS c ON c.oid = t.typrelid
                  WHERE t.oid = objid AND classid = 'pg_type'::regclass
                    AND (c.relkind <> 'c' OR t.oid = (SELECT e.typarray FROM pg_type AS e WHERE e.oid = t.typelem)));

CREATE TEMPORARY VIEW function AS
SELECT what, p.*, l.lanname
FROM member
JOIN pg_proc p ON p.oid = objid AND classid = 'pg_proc'::regclass
JOIN pg_language l ON l.oid = prolang;

SELECT isnt_empty('SELECT what FROM function', 'the extension has functions');
SELECT results_eq(
    $$SELECT nspname COLLATE "C" FROM member JOIN pg_namespace AS n ON n.oid = objid AND classid = 'pg_namespace'::regclass ORDER BY 1$$,
    $$VALUES ('_scoring'::name COLLATE "C"), ('scoring')$$,
    'both schemas belong to it');

SELECT is_empty(
    $$SELECT what FROM member
      WHERE classid <> 'pg_opfamily'::regclass
        AND coalesce(obj_description(objid, classid::regclass::name), '') = ''
      ORDER BY what$$,
    'every object has a comment');

SELECT is_empty(
    $$SELECT what, obj_description(oid, 'pg_proc') FROM function
      WHERE obj_description(oid, 'pg_proc') ~ '^\s|\s$|  |\n'
      ORDER BY what$$,
    'a comment is one line without stray blanks');

SELECT is_empty(
    $$SELECT what, nspname
      FROM function JOIN pg_namespace n ON n.oid = pronamespace
      WHERE nspname NOT IN ('scoring', '_scoring')
      UNION ALL
      SELECT what, nspname
      FROM member JOIN pg_type t ON t.oid = objid AND classid = 'pg_type'::regclass
      JOIN pg_namespace n ON n.oid = typnamespace
      WHERE nspname NOT IN ('scoring', '_scoring')
      UNION ALL
      SELECT what, nspname
      FROM member JOIN pg_operator o ON o.oid = objid AND classid = 'pg_operator'::regclass
      JOIN pg_namespace n ON n.oid = oprnamespace
      WHERE nspname NOT IN ('scoring', '_scoring')
      UNION ALL
      SELECT what, nspname
      FROM member JOIN pg_opclass o ON o.oid = objid AND classid = 'pg_opclass'::regclass
      JOIN pg_namespace n ON n.oid = opcnamespace
      WHERE nspname NOT IN ('scoring', '_scoring')
      UNION ALL
      SELECT what, nspname
      FROM member JOIN pg_class c ON c.oid = objid AND classid = 'pg_class'::regclass
      JOIN pg_namespace n ON n.oid = relnamespace
      WHERE nspname NOT IN ('scoring', '_scoring')$$,
    'nothing lies outside its schemas');

-- The managed base reads and writes tables, and its bodies are plpgsql.
CREATE TEMPORARY VIEW pure AS
SELECT * FROM function
WHERE prorettype <> 'trigger'::regtype AND lanname <> 'plpgsql'
  AND coalesce(proargnames[1], '') NOT IN ('base', 'of_base', 'relation') AND proname NOT IN ('run', 'rows_of');

SELECT is_empty(
    $$SELECT what FROM pure WHERE proparallel <> 's' ORDER BY what$$,
    'every function is parallel safe');

SELECT is_empty(
    $$SELECT what FROM pure WHERE provolatile = 'v' ORDER BY what$$,
    'no function is volatile');

-- stable: what follows the client's encoding, or reads the catalogue
SELECT is_empty(
    $$SELECT what FROM pure
      WHERE provolatile = 's' AND what !~ '_(send|recv)\(' AND proname <> 'key_operator'
      ORDER BY what$$,
    'no function is stable that could be immutable');

SELECT is_empty(
    $$SELECT what FROM function WHERE prosecdef OR proleakproof ORDER BY what$$,
    'no function runs with the rights of another, none claims to be leakproof');

-- An aggregate that cannot be cut turns off parallel plans for its whole query.
SELECT is_empty(
    $$SELECT what
      FROM function JOIN pg_aggregate a ON a.aggfnoid = function.oid
      WHERE aggcombinefn = 0
         OR aggtranstype = 'internal'::regtype AND (aggserialfn = 0 OR aggdeserialfn = 0)
      ORDER BY what$$,
    'every aggregate can be worked out in parallel');

-- Without a size, a state of type internal is taken for 8 kB a group.
SELECT is_empty(
    $$SELECT what
      FROM function JOIN pg_aggregate a ON a.aggfnoid = function.oid
      WHERE aggtransspace = 0 AND aggtranstype = 'internal'::regtype
      ORDER BY what$$,
    'every aggregate says how large its state is');

SELECT * FROM finish();
