-- Results of campaigns against plain SQL, each by itself and taken together; what
-- to look at first; verdicts.
\ir lib/base_trial.sql
SELECT no_plan();
SELECT set_outcomes('crm', 'trial.log', 'customer, shop', 'name', 'kind', 'at', 'amount', 'America/New_York') \g /dev/null

-- ---------------------------------------------------------------------------
-- one campaign, by tier: to the last digit what the statistics say

CREATE VIEW trial.strata_now AS
SELECT campaign, tier, what, n1, n2, s1, s2, m1, m2, sd1, sd2, measure, worth, valued,
       CASE WHEN bool_or(what = 'cost' AND s1 > 0 AND m1 <> 0) OVER (PARTITION BY campaign)
            THEN coalesce(max(total) FILTER (WHERE what = 'cost') OVER (PARTITION BY campaign, tier), 0)
            WHEN bool_or(what = 'sent' AND s1 + s2 > 0) OVER (PARTITION BY campaign) THEN cost * max(s1) FILTER (WHERE what = 'sent') OVER (PARTITION BY campaign, tier)
            ELSE cost * n1 END AS cost
FROM (SELECT campaign, t.tier, o.what, count(*) FILTER (WHERE arm = 'contact') AS n1, count(*) FILTER (WHERE arm = 'control') AS n2,
             count(*) FILTER (WHERE arm = 'contact' AND n > 0) AS s1, count(*) FILTER (WHERE arm = 'control' AND n > 0) AS s2,
             avg(amount) FILTER (WHERE arm = 'contact')::float8 AS m1, avg(amount) FILTER (WHERE arm = 'control')::float8 AS m2,
             stddev_samp(amount) FILTER (WHERE arm = 'contact')::float8 AS sd1, stddev_samp(amount) FILTER (WHERE arm = 'control')::float8 AS sd2,
             sum(amount) FILTER (WHERE arm = 'contact') AS total, max(c.measure) AS measure, max(c.worth) AS worth, max(c.cost) AS cost,
             bool_or(amount <> 0) AS valued
      FROM crm.campaigns AS c CROSS JOIN generate_series(1, 4) AS t (tier) CROSS JOIN unnest('{sent,opened,bought,cost,unsubscribed,complained}'::text[]) AS o (what)
      LEFT JOIN trial.did AS d USING (campaign, tier, what) GROUP BY 1, 2, 3) AS s;
CREATE TABLE trial.strata AS TABLE trial.strata_now;

SELECT results_eq(format('SELECT tier, what, contacts, contact, contact_low, contact_high, controls, control, control_low, control_high, difference, low, high, statistic, p_value
                          FROM campaign_results(''crm'', %L) WHERE tier IS NOT NULL AND kind = ''rate'' ORDER BY 1, 2', campaign), format($$
    SELECT tier, what, n1, s1 / nullif(n1, 0)::float8, a.low, a.high, n2, s2 / nullif(n2, 0)::float8, b.low, b.high, d.difference, d.low, d.high, d.z, d.p_value
    FROM trial.strata CROSS JOIN wilson(s1, n1) AS a CROSS JOIN wilson(s2, n2) AS b CROSS JOIN two_proportions(s1, n1, s2, n2) AS d
    WHERE campaign = %L ORDER BY 1, 2$$, campaign), 'rates of tiers: wilson() and two_proportions(): ' || campaign)
FROM crm.campaigns;
SELECT results_eq(format('SELECT tier, what, contacts, contact, controls, control, difference, low, high, statistic, p_value
                          FROM campaign_results(''crm'', %L) WHERE tier IS NOT NULL AND kind = ''mean'' AND contacts > 0 AND controls > 0 ORDER BY 1, 2', campaign), format($$
    SELECT tier, what, n1, m1, n2, m2, d.*
    FROM trial.strata CROSS JOIN two_means(m1, coalesce(sd1, 0), n1, m2, coalesce(sd2, 0), n2) AS d
    WHERE campaign = %L AND n1 > 0 AND n2 > 0 AND what IN (SELECT what FROM trial.strata WHERE campaign = %1$L AND valued) ORDER BY 1, 2$$, campaign), 'means of tiers: two_means(): ' || campaign)
FROM crm.campaigns;
SELECT cmp_ok((SELECT count(*) FROM trial.strata WHERE s1 > 0 AND s2 > 0 AND sd1 > 0 AND sd2 > 0), '>', 20::bigint, 'in most tiers there is something to tell');

-- ---------------------------------------------------------------------------
-- tiers and campaigns taken together: the formulas written out

CREATE FUNCTION trial.wilson_limit(s bigint, n bigint, z float8) RETURNS float8 LANGUAGE sql AS $$
    SELECT (s / n::float8 + z * z / (2 * n) + z * sqrt(s / n::float8 * (1 - s / n::float8) / n + z * z / (4.0 * n * n))) / (1 + z * z / n)
$$;
CREATE FUNCTION trial.results(campaigns text[], one_tier int, of_what text) RETURNS TABLE (tier int, what text, kind text, figures numeric[]) LANGUAGE plpgsql AS $$
DECLARE
    s record;
    z float8 := normal_quantile(0.975);
    eligible float8;
    n bigint[] := '{0,0}';
    r float8[];     -- of rates: both arms and the difference; distances to the limits, squared; variance
    m float8[];     -- of means: both arms and the difference; variances; fourth powers
    w float8;
    p float8;
    df float8[];
    one boolean;
    gained float8[] := '{0,0,0,0}';
    cost float8 := 0;
