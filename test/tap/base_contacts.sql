-- Contact lists against plain SQL: whom a channel may reach and nobody else, who
-- has heard enough, until when, and who is forgotten.
\ir lib/base_care.sql
SELECT no_plan();

-- two of those who have received nothing so far: one mail each, 89 and 90 days ago
UPDATE care.customers SET email = true, objects = false WHERE id IN (10, 20);
INSERT INTO care.events VALUES (10, 'email_sent', '2026-04-02'), (20, 'email_sent', '2026-04-01');
CALL refresh('crm');
SELECT FROM add_score('crm', 'mails a week', '{"email_sent": {"each": 1, "within": "7 days"}}', cuts => '{1,2}') \g /dev/null
SELECT add_contact_list('crm', 'mailing', 'email', 'mails a week', 1) \g /dev/null
SELECT add_contact_list('crm', 'texting', 'by text', 'pressure', 6, '1 month') \g /dev/null

-- by days: the first one on which fewer than the cap were received within a week
CREATE FUNCTION care.mailing(asked date, within int DEFAULT 7) RETURNS TABLE (id bigint, score float8, state text, last_contact date, days_since int, free_on date)
LANGUAGE sql AS $$
    SELECT id, n, CASE WHEN n >= 1 THEN 'pressed' WHEN last > asked - 90 THEN 'free' ELSE 'forgotten' END, last, asked - last,
           (SELECT min(asked + k) FROM generate_series(0, 60) AS k
            WHERE NOT EXISTS (SELECT FROM care.events AS e WHERE e.id = c.id AND touchpoint = 'email_sent' AND day > asked + k - within AND day <= asked + k))
    FROM care.customers AS c
    CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE day > asked - within)::float8, max(day) FROM care.events AS e
                        WHERE e.id = c.id AND touchpoint = 'email_sent' AND day <= asked) AS m (n, last)
    WHERE email AND NOT objects
$$;
SELECT results_eq('SELECT * FROM crm.mailing ORDER BY id', 'SELECT * FROM care.mailing(''2026-06-30'') ORDER BY id', 'one mail a week, as plain SQL has it');
SELECT results_eq('SELECT id, state, days_since FROM crm.mailing WHERE id IN (10, 20) ORDER BY id', $$VALUES (10::bigint, 'free', 89), (20, 'forgotten', 90)$$, 'who was forgotten today');
SELECT is(count(DISTINCT state), 3::bigint, 'there are all states') FROM crm.mailing;
SELECT cmp_ok((SELECT count(*) FROM crm.mailing WHERE days_since IS NULL)::int, '>', 20, 'and who never got one is forgotten, too');
UPDATE care.day SET today = '2026-07-04';
SELECT results_eq('SELECT * FROM crm.mailing ORDER BY id', 'SELECT * FROM care.mailing(''2026-07-04'') ORDER BY id', 'on another day');
UPDATE care.day SET today = '2026-06-30';

SELECT results_eq('SELECT id, score, state, last_contact, free_on FROM crm.texting ORDER BY id', $$
    SELECT p.id, pressure, CASE WHEN pressure >= 6 THEN 'pressed' WHEN last > '2026-05-30' THEN 'free' ELSE 'forgotten' END, last, free_on(t, pressure_grid(), 6, '2026-06-30')
    FROM care.points('2026-06-30') AS p JOIN care.customers USING (id)
    LEFT JOIN (SELECT id, timeline(touchpoint, day, value::float8) AS t, max(day) FILTER (WHERE touchpoint IN ('email_sent', 'sms_sent', 'call') AND day <= '2026-06-30') AS last
               FROM care.events GROUP BY id) AS e USING (id)
    WHERE sms ORDER BY 1$$, 'the pressure of all channels keeps texts back');
SELECT is_empty('SELECT id FROM crm.texting WHERE (state = ''pressed'') <> (free_on > ''2026-06-30'')', 'who is pressed is free later, all others today');
SELECT cmp_ok(count(*) FILTER (WHERE state = 'pressed')::int, '>', 5, 'some are pressed') FROM crm.texting;

-- nobody who may not be contacted, whatever is asked; at once, without a refresh
SELECT is_empty('SELECT id FROM crm.mailing JOIN care.customers USING (id) WHERE email IS NOT TRUE OR objects', 'only those who may be contacted');
SELECT min(id) AS id FROM crm.mailing \gset
UPDATE care.customers SET email = NULL WHERE id = :id;
SELECT is((SELECT count(*) FROM crm.mailing WHERE id = :id), 0::bigint, 'who opts out is gone at once');
UPDATE care.customers SET email = true WHERE id = :id;
SELECT erase('crm', :id) \g /dev/null
SELECT is((SELECT count(*) FROM crm.mailing WHERE id = :id), 0::bigint, 'and who is erased');

