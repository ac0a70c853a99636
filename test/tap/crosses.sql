-- crosses() against a search day by day
\set QUIET on
\set grids 250
\set each 10
\ir lib/random_scores.sql

SELECT plan(14);

CREATE TABLE oracle.course AS
SELECT subject, k, day, score(timeline, grid, day) AS score
FROM (SELECT * FROM oracle.actual WHERE timeline IS NOT NULL ORDER BY subject LIMIT 1200) AS a,
     generate_series(0, 1096) AS k, LATERAL (SELECT oracle.shift(as_of, k)) AS d (day);

-- Cuts are scores that the timeline has on one of these days: so they are
-- crossed, and often hit exactly.  Some are near them, some are 0.
CREATE TABLE oracle.cuts AS
SELECT subject, array_agg(CASE oracle.pick(1, 4) WHEN 1 THEN score + oracle.pick(-3, 3) WHEN 2 THEN 0 ELSE score END
                          ORDER BY score) AS cuts
FROM (SELECT subject, oracle.pick(0, 1096) AS k
      FROM oracle.actual, generate_series(1, 1 + subject % 4)) AS s
JOIN oracle.course USING (subject, k)
GROUP BY subject;
UPDATE oracle.cuts SET cuts = ARRAY (SELECT unnest(cuts) AS c ORDER BY c);

-- width_bucket(score, cuts) is the number of cuts at or below the score
CREATE TABLE oracle.crossed AS
SELECT a.*, cuts, expected
FROM oracle.actual AS a
JOIN oracle.cuts USING (subject)
JOIN (SELECT subject, min(day) FILTER (WHERE width_bucket(c.score, cuts) <> width_bucket(today.score, cuts)) AS expected
      FROM oracle.course AS c
      JOIN oracle.cuts USING (subject)
      JOIN (SELECT subject, score FROM oracle.course WHERE k = 0) AS today USING (subject)
      GROUP BY subject) AS x USING (subject);

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
SELECT is(crosses(timeline_of('sale', '2026-03-29', value) + timeline_of('sale', '2026-03-27', -value),
                  '{"sale": {"per_value": 1, "within": "10 days"}}', cuts, '2026-03-31'),
          day, 'what let go of first decides: ' || value)
FROM (VALUES (10, '{5}'::double precision[], date '2026-04-06'), (-10, '{-5}', '2026-04-06'),
             (10, '{10.5}', NULL), (-10, '{-10.5}', NULL)) AS s (value, cuts, day);
SELECT is(crosses(timeline_of('mail', '2026-03-31'), '{"mail": {"latest": {"10 days": 5, "20 days": 9, "30 days": 5}, "older": 5}}',
                  '{7}', '2026-03-31'),
          date '2026-04-10', 'a band that only visits another tier is seen');
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
