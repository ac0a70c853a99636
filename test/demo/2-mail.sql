-- Newsletters: every other Tuesday, every Tuesday before Christmas.
CREATE TABLE shop.campaigns AS
SELECT row_number() OVER (ORDER BY day)::int AS campaign_id,
       to_char(day, 'FMMonth YYYY') || ', ' || to_char(day, 'FMDDth') AS name,
       moment(day, 0.1) AS sent_at
FROM simulation.days
WHERE extract(isodow FROM day) = 2
  AND (extract(week FROM day)::int % 2 = 0 OR to_char(day, 'MMDD') BETWEEN '1110' AND '1222');
ALTER TABLE shop.campaigns ADD PRIMARY KEY (campaign_id);

-- What would become of every mail to everyone who ever opted in.  People who
-- left read a third as much, and leave the list seven times as easily.
CREATE TABLE simulation.mails AS
SELECT message_id, campaign_id, customer_id, c.sent_at, sent_on, opted_in, bounced,
       NOT bounced AND read AS read,
       NOT bounced AND (read OR opened_by_machine AND draw(22, message_id) < 0.93) AS opened,
       NOT bounced AND read AND draw(23, message_id) < CASE WHEN stays THEN 0.12 ELSE 0.02 END AS clicked,
       NOT bounced AND clicked_by_machine AS clicked_by_machine,
       NOT bounced AND read AND draw(24, message_id) < CASE WHEN stays THEN 0.004 ELSE 0.03 END AS unsubscribed
FROM shop.campaigns c
CROSS JOIN LATERAL (SELECT day_of(c.sent_at) AS sent_on) AS d
JOIN (SELECT customer_id, day_of(decided_at) AS opted_in FROM shop.consents WHERE channel = 'email') AS o
  ON opted_in < sent_on
JOIN simulation.habits USING (customer_id)
CROSS JOIN LATERAL (SELECT sent_on < leaves AS stays, campaign_id * 100000::bigint + customer_id AS message_id) AS s
CROSS JOIN LATERAL (SELECT draw(20, message_id) < 0.01 AS bounced,
                           draw(21, message_id) < CASE WHEN stays THEN reads ELSE reads * 0.35 END AS read) AS r;

-- What was sent: in the first year to all of them; in the second, as brands
-- do, to those who opened within twelve months or joined the list within 90
-- days, and so never again to someone once dropped.
DELETE FROM simulation.mails
WHERE message_id IN (
    SELECT message_id
    FROM (SELECT message_id,
                 coalesce(bool_or(unsubscribed) OVER before, false)
                 OR coalesce(bool_or(silent) OVER upto, false) AS gone
          FROM (SELECT *, sent_on > today() - 365 AND opted_in < sent_on - 90
                          AND coalesce(max(sent_on) FILTER (WHERE opened) OVER before, '-infinity') < sent_on - 365 AS silent
                FROM simulation.mails
                WINDOW before AS (PARTITION BY customer_id ORDER BY campaign_id
                                  ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS m
          WINDOW before AS (PARTITION BY customer_id ORDER BY campaign_id
                            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
                 upto AS (PARTITION BY customer_id ORDER BY campaign_id)) AS m
    WHERE gone);

-- The log of the mail provider.  Machines open and click within seconds;
-- people within a day or so, and one in four opens a mail twice.
CREATE TABLE shop.email_events (
    message_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    event text NOT NULL CHECK (event IN ('sent', 'bounced', 'open', 'click', 'unsubscribe')),
    occurred_at timestamptz NOT NULL
);
COMMENT ON TABLE shop.email_events IS 'the log of the mail provider, an event a row; a message is one mail to one customer';

INSERT INTO shop.email_events
SELECT message_id, customer_id, event, occurred_at
FROM simulation.mails
CROSS JOIN LATERAL (SELECT sent_at + make_interval(secs => floor(86400 * -0.4 * ln(1 - draw(25, message_id)))) AS read_at) AS r
CROSS JOIN LATERAL (VALUES
    ('sent', true, sent_at),
    ('bounced', bounced, sent_at + interval '2 seconds'),
    ('click', clicked_by_machine, sent_at + interval '4 seconds'),
    ('open', opened AND NOT read, sent_at + interval '7 minutes'),
    ('open', read, read_at),
    ('open', read AND draw(26, message_id) < 0.25, read_at + draw(27, message_id) * interval '3 days'),
    ('click', clicked, read_at + interval '40 seconds'),
    ('unsubscribe', unsubscribed, read_at + interval '65 seconds')) AS e (event, happened, occurred_at)
WHERE happened AND day_of(occurred_at) <= today();

INSERT INTO shop.consents
SELECT customer_id, 'email', false, occurred_at FROM shop.email_events WHERE event = 'unsubscribe';

UPDATE shop.customers c
SET email_optin = coalesce(email, false), sms_optin = coalesce(sms, false)
FROM (SELECT customer_id,
             (array_agg(granted ORDER BY decided_at DESC) FILTER (WHERE channel = 'email'))[1] AS email,
             (array_agg(granted ORDER BY decided_at DESC) FILTER (WHERE channel = 'sms'))[1] AS sms
      FROM shop.consents GROUP BY customer_id) AS o
WHERE o.customer_id = c.customer_id;
