-- Cuts against their definitions, worked out slowly in plain SQL for random
-- samples: few and many ties, negatives, both zeros, the ends of float8.
\set QUIET on
\getenv seed SCORING_SEED
\if :{?seed}
\else
    SELECT trunc(random() * 1000000) AS seed \gset
\endif
\echo '# seed' :seed '(SCORING_SEED repeats it)'

-- in a database that cannot write snowflakes
SELECT current_database() AS database \gset
CREATE DATABASE scoring_latin1 ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0;
\connect scoring_latin1
SET client_min_messages = warning;
CREATE EXTENSION scoring;
SELECT string_agg(labels, '; ' ORDER BY n) AS labels
FROM (SELECT n, string_agg(scoring.tier_label(t, n), ', ' ORDER BY t) AS labels
      FROM generate_series(1, 11) AS n, generate_series(1, n) AS t GROUP BY n) AS l \gset
\connect :database
DROP DATABASE scoring_latin1;

BEGIN;
SELECT setseed(:seed / 1000000.0) \g /dev/null
CREATE SCHEMA slow;

-- 2^e for each exponent that a float8 can have, exactly
CREATE TABLE slow.power (e int PRIMARY KEY, value numeric);
INSERT INTO slow.power
WITH RECURSIVE up AS (
    SELECT 0 AS e, 1::numeric AS value UNION ALL SELECT e + 1, value * 2 FROM up WHERE e < 1023
), down AS (
    SELECT 0 AS e, 1::numeric AS value UNION ALL SELECT e - 1, value * 0.5 FROM down WHERE e > -1074
)
SELECT * FROM up UNION SELECT * FROM down;

-- a float8 as the number it is; a cast to numeric rounds it to 15 digits
CREATE FUNCTION slow.exactly(x float8) RETURNS numeric
LANGUAGE sql STABLE STRICT AS $$
    SELECT sign(x)::numeric * (mantissa + CASE WHEN exponent > 0 THEN 4503599627370496 ELSE 0 END) * value
    FROM (SELECT (bits >> 52)::int & 2047 AS exponent, bits & 4503599627370495 AS mantissa
          FROM (SELECT ('x' || encode(float8send(x), 'hex'))::bit(64)::bigint AS bits) AS b) AS m
    JOIN slow.power ON e = greatest(exponent, 1) - 1075
$$;

-- the place of a float8 among all of them, so that neighbours differ by 1
CREATE FUNCTION slow.place(x float8) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN bits >= 0 THEN bits ELSE -(bits & 9223372036854775807) END
    FROM (SELECT ('x' || encode(float8send(x), 'hex'))::bit(64)::bigint AS bits) AS b
$$;

-- what its last binary digit is worth
CREATE FUNCTION slow.digit(x float8) RETURNS numeric
LANGUAGE sql STABLE STRICT AS $$
    SELECT value FROM slow.power WHERE e = greatest((slow.place(abs(x)) >> 52)::int, 1) - 1075
$$;

CREATE FUNCTION slow.random_value(kind int) RETURNS float8
LANGUAGE sql VOLATILE AS $$
    SELECT CASE kind
        WHEN 0 THEN floor(random() * 4)                         -- heavy ties
        WHEN 1 THEN floor(random() * 20) - 10
        WHEN 2 THEN random()
        WHEN 3 THEN 3.7                                         -- all equal
        WHEN 4 THEN (random() - 0.5) * 1.7e308 * 2                  -- overflows when subtracted
        WHEN 5 THEN floor(random() * 9 - 4) * 5e-324            -- subnormal
        WHEN 6 THEN (ARRAY[0.0::float8, '-0', 1, -1, 1e308, -1e308, 5e-324])[1 + floor(random() * 7)::int]
        WHEN 7 THEN exp(random() * 12)::numeric(12, 2)          -- amounts
        WHEN 8 THEN floor(exp(random() * 5))                    -- counts
        WHEN 9 THEN (random() - 0.3) * 10 ^ floor(random() * 20)::float8
    END
$$;

CREATE TABLE slow.sample (id int, kind int, row int, x float8);
INSERT INTO slow.sample
SELECT id, kind, row, x
FROM (SELECT id, id % 10 AS kind, CASE WHEN id < 40 THEN id / 10 + 1 ELSE 2 + floor(random() * 40)::int END AS size
      FROM generate_series(0, 399) AS id OFFSET 0) AS s,
     LATERAL generate_series(1, size) AS row,
     LATERAL (SELECT CASE WHEN row > 1 AND random() < 0.05 THEN NULL ELSE slow.random_value(kind) END AS x
              OFFSET 0) AS v;
