-- the grid over random grids: one text, one binary form, in whatever order and
-- spelling it was written, under every setting; hostile text; bounds
\set QUIET on
\ir lib/oracle.sql
\ir lib/random.sql
SET client_min_messages = warning;

SELECT plan(29);

CREATE TEMP TABLE sample AS
SELECT id, g AS json, g::grid AS grid
FROM (SELECT id, oracle.random_grid() AS g FROM generate_series(1, 2000) AS id OFFSET 0) AS r;

-- round trips
SELECT is_empty($$SELECT grid FROM sample WHERE grid::text::grid <> grid OR grid::text::grid::text <> grid::text$$,
    'text round trip');
SELECT is_empty($$SELECT grid FROM sample WHERE grid::jsonb::grid <> grid OR grid::json::grid <> grid$$,
    'json and jsonb round trip');
SELECT is_empty($$
    SELECT id, (SELECT grid(touchpoint, rule) FROM rules(grid)) FROM sample
    WHERE (SELECT grid(touchpoint, rule) FROM rules(grid)) IS DISTINCT FROM grid
$$, 'rules() and back');
SELECT is_empty($$SELECT grid FROM sample WHERE _scoring.grid_send(grid) <> '\x01' || convert_to(grid::text, 'UTF8')$$,
    'binary form: a version and the text');

\getenv home SERVER_HOME
\if :{?home}
    \set file :home '/grid.copy'
    CREATE TEMP TABLE copied (id int, grid grid);
    COPY (SELECT id, grid FROM sample) TO :'file' (FORMAT binary);
    COPY copied FROM :'file' (FORMAT binary);
    SELECT is_empty($$SELECT grid FROM sample FULL JOIN copied USING (id, grid) WHERE sample.id IS NULL OR copied.id IS NULL$$,
        'COPY BINARY round trip');
    -- binary forms that are none, one after the other
    CREATE FUNCTION pg_temp.receive(body bytea) RETURNS text
    LANGUAGE plpgsql AS $$
    DECLARE
        file text := current_setting('scoring_test.home') || '/grid.hostile';
        message bytea := bytea '\x5047434f50590aff0d0a000000000000000000'     -- COPY's header
            || bytea '\x0001' || int4send(length(body)) || body || '\xffff';
        lo oid := lo_from_bytea(0, message);
    BEGIN
        PERFORM lo_export(lo, file);
        PERFORM lo_unlink(lo);
        EXECUTE format('COPY copied (grid) FROM %L (FORMAT binary)', file);
        RETURN 'accepted';
    EXCEPTION WHEN others THEN
        RETURN sqlstate || ' ' || sqlerrm;
    END
    $$;
    SELECT set_config('scoring_test.home', :'home', false) \g /dev/null
    SELECT is(pg_temp.receive(body), expected, 'received: ' || body::text)
    FROM (VALUES
        ('\x017b7d'::bytea, 'accepted'),
        ('\x007b7d', '22P03 invalid binary form of type grid'),
        ('\x027b7d', '22P03 invalid binary form of type grid'),
        ('\x', '08P01 insufficient data left in message'),
        ('\x01', '22P02 invalid input syntax for type grid: not valid JSON'),
        ('\x017b7d00', '22021 invalid byte sequence for encoding "UTF8": 0x00'),
        ('\x017b22ff223a7b2265616368223a317d7d', '22021 invalid byte sequence for encoding "UTF8": 0xff')
    ) AS v (body, expected);
\else
    SELECT skip('SERVER_HOME is not set', 8);
\endif

