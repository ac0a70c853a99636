-- The timeline type over random events: an algebra, and all that can be read of
-- one, against the events themselves.  (Which plan builds it does not matter:
-- engagement.sql.)
\set QUIET on
\ir lib/oracle.sql
\ir lib/random.sql
CALL oracle.random_subjects(20, 20);

SELECT plan(35);

CREATE TABLE event AS
SELECT customer AS id, touchpoint, occurred_on, value, row_number() OVER () AS n
FROM oracle.event WHERE touchpoint IS NOT NULL AND occurred_on IS NOT NULL;
CREATE TABLE whole AS
SELECT id, timeline(touchpoint, occurred_on, value) AS t FROM event GROUP BY id;
-- each customer's events in two parts, either of which may be empty
CREATE TABLE part AS
SELECT id, timeline(touchpoint, occurred_on, value) FILTER (WHERE n % 3 = 0) AS a,
       timeline(touchpoint, occurred_on, value) FILTER (WHERE n % 3 <> 0) AS b
FROM event GROUP BY id;
SELECT cmp_ok(count(*)::int, '>', 250, 'there are timelines to look at') FROM whole;

-- what is in it
SELECT oracle.none($$
    (SELECT id, i.* FROM whole, interactions(t) AS i
     EXCEPT
     SELECT id, touchpoint, occurred_on, count(*), count(value), sum(oracle.ten_thousandths(value)) / 10000
     FROM event GROUP BY id, touchpoint, occurred_on)
    UNION ALL
    (SELECT id, touchpoint, occurred_on, count(*), count(value), sum(oracle.ten_thousandths(value)) / 10000
     FROM event GROUP BY id, touchpoint, occurred_on
     EXCEPT
     SELECT id, i.* FROM whole, interactions(t) AS i)
$$, 'interactions() are the events by touchpoint and day');
SELECT oracle.none($$
    SELECT * FROM (
        SELECT n, row_number() OVER (PARTITION BY id ORDER BY touchpoint COLLATE "C", occurred_on) AS due
        FROM whole, interactions(t) WITH ORDINALITY AS i (touchpoint, occurred_on, count, valued, value, n)) AS s
    WHERE n <> due
$$, 'ordered by touchpoint and day');
SELECT oracle.none($$
    SELECT id FROM whole JOIN event USING (id) GROUP BY id, t
    HAVING (first_on(t), last_on(t)) IS DISTINCT FROM (min(occurred_on), max(occurred_on))
$$, 'first_on, last_on');
SELECT oracle.none($$
    SELECT id, day FROM whole CROSS JOIN LATERAL (
        SELECT * FROM interactions(t) AS i, unnest(ARRAY[occurred_on, oracle.shift(occurred_on, -1), oracle.shift(occurred_on, 1)]) AS day) AS d
    WHERE _scoring.known_by(t, day) <> (first_on(t) <= day)
$$, 'known_by');
SELECT oracle.none($$
    SELECT id, asked FROM whole JOIN event USING (id), unnest(ARRAY ['click', 'nps', 'nobody']) AS asked
    GROUP BY id, t, asked
    HAVING (first_on(t, asked), last_on(t, asked), count_of(t, asked), value_of(t, asked)) IS DISTINCT FROM
           (min(occurred_on) FILTER (WHERE touchpoint = asked), max(occurred_on) FILTER (WHERE touchpoint = asked),
            count(*) FILTER (WHERE touchpoint = asked),
            coalesce(sum(oracle.ten_thousandths(value) / 10000) FILTER (WHERE touchpoint = asked), 0))
$$, 'the same of one touchpoint, and count_of, value_of');
SELECT oracle.none($$
    SELECT id, since, until
    FROM whole JOIN event USING (id),
        (VALUES (date '2025-07-01', date '2026-03-01'), ('2026-01-01', '2026-01-01'), (NULL, '2025-12-31'),
                ('2026-01-01', NULL), ('2027-01-01', '2026-01-01')) AS s (since, until)
    GROUP BY id, t, since, until
    HAVING (count_of(t, 'click', since, until), value_of(t, 'click', since, until)) IS DISTINCT FROM
           (count(*) FILTER (WHERE touchpoint = 'click' AND occurred_on BETWEEN coalesce(since, '-infinity') AND coalesce(until, 'infinity')),
            coalesce(sum(oracle.ten_thousandths(value) / 10000) FILTER (WHERE touchpoint = 'click' AND occurred_on BETWEEN coalesce(since, '-infinity') AND coalesce(until, 'infinity')), 0))
$$, 'between two days, both included');
SELECT oracle.none($$
    SELECT id, d FROM whole JOIN event USING (id), unnest(ARRAY ['2025-01-01', '2026-01-31', '4714-11-24 BC', '5874897-12-31']::date[]) AS d
    GROUP BY id, t, d
    HAVING as_of(t, d) IS DISTINCT FROM timeline(touchpoint, occurred_on, value) FILTER (WHERE occurred_on <= d)
        OR forget(t, d) IS DISTINCT FROM timeline(touchpoint, occurred_on, value) FILTER (WHERE occurred_on >= d)
$$, 'as_of and forget are timelines of what they keep');
SELECT oracle.none($$
    SELECT id FROM whole, unnest(ARRAY ['2025-01-01', '2026-01-31']::date[]) AS d
    WHERE as_of(t, d) IS NOT NULL AND forget(t, d + 1) IS NOT NULL
      AND as_of(t, d) + forget(t, d + 1) <> t
$$, 'and together they are the whole');

