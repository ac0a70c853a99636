-- Sources: where the interactions come from, and how their changes are noticed

-- ---------------------------------------------------------------------------
-- names

-- "shop"."orders", whatever the search path
CREATE FUNCTION full_name(relation regclass) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN (SELECT format('%I.%I', n.nspname, c.relname)
            FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
            WHERE c.oid = relation);
COMMENT ON FUNCTION full_name(regclass) IS 'name of a relation with its schema, quoted; not for direct use';

-- the bare name, by which expressions may qualify their columns
CREATE FUNCTION short_name(relation regclass) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN (SELECT quote_ident(c.relname) FROM pg_catalog.pg_class AS c WHERE c.oid = relation);
COMMENT ON FUNCTION short_name(regclass) IS 'name of a relation without its schema, quoted; not for direct use';

-- The columns of a relation that expressions read: all of them for a star, and
-- where the row itself is meant, as in net(orders), or orders.net for the same.
CREATE FUNCTION columns_used(relation regclass, VARIADIC expressions text[]) RETURNS name[]
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    row_name text := (SELECT relname FROM pg_class WHERE oid = relation);
    columns text[] := ARRAY(SELECT attname FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped);
    whole boolean;
    used text[];
BEGIN
    WITH reference AS (
        SELECT parse_ident(r) AS parts FROM unnest(expressions) AS e, unnest((expression_columns(e, true)).columns) AS r),
    meant AS (
        SELECT parts, CASE WHEN parts[1] = row_name AND cardinality(parts) > 1 THEN parts[2]
                           WHEN parts[2] = row_name AND cardinality(parts) > 2 THEN parts[3]
                           ELSE parts[1] END AS name
        FROM reference)
    SELECT array_agg(name),
           coalesce(bool_or(name = '*' OR row_name IN (parts[1], parts[2]) AND NOT name = ANY (columns)), false)
        INTO used, whole FROM meant;
    RETURN ARRAY(SELECT attname FROM pg_attribute
                 WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND (whole OR attname = ANY (used))
                 ORDER BY attnum);
END
$$;
COMMENT ON FUNCTION columns_used(regclass, text[]) IS
    'columns of a relation that SQL expressions may read; not for direct use';

-- what to do about a relation that may not be read
CREATE FUNCTION needed_rights(relation regclass) RETURNS text
    LANGUAGE sql STABLE STRICT
    RETURN format('It is read with the rights of the base''s owner: GRANT SELECT ON %s TO %I, on the columns it needs at least. '
                  'Row-level security must not hide rows from this role.', scoring.full_name(relation), current_user);
COMMENT ON FUNCTION needed_rights(regclass) IS 'hint for who may not read a source; not for direct use';

CREATE FUNCTION columns_there_are(relation regclass) RETURNS text
    LANGUAGE sql STABLE STRICT
    RETURN (SELECT format('Its columns: %s. Names with capitals or blanks need their double quotes.', string_agg(quote_ident(attname), ', ' ORDER BY attnum))
            FROM pg_catalog.pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped);
COMMENT ON FUNCTION columns_there_are(regclass) IS 'hint for a column that is not there; not for direct use';

-- the type of an expression over a relation; an error when it is none
CREATE FUNCTION expression_type(relation regclass, argument text, expression text) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    type text;
    hint text;
BEGIN
    IF (expression_columns(expression)).expressions <> 1 THEN
        RAISE syntax_error USING MESSAGE = 'it must be one expression',
            DETAIL = format('It is: %s', expression);
    END IF;
    -- in WHERE too, where nothing stands that is not of one row: no sum(), no row_number()
    EXECUTE format('SELECT pg_typeof((SELECT (%1$s) FROM %2$s AS %3$s WHERE (%1$s) IS NULL LIMIT 0))',
                   expression || E'\n', full_name(relation), short_name(relation))
        INTO type;
    RETURN type;
