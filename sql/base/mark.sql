-- What changed, reported by those who change it

CREATE FUNCTION _scoring.mark()
RETURNS trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'scoring_mark';
COMMENT ON FUNCTION _scoring.mark() IS
'trigger of the sources of a base: keeps the columns that name the customers whom a changed row concerns, for refresh()';
