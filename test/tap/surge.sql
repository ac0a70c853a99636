-- surge() against known values of the binomial distribution, far tails and
-- large counts included, and against plain SQL over events.
\set QUIET on
\ir lib/oracle.sql
\getenv seed SCORING_SEED
\if :{?seed}
\else
    SELECT trunc(random() * 1000000) AS seed \gset
\endif
\echo '# seed' :seed '(SCORING_SEED repeats it)'
SELECT setseed(:seed / 1000000.0) \g /dev/null

SELECT plan(30);

-- 1. P(X >= k), X ~ Binomial(n, p / (p + q)) --------------------------------
--
-- The values were worked out once in exact integers (Python: the first term as
-- C(n, k) p^k q^(n-k) / (p+q)^n, the others by their ratios to 256 bits; from
-- 10^9 on the first term by Stirling's series to 70 digits, which agrees with
-- the exact one of 10^6 to 57), and written down with 19 digits.

CREATE TABLE oracle.tail (k bigint, n bigint, p int, q int, value float8);
INSERT INTO oracle.tail VALUES
    (1, 1, 30, 365, 7.594936708860759494E-2),
    (2, 2, 30, 365, 5.768306361160070502E-3),
    (2, 3, 30, 365, 1.642872064887361852E-2),
    (3, 3, 30, 365, 4.380992173032964938E-4),
    (3, 3, 365, 30, 7.890187186003541302E-1),
    (0, 7, 30, 365, 1),
    (5, 10, 30, 365, 4.598523404893269828E-4),
    (1, 20, 30, 365, 7.939771566666359474E-1),
    (4, 40, 30, 365, 3.615030217156948958E-1),
    (5, 10, 1, 1, 6.230468750000000000E-1),
    (6, 10, 1, 1, 3.769531250000000000E-1),
    (10, 10, 1, 1, 9.765625000000000000E-4),
    (16, 32, 1, 1, 5.699749670457094908E-1),
    (3, 15, 7, 90, 8.902429298927894735E-2),
    (12, 15, 7, 90, 7.381605104553509749E-12),
    (15, 15, 7, 90, 7.497122139501380811E-18),
    (17, 33, 7, 365, 4.072732372706017974E-21),
    (100, 200, 30, 365, 4.127342311564725413E-57),
    (200, 200, 30, 365, 1.273010010017283468E-224),
    (270, 270, 30, 365, 5.514713503023197048E-303),
    (84, 84, 1, 3650, 5.720131754558826777E-300),
    (100, 100, 365, 1, 7.606378039767940145E-1),
    (1, 1000, 1, 3650, 2.396185616939178088E-1),
    (400, 1000, 1, 1, 9.999999999099158729E-1),
    (500, 1000, 1, 1, 5.126125090891804010E-1),
    (501, 1000, 1, 1, 4.873874909108195990E-1),
    (900, 1000, 365, 30, 9.975885963584244606E-1),
    (990, 1000, 3650, 1, 9.999999999999879612E-1),
    (10999, 11000, 365, 1, 2.647562726682019644E-12),
    (30, 100000, 30, 365, 1),
    (7595, 100000, 30, 365, 5.014065290971771193E-1),
    (8000, 100000, 30, 365, 8.239694201843762018E-7),
    (75949, 1000000, 30, 365, 5.010928995167686464E-1),
    (76950, 1000000, 30, 365, 8.220206527986813494E-5),
    (85700, 1000000, 30, 365, 5.651386770468756345E-286),
    (518700, 1000000, 1, 1, 1.722926078942160681E-306),
    (500000, 1000000, 1, 1, 5.003989421806658750E-1),
    (1000, 1000000, 1, 3650, 1.136721326607340764E-249),
    (275, 1000000, 1, 3650, 4.814717465371989383E-1),
    (1, 1000000, 1, 3650000, 2.396470649015832148E-1),
    (20, 1000000, 1, 3650000, 1.797423745887462272E-30),
    (75960000, 1000000000, 30, 365, 1.021910090524202529E-1),
    (76200000, 1000000000, 30, 365, 9.110005701485194360E-197),
    (75949400000, 1000000000000, 30, 365, 4.505660134150866509E-1),
    -- below what a float8 can hold
    (1000, 1000, 1, 3650, 0),
    (86700, 1000000, 30, 365, 0);

-- k in the last p days, n - k in the q days before, which began with another touchpoint
CREATE TABLE oracle.of_tail AS
SELECT t.*, s.*
FROM oracle.tail AS t CROSS JOIN (SELECT date '8000-01-01') AS d (as_of)
CROSS JOIN LATERAL surge(
    (concat_ws(';', 'z:' || as_of - p - q + 1, 'a:' || concat_ws(',',
        CASE WHEN n > k THEN format('%s*%s', as_of - p, n - k) END, CASE WHEN k > 0 THEN format('%s*%s', as_of - p + 1, k) END)))::timeline,
    'a', as_of, make_interval(days => p), make_interval(days => q)) AS s;

