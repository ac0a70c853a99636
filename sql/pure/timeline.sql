-- The timeline: one customer's interactions, counted by touchpoint and by day.

CREATE TYPE scoring.timeline;

CREATE FUNCTION _scoring.timeline_in(cstring) RETURNS timeline
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.timeline_in(cstring) IS
	'reads a timeline from text';

CREATE FUNCTION _scoring.timeline_out(timeline) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.timeline_out(timeline) IS
	'writes a timeline as text';

CREATE FUNCTION _scoring.timeline_recv(internal) RETURNS timeline
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.timeline_recv(internal) IS
	'reads a timeline from a binary message';

CREATE FUNCTION _scoring.timeline_send(timeline) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.timeline_send(timeline) IS
	'writes a timeline as a binary message';

CREATE TYPE scoring.timeline (
	INPUT = timeline_in,
	OUTPUT = timeline_out,
	RECEIVE = timeline_recv,
	SEND = timeline_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = int4,
	STORAGE = extended
);
COMMENT ON TYPE scoring.timeline IS
	'one customer''s interactions, counted by touchpoint and day: click:2026-02-01,2026-02-02*3;purchase:2026-01-05=59.9';

-- Building

CREATE FUNCTION scoring.timeline_of(touchpoint text, occurred_on date, value double precision DEFAULT NULL) RETURNS timeline
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION scoring.timeline_of(text, date, double precision) IS
	'a timeline of one interaction, for "what if": timeline + timeline_of(''purchase'', current_date, 80)';

CREATE FUNCTION _scoring.timeline_add(timeline, text, date) RETURNS timeline
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.timeline_add(timeline, text, date) IS
	'serves the aggregate timeline(touchpoint, occurred_on)';

CREATE FUNCTION _scoring.timeline_add(timeline, text, date, double precision) RETURNS timeline
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.timeline_add(timeline, text, date, double precision) IS
	'serves the aggregate timeline(touchpoint, occurred_on, value)';

CREATE FUNCTION _scoring.timeline_merge(timeline, timeline) RETURNS timeline
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.timeline_merge(timeline, timeline) IS
	'serves the aggregates timeline() and rollup(); to add two timelines use +';

CREATE FUNCTION _scoring.timeline_close(timeline) RETURNS timeline
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.timeline_close(timeline) IS
	'serves the aggregates timeline() and rollup()';