EXCEPTION WHEN syntax_error_or_access_rule_violation OR undefined_function OR undefined_column OR undefined_table
              OR ambiguous_column OR datatype_mismatch OR undefined_object OR feature_not_supported THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RAISE EXCEPTION USING ERRCODE = SQLSTATE,
        MESSAGE = format('%s of %s: %s', argument, full_name(relation), SQLERRM),
        DETAIL = format('It is: %s', expression),
        HINT = CASE WHEN SQLSTATE = '42501' THEN needed_rights(relation)
                    WHEN SQLSTATE = '42703' AND argument = 'touchpoint' THEN
                         format('One that is the same for all rows is a constant, in quotes within quotes: %L. ', quote_literal('purchase'))
                         || columns_there_are(relation)
                    WHEN SQLSTATE = '42703' THEN columns_there_are(relation)
                    WHEN SQLSTATE = '0A000' AND hint <> '' THEN hint ELSE
               'An SQL expression over the columns of this relation. Names of functions, types and operators are looked up in '
               'pg_catalog and scoring only: write those of another schema with it, as public.net(amount).' END;
END
$$;
COMMENT ON FUNCTION expression_type(regclass, text, text) IS
    'type of an expression over the columns of a relation; an error that names the argument when it is none; not for direct use';

-- ---------------------------------------------------------------------------
-- watches: relations whose changes concern a source

CREATE FUNCTION has_new_file(relation regclass) RETURNS boolean
    LANGUAGE c VOLATILE STRICT
    AS 'MODULE_PATHNAME', 'scoring_has_new_file';
COMMENT ON FUNCTION has_new_file(regclass) IS
    'whether this transaction has given a relation a new file, which it can truncate in place; not for direct use';

-- What a relation is stored in, or says: other files, partitions or another
-- definition mean that rows came or went without a trigger.  TRUNCATE gives a
-- table new files; so do VACUUM FULL and CLUSTER, which costs a reading too many.
-- A partition that was taken off and put back has new triggers; one that was
-- disabled for a while, and its table written meanwhile, another version of them.
CREATE FUNCTION relation_stamp(relation regclass, VARIADIC triggers name[]) RETURNS jsonb
    LANGUAGE plpgsql STRICT
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    kind "char" := (SELECT relkind FROM pg_class WHERE oid = relation);
BEGIN
    IF kind IN ('r', 'p') THEN
        RETURN jsonb_build_object('database', (SELECT oid::bigint FROM pg_database WHERE datname = current_database()))
            || (SELECT jsonb_build_object('files', jsonb_object_agg(r.oid::oid::text, pg_relation_filenode(r.oid)
                           -- it may be truncated in place: it will never look the same
                           || CASE WHEN has_new_file(r.oid) THEN ' ' || clock_timestamp() ELSE '' END),
                       'triggers', jsonb_object_agg(r.oid::oid::text,
                           (SELECT string_agg(oid || ' ' || xmin, ', ' ORDER BY oid) FROM pg_trigger WHERE tgrelid = r.oid AND tgname = ANY (triggers))))
                FROM (SELECT relation AS oid WHERE kind = 'r'
                      UNION SELECT relid FROM pg_partition_tree(relation) WHERE isleaf) AS r);
    END IF;
    RETURN jsonb_build_object('definition', md5(pg_get_viewdef(relation)));
END
$$;
COMMENT ON FUNCTION relation_stamp(regclass, name[]) IS
    'the files and triggers of a table and its partitions, or the definition of a view; not for direct use';

-- Can triggers report what changes in it?  (An unlogged table is empty after a crash.)
CREATE FUNCTION can_be_tracked(relation regclass) RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN (SELECT c.relkind = 'r' AND c.relpersistence = 'p'
                   AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = relation)
                OR c.relkind = 'p' AND NOT EXISTS (
                    SELECT FROM pg_partition_tree(relation) AS p JOIN pg_catalog.pg_class AS l ON l.oid = p.relid
                    WHERE p.isleaf AND (l.relkind NOT IN ('r', 'p') OR l.relkind = 'r' AND l.relpersistence <> 'p'))
            FROM pg_catalog.pg_class AS c WHERE c.oid = relation);
COMMENT ON FUNCTION can_be_tracked(regclass) IS
    'whether row triggers see every change of a relation: logged tables and partitioned tables without foreign, unlogged or inherited parts; not for direct use';

