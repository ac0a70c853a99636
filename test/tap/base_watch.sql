-- Sources that are views: with watch, the tables behind them report who changes;
-- without it, and where triggers see nothing, all is read and compared by customer.
\ir lib/base.sql
SELECT plan(34);

-- ---------------------------------------------------------------------------
-- order lines: lines -> order -> customer, and customers that become one

CREATE SCHEMA shop;
CREATE TABLE shop.orders (order_id int PRIMARY KEY, customer_id int, ordered_on date);
CREATE TABLE shop.order_lines (order_id int, product text, amount numeric);
CREATE TABLE shop.merges (old_id int PRIMARY KEY, kept_id int NOT NULL);
CREATE INDEX ON shop.orders (customer_id);
CREATE VIEW shop.purchases AS
    SELECT coalesce(m.kept_id, o.customer_id) AS customer_id, o.order_id, o.ordered_on, l.amount
    FROM shop.orders AS o JOIN shop.order_lines AS l USING (order_id) LEFT JOIN shop.merges AS m ON m.old_id = o.customer_id;
INSERT INTO shop.orders VALUES (1, 1, '2026-01-01'), (2, 1, '2026-01-02'), (3, 2, '2026-01-03'), (4, 3, '2026-01-04');
INSERT INTO shop.order_lines VALUES (1, 'a', 1), (1, 'b', 2), (2, 'a', 4), (3, 'a', 8), (3, 'c', 16), (4, 'a', 32);

SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.purchases', $$'purchase'$$, 'ordered_on', value => 'amount', once_per => 'order_id', watch => $${
    "shop.orders": ["customer_id", "(SELECT m.kept_id FROM shop.merges AS m WHERE m.old_id = customer_id)"],
    "order_lines": ["(SELECT p.customer_id FROM shop.purchases AS p WHERE p.order_id = order_lines.order_id LIMIT 1)",
                    "(SELECT o.customer_id FROM shop.orders AS o WHERE o.order_id = order_lines.order_id)",
                    "(SELECT m.kept_id FROM shop.orders AS o JOIN shop.merges AS m ON m.old_id = o.customer_id WHERE o.order_id = order_lines.order_id)"],
    "shop.merges": ["old_id", "kept_id"]}$$) \g /dev/null
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 purchase:2026-01-01=3,2026-01-02=4
2 purchase:2026-01-03=24
3 purchase:2026-01-04=32', 'lines of orders: a purchase each, of the sum');
SELECT is((SELECT refresh_reads FROM crm.sources), 'what changed', 'the tables behind the view report');
SELECT is((SELECT count(*) FROM crm.watches WHERE tracked), 3::bigint, 'three of them');

UPDATE shop.order_lines SET amount = 5 WHERE order_id = 2;
INSERT INTO shop.order_lines VALUES (4, 'b', 1);
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 purchase:2026-01-01=3,2026-01-02=5
2 purchase:2026-01-03=24
3 purchase:2026-01-04=33', 'lines change');
SELECT is(lib.did('crm'), '2 read, 2 changed, 0 failed', 'of two customers');
UPDATE shop.orders SET customer_id = 4 WHERE order_id = 1;
UPDATE shop.orders SET ordered_on = '2026-02-04' WHERE order_id = 4;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 purchase:2026-01-02=5
2 purchase:2026-01-03=24
3 purchase:2026-02-04=33
4 purchase:2026-01-01=3', 'orders change');
DELETE FROM shop.order_lines WHERE order_id = 3 AND product = 'c';
DELETE FROM shop.order_lines WHERE order_id = 1;
DELETE FROM shop.orders WHERE order_id = 1;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 purchase:2026-01-02=5
2 purchase:2026-01-03=8
3 purchase:2026-02-04=33', 'an order is deleted with its lines');