BEGIN
    r := array_fill(0::float8, ARRAY[10]);
    m := array_fill(0::float8, ARRAY[9]);
    SELECT sum(n1 + n2), count(*) = 1 INTO eligible, one FROM trial.strata AS t
        WHERE campaign = ANY (campaigns) AND t.what = of_what AND n1 > 0 AND n2 > 0 AND (one_tier IS NULL OR t.tier = one_tier);
    FOR s IN SELECT * FROM trial.strata AS t
             WHERE campaign = ANY (campaigns) AND t.what = of_what AND n1 > 0 AND n2 > 0 AND (one_tier IS NULL OR t.tier = one_tier) LOOP
        w := (s.n1 + s.n2) / eligible;
        n := ARRAY[n[1] + s.n1, n[2] + s.n2];
        p := (s.s1 + s.s2)::float8 / (s.n1 + s.n2);
        r[1] := r[1] + w * s.s1 / s.n1;
        r[2] := r[2] + w * s.s2 / s.n2;
        r[3] := r[3] + w ^ 2 * (s.s1 / s.n1::float8 - trial.wilson_limit(s.s1, s.n1, -z)) ^ 2;
        r[4] := r[4] + w ^ 2 * (s.s1 / s.n1::float8 - trial.wilson_limit(s.s1, s.n1, z)) ^ 2;
        r[5] := r[5] + w ^ 2 * (s.s2 / s.n2::float8 - trial.wilson_limit(s.s2, s.n2, -z)) ^ 2;
        r[6] := r[6] + w ^ 2 * (s.s2 / s.n2::float8 - trial.wilson_limit(s.s2, s.n2, z)) ^ 2;
        r[7] := r[7] + w ^ 2 * p * (1 - p) * (1.0 / s.n1 + 1.0 / s.n2);
        m[1] := m[1] + w * s.m1;
        m[2] := m[2] + w * s.m2;
        m[3] := m[3] + w ^ 2 * s.sd1 ^ 2 / s.n1;
        m[4] := m[4] + w ^ 2 * s.sd2 ^ 2 / s.n2;
        m[5] := m[5] + (w ^ 2 * s.sd1 ^ 2 / s.n1) ^ 2 / (s.n1 - 1);
        m[6] := m[6] + (w ^ 2 * s.sd2 ^ 2 / s.n2) ^ 2 / (s.n2 - 1);
        gained[1] := gained[1] + (s.s1 / s.n1::float8 - s.s2 / s.n2::float8) * s.n1;
        gained[2] := gained[2] + (s.m1 - s.m2) * s.n1;
        gained[3] := gained[3] + CASE WHEN s.measure = of_what THEN s.worth END * (s.s1 / s.n1::float8 - s.s2 / s.n2::float8) * s.n1;
        gained[4] := gained[4] + CASE WHEN s.measure = of_what AND s.worth IS NULL THEN s.m1 - s.m2 END * s.n1;
        cost := cost + s.cost;
    END LOOP;
    tier := one_tier;
    what := of_what;
    kind := 'rate';
    p := (r[1] - r[2]) / nullif(sqrt(r[7]), 0);
    figures := ARRAY(SELECT round(f::numeric, 8) FROM unnest(ARRAY[
        n[1], r[1], r[1] - sqrt(r[3]), r[1] + sqrt(r[4]), n[2], r[2], r[2] - sqrt(r[5]), r[2] + sqrt(r[6]),
        r[1] - r[2], r[1] - r[2] - sqrt(r[3] + r[6]), r[1] - r[2] + sqrt(r[4] + r[5]), p, 2 * normal_tail(abs(p)),
        gained[1], cost, gained[3] - cost, (gained[3] - cost) / nullif(cost, 0)]) WITH ORDINALITY AS u (f, n) ORDER BY u.n);
    RETURN NEXT;
    IF EXISTS (SELECT FROM trial.strata AS t WHERE campaign = ANY (campaigns) AND t.what = of_what AND valued) THEN
        kind := 'mean';
        df := ARRAY[m[3] ^ 2 / nullif(m[5], 0), m[4] ^ 2 / nullif(m[6], 0), (m[3] + m[4]) ^ 2 / nullif(m[5] + m[6], 0)];
        df := ARRAY(SELECT greatest(f, 1) + 0 * f FROM unnest(df) WITH ORDINALITY AS u (f, n) ORDER BY u.n);
        p := (m[1] - m[2]) / nullif(sqrt(m[3] + m[4]), 0);
        figures := ARRAY(SELECT round(f::numeric, 8) FROM unnest(ARRAY[
            n[1], m[1], m[1] - student_quantile(0.975, df[1]) * sqrt(m[3]), m[1] + student_quantile(0.975, df[1]) * sqrt(m[3]),
            n[2], m[2], m[2] - student_quantile(0.975, df[2]) * sqrt(m[4]), m[2] + student_quantile(0.975, df[2]) * sqrt(m[4]),
            m[1] - m[2], m[1] - m[2] - student_quantile(0.975, df[3]) * sqrt(m[3] + m[4]), m[1] - m[2] + student_quantile(0.975, df[3]) * sqrt(m[3] + m[4]),
            p, 2 * student_tail(abs(p), df[3]), gained[2], cost, gained[4] - cost, (gained[4] - cost) / nullif(cost, 0)]) WITH ORDINALITY AS u (f, n) ORDER BY u.n);
        RETURN NEXT;
    END IF;
