-- The door, campaigns of a base: planned, sent in waves, judged.  Each acts as the
-- base's owner; its body is the function of that name in _scoring.

CREATE FUNCTION scoring.plan_campaign(
        base text, campaign text, score text, channel text, shares numeric[], type text DEFAULT 'business',
        filter text DEFAULT NULL, holdout numeric DEFAULT 0, budget numeric DEFAULT NULL,
        at_most bigint DEFAULT NULL, salt text DEFAULT NULL, cost numeric DEFAULT NULL,
        waves bigint[] DEFAULT NULL, growth numeric DEFAULT 1, starts_on date DEFAULT NULL,
        days integer DEFAULT 14, measure text DEFAULT 'bought', worth numeric DEFAULT NULL,
        limits jsonb DEFAULT '{"bounced": 0.05, "complained": 0.001, "unsubscribed": 0.01}',
        preview boolean DEFAULT false)
    RETURNS TABLE (
        tier integer, label text, customers bigint, eligible bigint, contact bigint, control bigint,
        left_out text, total_cost double precision, smallest_effect double precision)
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.plan_campaign(text, text, text, text, numeric[], text, text, numeric, numeric, bigint, text, numeric, bigint[], numeric, date, integer, text, numeric, jsonb, boolean) IS
    'plans a campaign: who is eligible, who of them is drawn to be contacted and who is control, in waves, the best first; with preview only shows it';

CREATE FUNCTION scoring.take_wave(base text, campaign text, wave integer)
    RETURNS bigint
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.take_wave(text, text, integer) IS
    'marks a wave of a campaign as taken today, once, so that it is among the sends; how many there are to send; NULL and a warning when the campaign is stopped';

CREATE FUNCTION scoring.check_wave(base text, campaign text)
    RETURNS TABLE (
        wave integer, what text, sent bigint, happened bigint, rate double precision, low double precision,
        upper_limit double precision, verdict text)
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.check_wave(text, text) IS
    'what the latest wave of a campaign brought, against its limits: stop when even the lower end of the 95 % interval is above one';

CREATE FUNCTION scoring.stop_campaign(base text, campaign text, reason text)
    RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.stop_campaign(text, text, text) IS
    'stops a campaign: no wave is taken until it is resumed';

CREATE FUNCTION scoring.resume_campaign(base text, campaign text, reason text)
    RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.resume_campaign(text, text, text) IS
    'lets a campaign that was stopped go on with its next wave';

CREATE FUNCTION scoring.drop_campaign(base text, campaign text)
    RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.drop_campaign(text, text) IS
    'drops a campaign of a base, with its plan and what was recorded of it';

CREATE FUNCTION scoring.set_outcomes(
        base text, relation regclass, key text DEFAULT NULL, campaign text DEFAULT 'campaign',
        what text DEFAULT 'what', occurred text DEFAULT 'at', value text DEFAULT NULL,
        time_zone text DEFAULT NULL)
    RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.set_outcomes(text, regclass, text, text, text, text, text, text) IS
    'says which relation tells what customers did: whose campaign is NULL counts for every campaign in whose window it lies; NULL for none';

CREATE FUNCTION scoring.campaign_checks(base text, VARIADIC campaigns text[])
    RETURNS TABLE (
        campaign text, what text, tier integer, customers bigint, expected double precision,
        p_value double precision, verdict text)
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.campaign_checks(text, text[]) IS
    'what to look at before the results of campaigns: who was not sent what was assigned, whether the arms are as they were drawn, what is left out, what is still open';

CREATE FUNCTION scoring.campaign_results(base text, VARIADIC campaigns text[])
    RETURNS TABLE (
        tier integer, label text, what text, kind text, contacts bigint, contact double precision,
        contact_low double precision, contact_high double precision, controls bigint,
        control double precision, control_low double precision, control_high double precision,
        difference double precision, low double precision, high double precision, statistic double precision,
        p_value double precision, incremental double precision, cost double precision, net double precision,
        roi double precision)
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.campaign_results(text, text[]) IS
    'what happened in both arms of a campaign, or of several taken together, by tier and in all (tier NULL), with 95 % intervals';

CREATE FUNCTION scoring.campaign_verdicts(base text, VARIADIC campaigns text[])
    RETURNS TABLE (
        tier integer, label text, contacts bigint, controls bigint, effect double precision,
        low double precision, high double precision, cost double precision, verdict text, needed bigint,
        risk text, recommendation text)
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.campaign_verdicts(text, text[]) IS
    'whether a contact pays in each tier, by a campaign''s measure or that of several, with an interval that allows for the number of tiers; none before every window has closed';
