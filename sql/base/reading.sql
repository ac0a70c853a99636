-- From sources to timelines: the one query by which refresh, rebuild and verify
-- read.  All of a customer's rows, of all sources: what is an echo, and what
-- counts once, does not depend on what happened to change.

-- When a row occurred: the day it was in the base, by the session's time zone, which
-- is the base's (half the time of looking one up by name for each row), and the
-- microsecond, NULL where there are only days
CREATE FUNCTION _scoring.occurred_sql(of_base text, relation regclass, occurred text, time_zone text, OUT day text, OUT moment text)
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    base_zone pg_catalog.text;
BEGIN
    EXECUTE format('SELECT b.time_zone FROM %I.base AS b', of_base) INTO base_zone;
    moment := format(E'(%s\n)', occurred);
    CASE expression_type(relation, 'occurred', occurred)
        WHEN 'date' THEN
            day := moment;
            moment := 'NULL';
        WHEN 'timestamp with time zone' THEN
            day := moment || '::date';
        ELSE
            -- a wall clock: of the base's zone, it needs no conversion
            day := format(CASE WHEN time_zone IS NULL THEN '%s::date' ELSE '(%s AT TIME ZONE %L)::date' END, moment, time_zone);
            moment := format('%s AT TIME ZONE %L', moment, coalesce(time_zone, base_zone));
    END CASE;
    -- infinity is no day: "not yet", "for ever"
    day := format('nullif(nullif(%s, ''infinity''), ''-infinity'')', day);
    moment := CASE moment WHEN 'NULL' THEN 'NULL::bigint'
                          ELSE format('CASE WHEN isfinite(%1$s) THEN (extract(epoch FROM %1$s) * 1000000)::bigint END', moment) END;
END
$$;
COMMENT ON FUNCTION _scoring.occurred_sql(text, regclass, text, text) IS
    'day and moment of a row of a relation, for a query';

-- The rows of a source: r (scoring_key_1, ..., touchpoint, day, value) and, where the
-- base has echoes or the source a once_per, what these need; those of the CTE due
-- only, or of everybody.  Of the due, what may fail is tried on rows that are
-- theirs: the filter after the key, all else above the join, whatever the plan.
CREATE FUNCTION _scoring.reading(of_base text, of_source integer, only_due boolean DEFAULT false) RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    s pg_catalog.record;
    relation pg_catalog.regclass;
    moment pg_catalog.text;
    day pg_catalog.text;
    matches pg_catalog.text;
    due pg_catalog.text;
    rows pg_catalog.text;
    by_customer pg_catalog.text;
    keys pg_catalog.text := 'scoring_keys.*';
