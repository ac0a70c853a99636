-- RFM, ABC and the value level: what they are, by small examples, and every error.
SET search_path = scoring, public;

-- rfm() of a timeline ------------------------------------------------------

CREATE TEMP TABLE customers (customer text, timeline timeline);
INSERT INTO customers VALUES
    ('ada', 'click:2026-06-29;purchase:2025-07-01=30,2026-05-31*2=80,2026-06-20=45.5,2026-08-01=999'),
    ('ben', 'purchase:2026-06-30'),
    ('cleo', 'click:2026-06-30'),
    ('dan', 'purchase:2026-07-01=10'),
    ('eva', 'purchase:2024-06-30*3=100/2'),
    ('finn', 'purchase:2026-06-01=-20,2026-06-02=20'),
    ('gia', NULL);

-- Ada bought four times until the end of June; her first was 364 days before.
-- Ben did so today, without a value.  Cleo never did, Dan only tomorrow.
SELECT customer, (rfm(timeline, 'purchase', '2026-06-30')).* FROM customers ORDER BY customer;
-- of the last year, of the last month, and of the 30 days
SELECT customer, (rfm(timeline, 'purchase', '2026-06-30', '1 year')).* FROM customers ORDER BY customer;
SELECT customer, (rfm(timeline, 'purchase', '2026-06-30', '1 month')).* FROM customers ORDER BY customer;
SELECT customer, (rfm(timeline, 'purchase', '2026-06-30', '30 days')).* FROM customers WHERE customer = 'ada';
SELECT within, rfm_frequency(timeline, 'purchase', '2026-06-30', within)
FROM customers, unnest('{1 day,10 days,11 days,4 weeks 2 days,1 month,1 month 1 day,1 year,178956970 years,NULL}'::interval[]) AS within
WHERE customer = 'ada';
-- yesterday is another day; and before the first purchase there is nothing
SELECT as_of, (rfm(timeline, 'purchase', as_of)).*
FROM customers, unnest('{2025-06-30,2025-07-01,2025-07-02,2026-05-31,2026-08-01}'::date[]) AS as_of
WHERE customer = 'ada';
-- the end of February reaches back to the end of January
SELECT rfm_frequency('purchase:2026-01-27,2026-01-28,2026-01-29', 'purchase', '2026-02-28', '1 month');
-- a year is at least 90 days
SELECT as_of, rfm_per_year('purchase:2026-01-01*2', 'purchase', as_of)
FROM unnest('{2026-01-01,2026-04-01,2026-04-02,2027-01-01}'::date[]) AS as_of;
-- both ends of the calendar, and sums that no bigint holds
SELECT (rfm('purchase:4714-11-24 BC=-922337203685477.5806'::timeline, 'purchase', '5874897-12-31')).*;
SELECT (rfm('purchase:2026-01-01=922337203685477.5806,2026-01-02=922337203685477.5806', 'purchase', '2026-01-31', '2147483647 days')).*;
SELECT (rfm('purchase:2026-01-01*9223372036854775807'::timeline, 'purchase', '2026-01-31')).*;
SELECT rfm('purchase:2026-01-01*9223372036854775807,2026-01-02'::timeline, 'purchase', '2026-01-31');
SELECT rfm('purchase:2026-01-01'::timeline, 'purchase', 'infinity');
SELECT rfm('purchase:2026-01-01'::timeline, 'purchase', '2026-01-31', '0 days');
SELECT rfm('purchase:2026-01-01'::timeline, 'purchase', '2026-01-31', '-1 month');
SELECT rfm('purchase:2026-01-01'::timeline, 'purchase', '2026-01-31', '1 month -1 day');
SELECT rfm_recency('purchase:2026-01-01', 'purchase', '2026-01-31', '1 day 1 hour');
-- NULL in, NULL out; but within NULL is no window
SELECT rfm(NULL::timeline, 'purchase', '2026-01-31'), rfm('purchase:2026-01-01'::timeline, NULL, '2026-01-31'),
       rfm('purchase:2026-01-01'::timeline, 'purchase', NULL), rfm('purchase:2026-01-01'::timeline, 'purchase', '2026-01-31', NULL);

