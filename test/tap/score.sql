-- score(), breakdown(), score_delta() and score_history() against the oracle:
-- worked examples, then random grids and events, to the last digit
\set QUIET on
\set grids 300
\set each 10
\ir lib/random_scores.sql
\ir lib/examples.sql

SELECT plan(count(*)::int + 21) FROM example;

-- 1. the worked examples

SELECT is(score(t.timeline, grid::text::grid, as_of), expected::double precision, name)
FROM example
CROSS JOIN LATERAL (SELECT timeline(e ->> 0, (e ->> 1)::date, (e ->> 2)::double precision)
                    FROM jsonb_array_elements(events) AS e) AS t
ORDER BY id;

SELECT throws_ok($$ SELECT score(timeline_of('a', '2026-03-31', 9e14), '{"a": {"per_value": -999999999}}', '2026-03-31') $$,
                 '22003', 'score out of range', 'what cannot be added exactly is an error');

-- 2. random ones

SELECT oracle.none($$
    (SELECT customer, i.* FROM oracle.actual, interactions(timeline) AS i
     EXCEPT
     SELECT customer, touchpoint, occurred_on, count, valued, CASE WHEN valued > 0 THEN value * 0.0001 END
     FROM oracle.entry)
    UNION ALL
    (SELECT customer, touchpoint, occurred_on, count, valued, CASE WHEN valued > 0 THEN value * 0.0001 END
     FROM oracle.entry
     EXCEPT
     SELECT customer, i.* FROM oracle.actual, interactions(timeline) AS i)
$$, 'timelines hold the entries that the oracle counts');

SELECT cmp_ok(count(*), '>', 2000::bigint, 'there are timelines to score')
FROM oracle.actual WHERE timeline IS NOT NULL;

SELECT oracle.none($$
    SELECT subject, x.score AS expected, score(timeline, grid, as_of) AS got, as_of, grid, timeline
    FROM oracle.actual JOIN oracle.score AS x USING (subject)
    WHERE score(timeline, grid, as_of) IS DISTINCT FROM x.score::double precision
$$, 'score is the oracle''s, as the nearest double precision');

CREATE TABLE oracle.got AS
SELECT subject, b.*, g.grid -> b.touchpoint AS rules
FROM oracle.actual AS a JOIN oracle.grid AS g USING (grid_id), breakdown(timeline, a.grid, as_of) AS b
WHERE timeline IS NOT NULL;

-- The number of a rule is its place in the grid's own order, which the oracle
-- does not know; so first without the numbers, then in that order.
SELECT oracle.none($$
    (SELECT subject, touchpoint, points, interactions, last_on FROM oracle.got
     EXCEPT ALL
     SELECT subject, touchpoint, points, interactions, last_on FROM oracle.breakdown JOIN oracle.score USING (subject) WHERE score IS NOT NULL)
$$, 'no row of a breakdown that the oracle does not have');

SELECT oracle.none($$
    (SELECT subject, touchpoint, points, interactions, last_on FROM oracle.breakdown JOIN oracle.score USING (subject) WHERE score IS NOT NULL
     EXCEPT ALL
     SELECT subject, touchpoint, points, interactions, last_on FROM oracle.got)
$$, 'no row of the oracle that a breakdown does not have');

SELECT oracle.none($$
    SELECT subject, sum(g.points), x.score
    FROM oracle.got AS g JOIN oracle.score AS x USING (subject)
    GROUP BY subject, x.score HAVING sum(g.points) <> x.score
$$, 'sum(points) is the score exactly');

SELECT oracle.none($$
    SELECT subject, touchpoint, array_agg(rule ORDER BY rule) FROM oracle.got
    GROUP BY subject, touchpoint
    HAVING min(rule) <> 1 OR max(rule) <> count(*) OR count(DISTINCT rule) <> count(*)
$$, 'the rules of a touchpoint are numbered from 1');

SELECT oracle.none($$ SELECT * FROM oracle.got WHERE coalesce(reason, '') = '' $$,
                'there is always a reason');

SELECT oracle.none($$
    SELECT subject, array_agg(touchpoint || ' ' || rule) FROM (
        SELECT subject, b.touchpoint, b.rule, b.ordinality FROM oracle.actual,
            breakdown(timeline, grid, as_of) WITH ORDINALITY
                AS b (touchpoint, rule, points, interactions, last_on, reason, ordinality)) AS s
    GROUP BY subject
    HAVING array_agg(ordinality ORDER BY touchpoint COLLATE "C", rule)
        <> array_agg(ordinality ORDER BY ordinality)
$$, 'rows are in the order of touchpoints and rules');

SELECT oracle.none($$
    SELECT subject, score, b, grid FROM oracle.actual JOIN oracle.score USING (subject), bounds(grid) AS b
    WHERE score < b.lowest OR score > b.highest
$$, 'no score is outside of the bounds of its grid');

SELECT oracle.none($$
    SELECT subject, as_of, grid, timeline FROM oracle.actual
    WHERE score(timeline, grid, as_of)
        IS DISTINCT FROM CASE WHEN timeline IS NOT NULL
                              THEN coalesce(score(as_of(timeline, as_of), grid, as_of), 0) END
$$, 'score(t, g, d) = score(as_of(t, d), g, d)');

-- once more with the rules in the grid's own order, that order giving the numbers
UPDATE oracle.grid AS g SET grid = a.grid::jsonb
FROM oracle.actual AS a WHERE a.grid_id = g.grid_id;
CALL oracle.answer();