CREATE FUNCTION trigger_name(of_base text, watch integer, kind text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN format('scoring_%s_%s_%s', watch, kind, of_base);
COMMENT ON FUNCTION trigger_name(text, integer, text) IS
    'name of the triggers that report changes to a base; not for direct use';

-- What marks_<watch> looks like: the raw columns that the keys mention
CREATE FUNCTION marks_columns(relation regclass, keys text[]) RETURNS text
    LANGUAGE sql STABLE
    RETURN (SELECT string_agg(quote_ident(c), ', ' ORDER BY n)
            FROM unnest(scoring.columns_used(relation, VARIADIC keys)) WITH ORDINALITY AS u (c, n));
COMMENT ON FUNCTION marks_columns(regclass, text[]) IS
    'columns of a relation that its marks copy; not for direct use';

-- the columns that the expressions of a source read
CREATE FUNCTION columns_read(of_base text, of_source integer) RETURNS name[]
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    columns name[];
BEGIN
    EXECUTE format('SELECT columns_used(to_regclass(relation), VARIADIC array_remove(
                        ARRAY[key, touchpoint, occurred, value, filter, once_per] || $2, NULL))
                    FROM %I.registered_sources WHERE source = $1', of_base)
        INTO columns USING of_source, echo_expressions(of_base);
    RETURN columns;
END
$$;
COMMENT ON FUNCTION columns_read(text, integer) IS
    'columns of a source whose changes matter; not for direct use';

-- Are equal values of a type of PostgreSQL's the same bytes?  (As btree asks
-- before it keeps one of them for all.)  Their = calls nobody's code, and is
-- restored by any dump; but 1.0 = 1.00, and '1 month' = '30 days'.
CREATE FUNCTION equal_is_same(type regtype, "collation" oid) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM pg_type AS t
        JOIN pg_opclass AS c ON c.opcdefault AND c.opcmethod = (SELECT oid FROM pg_am WHERE amname = 'btree')
             AND c.opcintype = CASE t.oid WHEN 'varchar'::regtype THEN 'text'::regtype ELSE t.oid END
        JOIN pg_amproc AS p ON p.amprocfamily = c.opcfamily AND p.amprocnum = 4
             AND p.amproclefttype = c.opcintype AND p.amprocrighttype = c.opcintype
        WHERE t.oid = type AND t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype = 'b')
        AND NOT EXISTS (SELECT FROM pg_collation WHERE oid = "collation" AND NOT collisdeterministic);
END
$$;
COMMENT ON FUNCTION equal_is_same(regtype, oid) IS
    'whether equal values of a type are identical; not for direct use';