BEGIN
    EXECUTE format('SELECT s.*, ARRAY(SELECT e.same FROM %1$I.echoes AS e ORDER BY e.touchpoint, e.of) AS sames,
                           EXISTS (SELECT FROM %1$I.registered_sources WHERE once_per IS NOT NULL) AS any_once
                    FROM %1$I.registered_sources AS s WHERE source = $1', of_base)
        INTO s USING of_source;
    relation := to_regclass(s.relation);

    SELECT o.day, o.moment INTO day, moment FROM occurred_sql(of_base, relation, s.occurred, s.time_zone) AS o;

    IF only_due THEN
        matches := (key_reading(of_base, relation, s.key, '')).matches;
        SELECT string_agg('scoring_due_' || n, ', ' ORDER BY n), string_agg(format('scoring_due_%s AS scoring_key_%s', n, n), ', ' ORDER BY n)
            INTO due, keys FROM generate_series(1, (expression_columns(s.key)).expressions) AS n;
    END IF;
    rows := keyed_rows(of_base, relation, s.key, s.careful)
        || coalesce(' WHERE ' || matches || coalesce(' AND CASE WHEN ' || matches || ' THEN (' || s.filter || E'\n) END', ''),
                    ' WHERE (' || s.filter || E'\n)', '');
    IF only_due THEN
        by_customer := format('due AS scoring_due (%s) CROSS JOIN LATERAL (SELECT %s.* FROM %s OFFSET 0) AS %2$s', due, short_name(relation), rows);
        rows := format('due AS scoring_due (%s) CROSS JOIN %s', due, rows);
        IF NOT s.careful AND (SELECT relkind = 'v' FROM pg_class WHERE oid = relation) AND costs_less(of_base, by_customer, rows) THEN
            rows := by_customer;
        END IF;
    END IF;
    RETURN format(E'SELECT %s, (%s\n)::text AS touchpoint, %s AS day, %s AS value', keys, s.touchpoint, day,
                  CASE WHEN s.value IS NULL THEN 'NULL::float8' ELSE format(E'(%s\n)::float8', s.value) END)
        || CASE WHEN s.any_once THEN format(', %s AS once, %s AS part',
                    CASE WHEN s.once_per IS NULL THEN 'NULL::text' ELSE format(E'(%s\n)::text', s.once_per) END,
                    CASE WHEN s.once_per IS NULL OR s.value IS NULL THEN 'NULL::numeric' ELSE format(E'(%s\n)::numeric', s.value) END)
                ELSE '' END
        || CASE WHEN s.sames <> '{}' THEN format(', %s AS moment', moment) ELSE '' END
        || coalesce((SELECT string_agg(format(', %s AS same_%s', CASE WHEN is_expression(relation, e) THEN format(E'(%s\n)::text', e)
                                                                      ELSE 'NULL::text' END, n), '' ORDER BY n)
                     FROM unnest(s.sames) WITH ORDINALITY AS u (e, n) WHERE e IS NOT NULL), '')
        || ' FROM ' || rows;
END
$$;
COMMENT ON FUNCTION _scoring.reading(text, integer, boolean) IS 'query for the rows of a source that its filter lets through';

-- Is a view better read customer by customer?  The planner does not find that
-- by himself: into a view that groups he takes no condition of a join.  So he is
-- asked for the cost of both, for as many customers as a batch will have.
CREATE FUNCTION _scoring.costs_less(of_base text, one text, other text) RETURNS boolean
    LANGUAGE plpgsql
AS $$
DECLARE
    customers integer;
    plan pg_catalog.jsonb;
    cost double precision[];
    way pg_catalog.text;
BEGIN
    EXECUTE format('SELECT greatest(count(*), 1) FROM (SELECT FROM %I.pending LIMIT 10000) AS p', of_base) INTO customers;
    FOREACH way IN ARRAY ARRAY[one, other] LOOP
        plan := (SELECT r.plan FROM rows_of(
            format('EXPLAIN (FORMAT JSON) WITH due AS MATERIALIZED (
                        SELECT k.* FROM generate_series(1, %s) LEFT JOIN (SELECT * FROM %I.pending LIMIT 1) AS k ON true)
                    SELECT FROM %s', customers, of_base, way)) AS r (plan json));
        cost := cost || (plan #>> '{0,Plan,Total Cost}')::double precision;
    END LOOP;
    RETURN cost[1] < cost[2];
END
$$;
COMMENT ON FUNCTION _scoring.costs_less(text, text, text) IS
    'which of two ways to read the rows of the next batch the planner finds cheaper';

CREATE FUNCTION _scoring.is_expression(relation regclass, expression text) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, _scoring, pg_temp
AS $$
BEGIN
    IF expression IS NULL THEN
        RETURN false;
    END IF;
    PERFORM expression_type(relation, 'same', expression);
    RETURN true;
EXCEPTION WHEN undefined_column OR undefined_table THEN
    RETURN false;
END
$$;
COMMENT ON FUNCTION _scoring.is_expression(regclass, text) IS
    'whether a relation has the columns of an expression';

-- Is a row of `rows` an echo?  A frame around the echo that reaches back by
-- `after` and forward by `before` holds its cause.  Where either has only a
-- day, whole days are compared.
CREATE FUNCTION _scoring.echo_condition(of_base text) RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    condition pg_catalog.text;
BEGIN
    EXECUTE format($sql$
        SELECT string_agg(format('(touchpoint = %%L AND%%s CASE WHEN moment IS NULL
                    THEN count(*) FILTER (WHERE touchpoint = %%L) OVER (%%s ORDER BY day - date ''2000-01-01'' RANGE BETWEEN %%s PRECEDING AND %%s FOLLOWING)
                    ELSE count(*) FILTER (WHERE touchpoint = %%L) OVER (%%s ORDER BY moment RANGE BETWEEN %%s PRECEDING AND %%s FOLLOWING)
                       + count(*) FILTER (WHERE touchpoint = %%L AND moment IS NULL) OVER (%%s ORDER BY day - date ''2000-01-01'' RANGE BETWEEN %%s PRECEDING AND %%s FOLLOWING)
                    END > 0)',
                   touchpoint, ' same_' || n || ' IS NOT NULL AND',
                   of, who, after_days, before_days,
                   of, who, after_time, before_time,
                   of, who, after_days, before_days), ' OR ' ORDER BY n)
        FROM (SELECT touchpoint, of, CASE WHEN same IS NOT NULL THEN row_number() OVER w END AS n,
                     'PARTITION BY ' || key_list(%1$L) || coalesce(', day < ' || (SELECT quote_literal(closed_before) FROM %1$I.base), '')
                         || CASE WHEN same IS NULL THEN '' ELSE ', same_' || row_number() OVER w END AS who,
                     floor(extract(epoch FROM before) / 86400)::integer AS before_days,
                     floor(extract(epoch FROM after) / 86400)::integer AS after_days,
                     (extract(epoch FROM before) * 1000000)::bigint AS before_time,
                     (extract(epoch FROM after) * 1000000)::bigint AS after_time
              FROM %1$I.echoes WINDOW w AS (ORDER BY touchpoint, of)) AS e$sql$, of_base)
        INTO condition;
    RETURN condition;
END
$$;
COMMENT ON FUNCTION _scoring.echo_condition(text) IS 'condition that a row is the echo of another';

-- CTEs that end in built (<key>, open, late): the timeline of each customer of
-- the CTE due, or of all of them; late is what lies before the closed books.
CREATE FUNCTION _scoring.timelines_sql(of_base text, only_due boolean) RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    keys pg_catalog.text := key_list(of_base);
    any_once boolean;
    border pg_catalog.text;
    echo pg_catalog.text := echo_condition(of_base);
    rows pg_catalog.text;
    counted pg_catalog.text;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %1$I.registered_sources WHERE once_per IS NOT NULL),
                           (SELECT quote_literal(closed_before) || ''::date'' FROM %1$I.base)', of_base)
        INTO any_once, border;
    rows := source_rows(of_base, only_due);
    IF rows IS NULL THEN
        RETURN format('built AS (SELECT %s, timeline AS open, timeline AS late FROM %I.timelines WHERE false)', keys, of_base);
    END IF;
    counted := 'rows';
    IF echo IS NOT NULL THEN
        rows := rows || format('), judged AS (SELECT *, %s AS echo FROM rows', echo);
        counted := 'judged WHERE NOT coalesce(echo, false)';
    END IF;
    IF any_once THEN
        -- rows of one source with the same value of once_per: on the earliest day, the sum of their values
        counted := format('(SELECT %1$s, touchpoint, day, value FROM %2$s %3$s once IS NULL
                            UNION ALL
                            SELECT %1$s, touchpoint, min(day), sum(part)::float8 FROM %2$s %3$s once IS NOT NULL AND day IS NOT NULL
                            GROUP BY %1$s, source, touchpoint, once%4$s) AS once',
                          keys, counted, CASE WHEN echo IS NULL THEN 'WHERE' ELSE 'AND' END, ', day < ' || border);
    END IF;
    RETURN format('rows AS (%s), built AS (SELECT %s, scoring.timeline(touchpoint, day, value)%s AS open, %s AS late FROM %s GROUP BY %2$s)',
                  rows, keys, ' FILTER (WHERE day >= ' || border || ')',
                  coalesce('scoring.timeline(touchpoint, day, value) FILTER (WHERE day < ' || border || ')', 'NULL::scoring.timeline'), counted);
END
$$;
COMMENT ON FUNCTION _scoring.timelines_sql(text, boolean) IS
    'CTEs that build timelines from all sources';

-- the rows of all sources, one query; NULL when there is none
CREATE FUNCTION _scoring.source_rows(of_base text, only_due boolean) RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    s pg_catalog.record;
    key pg_catalog.record;
    branch pg_catalog.text;
    rows pg_catalog.text;
    columns pg_catalog.text;
    sames pg_catalog.text;
    due pg_catalog.text := (SELECT string_agg(format('r.scoring_key_%s AS %s', n, c), ', ' ORDER BY n)
                 FROM unnest(key_columns(of_base)) WITH ORDINALITY AS k (c, n));
BEGIN
    EXECUTE format('SELECT string_agg('', r.same_'' || n, '''' ORDER BY n) FROM
                    (SELECT row_number() OVER (ORDER BY touchpoint, of) AS n, same FROM %I.echoes) AS e WHERE same IS NOT NULL', of_base)
        INTO sames;
    FOR s IN EXECUTE format('SELECT *, EXISTS (SELECT FROM %1$I.registered_sources WHERE once_per IS NOT NULL) AS any_once,
                                    EXISTS (SELECT FROM %1$I.echoes) AS any_echo
                             FROM %1$I.registered_sources ORDER BY source', of_base) LOOP
        key := key_reading(of_base, to_regclass(s.relation), s.key);
        columns := 'r.touchpoint, r.day, r.value' || CASE WHEN s.any_once THEN ', r.once, r.part' ELSE '' END
            || CASE WHEN s.any_echo THEN ', r.moment' ELSE '' END || coalesce(sames, '');
        branch := format('SELECT %s, %s AS source, %s FROM (%s) AS r',
                         CASE WHEN only_due THEN due ELSE key.cast_list END, s.source, columns, reading(of_base, s.source, only_due))
            || CASE WHEN only_due THEN '' ELSE ' WHERE ' || key.present END;
        rows := concat_ws(' UNION ALL ', rows, branch);
    END LOOP;
    RETURN rows;
END
$$;
COMMENT ON FUNCTION _scoring.source_rows(text, boolean) IS
    'query for the rows of all sources';
