-- peak_of() against a slow search in plain SQL, over random events
\set QUIET on
\ir lib/oracle.sql
\ir lib/random.sql

SELECT plan(23);

CREATE TABLE oracle.visit AS
SELECT customer, CASE WHEN random() < 0.8 THEN 'page' ELSE 'basket' END AS touchpoint,
       oracle.shift(middle, oracle.pick(0, reach) + customer * 0) AS day
FROM (SELECT n AS customer, oracle.pick(ARRAY [date '4714-11-24 BC', date '5874897-12-31' - 30, '2024-02-20', '2026-06-01']) AS middle,
             oracle.pick(ARRAY [3, 20, 120]) + 0 * n AS reach, oracle.pick(ARRAY [1, 5, 40]) + 0 * n AS visits
      FROM generate_series(1, 800) AS n) AS c
CROSS JOIN LATERAL generate_series(1, visits);
CREATE TABLE oracle.asked AS
SELECT customer, timeline(touchpoint, day), oracle.pick(ARRAY [1, 2, 3, 7, 7, 30, 2147483647]) + 0 * customer AS days,
       oracle.pick(ARRAY [NULL, min(day), oracle.shift(min(day), 1), oracle.shift(max(day), -7), max(day)]::date[]) AS since,
       oracle.pick(ARRAY [NULL, min(day), oracle.shift(min(day), 5), oracle.shift(max(day), -1), max(day)]::date[]) AS until
FROM oracle.visit GROUP BY customer;
CREATE TABLE oracle.peak AS
SELECT a.*, coalesce((
    SELECT max(n) FROM (
        SELECT (SELECT count(*) FROM oracle.visit AS w
                WHERE w.customer = v.customer AND w.touchpoint = v.touchpoint
                  AND v.day - w.day BETWEEN 0 AND a.days - 1 AND w.day >= coalesce(since, '-infinity')) AS n
        FROM oracle.visit AS v
        WHERE v.customer = a.customer AND v.touchpoint = 'page'
          AND v.day >= coalesce(since, '-infinity') AND v.day <= coalesce(until, 'infinity')) AS s), 0) AS peak
FROM oracle.asked AS a;

SELECT oracle.none('SELECT *, peak_of(timeline, ''page'', days, since, until) AS got FROM oracle.peak
                    WHERE peak_of(timeline, ''page'', days, since, until) IS DISTINCT FROM peak', 'the peak is that of the search');
SELECT cmp_ok(count(*), '>', 100::bigint, 'some are more than a day has') FROM oracle.peak
WHERE peak > peak_of(timeline, 'page', 1, since, until);
SELECT cmp_ok(count(*), '>', 20::bigint, 'and less than all there are') FROM oracle.peak
WHERE days < 2147483647 AND peak < count_of(timeline, 'page', since, until);
SELECT oracle.none('SELECT * FROM oracle.peak WHERE peak_of(timeline, ''page'', 2147483647, since, until) <> count_of(timeline, ''page'', since, until)',
                   'a window without end holds all there are');

-- the recipe: came back to the same product page three times within a week
SELECT is(peak_of('view:2026-06-01,2026-06-04,2026-06-07', 'view', 7), 3::bigint, 'the first, the fourth and the seventh are within a week');
SELECT is(peak_of('view:2026-06-01,2026-06-04,2026-06-08', 'view', 7), 2::bigint, 'the eighth is not');
SELECT is(peak_of('view:2026-06-01*2,2026-06-07', 'view', 7), 3::bigint, 'twice on a day counts twice');
SELECT is(peak_of('view:2026-06-01,2026-06-04,2026-06-07', 'view', 7, '2026-06-02'), 2::bigint, 'from a day on');
SELECT is(peak_of('view:2026-06-01,2026-06-04,2026-06-07', 'view', 7, NULL, '2026-06-06'), 2::bigint, 'up to a day');
SELECT is(peak_of('view:2026-06-01,2026-06-04,2026-06-07', 'view', 7, '2026-06-04', '2026-06-04'), 1::bigint, 'both included');
SELECT is(peak_of('view:2026-06-01,2026-06-04', 'view', 7, '2026-06-04', '2026-06-01'), 0::bigint, 'nothing between days the wrong way round');
SELECT is(peak_of('view:2026-06-01', 'buy', 7), 0::bigint, 'nothing of that touchpoint');
SELECT is(peak_of('view:4714-11-24 BC,5874897-12-31', 'view', 2147483494), 2::bigint, 'the whole calendar is one window');
SELECT is(peak_of('view:4714-11-24 BC,5874897-12-31', 'view', 2147483493), 1::bigint, 'a day less is not');
SELECT is(peak_of('view:2026-06-01*9223372036854775807', 'view', 7), 9223372036854775807, 'the most there can be on a day');
SELECT is(peak_of('view:2026-06-01*9223372036854775807,2026-06-08', 'view', 7), 9223372036854775807, 'and what comes when it is over');
SELECT throws_ok($$SELECT peak_of('view:2026-06-01*9223372036854775807,2026-06-07', 'view', 7)$$, '22003', NULL, 'more than can be counted is an error');
SELECT throws_ok($$SELECT peak_of('view:2026-06-01', 'view', 0)$$, '22023', 'days must be at least 1', 'a window of no days is none');
SELECT throws_ok($$SELECT peak_of('view:2026-06-01', 'view', -2147483648)$$, '22023', 'days must be at least 1', 'nor one of fewer');
SELECT is(peak_of(NULL, 'view', 7), NULL, 'no timeline');
SELECT is(peak_of('view:2026-06-01', NULL, 7), NULL, 'no touchpoint');
SELECT is(peak_of('view:2026-06-01', 'view', NULL), NULL, 'no window');
SELECT throws_ok($$SELECT peak_of('view:2026-06-01', 'view', 7, '-infinity')$$, '22008', NULL, 'a day without end is none: leave it out');

SELECT * FROM finish();
