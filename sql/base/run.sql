-- What users wrote is run by these alone: names in it are looked up in pg_catalog
-- and scoring.  Everything else in such a query is written with its schema.

CREATE FUNCTION _scoring.run(command text) RETURNS bigint
    LANGUAGE c
    SET search_path = pg_catalog, scoring, pg_temp
    AS 'MODULE_PATHNAME', 'scoring_run';
COMMENT ON FUNCTION _scoring.run(text) IS
    'runs a command in which expressions of users are; how many rows it concerned';

CREATE FUNCTION _scoring.run(command text, VARIADIC parameters "any") RETURNS bigint
    LANGUAGE c
    SET search_path = pg_catalog, scoring, pg_temp
    AS 'MODULE_PATHNAME', 'scoring_run';
COMMENT ON FUNCTION _scoring.run(text, "any") IS
    'runs a command in which expressions of users are, with parameters; how many rows it concerned';

CREATE FUNCTION _scoring.rows_of(query text) RETURNS SETOF record
    LANGUAGE c
    SET search_path = pg_catalog, scoring, pg_temp
    AS 'MODULE_PATHNAME', 'scoring_rows_of';
COMMENT ON FUNCTION _scoring.rows_of(text) IS 'rows of a query in which expressions of users are';

CREATE FUNCTION _scoring.rows_of(query text, VARIADIC parameters "any") RETURNS SETOF record
    LANGUAGE c
    SET search_path = pg_catalog, scoring, pg_temp
    AS 'MODULE_PATHNAME', 'scoring_rows_of';
COMMENT ON FUNCTION _scoring.rows_of(text, "any") IS
    'rows of a query in which expressions of users are, with parameters';