END
$$;
CREATE TABLE trial.asked (campaigns text[]);
INSERT INTO trial.asked VALUES ('{autumn}'), ('{third}'), ('{"O''Hara, \"2\""}'), ('{autumn,third}'), ('{third,autumn,"O''Hara, \"2\"",third}');
CREATE VIEW trial.compared AS
SELECT a.campaigns, r.tier, r.what, r.kind,
       ARRAY(SELECT round(f::numeric, 8) FROM unnest(ARRAY[r.contacts, r.contact, r.contact_low, r.contact_high, r.controls, r.control, r.control_low, r.control_high,
           r.difference, r.low, r.high, r.statistic, r.p_value, r.incremental, r.cost, r.net, r.roi]) WITH ORDINALITY AS u (f, n) ORDER BY n) AS figures, o.figures AS expected
FROM trial.asked AS a CROSS JOIN LATERAL campaign_results('crm', VARIADIC a.campaigns) AS r
LEFT JOIN LATERAL trial.results(a.campaigns, r.tier, r.what) AS o ON o.kind = r.kind
-- where no stratum has both arms, there is no difference
WHERE o.figures[1] > 0 OR r.difference IS NOT NULL;
CREATE FUNCTION trial.differing() RETURNS SETOF text LANGUAGE sql AS $$
    TRUNCATE trial.strata;
    INSERT INTO trial.strata TABLE trial.strata_now;
    SELECT format(E'%s %s %s %s:\n%s\n%s', campaigns, tier, what, kind, figures, expected)
    FROM trial.compared AS c
    WHERE NOT coalesce((SELECT bool_and(coalesce(abs(a - b) <= 1e-7 * greatest(1, abs(b)), num_nonnulls(a, b) = 0)) FROM unnest(c.figures, c.expected) AS u (a, b)), false)
$$;
SELECT is_empty('SELECT trial.differing()', 'results of one campaign, and of several');
SELECT cmp_ok((SELECT count(*) FROM trial.compared), '>', 150::bigint, 'of many tiers and outcomes');
SELECT is_empty($$SELECT campaigns, what, kind FROM trial.asked CROSS JOIN LATERAL campaign_results('crm', VARIADIC campaigns) AS r
    GROUP BY 1, 2, 3 HAVING abs(sum(incremental) FILTER (WHERE tier IS NULL) - sum(incremental) FILTER (WHERE tier IS NOT NULL)) > 1e-6
        AND cardinality(campaigns) = 1$$, 'what the tiers gained adds up to the whole');

-- without word of what was spent, each contact that was sent costs; without word of that, each that was assigned
DELETE FROM trial.log WHERE kind = 'cost';
SELECT is_empty('SELECT trial.differing()', 'cost of those sent');
DELETE FROM trial.log WHERE kind = 'sent' AND name = 'autumn';
SELECT is_empty('SELECT trial.differing()', 'cost where one campaign has word of it, or all have it from elsewhere');
DELETE FROM trial.log WHERE kind = 'sent';
SELECT is_empty('SELECT trial.differing()', 'cost of those assigned');

-- a tier of which all were contacted, or nobody
SELECT results_eq($$SELECT tier, contacts > 0, contact IS NOT NULL, contact_low IS NOT NULL, controls, control, difference, low, incremental, cost > 0, net, roi
                    FROM campaign_results('crm', 'autumn') WHERE tier = 4 AND what = 'bought' AND kind = 'mean'$$,
    $$VALUES (4, true, true, true, 0::bigint, NULL::float8, NULL::float8, NULL::float8, NULL::float8, true, NULL::float8, NULL::float8)$$, 'without control there is no difference');
SELECT results_eq($$SELECT contacts, contact, contact_low, controls > 0, control_low IS NOT NULL, difference
                    FROM campaign_results('crm', 'third') WHERE tier = 1 AND what = 'bought' AND kind = 'rate'$$,
    $$VALUES (0::bigint, NULL::float8, NULL::float8, true, true, NULL::float8)$$, 'nor without contacts');
SELECT results_eq($$SELECT contacts, controls FROM campaign_results('crm', 'autumn') WHERE tier IS NULL AND what = 'bought'$$,
    $$SELECT sum(n1)::bigint, sum(n2)::bigint FROM trial.strata, generate_series(1, 2) AS kind WHERE campaign = 'autumn' AND what = 'bought' AND n1 > 0 AND n2 > 0 GROUP BY kind$$,
    'the whole is of tiers with both arms');

-- somebody is erased: gone from the plan, and from what is read
SELECT id, shop FROM trial.customers WHERE campaign = 'autumn' AND tier < 4 ORDER BY random() LIMIT 1 \gset
SELECT erase('crm', :id, :'shop') \g /dev/null
SELECT is_empty(format('SELECT FROM trial.customers WHERE id = %s AND shop = %L', :id, :'shop'), 'who is erased is in no plan');
SELECT is_empty('SELECT trial.differing()', 'results without the one who is erased');

-- ---------------------------------------------------------------------------
-- what to look at first

