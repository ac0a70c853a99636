-- What a reading in full tells: why rows did not count, and what has gone silent

-- Why rows did not count, at a reading in full.  It is for people to look at:
-- a row that cannot be read has been reported elsewhere.
CREATE FUNCTION _scoring.count_readings(of_base text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record;
    key pg_catalog.record;
    border pg_catalog.text;
    echo pg_catalog.text := echo_condition(of_base);
    counts pg_catalog.jsonb;
    any_once boolean;
BEGIN
    EXECUTE format('DELETE FROM %I.readings', of_base);
    EXECUTE format('SELECT quote_literal(closed_before) || ''::date'' FROM %I.base', of_base) INTO border;
    FOR s IN EXECUTE format('SELECT * FROM %I.registered_sources ORDER BY source', of_base) LOOP
        key := key_reading(of_base, to_regclass(s.relation), s.key);
        EXECUTE format('INSERT INTO %I.readings VALUES ($1, NULL, NULL, 0)', of_base) USING s.source;
        -- those that the filter keeps out, which reading() does not have
        IF s.filter IS NOT NULL THEN
            PERFORM run(format(E'INSERT INTO %I.readings SELECT $1, NULL, ''filter'', count(*) FROM %s AS %s WHERE (%s\n) IS NOT TRUE HAVING count(*) > 0',
                               of_base, s.relation, short_name(to_regclass(s.relation)), s.filter), s.source);
        END IF;
        -- groups that the planner can count, in a query that does not write: it may run in parallel
        counts := (SELECT r.counts FROM rows_of(
            format('SELECT jsonb_agg(c) FROM (
                        SELECT touchpoint, count(*) AS rows, count(*) FILTER (WHERE NOT (%1$s)) AS no_key,
                               count(*) FILTER (WHERE (%1$s) AND day IS NULL) AS no_day, count(*) FILTER (WHERE (%1$s) AND %2$s) AS closed
                        FROM (%3$s) AS r GROUP BY touchpoint) AS c',
                   key.present, coalesce('day < ' || border, 'false'), reading(of_base, s.source))) AS r (counts jsonb));
        EXECUTE format($sql$
            INSERT INTO %I.readings
            SELECT $1, touchpoint, reason, n
            FROM jsonb_to_recordset($2) AS c (touchpoint text, rows bigint, no_key bigint, no_day bigint, closed bigint)
            CROSS JOIN LATERAL (VALUES ('no key', no_key), ('no touchpoint', CASE WHEN touchpoint IS NULL THEN rows - no_key END),
                                       ('no day', no_day), ('closed day', closed), (NULL, rows - no_key - no_day - closed)) AS v (reason, n)
            WHERE n > 0 AND (touchpoint IS NOT NULL OR reason IN ('no key', 'no touchpoint'))$sql$, of_base)
            USING s.source, counts;
    END LOOP;
    -- echoes and repetitions are known of all sources together only
    IF echo IS NOT NULL THEN
        PERFORM run(format($sql$
            WITH rows AS (%2$s), judged AS (SELECT *, %3$s AS echo FROM rows),
            echoes AS (SELECT source, touchpoint, count(*) AS n FROM judged WHERE echo AND day IS NOT NULL%4$s GROUP BY source, touchpoint),
            fewer AS (UPDATE %1$I.readings AS r SET read_rows = read_rows - n FROM echoes AS e
                      WHERE r.source = e.source AND r.touchpoint = e.touchpoint AND reason IS NULL)
            INSERT INTO %1$I.readings SELECT source, touchpoint, 'echo', n FROM echoes$sql$,
            of_base, source_rows(of_base, false), echo, ' AND day >= ' || border));
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM %I.registered_sources WHERE once_per IS NOT NULL)', of_base) INTO any_once;
    IF any_once THEN
        PERFORM run(format($sql$
            WITH rows AS (%2$s)%3$s,
            repeats AS (SELECT source, touchpoint, sum(n - 1) AS n
                        FROM (SELECT source, touchpoint, count(*) AS n FROM %4$s once IS NOT NULL AND touchpoint IS NOT NULL AND day IS NOT NULL%5$s
                              GROUP BY %6$s, source, touchpoint, once) AS o
                        GROUP BY source, touchpoint HAVING sum(n - 1) > 0),
            fewer AS (UPDATE %1$I.readings AS r SET read_rows = read_rows - n FROM repeats AS e
                      WHERE r.source = e.source AND r.touchpoint = e.touchpoint AND reason IS NULL)
            INSERT INTO %1$I.readings SELECT source, touchpoint, 'repeated', n FROM repeats$sql$,
            of_base, source_rows(of_base, false), ', judged AS (SELECT *, ' || echo || ' AS echo FROM rows)',
            CASE WHEN echo IS NULL THEN 'rows WHERE' ELSE 'judged WHERE NOT coalesce(echo, false) AND' END,
            ' AND day >= ' || border, key_list(of_base)));
    END IF;
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE 'the rows of the sources could not be counted: %', SQLERRM;
END
$$;
COMMENT ON FUNCTION _scoring.count_readings(text) IS
    'counts the rows of each source by the reason why they do not count';

-- A touchpoint is silent when none came for five times as long as one day of
-- it takes usually to come (by the 90 days before its last day; on a sample,
-- then looked at in full).  By chance: less than once in a hundred.
CREATE FUNCTION _scoring.warn_of_silence(of_base text, today date) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    t pg_catalog.record;
    last pg_catalog.date;
BEGIN
    FOR t IN EXECUTE format($sql$
        WITH seen AS (
            SELECT DISTINCT e.touchpoint, e.occurred_on
            FROM %1$I.timelines AS t TABLESAMPLE SYSTEM (least(100, 500000 / greatest(1, (
                SELECT reltuples FROM pg_class WHERE oid = %2$L::regclass))))
            CROSS JOIN LATERAL scoring.interactions(t.timeline) AS e WHERE e.occurred_on <= $1),
        latest AS (SELECT touchpoint, max(occurred_on) AS last_on FROM seen GROUP BY touchpoint)
        SELECT touchpoint, last_on, count(*) AS days
        FROM seen JOIN latest USING (touchpoint) WHERE occurred_on > last_on - 90
        GROUP BY touchpoint, last_on HAVING ($1 - last_on) * count(*) >= 5 * 90 AND count(*) >= 5$sql$,
        of_base, format('%I.timelines', of_base)) USING today
    LOOP
        EXECUTE format('SELECT max(scoring.last_on(scoring.as_of(timeline, $2), $1)) FROM %I.timelines', of_base) INTO last USING t.touchpoint, today;
        CONTINUE WHEN (today - last) * t.days < 5 * 90;
        RAISE WARNING 'base "%": touchpoint "%" has gone silent', of_base, t.touchpoint
            USING DETAIL = format('The last one was on %s; in the 90 days before, there were some on %s days.', last, t.days),
                  HINT = 'Is its source still fed?';
    END LOOP;
END
$$;
COMMENT ON FUNCTION _scoring.warn_of_silence(text, date) IS
    'warns of touchpoints that have gone silent';
