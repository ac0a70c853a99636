-- Statistics against published tables, against values to 50 digits, against
-- their textbook formulas in plain SQL; what must hold of them; what is refused.
\set QUIET on
\ir lib/oracle.sql
\getenv seed SCORING_SEED
\if :{?seed}
\else
    SELECT trunc(random() * 1000000) AS seed \gset
\endif
\echo '# seed' :seed '(SCORING_SEED repeats it)'
SELECT setseed(:seed / 1000000.0) \g /dev/null

SELECT plan(133);

CREATE FUNCTION oracle.near(a float8, b float8, tolerance float8 DEFAULT 1e-11) RETURNS boolean
LANGUAGE sql AS $$ SELECT a IS NOT DISTINCT FROM b OR coalesce(abs(a - b) <= tolerance * abs(b), false) $$;

-- 1. Values to 50 digits ----------------------------------------------------
--
-- Worked out by mpmath 1.3.0 (Python), from the incomplete beta and gamma
-- functions, or where those do not converge by quadrature of the density, and
-- written down with 19 digits.

CREATE TABLE oracle.tail (t float8, df float8, value float8);
INSERT INTO oracle.tail VALUES
    (0.5, 'Infinity', 3.085375387259868964e-1),
    (1.0, 'Infinity', 1.586552539314570514e-1),
    (1.7320508, 'Infinity', 4.16322590055268119e-2),
    (1.96, 'Infinity', 2.499789514822043621e-2),
    (5, 'Infinity', 2.866515718791939117e-7),
    (10, 'Infinity', 7.619853024160526066e-24),
    (20, 'Infinity', 2.753624118606233695e-89),
    (30, 'Infinity', 4.90671392714818706e-198),
    (37, 'Infinity', 5.725571222524576823e-300),
    (1e-08, 'Infinity', 4.99999996010577196e-1),
    (0.1, '1.0', 4.682744825694464287e-1),
    (1.0, '1.0', 2.5e-1),
    (2.5, '1.7', 7.559088719452060245e-2),
    (12.706, '1.0', 2.500040117906659395e-2),
    (1e+100, '1.0', 3.183098861837906665e-101),
    (1e+299, '1.0', 3.183098861837906548e-300),
    (1.5, '2.0', 1.361965624455005397e-1),
    (1e+149, '2.0', 4.99999999999999951e-299),
    (2.0, '5.0', 5.096973941492917812e-2),
    (9.0, '17.776', 2.445283010060985158e-8),
    (10000000000.0, '29.5', 3.484929812435430598e-275),
    (40, '400.25', 3.234102617180519918e-142),
    (45, '1000.0', 6.684184020185371884e-243),
    (1e-05, '12.0', 4.9999609273694784e-1),
    (1.7, '3.0', 9.384532077670504424e-2),
    (1.8, '3.0', 8.483996445062912781e-2),
    (36.9, '99999.0', 2.298865530445347522e-296),
    (37.0, '1000000000.0', 5.728258428747314201e-300),
    (5.0, '1000000000000.0', 2.866515719275122959e-7),
    (1.2, '1000000.0', 1.150698123658622764e-1);
SELECT oracle.none('SELECT *, student_tail(t, df) FROM oracle.tail WHERE NOT oracle.near(student_tail(t, df), value)', 'tails of Student''s distribution');
SELECT oracle.none('SELECT *, student_tail(-t, df) FROM oracle.tail WHERE NOT oracle.near(student_tail(-t, df), 1 - value)', 'and the other side');
SELECT oracle.none('SELECT * FROM oracle.tail WHERE df = ''Infinity'' AND normal_tail(t) <> student_tail(t, df)', 'the normal one is that of infinite degrees');

CREATE TABLE oracle.quantile (p float8, df float8, value float8);
INSERT INTO oracle.quantile VALUES
    (0.4999999, 'Infinity', -2.506628274703106513e-7),
    (0.4999999999990905, 'Infinity', -2.279765135091111463e-12),
    (0.4999999999990905, '3.0', -2.474461367775190207e-12),
    (0.4, 'Infinity', -2.533471031357997413e-1),
    (0.1, 'Infinity', -1.281551565544600435),
    (0.025, 'Infinity', -1.959963984540054212),
    (0.0001, 'Infinity', -3.719016485455680552),
    (1e-10, 'Infinity', -6.361340902404056199),
    (1e-50, 'Infinity', -1.493333753478848898e+1),
    (1e-300, 'Infinity', -3.704709629936119924e+1),
    (5e-324, 'Infinity', -3.846740561714434625e+1),
    (0.025, '1.0', -1.270620473617470394e+1),
    (1e-10, '1.0', -3.183098861837906599e+9),
    (1e-299, '1.0', -3.183098861837906741e+298),
    (0.45, '2.0', -1.421338109037402577e-1),
    (1e-300, '2.0', -7.071067811865475155e+149),
    (0.025, '5.0', -2.570581835636315469),
    (0.0005, '10.0', -4.586893858702635886),
    (0.49, '3.3', -2.7014757182525315e-2),
    (1e-06, '17.776', -6.904098071405931187),
    (1e-300, '7.0', -1.445794132648190426e+43),
    (1e-100, '29.5', -1.219483777293096754e+4),
    (0.2, '120.0', -8.446268377431309791e-1),
    (0.005, '9999.5', -2.576321071261333324),
    (1e-20, '50000.0', -9.266360999721531531);
