-- RFM of public data: an R package's orders with the scores it gives them, and
-- the CDNOW customers against plain SQL.
--
-- The data is not part of this project: it is read from ../shared/data, or
-- from where SCORING_DATA says, and the test is skipped when it is not there.
\set QUIET on
\getenv data SCORING_DATA
\if :{?data}
\else
    \set data ../shared/data
\endif
\setenv SCORING_DATA :data
\set there `test -r "$SCORING_DATA/rfm/rfm_data_orders.csv" -a -r "$SCORING_DATA/cdnow/CDNOW_sample.txt" && echo on || echo off`
\if :there
\else
    \echo '1..0 # SKIP no data: neither SCORING_DATA nor ../shared/data has rfm and cdnow'
    \quit
\endif
\cd :data

SET client_min_messages = warning;
BEGIN;
CREATE SCHEMA real;
SELECT plan(29);

-- 1. The R package rfm -------------------------------------------------------

CREATE TABLE real.orders (customer text, ordered_on date, revenue numeric);
CREATE TABLE real.theirs (customer text PRIMARY KEY, recency int, frequency int, monetary numeric, r int, f int, m int, cell int);
CREATE TABLE real.their_cuts (r_lower float8, r_upper float8, f_lower float8, f_upper float8, m_lower float8, m_upper float8);
CREATE TABLE real.their_segments (customer text, segment text, cell int);
CREATE TABLE real.their_summary (segment text, customers bigint, orders numeric, revenue numeric, aov numeric);
\copy real.orders FROM 'rfm/rfm_data_orders.csv' (FORMAT csv, HEADER)
\copy real.theirs FROM 'rfm/ref_open/ref_orders_scores_r_pkg.csv' (FORMAT csv, HEADER)
\copy real.their_cuts FROM 'rfm/ref_open/ref_orders_thresholds_r_pkg.csv' (FORMAT csv, HEADER)
\copy real.their_segments FROM 'rfm/ref_open/ref_orders_segments_readme_r_pkg.csv' (FORMAT csv, HEADER)
\copy real.their_summary FROM 'rfm/ref_open/ref_orders_segment_summary_readme_r_pkg.csv' (FORMAT csv, HEADER)

CREATE TABLE real.ours AS
SELECT customer, (x).* FROM (SELECT customer, rfm(ordered_on, revenue, '2006-12-31') AS x FROM real.orders GROUP BY customer) AS o;

SELECT is(count(*), 995::bigint, 'customers') FROM real.ours;
SELECT set_eq('SELECT customer, recency, frequency::int, monetary FROM real.ours',
              'SELECT customer, recency, frequency, monetary FROM real.theirs', 'recency, frequency and monetary are theirs');

-- Their bins are lower <= v < upper, and a border is the quantile (type 7, as
-- percentile_cont) plus one: so that is what the cuts are.  In days there is
-- no other way to have whole bins; recency is turned round by 6 - r.
CREATE TABLE real.their_way AS
SELECT ARRAY(SELECT cut + 1 FROM unnest(quantile_cuts(recency, 5)) WITH ORDINALITY AS c (cut, n) ORDER BY n) AS r,
       ARRAY(SELECT cut + 1 FROM unnest(quantile_cuts(frequency, 5)) WITH ORDINALITY AS c (cut, n) ORDER BY n) AS f,
       ARRAY(SELECT cut + 1 FROM unnest(quantile_cuts(monetary, 5)) WITH ORDINALITY AS c (cut, n) ORDER BY n) AS m
FROM real.ours;
SELECT is((SELECT (array_agg(round(r_lower::numeric, 6) ORDER BY r_lower))[2:] FROM real.their_cuts),
          (SELECT array_agg(round(c::numeric, 6) ORDER BY n) FROM real.their_way, unnest(r) WITH ORDINALITY AS u (c, n)), 'their cuts of recency');
SELECT is((SELECT (array_agg(round(f_lower::numeric, 6) ORDER BY f_lower))[2:] FROM real.their_cuts),
          (SELECT array_agg(round(c::numeric, 6) ORDER BY n) FROM real.their_way, unnest(f) WITH ORDINALITY AS u (c, n)), 'of frequency');
