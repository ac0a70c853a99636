-- The oracle: what a grid gives, worked out a second time in plain SQL.
--
-- It shares nothing with the C code: rules are read from their jsonb, points
-- are numeric, days are dates, and each rule is one visible aggregate over
-- events.  It is slow and it is meant to be read.  \ir it, fill the three
-- tables, CALL oracle.answer(), read the views:
--
--      oracle.event     what customers did
--      oracle.grid      grids as jsonb, in the order of rules that is to be numbered
--      oracle.subject   which customer, which grid, which day
--
--      oracle.breakdown a row per subject and rule
--      oracle.score     a row per subject: numeric, exact; cast to float8 it is
--                       what score() must give
--
-- A subject without events (or with none that has both touchpoint and day) has
-- no timeline: its score is NULL.

SET client_min_messages = warning;      -- grids tell of bands that are never reached
DROP SCHEMA IF EXISTS oracle CASCADE;
CREATE SCHEMA oracle;
SET jit = off;          -- compiling takes longer than running

CREATE TABLE oracle.event (
    customer    bigint,
    touchpoint  text,
    occurred_on date,
    value       float8
);

CREATE TABLE oracle.grid (
    grid_id int PRIMARY KEY,
    grid    jsonb
);

CREATE TABLE oracle.subject (
    subject  bigint PRIMARY KEY,
    customer bigint,
    grid_id  int,
    as_of    date
);

-- Values are whole numbers of 1/10000.  round(float8) is half-even, so the
-- half is looked at here; x - trunc(x) is exact.
CREATE FUNCTION oracle.ten_thousandths(v float8) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$
    SELECT (trunc(x) + CASE WHEN abs(x - trunc(x)) >= 0.5 THEN sign(x) ELSE 0 END)::bigint
    FROM (SELECT v * 10000) AS s (x)
$$;

