-- Results of campaigns: by assignment, not by who was reached or who opened.

-- A campaign is over when the window of its last wave has closed: of those taken,
-- once it is stopped, else of those to come too.
CREATE FUNCTION _scoring.create_campaign_views(of_base text) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format($sql$
        CREATE VIEW %1$I.campaign_states AS
        SELECT c.campaign,
               CASE WHEN w.stopped THEN 'stopped' WHEN w.taken = 0 THEN 'planned' WHEN w.closes_on <= %1$I.today() THEN 'closed' ELSE 'running' END AS state,
               w.waves, w.taken, w.closes_on
        FROM %1$I.campaigns AS c
        CROSS JOIN LATERAL (
            SELECT coalesce((SELECT l.what FROM %1$I.campaign_log AS l WHERE l.campaign = c.campaign AND l.what IN ('stopped', 'resumed')
                             ORDER BY l.entry DESC LIMIT 1) = 'stopped', false) AS stopped) AS l
        CROSS JOIN LATERAL (
            SELECT count(*) AS waves, count(w.taken_on) AS taken, l.stopped AND count(*) > count(w.taken_on) AS stopped,
                   max(CASE WHEN w.taken_on IS NOT NULL THEN w.taken_on WHEN NOT l.stopped THEN greatest(w.due_on, %1$I.today()) END) + c.days AS closes_on
            FROM %1$I.waves AS w WHERE w.campaign = c.campaign) AS w;
        COMMENT ON VIEW %1$I.campaign_states IS 'how far each campaign is';
        COMMENT ON COLUMN %1$I.campaign_states.campaign IS 'its name';
        COMMENT ON COLUMN %1$I.campaign_states.state IS 'planned (no wave taken), running, stopped (with waves left), closed (every window has)';
        COMMENT ON COLUMN %1$I.campaign_states.waves IS 'waves it has';
        COMMENT ON COLUMN %1$I.campaign_states.taken IS 'those that were taken';
        COMMENT ON COLUMN %1$I.campaign_states.closes_on IS 'first day on which nothing more can count; waves to come are taken for sent when they are due; NULL: stopped before the first one';
        $sql$, of_base);
END
$$;
COMMENT ON FUNCTION _scoring.create_campaign_views(text) IS 'views of a new base''s campaigns';

