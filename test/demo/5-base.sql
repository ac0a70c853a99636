-- From the shop's tables to a base: which row is which interaction, of whom,
-- and on which day.  Everything that is particular to this shop is said here.
SET client_min_messages = warning;
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \gset
CREATE OR REPLACE FUNCTION crm.today() RETURNS date STABLE RETURN date :'today';
SELECT set_population('crm', 'customers', contactable => '{"email": "email_optin", "sms": "sms_optin"}') \gset

CREATE INDEX ON shop.order_lines (order_id);
CREATE INDEX ON shop.refunds (order_id);
CREATE INDEX ON shop.email_events (customer_id);
CREATE INDEX ON shop.visits (customer_id);
CREATE INDEX ON shop.nps_answers (customer_id);
CREATE INDEX ON shop.tickets (customer_id);
CREATE INDEX ON shop.ticket_log (ticket_id);
CREATE INDEX ON shop.consents (customer_id);

-- an order is one purchase, however many lines it has, worth what was kept
CREATE VIEW shop.purchases AS
SELECT customer_id, ordered_at, net
FROM shop.orders
JOIN (SELECT order_id, sum(amount) AS net
      FROM (SELECT order_id, amount FROM shop.order_lines
            UNION ALL
            SELECT order_id, -amount FROM shop.refunds) AS a
      GROUP BY order_id
      HAVING sum(amount) > 0) AS n USING (order_id);
COMMENT ON VIEW shop.purchases IS 'orders of which something was kept, and what it was worth';

SELECT add_source('crm', 'purchases', $$'purchase'$$, 'ordered_at', value => 'net', watch => '{
    "orders": "customer_id",
    "order_lines": "(SELECT o.customer_id FROM shop.orders AS o WHERE o.order_id = order_lines.order_id)",
    "refunds": "(SELECT o.customer_id FROM shop.orders AS o WHERE o.order_id = refunds.order_id)"
}') \gset

-- what happened to a mail counts once a message
SELECT add_source('crm', 'email_events', $$CASE event WHEN 'sent' THEN 'email_delivered' ELSE event END$$, 'occurred_at',
                  once_per => 'message_id') \gset
-- what bounced was not delivered; what clicks within ten seconds is a filter,
-- not a person; and a click implies that the mail was opened
SELECT add_echo('crm', 'email_delivered', of => 'bounced', before => '1 day', same => 'message_id'),
       add_echo('crm', 'click', of => 'email_delivered', after => '10 seconds', same => 'message_id'),
       add_echo('crm', 'open', of => 'click', before => '90 days', after => '90 days', same => 'message_id') \gset

-- a visit that a mail brought is that mail's click already
SELECT add_source('crm', 'visits', $$'browse'$$, 'visited_at', filter => 'message_id IS NULL') \gset

SELECT add_source('crm', 'nps_answers', $$'nps'$$, 'answered_at', value => 'score') \gset

-- one more unresolved complaint, one fewer: the sum is how many there are
CREATE VIEW shop.complaints AS
SELECT customer_id, changed_at, CASE status WHEN 'resolved' THEN -1 ELSE 1 END AS more
FROM shop.ticket_log
JOIN shop.tickets USING (ticket_id)
WHERE kind = 'complaint';
COMMENT ON VIEW shop.complaints IS 'complaints when they were opened or reopened (+1), and resolved (-1)';

SELECT add_source('crm', 'complaints', $$'open_complaint'$$, 'changed_at', value => 'more', watch => '{
    "tickets": "customer_id",
    "ticket_log": "(SELECT t.customer_id FROM shop.tickets AS t WHERE t.ticket_id = ticket_log.ticket_id)"
}') \gset

SELECT add_source('crm', 'consents', $$'optin'$$, 'decided_at', filter => 'granted') \gset
SELECT add_source('crm', 'customers', $$'signup'$$, 'signed_up_at') \gset

CALL refresh('crm');

-- The score: what interactions are worth, and where the tiers begin.  The cuts
-- are made once and kept, so that a tier moves because a customer moved; they
-- are made from the day that the first screen looks back to, which knows
-- nothing of what it is going to be compared with.  Natural breaks, because
-- nearly half of these customers lie close to 0: tiers of equal population
-- would split them by crumbs, and natural breaks leave them together.
SELECT FROM add_score('crm', 'engagement', :'grid', cuts => (
    SELECT natural_cuts(score(timeline, :'grid', crm.today() - 60), 6)
    FROM crm.timelines
    JOIN shop.customers USING (customer_id)
    WHERE day_of(signed_up_at) <= crm.today() - 60)) \g /dev/null
CALL refresh('crm');

-- The past is the same function with another day.
CREATE FUNCTION shop.tiers_on(day date) RETURNS TABLE (customer_id bigint, score float8, tier int, label text)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT c.customer_id, s.score, tier(s.score, cuts), labels[tier(s.score, cuts)]
    FROM shop.customers c
    JOIN crm.timelines USING (customer_id)
    JOIN crm.scores ON scores.name = 'engagement'
    CROSS JOIN LATERAL (SELECT crm.engagement_on(timeline, day)) AS s (score)
    WHERE day_of(c.signed_up_at) <= day;
END;
COMMENT ON FUNCTION shop.tiers_on(date) IS 'score, tier and its label on a day, of everyone who had signed up by then';

-- Who could be e-mailed then: those whose last answer was yes.
CREATE FUNCTION shop.contactable(day date) RETURNS SETOF bigint
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT customer_id
    FROM shop.consents
    WHERE channel = 'email' AND day_of(decided_at) <= day
    GROUP BY customer_id
    HAVING (array_agg(granted ORDER BY decided_at DESC))[1];
END;
COMMENT ON FUNCTION shop.contactable(date) IS 'the customers who could be e-mailed on a day';

ANALYZE;
