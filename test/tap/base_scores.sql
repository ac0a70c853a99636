-- Scores of a base: cuts by each method, previews, warnings, and what is told of
-- them on other days.  Worked out by hand.
\ir lib/base.sql
SELECT plan(89);

-- Customer n has min(n, 8) purchases, the k-th of them 10 k days ago, so that the
-- score is their number: 0 to 8, and 8 a second time (customer 10).
CREATE SCHEMA shop;
CREATE TABLE shop.people (id int PRIMARY KEY, country text, "of age" boolean);
INSERT INTO shop.people SELECT n, CASE n % 2 WHEN 0 THEN 'FR' ELSE 'DE' END, true FROM generate_series(0, 10) AS n WHERE n <> 9;
CREATE TABLE shop.orders (customer_id int, day date);
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
INSERT INTO shop.orders SELECT id, crm.today() - 10 * k FROM shop.people, LATERAL generate_series(1, least(id, 8)) AS k;
CREATE INDEX ON shop.orders (customer_id);
SELECT add_source('crm', 'shop.orders', $$'purchase'$$, 'day') \g /dev/null
SELECT set_population('crm', 'shop.people', key => 'id', scored => '"of age"') \g /dev/null
\set grid '{"purchase": {"each": 1, "max": 8}}'

-- scores that are added before there is anybody get their cuts from the first refresh
\set said `psql -qXAtc "SELECT count(*) FROM add_score('crm', 'early', '{\"purchase\": {\"each\": 1}}', tiers => 4)" 2>&1`
SELECT alike(:'said'::text, '%no cuts could be made for score "early"%', 'a score before the first refresh has no cuts');
SELECT add_score('crm', 'early_given', :'grid', cuts => '{3, 7}') \g /dev/null
SELECT add_rfm('crm', 'early_rfm', 'purchase') \g /dev/null
CALL refresh('crm');
SELECT is((SELECT cuts FROM crm.scores WHERE name = 'early'), '{2,4,6}', 'the first refresh makes them');
SELECT is((SELECT cut_from FROM crm.scores WHERE name = 'early'), 10::bigint, 'from the population');
SELECT is((SELECT cuts FROM crm.scores WHERE name = 'early_given'), '{3,7}', 'given cuts stay');
SELECT isnt((SELECT r_cuts FROM crm.scores WHERE name = 'early_rfm'), NULL, 'RFM has its cuts');
SELECT is((SELECT array_agg(tier ORDER BY customer_id) FROM crm.early), '{1,1,2,2,3,3,4,4,4,4}', 'the view has the new cuts');
UPDATE shop.orders SET day = day - 1 WHERE customer_id = 1;
INSERT INTO shop.orders VALUES (1, crm.today() - 11), (1, crm.today() - 11), (1, crm.today() - 11), (1, crm.today() - 11), (1, crm.today() - 11), (1, crm.today() - 11);
CALL refresh('crm');
SELECT is((SELECT cuts FROM crm.scores WHERE name = 'early'), '{2,4,6}', 'another refresh keeps them');
DELETE FROM shop.orders WHERE customer_id = 1;
INSERT INTO shop.orders VALUES (1, crm.today() - 10);
CALL refresh('crm');

-- the methods
SELECT add_score('crm', 's_' || name, :'grid', method => method, tiers => tiers, shares => shares, cuts => cuts) FROM (VALUES
    ('equal', 'equal', 4, NULL::numeric[], NULL::float8[]), ('bounds', 'bounds', 4, NULL, NULL), ('quantile', 'quantile', 5, NULL, NULL),
    ('shares', 'equal', 6, '{0.2,0.6,0.2}', NULL), ('pareto', 'pareto', 6, NULL, NULL), ('pareto50', 'pareto', 6, '{0.50}', NULL),
    ('natural', 'natural', 2, NULL, NULL), ('given', 'equal', 6, NULL, '{3,7}')) AS s (name, method, tiers, shares, cuts) \g /dev/null
SELECT results_eq($$SELECT name, method, tiers, cuts::text, cut_from FROM crm.scores WHERE name LIKE 's\_%' ORDER BY name$$, $$VALUES
    ('s_bounds', 'bounds', 4, '{2,4,6}', 10::bigint), ('s_equal', 'equal', 4, '{2,4,6}', 10), ('s_given', 'given', 3, '{3,7}', 10), ('s_natural', 'natural', 2, '{5}', 10),
    ('s_pareto', 'pareto', 3, '{2,4}', 10), ('s_pareto50', 'pareto', 2, '{7}', 10), ('s_quantile', 'quantile', 5, '{2,4,6,8}', 10), ('s_shares', 'shares', 3, '{2,8}', 10)$$,
    'cuts by each method');
