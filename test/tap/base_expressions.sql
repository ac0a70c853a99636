-- Expressions of every kind in a base of a name that needs quotes: types without
-- equality, whole rows, comments, signs that mean something to SQL or to us.
\ir lib/base.sql
SELECT plan(26);

CREATE SCHEMA "a shop";
SELECT create_base('The "5 %" %I base', '"key %s" text', 'Europe/Paris') \g /dev/null
CREATE TYPE "a shop".state AS ENUM ('open', 'shut');
CREATE TYPE "a shop".pair AS (a int, b int);
CREATE DOMAIN "a shop".amount AS numeric CHECK (VALUE < 1000);
CREATE TABLE "a shop"."100 % t" (
    id int PRIMARY KEY, doc json, docb jsonb, at timestamptz, place point, tags text[], state "a shop".state, pair "a shop".pair, amount "a shop".amount,
    doubled numeric GENERATED ALWAYS AS (amount::numeric * 2) STORED, unread text);
INSERT INTO "a shop"."100 % t" (id, doc, docb, at, place, tags, state, pair, amount) VALUES
    (1, '{"id": "x", "v": 1}', '{"id": "x"}', '2026-03-01 12:00Z', '(1,1)', '{a,b}', 'open', '(1,2)', 10),
    (2, '{"id": "y", "v": 2}', '{"id": "y"}', '2026-03-02 12:00Z', '(2,1)', '{a}', 'shut', '(1,2)', 15);
