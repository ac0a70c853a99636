-- From the shop's tables to timelines: which row is which interaction, on
-- which day, with which value.  Everything that is particular to this shop is
-- said here; from here on there are only timelines.
CREATE VIEW shop.interactions (customer_id, touchpoint, occurred_on, value) AS

-- an order is one purchase, however many lines it has, worth what was kept
SELECT customer_id, 'purchase', day_of(ordered_at), net
FROM shop.orders
JOIN (SELECT order_id, sum(amount) AS net
      FROM (SELECT order_id, amount FROM shop.order_lines
            UNION ALL
            SELECT order_id, -amount FROM shop.refunds) AS a
      GROUP BY order_id
      HAVING sum(amount) > 0) AS n USING (order_id)

UNION ALL
-- a message counts once: by its click, which implies that it was opened, else
-- by its first open.  What clicks within ten seconds is a filter, not a person.
SELECT customer_id, touchpoint, occurred_on, NULL
FROM (SELECT customer_id,
             CASE WHEN bounced IS NULL THEN sent END AS delivered,
             clicked,
             CASE WHEN clicked IS NULL THEN opened END AS opened,
             unsubscribed
      FROM (SELECT message_id, customer_id,
                   day_of(sent_at) AS sent,
                   min(day_of(occurred_at)) FILTER (WHERE event = 'bounced') AS bounced,
                   min(day_of(occurred_at)) FILTER (WHERE event = 'open') AS opened,
                   min(day_of(occurred_at)) FILTER (WHERE event = 'click' AND occurred_at > sent_at + interval '10 seconds') AS clicked,
                   min(day_of(occurred_at)) FILTER (WHERE event = 'unsubscribe') AS unsubscribed
            FROM shop.email_events
            JOIN (SELECT message_id, occurred_at AS sent_at FROM shop.email_events WHERE event = 'sent') AS s USING (message_id)
            GROUP BY message_id, customer_id, sent_at) AS m) AS m,
     LATERAL (VALUES ('email_delivered', delivered), ('open', opened), ('click', clicked), ('unsubscribe', unsubscribed))
             AS t (touchpoint, occurred_on)
WHERE occurred_on IS NOT NULL

UNION ALL
-- a visit that a mail brought is that mail's click already
SELECT customer_id, 'browse', day_of(visited_at), NULL FROM shop.visits WHERE message_id IS NULL

UNION ALL
SELECT customer_id, 'nps', day_of(answered_at), score FROM shop.nps_answers

UNION ALL
-- one more unresolved complaint, one fewer: the sum is how many there are
SELECT customer_id, 'open_complaint', day_of(changed_at), CASE status WHEN 'resolved' THEN -1 ELSE 1 END
FROM shop.ticket_log JOIN shop.tickets USING (ticket_id)
WHERE kind = 'complaint'

UNION ALL
SELECT customer_id, 'optin', day_of(decided_at), NULL FROM shop.consents WHERE granted

UNION ALL
SELECT customer_id, 'signup', day_of(signed_up_at), NULL FROM shop.customers;
COMMENT ON VIEW shop.interactions IS 'the events of all tables as (customer_id, touchpoint, occurred_on, value)';

CREATE TABLE shop.crm_timelines AS
SELECT customer_id, timeline(touchpoint, occurred_on, value) AS timeline
FROM shop.interactions
GROUP BY customer_id;
ALTER TABLE shop.crm_timelines ADD PRIMARY KEY (customer_id);
COMMENT ON TABLE shop.crm_timelines IS 'one timeline a customer: all that scores are read from';

-- Who may be e-mailed: those whose last answer was yes.
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

-- The score: what interactions are worth, and where the tiers begin.  The cuts
-- are made once and kept, so that a tier moves because a customer moved; they
-- are made from the day that the first screen looks back to, which knows
-- nothing of what it is going to be compared with.  Natural breaks, because
-- nearly half of these customers lie close to 0: tiers of equal population
-- would split them by crumbs, and natural breaks leave them together.
CREATE TABLE shop.crm_score AS
SELECT :'grid'::grid AS grid, NULL::float8[] AS cuts;
COMMENT ON TABLE shop.crm_score IS 'what interactions are worth, and where the tiers begin';

CREATE FUNCTION shop.crm_on(day date) RETURNS TABLE (customer_id bigint, score float8, tier int, label text)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT c.customer_id, s.score, tier(s.score, cuts), tier_label(tier(s.score, cuts), cardinality(cuts) + 1)
    FROM shop.customers c
    JOIN shop.crm_timelines USING (customer_id)
    CROSS JOIN shop.crm_score
    CROSS JOIN LATERAL (SELECT score(timeline, grid, day)) AS s (score)
    WHERE day_of(c.signed_up_at) <= day;
END;
COMMENT ON FUNCTION shop.crm_on(date) IS 'score, tier and its label on a day, of everyone who had signed up by then';

UPDATE shop.crm_score
SET cuts = (SELECT natural_cuts(score, 6) FROM crm_on(today() - 60));

CREATE VIEW shop.crm_customers AS
SELECT c.customer_id, name, country, round(s.score::numeric, 1) AS score, s.tier,
       email_optin, sms_optin,
       last_on(timeline, 'purchase') AS last_purchase,
       crosses(timeline, grid, cuts, today()) - 1 AS tier_until,
       s.label
FROM crm_on(today()) AS s
JOIN shop.customers c USING (customer_id)
JOIN shop.crm_timelines USING (customer_id)
CROSS JOIN shop.crm_score;
COMMENT ON VIEW shop.crm_customers IS 'everyone today: score, tier, and how long the tier lasts if nothing happens';

ANALYZE;
