-- Acting as the owner of a base

CREATE FUNCTION _scoring.check_entered(base text) RETURNS void
    LANGUAGE c STRICT
    AS 'MODULE_PATHNAME', 'scoring_check_entered';
COMMENT ON FUNCTION _scoring.check_entered(text) IS
    'an error unless a public function has switched to the owner of a base: what every body asks first';
