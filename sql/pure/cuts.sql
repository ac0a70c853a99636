-- Cuts and tiers.  Cuts are made from a population once and kept; a tier is a
-- score held against them.

CREATE FUNCTION scoring.tier(score float8, cuts float8[])
RETURNS int
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'tier';
COMMENT ON FUNCTION scoring.tier(float8, float8[]) IS
'tier of a score, from 1 (coldest): 1 + the number of cuts that are not above it';

CREATE FUNCTION scoring.tier_label(tier int, tiers int)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'tier_label';
COMMENT ON FUNCTION scoring.tier_label(int, int) IS
'default name of a tier out of so many: snowflakes and fires in a UTF8 database, words from frozen to hot elsewhere';

-- What the aggregates are made of.  All of them collect the same state.

CREATE FUNCTION _scoring.cuts_add(internal, x float8, n int)
RETURNS internal
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cuts_add';
COMMENT ON FUNCTION _scoring.cuts_add(internal, float8, int) IS
'transition function of the aggregates that make cuts for a number of tiers';

CREATE FUNCTION _scoring.cuts_add_shares(internal, x float8, shares numeric[])
RETURNS internal
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cuts_add_shares';
COMMENT ON FUNCTION _scoring.cuts_add_shares(internal, float8, numeric[]) IS
'transition function of share_cuts';

CREATE FUNCTION _scoring.cuts_add_limits(internal, x float8, limits numeric[])
RETURNS internal
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cuts_add_limits';
COMMENT ON FUNCTION _scoring.cuts_add_limits(internal, float8, numeric[]) IS
'transition function of pareto_cuts';

CREATE FUNCTION _scoring.cuts_combine(internal, internal)
RETURNS internal
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cuts_combine';
COMMENT ON FUNCTION _scoring.cuts_combine(internal, internal) IS
'combine function of the aggregates that make cuts';

CREATE FUNCTION _scoring.cuts_serialize(internal)
RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cuts_serialize';
COMMENT ON FUNCTION _scoring.cuts_serialize(internal) IS
'serial function of the aggregates that make cuts';

CREATE FUNCTION _scoring.cuts_deserialize(bytea, internal)
RETURNS internal
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cuts_deserialize';
COMMENT ON FUNCTION _scoring.cuts_deserialize(bytea, internal) IS
'deserial function of the aggregates that make cuts';

CREATE FUNCTION _scoring.rank_cuts_final(internal)
RETURNS float8[]
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'rank_cuts_final';
COMMENT ON FUNCTION _scoring.rank_cuts_final(internal) IS 'final function of rank_cuts';

CREATE FUNCTION _scoring.share_cuts_final(internal)
RETURNS float8[]
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'share_cuts_final';
COMMENT ON FUNCTION _scoring.share_cuts_final(internal) IS 'final function of share_cuts';

CREATE FUNCTION _scoring.equal_cuts_final(internal)
RETURNS float8[]
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'equal_cuts_final';
COMMENT ON FUNCTION _scoring.equal_cuts_final(internal) IS 'final function of equal_cuts';

CREATE FUNCTION _scoring.pareto_cuts_final(internal)
RETURNS float8[]
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pareto_cuts_final';
COMMENT ON FUNCTION _scoring.pareto_cuts_final(internal) IS 'final function of pareto_cuts';

CREATE FUNCTION _scoring.natural_cuts_final(internal)
RETURNS float8[]
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'natural_cuts_final';
COMMENT ON FUNCTION _scoring.natural_cuts_final(internal) IS 'final function of natural_cuts';

CREATE FUNCTION _scoring.quantile_cuts_final(internal)
RETURNS float8[]
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'quantile_cuts_final';
COMMENT ON FUNCTION _scoring.quantile_cuts_final(internal) IS 'final function of quantile_cuts';

-- The state is as large as its group, which cannot be known here: SSPACE stands
-- for the small groups of a query that has many.