-- one field by itself is that field
SELECT customer, rfm_recency(timeline, 'purchase', d, w) AS recency, rfm_frequency(timeline, 'purchase', d, w) AS frequency,
       rfm_monetary(timeline, 'purchase', d, w) AS monetary, rfm_basket(timeline, 'purchase', d, w) AS basket,
       rfm_per_year(timeline, 'purchase', d, w) AS per_year
FROM customers, (VALUES (date '2026-06-30', interval '2 years')) AS v (d, w) ORDER BY customer;
SELECT rfm_basket('purchase:2026-01-01*3=10', 'purchase', '2026-01-31') AS third,
       rfm_basket('purchase:2026-01-01*3=0.001', 'purchase', '2026-01-31') AS small,
       rfm_basket('purchase:2026-01-01*3=500000000000000', 'purchase', '2026-01-31') AS large,
       rfm_basket('purchase:2026-01-01*3=-10', 'purchase', '2026-01-31') AS negative,
       rfm_basket('purchase:2026-01-01*3=0', 'purchase', '2026-01-31') AS zero;

-- rfm() of events ----------------------------------------------------------

CREATE TEMP TABLE events (customer text, occurred_on date, amount float8);
INSERT INTO events VALUES
    ('ada', '2026-06-20', 45.5), ('ada', '2025-07-01', 30), ('ada', '2026-08-01', 999), ('ada', '2026-05-31', 42),
    ('ada', '2026-05-31', 38), ('ben', '2026-06-30', NULL), ('dan', '2026-07-01', 10), ('eva', '2024-06-30', 33),
    ('eva', '2024-06-30', NULL), ('eva', '2024-06-30', 67), ('finn', '2026-06-02', 20), ('finn', '2026-06-01', -20),
    -- no day, no purchase
    ('ada', NULL, 5), ('hugo', NULL, 5), ('hugo', NULL, NULL);
