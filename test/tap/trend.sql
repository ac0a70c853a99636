-- trend() against the least-squares line of plain SQL, over random grids and events
\set QUIET on
\set grids 60
\set each 5
\ir lib/random_scores.sql

SELECT plan(16);

-- each over a window of its own that ends on or about its day
CREATE TABLE oracle.course AS
SELECT subject, grid, timeline, oracle.shift(as_of, -days) AS since, as_of AS until
FROM oracle.actual CROSS JOIN LATERAL (SELECT oracle.pick(ARRAY [1, 1, 2, 6, 29, 90, 364]) + 0 * subject::int) AS w (days)
WHERE timeline IS NOT NULL;
DELETE FROM oracle.course WHERE since = until;

-- the slope in numeric, of the scores as they are; of this size may the terms be
CREATE TABLE oracle.trend AS
SELECT c.*, slope * 30.4375 AS slope, greatest(highest, 1) AS size
FROM oracle.course AS c
CROSS JOIN LATERAL (
    SELECT (count(*) * sum(x * y) - sum(x) * sum(y)) / (count(*) * sum(x * x) - sum(x) * sum(x)) AS slope, max(abs(y)) AS highest
    FROM (SELECT (h.as_of - since)::numeric AS x, (SELECT coalesce(sum(points), 0) FROM breakdown(timeline, grid, h.as_of)) AS y
          FROM score_history(timeline, grid, since, until, '1 day') AS h) AS p) AS t;

SELECT cmp_ok(count(*), '>', 150::bigint, 'there are trends to tell') FROM oracle.trend;
SELECT cmp_ok(count(*) FILTER (WHERE slope <> 0), '>', 80::bigint, 'many go up or down') FROM oracle.trend;
SELECT oracle.none('SELECT subject, since, until, slope, trend(timeline, grid, since, until) AS got, grid, timeline FROM oracle.trend
                    WHERE (abs(trend(timeline, grid, since, until) - slope::float8) <= 1e-13 * size::float8) IS NOT TRUE',
                   'the slope is that of the least-squares line');
SELECT oracle.none('SELECT subject, slope FROM oracle.trend
                    WHERE slope = 0 AND trend(timeline, grid, since, until) <> 0', 'and exactly 0 where it is');
SELECT oracle.none('SELECT t.subject, regr_slope(y, x) FROM oracle.trend AS t CROSS JOIN LATERAL (
                        SELECT h.score AS y, (h.as_of - since)::float8 AS x FROM score_history(timeline, grid, since, until, ''1 day'') AS h) AS p
                    GROUP BY t.subject, timeline, grid, since, until, size
                    HAVING (abs(trend(timeline, grid, since, until) - regr_slope(y, x) * 30.4375) <= 1e-9 * size::float8) IS NOT TRUE',
                   'PostgreSQL''s own regression says the same');

-- by hand
\set linear '''{"step": {"each": 1}}'''
SELECT is(trend((SELECT timeline('step', day::date) FROM generate_series('2026-01-01', '2026-06-30', interval '1 day') AS day), :linear, '2026-01-31', '2026-06-30'),
          30.4375::float8, 'a point a day is 30.4375 points a month');
SELECT is(trend('step:2026-01-01*7', :linear, '2026-01-01', '2026-06-30'), 0::float8, 'what stands still has no slope');
SELECT is(trend('step:2026-03-02', :linear, '2026-03-01', '2026-03-02'), 30.4375::float8, 'two days are enough');
SELECT is(trend('other:2026-03-02', :linear, '2026-03-01', '2026-04-02'), 0::float8, 'nothing that the grid knows');
SELECT is(trend('step:2026-03-02', '{"step": {"each": -1, "within": "1 day"}}', '2026-03-01', '2026-03-03'), 0::float8, 'up and down again is no trend');
SELECT is(trend('step:2030-01-01', :linear, '2026-03-01', '2026-04-02'), 0::float8, 'what is to come does not count');
SELECT is(trend(NULL, :linear, '2026-03-01', '2026-04-02'), NULL, 'NULL in, NULL out');

-- refused
SELECT throws_ok($$SELECT trend('step:2026-03-02', '{"step": {"each": 1}}', '2026-03-02', '2026-03-02')$$, '22023', 'since must be before until', 'one day has no slope');
SELECT throws_ok($$SELECT trend('step:2026-03-02', '{"step": {"each": 1}}', '2026-03-02', '2026-03-01')$$, '22023', 'since must be before until', 'nor do days backwards');
SELECT throws_ok($$SELECT trend('step:2026-03-02', '{"step": {"each": 1}}', '1926-03-02', '2026-03-02')$$, '22023', 'a trend is taken over 36525 days at most', 'nor more than a hundred years');
SELECT throws_ok($$SELECT trend('step:2026-03-02', '{"step": {"each": 1}}', '2026-03-02', 'infinity')$$, NULL, NULL, 'nor days without end');

SELECT * FROM finish();
