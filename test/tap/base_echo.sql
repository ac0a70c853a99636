-- What counts and what does not: echoes of other interactions, rows that are one
-- interaction, complaints that are open for a time.  Worked out by hand.
\ir lib/base.sql
SELECT plan(40);

-- ---------------------------------------------------------------------------
-- echoes: a click implies the open before it and causes the visit after it

CREATE SCHEMA shop;
CREATE TABLE shop.mails (customer_id int, kind text, at timestamptz, message int, valid boolean DEFAULT true);
CREATE TABLE shop.visits (customer_id int, at timestamp, page text);
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.mails', 'kind', 'at', filter => 'valid') \g /dev/null
SELECT add_source('crm', 'shop.visits', $$'visit'$$, 'at') \g /dev/null
SELECT add_echo('crm', 'open', 'click', before => '1 hour', same => 'message') \g /dev/null
SELECT add_echo('crm', 'visit', 'click', after => '30 minutes') \g /dev/null

INSERT INTO shop.mails VALUES
    -- 1: both limits, to the microsecond; an open after the click is none
    (1, 'click', '2026-03-10 12:00+01', 7, true), (1, 'open', '2026-03-10 11:00+01', 7, true), (1, 'open', '2026-03-10 10:59:59.999999+01', 7, true),
    (1, 'open', '2026-03-10 12:00+01', 7, true), (1, 'open', '2026-03-10 12:00:00.000001+01', 7, true),
    -- 2: another message, and none
    (2, 'click', '2026-03-10 12:00+01', 7, true), (2, 'open', '2026-03-10 11:30+01', 8, true), (2, 'open', '2026-03-10 11:30+01', NULL, true), (2, 'click', '2026-03-10 12:00+01', NULL, true),
    -- 3: the click is another customer's; and one that the filter keeps out
    (3, 'open', '2026-03-10 11:30+01', 7, true), (3, 'click', '2026-03-10 12:00+01', 7, false);
INSERT INTO shop.visits VALUES (1, '2026-03-10 12:30'), (1, '2026-03-10 12:30:00.000001'), (1, '2026-03-10 12:00'), (1, '2026-03-10 11:59:59'),
    (3, '2026-03-10 12:10');
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 click:2026-03-10;open:2026-03-10*2;visit:2026-03-10*2
2 click:2026-03-10*2;open:2026-03-10*2
3 open:2026-03-10;visit:2026-03-10', 'an echo within its limits, which are included, of the same message and customer');
SELECT results_eq('SELECT source, rows_read, rows_counted, left_out FROM crm.sources ORDER BY source', $$VALUES
    (1, 11::bigint, 8::bigint, '{"filter": 1, "echo": 2}'::jsonb), (2, 5, 3, '{"echo": 2}')$$, 'they are counted among what was left out');
-- the cause or the echo comes later, is corrected, is deleted
INSERT INTO shop.mails VALUES (3, 'click', '2026-03-10 12:00+01', 7), (4, 'click', '2026-03-11 12:00+01', 1);
CALL refresh('crm');
SELECT is((SELECT timeline::text FROM crm.timelines WHERE customer_id = 3), 'click:2026-03-10', 'a cause that comes late');
INSERT INTO shop.visits VALUES (4, '2026-03-11 12:10');
INSERT INTO shop.mails VALUES (4, 'open', '2026-03-11 11:10+01', 1);
CALL refresh('crm');
SELECT is((SELECT timeline::text FROM crm.timelines WHERE customer_id = 4), 'click:2026-03-11', 'an echo that comes late');
SELECT is(lib.did('crm'), '1 read, 0 changed, 0 failed', 'changes nothing');
UPDATE shop.mails SET message = 2 WHERE customer_id = 4 AND kind = 'open';
CALL refresh('crm');
SELECT is((SELECT timeline::text FROM crm.timelines WHERE customer_id = 4), 'click:2026-03-11;open:2026-03-11', 'the column that says which is which is corrected');
UPDATE shop.mails SET message = 1, at = at - interval '11 minutes' WHERE customer_id = 4 AND kind = 'open';
UPDATE shop.visits SET at = at + interval '21 minutes' WHERE customer_id = 4;
CALL refresh('crm');
SELECT is((SELECT timeline::text FROM crm.timelines WHERE customer_id = 4), 'click:2026-03-11;open:2026-03-11;visit:2026-03-11', 'the moments are');
UPDATE shop.mails SET at = at - interval '5 minutes' WHERE customer_id = 4 AND kind = 'click';
CALL refresh('crm');
SELECT is((SELECT timeline::text FROM crm.timelines WHERE customer_id = 4), 'click:2026-03-11;visit:2026-03-11', 'the cause is');
DELETE FROM shop.mails WHERE customer_id = 4 AND kind = 'click';
UPDATE shop.mails SET valid = false WHERE customer_id = 3 AND kind = 'click';
CALL refresh('crm');
SELECT is((SELECT string_agg(timeline::text, ' ' ORDER BY customer_id) FROM crm.timelines WHERE customer_id IN (3, 4)),
          'open:2026-03-10;visit:2026-03-10 open:2026-03-11;visit:2026-03-11', 'without its cause an echo counts');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'as built afresh');