-- what is made from it follows
SELECT publish('crm', 'mails a week', '{"email_sent": {"each": 1, "within": "14 days"}}') \g /dev/null
SELECT results_eq('SELECT * FROM crm.mailing ORDER BY id', format('SELECT * FROM care.mailing(''2026-06-30'', 14) WHERE id <> %s ORDER BY id', :id), 'another grid');
SELECT throws_ok($$SELECT set_population('crm', 'care.customers', contactable => '{"by text": "sms"}')$$, '42704',
    'base "crm" has no channel "email", which contact list "mailing" is for', 'a channel that a list is for cannot go before it');
SELECT throws_ok($$SELECT set_population('crm', NULL)$$, '42704', NULL, 'nor all of them');
SELECT throws_ok($$SELECT drop_score('crm', 'pressure')$$, '2BP01', '"texting" is made from score "pressure"', 'nor its score');
SELECT is((SELECT contactable ->> 'email' FROM crm.base), 'email', 'nothing has changed');

SELECT throws_ok(format('SELECT add_contact_list(%s)', arguments), state, message, arguments)
FROM (VALUES
    ($$'crm', 'x', 'fax', 'pressure', 1$$, '42704', 'base "crm" has no channel "fax", which contact list "x" is for'),
    ($$'crm', 'x', NULL, 'pressure', 1$$, '22004', 'name, channel, score, cap and forgotten_after must not be null'),
    ($$'crm', 'x', 'email', 'pressure', NULL$$, '22004', 'name, channel, score, cap and forgotten_after must not be null'),
    ($$'crm', 'x', 'email', 'pressure', 'NaN'$$, '22023', 'cap must be a number'),
    ($$'crm', 'x', 'email', 'pressure', 1, '36 hours'$$, '22023', 'forgotten_after must be a number of days, weeks, months or years, at most 1000 years'),
    ($$'crm', 'x', 'email', 'pressure', 1, '-1 day'$$, '22023', 'forgotten_after must be a number of days, weeks, months or years, at most 1000 years'),
    ($$'crm', 'x', 'email', 'pressure', 1, '0'$$, '22023', 'forgotten_after must be a number of days, weeks, months or years, at most 1000 years'),
    ($$'crm', 'x', 'email', 'pressure', 0$$, '22023', 'score "pressure" is never below the cap of 0'),
    ($$'crm', 'x', 'email', 'value', 1$$, '42809', 'score "value" has no grid'),
    ($$'crm', 'x', 'email', 'nothing', 1$$, '42704', 'base "crm" has no score "nothing"'),
    ($$'crm', 'mailing', 'email', 'pressure', 1$$, '42710', NULL)) AS v (arguments, state, message);
SELECT add_contact_list('crm', 'a "b"''', 'by text', 'mails a week', 'Infinity', '3 years 1 month') \g /dev/null
SELECT is((SELECT count(*) FROM crm."a ""b""'" WHERE state = 'pressed'), 0::bigint, 'a cap without end keeps nobody back');
SELECT is_empty('SELECT id FROM crm."a ""b""''" WHERE free_on <> ''2026-06-30''', 'all are free');

-- selections are joins
SELECT results_eq('SELECT id FROM crm.mailing JOIN crm.engagement USING (id) WHERE mailing.state <> ''pressed'' AND tier >= 5 ORDER BY id', $$
    SELECT e.id FROM crm.engagement AS e JOIN care.customers AS c USING (id) JOIN crm."mails a week" AS m USING (id)
    WHERE c.email AND e.tier >= 5 AND m.score < 1 ORDER BY 1$$, 'the most engaged who may be mailed today');

SELECT FROM add_score('crm', 'mailing_tiers', measure => '1') \g /dev/null
SELECT drop_score('crm', name) FROM crm.contact_lists \g /dev/null
SELECT ok(to_regclass('crm.mailing_tiers') IS NOT NULL, 'a view of another score stays');
SELECT is(to_regclass('crm.mailing'), NULL, 'it goes with its view');
SELECT lives_ok($$SELECT drop_score('crm', 'mails a week')$$, 'and then its score may go');
SELECT lives_ok($$SELECT set_population('crm', NULL)$$, 'and the channels');
SELECT FROM add_score('crm', 'mails', '{"email_sent": {"each": 1}}') \g /dev/null
SELECT throws_ok($$SELECT add_contact_list('crm', 'x', 'email', 'mails', 1)$$, '42704', NULL, 'without channels there is no list');

SELECT drop_base('crm') \g /dev/null
DROP SCHEMA care, lib CASCADE;
SELECT * FROM finish();
