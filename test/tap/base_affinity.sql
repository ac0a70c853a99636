-- Affinity: a base whose key is customer and product.  Interest shows before the
-- first purchase.
\ir lib/base.sql
\getenv seed SCORING_SEED
\if :{?seed}
\else
    SELECT trunc(random() * 1000000) AS seed \gset
\endif
\echo '# seed' :seed '(SCORING_SEED repeats it)'
SELECT setseed(:seed / 1000000.0) \g /dev/null
SELECT no_plan();

CREATE SCHEMA web;
CREATE TABLE web.hits (visitor bigint, page text, at timestamptz, action text);
INSERT INTO web.hits
SELECT 1 + floor(random() ^ 2 * 80)::int, 'p' || floor(random() ^ 2 * 30)::int, timestamptz '2026-06-30 20:00 Europe/Paris' - random() ^ 2 * interval '90 days',
       (ARRAY['view', 'view', 'view', 'view', 'basket'])[1 + floor(random() * 5)::int]
FROM generate_series(1, 5000);
CREATE INDEX ON web.hits (visitor, page);
CREATE TABLE web.orders (customer bigint, day date, product text);
INSERT INTO web.orders SELECT visitor, at::date, page FROM web.hits WHERE action = 'basket' AND random() < 0.4;
INSERT INTO web.hits VALUES (500, NULL, '2026-06-30', 'view'), (NULL, 'p1', '2026-06-30', 'view');

SELECT create_base('interest', 'customer bigint, product text', 'Europe/Paris') \g /dev/null
CREATE OR REPLACE FUNCTION interest.today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE RETURN date '2026-06-30';
SELECT add_source('interest', 'web.hits', 'action', 'at', key => 'visitor, page') \g /dev/null
SELECT add_source('interest', 'web.orders', $$'purchase'$$, 'day', key => 'customer, product') \g /dev/null
CALL refresh('interest');
-- what was bought is not recommended again
SELECT FROM add_score('interest', 'appetite', '{"view": {"each": 1, "half_life": "14 days", "per_day": 3, "unless": "purchase"}, "basket": {"each": 5, "half_life": "14 days", "unless": "purchase"}}',
                      tiers => 5) \g /dev/null

CREATE TABLE web.expected AS
SELECT customer, product, sum(points) AS score
FROM (SELECT customer, product, action, round(sum(n * round((2::float8 ^ (-(date '2026-06-30' - day) / 14.0))::numeric, 9)), 6) AS points
      FROM (SELECT visitor AS customer, page AS product, action, (at AT TIME ZONE 'Europe/Paris')::date AS day,
                   CASE action WHEN 'view' THEN least(count(*), 3) ELSE 5 * count(*) END AS n
            FROM web.hits WHERE visitor IS NOT NULL AND page IS NOT NULL AND NOT EXISTS (SELECT FROM web.orders AS o WHERE o.customer = visitor AND o.product = page)
            GROUP BY 1, 2, 3, 4) AS d
      GROUP BY 1, 2, 3) AS r
GROUP BY 1, 2;
SELECT is((SELECT count(*) FROM interest.timelines), (SELECT count(DISTINCT (visitor, page)) FROM web.hits WHERE visitor IS NOT NULL AND page IS NOT NULL), 'a timeline for each customer and product');
SELECT is_empty('SELECT customer, product, a.score, e.score FROM interest.appetite AS a FULL JOIN web.expected AS e USING (customer, product)
                 WHERE coalesce(a.score, 0) <> coalesce(e.score, 0)::float8', 'each with the interest of plain SQL');
SELECT is_empty('SELECT * FROM interest.appetite JOIN web.orders USING (customer, product) WHERE score > 0', 'which ends with the purchase');
SELECT cmp_ok((SELECT count(*) FROM interest.appetite WHERE score > 0)::int, '>', 300, 'and begins before it');

-- the strongest interests of a customer
SELECT results_eq('SELECT product FROM interest.appetite WHERE customer = 1 AND score > 0 ORDER BY score DESC, product LIMIT 5',
                  'SELECT product FROM web.expected WHERE customer = 1 ORDER BY score DESC, product LIMIT 5', 'five strongest interests of a customer');
SELECT results_eq('SELECT customer, array_agg(product ORDER BY rank) FROM (
                       SELECT customer, product, row_number() OVER (PARTITION BY customer ORDER BY score DESC, product) AS rank FROM interest.appetite WHERE score > 0.01) AS r
                   WHERE rank <= 3 GROUP BY 1 ORDER BY 1',
                  'SELECT customer, array_agg(product ORDER BY rank) FROM (
                       SELECT customer, product, row_number() OVER (PARTITION BY customer ORDER BY score DESC, product) AS rank FROM web.expected WHERE score > 0.01) AS r
                   WHERE rank <= 3 GROUP BY 1 ORDER BY 1', 'three of each');
-- the customers most interested in a product
SELECT results_eq('SELECT customer FROM interest.appetite WHERE product = ''p0'' AND score > 0 ORDER BY score DESC, customer LIMIT 10',
                  'SELECT customer FROM web.expected WHERE product = ''p0'' ORDER BY score DESC, customer LIMIT 10', 'ten customers most interested in a product');
-- one customer is found by the key, without reading the others
SET enable_seqscan = off;
CREATE FUNCTION lib.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    lines text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP
        lines := lines || line || E'\n';
    END LOOP;
    RETURN lines;
END
$$;
SELECT matches(lib.plan('SELECT product, score FROM interest.appetite WHERE customer = 1 ORDER BY score DESC LIMIT 5'), 'timelines_pkey[\s\S]*Index Cond: \(customer = 1\)', 'found by the index of the key');
RESET enable_seqscan;

-- came back to the same product page three times within a week, in the last month
SELECT results_eq('SELECT customer, product FROM interest.timelines WHERE peak_of(timeline, ''view'', 7, interest.today() - 29) >= 3 ORDER BY 1, 2', $$
    SELECT DISTINCT a.visitor, a.page
    FROM web.hits AS a CROSS JOIN LATERAL (
        SELECT count(*) AS n FROM web.hits AS b
        WHERE b.visitor = a.visitor AND b.page = a.page AND b.action = 'view'
          AND (a.at AT TIME ZONE 'Europe/Paris')::date - (b.at AT TIME ZONE 'Europe/Paris')::date BETWEEN 0 AND 6
          AND (b.at AT TIME ZONE 'Europe/Paris')::date >= '2026-06-01') AS w
    WHERE a.action = 'view' AND n >= 3 ORDER BY 1, 2$$, 'came back to the same product page three times within a week');
SELECT cmp_ok((SELECT count(*) FROM interest.timelines WHERE peak_of(timeline, 'view', 7, interest.today() - 29) >= 3)::int, '>', 10, 'some did');

-- one customer and product, explained and gone
SELECT is((SELECT count(*) FROM explain('interest', 'appetite', 1, 'p0')) > 1, true, 'explained');
SELECT is((SELECT points FROM score_on('interest', 'appetite', ARRAY['1', product], '2026-06-30') WHERE what = 'breakdown' AND touchpoint = 'view') > 0, true, 'scored on a day')
FROM (SELECT product FROM web.expected WHERE customer = 1 AND score > 1 AND EXISTS (SELECT FROM web.hits WHERE visitor = 1 AND page = product AND action = 'view' AND at > '2026-06-20')
      ORDER BY score DESC LIMIT 1) AS e;

SELECT drop_base('interest') \g /dev/null
DROP SCHEMA web, lib CASCADE;
SELECT * FROM finish();