-- a cause is a cause even when it is an echo itself
SELECT add_echo('crm', 'browse', 'visit', after => '10 minutes') \g /dev/null
SELECT add_source('crm', 'shop.visits', $$'browse'$$, $$at + interval '5 minutes'$$, filter => 'page IS NOT NULL') \g /dev/null
INSERT INTO shop.mails VALUES (5, 'click', '2026-03-12 12:00+01', 1);
INSERT INTO shop.visits VALUES (5, '2026-03-12 12:20', 'a'), (5, '2026-03-12 12:40', 'b');
CALL refresh('crm');
SELECT is((SELECT timeline::text FROM crm.timelines WHERE customer_id = 5), 'click:2026-03-12;visit:2026-03-12', 'an echo of an echo; both browses are, one visit is');
SELECT throws_ok($$SELECT add_echo('crm', 'click', 'browse', after => '1 day')$$, '22023', '"click" would be an echo of itself', 'no cycle');
SELECT throws_ok($$SELECT add_echo('crm', 'click', 'click')$$, '22023', NULL, 'not of itself');
SELECT throws_ok($$SELECT add_echo('crm', 'visit', 'click')$$, '42710', NULL, 'not twice');
SELECT throws_ok($$SELECT add_echo('crm', 'visit', 'open', before => '1 month')$$, '22023', NULL, 'no months');
SELECT throws_ok($$SELECT add_echo('crm', 'visit', 'open', before => '-1 day')$$, '22023', NULL, 'nothing below zero');
SELECT throws_ok($$SELECT add_echo('crm', 'visit', 'open', same => 'a, b')$$, '42601', NULL, 'one expression');
SELECT throws_ok($$SELECT add_echo('crm', NULL, 'open')$$, '22004', NULL, 'nothing NULL');
SELECT is((SELECT count(*) FROM crm.echoes), 3::bigint, 'there are three');
-- of two causes one is enough
SELECT add_echo('crm', 'visit', 'letter', after => '3 days') \g /dev/null
INSERT INTO shop.mails VALUES (6, 'letter', '2026-03-01 12:00+01', 1);
INSERT INTO shop.visits VALUES (6, '2026-03-04 12:00'), (6, '2026-03-04 12:01');
CALL refresh('crm');
SELECT is((SELECT timeline::text FROM crm.timelines WHERE customer_id = 6), 'letter:2026-03-01;visit:2026-03-04', 'three days are 72 hours');
-- the night on which clocks go forward has 23 hours, a day of an echo has 24
INSERT INTO shop.mails VALUES (7, 'letter', '2026-03-28 12:00+01', 1);
INSERT INTO shop.visits VALUES (7, '2026-03-31 13:00'), (7, '2026-03-31 13:01');
CALL refresh('crm');
SELECT is((SELECT timeline::text FROM crm.timelines WHERE customer_id = 7), 'letter:2026-03-28;visit:2026-03-31', 'an hour later by the clock when those went forward');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'as built afresh');
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA shop CASCADE;

