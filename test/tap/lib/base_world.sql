-- A shop whose tables feed two bases, with every kind of source there is.

CREATE SCHEMA shop;
CREATE EXTENSION dblink SCHEMA public;
CREATE EXTENSION postgres_fdw SCHEMA public;

-- how this server is reached from within
CREATE FUNCTION shop.connection() RETURNS text
LANGUAGE sql AS $$
    SELECT format('host=%s port=%s dbname=%s', split_part(current_setting('unix_socket_directories'), ',', 1),
                  current_setting('port'), current_database())
$$;

-- a plain table
CREATE TABLE shop.mails (
    mail_id  int PRIMARY KEY,
    customer int,
    region   text,
    kind     text,              -- send, open, click
    at       timestamptz,
    message  int,
    amount   numeric,
    status   text
);
CREATE INDEX ON shop.mails (customer);

-- the customer is in a text, the time is that of New York; no key of its own,
-- so that rows may be equal
CREATE TABLE shop.tickets (
    ticket_id int,
    ref       text,
    opened    timestamp,
    priority  text,
    order_id  int
);

-- partitions: with their columns in another order, with parts of their own,
-- taken off and put back, made and dropped
CREATE TABLE shop.visits (
    visit_id      int,
    "Customer Id" int,
    site          text,
    at            timestamptz,
    session       text,
    pages         int
) PARTITION BY LIST (site);
CREATE TABLE shop.visits_fr (gone int, pages int, at timestamptz, gone_too text, site text, "Customer Id" int,
    session text, visit_id int);
ALTER TABLE shop.visits_fr DROP gone, DROP gone_too;
ALTER TABLE shop.visits ATTACH PARTITION shop.visits_fr FOR VALUES IN ('fr');
CREATE TABLE shop.visits_us PARTITION OF shop.visits FOR VALUES IN ('us', 'ca') PARTITION BY RANGE (visit_id);
CREATE TABLE shop.visits_us_1 PARTITION OF shop.visits_us FOR VALUES FROM (MINVALUE) TO (60);
CREATE TABLE shop.visits_us_2 PARTITION OF shop.visits_us FOR VALUES FROM (60) TO (MAXVALUE);
CREATE TABLE shop.visits_nz (session text, site text, pages int, visit_id int, at timestamptz, "Customer Id" int,
    CHECK (site = 'nz' AND site IS NOT NULL));

CREATE FUNCTION shop.turn_partition() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT relispartition FROM pg_class WHERE oid = 'shop.visits_nz'::regclass) THEN
        ALTER TABLE shop.visits DETACH PARTITION shop.visits_nz;
    ELSE
        ALTER TABLE shop.visits ATTACH PARTITION shop.visits_nz FOR VALUES IN ('nz');
    END IF;
END
$$;

CREATE FUNCTION shop.make_partition() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF to_regclass('shop.visits_de') IS NOT NULL THEN
        DROP TABLE shop.visits_de;
    ELSE
        CREATE TABLE shop.visits_de PARTITION OF shop.visits FOR VALUES IN ('de');
        INSERT INTO shop.visits_de SELECT visit_id, "Customer Id", 'de', at, session, pages FROM ONLY shop.visits_fr;
    END IF;
END
$$;

-- a view over three tables: the lines of orders, of customers who may be merged
CREATE TABLE shop.orders (
    order_id int PRIMARY KEY,
    customer int,
    placed   timestamptz,
    state    text
);
CREATE INDEX ON shop.orders (customer);
CREATE TABLE shop.order_lines (
    line_id  int PRIMARY KEY,
    order_id int REFERENCES shop.orders ON UPDATE CASCADE ON DELETE CASCADE,
    shipped  timestamptz,
    amount   numeric
);
CREATE TABLE shop.merges (
    old_id  int PRIMARY KEY,
    kept_id int NOT NULL
);
-- its definition changes, too
CREATE FUNCTION shop.define_purchases(tax numeric) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($sql$
        CREATE OR REPLACE VIEW shop.purchases AS
        SELECT coalesce(m.kept_id, o.customer) AS customer, o.order_id, coalesce(l.shipped, o.placed) AS at,
               l.amount * %s AS amount, o.state
        FROM shop.orders AS o
        JOIN shop.order_lines AS l USING (order_id)
        LEFT JOIN shop.merges AS m ON m.old_id = o.customer
    $sql$, tax);
