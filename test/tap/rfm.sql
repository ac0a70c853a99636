-- rfm() of timelines and of events against plain SQL, by every plan; and
-- quantile_rank() against mid-ranks worked out slowly.
\set QUIET on
\ir lib/oracle.sql
\getenv seed SCORING_SEED
\if :{?seed}
\else
    SELECT trunc(random() * 1000000) AS seed \gset
\endif
\echo '# seed' :seed '(SCORING_SEED repeats it)'
SELECT setseed(:seed / 1000000.0) \g /dev/null

-- customers with a day of their own, who buy around it; many have few purchases
CREATE TABLE oracle.buyer (customer int PRIMARY KEY, as_of date);
INSERT INTO oracle.buyer
SELECT n, CASE n % 20 WHEN 0 THEN date '4714-11-24 BC' + floor(random() * 40)::int
                      WHEN 1 THEN date '5874897-12-31' - floor(random() * 40)::int
                      WHEN 2 THEN date '2024-02-29' WHEN 3 THEN date '2026-03-31'
                      ELSE date '2026-01-01' + floor(random() * 400)::int END
FROM generate_series(1, 1500) AS n;

CREATE TABLE oracle.purchase (customer int, touchpoint text, occurred_on date, amount float8, as_of date);
INSERT INTO oracle.purchase
SELECT customer, CASE WHEN random() < 0.2 THEN 'click' ELSE 'purchase' END,
       CASE WHEN random() > 0.01 THEN date '4714-11-24 BC' + greatest(0, as_of - date '4714-11-24 BC' - age) END,
       CASE kind WHEN 0 THEN NULL WHEN 1 THEN random() * 100 WHEN 2 THEN -random() * 20 WHEN 3 THEN floor(random() * 1e6) * 0.00005
                 WHEN 4 THEN 0 WHEN 5 THEN random() * 2e13 ELSE floor(exp(random() * 7) * 100) * 0.01 END, as_of
FROM (SELECT customer, as_of, floor(random() * 12) AS kind,
             CASE WHEN as_of < '2000-01-01' THEN floor(random() * 40)::int
                  WHEN as_of > '3000-01-01' THEN floor(random() * 500)::int
                  ELSE floor((random() ^ 3 * 1300)::int) - 30 END::int AS age
      FROM oracle.buyer, LATERAL (SELECT generate_series(1, floor(random() ^ 3 * 40 + (customer * 0))::int)) AS n OFFSET 0) AS p
ORDER BY random();
ANALYZE oracle.purchase, oracle.buyer;

CREATE TABLE oracle.buyer_timeline AS
SELECT customer, b.as_of, timeline(touchpoint, occurred_on, amount)
FROM oracle.buyer AS b LEFT JOIN oracle.purchase USING (customer) GROUP BY customer, b.as_of;

-- the windows before that day; NULL stands for none
CREATE TABLE oracle.window AS
SELECT customer, as_of, within, CASE WHEN within IS NOT NULL THEN oracle.back(as_of, within) END AS after
FROM oracle.buyer, unnest('{NULL,1 day,30 days,1 month,13 weeks,6 months,1 year,2147483647 days}'::text[]) AS within;

CREATE TABLE oracle.rfm AS
SELECT customer, within, w.as_of - max(occurred_on) AS recency, count(*) AS frequency,
       coalesce(sum(oracle.ten_thousandths(amount) * 0.0001), 0) AS monetary,
       avg(oracle.ten_thousandths(amount) * 0.0001) AS basket,
       count(*)::float8 * 365 / greatest(w.as_of - min(occurred_on), 90) AS per_year
FROM oracle.window AS w JOIN oracle.purchase USING (customer)
WHERE touchpoint = 'purchase' AND occurred_on <= w.as_of AND (within IS NULL OR occurred_on > after)
GROUP BY customer, within, w.as_of;

-- what rfm() says of each of them
CREATE TABLE oracle.actual AS
SELECT customer, within, as_of, timeline, rfm(timeline, 'purchase', as_of, within::interval) AS x
FROM oracle.window JOIN (SELECT customer, timeline FROM oracle.buyer_timeline) AS t USING (customer);
CREATE VIEW oracle.both AS
SELECT o.customer, o.within, x, ROW(recency, frequency, monetary, basket, per_year)::rfm AS expected
FROM oracle.actual AS a JOIN oracle.rfm AS o ON o.customer = a.customer AND o.within IS NOT DISTINCT FROM a.within;

SELECT plan(38);

SELECT cmp_ok(count(*), '>', 4000::bigint, 'there is something to compare') FROM oracle.rfm;
SELECT cmp_ok(count(*), '>', 100::bigint, 'and customers without a purchase')
FROM oracle.buyer_timeline WHERE rfm(timeline, 'purchase', as_of) IS NULL;

-- 1. Timelines --------------------------------------------------------------