CREATE AGGREGATE scoring.rank_cuts(x float8, n int) (
    SFUNC = cuts_add,
    STYPE = internal,
    SSPACE = 512,
    FINALFUNC = rank_cuts_final,
    COMBINEFUNC = cuts_combine,
    SERIALFUNC = cuts_serialize,
    DESERIALFUNC = cuts_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE scoring.rank_cuts(float8, int) IS
'cuts for n tiers of equal population: by mid-rank, equal values together in the middle of the tiers they span';

CREATE AGGREGATE scoring.share_cuts(x float8, shares numeric[]) (
    SFUNC = cuts_add_shares,
    STYPE = internal,
    SSPACE = 512,
    FINALFUNC = share_cuts_final,
    COMBINEFUNC = cuts_combine,
    SERIALFUNC = cuts_serialize,
    DESERIALFUNC = cuts_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE scoring.share_cuts(float8, numeric[]) IS
'cuts for tiers with given shares of the population, coldest first, that add to 1: {0.2,0.6,0.2}; by mid-rank, as rank_cuts';

CREATE AGGREGATE scoring.equal_cuts(x float8, n int) (
    SFUNC = cuts_add,
    STYPE = internal,
    SSPACE = 512,
    FINALFUNC = equal_cuts_final,
    COMBINEFUNC = cuts_combine,
    SERIALFUNC = cuts_serialize,
    DESERIALFUNC = cuts_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE scoring.equal_cuts(float8, int) IS
'cuts for n tiers of equal width between the lowest and the highest value; NULL when all are equal';

CREATE FUNCTION scoring.equal_cuts(grid, n int) RETURNS float8[]
AS 'MODULE_PATHNAME', 'grid_equal_cuts' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION scoring.equal_cuts(grid, int) IS
'cuts for n tiers of equal width between the lowest and the highest score that a grid can give: no customer moves them';

CREATE AGGREGATE scoring.pareto_cuts(x float8, limits numeric[]) (
    SFUNC = cuts_add_limits,
    STYPE = internal,
    SSPACE = 512,
    FINALFUNC = pareto_cuts_final,
    COMBINEFUNC = cuts_combine,
    SERIALFUNC = cuts_serialize,
    DESERIALFUNC = cuts_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE scoring.pareto_cuts(float8, numeric[]) IS
'cuts by cumulative value from the largest down: with {0.80,0.95} tier 3 (A) while all larger values are below 80 % of the total, tier 2 (B) below 95 %, else tier 1 (C)';

CREATE AGGREGATE scoring.natural_cuts(x float8, n int) (
    SFUNC = cuts_add,
    STYPE = internal,
    SSPACE = 512,
    FINALFUNC = natural_cuts_final,
    COMBINEFUNC = cuts_combine,
    SERIALFUNC = cuts_serialize,
    DESERIALFUNC = cuts_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE scoring.natural_cuts(float8, int) IS
'cuts for n tiers by natural breaks (Fisher, Jenks): the least variance within tiers';

CREATE AGGREGATE scoring.quantile_cuts(x float8, n int) (
    SFUNC = cuts_add,
    STYPE = internal,
    SSPACE = 512,
    FINALFUNC = quantile_cuts_final,
    COMBINEFUNC = cuts_combine,
    SERIALFUNC = cuts_serialize,
    DESERIALFUNC = cuts_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE scoring.quantile_cuts(float8, int) IS
'cuts equal to percentile_cont(1/n ... (n-1)/n), for parity with other tools; where many values are equal, rank_cuts divides better';

-- What cuts say

CREATE FUNCTION scoring.tier_bounds(cuts float8[],
    OUT tier int, OUT label text, OUT at_least float8, OUT below float8)
RETURNS SETOF record
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 6
BEGIN ATOMIC
    SELECT n::int, tier_label(n::int, cardinality(cuts) + 1),
           lag(cut) OVER (ORDER BY n), cut
    FROM unnest(cuts || NULL::float8) WITH ORDINALITY AS c (cut, n)
    WHERE tier(0, cuts) > 0     -- refuses what are no cuts
    ORDER BY n;
END;
COMMENT ON FUNCTION scoring.tier_bounds(float8[]) IS
'the tiers of these cuts, all of them, the empty ones too: LEFT JOIN customers to it to see which have nobody';
