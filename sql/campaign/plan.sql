-- The plan of a campaign: who may be reached, and which of them a draw lets go
-- without, so that what the campaign does can be told from what would have
-- happened anyway.

-- a tier of a plan, or all of it
CREATE TYPE _scoring.plan_tier AS (
    tier integer,
    label text,
    customers bigint,
    eligible bigint,
    contact bigint,
    control bigint,
    left_out text,
    total_cost double precision,
    smallest_effect double precision
);
COMMENT ON TYPE _scoring.plan_tier IS
    'a tier as plan_campaign() shows it: customers, eligible, to be contacted, control, who is left out and why, cost, and the smallest effect that could be seen';

CREATE FUNCTION _scoring.plan_campaign(base text, campaign text, score text, channel text, shares numeric[], type text,
                              filter text, holdout numeric, budget numeric, at_most bigint,
                              salt text, cost numeric, waves bigint[], growth numeric,
                              starts_on date, days integer, measure text, worth numeric,
                              limits jsonb, preview boolean)
    RETURNS TABLE (tier integer, label text, customers bigint, eligible bigint, contact bigint, control bigint,
                   left_out text, total_cost double precision, smallest_effect double precision)
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record;
    t pg_catalog.record;
    today pg_catalog.date;
    result _scoring.plan_tier[];
BEGIN
    PERFORM _scoring.check_entered(base);
    IF num_nulls(campaign, score, channel, type, holdout, growth, days, measure, preview) > 0 THEN
        RAISE null_value_not_allowed USING MESSAGE = 'campaign, score, channel, type, holdout, growth, days, measure and preview must not be null';
    END IF;
    PERFORM lock_base(base);
    EXECUTE format('SELECT %I.today()', base) INTO today;
    starts_on := coalesce(starts_on, today);
    limits := coalesce(limits, '{}');
    salt := coalesce(salt, base || '.' || campaign);

    PERFORM check_campaign_name(base, campaign);
    s := tiered_score_of(base, score);
    PERFORM check_channel(base, channel);
    t := campaign_type_of(base, type);
    PERFORM report_measure(base, measure);
    PERFORM check_filter(base, filter);
    PERFORM check_campaign_numbers(holdout, budget, at_most, cost, starts_on, today, days, measure, worth, limits);
    IF t.exempt THEN
        IF num_nonnulls(shares, budget, at_most) > 0 OR holdout > 0 THEN
            RAISE invalid_parameter_value USING MESSAGE = format('campaigns of type "%s" go to everybody they may reach', type),
                DETAIL = 'The type is exempt: it has no shares, holdout, budget or at_most.',
                HINT = 'shares => NULL and nothing of the others, or another type.';
        END IF;
        shares := array_fill(1::numeric, ARRAY[s.tiers]);
    ELSE
        shares := (SELECT plan_shares(shares, s.tiers));     -- see check_campaigns()
    END IF;
    IF budget IS NOT NULL THEN
        at_most := least(at_most, div(budget, cost), 9223372036854775807);
    END IF;

    BEGIN
        EXECUTE format('INSERT INTO %I.campaigns (campaign, score, version, channel, type, shares, filter, holdout, budget, at_most, cost, salt,
                                                  planned_on, days, measure, worth, limits, tiers, labels)
                        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)', base)
            USING campaign, score, s.version, channel, type, shares, filter, holdout, budget, at_most, cost, salt,
                  today, days, measure, worth, limits, s.tiers, s.labels;
        PERFORM make_plan(base, campaign, wave_bounds(waves, growth));
        PERFORM make_waves(base, campaign, starts_on);
        PERFORM make_sends_view(base, campaign);
        EXECUTE format('INSERT INTO %I.campaign_log (campaign, what) VALUES ($1, ''planned'')', base) USING campaign;
        result := plan_summary(base, campaign);
        IF preview THEN
            RAISE SQLSTATE 'SCPRE';
        END IF;
    EXCEPTION WHEN SQLSTATE 'SCPRE' THEN
        NULL;                   -- all of it is undone but what was seen
    END;
    PERFORM report_plan(campaign, result, t.exempt);
    RETURN QUERY SELECT * FROM unnest(result);
END
$$;
COMMENT ON FUNCTION _scoring.plan_campaign(text, text, text, text, numeric[], text, text, numeric, numeric, bigint, text, numeric, bigint[], numeric, date, integer, text, numeric, jsonb, boolean) IS 'body of scoring.plan_campaign()';

-- ---------------------------------------------------------------------------
-- the plan

