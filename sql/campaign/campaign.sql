-- Campaigns: what a base keeps of them.  The plan of each is a table of its own,
-- which plan_campaign() makes.

CREATE FUNCTION _scoring.create_campaign_tables(of_base text) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format($sql$
        CREATE TABLE %1$I.campaign_types (
            type text PRIMARY KEY,
            lowest_tier integer NOT NULL DEFAULT 1 CHECK (lowest_tier > 0),
            pressure text REFERENCES %1$I.scores,
            cap double precision CHECK (cap <> 'NaN'),
            exempt boolean NOT NULL DEFAULT false,
            CHECK ((pressure IS NULL) = (cap IS NULL))
        );
        COMMENT ON TABLE %1$I.campaign_types IS 'kinds of campaigns, and whom they may reach; yours to edit';
        COMMENT ON COLUMN %1$I.campaign_types.lowest_tier IS 'customers in colder tiers are not eligible';
        COMMENT ON COLUMN %1$I.campaign_types.pressure IS 'score of what customers have received, which cap is held against; it has a grid';
        COMMENT ON COLUMN %1$I.campaign_types.cap IS 'customers with as many points of it, or more, are not eligible';
        COMMENT ON COLUMN %1$I.campaign_types.exempt IS 'service messages: to everybody whom the channel may reach, whatever tier and pressure, without control; they count in the pressure all the same';
        INSERT INTO %1$I.campaign_types (type, lowest_tier, exempt) VALUES ('business', 1, false), ('branding', 2, false), ('service', 1, true);

        CREATE TABLE %1$I.holdouts (
            since date PRIMARY KEY DEFAULT %1$I.today() CHECK (isfinite(since)),
            share double precision NOT NULL CHECK (share > 0 AND share < 1),
            salt text NOT NULL UNIQUE DEFAULT %2$L || to_char(%1$I.today(), 'YYYY-MM-DD')
        );
        COMMENT ON TABLE %1$I.holdouts IS
            'share of customers whom no campaign contacts (exempt ones do), from a day on until that of the next row, which draws others; yours to edit';
        COMMENT ON COLUMN %1$I.holdouts.salt IS 'the draw: draw(key, salt) below the share is held out';

        CREATE TABLE %1$I.campaigns (
            campaign text PRIMARY KEY,
            score text NOT NULL REFERENCES %1$I.scores,
            version integer,
            channel text NOT NULL,
            type text NOT NULL REFERENCES %1$I.campaign_types,
            shares double precision[] NOT NULL,
            filter text,
            holdout double precision NOT NULL,
            budget double precision,
            at_most bigint,
            cost double precision,
            salt text NOT NULL,
            planned_on date NOT NULL,
            days integer NOT NULL,
            measure text NOT NULL,
            worth double precision,
            limits jsonb NOT NULL,
            tiers integer NOT NULL,
            labels text[]
        );
        COMMENT ON TABLE %1$I.campaigns IS 'what plan_campaign() was given; the plan itself is the table of that name';
        COMMENT ON COLUMN %1$I.campaigns.version IS 'version of the score, whose tiers and labels are those of that day';
        COMMENT ON COLUMN %1$I.campaigns.shares IS 'share of each tier to be contacted, coldest first, before holdout and what at most may be contacted';
        COMMENT ON COLUMN %1$I.campaigns.cost IS 'of one contact; NULL: not known';
        COMMENT ON COLUMN %1$I.campaigns.days IS 'days, from that of a customer''s wave on, in which what happens counts';
        COMMENT ON COLUMN %1$I.campaigns.measure IS 'the one outcome by which the campaign is judged';
        COMMENT ON COLUMN %1$I.campaigns.worth IS 'what one customer with that outcome is worth; NULL: the outcome''s values are money';
        COMMENT ON COLUMN %1$I.campaigns.limits IS 'shares of a wave''s contacts above which an outcome stops the next one';

        CREATE TABLE %1$I.waves (
            campaign text NOT NULL REFERENCES %1$I.campaigns ON DELETE CASCADE,
            wave integer NOT NULL,
            due_on date NOT NULL,
            contacts bigint NOT NULL,
            taken_on date,
            PRIMARY KEY (campaign, wave)
        );
        COMMENT ON TABLE %1$I.waves IS 'the waves of each campaign, best customers first';
        COMMENT ON COLUMN %1$I.waves.due_on IS 'first day on which it may be taken';
        COMMENT ON COLUMN %1$I.waves.contacts IS 'customers planned to be contacted';
        COMMENT ON COLUMN %1$I.waves.taken_on IS 'day on which take_wave() took it, the first of its customers'' windows; NULL: not yet';

        CREATE TABLE %1$I.campaign_log (
            entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            campaign text NOT NULL REFERENCES %1$I.campaigns ON DELETE CASCADE,
            at timestamptz NOT NULL DEFAULT clock_timestamp(),
            wave integer,
            what text NOT NULL CHECK (what IN ('planned', 'taken', 'stopped', 'resumed')),
            reason text,
            by text NOT NULL DEFAULT session_user
        );
        COMMENT ON TABLE %1$I.campaign_log IS 'what was done with each campaign, when, why and by whom';
        COMMENT ON COLUMN %1$I.campaign_log.wave IS 'the wave that was taken, or the latest one at that time; NULL: none yet';

        CREATE TABLE %1$I.outcomes (
            what text PRIMARY KEY,
            touchpoint text NOT NULL
        );
        COMMENT ON TABLE %1$I.outcomes IS 'outcomes of campaigns that the sources tell: which touchpoint says that it happened; yours to edit';
        INSERT INTO %1$I.outcomes VALUES ('bought', 'purchase');

        CREATE TABLE %1$I.outcome_relation (
            relation text NOT NULL,
            key text NOT NULL,
            campaign text,
            what text NOT NULL,
            occurred text NOT NULL,
            value text,
            time_zone text,
            owner text NOT NULL,
            types text[] NOT NULL
        );
        CREATE UNIQUE INDEX ON %1$I.outcome_relation ((true));
        ALTER TABLE %1$I.outcome_relation REPLICA IDENTITY FULL;
        COMMENT ON TABLE %1$I.outcome_relation IS 'the relation that tells outcomes of campaigns: what set_outcomes() was given, at most one row';
        $sql$, of_base, of_base || '.holdout.');
    PERFORM create_campaign_views(of_base);
