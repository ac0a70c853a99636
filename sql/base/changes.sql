-- refresh: what changed is noted by customer, then read again by customer

-- ---------------------------------------------------------------------------
-- writing timelines

-- Builds the timelines of the customers due (see due_condition(), and $2: how
-- many), or of everybody, and writes those that came out different.  Gives
-- (customers, changed, late, last_key).
CREATE FUNCTION _scoring.write_sql(of_base text, only_due boolean) RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    keys pg_catalog.text := key_list(of_base);
    due pg_catalog.text;
BEGIN
    IF only_due THEN
        due := format('due AS MATERIALIZED (
                DELETE FROM %1$I.pending WHERE ctid = ANY (ARRAY(
                    SELECT ctid FROM %1$I.pending AS p WHERE %3$s ORDER BY %2$s LIMIT $2))
                RETURNING %2$s), ', of_base, keys, due_condition(of_base));
    END IF;
    RETURN format($sql$
        WITH %1$s%2$s,
        changed AS MATERIALIZED (%3$s),
        put AS (
            INSERT INTO %4$I.timelines (%5$s, timeline)
            SELECT %5$s, built FROM changed WHERE place IS NULL AND built IS NOT NULL),
        kept AS (
            UPDATE %4$I.timelines AS t SET timeline = c.built FROM changed AS c
            WHERE t.ctid = c.place AND c.built <> c.kept),
        gone AS (
            DELETE FROM %4$I.timelines AS t USING changed AS c WHERE t.ctid = c.place AND c.built IS NULL),
        mended AS (
            DELETE FROM %4$I.failures AS f %6$s)
        SELECT %7$s, (SELECT count(*) FROM changed WHERE built IS DISTINCT FROM kept), %8$s, %9$s$sql$,
        due, timelines_sql(of_base, only_due), changed_sql(of_base, only_due), of_base, keys,
        CASE WHEN only_due THEN 'USING due AS d WHERE ' || key_equal(of_base, 'f.', 'd.') ELSE '' END,
        CASE WHEN only_due THEN '(SELECT count(*) FROM due)' ELSE 'NULL::bigint' END, late_sql(of_base),
        CASE WHEN only_due THEN format('(SELECT ARRAY[%s] FROM due AS d ORDER BY %s LIMIT 1)', key_list_text(of_base, 'd.'),
                                       (SELECT string_agg(c || ' DESC', ', ') FROM unnest(key_columns(of_base, 'd.')) AS c)) ELSE 'NULL::text[]' END);
END
$$;
COMMENT ON FUNCTION _scoring.write_sql(text, boolean) IS
    'statement that builds timelines and writes those that changed';

-- 'k1::text, k2::text', and back: '($1)[1]::bigint, ($1)[2]::text'
CREATE FUNCTION _scoring.key_list_text(of_base text, prefix text) RETURNS text
    LANGUAGE sql STABLE STRICT
    RETURN (SELECT string_agg(c || '::text', ', ') FROM unnest(_scoring.key_columns(of_base, prefix)) AS c);
COMMENT ON FUNCTION _scoring.key_list_text(text, text) IS 'key columns of a base as text';

