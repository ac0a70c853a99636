-- Verdicts: does a contact pay, in this tier?  Each tier for itself, by the one
-- measure of the plan; the effect need not rise with the score, so neighbours
-- are neither pooled nor smoothed.
--
-- Welch's interval is blind to what an arm has not shown: of three controls none
-- buys, as a rule, and that with no deviation at all.  So where fewer than ten of
-- an arm had the outcome, a mean settles nothing unless Newcombe's interval, times
-- what one with the outcome brought, agrees.

CREATE FUNCTION _scoring.campaign_verdicts(base text, VARIADIC campaigns text[])
    RETURNS TABLE (tier integer, label text, contacts bigint, controls bigint, effect double precision, low double precision, high double precision,
                   cost double precision, verdict text, needed bigint, risk text, recommendation text)
    LANGUAGE plpgsql
AS $$
DECLARE
    c pg_catalog.record;
    closes_on pg_catalog.date;
    today pg_catalog.date;
    late pg_catalog.text;
    had boolean;
    few boolean;
    few_low double precision;
    few_high double precision;
BEGIN
    PERFORM _scoring.check_entered(base);
    campaigns := (SELECT check_campaigns(base, campaigns));
    c := measure_of(base, campaigns);
    EXECUTE format('SELECT max(s.closes_on), %1$I.today() FROM %1$I.campaign_states AS s WHERE s.campaign = ANY ($1)', base)
        INTO closes_on, today USING campaigns;
    -- as long as waves that were due may still be taken, that day moves on
    EXECUTE format('SELECT min(s.campaign) FROM %1$I.campaign_states AS s JOIN %1$I.waves AS w ON w.campaign = s.campaign
                    WHERE s.campaign = ANY ($1) AND s.state <> ''stopped'' AND w.taken_on IS NULL AND w.due_on < $2', base)
        INTO late USING campaigns, today;
    PERFORM warn_of_sample_ratio(base, campaigns);
    PERFORM warn_of_old_data(base, campaigns);
    FOR tier, label, contacts, controls, effect, low, high, cost, verdict, needed, risk, had, few, few_low, few_high IN
        WITH estimates AS MATERIALIZED (SELECT * FROM campaign_estimates(base, campaigns, c.confidence)),
             broken AS MATERIALIZED (SELECT r.tier FROM campaign_ratios(base, campaigns) AS r WHERE r.p_value < 0.001)
        SELECT e.tier, e.label, e.contacts, e.controls, e.difference * c.worth,
               -- what is worth less than nothing turns the interval round
               CASE WHEN c.worth >= 0 THEN e.low ELSE e.high END * c.worth, CASE WHEN c.worth >= 0 THEN e.high ELSE e.low END * c.worth,
               e.unit_cost,
               CASE WHEN e.contacts = 0 THEN 'not tried' WHEN e.difference IS NULL THEN 'no control'
                    WHEN e.tier IN (SELECT b.tier FROM broken AS b WHERE b.tier IS NOT NULL) THEN 'not to be trusted' END,
               contacts_needed(e.difference * c.worth - e.unit_cost, c.confidence, (e.high - e.low) * c.worth,
                               e.contacts * ((e.contact_high - e.contact_low) * c.worth) ^ 2, e.controls * ((e.control_high - e.control_low) * c.worth) ^ 2),
               (SELECT string_agg(format('%s %s %% (%s to %s)', r.what, few_digits(100 * r.contact), few_digits(100 * r.contact_low), few_digits(100 * r.contact_high)),
                                  ', ' ORDER BY r.what DESC)
                FROM estimates AS r WHERE r.tier = e.tier AND r.kind = 'rate' AND r.what IN ('unsubscribed', 'complained') AND r.contacts > 0),
               (SELECT bool_or(r.contact > 0 OR r.control > 0) FROM estimates AS r WHERE r.kind = 'rate' AND r.what = c.measure),
               r.tier IS NOT NULL, r.low * b.brought, r.high * b.brought
        FROM estimates AS e
        LEFT JOIN estimates AS r ON e.kind = 'mean' AND r.kind = 'rate' AND r.tier = e.tier AND r.what = e.what
                                 AND least(r.contact * r.contacts, r.control * r.controls) < 9.5
        CROSS JOIN LATERAL (SELECT nullif(greatest(e.contact * e.contacts + e.control * e.controls, 0), 0)
                                   / nullif(r.contact * r.contacts + r.control * r.controls, 0)) AS b (brought)
        WHERE e.tier IS NOT NULL AND e.what = c.measure AND e.kind = c.kind ORDER BY e.tier DESC
    LOOP
        verdict := CASE WHEN verdict IN ('not tried', 'no control') THEN verdict WHEN today < closes_on THEN 'not closed' WHEN verdict IS NOT NULL THEN verdict
                        WHEN cost IS NULL THEN 'cost not known'
                        WHEN low > cost AND (NOT few OR few_low > cost) THEN 'pays'
                        WHEN high < cost AND (NOT few OR few_high < cost) THEN 'does not pay' ELSE 'not yet known' END;
        IF verdict IN ('not closed', 'not tried', 'no control') THEN
            effect := NULL;
            low := NULL;
            high := NULL;
        END IF;
        few := verdict = 'not yet known' AND (low > cost OR high < cost);
        IF few IS TRUE OR verdict <> 'not yet known' THEN
            needed := NULL;
        END IF;
        recommendation := CASE verdict
            WHEN 'not tried' THEN 'Nobody of this tier was contacted: nothing is known of it. Contact a tenth.'
            WHEN 'no control' THEN 'Everybody of this tier was contacted: what they would have done without is not known. Keep a holdout.'
            WHEN 'not closed' THEN format('No verdict before %s, when every window has closed.', closes_on)
                                   || coalesce(' Campaign "' || late || '" has waves that were due: take them, or end it by stop_campaign().', '')
            WHEN 'not to be trusted' THEN 'The arms are not as they were drawn. Find out by campaign_checks() who was lost, and try again.'
            ELSE format('A contact brings %s (%s; %s contacts against %s controls) and costs %s: ', few_digits(effect),
                        coalesce(few_digits(low) || ' to ' || few_digits(high) || ' at ' || few_digits(100 * c.confidence) || ' % confidence', 'too few to say how sure that is'),
                        thousands(contacts), thousands(controls), coalesce(few_digits(cost), 'nobody knows what'))
                 || CASE verdict WHEN 'pays' THEN 'contact all of this tier but a holdout.'
                                 WHEN 'does not pay' THEN 'leave this tier out, or contact it at less cost.'
                                 WHEN 'cost not known' THEN 'say with cost => what one costs.'
                                 ELSE CASE WHEN few THEN 'but fewer than ten of an arm had it, too few for that to be sure; ' ELSE '' END
                                      || 'keep testing at a tenth' || coalesce(', about ' || thousands(needed) || ' more contacts.', '.') END END;
        RETURN NEXT;
    END LOOP;
    IF had IS NOT TRUE AND today >= closes_on THEN
        RAISE WARNING 'nobody of either arm has "%": that may be for want of data', c.measure
            USING HINT = format('CALL refresh(%1$L); if that is long ago; SELECT * FROM campaign_checks(%1$L, %2$L); says what they have.', base, campaigns[1]);
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.campaign_verdicts(text, text[]) IS 'body of scoring.campaign_verdicts()';

-- The one measure of campaigns that are judged together: what, of which kind, and
-- its worth in money
CREATE FUNCTION _scoring.measure_of(of_base text, campaigns text[], OUT measure text, OUT kind text, OUT worth double precision, OUT confidence double precision)
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    c pg_catalog.record;
    other pg_catalog.record;
BEGIN
    EXECUTE format('SELECT * FROM %I.campaigns WHERE campaign = $1', of_base) INTO c USING campaigns[1];
    EXECUTE format('SELECT * FROM %I.campaigns WHERE campaign = ANY ($1) AND (measure, worth) IS DISTINCT FROM ($2, $3) LIMIT 1', of_base)
        INTO other USING campaigns, c.measure, c.worth;
    IF other.campaign IS NOT NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = 'campaigns with different measures cannot be judged together',
            DETAIL = format('"%s": %s, worth %s; "%s": %s, worth %s.', c.campaign, c.measure, coalesce(c.worth::text, 'its value'),
                            other.campaign, other.measure, coalesce(other.worth::text, 'its value')),
            HINT = 'Ask for the verdicts of each; campaign_results() reads them together.';
    END IF;
    measure := c.measure;
    kind := CASE WHEN c.worth IS NULL THEN 'mean' ELSE 'rate' END;
    worth := coalesce(c.worth, 1);
    -- as many verdicts as tiers, and all of them right with a probability of 0.95
    confidence := 1 - 0.05 / c.tiers;
END
$$;
COMMENT ON FUNCTION _scoring.measure_of(text, text[]) IS 'what campaigns are judged by';

-- About how many more contacts, nine controls to each, it takes to tell with a
-- power of 0.8 that the effect is not the cost.  `margin` is how far the one is
-- from the other, `width` that of the interval known now, `spread1` and `spread2`
-- the squared widths of the arms' own intervals times their customers.
CREATE FUNCTION _scoring.contacts_needed(margin double precision, confidence double precision, width double precision, spread1 double precision, spread2 double precision)
    RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (SELECT CASE WHEN n < 1e15 THEN greatest(ceil(n), 1)::bigint END
            FROM (SELECT scoring.normal_quantile(0.5 + confidence / 2) AS z) AS z
            -- an interval is 2 z standard errors wide; information, 1 / variance, adds up
            CROSS JOIN LATERAL (SELECT (((z + scoring.normal_quantile(0.8)) / nullif(margin, 0)) ^ 2 - (2 * z / nullif(width, 0)) ^ 2)
                                       * (spread1 + spread2 / 9) / (4 * z ^ 2) AS n) AS n);
COMMENT ON FUNCTION _scoring.contacts_needed(double precision, double precision, double precision, double precision, double precision) IS
    'about how many more contacts it takes to tell an effect from its cost';

-- three digits, or all before the point
CREATE FUNCTION _scoring.few_digits(x double precision) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE x WHEN 0 THEN '0' ELSE trim_scale(round(x::numeric, greatest(0, 2 - floor(log(abs(x::numeric)))::integer)))::text END;
COMMENT ON FUNCTION _scoring.few_digits(double precision) IS 'a number in three digits, for words';

CREATE FUNCTION _scoring.thousands(n bigint) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN reverse(regexp_replace(reverse(n::text), '(\d{3})(?=\d)', '\1,', 'g'));
COMMENT ON FUNCTION _scoring.thousands(bigint) IS 'a count with commas, for words';