-- the column that is the value of a source as it stands, and nothing else: a
-- number, of which only its size matters
CREATE FUNCTION number_read(of_base text, of_source integer) RETURNS name
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    number name;
BEGIN
    EXECUTE format('SELECT attname FROM %I.registered_sources JOIN pg_attribute ON attrelid = to_regclass(relation)
                    WHERE source = $1 AND once_per IS NULL AND attnum > 0 AND quote_ident(attname) = value
                      AND attname <> ALL (columns_used(to_regclass(relation), VARIADIC array_remove(
                          ARRAY[key, touchpoint, occurred, filter] || $2, NULL)))', of_base)
        INTO number USING of_source, echo_expressions(of_base);
    RETURN number;
END
$$;
COMMENT ON FUNCTION number_read(text, integer) IS 'the column that is only read as a number; not for direct use';

-- Makes the triggers, and the marks table anew.  No writer has to wait for long,
-- and no reader at all: where a writer's transaction is in the way, it gives up
-- well before that one would look for a deadlock.  It tries again for some
-- seconds, but not when the transaction holds the lock of another source.
CREATE FUNCTION track(of_base text, watch integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    w record;
    closed regclass;
    simple boolean;
    differs text;
    rows_name text := trigger_name(of_base, watch, 'rows');
    update_name text := trigger_name(of_base, watch, 'update');
    tries integer := CASE WHEN EXISTS (
            SELECT FROM pg_locks JOIN pg_class AS c ON c.oid = relation
            WHERE pid = pg_backend_pid() AND mode = 'ShareRowExclusiveLock' AND relnamespace <> to_regnamespace(quote_ident(of_base)))
        THEN 1 ELSE 40 END;
    lock_timeout text := current_setting('lock_timeout');
BEGIN
    EXECUTE format('SELECT w.seen, w.keys, s.relation = w.relation AS is_source, source
                    FROM %1$I.watches AS w JOIN %1$I.registered_sources AS s USING (source) WHERE w.watch = $1', of_base)
        INTO w USING watch;
    SELECT r.oid INTO closed FROM (SELECT w.seen::oid AS oid UNION SELECT relid FROM pg_partition_tree(w.seen)) AS r
        WHERE NOT has_table_privilege(r.oid, 'TRIGGER') ORDER BY r.oid <> w.seen, full_name(r.oid) LIMIT 1;
    IF closed IS NOT NULL THEN
        RAISE insufficient_privilege USING MESSAGE = format('no right to make triggers on %s', full_name(closed)),
            DETAIL = 'They report what changes in it; its partitions need them too.',
            HINT = format('GRANT TRIGGER ON %s TO %I. A view of it needs no triggers, and is read in full at each refresh.',
                          full_name(closed), current_user);
    END IF;
    -- an update that changes nothing we read need not be reported
    IF w.is_source THEN
        SELECT bool_and(equal_is_same(atttypid, attcollation) OR attname = number_read(of_base, w.source)
                            AND atttypid IN ('numeric'::regtype, 'float8'::regtype, 'float4'::regtype)),
               string_agg(format('OLD.%1$I IS DISTINCT FROM NEW.%1$I', attname), ' OR ' ORDER BY attnum)
            INTO simple, differs
            FROM pg_attribute WHERE attrelid = w.seen AND attname = ANY ((SELECT columns_read(of_base, w.source))::name[]);
    END IF;
    IF simple IS NOT TRUE THEN
        differs := 'OLD.* OPERATOR(pg_catalog.*<>) NEW.*';
    END IF;

    LOOP
        BEGIN
            PERFORM be_impatient();
            EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER INSERT OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION scoring.mark(%L, %L)',
                           rows_name, full_name(w.seen), of_base, watch);
            PERFORM set_config('lock_timeout', lock_timeout, true);
            EXIT;
        EXCEPTION WHEN lock_not_available THEN
            tries := tries - 1;
            IF tries = 0 THEN
                RAISE lock_not_available USING
                    MESSAGE = format('triggers cannot be made on %s: transactions that write to it are open', full_name(w.seen)),
                    HINT = 'No writer is made to wait for this. Try again when they have ended.';
            END IF;
            PERFORM pg_sleep(0.1);
        END;
    END LOOP;
    PERFORM fire_always(w.seen, rows_name);
    EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER UPDATE ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION scoring.mark(%L, %L)',
                   update_name, full_name(w.seen), differs, of_base, watch);
    PERFORM fire_always(w.seen, update_name);

    -- after the triggers: writers lock their table first, then the marks
    IF to_regclass(format('%I.%I', of_base, 'marks_' || watch)) IS NOT NULL THEN
        EXECUTE format('DROP TABLE %I.%I', of_base, 'marks_' || watch);
    END IF;
    EXECUTE format('CREATE TABLE %I.%I WITH (vacuum_truncate = off, autovacuum_vacuum_scale_factor = 0,
                        autovacuum_vacuum_threshold = 10000) AS SELECT %s FROM %s WITH NO DATA',
                   of_base, 'marks_' || watch, coalesce(marks_columns(w.seen, w.keys), ''), full_name(w.seen));
    EXECUTE format('ALTER TABLE %I.%I REPLICA IDENTITY FULL', of_base, 'marks_' || watch);
    EXECUTE format('COMMENT ON TABLE %I.%I IS %L', of_base, 'marks_' || watch,
                   format('rows that changed in %s since the last refresh: the columns that name the customer', full_name(w.seen)));
END
$$;
COMMENT ON FUNCTION track(text, integer) IS
    'makes the triggers that report the changes of a watched relation, and the table for their marks; not for direct use';

-- Why a tracked relation does not report what it should; NULL when it does.
-- The triggers must be there, on every partition too, and always enabled; they
-- must look at the columns that are read, and the marks have those of the keys.
CREATE FUNCTION why_untracked(of_base text, watch integer) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    w record;
    looked_at smallint[];
    read smallint[];
