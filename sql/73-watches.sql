-- Sources that are views, echoes, indexes, and taking a source away again

-- a view's tables: {"shop.order_lines": "(select ...)", "shop.merges": ["old_id", "kept_id"]}
CREATE FUNCTION add_watches(of_base text, of_source integer, relation regclass, watch jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    schema text := (SELECT quote_ident(nspname) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace WHERE c.oid = relation);
    name text;
    named jsonb;
    table_seen regclass;
    keys text[];
    key text;
BEGIN
    IF jsonb_typeof(watch) <> 'object' OR watch = '{}' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'watch must be a JSON object with a key for each table',
            HINT = '{"shop.orders": "customer_id", "shop.merges": ["old_id", "kept_id"]}';
    END IF;
    IF (SELECT relkind FROM pg_class WHERE oid = relation) <> 'v' THEN
        RAISE wrong_object_type USING MESSAGE = format('watch is for views, and %s is none', full_name(relation)),
            HINT = 'A table reports its changes itself; anything else is read in full at each refresh.';
    END IF;
    PERFORM add_watch(of_base, of_source, relation, '{}', false);
    FOR name, named IN SELECT * FROM jsonb_each(watch) LOOP
        -- a bare name is one of the view's own schema
        table_seen := to_regclass(CASE cardinality(parse_ident(name)) WHEN 1 THEN schema || '.' ELSE '' END || name);
        IF table_seen IS NULL THEN
            RAISE undefined_table USING MESSAGE = format('watch: relation %s does not exist', name),
                HINT = 'Write its name with its schema, in quotes of SQL where it needs them.';
        END IF;
        PERFORM check_relation(of_base, table_seen);
        IF NOT can_be_tracked(table_seen) THEN
            RAISE wrong_object_type USING MESSAGE = format('watch: triggers cannot report the changes of %s', name),
                HINT = 'Watch the tables behind it, or leave watch out: then the source is read in full at each refresh.';
        END IF;
        keys := CASE jsonb_typeof(named) WHEN 'string' THEN ARRAY[named #>> '{}']
                     WHEN 'array' THEN ARRAY(SELECT jsonb_array_elements_text(named)) END;
        IF keys IS NULL OR keys = '{}' THEN
            RAISE invalid_parameter_value USING MESSAGE = format('watch: how a row of %s names the customer is missing', name),
                HINT = 'An expression over its columns, or an array of them.';
        END IF;
        FOREACH key IN ARRAY keys LOOP
            PERFORM check_key(of_base, table_seen, key, true);
        END LOOP;
        PERFORM add_watch(of_base, of_source, table_seen, keys, true);
    END LOOP;
END
$$;
COMMENT ON FUNCTION add_watches(text, integer, regclass, jsonb) IS
    'notes the tables behind a view, and how their rows name the customer; not for direct use';

-- ---------------------------------------------------------------------------
-- indexes

-- The CREATE INDEX by which refresh finds the rows of a customer, with all it
-- reads of them in the index; NULL when there is one, or none can help.  It is
-- the planner who is asked, by forbidding him anything else.
CREATE FUNCTION missing_index(of_base text, relation regclass, key text, VARIADIC expressions text[]) RETURNS text
    LANGUAGE plpgsql
    SET search_path = pg_catalog, scoring, pg_temp
    SET enable_seqscan = off
AS $$
DECLARE
    reading record;
    plan jsonb;
    types text[];
    parts text[];
    other_columns name[];
BEGIN
    IF (SELECT relkind NOT IN ('r', 'p', 'm') FROM pg_class WHERE oid = relation) THEN
        RETURN NULL;
    END IF;
    reading := key_reading(of_base, relation, key);
    EXECUTE format('EXPLAIN (VERBOSE, FORMAT JSON) SELECT FROM (SELECT * FROM %I.pending LIMIT 1) AS d
                    CROSS JOIN LATERAL (SELECT FROM (SELECT scoring_keys.* FROM %s) AS r WHERE %s OFFSET 0) AS found',
                   of_base, keyed_rows(of_base, relation, key), reading.matches) INTO plan;
    -- each scan must be by a condition on an index that begins with a part of the key
    IF NOT EXISTS (
        SELECT FROM jsonb_path_query(plan, '$.**') AS node
        WHERE jsonb_typeof(node) = 'object'
          AND (node ->> 'Node Type' = 'Bitmap Index Scan'
               OR node ->> 'Schema' <> of_base AND node ? 'Relation Name' AND node ->> 'Node Type' <> 'Bitmap Heap Scan')
          AND NOT (node ? 'Index Cond' AND EXISTS (
              SELECT FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
              WHERE i.indrelid IN (SELECT relation UNION SELECT relid FROM pg_partition_tree(relation))
                AND c.relname = node ->> 'Index Name'
                AND columns_used(relation, pg_get_indexdef(i.indexrelid, 1, false)) && columns_used(relation, key))))
    THEN
        RETURN NULL;
    END IF;
    -- a key of another type is found by an index on what it is cast to
    EXECUTE format('SELECT key_types FROM %I.base', of_base) INTO types;
    SELECT array_agg(CASE WHEN strpos(reading.matches, format('scoring_key_%s::%s ', n, types[n])) > 0 THEN format('((%s)::%s)', e, types[n])
                          WHEN e ~ '^([[:alpha:]_][[:alnum:]_$]*|"[^"]*")$' THEN e ELSE '(' || e || ')' END ORDER BY n)
        INTO parts FROM regexp_split_to_table(key, ',(?![^(]*\))') WITH ORDINALITY AS k (part, n), trim(part) AS e;
    other_columns := ARRAY(SELECT unnest(columns_used(relation, VARIADIC expressions)) EXCEPT SELECT unnest(columns_used(relation, key)));
    RETURN format('CREATE INDEX ON %s (%s)%s;', full_name(relation),
                  CASE WHEN cardinality(parts) = cardinality(types) THEN array_to_string(parts, ', ') ELSE key END,
                  ' INCLUDE (' || nullif((SELECT string_agg(quote_ident(c), ', ' ORDER BY c) FROM unnest(other_columns) AS c), '') || ')');
END
$$;
COMMENT ON FUNCTION missing_index(text, regclass, text, text[]) IS
    'the index by which the rows of a customer would be found, NULL when there is one; not for direct use';

-- ---------------------------------------------------------------------------
-- add_echo

CREATE FUNCTION add_echo(base text, touchpoint text, of text, before interval DEFAULT '0', after interval DEFAULT '0',
                         same text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    cycle boolean;
BEGIN
    IF touchpoint IS NULL OR of IS NULL OR before IS NULL OR after IS NULL THEN
        RAISE null_value_not_allowed USING MESSAGE = 'touchpoint, of, before and after must not be null';
    END IF;
    IF extract(year FROM before) <> 0 OR extract(month FROM before) <> 0 OR extract(year FROM after) <> 0 OR extract(month FROM after) <> 0
       OR before < '0' OR after < '0' OR extract(epoch FROM before) > 3.2e9 OR extract(epoch FROM after) > 3.2e9 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'before and after must be zero or more days, hours, minutes or seconds',
            DETAIL = 'The length of a month depends on the day: write 30 days.';
    END IF;
    IF same IS NOT NULL AND (expression_columns(same)).expressions <> 1 THEN
        RAISE syntax_error USING MESSAGE = 'same must be one expression',
            HINT = 'An SQL expression over the columns that both have: message_id, or row(a, b) for two of them.';
    END IF;
    PERFORM pg_advisory_xact_lock(base_lock(base));
    PERFORM check_same(base, same);
    PERFORM report_unseen_touchpoint(base, t) FROM unnest(ARRAY[touchpoint, of]) AS t;
    EXECUTE format('INSERT INTO %I.echoes VALUES ($1, $2, $3, $4, $5)', base) USING touchpoint, of, before, after, same;
    EXECUTE format($sql$
        WITH RECURSIVE causes AS (
            SELECT e.of FROM %1$I.echoes AS e WHERE e.touchpoint = $1
            UNION SELECT e.of FROM causes AS c JOIN %1$I.echoes AS e ON e.touchpoint = c.of)
        SELECT EXISTS (SELECT FROM causes WHERE of = $1)$sql$, base) INTO cycle USING touchpoint;
    IF cycle THEN
        RAISE invalid_parameter_value USING MESSAGE = format('"%s" would be an echo of itself', touchpoint),
            DETAIL = format('"%s" is an echo of "%s", directly or by way of others.', of, touchpoint),
            HINT = 'A cause counts, its echo does not: say which is which.';
    END IF;
    -- other columns may matter now, and everybody is to be read again
    PERFORM track_all(base);
EXCEPTION WHEN unique_violation THEN
    RAISE duplicate_object USING MESSAGE = format('"%s" is an echo of "%s" already', touchpoint, of),
        HINT = format('To say it otherwise: SELECT drop_echo(%L, %L, %L); first.', base, touchpoint, of);
END
$$;
COMMENT ON FUNCTION add_echo(text, text, text, interval, interval, text) IS
    'says that interactions shortly before or after others are their echo, and do not count';

CREATE FUNCTION drop_echo(base text, touchpoint text, of text) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    n bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(base_lock(base));
    EXECUTE format('DELETE FROM %I.echoes AS e WHERE e.touchpoint = $1 AND e.of = $2', base) USING touchpoint, of;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n = 0 THEN
        RAISE undefined_object USING MESSAGE = format('"%s" is no echo of "%s" in base "%s"', touchpoint, of, base),
            HINT = format('SELECT * FROM %I.echoes;', base);
    END IF;
    PERFORM track_all(base);
END
$$;
COMMENT ON FUNCTION drop_echo(text, text, text) IS
    'takes back what add_echo() said; the next refresh counts those interactions again';

-- `same` is worked out over each source that can
CREATE FUNCTION check_same(of_base text, same text) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    able bigint;
    n bigint;
BEGIN
    EXECUTE format('SELECT count(*) FILTER (WHERE is_expression(to_regclass(relation), $1)), count(*) FROM %I.registered_sources', of_base)
        INTO able, n USING same;
    IF same IS NOT NULL AND n > 0 AND able = 0 THEN
        RAISE undefined_column USING MESSAGE = format('no source of base "%s" has the columns of same', of_base),
            DETAIL = format('It is: %s', same),
            HINT = 'The sources of both touchpoints must have them under these names; a view can give a column another name.';
    END IF;
END
$$;
COMMENT ON FUNCTION check_same(text, text) IS 'an error when no source has the columns by which echoes belong to their causes; not for direct use';

CREATE FUNCTION report_unseen_touchpoint(of_base text, touchpoint text) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    unseen boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %1$I.timelines) AND NOT EXISTS (SELECT FROM %1$I.timelines WHERE last_on(timeline, $1) IS NOT NULL)', of_base)
        INTO unseen USING touchpoint;
    IF unseen THEN
        RAISE WARNING 'nobody has touchpoint "%"', touchpoint
            USING HINT = format('Is it the same spelling? SELECT touchpoint FROM %I.touchpoints;', of_base);
    END IF;
END
$$;
COMMENT ON FUNCTION report_unseen_touchpoint(text, text) IS 'warns of a touchpoint that no timeline has; not for direct use';

CREATE FUNCTION echo_expressions(of_base text) RETURNS text[]
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    list text[];
BEGIN
    EXECUTE format('SELECT array_agg(same) FROM %I.echoes WHERE same IS NOT NULL', of_base) INTO list;
    RETURN coalesce(list, '{}');
END
$$;
COMMENT ON FUNCTION echo_expressions(text) IS 'the expressions by which echoes belong to their causes; not for direct use';

CREATE FUNCTION track_all(of_base text) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    w record;
BEGIN
    FOR w IN EXECUTE format('SELECT watch, tracked FROM %I.watches', of_base) LOOP
        -- most often the triggers look at the same columns as before
        IF w.tracked AND why_untracked(of_base, w.watch) IS NOT NULL THEN
            PERFORM track(of_base, w.watch);
        END IF;
        EXECUTE format('INSERT INTO %I.reread VALUES ($1)', of_base) USING w.watch;
    END LOOP;
END
$$;
COMMENT ON FUNCTION track_all(text) IS 'makes all triggers of a base anew, and has everything read again; not for direct use';

-- ---------------------------------------------------------------------------
-- drop_source

CREATE FUNCTION drop_source(base text, source integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    w record;
BEGIN
    PERFORM pg_advisory_xact_lock(base_lock(base));
    FOR w IN EXECUTE format('SELECT watch FROM %I.watches WHERE source = $1', base) USING source LOOP
        PERFORM unwatch(base, w.watch);
    END LOOP;
    EXECUTE format('DELETE FROM %I.registered_sources WHERE source = $1 RETURNING source', base) INTO source USING source;
    IF source IS NULL THEN
        RAISE undefined_object USING MESSAGE = format('base "%s" has no such source', base),
            HINT = format('SELECT source, relation FROM %I.sources;', base);
    END IF;
    -- 0 is no watch: its only use is to have everything read again
    EXECUTE format('INSERT INTO %I.reread VALUES (0)', base);
END
$$;
COMMENT ON FUNCTION drop_source(text, integer) IS
    'takes a source away; the next refresh takes its interactions out of the timelines';
