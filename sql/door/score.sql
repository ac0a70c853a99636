-- The door, scores of a base: what is asked of its customers, and what they tell.
-- Each acts as the base's owner; its body is the function of that name in _scoring.

CREATE FUNCTION scoring.add_score(
        base text, name text, grid grid DEFAULT NULL, measure text DEFAULT NULL, method text DEFAULT 'equal',
        tiers integer DEFAULT 6, shares numeric[] DEFAULT NULL, cuts double precision[] DEFAULT NULL,
        labels text[] DEFAULT NULL, preview boolean DEFAULT false)
    RETURNS TABLE (
        tier integer, label text, customers bigint, share double precision, lower_cut double precision,
        customers_before bigint, moved_in bigint)
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.add_score(text, text, grid, text, text, integer, numeric[], double precision[], text[], boolean) IS
    'adds a score to a base: a grid, or a measure over timeline and as_of; makes its cuts and its views; with preview only shows them';

CREATE FUNCTION scoring.recut(
        base text, score text, method text DEFAULT NULL, tiers integer DEFAULT NULL,
        shares numeric[] DEFAULT NULL, cuts double precision[] DEFAULT NULL, labels text[] DEFAULT NULL,
        preview boolean DEFAULT false)
    RETURNS TABLE (
        tier integer, label text, customers bigint, share double precision, lower_cut double precision,
        customers_before bigint, moved_in bigint)
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.recut(text, text, text, integer, numeric[], double precision[], text[], boolean) IS
    'new cuts for a score, on purpose, from the population of today; with preview only shows who would move';

CREATE FUNCTION scoring.drop_score(base text, name text)
    RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.drop_score(text, text) IS
    'drops a score, RFM, gap, surge or contact list of a base, with its views and its history';

CREATE FUNCTION scoring.add_rfm(
        base text, name text, touchpoint text, within interval DEFAULT NULL, f text DEFAULT 'count',
        m text DEFAULT 'basket')
    RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.add_rfm(text, text, text, interval, text, text) IS
    'adds recency, frequency and monetary quintiles of a touchpoint to a base, with cuts that are kept, and their view';

CREATE FUNCTION scoring.add_gap(
        base text, name text, of text, against text,
        populations text[] DEFAULT '{under-pressed,in line,over-pressed}',
        actions text[] DEFAULT '{contact more,as it is,let it rest}')
    RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.add_gap(text, text, text, text, text[], text[]) IS
    'adds the gap between two scores of a base with the same number of tiers: its view, its populations beside what chance would give, and actions to edit';

CREATE FUNCTION scoring.add_surge(
        base text, name text, touchpoint text, recent interval DEFAULT '30 days',
        usual interval DEFAULT '1 year')
    RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.add_surge(text, text, text, interval, interval) IS
    'adds the view of customers with at least two of a touchpoint lately, against what they are used to, the least likely first';

CREATE FUNCTION scoring.add_contact_list(
        base text, name text, channel text, score text, cap double precision,
        forgotten_after interval DEFAULT '90 days')
    RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.add_contact_list(text, text, text, text, double precision, interval) IS
    'adds the view of customers who may be contacted by a channel: whether a score of what they received is at its cap, until when, and who is forgotten';

CREATE FUNCTION scoring.try_grid(base text, score text, grid grid, cuts text DEFAULT 'keep')
    RETURNS TABLE (tier_before integer, tier_after integer, customers bigint, psi double precision)
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.try_grid(text, text, grid, text) IS
    'how many customers would go from which tier to which if a score had another grid, and the population stability index of all that, the same in each row';

CREATE FUNCTION scoring.try_grid_customers(
        base text, score text, grid grid, n integer DEFAULT 20, cuts text DEFAULT 'keep')
    RETURNS TABLE (
        key text[], tier_before integer, tier_after integer, score_before double precision,
        score_after double precision, reasons text)
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.try_grid_customers(text, text, grid, integer, text) IS
    'the customers whose score would change most if it had another grid, and by which touchpoints';

CREATE FUNCTION scoring.publish(base text, score text, grid grid, cuts text DEFAULT 'keep')
    RETURNS integer
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.publish(text, text, grid, text) IS
    'gives a score another grid, as its next version, whose number it returns; cuts => ''keep'' or ''same shares''';

CREATE FUNCTION scoring.snapshot(base text)
    RETURNS bigint
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.snapshot(text) IS
    'keeps the tiers of today in the history of a base; how many customers have another tier or version than before';

CREATE FUNCTION scoring.distribution(
        base text, score text, as_of date DEFAULT NULL, by text DEFAULT NULL)
    RETURNS TABLE (part text, tier integer, label text, customers bigint, share double precision)
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.distribution(text, text, date, text) IS
    'customers and share per tier of a score, or per gap, on any day (NULL: today), for each value of a column of the population';

CREATE FUNCTION scoring.moves(base text, score text, since date, until date DEFAULT NULL)
    RETURNS TABLE (tier_before integer, tier_after integer, customers bigint)
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.moves(text, text, date, date) IS
    'how many customers were in which tier of a score, or had which gap, on one day and on another, by one version of it; NULL before: arrived, NULL after: left, in the tier that was recorded';

CREATE FUNCTION scoring.drift(base text, score text, since date, until date DEFAULT NULL)
    RETURNS double precision
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.drift(text, text, date, date) IS
    'population stability index of a score or gap between two days (until NULL: today): from 0.1 on look at it, from 0.25 on it is another population';

CREATE FUNCTION scoring.explain(base text, score text, VARIADIC key "any")
    RETURNS SETOF text
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.explain(text, text, "any") IS
    'one customer in sentences: score and tier, the reasons, what changed in a month, and how long the tier lasts';

CREATE FUNCTION scoring.score_on(base text, score text, key "any", day date)
    RETURNS TABLE (
        what text, version integer, total double precision, tier integer, touchpoint text, points numeric,
        reason text)
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.score_on(text, text, "any", date) IS
    'a customer on a day: what was recorded, what today''s data say of it by the same version, and why; marks a difference. A key of several columns is given as an array';
