-- Two mailings and a control, published by K. Hillstrom in 2008: 64,000 customers,
-- drawn by thirds.  What others have worked out of them, in all; then the same by
-- tiers of what they had spent in the year before.
--
-- The data is not part of this project: it is read from ../shared/data, or
-- from where SCORING_DATA says, and the test is skipped when it is not there.
\set QUIET on
\getenv data SCORING_DATA
\if :{?data}
\else
    \set data ../shared/data
\endif
\setenv SCORING_DATA :data
\set there `test -r "$SCORING_DATA/hillstrom/hillstrom.csv" -a -r "$SCORING_DATA/hillstrom/ref_open/own_overall_vs_control.csv" && echo on || echo off`
\if :there
\else
    \echo '1..0 # SKIP no data: neither SCORING_DATA nor ../shared/data has hillstrom'
    \quit
\endif
\ir lib/base.sql
\cd :data

SELECT plan(36);

CREATE SCHEMA real;
CREATE TABLE real.customers (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, recency int, history_segment text, history numeric, mens int, womens int, zip_code text, newbie int,
    channel text, segment text, visit int, conversion int, spend numeric);
\copy real.customers (recency, history_segment, history, mens, womens, zip_code, newbie, channel, segment, visit, conversion, spend) FROM 'hillstrom/hillstrom.csv' (FORMAT csv, HEADER)
CREATE TABLE real.reference (
    scope text, level text, contrast text, metric text, n_t int, n_c int, x_t float8, x_c float8, rate_t float8, rate_c float8, abs_uplift float8, rel_uplift float8,
    se_pooled float8, z_pooled float8, p_pooled float8, se_unpooled float8, z_unpooled float8, p_unpooled float8, ci_lo float8, ci_hi float8, mean_t float8, mean_c float8,
    sd_t float8, sd_c float8, se float8, t float8, df float8, p_t float8, p_z float8, incremental_total float8, p_main float8, p_holm float8, p_bh float8);
\copy real.reference FROM 'hillstrom/ref_open/own_overall_vs_control.csv' (FORMAT csv, HEADER)
CREATE TABLE real.published (source text, contrast text, metric text, n_t text, n_c text, mean_t float8, mean_c float8, abs_effect float8, ci_low float8, ci_high float8, p float8, method text);
\copy real.published FROM 'hillstrom/ref_open/published_tables.csv' (FORMAT csv, HEADER)
CREATE FUNCTION lib.near(a float8, b float8, within float8 DEFAULT 1e-9) RETURNS boolean LANGUAGE sql AS $$ SELECT a = b OR abs(a - b) <= within * abs(b) $$;

-- The mailings went out on a day of March 2008, it is said; what was spent in the
-- year before is one purchase on its latest day.
SELECT create_base('real_mail', 'id int', 'America/Los_Angeles') \g /dev/null
CREATE TABLE real.day AS SELECT date '2008-03-01' AS today;
CREATE OR REPLACE FUNCTION real_mail.today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE RETURN (SELECT today FROM real.day);
CREATE VIEW real.purchases AS SELECT id, (date '2008-03-01' - recency * interval '1 month')::date AS day, history FROM real.customers;
SELECT add_source('real_mail', 'real.purchases', $$'purchase'$$, 'day', 'history', watch => '{"real.customers": "id"}') \g /dev/null
SELECT set_population('real_mail', 'real.customers', contactable => '{"email": "true"}') \g /dev/null
CALL refresh('real_mail');
CREATE VIEW real.answers AS
SELECT id, date '2008-03-10' AS at, o.what, o.value FROM real.customers
CROSS JOIN LATERAL (VALUES ('visit', NULL, visit = 1), ('conversion', NULL, conversion = 1), ('spend', spend, spend > 0)) AS o (what, value, happened) WHERE happened;
SELECT set_outcomes('real_mail', 'real.answers', campaign => NULL, value => 'value') \g /dev/null