-- where one side has only days, whole days are compared; a key of two columns
CREATE SCHEMA shop;
CREATE TABLE shop.sends (store text, customer int, day date, campaign text);
CREATE TABLE shop.opens (store text, customer int, at timestamptz, campaign_name text);
CREATE TABLE shop.calls (store text, customer int, day date);
SELECT create_base('crm', 'store text, customer int', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.sends', $$'sent'$$, 'day') \g /dev/null
SELECT add_source('crm', 'shop.opens', $$'open'$$, 'at') \g /dev/null
SELECT add_source('crm', 'shop.calls', $$'call'$$, 'day') \g /dev/null
SELECT add_echo('crm', 'open', 'sent', after => '36 hours') \g /dev/null
SELECT add_echo('crm', 'call', 'open', before => '2 days', after => '1 day') \g /dev/null
INSERT INTO shop.sends VALUES ('a', 1, '2026-03-10', 'x'), ('b', 1, '2026-03-10', 'x');
INSERT INTO shop.opens VALUES ('a', 1, '2026-03-10 00:00+01'), ('a', 1, '2026-03-11 23:59:59+01'), ('a', 1, '2026-03-12 00:00+01'), ('a', 1, '2026-03-09 23:59:59+01'),
                              ('a', 2, '2026-03-11 10:00+01');
INSERT INTO shop.calls VALUES ('a', 2, '2026-03-08'), ('a', 2, '2026-03-09'), ('a', 2, '2026-03-11'), ('a', 2, '2026-03-12'), ('a', 2, '2026-03-13');
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
a,1 open:2026-03-09,2026-03-12;sent:2026-03-10
a,2 call:2026-03-08,2026-03-13;open:2026-03-11
b,1 sent:2026-03-10', 'by whole days; 36 hours have one');
-- `same` that only some sources can say
CREATE TABLE shop.letters (store text, customer int, day date, campaign text);
CREATE TABLE shop.answers (store text, customer int, day date);
INSERT INTO shop.letters VALUES ('c', 1, '2026-03-01', 'x');
INSERT INTO shop.answers VALUES ('c', 1, '2026-03-03'), ('c', 1, '2026-03-05');
SELECT add_source('crm', 'shop.letters', $$'letter'$$, 'day') \g /dev/null
SELECT add_source('crm', 'shop.answers', $$'answer'$$, 'day') \g /dev/null
SELECT add_echo('crm', 'letter', 'answer', before => '10 days', same => 'campaign') \g /dev/null
CALL refresh('crm');
SELECT is((SELECT timeline::text FROM crm.timelines WHERE store = 'c'), 'answer:2026-03-03,2026-03-05;letter:2026-03-01', 'a source without that column is the cause of nothing');
ALTER TABLE shop.answers ADD COLUMN campaign text;
UPDATE shop.answers SET campaign = 'x' WHERE day = '2026-03-05';
CALL refresh('crm');
SELECT is((SELECT timeline::text FROM crm.timelines WHERE store = 'c'), 'answer:2026-03-03,2026-03-05', 'once it has it, it is');
UPDATE shop.answers SET campaign = 'y' WHERE day = '2026-03-05';
CALL refresh('crm');
SELECT is((SELECT timeline::text FROM crm.timelines WHERE store = 'c'), 'answer:2026-03-03,2026-03-05;letter:2026-03-01', 'and its changes are seen');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'as built afresh');
-- closed books: an echo does not look across the border
SELECT close('crm', '2026-03-11') \g /dev/null
SELECT is((SELECT timeline::text FROM crm.timelines WHERE store = 'a' AND customer = 1), 'open:2026-03-09,2026-03-12;sent:2026-03-10', 'closing changes nothing by itself');
SELECT rebuild('crm') \g /dev/null
SELECT is((SELECT timeline::text FROM crm.timelines WHERE store = 'a' AND customer = 1), 'open:2026-03-09,2026-03-11,2026-03-12;sent:2026-03-10', 'afterwards no echo has its cause beyond the border');
SELECT drop_base('crm') \g /dev/null

-- ---------------------------------------------------------------------------
-- once_per: rows that are one interaction

CREATE TABLE shop.lines (customer_id int, order_id text, at timestamptz, kind text, amount float8);
CREATE TABLE shop.web_lines (customer_id int, order_id text, at timestamptz, kind text, amount float8);
INSERT INTO shop.lines VALUES
    (1, 'A', '2026-03-10 23:30+01', 'purchase', 0.1), (1, 'A', '2026-03-11 00:30+01', 'purchase', 0.2), (1, 'A', '2026-03-11 01:00+01', 'purchase', NULL),
    (1, 'A', '2026-03-12 10:00+01', 'refund', -0.1), (1, 'B', '2026-03-11 10:00+01', 'purchase', 5),
    (1, NULL, '2026-03-11 10:00+01', 'purchase', 6), (1, NULL, '2026-03-11 11:00+01', 'purchase', 7),
    (2, 'A', '2026-03-09 10:00+01', 'purchase', 8), (2, 'C', '2026-03-09 10:00+01', 'purchase', NULL), (2, 'C', '2026-03-09 11:00+01', 'purchase', NULL),
    (2, 'D', NULL, 'purchase', 9), (2, 'E', '2026-03-09 10:00+01', NULL, 9);
INSERT INTO shop.web_lines VALUES (2, 'A', '2026-03-08 10:00+01', 'purchase', 1), (2, 'A', '2026-03-08 10:00+01', 'purchase', 1);
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.lines', 'kind', 'at', value => 'amount', once_per => 'order_id') \g /dev/null
SELECT add_source('crm', 'shop.web_lines', 'kind', 'at', value => 'amount') \g /dev/null
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 purchase:2026-03-10=0.3,2026-03-11*3=18;refund:2026-03-12=-0.1
2 purchase:2026-03-08*2=2,2026-03-09*2=8/1', 'an order counts once, on its first day, with the sum; NULL stands alone; within one source and touchpoint');
SELECT results_eq('SELECT source, rows_read, rows_counted, left_out FROM crm.sources ORDER BY source', $$VALUES
    (1, 12::bigint, 7::bigint, '{"no day": 1, "repeated": 3, "no touchpoint": 1}'::jsonb), (2, 2, 2, '{}')$$, 'the others are counted');