-- one source for each kind of column that is read
SELECT add_source('The "5 %" %I base', '"a shop"."100 % t"', touchpoint, 'at', value => value, filter => filter, key => $$lower(docb ->> 'id') -- whose$$) FROM (VALUES
    ($$'json %'$$, $$doc ->> 'v' -- as text$$, NULL), ($$'point'$$, 'place[0]', NULL), ($$'array ' || tags[1]$$, 'cardinality(tags)', NULL), ($$state::text$$, NULL, NULL), ($$'field'$$, $$("100 % t".pair).b$$, NULL),
    ($$'domain'$$, 'amount', 'amount::numeric % 10 = 0 /* % */'), ($$'generated'$$, 'doubled', NULL), ($$E'a\tb\\'$$, NULL, $$'%' LIKE '%%' AND E'\\' = '\'$$),
    ($$'row'$$, $$length(to_jsonb("100 % t") ->> 'unread')$$, NULL)) AS s (touchpoint, value, filter) \g /dev/null
CALL refresh('The "5 %" %I base');
SELECT is(lib.kept('The "5 %" %I base'), '
x "a\tb\\":2026-03-01;"array a":2026-03-01=2;domain:2026-03-01=10;field:2026-03-01=2;generated:2026-03-01=20;"json %":2026-03-01=1;open:2026-03-01;point:2026-03-01=1;row:2026-03-01
y "a\tb\\":2026-03-02;"array a":2026-03-02=1;field:2026-03-02=2;generated:2026-03-02=30;"json %":2026-03-02=2;point:2026-03-02=2;row:2026-03-02;shut:2026-03-02', 'timelines');
-- a change of each is seen
UPDATE "a shop"."100 % t" SET doc = '{"id": "x", "v": 7}' WHERE id = 1;
CALL refresh('The "5 %" %I base');
SELECT is((SELECT value_of(timeline, 'json %') FROM "The ""5 %"" %I base".timelines WHERE "key %s" = 'x'), 7::numeric, 'of json');
UPDATE "a shop"."100 % t" SET place = '(5,1)' WHERE id = 1;
CALL refresh('The "5 %" %I base');
SELECT is((SELECT value_of(timeline, 'point') FROM "The ""5 %"" %I base".timelines WHERE "key %s" = 'x'), 5::numeric, 'of a point');
UPDATE "a shop"."100 % t" SET tags = '{c}' WHERE id = 1;
CALL refresh('The "5 %" %I base');
SELECT is((SELECT count_of(timeline, 'array c') FROM "The ""5 %"" %I base".timelines WHERE "key %s" = 'x'), 1::bigint, 'of an array');
UPDATE "a shop"."100 % t" SET state = 'shut' WHERE id = 1;
CALL refresh('The "5 %" %I base');
SELECT is((SELECT count_of(timeline, 'shut') FROM "The ""5 %"" %I base".timelines WHERE "key %s" = 'x'), 1::bigint, 'of an enum');
UPDATE "a shop"."100 % t" SET pair.b = 9 WHERE id = 1;
CALL refresh('The "5 %" %I base');
SELECT is((SELECT value_of(timeline, 'field') FROM "The ""5 %"" %I base".timelines WHERE "key %s" = 'x'), 9::numeric, 'of a composite');
UPDATE "a shop"."100 % t" SET amount = 20 WHERE id = 1;
CALL refresh('The "5 %" %I base');
SELECT is((SELECT value_of(timeline, 'domain') + value_of(timeline, 'generated') FROM "The ""5 %"" %I base".timelines WHERE "key %s" = 'x'), 60::numeric, 'of a domain, and of what is generated from it');
UPDATE "a shop"."100 % t" SET unread = 'four' WHERE id = 1;
CALL refresh('The "5 %" %I base');
SELECT is((SELECT value_of(timeline, 'row') FROM "The ""5 %"" %I base".timelines WHERE "key %s" = 'x'), 4::numeric, 'of any column, where the whole row is read');
UPDATE "a shop"."100 % t" SET docb = '{"id": "Z"}' WHERE id = 2;
CALL refresh('The "5 %" %I base');
SELECT is((SELECT string_agg("key %s", ' ' ORDER BY "key %s") FROM "The ""5 %"" %I base".timelines), 'x z', 'of a key that is worked out');
SELECT is_empty($$SELECT * FROM verify('The "5 %" %I base')$$, 'as built afresh');

-- everything else of a base of that name
SELECT add_echo('The "5 %" %I base', 'json %', 'point', same => 'id % 2') \g /dev/null
CREATE TABLE "a shop"."The 100 %" ("who's" text, "mail %" boolean, "%I" text);
INSERT INTO "a shop"."The 100 %" VALUES ('x', true, 'north'), ('y', false, 'south'), ('z', false, 'south');
SELECT set_population('The "5 %" %I base', '"a shop"."The 100 %"', key => '"who''s"', contactable => '{"100 %": "\"mail %\" -- said"}', scored => '"%I" LIKE ''%o%''') \g /dev/null
SELECT add_score('The "5 %" %I base', 'The "%s" score', '{"json %": {"each": 1}, "array c": {"each": 3}}', cuts => '{2}', labels => '{"below %","above ''%s''"}') \g /dev/null
SELECT add_score('The "5 %" %I base', 'measure %', measure => $$value_of(timeline, 'point') -- % of it$$, method => 'quantile', tiers => 2) \g /dev/null
SELECT add_rfm('The "5 %" %I base', 'r %f "m"', 'json %') \g /dev/null
CALL refresh('The "5 %" %I base');
SELECT results_eq($$SELECT * FROM "The ""5 %"" %I base"."The ""%s"" score" ORDER BY 1$$, $$VALUES
    ('x', 3::float8, 2, 'above ''%s''', 'active', true, date '2026-03-01', NULL::date), ('y', 0, 1, 'below %', 'never', false, NULL, NULL), ('z', 0, 1, 'below %', 'active', false, '2026-03-02', NULL)$$, 'a score');
SELECT is((SELECT sum(customers) FROM "The ""5 %"" %I base"."measure %_tiers"), 3::numeric, 'a measure');
SELECT is((SELECT count(*) FROM "The ""5 %"" %I base"."r %f ""m"""), 3::bigint, 'RFM');
SELECT is((SELECT sum(customers) FROM distribution('The "5 %" %I base', 'The "%s" score', by => '%I')), 3::numeric, 'a distribution');
SELECT is((SELECT sum(customers) FROM moves('The "5 %" %I base', 'The "%s" score', '2026-03-01')), 3::numeric, 'moves');
SELECT is((SELECT count(*) FROM recut('The "5 %" %I base', 'The "%s" score', tiers => 3, method => 'equal', preview => true)), 3::bigint, 'recut');
SELECT recut('The "5 %" %I base', 'r %f "m"') \g /dev/null
SELECT alike((SELECT e FROM explain('The "5 %" %I base', 'The "%s" score', 'x') AS e LIMIT 1), 'On % customer x has 3 points: tier 2 of 2 (above ''%s''), active.', 'explain');
SELECT is(snapshot('The "5 %" %I base'), 0::bigint, 'snapshot');
SELECT is(close('The "5 %" %I base', '2026-03-02'), 1::bigint, 'close');
SELECT is(rebuild('The "5 %" %I base'), 0::bigint, 'rebuild');
SELECT erase('The "5 %" %I base', 'x') \g /dev/null
SELECT is((SELECT count(*) FROM "The ""5 %"" %I base"."measure %"), 2::bigint, 'erase');
SELECT is((SELECT count(*) FROM "The ""5 %"" %I base".sources) + (SELECT count(*) FROM "The ""5 %"" %I base".touchpoints WHERE touchpoint LIKE 'json%') + (SELECT count(*) FROM "The ""5 %"" %I base".progress), 11::bigint, 'its views');
SELECT drop_score('The "5 %" %I base', 'The "%s" score') \g /dev/null
SELECT drop_source('The "5 %" %I base', 1) \g /dev/null
CALL refresh('The "5 %" %I base');
SELECT is_empty($$SELECT * FROM verify('The "5 %" %I base')$$, 'as built afresh');
SELECT drop_base('The "5 %" %I base') \g /dev/null

-- an unlogged table is empty after a crash, and no trigger tells: it is read in full
CREATE UNLOGGED TABLE "a shop".staging (customer_id int, day date);
CREATE TABLE "a shop".parts (customer_id int, day date) PARTITION BY RANGE (day);
CREATE UNLOGGED TABLE "a shop".part PARTITION OF "a shop".parts DEFAULT;
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', '"a shop".staging', $$'a'$$, 'day'), add_source('crm', '"a shop".parts', $$'b'$$, 'day') \g /dev/null
INSERT INTO "a shop".staging VALUES (1, '2026-01-01');
INSERT INTO "a shop".parts VALUES (1, '2026-01-01');
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 a:2026-01-01;b:2026-01-01', 'unlogged tables');
SELECT is((SELECT array_agg(refresh_reads) FROM crm.sources), '{all of it,all of it}', 'are read in full');

-- the schema of a base renamed: it goes on under its new name
ALTER SCHEMA crm RENAME TO customers;
CREATE TABLE "a shop".orders (customer_id int, day date);
SELECT add_source('customers', '"a shop".orders', $$'c'$$, 'day') \g /dev/null
CALL refresh('customers');
INSERT INTO "a shop".orders VALUES (2, '2026-01-02');
ALTER SCHEMA customers RENAME TO crm;
INSERT INTO "a shop".orders VALUES (3, '2026-01-02');
CALL refresh('crm');
INSERT INTO "a shop".orders VALUES (4, '2026-01-02');
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 a:2026-01-01;b:2026-01-01
2 c:2026-01-02
3 c:2026-01-02
4 c:2026-01-02', 'a base renamed');
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA "a shop" CASCADE;
DROP SCHEMA lib CASCADE;
SELECT * FROM finish();
