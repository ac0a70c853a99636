-- Random grids and events, made to hit edges rather than to look real: days at
-- the borders of bands, ends of months, leap days, both ends of the calendar,
-- many interactions a day, halves at the last place of values.
--
-- Needs lib/oracle.sql.  Sets the seed: SCORING_SEED in the environment, or a
-- new one, which is printed.

\getenv seed SCORING_SEED
\if :{?seed}
\else
    SELECT trunc(random() * 1000000) AS seed \gset
\endif
\echo '# seed' :seed '(SCORING_SEED repeats it)'
SELECT setseed(:seed / 1000000.0) \g /dev/null

CREATE FUNCTION oracle.pick(choices anyarray) RETURNS anyelement
LANGUAGE sql AS $$
    SELECT choices[1 + floor(random() * cardinality(choices))::int]
$$;

-- a random whole number from low to high
CREATE FUNCTION oracle.pick(low int, high int) RETURNS int
LANGUAGE sql AS $$
    SELECT low + floor(random() * (high - low + 1))::int
$$;

CREATE FUNCTION oracle.random_touchpoint() RETURNS text
LANGUAGE sql AS $$
    SELECT oracle.pick(ARRAY ['purchase', 'click', 'nps', 'Réclamation "1"', 'c'])
$$;

-- mostly small whole numbers, some with up to six decimals, some large
CREATE FUNCTION oracle.random_points() RETURNS numeric
LANGUAGE sql AS $$
    SELECT CASE oracle.pick(1, 12)
        WHEN 1 THEN oracle.pick(-9, 30) * 0.5
        WHEN 4 THEN oracle.pick(-9, 30) * 0.5
        WHEN 5 THEN oracle.pick(-999999, 999999) * 0.000001
        WHEN 2 THEN oracle.pick(-999999, 999999) * 0.000001
        WHEN 3 THEN oracle.pick(-999999999, 999999999)
        ELSE oracle.pick(-20, 50)
    END
$$;

-- "6 weeks": a span of at least so many days
CREATE FUNCTION oracle.random_span(days numeric) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    unit text := oracle.pick(ARRAY ['day', 'day', 'week', 'month', 'month', 'year']);
    n    int := greatest(1, ceil(days / oracle.mean_days('1 ' || unit)));
BEGIN
    RETURN n || ' ' || unit || CASE WHEN n > 1 THEN 's' ELSE '' END;
END
$$;

-- No two are so near to each other that their order depends on the day.
CREATE FUNCTION oracle.random_bands() RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    bands jsonb := '{}';
    days  numeric := oracle.pick(1, 40);
    span  text;
BEGIN
    FOR i IN 1 .. oracle.pick(1, 5) LOOP
        span := oracle.random_span(days);
        bands := bands || jsonb_build_object(span, oracle.random_points());
        days := oracle.mean_days(span) + 5 + oracle.pick(0, 60 * i);
    END LOOP;
    RETURN bands;
END
$$;

CREATE FUNCTION oracle.random_thresholds() RETURNS jsonb
LANGUAGE sql AS $$
    SELECT jsonb_object_agg(trim_scale(threshold), oracle.random_points())
    FROM (SELECT CASE oracle.pick(1, 3) WHEN 1 THEN oracle.pick(-3000000, 12000000) * 0.000001
                                        ELSE oracle.pick(-3, 12) END AS threshold
          FROM generate_series(1, oracle.pick(1, 5))) AS t
$$;

CREATE FUNCTION oracle.random_rule() RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    head text := oracle.pick(ARRAY ['latest', 'bands', 'each', 'each', 'per_value', 'value']);
    rule jsonb;
    half_life text;
BEGIN
    rule := CASE head
        WHEN 'bands' THEN jsonb_build_object('latest', oracle.random_bands())
        WHEN 'value' THEN jsonb_build_object('value', oracle.random_thresholds())
        ELSE jsonb_build_object(head, oracle.random_points())
    END;
    IF random() < 0.5 THEN
        half_life := oracle.pick(1, 200) || oracle.pick(ARRAY [' hours', ' days', ' days', ' weeks']);
        rule := rule || jsonb_build_object('half_life', half_life);
    END IF;
    IF random() < 0.4 OR (head = 'latest' AND half_life IS NULL) THEN
        rule := rule || jsonb_build_object('within', oracle.random_span(oracle.pick(1, 400)));
    END IF;
    IF head = 'each' AND random() < 0.5 THEN
        rule := rule || jsonb_build_object('per_day', oracle.pick(1, 4));
    END IF;
    IF head = 'bands' AND random() < 0.5 THEN
        rule := rule || jsonb_build_object('older', oracle.random_points());
    END IF;
    IF random() < 0.25 THEN
        rule := rule || jsonb_build_object('min', -abs(oracle.random_points()));
    END IF;
    IF random() < 0.25 THEN
        rule := rule || jsonb_build_object('max', abs(oracle.random_points()));
    END IF;
    IF random() < 0.2 THEN
        rule := rule || jsonb_build_object('unless', CASE oracle.pick(1, 3)
            WHEN 1 THEN to_jsonb(oracle.random_touchpoint())
            WHEN 2 THEN to_jsonb('never seen'::text)
            ELSE (SELECT jsonb_agg(DISTINCT t)
                  FROM (SELECT oracle.random_touchpoint() AS t
                        FROM generate_series(1, oracle.pick(1, 3))) AS s)
        END);
    END IF;
    RETURN rule;
END
$$;

