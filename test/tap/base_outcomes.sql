-- What customers did between two days, from a relation and from the sources,
-- against plain SQL; and what set_outcomes() says of bad input.
\ir lib/base_trial.sql
SELECT no_plan();

-- the query, as plan, waves and results use it
CREATE FUNCTION trial.counted(campaign text, only_what text DEFAULT NULL) RETURNS TABLE (id bigint, shop text, what text, count bigint, value numeric)
LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('WITH rows AS (SELECT id, shop, taken_on AS since, least(taken_on + days - 1, (SELECT today FROM trial.day)) AS until
                                               FROM trial.customers WHERE campaign = %L) SELECT id, shop, what, count, coalesce(value, 0) FROM (%s) AS o',
                                campaign, lib.inside('crm', format('outcomes_sql(%L, %L, %L, %L)', 'crm', 'rows', campaign, only_what)));
END
$$;
SELECT results_eq(format('SELECT * FROM trial.counted(%L) ORDER BY 1, 2, 3', campaign), format($$
    SELECT c.id, c.shop, CASE kind WHEN 'purchase' THEN 'bought' ELSE 'complained' END, count(*), coalesce(sum(amount), 0)
    FROM trial.customers AS c JOIN trial.events AS e ON e.id = c.id AND e.shop = c.shop AND day BETWEEN taken_on AND least(taken_on + days - 1, '2026-04-05')
    WHERE campaign = %L AND kind IN ('purchase', 'complaint') GROUP BY 1, 2, 3 ORDER BY 1, 2, 3$$, campaign), 'without a relation, the sources tell: ' || campaign)
FROM crm.campaigns;

SELECT set_outcomes('crm', 'trial.log', 'customer, shop', 'name', 'kind', 'at', 'amount', 'America/New_York') \g /dev/null
SELECT results_eq(format('SELECT * FROM trial.counted(%L) ORDER BY 1, 2, 3', campaign),
    format('SELECT id, shop, what, n, amount FROM trial.did WHERE campaign = %L AND n > 0 ORDER BY 1, 2, 3', campaign), 'both are counted, in the window: ' || campaign)
FROM crm.campaigns;
SELECT cmp_ok((SELECT count(*)::int FROM trial.counted('autumn')), '>', 200, 'there is something to count');
SELECT results_eq(format('SELECT * FROM trial.counted(''third'', %L) ORDER BY 1, 2, 3', what),
    format('SELECT * FROM trial.counted(''third'') WHERE what = %L ORDER BY 1, 2, 3', what), 'one outcome alone: ' || what)
FROM unnest('{sent,bought,complained}'::text[]) AS what;

-- what belongs to no campaign
SELECT set_outcomes('crm', 'trial.log', 'customer, shop', NULL, 'kind', 'at', 'amount', 'America/New_York') \g /dev/null
SELECT is((SELECT sum(count)::int FROM trial.counted('autumn', 'opened')),
    (SELECT count(*)::int FROM trial.customers AS c JOIN trial.happened AS h USING (id, shop)
     WHERE c.campaign = 'autumn' AND h.what = 'opened' AND day BETWEEN taken_on AND least(taken_on + days - 1, '2026-04-05')), 'without names of campaigns, all of it counts');
-- constants, and days instead of moments
SELECT set_outcomes('crm', 'trial.events', campaign => 'NULL', what => $$'event ' || upper(kind)$$, occurred => 'day') \g /dev/null
SELECT is((SELECT sum(count)::int FROM trial.counted('autumn', 'event VISIT')),
    (SELECT count(*)::int FROM trial.customers AS c JOIN trial.events AS e ON e.id = c.id AND e.shop = c.shop
     WHERE c.campaign = 'autumn' AND kind = 'visit' AND day BETWEEN taken_on AND least(taken_on + days - 1, '2026-04-05')), 'expressions');