SELECT is((SELECT count(*) FROM oracle.of_tail WHERE recent = k AND usual = n - k), (SELECT count(*) FROM oracle.tail), 'the windows end where they should');
SELECT oracle.none('SELECT k, n, p, q, value, p_value FROM oracle.of_tail WHERE (abs(p_value / value - 1) <= 1e-9) IS NOT TRUE AND value > 0',
                   'each p-value is the known one to nine digits');
SELECT oracle.none('SELECT k, n, p, q, value, p_value FROM oracle.of_tail WHERE (abs(p_value / value - 1) <= 1e-12) IS NOT TRUE
                    AND value > 0 AND n <= 1000', 'and to twelve for a thousand');
SELECT oracle.none('SELECT k, n, p, q, value, p_value FROM oracle.of_tail WHERE value = 0 AND p_value > 0', 'what is too small is 0');
SELECT cmp_ok((SELECT p_value FROM surge('z:6000-01-01;a:8000-01-01*11000,7900-01-01*89000', 'a', '8000-01-01', '30 days', '365000 days')), '<=', 1e-300::float8,
    'a tail without end does end');

-- 2. Against plain SQL over events ------------------------------------------

CREATE TABLE oracle.customer AS
SELECT n AS customer, (date '2024-02-20' + floor(random() * 500)::int) AS as_of,
       recent, usual
FROM generate_series(1, 800) AS n
CROSS JOIN LATERAL (SELECT ('{1 day,7 days,30 days,1 month,3 months,1 year}'::text[])[1 + floor(random() * 6 + n * 0)::int],
                           ('{1 day,30 days,90 days,1 year,10 years,1 month 3 days}'::text[])[1 + floor(random() * 6 + n * 0)::int]) AS w (recent, usual);
CREATE TABLE oracle.happened AS
SELECT customer, CASE WHEN random() < 0.7 THEN 'complaint' ELSE 'purchase' END AS touchpoint,
       as_of + 20 - floor(random() ^ 2 * reach)::int AS day
FROM oracle.customer
CROSS JOIN LATERAL (SELECT floor(random() ^ 2 * 30)::int, (40 + random() * 800 + customer * 0)) AS r (events, reach)
CROSS JOIN LATERAL generate_series(1, events) AS n;

CREATE TABLE oracle.factorial (n int PRIMARY KEY, f numeric);
INSERT INTO oracle.factorial SELECT n, factorial(n) FROM generate_series(0, 60) AS n;

CREATE TABLE oracle.expected AS
WITH windows AS (
    SELECT c.customer, as_of, (as_of - recent::interval)::date AS middle,
           greatest(((as_of - recent::interval)::date - usual::interval)::date, least((as_of - recent::interval)::date, first - 1)) AS start
    FROM oracle.customer AS c JOIN (SELECT customer, min(day) AS first FROM oracle.happened GROUP BY 1) AS f USING (customer)
), counts AS (
    SELECT customer, as_of - middle AS p, middle - start AS q,
           (SELECT count(*) FROM oracle.happened AS h WHERE h.customer = w.customer AND touchpoint = 'complaint' AND day > middle AND day <= as_of) AS recent,
           (SELECT count(*) FROM oracle.happened AS h WHERE h.customer = w.customer AND touchpoint = 'complaint' AND day > start AND day <= middle) AS usual
    FROM windows AS w
)
SELECT customer, recent, usual, usual::float8 * p / nullif(q, 0) AS expected, recent / nullif(usual::float8 * p / nullif(q, 0), 0) AS ratio,
       (SELECT sum(a.f / (x.f * y.f) * p::numeric ^ x.n * q::numeric ^ y.n) * 10::numeric ^ 60 / (p + q)::numeric ^ (recent + usual)
        FROM oracle.factorial AS a JOIN oracle.factorial AS x ON x.n >= recent JOIN oracle.factorial AS y ON y.n = a.n - x.n
        WHERE a.n = recent + usual) / 10::numeric ^ 60 AS p_value
FROM counts;

CREATE TABLE oracle.both AS
SELECT e.*, got.*
FROM oracle.expected AS e JOIN oracle.customer AS c USING (customer)
JOIN (SELECT customer, timeline(touchpoint, day) FROM oracle.happened GROUP BY 1) AS t USING (customer)
CROSS JOIN LATERAL surge(timeline, 'complaint', as_of, c.recent::interval, c.usual::interval)
    AS got (got_recent, got_usual, got_expected, got_ratio, got_p_value);
CREATE FUNCTION oracle.near(a float8, b float8) RETURNS boolean
LANGUAGE sql AS $$ SELECT a IS NOT DISTINCT FROM b OR coalesce(abs(a - b) <= 1e-12 * abs(b), false) $$;

SELECT oracle.none('SELECT * FROM oracle.both WHERE (got_recent, got_usual) IS DISTINCT FROM (recent, usual)', 'both windows hold what plain SQL counts');
SELECT oracle.none('SELECT * FROM oracle.both WHERE NOT oracle.near(got_expected, expected)', 'what was to be expected is that of plain SQL');
SELECT oracle.none('SELECT * FROM oracle.both WHERE NOT oracle.near(got_ratio, ratio)', 'the ratio, too, and NULL where there is nothing to divide by');
SELECT oracle.none('SELECT * FROM oracle.both WHERE NOT oracle.near(got_p_value, p_value::float8)', 'p-values are those of plain SQL');
SELECT cmp_ok((SELECT count(*) FROM oracle.both WHERE got_p_value < 0.05), '>', 5::bigint, 'some are small');
SELECT cmp_ok((SELECT count(*) FROM oracle.both WHERE got_p_value = 1), '>', 50::bigint, 'many are 1');

-- 3. By hand ----------------------------------------------------------------

\set usual '''30 days'', ''1 year'''
SELECT is(surge('complaint:2026-06-30*3', 'complaint', '2026-06-30', :usual)::text, '(3,0,,,1)', 'who has no past is not flagged for a first complaint');
SELECT is(surge('complaint:2026-06-30*3;signup:2026-06-01', 'complaint', '2026-06-30', :usual)::text, '(3,0,,,1)',
    'nor one whose first interaction is in the recent days');
SELECT is(surge('complaint:2026-06-30*3;signup:2026-05-31', 'complaint', '2026-06-30', :usual)::text, '(3,0,0,,0.9063139874458729)',
    'one day of past is a past: (30 / 31) ^ 3');
SELECT is(surge('complaint:2026-07-01', 'complaint', '2026-06-30', :usual)::text, '(0,0,,,1)', 'who is still to come has nothing');
SELECT is(surge('purchase:2020-01-01', 'complaint', '2026-06-30', :usual)::text, '(0,0,0,,1)', 'no complaint, and none expected');
SELECT is(surge('complaint:2025-05-31,2025-06-01,2025-06-02,2026-05-31,2026-06-01,2026-06-30,2026-07-01', 'complaint', '2026-06-30', :usual)::text,
    '(2,3,0.2465753424657534,8.11111111111111,0.04941007127766984)', 'windows are open at their beginning and closed at their end');
SELECT is((SELECT recent FROM surge('c:2026-02-28', 'c', '2026-03-31', '1 month', '1 year')), 0::bigint, 'a month before the 31st of March is the end of February');
SELECT is((SELECT recent FROM surge('c:2026-03-01', 'c', '2026-03-31', '1 month', '1 year')), 1::bigint, 'and the day after counts');
SELECT is(surge('c:4714-11-24 BC*3', 'c', '4714-11-24 BC', '1 year', '1 year')::text, '(3,0,,,1)', 'the calendar begins on its first day');
SELECT is((SELECT p_value FROM surge('z:4714-11-24 BC;c:2026-01-01', 'c', '2026-01-01', '2147483647 days', '1 year')), 1::float8, 'a window longer than the calendar ends at its wall');

-- 4. Refused ----------------------------------------------------------------

PREPARE surge_of (timeline, text, date, interval, interval) AS SELECT surge($1, $2, $3, $4, $5);
SELECT throws_ok(format('EXECUTE surge_of (%L, %L, %L, %s)', 'c:2026-01-01', 'c', day, windows), '22023', message, message || ' ' || windows)
FROM (VALUES ('2026-01-01', '''0 days'', ''1 year''', 'recent must be a positive number of days, weeks, months or years'),
             ('2026-01-01', '''-1 month'', ''1 year''', 'recent must be a positive number of days, weeks, months or years'),
             ('2026-01-01', '''1 month -1 day'', ''1 year''', 'recent must be a positive number of days, weeks, months or years'),
             ('2026-01-01', '''1 day'', ''36 hours''', 'usual must be a positive number of days, weeks, months or years')) AS v (day, windows, message);
SELECT throws_ok('EXECUTE surge_of (''c:2026-01-01'', ''c'', ''infinity'', ''1 day'', ''1 day'')', NULL, NULL, 'a day without end is none');
SELECT throws_ok('EXECUTE surge_of (''c:2026-01-01*9223372036854775807,2026-01-02'', ''c'', ''2026-01-02'', ''2 days'', ''1 day'')', '22003', NULL,
    'more than can be counted is an error');
SELECT throws_ok('EXECUTE surge_of (''c:2026-01-01*9223372036854775807,2026-01-02'', ''c'', ''2026-01-02'', ''1 day'', ''1 day'')', '22003', NULL,
    'in both windows together, too');
SELECT is(surge(NULL, 'c', '2026-01-01', :usual)::text, NULL, 'NULL in, NULL out');
SELECT lives_ok($$SELECT surge('c:2026-01-01*9223372036854775806,2026-01-02', 'c', '2026-01-02', '1 day', '1 day')$$, 'the most that can be counted ends, too');

SELECT * FROM finish();