SELECT oracle.none('SELECT *, student_quantile(p, df) FROM oracle.quantile WHERE NOT oracle.near(student_quantile(p, df), value)', 'quantiles of Student''s distribution');
SELECT oracle.none('SELECT * FROM oracle.quantile WHERE df = ''Infinity'' AND normal_quantile(p) <> student_quantile(p, df)', 'the normal one is that of infinite degrees');

CREATE TABLE oracle.chi_square (observed bigint[], expected float8[], statistic float8, df int, p_value float8);
INSERT INTO oracle.chi_square VALUES
    ('{20,15,25}', '{1,1,1}', 2.5, 2, 2.865047968601901003e-1),
    ('{89,37,30,28,2}', '{40,20,20,15,5}', 9.99014336917562724, 4, 4.059404334478120638e-2),
    ('{505000,495000}', '{1,1}', 100, 1, 1.523970604832105213e-23),
    ('{518000,482000}', '{1,1}', 1.296e+3, 1, 8.365248131594566663e-284),
    ('{1000000,1000100}', '{0.5,0.5}', 4.999750012499375031e-3, 1, 9.436294291024908275e-1),
    ('{900,10,90}', '{0.9,0.05,0.05}', 6.399999999999999822e+1, 2, 1.266416554909418697e-14),
    ('{5,0,3,9,1,2,7}', '{3,1,4,4,4,4,7}', 1.208333333333333333e+1, 6, 6.013535236066197279e-2),
    ('{1200,800,1000,1000,400,1600}', '{1,1,1,1,1,1}', 8.0e+2, 5, 1.156880790487344384e-170),
    ('{100,101,99,100,98,102,100,100}', '{1,1,1,1,1,1,1,1}', 0.1, 7, 9.999976885812014031e-1),
    ('{30,70}', '{1,2}', 5.0e-1, 1, 4.795001221869534623e-1),
    ('{2000,10,10,10,10}', '{1900,35,35,35,35}', 7.669172932330827068e+1, 4, 8.739803480981112144e-16);