-- an algebra
SELECT oracle.none($$ SELECT id FROM part JOIN whole USING (id) WHERE a + b <> t $$, 'a + b is the whole');
SELECT oracle.none($$ SELECT id FROM part WHERE a + b <> b + a $$, 'a + b = b + a');
SELECT oracle.none($$
    SELECT x.id FROM part AS x JOIN part AS y ON y.id = x.id + 1 WHERE (x.a + x.b) + y.b <> x.a + (x.b + y.b)
$$, '(a + b) + c = a + (b + c)');
SELECT oracle.none($$ SELECT id FROM part WHERE a + b - b <> a OR a + b - a <> b $$, 'a + b - b = a');
SELECT oracle.none($$ SELECT id FROM whole WHERE t - t IS NOT NULL $$, 'nothing is left of t - t');
SELECT oracle.none($$
    SELECT id FROM (SELECT id, a AS t FROM part UNION ALL SELECT id, b FROM part UNION ALL SELECT id, NULL FROM part) AS p
    GROUP BY id HAVING rollup(t) IS DISTINCT FROM (SELECT t FROM whole AS w WHERE w.id = p.id)
$$, 'rollup of parts = whole');
SELECT oracle.none($$
    SELECT id FROM event GROUP BY id
    HAVING rollup(timeline_of(touchpoint, occurred_on, value)) IS DISTINCT FROM timeline(touchpoint, occurred_on, value)
$$, 'a timeline is the rollup of its interactions');
SELECT oracle.none($$
    SELECT id FROM event GROUP BY id
    HAVING timeline(touchpoint, occurred_on) IS DISTINCT FROM timeline(touchpoint, occurred_on, NULL)
$$, 'without a value = with none');
SELECT is((SELECT rollup(t) FROM whole), (SELECT timeline(touchpoint, occurred_on, value) FROM event),
          'and so is everybody''s');

-- text and binary
SELECT oracle.none($$ SELECT id FROM whole WHERE _scoring.timeline_send(t::text::timeline) <> _scoring.timeline_send(t) $$,
                   'text and back: the same bytes');
SELECT oracle.none($$ SELECT id FROM whole WHERE t::text::timeline::text <> t::text $$, 'and the same text');
SELECT oracle.none($$
    SELECT id FROM (
        SELECT id, string_agg(format('%s: %s *%s%s', quote_ident(touchpoint), to_char(occurred_on, 'YYYY-MM-DD'), count,
                                     CASE WHEN valued > 0 THEN format(' = %s / %s', value, valued) END), ' ; ' ORDER BY random()) AS text
        FROM whole, interactions(t)
        WHERE NOT EXISTS (SELECT FROM interactions(t) WHERE occurred_on < '0001-01-01' OR occurred_on > '9999-12-31' OR touchpoint LIKE '%"%')
        GROUP BY id) AS s JOIN whole USING (id)
    WHERE text::timeline <> t
$$, 'input takes touchpoints and days in any order, with blanks');
SELECT oracle.none($$ SELECT id FROM part JOIN whole USING (id) WHERE (a::text || ';' || b::text)::timeline <> t $$,
                   'and adds what comes twice');
