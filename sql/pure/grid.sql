-- The grid: what interactions are worth.

CREATE TYPE scoring.grid;

CREATE FUNCTION _scoring.grid_in(cstring) RETURNS grid
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.grid_in(cstring) IS 'I/O: reads a grid from JSON';

CREATE FUNCTION _scoring.grid_out(grid) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.grid_out(grid) IS 'I/O: the canonical JSON of a grid';

CREATE FUNCTION _scoring.grid_recv(internal) RETURNS grid
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.grid_recv(internal) IS 'I/O: binary form, a version byte and JSON';

CREATE FUNCTION _scoring.grid_send(grid) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.grid_send(grid) IS 'I/O: binary form, a version byte and JSON';

CREATE TYPE scoring.grid (
	INPUT = grid_in,
	OUTPUT = grid_out,
	RECEIVE = grid_recv,
	SEND = grid_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE scoring.grid IS 'what interactions are worth: a JSON object with a rule, or an array of rules, for each touchpoint';

CREATE FUNCTION _scoring.grid_from_jsonb(jsonb) RETURNS grid
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.grid_from_jsonb(jsonb) IS 'a grid from JSON';

CREATE FUNCTION _scoring.grid_to_jsonb(grid) RETURNS jsonb
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.grid_to_jsonb(grid) IS 'a grid as JSON';

CREATE CAST (jsonb AS grid) WITH FUNCTION grid_from_jsonb(jsonb) AS ASSIGNMENT;
COMMENT ON CAST (jsonb AS grid) IS 'a grid from JSON';

CREATE CAST (grid AS jsonb) WITH FUNCTION grid_to_jsonb(grid) AS ASSIGNMENT;
COMMENT ON CAST (grid AS jsonb) IS 'a grid as JSON';

CREATE CAST (json AS grid) WITH INOUT AS ASSIGNMENT;
COMMENT ON CAST (json AS grid) IS 'a grid from JSON';

CREATE CAST (grid AS json) WITH INOUT AS ASSIGNMENT;
COMMENT ON CAST (grid AS json) IS 'a grid as JSON, its keys in canonical order';

CREATE FUNCTION _scoring.grid_eq(grid, grid) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.grid_eq(grid, grid) IS 'implementation of = operator';

CREATE FUNCTION _scoring.grid_ne(grid, grid) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.grid_ne(grid, grid) IS 'implementation of <> operator';

CREATE FUNCTION _scoring.grid_lt(grid, grid) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.grid_lt(grid, grid) IS 'implementation of < operator';

CREATE FUNCTION _scoring.grid_le(grid, grid) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.grid_le(grid, grid) IS 'implementation of <= operator';

CREATE FUNCTION _scoring.grid_gt(grid, grid) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.grid_gt(grid, grid) IS 'implementation of > operator';

CREATE FUNCTION _scoring.grid_ge(grid, grid) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.grid_ge(grid, grid) IS 'implementation of >= operator';

CREATE FUNCTION _scoring.grid_cmp(grid, grid) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.grid_cmp(grid, grid) IS 'less-equal-greater, for btree: by the bytes of the canonical text';

CREATE FUNCTION _scoring.grid_hash(grid) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.grid_hash(grid) IS 'hash';

CREATE FUNCTION _scoring.grid_hash_extended(grid, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.grid_hash_extended(grid, bigint) IS 'hash with a seed';

CREATE OPERATOR scoring.= (
	LEFTARG = grid, RIGHTARG = grid, FUNCTION = grid_eq,
	COMMUTATOR = OPERATOR(scoring.=), NEGATOR = OPERATOR(scoring.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR scoring.= (grid, grid) IS 'the same rules';

CREATE OPERATOR scoring.<> (
	LEFTARG = grid, RIGHTARG = grid, FUNCTION = grid_ne,
	COMMUTATOR = OPERATOR(scoring.<>), NEGATOR = OPERATOR(scoring.=),
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR scoring.<> (grid, grid) IS 'not the same rules';

CREATE OPERATOR scoring.< (
	LEFTARG = grid, RIGHTARG = grid, FUNCTION = grid_lt,
	COMMUTATOR = OPERATOR(scoring.>), NEGATOR = OPERATOR(scoring.>=),
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR scoring.< (grid, grid) IS 'earlier in the order of the canonical texts';

CREATE OPERATOR scoring.<= (
	LEFTARG = grid, RIGHTARG = grid, FUNCTION = grid_le,
	COMMUTATOR = OPERATOR(scoring.>=), NEGATOR = OPERATOR(scoring.>),
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR scoring.<= (grid, grid) IS 'not later in the order of the canonical texts';

CREATE OPERATOR scoring.> (
	LEFTARG = grid, RIGHTARG = grid, FUNCTION = grid_gt,
	COMMUTATOR = OPERATOR(scoring.<), NEGATOR = OPERATOR(scoring.<=),
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR scoring.> (grid, grid) IS 'later in the order of the canonical texts';

CREATE OPERATOR scoring.>= (
	LEFTARG = grid, RIGHTARG = grid, FUNCTION = grid_ge,
	COMMUTATOR = OPERATOR(scoring.<=), NEGATOR = OPERATOR(scoring.<),
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR scoring.>= (grid, grid) IS 'not earlier in the order of the canonical texts';

CREATE OPERATOR CLASS scoring.grid_ops DEFAULT FOR TYPE grid USING btree AS
	OPERATOR 1 <,
	OPERATOR 2 <=,
	OPERATOR 3 =,
	OPERATOR 4 >=,
	OPERATOR 5 >,
	FUNCTION 1 grid_cmp(grid, grid);
COMMENT ON OPERATOR CLASS scoring.grid_ops USING btree IS 'grids in the order of their canonical texts';

CREATE OPERATOR CLASS scoring.grid_ops DEFAULT FOR TYPE grid USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 grid_hash(grid),
	FUNCTION 2 grid_hash_extended(grid, bigint);
COMMENT ON OPERATOR CLASS scoring.grid_ops USING hash IS 'equality of grids';

CREATE FUNCTION scoring.rules(grid, OUT touchpoint text, OUT rule jsonb) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'grid_rules' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION scoring.rules(grid) IS 'the rules of a grid, a row each, in canonical order';

CREATE FUNCTION scoring.describe(grid, OUT touchpoint text, OUT condition text, OUT points numeric) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'grid_describe' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 20;
COMMENT ON FUNCTION scoring.describe(grid) IS 'a grid in plain words, a row for each band: the table to read and to sign';

CREATE FUNCTION scoring.bounds(grid, OUT lowest double precision, OUT highest double precision)
	AS 'MODULE_PATHNAME', 'grid_bounds' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION scoring.bounds(grid) IS 'the lowest and the highest score that a grid can give; NULL where there is no bound';

CREATE FUNCTION _scoring.grid_collect_rule(text[], touchpoint text, rule jsonb) RETURNS text[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.grid_collect_rule(text[], text, jsonb) IS 'aggregate transition function of grid(touchpoint, rule)';

CREATE FUNCTION _scoring.grid_of_rules(text[]) RETURNS grid
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.grid_of_rules(text[]) IS 'aggregate final function of grid(touchpoint, rule)';

CREATE AGGREGATE scoring.grid(touchpoint text, rule jsonb) (
	SFUNC = grid_collect_rule,
	STYPE = text[],
	SSPACE = 2048,
	COMBINEFUNC = pg_catalog.array_cat,
	FINALFUNC = grid_of_rules,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE scoring.grid(text, jsonb) IS 'a grid from a table with a row for each rule (or array of rules) of a touchpoint';

CREATE FUNCTION _scoring.grid_collect_band(text[], touchpoint text, within interval, points double precision) RETURNS text[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.grid_collect_band(text[], text, interval, double precision) IS 'aggregate transition function of grid(touchpoint, within, points)';

CREATE FUNCTION _scoring.grid_of_bands(text[]) RETURNS grid
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.grid_of_bands(text[]) IS 'aggregate final function of grid(touchpoint, within, points)';

CREATE AGGREGATE scoring.grid(touchpoint text, within interval, points double precision) (
	SFUNC = grid_collect_band,
	STYPE = text[],
	SSPACE = 2048,
	COMBINEFUNC = pg_catalog.array_cat,
	FINALFUNC = grid_of_bands,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE scoring.grid(text, interval, double precision) IS 'a grid from the three columns of a spreadsheet: points by how long ago the latest interaction was; a NULL interval is older than all others';