END
$$;
SELECT shop.define_purchases(1) \g /dev/null

-- a view of which nobody knows what it depends on; it has days only
CREATE TABLE shop.surveys (
    survey_id int PRIMARY KEY,
    customer  int,
    asked     timestamp,
    grade     int
);
CREATE VIEW shop.grades AS
SELECT customer, asked::date AS day, avg(grade) AS grade FROM shop.surveys GROUP BY customer, asked::date;

-- a table of another server
CREATE TABLE shop.calls_there (
    call_id  int PRIMARY KEY,
    customer numeric,
    day      date,
    minutes  double precision
);
SELECT split_part(shop.connection(), ' ', 1) AS host, current_setting('port') AS port \gset
SELECT format('CREATE SERVER shop_calls FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)',
              substr(:'host', 6), :'port', current_database()) \gexec
CREATE USER MAPPING FOR CURRENT_USER SERVER shop_calls;
CREATE FOREIGN TABLE shop.calls (call_id int, customer numeric, day date, minutes double precision)
    SERVER shop_calls OPTIONS (schema_name 'shop', table_name 'calls_there');

-- a table that a tool makes anew and puts in the place of the old one, which
-- lives on under another name for a while
CREATE TABLE shop.loyalty (
    movement int,
    customer bigint,
    day      date,
    points   numeric
);

CREATE FUNCTION shop.build_loyalty(customer_from int, customer_to int) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DROP TABLE IF EXISTS shop.loyalty_old;
    CREATE TABLE shop.loyalty_new AS
        SELECT points, CASE customer WHEN customer_from THEN customer_to ELSE customer END AS customer, movement, day FROM shop.loyalty;
    ALTER TABLE shop.loyalty RENAME TO loyalty_old;
    ALTER TABLE shop.loyalty_new RENAME TO loyalty;
END
$$;

CREATE FUNCTION shop.swap_loyalty() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF to_regclass('shop.loyalty_old') IS NOT NULL THEN
        ALTER TABLE shop.loyalty RENAME TO loyalty_new;
        ALTER TABLE shop.loyalty_old RENAME TO loyalty;
        ALTER TABLE shop.loyalty_new RENAME TO loyalty_old;
    END IF;
END
$$;

-- ---------------------------------------------------------------------------
-- the bases

SELECT scoring.create_base('kept', 'customer bigint', 'Europe/Paris') \g /dev/null
SELECT scoring.create_base('the "Other"', 'Region text, customer int', 'Pacific/Auckland') \g /dev/null

-- which sources and echoes they have, as the oracle knows it
CREATE TABLE shop.source (base text, name text, number int, PRIMARY KEY (base, name));
CREATE TABLE shop.echo (base text, touchpoint text, of text, before interval, after interval, same text);