CREATE FUNCTION _scoring.key_from_array(of_base text, parameter text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT
AS $$
DECLARE
    list pg_catalog.text;
BEGIN
    EXECUTE format('SELECT string_agg(format(''(%%s)[%%s]::%%s'', $1, n, t), '', '' ORDER BY n)
                    FROM %I.base, unnest(key_types) WITH ORDINALITY AS k (t, n)', of_base)
        INTO list USING parameter;
    RETURN list;
END
$$;
COMMENT ON FUNCTION _scoring.key_from_array(text, text) IS 'key columns of a base from a text[] parameter';

-- condition that a key comes after that in a text[] parameter, in the order of the key's index
CREATE FUNCTION _scoring.key_after(of_base text, prefix text, parameter text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT
AS $$
DECLARE
    columns pg_catalog.text[];
    place pg_catalog.text[];
    greater pg_catalog.text[];
    equal pg_catalog.text[];
    condition pg_catalog.text;
BEGIN
    EXECUTE format('SELECT array_agg($1 || quote_ident(c) ORDER BY n), array_agg(format(''(%%s)[%%s]::%%s'', $2, n, t) ORDER BY n),
                           array_agg(key_operator(t, t, 5) ORDER BY n), array_agg(key_operator(t, t) ORDER BY n)
                    FROM %I.base, unnest(key_columns, key_types) WITH ORDINALITY AS k (c, t, n)', of_base)
        INTO columns, place, greater, equal USING prefix, parameter;
    IF greater <@ '{>,OPERATOR(pg_catalog.>)}' THEN
        RETURN format('(%s) > (%s)', array_to_string(columns, ', '), array_to_string(place, ', '));
    END IF;
    -- rows are compared by operators of one schema only
    FOR i IN REVERSE cardinality(columns) .. 1 LOOP
        condition := concat_ws(format(' OR %s %s %s AND ', columns[i], equal[i], place[i]),
                               format('(%s %s %s', columns[i], greater[i], place[i]), condition) || ')';
    END LOOP;
    RETURN condition;
END
$$;
COMMENT ON FUNCTION _scoring.key_after(text, text, text) IS
    'condition that a key comes after another';

-- Which of the pending p are due: those after a key ($1) who have not failed; or
-- those who failed before a moment ($3).  (A comparison, which keeps the order of
-- the index where a join might not.)
CREATE FUNCTION _scoring.due_condition(of_base text) RETURNS text
    LANGUAGE sql STABLE
    RETURN format('($1 IS NULL OR %s) AND EXISTS (SELECT FROM %I.failures AS f WHERE %s AND ($3 IS NULL OR f.since < $3)) = ($3 IS NOT NULL)',
                  _scoring.key_after(of_base, 'p.', '$1'), of_base, _scoring.key_equal(of_base, 'f.', 'p.'));
COMMENT ON FUNCTION _scoring.due_condition(text) IS 'condition that a pending customer is to be read now';

-- (<key>, place, kept, built, late, closed) of the customers whose timeline, at
-- that place, differs from its sources, or who have interactions on closed days.
-- (OFFSET 0: built is worked out once.)
CREATE FUNCTION _scoring.changed_sql(of_base text, only_due boolean) RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    built pg_catalog.text := 'CASE WHEN t.closed IS NULL THEN b.open WHEN b.open IS NULL THEN t.closed ELSE t.closed + b.open END';
    late pg_catalog.text := 'b.late';
    erased pg_catalog.text;
BEGIN
    EXECUTE format('SELECT CASE WHEN EXISTS (SELECT FROM %I.erased) THEN $1 END', of_base) INTO erased
        USING format('%s IN (SELECT digest FROM %I.erased)', key_digest(of_base, VARIADIC key_columns(of_base, CASE WHEN only_due THEN 'd.' ELSE 'b.' END)), of_base);
    IF erased IS NOT NULL THEN
        built := format('CASE WHEN %s THEN NULL ELSE %s END', erased, built);
        late := format('CASE WHEN %s THEN NULL ELSE b.late END', erased);
    END IF;
    RETURN format('SELECT * FROM (SELECT %s, t.ctid AS place, t.timeline AS kept, %s AS built, %s AS late, t.closed FROM %s OFFSET 0) AS c
                   WHERE kept IS DISTINCT FROM built OR late IS NOT NULL',
        CASE WHEN only_due THEN key_list(of_base, 'd.')
             ELSE (SELECT string_agg(format('coalesce(b.%1$s, t.%1$s) AS %1$s', c), ', ') FROM unnest(key_columns(of_base)) AS c) END,
        built, late,
        CASE WHEN only_due THEN format('due AS d LEFT JOIN built AS b ON %s LEFT JOIN %I.timelines AS t ON %s',
                                       key_equal(of_base, 'b.', 'd.'), of_base, key_equal(of_base, 't.', 'd.'))
             ELSE format('built AS b FULL JOIN %I.timelines AS t ON %s', of_base, key_equal(of_base, 't.', 'b.')) END);
END
$$;
COMMENT ON FUNCTION _scoring.changed_sql(text, boolean) IS
    'query for the timelines that differ from their sources';

-- Interactions that came, or have another value, on days whose books are closed.  A
-- source that no longer has them says nothing: it may have been purged.
CREATE FUNCTION _scoring.late_sql(of_base text) RETURNS text
    LANGUAGE sql STABLE
    RETURN '(SELECT coalesce(sum(greatest(l.count - coalesce(k.count, 0), 1)), 0)::bigint
             FROM changed AS c CROSS JOIN LATERAL scoring.interactions(c.late) AS l
             LEFT JOIN LATERAL (SELECT * FROM scoring.interactions(c.closed) AS k
                                WHERE k.touchpoint = l.touchpoint AND k.occurred_on = l.occurred_on) AS k ON true
             WHERE c.late IS DISTINCT FROM c.closed AND (l.count > coalesce(k.count, 0)
                   OR l.count = k.count AND (l.valued, l.value) IS DISTINCT FROM (k.valued, k.value)))';
COMMENT ON FUNCTION _scoring.late_sql(text) IS 'number of interactions that came too late for closed books';

-- A value of which JSON is the same for all that is equal (42 and 42.0, 'ab' and
-- 'ab ', Ann and ann), whatever the settings are by which types are written: views
-- are read in any session.
CREATE FUNCTION _scoring.key_image(expression text, type text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT
    SET search_path = pg_catalog, _scoring, pg_temp
AS $$
BEGIN
    RETURN format(CASE (SELECT typname FROM pg_type WHERE oid = base_type(type::regtype))
        WHEN 'numeric' THEN 'trim_scale(%s)'
        WHEN 'bpchar' THEN '%s::text'
        WHEN 'citext' THEN 'lower(%s::text)'
        WHEN 'timestamptz' THEN '(%s AT TIME ZONE ''UTC'')'
        WHEN 'interval' THEN 'extract(epoch FROM justify_interval(%s))'
        WHEN 'bytea' THEN 'encode(%s, ''hex'')'
        WHEN 'float8' THEN 'encode(float8send(%s + 0), ''hex'')'
        WHEN 'float4' THEN 'encode(float8send(%s + 0::float8), ''hex'')'
        ELSE '%s' END, expression);
END
$$;
COMMENT ON FUNCTION _scoring.key_image(text, text) IS
    'expression for a column of a key that is the same for all equal values, in any session';

-- of a key given as expressions, one for each column
CREATE FUNCTION _scoring.key_digest(of_base text, VARIADIC expressions text[]) RETURNS text
    LANGUAGE plpgsql STABLE STRICT
AS $$
DECLARE
    list pg_catalog.text;
BEGIN
    EXECUTE format('SELECT string_agg(key_image(format(''%%s::%%s'', e, t), t), '', '' ORDER BY n)
                    FROM %I.base, unnest($1, key_types) WITH ORDINALITY AS k (e, t, n)', of_base)
        INTO list USING expressions;
    RETURN format('sha256((SELECT salt FROM %I.base) || convert_to(jsonb_build_array(%s)::text, ''UTF8''))', of_base, list);
END
$$;
COMMENT ON FUNCTION _scoring.key_digest(text, text[]) IS
    'expression for the salted SHA-256 of a key';

CREATE FUNCTION _scoring.not_erased(of_base text, VARIADIC expressions text[]) RETURNS text
    LANGUAGE sql STABLE STRICT
    RETURN format('(NOT EXISTS (SELECT FROM %1$I.erased) OR %2$s NOT IN (SELECT e.digest FROM %1$I.erased AS e))',
                  of_base, _scoring.key_digest(of_base, VARIADIC expressions));
COMMENT ON FUNCTION _scoring.not_erased(text, text[]) IS
    'condition that a key is not one of an erased customer';

-- ---------------------------------------------------------------------------
-- looking at the sources: what no trigger tells

-- Sees to it that every watched relation is the one it was, has its triggers,
-- and has lost or gained no rows by other ways; else has it read again.
CREATE FUNCTION _scoring.look_at_sources(of_base text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    w pg_catalog.record;
    now_is pg_catalog.regclass;
    why pg_catalog.text;
    reason pg_catalog.text;
BEGIN
    PERFORM check_owners(of_base);
    FOR w IN EXECUTE format('SELECT w.*, s.relation = w.relation AS is_source, touchpoint, occurred, value, filter, key, once_per, stamp
                             FROM %1$I.watches AS w JOIN %1$I.registered_sources AS s USING (source) LEFT JOIN %1$I.stamps USING (watch)
                             ORDER BY watch', of_base) LOOP
        now_is := to_regclass(w.relation);
        IF now_is IS NULL THEN
            RAISE undefined_table USING MESSAGE = format('source %s of base "%s" does not exist', w.relation, of_base),
                DETAIL = coalesce('What had this name is now called ' || full_name(w.seen) || '.', 'It was dropped.'),
                HINT = format('Bring it back under its name, or take it away: SELECT drop_source(%L, %s);', of_base, w.source);
        END IF;
        why := NULL;
        IF w.seen <> now_is THEN
            why := 'was replaced';
            PERFORM forget_triggers(of_base, w.watch, w.seen);
            EXECUTE format('UPDATE %I.watches SET seen = $2 WHERE watch = $1', of_base) USING w.watch, now_is;
        END IF;
        IF (CASE w.keys WHEN '{}' THEN (SELECT relkind <> 'v' FROM pg_class WHERE oid = now_is)
                        ELSE w.tracked <> can_be_tracked(now_is) END) THEN
            IF w.keys = '{}' OR NOT w.is_source THEN
                RAISE wrong_object_type USING MESSAGE = format('%s is of another kind: it cannot be watched as before', w.relation),
                    HINT = format('Take the source away and add it again as it is now: SELECT drop_source(%L, %s);', of_base, w.source);
            END IF;
            RAISE NOTICE 'source % is of another kind: % from now on', w.relation,
                CASE WHEN w.tracked THEN 'it is read in full at each refresh' ELSE 'its changes are reported' END;
            PERFORM unwatch(of_base, w.watch);
            PERFORM add_watch(of_base, w.source, now_is, w.keys, NOT w.tracked);
            CONTINUE;
        END IF;
        reason := CASE WHEN w.tracked THEN why_untracked(of_base, w.watch) END;
        why := coalesce(why, CASE WHEN w.tracked THEN other_columns(of_base, w.watch, w.stamp) END, reason);
        IF why IS NOT NULL THEN
            -- what is missing is said before anything is locked
            IF w.is_source THEN
                PERFORM check_expressions(of_base, now_is, w.touchpoint, w.occurred, w.value, w.filter, w.key, w.once_per);
            ELSE
                PERFORM check_key(of_base, now_is, key, true) FROM unnest(w.keys) AS key;
            END IF;
            IF reason IS NOT NULL THEN
                BEGIN
                    PERFORM track(of_base, w.watch);
                EXCEPTION WHEN insufficient_privilege OR lock_not_available THEN
                    RAISE WARNING 'changes of % are not reported: %', w.relation, SQLERRM
                        USING DETAIL = 'Until they are, everything is read in full at each refresh.',
                              HINT = CASE SQLSTATE WHEN '42501' THEN format('GRANT TRIGGER ON %s TO %I;', w.relation, current_user)
                                                   ELSE 'The next refresh tries again.' END;
                END;
            END IF;
            PERFORM ask_for_rereading(of_base, w.watch, why);
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION _scoring.look_at_sources(text) IS
    'notices sources that were replaced or do not report their changes';

-- What is stored elsewhere than before.  Not in the step above, which may have
-- locked sources: customers of new partitions are read here.
CREATE FUNCTION _scoring.look_at_stamps(of_base text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    w pg_catalog.record;
    stamp pg_catalog.jsonb;
    why pg_catalog.text;
BEGIN
    FOR w IN EXECUTE format('SELECT watch, seen, s.stamp, EXISTS (SELECT FROM %1$I.reread AS r WHERE r.watch = w.watch) AS reread
                             FROM %1$I.watches AS w JOIN %1$I.stamps AS s USING (watch) ORDER BY watch', of_base) LOOP
        stamp := watch_stamp(of_base, w.watch);
        CONTINUE WHEN stamp = w.stamp;
        IF NOT w.reread THEN
            why := what_changed(of_base, w.watch, w.stamp, stamp);
            IF why IS NOT NULL THEN
                PERFORM ask_for_rereading(of_base, w.watch, why);
            END IF;
        END IF;
        -- with an older snapshot, rows that came with a partition may not be seen yet
        IF current_setting('transaction_isolation') = 'read committed' THEN
            EXECUTE format('UPDATE %I.stamps SET stamp = $2 WHERE watch = $1', of_base) USING w.watch, stamp;
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION _scoring.look_at_stamps(text) IS
    'notices sources that were truncated, rewritten, or have other partitions';

CREATE FUNCTION _scoring.ask_for_rereading(of_base text, watch integer, why text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    relation pg_catalog.text;
BEGIN
    EXECUTE format('WITH news AS (INSERT INTO %1$I.reread SELECT $1 WHERE NOT EXISTS (SELECT FROM %1$I.reread WHERE watch = $1) RETURNING watch)
                    SELECT relation FROM %1$I.watches JOIN news USING (watch)', of_base) INTO relation USING watch;
    IF relation IS NOT NULL THEN
        RAISE NOTICE 'source % %: it is read again in full', relation, why;
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.ask_for_rereading(text, integer, text) IS
    'has a source read again in full, and says so once';

-- What was replaced may still be there under another name.
CREATE FUNCTION _scoring.forget_triggers(of_base text, watch integer, relation regclass) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM drop_triggers(of_base, watch, relation);
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'triggers of base "%" stay on %, which is no source any more', of_base, full_name(relation)
        USING HINT = 'Its owner may drop them.';
END
$$;
COMMENT ON FUNCTION _scoring.forget_triggers(text, integer, regclass) IS
    'drops the triggers of a relation that is no source any more, where they may be';

-- Why a relation with another stamp is to be read again; NULL when it need not
-- be: then the customers of new partitions have been noted.
CREATE FUNCTION _scoring.what_changed(of_base text, watch integer, before jsonb, after jsonb) RETURNS text
    LANGUAGE plpgsql
AS $$
DECLARE
    part pg_catalog.regclass;
    w pg_catalog.record;
BEGIN
    IF before ->> 'definition' IS DISTINCT FROM after ->> 'definition' THEN
        RETURN 'has another definition';
    END IF;
    -- a dump has the marks, but does not tell what was truncated before it
    IF before ->> 'database' <> after ->> 'database' THEN
        RETURN 'was restored from a dump';
    END IF;
    IF before -> 'columns' IS DISTINCT FROM after -> 'columns' THEN
        RETURN 'has other columns';
    END IF;
    IF EXISTS (SELECT FROM jsonb_each_text(before -> 'files') AS b WHERE (after -> 'files') ->> b.key IS NULL) THEN
        RETURN 'has lost a partition';
    END IF;
    IF EXISTS (SELECT FROM jsonb_each_text(before -> 'files') AS b WHERE (after -> 'files') ->> b.key <> b.value) THEN
        RETURN 'was truncated or rewritten';
    END IF;
    IF EXISTS (SELECT FROM jsonb_each_text(before -> 'triggers') AS b WHERE (after -> 'triggers') ->> b.key IS DISTINCT FROM b.value) THEN
        RETURN 'has other triggers than it had';
    END IF;
    EXECUTE format('SELECT * FROM %I.watches WHERE watch = $1', of_base) INTO w USING watch;
    FOR part IN SELECT a.key::oid::regclass FROM jsonb_each(after -> 'files') AS a WHERE NOT before -> 'files' ? a.key LOOP
        -- who may read a table may not read its partitions by themselves
        IF NOT has_table_privilege(part, 'SELECT') THEN
            RETURN 'has another partition';
        END IF;
        BEGIN
            PERFORM note_customers(of_base, format('SELECT * FROM %s', full_name(part)), w.seen, w.keys);
        EXCEPTION WHEN OTHERS THEN
            PERFORM is_row_error(SQLSTATE, SQLERRM, format('base "%s"', of_base));
            RETURN 'has a partition with a key that cannot be worked out';
        END;
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION _scoring.what_changed(text, integer, jsonb, jsonb) IS
    'why a source must be read again in full';

-- ---------------------------------------------------------------------------
-- whom a row concerns

-- Notes as pending the customers named by the rows of a query, which are such
-- of `relation`.  Gives how many are new among the pending.
CREATE FUNCTION _scoring.note_customers(of_base text, query text, relation regclass, keys text[]) RETURNS bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    key pg_catalog.text;
    named pg_catalog.text;
BEGIN
    FOREACH key IN ARRAY keys LOOP
        named := concat_ws(' UNION ', named, (
            SELECT format('SELECT %s FROM (SELECT scoring_keys.* FROM %s CROSS JOIN LATERAL (SELECT %s) AS scoring_keys (%s)) AS r',
                          r.cast_list, short_name(relation), key || E'\n', r.names)
            FROM key_reading(of_base, relation, key) AS r));
    END LOOP;
    -- (each one once, in the order of the index: what is there already costs as much as what is new)
    RETURN run(format('WITH %s AS (%s) INSERT INTO %I.pending SELECT DISTINCT * FROM (%s) AS k WHERE %s AND %s ORDER BY %s ON CONFLICT DO NOTHING',
                      short_name(relation), query, of_base, named,
                      (SELECT string_agg(c || ' IS NOT NULL', ' AND ') FROM unnest(key_columns(of_base, 'k.')) AS c),
                      not_erased(of_base, VARIADIC key_columns(of_base, 'k.')), key_list(of_base)));
END
$$;
COMMENT ON FUNCTION _scoring.note_customers(text, text, regclass, text[]) IS
    'notes whom the rows of a query concern';

-- The marks of all tracked relations, taken and turned into customers.  The
-- rows that they speak of are read by later statements, so with later snapshots.
CREATE FUNCTION _scoring.take_marks(of_base text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    w pg_catalog.record;
BEGIN
    FOR w IN EXECUTE format('SELECT w.*, s.relation = w.relation AS is_source FROM %1$I.watches AS w
                             JOIN %1$I.registered_sources AS s USING (source) WHERE tracked ORDER BY watch', of_base) LOOP
        BEGIN
            PERFORM note_customers(of_base, format('DELETE FROM %I.%I RETURNING *', of_base, 'marks_' || w.watch), w.seen, w.keys);
        EXCEPTION WHEN OTHERS THEN
            PERFORM is_row_error(SQLSTATE, SQLERRM, format('key of source %s', w.relation), of_base);
            -- whom a row of a table behind a view concerns is not known then
            IF NOT w.is_source THEN
                RAISE WARNING 'a changed row of % does not say which customer it concerns: %', w.relation, SQLERRM
                    USING DETAIL = format('Its watch: %s.', array_to_string(w.keys, '; ')), HINT = 'Everything is read again in full.';
                EXECUTE format('INSERT INTO %I.reread VALUES ($1)', of_base) USING w.watch;
                EXECUTE format('DELETE FROM %I.%I', of_base, 'marks_' || w.watch);
                CONTINUE;
            END IF;
            PERFORM take_marks_carefully(of_base, w.watch, w.seen, w.keys[1], SQLERRM);
        END;
    END LOOP;
END
$$;
COMMENT ON FUNCTION _scoring.take_marks(text) IS 'turns the marks into pending customers';

-- The same where some mark's key cannot be worked out: it is said, the others count.
CREATE FUNCTION _scoring.take_marks_carefully(of_base text, watch integer, relation regclass, key text, message text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    marks pg_catalog.text := format('%I.%I', of_base, 'marks_' || watch);
    reading pg_catalog.record := key_reading(of_base, relation, key);
    n bigint;
    example pg_catalog.text;
BEGIN
    -- one statement, so that both see the same marks
    SELECT r.n, r.example INTO n, example FROM rows_of(
        format('WITH taken AS (DELETE FROM %1$s),
                tried AS MATERIALIZED (SELECT %2$s::text AS mark, scoring_tried.texts, scoring_keys.* FROM %3$s),
                noted AS (
                    INSERT INTO %4$I.pending
                    SELECT DISTINCT * FROM (SELECT %5$s FROM tried WHERE %6$s) AS k WHERE %7$s ORDER BY %8$s ON CONFLICT DO NOTHING)
                SELECT count(*), min(mark) FROM tried WHERE texts IS NULL',
               marks, short_name(relation), keyed_rows(of_base, relation, key, true, marks), of_base,
               reading.cast_list, reading.present, not_erased(of_base, VARIADIC key_columns(of_base, 'k.')), key_list(of_base)))
        AS r (n bigint, example text);
    RAISE WARNING 'source %: % changed rows name no customer: %', full_name(relation), n, message
        USING DETAIL = format('They are left out. One of them has in the columns of its key: %s.', example);
END
$$;
COMMENT ON FUNCTION _scoring.take_marks_carefully(text, integer, regclass, text, text) IS
    'turns marks into pending customers, but those whose key cannot be worked out';

-- Is an error one that the values of a row can cause?  Others end the refresh.
CREATE FUNCTION _scoring.is_row_error(state text, message text, what text, of_base text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql STABLE
AS $$
BEGIN
    -- data exceptions, subqueries with two rows, integrity, checks and errors raised by a function, program limits
    IF left(state, 2) NOT IN ('21', '22', '23', '2F', '38', '39', '44', '54', 'P0')
       -- date_trunc(unit, day), name::regclass: wrong names, but those of a row when the query works without any
       AND (left(state, 2) IN ('0A', '42') AND state <> '42501' AND can_be_planned(of_base)) IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = state, MESSAGE = format('%s: %s', what, message),
            HINT = CASE state WHEN '42501' THEN format('Sources are read with the rights of the base''s owner, %I: grant what is missing. ', current_user)
                   ELSE '' END || 'Nothing has been lost: refresh takes it up again from here.';
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.is_row_error(text, text, text, text) IS
    'raises an error again unless a row''s values may be its cause';

-- Are the sources of a base read without an error as long as there is no row?
CREATE FUNCTION _scoring.can_be_planned(of_base text) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT
AS $$
BEGIN
    PERFORM run(format('SELECT FROM (%s) AS r LIMIT 0', source_rows(of_base, false)));
    RETURN true;
EXCEPTION WHEN OTHERS THEN
    RETURN false;
END
$$;
COMMENT ON FUNCTION _scoring.can_be_planned(text) IS 'whether the query over all sources works on no rows';

-- Sources that nothing reports: compared by customer with what they had
CREATE FUNCTION _scoring.compare_sources(of_base text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    w pg_catalog.record;
    key pg_catalog.record;
    used pg_catalog.text;
BEGIN
    FOR w IN EXECUTE format('SELECT w.watch, w.relation AS name, s.* FROM %1$I.watches AS w JOIN %1$I.registered_sources AS s USING (source)
                             WHERE NOT w.tracked AND w.keys <> ''{}'' ORDER BY watch', of_base) LOOP
        key := key_reading(of_base, to_regclass(w.relation), w.key);
        SELECT string_agg(format('%s.%I', short_name(to_regclass(w.relation)), c), ', ') INTO used
            FROM unnest(columns_read(of_base, w.watch)) AS c;
        BEGIN
            PERFORM run(format($sql$
                WITH now AS (
                    SELECT %1$s, sha256(convert_to(string_agg(r.row, E'\n' ORDER BY r.row COLLATE "C"), 'UTF8')) AS digest
                    FROM (SELECT scoring_keys.*, ROW(%2$s)::text AS row FROM %3$s) AS r
                    GROUP BY %4$s),
                other AS (
                    SELECT %5$s, n.digest
                    FROM (SELECT * FROM now WHERE %6$s AND %11$s) AS n
                    FULL JOIN %7$I.%8$I AS s ON %9$s
                    WHERE n.digest IS DISTINCT FROM s.digest),
                put AS (
                    INSERT INTO %7$I.%8$I SELECT * FROM other WHERE digest IS NOT NULL
                    ON CONFLICT (%10$s) DO UPDATE SET digest = excluded.digest),
                gone AS (
                    DELETE FROM %7$I.%8$I AS s USING other AS n WHERE %9$s AND n.digest IS NULL)
                INSERT INTO %7$I.pending SELECT %10$s FROM other ON CONFLICT DO NOTHING$sql$,
                key.cast_list, used, keyed_rows(of_base, to_regclass(w.relation), w.key, w.careful),
                (SELECT string_agg(n::text, ', ') FROM generate_series(1, (expression_columns(w.key)).expressions) AS n),
                (SELECT string_agg(format('coalesce(n.%1$s, s.%1$s) AS %1$s', c), ', ') FROM unnest(key_columns(of_base)) AS c),
                (SELECT string_agg(format('%s IS NOT NULL', c), ' AND ') FROM unnest(key_columns(of_base)) AS c),
                of_base, 'seen_' || w.watch, key_equal(of_base, 'n.', 's.'), key_list(of_base),
                not_erased(of_base, VARIADIC key_columns(of_base))));
        EXCEPTION WHEN OTHERS THEN
            RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = format('source %s cannot be read: %s', w.name, SQLERRM),
                HINT = 'Nothing has been lost: refresh takes it up again from here.';
        END;
    END LOOP;
END
$$;
COMMENT ON FUNCTION _scoring.compare_sources(text) IS
    'notes the customers of whom a source without triggers has something else than before';
