-- Every day of every customer is a coin: a need comes up, or they look around
-- for no reason, or (nearly always) nothing.  Those who left still have a need
-- met here now and then.
CREATE TABLE simulation.occasions AS
SELECT row_number() OVER (ORDER BY customer_id, day) AS occasion_id, *
FROM (SELECT customer_id, day, buys,
             coin < need AS need,
             draw(32, customer_id * 100000 + (day - date '2000-01-01')) < online AS on_site,
             false AS first
      FROM simulation.habits
      JOIN simulation.days ON day > joined
      CROSS JOIN LATERAL (SELECT needs / 365 * season * CASE WHEN day < leaves THEN 1 ELSE 0.04 END AS need,
                                 CASE WHEN day < leaves THEN 3 * online ELSE 0.3 END / 365 AS look,
                                 draw(31, customer_id * 100000 + (day - date '2000-01-01')) AS coin) AS c
      WHERE coin < need + look
      UNION ALL
      -- half sign up by buying something
      SELECT customer_id, joined, 1, true, draw(33, customer_id) < online, true
      FROM simulation.habits
      WHERE draw(34, customer_id) < 0.5 AND joined IN (SELECT day FROM simulation.days)) AS o;

-- A need on the site is one to seven visits over ten days, the last of which
-- may end in an order.  A need in a store is looked up on the site first by
-- one in four.
CREATE TABLE shop.visits (
    visit_id bigint PRIMARY KEY,
    customer_id bigint NOT NULL,
    visited_at timestamptz NOT NULL,
    pages int NOT NULL,
    message_id bigint
);
COMMENT ON TABLE shop.visits IS 'visits of the web site by known customers, with the mail whose link brought them';

CREATE TABLE simulation.visits AS
SELECT occasion_id, customer_id, need, buys, on_site, NULL::bigint AS message_id,
       moment(CASE WHEN first THEN day ELSE day + floor(10 * draw(36, id) ^ 2)::int END, draw(37, id)) AS visited_at
FROM simulation.occasions,
     LATERAL generate_series(1, CASE
         WHEN first OR NOT need THEN 1
         WHEN on_site THEN 1 + least(6, floor(-1.6 * ln(1 - draw(35, occasion_id))))::int
         ELSE (draw(35, occasion_id) < 0.25)::int END) AS n,
     LATERAL (SELECT occasion_id * 10 + n AS id) AS i
WHERE NOT (first AND NOT on_site)
UNION ALL
-- and whoever follows a link in a mail may find something they need
SELECT NULL, customer_id, true, 0.12, true, message_id, occurred_at + interval '5 seconds'
FROM shop.email_events JOIN simulation.mails USING (message_id, customer_id)
WHERE event = 'click' AND clicked AND occurred_at > sent_at + interval '10 seconds';

INSERT INTO shop.visits
SELECT id, customer_id, visited_at, 1 + floor(-4 * ln(1 - draw(38, id))), message_id
FROM (SELECT row_number() OVER (ORDER BY visited_at, customer_id) AS id, *
      FROM simulation.visits WHERE day_of(visited_at) <= today()) AS v;

CREATE TABLE shop.orders (
    order_id bigint PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES shop.customers,
    ordered_at timestamptz NOT NULL,
    channel text NOT NULL CHECK (channel IN ('web', 'store'))
);
INSERT INTO shop.orders
SELECT row_number() OVER (ORDER BY ordered_at, customer_id), customer_id, ordered_at, channel
FROM (SELECT customer_id, max(visited_at) + interval '9 minutes' AS ordered_at, 'web' AS channel
      FROM simulation.visits
      WHERE need AND on_site
      GROUP BY occasion_id, message_id, customer_id, buys
      HAVING draw(39, coalesce(occasion_id, message_id)) < buys
      UNION ALL
      SELECT customer_id, moment(CASE WHEN first THEN day ELSE day + floor(5 * draw(40, occasion_id))::int END,
                                 draw(41, occasion_id)), 'store'
      FROM simulation.occasions
      WHERE need AND NOT on_site AND draw(39, occasion_id) < buys) AS o
WHERE day_of(ordered_at) <= today();
CREATE INDEX ON shop.orders (customer_id);

CREATE TABLE shop.products (product_id int PRIMARY KEY, name text NOT NULL, price numeric(8, 2) NOT NULL);
INSERT INTO shop.products
SELECT row_number() OVER (), name, price
FROM (VALUES
    ('Coffee, Ethiopia 250 g', 11.50), ('Coffee, Guatemala 250 g', 10.90), ('Espresso blend 1 kg', 29.90),
    ('Decaf 250 g', 11.90), ('Filter papers', 4.20), ('Sencha 100 g', 9.80), ('Darjeeling 100 g', 12.40),
    ('Rooibos 100 g', 6.90), ('Mint tea 50 g', 5.40), ('Chocolate 70 %', 4.90), ('Almond biscuits', 6.50),
    ('Honey 500 g', 9.20), ('Cup', 12.00), ('Set of four cups', 42.00), ('Travel mug', 24.90),
    ('Storage tin', 8.50), ('Teapot', 38.00), ('Stovetop pot', 34.90), ('French press', 39.00),
    ('Dripper', 19.00), ('Gooseneck kettle', 69.00), ('Hand grinder', 89.00), ('Electric grinder', 189.00),
    ('Espresso machine', 549.00)) AS p (name, price);

CREATE TABLE shop.order_lines (
    order_id bigint NOT NULL REFERENCES shop.orders,
    line int NOT NULL,
    product_id int NOT NULL REFERENCES shop.products,
    quantity int NOT NULL,
    amount numeric(10, 2) NOT NULL,
    PRIMARY KEY (order_id, line)
);
-- the lines of orders that have none yet
CREATE PROCEDURE simulation.fill_orders()
    LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO shop.order_lines
    SELECT order_id, line, product_id, quantity, quantity * price
    FROM shop.orders,
         LATERAL generate_series(1, 1 + least(6, floor(-1.3 * ln(1 - draw(42, order_id))))::int) AS line,
         LATERAL (SELECT 1 + floor(24 * draw(43, order_id * 10 + line) ^ 1.7) AS product,
                         1 + floor(-0.5 * ln(1 - draw(44, order_id * 10 + line)))::int AS quantity) AS d
    JOIN shop.products ON product_id = product
    WHERE NOT EXISTS (SELECT FROM shop.order_lines l WHERE l.order_id = orders.order_id);
END;
CALL simulation.fill_orders();

-- One order in twelve is sent back within a month, mostly a line of it.
CREATE TABLE shop.refunds (
    refund_id bigint PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES shop.orders,
    refunded_at timestamptz NOT NULL,
    amount numeric(10, 2) NOT NULL
);
INSERT INTO shop.refunds
SELECT row_number() OVER (ORDER BY refunded_at, order_id), order_id, refunded_at, amount
FROM (SELECT order_id, ordered_at + (4 + 26 * draw(46, order_id)) * interval '1 day' AS refunded_at, sum(amount) AS amount
      FROM shop.orders JOIN shop.order_lines USING (order_id)
      WHERE draw(45, order_id) < 0.08 AND (line = 1 OR draw(47, order_id) < 0.3)
      GROUP BY order_id, ordered_at) AS r
WHERE day_of(refunded_at) <= today();