CREATE FUNCTION shop.add_source(base text, name text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    number int;
BEGIN
    number := CASE base || ' ' || name
        WHEN 'kept mails' THEN scoring.add_source(base, 'shop.mails', 'kind', 'at', value => 'amount',
            filter => $e$status <> 'void'$e$)
        WHEN 'kept tickets' THEN scoring.add_source(base, 'shop.tickets', $e$'ticket'$e$, 'opened', value => 'priority::numeric',
            key => $e$CASE WHEN ref ~ '^C[0-9]+$' THEN substr(ref, 2) END$e$, time_zone => 'America/New_York')
        WHEN 'kept visits' THEN scoring.add_source(base, 'shop.visits', $e$'visit'$e$, 'at', value => 'pages', key => '"Customer Id"',
            once_per => 'session')
        WHEN 'kept purchases' THEN scoring.add_source(base, 'shop.purchases',
            $e$CASE WHEN amount < 0 THEN 'refund' ELSE 'purchase' END$e$, 'at', value => 'amount',
            filter => $e$state <> 'cancelled'$e$, once_per => 'order_id',
            watch => $e${"orders": ["customer", "(SELECT m.kept_id FROM shop.merges AS m WHERE m.old_id = orders.customer)"],
                         "order_lines": "(SELECT coalesce(m.kept_id, o.customer) FROM shop.orders AS o LEFT JOIN shop.merges AS m ON m.old_id = o.customer WHERE o.order_id = order_lines.order_id)",
                         "shop.merges": ["old_id", "kept_id"]}$e$)
        -- the same orders once more: what counts once does so within a source
        WHEN 'kept orders' THEN scoring.add_source(base, 'shop.orders', $e$'purchase'$e$, 'placed', once_per => 'order_id')
        WHEN 'kept grades' THEN scoring.add_source(base, 'shop.grades', $e$'nps'$e$, 'day', value => 'grade')
        WHEN 'kept calls' THEN scoring.add_source(base, 'shop.calls', $e$'call'$e$, 'day', value => 'minutes')
        WHEN 'kept loyalty' THEN scoring.add_source(base, 'shop.loyalty', $e$CASE WHEN points < 0 THEN 'burn' ELSE 'earn' END$e$, 'day',
            value => 'points')
        WHEN 'the "Other" mails' THEN scoring.add_source(base, 'shop.mails', 'kind', 'at', key => 'region, customer',
            filter => $e$kind <> 'send'$e$, once_per => 'message', value => 'amount')
        WHEN 'the "Other" visits' THEN scoring.add_source(base, 'shop.visits', $e$'visit'$e$, 'at', key => 'site, "Customer Id"')
        WHEN 'the "Other" orders' THEN scoring.add_source(base, 'shop.orders', $e$'order'$e$, 'placed',
            key => $e$CASE WHEN customer % 2 = 0 THEN 'fr' ELSE 'us' END, customer$e$, filter => $e$state <> 'cancelled'$e$)
        WHEN 'the "Other" tickets' THEN scoring.add_source(base, 'shop.tickets', $e$'ticket'$e$, 'opened',
            key => $e$'fr', CASE WHEN ref ~ '^C[0-9]+$' THEN substr(ref, 2)::int END$e$)
    END;
    INSERT INTO shop.source VALUES (base, name, number);
END
$$;

CREATE FUNCTION shop.drop_source(of_base text, of_name text) RETURNS void
LANGUAGE sql AS $$
    WITH gone AS (DELETE FROM shop.source WHERE base = of_base AND name = of_name RETURNING base, number)
    SELECT scoring.drop_source(base, number) FROM gone
$$;

CREATE FUNCTION shop.turn_source(of_base text, of_name text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM shop.source WHERE base = of_base AND name = of_name) THEN
        PERFORM shop.drop_source(of_base, of_name);
    ELSE
        PERFORM shop.add_source(of_base, of_name);
    END IF;
END
$$;

-- those that are missing
CREATE FUNCTION shop.add_sources() RETURNS void
LANGUAGE sql AS $$
    SELECT shop.add_source(w.base, w.name)
    FROM (SELECT 'kept', unnest(ARRAY ['mails', 'tickets', 'visits', 'purchases', 'orders', 'grades', 'calls', 'loyalty'])
          UNION ALL SELECT 'the "Other"', unnest(ARRAY ['mails', 'visits', 'orders', 'tickets'])) AS w (base, name)
    WHERE NOT EXISTS (SELECT FROM shop.source AS s WHERE (s.base, s.name) = (w.base, w.name))
$$;

CREATE FUNCTION shop.add_echo(base text, touchpoint text, of text, before interval, after interval, same text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM shop.echo AS e WHERE (e.base, e.touchpoint, e.of) = (add_echo.base, add_echo.touchpoint, add_echo.of)) THEN
        PERFORM scoring.add_echo(base, touchpoint, of, before, after, same);
        INSERT INTO shop.echo VALUES (base, touchpoint, of, before, after, same);
    END IF;
END
$$;
