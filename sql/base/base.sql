-- The managed base: a schema of the user's own that holds the customers'
-- timelines, and the registry of what they are made from and scored by.

CREATE FUNCTION _scoring.expression_columns(expression text, subqueries boolean DEFAULT false,
                                   OUT expressions integer, OUT columns text[])
    RETURNS record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_expression_columns';
COMMENT ON FUNCTION _scoring.expression_columns(text, boolean) IS
    'how many SQL expressions a text is, and the names in it that may be columns; an error when it is anything else';

-- ---------------------------------------------------------------------------
-- the key: one column or several, of any types

-- the key columns of a base, quoted, each with a prefix in front
CREATE FUNCTION _scoring.key_columns(of_base text, prefix text DEFAULT '') RETURNS text[]
    LANGUAGE plpgsql STABLE STRICT
AS $$
DECLARE
    columns pg_catalog.text[];
BEGIN
    EXECUTE format('SELECT array_agg($1 || quote_ident(c) ORDER BY n)
                    FROM %I.base, unnest(key_columns) WITH ORDINALITY AS k (c, n)', of_base)
        INTO columns USING prefix;
    RETURN columns;
END
$$;
COMMENT ON FUNCTION _scoring.key_columns(text, text) IS
    'key columns of a base, each after a prefix';

CREATE FUNCTION _scoring.key_list(of_base text, prefix text DEFAULT '') RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN array_to_string(_scoring.key_columns(of_base, prefix), ', ');
COMMENT ON FUNCTION _scoring.key_list(text, text) IS
    'key columns of a base as a list for a query, each after a prefix';

-- 'k1 bigint, k2 text'
CREATE FUNCTION _scoring.key_definition(of_base text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT
AS $$
DECLARE
    list pg_catalog.text;
BEGIN
    EXECUTE format('SELECT string_agg(quote_ident(c) || '' '' || t, '', '' ORDER BY n)
                    FROM %I.base, unnest(key_columns, key_types) WITH ORDINALITY AS k (c, t, n)', of_base)
        INTO list;
    RETURN list;
END
$$;
COMMENT ON FUNCTION _scoring.key_definition(text) IS
    'key columns of a base with their types';

-- 'a.k1 = b.k1 AND a.k2 = b.k2', by the equality that the key's index has
CREATE FUNCTION _scoring.key_equal(of_base text, a text, b text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT
AS $$
DECLARE
    condition pg_catalog.text;
BEGIN
    EXECUTE format('SELECT string_agg(format(''%%1$s%%3$I %%4$s %%2$s%%3$I'', $1, $2, c, key_operator(t, t)),
                                      '' AND '' ORDER BY n)
                    FROM %I.base, unnest(key_columns, key_types) WITH ORDINALITY AS k (c, t, n)', of_base)
        INTO condition USING a, b;
    RETURN condition;
END
$$;
COMMENT ON FUNCTION _scoring.key_equal(text, text, text) IS
    'condition that two relations have the same key';

-- the type that a domain is in the end
CREATE FUNCTION _scoring.base_type(type oid) RETURNS oid
    LANGUAGE plpgsql STABLE STRICT
    SET search_path = pg_catalog, _scoring, pg_temp
AS $$
DECLARE
    below pg_catalog.oid;
BEGIN
    LOOP
        SELECT typbasetype INTO below FROM pg_type WHERE oid = type;
        IF below IS NULL OR below = 0 THEN
            RETURN type;
        END IF;
        type := below;
    END LOOP;
END
$$;
COMMENT ON FUNCTION _scoring.base_type(oid) IS 'type below a domain, however deep';

-- Equality (strategy 3; 5: greater) as an index on the key type knows it, for a value
-- of another type on its left: int4 = int8 finds its index, int4::int8 = int8 does not.
-- plpgsql keeps the plan of this query, which takes longer to plan than to run.
CREATE FUNCTION _scoring.key_operator(value_type text, key_type text, strategy integer DEFAULT 3) RETURNS text
    LANGUAGE plpgsql STABLE STRICT
    SET search_path = pg_catalog, _scoring, pg_temp
AS $$
BEGIN
    RETURN coalesce(
        (SELECT format('OPERATOR(%I.%s)', n.nspname, o.oprname)
         FROM pg_type AS k
         JOIN pg_opclass AS c ON c.opcintype = base_type(k.oid)
              AND c.opcdefault AND c.opcmethod = (SELECT am.oid FROM pg_am AS am WHERE am.amname = 'btree')
         JOIN pg_amop AS a ON a.amopfamily = c.opcfamily AND a.amopstrategy = strategy AND a.amoprighttype = c.opcintype
         JOIN pg_type AS v ON v.oid = value_type::regtype AND a.amoplefttype = base_type(v.oid)
         JOIN pg_operator AS o ON o.oid = a.amopopr
         JOIN pg_namespace AS n ON n.oid = o.oprnamespace
         WHERE k.oid = key_type::regtype),
        CASE WHEN value_type = key_type THEN CASE strategy WHEN 3 THEN '=' ELSE '>' END END);
END
$$;
COMMENT ON FUNCTION _scoring.key_operator(text, text, integer) IS
    'comparison of a type with the type of a key column, NULL when the one must be cast to the other';

-- ---------------------------------------------------------------------------
-- create_base

CREATE FUNCTION _scoring.check_time_zone(name text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, _scoring, pg_temp
AS $$
BEGIN
    PERFORM now() AT TIME ZONE name;
EXCEPTION WHEN invalid_parameter_value THEN
    RAISE invalid_parameter_value USING MESSAGE = format('there is no time zone "%s"', name),
        HINT = 'Such as Europe/Paris: SELECT name FROM pg_timezone_names;';
END
$$;
COMMENT ON FUNCTION _scoring.check_time_zone(text) IS 'an error when there is no such time zone';

-- columns of tables, views and queries in which the key is, too
CREATE FUNCTION _scoring.reserved_columns() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN '{timeline,closed,source,error,digest,score_name,score,tier,label,state,last_on,tier_until,version,since,until,
             recency,frequency,monetary,basket,per_year,r,f,m,cell,segment,today,score_before,score_after,found,scoring_part,
             gap,tier_of,tier_against,population,action,tier_before,delta,cooling,activity,recent,usual,expected,ratio,p_value,
             last_contact,days_since,free_on,arm,reason,draw,share,wave,taken_on,what,count,
             open,late,place,kept,built,now,touchpoint,day,value,once,part,moment,echo}'::text[];
COMMENT ON FUNCTION _scoring.reserved_columns() IS
    'names that columns of a key and channels cannot have';

-- ---------------------------------------------------------------------------
-- one at a time: whoever changes the timelines or the registry of a base

CREATE FUNCTION _scoring.lock_base(of_base text) RETURNS void
    LANGUAGE c STRICT
    AS 'MODULE_PATHNAME', 'scoring_lock_base';
COMMENT ON FUNCTION _scoring.lock_base(text) IS
    'takes the lock of a base until the end of the transaction';

CREATE FUNCTION _scoring.lock_refreshing(of_base text, wait boolean) RETURNS boolean
    LANGUAGE c STRICT
    AS 'MODULE_PATHNAME', 'scoring_lock_refreshing';
COMMENT ON FUNCTION _scoring.lock_refreshing(text, boolean) IS
    'takes what a refresh of the base holds, until the end of the transaction';

-- ---------------------------------------------------------------------------
-- what is there

CREATE FUNCTION _scoring.create_base_views(of_base text) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format($sql$
        CREATE VIEW %1$I.sources AS
        SELECT s.source, s.relation, s.touchpoint, s.occurred, s.value, s.filter, s.key, s.once_per,
               CASE WHEN EXISTS (SELECT FROM %1$I.watches AS w WHERE w.source = s.source AND w.tracked)
                    THEN 'what changed' ELSE 'all of it' END AS refresh_reads,
               r.rows_read, r.rows_counted, coalesce(r.left_out, '{}') AS left_out, r.read_at
        FROM %1$I.registered_sources AS s
        LEFT JOIN LATERAL (
            SELECT sum(n)::bigint AS rows_read, sum(n) FILTER (WHERE reason IS NULL)::bigint AS rows_counted,
                   jsonb_object_agg(reason, n) FILTER (WHERE reason IS NOT NULL) AS left_out, max(read_at) AS read_at
            FROM (SELECT reason, sum(read_rows) AS n, max(read_at) AS read_at
                  FROM %1$I.readings WHERE source = s.source GROUP BY reason) AS by_reason) AS r ON true;
        COMMENT ON VIEW %1$I.sources IS 'the sources, and at the last reading in full: rows read, and left out by reason';
        COMMENT ON COLUMN %1$I.sources.source IS 'number of the source';
        COMMENT ON COLUMN %1$I.sources.relation IS 'table or view that is read';
        COMMENT ON COLUMN %1$I.sources.touchpoint IS 'expression for the touchpoint';
        COMMENT ON COLUMN %1$I.sources.occurred IS 'expression for the moment or the day';
        COMMENT ON COLUMN %1$I.sources.value IS 'expression for the value';
        COMMENT ON COLUMN %1$I.sources.filter IS 'rows for which this is true count';
        COMMENT ON COLUMN %1$I.sources.key IS 'expressions for the key of the customer';
        COMMENT ON COLUMN %1$I.sources.once_per IS 'rows with the same value of this expression count once';
        COMMENT ON COLUMN %1$I.sources.refresh_reads IS 'what changed, where triggers report it; else all of it, each time';
        COMMENT ON COLUMN %1$I.sources.rows_read IS 'rows at the last reading in full';
        COMMENT ON COLUMN %1$I.sources.rows_counted IS 'those of them that count';
        COMMENT ON COLUMN %1$I.sources.left_out IS 'the others, by reason';
        COMMENT ON COLUMN %1$I.sources.read_at IS 'when that was';

        CREATE VIEW %1$I.touchpoints AS
        SELECT coalesce(seen.touchpoint, asked.touchpoint) AS touchpoint,
               (SELECT array_agg(DISTINCT r.source ORDER BY r.source) FROM %1$I.readings AS r
                WHERE r.touchpoint = coalesce(seen.touchpoint, asked.touchpoint)) AS sources,
               coalesce(seen.customers, 0) AS customers, coalesce(seen.interactions, 0) AS interactions,
               seen.first_on, seen.last_on, coalesce(asked.scores, '{}') AS scores,
               seen.touchpoint IS NULL AS never_seen
        FROM (SELECT i.touchpoint, count(*) AS customers, sum(i.n)::bigint AS interactions,
                     min(i.first_on) AS first_on, max(i.last_on) AS last_on
              FROM %1$I.timelines AS t
              CROSS JOIN LATERAL (
                  SELECT e.touchpoint, sum(e.count) AS n, min(e.occurred_on) AS first_on, max(e.occurred_on) AS last_on
                  FROM scoring.interactions(t.timeline) AS e GROUP BY e.touchpoint) AS i
              GROUP BY i.touchpoint) AS seen
        FULL JOIN (SELECT r.touchpoint, array_agg(DISTINCT s.name ORDER BY s.name) AS scores
                   FROM %1$I.scores AS s CROSS JOIN LATERAL scoring.rules(s.grid) AS r
                   GROUP BY r.touchpoint) AS asked ON asked.touchpoint = seen.touchpoint;
        COMMENT ON VIEW %1$I.touchpoints IS 'the touchpoints that timelines have or grids ask for; reads every timeline';
        COMMENT ON COLUMN %1$I.touchpoints.touchpoint IS 'kind of interaction';
        COMMENT ON COLUMN %1$I.touchpoints.sources IS 'numbers of the sources that had it at their last reading in full';
        COMMENT ON COLUMN %1$I.touchpoints.customers IS 'customers who have it';
        COMMENT ON COLUMN %1$I.touchpoints.interactions IS 'how many interactions';
        COMMENT ON COLUMN %1$I.touchpoints.first_on IS 'the first day';
        COMMENT ON COLUMN %1$I.touchpoints.last_on IS 'the last day';
        COMMENT ON COLUMN %1$I.touchpoints.scores IS 'scores whose grid asks for it';
        COMMENT ON COLUMN %1$I.touchpoints.never_seen IS 'a grid asks for it, but no customer has it';

        -- who refreshes in one piece has a row that nobody else sees yet
        CREATE VIEW %1$I.progress AS
        SELECT r.run, r.phase, r.customers, r.done,
               round(r.done / nullif(r.customers, 0)::numeric, 4)::double precision AS share,
               r.changed, r.failed, (SELECT count(*) FROM %1$I.pending) AS pending,
               now.running, r.started_at, r.finished_at
        FROM (VALUES (NULL)) AS one
        LEFT JOIN LATERAL (SELECT * FROM %1$I.refreshes ORDER BY run DESC LIMIT 1) AS r ON true
        CROSS JOIN LATERAL (
            SELECT EXISTS (
                SELECT FROM pg_locks AS l
                WHERE l.locktype = 'relation' AND l.granted AND l.mode IN ('ExclusiveLock', 'RowExclusiveLock')
                  AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
                  AND l.relation = %2$L::regclass
                  -- our own transaction holds it to its end
                  AND (l.pid IS DISTINCT FROM pg_backend_pid() OR r.finished_at IS NULL)) AS running) AS now
        WHERE r.run IS NOT NULL OR now.running;
        COMMENT ON VIEW %1$I.progress IS 'how far the running refresh is, or the last one came';
        COMMENT ON COLUMN %1$I.progress.run IS 'number of the refresh';
        COMMENT ON COLUMN %1$I.progress.phase IS 'what it does, or did last';
        COMMENT ON COLUMN %1$I.progress.customers IS 'customers to be read again';
        COMMENT ON COLUMN %1$I.progress.done IS 'customers read so far';
        COMMENT ON COLUMN %1$I.progress.share IS 'done / customers';
        COMMENT ON COLUMN %1$I.progress.changed IS 'timelines that came out different';
        COMMENT ON COLUMN %1$I.progress.failed IS 'customers whose rows could not be read';
        COMMENT ON COLUMN %1$I.progress.pending IS 'customers still to be read';
        COMMENT ON COLUMN %1$I.progress.running IS 'whether a refresh is at work at this moment; where finished_at is set, one whose transaction has not ended, and the rest is of the one before';
        COMMENT ON COLUMN %1$I.progress.started_at IS 'when it began';
        COMMENT ON COLUMN %1$I.progress.finished_at IS 'when it came to its end; NULL: it runs, or was interrupted';
        $sql$, of_base, format('%I.refreshing', of_base));
END
$$;
COMMENT ON FUNCTION _scoring.create_base_views(text) IS 'views of a new base';

-- ---------------------------------------------------------------------------
-- drop_base

-- What lies elsewhere and would be dropped with the schema of a base: views,
-- functions, tables with a column of its types, defaults, constraints.
CREATE FUNCTION _scoring.depend_on(of_base text) RETURNS text[]
    LANGUAGE sql STABLE STRICT
    RETURN ARRAY(
        SELECT DISTINCT CASE WHEN d.classid = 'pg_rewrite'::regclass THEN pg_describe_object('pg_class'::regclass, o.relation, 0)
                             ELSE pg_describe_object(d.classid, d.objid, d.objsubid) END
        FROM pg_depend AS d
        CROSS JOIN LATERAL (
            SELECT CASE d.classid
                WHEN 'pg_class'::regclass THEN d.objid
                WHEN 'pg_rewrite'::regclass THEN (SELECT ev_class FROM pg_rewrite WHERE oid = d.objid)
                WHEN 'pg_attrdef'::regclass THEN (SELECT adrelid FROM pg_attrdef WHERE oid = d.objid)
                WHEN 'pg_constraint'::regclass THEN (SELECT nullif(conrelid, 0) FROM pg_constraint WHERE oid = d.objid)
                WHEN 'pg_trigger'::regclass THEN (SELECT tgrelid FROM pg_trigger WHERE oid = d.objid)
                WHEN 'pg_policy'::regclass THEN (SELECT polrelid FROM pg_policy WHERE oid = d.objid) END AS relation) AS o
        CROSS JOIN LATERAL (
            SELECT CASE d.classid
                WHEN 'pg_proc'::regclass THEN (SELECT pronamespace FROM pg_proc WHERE oid = d.objid)
                WHEN 'pg_type'::regclass THEN (SELECT typnamespace FROM pg_type WHERE oid = d.objid)
                ELSE (SELECT relnamespace FROM pg_class WHERE oid = o.relation) END AS schema) AS s
        WHERE d.deptype IN ('n', 'a')
          AND s.schema <> to_regnamespace(quote_ident(of_base))
          AND to_regnamespace(quote_ident(of_base)) = CASE d.refclassid
                WHEN 'pg_class'::regclass THEN (SELECT relnamespace FROM pg_class WHERE oid = d.refobjid)
                WHEN 'pg_proc'::regclass THEN (SELECT pronamespace FROM pg_proc WHERE oid = d.refobjid)
                WHEN 'pg_type'::regclass THEN (SELECT typnamespace FROM pg_type WHERE oid = d.refobjid) END
          -- toast tables lie elsewhere, and are no others
          AND s.schema <> 'pg_toast'::regnamespace
        ORDER BY 1);
COMMENT ON FUNCTION _scoring.depend_on(text) IS 'what depends on a base without lying in it';