SELECT is((SELECT (array_agg(round(m_lower::numeric, 6) ORDER BY m_lower))[2:] FROM real.their_cuts),
          (SELECT array_agg(round(c::numeric, 6) ORDER BY n) FROM real.their_way, unnest(m) WITH ORDINALITY AS u (c, n)), 'of monetary value');
SELECT set_eq($$
    SELECT customer, 6 - tier(recency, w.r) AS r, tier(frequency, w.f) AS f, tier(monetary, w.m) AS m,
           100 * (6 - tier(recency, w.r)) + 10 * tier(frequency, w.f) + tier(monetary, w.m) AS cell
    FROM real.ours, real.their_way AS w
$$, 'SELECT customer, r, f, m, cell FROM real.theirs', 'and all their scores, for all customers');

-- Ours, and where they differ.  Frequency does most: the 94 customers who
-- bought 7 times have 78 % of all below them and 12 % above, so they are in the
-- highest fifth.  "Plus one" puts everyone who stands on a border below it,
-- and leaves 12 % of customers in a class that is meant for 20 %.
CREATE TABLE real.our_way AS
SELECT rank_cuts(-recency, 5) AS r, rank_cuts(frequency, 5) AS f, rank_cuts(monetary, 5) AS m FROM real.ours;
CREATE TABLE real.differing AS
SELECT o.customer, o.recency, o.frequency, o.monetary, tier(-o.recency, w.r) AS r, tier(o.frequency, w.f) AS f, tier(o.monetary, w.m) AS m,
       t.r AS their_r, t.f AS their_f, t.m AS their_m
FROM real.ours AS o JOIN real.theirs AS t USING (customer), real.our_way AS w;
SELECT results_eq($$
    SELECT frequency, f, their_f, count(*) FROM real.differing WHERE f <> their_f GROUP BY 1, 2, 3 ORDER BY 1
$$, 'VALUES (7::bigint, 5, 4, 94::bigint)', 'frequency differs for those with 7 orders, and for nobody else');
SELECT results_eq('SELECT count(*) FILTER (WHERE f = 5), count(*) FILTER (WHERE their_f = 5) FROM real.differing',
                  'VALUES (214::bigint, 120::bigint)', 'the best fifth of 995 has 214 customers here, and 120 there');
-- The one that is added is one of whatever the column is counted in.
SELECT is_empty($$
    SELECT customer FROM real.differing AS d, real.their_way AS w
    WHERE d.r <> their_r AND NOT EXISTS (SELECT FROM unnest(w.r) AS cut WHERE recency BETWEEN cut - 1 AND cut)
       OR d.m <> their_m AND NOT EXISTS (SELECT FROM unnest(w.m) AS cut WHERE monetary BETWEEN cut - 1 AND cut)
$$, 'recency and monetary differ within one day or one unit of money of a border');
SELECT results_eq('SELECT count(*) FILTER (WHERE r <> their_r), count(*) FILTER (WHERE m <> their_m) FROM real.differing',
                  'VALUES (4::bigint, 10::bigint)', 'which are so many customers');
SELECT isnt(array_agg(tier(monetary / 1000, thousands) ORDER BY customer), array_agg(tier(monetary, w.m) ORDER BY customer),
            'in thousands their way gives other scores')
FROM real.ours, real.their_way AS w,
     (SELECT ARRAY(SELECT cut + 1 FROM unnest(quantile_cuts(monetary / 1000, 5)) AS cut) AS thousands FROM real.ours) AS t;
SELECT is(array_agg(tier(monetary / 1000, thousands) ORDER BY customer), array_agg(tier(monetary, w.m) ORDER BY customer),
          'ours gives the same')
FROM real.ours, real.our_way AS w, (SELECT rank_cuts(monetary / 1000, 5) AS thousands FROM real.ours) AS t;

