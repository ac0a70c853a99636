-- The door, bases: what a base reads, and how it is kept.  create_base() makes one.
--
-- Each of these acts as the base's owner, whoever calls it (src/base/face.c): its body
-- is the function of the same name in _scoring.

CREATE PROCEDURE scoring.refresh(base text)
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'scoring_refresh';
COMMENT ON PROCEDURE scoring.refresh(text) IS
    're-reads the customers that changed since the last refresh, in batches that commit';

CREATE FUNCTION scoring.set_population(
        base text, relation regclass, key text DEFAULT NULL, contactable jsonb DEFAULT NULL,
        scored text DEFAULT NULL)
    RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.set_population(text, regclass, text, jsonb, text) IS
    'says which table has all customers, who may be contacted by which channel, and who is scored; NULL for none';

CREATE FUNCTION scoring.add_source(
        base text, relation regclass, touchpoint text, occurred text, value text DEFAULT NULL,
        filter text DEFAULT NULL, key text DEFAULT NULL, once_per text DEFAULT NULL,
        time_zone text DEFAULT NULL, watch jsonb DEFAULT NULL)
    RETURNS integer
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.add_source(text, regclass, text, text, text, text, text, text, text, jsonb) IS
    'adds a relation whose rows are interactions: expressions over its columns say which, when, of whom and of what value';

CREATE FUNCTION scoring.drop_source(base text, source integer)
    RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.drop_source(text, integer) IS
    'takes a source away; the next refresh takes its interactions out of the timelines';

CREATE FUNCTION scoring.add_echo(
        base text, touchpoint text, of text, before interval DEFAULT '0', after interval DEFAULT '0',
        same text DEFAULT NULL)
    RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.add_echo(text, text, text, interval, interval, text) IS
    'says that interactions shortly before or after others are their echo, and do not count';

CREATE FUNCTION scoring.drop_echo(base text, touchpoint text, of text)
    RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.drop_echo(text, text, text) IS
    'takes back what add_echo() said; the next refresh counts those interactions again';

CREATE FUNCTION scoring.rebuild(base text)
    RETURNS bigint
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.rebuild(text) IS
    'builds the open days of every timeline from the sources, in one piece; the number of timelines that changed';

CREATE FUNCTION scoring.verify(base text)
    RETURNS TABLE (key text[], kept timeline, built timeline, pending boolean)
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.verify(text) IS
    'every timeline that differs from its sources, and whether the next refresh will read that customer anyway';

CREATE FUNCTION scoring.close(base text, before date)
    RETURNS bigint
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.close(text, date) IS
    'closes the books: interactions before that day stand as they are, whatever becomes of their sources';

CREATE FUNCTION scoring.erase(base text, VARIADIC key "any")
    RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.erase(text, "any") IS
    'removes every trace of a customer, and keeps a salted SHA-256 of the key so that no refresh brings it back';

CREATE FUNCTION scoring.drop_base(base text)
    RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'scoring_face';
COMMENT ON FUNCTION scoring.drop_base(text) IS
    'drops a base with its timelines, scores and history, and the triggers on its sources';
