-- What plan_campaign() is given: each of its arguments checked, and made whole

CREATE FUNCTION _scoring.check_campaign_name(of_base text, campaign text) RETURNS void
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    planned pg_catalog.date;
BEGIN
    EXECUTE format('SELECT planned_on FROM %I.campaigns WHERE campaign = $1', of_base) INTO planned USING campaign;
    IF planned IS NOT NULL THEN
        RAISE duplicate_object USING MESSAGE = format('campaign "%s" is planned already', campaign),
            DETAIL = format('It was planned on %s.', planned),
            HINT = format('SELECT drop_campaign(%L, %L); drops it with all that was recorded of it.', of_base, campaign);
    END IF;
    PERFORM check_score_name(of_base, campaign);
END
$$;
COMMENT ON FUNCTION _scoring.check_campaign_name(text, text) IS 'an error when a campaign cannot have that name';

CREATE FUNCTION _scoring.check_channel(of_base text, channel text) RETURNS void
    LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF channel <> ALL (channels(of_base)) THEN
        RAISE undefined_object USING MESSAGE = format('base "%s" has no channel "%s"', of_base, channel),
            HINT = coalesce('It has: ' || nullif(array_to_string(channels(of_base), ', '), '') || '.',
                            format('SELECT set_population(%L, ..., contactable => ''{"email": "email_optin"}'');', of_base));
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.check_channel(text, text) IS 'an error when a base has no such channel';

CREATE FUNCTION _scoring.campaign_type_of(of_base text, type text) RETURNS record
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    t pg_catalog.record;
    names pg_catalog.text;
BEGIN
    EXECUTE format('SELECT * FROM %I.campaign_types WHERE type = $1', of_base) INTO t USING type;
    IF t.type IS NULL THEN
        EXECUTE format('SELECT string_agg(type, '', '' ORDER BY type) FROM %I.campaign_types', of_base) INTO names;
        RAISE undefined_object USING MESSAGE = format('base "%s" has no campaign type "%s"', of_base, type),
            HINT = coalesce('It has: ' || names || '. ', '') || format('INSERT INTO %I.campaign_types adds one.', of_base);
    END IF;
    IF t.pressure IS NOT NULL THEN
        PERFORM grid_score_of(of_base, t.pressure);
    END IF;
    RETURN t;
END
$$;
COMMENT ON FUNCTION _scoring.campaign_type_of(text, text) IS 'row of a campaign type';

CREATE FUNCTION _scoring.check_filter(of_base text, filter text) RETURNS void
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    population pg_catalog.regclass;
BEGIN
    EXECUTE format('SELECT to_regclass(population) FROM %I.base', of_base) INTO population;
    PERFORM check_castable(population, 'filter', filter, 'boolean');
END
$$;
COMMENT ON FUNCTION _scoring.check_filter(text, text) IS 'an error when a filter is no condition over the population';

CREATE FUNCTION _scoring.report_measure(of_base text, measure text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    told boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %1$I.outcomes WHERE what = $1) OR EXISTS (SELECT FROM %1$I.outcome_relation)', of_base)
        INTO told USING measure;
    IF NOT told THEN
        RAISE WARNING 'nothing tells yet of "%", by which the campaign is to be judged', measure
            USING HINT = format('INSERT INTO %I.outcomes VALUES (%L, ...); says which touchpoint it is; set_outcomes() which relation tells it.', of_base, measure);
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.report_measure(text, text) IS 'warns of a measure that nothing tells of';

CREATE FUNCTION _scoring.check_campaign_numbers(holdout numeric, budget numeric, at_most bigint, cost numeric, starts_on date, today date,
                                       days integer, measure text, worth numeric, limits jsonb) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, _scoring, pg_temp