BEGIN
    EXECUTE format('SELECT w.seen, w.keys, s.relation = w.relation AS is_source, source
                    FROM %1$I.watches AS w JOIN %1$I.registered_sources AS s USING (source) WHERE w.watch = $1', of_base)
        INTO w USING watch;
    IF EXISTS (SELECT FROM (SELECT w.seen AS oid UNION SELECT relid FROM pg_partition_tree(w.seen)) AS r
               WHERE (SELECT count(*) FROM pg_trigger WHERE tgrelid = r.oid AND tgenabled = 'A'
                      AND tgname IN (trigger_name(of_base, watch, 'rows'), trigger_name(of_base, watch, 'update'))) <> 2) THEN
        RETURN 'has lost its triggers';
    END IF;
    -- a column that was renamed is still looked at, one that came in its place is not
    SELECT array_agg(d.refobjsubid) INTO looked_at FROM pg_trigger AS t
        JOIN pg_depend AS d ON d.classid = 'pg_trigger'::regclass AND d.objid = t.oid
             AND d.refclassid = 'pg_class'::regclass AND d.refobjid = w.seen AND d.refobjsubid > 0
        WHERE t.tgrelid = w.seen AND t.tgname = trigger_name(of_base, watch, 'update');
    read := ARRAY(SELECT attnum FROM pg_attribute WHERE attrelid = w.seen AND attname = ANY ((SELECT columns_read(of_base, w.source))::name[]));
    IF w.is_source AND NOT (looked_at <@ read AND read <@ looked_at)
       OR EXISTS (SELECT FROM pg_attribute AS s
                  LEFT JOIN pg_attribute AS m ON m.attrelid = to_regclass(format('%I.%I', of_base, 'marks_' || watch))
                       AND m.attname = s.attname AND m.atttypid = s.atttypid AND NOT m.attisdropped
                  WHERE s.attrelid = w.seen AND s.attname = ANY ((SELECT columns_used(w.seen, VARIADIC w.keys))::name[]) AND m.attnum IS NULL)
    THEN
        RETURN 'has other columns';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION why_untracked(text, integer) IS
    'why the triggers of a watched relation do not report what they should; not for direct use';

-- These two need the rights of the table's owner, whom the base's owner need not
-- be: so they are in C, and for triggers of the base only.
CREATE FUNCTION fire_always(relation regclass, name name) RETURNS void
    LANGUAGE c STRICT
    AS 'MODULE_PATHNAME', 'scoring_fire_always';
COMMENT ON FUNCTION fire_always(regclass, name) IS
    'has a trigger that reports to a base of the caller''s fire for replicated rows too; not for direct use';

CREATE FUNCTION drop_trigger(relation regclass, name name) RETURNS void
    LANGUAGE c STRICT
    AS 'MODULE_PATHNAME', 'scoring_drop_trigger';
COMMENT ON FUNCTION drop_trigger(regclass, name) IS
    'drops a trigger that reports to a base of the caller''s; not for direct use';

-- How long to wait for a lock on other people's tables: a tenth of the time
-- after which PostgreSQL looks for deadlocks, and would end one of them.
CREATE FUNCTION be_impatient() RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
BEGIN
    PERFORM set_config('lock_timeout', greatest(setting::integer / 10, 1)::text, true) FROM pg_settings WHERE name = 'deadlock_timeout';
END
$$;
COMMENT ON FUNCTION be_impatient() IS 'sets a short lock_timeout; not for direct use';

CREATE FUNCTION drop_triggers(of_base text, watch integer, relation regclass) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    name text;
    lock_timeout text := current_setting('lock_timeout');
BEGIN
    PERFORM be_impatient();
    FOR name IN
        SELECT tgname FROM pg_trigger
        WHERE tgrelid = relation AND tgname IN (trigger_name(of_base, watch, 'rows'), trigger_name(of_base, watch, 'update'))
    LOOP
        PERFORM drop_trigger(relation, name);
    END LOOP;
    PERFORM set_config('lock_timeout', lock_timeout, true);
EXCEPTION WHEN lock_not_available THEN
    RAISE lock_not_available USING MESSAGE = format('the triggers on %s cannot be dropped: it is in use', full_name(relation)),
        HINT = 'Nobody who uses it is made to wait for this. Try again later.';
END
$$;
COMMENT ON FUNCTION drop_triggers(text, integer, regclass) IS
    'drops the triggers of a watch; not for direct use';

-- forgets a watch, with its triggers and marks
CREATE FUNCTION unwatch(of_base text, watch integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    relation regclass;
    name text;
BEGIN
    EXECUTE format('SELECT seen FROM %I.watches WHERE watch = $1', of_base) INTO relation USING watch;
    PERFORM drop_triggers(of_base, watch, relation);
    FOREACH name IN ARRAY ARRAY['marks_', 'seen_'] LOOP
        IF to_regclass(format('%I.%I', of_base, name || watch)) IS NOT NULL THEN
            EXECUTE format('DROP TABLE %I.%I', of_base, name || watch);
        END IF;
    END LOOP;
    EXECUTE format('DELETE FROM %I.watches WHERE watch = $1', of_base) USING watch;
    EXECUTE format('DELETE FROM %I.reread WHERE watch = $1', of_base) USING watch;
END
$$;
COMMENT ON FUNCTION unwatch(text, integer) IS 'forgets a watched relation; not for direct use';

-- One relation that a source depends on.  Tracked: its triggers say which
-- customers change.  Not tracked, with keys: the source itself, which is read
-- in full and compared by customer.  Not tracked, without: a view whose tables
-- are watched; only its definition can change.
CREATE FUNCTION add_watch(of_base text, of_source integer, relation regclass, keys text[], tracked boolean) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    watch integer;
BEGIN
    EXECUTE format('INSERT INTO %1$I.watches (watch, source, relation, seen, keys, tracked)
                    SELECT coalesce(max(watch), 0) + 1, $1, $2, $3, $4, $5 FROM %1$I.watches RETURNING watch', of_base)
        INTO watch USING of_source, full_name(relation), relation, keys, tracked;
    IF tracked THEN
        PERFORM track(of_base, watch);
    ELSIF keys <> '{}' THEN
        EXECUTE format('CREATE TABLE %I.%I (%s, digest bytea NOT NULL, PRIMARY KEY (%s))', of_base, 'seen_' || watch,
                       key_definition(of_base), key_list(of_base));
        EXECUTE format('COMMENT ON TABLE %I.%I IS %L', of_base, 'seen_' || watch,
                       format('what %s had of each customer when it was last read', full_name(relation)));
    END IF;
    IF tracked OR keys = '{}' THEN
        EXECUTE format('INSERT INTO %I.stamps VALUES ($1, $2)', of_base)
            USING watch, relation_stamp(relation, trigger_name(of_base, watch, 'rows'), trigger_name(of_base, watch, 'update'));
    END IF;
    EXECUTE format('INSERT INTO %I.reread VALUES ($1)', of_base) USING watch;
END
$$;
COMMENT ON FUNCTION add_watch(text, integer, regclass, text[], boolean) IS
    'notes a relation that a source depends on; not for direct use';

-- ---------------------------------------------------------------------------
-- add_source

CREATE FUNCTION add_source(base text, relation regclass, touchpoint text, occurred text,
                           value text DEFAULT NULL, filter text DEFAULT NULL, key text DEFAULT NULL,
                           once_per text DEFAULT NULL, time_zone text DEFAULT NULL, watch jsonb DEFAULT NULL)
    RETURNS integer
    LANGUAGE plpgsql
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    kind "char";
    source integer;
    w record;
    when_type text;
    index text;
BEGIN
    IF relation IS NULL OR touchpoint IS NULL OR occurred IS NULL THEN
        RAISE null_value_not_allowed USING MESSAGE = 'relation, touchpoint and occurred must not be null';
    END IF;
    PERFORM pg_advisory_xact_lock(base_lock(base));
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
COMMENT ON FUNCTION add_source(text, regclass, text, text, text, text, text, text, text, jsonb) IS
    'adds a relation whose rows are interactions: expressions over its columns say which, when, of whom and of what value';

-- may it be a source at all?
CREATE FUNCTION check_relation(of_base text, relation regclass) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    c pg_class;
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
COMMENT ON FUNCTION check_relation(text, regclass) IS 'an error when a relation cannot be a source; not for direct use';

-- is it still, when it has become another one?
CREATE FUNCTION check_expressions(of_base text, relation regclass, touchpoint text, occurred text, value text, filter text,
                                  key text, once_per text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    when_type text;
BEGIN
    PERFORM check_key(of_base, relation, key);
    PERFORM check_castable(relation, 'touchpoint', touchpoint, 'text');
    when_type := expression_type(relation, 'occurred', occurred);
    IF when_type NOT IN ('date', 'timestamp without time zone', 'timestamp with time zone') THEN
        RAISE datatype_mismatch USING
            MESSAGE = format('occurred of %s must be a date or a timestamp, not %s', full_name(relation), when_type),
            HINT = CASE when_type WHEN 'text' THEN 'Cast it: to_date(day, ''YYYY-MM-DD''), or day::date.'
                        ELSE 'to_timestamp() makes a timestamp of seconds since 1970.' END;
    END IF;
    PERFORM check_castable(relation, 'value', value, 'double precision');
    PERFORM check_castable(relation, 'filter', filter, 'boolean');
    PERFORM check_castable(relation, 'once_per', once_per, 'text');
END
$$;
COMMENT ON FUNCTION check_expressions(text, regclass, text, text, text, text, text, text) IS
    'an error when what add_source() was given does not fit a relation; not for direct use';

CREATE FUNCTION check_castable(relation regclass, argument text, expression text, type text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, scoring, pg_temp
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
COMMENT ON FUNCTION check_castable(regclass, text, text, text) IS
    'an error when an expression over a relation cannot be cast to a type; not for direct use';

CREATE FUNCTION check_key(of_base text, relation regclass, key text, subqueries boolean DEFAULT false) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, scoring, pg_temp
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
COMMENT ON FUNCTION check_key(text, regclass, text, boolean) IS
    'an error when expressions over a relation cannot be the key of a base; not for direct use';

-- FROM clause that gives the rows of a relation the key scoring_keys
-- (scoring_key_1, ...), names that no relation or column is likely to have.  Where
-- some row's key cannot be worked out, it is tried row by row, which is slow.
-- With marks, their rows instead of those of the relation.
CREATE FUNCTION keyed_rows(of_base text, relation regclass, key text, careful boolean DEFAULT false, marks text DEFAULT NULL) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    names text;
    texts text;
    types text;
BEGIN
    EXECUTE format('SELECT string_agg(''scoring_key_'' || n, '', '' ORDER BY n), string_agg(format(''scoring_key_%%s::%%s::text'', n, t), '', '' ORDER BY n),
                           string_agg(format(''(scoring_tried.texts)[%%s]::%%s'', n, t), '', '' ORDER BY n)
                    FROM %I.base, unnest(key_types) WITH ORDINALITY AS k (t, n)', of_base)
        INTO names, texts, types;
    IF NOT careful THEN
        RETURN format('%s AS %s CROSS JOIN LATERAL (SELECT %s) AS scoring_keys (%s)',
                      coalesce(marks, full_name(relation)), short_name(relation), key || E'\n', names);
    END IF;
    RETURN format('%1$s AS %2$s CROSS JOIN LATERAL (SELECT scoring.try_key(%3$L, %2$s) AS texts OFFSET 0) AS scoring_tried
                        CROSS JOIN LATERAL (SELECT %4$s) AS scoring_keys (%5$s)', coalesce(marks, full_name(relation)), short_name(relation),
                  format('SELECT ARRAY[%s] FROM (SELECT ($1).*) AS %s CROSS JOIN LATERAL (SELECT %s) AS scoring_keys (%s)',
                         texts, short_name(relation), key || E'\n', names), types, names);
END
$$;
COMMENT ON FUNCTION keyed_rows(text, regclass, text, boolean, text) IS
    'the rows of a relation and their keys, for a query; not for direct use';

-- the key of a row as text, NULL when it cannot be worked out
CREATE FUNCTION try_key(query text, relation_row anyelement) RETURNS text[]
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    key text[];
BEGIN
    EXECUTE query INTO key USING relation_row;
    -- an index holds no longer ones
    RETURN CASE WHEN octet_length(key::text) <= 2000 THEN key END;
EXCEPTION WHEN OTHERS THEN
    PERFORM is_row_error(SQLSTATE, SQLERRM, 'key');
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION try_key(text, anyelement) IS
    'the key of a row, NULL when it cannot be worked out; not for direct use';

-- How a query reads the key of a relation (names): `cast_list` gives it the types
-- of the base's key, `plain_list` only where they do not compare; `matches` is the
-- condition that it is that of `customer` (of scoring_due_1, ..., when that is
-- empty), and `present` that it names one at all.  Where its own type has an
-- equality with the key's, a value is compared as it is: int4 = int8 finds its
-- index, int4::int8 = int8 does not.
CREATE FUNCTION key_reading(of_base text, relation regclass, key text, customer text DEFAULT 'd',
                            OUT names text, OUT cast_list text, OUT plain_list text, OUT matches text, OUT present text)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    columns text[];
    types text[];
    given text[];
    list text;
BEGIN
    EXECUTE format('SELECT key_columns, key_types FROM %I.base', of_base) INTO columns, types;
    SELECT string_agg('scoring_key_' || n, ', ' ORDER BY n), string_agg(format('pg_typeof(scoring_key_%s)::text', n), ', ' ORDER BY n)
        INTO names, list FROM generate_subscripts(types, 1) AS n;
    -- a row of NULLs where there is none: only the types are asked for
    EXECUTE format('SELECT ARRAY[%s] FROM (SELECT) AS one LEFT JOIN LATERAL (SELECT scoring_keys.* FROM %s LIMIT 0) AS k ON true',
                   list, keyed_rows(of_base, relation, key))
        INTO given;
    SELECT string_agg(format('scoring_key_%s::%s AS %I', n, t, c), ', ' ORDER BY n),
           string_agg(format(CASE WHEN key_operator(g, t) IS NULL THEN 'scoring_key_%1$s::%2$s AS %3$I' ELSE 'scoring_key_%1$s AS %3$I' END, n, t, c),
                      ', ' ORDER BY n),
           string_agg(format('scoring_key_%s IS NOT NULL', n), ' AND ' ORDER BY n),
           string_agg(CASE WHEN key_operator(g, t) IS NULL THEN format('scoring_key_%s::%s %s ', n, t, key_operator(t, t))
                           ELSE format('scoring_key_%s %s ', n, key_operator(g, t)) END
                      || CASE customer WHEN '' THEN 'scoring_due_' || n ELSE format('%s.%I', customer, c) END, ' AND ' ORDER BY n)
        INTO cast_list, plain_list, present, matches FROM unnest(columns, given, types) WITH ORDINALITY AS k (c, g, t, n);
    -- in WHERE too: a row has one key, so no generate_series()
    EXECUTE format('SELECT FROM %s AS %s WHERE ROW(%s) IS NULL LIMIT 0', full_name(relation), short_name(relation), key || E'\n');
    EXECUTE format('SELECT FROM (SELECT %s FROM (SELECT scoring_keys.* FROM %s) AS r LIMIT 0) AS casts', cast_list, keyed_rows(of_base, relation, key));
EXCEPTION WHEN syntax_error_or_access_rule_violation OR undefined_function OR undefined_column OR undefined_table
              OR ambiguous_column OR cannot_coerce OR undefined_object OR feature_not_supported THEN
    RAISE EXCEPTION USING ERRCODE = SQLSTATE,
        MESSAGE = format('key of %s: %s', full_name(relation), SQLERRM),
        DETAIL = format('It is: %s', key),
        HINT = CASE SQLSTATE WHEN '42501' THEN needed_rights(relation)
                             WHEN '42703' THEN 'Say with key which expressions over this relation name the customer. ' || columns_there_are(relation)
                             ELSE 'Say with key which expressions over this relation name the customer.' END;
END
$$;
COMMENT ON FUNCTION key_reading(text, regclass, text, text) IS
    'parts of a query that reads the key of a base from a relation; not for direct use';
