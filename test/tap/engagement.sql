-- engagement() is score(timeline()) to the last digit, whatever plan runs it;
-- and timelines are the same bytes
\set QUIET on
\set grids 200
\set each 10
\ir lib/random_scores.sql

SELECT plan(34);

SELECT oracle.none($$
    SELECT subject, e.engagement, x.score
    FROM (SELECT subject, engagement(grid, touchpoint, occurred_on, value, as_of)
          FROM oracle.play GROUP BY subject) AS e
    JOIN oracle.score AS x USING (subject)
    WHERE engagement IS DISTINCT FROM x.score::double precision
$$, 'engagement is the oracle''s');

SELECT oracle.none($$
    SELECT subject FROM oracle.play GROUP BY subject
    HAVING engagement(grid, touchpoint, occurred_on, value, as_of) IS DISTINCT FROM
           score(timeline(touchpoint, occurred_on, value), min(grid::text)::grid, min(as_of))
$$, 'engagement = score(timeline), with values');

SELECT oracle.none($$
    SELECT subject FROM oracle.play GROUP BY subject
    HAVING engagement(grid, touchpoint, occurred_on, as_of) IS DISTINCT FROM
           score(timeline(touchpoint, occurred_on), min(grid::text)::grid, min(as_of))
$$, 'engagement = score(timeline), without values');