END
$$;
COMMENT ON FUNCTION _scoring.create_campaign_tables(text) IS 'tables and views of a new base for its campaigns';

CREATE FUNCTION _scoring.campaign_of(of_base text, campaign text) RETURNS record
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    c pg_catalog.record;
    names pg_catalog.text;
BEGIN
    EXECUTE format('SELECT * FROM %I.campaigns WHERE campaign = $1', of_base) INTO c USING campaign;
    IF c.campaign IS NULL THEN
        EXECUTE format('SELECT string_agg(campaign, '', '' ORDER BY campaign) FROM %I.campaigns', of_base) INTO names;
        RAISE undefined_object USING MESSAGE = format('base "%s" has no campaign "%s"', of_base, campaign),
            HINT = coalesce('It has: ' || names || '.', 'plan_campaign() plans one.');
    END IF;
    RETURN c;
END
$$;
COMMENT ON FUNCTION _scoring.campaign_of(text, text) IS 'row of a campaign in the registry';

CREATE FUNCTION _scoring.check_campaigns(of_base text, score text) RETURNS void
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    other pg_catalog.text;
BEGIN
    EXECUTE format('SELECT campaign FROM %I.campaigns WHERE score = $1 ORDER BY campaign LIMIT 1', of_base) INTO other USING score;
    IF other IS NOT NULL THEN
        RAISE dependent_objects_still_exist USING MESSAGE = format('campaign "%s" was planned by score "%s"', other, score),
            HINT = format('SELECT drop_campaign(%L, %L); first, which drops its plan and its results.', of_base, other);
    END IF;
    EXECUTE format('SELECT type FROM %I.campaign_types WHERE pressure = $1 ORDER BY type LIMIT 1', of_base) INTO other USING score;
    IF other IS NOT NULL THEN
        RAISE dependent_objects_still_exist USING MESSAGE = format('score "%s" is the pressure that campaigns of type "%s" look at', score, other),
            HINT = format('UPDATE %I.campaign_types SET pressure = NULL, cap = NULL WHERE type = %L; first.', of_base, other);
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.check_campaigns(text, text) IS 'an error when a campaign or its type needs a score';

-- crm.<campaign>_sends: whom to write to now.  Whoever has opted out since the
-- plan is not in it; when the channel itself is gone, nobody is.
CREATE FUNCTION _scoring.make_sends_view(of_base text, campaign text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    c pg_catalog.record := campaign_of(of_base, campaign);
BEGIN
    PERFORM put_view(of_base, campaign || '_sends', format($sql$
        SELECT %1$s, p.wave, w.taken_on, p.tier, p.score
        FROM %2$I.%3$I AS p
        JOIN %2$I.waves AS w ON w.campaign = %3$L AND w.wave = p.wave AND w.taken_on IS NOT NULL
        JOIN %4$s ON %5$s
        WHERE p.arm = 'contact' AND %6$s$sql$,
        key_list(of_base, 'p.'), of_base, campaign, population_sql(of_base), key_equal(of_base, 'x.', 'p.'),
        CASE WHEN c.channel = ANY (channels(of_base)) THEN format('x.%I', c.channel) ELSE 'false' END),
        format('customers to be contacted by %s: those of waves that are taken, less those whom the channel may no longer reach', c.channel),
        VARIADIC key_comments(of_base) || ARRAY[
            'wave', 'wave of the campaign',
            'taken_on', 'day on which it was taken',
            'tier', 'tier on the day of the plan',
            'score', 'score on that day']);
END
$$;
COMMENT ON FUNCTION _scoring.make_sends_view(text, text) IS 'makes the view of a campaign''s sends';

CREATE FUNCTION _scoring.drop_campaign(base text, campaign text) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM _scoring.check_entered(base);
    PERFORM lock_base(base);
    PERFORM campaign_of(base, campaign);
    PERFORM drop_view(base, campaign || '_sends');
    EXECUTE format('DROP TABLE IF EXISTS %I.%I', base, campaign);
    EXECUTE format('DELETE FROM %I.campaigns WHERE campaign = $1', base) USING campaign;
END
$$;
COMMENT ON FUNCTION _scoring.drop_campaign(text, text) IS 'body of scoring.drop_campaign()';
