-- A publication FOR ALL TABLES asks every table for a way to tell its rows apart
-- before one may be deleted; it has the tables of a base too.
BEGIN;
SET LOCAL client_min_messages = error;
SELECT plan(2);
CREATE PUBLICATION base_publication FOR ALL TABLES;
CREATE TABLE published (customer_id bigint PRIMARY KEY, bought_on date);
INSERT INTO published VALUES (1, current_date), (2, current_date - 40);
SELECT create_base('published_base', 'customer_id bigint', 'UTC');
SELECT add_source('published_base', 'published', $$'purchase'$$, 'bought_on') AS source \gset
SELECT count(*) AS tiers FROM add_score('published_base', 'recent', '{"purchase": {"latest": {"30 days": 1}}}', cuts => '{1}') \gset
CALL refresh('published_base');
UPDATE published SET bought_on = bought_on - 40;
DELETE FROM published WHERE customer_id = 2;
CALL refresh('published_base');
TRUNCATE published;
INSERT INTO published VALUES (3, current_date);
SELECT lives_ok($$CALL refresh('published_base')$$, 'refresh deletes marks and what else it must');
SELECT is(erase('published_base', 3)::text, '', 'and so does erase()');
SELECT * FROM finish();
ROLLBACK;
