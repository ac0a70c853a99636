-- The views of a base: their columns and comments, states, who may be contacted,
-- what depends on them, what they cost; and RFM.  Worked out by hand.
\ir lib/base.sql
SELECT plan(61);

-- the plan of a query, with what it works out at each step
CREATE FUNCTION lib.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    lines text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
        lines := lines || line || E'\n';
    END LOOP;
    RETURN lines;
END
$$;

CREATE SCHEMA shop;
CREATE TABLE shop.people (store text, id int, "E-Mail" boolean, mail_ok boolean, sms text, objects boolean, PRIMARY KEY (store, id));
CREATE TABLE shop.events (store text, customer int, kind text, day date);
CREATE INDEX ON shop.events (store, customer);
SELECT create_base('crm', 'store text, customer int', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.events', 'kind', 'day') \g /dev/null
INSERT INTO shop.people VALUES ('a', 1, true, true, 'yes', false), ('a', 2, true, false, NULL, NULL), ('a', 3, NULL, true, 'no', false), ('a', 4, true, true, 'yes', false),
    ('a', 5, true, true, 'yes', false), ('a', 6, true, true, 'yes', false), ('a', 7, true, true, 'yes', true), ('b', 1, true, true, 'yes', false);
-- each state at its border
INSERT INTO shop.events VALUES
    ('a', 1, 'purchase', crm.today() - 30), ('a', 1, 'purchase', crm.today() - 29),     -- active: after 30 days no longer new
    ('a', 2, 'purchase', crm.today() - 29),                                             -- new
    ('a', 3, 'purchase', crm.today() - 365),                                            -- dormant
    ('a', 4, 'purchase', crm.today() - 364),                                            -- active
    ('a', 5, 'complaint', crm.today() - 3), ('a', 5, 'purchase', crm.today() - 3),      -- unhappy, though new
    ('a', 6, 'purchase', crm.today() + 1),                                              -- never, until tomorrow
    ('a', 7, 'purchase', crm.today()), ('c', 9, 'purchase', crm.today());
CALL refresh('crm');
SELECT add_score('crm', 'heat', '{"purchase": {"latest": {"30 days": 30, "400 days": 10}}, "complaint": {"each": -5, "within": "10 days"}}', cuts => '{5, 27}') \g /dev/null

-- ---------------------------------------------------------------------------
-- columns

SELECT is((SELECT string_agg(format('%s %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'crm.heat'::regclass),
          'store text, customer integer, score double precision, tier integer, label text, state text, last_on date, tier_until date', 'plain columns');
SELECT results_eq('SELECT store, customer, score, tier, state, last_on - crm.today(), tier_until - crm.today() FROM crm.heat ORDER BY 1, 2', $$VALUES
    ('a', 1, 30::float8, 3, 'active', -29, 0), ('a', 2, 30, 3, 'new', -29, 0), ('a', 3, 10, 2, 'dormant', -365, 34), ('a', 4, 10, 2, 'active', -364, 35),
    ('a', 5, 25, 2, 'unhappy', -3, 6), ('a', 6, 0, 1, 'never', NULL, 0), ('a', 7, 30, 3, 'new', 0, 29), ('c', 9, 30, 3, 'new', 0, 29)$$, 'every customer with an interaction');
SELECT is((SELECT array_agg(label ORDER BY tier) FROM (SELECT DISTINCT tier, label FROM crm.heat) AS t), ARRAY[tier_label(1, 3), tier_label(2, 3), tier_label(3, 3)], 'the names of three tiers');

-- what depends on a view stays when cuts or the population change
CREATE MATERIALIZED VIEW shop.heat AS SELECT * FROM crm.heat;
CREATE UNIQUE INDEX ON shop.heat (store, customer);
CREATE VIEW shop.hot AS SELECT store, customer FROM crm.heat WHERE tier = 3;
GRANT SELECT ON crm.heat TO PUBLIC;
SELECT recut('crm', 'heat', cuts => '{5, 20}') \g /dev/null
SELECT is((SELECT count(*) FROM shop.hot), 5::bigint, 'a view of a view has the new cuts');
SELECT lives_ok('REFRESH MATERIALIZED VIEW CONCURRENTLY shop.heat', 'a materialized view with a unique index is refreshed while others read');
SELECT is((SELECT count(*) FROM shop.heat WHERE tier = 3), 5::bigint, 'and has them too');
SELECT recut('crm', 'heat', cuts => '{5, 27}') \g /dev/null
SELECT throws_ok($$SELECT set_population('crm', 'shop.people', key => 'store, id', contactable => '{"email": null}')$$, '22023',
                 'contactable: channel "email" has no condition', 'a channel without a condition');
SELECT set_population('crm', 'shop.people', key => 'store, id') \g /dev/null
SELECT lives_ok('REFRESH MATERIALIZED VIEW CONCURRENTLY shop.heat', 'the population changes no column');
SELECT results_eq('SELECT store, customer, score, tier, state, last_on - crm.today() FROM shop.heat ORDER BY 1, 2', $$VALUES
    ('a', 1, 30::float8, 3, 'active', -29), ('a', 2, 30, 3, 'new', -29), ('a', 3, 10, 2, 'dormant', -365), ('a', 4, 10, 2, 'active', -364),
    ('a', 5, 25, 2, 'unhappy', -3), ('a', 6, 0, 1, 'never', NULL), ('a', 7, 30, 3, 'new', 0), ('b', 1, 0, 1, 'never', NULL)$$,
    'everybody of the population, with or without interactions, and nobody else');
SELECT throws_ok($$SELECT set_population('crm', 'shop.people', key => 'store, id', contactable => '{"sms": "sms = ''yes''"}')$$, '2BP01', NULL,
                 'a channel more changes the columns: what depends on them goes first');
SELECT is((SELECT contactable FROM crm.base), NULL, 'and until then nothing is changed');
DROP MATERIALIZED VIEW shop.heat;
DROP VIEW shop.hot;
SELECT set_population('crm', 'shop.people', key => 'store, id', contactable => $${"sms": "sms = 'yes'", "E-Mail": "\"E-Mail\" AND mail_ok"}$$, scored => 'NOT objects') \g /dev/null
SELECT is((SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'crm.heat'::regclass),
          'store, customer, score, tier, label, state, E-Mail, sms, last_on, tier_until', 'channels stand after the state');
SELECT results_eq('SELECT store, customer, "E-Mail", sms FROM crm.heat ORDER BY 1, 2', $$VALUES
    ('a', 1, true, true), ('a', 2, false, false), ('a', 3, false, false), ('a', 4, true, true), ('a', 5, true, true), ('a', 6, true, true), ('b', 1, true, true)$$,
    'who may be contacted, never NULL; who objects to scoring is not there');
SELECT ok(has_table_privilege('public', 'crm.heat', 'SELECT'), 'grants stay');
UPDATE shop.people SET sms = 'no', objects = (id = 2) WHERE store = 'a' AND id IN (1, 2);
DELETE FROM shop.people WHERE store = 'b';
SELECT results_eq('SELECT store, customer, sms FROM crm.heat WHERE customer IN (1, 2)', $$VALUES ('a', 1, false)$$, 'all of it as the population is at that moment');
SELECT is_empty($$SELECT c.oid::regclass, attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
    WHERE relnamespace = 'crm'::regnamespace AND relkind = 'v' AND attnum > 0 AND NOT attisdropped AND coalesce(col_description(c.oid, attnum), '') = ''$$, 'a comment on every column of every view');
SELECT is_empty($$SELECT oid::regclass FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind IN ('r', 'v') AND coalesce(obj_description(oid, 'pg_class'), '') = ''
    UNION ALL SELECT oid::regclass FROM pg_proc WHERE pronamespace = 'crm'::regnamespace AND coalesce(obj_description(oid, 'pg_proc'), '') = ''$$, 'and on everything else of a base');

-- the population's mistakes
SELECT throws_ok(format('SELECT set_population(%L, %L, %s)', 'crm', 'shop.people', arguments), code, NULL, arguments) FROM (VALUES
    ($$key => 'store'$$, '22023'), ($$key => 'store, no_such'$$, '42703'), ($$key => 'store, id', contactable => '[]'$$, '22023'),
    ($$key => 'store, id', contactable => '{"tier": "true"}'$$, '22023'), ($$key => 'store, id', contactable => '{"customer": "true"}'$$, '22023'),
    ($$key => 'store, id', contactable => '{"mail": "sms"}'$$, '42804'), ($$key => 'store, id', scored => 'sms'$$, '42804'),
    ($$key => 'store, 1'$$, '23505')) AS bad (arguments, code);

-- a population replaced under its name, one that is gone, and back
BEGIN;
CREATE TABLE shop.new AS SELECT store, id, "E-Mail", mail_ok, sms, objects, 'x' AS more FROM shop.people WHERE id > 3;
DROP TABLE shop.people CASCADE;
ALTER TABLE shop.new RENAME TO people;
COMMIT;
SELECT is(to_regclass('crm.heat'), NULL, 'DROP ... CASCADE takes the views along');
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, '%the views of base "crm" have been made again%', 'refresh makes them again, and says so');
SELECT is((SELECT array_agg(customer ORDER BY customer) FROM crm.heat), '{4,5,6}', 'over the new population');
CREATE TABLE shop.new AS SELECT store, id, "E-Mail", mail_ok, sms, objects FROM shop.people WHERE id > 4;
ALTER TABLE shop.people RENAME TO people_old;
ALTER TABLE shop.new RENAME TO people;
CALL refresh('crm');
SELECT is((SELECT array_agg(customer ORDER BY customer) FROM crm.heat), '{5,6}', 'one renamed away, another in its place');
DROP TABLE shop.people_old;
SELECT lives_ok('SELECT count(*) FROM crm.heat_tiers', 'nothing hangs on the old one');
ALTER TABLE shop.people RENAME TO people_away;
SELECT throws_ok($$CALL refresh('crm')$$, '42P01', 'population shop.people of base "crm" does not exist', 'one that is away is an error');
ALTER TABLE shop.people_away RENAME TO people;
CALL refresh('crm');
SELECT is((SELECT array_agg(customer ORDER BY customer) FROM crm.heat), '{5,6}', 'until it is back');
SELECT set_population('crm', NULL) \g /dev/null
SELECT is((SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'crm.heat'::regclass),
          'store, customer, score, tier, label, state, last_on, tier_until', 'without a population, without channels');

-- ---------------------------------------------------------------------------
-- cost: what is not selected is not worked out

SELECT unalike(lib.plan('SELECT store, customer, last_on FROM crm.heat'), '%score(%', 'no score where none is asked for');
SELECT unalike(lib.plan('SELECT store, customer, score FROM crm.heat'), '%crosses(%', 'no tier_until');
SELECT unalike(lib.plan('SELECT store, customer, score, tier FROM crm.heat'), '%penalty(%', 'no state');
SELECT alike(lib.plan('SELECT tier_until FROM crm.heat'), '%crosses(%', 'until it is asked for');
SELECT unalike(lib.plan('SELECT count(*) FROM crm.heat'), '%score(%', 'nor for a count');
SELECT alike(lib.plan('SELECT score FROM crm.heat'), '%score(%.timeline, %', 'the function of a score is inlined');
SELECT unalike(lib.plan('SELECT score FROM crm.heat'), '%heat_on%', 'wholly');
SET enable_seqscan = off;
SELECT alike(lib.plan($$SELECT * FROM crm.heat WHERE store = 'a' AND customer = 1$$), '%Index % timelines_pkey%', 'one customer is found by the key');
SELECT set_population('crm', 'shop.people', key => 'store, id') \g /dev/null
ALTER TABLE shop.people ADD PRIMARY KEY (store, id);
SELECT alike(lib.plan($$SELECT * FROM crm.heat WHERE store = 'a' AND customer = 1$$), '%Index % people_pkey%timelines_pkey%', 'in the population too');
RESET enable_seqscan;
SELECT set_population('crm', NULL) \g /dev/null

-- a measure, for which some have no score
SELECT add_score('crm', 'Mean "gap"', measure => $$(rfm(timeline, 'purchase', as_of)).per_year * nullif((rfm(timeline, 'purchase', as_of)).frequency - 1, 0)$$, cuts => '{1}') \g /dev/null
SELECT results_eq('SELECT tier, label, customers, share, lowest, highest FROM crm."Mean ""gap""_tiers"', format($$VALUES
    (1, %L, 0::bigint, 0::float8, NULL::float8, NULL::float8), (2, %L, 1, 0.125, %s::float8, %s::float8), (NULL, NULL, 7, 0.875, NULL, NULL)$$,
    tier_label(1, 2), tier_label(2, 2), 2 * 365 / 90.0, 2 * 365 / 90.0), 'a measure: tiers, and a row for those without a score');
SELECT results_eq('SELECT customer, tier, label, tier_until FROM crm."Mean ""gap""" WHERE score IS NULL AND customer = 2', 'VALUES (2, NULL::int, NULL, NULL::date)', 'who has none has no tier');
SELECT is((SELECT array_agg(DISTINCT state) FROM crm."Mean ""gap""" WHERE customer IN (5, 6)), '{never,new}', 'a measure knows no penalty');
-- nothing of others is dropped along with a base
CREATE VIEW shop.bi AS SELECT * FROM crm.progress;
CREATE TABLE shop.mine (of crm.timelines, on_day date DEFAULT crm.today());
SELECT throws_ok($$SELECT drop_base('crm')$$, '2BP01', 'base "crm" cannot be dropped: other objects depend on it', 'a base that others depend on');
SELECT is(_scoring.depend_on('crm'), '{"column of of table shop.mine","default value for column on_day of table shop.mine","view shop.bi"}', 'and who they are');
DROP TABLE shop.mine;
DROP VIEW shop.bi;
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA shop CASCADE;

-- ---------------------------------------------------------------------------
-- RFM, against its definition in plain SQL

CREATE SCHEMA shop;
CREATE TABLE shop.people (id bigint PRIMARY KEY);
CREATE TABLE shop.orders (customer_id int, day date, amount numeric);
CREATE INDEX ON shop.orders (customer_id);
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
INSERT INTO shop.people SELECT generate_series(1, 64);
-- 60 customers with 1 to 6 orders, 61 and 62 with one without a value, 63 with none, 64 with one tomorrow
INSERT INTO shop.orders SELECT n, crm.today() - (n * 7 + k * 41) % 500, (n * 37 + k * 11) % 101 FROM generate_series(1, 60) AS n, LATERAL generate_series(0, n * n % 6) AS k;
INSERT INTO shop.orders VALUES (61, crm.today() - 1, NULL), (62, crm.today() - 499, NULL), (64, crm.today() + 1, 1);
SELECT add_source('crm', 'shop.orders', $$'purchase'$$, 'day', value => 'amount') \g /dev/null
SELECT set_population('crm', 'shop.people', key => 'id') \g /dev/null
CALL refresh('crm');
CREATE FUNCTION lib.rfm(within int, by_count boolean, by_basket boolean)
RETURNS TABLE (customer_id bigint, recency int, frequency bigint, monetary numeric, basket numeric, r int, f int, m int, segment text) LANGUAGE sql AS $$
    WITH figures AS (
        SELECT p.id, count(day) > 0 AS bought, crm.today() - max(day) AS recency, nullif(count(day), 0) AS frequency,
               CASE WHEN count(day) > 0 THEN coalesce(sum(amount), 0) END AS monetary, avg(amount) AS basket,
               nullif(count(day), 0) * 365.0 / greatest(crm.today() - min(day), 90) AS per_year
        FROM shop.people AS p LEFT JOIN shop.orders AS o ON o.customer_id = p.id AND day <= crm.today() AND day > crm.today() - within
        GROUP BY p.id),
    measured AS (
        SELECT *, -recency AS x, CASE WHEN by_count THEN frequency ELSE per_year END AS y, CASE WHEN by_basket THEN basket ELSE monetary END AS z FROM figures),
    ranked AS (     -- (2 L + E) / 2 N in fifths; rank() - 1 is L
        SELECT *, CASE WHEN x IS NOT NULL THEN least(5, 1 + 5 * (2 * (rank() OVER (ORDER BY x) - 1) + count(*) OVER (PARTITION BY x)) / (2 * count(x) OVER ()))::int END AS r,
                  CASE WHEN y IS NOT NULL THEN least(5, 1 + 5 * (2 * (rank() OVER (ORDER BY y) - 1) + count(*) OVER (PARTITION BY y)) / (2 * count(y) OVER ()))::int END AS f,
                  CASE WHEN z IS NOT NULL THEN least(5, 1 + 5 * (2 * (rank() OVER (ORDER BY z) - 1) + count(*) OVER (PARTITION BY z)) / (2 * count(z) OVER ()))::int END AS m
        FROM measured)
    SELECT id, recency, frequency, monetary, basket, k.r, k.f, k.m,
           CASE WHEN recency IS NULL THEN 'No purchase' WHEN k.m IS NULL THEN 'No value' ELSE s.segment END
    FROM ranked AS k LEFT JOIN scoring.rfm_segments AS s ON s.r = k.r AND s.f = k.f AND s.m = k.m
$$;
SELECT add_rfm('crm', 'rfm', 'purchase') \g /dev/null
SELECT add_rfm('crm', 'rfm_year', 'purchase', within => '200 days', f => 'per_year', m => 'total') \g /dev/null
SELECT set_eq('SELECT customer_id, recency, frequency, monetary, round(basket, 6), r, f, m, segment FROM crm.rfm',
              'SELECT customer_id, recency, frequency, monetary, round(basket, 6), r, f, m, segment FROM lib.rfm(100000, true, true)', 'rfm by count and basket');
SELECT set_eq('SELECT customer_id, recency, frequency, monetary, round(basket, 6), r, f, m, segment FROM crm.rfm_year',
              'SELECT customer_id, recency, frequency, monetary, round(basket, 6), r, f, m, segment FROM lib.rfm(200, false, false)', 'by purchases a year and total, within 200 days');
SELECT results_eq('SELECT customer_id, r IS NULL, f IS NULL, m IS NULL, cell, segment FROM crm.rfm WHERE customer_id > 60 ORDER BY 1', $$VALUES
    (61::bigint, false, false, true, NULL::int, 'No value'), (62, false, false, true, NULL, 'No value'), (63, true, true, true, NULL, 'No purchase'), (64, true, true, true, NULL, 'No purchase')$$,
    'without a value, without a purchase');
SELECT is_empty('SELECT * FROM crm.rfm WHERE cell IS DISTINCT FROM 100 * r + 10 * f + m', 'the cell');
SELECT results_eq('SELECT v.customer_id, v.recency, v.frequency, v.monetary, v.basket, v.per_year FROM crm.rfm AS v WHERE recency IS NOT NULL ORDER BY 1',
                  $$SELECT t.customer_id, (x).* FROM crm.timelines AS t, rfm(timeline, 'purchase', crm.today()) AS x WHERE x.recency IS NOT NULL ORDER BY 1$$, 'the figures are those of rfm()');
-- cuts are kept: who buys moves, nobody else
CREATE TABLE lib.before AS SELECT customer_id, r, f, m FROM crm.rfm;
INSERT INTO shop.orders SELECT 63, crm.today(), 1000 FROM generate_series(1, 20);
CALL refresh('crm');
SELECT results_eq('SELECT v.customer_id, v.r, v.f, v.m FROM crm.rfm AS v JOIN lib.before AS b USING (customer_id) WHERE (v.r, v.f, v.m) IS DISTINCT FROM (b.r, b.f, b.m)',
                  'VALUES (63::bigint, 5, 5, 5)', 'a customer who buys moves, nobody else');
SELECT recut('crm', 'rfm') \g /dev/null
SELECT set_eq('SELECT customer_id, recency, frequency, monetary, round(basket, 6), r, f, m, segment FROM crm.rfm',
              'SELECT customer_id, recency, frequency, monetary, round(basket, 6), r, f, m, segment FROM lib.rfm(100000, true, true)', 'recut makes cuts anew');
SELECT throws_ok(format('SELECT add_rfm(%L, %s)', 'crm', arguments), code, NULL, arguments) FROM (VALUES
    ($$'x', NULL$$, '22004'), ($$'x', 'purchase', f => 'often'$$, '22023'), ($$'x', 'purchase', m => 'mean'$$, '22023'), ($$'rfm', 'purchase'$$, '42710'), ($$'x', 'purchase', within => '0 days'$$, '22023')) AS bad (arguments, code);
SELECT is((SELECT count(*) FROM crm.scores WHERE name = 'x'), 0::bigint, 'nothing is left of them');
SELECT drop_score('crm', 'rfm') \g /dev/null
SELECT is(to_regclass('crm.rfm'), NULL, 'dropped');
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA shop CASCADE;
DROP SCHEMA lib CASCADE;
SELECT * FROM finish();
