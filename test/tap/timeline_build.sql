-- Timelines while they are being built: states of every size, that grow and
-- compact, forget names and find them again, travel and are stored half done.
\set QUIET on
\ir lib/oracle.sql
\ir lib/random.sql

SELECT plan(21);

-- Groups of all sizes: from one event to thousands, from one touchpoint to more
-- than a state looks through; names of all lengths; few days or all there are;
-- days near the first one or at the ends of the calendar.
CREATE TEMP TABLE shape AS
SELECT row_number() OVER () AS id, events, touchpoints, days
FROM unnest(ARRAY [1, 2, 3, 4, 5, 7, 10, 20, 50, 120, 300, 1000, 2500]) AS events,
    unnest(ARRAY [1, 2, 8, 31, 33, 90, 400]) AS touchpoints,
    unnest(ARRAY [3, 700, 2400000]) AS days
WHERE touchpoints <= events;
CREATE FUNCTION pg_temp.name_of(id bigint, n int) RETURNS text LANGUAGE sql
RETURN CASE (id + n) % 7
    WHEN 0 THEN n::text
    WHEN 1 THEN 'é' || n
    WHEN 2 THEN 'touchpoint ' || n % 3 || repeat('-', n % 40) || n
    WHEN 3 THEN repeat('x', n)
    ELSE chr(97 + n % 26) || n
END;
CREATE TEMP TABLE event AS
SELECT id, pg_temp.name_of(id, oracle.pick(1, touchpoints)) AS touchpoint,
       CASE WHEN random() < 0.001 THEN oracle.pick(ARRAY ['4714-11-24 BC', '5874897-12-31', '2000-01-01']::date[])
            ELSE date '2026-01-01' - oracle.pick(0, days - 1) END AS occurred_on,
       CASE oracle.pick(1, 4)
           WHEN 1 THEN oracle.pick(-100, 100)::float8
           WHEN 2 THEN round(random() * 1e11) * oracle.pick(ARRAY [1, -1])
       END AS value,
       random() AS n
FROM shape, generate_series(1, events);
CREATE TEMP TABLE whole AS
SELECT id, timeline(touchpoint, occurred_on, value) AS t FROM event GROUP BY id;

CREATE TEMP VIEW counted AS
SELECT id, touchpoint, occurred_on, count(*), count(value) AS valued, sum(oracle.ten_thousandths(value)) / 10000 AS value
FROM event GROUP BY id, touchpoint, occurred_on;
SELECT oracle.none($$
    (SELECT id, i.* FROM whole, interactions(t) AS i EXCEPT SELECT * FROM counted)
    UNION ALL
    (SELECT * FROM counted EXCEPT SELECT id, i.* FROM whole, interactions(t) AS i)
$$, 'states of every size hold what came in');
SELECT oracle.none($$
    SELECT id FROM event GROUP BY id
    HAVING timeline(touchpoint, occurred_on) IS DISTINCT FROM
           timeline(touchpoint, occurred_on, NULL)
$$, 'without values, too');
SELECT oracle.none($$
    SELECT id, t FROM event JOIN whole USING (id) GROUP BY id, t
    HAVING timeline(touchpoint, occurred_on, value ORDER BY n) <> t
        OR timeline(touchpoint, occurred_on, value ORDER BY touchpoint, occurred_on) <> t
        OR timeline(touchpoint, occurred_on, value ORDER BY occurred_on DESC, touchpoint DESC) <> t
$$, 'the order of the rows does not matter');
SELECT oracle.none($$
    SELECT id, t FROM event JOIN whole USING (id) GROUP BY id, t
    HAVING _scoring.timeline_send(timeline(touchpoint, occurred_on, value ORDER BY n)) <> _scoring.timeline_send(t)
$$, 'to the byte');

