-- Contact pressure: the numbers of pressure_grid(), free_on() and last_contact()
-- against a search day by day over random grids, and frequency caps
\set QUIET on
\set grids 70
\set each 5
\ir lib/random_scores.sql

SELECT plan(41);

-- 1. The ready grid ---------------------------------------------------------

SELECT is(bounds(pressure_grid())::text, '(0,100)', 'from 0 to 100');
SELECT is(equal_cuts(pressure_grid(), 5), '{20,40,60,80}'::double precision[], 'five levels of 20 points');
SELECT is(array_agg(DISTINCT touchpoint ORDER BY touchpoint), '{call,email_sent,letter_sent,push_sent,sms_sent,visit}', 'its channels')
FROM rules(pressure_grid());

-- what habits come to: every so many days, for a year, on the day of the last one
CREATE FUNCTION oracle.habit(touchpoint text, days int, as_of date DEFAULT '2026-06-30') RETURNS timeline
LANGUAGE sql AS $$
    SELECT timeline(touchpoint, day::date) FROM generate_series(as_of - 364 / days * days, as_of, make_interval(days => days)) AS day
$$;
CREATE TABLE oracle.level AS
SELECT touchpoint, days, round(score(oracle.habit(touchpoint, days), pressure_grid(), '2026-06-30')::numeric, 1) AS points,
       tier(score(oracle.habit(touchpoint, days), pressure_grid(), '2026-06-30'), equal_cuts(pressure_grid(), 5)) AS level
FROM (VALUES ('email_sent', 14), ('email_sent', 7), ('email_sent', 2), ('email_sent', 1),
             ('sms_sent', 30), ('sms_sent', 7), ('sms_sent', 1), ('push_sent', 1), ('letter_sent', 30), ('call', 90), ('call', 14), ('call', 1),
             ('visit', 30)) AS h (touchpoint, days);
SELECT results_eq('SELECT touchpoint, days, points, level FROM oracle.level ORDER BY touchpoint, days DESC', $$VALUES
    ('call', 90, 10.0, 1), ('call', 14, 19.8, 1), ('call', 1, 20.0, 2),
    ('email_sent', 14, 5.3, 1), ('email_sent', 7, 8.0, 1), ('email_sent', 2, 22.2, 2), ('email_sent', 1, 40.0, 3),
    ('letter_sent', 30, 5.0, 1), ('push_sent', 1, 10.0, 1), ('sms_sent', 30, 5.3, 1), ('sms_sent', 7, 10.0, 1), ('sms_sent', 1, 15.0, 1),
    ('visit', 30, 10.0, 1)$$, 'what habits of one channel come to');
SELECT is(tier(score(oracle.habit('email_sent', 1) + oracle.habit('sms_sent', 7) + oracle.habit('call', 14), pressure_grid(), '2026-06-30'),
               equal_cuts(pressure_grid(), 5)), 4, 'who is mailed each day, texted each week and called each fortnight is at level 4');
SELECT results_eq($$SELECT touchpoint, score(timeline_of(touchpoint, '2026-06-01'), pressure_grid(), '2026-06-01'), score(timeline_of(touchpoint, '2026-06-01'), pressure_grid(), day)
                    FROM (VALUES ('call', date '2026-06-15'), ('email_sent', '2026-06-08'), ('letter_sent', '2026-06-15'), ('push_sent', '2026-06-08'),
                                 ('sms_sent', '2026-06-08'), ('visit', '2026-06-15')) AS c (touchpoint, day)$$,
    $$VALUES ('call', 10::float8, 5::float8), ('email_sent', 4, 2), ('letter_sent', 5, 2.5), ('push_sent', 2, 1), ('sms_sent', 5, 2.5), ('visit', 10, 5)$$,
    'what each channel makes at once, and half of it a week later, or two');
SELECT is(array_agg(score(oracle.habit(touchpoint, 1), pressure_grid(), day) ORDER BY touchpoint), '{0,0,0,0,0,0}',
    'after 60 days, or 90, there is nothing left')
FROM (VALUES ('email_sent', date '2026-08-29'), ('push_sent', '2026-08-29'), ('sms_sent', '2026-08-29'),
             ('letter_sent', '2026-09-28'), ('call', '2026-09-28'), ('visit', '2026-09-28')) AS c (touchpoint, day);
SELECT ok(score(oracle.habit(touchpoint, 1), pressure_grid(), day) > 0, touchpoint || ': the day before there is')
FROM (VALUES ('email_sent', date '2026-08-28'), ('push_sent', '2026-08-28'), ('sms_sent', '2026-08-28'),
             ('letter_sent', '2026-09-27'), ('call', '2026-09-27'), ('visit', '2026-09-27')) AS c (touchpoint, day);

-- 2. free_on() and last_contact() against a search --------------------------

CREATE TABLE oracle.course AS
SELECT subject, k, day, score(timeline, grid, day) AS score
FROM oracle.actual CROSS JOIN generate_series(0, 1096) AS k CROSS JOIN LATERAL oracle.shift(as_of, k) AS day
WHERE timeline IS NOT NULL AND day - as_of = k;
-- caps that are scores of one of these days, so that they are hit exactly, or near
CREATE TABLE oracle.cap AS
SELECT subject, CASE oracle.pick(1, 3) WHEN 1 THEN score + oracle.pick(-2, 2) ELSE score END AS cap
FROM (SELECT subject, oracle.pick(0, 400) AS k FROM oracle.actual) AS s JOIN oracle.course USING (subject, k);
CREATE TABLE oracle.free AS
SELECT a.*, cap, (SELECT min(day) FROM oracle.course AS c WHERE c.subject = a.subject AND c.score < cap) AS free_on,
       (SELECT max(occurred_on) FROM interactions(timeline) AS i
        WHERE occurred_on <= as_of AND touchpoint IN (SELECT r.touchpoint FROM rules(grid) AS r)) AS last_contact
