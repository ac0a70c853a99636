-- test/bench/sales.sql: the same events in the same order, with what a purchase
-- was worth: lognormal amounts, in cents, of 20 in the middle.
SET max_parallel_workers_per_gather = 0;
SET synchronize_seqscans = off;

BEGIN;

CREATE TABLE bench.sales AS
SELECT customer_id, touchpoint, occurred_on,
	   CASE WHEN touchpoint = 'purchase' THEN
			round(2000 * exp(sqrt(-2 * ln(1 - bench.chance(purchase, 15)))
							 * cos(2 * pi() * bench.chance(purchase, 16)))) / 100
	   END AS amount
FROM (SELECT *, customer_id * 1000 + (occurred_on - date '2024-01-01') AS purchase
	  FROM bench.events) AS e;

COMMIT;

VACUUM (FREEZE, ANALYZE) bench.sales;
CHECKPOINT;
