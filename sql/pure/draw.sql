-- Random draws: who is in, decided once and for ever

CREATE FUNCTION scoring.draw(subject text, salt text)
    RETURNS double precision
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 20
    AS 'MODULE_PATHNAME', 'scoring_draw';
COMMENT ON FUNCTION scoring.draw(text, text) IS
    'a number from 0 to below 1 drawn for a subject: the first 53 bits of SHA-256 over salt, zero byte, subject in UTF-8; another salt is another draw';
