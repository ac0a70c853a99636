-- What the timelines of the two bases of base_world.sql must be, worked out a
-- second time in plain SQL: each source written out, then the filter, then the
-- echoes on raw rows, then what counts once.  Nothing is shared with the
-- extension but the aggregate timeline(), which has tests of its own.

-- A row of each source, with the key as text.  same_message and same_order are
-- what echoes and causes may have to share.
CREATE FUNCTION shop.rows(of_base text) RETURNS TABLE (name text, who text, touchpoint text, day date, moment timestamptz,
    value numeric, once text, same_message text, same_order text)
LANGUAGE sql STABLE AS $$
    SELECT r.*
    FROM (
        SELECT 'mails', customer::text, kind, (at AT TIME ZONE 'Europe/Paris')::date, at, amount, NULL, message::text, NULL
        FROM shop.mails WHERE of_base = 'kept' AND status <> 'void'
        UNION ALL
        SELECT 'tickets', substr(ref, 2)::bigint::text, 'ticket',
               (opened AT TIME ZONE 'America/New_York' AT TIME ZONE 'Europe/Paris')::date, opened AT TIME ZONE 'America/New_York',
               CASE WHEN priority <> 'urgent' THEN priority::numeric END, NULL, NULL, order_id::text
        FROM shop.tickets WHERE of_base = 'kept' AND ref ~ '^C[0-9]+$'
        UNION ALL
        SELECT 'visits', "Customer Id"::text, 'visit', (at AT TIME ZONE 'Europe/Paris')::date, at, pages, session, NULL, NULL
        FROM shop.visits WHERE of_base = 'kept'
        UNION ALL
        SELECT 'purchases', customer::text, CASE WHEN amount < 0 THEN 'refund' ELSE 'purchase' END,
               (at AT TIME ZONE 'Europe/Paris')::date, at, amount, order_id::text, NULL, order_id::text
        FROM shop.purchases WHERE of_base = 'kept' AND state <> 'cancelled'
        UNION ALL
        SELECT 'orders', customer::text, 'purchase', (placed AT TIME ZONE 'Europe/Paris')::date, placed, NULL, order_id::text,
               NULL, order_id::text
        FROM shop.orders WHERE of_base = 'kept'
        UNION ALL
        SELECT 'grades', customer::text, 'nps', day, NULL, grade, NULL, NULL, NULL
        FROM shop.grades WHERE of_base = 'kept'
        UNION ALL
        SELECT 'calls', customer::bigint::text, 'call', day, NULL, minutes::numeric, NULL, NULL, NULL
        FROM shop.calls WHERE of_base = 'kept'
        UNION ALL
        SELECT 'loyalty', customer::text, CASE WHEN points < 0 THEN 'burn' ELSE 'earn' END, day, NULL, points, NULL, NULL, NULL
        FROM shop.loyalty WHERE of_base = 'kept'

        UNION ALL
        SELECT 'mails', region || '/' || customer, kind, (at AT TIME ZONE 'Pacific/Auckland')::date, at, amount, message::text,
               message::text, NULL
        FROM shop.mails WHERE of_base = 'the "Other"' AND kind <> 'send'
        UNION ALL
        SELECT 'visits', site || '/' || "Customer Id", 'visit', (at AT TIME ZONE 'Pacific/Auckland')::date, at, NULL, NULL, NULL, NULL
        FROM shop.visits WHERE of_base = 'the "Other"'
        UNION ALL
        SELECT 'orders', CASE WHEN customer % 2 = 0 THEN 'fr' ELSE 'us' END || '/' || customer, 'order',
               (placed AT TIME ZONE 'Pacific/Auckland')::date, placed, NULL, NULL, NULL, order_id::text
        FROM shop.orders WHERE of_base = 'the "Other"' AND state <> 'cancelled'
        UNION ALL
        SELECT 'tickets', 'fr/' || substr(ref, 2)::int, 'ticket', opened::date, opened AT TIME ZONE 'Pacific/Auckland', NULL, NULL, NULL,
               order_id::text
        FROM shop.tickets WHERE of_base = 'the "Other"' AND ref ~ '^C[0-9]+$'
    ) AS r (name, who, touchpoint, day, moment, value, once, same_message, same_order)
    JOIN shop.source AS s ON s.base = of_base AND s.name = r.name
    WHERE who IS NOT NULL AND touchpoint IS NOT NULL AND day IS NOT NULL