CREATE FUNCTION oracle.random_grid() RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    grid jsonb := '{}';
    rules jsonb;
    rule jsonb;
    touchpoint text;
BEGIN
    FOR i IN 1 .. oracle.pick(1, 4) LOOP
        touchpoint := oracle.random_touchpoint();
        rules := '[]';
        FOR j IN 1 .. oracle.pick(ARRAY [1, 1, 2, 3]) LOOP
            rule := oracle.random_rule();
            -- a touchpoint cannot rule itself out
            IF rule -> 'unless' ? touchpoint THEN
                rule := rule - 'unless';
            END IF;
            rules := rules || jsonb_build_array(rule);
        END LOOP;
        grid := grid || jsonb_build_object(touchpoint,
            CASE WHEN jsonb_array_length(rules) = 1 AND random() < 0.7 THEN rules -> 0 ELSE rules END);
    END LOOP;
    RETURN grid;
END
$$;

CREATE FUNCTION oracle.random_as_of() RETURNS date
LANGUAGE sql AS $$
    SELECT CASE oracle.pick(1, 12)
        WHEN 1 THEN oracle.pick(ARRAY ['4714-11-24 BC', '4714-12-31 BC', '4713-01-01 BC', '0001-12-31 BC',
            '0001-01-01', '1900-02-28', '2000-02-29', '9999-12-31', '5874896-02-29', '5874897-12-31']::date[])
        WHEN 2 THEN oracle.pick(ARRAY ['2024-02-29', '2028-02-29', '2023-02-28', '2024-03-01']::date[])
        WHEN 3 THEN oracle.pick(ARRAY ['2026-03-31', '2026-05-31', '2025-12-31', '2024-03-31']::date[])
        ELSE date '2026-01-01' + oracle.pick(-1500, 1500)
    END
$$;

-- as_of + days, kept inside the calendar
CREATE FUNCTION oracle.shift(as_of date, days int) RETURNS date
LANGUAGE sql AS $$
    SELECT date '4714-11-24 BC' + least(2147483493, greatest(0, (as_of - date '4714-11-24 BC')::bigint + days))::int
$$;

CREATE FUNCTION oracle.random_day(as_of date) RETURNS date
LANGUAGE sql AS $$
    SELECT CASE oracle.pick(1, 24)
        WHEN 1 THEN oracle.shift(as_of, oracle.pick(1, 40))
        WHEN 2 THEN oracle.shift(as_of, oracle.pick(41, 1200))
        WHEN 3 THEN oracle.pick(ARRAY ['4714-11-24 BC', '4713-01-01 BC', '0001-01-01',
                                       '9999-12-31', '5874897-12-31']::date[])
        WHEN 4 THEN date '2024-02-29' + oracle.pick(-3, 0) * 1461
        -- just inside and just outside of months and years
        WHEN 5 THEN oracle.shift(nullif(oracle.back(as_of, oracle.pick(1, 14) || ' months'), '-infinity'),
                                 oracle.pick(-1, 1))
        WHEN 6 THEN oracle.shift(nullif(oracle.back(as_of, oracle.pick(1, 3) || ' years'), '-infinity'),
                                 oracle.pick(-1, 1))
        WHEN 7 THEN oracle.shift(as_of, -oracle.pick(700, 4000))
        WHEN 8 THEN oracle.shift(as_of, -oracle.pick(700, 4000))
        WHEN 9 THEN as_of
        ELSE oracle.shift(as_of, -floor(-ln(1 - random()) * 90)::int)
    END
$$;

CREATE FUNCTION oracle.random_value() RETURNS float8
LANGUAGE sql AS $$
    SELECT CASE oracle.pick(1, 8)
        WHEN 1 THEN oracle.pick(-50000, 200000) * 0.01
        WHEN 2 THEN oracle.pick(-1000, 1000) * 0.0001 + 0.00005
        WHEN 3 THEN (random() - 0.3) * 1e6
        WHEN 4 THEN NULL
        WHEN 5 THEN NULL
        ELSE oracle.pick(-1, 10)
    END
$$;

-- Fills oracle.event, one customer after the other.
CREATE PROCEDURE oracle.random_events(customer bigint, as_of date)
LANGUAGE plpgsql AS $$
DECLARE
    events int := oracle.pick(ARRAY [0, 1, 2, 5, 10, 20, 30]);
    touchpoint text;
    day date;
BEGIN
    FOR i IN 1 .. events LOOP
        touchpoint := oracle.random_touchpoint();
        day := oracle.random_day(as_of);
        FOR j IN 1 .. oracle.pick(ARRAY [1, 1, 1, 1, 2, 3, 7]) LOOP
            INSERT INTO oracle.event VALUES (customer, touchpoint, day, oracle.random_value());
        END LOOP;
    END LOOP;
    IF random() < 0.1 THEN
        INSERT INTO oracle.event VALUES (customer, NULL, as_of, 1), (customer, 'click', NULL, 1);
    END IF;
END
$$;

-- So many grids, each with its customers and days.
CREATE PROCEDURE oracle.random_subjects(grids int, subjects_each int)
LANGUAGE plpgsql AS $$
DECLARE
    n bigint := 0;
    as_of date;
BEGIN
    FOR g IN 1 .. grids LOOP
        INSERT INTO oracle.grid VALUES (g, oracle.random_grid());
        FOR i IN 1 .. subjects_each LOOP
            n := n + 1;
            as_of := oracle.random_as_of();
            CALL oracle.random_events(n, as_of);
            INSERT INTO oracle.subject VALUES (n, n, g, as_of);
        END LOOP;
    END LOOP;
END
$$;
