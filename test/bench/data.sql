-- test/bench/data.sql: the events and the customers that `make bench` measures
-- on.  psql variables: customers; there are 20 events for each on the average.
--
-- The same rows every time: all that looks like chance is a hash of the number
-- of the customer or event.  What they are like:
--   * interactions per customer are lognormal (sigma 1): the median is 0.6 of
--     the mean, the busiest one in a hundred has 6 times the mean
--   * four in ten were acquired during the two years, a quarter has gone quiet
--   * three in four are mailed; the others browse, buy, write and call
--   * rows lie in the order of time, as an event log grows, so that a
--     customer's interactions are spread over the whole table
SET max_parallel_workers_per_gather = 0;
SET work_mem = '2GB';
SET synchronize_seqscans = off;

CREATE SCHEMA bench;

-- a number in [0,1) from an integer and the name of a purpose
CREATE FUNCTION bench.chance(n bigint, purpose bigint) RETURNS float8
	LANGUAGE sql IMMUTABLE
	RETURN ((hashint8extended(n, purpose) >> 11) & 9007199254740991)
		/ 9007199254740992.0::float8;

BEGIN;

-- one interaction each, the others shared out by weight
CREATE TEMP TABLE habit ON COMMIT DROP AS
WITH weighted AS (
	SELECT c AS customer_id,
		   exp(sqrt(-2 * ln(1 - bench.chance(c, 1)))
			   * cos(2 * pi() * bench.chance(c, 2))) AS weight
	FROM generate_series(1::bigint, :customers) AS c
), shared AS (
	SELECT customer_id,
		   floor(19.0 * :customers * (sum(weight) OVER before_and_own)
				 / (sum(weight) OVER ())) AS upto
	FROM weighted
	WINDOW before_and_own AS (ORDER BY customer_id)
)
SELECT customer_id,
	   1 + (upto - lag(upto, 1, 0) OVER (ORDER BY customer_id))::int AS events,
	   CASE WHEN bench.chance(customer_id, 3) < 0.4
			THEN floor(700 * bench.chance(customer_id, 4)) ELSE 0
	   END::int AS first_day,
	   CASE WHEN bench.chance(customer_id, 5) < 0.25
			THEN 0.2 + 0.6 * bench.chance(customer_id, 6) ELSE 1
	   END AS active,
	   bench.chance(customer_id, 7) < 0.75 AS mailed
FROM shared;

CREATE TABLE bench.events (
	customer_id bigint NOT NULL,
	touchpoint	text NOT NULL,
	occurred_on date NOT NULL
);

INSERT INTO bench.events
WITH drawn AS (
	SELECT customer_id, mailed, first_day, active,
		   customer_id * 100000 + k AS event_id
	FROM habit, generate_series(1, events) AS k
), placed AS (
	SELECT customer_id,
		   (CASE WHEN mailed THEN
				'{email_delivered,email_open,browse,email_click,purchase,social,nps_answer,ticket}'
			ELSE
				'{browse,purchase,ticket,nps_answer,social}'
			END::text[])
		   [1 + width_bucket(bench.chance(event_id, 8),
							 CASE WHEN mailed THEN
								'{.42,.65,.77,.86,.94,.96,.98}'
							 ELSE
								'{.58,.84,.92,.97}'
							 END::float8[])] AS touchpoint,
		   date '2024-01-01' + first_day
		   + floor((731 - first_day) * active * bench.chance(event_id, 9))::int
		   AS occurred_on,
		   event_id
	FROM drawn
)
SELECT customer_id, touchpoint, occurred_on
FROM placed
ORDER BY occurred_on, bench.chance(event_id, 10);

-- what RFM ranks: recency is in days, frequency a small whole number with one
-- value for nearly half of all, monetary an amount in cents
CREATE TABLE bench.customers AS
SELECT customer_id,
	   floor(731 * bench.chance(customer_id, 11) ^ 1.3) AS recency,
	   1 + floor(ln(1 - bench.chance(customer_id, 12)) / ln(0.55)) AS frequency,
	   round(100 * exp(4 + sqrt(-2 * ln(1 - bench.chance(customer_id, 13)))
					   * cos(2 * pi() * bench.chance(customer_id, 14)))) / 100
	   AS monetary
FROM generate_series(1::bigint, :customers) AS customer_id;

COMMIT;

VACUUM (FREEZE, ANALYZE) bench.events, bench.customers;
CHECKPOINT;
