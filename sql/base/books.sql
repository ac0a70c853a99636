-- Keeping the books: verify, close, erase

CREATE FUNCTION _scoring.verify(base text) RETURNS TABLE (key text[], kept scoring.timeline, built scoring.timeline, pending boolean)
    LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM _scoring.check_entered(base);
    BEGIN
        PERFORM lock_base(base);
        -- whom a known change concerns is pending, and so no news
        PERFORM look_at_sources(base);
        PERFORM look_at_stamps(base);
        PERFORM compare_sources(base);
        PERFORM take_marks(base);
        RETURN QUERY SELECT * FROM rows_of(format(
            'WITH %s, changed AS (%s)
             SELECT ARRAY[%s], c.kept, c.built, EXISTS (SELECT FROM %I.pending AS p WHERE %s) OR EXISTS (SELECT FROM %4$I.reread)
             FROM changed AS c WHERE c.kept IS DISTINCT FROM c.built ORDER BY 1',
            timelines_sql(base, false), changed_sql(base, false), key_list_text(base, 'c.'), base, key_equal(base, 'p.', 'c.')))
            AS r (key text[], kept scoring.timeline, built scoring.timeline, pending boolean);
    EXCEPTION WHEN OTHERS THEN
        PERFORM is_row_error(SQLSTATE, SQLERRM, format('base "%s"', base));
        RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = format('base "%s" cannot be verified: %s', base, SQLERRM),
            DETAIL = 'A row of a source cannot be read.',
            HINT = format('CALL refresh(%L); says which customers: SELECT * FROM %I.failures;', base, base);
    END;
END
$$;
COMMENT ON FUNCTION _scoring.verify(text) IS 'body of scoring.verify()';

CREATE FUNCTION _scoring.close(base text, before date) RETURNS bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    until pg_catalog.date;
    today pg_catalog.date;
    waiting boolean;
    n bigint;
BEGIN
    PERFORM _scoring.check_entered(base);
    IF before IS NULL OR NOT isfinite(before) THEN
        RAISE invalid_parameter_value USING MESSAGE = 'before must be a day';
    END IF;
    PERFORM lock_base(base);
    EXECUTE format('SELECT closed_before, %1$I.today() FROM %1$I.base', base) INTO until, today;
    IF before < until THEN
        RAISE invalid_parameter_value USING MESSAGE = format('the books are closed up to %s already', until),
            HINT = 'Closed books cannot be opened: their sources may be gone.';
    END IF;
    IF before > today THEN
        RAISE invalid_parameter_value USING MESSAGE = format('%s is still to come', before),
            HINT = format('Today is %s.', today);
    END IF;
    -- what stands for ever should be right: nothing may be waiting
    PERFORM look_at_sources(base);
    PERFORM look_at_stamps(base);
    PERFORM compare_sources(base);
    PERFORM take_marks(base);
    EXECUTE format('SELECT EXISTS (SELECT FROM %1$I.pending) OR EXISTS (SELECT FROM %1$I.reread)', base) INTO waiting;
    IF waiting THEN
        RAISE object_not_in_prerequisite_state USING MESSAGE = format('base "%s" has changes that are not yet read', base),
            HINT = format('CALL refresh(%L); then close again. Customers that cannot be read: SELECT * FROM %I.failures;', base, base);
    END IF;
    EXECUTE format('UPDATE %I.base SET closed_before = $1', base) USING before;
    EXECUTE format('UPDATE %I.timelines AS t SET closed = n.closed
                    FROM (SELECT ctid AS place, scoring.as_of(timeline, $1 - 1) AS closed FROM %1$I.timelines OFFSET 0) AS n
                    WHERE t.ctid = n.place AND ((t.closed IS NULL) <> (n.closed IS NULL) OR t.closed OPERATOR(scoring.<>) n.closed)', base)
        USING before;
    GET DIAGNOSTICS n = ROW_COUNT;
    -- echoes and what counts once do not look across the border: what is open may count for more now
    IF before IS DISTINCT FROM until THEN
        EXECUTE format('INSERT INTO %1$I.reread SELECT 0 WHERE EXISTS (SELECT FROM %1$I.echoes)
                        OR EXISTS (SELECT FROM %1$I.registered_sources WHERE once_per IS NOT NULL)', base);
    END IF;
    RETURN n;
END
$$;
COMMENT ON FUNCTION _scoring.close(text, date) IS 'body of scoring.close()';

CREATE FUNCTION _scoring.erase(base text, VARIADIC key text[]) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    who pg_catalog.text;
    w pg_catalog.record;
    campaign pg_catalog.text;
BEGIN
    PERFORM _scoring.check_entered(base);
    who := format('(SELECT %s) AS k (%s)', key_from_array(base, '$1'), key_list(base));
    PERFORM check_key_given(base, key);
    PERFORM lock_base(base);
    EXECUTE format('INSERT INTO %I.erased SELECT %s FROM %s ON CONFLICT DO NOTHING', base, key_digest(base, VARIADIC key_columns(base, 'k.')), who) USING key;
    EXECUTE format('DELETE FROM %I.timelines AS t USING %s WHERE %s', base, who, key_equal(base, 't.', 'k.')) USING key;
    EXECUTE format('DELETE FROM %I.failures AS t USING %s WHERE %s', base, who, key_equal(base, 't.', 'k.')) USING key;
    EXECUTE format('DELETE FROM %I.history AS t USING %s WHERE %s', base, who, key_equal(base, 't.', 'k.')) USING key;
    FOR campaign IN EXECUTE format('SELECT campaign FROM %1$I.campaigns WHERE to_regclass(format(''%%I.%%I'', %1$L, campaign)) IS NOT NULL', base) LOOP
        EXECUTE format('DELETE FROM %I.%I AS t USING %s WHERE %s', base, campaign, who, key_equal(base, 't.', 'k.')) USING key;
    END LOOP;
    -- marks say in raw columns whom they mean: turn them all into keys
    PERFORM take_marks(base);
    EXECUTE format('DELETE FROM %I.pending AS t USING %s WHERE %s', base, who, key_equal(base, 't.', 'k.')) USING key;
    FOR w IN EXECUTE format('SELECT watch FROM %I.watches WHERE keys <> ''{}'' AND NOT tracked', base) LOOP
        EXECUTE format('DELETE FROM %I.%I AS t USING %s WHERE %s', base, 'seen_' || w.watch, who, key_equal(base, 't.', 'k.')) USING key;
    END LOOP;
END
$$;
COMMENT ON FUNCTION _scoring.erase(text, text[]) IS 'body of scoring.erase()';

CREATE FUNCTION _scoring.check_key_given(of_base text, key text[]) RETURNS void
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    wanted integer;
BEGIN
    EXECUTE format('SELECT cardinality(key_columns) FROM %I.base', of_base) INTO wanted;
    IF cardinality(key) <> wanted OR array_position(key, NULL) IS NOT NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = format('the key of base "%s" has %s columns', of_base, wanted),
            HINT = format('Give a value for each of: %s.', key_list(of_base));
    END IF;
    BEGIN
        EXECUTE format('SELECT %s', key_from_array(of_base, '$1')) USING key;
    EXCEPTION WHEN data_exception THEN
        RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = SQLERRM,
            HINT = format('The key of base "%s" is: %s.', of_base, key_definition(of_base));
    END;
END
$$;
COMMENT ON FUNCTION _scoring.check_key_given(text, text[]) IS
    'an error when values cannot be a key of the base';
