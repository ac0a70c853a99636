-- crosses() against a search day by day
\set QUIET on
\set grids 250
\set each 10
\ir lib/random_scores.sql

SELECT plan(9);

-- Cuts out of the scores that the timeline has in the days to come: then they
-- are crossed, and sometimes hit exactly.  The other half is near them.
CREATE TABLE oracle.course AS
SELECT subject, timeline, grid, as_of, day, score(timeline, grid, day) AS score
FROM (SELECT * FROM oracle.actual WHERE timeline IS NOT NULL ORDER BY subject LIMIT 1200) AS a,
     generate_series(0, 1096) AS k, LATERAL (SELECT oracle.shift(as_of, k)) AS d (day);

CREATE TABLE oracle.cuts AS
SELECT subject, array_agg(cut ORDER BY cut) AS cuts
FROM (SELECT subject,
             CASE oracle.pick(1, 4) WHEN 1 THEN score + oracle.pick(-3, 3)
                                    WHEN 2 THEN 0 ELSE score END AS cut,
             row_number() OVER (PARTITION BY subject ORDER BY random()) AS n
      FROM oracle.course) AS s
WHERE n <= 1 + subject % 4
GROUP BY subject;

CREATE FUNCTION oracle.tier(score double precision, cuts double precision[]) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$ SELECT 1 + count(*) FROM unnest(cuts) AS c WHERE c <= score $$;

CREATE TABLE oracle.crossed AS
SELECT subject, timeline, grid, as_of, cuts,
       min(day) FILTER (WHERE oracle.tier(c.score, cuts) <> oracle.tier(today.score, cuts)) AS expected
FROM oracle.course AS c
JOIN oracle.cuts USING (subject)
JOIN (SELECT subject, score FROM oracle.course AS t WHERE day = as_of GROUP BY subject, score) AS today USING (subject)
GROUP BY subject, timeline, grid, as_of, cuts;

SELECT oracle.none($$
    SELECT subject, expected, crosses(timeline, grid, cuts, as_of) AS got, as_of, cuts, grid, timeline
    FROM oracle.crossed
    WHERE crosses(timeline, grid, cuts, as_of) IS DISTINCT FROM expected
$$, 'crosses is the first day in another tier');

SELECT cmp_ok(count(expected), '>', 200::bigint, 'many are crossed') FROM oracle.crossed;
SELECT cmp_ok(count(*) FILTER (WHERE expected IS NULL), '>', 100::bigint, 'and many are not') FROM oracle.crossed;
SELECT cmp_ok(max(expected - as_of), '>', 900, 'near and far') FROM oracle.crossed;

-- by hand
SELECT is(crosses(timeline_of('mail', '2026-03-31'), '{"mail": {"each": 8, "half_life": "10 days"}}',
                  '{2}', '2026-03-31'),
          date '2026-04-21', 'on the 20th day the score is 2 and still in the tier; a day later it is not');
SELECT is(crosses(timeline_of('mail', '2026-04-10'), '{"mail": {"each": 8, "within": "10 days"}}',
                  '{1}', '2026-03-31'),
          date '2026-04-10', 'an interaction counts when its day comes');
SELECT is(crosses(timeline_of('mail', '2026-03-31'), '{"mail": {"latest": {"1096 days": 8}}}',
                  '{1}', '2026-03-31'),
          date '2029-03-31', 'the 1,096th day is looked at');
SELECT is(crosses(timeline_of('mail', '2026-03-31'), '{"mail": {"latest": {"1097 days": 8}}}',
                  '{1}', '2026-03-31'),
          NULL::date, 'the day after it is not');
SELECT is(crosses(timeline_of('mail', '5874897-12-30'), '{"mail": {"latest": {"3 days": 8}}}',
                  '{1}', '5874897-12-30'),
          NULL::date, 'the calendar ends before the band does');

SELECT * FROM finish();