FROM oracle.actual AS a JOIN oracle.cap USING (subject);

SELECT oracle.none('SELECT subject, cap, free_on, free_on(timeline, grid, cap, as_of) AS got, as_of, grid, timeline FROM oracle.free
                    WHERE free_on(timeline, grid, cap, as_of) IS DISTINCT FROM free_on', 'free_on() is the first day below the cap');
SELECT cmp_ok(count(*) FILTER (WHERE free_on > as_of), '>', 40::bigint, 'for many that is a day to come') FROM oracle.free;
SELECT cmp_ok(count(*) FILTER (WHERE free_on = as_of), '>', 40::bigint, 'for many it is today') FROM oracle.free;
SELECT cmp_ok(count(*) FILTER (WHERE free_on IS NULL), '>', 10::bigint, 'for some it is not for three years') FROM oracle.free;
SELECT oracle.none('SELECT subject, last_contact, last_contact(timeline, grid, as_of) AS got, as_of, grid, timeline FROM oracle.free
                    WHERE last_contact(timeline, grid, as_of) IS DISTINCT FROM last_contact', 'last_contact() is the last day of what the grid counts');
SELECT cmp_ok(count(*) FILTER (WHERE last_contact < last_on(as_of(timeline, as_of))), '>', 10::bigint, 'which is not always the last day') FROM oracle.free;

-- by hand
SELECT is(last_contact('a:2026-01-01,2026-05-01;b:2026-04-01;c:2026-04-20', '{"a": {"each": 1}, "b": {"each": 1, "unless": "c"}}', '2026-04-30'), date '2026-04-01',
    'neither what is to come nor what only an "unless" asks for is a contact');
SELECT is(last_contact('c:2026-04-20', '{"a": {"each": 1}}', '2026-04-30'), NULL, 'none');
SELECT is(last_contact(NULL, '{"a": {"each": 1}}', '2026-04-30'), NULL, 'nobody');
SELECT is(last_contact('a:4714-11-24 BC', '{"a": {"each": 1}}', '2026-04-30'), date '4714-11-24 BC', 'long ago');

-- who has no timeline has heard nothing: that is not the same as not to know
SELECT is(free_on(NULL, '{"a": {"each": 1}}', 1, '2026-04-30'), date '2026-04-30', 'who has received nothing is free');
SELECT is(free_on(NULL, '{"a": {"each": 1}}', 0, '2026-04-30'), NULL, 'but nobody is below nothing');
SELECT is(free_on('a:2026-04-01', NULL, 1, '2026-04-30'), NULL, 'no grid');
SELECT is(free_on('a:2026-04-01', '{"a": {"each": 1}}', NULL, '2026-04-30'), NULL, 'no cap');
SELECT is(free_on('a:2026-04-01', '{"a": {"each": 1}}', 1, NULL), NULL, 'no day');
SELECT throws_ok($$SELECT free_on('a:2026-04-01', '{"a": {"each": 1}}', 1, 'infinity')$$, NULL, NULL, 'a day without end');

-- 3. Frequency caps ---------------------------------------------------------

-- one a week: on the 7th day after it the window has let go
\set cap '''{"email_sent": {"each": 1, "within": "7 days"}}'''
SELECT is(free_on('email_sent:2026-06-01', :cap, 1, day), free, 'mailed on Monday the 1st, asked on ' || day)
FROM (VALUES (date '2026-05-31', date '2026-05-31'), ('2026-06-01', '2026-06-08'), ('2026-06-07', '2026-06-08'), ('2026-06-08', '2026-06-08')) AS d (day, free);
SELECT is(free_on('email_sent:2026-06-01,2026-06-04', '{"email_sent": {"each": 1, "within": "7 days"}}', 2, '2026-06-05'), date '2026-06-08', 'two a week');
SELECT is(max(score(oracle.habit('email_sent', 7), :cap, day::date)), 1::double precision, 'mails exactly 7 days apart are never two in a week')
FROM generate_series('2026-01-01', '2026-06-30', interval '1 day') AS day;
SELECT is(max(score(oracle.habit('email_sent', 6), :cap, day::date)), 2::double precision, 'mails 6 days apart are')
FROM generate_series('2026-01-01', '2026-06-30', interval '1 day') AS day;
-- what is planned already counts from its day on
SELECT is(free_on('email_sent:2026-06-10', :cap, 1, '2026-06-08'), date '2026-06-08', 'free now, whatever is planned');
SELECT is(crosses('email_sent:2026-06-10', :cap, '{1}', '2026-06-08'), date '2026-06-10', 'until then');

-- 4. What if ----------------------------------------------------------------

-- the pressure on Friday if this campaign goes out on Wednesday
SELECT is(score('email_sent:2026-06-01', pressure_grid(), '2026-06-12')::numeric(8, 4), 1.3459, 'on Friday without the campaign');
SELECT is(score('email_sent:2026-06-01'::timeline + timeline_of('email_sent', '2026-06-10'), pressure_grid(), '2026-06-12')::numeric(8, 4), 4.6272, 'and with it');
SELECT is(score('email_sent:2026-06-01'::timeline + timeline_of('email_sent', '2026-06-10'), pressure_grid(), '2026-06-09'),
          score('email_sent:2026-06-01', pressure_grid(), '2026-06-09'), 'before it goes out nothing has changed');

SELECT * FROM finish();
