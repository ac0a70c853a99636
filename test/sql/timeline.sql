-- The timeline type: what it looks like, what it refuses, and what NULL does
SET search_path = scoring, public;
SET timezone = 'UTC';

-- one customer's interactions, by touchpoint and day
CREATE TABLE events (touchpoint text, occurred_on date, value float8);
INSERT INTO events VALUES
    ('purchase', '2026-02-03', 59.90), ('purchase', '2026-02-03', 40.10), ('purchase', '2026-01-05', 12.5),
    ('click', '2026-02-01', NULL), ('click', '2026-02-01', NULL), ('click', '2026-01-20', NULL),
    ('nps', '2026-01-31', 9), ('nps', '2026-01-31', NULL),
    (NULL, '2026-01-01', 1), ('click', NULL, 1);
SELECT timeline(touchpoint, occurred_on, value) FROM events;
SELECT timeline(touchpoint, occurred_on) FROM events;
SELECT i.* FROM (SELECT timeline(touchpoint, occurred_on, value) AS t FROM events) AS s, interactions(t) AS i;
SELECT timeline(touchpoint, occurred_on) FROM events WHERE touchpoint IS NULL OR occurred_on IS NULL;
SELECT timeline(touchpoint, occurred_on) FROM events WHERE false;

-- what if
SELECT timeline_of('email_sent', '2026-03-06'), timeline_of('purchase', '2026-03-06', 9.99),
       timeline_of('purchase', '2026-03-06', NULL), timeline_of(NULL, '2026-03-06'), timeline_of('click', NULL);

-- reading
\set t '''click:2026-01-20,2026-02-01*2;nps:2026-01-31*2=9/1;purchase:2026-01-05=12.5,2026-02-03*2=100'''
SELECT first_on(:t), last_on(:t), first_on(:t, 'nps'), last_on(:t, 'click'), first_on(:t, 'visit'), last_on(:t, 'visit');
SELECT count_of(:t, 'click'), count_of(:t, 'click', '2026-02-01'), count_of(:t, 'click', NULL, '2026-01-31'),
       count_of(:t, 'click', '2026-01-20', '2026-01-20'), count_of(:t, 'click', '2026-01-21', '2026-01-31'), count_of(:t, 'visit');
SELECT value_of(:t, 'purchase'), value_of(:t, 'purchase', '2026-02-01'), value_of(:t, 'purchase', NULL, '2026-01-31'),
       value_of(:t, 'click'), value_of(:t, 'visit');
SELECT as_of(:t, '2026-01-31'), as_of(:t, '2026-01-04'), forget(:t, '2026-01-31'), forget(:t, '2026-02-04');

-- adding and taking away
SELECT 'click:2026-01-20'::timeline + 'click:2026-01-20*2;open:2026-01-20';
SELECT 'click:2026-01-20*3;open:2026-01-20'::timeline - 'click:2026-01-20*2';
SELECT 'click:2026-01-20'::timeline - 'click:2026-01-20';
SELECT 'purchase:2026-01-20*2=30'::timeline - 'purchase:2026-01-20=20';
SELECT 'click:2026-01-20'::timeline - 'click:2026-01-20*2';
SELECT 'click:2026-01-20'::timeline - 'click:2026-01-21';
SELECT 'click:2026-01-20'::timeline - 'open:2026-01-20';
SELECT 'purchase:2026-01-20*2=30/1'::timeline - 'purchase:2026-01-20*2=30';
SELECT 'purchase:2026-01-20*2=30/1'::timeline - 'purchase:2026-01-20=20';

-- days: a leap day, both ends of the calendar, an ancient one; ISO in every DateStyle
SELECT 'a:2024-02-29'::timeline, 'a:5874897-12-31'::timeline, 'a:4714-11-24 BC'::timeline, 'a:0044-03-15 BC'::timeline;
SET datestyle = 'German';
SELECT 'a:2024-02-29,4714-11-24 BC'::timeline;
RESET datestyle;
SELECT 'a:2023-02-29'::timeline;
SELECT 'a:5874898-01-01'::timeline;
SELECT 'a:4714-11-23 BC'::timeline;
SELECT 'a:infinity'::timeline;
SELECT timeline('a', 'infinity');
SELECT timeline_of('a', '-infinity');
SELECT as_of('a:2026-01-01', 'infinity');