-- The keys of customers x of population_sql() in the types of the base, and what
-- is drawn for each: its key as text, or the text of the array of them.  A draw is
-- of what the base calls the customer, not of how a population writes it: 1.00 is 1.
CREATE FUNCTION _scoring.plan_key(of_base text, OUT columns text, OUT subject text)
    LANGUAGE plpgsql STABLE
AS $$
BEGIN
    EXECUTE format('SELECT string_agg(format(''x.%%1$I::%%2$s AS %%1$I'', c, t), '', '' ORDER BY n),
                           format(CASE count(*) WHEN 1 THEN ''%%s'' ELSE ''ARRAY[%%s]::text'' END,
                                  string_agg(format(CASE t WHEN ''numeric'' THEN ''trim_scale(x.%%I::%%s)::text'' ELSE ''x.%%I::%%s::text'' END, c, t),
                                             '', '' ORDER BY n))
                    FROM %I.base, unnest(key_columns, key_types) WITH ORDINALITY AS k (c, t, n)', of_base)
        INTO columns, subject;
END
$$;
COMMENT ON FUNCTION _scoring.plan_key(text) IS 'keys of customers and subjects of their draws, for a query';

-- Query for judged (<key>, score, tier, reason, free_on, draw): everybody whom the
-- base scores, the first reason that leaves them out, and the draw of the others.
-- Whoever the global holdout keeps is no control: no campaign has contacted them
-- since it began, so they are not what those contacted now would have been.
CREATE FUNCTION _scoring.judged_sql(of_base text, campaign text) RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    c pg_catalog.record := campaign_of(of_base, campaign);
    s pg_catalog.record := score_of(of_base, c.score);
    t pg_catalog.record := campaign_type_of(of_base, c.type);
    key pg_catalog.record := plan_key(of_base);
    today pg_catalog.text := format('%L::date', c.planned_on);
    p pg_catalog.record;
    held pg_catalog.record;
    reasons pg_catalog.text := format('WHEN NOT x.%I THEN %L', c.channel, 'no ' || c.channel);
    free_on pg_catalog.text := 'NULL::date';
BEGIN
    IF c.filter IS NOT NULL THEN
        reasons := reasons || ' WHEN x.scoring_part <> ''true'' THEN ''filter''';
    END IF;
    IF NOT t.exempt THEN
        reasons := reasons || format(' WHEN s.tier IS NULL THEN ''no tier'' WHEN s.tier < %s THEN ''tier''', t.lowest_tier);
        IF t.pressure IS NOT NULL THEN
            reasons := reasons || format(' WHEN %I.%I(x.timeline, %s) >= %L THEN ''pressure''', of_base, t.pressure || '_on', today, t.cap);
            p := score_of(of_base, t.pressure);
            free_on := format('CASE j.reason WHEN ''pressure'' THEN scoring.free_on(x.timeline, %L, %L, %s) END', p.grid, t.cap, today);
        END IF;
        EXECUTE format('SELECT share, salt FROM %I.holdouts WHERE since <= $1 ORDER BY since DESC LIMIT 1', of_base)
            INTO held USING c.planned_on;
        IF held.share IS NOT NULL THEN
            reasons := reasons || format(' WHEN scoring.draw(%s, %L) < %L THEN ''global holdout''', key.subject, held.salt, held.share);
        END IF;
    END IF;
    -- OFFSET 0: scores and reasons are worked out once, not for each column
    RETURN format($sql$
        SELECT %1$s, s.score, s.tier, j.reason, %2$s AS free_on, CASE WHEN j.reason IS NULL THEN scoring.draw(%3$s, %4$L) END AS draw
        FROM %5$s
        CROSS JOIN LATERAL (SELECT v.score, scoring.tier(v.score, %6$L) AS tier
                            FROM (SELECT %7$I.%8$I(x.timeline, %9$s) AS score OFFSET 0) AS v OFFSET 0) AS s
        CROSS JOIN LATERAL (SELECT CASE %10$s END AS reason OFFSET 0) AS j$sql$,
        key.columns, free_on, key.subject, c.salt, population_sql(of_base, E'(' || c.filter || E'\n) IS TRUE'),
        s.cuts, of_base, c.score || '_on', today, reasons);
END
$$;
COMMENT ON FUNCTION _scoring.judged_sql(text, text) IS
    'query that says who is eligible for a campaign, and why the others are not';

-- Nothing but the draw decides who of a tier is contacted.  Where not all who were
-- drawn can be, the hottest tiers come first, and of the tier in which the contacts
-- run out, those with the smallest draws: a smaller share of it, not its better
-- customers, so that its arms stay alike.
CREATE FUNCTION _scoring.make_plan(of_base text, campaign text, bounds bigint[]) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    c pg_catalog.record := campaign_of(of_base, campaign);
    t pg_catalog.record := campaign_type_of(of_base, c.type);
    plan pg_catalog.text := format('%I.%I', of_base, campaign);
    keys pg_catalog.text := key_list(of_base);
    wave pg_catalog.text := '1';
BEGIN
    IF bounds <> '{}' THEN
        -- By how many contacts come before: whoever is not contacted has the wave of
        -- the next one who is, or the last one.  Equals not by their draws: the contacts
        -- among them would all come first, and waves have one arm only.
        wave := format($sql$1 + least(
            width_bucket(count(*) FILTER (WHERE arm = 'contact') OVER (ORDER BY score DESC NULLS LAST, %1$s ROWS UNBOUNDED PRECEDING)
                         - (arm = 'contact')::integer, %2$L::bigint[]),
            (SELECT width_bucket(greatest(count(*), 1) - 1, %2$L::bigint[]) FROM armed WHERE arm = 'contact'))$sql$, keys, bounds);
    END IF;
    BEGIN
        PERFORM run(format($sql$
            CREATE TABLE %1$s AS
            WITH judged AS MATERIALIZED (%2$s),
            drawn AS (
                SELECT tier, count(*) AS eligible, ($1)[tier] AS share, count(*) FILTER (WHERE draw < ($1)[tier]) AS contacts
                FROM judged WHERE reason IS NULL GROUP BY tier),
            rooms AS (
                SELECT *, $2 - coalesce(sum(contacts) OVER (ORDER BY tier DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::bigint AS room
                FROM drawn),
            limits AS MATERIALIZED (
                SELECT tier, CASE WHEN room <= 0 THEN 0 WHEN room < contacts THEN room / eligible::double precision ELSE share END AS share,
                       CASE WHEN room <= 0 THEN 0
                            WHEN room < contacts THEN (SELECT j.draw FROM judged AS j WHERE j.reason IS NULL AND j.tier = r.tier
                                                       ORDER BY j.draw OFFSET r.room LIMIT 1)
                            ELSE share END AS below
                FROM rooms AS r),
            armed AS NOT MATERIALIZED (
                SELECT j.*, CASE WHEN j.reason IS NOT NULL THEN 'not eligible' WHEN %3$s THEN 'contact' ELSE 'control' END AS arm,
                       CASE WHEN j.reason IS NULL THEN %4$s END AS share
                FROM judged AS j LEFT JOIN limits AS l ON l.tier = j.tier)
            SELECT %5$s, score, tier, arm, reason, free_on, draw, share, CASE WHEN reason IS NULL THEN %6$s END AS wave FROM armed$sql$,
            plan, judged_sql(of_base, campaign), CASE WHEN t.exempt THEN 'true' ELSE 'j.draw < l.below' END,
            CASE WHEN t.exempt THEN '1::double precision' ELSE 'l.share' END, keys, wave),
            -- (1 - 0.184 is not 0.816 among floats)
            ARRAY(SELECT least(share, (1 - c.holdout::numeric)::double precision) FROM unnest(c.shares) WITH ORDINALITY AS s (share, tier) ORDER BY tier),
            c.at_most);
    EXCEPTION WHEN data_exception THEN
        RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = format('campaign "%s" cannot be planned: %s', campaign, SQLERRM),
            DETAIL = coalesce('The filter is: ' || c.filter, 'It has no filter.'),
            HINT = 'The filter, and what the population says of keys and channels, are worked out for every customer.';
    END;
    BEGIN
        EXECUTE format('ALTER TABLE %s ADD PRIMARY KEY (%s)', plan, keys);
    EXCEPTION WHEN unique_violation THEN
        RAISE unique_violation USING MESSAGE = format('the population of base "%s" has a customer more than once', of_base),
            HINT = 'It has one row for each customer: a table with a primary key, or a view with DISTINCT ON.';
    END;
    -- without statistics the planner thinks that a wave is a handful of customers
    EXECUTE format('ANALYZE %s', plan);
    EXECUTE format($sql$
        COMMENT ON TABLE %1$s IS %2$L;
        COMMENT ON COLUMN %1$s.score IS 'points on the day of the plan';
        COMMENT ON COLUMN %1$s.tier IS 'tier on that day';
        COMMENT ON COLUMN %1$s.arm IS 'contact; control: eligible and not drawn; not eligible';
        COMMENT ON COLUMN %1$s.reason IS %3$L;
        COMMENT ON COLUMN %1$s.free_on IS 'where it was pressure: the first day below the cap if nothing happens; NULL: not for three years';
        COMMENT ON COLUMN %1$s.draw IS 'draw(key, salt of the campaign) of who is eligible';
        COMMENT ON COLUMN %1$s.share IS 'how likely this customer was to be contacted; NULL: not eligible';
        COMMENT ON COLUMN %1$s.wave IS 'wave of the campaign; of control, the one that the score would have had'$sql$,
        plan, format('plan of campaign "%s" on %s by score "%s": everybody whom the base scores', campaign, c.planned_on, c.score),
        format('why not eligible, the first that holds: no %s, filter, no tier, tier, pressure, global holdout', c.channel));
END
$$;
COMMENT ON FUNCTION _scoring.make_plan(text, text, bigint[]) IS 'makes the table with the plan of a campaign';

CREATE FUNCTION _scoring.make_waves(of_base text, campaign text, starts_on date) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    n integer;
BEGIN
    EXECUTE format('WITH counted AS (SELECT wave, count(*) FILTER (WHERE arm = ''contact'') AS n FROM %1$I.%2$I WHERE wave IS NOT NULL GROUP BY wave)
                    INSERT INTO %1$I.waves (campaign, wave, due_on, contacts)
                    SELECT $1, wave, $2 + (wave - 1), n FROM counted
                    UNION ALL SELECT $1, 1, $2, 0 WHERE NOT EXISTS (SELECT FROM counted)', of_base, campaign)
        USING campaign, starts_on;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n > 1000 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'there must be at most 1000 waves',
            HINT = 'Make them larger, or let them grow: waves => ''{10000}'', growth => 2.';
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.make_waves(text, text, date) IS 'makes the waves of a plan';

-- ---------------------------------------------------------------------------
-- what is shown of it

-- The smallest effect that each tier could show, in money a contact, found in 8 of 10
-- campaigns, at a level that allows for the number of tiers.  What a tier does without
-- is taken from as many days before the plan, and from those of the eligible who were
-- in it when those days began: who is in a hot tier today has just bought, and by that
-- came there.  For all of them (tier NULL) the tiers that have both arms count, weighed
-- by their eligible customers, as in results; the arms are then as large as those of
-- which a plain mean is as precise.
CREATE FUNCTION _scoring.plan_effects(of_base text, campaign text) RETURNS TABLE (tier integer, effect double precision)
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    c pg_catalog.record := campaign_of(of_base, campaign);
    s pg_catalog.record := score_of(of_base, c.score);
    since pg_catalog.date := c.planned_on - c.days;
    rows pg_catalog.text := format('(SELECT %s, %L::date AS since, %L::date AS until FROM %I.%I AS p WHERE p.reason IS NULL)',
                        key_list(of_base, 'p.'), since, c.planned_on - 1, of_base, campaign);
BEGIN
    RETURN QUERY SELECT * FROM rows_of(format($sql$
        WITH done AS (
            SELECT scoring.tier(%6$I.%7$I(t.timeline, %8$L), %9$L) AS tier, count(d.count) / count(*)::double precision AS rate,
                   stddev_samp(coalesce(d.value::numeric, 0))::double precision AS sd
            FROM %1$I.%2$I AS p LEFT JOIN %1$I.timelines AS t ON %10$s LEFT JOIN (%3$s) AS d ON %4$s
            WHERE p.reason IS NULL GROUP BY 1),
        did AS (
            SELECT p.*, d.rate, d.sd
            FROM (SELECT p.tier, count(*) AS n, count(*) FILTER (WHERE p.arm = 'contact') AS n1, count(*) FILTER (WHERE p.arm = 'control') AS n2
                  FROM %1$I.%2$I AS p WHERE p.reason IS NULL GROUP BY p.tier) AS p
            JOIN done AS d USING (tier)),
        strata AS (
            SELECT *, n / sum(n) OVER ()::double precision AS weight FROM did WHERE n1 > 0 AND n2 > 0),
        sized AS (
            SELECT tier, n1, n2, rate, sd, $2 AS level FROM strata
            UNION ALL
            SELECT NULL, round(1 / sum(weight ^ 2 / n1)), round(1 / sum(weight ^ 2 / n2)), least(sum(weight * rate), 1),
                   sqrt(sum(weight ^ 2 * sd ^ 2 * (1.0 / n1 + 1.0 / n2)) / sum(weight ^ 2 / n1 + weight ^ 2 / n2)), 0.05
            FROM strata)
        SELECT tier, %5$s FROM sized WHERE (SELECT bool_or(rate > 0) FROM did)$sql$,
        of_base, campaign, outcomes_sql(of_base, rows, campaign, c.measure), key_equal(of_base, 'd.', 'p.'),
        CASE WHEN c.worth IS NULL THEN '(scoring.normal_quantile(1 - level / 2) + scoring.normal_quantile(0.8)) * nullif(sd, 0) * sqrt(1.0 / n1 + 1.0 / n2)'
             ELSE 'scoring.smallest_effect(rate, n1::bigint, n2::bigint, 0.8, level) * $1' END,
        of_base, c.score || '_on', since - 1, s.cuts, key_equal(of_base, 't.', 'p.')), c.worth, 0.05 / c.tiers)
        AS r (tier integer, effect double precision);
END
$$;
COMMENT ON FUNCTION _scoring.plan_effects(text, text) IS 'smallest effects that a plan could show';

-- tiers, the hottest first, and all of them
CREATE FUNCTION _scoring.plan_summary(of_base text, campaign text) RETURNS plan_tier[]
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    c pg_catalog.record := campaign_of(of_base, campaign);
    result _scoring.plan_tier[];
BEGIN
    EXECUTE format($sql$
        WITH counted AS MATERIALIZED (
            SELECT tier, arm, reason, count(*) AS n, min(free_on) AS free_on FROM %I.%I GROUP BY tier, arm, reason),
        shown AS (
            SELECT t.tier, coalesce(sum(n), 0)::bigint AS customers, coalesce(sum(n) FILTER (WHERE reason IS NULL), 0)::bigint AS eligible,
                   coalesce(sum(n) FILTER (WHERE arm = 'contact'), 0)::bigint AS contact, coalesce(sum(n) FILTER (WHERE arm = 'control'), 0)::bigint AS control
            FROM (SELECT generate_series(1, $1) AS tier UNION ALL SELECT NULL) AS t LEFT JOIN counted AS c ON c.tier = t.tier OR t.tier IS NULL
            GROUP BY t.tier)
        SELECT array_agg(ROW(tier, CASE WHEN tier IS NULL THEN 'all' ELSE ($2)[tier] END, customers, eligible, contact, control,
                             (SELECT string_agg(reason || ' ' || to_char(n, 'FM999,999,999,999,999') || coalesce(' (next free ' || free_on || ')', ''),
                                                ', ' ORDER BY n DESC, reason)
                              FROM (SELECT reason, sum(n) AS n, min(free_on) AS free_on FROM counted AS c
                                    WHERE reason IS NOT NULL AND (c.tier = shown.tier OR shown.tier IS NULL) GROUP BY reason) AS r),
                             contact * $3, e.effect)::_scoring.plan_tier ORDER BY tier DESC NULLS LAST)
        FROM shown LEFT JOIN _scoring.plan_effects($4, $5) AS e (effect_tier, effect) ON effect_tier IS NOT DISTINCT FROM tier$sql$, of_base, campaign)
        INTO result USING c.tiers, c.labels, c.cost, of_base, campaign;
    RETURN result;
END
$$;
COMMENT ON FUNCTION _scoring.plan_summary(text, text) IS 'the tiers of a plan';

CREATE FUNCTION _scoring.report_plan(campaign text, tiers plan_tier[], exempt boolean) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, _scoring, pg_temp
AS $$
DECLARE
    total _scoring.plan_tier := tiers[cardinality(tiers)];
    nobody pg_catalog.text := (SELECT string_agg(t.tier::text, ', ' ORDER BY t.tier) FROM unnest(tiers) AS t WHERE t.eligible = 0);
    uncontrolled pg_catalog.text := (SELECT string_agg(t.tier::text, ', ' ORDER BY t.tier) FROM unnest(tiers) AS t WHERE t.contact > 0 AND t.control = 0);
BEGIN
    IF total.eligible = 0 THEN
        RAISE WARNING 'campaign "%": nobody is eligible', campaign
            USING DETAIL = coalesce('Left out: ' || total.left_out || '.', 'There is nobody.');
        RETURN;
    END IF;
    IF total.contact = 0 THEN
        RAISE WARNING 'campaign "%": nobody is to be contacted', campaign
            USING HINT = 'Larger shares, or more budget.';
    END IF;
    IF nobody IS NOT NULL THEN
        RAISE NOTICE 'campaign "%": nobody of tier % is eligible', campaign, nobody;
    END IF;
    IF uncontrolled IS NOT NULL AND NOT exempt THEN
        RAISE NOTICE 'campaign "%": nobody of tier % is control', campaign, uncontrolled
            USING DETAIL = 'What it does there cannot be told from what would have happened anyway.',
                  HINT = 'holdout => 0.1 keeps a tenth out of each tier.';
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.report_plan(text, plan_tier[], boolean) IS
    'warns of a plan that nobody is eligible for, or that can tell nothing';
