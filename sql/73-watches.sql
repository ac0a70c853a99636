-- Watches: the relations whose changes concern a source, and how they are noticed

CREATE FUNCTION _scoring.has_new_file(relation regclass) RETURNS boolean
    LANGUAGE c VOLATILE STRICT
    AS 'MODULE_PATHNAME', 'scoring_has_new_file';
COMMENT ON FUNCTION _scoring.has_new_file(regclass) IS
    'whether this transaction has given a relation a new file, which it can truncate in place';

-- What a relation is stored in, or says: other files, partitions or another
-- definition mean that rows came or went without a trigger.  TRUNCATE gives a
-- table new files; so do VACUUM FULL and CLUSTER, which costs a reading too many.
-- A partition that was taken off and put back has new triggers; one that was
-- disabled for a while, and its table written meanwhile, another version of them.
CREATE FUNCTION _scoring.relation_stamp(relation regclass, VARIADIC triggers name[]) RETURNS jsonb
    LANGUAGE plpgsql STRICT
    SET search_path = pg_catalog, _scoring, pg_temp
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
COMMENT ON FUNCTION _scoring.relation_stamp(regclass, name[]) IS
    'the files and triggers of a table and its partitions, or the definition of a view';

-- Can triggers report what changes in it?  (An unlogged table is empty after a crash.)
CREATE FUNCTION _scoring.can_be_tracked(relation regclass) RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN (SELECT c.relkind = 'r' AND c.relpersistence = 'p'
                   AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = relation)
                OR c.relkind = 'p' AND NOT EXISTS (
                    SELECT FROM pg_partition_tree(relation) AS p JOIN pg_catalog.pg_class AS l ON l.oid = p.relid
                    WHERE p.isleaf AND (l.relkind NOT IN ('r', 'p') OR l.relkind = 'r' AND l.relpersistence <> 'p'))
            FROM pg_catalog.pg_class AS c WHERE c.oid = relation);
COMMENT ON FUNCTION _scoring.can_be_tracked(regclass) IS
    'whether row triggers see every change of a relation: logged tables and partitioned tables without foreign, unlogged or inherited parts';

CREATE FUNCTION _scoring.trigger_name(of_base text, watch integer, kind text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN format('scoring_%s_%s_%s', watch, kind, of_base);
COMMENT ON FUNCTION _scoring.trigger_name(text, integer, text) IS
    'name of the triggers that report changes to a base';

-- What marks_<watch> looks like: the raw columns that the keys mention
CREATE FUNCTION _scoring.marks_columns(relation regclass, keys text[]) RETURNS text
    LANGUAGE sql STABLE
    RETURN (SELECT string_agg(quote_ident(c), ', ' ORDER BY n)
            FROM unnest(_scoring.columns_used(relation, VARIADIC keys)) WITH ORDINALITY AS u (c, n));
COMMENT ON FUNCTION _scoring.marks_columns(regclass, text[]) IS
    'columns of a relation that its marks copy';

-- the columns that the expressions of a source read
CREATE FUNCTION _scoring.columns_read(of_base text, of_source integer) RETURNS name[]
    LANGUAGE plpgsql STABLE
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
COMMENT ON FUNCTION _scoring.columns_read(text, integer) IS
    'columns of a source whose changes matter';

-- Are equal values of a type of PostgreSQL's the same bytes?  (As btree asks
-- before it keeps one of them for all.)  Their = calls nobody's code, and is
-- restored by any dump; but 1.0 = 1.00, and '1 month' = '30 days'.
CREATE FUNCTION _scoring.equal_is_same(type regtype, "collation" oid) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, _scoring, pg_temp
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
COMMENT ON FUNCTION _scoring.equal_is_same(regtype, oid) IS
    'whether equal values of a type are identical';

-- the column that is the value of a source as it stands, and nothing else: a
-- number, of which only its size matters
CREATE FUNCTION _scoring.number_read(of_base text, of_source integer) RETURNS name
    LANGUAGE plpgsql STABLE
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
COMMENT ON FUNCTION _scoring.number_read(text, integer) IS 'the column that is only read as a number';

