-- psi() against plain SQL, and known values
\set QUIET on
\ir lib/oracle.sql
\getenv seed SCORING_SEED
\if :{?seed}
\else
    SELECT trunc(random() * 1000000) AS seed \gset
\endif
\echo '# seed' :seed '(SCORING_SEED repeats it)'
SELECT setseed(:seed / 1000000.0) \g /dev/null

SELECT plan(20);

CREATE TABLE oracle.shares AS
SELECT n, array_agg(a ORDER BY i) AS a, array_agg(b ORDER BY i) AS b
FROM (SELECT n, i, CASE WHEN random() < 0.1 THEN 0 ELSE floor(exp(random() * 20))::bigint END AS a,
             CASE WHEN random() < 0.1 THEN 0 ELSE floor(exp(random() * 20))::bigint END AS b
      FROM generate_series(1, 500) AS n CROSS JOIN LATERAL generate_series(1, 1 + n % 12) AS i) AS c
GROUP BY n;
CREATE TABLE oracle.psi AS
SELECT s.*, (
    SELECT CASE WHEN sum(x) > 0 AND sum(y) > 0 THEN
                sum((share_y - share_x) * ln(share_y / share_x)) FILTER (WHERE x + y > 0) END
    FROM (SELECT x, y, greatest(x, 0.5) / nullif(sum(x) OVER (), 0) AS share_x, greatest(y, 0.5) / nullif(sum(y) OVER (), 0) AS share_y
          FROM unnest(a, b) AS u (x, y)) AS u) AS psi
FROM oracle.shares AS s;

SELECT oracle.none('SELECT *, psi(a, b) AS got FROM oracle.psi WHERE psi IS NULL <> (psi(a, b) IS NULL) OR abs(psi(a, b) - psi) > 1e-12 * greatest(abs(psi), 1)',
                   'the index is that of plain SQL');
SELECT oracle.none('SELECT * FROM oracle.psi WHERE NOT 0 IN (SELECT unnest(a || b)) AND psi(a, b) < 0', 'it is not below 0');
SELECT oracle.none('SELECT * FROM oracle.psi WHERE abs(psi(a, b) - psi(b, a)) > 1e-12 * abs(psi(a, b))', 'and the same from both sides');
SELECT oracle.none('SELECT * FROM oracle.psi WHERE psi(a, a) <> 0', 'nothing is apart from itself');

SELECT is(psi('{100,200,700}', '{100,200,700}'), 0::float8, 'the same');
SELECT is(psi('{100,200,700}', '{1,2,7}'), 0::float8, 'the same shares');
SELECT is(psi('{100,200,0}', '{200,400,0}'), 0::float8, 'a class that is empty on both sides adds nothing');
-- (0.6 - 0.4) ln(0.6 / 0.4) + (0.4 - 0.6) ln(0.4 / 0.6)
SELECT is(psi('{40,60}', '{60,40}')::numeric(12, 10), 0.1621860432, 'forty and sixty the other way round');
-- (1 - 0.5) ln(1 / 0.5) + (0.0005 - 0.5) ln(0.0005 / 0.5)
SELECT is(psi('{500,500}', '{1000,0}')::numeric(12, 10), 3.7969973521, 'an empty class counts as half a member');
SELECT is(psi('{}', '{}'), NULL, 'no class');
SELECT is(psi('{0,0}', '{1,2}'), NULL, 'nobody before');
SELECT is(psi('{1,2}', '{0,0}'), NULL, 'nobody after');
SELECT is(psi('[5:6]={40,60}', '{60,40}'), psi('{40,60}', '{60,40}'), 'where an array begins does not matter');
SELECT ok(psi('{9223372036854775807,9223372036854775807}', '{9223372036854775807,1}') > 0, 'the largest counts');
SELECT throws_ok($$SELECT psi('{1,2}', '{1,2,3}')$$, '22023', 'before and after must have the same classes', 'not the same classes');
SELECT throws_ok($$SELECT psi('{1,-2}', '{1,2}')$$, '22023', 'before must not contain negative counts', 'a count below 0');
SELECT throws_ok($$SELECT psi('{1,2}', '{1,NULL}')$$, '22004', 'after must not contain nulls', 'a count that is not known');
SELECT throws_ok($$SELECT psi('{{1,2},{3,4}}', '{1,2,3,4}')$$, '2202E', 'before must be an array of one dimension', 'two dimensions');
SELECT is(psi(NULL, '{1}'), NULL, 'NULL in');
SELECT is(psi('{1}', NULL), NULL, 'NULL out');

SELECT * FROM finish();