SELECT results_eq('SELECT tier, customers, share, lowest, mean, highest FROM crm.s_shares_tiers', $$VALUES
    (1, 2::bigint, 0.2::float8, 0::float8, 0.5::float8, 1::float8), (2, 6, 0.6, 2, 4.5, 7), (3, 2, 0.2, 8, 8, 8)$$, 'tiers of shares');
SELECT results_eq($$SELECT tier, customers, rpad(bar, 1) FROM crm.s_given_tiers$$, $$VALUES (1, 3::bigint, '█'), (2, 4, '█'), (3, 3, '█')$$, 'tiers of given cuts, with a bar');
SELECT is((SELECT array_agg(length(bar)) FROM crm.s_given_tiers), '{30,40,30}', 'forty for the largest');

-- a preview shows, and keeps nothing
SELECT results_eq($$SELECT * FROM add_score('crm', 'maybe', '{"purchase": {"each": 1}}', tiers => 4, labels => '{a,b,c,d}', preview => true)$$, $$VALUES
    (1, 'a', 2::bigint, 0.2::float8, NULL::float8, NULL::bigint, NULL::bigint), (2, 'b', 2, 0.2, 2, NULL, NULL), (3, 'c', 2, 0.2, 4, NULL, NULL), (4, 'd', 4, 0.4, 6, NULL, NULL)$$,
    'a preview: customers and share of each tier, and its lower cut');
SELECT is((SELECT count(*) FROM crm.scores WHERE name = 'maybe'), 0::bigint, 'nothing is kept');
SELECT is(to_regclass('crm.maybe'), NULL, 'no view');
SELECT hasnt_function('crm', 'maybe_on', 'no function');
SELECT is((SELECT count(*) FROM crm.history WHERE score_name = 'maybe'), 0::bigint, 'no history');
SELECT add_score('crm', 'kept', :'grid', tiers => 4, labels => '{a,b,c,d}') \g /dev/null
SELECT snapshot('crm') \g /dev/null
SELECT results_eq($$SELECT * FROM recut('crm', 'kept', cuts => '{3, 7, 8}', preview => true)$$, $$VALUES
    (1, 'a', 3::bigint, 0.3::float8, NULL::float8, 2::bigint, 1::bigint), (2, 'b', 4, 0.4, 3, 2, 3), (3, 'c', 1, 0.1, 7, 2, 1), (4, 'd', 2, 0.2, 8, 4, 0)$$,
    'a preview of other cuts: who would move, the labels kept');
SELECT is((SELECT cuts FROM crm.scores WHERE name = 'kept'), '{2,4,6}', 'nothing has changed');
SELECT is((SELECT array_agg(tier ORDER BY customer_id) FROM crm.kept), '{1,1,2,2,3,3,4,4,4,4}', 'in the view');
SELECT recut('crm', 'kept', cuts => '{3, 7, 8}') \g /dev/null
SELECT is((SELECT array_agg(tier || label ORDER BY customer_id) FROM crm.kept), '{1a,1a,1a,2b,2b,2b,2b,3c,4d,4d}', 'recut in earnest');
SELECT results_eq('SELECT tier, customers FROM crm.kept_tiers', 'VALUES (1, 3::bigint), (2, 4), (3, 1), (4, 2)', 'with its tiers');
-- from one method to another
SELECT recut('crm', 's_shares', method => 'equal', tiers => 4) \g /dev/null
SELECT is((SELECT cuts FROM crm.scores WHERE name = 's_shares'), '{2,4,6}', 'from shares to equal');
SELECT recut('crm', 's_shares', method => 'pareto') \g /dev/null
SELECT is((SELECT cuts FROM crm.scores WHERE name = 's_shares'), '{2,4}', 'to pareto');
SELECT recut('crm', 's_shares', shares => '{0.2,0.6,0.2}') \g /dev/null
SELECT is((SELECT method || cuts::text FROM crm.scores WHERE name = 's_shares'), 'shares{2,8}', 'and back');
SELECT recut('crm', 's_shares') \g /dev/null
SELECT is((SELECT method || cuts::text FROM crm.scores WHERE name = 's_shares'), 'shares{2,8}', 'as it was made');
SELECT recut('crm', 's_quantile', tiers => 2) \g /dev/null
SELECT is((SELECT method || cuts::text FROM crm.scores WHERE name = 's_quantile'), 'quantile{5}', 'fewer tiers');
SELECT is((SELECT labels FROM crm.scores WHERE name = 's_quantile'), ARRAY[tier_label(1, 2), tier_label(2, 2)], 'with the names of two');