SELECT is_empty('SELECT * FROM oracle.both WHERE x IS DISTINCT FROM expected', 'rfm() is the oracle''s, whatever the window');
SELECT is((SELECT count(*) FROM oracle.actual WHERE x IS NOT NULL OR (x).recency IS NOT NULL),
          (SELECT count(*) FROM oracle.both), 'and NULL where there is no purchase');
SELECT is_empty($$
    SELECT customer, within FROM oracle.actual
    WHERE (rfm_recency(timeline, 'purchase', as_of, within::interval),
           rfm_frequency(timeline, 'purchase', as_of, within::interval),
           rfm_monetary(timeline, 'purchase', as_of, within::interval),
           rfm_basket(timeline, 'purchase', as_of, within::interval),
           rfm_per_year(timeline, 'purchase', as_of, within::interval))
       IS DISTINCT FROM ((x).recency, (x).frequency, (x).monetary::float8, (x).basket::float8, (x).per_year)
$$, 'each field by itself is that of rfm()');
SELECT is_empty($$
    SELECT customer FROM oracle.buyer_timeline
    WHERE rfm(timeline, 'purchase', as_of) IS DISTINCT FROM rfm(as_of(timeline, as_of), 'purchase', as_of)
$$, 'what comes later does not exist');
SELECT is_empty($$
    SELECT customer FROM oracle.buyer_timeline AS t
    WHERE ((rfm(timeline, 'purchase', as_of)).frequency, (rfm(timeline, 'purchase', as_of)).monetary)
       IS DISTINCT FROM (nullif(count_of(timeline, 'purchase', NULL, as_of), 0),
                         CASE WHEN count_of(timeline, 'purchase', NULL, as_of) > 0
                              THEN value_of(timeline, 'purchase', NULL, as_of) END)
$$, 'count_of and value_of say the same');

-- The mean as float8 takes a short cut past numeric, where it can.
CREATE TABLE oracle.mean AS
SELECT ('purchase:2026-01-01*' || n || '=' || v)::timeline AS timeline
FROM (SELECT 1 + floor(random() ^ 4 * 10 ^ (i % 17))::bigint AS n,
             trim_scale(((random() - 0.2) * 10 ^ (i % 19 - 3))::numeric(30, 4)) AS v
      FROM generate_series(1, 30000) AS i) AS s
WHERE abs(v) < 9e14;
SELECT is_empty($$
    SELECT timeline FROM oracle.mean
    WHERE rfm_basket(timeline, 'purchase', '2026-01-31') IS DISTINCT FROM (rfm(timeline, 'purchase', '2026-01-31')).basket::float8
$$, 'rfm_basket is the basket of rfm() as a float8, to the last digit');

-- 2. Events, by every plan -------------------------------------------------