SELECT oracle.none('SELECT c.*, got.* FROM oracle.chi_square AS c, chi_square(observed, expected) AS got
    WHERE NOT (oracle.near(got.statistic, c.statistic) AND got.df = c.df AND oracle.near(got.p_value, c.p_value))', 'chi-squares');

CREATE TABLE oracle.wilson (successes bigint, trials bigint, confidence float8, low float8, high float8);
INSERT INTO oracle.wilson VALUES
    (1, 10, 0.95, 1.787621309507290888e-2, 4.041500267952384311e-1),
    (1, 10, 0.99, 1.185150341103294306e-2, 5.072317712328935289e-1),
    (0, 20, 0.95, 0.0, 1.611251580528193347e-1),
    (20, 20, 0.95, 8.388748419471806653e-1, 1.0),
    (3, 1000000, 0.95, 1.020271240968122894e-6, 8.821149774312434262e-6),
    (500000, 1000000, 0.999999, 4.975542100235650499e-1, 5.024457899764349501e-1),
    (1, 9223372036854775807, 0.95, 1.913883059577296197e-20, 6.141934037923452834e-19),
    (1, 3, 0.5, 1.828172501586131787e-1, 5.277418231406089321e-1),
    (7, 12, 0.9999999999999999, 5.197348321436706736e-2, 9.727902545652644284e-1),
    (40, 50, 1e-09, 7.99999999929101846e-1, 8.00000000070898154e-1);
SELECT oracle.none('SELECT w.*, got.* FROM oracle.wilson AS w, wilson(successes, trials, confidence) AS got
    WHERE NOT (oracle.near(got.low, w.low) AND oracle.near(got.high, w.high))', 'Wilson''s intervals');

CREATE TABLE oracle.two_proportions (s1 bigint, n1 bigint, s2 bigint, n2 bigint, confidence float8,
                                     difference float8, low float8, high float8, z float8, p_value float8);
INSERT INTO oracle.two_proportions VALUES
    (56, 70, 48, 80, 0.95, 2.0e-1, 5.2431472402364907e-2, 3.338726540369059524e-1, 2.650171951258532619, 8.045081368196584731e-3),
    (45, 1000, 30, 1000, 0.95, 1.5e-2, -1.786491306577342053e-3, 3.217286283385531698e-2, 1.765469659009499059, 7.748486513264469733e-2),
    (45, 1000, 30, 1000, 0.99, 1.5e-2, -7.307594653334492772e-3, 3.795320899487088647e-2, 1.765469659009499059, 7.748486513264469733e-2),
    (9, 10, 3, 10, 0.95, 6.0e-1, 1.705227239345029602e-1, 8.090179735354879633e-1, 2.738612787525830567, 6.169899320544162214e-3),
    (5, 56, 0, 29, 0.95, 8.928571428571428571e-2, -3.813714790353686415e-2, 1.925600138551115953e-1, 1.658648869239228532, 9.718656817057972588e-2),
    (700, 1000, 300, 1000, 0.95, 4.0e-1, 3.588126409022037202e-1, 4.390226175977169278e-1, 1.788854381999831757e+1, 1.448442437273694133e-71),
    (510000, 1000000, 490000, 1000000, 0.95, 2.0e-2, 1.861432171825701017e-2, 2.138556962929710326e-2, 2.828427124746190098e+1, 5.395865611607900929e-176),
    (515000, 1000000, 490000, 1000000, 0.95, 2.5e-2, 2.361448142080655114e-2, 2.638538276703474395e-2, 3.535578100935219804e+1, 8.171385149355709419e-274),
    (3, 1000000, 9, 3000000, 0.9, 0.0, -2.809646590091143521e-6, 4.67795640566900076e-6, 0.0, 1.0),
    (1, 9223372036854775807, 4611686018427387904, 9223372036854775807, 0.95, -4.999999999999999999e-1, -5.000000003226808794e-1, -4.999999996773191205e-1, -2.47970052450623908e+9, 0);
SELECT oracle.none('SELECT t.*, got.* FROM oracle.two_proportions AS t, two_proportions(s1, n1, s2, n2, confidence) AS got
    WHERE NOT (oracle.near(got.difference, t.difference) AND oracle.near(got.low, t.low) AND oracle.near(got.high, t.high)
               AND oracle.near(got.z, t.z) AND oracle.near(got.p_value, t.p_value))', 'differences of rates');

CREATE TABLE oracle.two_means (mean1 float8, sd1 float8, n1 bigint, mean2 float8, sd2 float8, n2 bigint, confidence float8,
                               difference float8, low float8, high float8, t float8, p_value float8);
INSERT INTO oracle.two_means VALUES
    (10, 2, 30, 9, 3, 40, 0.95, 1.0, -1.947681885064595218e-1, 2.194768188506459522, 1.670538139169113568, 9.946541117633097118e-2),
    (1.2, 15.5, 20000, 0.9, 12.25, 4000, 0.95, 2.999999999999999334e-1, -1.362656347974865737e-1, 7.362656347974864404e-1, 1.348016819984807396, 1.776976785055670474e-1),
    (1, 1, 2, 2, 1, 2, 0.95, -1.0, -5.302652729749461789, 3.302652729749461789, -1.0, 4.226497308103742355e-1),
    (100, 15, 50, 5, 2, 60, 0.99, 9.5e+1, 8.9279649097760654e+1, 1.00720350902239346e+2, 4.44553413243310249e+1, 3.911597990739111469e-42),
    (1000000, 1, 7, 1, 1, 3, 0.9, 9.99999e+5, 9.999975118147453339e+5, 1.000000488185254666e+6, 1.449136225481269238e+6, 1.023225061562663634e-23),
    (0.5, 0, 10, 0.25, 1.5, 10, 0.95, 2.5e-1, -8.230353589559970904e-1, 1.32303535895599709, 5.270462766947298887e-1, 6.109041164924946374e-1),
    (3, 1, 1000000, 2.97, 1, 1000000, 0.95, 2.99999999999998046e-2, 2.722819067384870013e-2, 3.277180932615090907e-2, 2.121320343559628756e+1, 7.398706882316948383e-100);
SELECT oracle.none('SELECT m.*, got.* FROM oracle.two_means AS m, two_means(mean1, sd1, n1, mean2, sd2, n2, confidence) AS got
    WHERE NOT (oracle.near(got.difference, m.difference) AND oracle.near(got.low, m.low) AND oracle.near(got.high, m.high)
               AND oracle.near(got.t, m.t) AND oracle.near(got.p_value, m.p_value))', 'differences of means');

CREATE TABLE oracle.size (p1 float8, p2 float8, power float8, level float8, size bigint);
INSERT INTO oracle.size VALUES
    (0.5, 0.75, 0.8, 0.05, 58), (0.5, 0.75, 0.9, 0.05, 77), (0.5, 0.75, 0.9, 0.01, 110), (0.02, 0.025, 0.8, 0.05, 13809),
    (0.02, 0.025, 0.8, 0.05::float8 / 6, 21306), (0, 0.01, 0.8, 0.05, 780), (1, 0.9, 0.8, 0.05, 74), (0.1, 0.1001, 0.8, 0.05, 141342622),
    (0, 1, 0.8, 0.05, 2);
SELECT oracle.none('SELECT *, sample_size(p1, p2, power, level) FROM oracle.size WHERE sample_size(p1, p2, power, level) <> size
                    OR sample_size(p2, p1, power, level) <> size OR sample_size(1 - p1, 1 - p2, power, level) NOT BETWEEN size - 1 AND size + 1', 'sample sizes');

-- 2. Published tables -------------------------------------------------------

-- M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions (1964)
SELECT results_eq($$SELECT round(-log(normal_tail(x))::numeric, 5) FROM (VALUES (5), (10), (20), (30)) AS v (x)$$,
    '{6.54265,23.11805,88.56010,197.30921}'::numeric[], 'table 26.2: -log Q(x)');
SELECT results_eq($$SELECT round(student_quantile(0.975, df)::numeric, 3)
        FROM unnest('{1,2,3,4,5,10,20,30,60,120,Infinity}'::float8[]) AS df$$,
    '{12.706,4.303,3.182,2.776,2.571,2.228,2.086,2.042,2.000,1.980,1.960}'::numeric[], 'table 26.10: t, two-sided 0.95');
SELECT results_eq($$SELECT round(student_quantile(0.995, df)::numeric, 3)
        FROM unnest('{1,2,3,4,5,10,20,30,60,120,Infinity}'::float8[]) AS df$$,
    '{63.657,9.925,5.841,4.604,4.032,3.169,2.845,2.750,2.660,2.617,2.576}'::numeric[], 'and 0.99');
-- R. G. Newcombe, Two-sided confidence intervals for the single proportion (1998), table I, method 3
SELECT results_eq($$SELECT round(low::numeric, 4), round(high::numeric, 4)
        FROM (VALUES (81, 263), (15, 148), (0, 20), (1, 29)) AS v (s, n), wilson(s, n)$$,
    'VALUES (0.2553, 0.3662), (0.0624, 0.1605), (0, 0.1611), (0.0061, 0.1718)', 'Newcombe''s examples of one rate');
-- R. G. Newcombe, Interval estimation for the difference between independent proportions (1998), table II, method 10
SELECT results_eq($$SELECT round(low::numeric, 4), round(high::numeric, 4)
        FROM (VALUES (56, 70, 48, 80), (9, 10, 3, 10), (6, 7, 2, 7), (5, 56, 0, 29), (0, 10, 0, 20), (0, 10, 0, 10), (10, 10, 0, 20), (10, 10, 0, 10))
            AS v (s1, n1, s2, n2), two_proportions(s1, n1, s2, n2)$$,
    'VALUES (0.0524, 0.3339), (0.1705, 0.8090), (0.0582, 0.8062), (-0.0381, 0.1926), (-0.1611, 0.2775), (-0.2775, 0.2775), (0.6791, 1), (0.6075, 1)',
    'Newcombe''s examples of two');
-- "Student", The probable error of a mean (1908): hours of sleep gained by two drugs, as the manual of R has them
SELECT results_eq($$SELECT round(difference::numeric, 2), round(low::numeric, 7), round(high::numeric, 7), round(t::numeric, 4), round(p_value::numeric, 5)
        FROM (SELECT avg(a) AS m1, stddev_samp(a) AS s1, avg(b) AS m2, stddev_samp(b) AS s2
              FROM unnest('{0.7,-1.6,-0.2,-1.2,-0.1,3.4,3.7,0.8,0.0,2.0}'::float8[], '{1.9,0.8,1.1,0.1,-0.1,4.4,5.5,1.6,4.6,3.4}'::float8[]) AS u (a, b)) AS s,
             two_means(m1, s1, 10, m2, s2, 10)$$,
    'VALUES (-1.58, -3.3654832, 0.2054832, -1.8608, 0.07939)', 'Student''s sleep');
-- the manual of R 4: chisq.test, power.prop.test
SELECT is((SELECT round(statistic::numeric, 4) || ' ' || df || ' ' || round(p_value::numeric, 5) FROM chi_square('{89,37,30,28,2}', '{40,20,20,15,5}')),
    '9.9901 4 0.04059', 'R''s example of a chi-square');
SELECT is(smallest_effect(0.5, 50, 50, 0.7401659)::numeric(8, 6), 0.25, 'R''s example of power: 50 and 50 of 0.5 and 0.75 have 0.74');

-- 3. Formulas in plain SQL --------------------------------------------------

-- whole numbers of every size, edges included
CREATE TABLE oracle.arms AS
SELECT n, n1, CASE WHEN random() < 0.1 THEN 0 WHEN random() < 0.1 THEN n1 ELSE floor(random() * (n1 + 1))::bigint END AS s1,
       n2, CASE WHEN random() < 0.1 THEN 0 WHEN random() < 0.1 THEN n2 ELSE floor(random() ^ 2 * (n2 + 1))::bigint END AS s2,
       CASE WHEN random() < 0.5 THEN 0.95 ELSE 1 - exp(-0.1 - random() * 20) END AS confidence,
       exp(random() * 20 - 10) * (random() - 0.5) AS m1, exp(random() * 20 - 10) AS sd1, exp(random() * 20 - 10) * (random() - 0.5) AS m2, exp(random() * 20 - 10) AS sd2
FROM (SELECT n, floor(exp(random() * 16))::bigint AS n1, floor(exp(random() * 16))::bigint AS n2 FROM generate_series(1, 2000) AS n) AS r;

CREATE TABLE oracle.rates AS
SELECT a.*, -normal_quantile((1 - confidence) / 2) AS q, s1::float8 / n1 AS p1, s2::float8 / n2 AS p2, (s1 + s2)::float8 / (n1 + n2) AS p,
       w1.low AS low1, w1.high AS high1, w2.low AS low2, w2.high AS high2, two.*,
       back.difference AS back_difference, back.low AS back_low, back.high AS back_high, back.z AS back_z, back.p_value AS back_p_value
FROM oracle.arms AS a, wilson(s1, n1, confidence) AS w1, wilson(s2, n2, confidence) AS w2,
     two_proportions(s1, n1, s2, n2, confidence) AS two, two_proportions(s2, n2, s1, n1, confidence) AS back;
-- (p + z^2/2n -+ z sqrt(p (1 - p) / n + z^2/4n^2)) / (1 + z^2/n)
SELECT oracle.none($$SELECT * FROM oracle.rates WHERE NOT (
    abs(low1 - (p1 + q * q / (2 * n1) - q * sqrt(p1 * (1 - p1) / n1 + q * q / (4.0 * n1 * n1))) / (1 + q * q / n1)) < 1e-14
    AND abs(high1 - (p1 + q * q / (2 * n1) + q * sqrt(p1 * (1 - p1) / n1 + q * q / (4.0 * n1 * n1))) / (1 + q * q / n1)) < 1e-14)$$,
    'Wilson''s interval as textbooks write it');
SELECT oracle.none($$SELECT * FROM oracle.rates WHERE NOT oracle.near(low, difference - sqrt((p1 - low1) ^ 2 + (high2 - p2) ^ 2), 1e-9)
    AND abs(low) > 1e-6$$, 'Newcombe''s interval is made of two of them: below');
SELECT oracle.none($$SELECT * FROM oracle.rates WHERE NOT oracle.near(high, difference + sqrt((high1 - p1) ^ 2 + (p2 - low2) ^ 2), 1e-9)
    AND abs(high) > 1e-6$$, 'and above');
SELECT oracle.none($$SELECT * FROM oracle.rates WHERE abs(difference - (p1 - p2)) > 1e-15
    OR abs(z - (p1 - p2) / nullif(sqrt(p * (1 - p) * (1.0 / n1 + 1.0 / n2)), 0)) > 1e-9 * greatest(1, abs(z))
    OR (z IS NULL) <> (p IN (0, 1)) OR NOT oracle.near(p_value, 2 * normal_tail(abs(z)))$$, 'the z-test pools both');

CREATE TABLE oracle.means AS
SELECT a.*, two.*, sqrt(sd1 ^ 2 / n1 + sd2 ^ 2 / n2) AS se,
       greatest(1, (sd1 ^ 2 / n1 + sd2 ^ 2 / n2) ^ 2 / ((sd1 ^ 2 / n1) ^ 2 / (n1 - 1) + (sd2 ^ 2 / n2) ^ 2 / (n2 - 1))) AS df,
       back.difference AS back_difference, back.low AS back_low, back.high AS back_high, back.t AS back_t, back.p_value AS back_p_value
FROM oracle.arms AS a, two_means(m1, sd1, n1, m2, sd2, n2, confidence) AS two, two_means(m2, sd2, n2, m1, sd1, n1, confidence) AS back
WHERE n1 > 1 AND n2 > 1;
SELECT oracle.none($$SELECT * FROM oracle.means WHERE NOT (difference = m1 - m2 AND oracle.near(t, (m1 - m2) / se)
    AND oracle.near(high - difference, student_quantile((1 + confidence) / 2, df) * se, 1e-6)
    AND oracle.near(p_value, 2 * student_tail(abs(m1 - m2) / se, df), 1e-9))
    AND p_value > 1e-290$$, 'Welch''s test as textbooks write it');

SELECT oracle.none($$SELECT * FROM (SELECT n, array_agg(a) AS a, array_agg(b) AS b FROM
        (SELECT n, floor(exp(random() * 10))::bigint AS a, exp(random() * 10) AS b FROM generate_series(1, 300) AS n, generate_series(1, 2 + n % 9)) AS c GROUP BY n) AS c,
    chi_square(a, b) AS got, LATERAL (SELECT sum((o - e) ^ 2 / e) AS statistic, count(*) - 1 AS df
        FROM (SELECT o, e / sum(e) OVER () * sum(o) OVER () AS e FROM unnest(a, b) AS u (o, e)) AS u) AS want
    WHERE NOT (oracle.near(got.statistic, want.statistic) AND got.df = want.df)$$, 'a chi-square is a sum over classes');

-- where Student and chi-square are elementary
CREATE TABLE oracle.t AS SELECT exp(random() * 600 - 50) AS t FROM generate_series(1, 1000);
SELECT oracle.none('SELECT t FROM oracle.t WHERE NOT oracle.near(student_tail(t, 1), atan2(1, t) / pi())', 'one degree is an arc');
SELECT oracle.none('SELECT t FROM oracle.t WHERE t < 1e150 AND NOT oracle.near(student_tail(t, 2), 1 / sqrt(2 + t * t) / (sqrt(2 + t * t) + t))', 'two are a root');
SELECT oracle.none($$SELECT s FROM generate_series(0, 500, 7) AS s, chi_square(ARRAY[1000 + s, 1000, 1000 - s], '{1,1,1}') AS c
    WHERE NOT oracle.near(p_value, exp(-statistic / 2))$$, 'a chi-square of two degrees is an exponential');
SELECT oracle.none($$SELECT s FROM generate_series(1, 500, 7) AS s, chi_square(ARRAY[1000 + s, 1000 - s], '{1,1}') AS c
    WHERE NOT oracle.near(p_value, 2 * normal_tail(sqrt(statistic)))$$, 'of one, the square of a normal variable');
SELECT oracle.none($$SELECT s FROM generate_series(1, 500, 7) AS s, chi_square(ARRAY[1000 + s, 0, 1000 - s], '{1,0,1}') AS c
    WHERE df <> 1$$, 'a class that is neither expected nor observed is none');

-- 4. What must hold ---------------------------------------------------------

CREATE TABLE oracle.p AS
SELECT CASE n % 3 WHEN 0 THEN random() ELSE exp(-random() * 690) END AS p,
       CASE n % 4 WHEN 0 THEN 'Infinity' WHEN 1 THEN floor(1 + random() * 30) ELSE 1 + exp(random() * 30 - 3) END AS df
FROM generate_series(1, 2000) AS n;
SELECT oracle.none('SELECT p, df FROM oracle.p WHERE p < 0.9 AND NOT oracle.near(student_tail(-student_quantile(p, df), df), p)', 'tail and quantile undo each other');
SELECT oracle.none('SELECT p, df FROM oracle.p WHERE p > 1e-16 AND NOT oracle.near(student_quantile(1 - p, df), -student_quantile(1 - (1 - p), df))', 'quantiles are symmetric');
SELECT oracle.none('SELECT * FROM (SELECT p, student_quantile(p, 7.5) AS q, lag(student_quantile(p, 7.5)) OVER (ORDER BY p) AS before FROM oracle.p) AS s WHERE q < before', 'and ascend');
SELECT oracle.none($$SELECT * FROM (SELECT t, df, tail, lag(tail) OVER (PARTITION BY df ORDER BY t) AS before
        FROM (SELECT t, df, student_tail(t, df) AS tail FROM unnest('{1,2,2.9,3,3.1,30,1e4,1e9,Infinity}'::float8[]) AS df,
              (SELECT n / 1000.0 AS t FROM generate_series(-6000, 6000) AS n) AS g) AS s) AS s WHERE tail > before$$, 'tails descend, past the place where series and fraction meet');

SELECT oracle.none('SELECT * FROM oracle.rates WHERE NOT (0 <= low1 AND low1 <= p1 AND p1 <= high1 AND high1 <= 1)', 'the rate is inside its interval, that inside 0 to 1');
SELECT oracle.none($$SELECT * FROM oracle.rates, wilson(n1 - s1, n1, confidence) AS other WHERE abs(low1 - (1 - other.high)) > 1e-15 OR abs(high1 - (1 - other.low)) > 1e-15$$,
    'failures have the same interval, seen from 1');
SELECT oracle.none('SELECT * FROM oracle.rates WHERE (s1 = 0) <> (low1 = 0) OR (s1 = n1) <> (high1 = 1)', 'none is 0, all is 1, and nothing else is');
SELECT oracle.none('SELECT * FROM oracle.rates WHERE NOT (-1 <= low AND low <= difference AND difference <= high AND high <= 1)',
    'the difference is inside its interval, that inside -1 to 1');
SELECT oracle.none('SELECT * FROM oracle.rates WHERE difference <> -back_difference OR low <> -back_high OR high <> -back_low
    OR z <> -back_z OR p_value <> back_p_value', 'arms that change places change signs: rates');
SELECT oracle.none('SELECT * FROM oracle.means WHERE difference <> -back_difference OR low <> -back_high OR high <> -back_low
    OR t <> -back_t OR p_value <> back_p_value', 'and means');
SELECT oracle.none('SELECT * FROM oracle.means WHERE NOT (low <= difference AND difference <= high)', 'the difference of means is inside its interval');
SELECT oracle.none($$SELECT * FROM oracle.means WHERE (p_value < 1 - confidence) <> (0 NOT BETWEEN low AND high)
    AND abs(p_value - (1 - confidence)) > 1e-9$$, 'which holds 0 just when the test finds nothing');
SELECT oracle.none('SELECT * FROM oracle.rates, wilson(s1, n1, confidence / 2) AS less WHERE less.low < low1 OR less.high > high1', 'less confidence is a smaller interval');

-- How often the interval holds the true rate: the chances of all outcomes, in
-- exact numbers.  On the average over all rates that is what it says, for one
-- rate sometimes less, least near 0 and 1 (0.838 in the limit; A. Agresti and
-- B. A. Coull, Approximate is better than "exact", 1998).
CREATE TABLE oracle.coverage AS
SELECT n, p, sum(factorial(n) / (factorial(k) * factorial(n - k)) * p ^ k * (1 - p) ^ (n - k)) FILTER (WHERE p BETWEEN low AND high) AS coverage
FROM unnest('{5,20,60}'::int[]) AS n, (SELECT (i - 0.5) / 400 AS p FROM generate_series(1, 400) AS i) AS r, generate_series(0, n) AS k, wilson(k, n)
GROUP BY n, p;
SELECT oracle.none('SELECT n, avg(coverage) FROM oracle.coverage GROUP BY n HAVING avg(coverage) NOT BETWEEN 0.945 AND 0.96', 'on the average, 95 % are 95 %');
SELECT oracle.none('SELECT * FROM oracle.coverage WHERE coverage < 0.83', 'and never less than 83 %');

CREATE TABLE oracle.planned AS
SELECT *, sample_size(p1, p2, power, level) AS size
FROM (SELECT p1, p1 + (1 - p1) * exp(-random() * 7) AS p2, 0.5 + random() / 2.1 AS power, exp(-1 - random() * 9) AS level
      FROM (SELECT random() ^ 3 AS p1 FROM generate_series(1, 1000)) AS r) AS r;
SELECT oracle.none('SELECT * FROM oracle.planned WHERE smallest_effect(p1, size, size, power, level) > (p2 - p1) * (1 + 1e-12)', 'as many as are asked for see the difference');
SELECT oracle.none('SELECT * FROM oracle.planned WHERE size > 1 AND smallest_effect(p1, size - 1, size - 1, power, level) <= (p2 - p1) * (1 - 1e-12)', 'one less does not');
SELECT oracle.none($$SELECT * FROM oracle.planned, smallest_effect(p1, size, 10 * size, power, level) AS d,
    LATERAL (SELECT (size * (p1 + d) + 10 * size * p1) / (11 * size) AS p) AS m
    WHERE abs(d - (normal_quantile(1 - level / 2) * sqrt(p * (1 - p) * (1.0 / size + 0.1 / size))
                   + normal_quantile(power) * sqrt((p1 + d) * greatest(1 - p1 - d, 0) / size + p1 * (1 - p1) / (10 * size)))) > 1e-9 * d$$, 'arms of two sizes: the difference solves its equation');
SELECT oracle.none('SELECT * FROM oracle.planned WHERE smallest_effect(p1, size, 10 * size, power, level) > smallest_effect(p1, size, size, power, level)', 'more see more');

-- 5. Nothing to divide by ---------------------------------------------------

SELECT is(wilson(0, 0)::text, '(,)', 'no trials');
SELECT is(two_proportions(0, 0, 1, 2)::text, '(,,,,)', 'nobody on one side');
SELECT is(two_proportions(1, 2, 0, 0)::text, '(,,,,)', 'or the other');
SELECT is((SELECT (difference, z, p_value, low = -(wilson(0, 20)).high, high = (wilson(0, 10)).high)::text FROM two_proportions(0, 10, 0, 20)), '(0,,,t,t)', 'no success at all');
SELECT is((SELECT (difference, z, p_value)::text FROM two_proportions(10, 10, 20, 20)), '(0,,)', 'nothing but successes');
SELECT is(two_means(3, 1, 0, 1, 1, 10)::text, '(,,,,)', 'a mean of nobody');
SELECT is(two_means(3, 0, 1, 1, 1, 10)::text, '(2,,,,)', 'a variance of one');
SELECT is(two_means(3, 1, 10, 1, 0, 1)::text, '(2,,,,)', 'on the other side');
SELECT is(two_means(3, 0, 10, 1, 0, 10)::text, '(2,,,,)', 'nobody differs from anybody');
SELECT is(chi_square('{}', '{}')::text, '(,,)', 'no class');
SELECT is(chi_square('{0,0}', '{1,2}')::text, '(,,)', 'nothing observed');
SELECT is(chi_square('{1,2}', '{0,0}')::text, '(,,)', 'nothing expected');
SELECT is(chi_square('{7}', '{2}')::text, '(0,0,)', 'one class cannot differ');
SELECT is(chi_square('{7,0}', '{2,0}')::text, '(0,0,)', 'nor one beside none');
SELECT is(chi_square('{7,1}', '{2,0}')::text, '(Infinity,1,0)', 'what is not expected and yet there could not be chance');
SELECT is(chi_square('{5,0}', '{1e308,5e-324}')::text, '(0,1,1)', 'weights of any size');
SELECT is(chi_square('{10,20}', '{1.7e308,1.7e308}'), chi_square('{10,20}', '{1,1}'), 'that would overflow, added up');
SELECT is(sample_size(0.1, 0.1), NULL, 'no difference, no size');
SELECT is(smallest_effect(0.1, 0, 10), NULL, 'no arm');
SELECT is(smallest_effect(0.1, 10, 0), NULL, 'no other arm');
SELECT is(smallest_effect(0.9, 3, 3), NULL, 'so few that not even all would tell');
SELECT is(smallest_effect(1, 100, 100), NULL, 'nothing is above 1');
SELECT is(wilson(NULL, 10)::text, NULL, 'NULL in, NULL out');
SELECT is(two_means(NULL, 1, 10, 1, 1, 10)::text, NULL, 'of a mean, too');

-- 6. The ends of what there is ----------------------------------------------

SELECT is(wilson(9223372036854775807, 9223372036854775807)::text, '(1,1)', 'the most trials there are');
SELECT is((SELECT (difference, z, p_value)::text FROM two_proportions(9223372036854775807, 9223372036854775807, 0, 9223372036854775807)), '(1,4294967296,0)', 'on both sides');
SELECT is((SELECT difference FROM two_proportions(4611686018427387904, 9223372036854775807, 4611686018427387903, 9223372036854775807)), 1 / 9223372036854775807::float8,
    'a difference of one in all of them is not lost');
SELECT is(two_means(1, 5e-324, 2, 2, 1e-300, 9223372036854775807)::text, '(-1,-1,-1,-Infinity,0)', 'spreads that are next to nothing');
SELECT is((SELECT (difference, p_value)::text FROM two_means(1, 1e308, 2, 2, 1.79e308, 2)), '(-1,1)', 'and next to everything');
SELECT is((SELECT p_value FROM chi_square('{9223372036854775807,1}', '{1,2}')), 0::float8, 'the most of a class');
SELECT is(student_tail('Infinity', 1), 0::float8, 'nothing is above infinity');
SELECT is(normal_tail('-Infinity'), 1::float8, 'everything above what is below it');
SELECT is(normal_tail(0), 0.5::float8, 'half above 0');
SELECT is(normal_quantile(0.5), 0::float8, 'and half below');
SELECT is(normal_tail(40), 0::float8, 'what is too small is 0');
SELECT is(student_quantile(1e-323, 1), '-Infinity'::float8, 'what is too large is infinite');
SELECT is(student_quantile(0.3, 1.7e308), normal_quantile(0.3), 'so many degrees are infinite ones');

-- 7. Refused ----------------------------------------------------------------

SELECT throws_ok('SELECT ' || call, '22023', message, call)
FROM (VALUES ('wilson(-1, 10)', 'successes must not be negative'),
             ('wilson(1, -10)', 'trials must not be negative'),
             ('wilson(11, 10)', 'successes must not be above trials'),
             ('wilson(1, 0)', 'successes must not be above trials'),
             ('wilson(1, 10, 0)', 'confidence must be above 0 and below 1'),
             ('wilson(1, 10, 1)', 'confidence must be above 0 and below 1'),
             ('wilson(1, 10, 95)', 'confidence must be above 0 and below 1'),
             ('wilson(1, 10, ''NaN'')', 'confidence must be above 0 and below 1'),
             ('wilson(0, 0, 2)', 'confidence must be above 0 and below 1'),
             ('two_proportions(3, 2, 1, 2)', 's1 must not be above n1'),
             ('two_proportions(1, 2, 3, 2)', 's2 must not be above n2'),
             ('two_proportions(1, 2, 1, -2)', 'n2 must not be negative'),
             ('two_proportions(-9223372036854775808, 2, 1, 2)', 's1 must not be negative'),
             ('two_proportions(1, 2, 1, 2, -0.5)', 'confidence must be above 0 and below 1'),
             ('two_means(''NaN'', 1, 2, 1, 1, 2)', 'mean1 must be finite'),
             ('two_means(1, 1, 2, ''-Infinity'', 1, 2)', 'mean2 must be finite'),
             ('two_means(1, -1, 2, 1, 1, 2)', 'sd1 must not be negative'),
             ('two_means(1, 1, 2, 1, ''NaN'', 2)', 'sd2 must be finite'),
             ('two_means(1, 1, -2, 1, 1, 2)', 'n1 must not be negative'),
             ('two_means(1, 1, 0, 1, 1, 2, 1)', 'confidence must be above 0 and below 1'),
             ('chi_square(''{1,2}'', ''{1,2,3}'')', 'observed and expected must have the same classes'),
             ('chi_square(''{1,-2}'', ''{1,2}'')', 'observed must not contain negative counts'),
             ('chi_square(''{1,2}'', ''{1,-2}'')', 'expected must be finite and not negative'),
             ('chi_square(''{1,2}'', ''{1,NaN}'')', 'expected must be finite and not negative'),
             ('chi_square(''{1,2}'', ''{1,Infinity}'')', 'expected must be finite and not negative'),
             ('sample_size(-0.1, 0.2)', 'p1 must be a rate from 0 to 1'),
             ('sample_size(0.1, 20)', 'p2 must be a rate from 0 to 1'),
             ('sample_size(0.1, ''NaN'')', 'p2 must be a rate from 0 to 1'),
             ('sample_size(0.1, 0.2, 0)', 'power must be above 0 and below 1'),
             ('sample_size(0.1, 0.2, 80)', 'power must be above 0 and below 1'),
             ('sample_size(0.1, 0.2, 0.8, 0)', 'level must be above 0 and below 1'),
             ('sample_size(0.1, 0.2, 0.05, 0.8)', 'power must be above level'),
             ('sample_size(0.1, 0.1, 0.8, 5)', 'level must be above 0 and below 1'),
             ('smallest_effect(2, 10, 10)', 'p must be a rate from 0 to 1'),
             ('smallest_effect(0.1, -10, 10)', 'n1 must not be negative'),
             ('smallest_effect(0.1, 10, -10)', 'n2 must not be negative'),
             ('smallest_effect(0.1, 10, 10, ''NaN'')', 'power must be above 0 and below 1'),
             ('student_tail(1, 0.5)', 'df must be at least 1'),
             ('student_quantile(0.5, ''NaN'')', 'df must be at least 1'),
             ('student_tail(''NaN'', 5)', 't must not be NaN'),
             ('normal_tail(''NaN'')', 'z must not be NaN'),
             ('normal_quantile(0)', 'p must be above 0 and below 1'),
             ('student_quantile(1, 5)', 'p must be above 0 and below 1')) AS v (call, message);
SELECT throws_ok($$SELECT chi_square('{1,NULL}', '{1,2}')$$, '22004', 'observed must not contain nulls', 'a count that is not known');
SELECT throws_ok($$SELECT chi_square('{1,2}', '{1,NULL}')$$, '22004', 'expected must not contain nulls', 'nor a weight');
SELECT throws_ok($$SELECT chi_square('{{1,2}}', '{1,2}')$$, '2202E', 'observed must be an array of one dimension', 'two dimensions');
SELECT throws_ok('SELECT sample_size(0.1, 0.1 + 1e-12)', '22003', 'sample size out of range', 'more than there are numbers');
SELECT throws_ok('SELECT two_means(1.7e308, 1, 2, -1.7e308, 1, 2)', '22003', NULL, 'a difference that overflows');

SELECT * FROM finish();
