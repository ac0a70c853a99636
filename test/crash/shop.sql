-- A shop in which much happens at once, the base that is kept of it, and what
-- its timelines have to be.

CREATE EXTENSION scoring;
CREATE ROLE shop_writer;
CREATE SCHEMA shop;
GRANT USAGE ON SCHEMA shop TO shop_writer;

-- a plain table, whose rows change hands
CREATE TABLE shop.orders (
    order_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id integer,
    ordered_at timestamptz,
    amount numeric,
    status text
);
CREATE INDEX ON shop.orders (customer_id);
-- a partitioned one
CREATE TABLE shop.mails (
    customer_id integer NOT NULL,
    message_id integer,
    what text,
    sent_on date
) PARTITION BY HASH (customer_id);
CREATE TABLE shop.mails_0 PARTITION OF shop.mails FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE shop.mails_1 PARTITION OF shop.mails FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE INDEX ON shop.mails (customer_id);
-- and a view over a table that does not know the customer
CREATE TABLE shop.refunds (refund_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id bigint, refunded_on date, amount numeric);
CREATE INDEX ON shop.refunds (order_id);
CREATE VIEW shop.refunded AS SELECT customer_id, refunded_on, -r.amount AS amount FROM shop.refunds AS r JOIN shop.orders USING (order_id);
-- a source that comes and goes
CREATE TABLE shop.visits (customer_id integer, visited_at timestamp);
CREATE INDEX ON shop.visits (customer_id);
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON shop.orders, shop.mails, shop.mails_0, shop.mails_1, shop.refunds, shop.visits TO shop_writer;

SELECT scoring.create_base('crm', 'customer_id integer', 'Europe/Paris');
SELECT scoring.add_source('crm', 'shop.orders', $$'purchase'$$, 'ordered_at', value => 'amount',
    filter => $$status <> 'cancelled'$$);
SELECT scoring.add_source('crm', 'shop.mails', 'what', 'sent_on', once_per => 'message_id');
SELECT scoring.add_source('crm', 'shop.refunded', $$'refund'$$, 'refunded_on', value => 'amount',
    watch => '{"shop.orders": "customer_id",
               "shop.refunds": "(SELECT customer_id FROM shop.orders AS o WHERE o.order_id = refunds.order_id)"}');

-- the same in plain SQL
CREATE VIEW shop.built AS
SELECT customer_id, scoring.timeline(touchpoint, occurred_on, value) AS timeline
FROM (SELECT customer_id, 'purchase', (ordered_at AT TIME ZONE 'Europe/Paris')::date, amount::float8
      FROM shop.orders WHERE status <> 'cancelled'
      UNION ALL
      SELECT customer_id, what, min(sent_on), NULL
      FROM shop.mails WHERE message_id IS NOT NULL GROUP BY customer_id, what, message_id
      UNION ALL
      SELECT customer_id, what, sent_on, NULL FROM shop.mails WHERE message_id IS NULL
      UNION ALL
      SELECT customer_id, 'refund', refunded_on, amount::float8 FROM shop.refunded
      UNION ALL
      SELECT customer_id, 'visit', visited_at::date, NULL FROM shop.visits
      WHERE EXISTS (SELECT FROM crm.registered_sources WHERE touchpoint = '''visit''')) AS e (customer_id, touchpoint, occurred_on, value)
WHERE customer_id IS NOT NULL
GROUP BY customer_id
HAVING scoring.timeline(touchpoint, occurred_on, value) IS NOT NULL;

CREATE VIEW shop.differences AS
SELECT customer_id, k.timeline AS kept, b.timeline AS built
FROM crm.timelines AS k FULL JOIN shop.built AS b USING (customer_id)
WHERE _scoring.timeline_send(k.timeline) IS DISTINCT FROM _scoring.timeline_send(b.timeline);