SELECT drop_source('crm', 2) \g /dev/null
SELECT add_source('crm', 'shop.web_lines', 'kind', 'at', value => 'amount', once_per => 'order_id') \g /dev/null
INSERT INTO shop.lines VALUES (1, 'B', '2026-03-01 10:00+01', 'purchase', 1);
DELETE FROM shop.lines WHERE order_id = 'A' AND amount = 0.1;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 purchase:2026-03-01=6,2026-03-11*3=13.2;refund:2026-03-12=-0.1
2 purchase:2026-03-08=2,2026-03-09*2=8/1', 'an earlier line, and one that is gone');
SELECT is_empty($$SELECT * FROM verify('crm')$$, 'as built afresh');
-- the echo first, then once_per: of repeated opens those that are echoes do not count, the others do once
CREATE TABLE shop.mails (customer_id int, kind text, at timestamptz, message int);
INSERT INTO shop.mails VALUES (9, 'open', '2026-03-10 10:00+01', 1), (9, 'click', '2026-03-10 10:01+01', 1), (9, 'open', '2026-03-12 10:00+01', 1), (9, 'open', '2026-03-13 10:00+01', 1),
    (9, 'open', '2026-03-10 10:00+01', 2), (9, 'open', '2026-03-11 10:00+01', 2);
SELECT add_source('crm', 'shop.mails', 'kind', 'at', once_per => 'message') \g /dev/null
SELECT add_echo('crm', 'open', 'click', before => '1 hour', same => 'message') \g /dev/null
CALL refresh('crm');
SELECT is((SELECT timeline::text FROM crm.timelines WHERE customer_id = 9), 'click:2026-03-10;open:2026-03-10,2026-03-12', 'echoes are taken out before rows count once');
SELECT is((SELECT left_out FROM crm.sources WHERE relation = 'shop.mails'), '{"echo": 1, "repeated": 2}', 'counted so');
SELECT drop_base('crm') \g /dev/null

-- ---------------------------------------------------------------------------
-- open complaints: +1 when opened, -1 when resolved, so the past stands

CREATE TABLE shop.tickets (ticket int, customer_id int, opened_at timestamptz, resolved_at timestamptz);
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.tickets', $$'open_complaint'$$, 'opened_at', value => '1') \g /dev/null
SELECT add_source('crm', 'shop.tickets', $$'open_complaint'$$, 'resolved_at', value => '-1', filter => 'resolved_at IS NOT NULL') \g /dev/null
INSERT INTO shop.tickets VALUES (1, 1, crm.today() - 20, NULL), (2, 1, crm.today() - 10, NULL), (3, 2, crm.today() - 5, crm.today() - 5);
CALL refresh('crm');
SELECT add_score('crm', 'mood', '{"open_complaint": {"per_value": -25, "min": -50}}', cuts => '{-30, 0}') \g /dev/null
SELECT results_eq('SELECT customer_id, score, tier, state FROM crm.mood ORDER BY 1', $$VALUES (1::bigint, -50::float8, 1, 'unhappy'), (2, 0, 3, 'new')$$, 'two are open, one was resolved the same day');
SELECT is(crm.mood_on(timeline, crm.today() - 15), -25::float8, 'one fifteen days ago') FROM crm.timelines WHERE customer_id = 1;
UPDATE shop.tickets SET resolved_at = crm.today() - 2 WHERE ticket = 1;
CALL refresh('crm');
SELECT results_eq($$SELECT as_of - crm.today(), crm.mood_on(timeline, as_of)
                    FROM crm.timelines, unnest(ARRAY[crm.today() - 21, crm.today() - 20, crm.today() - 10, crm.today() - 3, crm.today() - 2, crm.today()]) AS as_of
                    WHERE customer_id = 1 ORDER BY 1$$, $$VALUES (-21, 0::float8), (-20, -25), (-10, -50), (-3, -50), (-2, -25), (0, -25)$$,
                  'one is resolved: what was on a past day stands');
SELECT results_eq($$SELECT tier, customers FROM distribution('crm', 'mood', crm.today() - 3) ORDER BY 1$$, $$VALUES (1, 1::bigint), (2, 0), (3, 1)$$, 'the distribution of that day too');
UPDATE shop.tickets SET resolved_at = NULL WHERE ticket = 1;
CALL refresh('crm');
SELECT is((SELECT score FROM crm.mood WHERE customer_id = 1), -50::float8, 'opened again');
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA shop CASCADE;
DROP SCHEMA lib CASCADE;
SELECT * FROM finish();