AS $$
BEGIN
    IF NOT (holdout >= 0 AND holdout < 1) THEN
        RAISE invalid_parameter_value USING MESSAGE = 'holdout must be a share from 0 to below 1',
            DETAIL = format('It is %s.', holdout),
            HINT = '0.1 keeps a tenth out of each tier.';
    END IF;
    IF NOT (at_most >= 0) OR NOT (budget >= 0 AND budget < 'Infinity') OR NOT (cost >= 0 AND cost < 'Infinity') THEN
        RAISE invalid_parameter_value USING MESSAGE = 'at_most, budget and cost must not be negative',
            DETAIL = format('They are %s, %s and %s.', coalesce(at_most::text, 'null'), coalesce(budget::text, 'null'), coalesce(cost::text, 'null'));
    END IF;
    IF budget IS NOT NULL AND coalesce(cost, 0) = 0 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'a budget needs the cost of a contact',
            HINT = 'budget => 5000, cost => 0.08; or at_most => 60000.';
    END IF;
    -- (days are added to it, for the waves and for when they close)
    IF starts_on NOT BETWEEN today AND '9999-12-31' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'starts_on must be today or later, and before the year 10000',
            DETAIL = format('It is %s, today is %s.', starts_on, today);
    END IF;
    IF days NOT BETWEEN 1 AND 1000 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'days must be between 1 and 1000',
            HINT = 'From the day of a customer''s wave on, so many days count.';
    END IF;
    IF NOT (worth > 0 AND worth < 'Infinity') THEN
        RAISE invalid_parameter_value USING MESSAGE = 'worth must be above 0',
            HINT = 'What a customer who bought is worth, in the money of cost and budget; NULL: the values of the measure are money.';
    END IF;
    IF (jsonb_typeof(limits) = 'object' AND NOT EXISTS (
            SELECT FROM jsonb_path_query(limits, '$.*') AS upper
            WHERE NOT CASE jsonb_typeof(upper) WHEN 'number' THEN upper::numeric BETWEEN 0 AND 1 ELSE false END)) IS NOT TRUE THEN
        RAISE invalid_parameter_value USING MESSAGE = 'limits must be a JSON object: outcome and share',
            HINT = '{"bounced": 0.05, "complained": 0.001, "unsubscribed": 0.01}';
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.check_campaign_numbers(numeric, numeric, bigint, numeric, date, date, integer, text, numeric, jsonb) IS
    'an error when a campaign cannot be planned with these';

-- The share of each tier, coldest first.  NULL: the classical start, all of the
-- hottest third of the tiers, half of the middle, a tenth of the coldest.
CREATE FUNCTION _scoring.plan_shares(shares numeric[], tiers integer) RETURNS numeric[]
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, _scoring, pg_temp
AS $$
BEGIN
    IF shares IS NULL THEN
        RETURN ARRAY(SELECT CASE WHEN 6 * t - 3 <= 2 * tiers THEN 0.1 WHEN 6 * t - 3 < 4 * tiers THEN 0.5 ELSE 1 END
                     FROM generate_series(1, tiers) AS t ORDER BY t);
    END IF;
    shares := ARRAY(SELECT unnest(shares));     -- numbered from 1, as they are read
    IF cardinality(shares) <> tiers THEN
        RAISE invalid_parameter_value USING MESSAGE = format('%s shares for %s tiers', cardinality(shares), tiers),
            HINT = 'One for each tier, coldest first; NULL for all of the hot ones, half of those between, a tenth of the cold ones.';
    END IF;
    IF EXISTS (SELECT FROM unnest(shares) AS s WHERE (s BETWEEN 0 AND 1) IS NOT TRUE) THEN
        RAISE invalid_parameter_value USING MESSAGE = 'shares must be between 0 and 1',
            DETAIL = format('They are %s.', shares),
            HINT = '0.1 is a tenth, 1 all of a tier.';
    END IF;
    RETURN shares;
END
$$;
COMMENT ON FUNCTION _scoring.plan_shares(numeric[], integer) IS 'shares of the tiers to be contacted, checked';

-- How many contacts the first wave has, the first two, and so on: sizes as given,
-- the last one repeated, each time `growth` times as large.
CREATE FUNCTION _scoring.wave_bounds(sizes bigint[], growth numeric) RETURNS bigint[]
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, _scoring, pg_temp
AS $$
DECLARE
    largest constant numeric := 1000000000000;
    size numeric;
    bound numeric := 0;
    bounds bigint[] := '{}';
BEGIN
    sizes := ARRAY(SELECT unnest(sizes));
    IF array_position(sizes, NULL) IS NOT NULL OR EXISTS (SELECT FROM unnest(sizes) AS s WHERE s < 1) THEN
        RAISE invalid_parameter_value USING MESSAGE = 'waves must be sizes of at least 1';
    END IF;
    IF NOT (growth >= 1 AND growth <= 1000) THEN
        RAISE invalid_parameter_value USING MESSAGE = 'growth must be between 1 and 1000',
            HINT = '2: each repetition of the last wave is twice as large as the one before.';
    END IF;
    IF cardinality(sizes) > 1000 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'there must be at most 1000 waves';
    END IF;
    WHILE cardinality(sizes) > 0 AND cardinality(bounds) < 1000 AND bound < largest LOOP
        size := coalesce(sizes[cardinality(bounds) + 1], least(round(size * growth, 6), largest));
        bound := bound + trunc(size);
        bounds := bounds || least(bound, largest)::bigint;
    END LOOP;
    RETURN bounds;
END
$$;
COMMENT ON FUNCTION _scoring.wave_bounds(bigint[], numeric) IS
    'running total of wave sizes, repeated and growing';
