-- Change: which way a score moves, whether something came more often, and
-- whether a whole population drifts

CREATE FUNCTION scoring.trend(timeline timeline, grid grid, since date, until date)
    RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'scoring_trend';
COMMENT ON FUNCTION scoring.trend(timeline, grid, date, date) IS
    'slope of the least-squares line through the score of every day from since to until, in points a month';

CREATE FUNCTION scoring.surge(timeline timeline, touchpoint text, as_of date, recent interval, usual interval,
                      OUT recent bigint, OUT usual bigint, OUT expected double precision,
                      OUT ratio double precision, OUT p_value double precision)
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50
    AS 'MODULE_PATHNAME', 'scoring_surge';
COMMENT ON FUNCTION scoring.surge(timeline, text, date, interval, interval) IS
    'recent interactions of a touchpoint against the customer''s own usual rate before, with an exact binomial p-value';

CREATE FUNCTION scoring.peak_of(timeline, touchpoint text, days integer,
                        since date DEFAULT NULL, until date DEFAULT NULL)
    RETURNS bigint
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'timeline_peak_of';
COMMENT ON FUNCTION scoring.peak_of(timeline, text, integer, date, date) IS
    'the largest number of interactions of a touchpoint in any window of that many days, from since to until, both included';

CREATE FUNCTION scoring.psi(before bigint[], after bigint[])
    RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_psi';
COMMENT ON FUNCTION scoring.psi(bigint[], bigint[]) IS
    'population stability index of two distributions over the same classes: below 0.1 stable, from 0.25 on another population';