-- every id takes part in every test
DELETE FROM slow.sample WHERE x IN ('Infinity', '-Infinity');

CREATE TABLE slow.tiers (n int);
INSERT INTO slow.tiers VALUES (2), (3), (5), (6), (10), (37);

-- for each value the population, the values below and those equal to it, and
-- the sum of the larger ones
CREATE TABLE slow.value AS
SELECT id, kind, x, exact, total, sum(count) OVER below - count AS below, count AS equal,
       sum(exact * count) OVER (PARTITION BY id) AS value,
       sum(exact * count) OVER (PARTITION BY id ORDER BY x DESC) - exact * count AS larger
FROM (SELECT id, kind, x, slow.exactly(x) AS exact, count(*) AS count,
             sum(count(*)) OVER (PARTITION BY id) AS total
      FROM slow.sample WHERE x IS NOT NULL GROUP BY id, kind, x) AS v
WINDOW below AS (PARTITION BY id ORDER BY x);

-- A test that compares a table of things found with a table of things expected
CREATE FUNCTION slow.none(query text, description text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    EXECUTE format('SELECT string_agg(q::text, E''\n'') FROM (SELECT * FROM (%s) AS q LIMIT 5) AS q', query) INTO found;
    RETURN ok(found IS NULL, description) || coalesce(E'\n' || diag(found), '');
END
$$;

SELECT plan(58);

SELECT ok(count(*) > 3000 AND count(*) FILTER (WHERE equal > 1) > 300, 'there is something to try')
FROM slow.value;

-- rank_cuts ----------------------------------------------------------------

CREATE TABLE slow.rank_cuts AS
SELECT id, n, rank_cuts(x, n) AS cuts FROM slow.sample, slow.tiers GROUP BY id, n;
CREATE TABLE slow.rank AS
SELECT id, n, x, 1 + div(n * (2 * below + equal), 2 * total)::int AS tier
FROM slow.value, slow.tiers;
CREATE INDEX ON slow.rank (id, n);

SELECT slow.none($$
    SELECT id, n, x, r.tier, c.cuts FROM slow.rank AS r JOIN slow.rank_cuts AS c USING (id, n)
    WHERE tier(x, cuts) <> r.tier OR r.tier > n
$$, 'tier(x, rank_cuts) is the tier of the mid-rank, for every member');
SELECT slow.none($$
    SELECT id, n, j, cuts FROM slow.rank_cuts, generate_series(1, n - 1) AS j
    WHERE cuts[j] IS DISTINCT FROM (SELECT coalesce(min(x), 'Infinity') FROM slow.rank AS r
                                    WHERE r.id = rank_cuts.id AND r.n = rank_cuts.n AND r.tier > j)
$$, 'cut j is the smallest value of a tier above j, Infinity when there is none');
SELECT slow.none($$
    SELECT id, n FROM slow.rank_cuts WHERE cardinality(cuts) <> n - 1
$$, 'there are n - 1 of them');
SELECT slow.none($$
    SELECT id, n, min(tier(x, cuts)), max(tier(x, cuts))
    FROM slow.rank_cuts JOIN slow.value USING (id) GROUP BY id, n, total
    HAVING count(*) = total AND total % n = 0
       AND (min(tier(x, cuts)), max(tier(x, cuts))) IS DISTINCT FROM (1, n)
$$, 'without ties all tiers from 1 to n are there');

-- share_cuts ---------------------------------------------------------------

CREATE TABLE slow.shares (shares numeric[]);
INSERT INTO slow.shares VALUES
    ('{0.2,0.6,0.2}'), ('{0.333333,0.333333,0.333334}'), ('{0.5,0.3,0.15,0.05}'), ('{0.000000000000000001,0.999999999999999999}');
INSERT INTO slow.shares
SELECT array_agg(share) || (1 - sum(share))
FROM (SELECT s, trunc(random()::numeric, 6) / 10 + 0.000001 AS share
      FROM generate_series(1, 6) AS s, generate_series(1, s + 2)) AS r GROUP BY s;
CREATE TABLE slow.share_cuts AS
SELECT id, shares, share_cuts(x, shares) AS cuts FROM slow.sample, slow.shares GROUP BY id, shares;
CREATE TABLE slow.share AS
SELECT id, x, shares, 1 + (SELECT count(*) FROM (SELECT sum(share) OVER (ORDER BY i) AS upto
                                                 FROM unnest(shares) WITH ORDINALITY AS s (share, i)) AS c
                           WHERE upto * 2 * total <= 2 * below + equal) AS tier
FROM slow.value, slow.shares;
CREATE INDEX ON slow.share (id);
CREATE INDEX ON slow.sample (id);
ANALYZE slow.share;

SELECT slow.none($$
    SELECT id, x, shares, s.tier, cuts FROM slow.share AS s JOIN slow.share_cuts USING (id, shares)
    WHERE tier(x, cuts) <> s.tier
$$, 'tier(x, share_cuts) is 1 + the cumulative shares not above the mid-rank');
SELECT slow.none($$
    SELECT id, shares, cuts FROM slow.share_cuts, generate_series(1, cardinality(shares) - 1) AS j
    WHERE cardinality(cuts) <> cardinality(shares) - 1
       OR cuts[j] IS DISTINCT FROM (SELECT coalesce(min(x), 'Infinity') FROM slow.share AS s
                                    WHERE s.id = share_cuts.id AND s.shares = share_cuts.shares AND s.tier > j)
$$, 'cuts of shares are the smallest values of their tiers');
SELECT slow.none($$
    SELECT id, n FROM slow.rank_cuts AS r, LATERAL (SELECT share_cuts(x, array_fill(1.0 / n, ARRAY[n])) AS cuts
                                      FROM slow.sample AS s WHERE s.id = r.id) AS s
    WHERE n IN (2, 5, 10) AND s.cuts <> r.cuts
$$, 'equal shares are ranks');

-- equal_cuts ---------------------------------------------------------------

SET LOCAL client_min_messages = warning;
CREATE TABLE slow.equal_cuts AS
SELECT id, n, equal_cuts(x, n) AS cuts, min(x) AS lowest, max(x) AS highest
FROM slow.sample, slow.tiers GROUP BY id, n;

SELECT slow.none($$
    SELECT id, n, j, cuts
    FROM slow.equal_cuts, generate_series(1, n - 1) AS j,
         LATERAL (SELECT abs(slow.exactly(cuts[j]) * n - slow.exactly(lowest) * (n - j) - slow.exactly(highest) * j) * 2 AS twice,
                         slow.digit(cuts[j]) * n AS digit) AS distance
    WHERE lowest < highest AND n < 37 AND (twice IS NULL OR twice > digit OR twice = digit AND slow.place(cuts[j]) % 2 <> 0)
      AND slow.place(cuts[j]) > slow.place(lowest) + 1
$$, 'cut j is the nearest float8 to (lowest (n - j) + highest j) / n');
SELECT slow.none($$
    SELECT id, n, j, cuts FROM slow.equal_cuts, generate_series(1, n - 1) AS j
    WHERE slow.place(cuts[j]) = slow.place(lowest) + 1
      AND (slow.exactly(cuts[j]) * 2 + slow.digit(cuts[j])) * n < (slow.exactly(lowest) * (n - j) + slow.exactly(highest) * j) * 2
$$, 'or the one above the lowest');
SELECT slow.none($$
    SELECT * FROM slow.equal_cuts
    WHERE lowest < highest AND (tier(lowest, cuts), tier(highest, cuts), cardinality(cuts)) IS DISTINCT FROM (1, n, n - 1)
$$, 'the lowest value is in tier 1, the highest in tier n');
SELECT slow.none($$
    SELECT * FROM slow.equal_cuts WHERE lowest = highest AND cuts IS NOT NULL
$$, 'no cuts when all are equal');
SELECT ok(tier(1, cuts) = 1 AND tier(1.0000000000000002, cuts) = 10, 'two neighbours of float8 are parted')
FROM (SELECT equal_cuts(x, 10) AS cuts FROM (VALUES (1::float8), (1.0000000000000002)) AS s (x)) AS c;

-- pareto_cuts --------------------------------------------------------------

CREATE TABLE slow.limits (limits numeric[]);
INSERT INTO slow.limits VALUES ('{0.80,0.95}'), ('{0.5}'), ('{0.000000000000000001,0.25,0.999999999999999999}');
INSERT INTO slow.limits
SELECT array_agg(DISTINCT round(random()::numeric * 0.99, 3) + 0.001)
FROM generate_series(1, 8) AS s, generate_series(1, s) GROUP BY s;
CREATE TABLE slow.pareto_cuts AS
SELECT id, limits, pareto_cuts(x, limits) AS cuts FROM slow.sample, slow.limits GROUP BY id, limits;

SELECT slow.none($$
    SELECT id, x, limits, cuts FROM slow.value JOIN slow.pareto_cuts USING (id)
    WHERE value > 0 AND tier(x, cuts) IS DISTINCT FROM
          1 + CASE WHEN x > 0 THEN (SELECT count(*) FROM unnest(limits) AS l WHERE larger < l * value) ELSE 0 END
$$, 'tier(x, pareto_cuts) by exact sums of all larger values');
SELECT slow.none($$
    SELECT id, limits, cuts FROM slow.value JOIN slow.pareto_cuts USING (id)
    WHERE CASE WHEN value > 0 THEN cardinality(cuts) IS DISTINCT FROM cardinality(limits) ELSE cuts IS NOT NULL END
$$, 'a cut for each limit; none when the total is not above 0');
SELECT slow.none($$
    SELECT id, limits, cuts FROM slow.pareto_cuts, unnest(cuts) AS cut
    WHERE NOT EXISTS (SELECT FROM slow.sample AS s WHERE s.id = pareto_cuts.id AND x = cut)
$$, 'each cut is a value of the sample');
-- one value is as much as 16,384 others: exactly half of the total is not below
-- half of it, and is below a little more
SELECT slow.none($$
    SELECT k, half, more
    FROM generate_series(-1040, 1000, 17) AS k, LATERAL (SELECT pow(2::float8, k) * 1.0000000000000002 AS small) AS v,
         LATERAL (SELECT pareto_cuts(x, '{0.5}') AS half, pareto_cuts(x, '{0.500000000000000001}') AS more
                  FROM (SELECT small AS x FROM generate_series(1, 16384) UNION ALL SELECT small * 16384) AS s) AS c
    WHERE (half[1], more[1]) IS DISTINCT FROM (small * 16384, small)
$$, 'many equal values of any size');
SELECT ok(count(*) FILTER (WHERE cuts IS NULL) > 100, 'totals at or below 0 have been tried') FROM slow.pareto_cuts;

-- quantile_cuts ------------------------------------------------------------

CREATE TABLE slow.quantile_cuts AS
SELECT id, n, quantile_cuts(x, n) AS cuts,
       percentile_cont((SELECT array_agg(j::float8 / n ORDER BY j) FROM generate_series(1, n - 1) AS j))
       WITHIN GROUP (ORDER BY x) AS expected
FROM slow.sample, slow.tiers WHERE kind NOT IN (4, 6) GROUP BY id, n;

SELECT slow.none($$
    SELECT * FROM slow.quantile_cuts WHERE cuts IS DISTINCT FROM expected
$$, 'quantile_cuts are percentile_cont');
SELECT slow.none($$
    SELECT id, n, cuts FROM slow.tiers, LATERAL (SELECT id, quantile_cuts(x, n) AS cuts FROM slow.sample GROUP BY id) AS q
    WHERE tier('Infinity', cuts) <> n OR 'Infinity' = ANY (cuts)
$$, 'and ascend, finite, where percentile_cont overflows');
SELECT is(quantile_cuts(x, 5), percentile_cont('{0.2,0.4,0.6,0.8}'::float8[]) WITHIN GROUP (ORDER BY x),
          'fractions as decimals are the same ones')
FROM slow.sample WHERE kind = 2;

-- natural_cuts -------------------------------------------------------------
-- All ways to cut small samples, and the sum of squared deviations of each.

CREATE TABLE slow.small AS
SELECT id, row, x FROM (
    SELECT id, row, CASE id % 6
        WHEN 0 THEN floor(random() * 8)
        WHEN 1 THEN floor(random() * 8) / 4 - 1e9
        WHEN 2 THEN exp(random() * 10)
        WHEN 3 THEN floor(random() * 3) + 1000000 * floor(random() * 4)
        WHEN 4 THEN random() + 1e8 * floor(random() * 3)
        ELSE floor(random() * 12) * 5e-324
    END AS x
    FROM (SELECT id, 1 + floor(random() * 12)::int AS size FROM generate_series(1, 120) AS id OFFSET 0) AS s,
         LATERAL generate_series(1, size) AS row) AS r;
CREATE TABLE slow.distinct_value AS
SELECT id, x, slow.exactly(x) AS exact, count(*) AS weight, row_number() OVER (PARTITION BY id ORDER BY x)::int AS rank,
       count(*) OVER (PARTITION BY id) AS distinct_values
FROM slow.small GROUP BY id, x;
-- what a class from one value to another costs; the subnormal ones need digits
CREATE TABLE slow.class AS
SELECT a.id, a.rank AS first, b.rank AS last, a.x AS lowest,
       sum(v.weight * v.exact ^ 2) - sum(v.weight * v.exact) ^ 2 * ('1.' || repeat('0', 100))::numeric / sum(v.weight) AS cost
FROM slow.distinct_value AS a JOIN slow.distinct_value AS b ON b.id = a.id AND b.rank >= a.rank
JOIN (SELECT id, rank, weight, CASE WHEN id % 6 = 5 THEN exact / (SELECT value FROM slow.power WHERE e = -1074) ELSE exact END AS exact
      FROM slow.distinct_value) AS v ON v.id = a.id AND v.rank BETWEEN a.rank AND b.rank
GROUP BY a.id, a.rank, b.rank, a.x;
CREATE TABLE slow.partition AS
WITH RECURSIVE p AS (
    SELECT id, 1 AS classes, last, cost, '{}'::float8[] AS cuts FROM slow.class WHERE first = 1
    UNION ALL
    SELECT p.id, classes + 1, c.last, p.cost + c.cost, cuts || c.lowest
    FROM p JOIN slow.class AS c ON c.id = p.id AND c.first = p.last + 1 WHERE classes < 5
)
SELECT p.* FROM p WHERE last = (SELECT max(last) FROM slow.class AS c WHERE c.id = p.id);
-- the cheapest, to 60 digits; of equal ones the lowest last cut, and so on
CREATE TABLE slow.best AS
SELECT DISTINCT ON (id, classes) id, classes, cuts
FROM slow.partition
ORDER BY id, classes, round(cost, 60),
         (SELECT array_agg(c ORDER BY i DESC) FROM unnest(cuts) WITH ORDINALITY AS u (c, i));

SELECT slow.none($$
    SELECT id, classes, best.cuts, found.cuts AS found
    FROM slow.best, LATERAL (SELECT natural_cuts(x, classes) AS cuts FROM slow.small WHERE small.id = best.id) AS found
    WHERE classes > 1 AND found.cuts <> best.cuts
$$, 'natural_cuts are the best of all ways to cut');
SELECT ok(count(*) > 200, 'which has been tried for ' || count(*)) FROM slow.best WHERE classes > 1;
SELECT ok(count(*) > 3, 'of which ' || count(*) || ' have a tie') FROM (
    SELECT FROM slow.partition WHERE classes > 1 GROUP BY id, classes
    HAVING count(*) FILTER (WHERE cost = (SELECT min(cost) FROM slow.partition AS p
                                          WHERE p.id = partition.id AND p.classes = partition.classes)) > 1) AS t;
SELECT slow.none($$
    SELECT id, n, m, cuts
    FROM slow.tiers, LATERAL (SELECT id, natural_cuts(x, n) AS cuts, count(DISTINCT x) AS m, array_agg(DISTINCT x) AS values
                              FROM slow.small GROUP BY id) AS c
    WHERE m <= n AND cuts <> values[2:] || array_fill('Infinity'::float8, ARRAY[n - m::int])
$$, 'with too few values each is a class, and the tiers above are empty');
SELECT slow.none($$
    SELECT n, cuts FROM slow.tiers, LATERAL (
        SELECT natural_cuts(x, n) AS cuts FROM generate_series(0, 999) AS x) AS c
    WHERE n IN (2, 5, 10) AND cuts <> (SELECT array_agg(j * 1000.0::float8 / n ORDER BY j) FROM generate_series(1, n - 1) AS j)
$$, 'a thousand neighbours are cut into equal parts');

-- The same whatever the order, the plan and the workers -----------------------

CREATE TABLE slow.many (id int, g int, x float8) PARTITION BY HASH (id);
SELECT format('CREATE TABLE slow.many_%s PARTITION OF slow.many FOR VALUES WITH (MODULUS 3, REMAINDER %s)', i, i)
FROM generate_series(0, 2) AS i \gexec
INSERT INTO slow.many
SELECT id, id % 7, CASE WHEN random() < 0.02 THEN NULL WHEN id % 7 < 3 THEN floor(exp(random() * 6)) ELSE (random() - 0.2) * 10 ^ (random() * 15) END
FROM generate_series(1, 30000) AS id;
ANALYZE slow.many;

CREATE VIEW slow.all_cuts AS
SELECT rank_cuts(x, 5) AS rank, share_cuts(x, '{0.2,0.6,0.2}') AS share, equal_cuts(x, 6) AS equal,
       pareto_cuts(x, '{0.80,0.95}') AS pareto, natural_cuts(x, 4) AS breaks, quantile_cuts(x, 7) AS quantile
FROM slow.many;
CREATE VIEW slow.all_cuts_by_g AS
SELECT g, rank_cuts(x, 5) AS rank, share_cuts(x, '{0.2,0.6,0.2}') AS share, equal_cuts(x, 6) AS equal,
       pareto_cuts(x, '{0.80,0.95}') AS pareto, natural_cuts(x, 4) AS breaks, quantile_cuts(x, 7) AS quantile
FROM slow.many GROUP BY g;

CREATE FUNCTION slow.plan_of(query text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    line text;
    plan text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP
        plan := plan || line || E'\n';
    END LOOP;
    RETURN plan;
END
$$;

SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TABLE slow.serial AS SELECT * FROM slow.all_cuts;
CREATE TABLE slow.serial_by_g AS SELECT * FROM slow.all_cuts_by_g;
SELECT unalike(slow.plan_of('TABLE slow.all_cuts'), '%Partial%', 'serial: one aggregate');
SELECT is(cardinality(breaks), 3, 'serial: there are cuts') FROM slow.serial;

SELECT is((SELECT ROW(rank_cuts(x, 5 ORDER BY x), share_cuts(x, '{0.2,0.6,0.2}' ORDER BY x), equal_cuts(x, 6 ORDER BY x),
                      pareto_cuts(x, '{0.80,0.95}' ORDER BY x), natural_cuts(x, 4 ORDER BY x), quantile_cuts(x, 7 ORDER BY x))::text
           FROM slow.many), s::text, 'ascending')
FROM slow.serial AS s;
SELECT is((SELECT ROW(rank_cuts(x, 5 ORDER BY x DESC), share_cuts(x, '{0.2,0.6,0.2}' ORDER BY x DESC), equal_cuts(x, 6 ORDER BY x DESC),
                      pareto_cuts(x, '{0.80,0.95}' ORDER BY x DESC), natural_cuts(x, 4 ORDER BY x DESC), quantile_cuts(x, 7 ORDER BY x DESC))::text
           FROM slow.many), s::text, 'descending')
FROM slow.serial AS s;
SELECT is((SELECT ROW(rank_cuts(x, 5 ORDER BY random()), share_cuts(x, '{0.2,0.6,0.2}' ORDER BY random()), equal_cuts(x, 6 ORDER BY random()),
                      pareto_cuts(x, '{0.80,0.95}' ORDER BY random()), natural_cuts(x, 4 ORDER BY random()), quantile_cuts(x, 7 ORDER BY random()))::text
           FROM slow.many), s::text, 'in any order')
FROM slow.serial AS s;

-- (neither a cursor nor a query with a function of pgTAP's runs in parallel)
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
CREATE TABLE slow.parallel AS SELECT * FROM slow.all_cuts;
CREATE TABLE slow.parallel_by_g AS SELECT * FROM slow.all_cuts_by_g;
SELECT alike(slow.plan_of('CREATE TABLE slow.p AS SELECT * FROM slow.all_cuts'), '%Finalize Aggregate%Gather%Partial Aggregate%',
             'parallel: partial aggregates');
SELECT is(p::text, s::text, 'parallel') FROM slow.parallel AS p, slow.serial AS s;
SELECT alike(slow.plan_of('CREATE TABLE slow.p AS SELECT * FROM slow.all_cuts_by_g'), '%Finalize %Gather%Partial %',
             'parallel groups: partial aggregates');
SELECT set_eq('TABLE slow.parallel_by_g', 'TABLE slow.serial_by_g', 'parallel groups');
SET LOCAL parallel_leader_participation = off;
CREATE TABLE slow.workers AS SELECT * FROM slow.all_cuts;
SELECT is(p::text, s::text, 'parallel, workers alone') FROM slow.workers AS p, slow.serial AS s;

SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL enable_partitionwise_aggregate = on;
SELECT alike(slow.plan_of('TABLE slow.all_cuts_by_g'), '%Append%Partial %Partial %', 'partitionwise: partial aggregates');
SELECT set_eq('TABLE slow.all_cuts_by_g', 'TABLE slow.serial_by_g', 'partitionwise');
SET LOCAL enable_partitionwise_aggregate = off;

SET LOCAL work_mem = '64kB';
SET LOCAL enable_sort = off;
CREATE TABLE slow.spilled AS
SELECT id / 10 AS g, rank_cuts(x, 5) AS rank, share_cuts(x, '{0.2,0.6,0.2}') AS share, quantile_cuts(x, 7) AS quantile
FROM slow.many GROUP BY 1;
SET LOCAL enable_sort = on;
SET LOCAL enable_hashagg = off;
SET LOCAL work_mem = '64MB';
SELECT results_eq($$
    SELECT id / 10 AS g, rank_cuts(x, 5) AS rank, share_cuts(x, '{0.2,0.6,0.2}') AS share, quantile_cuts(x, 7) AS quantile
    FROM slow.many GROUP BY 1 ORDER BY 1
$$, 'TABLE slow.spilled ORDER BY 1', 'many small groups, hashed beyond work_mem and sorted');
SET LOCAL enable_hashagg = on;

-- windows: a growing frame, and one that moves on
SELECT slow.none($$
    SELECT * FROM (
        SELECT id, x, rank_cuts(x, 5) OVER f AS rank, pareto_cuts(x, '{0.5,0.9}') OVER f AS pareto, equal_cuts(x, 4) OVER f AS equal,
               natural_cuts(x, 3) OVER f AS breaks, quantile_cuts(x, 4) OVER f AS quantile, array_agg(x) OVER f AS seen
        FROM slow.many WHERE id <= 300 WINDOW f AS (ORDER BY id)) AS w,
    LATERAL (SELECT rank_cuts(v, 5) AS rank_2, pareto_cuts(v, '{0.5,0.9}') AS pareto_2, equal_cuts(v, 4) AS equal_2,
                    natural_cuts(v, 3) AS breaks_2, quantile_cuts(v, 4) AS quantile_2 FROM unnest(seen) AS v) AS s
    WHERE (rank, pareto, equal, breaks, quantile) IS DISTINCT FROM (rank_2, pareto_2, equal_2, breaks_2, quantile_2)
$$, 'a frame that grows by one');
SELECT slow.none($$
    SELECT * FROM (
        SELECT id, y, rank_cuts(y, 5) OVER f AS rank, share_cuts(y, '{0.5,0.5}') OVER f AS share, array_agg(y) OVER f AS seen
        FROM (SELECT id, x AS y, 1 AS part FROM slow.many WHERE id <= 1000
              UNION ALL SELECT id, 4 + floor(random() * 4), 2 FROM slow.many WHERE id <= 1000) AS p
        WINDOW f AS (PARTITION BY part ORDER BY id / 100)) AS w,
    LATERAL (SELECT rank_cuts(v, 5) AS rank_2, share_cuts(v, '{0.5,0.5}') AS share_2 FROM unnest(seen) AS v) AS s
    WHERE (rank, share) IS DISTINCT FROM (rank_2, share_2)
$$, 'a frame that grows by a hundred');
SELECT slow.none($$
    SELECT * FROM (
        SELECT id, rank_cuts(x, 5) OVER f AS rank, array_agg(x) OVER f AS seen
        FROM slow.many WHERE id <= 300 WINDOW f AS (ORDER BY id ROWS 20 PRECEDING)) AS w,
    LATERAL (SELECT rank_cuts(v, 5) AS rank_2 FROM unnest(seen) AS v) AS s
    WHERE rank IS DISTINCT FROM rank_2
$$, 'a frame that moves');

-- large samples are sorted in another way than small ones
SELECT slow.none($$
    SELECT size, kind FROM (SELECT size, kind, quantile_cuts(x, 1000) AS cuts,
             percentile_cont((SELECT array_agg(j / 1000.0::float8 ORDER BY j) FROM generate_series(1, 999) AS j)) WITHIN GROUP (ORDER BY x) AS expected
          FROM (SELECT size, kind, slow.random_value(kind) AS x
                FROM unnest('{65,200,4095,4096,20000}'::int[]) AS size, unnest('{0,1,2,5,7,8,9}'::int[]) AS kind,
                     generate_series(1, size) OFFSET 0) AS r GROUP BY size, kind) AS q
    WHERE cuts IS DISTINCT FROM expected
$$, 'samples of all sizes and kinds are sorted');

-- tier ---------------------------------------------------------------------

CREATE TABLE slow.cuts AS
SELECT id, n, array_agg(x ORDER BY x) AS cuts FROM slow.tiers, slow.value WHERE random() < 0.3 GROUP BY id, n;
SELECT slow.none($$
    SELECT x, cuts FROM slow.value JOIN slow.cuts USING (id)
    WHERE tier(x, cuts) <> 1 + (SELECT count(*) FROM unnest(cuts) AS c WHERE c <= x)
$$, 'tier is 1 + the number of cuts that are not above');
CREATE TABLE slow.long AS SELECT array_agg(i::float8) AS cuts FROM generate_series(1, 10000) AS i;
ALTER TABLE slow.long ALTER cuts SET STORAGE EXTENDED;
SELECT is((SELECT array_agg(tier(x, cuts)) FROM slow.long, unnest('{0,1,5000.5,99999}'::float8[]) AS x), '{1,2,5001,10001}',
          'cuts that are compressed or stored out of line');
CREATE FUNCTION slow.in_plpgsql(cuts float8[], score float8) RETURNS int
LANGUAGE plpgsql AS $$ BEGIN cuts[2] := 7; RETURN tier(score, cuts); END $$;
SELECT is(slow.in_plpgsql('{1,2,9}', 5), 2, 'cuts that plpgsql keeps expanded');

-- NULL in every argument, and what the catalogue says ------------------------

SELECT is(ROW(tier(NULL, '{1}'), tier(1, NULL), tier_label(NULL, 5), tier_label(1, NULL)), ROW(NULL::int, NULL::int, NULL::text, NULL::text),
          'NULL in, NULL out');
SELECT throws_ok(format('SELECT %s FROM generate_series(1, 3) AS v', call), '22004', NULL, call)
FROM unnest(ARRAY['rank_cuts(v, NULL)', 'equal_cuts(v, NULL)', 'natural_cuts(v, NULL)', 'quantile_cuts(v, NULL)',
                  'share_cuts(v, NULL)', 'pareto_cuts(v, NULL)']) AS call;
SELECT slow.none($$
    SELECT aggfnoid FROM pg_aggregate JOIN pg_proc ON oid = aggfnoid
    WHERE proname ~ '_cuts$' AND pronamespace = 'scoring'::regnamespace
      AND (aggcombinefn = 0 OR aggserialfn = 0 OR aggdeserialfn = 0 OR aggtransspace = 0 OR aggfinalmodify <> 'r'
           OR proparallel <> 's' OR provolatile <> 'i')
$$, 'every aggregate combines, is parallel safe and immutable');

-- labels -------------------------------------------------------------------

SELECT is(array_agg(tier_label(t, 6) ORDER BY t),
          ARRAY[repeat(U&'\2744\FE0F', 3), repeat(U&'\2744\FE0F', 2), U&'\2744\FE0F',
                U&'\+01F525', repeat(U&'\+01F525', 2), repeat(U&'\+01F525', 3)], 'labels of six tiers')
FROM generate_series(1, 6) AS t;
SELECT is(array_agg(tier_label(t, 3) ORDER BY t), ARRAY[U&'\2744\FE0F', U&'\26C5', U&'\+01F525'], 'labels of three tiers')
FROM generate_series(1, 3) AS t;
SELECT is((SELECT count(DISTINCT (n, tier_label(t, n))) FROM generate_series(1, 20) AS n, generate_series(1, n) AS t),
          210::bigint, 'labels of up to twenty tiers differ');

SELECT is(:'labels'::text, 'mild; '
    'cold, hot; '
    'cold, mild, hot; '
    'frozen, cold, warm, hot; '
    'frozen, cold, mild, warm, hot; '
    'frozen, cold, cool, lukewarm, warm, hot; '
    'frozen, cold, cool, mild, lukewarm, warm, hot; '
    'frozen, icy, cold, cool, lukewarm, warm, hot, burning; '
    'frozen, icy, cold, cool, mild, lukewarm, warm, hot, burning; '
    'frozen, icy, cold, chilly, cool, lukewarm, warm, very warm, hot, burning; '
    '1 of 11, 2 of 11, 3 of 11, 4 of 11, 5 of 11, 6 of 11, 7 of 11, 8 of 11, 9 of 11, 10 of 11, 11 of 11',
    'labels in a database that has no snowflakes');

SELECT * FROM finish();
ROLLBACK;