-- two customers are one: timeline and history follow
SELECT add_score('crm', 'value', '{"purchase": {"per_value": 1}}', cuts => '{10, 35}') \g /dev/null
SELECT snapshot('crm') \g /dev/null
UPDATE crm.history SET since = since - 10;
INSERT INTO shop.merges VALUES (2, 3), (1, 3);
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
3 purchase:2026-01-02=5,2026-01-03=8,2026-02-04=33', 'two customers become a third');
SELECT is(lib.did('crm'), '3 read, 3 changed, 0 failed', 'all three were read');
SELECT snapshot('crm') \g /dev/null
SELECT results_eq('SELECT customer_id, tier, score, crm.today() - since, crm.today() - until FROM crm.history ORDER BY customer_id, since',
    $$VALUES (1::bigint, 1, 5::float8, 10, 1), (2, 1, 8, 10, 1), (3, 2, 33, 10, 1), (3, 3, 46, 0, NULL)$$, 'the history of those two ends, that of the third goes on');
UPDATE shop.orders SET ordered_on = '2026-01-09' WHERE customer_id = 1;
UPDATE shop.order_lines SET amount = 9 WHERE order_id = 3;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
3 purchase:2026-01-03=9,2026-01-09=5,2026-02-04=33', 'changes of the merged customers are found');
DELETE FROM shop.merges WHERE old_id = 2;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
2 purchase:2026-01-03=9
3 purchase:2026-01-09=5,2026-02-04=33', 'and split again');
SELECT snapshot('crm') \g /dev/null
SELECT results_eq('SELECT customer_id, tier, score, crm.today() - since, crm.today() - until FROM crm.history ORDER BY customer_id, since',
    $$VALUES (1::bigint, 1, 5::float8, 10, 1), (2, 1, 8, 10, 1), (2, 1, 9, 0, NULL), (3, 2, 33, 10, 1), (3, 3, 46, 0, NULL)$$, 'with a history that begins again');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'as built afresh');

-- a view with another definition, and a watched table that is replaced or truncated
CREATE OR REPLACE VIEW shop.purchases AS
    SELECT o.customer_id, o.order_id, o.ordered_on, l.amount FROM shop.orders AS o JOIN shop.order_lines AS l USING (order_id);
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT is(lib.kept('crm'), '
1 purchase:2026-01-09=5
2 purchase:2026-01-03=9
3 purchase:2026-02-04=33', 'another definition of the view is noticed');
SELECT alike(:'said'::text, '%source shop.purchases has another definition: it is read again in full%', 'and said');
BEGIN;
CREATE TABLE shop.lines AS SELECT order_id, product, amount * 2 AS amount FROM shop.order_lines;
DROP VIEW shop.purchases;
DROP TABLE shop.order_lines;
ALTER TABLE shop.lines RENAME TO order_lines;
CREATE VIEW shop.purchases AS
    SELECT o.customer_id, o.order_id, o.ordered_on, l.amount FROM shop.orders AS o JOIN shop.order_lines AS l USING (order_id);
COMMIT;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 purchase:2026-01-09=10
2 purchase:2026-01-03=18
3 purchase:2026-02-04=66', 'a table behind it that was replaced');
DELETE FROM shop.order_lines WHERE order_id = 3;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 purchase:2026-01-09=10
3 purchase:2026-02-04=66', 'reports again');
TRUNCATE shop.order_lines;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '', 'or truncated');
SELECT drop_base('crm') \g /dev/null