-- The same query by many plans
CREATE FUNCTION oracle.same(source text, plan text, name text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
    query text := format('SELECT subject,
            float8send(engagement(grid, touchpoint, occurred_on, value, as_of)) AS engagement,
            _scoring.timeline_send(timeline(touchpoint, occurred_on, value)) AS timeline
        FROM %s GROUP BY subject', source);
BEGIN
    IF plan IS NOT NULL THEN
        RETURN NEXT matches(oracle.plan_of(query), plan, name || ' is what runs');
    END IF;
    EXECUTE 'CREATE TABLE oracle.other AS ' || query;
    RETURN NEXT oracle.none('(SELECT * FROM oracle.serial EXCEPT SELECT * FROM oracle.other)
                          UNION ALL (SELECT * FROM oracle.other EXCEPT SELECT * FROM oracle.serial)',
                         name || ': the same scores, the same bytes');
    DROP TABLE oracle.other;
END
$$;

SET max_parallel_workers_per_gather = 0;
CREATE TABLE oracle.serial AS
SELECT subject, float8send(engagement(grid, touchpoint, occurred_on, value, as_of)) AS engagement,
       _scoring.timeline_send(timeline(touchpoint, occurred_on, value)) AS timeline
FROM oracle.play GROUP BY subject;

SET enable_hashagg = off;
SELECT * FROM oracle.same('oracle.play', 'GroupAggregate', 'sorted');
RESET enable_hashagg;

SET enable_sort = off;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT * FROM oracle.same('oracle.play', 'HashAggregate.*Disk Usage', 'spilled');
RESET enable_sort;
RESET work_mem;
RESET hash_mem_multiplier;

SELECT * FROM oracle.same('(SELECT * FROM oracle.play ORDER BY occurred_on DESC, value) AS s', NULL, 'newest first');
SELECT * FROM oracle.same('(SELECT * FROM oracle.play ORDER BY value NULLS FIRST, touchpoint) AS s', NULL, 'by value');
SELECT * FROM oracle.same('(SELECT * FROM oracle.play ORDER BY random()) AS s', NULL, 'shuffled');

SET max_parallel_workers_per_gather = 3;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT * FROM oracle.same('oracle.play', 'Finalize .*Workers Launched: [1-9].*Partial ', 'parallel');

SET parallel_leader_participation = off;
SET enable_hashagg = off;
SELECT * FROM oracle.same('oracle.play', 'Finalize GroupAggregate.*Workers Launched: [1-9].*Partial GroupAggregate',
                          'parallel and sorted');
RESET enable_hashagg;
RESET parallel_leader_participation;

SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT * FROM oracle.same('oracle.play', 'Finalize .*Workers Launched: [1-9].*Partial ', 'parallel and spilled');
RESET work_mem;
RESET hash_mem_multiplier;
SET max_parallel_workers_per_gather = 0;

SET enable_partitionwise_aggregate = on;
CREATE TABLE oracle.by_subject (LIKE oracle.play INCLUDING STORAGE) PARTITION BY HASH (subject);
CREATE TABLE oracle.by_subject_0 PARTITION OF oracle.by_subject FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE oracle.by_subject_1 PARTITION OF oracle.by_subject FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE oracle.by_subject_2 PARTITION OF oracle.by_subject FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO oracle.by_subject SELECT * FROM oracle.play;
ANALYZE oracle.by_subject;
SELECT * FROM oracle.same('oracle.by_subject', 'Append.*Aggregate.*Aggregate.*Aggregate', 'partitionwise');

-- a customer's events are in several partitions: partial states meet
CREATE TABLE oracle.by_day (LIKE oracle.play INCLUDING STORAGE) PARTITION BY RANGE (occurred_on);
CREATE TABLE oracle.by_day_1 PARTITION OF oracle.by_day FOR VALUES FROM (MINVALUE) TO ('2025-06-01');
CREATE TABLE oracle.by_day_2 PARTITION OF oracle.by_day FOR VALUES FROM ('2025-06-01') TO ('2026-06-01');
CREATE TABLE oracle.by_day_3 PARTITION OF oracle.by_day DEFAULT;
INSERT INTO oracle.by_day SELECT * FROM oracle.play;
ANALYZE oracle.by_day;
SELECT * FROM oracle.same('oracle.by_day', 'Finalize .*Append.*Partial ', 'partial partitionwise');
RESET enable_partitionwise_aggregate;

-- as window functions
SELECT oracle.none($$
    SELECT subject FROM (
        SELECT subject, float8send(engagement(grid, touchpoint, occurred_on, value, as_of) OVER s) AS engagement,
               _scoring.timeline_send(timeline(touchpoint, occurred_on, value) OVER s) AS timeline
        FROM oracle.play WHERE subject % 4 = 0 WINDOW s AS (PARTITION BY subject)) AS w
    JOIN oracle.serial AS x USING (subject)
    WHERE (w.engagement, w.timeline) IS DISTINCT FROM (x.engagement, x.timeline)
$$, 'over a window');

SELECT oracle.none($$
    SELECT * FROM (
        SELECT subject, engagement(grid, touchpoint, occurred_on, value, as_of) OVER s AS engagement,
               score(timeline(touchpoint, occurred_on, value) OVER s, grid, as_of) AS score
        FROM oracle.play WHERE subject % 4 = 0
        WINDOW s AS (PARTITION BY subject ORDER BY occurred_on, touchpoint, value)) AS w
    WHERE engagement IS DISTINCT FROM score
$$, 'over a window that grows: the final function leaves the state alone');

SELECT oracle.none($$
    SELECT * FROM (
        SELECT subject, engagement(grid, touchpoint, occurred_on, value, as_of) OVER s AS engagement,
               score(timeline(touchpoint, occurred_on, value) OVER s, grid, as_of) AS score
        FROM oracle.play WHERE subject % 4 = 0
        WINDOW s AS (PARTITION BY subject ORDER BY occurred_on, touchpoint, value
                     ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING)) AS w
    WHERE engagement IS DISTINCT FROM score
$$, 'over a window that moves');

SELECT oracle.none($$
    SELECT subject FROM oracle.play WHERE subject % 4 = 0 GROUP BY subject
    HAVING engagement(grid, touchpoint, occurred_on, value, as_of ORDER BY value, occurred_on) IS DISTINCT FROM
           engagement(grid, touchpoint, occurred_on, value, as_of ORDER BY touchpoint DESC, occurred_on DESC)
$$, 'with an ORDER BY of its own');

-- which grid, which day
SELECT results_eq($$
    SELECT who, engagement(g, 'a', '2026-03-01', day)
    FROM (VALUES (1, '{"a": {"each": 1}}'::grid, date '2026-03-31'),
                 (2, '{"a": {"each": 2, "half_life": "30 days"}}', '2026-03-31'),
                 (3, '{"a": {"each": 2, "half_life": "30 days"}}', '2026-04-30'),
                 (4, '{"a": {"each": 2, "half_life": "30 days"}}', '2026-02-28')) AS s (who, g, day)
    GROUP BY who ORDER BY who
$$, $$ VALUES (1, 1::double precision), (2, 1), (3, 0.5), (4, 0) $$,
    'groups may have grids and days of their own');

SELECT throws_ok($$
    SELECT engagement(g, 'a', '2026-03-01', '2026-03-31')
    FROM unnest(ARRAY ['{"a": {"each": 1}}', '{"a": {"each": 2}}']::grid[]) AS g
$$, '22023', NULL, 'two grids in a group are an error');

SELECT throws_ok($$
    SELECT engagement('{"a": {"each": 1}}', 'a', '2026-03-01', day)
    FROM unnest(ARRAY ['2026-03-31', '2026-04-01']::date[]) AS day
$$, '22023', NULL, 'two days in a group are an error');

SELECT throws_ok($$
    SELECT engagement('{"a": {"each": 1}}', t, '2026-03-01', day)
    FROM (VALUES ('a', date '2026-03-31'), ('b', '2026-04-01')) AS s (t, day)
$$, '22023', NULL, 'also where the grid does not care for the touchpoint');

SELECT is(engagement('{"a": {"each": 1}}', t, day, '2026-03-31'), NULL, 'nothing but NULLs: no timeline, no score')
FROM (VALUES (NULL, date '2026-03-31'), ('a', NULL)) AS s (t, day);

SELECT is(engagement('{"a": {"each": 1}}', 'b', '2026-03-01', '2026-03-31'), 0::double precision,
          'interactions that score nothing: 0');

-- partial states that do not belong together: each partition has one grid and
-- one day, and only their combination has two
SET enable_partitionwise_aggregate = on;
CREATE TABLE oracle.mixed (part int, grid grid, as_of date) PARTITION BY LIST (part);
CREATE TABLE oracle.mixed_1 PARTITION OF oracle.mixed FOR VALUES IN (1);
CREATE TABLE oracle.mixed_2 PARTITION OF oracle.mixed FOR VALUES IN (2);
CREATE TABLE oracle.mixed_3 PARTITION OF oracle.mixed FOR VALUES IN (3);
CREATE TABLE oracle.mixed_4 PARTITION OF oracle.mixed FOR VALUES IN (4);
INSERT INTO oracle.mixed
SELECT m.* FROM generate_series(1, 1000),
    (VALUES (1, '{"a": {"each": 1}}'::grid, date '2026-03-31'), (2, '{"a": {"each": 1}}', '2026-03-31'),
            (3, '{"a": {"each": 1}}', '2026-04-01'), (4, '{"a": {"each": 2}}', '2026-03-31')) AS m;
ANALYZE oracle.mixed;
SELECT matches(oracle.plan_of($$ SELECT engagement(grid, 'a', '2026-03-01', as_of) FROM oracle.mixed WHERE part IN (1, 2) $$),
               'Finalize.*Append.*Partial.*Partial', 'partial states meet');
SELECT is(engagement(grid, 'a', '2026-03-01', as_of), 2000::double precision, 'those of one grid and one day are added')
FROM oracle.mixed WHERE part IN (1, 2);
SELECT throws_ok($$ SELECT engagement(grid, 'a', '2026-03-01', as_of) FROM oracle.mixed WHERE part IN (1, 3) $$,
                 '22023', NULL, 'two days in a group are an error when partial states meet');
SELECT throws_ok($$ SELECT engagement(grid, 'a', '2026-03-01', as_of) FROM oracle.mixed WHERE part IN (1, 4) $$,
                 '22023', NULL, 'and so are two grids');

SELECT * FROM finish();