SELECT oracle.none($$
    (SELECT subject, touchpoint, rule, points, interactions, last_on FROM oracle.got
     EXCEPT
     SELECT subject, touchpoint, rule, points, interactions, last_on FROM oracle.breakdown)
$$, 'each rule has the number of its place in the canonical grid');

-- interactions without values
CREATE TABLE oracle.valueless AS
SELECT subject, timeline(touchpoint, occurred_on), grid, as_of
FROM oracle.play WHERE subject % 4 = 0 GROUP BY subject, grid, as_of;

DELETE FROM oracle.subject WHERE subject % 4 <> 0;
CREATE TABLE oracle.kept AS SELECT * FROM oracle.event;
UPDATE oracle.event SET value = NULL;
CALL oracle.answer();

SELECT oracle.none($$
    SELECT subject, x.score AS expected, score(timeline, grid, as_of) AS got, as_of, grid, timeline
    FROM oracle.valueless JOIN oracle.score AS x USING (subject)
    WHERE score(timeline, grid, as_of) IS DISTINCT FROM x.score::double precision
$$, 'score of timelines without values');

-- 3. the difference between two days: what time alone did, and what was done.
-- The oracle knows it from events cut at the first day.

TRUNCATE oracle.event, oracle.subject;
CREATE TABLE oracle.between AS
SELECT subject, customer, grid_id, grid, timeline, as_of,
       greatest(date '4714-11-24 BC', oracle.shift(as_of, -oracle.pick(ARRAY [0, 1, 30, 90, 500]))) AS since
FROM oracle.actual WHERE subject % 3 = 0;

INSERT INTO oracle.event SELECT * FROM oracle.kept WHERE customer % 3 = 0;
INSERT INTO oracle.event
SELECT -customer, touchpoint, occurred_on, value
FROM oracle.kept JOIN oracle.between USING (customer) WHERE occurred_on <= since;

INSERT INTO oracle.subject
SELECT subject * 10, customer, grid_id, as_of FROM oracle.between
UNION ALL SELECT subject * 10 + 1, customer, grid_id, since FROM oracle.between
UNION ALL SELECT subject * 10 + 2, -customer, grid_id, as_of FROM oracle.between;

CALL oracle.answer();
CREATE TABLE oracle.deltas AS
SELECT b.subject, now.score - past.score AS delta,
       coalesce(cooled.score, 0) - past.score AS cooling,
       now.score - coalesce(cooled.score, 0) AS activity
FROM oracle.between AS b
JOIN oracle.score AS now ON now.subject = b.subject * 10
JOIN oracle.score AS past ON past.subject = b.subject * 10 + 1
JOIN oracle.score AS cooled ON cooled.subject = b.subject * 10 + 2;

SELECT oracle.none($$
    SELECT subject, d, x, since, as_of, grid, timeline
    FROM oracle.between JOIN oracle.deltas AS x USING (subject),
        score_delta(timeline, grid, since, as_of) AS d
    WHERE (d.delta, d.cooling, d.activity) IS DISTINCT FROM (x.delta, x.cooling, x.activity)
$$, 'score_delta is the oracle''s: delta, cooling and activity');

SELECT cmp_ok(count(*), '>', 100::bigint, 'there were both cooling and activity')
FROM oracle.deltas WHERE cooling <> 0 AND activity <> 0;

SELECT oracle.none($$
    SELECT subject, d FROM oracle.between, score_delta(timeline, grid, since, as_of) AS d
    WHERE d.delta <> d.cooling + d.activity
$$, 'delta = cooling + activity');

-- 4. history

CREATE TABLE oracle.step AS
SELECT subject, grid, timeline, since, step::interval, since + days AS until
FROM (SELECT * FROM oracle.actual WHERE timeline IS NOT NULL ORDER BY subject LIMIT 300) AS a,
     (VALUES (date '2024-01-31', '1 day', 40), ('2024-01-31', '1 month', 800),
             ('2024-02-29', '1 year', 2000), ('2025-12-30', '7 days', 100),
             ('2024-10-31', '1 month 3 days', 500), ('2026-01-01', '1 day', 0)) AS s (since, step, days);

SELECT oracle.none($$
    (SELECT subject, step, h.as_of, h.score FROM oracle.step, score_history(timeline, grid, since, until, step) AS h
     EXCEPT
     SELECT subject, step, day::date, score(timeline, grid, day::date)
     FROM oracle.step, generate_series(0, 800) AS k, LATERAL (SELECT since + k * step) AS d (day)
     WHERE day <= until)
$$, 'score_history has nothing but the scores of since + k * step');

SELECT oracle.none($$
    (SELECT subject, step, day::date, score(timeline, grid, day::date)
     FROM oracle.step, generate_series(0, 800) AS k, LATERAL (SELECT since + k * step) AS d (day)
     WHERE day <= until
     EXCEPT
     SELECT subject, step, h.as_of, h.score FROM oracle.step, score_history(timeline, grid, since, until, step) AS h)
$$, 'and has all of them');

SELECT results_eq($$
    SELECT as_of FROM score_history(timeline_of('a', '2024-01-31'), '{"a": {"each": 1}}',
                                    '2024-01-31', '2024-05-31', '1 month')
$$, $$ VALUES (date '2024-01-31'), ('2024-02-29'), ('2024-03-31'), ('2024-04-30'), ('2024-05-31') $$,
    'month ends stay month ends, in order');

SELECT throws_ok($$ SELECT * FROM score_history(timeline_of('a', '2024-01-31'), '{"a": {"each": 1}}',
                                                '2024-01-31', '2024-05-31', '0 days') $$,
                 '22023', NULL, 'a step must lead onward');

SELECT * FROM finish();
