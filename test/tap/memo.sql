-- score() and penalty() remember what they were asked last, and what for.  Here
-- they are asked the same, nearly the same and something else in all mixtures,
-- and held against breakdown(), which remembers nothing.
\set QUIET on
\set grids 60
\set each 6
\ir lib/random_scores.sql
SET client_min_messages = warning;

SELECT plan(17);

-- 1. what is asked

-- Timelines: random ones; many of the same size; those that are compressed in
-- the row, lie out of line, or are too large to be remembered.  Each of them
-- more than once, at different places.
CREATE TABLE oracle.asked (
    id       int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    timeline timeline
);

-- of so many interactions, in one touchpoint after the other
CREATE FUNCTION oracle.random_timeline(n int, days int) RETURNS timeline
LANGUAGE sql AS $$
    SELECT timeline((ARRAY ['click', 'nps', 'purchase'])[1 + i % 3],
                    date '2026-03-31' - oracle.pick(0, days), CASE WHEN i % 3 > 0 THEN oracle.pick(-9, 9) END)
    FROM generate_series(1, n) AS i
$$;

INSERT INTO oracle.asked (timeline) SELECT timeline FROM oracle.actual WHERE timeline IS NOT NULL;
INSERT INTO oracle.asked (timeline)
SELECT oracle.random_timeline(k, 15) FROM generate_series(1, 200) AS i, LATERAL (SELECT 1 + i % 2) AS s (k);
INSERT INTO oracle.asked (timeline)
SELECT timeline('click', date '2026-04-10' - i - k) FROM generate_series(0, 4000) AS i, generate_series(1, 5) AS k GROUP BY k;
ALTER TABLE oracle.asked ALTER timeline SET STORAGE EXTERNAL;
INSERT INTO oracle.asked (timeline)
SELECT oracle.random_timeline(n, 3000) FROM unnest(ARRAY [1200, 1500, 3000]) AS n, generate_series(1, 5) AS i WHERE i <= n;
INSERT INTO oracle.asked (timeline) SELECT oracle.random_timeline(20000 + i, 50000) FROM generate_series(1, 2) AS i;
INSERT INTO oracle.asked (timeline) SELECT timeline FROM oracle.asked ORDER BY random();

SELECT cmp_ok(count(pg_column_compression(timeline)), '>', 5::bigint, 'some are compressed') FROM oracle.asked;
SELECT cmp_ok(pg_relation_size(reltoastrelid), '>', 100000::bigint, 'some lie out of line')
FROM pg_class WHERE oid = 'oracle.asked'::regclass;
SELECT cmp_ok(max(pg_column_size(timeline)), '>', 16384, 'some are larger than what is remembered') FROM oracle.asked;
SELECT cmp_ok(max(n), '>', 50::bigint, 'many are of one size')
FROM (SELECT count(DISTINCT timeline) AS n FROM oracle.asked GROUP BY pg_column_size(timeline)) AS s;

-- Grids: random ones; those that differ in one number; those that are too large
-- to be known again, and differ in one number as well.
CREATE TABLE oracle.asking (
    kind int,
    grid grid
);
INSERT INTO oracle.asking SELECT 1, grid FROM oracle.canonical;
INSERT INTO oracle.asking
SELECT 2, format('{"click": {"each": %s, "half_life": "30 days"}, "purchase": {"per_value": %s}}', each, per_value)::grid
FROM generate_series(3, 7) AS each, generate_series(-2, 0) AS per_value;
INSERT INTO oracle.asking
SELECT 3, format('{"click": {"each": %s}, "nps": {"each": -1}, "%s": {"each": 1}}', each, repeat('never seen ', 6000))::grid
FROM generate_series(2, 4) AS each;

SELECT is(count(*), 3::bigint, 'some grids are too large') FROM oracle.asking WHERE pg_column_size(grid::text::grid) > 65536;

-- Days: near each other and apart, by a power of two among others
CREATE FUNCTION oracle.asked_day() RETURNS date
LANGUAGE sql AS $$
    SELECT date '2026-03-31' - oracle.pick(ARRAY [0, 0, 1, 2, 15, 16, 16, 17, 30, 32, 64, 365, -7])
$$;
CREATE FUNCTION oracle.asked_grid(kind int) RETURNS grid
LANGUAGE sql AS $$
    SELECT grid FROM oracle.asking AS a WHERE a.kind = $1 ORDER BY random() LIMIT 1
$$;
-- most often those that differ in one number
CREATE FUNCTION oracle.asked_kind() RETURNS int
LANGUAGE sql AS $$
    SELECT oracle.pick(ARRAY [1, 2, 2, 2, 3])
$$;
CREATE FUNCTION oracle.asked_timeline() RETURNS timeline
LANGUAGE sql AS $$
    SELECT timeline FROM oracle.asked WHERE id = (SELECT oracle.pick(1, max(id)) FROM oracle.asked)
$$;

