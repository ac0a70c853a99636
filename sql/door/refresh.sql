-- The steps of a refresh.  Each is a transaction where refresh() may commit;
-- each takes the base's lock and leaves everything so that another refresh can
-- go on from there.

-- Whether nobody else is refreshing the base, and so we may.  Of the lock on
-- `refreshing` see src/base/lock.c.
CREATE FUNCTION _scoring.start_refreshing(of_base text) RETURNS boolean
    LANGUAGE plpgsql
AS $$
DECLARE
    other pg_catalog.record;
    since pg_catalog.timestamptz;
BEGIN
    IF lock_refreshing(of_base, false) THEN
        RETURN true;
    END IF;
    SELECT l.mode = 'ExclusiveLock' AS in_transaction, a.xact_start INTO other
    FROM pg_locks AS l LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
    WHERE l.locktype = 'relation' AND l.granted AND l.mode IN ('ExclusiveLock', 'RowExclusiveLock')
      AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
      AND l.relation = format('%I.refreshing', of_base)::regclass
    ORDER BY in_transaction DESC LIMIT 1;
    IF NOT FOUND THEN
        -- it is no refresh (VACUUM, drop_base), or one that has just ended
        RETURN lock_refreshing(of_base, true);
    END IF;
    IF other.in_transaction THEN
        -- its row is not there yet; NULL when we may not see what that session does
        since := other.xact_start;
    ELSE
        EXECUTE format('SELECT started_at FROM %I.refreshes WHERE finished_at IS NULL AND phase <> ''interrupted'' ORDER BY run DESC LIMIT 1', of_base)
            INTO since;
    END IF;
    RAISE WARNING 'base "%" is being refreshed by another session%', of_base, coalesce(' since ' || date_trunc('second', since), '')
        USING DETAIL = 'This refresh has done nothing.'
                       || CASE WHEN other.in_transaction THEN ' What the other one does is seen when its transaction has ended.' ELSE '' END,
              HINT = format('How far it is: SELECT * FROM %I.progress;', of_base);
    RETURN false;
END
$$;
COMMENT ON FUNCTION _scoring.start_refreshing(text) IS
    'takes what a refresh holds, or warns that another refresh is at work';

CREATE FUNCTION _scoring.refresh_step(base text, state jsonb) RETURNS jsonb
    LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM _scoring.check_entered(base);
    IF state IS NULL AND NOT start_refreshing(base) THEN
        RETURN NULL;
    END IF;
    -- between two steps, erase() or verify() have their turn
    PERFORM lock_base(base);
    RETURN next_state(base, state);
END
$$;
COMMENT ON FUNCTION _scoring.refresh_step(text, jsonb) IS
    'body of scoring.refresh(): one step of it, and the state for the next one';

CREATE FUNCTION _scoring.next_state(of_base text, state jsonb) RETURNS jsonb
    LANGUAGE plpgsql
AS $$
BEGIN
    IF state IS NOT NULL THEN
        -- since the step before, another relation may have come under the name of a source
        PERFORM check_owners(of_base);
    END IF;
    RETURN CASE state ->> 'phase'
        WHEN 'compare' THEN refresh_compare(of_base, state)
        WHEN 'marks' THEN refresh_marks(of_base, state)
        WHEN 'everything' THEN refresh_everything(of_base, state)
        WHEN 'batch' THEN refresh_batch(of_base, state)
        WHEN 'failures' THEN refresh_failures(of_base, state)
        WHEN 'end' THEN refresh_end(of_base, state)
        ELSE refresh_begin(of_base)
    END;
END
$$;
COMMENT ON FUNCTION _scoring.next_state(text, jsonb) IS 'does one step of refresh(), and says what the next one is';

CREATE FUNCTION _scoring.refresh_begin(of_base text) RETURNS jsonb
    LANGUAGE plpgsql
AS $$
DECLARE
    run bigint;
    other pg_catalog.text;