CREATE TABLE copied (id bigint, t timeline);
SELECT current_setting('data_directory') || '/scoring_timeline.tap' AS file \gset
COPY whole TO :'file' (FORMAT binary);
COPY copied FROM :'file' (FORMAT binary);
SELECT results_eq('SELECT id, _scoring.timeline_send(t) FROM copied ORDER BY id', 'SELECT id, _scoring.timeline_send(t) FROM whole ORDER BY id',
                  'COPY BINARY and back');

-- as a type
SELECT is(count(DISTINCT t), count(DISTINCT t::text), 'DISTINCT') FROM (SELECT t FROM whole UNION ALL SELECT a FROM part) AS s;
SELECT is(count(*), (SELECT count(DISTINCT t::text) FROM whole), 'GROUP BY') FROM (SELECT FROM whole GROUP BY t) AS s;
SET enable_hashjoin = off;
SET enable_nestloop = off;
SELECT is(count(*)::int, (SELECT count(*)::int FROM whole AS x JOIN whole AS y ON x.t::text = y.t::text), 'a merge join')
FROM whole AS x JOIN whole AS y ON x.t = y.t;
RESET enable_hashjoin;
SET enable_mergejoin = off;
SELECT is(count(*)::int, (SELECT count(*)::int FROM whole AS x JOIN whole AS y ON x.t::text = y.t::text), 'a hash join')
FROM whole AS x JOIN whole AS y ON x.t = y.t;
RESET enable_mergejoin;
RESET enable_nestloop;
SELECT oracle.none($$
    SELECT FROM whole AS x, whole AS y
    WHERE x.id % 9 = 0 AND y.id % 9 = 1
      AND ((x.t < y.t)::int + (x.t = y.t)::int + (x.t > y.t)::int <> 1
           OR (x.t <= y.t) <> NOT (x.t > y.t) OR (x.t >= y.t) <> NOT (x.t < y.t) OR (x.t <> y.t) <> NOT (x.t = y.t)
           OR sign(_scoring.timeline_cmp(x.t, y.t)) <> -sign(_scoring.timeline_cmp(y.t, x.t)))
$$, 'one of <, =, > holds, and the other operators agree');

-- large ones
SELECT is(count_of(t, 'click'), 100000::bigint, 'a hundred thousand days')
FROM (SELECT timeline('click', date '1900-01-01' + d) AS t FROM generate_series(0, 99999) AS d) AS s;
SELECT is(count(*)::int, 20000, 'twenty thousand touchpoints')
FROM (SELECT timeline('page ' || i % 20000, '2026-01-01') AS t FROM generate_series(1, 60000) AS i) AS s, interactions(t)
WHERE count = 3;
CREATE TABLE stored (how text, t timeline);
INSERT INTO stored SELECT 'in the row', t FROM whole ORDER BY length(t::text) DESC LIMIT 1;
INSERT INTO stored
SELECT how, timeline(touchpoint, '2026-01-01'::date - d, v * d)
FROM (VALUES ('compressed', 1), ('out of line', NULL)) AS h (how, factor),
    unnest(ARRAY ['click', 'purchase']) AS touchpoint, generate_series(0, 9999, 2) AS d,
    LATERAL (SELECT CASE WHEN factor IS NULL THEN random() * 1e6 + d END AS v) AS s
GROUP BY how;
SELECT cmp_ok(pg_column_size(t), '<', length(_scoring.timeline_send(t)), how || ': is stored shorter than it is')
FROM stored WHERE how <> 'in the row' ORDER BY how;
SELECT is(timeline(i.touchpoint, i.occurred_on, i.value / nullif(i.valued, 0)), t, how || ': it reads the same')
FROM stored, interactions(t) AS i WHERE how <> 'in the row' GROUP BY how, t ORDER BY how;
SELECT is(value_of(t, 'purchase'), 900000000000000::numeric, 'sums pass through 128 bits')
FROM (SELECT timeline('purchase', '2026-01-01', v) AS t FROM unnest(ARRAY [9e14, 9e14, -9e14]::float8[]) AS v) AS s;

SELECT * FROM finish();
