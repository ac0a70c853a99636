-- What comes after the last day: the shop sends text messages, and days pass, in
-- which people go on living by their habits.  Of all that happens then, only
-- orders and answers to messages are played out.
CREATE TABLE shop.sms_log (
    customer_id bigint NOT NULL REFERENCES shop.customers,
    campaign text NOT NULL,
    what text NOT NULL CHECK (what IN ('sent', 'bounced', 'unsubscribed', 'complained')),
    at timestamptz NOT NULL
);
COMMENT ON TABLE shop.sms_log IS 'the log of the text messages, an event a row';
CREATE INDEX ON shop.sms_log (customer_id);
-- orders, its other outcome, the base knows of itself
SELECT set_outcomes('crm', 'shop.sms_log') \gset

-- The chance that a voucher makes an order of a need that would not have become
-- one within these days: few have none in two months, but those who have left,
-- and those who have just bought, whom it tells nothing new.
CREATE FUNCTION simulation.persuaded(customer_id bigint, day date) RETURNS float8
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN day < leaves THEN 0.65 * (1 - exp(-needs * 90 / 365))
                * CASE WHEN EXISTS (SELECT FROM shop.orders o WHERE o.customer_id = h.customer_id
                                    AND ordered_at >= day - 30 AND ordered_at < day) THEN 0.2 ELSE 1 END
           ELSE 0 END
    FROM simulation.habits h WHERE h.customer_id = persuaded.customer_id;
END;

-- Lets days pass until the evening of the day given, which then is today.
CREATE PROCEDURE simulation.play(until date)
    LANGUAGE plpgsql
    SET search_path = shop, simulation, scoring, public
AS $$
DECLARE
    since date := crm.today();
BEGIN
    CREATE TEMPORARY TABLE answers ON COMMIT DROP AS
    SELECT *
    FROM (SELECT customer_id, campaign, a.what,
                 moment(day_of(at) + 1 + floor(6 * draw(74, id) ^ 2)::int, draw(75, id)) AS at
          FROM sms_log
          JOIN simulation.habits USING (customer_id)
          CROSS JOIN LATERAL (SELECT customer_id * 100000 + (day_of(at) - date '2000-01-01') AS id,
                                     day_of(at) < leaves AS stays) AS m
          CROSS JOIN LATERAL (SELECT CASE
              WHEN draw(70, id) < 0.02 THEN 'bounced'
              WHEN draw(71, id) < CASE WHEN stays THEN 0.003 ELSE 0.03 END THEN 'unsubscribed'
              WHEN draw(71, id) > CASE WHEN stays THEN 1 ELSE 0.9995 END THEN 'complained'
              WHEN draw(72, id) < persuaded(customer_id, day_of(at)) THEN 'persuaded' END AS what) AS a
          WHERE sms_log.what = 'sent' AND day_of(at) > since - 7) AS a
    WHERE day_of(at) > since AND day_of(at) <= until AND what <> '';

    INSERT INTO sms_log SELECT customer_id, campaign, what, at FROM answers WHERE what <> 'persuaded';
    INSERT INTO consents SELECT customer_id, 'sms', false, at FROM answers WHERE what = 'unsubscribed';
    UPDATE customers SET sms_optin = false WHERE customer_id IN (SELECT customer_id FROM answers WHERE what = 'unsubscribed');
    INSERT INTO orders
    SELECT (SELECT max(order_id) FROM orders) + row_number() OVER (ORDER BY at, customer_id), customer_id, at, 'web'
    FROM (SELECT customer_id, at FROM answers WHERE what = 'persuaded'
          UNION ALL
          SELECT customer_id, moment(day::date, draw(76, customer_id * 100000 + (day::date - date '2000-01-01')))
          FROM simulation.habits, generate_series(since + 1, until, interval '1 day') AS day
          WHERE draw(73, customer_id * 100000 + (day::date - date '2000-01-01'))
                < needs / 365 * CASE WHEN day < leaves THEN buys ELSE 0.04 * buys END) AS o;
    CALL simulation.fill_orders();

    EXECUTE format('CREATE OR REPLACE FUNCTION shop.today() RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN %L::date', until);
    EXECUTE format('CREATE OR REPLACE FUNCTION crm.today() RETURNS date STABLE RETURN date %L', until);
END
$$;
