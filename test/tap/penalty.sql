-- penalty(): by hand, then against the oracle and breakdown()
\set QUIET on
\set grids 150
\set each 8
\ir lib/random_scores.sql

SELECT plan(16);

-- 1. by hand

CREATE TEMP TABLE care (grid grid);
INSERT INTO care VALUES ('{
    "purchase":        {"each": 10},
    "open_complaint":  {"per_value": -25, "min": -40},
    "refund":          [{"latest": {"30 days": -5}, "older": -1}, {"each": 0.5}],
    "social_negative": {"each": -3, "unless": "apology"}
}');

SELECT is(penalty(timeline::timeline, grid, '2026-03-31'), expected::double precision, name)
FROM care, (VALUES
    ('what was bought is no penalty', 'purchase:2026-03-01', 0),
    ('a complaint is one, whatever was bought', 'open_complaint:2026-03-01=1; purchase:2026-03-01*9', -25),
    ('each rule is bounded before', 'open_complaint:2026-03-01*3=3', -40),
    ('a complaint that was resolved is none', 'open_complaint:2026-03-01=1,2026-03-30=-1', 0),
    ('that it was resolved later changes nothing', 'open_complaint:2026-03-01=1,2026-04-01=-1', -25),
    ('a rule is one by itself, not its touchpoint', 'refund:2026-03-31*10', -5),
    ('rules below zero are added', 'refund:2025-12-31; open_complaint:2026-03-01=1; social_negative:2026-03-02', -29),
    ('a rule that is off is none', 'social_negative:2026-03-02; apology:2026-03-03', 0),
    ('it can cancel the score', 'purchase:2026-03-01*4; open_complaint:2026-03-01*2=2', -40)
) AS v (name, timeline, expected);

SELECT is(penalty(NULL, grid, '2026-03-31'), NULL, 'no timeline, no penalty') FROM care;
SELECT throws_ok($$ SELECT penalty('a:2026-03-31', '{"a": {"each": -1}}', 'infinity') $$,
                 '22008', NULL, 'no day, no penalty');
SELECT throws_ok($$ SELECT penalty(timeline_of('a', '2026-03-31', 9e14), '{"a": {"per_value": -999999999}}', '2026-03-31') $$,
                 '22003', 'score out of range', 'what cannot be added exactly is an error');

-- 2. random ones

SELECT oracle.none($$
    SELECT subject, expected, penalty(timeline, grid, as_of) AS got, as_of, grid, timeline
    FROM oracle.actual
    JOIN oracle.score USING (subject)
    LEFT JOIN (SELECT subject, sum(points) AS points FROM oracle.breakdown WHERE points < 0 GROUP BY subject) AS b USING (subject),
    LATERAL (SELECT CASE WHEN score IS NOT NULL THEN coalesce(points, 0) END::double precision AS expected) AS x
    WHERE penalty(timeline, grid, as_of) IS DISTINCT FROM expected
$$, 'penalty is the oracle''s: the rules below zero');

SELECT oracle.none($$
    SELECT subject, as_of, grid, timeline
    FROM oracle.actual,
    LATERAL (SELECT coalesce(sum(points) FILTER (WHERE points < 0), 0)::double precision AS points
             FROM breakdown(timeline, grid, as_of)) AS b
    WHERE timeline IS NOT NULL AND penalty(timeline, grid, as_of) <> points
$$, 'and that of breakdown()');

SELECT cmp_ok(count(*), '>', 100::bigint, 'many have one') FROM oracle.actual WHERE penalty(timeline, grid, as_of) < 0;
SELECT cmp_ok(count(*), '>', 100::bigint, 'and many have none') FROM oracle.actual WHERE penalty(timeline, grid, as_of) = 0;

SELECT * FROM finish();
