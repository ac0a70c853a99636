-- Sources: where the interactions come from

CREATE FUNCTION _scoring.add_source(base text, relation regclass, touchpoint text, occurred text,
                           value text, filter text, key text,
                           once_per text, time_zone text, watch jsonb)
    RETURNS integer
    LANGUAGE plpgsql
AS $$
DECLARE
    kind pg_catalog."char";
    source integer;
    w pg_catalog.record;
    when_type pg_catalog.text;
    index pg_catalog.text;
BEGIN
    PERFORM _scoring.check_entered(base);
    IF relation IS NULL OR touchpoint IS NULL OR occurred IS NULL THEN
        RAISE null_value_not_allowed USING MESSAGE = 'relation, touchpoint and occurred must not be null';
    END IF;
    PERFORM lock_base(base);
    key := coalesce(key, key_list(base));
    SELECT relkind INTO kind FROM pg_class WHERE oid = relation;
    PERFORM check_relation(base, relation);
    PERFORM check_expressions(base, relation, touchpoint, occurred, value, filter, key, once_per);
    IF time_zone IS NOT NULL THEN
        PERFORM check_time_zone(time_zone);
        when_type := expression_type(relation, 'occurred', occurred);
        IF when_type <> 'timestamp without time zone' THEN
            RAISE NOTICE 'time_zone has no effect: occurred of % is a %', full_name(relation), when_type
                USING HINT = 'It says in which zone timestamps without a zone are written. Days are those of the base.';
        END IF;
    END IF;

    EXECUTE format('INSERT INTO %1$I.registered_sources (source, relation, touchpoint, occurred, value, filter, key, once_per, time_zone, watched)
                    SELECT coalesce(max(source), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9
                    FROM %1$I.registered_sources RETURNING source', base)
        INTO source USING full_name(relation), touchpoint, occurred, value, filter, key, once_per, time_zone, watch;

    IF watch IS NULL AND can_be_tracked(relation) THEN
        PERFORM add_watch(base, source, relation, ARRAY[key], true);
    ELSIF watch IS NULL THEN
        PERFORM add_watch(base, source, relation, ARRAY[key], false);
        RAISE NOTICE '% will be read in full at each refresh', full_name(relation)
            USING DETAIL = CASE kind WHEN 'v' THEN 'It is a view.' WHEN 'm' THEN 'It is a materialized view.'
                                     ELSE 'Triggers do not see all of its changes.' END,
                  HINT = CASE kind WHEN 'v' THEN 'Say with watch which tables behind it change, and how their rows name the customer.'
                                   ELSE 'Customers of whom it has something else than before are read again.' END;
    ELSE
        PERFORM add_watches(base, source, relation, watch);
    END IF;

    index := missing_index(base, relation, key, VARIADIC
        array_remove(ARRAY[touchpoint, occurred, value, filter, once_per], NULL));
    IF index IS NOT NULL THEN
        RAISE NOTICE '% has no index on its key: each refresh will read all of it', full_name(relation)
            USING HINT = index;
    END IF;
    RETURN source;
END
$$;
COMMENT ON FUNCTION _scoring.add_source(text, regclass, text, text, text, text, text, text, text, jsonb) IS 'body of scoring.add_source()';

-- may it be a source at all?
CREATE FUNCTION _scoring.check_relation(of_base text, relation regclass) RETURNS void
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    c pg_catalog.pg_class;
BEGIN
    SELECT * INTO c FROM pg_class WHERE oid = relation;
    IF NOT FOUND THEN
        RAISE undefined_table USING MESSAGE = format('relation %s does not exist', relation);
    END IF;
    IF c.relkind NOT IN ('r', 'p', 'v', 'm', 'f') OR c.relpersistence = 't' OR c.relnamespace = 'pg_catalog'::regnamespace THEN
        RAISE wrong_object_type USING MESSAGE = format('%s cannot be a source', full_name(relation)),
            HINT = 'A table, partitioned table, view, materialized view or foreign table, and not a temporary one.';
    END IF;
    IF c.relnamespace = to_regnamespace(quote_ident(of_base)) THEN
        RAISE wrong_object_type USING MESSAGE = format('%s cannot be a source: it lies in the base itself', full_name(relation)),
            HINT = 'A source is a table or view of another schema.';
    END IF;
    IF NOT has_table_privilege(relation, 'SELECT') AND NOT has_any_column_privilege(relation, 'SELECT') THEN
        RAISE insufficient_privilege USING MESSAGE = format('permission denied for %s', full_name(relation)),
            HINT = needed_rights(relation);
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.check_relation(text, regclass) IS 'an error when a relation cannot be a source';

-- is it still, when it has become another one?
CREATE FUNCTION _scoring.check_expressions(of_base text, relation regclass, touchpoint text, occurred text, value text, filter text,
                                  key text, once_per text) RETURNS void
    LANGUAGE plpgsql STABLE
AS $$
BEGIN
    PERFORM check_key(of_base, relation, key);
    PERFORM check_castable(relation, 'touchpoint', touchpoint, 'text');
    PERFORM check_occurred(relation, occurred);
    PERFORM check_castable(relation, 'value', value, 'double precision');
    PERFORM check_castable(relation, 'filter', filter, 'boolean');
    PERFORM check_castable(relation, 'once_per', once_per, 'text');
END
$$;
COMMENT ON FUNCTION _scoring.check_expressions(text, regclass, text, text, text, text, text, text) IS
    'an error when what add_source() was given does not fit a relation';

CREATE FUNCTION _scoring.check_occurred(relation regclass, occurred text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, _scoring, pg_temp
AS $$
DECLARE
    when_type pg_catalog.text := expression_type(relation, 'occurred', occurred);
BEGIN
    IF when_type NOT IN ('date', 'timestamp without time zone', 'timestamp with time zone') THEN
        RAISE datatype_mismatch USING
            MESSAGE = format('occurred of %s must be a date or a timestamp, not %s', full_name(relation), when_type),
            HINT = CASE when_type WHEN 'text' THEN 'Cast it: to_date(day, ''YYYY-MM-DD''), or day::date.'
                        ELSE 'to_timestamp() makes a timestamp of seconds since 1970.' END;
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.check_occurred(regclass, text) IS
    'an error when an expression over a relation is no day and no moment';

CREATE FUNCTION _scoring.check_castable(relation regclass, argument text, expression text, type text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, _scoring, pg_temp
AS $$
BEGIN
    IF expression IS NOT NULL THEN
        PERFORM expression_type(relation, argument, expression);
        -- text can be cast to boolean, but is no condition
        PERFORM expression_type(relation, argument,
                                format(CASE type WHEN 'boolean' THEN E'(%s\n) IS TRUE' ELSE E'(%s\n)::%s' END, expression, type));
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.check_castable(regclass, text, text, text) IS
    'an error when an expression over a relation cannot be cast to a type';

CREATE FUNCTION _scoring.check_key(of_base text, relation regclass, key text, subqueries boolean DEFAULT false) RETURNS void
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    wanted integer;
    given integer := (expression_columns(key, subqueries)).expressions;
BEGIN
    EXECUTE format('SELECT cardinality(key_columns) FROM %I.base', of_base) INTO wanted;
    IF given <> wanted THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('key of %s has %s expressions, the key of base "%s" has %s columns', full_name(relation), given, of_base, wanted),
            DETAIL = format('It is: %s', key),
            HINT = format('One expression for each of: %s.', key_list(of_base));
    END IF;
    PERFORM key_reading(of_base, relation, key);
END
$$;
COMMENT ON FUNCTION _scoring.check_key(text, regclass, text, boolean) IS
    'an error when expressions over a relation cannot be the key of a base';

-- ---------------------------------------------------------------------------
-- whom a source belongs to

-- Whoever owns a source has code run as the base's owner when it is read: a view
-- calls functions, a type of one's own has casts.  add_source() is the owner's
-- consent to that; a role that may act as him anyway needs none.  The same goes
-- for the population, and for the relation that tells outcomes.

CREATE FUNCTION _scoring.hold(relation text) RETURNS regclass
    LANGUAGE c STRICT
    AS 'MODULE_PATHNAME', 'scoring_hold';
COMMENT ON FUNCTION _scoring.hold(text) IS
    'the relation of a name, which keeps it until the end of the transaction, with its owner and columns; NULL when there is none';

-- the types of the columns of a relation (NULL: of all), and what they are made
-- of, that do not belong to PostgreSQL or to a role that may act as us
CREATE FUNCTION _scoring.others_types(relation regclass, columns name[]) RETURNS text[]
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, _scoring, pg_temp
AS $$
BEGIN
    RETURN ARRAY(
        WITH RECURSIVE part (type) AS (
            SELECT atttypid FROM pg_attribute
            WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND (columns IS NULL OR attname = ANY (columns))
            UNION
            SELECT p.type FROM part JOIN pg_type AS t ON t.oid = part.type CROSS JOIN LATERAL (
                SELECT t.typbasetype UNION ALL SELECT t.typelem
                UNION ALL SELECT rngsubtype FROM pg_range WHERE t.oid IN (rngtypid, rngmultitypid)
                UNION ALL SELECT atttypid FROM pg_attribute WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped) AS p (type)
            -- PostgreSQL's own are made of its own
            WHERE t.oid >= 16384)
        SELECT format('%I.%I', nspname, typname)
        FROM part JOIN pg_type AS t ON t.oid = part.type JOIN pg_namespace AS n ON n.oid = t.typnamespace
        WHERE t.oid >= 16384 AND NOT pg_has_role(t.typowner, current_user, 'USAGE')
        ORDER BY 1);
END
$$;
COMMENT ON FUNCTION _scoring.others_types(regclass, name[]) IS
    'the types of columns of a relation that belong to somebody who may not act as the current role';

-- An error when a relation, or a type in those columns of it that are read, belongs
-- to another role than when a function of ours was given it.
CREATE FUNCTION _scoring.check_owner(of_base text, relation regclass, columns name[], was text, types text[], what text, given_to text, again text) RETURNS void
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    owner pg_catalog.oid := (SELECT relowner FROM pg_class WHERE oid = relation);
    news pg_catalog.text;
BEGIN
    IF pg_get_userbyid(owner) <> was AND NOT pg_has_role(owner, current_user, 'USAGE') THEN
        RAISE object_not_in_prerequisite_state USING
            MESSAGE = format('%s belongs to another role than at %s', what, given_to),
            DETAIL = format('It belongs to "%s", and belonged to "%s". Code of such a role can run with the rights of "%s", the owner of base "%s".',
                            pg_get_userbyid(owner), was, current_user, of_base),
            HINT = 'If you trust that role: ' || again;
    END IF;
    SELECT string_agg(t, ', ' ORDER BY t) INTO news FROM (SELECT unnest(others_types(relation, columns)) AS t EXCEPT SELECT unnest(types)) AS n;
    IF news IS NOT NULL THEN
        RAISE object_not_in_prerequisite_state USING
            MESSAGE = format('%s has a type that it did not have at %s', what, given_to),
            DETAIL = format('It is: %s. Code of its owner can run with the rights of "%s", the owner of base "%s".', news, current_user, of_base),
            HINT = 'If you trust that role: ' || again;
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.check_owner(text, regclass, name[], text, text[], text, text, text) IS
    'an error when a relation, or a type in it, belongs to another role than when it was named';

-- the sources, and the tables behind them
CREATE FUNCTION _scoring.check_owners(of_base text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    w pg_catalog.record;
BEGIN
    FOR w IN EXECUTE format('SELECT *, hold(relation) AS held FROM %I.watches ORDER BY watch', of_base) LOOP
        -- most often there is nothing to look at: it is each step of a refresh that asks
        CONTINUE WHEN (SELECT pg_get_userbyid(relowner) = w.owner FROM pg_class WHERE oid = w.held)
                      AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = w.held AND attnum > 0 AND atttypid >= 16384);
        PERFORM check_owner(of_base, w.held, columns_read(of_base, w.watch, w.held), w.owner, w.types, 'source ' || w.relation, 'add_source()',
                            format('take the source away, SELECT drop_source(%L, %s); and add it again.', of_base, w.source));
    END LOOP;
END
$$;
COMMENT ON FUNCTION _scoring.check_owners(text) IS
    'an error when a source, or a type in it, belongs to another role than when it was added';

-- ---------------------------------------------------------------------------
-- indexes

-- The CREATE INDEX by which refresh finds the rows of a customer, with all it
-- reads of them in the index; NULL when there is one, or none can help.  It is
-- the planner who is asked, by forbidding him anything else.
CREATE FUNCTION _scoring.missing_index(of_base text, relation regclass, key text, VARIADIC expressions text[]) RETURNS text
    LANGUAGE plpgsql
    SET enable_seqscan = off
    SET jit = off               -- what a forbidden scan is said to cost would set it off
AS $$
DECLARE
    reading pg_catalog.record;
    plan pg_catalog.jsonb;
    types pg_catalog.text[];
    parts pg_catalog.text[];
    other_columns pg_catalog.name[];
BEGIN
    IF (SELECT relkind NOT IN ('r', 'p', 'm') FROM pg_class WHERE oid = relation) THEN
        RETURN NULL;
    END IF;
    reading := key_reading(of_base, relation, key);
    plan := (SELECT r.plan FROM rows_of(
        format('EXPLAIN (VERBOSE, FORMAT JSON) SELECT FROM (SELECT * FROM %I.pending LIMIT 1) AS d
                CROSS JOIN LATERAL (SELECT FROM (SELECT scoring_keys.* FROM %s) AS r WHERE %s OFFSET 0) AS found',
               of_base, keyed_rows(of_base, relation, key), reading.matches)) AS r (plan json));
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
COMMENT ON FUNCTION _scoring.missing_index(text, regclass, text, text[]) IS
    'the index by which the rows of a customer would be found, NULL when there is one';

-- ---------------------------------------------------------------------------
-- drop_source

CREATE FUNCTION _scoring.drop_source(base text, source integer) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    w pg_catalog.record;
BEGIN
    PERFORM _scoring.check_entered(base);
    PERFORM lock_base(base);
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
COMMENT ON FUNCTION _scoring.drop_source(text, integer) IS 'body of scoring.drop_source()';