CREATE FUNCTION oracle.same_rfm(source text, plan text, name text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
    query text := format('SELECT customer, rfm(occurred_on, amount, as_of) AS x FROM %s WHERE touchpoint = ''purchase'' GROUP BY customer', source);
BEGIN
    IF plan IS NOT NULL THEN
        RETURN NEXT matches(oracle.plan_of(query), plan, name || ' is what runs');
    END IF;
    EXECUTE 'CREATE TABLE oracle.other AS ' || query;
    RETURN NEXT is_empty('SELECT customer FROM oracle.other JOIN oracle.buyer_timeline USING (customer)
                          WHERE x IS DISTINCT FROM rfm(timeline, ''purchase'', as_of)', name || ': as from timelines');
    DROP TABLE oracle.other;
END
$$;

SET max_parallel_workers_per_gather = 0;
SELECT * FROM oracle.same_rfm('oracle.purchase', 'HashAggregate', 'hashed');
SET enable_hashagg = off;
SELECT * FROM oracle.same_rfm('oracle.purchase', 'GroupAggregate', 'sorted');
RESET enable_hashagg;
SELECT * FROM oracle.same_rfm('(SELECT * FROM oracle.purchase ORDER BY occurred_on DESC, amount) AS s', NULL, 'newest first');

SET enable_sort = off;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT * FROM oracle.same_rfm('oracle.purchase', 'HashAggregate.*Disk Usage', 'spilled');
RESET enable_sort;
RESET work_mem;
RESET hash_mem_multiplier;

SET max_parallel_workers_per_gather = 3;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT * FROM oracle.same_rfm('oracle.purchase', 'Finalize .*Workers Launched: [1-9].*Partial ', 'parallel');
SET max_parallel_workers_per_gather = 0;

CREATE TABLE oracle.by_customer (LIKE oracle.purchase) PARTITION BY HASH (customer);
CREATE TABLE oracle.by_customer_0 PARTITION OF oracle.by_customer FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE oracle.by_customer_1 PARTITION OF oracle.by_customer FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE oracle.by_day (LIKE oracle.purchase) PARTITION BY RANGE (occurred_on);
CREATE TABLE oracle.by_day_1 PARTITION OF oracle.by_day FOR VALUES FROM (MINVALUE) TO ('2025-06-01');
CREATE TABLE oracle.by_day_2 PARTITION OF oracle.by_day DEFAULT;
INSERT INTO oracle.by_customer SELECT * FROM oracle.purchase;
INSERT INTO oracle.by_day SELECT * FROM oracle.purchase;
ANALYZE oracle.by_customer, oracle.by_day;
SET enable_partitionwise_aggregate = on;
SELECT * FROM oracle.same_rfm('oracle.by_customer', 'Append.*Aggregate.*Aggregate', 'partitionwise');
SELECT * FROM oracle.same_rfm('oracle.by_day', 'Finalize .*Append.*Partial ', 'partial partitionwise');
RESET enable_partitionwise_aggregate;

SELECT is_empty($$
    SELECT * FROM (
        SELECT customer, as_of, rfm(occurred_on, amount, as_of) OVER w AS x, timeline('p', occurred_on, amount) OVER w AS t
        FROM oracle.purchase WHERE customer % 5 = 0 WINDOW w AS (PARTITION BY customer ORDER BY occurred_on, amount)) AS s
    WHERE x IS DISTINCT FROM rfm(t, 'p', as_of)
$$, 'over a window that grows: the final function leaves the state alone');
SELECT is_empty($$
    SELECT * FROM (
        SELECT customer, as_of, rfm(occurred_on, amount, as_of) OVER w AS x, timeline('p', occurred_on, amount) OVER w AS t
        FROM oracle.purchase WHERE customer % 5 = 0
        WINDOW w AS (PARTITION BY customer ORDER BY occurred_on, amount ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING)) AS s
    WHERE x IS DISTINCT FROM rfm(t, 'p', as_of)
$$, 'over a window that moves');

-- a sum beyond 64 bits, and back
SELECT is(rfm(day, amount, '2026-12-31'), ROW(0, 8, 2000, 250, 8 * 365 / 364.0::float8)::rfm, 'sums of 128 bits')
FROM unnest('{9e14,9e14,9e14,1000,1000,-9e14,-9e14,-9e14}'::float8[], '{2026-01-01,2026-12-31}'::date[] || array_fill(date '2026-02-01', ARRAY[6]))
     AS v (amount, day);

-- which as_of
SET max_parallel_workers_per_gather = 3;
CREATE TABLE oracle.two_days AS SELECT n % 7 AS customer, date '2026-01-01' AS day, date '2026-03-31' + (n > 5000)::int AS as_of
FROM generate_series(1, 10000) AS n;
SELECT throws_ok($$
    CREATE TABLE oracle.never AS SELECT customer, rfm(day, 1, as_of) FROM oracle.two_days GROUP BY customer
$$, '22023', NULL, 'two days in a group are an error, also when workers meet');
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

-- 3. quantile_rank ---------------------------------------------------------

CREATE TABLE oracle.sample AS
SELECT id, CASE WHEN random() < 0.08 THEN NULL
                WHEN id % 3 = 0 THEN floor(random() * 4) WHEN id % 3 = 1 THEN floor(exp(random() * 4)) - 3
                ELSE random() END AS x
FROM (SELECT id, CASE WHEN id < 20 THEN 1 + id / 4 ELSE floor(random() * 60)::int END AS size FROM generate_series(1, 150) AS id OFFSET 0) AS s,
     LATERAL generate_series(1, size);
CREATE INDEX ON oracle.sample (id);
CREATE TABLE oracle.tiers (n int);
INSERT INTO oracle.tiers VALUES (2), (3), (5), (10), (37), (10000);

CREATE TABLE oracle.mid_rank AS
SELECT id, n, x, div(n * (2 * below + equal), 2 * total)::int + 1 AS tier,
       div(n * (2 * above + equal), 2 * total)::int + 1 AS reversed
FROM (SELECT DISTINCT id, x,
             (SELECT count(*) FROM oracle.sample AS o WHERE o.id = s.id AND o.x < s.x) AS below,
             (SELECT count(*) FROM oracle.sample AS o WHERE o.id = s.id AND o.x > s.x) AS above,
             (SELECT count(*) FROM oracle.sample AS o WHERE o.id = s.id AND o.x = s.x) AS equal,
             (SELECT count(x) FROM oracle.sample AS o WHERE o.id = s.id) AS total
      FROM oracle.sample AS s WHERE x IS NOT NULL) AS v, oracle.tiers;

SELECT is_empty($$
    SELECT id, n, x, q.tier, m.tier FROM (
        SELECT id, n, x, quantile_rank(n) OVER (PARTITION BY id, n ORDER BY x) AS tier
        FROM oracle.sample, oracle.tiers WHERE x IS NOT NULL) AS q
    FULL JOIN oracle.mid_rank AS m USING (id, n, x) WHERE q.tier IS DISTINCT FROM m.tier
$$, 'quantile_rank is the tier of the mid-rank, within its partition');
SELECT is_empty($$
    SELECT id, x FROM (
        SELECT id, x, quantile_rank(5) OVER (PARTITION BY id ORDER BY x DESC) AS tier FROM oracle.sample WHERE x IS NOT NULL) AS q
    JOIN oracle.mid_rank AS m USING (id, x) WHERE m.n = 5 AND q.tier IS DISTINCT FROM m.reversed
$$, 'downwards, too');
SELECT is_empty($$
    SELECT id, x FROM (
        SELECT *, quantile_rank(5) OVER (PARTITION BY id ORDER BY x) AS tier, quantile_rank(5) OVER (PARTITION BY id ORDER BY x DESC) AS reversed
        FROM oracle.sample WHERE x IS NOT NULL) AS q
    JOIN (SELECT id, rank_cuts(x, 5) AS cuts, rank_cuts(-x, 5) AS reversed_cuts FROM oracle.sample GROUP BY id) AS c USING (id)
    WHERE (tier, reversed) IS DISTINCT FROM (tier(x, cuts), tier(-x, reversed_cuts))
$$, 'it is tier(x, rank_cuts), for every member');
SELECT is_empty(format($$
    SELECT q.id, q.x, q.tier, m.tier FROM (
        SELECT id, x, quantile_rank(CASE WHEN x IS NOT NULL THEN 10 END) OVER (PARTITION BY id ORDER BY x %s) AS tier
        FROM oracle.sample) AS q
    LEFT JOIN oracle.mid_rank AS m ON (m.id, m.x, m.n) = (q.id, q.x, 10)
    WHERE q.tier IS DISTINCT FROM m.%s
$$, direction, expected), 'rows whose n is NULL are not counted: ' || direction)
FROM (VALUES ('', 'tier'), ('NULLS FIRST', 'tier'), ('DESC', 'reversed'), ('DESC NULLS LAST', 'reversed')) AS d (direction, expected);
-- rows on disk
SET work_mem = '64kB';
SELECT is_empty($$
    SELECT x FROM (SELECT x, quantile_rank(5) OVER (ORDER BY x) AS tier,
                          quantile_rank(CASE WHEN x IS NOT NULL THEN 5 END) OVER (ORDER BY x) AS counted
                   FROM (SELECT floor(random() ^ 2 * 3000) AS x FROM generate_series(1, 30000)) AS s) AS q
    GROUP BY x HAVING min(tier) <> max(tier) OR min(counted) <> max(tier)
$$, 'peers are together, on disk too');
RESET work_mem;

-- the traps of ntile: who is in which class depends on how rows are stored
CREATE TABLE oracle.stored AS SELECT n AS customer, 1 + floor(-ln(1 - random()))::int AS orders FROM generate_series(1, 2000) AS n ORDER BY n;
CREATE TABLE oracle.stored_otherwise AS SELECT * FROM oracle.stored ORDER BY random();
CREATE TEMP VIEW classes AS
SELECT customer, ntile(5) OVER (ORDER BY orders), quantile_rank(5) OVER (ORDER BY orders) FROM oracle.stored;
CREATE TEMP VIEW classes_otherwise AS
SELECT customer, ntile(5) OVER (ORDER BY orders), quantile_rank(5) OVER (ORDER BY orders) FROM oracle.stored_otherwise;
SELECT isnt_empty('SELECT customer FROM classes AS a JOIN classes_otherwise AS b USING (customer) WHERE a.ntile <> b.ntile',
                  'ntile depends on the order of rows');
SELECT is_empty('SELECT customer FROM classes AS a JOIN classes_otherwise AS b USING (customer) WHERE a.quantile_rank <> b.quantile_rank',
                'quantile_rank does not');

SELECT is(count(*), 0::bigint, 'no rows, no ranks') FROM (SELECT quantile_rank(5) OVER (ORDER BY x) FROM oracle.sample WHERE false) AS s;
SELECT is(array_agg(t), '{3}', 'one row is in the middle') FROM (SELECT quantile_rank(5) OVER (ORDER BY 1)) AS s (t);
-- NULL while rows are counted, and 5 after that
CREATE SEQUENCE oracle.turn;
SELECT throws_ok($$ SELECT quantile_rank(CASE WHEN nextval('oracle.turn') > 2 THEN 5 END) OVER (ORDER BY g) FROM generate_series(1, 2) AS g $$,
                 '22023', 'n of quantile_rank must not be volatile', 'an n that changes its mind');

SET client_min_messages = warning;
DROP SCHEMA oracle CASCADE;
SELECT * FROM finish();
