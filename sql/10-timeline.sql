-- The timeline: one customer's interactions, counted by touchpoint and by day.

CREATE TYPE timeline;

CREATE FUNCTION timeline_in(cstring) RETURNS timeline
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION timeline_in(cstring) IS
	'reads a timeline from text';

CREATE FUNCTION timeline_out(timeline) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION timeline_out(timeline) IS
	'writes a timeline as text';

CREATE FUNCTION timeline_recv(internal) RETURNS timeline
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION timeline_recv(internal) IS
	'reads a timeline from a binary message';

CREATE FUNCTION timeline_send(timeline) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION timeline_send(timeline) IS
	'writes a timeline as a binary message';

CREATE TYPE timeline (
	INPUT = timeline_in,
	OUTPUT = timeline_out,
	RECEIVE = timeline_recv,
	SEND = timeline_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = int4,
	STORAGE = extended
);
COMMENT ON TYPE timeline IS
	'one customer''s interactions, counted by touchpoint and day: click:2026-02-01,2026-02-02*3;purchase:2026-01-05=59.9';

-- Building

CREATE FUNCTION timeline_of(touchpoint text, occurred_on date, value double precision DEFAULT NULL) RETURNS timeline
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION timeline_of(text, date, double precision) IS
	'a timeline of one interaction, for "what if": timeline + timeline_of(''purchase'', current_date, 80)';

CREATE FUNCTION timeline_add(timeline, text, date) RETURNS timeline
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION timeline_add(timeline, text, date) IS
	'serves the aggregate timeline(touchpoint, occurred_on)';

CREATE FUNCTION timeline_add(timeline, text, date, double precision) RETURNS timeline
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION timeline_add(timeline, text, date, double precision) IS
	'serves the aggregate timeline(touchpoint, occurred_on, value)';

CREATE FUNCTION timeline_merge(timeline, timeline) RETURNS timeline
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION timeline_merge(timeline, timeline) IS
	'serves the aggregates timeline() and rollup(); to add two timelines use +';

CREATE FUNCTION timeline_close(timeline) RETURNS timeline
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION timeline_close(timeline) IS
	'serves the aggregates timeline() and rollup()';

CREATE AGGREGATE timeline(touchpoint text, occurred_on date) (
	SFUNC = timeline_add,
	STYPE = timeline,
	SSPACE = 256,
	COMBINEFUNC = timeline_merge,
	FINALFUNC = timeline_close,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE timeline(text, date) IS
	'the timeline of a group''s interactions; rows without touchpoint or day are skipped';

CREATE AGGREGATE timeline(touchpoint text, occurred_on date, value double precision) (
	SFUNC = timeline_add,
	STYPE = timeline,
	SSPACE = 256,
	COMBINEFUNC = timeline_merge,
	FINALFUNC = timeline_close,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE timeline(text, date, double precision) IS
	'the timeline of a group''s interactions with their values (kept to 4 decimals); a NULL value is an interaction without one';

CREATE AGGREGATE rollup(timeline) (
	SFUNC = timeline_merge,
	STYPE = timeline,
	SSPACE = 256,
	COMBINEFUNC = timeline_merge,
	FINALFUNC = timeline_close,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(timeline) IS
	'all timelines of a group added up into one';
