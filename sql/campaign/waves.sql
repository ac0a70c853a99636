-- The waves of a campaign: taken one by one, the best customers first, and
-- stopped when the latest one was received badly.

CREATE FUNCTION _scoring.take_wave(base text, campaign text, wave integer) RETURNS bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    c pg_catalog.record;
    w pg_catalog.record;
    today pg_catalog.date;
    stopped pg_catalog.text;
    n bigint;
BEGIN
    PERFORM _scoring.check_entered(base);
    IF num_nulls(campaign, wave) > 0 THEN
        RAISE null_value_not_allowed USING MESSAGE = 'campaign and wave must not be null';
    END IF;
    PERFORM lock_base(base);
    c := campaign_of(base, campaign);
    EXECUTE format('SELECT %I.today()', base) INTO today;
    -- with the latest wave that was taken
    EXECUTE format('SELECT w.*, l.latest, l.waves FROM (SELECT max(wave) FILTER (WHERE taken_on IS NOT NULL) AS latest, max(wave) AS waves
                                                       FROM %1$I.waves WHERE campaign = $1) AS l
                    LEFT JOIN %1$I.waves AS w ON w.campaign = $1 AND w.wave = $2', base) INTO w USING campaign, wave;
    IF w.wave IS NULL THEN
        RAISE undefined_object USING MESSAGE = format('campaign "%s" has no wave %s', campaign, wave),
            HINT = format('It has waves 1 to %s.', w.waves);
    END IF;
    IF w.taken_on IS NULL THEN
        IF wave > coalesce(w.latest, 0) + 1 THEN
            RAISE object_not_in_prerequisite_state USING MESSAGE = format('wave %s comes before wave %s', coalesce(w.latest, 0) + 1, wave),
                HINT = format('Waves are taken in order: SELECT take_wave(%L, %L, %s);', base, campaign, coalesce(w.latest, 0) + 1);
        END IF;
        IF w.due_on > today THEN
            RAISE object_not_in_prerequisite_state USING MESSAGE = format('wave %s is due on %s', wave, w.due_on),
                DETAIL = format('Today is %s.', today),
                HINT = format('Take it then, or UPDATE %I.waves SET due_on = ...', base);
        END IF;
        stopped := stop_reason(base, campaign, w.latest);
        IF stopped IS NOT NULL THEN
            -- an error would take back what is recorded
            RAISE WARNING 'campaign "%" is stopped: wave % is not taken', campaign, wave
                USING DETAIL = stopped,
                      HINT = format('Once it is mended: SELECT resume_campaign(%L, %L, ''why'');', base, campaign);
            RETURN NULL;
        END IF;
        EXECUTE format('UPDATE %I.waves SET taken_on = $3 WHERE campaign = $1 AND wave = $2', base) USING campaign, wave, today;
        PERFORM log_campaign(base, campaign, 'taken', NULL);
    END IF;
    EXECUTE format('SELECT count(*) FROM %I.%I WHERE wave = $1', base, campaign || '_sends') INTO n USING wave;
    RETURN n;
END
$$;
COMMENT ON FUNCTION _scoring.take_wave(text, text, integer) IS 'body of scoring.take_wave()';

-- Why a campaign goes no further: it was stopped, or its latest wave was received
-- worse than its limits allow, which is recorded as a stop.  NULL: it goes on, also
-- when somebody has seen that wave and resumed.
CREATE FUNCTION _scoring.stop_reason(of_base text, campaign text, latest integer) RETURNS text
    LANGUAGE plpgsql
AS $$
DECLARE
    l pg_catalog.record := latest_stop(of_base, campaign);
    reason pg_catalog.text;
BEGIN
    IF l.what = 'stopped' THEN
        RETURN l.reason;
    ELSIF l.what = 'resumed' AND l.wave IS NOT DISTINCT FROM latest THEN
        RETURN NULL;
    END IF;
    SELECT string_agg(format('%s: %s of %s (%s %%, from %s %% on), limit %s %%', v.what, v.happened, v.sent,
                             round(100 * v.rate::numeric, 2), round(100 * v.low::numeric, 2), trim_scale(round(100 * v.upper_limit::numeric, 4))), '; ' ORDER BY v.what)
        INTO reason FROM latest_wave(of_base, campaign) AS v WHERE v.verdict = 'stop';
    IF reason IS NOT NULL THEN
        reason := format('Of wave %s ', latest) || reason || '.';
        PERFORM log_campaign(of_base, campaign, 'stopped', reason);
    END IF;
    RETURN reason;
END
$$;
COMMENT ON FUNCTION _scoring.stop_reason(text, text, integer) IS 'why the next wave of a campaign is not to be taken';

CREATE FUNCTION _scoring.latest_stop(of_base text, campaign text) RETURNS record
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    l pg_catalog.record;
BEGIN
    EXECUTE format('SELECT * FROM %I.campaign_log WHERE campaign = $1 AND what IN (''stopped'', ''resumed'') ORDER BY entry DESC LIMIT 1', of_base)
        INTO l USING campaign;
    RETURN l;
END
$$;
COMMENT ON FUNCTION _scoring.latest_stop(text, text) IS 'when a campaign was stopped or resumed last';