-- names
SELECT timeline(t, '2026-01-01') FROM unnest(ARRAY ['', 'a b', 'say "hi"', E'back\\slash', 'ends:', 'semi;colon', 'é', 'z-1_2.3',
    E'tab\tline\nbell\u0007', 'Ünïcödé 🙂']) AS t;
SELECT timeline(t, '2026-01-01')::text::timeline = timeline(t, '2026-01-01') AS same FROM unnest(ARRAY ['', 'a b', 'say "hi"', E'back\\slash', 'ends:', 'semi;colon', 'é', 'z-1_2.3',
    E'tab\tline\nbell\u0007', 'Ünïcödé 🙂']) AS t;
SELECT length(timeline(repeat('x', 10000), '2026-01-01')::text);

-- values: ten-thousandths, half away from zero, exact sums
SELECT timeline('v', '2026-01-01', v) FROM unnest(ARRAY [0.1, 0.2]::float8[]) AS v;
SELECT v, timeline_of('v', '2026-01-01', v)
FROM unnest(ARRAY [0, -0.00005, 0.00004, 0.00005, 1234567.12345, -922337203685477]::float8[]) AS v;
SELECT timeline_of('v', '2026-01-01', 'NaN');
SELECT timeline_of('v', '2026-01-01', '-Infinity');
SELECT timeline_of('v', '2026-01-01', 1e308);
SELECT timeline('v', '2026-01-01', v) FROM unnest(ARRAY [9e14, 9e14]::float8[]) AS v;
SELECT 'v:2026-01-01*9223372036854775807'::timeline + 'v:2026-01-01';
SELECT count_of('v:2026-01-01*9223372036854775807,2026-01-02', 'v');
SELECT value_of('v:2026-01-01=922337203685477,2026-01-02=922337203685477', 'v');

-- what input does not take
SELECT ''::timeline;
SELECT 'click'::timeline;
SELECT 'click:'::timeline;
SELECT 'click:2026-01-01,'::timeline;
SELECT 'click:2026-01-01;'::timeline;
SELECT 'click:yesterday'::timeline;
SELECT 'click:2026-01-01*0'::timeline;
SELECT 'click:2026-01-01*1.5'::timeline;
SELECT 'click:2026-01-01*99999999999999999999'::timeline;
SELECT 'v:2026-01-01=1.00001'::timeline;
SELECT 'v:2026-01-01=1/2'::timeline;
SELECT 'v:2026-01-01*2=1/0'::timeline;
SELECT '"open:2026-01-01'::timeline;
SELECT 'a:2026-01-01 b:2026-01-01'::timeline;

-- NULL in any place gives NULL, but for the borders of a period
SELECT NULL::timeline + 'a:2026-01-01', 'a:2026-01-01'::timeline - NULL, as_of(NULL, '2026-01-01'), as_of('a:2026-01-01', NULL),
       forget('a:2026-01-01', NULL), first_on(NULL), last_on('a:2026-01-01', NULL), count_of(NULL, 'a'), count_of('a:2026-01-01', NULL),
       count_of('a:2026-01-01', 'a', NULL, NULL), value_of(NULL, 'a');
SELECT rollup(t) FROM unnest(ARRAY [NULL, 'a:2026-01-01', NULL, 'a:2026-01-02']::timeline[]) AS t;
SELECT rollup(t) FROM unnest(ARRAY [NULL]::timeline[]) AS t;
SELECT * FROM interactions(NULL);

-- the transition function is the aggregate's own
SELECT _scoring.timeline_add('a:2026-01-01', 'a', '2026-01-02');

-- other aggregates may use it all the same
CREATE AGGREGATE since_launch (text, date) (SFUNC = _scoring.timeline_add, STYPE = timeline, INITCOND = 'launch:2026-01-01');
SELECT since_launch(touchpoint, occurred_on) FROM events;
SELECT first_on(since_launch(touchpoint, occurred_on), 'launch') FROM events;
DROP AGGREGATE since_launch (text, date);
DROP TABLE events;