CREATE PROCEDURE shop.register() LANGUAGE plpgsql AS $$
BEGIN
    LOOP
        PERFORM scoring.drop_source('crm', source) FROM crm.registered_sources WHERE touchpoint = '''visit''';
        IF NOT FOUND THEN
            PERFORM scoring.add_source('crm', 'shop.visits', $q$'visit'$q$, 'visited_at');
        END IF;
        COMMIT;
        PERFORM pg_sleep(random() * 0.5);
    END LOOP;
END
$$;

-- One transaction of a writer: a few changes, some of them taken back.
CREATE PROCEDURE shop.change(customers integer) LANGUAGE plpgsql AS $$
DECLARE
    customer integer;
    day date;
BEGIN
    FOR i IN 1 .. 1 + floor(random() * 6) LOOP
        customer := nullif(floor(random() * customers)::integer, 0);
        day := date '2026-01-01' + floor(random() * 200)::integer;
        BEGIN
            CASE floor(random() * 13)
                WHEN 0, 1, 2 THEN
                    INSERT INTO shop.orders (customer_id, ordered_at, amount, status)
                    SELECT customer, day + n * interval '9 hours', round((random() * 100)::numeric, 2),
                           CASE WHEN random() < 0.2 THEN 'cancelled' ELSE 'paid' END
                    FROM generate_series(1, 1 + floor(random() * 5)::integer) AS n;
                WHEN 3 THEN
                    UPDATE shop.orders SET status = CASE status WHEN 'paid' THEN 'cancelled' ELSE 'paid' END WHERE customer_id = customer;
                WHEN 4 THEN     -- two customers turn out to be one
                    UPDATE shop.orders SET customer_id = nullif(floor(random() * customers)::integer, 0) WHERE customer_id = customer;
                WHEN 5 THEN
                    UPDATE shop.orders SET amount = amount + 1, ordered_at = ordered_at + interval '1 day'
                    WHERE order_id IN (SELECT order_id FROM shop.orders ORDER BY order_id DESC LIMIT 3);
                WHEN 6 THEN
                    DELETE FROM shop.orders WHERE customer_id = customer;
                WHEN 7, 8 THEN
                    INSERT INTO shop.mails
                    SELECT coalesce(customer, 1), nullif(floor(random() * 50), 0), CASE WHEN random() < 0.5 THEN 'open' ELSE 'click' END, day + n
                    FROM generate_series(1, 4) AS n;
                WHEN 9 THEN     -- to another partition, maybe
                    UPDATE shop.mails SET customer_id = 1 + floor(random() * customers)::integer WHERE customer_id = customer;
                WHEN 10 THEN
                    INSERT INTO shop.refunds (order_id, refunded_on, amount)
                    SELECT order_id, day, amount FROM shop.orders WHERE customer_id = customer;
                WHEN 11 THEN
                    INSERT INTO shop.visits SELECT customer, day + n * interval '5 hours' FROM generate_series(1, 3) AS n;
                ELSE
                    DELETE FROM shop.refunds WHERE refund_id IN (SELECT refund_id FROM shop.refunds ORDER BY random() LIMIT 2);
            END CASE;
            IF random() < 0.001 THEN
                IF random() < 0.5 THEN TRUNCATE shop.mails_0; ELSE TRUNCATE shop.orders; END IF;
            END IF;
            IF random() < 0.3 THEN      -- a savepoint rolled back
                RAISE EXCEPTION USING ERRCODE = 'YY000';
            END IF;
        EXCEPTION WHEN SQLSTATE 'YY000' OR deadlock_detected OR serialization_failure THEN
            NULL;
        END;
    END LOOP;
    PERFORM pg_sleep(random() * random() * 0.02);
END
$$;

CREATE PROCEDURE shop.write(seed float8, customers integer) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM setseed(seed);
    LOOP
        CALL shop.change(customers);
        IF random() < 0.15 THEN ROLLBACK; ELSE COMMIT; END IF;
    END LOOP;
END
$$;
