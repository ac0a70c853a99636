-- Rows that cannot be read: whose they are, and what is said of them

-- Looks for sources with a row whose key cannot be worked out, or only whether
-- those that had one still have.  True when a source's mode has changed.
CREATE FUNCTION _scoring.try_keys(of_base text, only_careful boolean) RETURNS boolean
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record;
    fails pg_catalog.text;
    example pg_catalog.text;
    n bigint;
    news boolean := false;
BEGIN
    FOR s IN EXECUTE format('SELECT *, to_regclass(relation) AS relid FROM %I.registered_sources
                             WHERE careful OR NOT $1 ORDER BY source', of_base) USING only_careful LOOP
        fails := NULL;
        BEGIN
            fails := (SELECT r.fails FROM rows_of(
                format('SELECT CASE WHEN max(octet_length(k::text)) > 2000 THEN ''it is longer than 2000 bytes'' END
                        FROM (SELECT %s FROM (SELECT scoring_keys.* FROM %s) AS r) AS k',
                       (key_reading(of_base, s.relid, s.key)).cast_list, keyed_rows(of_base, s.relid, s.key))) AS r (fails text));
        EXCEPTION WHEN OTHERS THEN
            PERFORM is_row_error(SQLSTATE, SQLERRM, format('key of source %s', s.relation), of_base);
            fails := SQLERRM;
        END;
        IF fails IS NOT NULL THEN
            SELECT r.n, r.example INTO n, example FROM rows_of(
                format('SELECT count(*), left(min(ROW(%s)::text), 200) FROM %s WHERE scoring_tried.texts IS NULL',
                       (SELECT string_agg(format('%s.%I', short_name(s.relid), c), ', ') FROM unnest(columns_used(s.relid, s.key)) AS c),
                       keyed_rows(of_base, s.relid, s.key, true))) AS r (n bigint, example text);
            RAISE WARNING 'source %: the key of % rows cannot be worked out: %', s.relation, n, fails
                USING DETAIL = format('They are left out. One of them has in the columns of its key: %s.', example),
                      HINT = 'Until they are mended every key is tried by itself, which is slow.';
        END IF;
        IF s.careful <> (fails IS NOT NULL) THEN
            news := true;
            EXECUTE format('UPDATE %I.registered_sources SET careful = $2 WHERE source = $1', of_base) USING s.source, fails IS NOT NULL;
        END IF;
    END LOOP;
    RETURN news;
END
$$;
COMMENT ON FUNCTION _scoring.try_keys(text, boolean) IS
    'finds sources with rows whose key cannot be worked out';

-- A customer whose rows cannot be read: notes him, with the source, and says so.
CREATE FUNCTION _scoring.note_failure(of_base text, key text[], message text, nth bigint) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    keys pg_catalog.text := key_list(of_base);
    s pg_catalog.record;
    guilty integer;
    relation pg_catalog.text;
BEGIN
    FOR s IN EXECUTE format('SELECT * FROM %I.registered_sources ORDER BY source', of_base) LOOP
        BEGIN
            PERFORM run(format('WITH due AS (SELECT %s) SELECT count(r::text), scoring.timeline(r.touchpoint, r.day, r.value) FROM (%s) AS r',
                               key_from_array(of_base, '$1'), reading(of_base, s.source, true)), key);
        EXCEPTION WHEN OTHERS THEN
            guilty := s.source;
            relation := s.relation;
            message := SQLERRM;
            EXIT;
        END;
    END LOOP;
    EXECUTE format('INSERT INTO %I.failures SELECT %s, $2, $3 ON CONFLICT (%s) DO UPDATE SET source = excluded.source, error = excluded.error',
                   of_base, key_from_array(of_base, '$1'), keys) USING key, guilty, message;
    PERFORM report_failure(of_base, key, relation, message, nth);
END
$$;
COMMENT ON FUNCTION _scoring.note_failure(text, text[], text, bigint) IS
    'notes the customer whose rows cannot be read';

-- the nth of a refresh: a hundred are named, all are counted at its end
CREATE FUNCTION _scoring.report_failure(of_base text, key text[], relation text, message text, nth bigint) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    IF nth <= 100 THEN
        RAISE WARNING 'customer % cannot be read from source %: %', array_to_string(key, ', '), coalesce(relation, '(several)'), message
            USING DETAIL = 'The timeline stands as it was; the next refresh tries again.',
                  HINT = format('All of them: SELECT * FROM %I.failures;', of_base);
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.report_failure(text, text[], text, text, bigint) IS
    'says that a customer''s rows cannot be read';

CREATE FUNCTION _scoring.report_late(of_base text, late bigint) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    IF late > 0 THEN
        RAISE WARNING 'base "%": % interactions came too late for closed books and are left out', of_base, late
            USING HINT = 'close() says from which day on changes count.';
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.report_late(text, bigint) IS 'says how many interactions came too late';

-- Tries each of those who failed before a moment.  Who can be read is no failure
-- any more; gives how many still are.
CREATE FUNCTION _scoring.try_failures(of_base text, before timestamptz) RETURNS bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    trial pg_catalog.text := format('WITH due (%s) AS (SELECT %s), %s SELECT count(c.built) FROM (%s) AS c', key_list(of_base),
                         key_from_array(of_base, '$1'), timelines_sql(of_base, true), changed_sql(of_base, true));
    f pg_catalog.record;
    failed bigint := 0;
BEGIN
    FOR f IN EXECUTE format('SELECT f.ctid, ARRAY[%s] AS key, source, error, relation FROM %I.failures AS f
                             JOIN %2$I.pending AS p ON %s LEFT JOIN %2$I.registered_sources USING (source) WHERE since < $1 ORDER BY %s',
                            key_list_text(of_base, 'f.'), of_base, key_equal(of_base, 'f.', 'p.'), key_list(of_base, 'f.')) USING before LOOP
        BEGIN
            PERFORM run(trial, f.key);
            EXECUTE format('DELETE FROM %I.failures WHERE ctid = $1', of_base) USING f.ctid;
        EXCEPTION WHEN OTHERS THEN
            PERFORM is_row_error(SQLSTATE, SQLERRM, format('base "%s"', of_base), of_base);
            failed := failed + 1;
            IF SQLERRM = f.error THEN
                PERFORM report_failure(of_base, f.key, f.relation, f.error, failed);
            ELSE
                PERFORM note_failure(of_base, f.key, SQLERRM, failed);
            END IF;
        END;
    END LOOP;
    RETURN failed;
END
$$;
COMMENT ON FUNCTION _scoring.try_failures(text, timestamptz) IS
    'finds out which customers can be read who could not be';