-- "3 months" is {3,month}
CREATE FUNCTION oracle.span(span text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    parts text[] := regexp_match(span, '^([1-9][0-9]*) (hour|day|week|month|year)s?$');
BEGIN
    IF parts IS NULL THEN
        RAISE EXCEPTION 'the oracle cannot read the span "%"', span;
    END IF;
    RETURN parts;
END
$$;

-- as_of - span: calendar months and years, the day cut to the length of the
-- month; -infinity when that is before the first day there is.
CREATE FUNCTION oracle.back(as_of date, span text) RETURNS date
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    first_day CONSTANT date := '4714-11-24 BC';
    quantity  bigint := (oracle.span(span))[1];
    unit      text := (oracle.span(span))[2];
    days      bigint;           -- to go back by
    month     bigint;           -- months since the year 0, which is 1 BC
    year      bigint;
    last      int;              -- the length of the month
    day       int := extract(day FROM as_of);
BEGIN
    IF unit IN ('day', 'week') THEN
        days := quantity * CASE unit WHEN 'week' THEN 7 ELSE 1 END;
        RETURN CASE WHEN days <= as_of - first_day THEN as_of - days::int
                    ELSE '-infinity' END;
    END IF;
    year := extract(year FROM as_of);
    IF year < 0 THEN
        year := year + 1;
    END IF;
    month := year * 12 + extract(month FROM as_of)::int - 1
        - quantity * CASE unit WHEN 'year' THEN 12 ELSE 1 END;
    year := floor(month / 12.0);
    month := month - year * 12 + 1;
    last := CASE
        WHEN month IN (4, 6, 9, 11) THEN 30
        WHEN month <> 2 THEN 31
        WHEN year % 4 = 0 AND (year % 100 <> 0 OR year % 400 = 0) THEN 29
        ELSE 28
    END;
    day := least(day, last);
    IF (year, month, day) < (-4713, 11, 24) THEN
        RETURN '-infinity';
    END IF;
    RETURN make_date((CASE WHEN year > 0 THEN year ELSE year - 1 END)::int, month::int, day);
END
$$;

-- Which band comes first.  Bands are in the same order on every day, so their
-- mean lengths are in that order too.
CREATE FUNCTION oracle.mean_days(span text) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$
    SELECT p[1]::numeric * CASE p[2] WHEN 'day' THEN 1 WHEN 'week' THEN 7
                                     WHEN 'month' THEN 365.2425 / 12 WHEN 'year' THEN 365.2425 END
    FROM oracle.span(span) AS p
$$;

-- w(age), nine decimals.  power() raises an error where it underflows; the
-- weight is 0 long before.
CREATE FUNCTION oracle.weight(age int, half_life text) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    parts text[];
    lives float8;
BEGIN
    IF half_life IS NULL THEN
        RETURN 1;
    END IF;
    parts := oracle.span(half_life);
    lives := 24 * age::bigint / (parts[1]::bigint
        * CASE parts[2] WHEN 'hour' THEN 1 WHEN 'day' THEN 24 WHEN 'week' THEN 168 END)::float8;
    RETURN CASE WHEN lives > 100 THEN 0
                ELSE round(power(2::float8, -lives) * 1e9)::bigint * 0.000000001 END;
END
$$;

CREATE VIEW oracle.entry AS
SELECT customer, touchpoint, occurred_on,
       count(*) AS count,
       count(value) AS valued,
       coalesce(sum(oracle.ten_thousandths(value)), 0) AS value     -- of 1/10000
FROM oracle.event
WHERE touchpoint IS NOT NULL AND occurred_on IS NOT NULL
GROUP BY customer, touchpoint, occurred_on;

-- the rules of the grids; a touchpoint has one, or an array of them
CREATE VIEW oracle.rule AS
SELECT grid_id, t.key AS touchpoint, r.number, r.rule,
       r.rule ->> 'half_life' AS half_life,
       r.rule ->> 'within' AS within,
       (r.rule ->> 'per_day')::bigint AS per_day,
       CASE jsonb_typeof(r.rule -> 'unless')
           WHEN 'array' THEN ARRAY (SELECT jsonb_array_elements_text(r.rule -> 'unless'))
           WHEN 'string' THEN ARRAY [r.rule ->> 'unless']
       END AS unless
FROM oracle.grid,
     jsonb_each(grid) AS t,
     jsonb_array_elements(CASE jsonb_typeof(t.value) WHEN 'array' THEN t.value
                               ELSE jsonb_build_array(t.value) END)
         WITH ORDINALITY AS r (rule, number);

-- What a rule says of what it saw: the points before its bounds.
CREATE FUNCTION oracle.head_points(rule jsonb, as_of date, last_on date, weighted_count numeric,
    weighted_value numeric, valued_on date, value numeric, valued bigint) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    half_life text := rule ->> 'half_life';
BEGIN
    IF last_on IS NULL THEN
        RETURN 0;
    ELSIF jsonb_typeof(rule -> 'latest') = 'object' THEN
        RETURN oracle.weight(as_of - last_on, half_life) * coalesce(
            (SELECT b.points::numeric
             FROM jsonb_each_text(rule -> 'latest') AS b (span, points)
             WHERE last_on > oracle.back(as_of, b.span)
             ORDER BY oracle.mean_days(b.span)
             LIMIT 1),
            (rule ->> 'older')::numeric,
            0);
    ELSIF rule ? 'latest' THEN
        RETURN (rule ->> 'latest')::numeric * oracle.weight(as_of - last_on, half_life);
    ELSIF rule ? 'each' THEN
        RETURN (rule ->> 'each')::numeric * weighted_count;
    ELSIF rule ? 'per_value' THEN
        RETURN (rule ->> 'per_value')::numeric * weighted_value;
    ELSIF valued_on IS NULL THEN
        RETURN 0;
    ELSE
        -- value / valued >= threshold, without the division
        RETURN oracle.weight(as_of - valued_on, half_life) * coalesce(
            (SELECT b.points::numeric
             FROM jsonb_each_text(rule -> 'value') AS b (threshold, points)
             WHERE value >= b.threshold::numeric * 10000 * valued
             ORDER BY b.threshold::numeric DESC
             LIMIT 1),
            0);
    END IF;
END
$$;

CREATE MATERIALIZED VIEW oracle.breakdown AS
WITH entry AS MATERIALIZED (
    SELECT * FROM oracle.entry
), rule AS MATERIALIZED (
    SELECT * FROM oracle.rule
), seen AS (
    SELECT s.subject, r.touchpoint, r.number, s.as_of, r.rule,
           coalesce(sum(e.count), 0)::bigint AS interactions,
           max(e.occurred_on) AS last_on,
           sum(least(e.count, r.per_day) * w.weight) AS weighted_count,
           sum(e.value * 0.0001 * w.weight) AS weighted_value,
           max(e.occurred_on) FILTER (WHERE e.valued > 0) AS valued_on,
           (array_agg(e.value ORDER BY e.occurred_on DESC) FILTER (WHERE e.valued > 0))[1] AS value,
           (array_agg(e.valued ORDER BY e.occurred_on DESC) FILTER (WHERE e.valued > 0))[1] AS valued
    FROM oracle.subject AS s
    JOIN rule AS r USING (grid_id)
    CROSS JOIN LATERAL (SELECT CASE WHEN r.within IS NULL THEN '-infinity'
                                    ELSE oracle.back(s.as_of, r.within) END) AS b (after)
    LEFT JOIN entry AS e ON e.customer = s.customer AND e.touchpoint = r.touchpoint
         AND e.occurred_on <= s.as_of AND e.occurred_on > b.after
    CROSS JOIN LATERAL (SELECT oracle.weight(s.as_of - e.occurred_on, r.half_life)
                        WHERE e.occurred_on IS NOT NULL
                        UNION ALL SELECT NULL WHERE e.occurred_on IS NULL) AS w (weight)
    GROUP BY s.subject, r.touchpoint, r.number, s.as_of, r.rule
), barred AS (          -- by "unless", whatever "within" says
    SELECT DISTINCT s.subject, r.touchpoint, r.number, true AS barred
    FROM oracle.subject AS s
    JOIN rule AS r USING (grid_id)
    JOIN entry AS e ON e.customer = s.customer AND e.touchpoint = ANY (r.unless)
         AND e.occurred_on <= s.as_of
)
SELECT subject, touchpoint, number::int AS rule,
       CASE WHEN barred THEN 0
            -- bounded first, then rounded: half away from zero, as numerics are
            ELSE round(greatest(least(oracle.head_points(rule, as_of, last_on, weighted_count,
                                          weighted_value, valued_on, value, valued),
                                      (rule ->> 'max')::numeric),
                                (rule ->> 'min')::numeric), 6)
       END AS points,
       interactions, last_on
FROM seen LEFT JOIN barred USING (subject, touchpoint, number)
WITH NO DATA;

CREATE MATERIALIZED VIEW oracle.score AS
SELECT subject, CASE WHEN t.customer IS NOT NULL THEN coalesce(b.points, 0) END AS score
FROM oracle.subject
LEFT JOIN (SELECT DISTINCT customer FROM oracle.entry) AS t USING (customer)
LEFT JOIN (SELECT subject, sum(points) AS points FROM oracle.breakdown GROUP BY subject) AS b
     USING (subject)
WITH NO DATA;

CREATE PROCEDURE oracle.answer()
LANGUAGE plpgsql AS $$
BEGIN
    ANALYZE oracle.event, oracle.grid, oracle.subject;
    REFRESH MATERIALIZED VIEW oracle.breakdown;
    REFRESH MATERIALIZED VIEW oracle.score;
    ANALYZE oracle.breakdown, oracle.score;
END
$$;

-- is_empty(), for queries that would fill the screen when they are not
CREATE FUNCTION oracle.none(query text, name text) RETURNS text
LANGUAGE sql AS $$
    SELECT is_empty(format('SELECT * FROM (%s) AS q LIMIT 5', query), name)
$$;

-- How a query runs.  It is planned as CREATE TABLE AS plans it:
-- a cursor or an INSERT would have no parallel plan.
CREATE FUNCTION oracle.plan_of(query text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    line text;
    plan text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) CREATE TABLE oracle.never AS ' || query LOOP
        plan := plan || line || E'\n';
    END LOOP;
    DROP TABLE IF EXISTS oracle.never;
    RETURN plan;
END
$$;