-- the draw that was made in 2008 put in place of ours, as the owner of the plan may
CREATE FUNCTION real.campaign(name text, score text, tiers int, contacted text[], drawn float8) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM plan_campaign('real_mail', name, score, 'email', array_fill(0.5, ARRAY[tiers]), cost => 0.2, measure => 'spend', days => 14);
    EXECUTE format('UPDATE real_mail.%I AS p SET share = $2, arm = CASE WHEN segment = ANY ($1) THEN ''contact'' WHEN segment = ''No E-Mail'' THEN ''control'' ELSE ''not eligible'' END
                    FROM real.customers AS c WHERE c.id = p.id', name) USING contacted, drawn;
    PERFORM take_wave('real_mail', name, 1);
END
$$;

-- ---------------------------------------------------------------------------
-- in all

SELECT FROM add_score('real_mail', 'everybody', measure => '1', cuts => '{1}', labels => '{nobody,everybody}') \g /dev/null
SELECT real.campaign('mens_vs_none', 'everybody', 2, '{Mens E-Mail}', 0.5) \g /dev/null
SELECT real.campaign('womens_vs_none', 'everybody', 2, '{Womens E-Mail}', 0.5) \g /dev/null
UPDATE real.day SET today = '2008-03-15';
CREATE TABLE real.results AS
SELECT c.contrast, r.* FROM (VALUES ('mens_vs_none'), ('womens_vs_none')) AS c (contrast) CROSS JOIN LATERAL campaign_results('real_mail', c.contrast) AS r WHERE r.tier IS NULL;

SELECT is((SELECT count(*)::int FROM real.reference WHERE scope = 'all'), 6, 'a reference for three outcomes of two mailings');
SELECT ok(r.contacts = f.n_t AND r.controls = f.n_c AND lib.near(r.contact, f.rate_t) AND lib.near(r.control, f.rate_c) AND lib.near(r.difference, f.abs_uplift),
          format('%s, %s: rates and difference', r.contrast, r.what))
FROM real.results AS r JOIN real.reference AS f ON f.contrast = r.contrast AND f.metric = r.what WHERE r.kind = 'rate' AND r.what <> 'spend' ORDER BY r.contrast, r.what;
SELECT ok(lib.near(r.statistic, f.z_pooled) AND lib.near(r.p_value, f.p_pooled), format('%s, %s: z and p', r.contrast, r.what))
FROM real.results AS r JOIN real.reference AS f ON f.contrast = r.contrast AND f.metric = r.what WHERE r.kind = 'rate' AND r.what <> 'spend' ORDER BY r.contrast, r.what;
-- their interval is Wald's, ours Newcombe's: of so many customers, close together
SELECT ok(abs(r.low - f.ci_lo) < 0.01 * (f.ci_hi - f.ci_lo) AND abs(r.high - f.ci_hi) < 0.01 * (f.ci_hi - f.ci_lo), format('%s, %s: interval', r.contrast, r.what))
FROM real.results AS r JOIN real.reference AS f ON f.contrast = r.contrast AND f.metric = r.what WHERE r.kind = 'rate' AND r.what <> 'spend' ORDER BY r.contrast, r.what;
SELECT ok(lib.near(r.contact, f.mean_t) AND lib.near(r.control, f.mean_c) AND lib.near(r.difference, f.abs_uplift) AND lib.near(r.low, f.ci_lo) AND lib.near(r.high, f.ci_hi)
          AND lib.near(r.statistic, f.t) AND lib.near(r.p_value, f.p_t) AND lib.near(r.incremental, f.incremental_total), format('%s, spend: all of Welch', r.contrast))
FROM real.results AS r JOIN real.reference AS f ON f.contrast = r.contrast AND f.metric = r.what WHERE r.kind = 'mean' ORDER BY r.contrast;
SELECT ok(lib.near(r.difference, f.abs_effect) AND lib.near(r.p_value, f.p) AND (f.metric <> 'spend' OR lib.near(r.low, f.ci_low) AND lib.near(r.high, f.ci_high)),
          format('%s, %s: as published', r.contrast, r.what))
FROM real.results AS r JOIN real.published AS f ON f.contrast = r.contrast AND f.metric = r.what AND f.method <> 'bootstrap CI'
WHERE r.kind = CASE r.what WHEN 'spend' THEN 'mean' ELSE 'rate' END ORDER BY r.contrast, r.what;
SELECT ok(lib.near(statistic, abs_effect) AND lib.near(p_value, p), 'the sample ratio of the three, as published')
FROM real.published, chi_square('{21307,21306,21387}', '{1,1,1}') WHERE metric = 'srm';
SELECT is((SELECT array_agg(verdict ORDER BY tier NULLS FIRST) FROM campaign_checks('real_mail', 'mens_vs_none') WHERE what = 'sample ratio'), '{ok,ok}', 'and of two of them');

-- ---------------------------------------------------------------------------
-- by tiers of what was spent in the year before: five of equal population

SELECT FROM add_score('real_mail', 'spent', measure => $$value_of(timeline, 'purchase')$$, method => 'quantile', tiers => 5) \g /dev/null
UPDATE real.day SET today = '2008-03-01';
SELECT real.campaign('mens', 'spent', 5, '{Mens E-Mail}', 0.5) \g /dev/null
SELECT real.campaign('womens', 'spent', 5, '{Womens E-Mail}', 0.5) \g /dev/null
SELECT real.campaign('both', 'spent', 5, '{Mens E-Mail,Womens E-Mail}', 2 / 3.0) \g /dev/null
SELECT is((SELECT count(*)::int FROM campaign_verdicts('real_mail', 'both') WHERE verdict = 'not closed' AND low IS NULL), 5, 'no verdict on the day of the mailing');
UPDATE real.day SET today = '2008-03-15';
CREATE VIEW real.strata AS
SELECT n.name, 1 + width_bucket(history::float8, s.cuts) AS tier, count(*) FILTER (WHERE contacted) AS n1, count(*) FILTER (WHERE NOT contacted) AS n2,
       sum(visit) FILTER (WHERE contacted) AS v1, sum(visit) FILTER (WHERE NOT contacted) AS v2,
       avg(spend) FILTER (WHERE contacted)::float8 AS m1, avg(spend) FILTER (WHERE NOT contacted)::float8 AS m2,
       stddev_samp(spend) FILTER (WHERE contacted)::float8 AS sd1, stddev_samp(spend) FILTER (WHERE NOT contacted)::float8 AS sd2
FROM real.customers CROSS JOIN real_mail.scores AS s
CROSS JOIN (VALUES ('mens', '{Mens E-Mail,No E-Mail}'::text[]), ('womens', '{Womens E-Mail,No E-Mail}'), ('both', '{Mens E-Mail,Womens E-Mail,No E-Mail}')) AS n (name, segments)
CROSS JOIN LATERAL (SELECT segment <> 'No E-Mail' AS contacted) AS a
WHERE s.name = 'spent' AND segment = ANY (n.segments) GROUP BY 1, 2;
SELECT results_eq(format('SELECT tier, contacts, controls, difference, low, high, statistic, p_value FROM campaign_results(''real_mail'', %L) WHERE tier IS NOT NULL AND what = ''visit'' AND kind = ''rate'' ORDER BY 1', name),
    format('SELECT tier, n1, n2, d.* FROM real.strata CROSS JOIN LATERAL two_proportions(v1, n1, v2, n2) AS d WHERE name = %L ORDER BY 1', name), 'visits by tier: ' || name)
FROM unnest('{mens,womens,both}'::text[]) AS name;
SELECT results_eq(format('SELECT tier, contacts, controls, difference, low, high, statistic, p_value FROM campaign_results(''real_mail'', %L) WHERE tier IS NOT NULL AND what = ''spend'' AND kind = ''mean'' ORDER BY 1', name),
    format('SELECT tier, n1, n2, d.* FROM real.strata CROSS JOIN LATERAL two_means(m1, sd1, n1, m2, sd2, n2) AS d WHERE name = %L ORDER BY 1', name), 'spend by tier: ' || name)
FROM unnest('{mens,womens,both}'::text[]) AS name;
-- drawn alike in all tiers, the whole is about that without tiers
SELECT ok(lib.near(r.difference, f.abs_uplift, 0.02) AND lib.near(r.high - r.low, f.ci_hi - f.ci_lo, 0.02), 'the whole of the tiers: ' || f.contrast)
FROM real.reference AS f CROSS JOIN LATERAL campaign_results('real_mail', split_part(f.contrast, '_', 1)) AS r
WHERE f.metric = 'spend' AND r.tier IS NULL AND r.what = 'spend' AND r.kind = 'mean' ORDER BY f.contrast;

-- verdicts at 99 %, a mail at 20 cents: by hand from the limits of plain SQL
SELECT results_eq(format('SELECT tier, verdict, low, high FROM campaign_verdicts(''real_mail'', %L) ORDER BY 1', name), format($$
    SELECT tier, CASE WHEN d.low > 0.2 THEN 'pays' WHEN d.high < 0.2 THEN 'does not pay' ELSE 'not yet known' END, d.low, d.high
    FROM real.strata CROSS JOIN LATERAL two_means(m1, sd1, n1, m2, sd2, n2, 1 - 0.05 / 5) AS d WHERE name = %L ORDER BY 1$$, name), 'verdicts: ' || name)
FROM unnest('{mens,womens,both}'::text[]) AS name;
-- kept, worked out a second time in Python (with normal quantiles, for how many more are needed)
CREATE TABLE real.kept (name text, tier int, effect numeric, verdict text, needed float8);
INSERT INTO real.kept VALUES
    ('mens', 5, 1.3495, 'pays', NULL), ('mens', 4, 0.6955, 'not yet known', 17286), ('mens', 3, 0.6471, 'not yet known', 11339), ('mens', 2, 0.4826, 'not yet known', 26317),
    ('mens', 1, 0.6719, 'not yet known', 12884),
    ('womens', 5, 0.9396, 'not yet known', 5196), ('womens', 4, -0.5751, 'does not pay', NULL), ('womens', 3, 0.5993, 'not yet known', 11277), ('womens', 2, 0.3289, 'not yet known', 97843),
    ('womens', 1, 0.8280, 'not yet known', 7285),
    ('both', 5, 1.1434, 'pays', NULL), ('both', 4, 0.0569, 'not yet known', 150339), ('both', 3, 0.6229, 'not yet known', 9029), ('both', 2, 0.4058, 'not yet known', 43345),
    ('both', 1, 0.7489, 'not yet known', 7674);
SELECT is_empty($$SELECT * FROM real.kept AS k LEFT JOIN LATERAL (SELECT * FROM campaign_verdicts('real_mail', k.name) AS v WHERE v.tier = k.tier) AS v ON true
    WHERE (round(v.effect::numeric, 4) = k.effect AND v.verdict = k.verdict AND v.cost = 0.2 AND coalesce(lib.near(v.needed, k.needed, 0.002), num_nonnulls(v.needed, k.needed) = 0)) IS NOT TRUE$$,
    'and kept: the hottest tier pays, the next one does not by the womens'' mailing');

DROP VIEW real.strata;
SELECT drop_base('real_mail') \g /dev/null
DROP SCHEMA real, lib CASCADE;
SELECT * FROM finish();