-- One grid, however it is written: keys, rules and "unless" in any order, with
-- any spacing, numbers in other spellings.
CREATE FUNCTION pg_temp.rewritten(j jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    blank text := oracle.pick(ARRAY ['', ' ', E'\n\t']);
    inner_text text;
BEGIN
    CASE jsonb_typeof(j)
        WHEN 'object' THEN
            SELECT string_agg(to_json(key)::text || blank || ':' || blank || pg_temp.rewritten(value), blank || ',' ORDER BY random())
            INTO inner_text FROM jsonb_each(j);
            RETURN '{' || coalesce(inner_text, '') || blank || '}';
        WHEN 'array' THEN
            SELECT string_agg(pg_temp.rewritten(value), ',' || blank ORDER BY random())
            INTO inner_text FROM jsonb_array_elements(j);
            RETURN '[' || blank || inner_text || ']';
        WHEN 'number' THEN
            RETURN CASE WHEN j::text LIKE '%.%' THEN j::text || '000' ELSE j::text || oracle.pick(ARRAY ['', '.0', 'e0', 'E+00', '.0e0']) END;
        ELSE
            RETURN j;
    END CASE;
END
$$;
SELECT is_empty($$
    SELECT json, text FROM (SELECT json, grid, pg_temp.rewritten(json) AS text FROM sample) AS s
    WHERE text::grid <> grid OR text::grid::text <> grid::text
$$, 'the same grid in another order and spelling');

-- Equality and order are those of the texts, and hashing follows.
SELECT is_empty($$
    SELECT a.grid, b.grid
    FROM sample AS a JOIN sample AS b ON b.id = a.id + 1
    WHERE (a.grid = b.grid) <> (a.grid::text = b.grid::text)
       OR (a.grid < b.grid) <> (a.grid::text COLLATE "C" < b.grid::text)
       OR _scoring.grid_cmp(a.grid, b.grid) <> -_scoring.grid_cmp(b.grid, a.grid)
       OR (a.grid = b.grid AND _scoring.grid_hash(a.grid) <> _scoring.grid_hash(b.grid))
$$, 'the order of grids is that of their texts');
SELECT is((SELECT count(DISTINCT grid) FROM sample), (SELECT count(DISTINCT grid::text) FROM sample), 'DISTINCT');

-- settings
CREATE FUNCTION pg_temp.fingerprint() RETURNS text
LANGUAGE sql AS $$
    SELECT md5(string_agg(concat_ws('|', grid::text::grid, (SELECT string_agg(d::text, ';') FROM describe(grid) AS d),
                                    (SELECT string_agg(r::text, ';') FROM rules(grid) AS r), bounds(grid)::text), ',' ORDER BY id))
    FROM sample WHERE id <= 100
$$;
CREATE TEMP TABLE setting AS
SELECT d, i, z, n, NULL::text AS fingerprint
FROM unnest(ARRAY ['ISO, MDY', 'German', 'SQL, DMY', 'Postgres, DMY']) AS d,
     unnest(ARRAY ['postgres', 'postgres_verbose', 'sql_standard', 'iso_8601']) AS i,
     unnest(ARRAY ['UTC', 'Pacific/Apia']) AS z,
     unnest(ARRAY ['C', (SELECT collname FROM pg_collation WHERE collname LIKE 'de_DE.utf8%' LIMIT 1)]) AS n
WHERE n IS NOT NULL;
DO $$
DECLARE
    s record;
BEGIN
    FOR s IN SELECT ctid, * FROM setting LOOP
        PERFORM set_config('DateStyle', s.d, true), set_config('IntervalStyle', s.i, true),
            set_config('TimeZone', s.z, true), set_config('lc_numeric', s.n, true), set_config('lc_messages', s.n, true);
        UPDATE setting SET fingerprint = pg_temp.fingerprint() WHERE ctid = s.ctid;
    END LOOP;
END
$$;
SELECT is(count(DISTINCT fingerprint), 1::bigint, 'the same under ' || count(*) || ' combinations of settings') FROM setting;

-- aggregates: serial, parallel, in parts, in any order
CREATE TABLE oracle.rules AS
SELECT 'x' || i % 300 AS touchpoint, oracle.random_rule() - 'unless' AS rule FROM generate_series(1, 20000) AS i;
CREATE TABLE oracle.sheet AS
SELECT 'x' || i % 300 AS touchpoint, i * interval '1 day' AS within, i % 1000 / 100.0::float8 AS points FROM generate_series(1, 20000) AS i;
INSERT INTO oracle.sheet SELECT 'x' || i % 300, NULL, i FROM generate_series(1, 300) AS i;
ALTER TABLE oracle.rules SET (parallel_workers = 2);
ALTER TABLE oracle.sheet SET (parallel_workers = 2);
ANALYZE oracle.rules, oracle.sheet;
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE built AS
SELECT (SELECT grid(touchpoint, rule) FROM oracle.rules) AS of_rules,
       (SELECT grid(touchpoint, within, points) FROM oracle.sheet) AS of_bands;
SELECT is((SELECT count(*) FROM built, rules(of_rules)), 20000::bigint, 'a grid of 20,000 rules');
SELECT is((SELECT count(*) FROM built, describe(of_bands)), 20300::bigint, 'a grid of 20,300 bands');
SELECT ok((SELECT grid(touchpoint, rule ORDER BY md5(rule::text)) FROM oracle.rules) = of_rules
      AND (SELECT grid(touchpoint, within, points ORDER BY md5(within::text)) FROM oracle.sheet) = of_bands,
    'rows in another order') FROM built;
SELECT ok((SELECT _scoring.grid_of_rules(array_cat((SELECT array_agg(c) FROM unnest(ARRAY ['a', '{"each": 1}']) AS c),
                                          _scoring.grid_collect_rule(NULL, 'a', '{"each": 2}')))) = '{"a": [{"each": 1}, {"each": 2}]}',
    'states are plain arrays, merged by array_cat()');
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS SETOF text
LANGUAGE plpgsql AS $$BEGIN RETURN QUERY EXECUTE 'EXPLAIN ' || query; END$$;
SELECT ok((SELECT string_agg(p, '') FROM pg_temp.plan_of('SELECT grid(touchpoint, rule) FROM oracle.rules') AS p) LIKE '%Partial Aggregate%'
      AND (SELECT string_agg(p, '') FROM pg_temp.plan_of('SELECT grid(touchpoint, within, points) FROM oracle.sheet') AS p) LIKE '%Partial Aggregate%',
    'the planner can build grids in parallel');
SELECT ok((SELECT grid(touchpoint, rule) FROM oracle.rules) = of_rules
      AND (SELECT grid(touchpoint, within, points) FROM oracle.sheet) = of_bands, 'parallel') FROM built;
DROP TABLE oracle.rules, oracle.sheet;

-- size
SELECT performs_within($$
    SELECT length((SELECT '{"a": [' || string_agg('{"each": ' || i || ', "unless": ["b' || i % 100 || '"]}', ',') || ']}'
                   FROM generate_series(1, 10000) AS i)::grid::text)
$$, 500, 500, 1, '10,000 rules of one touchpoint, in and out, within a second');
SELECT performs_within($$
    SELECT length((SELECT '{' || string_agg('"' || i || '": {"latest": {"26 days": 3, "1 month": 2, "38 days": 1}}', ',') || '}'
                   FROM generate_series(1, 10000) AS i)::grid::text)
$$, 2500, 2500, 1, '10,000 touchpoints whose bands are near each other');
SELECT is((SELECT length(touchpoint) FROM rules(('{"' || repeat('\u00e9\n', 5000) || '": {"each": 1}}')::grid)),
    10000, 'a name of 10,000 characters');

-- Mutated text is an error of ours, or a grid that round-trips.
CREATE FUNCTION pg_temp.mutated(original text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    mutant text := original;
    pieces CONSTANT text[] := ARRAY ['{', '}', '[', ']', '"', ',', ':', '\', '\u0000', '\ud800', '1e9', '-', '0', '9', '.', 'e',
        ' ', 'days', 'months', '"each"', '"latest"', '"value"', '"unless"', 'null', 'true', 'é', '😀', E'\x01', E'\n', '1e400',
        '{"each": 1}', '"half_life": "1 day"', '99999999999'];
BEGIN
    FOR i IN 1 .. oracle.pick(1, 3) LOOP
        mutant := overlay(mutant PLACING oracle.pick(pieces || ''::text) FROM oracle.pick(1, length(mutant) + 1) FOR oracle.pick(ARRAY [0, 0, 1, 1, 5, 40]));
    END LOOP;
    RETURN mutant;
END
$$;
CREATE FUNCTION pg_temp.outcome(mutant text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    g grid := NULL;
BEGIN
    g := mutant;
    RETURN CASE WHEN g::text::grid = g AND g::text::grid::text = g::text AND g::jsonb::grid = g THEN 'a grid' ELSE 'no round trip: ' || mutant END;
EXCEPTION WHEN invalid_text_representation THEN
    RETURN CASE WHEN sqlerrm LIKE 'invalid input syntax for type grid: %' THEN 'an error' ELSE sqlerrm || ' from ' || mutant END;
END
$$;
CREATE TEMP TABLE mutants AS
SELECT pg_temp.outcome(pg_temp.mutated(grid::text)) AS outcome, count(*)
FROM sample, generate_series(1, 10) GROUP BY 1;
SELECT results_eq($$SELECT outcome FROM mutants ORDER BY 1$$, $$VALUES ('a grid'), ('an error')$$,
    (SELECT string_agg(count || ' times ' || outcome, ', ') FROM mutants));

-- Bounds: no score lies outside.
CREATE TEMP TABLE scored AS
SELECT grid, as_of, score(t, grid, as_of) AS score
FROM (SELECT grid, oracle.random_as_of() AS as_of FROM sample, generate_series(1, 3) OFFSET 0) AS s
CROSS JOIN LATERAL (
    SELECT timeline(touchpoint, day, value) AS t
    FROM (SELECT oracle.random_touchpoint() AS touchpoint, oracle.random_day(as_of) AS day, oracle.random_value() AS value
          FROM generate_series(1, oracle.pick(1, 30)) WHERE as_of IS NOT NULL OFFSET 0) AS e) AS l;
SELECT is_empty($$
    SELECT grid, score, lowest, highest FROM scored, bounds(grid) WHERE score < lowest OR score > highest
$$, 'no score lies outside the bounds');
SELECT ok(count(*) FILTER (WHERE score = lowest AND score <> 0) > 0 AND count(*) FILTER (WHERE score = highest AND score <> 0) > 0,
    'some reach them') FROM scored, bounds(grid);
-- and a rule on its own reaches them
SELECT is_empty($$
    SELECT rule, score(t, grid, '2026-03-31'), lowest, highest
    FROM (SELECT rule, ('{"x": ' || rule::text || '}')::grid AS grid
          FROM (SELECT oracle.random_rule() - 'unless' AS rule FROM generate_series(1, 300) OFFSET 0) AS r
          WHERE rule ? 'each' AND rule ? 'per_day') AS g,
    LATERAL bounds(grid),
    LATERAL (SELECT timeline('x', date '2026-03-31' - age) AS t
             FROM generate_series(0, 6300) AS age, generate_series(1, (rule ->> 'per_day')::int)) AS t
    WHERE rule ->> 'within' IS NULL AND rule ->> 'half_life' ~ 'day|hour'
      AND score(t, grid, '2026-03-31') NOT IN (lowest, highest)
$$, 'a day of interactions every day reaches the bound of "each"');

SELECT * FROM finish();