-- what watch can be
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
CREATE FUNCTION lib.says(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    words text;
BEGIN
    EXECUTE command;
    RETURN 'nothing';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS words = MESSAGE_TEXT;
    RETURN SQLSTATE || ': ' || words;
END
$$;
SELECT is(lib.says(format('SELECT add_source(%L, %L, %L, %L, watch => %L)', 'crm', relation, '''purchase''', 'ordered_on', watch)), said, watch) FROM (VALUES
    ('shop.purchases', '[]', '22023: watch must be a JSON object with a key for each table'),
    ('shop.purchases', '{}', '22023: watch must be a JSON object with a key for each table'),
    ('shop.purchases', '{"shop.order": "customer_id"}', '42P01: watch: relation shop.order does not exist'),
    ('shop.purchases', '{"shop.orders": "customer"}', '42703: key of shop.orders: column "customer" does not exist'),
    ('shop.purchases', '{"shop.orders": "customer_id, order_id"}', '22023: key of shop.orders has 2 expressions, the key of base "crm" has 1 columns'),
    ('shop.purchases', '{"shop.orders": []}', '22023: watch: how a row of shop.orders names the customer is missing'),
    ('shop.purchases', '{"shop.orders": 1}', '22023: watch: how a row of shop.orders names the customer is missing'),
    ('shop.purchases', '{"shop.purchases": "customer_id"}', '42809: watch: triggers cannot report the changes of shop.purchases'),
    ('shop.orders', '{"shop.merges": "old_id"}', '42809: watch is for views, and shop.orders is none')) AS bad (relation, watch, said);
SELECT is((SELECT count(*) FROM crm.registered_sources), 0::bigint, 'nothing is left of them');
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA shop CASCADE;

-- a key of two columns, and names that need quotes
CREATE SCHEMA "The Shop";
CREATE TABLE "The Shop"."Cust omers" ("Store" text, "No" int, "Card" text);
CREATE TABLE "The Shop"."Tills" ("Card" text, "At" timestamptz);
CREATE VIEW "The Shop"."Sales" AS SELECT c."Store", c."No", t."At" FROM "The Shop"."Cust omers" AS c JOIN "The Shop"."Tills" AS t USING ("Card");
INSERT INTO "The Shop"."Cust omers" VALUES ('a', 1, 'x'), ('a', 2, 'y'), ('b', 1, 'z');
INSERT INTO "The Shop"."Tills" VALUES ('x', '2026-03-01 12:00Z'), ('z', '2026-03-02 12:00Z');
SELECT create_base('crm', '"Store" text, "No" int', 'UTC') \g /dev/null
SELECT add_source('crm', '"The Shop"."Sales"', $$'sale'$$, '"At"', watch => $${
    "\"Cust omers\"": "\"Store\", \"No\"",
    "\"The Shop\".\"Tills\"": "(SELECT c.\"Store\" FROM \"The Shop\".\"Cust omers\" AS c WHERE c.\"Card\" = \"Tills\".\"Card\"), (SELECT c.\"No\" FROM \"The Shop\".\"Cust omers\" AS c WHERE c.\"Card\" = \"Tills\".\"Card\")"}$$) \g /dev/null
CALL refresh('crm');
INSERT INTO "The Shop"."Tills" VALUES ('y', '2026-03-03 12:00Z');
UPDATE "The Shop"."Cust omers" SET "Store" = 'c' WHERE "Card" = 'z';
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
a,1 sale:2026-03-01
a,2 sale:2026-03-03
c,1 sale:2026-03-02', 'watched by two columns');
SELECT is(lib.did('crm'), '3 read, 3 changed, 0 failed', 'a 2, b 1 and c 1 were read');
-- a table whose row names more than one customer
INSERT INTO "The Shop"."Cust omers" VALUES ('d', 1, 'z');
CALL refresh('crm');
SELECT is(lib.did('crm'), '1 read, 1 changed, 0 failed', 'two customers have one card');
INSERT INTO "The Shop"."Tills" VALUES ('z', '2026-03-04 12:00Z'), ('x', '2026-03-05 12:00Z');
\set said `psql -qXc "CALL refresh('crm')" 2>&1`
SELECT alike(:'said'::text, '%more than one row returned by a subquery%', 'an expression that names two customers is said');
SELECT is(lib.kept('crm'), '
a,1 sale:2026-03-01,2026-03-05
a,2 sale:2026-03-03
c,1 sale:2026-03-02,2026-03-04
d,1 sale:2026-03-02,2026-03-04', 'and whom it may concern is read all the same');
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA "The Shop" CASCADE;

DROP SCHEMA lib CASCADE;
SELECT * FROM finish();