-- Another tool's segments are an UPDATE away.
UPDATE rfm_segments SET segment = s.segment FROM (SELECT DISTINCT cell, segment FROM real.their_segments) AS s WHERE rfm_segments.cell = s.cell;
SELECT set_eq($$
    SELECT segment, count(*), sum(frequency) AS orders, sum(monetary) AS revenue, round(sum(monetary) / sum(frequency), 2) AS aov
    FROM (SELECT *, 6 - tier(recency, w.r) AS r, tier(frequency, w.f) AS f, tier(monetary, w.m) AS m FROM real.ours, real.their_way AS w) AS o (
        customer, recency, frequency, monetary, basket, per_year, rc, fc, mc, r, f, m)
    JOIN rfm_segments USING (r, f, m) GROUP BY segment
$$, 'SELECT * FROM real.their_summary', 'their segments, with customers, orders and revenue');
UPDATE rfm_segments SET segment = usual;

-- 2. CDNOW -------------------------------------------------------------------

CREATE TABLE real.line (line text);
\copy real.line FROM 'cdnow/CDNOW_sample.txt'
CREATE TABLE real.cdnow AS
SELECT w[2]::int AS customer, to_date(w[3], 'YYYYMMDD') AS ordered_on, w[4]::int AS cds, w[5]::numeric AS dollars
FROM real.line, regexp_split_to_array(btrim(line), '\s+') AS w;

SELECT is(count(*), 6919::bigint, 'CDNOW orders') FROM real.cdnow;
SELECT is(count(DISTINCT customer), 2357::bigint, 'of so many customers') FROM real.cdnow;
SELECT is(count(*), 8::bigint, 'of which some are worth nothing') FROM real.cdnow WHERE dollars <= 0;

-- an order without a net value is no purchase
CREATE TABLE real.buyer AS
SELECT customer, timeline, x.*
FROM (SELECT customer, timeline('purchase', ordered_on, dollars) FROM real.cdnow WHERE dollars > 0 GROUP BY customer) AS t,
     rfm(timeline, 'purchase', '1998-06-30') AS x;
CREATE TABLE real.sql AS
SELECT customer, date '1998-06-30' - max(ordered_on) AS recency, count(*) AS frequency, sum(dollars) AS monetary, avg(dollars) AS basket,
       count(*) * 365.0::float8 / greatest(90, date '1998-06-30' - min(ordered_on)) AS per_year
FROM real.cdnow WHERE dollars > 0 GROUP BY customer;

SELECT set_eq('SELECT customer, recency, frequency, monetary, basket, per_year FROM real.buyer', 'SELECT * FROM real.sql',
              'recency, frequency, monetary, basket and per_year, of all customers');
SELECT set_eq($$
    SELECT customer, (rfm(ordered_on, dollars, '1998-06-30')).* FROM real.cdnow WHERE dollars > 0 GROUP BY customer
$$, 'SELECT * FROM real.sql', 'straight from orders, too');
SELECT results_eq('SELECT count(*), sum(frequency), sum(monetary), max(monetary), min(recency), max(recency) FROM real.buyer',
                  $$SELECT count(DISTINCT customer), count(*)::numeric, sum(dollars),
                           (SELECT sum(dollars) FROM real.cdnow GROUP BY customer ORDER BY 1 DESC LIMIT 1),
                           date '1998-06-30' - max(ordered_on), (SELECT max(date '1998-06-30' - m) FROM
                               (SELECT max(ordered_on) AS m FROM real.cdnow WHERE dollars > 0 GROUP BY customer) AS s)
                    FROM real.cdnow WHERE dollars > 0$$, 'totals');
SELECT set_eq($$
    SELECT customer, (rfm(timeline, 'purchase', '1997-12-31', '3 months')).* FROM real.buyer
    WHERE rfm_recency(timeline, 'purchase', '1997-12-31', '3 months') IS NOT NULL
$$, $$
    SELECT customer, date '1997-12-31' - max(ordered_on) AS recency, count(*), sum(dollars), avg(dollars),
           count(*) * 365.0::float8 / greatest(90, date '1997-12-31' - min(ordered_on)) AS per_year
    FROM real.cdnow WHERE dollars > 0 AND ordered_on BETWEEN '1997-10-01' AND '1997-12-31' GROUP BY customer
$$, 'the last quarter of 1997');