-- Makes the triggers, and the marks table anew.  No writer has to wait for long,
-- and no reader at all: where a writer's transaction is in the way, it gives up
-- well before that one would look for a deadlock.  It tries again for some
-- seconds, but not when the transaction holds the lock of another source.
CREATE FUNCTION _scoring.track(of_base text, watch integer) RETURNS void
    LANGUAGE plpgsql
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
            EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER INSERT OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION _scoring.mark(%L, %L)',
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
    EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER UPDATE ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION _scoring.mark(%L, %L)',
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
COMMENT ON FUNCTION _scoring.track(text, integer) IS
    'makes the triggers that report the changes of a watched relation, and the table for their marks';

-- Why a tracked relation does not report what it should; NULL when it does.
-- The triggers must be there, on every partition too, and always enabled; they
-- must look at the columns that are read, and the marks have those of the keys.
CREATE FUNCTION _scoring.why_untracked(of_base text, watch integer) RETURNS text
    LANGUAGE plpgsql STABLE
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
COMMENT ON FUNCTION _scoring.why_untracked(text, integer) IS
    'why the triggers of a watched relation do not report what they should';

-- These two need the rights of the table's owner, whom the base's owner need not
-- be: so they are in C, and for triggers of the base only.
CREATE FUNCTION _scoring.fire_always(relation regclass, name name) RETURNS void
    LANGUAGE c STRICT
    AS 'MODULE_PATHNAME', 'scoring_fire_always';
COMMENT ON FUNCTION _scoring.fire_always(regclass, name) IS
    'has a trigger that reports to a base of the caller''s fire for replicated rows too';

CREATE FUNCTION _scoring.drop_trigger(relation regclass, name name) RETURNS void
    LANGUAGE c STRICT
    AS 'MODULE_PATHNAME', 'scoring_drop_trigger';
COMMENT ON FUNCTION _scoring.drop_trigger(regclass, name) IS
    'drops a trigger that reports to a base of the caller''s';

-- How long to wait for a lock on other people's tables: a tenth of the time
-- after which PostgreSQL looks for deadlocks, and would end one of them.
CREATE FUNCTION _scoring.be_impatient() RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, _scoring, pg_temp
AS $$
BEGIN
    PERFORM set_config('lock_timeout', greatest(setting::integer / 10, 1)::text, true) FROM pg_settings WHERE name = 'deadlock_timeout';
END
$$;
COMMENT ON FUNCTION _scoring.be_impatient() IS 'sets a short lock_timeout';

CREATE FUNCTION _scoring.drop_triggers(of_base text, watch integer, relation regclass) RETURNS void
    LANGUAGE plpgsql
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
COMMENT ON FUNCTION _scoring.drop_triggers(text, integer, regclass) IS
    'drops the triggers of a watch';

-- forgets a watch, with its triggers and marks
CREATE FUNCTION _scoring.unwatch(of_base text, watch integer) RETURNS void
    LANGUAGE plpgsql
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
COMMENT ON FUNCTION _scoring.unwatch(text, integer) IS 'forgets a watched relation';

-- One relation that a source depends on.  Tracked: its triggers say which
-- customers change.  Not tracked, with keys: the source itself, which is read
-- in full and compared by customer.  Not tracked, without: a view whose tables
-- are watched; only its definition can change.
CREATE FUNCTION _scoring.add_watch(of_base text, of_source integer, relation regclass, keys text[], tracked boolean) RETURNS void
    LANGUAGE plpgsql
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
COMMENT ON FUNCTION _scoring.add_watch(text, integer, regclass, text[], boolean) IS
    'notes a relation that a source depends on';

CREATE FUNCTION _scoring.track_all(of_base text) RETURNS void
    LANGUAGE plpgsql
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
COMMENT ON FUNCTION _scoring.track_all(text) IS 'makes all triggers of a base anew, and has everything read again';

-- ---------------------------------------------------------------------------
-- the tables behind a view

-- a view's tables: {"shop.order_lines": "(select ...)", "shop.merges": ["old_id", "kept_id"]}
CREATE FUNCTION _scoring.add_watches(of_base text, of_source integer, relation regclass, watch jsonb) RETURNS void
    LANGUAGE plpgsql
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
COMMENT ON FUNCTION _scoring.add_watches(text, integer, regclass, jsonb) IS
    'notes the tables behind a view, and how their rows name the customer';