-- the answers: {score, penalty}
CREATE FUNCTION oracle.points(timeline timeline, grid grid, as_of date) RETURNS double precision[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY [coalesce(sum(points), 0), coalesce(sum(points) FILTER (WHERE points < 0), 0)]::double precision[]
    FROM breakdown(timeline, grid, as_of)
$$;

CREATE TABLE oracle.wrong (test text, id int, got double precision[], expected double precision[], query text);
CREATE TABLE oracle.compared (test text, answers bigint);

CREATE FUNCTION oracle.right(test text) RETURNS SETOF text
LANGUAGE sql AS $$
    SELECT oracle.none(format('SELECT id, got, expected, query FROM oracle.wrong WHERE test = %L', test), test)
    UNION ALL
    SELECT cmp_ok(sum(answers), '>', 2000::numeric, 'and much was asked') FROM oracle.compared AS c WHERE c.test = $1
$$;

-- Runs a query of (id, got, expected), in it %1$L and %2$L are grids, %3$L and
-- %4$L are days.
CREATE PROCEDURE oracle.compare(test text, rounds int, query text)
LANGUAGE plpgsql AS $$
DECLARE
    kind int;
    asks text;
BEGIN
    FOR i IN 1 .. rounds LOOP
        kind := oracle.asked_kind();
        asks := format(query, oracle.asked_grid(kind), oracle.asked_grid(kind), oracle.asked_day(), oracle.asked_day());
        EXECUTE format('CREATE TEMP TABLE answer AS %s', asks);
        INSERT INTO oracle.wrong SELECT test, a.*, left(asks, 2000) FROM answer AS a WHERE got IS DISTINCT FROM expected;
        INSERT INTO oracle.compared SELECT test, count(*) FROM answer;
        DROP TABLE answer;
    END LOOP;
END
$$;

-- 2. many call sites with constants

CALL oracle.compare('two grids on two days in a row', 25, $$
    SELECT id, got, g || h || gg || hh AS expected
    FROM (SELECT id, timeline, ARRAY [
                score(timeline, %1$L, %3$L), penalty(timeline, %1$L, %3$L),
                score(timeline, %2$L, %3$L), penalty(timeline, %2$L, %3$L),
                score(timeline, %1$L, %4$L), penalty(timeline, %1$L, %4$L),
                score(timeline, %2$L, %4$L), penalty(timeline, %2$L, %4$L)] AS got
          FROM (SELECT * FROM oracle.asked ORDER BY random() LIMIT 400) AS a OFFSET 0) AS s,
        oracle.points(timeline, %1$L, %3$L) AS g, oracle.points(timeline, %2$L, %3$L) AS h,
        oracle.points(timeline, %1$L, %4$L) AS gg, oracle.points(timeline, %2$L, %4$L) AS hh
$$);
SELECT oracle.right('two grids on two days in a row');

-- the rows of a join: two timelines, one of them the same for a while
CALL oracle.compare('two timelines in a row', 15, $$
    SELECT a, ARRAY [one, two, three, four] AS got, ARRAY [g[1], h[1], g[2], h[2]] AS expected
    FROM (SELECT a.id AS a, a.timeline AS t, b.timeline AS u,
                 score(a.timeline, %1$L, %3$L) AS one, score(b.timeline, %1$L, %3$L) AS two, three, four
          FROM (SELECT * FROM oracle.asked ORDER BY random() LIMIT 30) AS a,
               (SELECT * FROM oracle.asked ORDER BY random() LIMIT 10) AS b,
               LATERAL (SELECT penalty(a.timeline, %1$L, %3$L) AS three, penalty(b.timeline, %1$L, %3$L) AS four OFFSET 0) AS l
          OFFSET 0) AS s,
        oracle.points(t, %1$L, %3$L) AS g, oracle.points(u, %1$L, %3$L) AS h
$$);
SELECT oracle.right('two timelines in a row');

-- made on the spot: in every row they lie where those of the row before lay
CALL oracle.compare('timelines that lie where others lay', 15, $$
    SELECT i AS id, ARRAY [score(timeline_of('click', day), %1$L, %3$L), score(timeline_of('click', day), %1$L, %3$L),
                           penalty(timeline_of('purchase', day, i %% 9), %1$L, %3$L),
                           score(timeline_of('purchase', day, i %% 9), %2$L, %3$L)] AS got,
           ARRAY [click[1], click[1], purchase[2], other[1]] AS expected
    FROM generate_series(1, 200) AS i, LATERAL (SELECT date '2026-04-02' - i %% 40) AS d (day),
        oracle.points(timeline_of('click', day), %1$L, %3$L) AS click,
        oracle.points(timeline_of('purchase', day, i %% 9), %1$L, %3$L) AS purchase,
        oracle.points(timeline_of('purchase', day, i %% 9), %2$L, %3$L) AS other
$$);
SELECT oracle.right('timelines that lie where others lay');

-- 3. grids out of a table, more of them than are known by number, and each
-- timeline with all of them in turn

CALL oracle.compare('grids from a table', 6, $$
    SELECT id, ARRAY [one, two, three] AS got, ARRAY [g[1], g[2], h[1]] AS expected
    FROM (SELECT *, score(timeline, grid, %3$L) AS one, penalty(timeline, grid, %3$L) AS two,
                 score(timeline, grid, %4$L) AS three
          FROM (SELECT id, timeline, grid
                FROM (SELECT * FROM oracle.asked WHERE pg_column_size(timeline) < 2000 ORDER BY random() LIMIT 30) AS a,
                     (SELECT * FROM oracle.asking ORDER BY random() LIMIT 40) AS b
                ORDER BY id, random()) AS s
          OFFSET 0) AS s,
        oracle.points(timeline, grid, %3$L) AS g, oracle.points(timeline, grid, %4$L) AS h
$$);
SELECT oracle.right('grids from a table');

-- 4. parameters: expressions and prepared statements of PL/pgSQL, with errors
-- in between

CREATE PROCEDURE oracle.ask_by_parameters(test text, rounds int)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    t timeline; u timeline;
    g grid; h grid;
    d date;
    kind int;
    failed int := 0;
    got double precision[];
    expected double precision[];
BEGIN
    FOR i IN 1 .. rounds LOOP
        IF i % 5 = 1 THEN
            kind := oracle.asked_kind();
            g := oracle.asked_grid(kind);
            h := oracle.asked_grid(kind);
            d := oracle.asked_day();
            u := oracle.asked_timeline();
        END IF;
        t := oracle.asked_timeline();
        IF i % 7 = 0 THEN
            BEGIN
                PERFORM score(t + timeline_of('purchase', d, 9e14), '{"click": {"each": 1}, "purchase": {"per_value": -999999999}}', d);
            EXCEPTION WHEN numeric_value_out_of_range THEN
                failed := failed + 1;
            END;
        END IF;

        got := ARRAY [score(t, g, d), penalty(t, g, d)];
        got := got || score(u, g, d);
        got := got || ARRAY [score(t, h, d), penalty(u, h, d), penalty(t, h, d)];
        expected := oracle.points(t, g, d) || (oracle.points(u, g, d))[1] || (oracle.points(t, h, d))[1]
            || (oracle.points(u, h, d))[2] || (oracle.points(t, h, d))[2];
        IF got <> expected THEN
            INSERT INTO oracle.wrong VALUES (test, i, got, expected, format('%s %s %s', g, h, d));
        END IF;

        INSERT INTO oracle.wrong
        SELECT test, id, a.got, oracle.points(timeline, g, d) || oracle.points(timeline, h, d), format('%s %s %s', g, h, d)
        FROM oracle.asked, LATERAL (SELECT ARRAY [score(timeline, g, d), penalty(timeline, g, d),
                                                  score(timeline, h, d), penalty(timeline, h, d)] OFFSET 0) AS a (got)
        WHERE id BETWEEN i % 400 AND i % 400 + 5
            AND a.got <> oracle.points(timeline, g, d) || oracle.points(timeline, h, d);
    END LOOP;
    IF failed <> rounds / 7 THEN
        INSERT INTO oracle.wrong VALUES (test, failed, NULL, NULL, 'what must fail has not');
    END IF;
    INSERT INTO oracle.compared VALUES (test, rounds * 10);
END
$$;
CALL oracle.ask_by_parameters('parameters, and errors in between', 800);
SELECT oracle.right('parameters, and errors in between');

-- 5. two cursors that take turns, each opened again many times

CREATE PROCEDURE oracle.ask_by_cursors(test text, rounds int)
LANGUAGE plpgsql AS $$
DECLARE
    query text := $q$
        SELECT id, ARRAY [score(timeline, %1$L, %2$L), penalty(timeline, %1$L, %2$L)], timeline, %1$L::grid, %2$L::date
        FROM oracle.asked WHERE id %% 7 = %3$s
    $q$;
    one refcursor; two refcursor;
    asked int; got double precision[]; t timeline; g grid; d date;
    kind int;
BEGIN
    FOR i IN 1 .. rounds LOOP
        kind := oracle.asked_kind();
        d := oracle.asked_day();
        g := oracle.asked_grid(kind);
        OPEN one FOR EXECUTE format(query, g, d, i % 7);
        -- the same day with another grid, or the same grid on another day
        IF random() < 0.5 THEN
            g := oracle.asked_grid(kind);
        ELSE
            d := oracle.asked_day();
        END IF;
        OPEN two FOR EXECUTE format(query, g, d, i % 7);
        LOOP
            IF random() < 0.5 THEN
                FETCH one INTO asked, got, t, g, d;
            ELSE
                FETCH two INTO asked, got, t, g, d;
            END IF;
            EXIT WHEN NOT FOUND;
            IF got IS DISTINCT FROM oracle.points(t, g, d) THEN
                INSERT INTO oracle.wrong VALUES (test, asked, got, oracle.points(t, g, d), format('%s %s', g, d));
            END IF;
            INSERT INTO oracle.compared VALUES (test, 1);
        END LOOP;
        CLOSE one;
        CLOSE two;
        IF i % 10 = 0 THEN
            COMMIT;
        END IF;
    END LOOP;
END
$$;
CALL oracle.ask_by_cursors('cursors that take turns', 60);
SELECT oracle.right('cursors that take turns');

SELECT * FROM finish();
