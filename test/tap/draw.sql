-- draw(): known values, the same in every encoding; uniform, nested, and of no
-- account to another salt's.
\set QUIET on
\set tap :DBNAME
SET client_min_messages = warning;
DROP DATABASE IF EXISTS draw_latin1;
DROP DATABASE IF EXISTS draw_ascii;
CREATE DATABASE draw_latin1 TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C';
CREATE DATABASE draw_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C';
\c draw_latin1
\encoding UTF8
SET client_min_messages = warning;
CREATE EXTENSION scoring;
SELECT octet_length('é') AS latin1_bytes, scoring.draw('é', 'été') AS latin1, scoring.draw('Zoë Müller', 'à la carte') AS latin1_zoe \gset
\c draw_ascii
SET client_min_messages = warning;
CREATE EXTENSION scoring;
SELECT scoring.draw('é', 'été') AS ascii, scoring.draw(E'\xe9', E'\xff\xfe') AS ascii_other \gset
\c :tap
\ir lib/oracle.sql
DROP DATABASE draw_latin1;
DROP DATABASE draw_ascii;
\getenv seed SCORING_SEED
\if :{?seed}
\else
    SELECT trunc(random() * 1000000) AS seed \gset
\endif
\echo '# seed' :seed '(SCORING_SEED repeats it)'
SELECT setseed(:seed / 1000000.0) \g /dev/null

SELECT plan(30);

-- 1. Known values -----------------------------------------------------------
--
-- As Python prints them:
--      (int.from_bytes(hashlib.sha256(salt.encode() + b'\0' + subject.encode()).digest()[:8], 'big') >> 11) / 2**53
SELECT is(draw(subject, salt), value, format('draw(%L, %L)', left(subject, 20), left(salt, 20)))
FROM (VALUES ('ada', 'spring', 0.13128548308214583::float8),
             ('ada', 'autumn', 0.6468727052962328),
             ('1', 'spring', 0.7706762713053577),
             ('', '', 0.4304816492364817),
             ('', 'x', 0.0819114266739801),
             ('x', '', 0.2363068929852139),
             ('ab', 'c', 0.6215203654412835),
             ('a', 'bc', 0.07778530084323487),
             ('é', 'été', 0.3135464316758857),
             ('Zoë Müller', 'à la carte', 0.5844295996603562),
             ('日本', '🔥', 0.24245404290192196),
             (repeat('x', 1000), 'salt', 0.6241356890730214),
             ('42', repeat('x', 64), 0.8235013944742354)) AS v (subject, salt, value);
-- what goes wrong when a single bit does
SELECT is((SELECT sum((draw(n::text, 'spring') * 2 ^ 53)::bigint) FROM generate_series(1, 100000) AS n), 452024876110015678973,
    'a hundred thousand of them, bit by bit');

SELECT is(:latin1_bytes, 1, 'in LATIN1, é is one byte');
SELECT is(:latin1::float8, draw('é', 'été'), 'and what is drawn for it is the same');
SELECT is(:latin1_zoe::float8, draw('Zoë Müller', 'à la carte'), 'salt and subject');
SELECT is(:ascii::float8, draw('é', 'été'), 'in SQL_ASCII, the bytes as they are');
SELECT is(:ascii_other::float8, 0.28309551072599937::float8, 'whatever they are');

-- 2. For any function of SHA-256 in SQL -------------------------------------
CREATE TABLE oracle.pair AS
SELECT (ARRAY['', 'k', 'é', 'ключ', '🔥'])[1 + floor(random() * 5)::int] || repeat(md5(n::text || random()), floor(random() * 5)::int) AS subject,
       (ARRAY['', 's', 'ß', 'sel'])[1 + floor(random() * 4)::int] || repeat('z', floor(random() * 130)::int) AS salt
FROM generate_series(1, 2000) AS n;
SELECT oracle.none($$SELECT subject, salt FROM oracle.pair
    WHERE draw(subject, salt) <> ('x' || left(encode(sha256(convert_to(salt, 'UTF8') || '\x00' || convert_to(subject, 'UTF8')), 'hex'), 14))::bit(56)
        ::bigint::bit(56)::bit(53)::bigint / 2::float8 ^ 53$$,
    'draws are those of plain SQL, for lengths on both sides of a block');

-- 3. As chance would have it ------------------------------------------------
--
-- 207.9 and 181.9: what a chi-square of 99 and of 81 degrees exceeds once in
-- 10^9.
CREATE TABLE oracle.drawn AS
SELECT n, draw(n::text, 'one' || :seed) AS one, draw(n::text, 'two' || :seed) AS two
FROM generate_series(1, 100000) AS n;
SELECT is((SELECT count(*) FROM oracle.drawn WHERE one >= 0 AND one < 1), 100000::bigint, 'from 0 to below 1');
SELECT is((SELECT count(DISTINCT one) FROM oracle.drawn), 100000::bigint, 'no two the same');
SELECT cmp_ok((SELECT sum((c - 1000) ^ 2 / 1000)::float8 FROM (SELECT count(*) AS c FROM oracle.drawn GROUP BY floor(one * 100)) AS h),
    '<', 207.9::float8, 'as many in each hundredth');
SELECT cmp_ok((SELECT sum((c - 1000) ^ 2 / 1000)::float8 FROM (SELECT count(*) AS c FROM oracle.drawn GROUP BY floor(one * 10), floor(two * 10)) AS h),
    '<', 181.9::float8, 'what one salt draws says nothing of what another does');
SELECT cmp_ok((SELECT sum((c - 1000) ^ 2 / 1000)::float8 FROM (
        SELECT count(*) AS c FROM (SELECT one, lag(one, 1, 0.5::float8) OVER (ORDER BY n) AS before FROM oracle.drawn) AS l
        GROUP BY floor(one * 10), floor(before * 10)) AS h),
    '<', 181.9::float8, 'nor what one key draws of the next');
SELECT oracle.none('SELECT n FROM oracle.drawn WHERE draw(n::text, ''one'' || ' || :seed || ') < 0.1 EXCEPT SELECT n FROM oracle.drawn WHERE one < 0.5',
    'the tenth is inside the half');

-- 4. What it is -------------------------------------------------------------
SELECT is(draw(NULL, 'spring'), NULL, 'nobody');
SELECT is(draw('ada', NULL), NULL, 'no salt');
CREATE TABLE oracle.kept (key text, drawn float8 GENERATED ALWAYS AS (draw(key, 'spring')) STORED);
INSERT INTO oracle.kept (key) VALUES ('ada');
SELECT is((SELECT drawn FROM oracle.kept), 0.13128548308214583::float8, 'it may be kept in a generated column');
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT matches(oracle.plan_of('SELECT n FROM oracle.drawn WHERE draw(n::text, ''x'') < 2'), 'Workers Planned', 'it runs in parallel');

SELECT * FROM finish();
