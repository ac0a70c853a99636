-- Spans against PostgreSQL's own interval arithmetic, their order against every
-- day of 400 years, and weights against power().
\set QUIET on
\ir lib/oracle.sql
\ir lib/random.sql
SET client_min_messages = warning;

SELECT plan(12);

-- The first day within a span is the day after as_of - span.
CREATE TEMP TABLE reach AS
SELECT as_of, span, (as_of - span::interval)::date AS back
FROM (SELECT CASE oracle.pick(1, 4)
                 WHEN 1 THEN date '4713-01-01 BC' + oracle.pick(4000000, 100000000)
                 WHEN 2 THEN (date '1896-01-01' + oracle.pick(0, 4000) * interval '1 month' - interval '1 day')::date
                 WHEN 3 THEN make_date(4 * oracle.pick(450, 550), 3, 1) - oracle.pick(0, 2)
                 ELSE date '1990-01-01' + oracle.pick(0, 30000)
             END AS as_of,
             CASE oracle.pick(1, 5)
                 WHEN 1 THEN oracle.pick(1, 3000000) || ' days'
                 WHEN 2 THEN oracle.pick(1, 500000) || ' weeks'
                 WHEN 3 THEN oracle.pick(1, 100000) || ' months'
                 WHEN 4 THEN oracle.pick(1, 30) || ' months'
                 ELSE oracle.pick(1, 9000) || ' years'
             END AS span
      FROM generate_series(1, 20000)) AS r
WHERE extract(julian FROM as_of) > oracle.mean_days(span) + 400;

SELECT ok(count(*) > 10000, count(*) || ' random spans') FROM reach;

SELECT is_empty($$
    SELECT *
    FROM reach, format('{"x": {"latest": 1, "within": "%s"}}', span) AS g
    WHERE score(timeline_of('x', back + 1), g::grid, as_of) <> 1
       OR score(timeline_of('x', back), g::grid, as_of) <> 0
$$, 'a span reaches as far as an interval');

-- where an interval overflows, a span does not
SELECT is(score(timeline_of('x', day), format('{"x": {"latest": 1, "within": "%s"}}', span)::grid, as_of),
          expected, format('%s within %s of %s', day, span, as_of))
FROM (VALUES
    (date '4714-11-24 BC', '1 month', date '4714-11-24 BC', 1::float8),
    ('4714-11-24 BC', '2147483647 days', '5874897-12-31', 1),
    ('4714-11-24 BC', '5867441 years', '5874897-12-31', 0),
    ('4714-11-24 BC', '69273666 months', '4714-12-31 BC', 1)
) AS v (day, span, as_of, expected);

-- The order of two spans is that on every day; where it is not the same on
-- every day, they are refused.
CREATE FUNCTION pg_temp.order_of(a text, b text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    g grid;
BEGIN
    g := format('{"x": {"latest": {"%s": 1, "%s": 2}}}', b, a);
    RETURN CASE WHEN g::text LIKE '%: 2, %' THEN 'shorter' ELSE 'longer' END;
EXCEPTION WHEN invalid_text_representation THEN
    RETURN CASE WHEN sqlerrm LIKE '%depends on the day' THEN 'undecided'
                WHEN sqlerrm LIKE '%are the same interval' THEN 'same' ELSE sqlerrm END;
END
$$;

CREATE TEMP TABLE length AS
SELECT span, least, most
FROM (SELECT unnest(ARRAY ['1 month', '2 months', '3 months', '1 year', '13 months', '4 years', '100 years', '400 years']
                    || (SELECT array_agg(oracle.pick(1, 5000) || ' months') FROM generate_series(1, 4))) AS span) AS s,
LATERAL (SELECT min(d::date - (d - span::interval)::date) AS least, max(d::date - (d - span::interval)::date) AS most
         FROM generate_series(timestamp '2000-01-01', '2399-12-31', '1 day') AS d) AS l;

SELECT results_eq($$SELECT * FROM length WHERE span IN ('1 month', '1 year', '4 years', '400 years') ORDER BY least$$,
    $$VALUES ('1 month', 28, 31), ('1 year', 365, 366), ('4 years', 1460, 1461), ('400 years', 146097, 146097)$$,
    'the lengths that are known');

SELECT is_empty($$
    SELECT *
    FROM (SELECT span, least, most, days, pg_temp.order_of(days || ' days', span) AS days_are
          FROM length, generate_series(greatest(least - 15, 1), most + 15) AS days) AS s
    WHERE days_are <> CASE WHEN days < least THEN 'shorter' WHEN days > most THEN 'longer'
                           WHEN least = most THEN 'same' ELSE 'undecided' END
$$, 'days against months: in order on every day, or refused');

SELECT is_empty($$
    SELECT *
    FROM (SELECT oracle.pick(1, 40) AS years, oracle.pick(1, 500) AS months FROM generate_series(1, 1000)) AS r
    WHERE pg_temp.order_of(years || ' years', months || ' months')
          <> CASE WHEN years * 12 < months THEN 'shorter' WHEN years * 12 > months THEN 'longer' ELSE 'same' END
$$, 'years against months, by their number');

SELECT is_empty($$
    SELECT *
    FROM (SELECT oracle.pick(1, 40) AS weeks, oracle.pick(1, 300) AS days FROM generate_series(1, 1000)) AS r
    WHERE pg_temp.order_of(weeks || ' weeks', days || ' days')
          <> CASE WHEN weeks * 7 < days THEN 'shorter' WHEN weeks * 7 > days THEN 'longer' ELSE 'same' END
$$, 'weeks against days, by their number');

-- A grid that counts one interaction a day gives at most the sum of the weights
-- of the days; in steps of one day that shows each weight to its last digit.
CREATE FUNCTION pg_temp.sum_of_weights(half_life text, days int) RETURNS numeric
LANGUAGE sql AS $$
    SELECT highest::numeric
    FROM bounds(format('{"x": {"each": 1000, "per_day": 1, "half_life": "%s", "within": "%s days"}}',
                       half_life, days)::grid)
$$;

CREATE TEMP TABLE life AS
SELECT DISTINCT oracle.pick(1, 400) || oracle.pick(ARRAY [' hours', ' hours', ' days', ' weeks']) AS half_life
FROM generate_series(1, 40);

SELECT is_empty($$
    SELECT half_life, age
    FROM life, generate_series(1, 400, 7) AS age
    WHERE pg_temp.sum_of_weights(half_life, age + 1) - pg_temp.sum_of_weights(half_life, age)
          <> 1000 * oracle.weight(age, half_life)
$$, 'weights are those of power()');

SELECT is_empty($$
    SELECT half_life, days, score(timeline_of('x', '2000-01-01'), grid, date '2000-01-01' + days)
    FROM life, generate_series(1, 3000, 13) AS days,
    LATERAL (SELECT ('{"x": {"each": 1000, "half_life": "' || half_life || '"}}')::grid) AS g (grid)
    WHERE score(timeline_of('x', '2000-01-01'), grid, date '2000-01-01' + days)
          <> (1000 * oracle.weight(days, half_life))::float8
$$, 'and so are those of scores, and none underflows');

SELECT * FROM finish();