$$;

-- the books are closed: what the oracle had before that day
CREATE TABLE shop.closed (base text, before date);
CREATE TABLE shop.closed_row (base text, who text, touchpoint text, day date, value numeric);

-- erased customers
CREATE TABLE shop.erased (base text, who text);

-- What counts.  An echo is at most `before` before its cause or `after` after
-- it, limits included: by the clock (a day is 24 hours) where both have a time,
-- else by days.
CREATE FUNCTION shop.counted(of_base text) RETURNS TABLE (who text, touchpoint text, day date, value numeric)
LANGUAGE sql STABLE AS $$
    WITH raw AS MATERIALIZED (
        SELECT r.* FROM shop.rows(of_base) AS r
        WHERE NOT EXISTS (SELECT FROM shop.closed AS c WHERE c.base = of_base AND r.day < c.before)
    ), standing AS (
        SELECT * FROM raw AS r
        WHERE NOT EXISTS (
            SELECT FROM raw AS c JOIN shop.echo AS e ON e.base = of_base AND e.of = c.touchpoint
            WHERE c.who = r.who AND e.touchpoint = r.touchpoint
              AND CASE e.same WHEN 'message' THEN r.same_message = c.same_message
                              WHEN 'order_id' THEN r.same_order = c.same_order
                              ELSE true END
              AND CASE WHEN r.moment IS NOT NULL AND c.moment IS NOT NULL
                       THEN extract(epoch FROM c.moment) - extract(epoch FROM r.moment) <= extract(epoch FROM e.before)
                            AND extract(epoch FROM r.moment) - extract(epoch FROM c.moment) <= extract(epoch FROM e.after)
                       ELSE (c.day - r.day)::bigint * 86400 <= extract(epoch FROM e.before)
                            AND (r.day - c.day)::bigint * 86400 <= extract(epoch FROM e.after) END)
    )
    SELECT who, touchpoint, day, value FROM standing WHERE once IS NULL
    UNION ALL
    SELECT who, touchpoint, min(day), sum(value) FROM standing WHERE once IS NOT NULL GROUP BY name, who, touchpoint, once
    UNION ALL
    SELECT who, touchpoint, day, value FROM shop.closed_row WHERE base = of_base
$$;

-- who cannot be read: the priority of a ticket is not always a number
CREATE FUNCTION shop.unreadable(of_base text) RETURNS SETOF text
LANGUAGE sql STABLE AS $$
    SELECT DISTINCT substr(ref, 2)::bigint::text
    FROM shop.tickets AS t JOIN shop.source AS s ON s.base = 'kept' AND s.name = 'tickets'
    WHERE of_base = 'kept' AND ref ~ '^C[0-9]+$' AND priority = 'urgent'
    AND NOT EXISTS (SELECT FROM shop.erased AS e WHERE e.base = of_base AND e.who = substr(ref, 2)::bigint::text)
$$;

CREATE FUNCTION shop.expected(of_base text) RETURNS TABLE (who text, timeline timeline)
LANGUAGE sql STABLE AS $$
    SELECT who, scoring.timeline(touchpoint, day, value::float8)
    FROM shop.counted(of_base) AS c
    WHERE NOT EXISTS (SELECT FROM shop.erased AS e WHERE e.base = of_base AND e.who = c.who)
    GROUP BY who
$$;