-- what is refused
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
SELECT is(lib.says($$SELECT add_score('crm', $$ || arguments || ')'), said, arguments) FROM (VALUES
    ($o$'a'$o$, '22023: add_score needs a name, and either a grid or a measure'),
    ($o$'a', '{"purchase": {"each": 1}}', '1'$o$, '22023: add_score needs a name, and either a grid or a measure'),
    ($o$NULL, '{"purchase": {"each": 1}}'$o$, '22023: add_score needs a name, and either a grid or a measure'),
    ($o$'timelines', '{"purchase": {"each": 1}}'$o$, '42710: "timelines" cannot be the name of a score of base "crm"'),
    ($o$'kept', '{"purchase": {"each": 1}}'$o$, '42710: "kept" cannot be the name of a score of base "crm"'),
    ($o$'marks_9', '{"purchase": {"each": 1}}'$o$, '42710: "marks_9" cannot be the name of a score of base "crm"'),
    ($o$'seen_10', '{"purchase": {"each": 1}}'$o$, '42710: "seen_10" cannot be the name of a score of base "crm"'),
    ($o$'', '{"purchase": {"each": 1}}'$o$, '42710: "" cannot be the name of a score of base "crm"'),
    ($o$'a', '{"purchase": {"each": 1}}', method => 'ntile'$o$, '22023: method "ntile" cannot be used here'),
    ($o$'a', measure => '1', method => 'bounds'$o$, '22023: method "bounds" cannot be used here'),
    ($o$'a', '{"purchase": {"each": 1}}', method => 'shares'$o$, '22023: method "shares" cannot be used here'),
    ($o$'a', '{"purchase": {"each": 1}}', method => 'given'$o$, '22023: method "given" cannot be used here'),
    ($o$'a', '{"purchase": {"each": 1}}', tiers => 0$o$, '22023: tiers must be between 1 and 100'),
    ($o$'a', '{"purchase": {"each": 1}}', tiers => 3, labels => '{a,b}'$o$, '22023: 2 labels for 3 tiers'),
    ($o$'a', measure => 'amount'$o$, '42703: measure of score "a": column "amount" does not exist'),
    ($o$'a', measure => '1, 2'$o$, '42601: measure must be one expression'),
    ($o$'a', measure => $m$'x'::text$m$$o$, NULL)) AS bad (arguments, said) WHERE said IS NOT NULL;
SELECT matches(lib.says($$SELECT add_score('crm', 'a', '{"purchase": {"each": 1}}', cuts => '{3,2}')$$), '^22', 'cuts that do not ascend');
SELECT matches(lib.says($$SELECT add_score('crm', 'a', '{"purchase": {"each": 1}}', shares => '{0.5,0.6}')$$), '^22', 'shares that are more than all');
SELECT is(lib.says($$SELECT recut('crm', 'no score')$$), '42704: base "crm" has no score "no score"', 'there is none of that name');
SELECT is((SELECT count(*) FROM crm.scores WHERE name = 'a'), 0::bigint, 'nothing is left of them');

-- warnings: empty tiers, touchpoints that nobody has
\set said `psql -qXAtc "SELECT count(*) FROM add_score('crm', 'far', '{\"purchase\": {\"each\": 1}, \"Purchase\": {\"each\": 1}, \"sms\": {\"each\": 1}}', cuts => '{100,200}')" 2>&1`
SELECT alike(:'said'::text, '%NOTICE:  score "far": cuts over 10 customers (those of shop.people who are scored)%', 'whose scores made the cuts');
SELECT alike(:'said'::text, '%WARNING:  score "far": nobody is in tier 2, 3%', 'a warning of empty tiers');
SELECT alike(:'said'::text, '%HINT:  These cuts are not made from the customers%', 'which cuts by hand may have');
SELECT alike(:'said'::text, '%WARNING:  score "far": its grid asks for touchpoints that nobody has: Purchase, sms%', 'and of touchpoints that were never seen');
SELECT results_eq('SELECT touchpoint, customers, interactions, never_seen FROM crm.touchpoints ORDER BY touchpoint COLLATE "C"', $$VALUES
    ('Purchase', 0::bigint, 0::bigint, true), ('purchase', 9, 44, false), ('sms', 0, 0, true)$$, 'touchpoints has them too');
SELECT is((SELECT scores FROM crm.touchpoints WHERE touchpoint = 'sms'), '{far}', 'and who asks for them');
SELECT is((SELECT crm.today() - first_on || ' ' || crm.today() - last_on FROM crm.touchpoints WHERE touchpoint = 'purchase'), '80 10', 'first and last day');
SELECT drop_score('crm', 'far') \g /dev/null
\set said `psql -qXAtc "SELECT count(*) FROM add_score('crm', 'apart', measure => '(count_of(timeline, ''purchase'') > 1)::int')" 2>&1`
SELECT alike(:'said'::text, '%HINT:  Where many scores are equal, try method => ''natural''%', 'and other cuts mend');
SELECT drop_score('crm', 'apart') \g /dev/null
SELECT is(to_regclass('crm.far'), NULL, 'a score dropped');
SELECT is(to_regclass('crm.far_tiers'), NULL, 'with its views');
-- all alike
\set said `psql -qXAtc "SELECT count(*) FROM add_score('crm', 'flat', '{\"sms\": {\"each\": 1}}', tiers => 3)" 2>&1`
SELECT alike(:'said'::text, '%no cuts could be made for score "flat" from 10 customers%all alike%', 'equal scores give no cuts, which is said');
SELECT is((SELECT array_agg(DISTINCT tier) FROM crm.flat), '{1}', 'all are in tier 1');
SELECT drop_score('crm', 'flat') \g /dev/null

-- ---------------------------------------------------------------------------
-- other days

SELECT results_eq($$SELECT tier, customers, share FROM distribution('crm', 's_equal')$$, $$VALUES (1, 2::bigint, 0.2::float8), (2, 2, 0.2), (3, 2, 0.2), (4, 4, 0.4)$$, 'distribution today');
SELECT results_eq($$SELECT tier, customers FROM distribution('crm', 's_equal', crm.today() - 35)$$, $$VALUES (1, 5::bigint), (2, 2), (3, 3), (4, 0)$$, 'on a past day, by the cuts of now');
SELECT results_eq($$SELECT part, tier, customers, share FROM distribution('crm', 's_equal', crm.today() - 35, by => 'country')$$, $$VALUES
    ('DE', 1, 2::bigint, 0.5::float8), ('DE', 2, 1, 0.25), ('DE', 3, 1, 0.25), ('DE', 4, 0, 0), ('FR', 1, 3, 0.5), ('FR', 2, 1, 1 / 6::float8), ('FR', 3, 2, 1 / 3::float8), ('FR', 4, 0, 0)$$, 'by a column of the population');
SELECT results_eq($$SELECT DISTINCT part FROM distribution('crm', 's_equal', by => 'of age')$$, $$VALUES ('true')$$, 'whatever its name');
SELECT throws_ok($$SELECT * FROM distribution('crm', 's_equal', by => 'city')$$, '42703', 'the population of base "crm" has no column "city"', 'a column that it does not have');
\set said `psql -qXAtc "SELECT distribution('crm', 's_equal', by => 'city')" 2>&1`
SELECT alike(:'said'::text, '%HINT:  It is shop.people, which has: id, %', 'says which it has');
SELECT results_eq($$SELECT * FROM moves('crm', 's_equal', crm.today() - 35)$$, $$VALUES (1, 1, 2::bigint), (1, 2, 2), (1, 3, 1), (2, 3, 1), (2, 4, 1), (3, 4, 3)$$, 'moves since a day');
SELECT results_eq($$SELECT * FROM moves('crm', 's_equal', crm.today() - 35, crm.today() - 35)$$, $$VALUES (1, 1, 5::bigint), (2, 2, 2), (3, 3, 3)$$, 'none within a day');
SELECT throws_ok($$SELECT * FROM moves('crm', 's_equal', crm.today(), crm.today() - 1)$$, '22023', NULL, 'not backwards');
SELECT throws_ok($$SELECT * FROM moves('crm', 'early_rfm', crm.today())$$, '42809', NULL, 'RFM has no tiers');
-- who objects is nowhere, from that moment
UPDATE shop.people SET "of age" = false WHERE id = 8;
UPDATE shop.people SET "of age" = NULL WHERE id = 10;
SELECT results_eq($$SELECT tier, customers FROM distribution('crm', 's_equal')$$, $$VALUES (1, 2::bigint), (2, 2), (3, 2), (4, 3)$$, 'who is not to be scored is not there, NULL is no objection');
SELECT is((SELECT count(*) FROM crm.s_equal WHERE customer_id = 8), 0::bigint, 'in the view');
UPDATE shop.people SET "of age" = true;

-- without a population: who has an interaction by then; who came and who left
SELECT set_population('crm', NULL) \g /dev/null
SELECT results_eq($$SELECT tier, customers FROM distribution('crm', 's_equal')$$, $$VALUES (1, 1::bigint), (2, 2), (3, 2), (4, 4)$$, 'without a population nobody is without interaction');
SELECT results_eq($$SELECT tier, customers FROM distribution('crm', 's_equal', crm.today() - 35)$$, $$VALUES (1, 1::bigint), (2, 2), (3, 3), (4, 0)$$, 'and whoever came later is not there yet');
SELECT results_eq($$SELECT * FROM moves('crm', 's_equal', crm.today() - 35)$$, $$VALUES (1, 3, 1::bigint), (2, 3, 1), (2, 4, 1), (3, 4, 3), (NULL, 1, 1), (NULL, 2, 2)$$, 'three arrived');
SELECT throws_ok($$SELECT * FROM distribution('crm', 's_equal', by => 'country')$$, '42703', NULL, 'no population, no column');
SELECT snapshot('crm') \g /dev/null
UPDATE crm.history SET since = since - 40;
DELETE FROM shop.orders WHERE customer_id = 4;
CALL refresh('crm');
SELECT snapshot('crm') \g /dev/null
SELECT results_eq($$SELECT days, m.* FROM unnest('{41,40,35,1,0}'::int[]) AS days, moves('crm', 's_equal', crm.today() - days) AS m WHERE tier_after IS NULL ORDER BY 1$$,
    $$VALUES (1, 3, NULL::int, 1::bigint), (35, 3, NULL, 1), (40, 3, NULL, 1)$$, 'and one has left, in the tier that history has, from its first day to its last');
SELECT results_eq($$SELECT tier, crm.today() - since, crm.today() - until FROM crm.history WHERE score_name = 's_equal' AND customer_id = 4$$, 'VALUES (3, 40, 1)', 'up to yesterday');
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA shop CASCADE;

-- ---------------------------------------------------------------------------
-- history: ranges of days

CREATE SCHEMA shop;
CREATE TABLE shop.orders (store text, customer int, day date);
SELECT create_base('crm', 'store text, customer int', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.orders', $$'purchase'$$, 'day') \g /dev/null
INSERT INTO shop.orders VALUES ('a', 1, crm.today()), ('a', 2, crm.today() - 5), ('b', 1, crm.today() + 3);
SELECT add_score('crm', 'warmth', '{"purchase": {"latest": {"10 days": 30, "20 days": 20}, "older": 2}}', cuts => '{10, 25}') \g /dev/null
CALL refresh('crm');
SELECT results_eq('SELECT store, customer, tier, score, since - crm.today(), until - crm.today() FROM crm.history ORDER BY 1, 2, 5',
    $$VALUES ('a', 1, 3, 30::float8, 0, NULL::int), ('a', 2, 3, 30, 0, NULL), ('b', 1, 1, 0, 0, NULL)$$, 'the first refresh of a day takes a snapshot');
SELECT is(snapshot('crm'), 0::bigint, 'a second one of a day finds nothing new');
-- the days to come, one after the other
SELECT lib.inside('crm', format('take_snapshot(''crm'', crm.today() + %s)', n)) FROM generate_series(1, 25) AS n \g /dev/null
SELECT results_eq('SELECT store, customer, tier, score, since - crm.today(), until - crm.today() FROM crm.history ORDER BY 1, 2, 5', $$VALUES
    ('a', 1, 3, 30::float8, 0, 9), ('a', 1, 2, 20, 10, 19), ('a', 1, 1, 2, 20, NULL),
    ('a', 2, 3, 30, 0, 4), ('a', 2, 2, 20, 5, 14), ('a', 2, 1, 2, 15, NULL),
    ('b', 1, 1, 0, 0, 2), ('b', 1, 3, 30, 3, 12), ('b', 1, 2, 20, 13, 22), ('b', 1, 1, 2, 23, NULL)$$, 'a row for each stay in a tier, without gaps');
SELECT results_eq('SELECT store, customer, tier_until - crm.today() FROM crm.warmth ORDER BY 1, 2', $$VALUES ('a', 1, 9), ('a', 2, 4), ('b', 1, 2)$$, 'which tier_until has known');
SELECT is((SELECT crosses(timeline, '{"purchase": {"latest": {"10 days": 30, "20 days": 20}, "older": 2}}', '{10,25}', crm.today()) - 1 - crm.today()
           FROM crm.timelines WHERE store = 'b'), 2, 'the day before crosses()');
SELECT drop_score('crm', 'warmth') \g /dev/null
SELECT is((SELECT count(*) FROM crm.history), 0::bigint, 'history goes with its score');
SELECT drop_base('crm') \g /dev/null

-- ---------------------------------------------------------------------------
-- explain

SELECT create_base('crm', 'store text, customer int', 'Europe/Paris') \g /dev/null
CREATE TABLE shop.events (store text, customer int, kind text, day date);
SELECT add_source('crm', 'shop.events', 'kind', 'day') \g /dev/null
INSERT INTO shop.events VALUES ('a', 1, 'purchase', crm.today() - 12), ('a', 1, 'purchase', crm.today() - 70), ('a', 1, 'complaint', crm.today() - 3),
    ('a', 2, 'visit', crm.today() - 400), ('a', 3, 'purchase', crm.today() + 5);
CALL refresh('crm');
SELECT add_score('crm', 'heat', '{"purchase": {"latest": {"30 days": 30, "90 days": 20}, "older": 2}, "complaint": {"each": -5, "within": "10 days"}}',
                 cuts => '{10, 26}', labels => '{cold, warm, hot}') \g /dev/null
SELECT results_eq($$SELECT * FROM explain('crm', 'heat', 'a', 1)$$, format($$VALUES
    ('On %s customer a, 1 has 25 points: tier 2 of 3 (warm), unhappy.'), ('+30 points: last purchase 12 days ago, within 30 days.'),
    ('-5 points: %s.'), ('Since %s, when it was tier 2 with %s points: %s by time alone, %s by what happened.'), ('If nothing happens, it stays in tier 2 until %s.')$$,
    crm.today(), (SELECT reason FROM crm.timelines, breakdown(timeline, '{"complaint": {"each": -5, "within": "10 days"}}', crm.today()) WHERE customer = 1),
    (crm.today() - interval '1 month')::date, 20, '0', '+5', crm.today() + 6), 'a customer in sentences');
SELECT results_eq($$SELECT * FROM explain('crm', 'heat', 'a', 2)$$, format($$VALUES
    ('On %s customer a, 2 has 0 points: tier 1 of 3 (cold), dormant.'), ('Nothing has changed since %s.'), ('If nothing happens, it stays in tier 1 for three years at least.')$$,
    crm.today(), (crm.today() - interval '1 month')::date), 'one of whom there is nothing to say');
SELECT alike((SELECT string_agg(e, '|') FROM explain('crm', 'heat', 'a', 3) AS e), '%0 points: tier 1 of 3 (cold), never.%until ' || crm.today() + 4 || '.', 'one who is still to come');
SELECT results_eq($$SELECT * FROM explain('crm', 'heat', 'a', 9)$$, $$VALUES ('Customer a, 9 is not among those whom base "crm" scores.')$$, 'one whom nobody knows');
SELECT throws_ok($$SELECT * FROM explain('crm', 'heat', 'a')$$, '22023', NULL, 'half a key');
SELECT add_score('crm', 'spent', measure => $$(rfm(timeline, 'purchase', as_of)).frequency$$, cuts => '{2}') \g /dev/null
SELECT is((SELECT string_agg(e, '|') FROM explain('crm', 'spent', 'a', 1) AS e), format('On %s customer a, 1 has 2 points: tier 2 of 2 (%s), active.', crm.today(), tier_label(2, 2)), 'a measure');
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA shop CASCADE;
DROP SCHEMA lib CASCADE;
SELECT * FROM finish();