-- Cut points, from mid-ranks: cut j is the smallest value of a class above j.
CREATE TABLE real.long AS
SELECT customer, what, x FROM real.sql,
    LATERAL (VALUES ('r', -recency::float8), ('f', frequency::float8), ('m', monetary::float8), ('b', basket::float8), ('y', per_year)) AS v (what, x);
CREATE TABLE real.ranked AS
SELECT customer, what, x,
       least(5, 1 + div(5 * (2 * (rank() OVER (PARTITION BY what ORDER BY x) - 1) + count(*) OVER (PARTITION BY what, x)),
                        2 * count(*) OVER (PARTITION BY what)))::int AS class
FROM real.long;
CREATE TABLE real.cuts AS
SELECT rank_cuts(-recency, 5) AS r, rank_cuts(frequency, 5) AS f, rank_cuts(monetary, 5) AS m,
       rank_cuts(basket, 5) AS b, rank_cuts(per_year, 5) AS y FROM real.buyer;
SELECT results_eq('SELECT r, f, m, b, y FROM real.cuts', $$
    SELECT max(cuts) FILTER (WHERE what = 'r'), max(cuts) FILTER (WHERE what = 'f'), max(cuts) FILTER (WHERE what = 'm'),
           max(cuts) FILTER (WHERE what = 'b'), max(cuts) FILTER (WHERE what = 'y')
    FROM (SELECT what, array_agg(coalesce((SELECT min(x) FROM real.ranked AS k WHERE k.what = w.what AND k.class > j), 'Infinity') ORDER BY j) AS cuts
          FROM (SELECT DISTINCT what FROM real.ranked) AS w, generate_series(1, 4) AS j GROUP BY what) AS c
$$, 'cut points of the quintiles');
SELECT is_empty($$
    SELECT customer FROM (
        SELECT b.customer, tier(-recency, c.r) AS r, tier(frequency, c.f) AS f, tier(monetary, c.m) AS m, tier(basket, c.b) AS b, tier(per_year, c.y) AS y,
               quantile_rank(5) OVER (ORDER BY recency DESC) AS qr, quantile_rank(5) OVER (ORDER BY frequency) AS qf,
               quantile_rank(5) OVER (ORDER BY monetary) AS qm, quantile_rank(5) OVER (ORDER BY basket::float8) AS qb,
               quantile_rank(5) OVER (ORDER BY per_year) AS qy
        FROM real.buyer AS b, real.cuts AS c) AS t
    JOIN (SELECT customer, max(class) FILTER (WHERE what = 'r') AS r, max(class) FILTER (WHERE what = 'f') AS f, max(class) FILTER (WHERE what = 'm') AS m,
                 max(class) FILTER (WHERE what = 'b') AS b, max(class) FILTER (WHERE what = 'y') AS y FROM real.ranked GROUP BY customer) AS k USING (customer)
    WHERE (t.r, t.f, t.m, t.b, t.y) <> (k.r, k.f, k.m, k.b, k.y) OR (t.r, t.f, t.m, t.b, t.y) <> (qr, qf, qm, qb, qy)
$$, 'quintiles by kept cuts, by quantile_rank and by mid-rank are one');

-- Half of them bought once.  Quantiles call that 3 of 5, mid-rank 2 of 5; and
-- both leave classes empty, which shows when all classes are asked for.
SELECT results_eq($$
    SELECT round(100.0 * count(*) FILTER (WHERE frequency = 1) / count(*)), tier(1, quantile_cuts(frequency, 5)), tier(1, rank_cuts(frequency, 5)) FROM real.buyer
$$, 'VALUES (51::numeric, 3, 2)', 'one-time buyers');
SELECT results_eq($$
    SELECT t.tier, count(frequency) FROM real.cuts CROSS JOIN tier_bounds(f) AS t LEFT JOIN real.buyer ON tier(frequency, f) = t.tier GROUP BY 1 ORDER BY 1
$$, $$
    SELECT j, (SELECT count(*) FROM real.ranked WHERE what = 'f' AND class = j) FROM generate_series(1, 5) AS j ORDER BY j
$$, 'customers in each class of frequency');
SELECT results_eq($$
    SELECT array_agg(t.tier ORDER BY t.tier) FROM real.cuts CROSS JOIN tier_bounds(f) AS t
    WHERE NOT EXISTS (SELECT FROM real.buyer WHERE tier(frequency, f) = t.tier)
$$, $$VALUES ('{1}'::int[])$$, 'the empty class');

