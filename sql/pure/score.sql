-- Scores: a grid read against a timeline on a day

CREATE FUNCTION scoring.score(timeline timeline, grid grid, as_of date)
    RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20
    AS 'MODULE_PATHNAME', 'scoring_score';
COMMENT ON FUNCTION scoring.score(timeline, grid, date) IS
    'points that the grid gives the timeline on a day; interactions after it do not exist';

CREATE FUNCTION scoring.penalty(timeline timeline, grid grid, as_of date)
    RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20
    AS 'MODULE_PATHNAME', 'scoring_penalty';
COMMENT ON FUNCTION scoring.penalty(timeline, grid, date) IS
    'negative points in force on a day: what the rules below zero add to the score; 0 when there is none';

CREATE FUNCTION scoring.breakdown(timeline timeline, grid grid, as_of date,
                          OUT touchpoint text, OUT rule integer, OUT points numeric,
                          OUT interactions bigint, OUT last_on date, OUT reason text)
    RETURNS SETOF record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 10
    AS 'MODULE_PATHNAME', 'scoring_breakdown';
COMMENT ON FUNCTION scoring.breakdown(timeline, grid, date) IS
    'a score rule by rule, with the reason in words; the points add up to score() exactly';

CREATE FUNCTION scoring.score_delta(timeline timeline, grid grid, since date, as_of date,
                            OUT delta numeric, OUT cooling numeric, OUT activity numeric)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 60
    AS 'MODULE_PATHNAME', 'scoring_score_delta';
COMMENT ON FUNCTION scoring.score_delta(timeline, grid, date, date) IS
    'how the score changed between two days: what time alone did (cooling), and what the interactions since then did (activity)';

CREATE FUNCTION scoring.score_history(timeline timeline, grid grid, since date, until date, step interval,
                              OUT as_of date, OUT score double precision)
    RETURNS SETOF record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 200 ROWS 12
    AS 'MODULE_PATHNAME', 'scoring_score_history';
COMMENT ON FUNCTION scoring.score_history(timeline, grid, date, date, interval) IS
    'the score on the days since + k * step, up to until';

CREATE FUNCTION scoring.crosses(timeline timeline, grid grid, cuts double precision[], as_of date)
    RETURNS date
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 200
    AS 'MODULE_PATHNAME', 'scoring_crosses';
COMMENT ON FUNCTION scoring.crosses(timeline, grid, double precision[], date) IS
    'first day after as_of, within 1,096 days, on which the score is in another tier; NULL if none';

-- engagement(): from events to a score in one step

CREATE FUNCTION _scoring.engagement_step(internal, grid, text, date, date)
    RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_engagement_step';
COMMENT ON FUNCTION _scoring.engagement_step(internal, grid, text, date, date) IS
    'transition of engagement()';

CREATE FUNCTION _scoring.engagement_step(internal, grid, text, date, double precision, date)
    RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_engagement_value_step';
COMMENT ON FUNCTION _scoring.engagement_step(internal, grid, text, date, double precision, date) IS
    'transition of engagement() with values';

CREATE FUNCTION _scoring.engagement_combine(internal, internal)
    RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_engagement_combine';
COMMENT ON FUNCTION _scoring.engagement_combine(internal, internal) IS
    'combination of partial engagement() states';

CREATE FUNCTION _scoring.engagement_serialize(internal)
    RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_engagement_serialize';
COMMENT ON FUNCTION _scoring.engagement_serialize(internal) IS
    'engagement() state to bytes, between processes';

CREATE FUNCTION _scoring.engagement_deserialize(bytea, internal)
    RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_engagement_deserialize';
COMMENT ON FUNCTION _scoring.engagement_deserialize(bytea, internal) IS
    'engagement() state from bytes, between processes';

CREATE FUNCTION _scoring.engagement_final(internal)
    RETURNS double precision
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_engagement_final';
COMMENT ON FUNCTION _scoring.engagement_final(internal) IS
    'score of an engagement() state';

CREATE AGGREGATE scoring.engagement(grid grid, touchpoint text, occurred_on date, as_of date) (
    SFUNC = engagement_step,
    STYPE = internal,
    SSPACE = 256,
    FINALFUNC = engagement_final,
    COMBINEFUNC = engagement_combine,
    SERIALFUNC = engagement_serialize,
    DESERIALFUNC = engagement_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE scoring.engagement(grid, text, date, date) IS
    'events to a score in one step: equal to score(timeline(touchpoint, occurred_on), grid, as_of)';

CREATE AGGREGATE scoring.engagement(grid grid, touchpoint text, occurred_on date, value double precision, as_of date) (
    SFUNC = engagement_step,
    STYPE = internal,
    SSPACE = 256,
    FINALFUNC = engagement_final,
    COMBINEFUNC = engagement_combine,
    SERIALFUNC = engagement_serialize,
    DESERIALFUNC = engagement_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE scoring.engagement(grid, text, date, double precision, date) IS
    'events with values to a score in one step: equal to score(timeline(touchpoint, occurred_on, value), grid, as_of)';