CREATE AGGREGATE scoring.timeline(touchpoint text, occurred_on date) (
	SFUNC = timeline_add,
	STYPE = timeline,
	SSPACE = 256,
	COMBINEFUNC = timeline_merge,
	FINALFUNC = timeline_close,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE scoring.timeline(text, date) IS
	'the timeline of a group''s interactions; rows without touchpoint or day are skipped';

CREATE AGGREGATE scoring.timeline(touchpoint text, occurred_on date, value double precision) (
	SFUNC = timeline_add,
	STYPE = timeline,
	SSPACE = 256,
	COMBINEFUNC = timeline_merge,
	FINALFUNC = timeline_close,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE scoring.timeline(text, date, double precision) IS
	'the timeline of a group''s interactions with their values (kept to 4 decimals); a NULL value is an interaction without one';

CREATE AGGREGATE scoring.rollup(timeline) (
	SFUNC = timeline_merge,
	STYPE = timeline,
	SSPACE = 256,
	COMBINEFUNC = timeline_merge,
	FINALFUNC = timeline_close,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE scoring.rollup(timeline) IS
	'all timelines of a group added up into one';

-- Adding and taking away

CREATE FUNCTION _scoring.timeline_plus(timeline, timeline) RETURNS timeline
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.timeline_plus(timeline, timeline) IS
	'implementation of + operator';

CREATE FUNCTION _scoring.timeline_minus(timeline, timeline) RETURNS timeline
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.timeline_minus(timeline, timeline) IS
	'implementation of - operator';

CREATE OPERATOR scoring.+ (
	FUNCTION = timeline_plus,
	LEFTARG = timeline,
	RIGHTARG = timeline,
	COMMUTATOR = OPERATOR(scoring.+)
);
COMMENT ON OPERATOR scoring.+ (timeline, timeline) IS
	'all interactions of both';

CREATE OPERATOR scoring.- (
	FUNCTION = timeline_minus,
	LEFTARG = timeline,
	RIGHTARG = timeline
);
COMMENT ON OPERATOR scoring.- (timeline, timeline) IS
	'takes interactions away, which must be there; NULL when none is left';

-- Comparison: the same entries are equal, and the order is any order

CREATE FUNCTION _scoring.timeline_eq(timeline, timeline) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.timeline_eq(timeline, timeline) IS
	'implementation of = operator';

CREATE FUNCTION _scoring.timeline_ne(timeline, timeline) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.timeline_ne(timeline, timeline) IS
	'implementation of <> operator';

CREATE FUNCTION _scoring.timeline_lt(timeline, timeline) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.timeline_lt(timeline, timeline) IS
	'implementation of < operator';

CREATE FUNCTION _scoring.timeline_le(timeline, timeline) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.timeline_le(timeline, timeline) IS
	'implementation of <= operator';

CREATE FUNCTION _scoring.timeline_gt(timeline, timeline) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.timeline_gt(timeline, timeline) IS
	'implementation of > operator';

CREATE FUNCTION _scoring.timeline_ge(timeline, timeline) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.timeline_ge(timeline, timeline) IS
	'implementation of >= operator';

CREATE FUNCTION _scoring.timeline_cmp(timeline, timeline) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.timeline_cmp(timeline, timeline) IS
	'compares timelines for btree indexes and sorting';

CREATE FUNCTION _scoring.timeline_hash(timeline) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.timeline_hash(timeline) IS
	'hashes a timeline';

CREATE FUNCTION _scoring.timeline_hash_extended(timeline, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.timeline_hash_extended(timeline, bigint) IS
	'hashes a timeline with a seed';

CREATE OPERATOR scoring.= (
	FUNCTION = timeline_eq,
	LEFTARG = timeline,
	RIGHTARG = timeline,
	COMMUTATOR = OPERATOR(scoring.=),
	NEGATOR = OPERATOR(scoring.<>),
	RESTRICT = eqsel,
	JOIN = eqjoinsel,
	HASHES,
	MERGES
);
COMMENT ON OPERATOR scoring.= (timeline, timeline) IS 'the same interactions';

CREATE OPERATOR scoring.<> (
	FUNCTION = timeline_ne,
	LEFTARG = timeline,
	RIGHTARG = timeline,
	COMMUTATOR = OPERATOR(scoring.<>),
	NEGATOR = OPERATOR(scoring.=),
	RESTRICT = neqsel,
	JOIN = neqjoinsel
);
COMMENT ON OPERATOR scoring.<> (timeline, timeline) IS 'not the same interactions';

CREATE OPERATOR scoring.< (
	FUNCTION = timeline_lt,
	LEFTARG = timeline,
	RIGHTARG = timeline,
	COMMUTATOR = OPERATOR(scoring.>),
	NEGATOR = OPERATOR(scoring.>=),
	RESTRICT = scalarltsel,
	JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR scoring.< (timeline, timeline) IS
	'sorts before, in an order that says nothing about customers';

CREATE OPERATOR scoring.<= (
	FUNCTION = timeline_le,
	LEFTARG = timeline,
	RIGHTARG = timeline,
	COMMUTATOR = OPERATOR(scoring.>=),
	NEGATOR = OPERATOR(scoring.>),
	RESTRICT = scalarlesel,
	JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR scoring.<= (timeline, timeline) IS
	'sorts before or is equal, in an order that says nothing about customers';

CREATE OPERATOR scoring.> (
	FUNCTION = timeline_gt,
	LEFTARG = timeline,
	RIGHTARG = timeline,
	COMMUTATOR = OPERATOR(scoring.<),
	NEGATOR = OPERATOR(scoring.<=),
	RESTRICT = scalargtsel,
	JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR scoring.> (timeline, timeline) IS
	'sorts after, in an order that says nothing about customers';

CREATE OPERATOR scoring.>= (
	FUNCTION = timeline_ge,
	LEFTARG = timeline,
	RIGHTARG = timeline,
	COMMUTATOR = OPERATOR(scoring.<=),
	NEGATOR = OPERATOR(scoring.<),
	RESTRICT = scalargesel,
	JOIN = scalargejoinsel
);
COMMENT ON OPERATOR scoring.>= (timeline, timeline) IS
	'sorts after or is equal, in an order that says nothing about customers';

CREATE OPERATOR CLASS scoring.timeline_ops
	DEFAULT FOR TYPE timeline USING btree AS
		OPERATOR 1 <,
		OPERATOR 2 <=,
		OPERATOR 3 =,
		OPERATOR 4 >=,
		OPERATOR 5 >,
		FUNCTION 1 timeline_cmp(timeline, timeline);
COMMENT ON OPERATOR CLASS scoring.timeline_ops USING btree IS
	'sorting, grouping and merge joins of timelines';
COMMENT ON OPERATOR FAMILY scoring.timeline_ops USING btree IS
	'sorting, grouping and merge joins of timelines';

CREATE OPERATOR CLASS scoring.timeline_ops
	DEFAULT FOR TYPE timeline USING hash AS
		OPERATOR 1 =,
		FUNCTION 1 timeline_hash(timeline),
		FUNCTION 2 timeline_hash_extended(timeline, bigint);
COMMENT ON OPERATOR CLASS scoring.timeline_ops USING hash IS
	'hash grouping, joins and partitioning of timelines';
COMMENT ON OPERATOR FAMILY scoring.timeline_ops USING hash IS
	'hash grouping, joins and partitioning of timelines';

-- Reading

CREATE FUNCTION scoring.interactions(timeline,
		OUT touchpoint text, OUT occurred_on date, OUT count bigint,
		OUT valued bigint, OUT value numeric) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'timeline_interactions'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 20;
COMMENT ON FUNCTION scoring.interactions(timeline) IS
	'the entries of a timeline as rows, by touchpoint and day: how many interactions, how many of them had a value, and the sum of the values (NULL when none had one)';

CREATE FUNCTION scoring.first_on(timeline) RETURNS date
	AS 'MODULE_PATHNAME', 'timeline_first_on'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION scoring.first_on(timeline) IS
	'the day of the first interaction';

CREATE FUNCTION scoring.first_on(timeline, touchpoint text) RETURNS date
	AS 'MODULE_PATHNAME', 'timeline_first_on'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION scoring.first_on(timeline, text) IS
	'the day of the first interaction of a touchpoint; NULL when there is none';

CREATE FUNCTION scoring.last_on(timeline) RETURNS date
	AS 'MODULE_PATHNAME', 'timeline_last_on'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION scoring.last_on(timeline) IS
	'the day of the last interaction';

CREATE FUNCTION scoring.last_on(timeline, touchpoint text) RETURNS date
	AS 'MODULE_PATHNAME', 'timeline_last_on'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION scoring.last_on(timeline, text) IS
	'the day of the last interaction of a touchpoint; NULL when there is none';

CREATE FUNCTION _scoring.known_by(timeline, as_of date) RETURNS boolean
	AS 'MODULE_PATHNAME', 'timeline_known_by'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _scoring.known_by(timeline, date) IS
	'whether there is an interaction on or before a day: first_on(timeline) <= as_of';

CREATE FUNCTION scoring.count_of(timeline, touchpoint text,
		since date DEFAULT NULL, until date DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'timeline_count_of'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION scoring.count_of(timeline, text, date, date) IS
	'how many interactions of a touchpoint there are, from since to until, both included; 0 when there are none';

CREATE FUNCTION scoring.value_of(timeline, touchpoint text,
		since date DEFAULT NULL, until date DEFAULT NULL) RETURNS numeric
	AS 'MODULE_PATHNAME', 'timeline_value_of'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION scoring.value_of(timeline, text, date, date) IS
	'the sum of the values of a touchpoint, from since to until, both included; 0 when there are none';

-- Parts of a timeline

CREATE FUNCTION scoring.as_of(timeline, as_of date) RETURNS timeline
	AS 'MODULE_PATHNAME', 'timeline_as_of'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION scoring.as_of(timeline, date) IS
	'the timeline as it stood at the end of that day; NULL when nothing had happened yet';

CREATE FUNCTION scoring.forget(timeline, before date) RETURNS timeline
	AS 'MODULE_PATHNAME', 'timeline_forget'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION scoring.forget(timeline, before date) IS
	'the timeline without what is older than that day: retention; NULL when nothing is left';