CREATE FUNCTION shop.close(of_base text, before date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    border date := least(before, CASE of_base WHEN 'kept' THEN kept.today() ELSE "the ""Other""".today() END);
BEGIN
    CREATE TEMP TABLE counted AS SELECT * FROM shop.counted(of_base) AS c WHERE c.day < border;
    DELETE FROM shop.closed_row WHERE base = of_base;
    INSERT INTO shop.closed_row SELECT of_base, c.* FROM counted AS c;
    DROP TABLE counted;
    DELETE FROM shop.closed WHERE base = of_base;
    INSERT INTO shop.closed VALUES (of_base, border);
    PERFORM scoring.close(of_base, border);
END
$$;

CREATE FUNCTION shop.erase(of_base text, who text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO shop.erased VALUES (of_base, who);
    IF of_base = 'kept' THEN
        PERFORM scoring.erase(of_base, who::int);
    ELSE
        PERFORM scoring.erase(of_base, split_part(who, '/', 1), split_part(who, '/', 2)::int);
    END IF;
END
$$;

-- ---------------------------------------------------------------------------
-- the comparison

-- what no rollback takes back: how often was compared, and found different
CREATE SEQUENCE shop.comparisons MINVALUE 0 START 0;
CREATE SEQUENCE shop.differences MINVALUE 0 START 0;
SELECT nextval('shop.comparisons'), nextval('shop.differences') \g /dev/null

CREATE FUNCTION shop.differs(of_base text, at int, what text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    n bigint := nextval('shop.differences');
BEGIN
    IF n = 1 THEN
        -- INFO is shown whatever client_min_messages says
        RAISE INFO E'# since the comparison before:\n%', (
            SELECT string_agg(format('#   %s  %s', s.n, s.statement), E'\n' ORDER BY s.n) FROM shop.script AS s
            WHERE s.n <= at AND s.n >= (SELECT max(b.n) FROM shop.script AS b
                                        WHERE b.n < at AND b.statement LIKE 'SELECT shop.compare(' || quote_literal(of_base) || '%'));
    END IF;
    IF n <= 10 THEN
        RAISE INFO '# base %: %', of_base, what;
    END IF;
END
$$;

-- the timelines as they stood after the last refresh
CREATE TABLE shop.stood (base text, who text, timeline timeline);

-- Compares all customers; `at` is the number of this statement in the script.
CREATE FUNCTION shop.compare(of_base text, verify boolean, at int) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    d record;
    n bigint;
    who text := CASE of_base WHEN 'kept' THEN 'customer::text' ELSE 'region || ''/'' || customer' END;
    failing text[] := ARRAY (SELECT * FROM shop.unreadable(of_base));
BEGIN
    PERFORM nextval('shop.comparisons');
    FOR d IN EXECUTE format($sql$
        WITH kept AS (SELECT %s AS who, timeline FROM %I.timelines),
        -- of customers that cannot be read, the timeline stands as it was
        built AS (
            SELECT * FROM shop.expected($1) WHERE who <> ALL ($2)
            UNION ALL
            SELECT who, timeline FROM shop.stood WHERE base = $1 AND who = ANY ($2))
        SELECT who, k.timeline AS kept, b.timeline AS built FROM kept AS k FULL JOIN built AS b USING (who)
        WHERE _scoring.timeline_send(k.timeline) IS DISTINCT FROM _scoring.timeline_send(b.timeline)$sql$, who, of_base) USING of_base, failing
    LOOP
        PERFORM shop.differs(of_base, at, format(E'customer %s has %s\n#     instead of %s', d.who, d.kept, d.built));
    END LOOP;
    FOR d IN EXECUTE format($sql$
        SELECT (SELECT count(*) FROM %1$I.pending) AS pending, (SELECT count(*) FROM %1$I.failures) AS failures,
               (SELECT count(*) FROM %1$I.reread) AS reread$sql$, of_base)
    LOOP
        IF (d.pending, d.failures, d.reread) IS DISTINCT FROM (cardinality(failing), cardinality(failing), 0) THEN
            PERFORM shop.differs(of_base, at, format('%s customers cannot be read, but there are %s', cardinality(failing), to_jsonb(d)));
        END IF;
    END LOOP;
    IF verify AND NOT EXISTS (SELECT FROM shop.tickets WHERE priority = 'urgent') THEN
        FOR d IN SELECT * FROM scoring.verify(of_base) LOOP
            PERFORM shop.differs(of_base, at, format('verify() says %s', d));
        END LOOP;
    END IF;
    DELETE FROM shop.stood WHERE base = of_base;
    EXECUTE format('INSERT INTO shop.stood SELECT $1, %s, timeline FROM %I.timelines', who, of_base) USING of_base;
END
$$;