-- Segments, ABC, value level
SELECT set_eq($$
    SELECT cell, segment, count(*) FROM (SELECT tier(-recency, c.r) AS r, tier(frequency, c.f) AS f, tier(monetary, c.m) AS m FROM real.buyer, real.cuts AS c) AS t
    LEFT JOIN rfm_segments USING (r, f, m) GROUP BY 1, 2
$$, $$
    SELECT cell, (SELECT segment FROM rfm_segments AS s WHERE s.cell = k.cell), count(*)
    FROM (SELECT (100 * max(class) FILTER (WHERE what = 'r') + 10 * max(class) FILTER (WHERE what = 'f') + max(class) FILTER (WHERE what = 'm')) AS cell
          FROM real.ranked GROUP BY customer) AS k GROUP BY 1, 2
$$, 'cells and segments');
SELECT results_eq($$
    SELECT customer, abc_label(tier(monetary, p)) FROM real.buyer, (SELECT pareto_cuts(monetary, '{0.80,0.95}') AS p FROM real.buyer) AS c ORDER BY 1
$$, $$
    SELECT customer, CASE WHEN larger < 0.80 * total THEN 'A' WHEN larger < 0.95 * total THEN 'B' ELSE 'C' END
    FROM (SELECT customer, sum(monetary) OVER (ORDER BY monetary DESC) - sum(monetary) OVER (PARTITION BY monetary) AS larger, sum(monetary) OVER () AS total
          FROM real.sql) AS s ORDER BY 1
$$, 'ABC by cumulative value');
SELECT results_eq($$
    SELECT customer, abc_label(tier(monetary, s)) FROM real.buyer, (SELECT share_cuts(monetary, '{0.2,0.6,0.2}') AS s FROM real.buyer) AS c ORDER BY 1
$$, $$
    SELECT customer, CASE WHEN mid >= 0.8 THEN 'A' WHEN mid >= 0.2 THEN 'B' ELSE 'C' END
    FROM (SELECT customer, (2 * (rank() OVER (ORDER BY monetary) - 1) + count(*) OVER (PARTITION BY monetary)) / (2.0 * count(*) OVER ()) AS mid
          FROM real.sql) AS s ORDER BY 1
$$, 'ABC by share of customers');
-- a margin: 30 % of what was paid less 20 dollars for each customer
SELECT results_eq($$
    SELECT customer, tier(0.3 * monetary - 20, cuts) FROM real.buyer,
        (SELECT 0 || share_cuts(0.3 * monetary - 20, '{0.5,0.3,0.15,0.05}') FILTER (WHERE 0.3 * monetary - 20 >= 0) AS cuts FROM real.buyer) AS c ORDER BY 1
$$, $$
    SELECT customer, CASE WHEN margin < 0 THEN 1 WHEN mid >= 0.95 THEN 5 WHEN mid >= 0.8 THEN 4 WHEN mid >= 0.5 THEN 3 ELSE 2 END
    FROM (SELECT customer, margin, (2 * (rank() OVER (PARTITION BY margin >= 0 ORDER BY margin) - 1) + count(*) OVER (PARTITION BY margin)) /
                                   (2.0 * count(*) OVER (PARTITION BY margin >= 0)) AS mid
          FROM (SELECT customer, 0.3 * monetary - 20 AS margin FROM real.sql) AS m) AS s ORDER BY 1
$$, 'value levels');

SELECT * FROM finish();
ROLLBACK;