-- The customers of a campaign's taken waves, eligible ones, with the days that
-- count for each.  Control customers have the wave that their score would have
-- had them in, so the windows of both arms begin on the same days.  (Written so
-- that the planner sees about how many they are, before anything was analyzed.)
CREATE FUNCTION _scoring.campaign_rows_sql(of_base text, campaign text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT
AS $$
DECLARE
    w pg_catalog.record;
BEGIN
    EXECUTE format('SELECT array_agg(w.wave ORDER BY w.wave) AS waves, array_agg(w.taken_on ORDER BY w.wave) AS since,
                           array_agg(least(w.taken_on + c.days - 1, %1$I.today()) ORDER BY w.wave) AS until
                    FROM %1$I.waves AS w JOIN %1$I.campaigns AS c ON c.campaign = w.campaign WHERE w.campaign = $1 AND w.taken_on IS NOT NULL', of_base)
        INTO w USING campaign;
    RETURN format('SELECT %1$s, p.tier, p.arm, p.share, w.since, w.until
                   FROM %2$I.%3$I AS p JOIN unnest(%4$L::integer[], %5$L::date[], %6$L::date[]) AS w (wave, since, until) ON w.wave = p.wave
                   WHERE p.arm <> ''not eligible''', key_list(of_base, 'p.'), of_base, campaign, w.waves, w.since, w.until);
END
$$;
COMMENT ON FUNCTION _scoring.campaign_rows_sql(text, text) IS
    'customers of a campaign whose wave is taken, and their windows, for a query';

-- Of each tier and arm how many customers there are (what is NULL), and of each
-- outcome how many had it, the sum of its values and of their squares.
CREATE FUNCTION _scoring.campaign_arms(of_base text, campaigns text[])
    RETURNS TABLE (campaign text, tier integer, arm text, what text, customers bigint, total numeric, squares numeric)
    LANGUAGE plpgsql STABLE ROWS 50
AS $$
DECLARE
    name pg_catalog.text;
    wrong pg_catalog.text;
BEGIN
    FOREACH name IN ARRAY campaigns LOOP
        FOR campaign, tier, arm, what, customers, total, squares IN SELECT * FROM rows_of(format($sql$
            WITH rows AS MATERIALIZED (%1$s), happened AS MATERIALIZED (%2$s)
            SELECT %3$L, r.tier, r.arm, NULL, count(*), NULL::numeric, NULL::numeric FROM rows AS r GROUP BY r.tier, r.arm
            UNION ALL
            SELECT %3$L, r.tier, r.arm, h.what, count(*), coalesce(sum(h.value), 0), coalesce(sum(h.value * h.value), 0)
            FROM rows AS r JOIN happened AS h ON %4$s GROUP BY r.tier, r.arm, h.what$sql$,
            campaign_rows_sql(of_base, name), outcomes_sql(of_base, 'rows', name), name, key_equal(of_base, 'r.', 'h.')))
            AS r (campaign text, tier integer, arm text, what text, customers bigint, total numeric, squares numeric)
        LOOP
            IF squares IN ('NaN', 'Infinity') THEN
                RAISE data_exception USING MESSAGE = format('"%s" has a value that is not finite', what);
            END IF;
            RETURN NEXT;
        END LOOP;
    END LOOP;
EXCEPTION WHEN data_exception THEN
    EXECUTE format('SELECT relation FROM %I.outcome_relation', of_base) INTO wrong;
    RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = format('outcomes of %s: %s', wrong, SQLERRM),
        HINT = format('Every row must give a key, a day and a value: leave others out in a view. SELECT * FROM %I.outcome_relation;', of_base);
END
$$;
COMMENT ON FUNCTION _scoring.campaign_arms(text, text[]) IS 'what the arms of campaigns did, by tier';

-- The campaigns to be read together, each once.
--
-- What may fail and gives an array is assigned by a subquery where it also takes
-- that array: x := (SELECT f(x)).  A PostgreSQL 18 that checks itself (built with
-- assertions) ends with x := f(x) when that has failed once in a transaction and
-- is run in it again.
CREATE FUNCTION _scoring.check_campaigns(of_base text, campaigns text[]) RETURNS text[]
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    c pg_catalog.record;
    s pg_catalog.record;
    name pg_catalog.text;
    told boolean;
BEGIN
    campaigns := ARRAY(SELECT u FROM unnest(campaigns) WITH ORDINALITY AS u (u, n) GROUP BY u ORDER BY min(n));
    IF cardinality(campaigns) = 0 OR array_position(campaigns, NULL) IS NOT NULL THEN
        RAISE null_value_not_allowed USING MESSAGE = 'a campaign must be named',
            HINT = format('SELECT campaign, state FROM %I.campaign_states;', of_base);
    END IF;
    FOREACH name IN ARRAY campaigns LOOP
        c := campaign_of(of_base, name);
        EXECUTE format('SELECT taken FROM %I.campaign_states WHERE campaign = $1', of_base) INTO s USING name;
        IF s.taken = 0 THEN
            RAISE object_not_in_prerequisite_state USING MESSAGE = format('no wave of campaign "%s" has been taken', name),
                DETAIL = 'Nothing that has happened can come from it.',
                HINT = format('SELECT take_wave(%L, %L, 1); takes the first one out for sending.', of_base, name);
        END IF;
        EXECUTE format('SELECT EXISTS (SELECT FROM %1$I.outcome_relation) OR EXISTS (SELECT FROM %1$I.outcomes WHERE what = $1)', of_base)
            INTO told USING c.measure;
        IF NOT told THEN
            RAISE object_not_in_prerequisite_state USING MESSAGE = format('nothing tells who has "%s", which campaign "%s" is judged by', c.measure, name),
                HINT = format('INSERT INTO %I.outcomes VALUES (%L, ...); names the touchpoint, set_outcomes() a relation.', of_base, c.measure);
        END IF;
    END LOOP;
    EXECUTE format('SELECT min(tiers) AS fewest, max(tiers) AS most FROM %I.campaigns WHERE campaign = ANY ($1)', of_base) INTO c USING campaigns;
    IF c.fewest <> c.most THEN
        RAISE invalid_parameter_value USING MESSAGE = 'campaigns with different numbers of tiers cannot be read together',
            DETAIL = format('They have from %s to %s.', c.fewest, c.most),
            HINT = 'Read each by itself: tier 3 of 3 is not tier 3 of 6.';
    END IF;
    EXECUTE format('SELECT string_agg(DISTINCT format(''"%%s"'', score), '', '' ORDER BY format(''"%%s"'', score)) AS scores, count(DISTINCT score) AS n
                    FROM %I.campaigns WHERE campaign = ANY ($1)', of_base) INTO c USING campaigns;
    IF c.n > 1 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'campaigns by different scores cannot be read together',
            DETAIL = format('They were planned by %s.', c.scores),
            HINT = 'Read each by itself: a tier of one score is not that of another.';
    END IF;
    RETURN campaigns;
END
$$;
COMMENT ON FUNCTION _scoring.check_campaigns(text, text[]) IS
    'campaigns of a base, each once; an error when they have no results or cannot be read together';

-- The strata of campaigns, campaign by tier, and what each gives of each outcome.
-- A stratum of which one arm is missing tells nothing of a difference.
CREATE FUNCTION _scoring.campaign_strata(of_base text, campaigns text[])
    RETURNS TABLE (campaign text, tier integer, label text, what text, kind text,
                   n1 bigint, n2 bigint, s1 bigint, s2 bigint, mean1 double precision, mean2 double precision,
                   sd1 double precision, sd2 double precision, cost double precision, worth double precision)
    LANGUAGE plpgsql STABLE ROWS 50
AS $$
BEGIN
    RETURN QUERY EXECUTE format($sql$
        WITH arms AS MATERIALIZED (SELECT * FROM _scoring.campaign_arms($1, $2)),
        -- kinds: how many customers have an outcome, and, where there are values, what the mean customer has
        kinds AS (
            SELECT w.what, k.kind
            FROM (SELECT a.what, bool_or(a.squares <> 0) AS valued FROM arms AS a WHERE a.what IS NOT NULL GROUP BY a.what
                  UNION SELECT c.measure, c.worth IS NULL FROM %1$I.campaigns AS c WHERE c.campaign = ANY ($2)) AS w
            CROSS JOIN LATERAL (SELECT 'rate' UNION ALL SELECT 'mean' WHERE w.valued) AS k (kind)
            GROUP BY w.what, k.kind),
        strata AS (
            SELECT c.*, t.tier, c.labels[t.tier] AS label,
                   coalesce(sum(a.customers) FILTER (WHERE a.arm = 'contact' AND a.what IS NULL), 0)::bigint AS n1,
                   coalesce(sum(a.customers) FILTER (WHERE a.arm = 'control' AND a.what IS NULL), 0)::bigint AS n2,
                   sum(a.customers) FILTER (WHERE a.arm = 'contact' AND a.what = 'sent') AS sent,
                   sum(a.total) FILTER (WHERE a.arm = 'contact' AND a.what = 'cost') AS spent
            FROM %1$I.campaigns AS c
            CROSS JOIN LATERAL (SELECT generate_series(1, c.tiers) UNION SELECT a.tier FROM arms AS a WHERE a.campaign = c.campaign) AS t (tier)
            LEFT JOIN arms AS a ON a.campaign = c.campaign AND a.tier IS NOT DISTINCT FROM t.tier
            WHERE c.campaign = ANY ($2)
            GROUP BY c.campaign, t.tier),
        -- what a campaign's contacts cost: what was told; else the cost of one for each that was sent, or, when nothing tells who was, assigned
        paid AS (
            SELECT s.*, CASE WHEN bool_or(s.spent <> 0) OVER w THEN coalesce(s.spent, 0)::float8
                             ELSE (s.cost::numeric * CASE WHEN bool_or(s.sent IS NOT NULL) OVER w THEN coalesce(s.sent, 0) ELSE s.n1 END)::float8 END AS paid
            FROM strata AS s WINDOW w AS (PARTITION BY s.campaign))
        SELECT s.campaign, s.tier, s.label, k.what, k.kind, s.n1, s.n2, x.did, y.did, x.mean, y.mean, x.sd, y.sd, s.paid,
               -- only the measure is money
               CASE WHEN k.what <> s.measure THEN NULL WHEN k.kind = 'mean' AND s.worth IS NULL THEN 1 WHEN k.kind = 'rate' THEN s.worth END
        FROM paid AS s CROSS JOIN kinds AS k
        CROSS JOIN LATERAL (%2$s) AS x CROSS JOIN LATERAL (%3$s) AS y$sql$,
        of_base, arm_sql('contact', 's.n1'), arm_sql('control', 's.n2'))
        USING of_base, campaigns;
END
$$;
COMMENT ON FUNCTION _scoring.campaign_strata(text, text[]) IS
    'what each outcome is in both arms of each tier of campaigns';

-- What an arm of n customers did: how many of them, and, zeros included, mean and
-- standard deviation; worked out in decimals, which no order of rows changes.
CREATE FUNCTION _scoring.arm_sql(arm text, n text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN format('SELECT coalesce(max(a.customers), 0) AS did,
                          (coalesce(max(a.total), 0) / nullif(%2$s, 0))::float8 AS mean,
                          sqrt((%2$s * coalesce(max(a.squares), 0) - coalesce(max(a.total), 0) * coalesce(max(a.total), 0)) / nullif(%2$s::numeric * (%2$s - 1), 0))::float8 AS sd
                   FROM arms AS a WHERE a.campaign = s.campaign AND a.tier IS NOT DISTINCT FROM s.tier AND a.arm = %1$L AND a.what = k.what', arm, n);
COMMENT ON FUNCTION _scoring.arm_sql(text, text) IS 'what an arm of a stratum did, for a query';

-- One stratum: the estimate of each arm and of their difference, as wilson(),
-- two_proportions() and two_means() give them, with the variance of the estimate
-- and, of means, its square over the degrees of freedom.
CREATE FUNCTION _scoring.stratum_estimates(kind text, n1 bigint, s1 bigint, mean1 double precision, sd1 double precision,
                                  n2 bigint, s2 bigint, mean2 double precision, sd2 double precision, confidence double precision)
    RETURNS TABLE (part text, estimate double precision, low double precision, high double precision,
                   statistic double precision, p_value double precision, variance double precision, fourth double precision)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 3
BEGIN ATOMIC
    SELECT a.part, a.s / nullif(a.n, 0)::float8, w.low, w.high, NULL::float8, NULL::float8, NULL::float8, NULL::float8
    FROM (VALUES ('contact', s1, n1), ('control', s2, n2)) AS a (part, s, n) CROSS JOIN LATERAL scoring.wilson(a.s, a.n, confidence) AS w
    WHERE kind = 'rate'
    UNION ALL
    SELECT 'difference', d.difference, d.low, d.high, d.z, d.p_value, p.rate * (1 - p.rate) * (1 / n1::float8 + 1 / n2::float8), NULL
    FROM scoring.two_proportions(s1, n1, s2, n2, confidence) AS d, (SELECT (s1 + s2) / (n1 + n2)::float8) AS p (rate)
    WHERE kind = 'rate' AND n1 > 0 AND n2 > 0
    UNION ALL
    SELECT a.part, a.mean, a.mean - h.half, a.mean + h.half, NULL, NULL, a.variance, a.variance ^ 2 / (a.n - 1)
    FROM (VALUES ('contact', n1, mean1, sd1 ^ 2 / n1), ('control', n2, mean2, sd2 ^ 2 / n2)) AS a (part, n, mean, variance)
    CROSS JOIN LATERAL (SELECT CASE WHEN a.variance > 0 THEN scoring.student_quantile(0.5 + confidence / 2, a.n - 1) * sqrt(a.variance) END) AS h (half)
    WHERE kind = 'mean' AND a.n > 0
    UNION ALL
    SELECT 'difference', d.difference, d.low, d.high, d.t, d.p_value, sd1 ^ 2 / n1 + sd2 ^ 2 / n2,
           (sd1 ^ 2 / n1) ^ 2 / (n1 - 1) + (sd2 ^ 2 / n2) ^ 2 / (n2 - 1)
    FROM scoring.two_means(mean1, coalesce(sd1, 0), n1, mean2, coalesce(sd2, 0), n2, confidence) AS d
    WHERE kind = 'mean' AND n1 > 0 AND n2 > 0;
END;
COMMENT ON FUNCTION _scoring.stratum_estimates(text, bigint, bigint, double precision, double precision, bigint, bigint, double precision, double precision, double precision) IS
    'rates or means of the two arms of a stratum, and their difference';

-- Results with intervals of any confidence.  A row of one stratum is what
-- stratum_estimates() says.  In a row of several, each weighs as all its eligible
-- customers do (the same as weights of 1 / share): both arms are brought to the same
-- mix of tiers, and the difference is one of like with like.
--
-- The limits of weighted rates are made of those of the strata: G. Y. Zou and
-- A. Donner, "Construction of confidence limits about effect measures" (2008), which
-- of one stratum is Newcombe's.  Means have Welch's interval, with the degrees of
-- freedom of F. E. Satterthwaite (1946) for the sum of all the variances.
CREATE FUNCTION _scoring.campaign_estimates(of_base text, campaigns text[], confidence double precision)
    RETURNS TABLE (tier integer, label text, what text, kind text, contacts bigint, contact double precision, contact_low double precision,
                   contact_high double precision, controls bigint, control double precision, control_low double precision, control_high double precision,
                   difference double precision, low double precision, high double precision, statistic double precision, p_value double precision,
                   incremental double precision, cost double precision, net double precision, roi double precision, unit_cost double precision)
    LANGUAGE sql STABLE ROWS 50
BEGIN ATOMIC
    -- a row for each tier and one for all: the strata with both arms count, and
    -- where none has, those with one, for what it is worth
    WITH judged AS (
        SELECT r.tier AS of_tier, s.*, s.n1 > 0 AND s.n2 > 0 AS whole,
               bool_or(s.n1 > 0 AND s.n2 > 0) OVER (PARTITION BY r.tier, s.what, s.kind) AS any_whole
        FROM campaign_strata($1, $2) AS s CROSS JOIN LATERAL (SELECT s.tier UNION SELECT NULL) AS r (tier)),
    strata AS MATERIALIZED (SELECT * FROM judged WHERE whole OR NOT any_whole ORDER BY of_tier, what, kind, campaign, tier),
    weighted AS (
        SELECT s.of_tier, s.what, s.kind, e.*, (s.n1 + s.n2) / sum(s.n1 + s.n2) OVER (PARTITION BY s.of_tier, s.what, s.kind, e.part)::float8 AS weight
        FROM strata AS s CROSS JOIN LATERAL stratum_estimates(s.kind, s.n1, s.s1, s.mean1, s.sd1, s.n2, s.s2, s.mean2, s.sd2, $3) AS e
        WHERE e.estimate IS NOT NULL),
    summed AS (
        SELECT of_tier, what, kind, part, count(*) AS strata, sum(weight * estimate) AS estimate,
               min(low) AS low, min(high) AS high, min(statistic) AS statistic, min(p_value) AS p_value,
               sqrt(sum((weight * (estimate - low)) ^ 2)) AS below, sqrt(sum((weight * (high - estimate)) ^ 2)) AS above,
               CASE WHEN count(variance) = count(*) THEN nullif(sqrt(sum(weight ^ 2 * variance)), 0) END AS error,
               greatest(sum(weight ^ 2 * variance) ^ 2 / nullif(sum(weight ^ 4 * fourth), 0), 1) AS df
        FROM weighted GROUP BY of_tier, what, kind, part),
    combined AS (
        SELECT s.of_tier, s.what, s.kind, s.part, s.estimate, c.*
        FROM summed AS s
        CROSS JOIN LATERAL (
            SELECT s.low, s.high, s.statistic, s.p_value WHERE s.strata = 1
            UNION ALL
            SELECT s.estimate - s.below, s.estimate + s.above, s.estimate / s.error, 2 * scoring.normal_tail(abs(s.estimate / s.error))
            WHERE s.strata > 1 AND s.kind = 'rate'
            UNION ALL
            SELECT s.estimate - t.half, s.estimate + t.half, s.estimate / s.error, 2 * scoring.student_tail(abs(s.estimate / s.error), s.df)
            FROM (SELECT scoring.student_quantile(0.5 + $3 / 2, s.df) * s.error AS half) AS t WHERE s.strata > 1 AND s.kind = 'mean')
            AS c (low, high, statistic, p_value)),
    -- What the contacts gained is added up stratum by stratum, so that the tiers add up
    -- to the whole: the difference is that of all who were eligible, and of those of a
    -- hot tier more were contacted.
    counts AS (
        SELECT s.of_tier, s.what, s.kind, min(s.label) FILTER (WHERE s.of_tier IS NOT NULL) AS label,
               sum(s.n1)::bigint AS contacts, sum(s.n2)::bigint AS controls,
               CASE WHEN bool_and(s.whole) THEN sum(d.effect * s.n1) END AS incremental,
               CASE WHEN bool_and(s.whole AND s.worth IS NOT NULL) THEN sum(d.effect * s.n1 * s.worth) END AS gain,
               CASE WHEN bool_and(s.cost IS NOT NULL) THEN sum(s.cost::numeric)::float8 END AS cost,
               -- that of one, weighed as the difference is, which it is held against
               CASE WHEN bool_and(s.cost IS NOT NULL)
                    THEN (sum(s.cost::numeric * (s.n1 + s.n2) / nullif(s.n1, 0)) / sum(s.n1 + s.n2) FILTER (WHERE s.n1 > 0))::float8 END AS unit_cost
        FROM strata AS s
        CROSS JOIN LATERAL (SELECT CASE s.kind WHEN 'rate' THEN s.s1 / nullif(s.n1, 0)::float8 - s.s2 / nullif(s.n2, 0)::float8
                                               ELSE s.mean1 - s.mean2 END AS effect) AS d
        GROUP BY s.of_tier, s.what, s.kind)
    SELECT n.of_tier, coalesce(n.label, CASE WHEN n.of_tier IS NULL THEN 'all' END), n.what, n.kind, n.contacts, x.estimate, x.low, x.high, n.controls, y.estimate, y.low, y.high,
           d.estimate, d.low, d.high, d.statistic, d.p_value, n.incremental, n.cost, n.gain - n.cost, (n.gain - n.cost) / nullif(n.cost, 0), n.unit_cost
    FROM counts AS n
    LEFT JOIN combined AS x ON (x.what, x.kind, x.part) = (n.what, n.kind, 'contact') AND x.of_tier IS NOT DISTINCT FROM n.of_tier
    LEFT JOIN combined AS y ON (y.what, y.kind, y.part) = (n.what, n.kind, 'control') AND y.of_tier IS NOT DISTINCT FROM n.of_tier
    LEFT JOIN combined AS d ON (d.what, d.kind, d.part) = (n.what, n.kind, 'difference') AND d.of_tier IS NOT DISTINCT FROM n.of_tier;
END;
COMMENT ON FUNCTION _scoring.campaign_estimates(text, text[], double precision) IS
    'results of campaigns with intervals of any confidence';

CREATE FUNCTION _scoring.campaign_results(base text, VARIADIC campaigns text[])
    RETURNS TABLE (tier integer, label text, what text, kind text, contacts bigint, contact double precision, contact_low double precision,
                   contact_high double precision, controls bigint, control double precision, control_low double precision, control_high double precision,
                   difference double precision, low double precision, high double precision, statistic double precision, p_value double precision,
                   incremental double precision, cost double precision, net double precision, roi double precision)
    LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM _scoring.check_entered(base);
    campaigns := (SELECT check_campaigns(base, campaigns));
    PERFORM warn_of_sample_ratio(base, campaigns);
    PERFORM warn_of_old_data(base, campaigns);
    RETURN QUERY
        SELECT e.tier, e.label, e.what, e.kind, e.contacts, e.contact, e.contact_low, e.contact_high, e.controls, e.control, e.control_low, e.control_high,
               e.difference, e.low, e.high, e.statistic, e.p_value, e.incremental, e.cost, e.net, e.roi
        FROM campaign_estimates(base, campaigns, 0.95) AS e ORDER BY e.tier DESC NULLS LAST, e.what COLLATE "C", e.kind DESC;
END
$$;
COMMENT ON FUNCTION _scoring.campaign_results(text, text[]) IS 'body of scoring.campaign_results()';

-- ---------------------------------------------------------------------------
-- what to look at first

-- Contacts and controls analysed, of each tier and of all, against the shares they
-- were drawn with: (observed - expected)^2 over the variance that draws of these shares
-- have is chi-square of one degree; of one tier, Pearson's of its two arms.
CREATE FUNCTION _scoring.campaign_ratios(of_base text, campaigns text[])
    RETURNS TABLE (campaign text, tier integer, contacts bigint, controls bigint, expected double precision, p_value double precision)
    LANGUAGE plpgsql STABLE ROWS 10
AS $$
DECLARE
    name pg_catalog.text;
BEGIN
    FOREACH name IN ARRAY campaigns LOOP
        RETURN QUERY EXECUTE format($sql$
            SELECT %2$L, r.tier, r.n1, r.n - r.n1, r.expected::float8,
                   CASE WHEN r.variance > 0 THEN 2 * scoring.normal_tail((abs(r.n1 - r.expected) / sqrt(r.variance))::float8)
                        WHEN r.n1 <> r.expected THEN 0 END
            FROM (SELECT s.tier, coalesce(sum(s.n1), 0)::bigint AS n1, coalesce(sum(s.n), 0)::bigint AS n,
                         sum(s.n * s.share::numeric) AS expected, sum(s.n * s.share::numeric * (1 - s.share::numeric)) AS variance
                  FROM (SELECT r.tier, r.share, count(*) FILTER (WHERE r.arm = 'contact') AS n1, count(*) AS n FROM (%1$s) AS r GROUP BY r.tier, r.share) AS s
                  GROUP BY GROUPING SETS ((s.tier), ())
                  HAVING s.tier IS NOT NULL OR grouping(s.tier) = 1) AS r$sql$, campaign_rows_sql(of_base, name), name);
    END LOOP;
END
$$;
COMMENT ON FUNCTION _scoring.campaign_ratios(text, text[]) IS 'sample-ratio check of campaigns, by tier and in all (tier NULL)';

CREATE FUNCTION _scoring.warn_of_sample_ratio(of_base text, campaigns text[]) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    r pg_catalog.record;
BEGIN
    FOR r IN SELECT DISTINCT ON (q.campaign) * FROM campaign_ratios(of_base, campaigns) AS q WHERE q.p_value < 0.001 ORDER BY q.campaign, q.p_value LOOP
        RAISE WARNING 'the arms of campaign "%" are not as they were drawn: do not trust its results', r.campaign
            USING DETAIL = format('%s: %s contacts and %s controls, expected %s and %s; by chance with p =%s.', coalesce('Tier ' || r.tier, 'In all'),
                                  r.contacts, r.controls, round(r.expected), round(r.contacts + r.controls - r.expected), to_char(r.p_value, '9.9EEEE')),
                  HINT = format('Customers were lost from one arm, or added to one. SELECT * FROM campaign_checks(%L, %L);', of_base, r.campaign);
    END LOOP;
END
$$;
COMMENT ON FUNCTION _scoring.warn_of_sample_ratio(text, text[]) IS 'warns of campaigns whose arms are not as they were drawn';

-- What the sources tell is known up to the last refresh.
CREATE FUNCTION _scoring.warn_of_old_data(of_base text, campaigns text[]) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    known_on pg_catalog.date;
BEGIN
    EXECUTE format('SELECT b.snapshot_on FROM %1$I.base AS b
                    WHERE b.snapshot_on < (SELECT least(max(s.closes_on), %1$I.today()) FROM %1$I.campaign_states AS s WHERE s.campaign = ANY ($1))
                      AND EXISTS (SELECT FROM %1$I.outcomes AS o JOIN %1$I.campaigns AS c ON c.measure = o.what JOIN %1$I.timelines AS t
                                  ON scoring.last_on(t.timeline, o.touchpoint) IS NOT NULL WHERE c.campaign = ANY ($1))', of_base)
        INTO known_on USING campaigns;
    IF known_on IS NOT NULL THEN
        RAISE WARNING 'base "%" was last refreshed on %: what happened since is missing in these results', of_base, known_on
            USING HINT = format('CALL refresh(%L); and ask again.', of_base);
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.warn_of_old_data(text, text[]) IS 'warns of results that a refresh would change';

CREATE FUNCTION _scoring.campaign_checks(base text, VARIADIC campaigns text[])
    RETURNS TABLE (campaign text, what text, tier integer, customers bigint, expected double precision, p_value double precision, verdict text)
    LANGUAGE plpgsql
AS $$
DECLARE
    name pg_catalog.text;
BEGIN
    PERFORM _scoring.check_entered(base);
    campaigns := (SELECT check_campaigns(base, campaigns));
    FOREACH name IN ARRAY campaigns LOOP
        RETURN QUERY EXECUTE format($sql$
            WITH arms AS MATERIALIZED (SELECT * FROM _scoring.campaign_arms($1, ARRAY[$2])),
            ratios AS MATERIALIZED (SELECT * FROM _scoring.campaign_ratios($1, ARRAY[$2])),
            checks AS (
                SELECT 1 AS n, 'assigned and never sent' AS what, NULL::integer AS tier,
                       CASE WHEN s.told THEN coalesce(sum(a.customers) FILTER (WHERE a.arm = 'contact' AND a.what IS NULL), 0)
                                             - coalesce(sum(a.customers) FILTER (WHERE a.arm = 'contact' AND a.what = 'sent'), 0) END AS customers,
                       NULL::float8 AS expected, NULL::float8 AS p_value, 'results are by assignment: they count as contacts' AS verdict
                FROM arms AS a, (SELECT coalesce(bool_or(what = 'sent'), false) AS told FROM arms) AS s GROUP BY s.told
                UNION ALL
                SELECT 2, 'control and yet sent', NULL,
                       CASE WHEN s.told THEN coalesce(sum(a.customers) FILTER (WHERE a.arm = 'control' AND a.what = 'sent'), 0) END,
                       NULL, NULL, 'results are by assignment: they count as control, and hide a part of the effect'
                FROM arms AS a, (SELECT coalesce(bool_or(what = 'sent'), false) AS told FROM arms) AS s GROUP BY s.told
                UNION ALL
                SELECT 3, 'sample ratio', r.tier, r.contacts, r.expected, r.p_value,
                       CASE WHEN r.p_value < 0.001 THEN 'alarm: the arms are not as they were drawn, do not trust the results'
                            WHEN r.p_value IS NULL THEN 'nothing was drawn' ELSE 'ok' END
                FROM ratios AS r
                UNION ALL
                SELECT 4, 'tier of one arm', r.tier, r.contacts + r.controls, NULL, NULL,
                       CASE WHEN r.controls = 0 THEN 'no control: left out of differences' ELSE 'no contacts: left out of differences' END
                FROM ratios AS r WHERE r.tier IS NOT NULL AND (r.contacts = 0) <> (r.controls = 0)
                UNION ALL
                SELECT 5, 'wave not sent', NULL, count(*), NULL, NULL,
                       format('left out of both arms: of wave %%s', string_agg(DISTINCT w.wave::text, ', ' ORDER BY w.wave::text))
                FROM %1$I.%2$I AS p JOIN %1$I.waves AS w ON w.campaign = $2 AND w.wave = p.wave AND w.taken_on IS NULL
                WHERE p.arm <> 'not eligible'
                UNION ALL
                SELECT 6, format('has "%%s"', c.measure), NULL,
                       coalesce(sum(a.customers) FILTER (WHERE a.what = c.measure), 0), NULL, NULL,
                       coalesce('nobody of either arm; they have ' || string_agg(DISTINCT a.what, ', ' ORDER BY a.what), 'nobody has anything in the window')
                FROM %1$I.campaigns AS c LEFT JOIN arms AS a ON true WHERE c.campaign = $2 GROUP BY c.measure
                UNION ALL
                SELECT 7, 'window open', NULL, count(*), NULL, NULL,
                       format('no verdict before %%s', (SELECT s.closes_on FROM %1$I.campaign_states AS s WHERE s.campaign = $2))
                FROM (%3$s) AS r JOIN %1$I.campaigns AS c ON c.campaign = $2 WHERE r.since + c.days > %1$I.today())
            SELECT $2, c.what, c.tier, c.customers::bigint, c.expected, c.p_value,
                   CASE WHEN c.n IN (1, 2) AND c.customers IS NULL THEN 'not known: nothing tells who was "sent"'
                        WHEN (c.customers = 0) = (c.n <> 6) AND c.n NOT IN (3, 4) THEN 'ok' ELSE c.verdict END
            FROM checks AS c ORDER BY c.n, c.tier DESC NULLS LAST$sql$,
            base, name, campaign_rows_sql(base, name)) USING base, name;
    END LOOP;
END
$$;
COMMENT ON FUNCTION _scoring.campaign_checks(text, text[]) IS 'body of scoring.campaign_checks()';