BEGIN
    -- the catalogs are always those of this moment, but rows may be those of an earlier one
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
        EXECUTE format('SELECT relation FROM %1$I.watches LEFT JOIN %1$I.stamps USING (watch)
                        WHERE to_regclass(relation) IS DISTINCT FROM seen
                           OR stamp <> watch_stamp($1, watch) LIMIT 1', of_base) INTO other USING of_base;
        IF other IS NOT NULL THEN
            RAISE object_not_in_prerequisite_state USING
                MESSAGE = format('source %s was replaced or truncated, or has other partitions or columns', other),
                DETAIL = 'Rows that came with that may be later than the snapshot of this transaction.',
                HINT = 'CALL refresh() by itself, or in a transaction at READ COMMITTED.';
        END IF;
    END IF;
    EXECUTE format('UPDATE %I.refreshes SET phase = ''interrupted'' WHERE finished_at IS NULL AND phase <> ''interrupted''', of_base);
    BEGIN
        EXECUTE format('INSERT INTO %1$I.refreshes (run, phase) SELECT coalesce(max(run), 0) + 1, ''looking at the sources''
                        FROM %1$I.refreshes RETURNING run', of_base) INTO run;
    EXCEPTION WHEN unique_violation THEN
        RAISE serialization_failure USING
            MESSAGE = format('base "%s" was refreshed after this transaction began', of_base),
            HINT = 'Try the transaction again.';
    END;
    EXECUTE format('DELETE FROM %I.refreshes WHERE run < $1 - 1000', of_base) USING run;
    PERFORM look_at_sources(of_base);
    PERFORM look_at_population(of_base);
    RETURN jsonb_build_object('run', run, 'phase', 'compare');
END
$$;
COMMENT ON FUNCTION _scoring.refresh_begin(text) IS 'first step of refresh(): looks at the sources';

-- a step of its own: the one before may hold locks that writers wait for
CREATE FUNCTION _scoring.refresh_compare(of_base text, state jsonb) RETURNS jsonb
    LANGUAGE plpgsql
AS $$
DECLARE
    everything boolean;
BEGIN
    PERFORM look_at_stamps(of_base);
    PERFORM try_keys(of_base, true);
    BEGIN
        PERFORM compare_sources(of_base);
    EXCEPTION WHEN OTHERS THEN
        PERFORM is_row_error(SQLSTATE, SQLERRM, format('base "%s"', of_base), of_base);
        PERFORM try_keys(of_base, false);
        PERFORM compare_sources(of_base);
    END;
    EXECUTE format('SELECT EXISTS (SELECT FROM %I.reread)', of_base) INTO everything;
    RETURN state || jsonb_build_object('phase', CASE WHEN everything THEN 'everything' ELSE 'marks' END);
END
$$;
COMMENT ON FUNCTION _scoring.refresh_compare(text, jsonb) IS
    'step of refresh() for the sources that nothing reports';

CREATE FUNCTION _scoring.refresh_marks(of_base text, state jsonb) RETURNS jsonb
    LANGUAGE plpgsql
AS $$
DECLARE
    customers bigint;
    everything boolean;
BEGIN
    PERFORM take_marks(of_base);
    EXECUTE format('SELECT count(*), EXISTS (SELECT FROM %1$I.reread) FROM %1$I.pending', of_base) INTO customers, everything;
    IF everything THEN
        RETURN state || '{"phase": "everything"}';
    END IF;
    EXECUTE format('UPDATE %I.refreshes SET phase = ''reading customers'', customers = $2 WHERE run = $1', of_base)
        USING (state ->> 'run')::bigint, customers;
    RETURN state || jsonb_build_object('phase', CASE WHEN customers > 0 THEN 'batch' ELSE 'end' END,
                                       'size', 10000, 'customers', customers, 'done', 0);
END
$$;
COMMENT ON FUNCTION _scoring.refresh_marks(text, jsonb) IS 'step of refresh() that takes the marks';

-- One batch.  When a row in it cannot be read, a smaller one, down to the one
-- customer whose row it is; he keeps his timeline and stays pending.  Until
-- batches are large again, many of them make one step: the statement for them is
-- written once.
CREATE FUNCTION _scoring.refresh_batch(of_base text, state jsonb) RETURNS jsonb
    LANGUAGE plpgsql
AS $$
DECLARE
    statement pg_catalog.text := write_sql(of_base, true);
    position pg_catalog.text[] := CASE jsonb_typeof(state -> 'position') WHEN 'array' THEN ARRAY(SELECT jsonb_array_elements_text(state -> 'position')) END;
    size integer := state ->> 'size';
    wanted integer;
    n bigint;
    other bigint;
    late bigint;
    last_key pg_catalog.text[];
    last boolean := false;
    read bigint := 0;
    changed bigint := 0;
    failed bigint := 0;
    failed_before bigint := coalesce(state ->> 'failed', '0');
BEGIN
    FOR attempt IN 1 .. 100 LOOP
        wanted := size;
        BEGIN
            SELECT r.* INTO n, other, late, last_key FROM rows_of(statement, position, wanted, NULL::timestamptz)
                AS r (customers bigint, changed bigint, late bigint, last_key text[]);
            PERFORM report_late(of_base, late);
            size := least(wanted * 2, 10000);
        EXCEPTION WHEN OTHERS THEN
            PERFORM is_row_error(SQLSTATE, SQLERRM, format('base "%s"', of_base), of_base);
            IF wanted > 1 THEN
                size := greatest(wanted / 8, 1);
                CONTINUE;
            END IF;
            -- a row of somebody else's, whose key must be worked out to know that?
            IF NOT state ? 'keys_tried' THEN
                state := state || '{"keys_tried": true}';
                IF try_keys(of_base, false) THEN
                    statement := write_sql(of_base, true);
                    size := 10000;
                    CONTINUE;
                END IF;
            END IF;
            EXECUTE format('SELECT ARRAY[%s] FROM %I.pending AS p WHERE %s ORDER BY %s LIMIT $2', key_list_text(of_base, 'p.'), of_base,
                           due_condition(of_base), key_list(of_base, 'p.')) INTO last_key USING position, wanted, NULL::timestamptz;
            failed := failed + 1;
            PERFORM note_failure(of_base, last_key, SQLERRM, failed_before + failed);
            n := 1;
            other := 0;
        END;
        position := coalesce(last_key, position);
        read := read + n;
        changed := changed + other;
        last := n < wanted;
        EXIT WHEN last OR size = 10000;
    END LOOP;
    EXECUTE format('UPDATE %I.refreshes SET done = done + $2, changed = changed + $3, failed = failed + $4 WHERE run = $1', of_base)
        USING (state ->> 'run')::bigint, read, changed, failed;
    IF read > 0 THEN
        RAISE NOTICE 'base "%": % of % customers read again', of_base, (state ->> 'done')::bigint + read, state ->> 'customers';
    END IF;
    RETURN state || jsonb_build_object(
        'phase', CASE WHEN NOT last THEN 'batch' WHEN state ? 'failures_tried' THEN 'end' ELSE 'failures' END,
        'size', size, 'position', to_jsonb(position), 'done', (state ->> 'done')::bigint + read, 'failed', failed_before + failed);
END
$$;
COMMENT ON FUNCTION _scoring.refresh_batch(text, jsonb) IS 'one batch of refresh()';

-- Those who failed at an earlier refresh come last, and at once: they may all be
-- mended.  When they are not, each is tried, and who can be read is read in batches.
CREATE FUNCTION _scoring.refresh_failures(of_base text, state jsonb) RETURNS jsonb
    LANGUAGE plpgsql
AS $$
DECLARE
    batch constant integer := 10000;
    started pg_catalog.timestamptz;
    waiting boolean;
    read bigint;
    changed bigint := 0;
    failed bigint := 0;
    late bigint;
BEGIN
    EXECUTE format('SELECT started_at, EXISTS (SELECT FROM %1$I.failures WHERE since < started_at) FROM %1$I.refreshes WHERE run = $1', of_base)
        INTO started, waiting USING (state ->> 'run')::bigint;
    IF NOT waiting THEN
        RETURN state || '{"phase": "end"}';
    END IF;
    BEGIN
        SELECT r.customers, r.changed, r.late INTO read, changed, late FROM rows_of(write_sql(of_base, true), NULL::text[], batch, started)
            AS r (customers bigint, changed bigint, late bigint, last_key text[]);
        PERFORM report_late(of_base, late);
        state := state || jsonb_build_object('phase', CASE WHEN read < batch THEN 'end' ELSE 'failures' END);
    EXCEPTION WHEN OTHERS THEN
        PERFORM is_row_error(SQLSTATE, SQLERRM, format('base "%s"', of_base), of_base);
        IF NOT state ? 'keys_tried' AND try_keys(of_base, false) THEN
            RETURN state || '{"keys_tried": true}';
        END IF;
        failed := try_failures(of_base, started);
        read := failed;
        state := (state - 'position') || jsonb_build_object('phase', 'batch', 'size', batch, 'failures_tried', true, 'keys_tried', true);
    END;
    EXECUTE format('UPDATE %I.refreshes SET done = done + $2, changed = changed + $3, failed = failed + $4 WHERE run = $1', of_base)
        USING (state ->> 'run')::bigint, read, changed, failed;
    RAISE NOTICE 'base "%": % of % customers read again', of_base, (state ->> 'done')::bigint + read, state ->> 'customers';
    RETURN state || jsonb_build_object('done', (state ->> 'done')::bigint + read);
END
$$;
COMMENT ON FUNCTION _scoring.refresh_failures(text, jsonb) IS
    'the step of refresh() for customers who could not be read before';

-- Everybody at once: one reading of all sources.
CREATE FUNCTION _scoring.refresh_everything(of_base text, state jsonb) RETURNS jsonb
    LANGUAGE plpgsql
AS $$
DECLARE
    w pg_catalog.record;
    read bigint;
    changed bigint;
    late bigint;
BEGIN
    BEGIN
        -- what these say is read below, by later snapshots
        EXECUTE format('DELETE FROM %I.reread', of_base);
        FOR w IN EXECUTE format('SELECT watch FROM %I.watches WHERE tracked', of_base) LOOP
            EXECUTE format('DELETE FROM %I.%I', of_base, 'marks_' || w.watch);
        END LOOP;
        EXECUTE format('DELETE FROM %I.pending', of_base);
        SELECT r.changed, r.late INTO changed, late FROM rows_of(write_sql(of_base, false))
            AS r (customers bigint, changed bigint, late bigint, last_key text[]);
        -- counting what was built would keep all of it until then
        EXECUTE format('SELECT count(*) FROM %I.timelines', of_base) INTO read;
        PERFORM report_late(of_base, late);
    EXCEPTION WHEN OTHERS THEN
        PERFORM is_row_error(SQLSTATE, SQLERRM, format('base "%s"', of_base), of_base);
        RAISE NOTICE 'base "%": a row could not be read, so customers are read in batches', of_base
            USING DETAIL = SQLERRM;
        PERFORM note_everybody(of_base);
        RETURN state || '{"phase": "marks", "in_full": true}';
    END;
    PERFORM count_readings(of_base);
    EXECUTE format('UPDATE %I.refreshes SET phase = ''reading everything'', customers = $2, done = $2, changed = $3 WHERE run = $1', of_base)
        USING (state ->> 'run')::bigint, read, changed;
    RAISE NOTICE 'base "%": all sources read, % customers, % timelines changed', of_base, read, changed;
    RETURN state || '{"phase": "end"}';
END
$$;
COMMENT ON FUNCTION _scoring.refresh_everything(text, jsonb) IS
    'the step of refresh() that reads all sources in full';

-- all customers pending, and nothing to be read in full any more
CREATE FUNCTION _scoring.note_everybody(of_base text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record;
    key pg_catalog.record;
BEGIN
    PERFORM try_keys(of_base, false);
    EXECUTE format('DELETE FROM %I.reread', of_base);
    EXECUTE format('INSERT INTO %1$I.pending SELECT %2$s FROM %1$I.timelines ON CONFLICT DO NOTHING', of_base, key_list(of_base));
    FOR s IN EXECUTE format('SELECT * FROM %I.registered_sources ORDER BY source', of_base) LOOP
        key := key_reading(of_base, to_regclass(s.relation), s.key);
        PERFORM run(format('INSERT INTO %I.pending SELECT * FROM (SELECT %s FROM (SELECT scoring_keys.* FROM %s) AS r WHERE %s) AS k WHERE %s
                            ON CONFLICT DO NOTHING',
                           of_base, key.cast_list, keyed_rows(of_base, to_regclass(s.relation), s.key, s.careful), key.present,
                           not_erased(of_base, VARIADIC key_columns(of_base, 'k.'))));
    END LOOP;
END
$$;
COMMENT ON FUNCTION _scoring.note_everybody(text) IS 'notes every customer of every source as pending';

CREATE FUNCTION _scoring.refresh_end(of_base text, state jsonb) RETURNS jsonb
    LANGUAGE plpgsql
AS $$
DECLARE
    today pg_catalog.date;
    again boolean;
    failed bigint;
BEGIN
    -- once a day, and when a score has no history at all
    EXECUTE format('SELECT %1$I.today(), snapshot_on IS DISTINCT FROM %1$I.today()
                           OR EXISTS (SELECT FROM %1$I.scores AS s WHERE kind <> ''rfm''
                                      AND NOT EXISTS (SELECT FROM %1$I.history WHERE score_name = s.name))
                    FROM %1$I.base', of_base)
        INTO today, again;
    IF state ? 'in_full' THEN
        PERFORM count_readings(of_base);
    END IF;
    PERFORM cut_first_scores(of_base);
    IF again THEN
        PERFORM take_snapshot(of_base, today);
        PERFORM warn_of_silence(of_base, today);
        EXECUTE format('UPDATE %I.base SET snapshot_on = $1', of_base) USING today;
    END IF;
    EXECUTE format('UPDATE %I.refreshes SET phase = ''done'', finished_at = clock_timestamp() WHERE run = $1 RETURNING failed', of_base)
        INTO failed USING (state ->> 'run')::bigint;
    IF failed > 0 THEN
        RAISE WARNING 'base "%": % customers could not be read', of_base, failed
            USING HINT = format('SELECT * FROM %I.failures;', of_base);
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION _scoring.refresh_end(text, jsonb) IS 'last step of refresh(): the snapshot of the day';

CREATE FUNCTION _scoring.rebuild(base text) RETURNS bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    state pg_catalog.jsonb;
    run bigint;
    changed bigint;
BEGIN
    PERFORM _scoring.check_entered(base);
    -- or else between two steps of the refresh that has it: to wait for it could be a deadlock
    PERFORM lock_refreshing(base, false);
    PERFORM lock_base(base);
    state := refresh_begin(base);
    run := state ->> 'run';
    EXECUTE format('INSERT INTO %I.reread VALUES (0)', base);
    WHILE state IS NOT NULL LOOP
        state := next_state(base, state);
    END LOOP;
    EXECUTE format('SELECT changed FROM %I.refreshes WHERE run = $1', base) INTO changed USING run;
    RETURN changed;
END
$$;
COMMENT ON FUNCTION _scoring.rebuild(text) IS 'body of scoring.rebuild()';