CREATE FUNCTION _scoring.log_campaign(of_base text, campaign text, what text, reason text) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('INSERT INTO %1$I.campaign_log (campaign, wave, what, reason)
                    SELECT $1, (SELECT max(wave) FROM %1$I.waves WHERE campaign = $1 AND taken_on IS NOT NULL), $2, $3', of_base)
        USING campaign, what, reason;
END
$$;
COMMENT ON FUNCTION _scoring.log_campaign(text, text, text, text) IS 'records what was done with a campaign';

-- ---------------------------------------------------------------------------

CREATE FUNCTION _scoring.check_wave(base text, campaign text)
    RETURNS TABLE (wave integer, what text, sent bigint, happened bigint, rate double precision, low double precision,
                   upper_limit double precision, verdict text)
    LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM _scoring.check_entered(base);
    RETURN QUERY SELECT * FROM latest_wave(base, campaign);
END
$$;
COMMENT ON FUNCTION _scoring.check_wave(text, text) IS 'body of scoring.check_wave()';

CREATE FUNCTION _scoring.latest_wave(of_base text, campaign text)
    RETURNS TABLE (wave integer, what text, sent bigint, happened bigint, rate double precision, low double precision,
                   upper_limit double precision, verdict text)
    LANGUAGE plpgsql
AS $$
DECLARE
    c pg_catalog.record := campaign_of(of_base, campaign);
    w pg_catalog.record;
    contacts pg_catalog.text;
BEGIN
    EXECUTE format('SELECT * FROM %I.waves WHERE campaign = $1 AND taken_on IS NOT NULL ORDER BY wave DESC LIMIT 1', of_base) INTO w USING campaign;
    IF w.wave IS NULL THEN
        RETURN;
    END IF;
    contacts := format('(SELECT %s, %L::date AS since, %L::date AS until FROM %I.%I AS p WHERE p.wave = %s AND p.arm = ''contact'')',
                       key_list(of_base, 'p.'), w.taken_on, w.taken_on + c.days - 1, of_base, campaign, w.wave);
    RETURN QUERY SELECT * FROM rows_of(format($sql$
        WITH happened AS MATERIALIZED (SELECT d.what, count(*) AS n FROM (%1$s) AS d WHERE d.count > 0 GROUP BY d.what),
        sent AS MATERIALIZED (SELECT coalesce((SELECT n FROM happened WHERE what = 'sent'), (SELECT count(*) FROM %2$s AS p)) AS n)
        SELECT $1, l.what, s.n, k.n, k.n / nullif(s.n, 0)::double precision, i.low, l.upper_limit::double precision,
               CASE WHEN k.n IS NULL THEN 'not known: nothing tells of it'
                    WHEN i.low > l.upper_limit::double precision THEN 'stop' ELSE 'go on' END
        FROM jsonb_each_text($2) AS l (what, upper_limit) CROSS JOIN sent AS s LEFT JOIN happened AS h ON h.what = l.what
        CROSS JOIN LATERAL (SELECT CASE WHEN l.what = ANY ($3) THEN coalesce(h.n, 0) END) AS k (n)
        CROSS JOIN LATERAL scoring.wilson(CASE WHEN k.n IS NOT NULL THEN least(k.n, s.n) END, s.n) AS i
        ORDER BY l.what$sql$,
        outcomes_sql(of_base, contacts, campaign), contacts), w.wave, c.limits, outcomes_told(of_base))
        AS r (wave integer, what text, sent bigint, happened bigint, rate double precision, low double precision,
              upper_limit double precision, verdict text);
END
$$;
COMMENT ON FUNCTION _scoring.latest_wave(text, text) IS 'what the latest wave of a campaign brought, against its limits';

CREATE FUNCTION _scoring.stop_campaign(base text, campaign text, reason text) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM _scoring.check_entered(base);
    PERFORM set_stopped(base, campaign, 'stopped', reason);
END
$$;
COMMENT ON FUNCTION _scoring.stop_campaign(text, text, text) IS 'body of scoring.stop_campaign()';

CREATE FUNCTION _scoring.resume_campaign(base text, campaign text, reason text) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM _scoring.check_entered(base);
    PERFORM set_stopped(base, campaign, 'resumed', reason);
END
$$;
COMMENT ON FUNCTION _scoring.resume_campaign(text, text, text) IS 'body of scoring.resume_campaign()';

CREATE FUNCTION _scoring.set_stopped(of_base text, campaign text, what text, reason text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    l pg_catalog.record;
BEGIN
    IF num_nulls(campaign, reason) > 0 THEN
        RAISE null_value_not_allowed USING MESSAGE = 'campaign and reason must not be null',
            HINT = 'The reason is recorded in campaign_log.';
    END IF;
    PERFORM lock_base(of_base);
    PERFORM campaign_of(of_base, campaign);
    l := latest_stop(of_base, campaign);
    IF coalesce(l.what, 'resumed') = what THEN
        RAISE object_not_in_prerequisite_state USING
            MESSAGE = format(CASE what WHEN 'stopped' THEN 'campaign "%s" is stopped already' ELSE 'campaign "%s" is not stopped' END, campaign),
            HINT = format('SELECT * FROM %I.campaign_log WHERE campaign = %L;', of_base, campaign);
    END IF;
    PERFORM log_campaign(of_base, campaign, what, reason);
END
$$;
COMMENT ON FUNCTION _scoring.set_stopped(text, text, text, text) IS 'records that a campaign is stopped or resumed';