SELECT is((SELECT max(value) FROM trial.counted('autumn', 'event VISIT')), 0::numeric, 'without a value');
-- with its zone: its day is the base's, in any session
CREATE VIEW trial.zoned AS SELECT customer, shop, name, kind, at AT TIME ZONE 'America/New_York' AS at FROM trial.log;
SELECT set_outcomes('crm', 'trial.zoned', 'customer, shop', 'name', 'kind') \g /dev/null
SET TimeZone = 'Pacific/Auckland';
CREATE TABLE trial.rates AS SELECT tier, what, contact, control FROM campaign_results('crm', 'autumn') WHERE kind = 'rate';
SET TimeZone = 'America/New_York';
SELECT results_eq('SELECT tier, what, contact, control FROM campaign_results(''crm'', ''autumn'') WHERE kind = ''rate''', 'TABLE trial.rates', 'days do not depend on the session''s time zone');
SELECT results_eq('SELECT what, contact FROM trial.rates WHERE tier = 3 ORDER BY 1', $$
    SELECT what, avg((n > 0)::int)::float8 FROM trial.did WHERE campaign = 'autumn' AND tier = 3 AND arm = 'contact' GROUP BY 1 ORDER BY 1$$, 'they are the base''s');
RESET TimeZone;
SET TimeZone = 'Europe/Paris';
DROP VIEW trial.zoned;

-- a relation that has gone, and is back
\set said `psql -qXAt -c "SELECT count(*) FROM scoring.campaign_results('crm', 'autumn')" 2>&1`
SELECT matches(:'said'::text, 'outcomes trial.zoned of base "crm" do not exist', 'the relation is gone');
SELECT set_outcomes('crm', NULL) \g /dev/null
SELECT is_empty('SELECT FROM crm.outcome_relation', 'taken away');
SELECT lives_ok($$SELECT campaign_results('crm', 'autumn')$$, 'the sources tell');

-- ---------------------------------------------------------------------------
-- bad input

SELECT throws_ok($$SELECT set_outcomes('crm', 'trial.log', 'customer, shop', 'nothing', 'kind')$$, '42703',
    'campaign of trial.log: column "nothing" does not exist', 'no such column');
SELECT throws_ok($$SELECT set_outcomes('crm', 'trial.log', 'customer, shop', 'name', 'kind', 'shop')$$, '42804', NULL, 'a shop is no day');
SELECT throws_ok($$SELECT set_outcomes('crm', 'trial.log', 'customer, shop', 'name', 'kind', value => 'at')$$, '42846', NULL, 'a day is no value');
SELECT throws_ok($$SELECT set_outcomes('crm', 'trial.log', 'customer', 'name', 'kind')$$, '22023', NULL, 'half a key');
SELECT throws_ok($$SELECT set_outcomes('crm', 'trial.log', 'customer, shop', 'name', NULL)$$, '22004', 'what and occurred must not be null', 'what?');
SELECT throws_ok($$SELECT set_outcomes('crm', 'trial.log', 'customer, shop', 'name', 'kind', time_zone => 'Moon/Tycho')$$, '22023', NULL, 'no such zone');
SELECT throws_ok($$SELECT set_outcomes('crm', 'crm.timelines')$$, '42809', NULL, 'the base itself');
SELECT throws_ok($$SELECT set_outcomes('crm', 'trial.log', 'customer, shop', '(SELECT ''x'')', 'kind')$$, '0A000', NULL, 'no subqueries');
SELECT is_empty('SELECT FROM crm.outcome_relation', 'nothing of it stays');
-- what is told twice, and what cannot be read
\set said `psql -qXAt -c "SELECT scoring.set_outcomes('crm', 'trial.log', 'customer, shop', 'name', 'kind')" 2>&1`
SELECT matches(:'said'::text, 'both trial.log and the sources tell of ''bought''.*DELETE FROM crm.outcomes WHERE what IN \(''bought''\)', 'told twice');
CREATE TABLE trial.texts AS SELECT customer, shop, name, kind, at, amount::text FROM trial.log;
SELECT set_outcomes('crm', 'trial.texts', 'customer, shop', 'name', 'kind', value => 'amount') \g /dev/null
INSERT INTO trial.texts SELECT id, shop, 'autumn', 'bought', '2026-03-28', 'NaN' FROM trial.customers WHERE campaign = 'autumn' AND taken_on < '2026-03-27' LIMIT 1;
SELECT throws_ok($$SELECT campaign_results('crm', 'autumn')$$, '22000', 'outcomes of trial.texts: "bought" has a value that is not finite', 'no number');
UPDATE trial.texts SET amount = 'a lot' WHERE amount = 'NaN';
SELECT throws_ok($$SELECT campaign_results('crm', 'autumn')$$, '22P02', 'outcomes of trial.texts: invalid input syntax for type numeric: "a lot"', 'nor is this');

DROP VIEW trial.customers CASCADE;
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA trial, lib CASCADE;
SELECT * FROM finish();
