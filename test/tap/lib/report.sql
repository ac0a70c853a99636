-- oracle.report(): what every function says of one customer, in a text that
-- must be the same whatever the session's settings are, and in any encoding
-- that has the letters of Latin 1.
--
-- Types whose own output follows a setting (date, double precision) are
-- written out by hand here: what is tested is what the extension does.

CREATE SCHEMA IF NOT EXISTS oracle;

CREATE FUNCTION oracle.hand(d date) RETURNS text
LANGUAGE sql STABLE AS $$ SELECT coalesce((d - date '2000-01-01')::text, '-') $$;
CREATE FUNCTION oracle.hand(v float8) RETURNS text
LANGUAGE sql STABLE AS $$ SELECT coalesce(encode(float8send(v), 'hex'), '-') $$;

CREATE TABLE oracle.report_event (touchpoint text, occurred_on date, value float8);
INSERT INTO oracle.report_event VALUES
    ('purchase', make_date(2026, 2, 3), 1234.5678), ('purchase', make_date(2026, 3, 4), -99.99),
    ('purchase', make_date(2024, 2, 29), 0.1), ('Größe', make_date(2026, 3, 5), NULL),
    ('Größe', make_date(2026, 3, 5), 7), ('Größe', make_date(2026, 3, 5), 8),
    ('réclamation "ÿ"', make_date(2026, 1, 2), 1), ('réclamation "ÿ"', make_date(2026, 4, 2), -1),
    ('a b', make_date(-44, 3, 15), 1e9), ('a b', make_date(12345, 6, 7), NULL);

CREATE TABLE oracle.report_band (touchpoint text, within interval, points float8);
INSERT INTO oracle.report_band VALUES
    ('purchase', make_interval(days => 30), 30.25), ('purchase', make_interval(months => 3), 20),
    ('purchase', make_interval(years => 1), 1e-6), ('purchase', NULL, 2.5);

-- EXECUTE it: then its constants are read anew, under the setting of that moment
CREATE FUNCTION oracle.report() RETURNS text
LANGUAGE sql STABLE AS $$
    WITH g (grid) AS (
        SELECT '{"purchase": [{"latest": {"30 days": 30, "3 months": 20, "1 year": 1e1}, "older": 2.50},
                              {"per_value": 0.01, "half_life": "60 days", "min": -5, "max": 20}],
                 "Gr\u00f6\u00dfe": {"value": {"0": -20, "7": 0, "7.5": 10.000001}, "half_life": "36 hours"},
                 "réclamation \"ÿ\"": {"per_value": -25, "min": -50, "unless": "Größe"},
                 "a b": {"each": 0.1, "within": "5000 years", "per_day": 2}}'::scoring.grid
    ), t (timeline) AS (
        SELECT scoring.timeline(touchpoint, occurred_on, value) FROM oracle.report_event
    ), c (cuts) AS (
        SELECT scoring.rank_cuts(value, 3) FROM oracle.report_event
    ), d (as_of) AS (
        SELECT make_date(2026, 3, 6)
    ), line (n, line) AS (
        SELECT 10, 'timeline ' || timeline::text FROM t
        UNION ALL SELECT 11, 'again ' || (timeline::text::scoring.timeline OPERATOR(scoring.=) timeline) FROM t
        UNION ALL SELECT 12, format('interaction %s %s %s %s %s', i.touchpoint, oracle.hand(i.occurred_on), i.count, i.valued, i.value)
            FROM t, scoring.interactions(timeline) AS i
        UNION ALL SELECT 13, format('first %s last %s', oracle.hand(scoring.first_on(timeline)), oracle.hand(scoring.last_on(timeline, 'Größe'))) FROM t
        UNION ALL SELECT 14, format('count %s value %s', scoring.count_of(timeline, 'purchase', make_date(2026, 1, 1), make_date(2026, 12, 31)),
            scoring.value_of(timeline, 'purchase')) FROM t
        UNION ALL SELECT 15, 'as_of ' || scoring.as_of(timeline, as_of)::text FROM t, d
        UNION ALL SELECT 16, 'forget ' || scoring.forget(timeline, as_of)::text FROM t, d
        UNION ALL SELECT 17, 'sum ' || (timeline OPERATOR(scoring.+) scoring.timeline_of('Größe', as_of, 0.5))::text FROM t, d
        UNION ALL SELECT 20, 'grid ' || grid::text FROM g
        UNION ALL SELECT 21, 'jsonb ' || grid::jsonb::text FROM g
        UNION ALL SELECT 22, 'again ' || (grid::text::scoring.grid OPERATOR(scoring.=) grid) FROM g
        UNION ALL SELECT 23, format('rule %s %s', touchpoint, rule) FROM g, scoring.rules(grid)
        UNION ALL SELECT 24, format('%s: %s: %s', touchpoint, condition, points) FROM g, scoring.describe(grid)
        UNION ALL SELECT 25, 'of bands ' || scoring.grid(touchpoint, within, points)::text FROM oracle.report_band
        UNION ALL SELECT 26, format('bounds %s %s', oracle.hand(lowest), oracle.hand(highest)) FROM g, scoring.bounds(grid)
        UNION ALL SELECT 30, 'score ' || oracle.hand(scoring.score(timeline, grid, as_of)) FROM t, g, d
        UNION ALL SELECT 31, format('%s %s: %s points, %s interactions, last %s: %s', b.touchpoint, b.rule, b.points, b.interactions,
                                    oracle.hand(b.last_on), b.reason)
            FROM t, g, d, scoring.breakdown(timeline, grid, as_of) AS b
        UNION ALL SELECT 32, format('delta %s cooling %s activity %s', x.delta, x.cooling, x.activity)
            FROM t, g, d, scoring.score_delta(timeline, grid, make_date(2026, 2, 6), as_of) AS x
        UNION ALL SELECT 33, format('on %s %s', oracle.hand(h.as_of), oracle.hand(h.score))
            FROM t, g, d, scoring.score_history(timeline, grid, make_date(2025, 12, 31), as_of, make_interval(months => 1)) AS h
        UNION ALL SELECT 34, 'crosses ' || oracle.hand(scoring.crosses(timeline, grid, '{0,10,20}', as_of)) FROM t, g, d
        UNION ALL SELECT 35, 'engagement ' || (SELECT oracle.hand(scoring.engagement(grid, touchpoint, occurred_on, value, as_of))
                                               FROM oracle.report_event) FROM g, d
        UNION ALL SELECT 40, 'cuts ' || (SELECT string_agg(oracle.hand(x), ' ') FROM unnest(cuts) AS x) FROM c
        UNION ALL SELECT 41, format('tier %s', scoring.tier(12.3, cuts)) FROM c
    )
    SELECT string_agg(line, E'\n' ORDER BY n, line COLLATE "C") FROM line
$$;