-- so that all of it is there
INSERT INTO trial.log SELECT id, shop, 'autumn', 'sent', taken_on + time '12:00' FROM trial.customers WHERE campaign = 'autumn' AND arm = 'contact' AND random() < 0.9;
INSERT INTO trial.log SELECT id, shop, 'autumn', 'sent', taken_on + time '12:00' FROM trial.customers WHERE campaign = 'autumn' AND arm = 'control' LIMIT 7;
SELECT results_eq($$SELECT customers::int FROM campaign_checks('crm', 'autumn') WHERE what IN ('assigned and never sent', 'control and yet sent') ORDER BY what$$,
    $$SELECT count(*)::int FROM trial.did WHERE campaign = 'autumn' AND what = 'sent' AND (arm = 'contact') = (n = 0) GROUP BY arm ORDER BY arm$$, 'never sent, and yet sent');
SELECT is((SELECT array_agg(customers) FROM campaign_checks('crm', 'third') WHERE what IN ('assigned and never sent', 'control and yet sent')), '{NULL,NULL}', 'not known of another one');
SELECT results_eq(format('SELECT tier, customers, round(expected::numeric, 9), round(p_value::numeric, 9) FROM campaign_checks(''crm'', %L) WHERE what = ''sample ratio'' AND tier IS NOT NULL AND p_value IS NOT NULL ORDER BY 1', campaign),
    format('SELECT tier, n1, round((n * share)::numeric, 9), round((chi_square(ARRAY[n1, n - n1], ARRAY[share, 1 - share])).p_value::numeric, 9)
            FROM (SELECT tier, count(*) FILTER (WHERE arm = ''contact'') AS n1, count(*) AS n, max(share) AS share FROM trial.customers WHERE campaign = %L GROUP BY tier) AS t
            WHERE share > 0 AND share < 1 ORDER BY 1', campaign), 'the sample ratio is that of chi_square(): ' || campaign)
FROM crm.campaigns;
SELECT results_eq(format('SELECT customers, round(expected::numeric, 9), round(p_value::numeric, 9) FROM campaign_checks(''crm'', %L) WHERE what = ''sample ratio'' AND tier IS NULL', campaign),
    format('SELECT count(*) FILTER (WHERE arm = ''contact''), round(sum(share)::numeric, 9),
                   round((2 * normal_tail(abs(count(*) FILTER (WHERE arm = ''contact'') - sum(share)) / sqrt(sum(share * (1 - share)))))::numeric, 9) FROM trial.customers WHERE campaign = %L', campaign), 'and of all: ' || campaign)
FROM crm.campaigns;
SELECT results_eq($$SELECT tier, customers FROM campaign_checks('crm', 'autumn') WHERE what = 'tier of one arm'$$,
    $$SELECT tier, count(*) FROM trial.customers WHERE campaign = 'autumn' GROUP BY tier HAVING count(DISTINCT arm) = 1 ORDER BY tier DESC$$, 'a tier without control');
SELECT results_eq($$SELECT customers, verdict FROM campaign_checks('crm', 'autumn') WHERE what = 'wave not sent'$$,
    $$SELECT count(*), 'left out of both arms: of wave ' || string_agg(DISTINCT wave::text, ', ') FROM crm.autumn JOIN crm.waves USING (wave) WHERE campaign = 'autumn' AND taken_on IS NULL$$, 'waves not sent');
SELECT is((SELECT customers FROM campaign_checks('crm', 'third') WHERE what = 'window open'), (SELECT count(*) FROM trial.customers WHERE campaign = 'third'), 'windows that are open');
SELECT is((SELECT customers FROM campaign_checks('crm', 'O''Hara, "2"') WHERE what = 'window open'), (SELECT count(*) FROM trial.customers WHERE campaign = 'O''Hara, "2"' AND taken_on + 5 > '2026-04-05'), 'or not');
SELECT is((SELECT array_agg(DISTINCT campaign ORDER BY campaign) FROM campaign_checks('crm', 'third', 'autumn', 'third')), '{autumn,third}', 'checks of several');

SELECT results_eq(format('SELECT customers, verdict FROM campaign_checks(''crm'', %L) WHERE what LIKE ''has "%%"''', campaign),
    format('SELECT count(*), ''ok'' FROM trial.did WHERE campaign = %L AND what = measure AND n > 0', campaign), 'who has what it is judged by: ' || campaign) FROM crm.campaigns;
UPDATE crm.campaigns SET measure = 'Bought' WHERE campaign = 'third';
SELECT is((SELECT verdict FROM campaign_checks('crm', 'third') WHERE what = 'has "Bought"'), 'nobody of either arm; they have bought, complained, opened, unsubscribed', 'nobody, by that name');
UPDATE crm.campaigns SET measure = 'bought' WHERE campaign = 'third';

-- customers are lost from one arm alone
SELECT ok((SELECT min(p_value) FROM campaign_checks('crm', 'third')) > 0.001, 'the arms are as they were drawn');
DELETE FROM crm.third AS t WHERE arm = 'control' AND (id, shop) IN (SELECT id, shop FROM trial.did WHERE campaign = 'third' AND what = 'bought' AND n = 0);
SELECT ok((SELECT p_value FROM campaign_checks('crm', 'third') WHERE what = 'sample ratio' AND tier IS NULL) < 0.001, 'and are no longer');
SELECT matches((SELECT verdict FROM campaign_checks('crm', 'third') WHERE what = 'sample ratio' AND tier IS NULL), '^alarm', 'alarm');
\set said `psql -qXAt -c "SELECT count(*) FROM scoring.campaign_results('crm', 'third')" 2>&1`
SELECT matches(:'said'::text, 'WARNING:  the arms of campaign "third" are not as they were drawn: do not trust its results', 'results say so, too');
-- what the sources tell is as old as the last refresh
\set said `psql -qXAt -c "BEGIN" -c "UPDATE crm.base SET snapshot_on = '2026-03-26'" -c "SELECT count(*) FROM scoring.campaign_results('crm', 'third')" -c "SELECT count(*) FROM scoring.campaign_verdicts('crm', 'third')" -c "ROLLBACK" 2>&1`
SELECT matches(:'said'::text, '(WARNING:  base "crm" was last refreshed on 2026-03-26[\s\S]*){2}', 'a base that was not refreshed since');
\set said `psql -qXAt -c "BEGIN" -c "UPDATE crm.base SET snapshot_on = crm.today()" -c "SELECT count(*) FROM scoring.campaign_results('crm', 'third')" -c "ROLLBACK" 2>&1`
SELECT unalike(:'said'::text, '%last refreshed%', 'and one that was');
DROP VIEW trial.customers CASCADE;
SELECT drop_base('crm') \g /dev/null

-- ---------------------------------------------------------------------------
-- verdicts, on campaigns of which all is known

CREATE TABLE trial.known (tier int, arm text, n int, bought int, share float8);
INSERT INTO trial.known VALUES
    (6, 'contact', 2000, 400, 0.5), (6, 'control', 2000, 200, 0.5),        -- 0.1 more
    (5, 'contact', 900, 540, 0.9), (5, 'control', 100, 60, 0.9),           -- as many
    (4, 'contact', 2000, 210, 0.5), (4, 'control', 2000, 200, 0.5),        -- 0.005 more, surely below 0.1
    (3, 'contact', 500, 5, 1),                                             -- no control
    (2, 'control', 500, 5, 0),                                             -- no contacts
    (1, 'contact', 1000, 100, 0.5), (1, 'control', 500, 60, 0.5);          -- arms not as they were drawn
CREATE TABLE trial.members AS
SELECT row_number() OVER () AS id, tier, arm, share, i <= bought AS bought, true AS email FROM trial.known, generate_series(1, n) AS i;
ALTER TABLE trial.members ADD PRIMARY KEY (id);
SELECT create_base('known', 'id bigint', 'UTC') \g /dev/null
CREATE OR REPLACE FUNCTION known.today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE RETURN (SELECT today FROM trial.day);
SELECT add_source('known', 'trial.members', $$'tier'$$, $$date '2026-01-01'$$, 'tier') \g /dev/null
SELECT set_population('known', 'trial.members', contactable => '{"email": "email"}') \g /dev/null
CALL refresh('known');
SELECT FROM add_score('known', 'heat', measure => $$value_of(timeline, 'tier')$$, cuts => '{2,3,4,5,6}') \g /dev/null
CREATE TABLE trial.answers AS SELECT id, 'bought' AS what, date '2026-04-07' AS at FROM trial.members WHERE bought
    UNION ALL SELECT id, 'unsubscribed', '2026-04-06' FROM trial.members WHERE arm = 'contact' AND id % 100 = 0;
SELECT set_outcomes('known', 'trial.answers', campaign => NULL) \g /dev/null
SELECT FROM plan_campaign('known', 'spring', 'heat', 'email', array_fill(0.5, ARRAY[6]), cost => 0.5, worth => 10, days => 7) \g /dev/null

-- before anything was sent, and while windows are open
SELECT throws_ok($$SELECT campaign_results('known', 'spring')$$, '55000', 'no wave of campaign "spring" has been taken', 'no wave was taken');
SELECT throws_ok($$SELECT campaign_verdicts('known', 'spring')$$, '55000', 'no wave of campaign "spring" has been taken', 'no verdict then');
SELECT throws_ok($$SELECT campaign_checks('known', 'spring')$$, '55000', 'no wave of campaign "spring" has been taken', 'nothing to check');
SELECT results_eq('SELECT state, waves::int, taken::int, closes_on FROM known.campaign_states', $$VALUES ('planned', 1, 0, date '2026-04-12')$$, 'planned');
SELECT take_wave('known', 'spring', 1) \g /dev/null
UPDATE known.spring AS p SET arm = m.arm, share = m.share FROM trial.members AS m WHERE m.id = p.id;
SELECT results_eq('SELECT state, taken::int, closes_on FROM known.campaign_states', $$VALUES ('running', 1, date '2026-04-12')$$, 'running');
UPDATE trial.day SET today = '2026-04-11';
SELECT results_eq($$SELECT tier, verdict, effect, low, high, needed, recommendation FROM campaign_verdicts('known', 'spring') WHERE tier IN (1, 3, 6)$$,
    $$VALUES (6, 'not closed', NULL::float8, NULL::float8, NULL::float8, NULL::bigint, 'No verdict before 2026-04-12, when every window has closed.'),
             (3, 'no control', NULL, NULL, NULL, NULL, 'Everybody of this tier was contacted: what they would have done without is not known. Keep a holdout.'),
             (1, 'not closed', NULL, NULL, NULL, NULL, 'No verdict before 2026-04-12, when every window has closed.')$$, 'no verdict before every window has closed');
UPDATE trial.day SET today = '2026-04-12';
SELECT is((SELECT state FROM known.campaign_states), 'closed', 'closed');

SELECT results_eq($$SELECT tier, contacts::int, controls::int, round(effect::numeric, 9), cost, verdict FROM campaign_verdicts('known', 'spring')$$,
    $$VALUES (6, 2000, 2000, 1, 0.5::float8, 'pays'), (5, 900, 100, 0, 0.5, 'not yet known'), (4, 2000, 2000, 0.05, 0.5, 'does not pay'),
             (3, 500, 0, NULL, 0.5, 'no control'), (2, 0, 500, NULL, NULL, 'not tried'), (1, 1000, 500, -0.2, 0.5, 'not to be trusted')$$, 'a verdict for each tier');
SELECT results_eq($$SELECT tier, low, high FROM campaign_verdicts('known', 'spring') WHERE tier IN (4, 5, 6)$$,
    $$SELECT t.tier, d.low * 10, d.high * 10 FROM (SELECT tier, max(n) FILTER (WHERE arm = 'contact') AS n1, max(bought) FILTER (WHERE arm = 'contact') AS s1,
             max(n) FILTER (WHERE arm = 'control') AS n2, max(bought) FILTER (WHERE arm = 'control') AS s2 FROM trial.known GROUP BY tier) AS t
      CROSS JOIN LATERAL two_proportions(s1, n1, s2, n2, 1 - 0.05 / 6) AS d WHERE t.tier IN (4, 5, 6) ORDER BY 1 DESC$$, 'at a level that allows for the number of tiers');
SELECT is((SELECT array_agg(tier ORDER BY tier) FROM campaign_verdicts('known', 'spring') WHERE needed IS NOT NULL), '{5}', 'how many more are needed, only where it is not known');
-- so many more, nine controls each: an effect as it is seen is told from the cost about as often as the power says
WITH v AS (SELECT needed FROM campaign_verdicts('known', 'spring') WHERE tier = 5),
     e AS (SELECT sqrt(0.24 * 100 / (1 / (1 / 900.0 + 1 / 100.0) + needed / (1 + 1 / 9.0))) AS error FROM v)
SELECT ok(abs(normal_tail(normal_quantile(1 - 0.025 / 6) - 0.5 / error) - 0.8) < 0.05, 'and about how many') FROM e;
SELECT is((SELECT risk FROM campaign_verdicts('known', 'spring') WHERE tier = 6),
    (SELECT format('unsubscribed 1 %% (%s to %s)', _scoring.few_digits(100 * low), _scoring.few_digits(100 * high)) FROM wilson(20, 2000, 1 - 0.05 / 6)), 'the risk');
SELECT matches((SELECT recommendation FROM campaign_verdicts('known', 'spring') WHERE tier = 6),
    '^A contact brings 1 \(0.705 to 1.3 at 99.2 % confidence; 2,000 contacts against 2,000 controls\) and costs 0.5: contact all of this tier but a holdout\.$', 'in words');

-- neither tier gains anything, though contacts buy more often: hot ones were contacted more
DELETE FROM trial.answers;
INSERT INTO trial.answers SELECT id, 'bought', '2026-04-08' FROM (SELECT id, tier, arm, row_number() OVER (PARTITION BY tier, arm ORDER BY id) AS n FROM known.spring) AS p
WHERE n <= CASE tier WHEN 5 THEN CASE arm WHEN 'contact' THEN 450 ELSE 60 END WHEN 1 THEN CASE arm WHEN 'contact' THEN 5 ELSE 45 END ELSE 0 END;
UPDATE known.spring SET arm = 'not eligible', share = NULL WHERE tier NOT IN (1, 5);
UPDATE known.spring AS p SET arm = CASE WHEN n <= 100 THEN 'contact' WHEN n <= 600 AND n > 100 AND p.arm = 'control' THEN 'control' ELSE 'not eligible' END, share = 1 / 6.0
FROM (SELECT id, row_number() OVER (PARTITION BY arm ORDER BY id) + CASE arm WHEN 'control' THEN 100 ELSE 0 END AS n FROM known.spring WHERE tier = 1) AS c WHERE p.id = c.id;
SELECT results_eq($$SELECT tier, contacts::int, controls::int, round(contact::numeric, 6), round(control::numeric, 6), round(difference::numeric, 6), high < 0, round(incremental::numeric, 6), round(net::numeric, 6)
                    FROM campaign_results('known', 'spring') WHERE what = 'bought' AND (tier IS NULL OR tier IN (1, 5))$$,
    $$VALUES (5, 900, 100, 0.5, 0.6, -0.1, false, -90.0, -1350.0), (1, 100, 500, 0.05, 0.09, -0.04, false, -4.0, -90.0),
             (NULL, 1000, 600, (0.5 * 1000 + 0.05 * 600) / 1600, (0.6 * 1000 + 0.09 * 600) / 1600, -0.0775, true, -94.0, -1440.0)$$, 'like with like: no paradox');

-- what a contact costs is not known, or nothing was gained that could be told
UPDATE known.campaigns SET cost = NULL;
SELECT results_eq($$SELECT tier, cost, verdict FROM campaign_verdicts('known', 'spring') WHERE tier = 5$$, $$VALUES (5, NULL::float8, 'cost not known')$$, 'cost not known');
SELECT results_eq($$SELECT cost, net, roi FROM campaign_results('known', 'spring') WHERE tier = 5 AND what = 'bought'$$, 'VALUES (NULL::float8, NULL::float8, NULL::float8)', 'nor the rest');
UPDATE known.campaigns SET cost = 0.5, worth = NULL;
SELECT results_eq($$SELECT tier, effect, low, verdict, needed, recommendation FROM campaign_verdicts('known', 'spring') WHERE tier = 5$$,
    $$VALUES (5, 0::float8, NULL::float8, 'not yet known', NULL::bigint,
              'A contact brings 0 (too few to say how sure that is; 900 contacts against 100 controls) and costs 0.5: keep testing at a tenth.')$$, 'values that nobody told');
-- nor whether anybody bought at all
UPDATE known.campaigns SET measure = 'bougth', worth = 10;
\set said `psql -qXAt -c "SELECT count(*) FROM scoring.campaign_verdicts('known', 'spring')" 2>&1`
SELECT ok(:'said' ~ 'WARNING:  nobody of either arm has "bougth": that may be for want of data', 'a measure that nobody has');
UPDATE known.campaigns SET measure = 'bought';
\set said `psql -qXAt -c "SELECT count(*) FROM scoring.campaign_verdicts('known', 'spring')" 2>&1`
SELECT ok(:'said' !~ 'nobody of either arm', 'and one that some have');
-- what is worth less than nothing turns the limits round
UPDATE known.campaigns SET worth = -10;
SELECT results_eq($$SELECT round(effect::numeric, 9), low < effect AND effect < high FROM campaign_verdicts('known', 'spring') WHERE tier = 5$$, 'VALUES (1.0, true)', 'a loss that is avoided');
UPDATE known.campaigns SET worth = 10;

-- stopped, with a wave left
SELECT FROM plan_campaign('known', 'two', 'heat', 'email', array_fill(0.5, ARRAY[6]), cost => 0.5, worth => 12, days => 7, waves => '{1000}') \g /dev/null
SELECT take_wave('known', 'two', 1) \g /dev/null
UPDATE trial.day SET today = '2026-05-30';
SELECT results_eq($$SELECT state, taken::int, closes_on FROM known.campaign_states WHERE campaign = 'two'$$, $$VALUES ('running', 1, date '2026-06-06')$$, 'waves to come are counted');
SELECT is((SELECT recommendation FROM campaign_verdicts('known', 'two') WHERE tier = 6),
    'No verdict before 2026-06-06, when every window has closed. Campaign "two" has waves that were due: take them, or end it by stop_campaign().', 'a campaign left alone never closes');
SELECT stop_campaign('known', 'two', 'enough') \g /dev/null
SELECT results_eq($$SELECT state, taken::int, closes_on FROM known.campaign_states WHERE campaign = 'two'$$, $$VALUES ('stopped', 1, date '2026-04-19')$$, 'stopped, they are not');
SELECT isnt((SELECT verdict FROM campaign_verdicts('known', 'two') WHERE tier = 6), 'not closed', 'and there is a verdict');

-- two campaigns, neither of which brings what it costs: the cost of a contact is
-- weighed as what it brings, or the large cheap one would hide the dear one
SELECT FROM plan_campaign('known', 'dear', 'heat', 'email', array_fill(0.1, ARRAY[6]), cost => 9, worth => 10, days => 1) \g /dev/null
SELECT take_wave('known', 'dear', 1) \g /dev/null
UPDATE trial.day SET today = '2026-05-31';
SELECT FROM plan_campaign('known', 'cheap', 'heat', 'email', array_fill(0.9, ARRAY[6]), cost => 1, worth => 10, days => 1) \g /dev/null
SELECT take_wave('known', 'cheap', 1) \g /dev/null
UPDATE trial.day SET today = '2026-06-01';
INSERT INTO trial.answers SELECT id, 'bought', date '2026-05-30' FROM known.dear WHERE arm = 'contact' AND id % 10 < 8
    UNION ALL SELECT id, 'bought', date '2026-05-31' FROM known.cheap WHERE arm = 'contact' AND id % 20 = 0;
SELECT results_eq(format('SELECT cost, verdict FROM campaign_verdicts(''known'', VARIADIC %L) WHERE tier = 6', names), format('VALUES (%s::float8, ''does not pay'')', cost), names::text)
FROM (VALUES ('{dear}'::text[], 9), ('{cheap}', 1), ('{dear,cheap}', 5)) AS v (names, cost);
SELECT ok(effect < v.cost AND net < 0, 'a loss in both is one together')
FROM campaign_verdicts('known', 'dear', 'cheap') AS v JOIN campaign_results('known', 'dear', 'cheap') AS r USING (tier) WHERE tier = 6 AND r.what = 'bought' AND r.kind = 'rate';

-- a service message goes to all, those of no tier too
SELECT FROM add_score('known', 'part', measure => $$nullif(value_of(timeline, 'tier'), 3)$$, cuts => '{5}') \g /dev/null
SELECT FROM plan_campaign('known', 'notice', 'part', 'email', NULL, 'service', cost => 0.1) \g /dev/null
SELECT take_wave('known', 'notice', 1) \g /dev/null
SELECT results_eq($$SELECT tier, label, contacts, controls, contact IS NOT NULL, difference, round(cost::numeric, 6) FROM campaign_results('known', 'notice') WHERE what = 'bought' AND kind = 'rate'$$,
    $$SELECT 2, tier_label(2, 2), count(*), 0::bigint, true, NULL::float8, round(count(*) * 0.1, 6) FROM trial.members WHERE tier >= 5
      UNION ALL SELECT 1, tier_label(1, 2), count(*), 0, true, NULL, round(count(*) * 0.1, 6) FROM trial.members WHERE tier IN (1, 2, 4)
      UNION ALL SELECT NULL, 'all', count(*), 0, true, NULL, round(count(*) * 0.1, 6) FROM trial.members$$, 'all of them are in the whole');
SELECT is((SELECT array_agg(verdict) FROM campaign_checks('known', 'notice') WHERE what = 'sample ratio'), '{nothing was drawn,nothing was drawn,nothing was drawn}', 'nothing was drawn');

-- bad input
-- a mean of an arm in which few had it: nobody who buys gains by being contacted
CREATE TABLE trial.buyers AS SELECT n AS id, n % 10 = 0 AS bought, true AS email FROM generate_series(1, 3000) AS n;
SELECT create_base('few', 'id int', 'UTC') \g /dev/null
CREATE OR REPLACE FUNCTION few.today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE RETURN (SELECT today FROM trial.day);
SELECT add_source('few', 'trial.buyers', $$'purchase'$$, $$date '2026-04-07'$$, '20', 'bought') \g /dev/null
SELECT set_population('few', 'trial.buyers', contactable => '{"email": "email"}') \g /dev/null
CALL refresh('few');
SELECT FROM add_score('few', 'heat', '{"visit": {"each": 1}}', cuts => '{1}') \g /dev/null
SELECT FROM plan_campaign('few', 'spring', 'heat', 'email', '{0.5,0.5}', cost => 0.5, days => 5) \g /dev/null
SELECT take_wave('few', 'spring', 1) \g /dev/null
UPDATE few.waves SET taken_on = '2026-04-05';
UPDATE few.spring SET arm = CASE WHEN id <= 4 THEN 'control' ELSE 'contact' END, share = 2996 / 3000.0;
SELECT results_eq($$SELECT verdict, low > cost, needed, recommendation LIKE '% costs 0.5: but fewer than ten of an arm had it, too few for that to be sure; keep testing at a tenth.'
                    FROM campaign_verdicts('few', 'spring') WHERE tier = 1$$, $$VALUES ('not yet known', true, NULL::bigint, true)$$, 'that four controls did not buy says nothing');
UPDATE few.spring SET arm = CASE WHEN id <= 4 THEN 'contact' ELSE 'control' END, share = 4 / 3000.0;
SELECT results_eq($$SELECT verdict, high < cost, needed FROM campaign_verdicts('few', 'spring') WHERE tier = 1$$, $$VALUES ('not yet known', true, NULL::bigint)$$, 'nor that four contacts did not');
UPDATE few.spring SET arm = CASE WHEN id <= 2000 AND id % 10 > 0 THEN 'control' ELSE 'contact' END, share = 1200 / 3000.0;
SELECT results_eq($$SELECT verdict FROM campaign_verdicts('few', 'spring') WHERE tier = 1$$, $$VALUES ('pays')$$, 'that none of 1,800 did is enough');
UPDATE few.spring SET arm = CASE WHEN id <= 2000 AND id % 10 > 0 THEN 'contact' ELSE 'control' END, share = 1800 / 3000.0;
SELECT results_eq($$SELECT verdict FROM campaign_verdicts('few', 'spring') WHERE tier = 1$$, $$VALUES ('does not pay')$$, 'either way');
SELECT drop_base('few') \g /dev/null

SELECT throws_ok($$SELECT campaign_verdicts('known', 'spring', 'two')$$, '22023', 'campaigns with different measures cannot be judged together', 'measures differ');
SELECT lives_ok($$SELECT campaign_results('known', 'spring', 'two')$$, 'they can be read together');
SELECT throws_ok($$SELECT campaign_results('known', 'summer')$$, '42704', 'base "known" has no campaign "summer"', 'no such campaign');
SELECT throws_ok($$SELECT campaign_results('known', 'spring', NULL)$$, '22004', 'a campaign must be named', 'which?');
SELECT throws_ok($$SELECT campaign_results('known', VARIADIC '{}')$$, '22004', 'a campaign must be named', 'none');
SELECT FROM add_score('known', 'cold', measure => '1', cuts => '{1}') \g /dev/null
SELECT FROM plan_campaign('known', 'other', 'cold', 'email', '{0.5,0.5}') \g /dev/null
SELECT take_wave('known', 'other', 1) \g /dev/null
SELECT throws_ok($$SELECT campaign_results('known', 'spring', 'other')$$, '22023', 'campaigns with different numbers of tiers cannot be read together', 'tiers differ');
SELECT FROM add_score('known', 'warm', measure => '1', cuts => '{1,2,3,4,5}') \g /dev/null
SELECT FROM plan_campaign('known', 'third', 'warm', 'email', NULL) \g /dev/null
SELECT take_wave('known', 'third', 1) \g /dev/null
SELECT throws_ok($$SELECT campaign_results('known', 'spring', 'third')$$, '22023', 'campaigns by different scores cannot be read together', 'scores differ');
SELECT is((SELECT contacts FROM campaign_results('known', 'other') WHERE tier = 1 AND what = 'bought' AND kind = 'rate'), 0::bigint, 'a tier with nobody in it');
SELECT set_outcomes('known', NULL) \g /dev/null
SELECT lives_ok($$SELECT campaign_results('known', 'spring')$$, 'the sources could tell');
DELETE FROM known.outcomes;
SELECT throws_ok($$SELECT campaign_results('known', 'spring')$$, '55000', 'nothing tells who has "bought", which campaign "spring" is judged by', 'nothing tells what happened');

SELECT drop_base('known') \g /dev/null
DROP SCHEMA trial, lib CASCADE;
SELECT * FROM finish();
