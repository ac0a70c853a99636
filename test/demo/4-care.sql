-- After an order: one in four answers how likely they are to recommend us,
-- and some need help.  Those about to leave are not as happy, and complain.
CREATE TABLE shop.nps_answers (
    customer_id bigint NOT NULL REFERENCES shop.customers,
    answered_at timestamptz NOT NULL,
    score int NOT NULL CHECK (score BETWEEN 0 AND 10)
);
INSERT INTO shop.nps_answers
SELECT customer_id, answered_at,
       greatest(0, least(10, round(6.5 + 3 * kindness + 4 * (draw(53, order_id) - 0.5)
                                   - CASE WHEN leaves < day_of(answered_at) + 90 THEN 4 ELSE 0 END)))
FROM (SELECT *, ordered_at + (5 + 15 * draw(52, order_id)) * interval '1 day' AS answered_at FROM shop.orders) AS o
JOIN simulation.habits USING (customer_id)
WHERE draw(51, order_id) < 0.25 AND day_of(answered_at) <= today();

CREATE TABLE shop.tickets (
    ticket_id bigint PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES shop.customers,
    order_id bigint REFERENCES shop.orders,
    kind text NOT NULL CHECK (kind IN ('question', 'complaint'))
);
CREATE TABLE shop.ticket_log (
    ticket_id bigint NOT NULL REFERENCES shop.tickets,
    status text NOT NULL CHECK (status IN ('opened', 'resolved', 'reopened')),
    changed_at timestamptz NOT NULL
);
COMMENT ON TABLE shop.ticket_log IS 'every change of a ticket''s status';

CREATE TABLE simulation.tickets AS
SELECT row_number() OVER (ORDER BY opened_at, order_id) AS ticket_id, *
FROM (SELECT order_id, customer_id, unhappy, ordered_at + (1 + 10 * draw(54, order_id)) * interval '1 day' AS opened_at
      FROM (SELECT *, leaves BETWEEN day_of(ordered_at) AND day_of(ordered_at) + 90 AS unhappy
            FROM shop.orders JOIN simulation.habits USING (customer_id)) AS o
      WHERE draw(55, order_id) < CASE WHEN unhappy THEN 0.3 ELSE 0.08 END) AS t
WHERE day_of(opened_at) <= today();

INSERT INTO shop.tickets
SELECT ticket_id, customer_id, order_id,
       CASE WHEN draw(56, ticket_id) < CASE WHEN unhappy THEN 0.7 ELSE 0.35 END THEN 'complaint' ELSE 'question' END
FROM simulation.tickets;

-- Half are resolved within three days, one in twelve comes back, one in
-- twenty is forgotten.
INSERT INTO shop.ticket_log
SELECT ticket_id, status, changed_at
FROM simulation.tickets
CROSS JOIN LATERAL (SELECT opened_at + exp(1.1 + 2.5 * (draw(57, ticket_id) - 0.5)) * interval '1 day' AS resolved_at,
                           draw(58, ticket_id) < 0.95 AS resolved,
                           draw(59, ticket_id) < 0.08 AS back) AS r
CROSS JOIN LATERAL (VALUES
    ('opened', true, opened_at),
    ('resolved', resolved, resolved_at),
    ('reopened', resolved AND back, resolved_at + interval '4 days'),
    ('resolved', resolved AND back, resolved_at + interval '13 days')) AS s (status, happened, changed_at)
WHERE happened AND day_of(changed_at) <= today()
ORDER BY changed_at;