SELECT customer, (rfm(occurred_on, amount, '2026-06-30')).* FROM events GROUP BY customer ORDER BY customer;
SELECT customer FROM (SELECT customer, rfm(occurred_on, amount, '2026-06-30') FROM events GROUP BY customer) AS e
JOIN customers USING (customer) WHERE e.rfm IS DISTINCT FROM rfm(timeline, 'purchase', '2026-06-30');
SELECT rfm(occurred_on, amount, '2026-06-30') FROM events WHERE false;
SELECT rfm(occurred_on, amount, NULL) FROM events;
-- a window is a filter
SELECT (rfm(occurred_on, amount, '2026-06-30') FILTER (WHERE occurred_on > date '2026-06-30' - interval '1 month')).*
FROM events WHERE customer = 'ada';
-- a day for each group, but one only
SELECT customer, (rfm(occurred_on, amount, as_of)).*
FROM (SELECT *, CASE customer WHEN 'ada' THEN date '2026-08-01' ELSE '2026-06-30' END AS as_of FROM events) AS e
WHERE customer IN ('ada', 'ben') GROUP BY customer ORDER BY customer;
SELECT rfm(occurred_on, amount, occurred_on) FROM events;
SELECT rfm(occurred_on, amount, CASE WHEN amount > 0 THEN date '2026-06-30' END) FROM events;
SELECT rfm(occurred_on, amount, '-infinity') FROM events;
SELECT rfm('infinity', amount, '2026-06-30') FROM events;
SELECT rfm(occurred_on, 'NaN', '2026-06-30') FROM events;
SELECT rfm(occurred_on, 1e300, '2026-06-30') FROM events;
-- what serves the aggregate serves nothing else
SELECT _scoring.rfm_step(NULL, '2026-01-01', 1, '2026-01-31');
SELECT _scoring.rfm_combine('{1}', '{2}');
CREATE AGGREGATE broken(date, float8, date) (SFUNC = _scoring.rfm_step, STYPE = bigint[], INITCOND = '{1,2,3}', FINALFUNC = _scoring.rfm_final);
SELECT broken(occurred_on, amount, '2026-06-30') FROM events;
DROP AGGREGATE broken(date, float8, date);
-- nor takes a state that it cannot have made, so that no sum of it overflows
CREATE FUNCTION begun_with(state bigint[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    EXECUTE format('CREATE AGGREGATE begun(date, float8, date) (SFUNC = _scoring.rfm_step, STYPE = bigint[], INITCOND = %L, FINALFUNC = _scoring.rfm_final)', state);
    SELECT begun('2026-06-29', 2, '2026-06-30')::text INTO said;
    DROP AGGREGATE begun(date, float8, date);
    RETURN said;
EXCEPTION WHEN data_exception OR invalid_parameter_value THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
SELECT state[2:], begun_with(state) FROM (VALUES
    ('{9677, 0, 0, 0, 0, 0, 0}'::bigint[]), ('{9677, 1, 9000, 9000, 1, 10000, 0}'), ('{9677, 3, 9000, 9677, 0, 0, 0}'),
    ('{9677, 9223372036854775807, 9000, 9000, 0, 0, 0}'), ('{9677, -1, 9000, 9000, 0, 0, 0}'), ('{9677, 0, 0, 0, 0, 1, 0}'),
    ('{9677, 5, 9000, 9000, 6, 0, 0}'), ('{9677, 5, 9000, 9000, -1, 0, 0}'), ('{9677, 5, 9000, 9000, 5, -1, 9223372036854775807}'),
    ('{9677, 5, 9000, 9000, 5, 0, -9223372036854775808}'), ('{9677, 1, 9000, 9000, 1, 9223372036854775807, 0}'), ('{9677, 1, 9000, 9000, 1, -9223372036854775808, 0}'),
    ('{9677, 5, -9223372036854775808, 9000, 0, 0, 0}'), ('{9677, 5, 9001, 9000, 0, 0, 0}'), ('{9677, 5, 9000, 9678, 0, 0, 0}')) AS v (state);
DROP FUNCTION begun_with(bigint[]);

-- Orders of several lines, with refunds: an order is one purchase, worth what
-- is left of it, and none at all when nothing is.  Two orders on a day are two.
CREATE TEMP TABLE lines (customer text, order_id int, ordered_on date, amount numeric);
INSERT INTO lines VALUES
    ('ada', 1, '2026-06-01', 50), ('ada', 1, '2026-06-01', 25.5), ('ada', 1, '2026-06-09', -25.5),  -- in part
    ('ada', 2, '2026-06-20', 40), ('ada', 2, '2026-06-25', -40),                                    -- in full
    ('ada', 3, '2026-06-01', 10),
    ('ben', 4, '2026-06-02', 30), ('ben', 4, '2026-06-03', -45);                                    -- more than that
CREATE TEMP VIEW orders AS
SELECT customer, order_id, min(ordered_on) AS ordered_on, sum(amount) AS net
FROM lines GROUP BY customer, order_id HAVING sum(amount) > 0;
SELECT customer, (rfm(ordered_on, net, '2026-06-30')).* FROM orders GROUP BY customer;

-- Quintiles ----------------------------------------------------------------

-- Of ten customers seven bought once.  Their mid-rank is 0.35: second of five.
CREATE TEMP TABLE people (customer int, country text, frequency int, recency int);
INSERT INTO people VALUES
    (1, 'FR', 1, 10), (2, 'FR', 1, 20), (3, 'FR', 1, 30), (4, 'FR', 1, 40), (5, 'FR', 1, 50),
    (6, 'IT', 1, 60), (7, 'IT', 1, 70), (8, 'IT', 2, 80), (9, 'IT', 3, 90), (10, 'IT', 8, 100),
    (11, 'IT', NULL, NULL), (12, 'FR', NULL, NULL);
SELECT customer, frequency, quantile_rank(5) OVER (ORDER BY frequency) AS f,
       quantile_rank(5) OVER (ORDER BY recency DESC) AS r
FROM people WHERE frequency IS NOT NULL ORDER BY customer;
-- the same by kept cuts
SELECT bool_and(rank = tier(frequency, cuts)), bool_and(reversed = tier(-recency, reversed_cuts))
FROM (SELECT *, quantile_rank(5) OVER (ORDER BY frequency) AS rank, quantile_rank(5) OVER (ORDER BY recency DESC) AS reversed
      FROM people WHERE frequency IS NOT NULL) AS p,
     (SELECT rank_cuts(frequency, 5) AS cuts, rank_cuts(-recency, 5) AS reversed_cuts FROM people) AS c;
-- Without a WHERE those who have no value rank with the others, as the largest,
-- since a window function does not see what it is ordered by.  It sees its own
-- argument: where that is NULL, a row is not counted.
SELECT customer, frequency, quantile_rank(5) OVER (ORDER BY frequency) AS with_nulls,
       quantile_rank(CASE WHEN frequency IS NOT NULL THEN 5 END) OVER (ORDER BY frequency) AS asc,
       quantile_rank(CASE WHEN frequency IS NOT NULL THEN 5 END) OVER (ORDER BY frequency DESC) AS desc,
       quantile_rank(CASE WHEN frequency IS NOT NULL THEN 5 END) OVER (ORDER BY frequency NULLS FIRST) AS first
FROM people ORDER BY customer;
-- in each country by itself; the frame does not matter; without an order all are equal
SELECT customer, country, quantile_rank(2) OVER (PARTITION BY country ORDER BY recency) AS in_country,
       quantile_rank(2) OVER (PARTITION BY country ORDER BY recency ROWS CURRENT ROW) AS framed,
       quantile_rank(5) OVER () AS unordered, quantile_rank(10000) OVER (ORDER BY recency) AS fine
FROM people WHERE frequency IS NOT NULL ORDER BY customer;
SELECT quantile_rank(NULL) OVER (ORDER BY g) FROM generate_series(1, 2) AS g;
SELECT quantile_rank(1) OVER (ORDER BY g) FROM generate_series(1, 2) AS g;
SELECT quantile_rank(10001) OVER (ORDER BY g) FROM generate_series(1, 2) AS g;
SELECT quantile_rank(5);

-- Seven in ten bought once, so some tiers have nobody.  Cuts alone cannot say
-- which (here nobody is below 1), customers held against all tiers can.
SELECT t.tier, at_least, below, count(frequency) AS customers,
       CASE WHEN count(frequency) = 0 THEN 'empty' ELSE '' END AS note
FROM (SELECT rank_cuts(frequency, 5) AS cuts FROM people) AS c CROSS JOIN tier_bounds(cuts) AS t
LEFT JOIN people ON tier(frequency, cuts) = t.tier
GROUP BY t.tier, at_least, below ORDER BY tier;
SELECT tier, at_least, below FROM tier_bounds('{0,0,Infinity}');
SELECT tier, at_least, below FROM tier_bounds('{}');
SELECT tier, at_least, below FROM tier_bounds('[0:1]={3,5}');
SELECT tier, at_least, below FROM tier_bounds(NULL);
SELECT tier, at_least, below FROM tier_bounds('{2,1}');
SELECT tier, at_least, below FROM tier_bounds('{1,NULL}');

-- Segments -----------------------------------------------------------------

SELECT segment, count(*) AS cells, min(cell), max(cell) FROM rfm_segments GROUP BY segment ORDER BY segment COLLATE "C";
-- every cell of three quintiles, once
SELECT count(*) AS cells, count(segment) AS named
FROM generate_series(1, 5) AS r CROSS JOIN generate_series(1, 5) AS f CROSS JOIN generate_series(1, 5) AS m
LEFT JOIN rfm_segments USING (r, f, m);
SELECT r, f, string_agg(segment, ', ' ORDER BY m) FILTER (WHERE m IN (1, 5)) AS of_least_and_most_value
FROM rfm_segments GROUP BY r, f ORDER BY r DESC, f DESC;
-- and it stays so
BEGIN;
UPDATE rfm_segments SET segment = 'VIP' WHERE r = 5 AND f = 5;
INSERT INTO rfm_segments (r, f, m, segment, usual) VALUES (1, 1, 1, 'Gone', 'Lost');
SELECT cell, segment, usual FROM rfm_segments WHERE segment <> usual ORDER BY cell;
SAVEPOINT s;
DELETE FROM rfm_segments WHERE cell = 555;
ROLLBACK TO s;
TRUNCATE rfm_segments;
ROLLBACK TO s;
INSERT INTO rfm_segments (r, f, m, segment, usual) VALUES (6, 1, 1, 'Gods', '');
ROLLBACK TO s;
UPDATE rfm_segments SET m = 5 WHERE cell = 554;
ROLLBACK TO s;
UPDATE rfm_segments SET segment = NULL WHERE cell = 554;
ROLLBACK TO s;
UPDATE rfm_segments SET segment = usual;
SELECT count(*) FROM rfm_segments WHERE segment <> usual;
ROLLBACK;

-- all of it together, for those who bought and for those who did not
SELECT customer, recency, frequency, monetary, r, f, m, cell, coalesce(segment, 'No purchase') AS segment
FROM (SELECT customer, recency, frequency, monetary, tier(-recency, '{-365,-90,-30,-7}') AS r,
             tier(frequency, '{2,3,4,5}') AS f, tier(monetary, '{10,50,100,500}') AS m
      FROM customers, rfm(timeline, 'purchase', '2026-06-30')) AS c
LEFT JOIN rfm_segments USING (r, f, m) ORDER BY customer;

-- ABC ----------------------------------------------------------------------

CREATE TEMP TABLE revenue (customer int, amount float8);
INSERT INTO revenue VALUES (1, 500), (2, 150), (3, 150), (4, 100), (5, 50), (6, 30), (7, 20), (8, 0), (9, 0), (10, NULL);
-- A is a fifth of the customers; or those who bring 80 %, and who stand equal
-- at the border stand together
SELECT customer, amount, abc_label(tier(amount, s)) AS by_share, abc_label(tier(amount, p)) AS by_value
FROM revenue, (SELECT share_cuts(amount, '{0.2,0.6,0.2}') AS s, pareto_cuts(amount, '{0.80,0.95}') AS p FROM revenue) AS c
ORDER BY customer;
-- Two customers lost money.  The total is what is left, and they are C.
SELECT customer, amount, abc_label(tier(amount, s)) AS by_share, abc_label(tier(amount, p)) AS by_value
FROM unnest('{90,20,0,-5,-5}'::float8[]) WITH ORDINALITY AS v (amount, customer),
     (SELECT share_cuts(x, '{0.2,0.6,0.2}') AS s, pareto_cuts(x, '{0.80,0.95}') AS p FROM unnest('{90,20,0,-5,-5}'::float8[]) AS x) AS c
ORDER BY customer;
-- nobody brings anything: there is no such thing as 80 % of it, but there are shares of customers
SELECT total, pareto_cuts(x, '{0.80,0.95}'), abc_label(tier(1, pareto_cuts(x, '{0.80,0.95}'))) AS abc, share_cuts(x, '{0.2,0.6,0.2}')
FROM (VALUES ('zeros', 0), ('zeros', 0), ('even', 5), ('even', -5), ('loss', 1), ('loss', -2), ('unknown', NULL)) AS v (total, x)
GROUP BY total ORDER BY total;
SELECT t, abc_label(t) FROM unnest('{0,1,2,3,4,NULL}'::int[]) AS t;

-- Value level --------------------------------------------------------------

-- From the margin: below 0 is level 1 whatever the shares; of the others the
-- lower half is minor, and the top twentieth strategic.
CREATE TEMP TABLE margins AS
SELECT n AS customer, CASE WHEN n <= 3 THEN -n WHEN n <= 23 THEN (n - 4) * 10 END::float8 AS margin FROM generate_series(1, 25) AS n;
CREATE TEMP TABLE level_cuts AS
SELECT 0 || share_cuts(margin, '{0.5,0.3,0.15,0.05}') FILTER (WHERE margin >= 0) AS cuts FROM margins;
SELECT * FROM level_cuts;
SELECT tier(margin, cuts) AS level, value_level_label(tier(margin, cuts)), count(*) AS customers, min(margin), max(margin)
FROM margins, level_cuts GROUP BY 1, 2 ORDER BY 1;
-- the first customer who brings nothing is the last of the minor ones
SELECT margin, value_level_label(tier(margin, cuts)) FROM level_cuts, unnest('{-0.01,-0,0,0.01}'::float8[]) AS margin;
-- all of them at a loss
SELECT 0 || share_cuts(margin, '{0.5,0.3,0.15,0.05}') FILTER (WHERE margin >= 0) AS cuts FROM margins WHERE margin < 0;
SELECT l, value_level_label(l) FROM unnest('{0,6,NULL}'::int[]) AS l;