-- The state stays as it is when it is closed: in a window it goes on growing,
-- through many sizes, and is closed at every row.
SELECT oracle.none($$
    SELECT * FROM (
        SELECT i, timeline(touchpoint, occurred_on, value) OVER (ORDER BY i) AS running,
               rollup(timeline_of(touchpoint, occurred_on, value)) OVER (ORDER BY i ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS rolled
        FROM (SELECT row_number() OVER (ORDER BY n) AS i, * FROM event WHERE id % 40 = 0 ORDER BY n LIMIT 2500) AS s) AS s
    WHERE running <> rolled OR i <> (SELECT sum(count) FROM interactions(running))
$$, 'a running timeline counts every row');

-- Half done: an aggregate of the same functions that does not close its state.
-- The state is stored, compressed, packed, moved out of line, and read again.
CREATE AGGREGATE pg_temp.half_done (text, date, double precision) (SFUNC = _scoring.timeline_add, STYPE = timeline);
CREATE TEMP TABLE part AS
SELECT id, oracle.pick(1, 4) AS which, pg_temp.half_done(touchpoint, occurred_on, value) AS t
FROM (SELECT * FROM event OFFSET 0) AS e GROUP BY id, (n * 3)::int;
SELECT ok(bool_or(pg_column_size(t) < 127) AND bool_or(pg_column_size(t) > 4000), 'parts are small and large') FROM part;
SELECT oracle.none($$
    SELECT id FROM part JOIN whole USING (id) GROUP BY id, whole.t HAVING rollup(part.t) <> whole.t
$$, 'rollup of what is half done = whole');
SELECT oracle.none($$
    SELECT id FROM (SELECT id, t FROM part UNION ALL SELECT id, t::text::timeline FROM part) AS p JOIN whole AS w USING (id)
    GROUP BY id, w.t HAVING rollup(p.t) <> w.t + w.t
$$, 'half done and done mix');
SELECT oracle.none($$
    SELECT id FROM part WHERE t <> t::text::timeline OR _scoring.timeline_cmp(t, t::text::timeline) <> 0
        OR _scoring.timeline_hash(t) <> _scoring.timeline_hash(t::text::timeline)
        OR _scoring.timeline_hash_extended(t, 7) <> _scoring.timeline_hash_extended(t::text::timeline, 7)
        OR _scoring.timeline_send(t) <> _scoring.timeline_send(t::text::timeline)
        OR t + t - t <> t OR t - t IS NOT NULL
        OR (first_on(t), last_on(t)) IS DISTINCT FROM (SELECT (min(occurred_on), max(occurred_on)) FROM interactions(t))
        OR as_of(t, '2025-06-01') IS DISTINCT FROM as_of(t::text::timeline, '2025-06-01')
        OR forget(t, '2025-06-01') IS DISTINCT FROM forget(t::text::timeline, '2025-06-01')
$$, 'whoever meets it sees it closed');
SELECT oracle.none($$
    SELECT id FROM part AS x WHERE (SELECT array_agg(i ORDER BY i.touchpoint COLLATE "C", i.occurred_on) FROM interactions(t) AS i)
        IS DISTINCT FROM (SELECT array_agg(i) FROM interactions(t::text::timeline) AS i)
$$, 'its interactions too');
-- such an aggregate goes on with a state that was closed, or stored
CREATE AGGREGATE pg_temp.go_on (text, date, double precision) (SFUNC = _scoring.timeline_add, STYPE = timeline, INITCOND = 'a:2026-01-01*2=5/1');
SELECT oracle.none($$
    SELECT id FROM event JOIN whole USING (id) GROUP BY id, t
    HAVING pg_temp.go_on(touchpoint, occurred_on, value) <> t + 'a:2026-01-01*2=5/1'
$$, 'a closed state is opened');

-- what a state has no use for yet is nothing of what lay in memory before: the
-- same rows make the same bytes, whatever else is worked out
CREATE TEMP TABLE bare AS
SELECT id, pg_temp.half_done(touchpoint, occurred_on, value) AS t
FROM (SELECT * FROM event ORDER BY id, n) AS e GROUP BY id;
CREATE TEMP TABLE beside AS
SELECT id, max(secret) AS secret, pg_temp.half_done(touchpoint, occurred_on, value) AS t
FROM (SELECT *, repeat('secret', 10 * row_number() OVER (PARTITION BY id ORDER BY n)::int) AS secret FROM event ORDER BY id, n) AS e GROUP BY id;
SELECT ok(count(*) > 100 AND bool_or(pg_column_size(t) > 4000), 'states of all sizes') FROM beside;
SELECT oracle.none($$
    SELECT id FROM bare JOIN beside USING (id) WHERE record_image_ne(ROW(bare.t), ROW(beside.t))
$$, 'and none has bytes of another column');

-- sums
SELECT is(count(*)::int, 0, 'sums pass through 128 bits, in states that compact, too')
FROM (SELECT timeline(t, '2026-01-01', v ORDER BY v DESC) AS t
      FROM unnest(ARRAY ['a', 'b']) AS t, unnest(ARRAY [9e14, -9e14]::float8[]) AS v, generate_series(1, 2000)) AS s
WHERE s.t <> 'a:2026-01-01*4000=0;b:2026-01-01*4000=0';
SELECT throws_ok($$
    SELECT timeline('purchase', '2026-01-01', 9e14) FROM generate_series(1, 2)
$$, '22003', 'sum of values in one entry of a timeline is out of range');
SELECT throws_ok($$
    SELECT rollup(t) FROM unnest(ARRAY ['a:2026-01-01*9223372036854775807', 'a:2026-01-01']::timeline[]) AS t
$$, '22003', 'too many interactions in one entry of a timeline');
SELECT is(rollup(t)::text, 'a:2026-01-01*9223372036854775807=0', 'the largest count')
FROM unnest(ARRAY ['a:2026-01-01*9223372036854775806=900000000000000', 'a:2026-01-01=-900000000000000']::timeline[]) AS t;

-- names as long as pages, and more of them than fit a page
SELECT is(count(*)::int, 300, 'long names') FROM (
    SELECT timeline(repeat(chr(65 + i % 300 % 26), 10000) || i % 300, '2026-01-01') AS t FROM generate_series(0, 899) AS i) AS s, interactions(t)
WHERE count = 3 AND length(touchpoint) > 10000;

-- by hand
SELECT throws_ok($$ SELECT _scoring.timeline_add(NULL, 'a', '2026-01-01') $$, '0A000');
SELECT throws_ok($$ SELECT _scoring.timeline_merge('a:2026-01-01', 'a:2026-01-01') $$, '0A000');
SELECT is(_scoring.timeline_close(t)::text, t::text, 'closing what is closed') FROM whole ORDER BY id LIMIT 1;

SELECT * FROM finish();
