-- Errors of the two input functions, told softly: to who asks whether a text is
-- one of the type (PostgreSQL 16), and to COPY that goes on without a row (17).
SELECT current_setting('server_version_num')::int >= 160000 AS softly,
       current_setting('server_version_num')::int >= 170000 AS copies \gset
\if :softly
\else
    \echo '1..0 # SKIP this PostgreSQL has no soft errors'
    \quit
\endif
SELECT plan(8 + 2 * :'copies'::boolean::int);

CREATE FUNCTION hard(type text, input text, OUT message text, OUT detail text, OUT hint text, OUT sql_error_code text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT %L::%s', input, type);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, sql_error_code = RETURNED_SQLSTATE;
    detail := nullif(detail, '');
    hint := nullif(hint, '');
END
$$;

-- each error that can be made, those deep inside too
CREATE TABLE wrong (type text, input text);
INSERT INTO wrong SELECT 'timeline', t FROM unnest(ARRAY[
    '', ' ', ':2026-01-01', 'a', 'a 2026-01-01', '"a', '"a\q":2026-01-01', '"a\x41":2026-01-01', '"a\x0', 'a:', 'a:2026-02-30', 'a:x', 'a:2026-01-01,',
    'a:2026-01-01*', 'a:2026-01-01*0', 'a:2026-01-01*x', 'a:2026-01-01*99999999999999999999', 'a:2026-01-01=', 'a:2026-01-01=x', 'a:2026-01-01=1.2.3',
    'a:2026-01-01=0.00001', 'a:2026-01-01=1e30', 'a:2026-01-01=1/0', 'a:2026-01-01=1/2', 'a:2026-01-01=1/99999999999999999999', 'a:2026-01-01;', 'a:2026-01-01 b',
    'a:2026-01-01*9223372036854775807,2026-01-01',
    'a:2026-01-01=922337203685477,2026-01-01=922337203685477',
    repeat('x', 40000000) || ':2026-01-01',
    repeat('x', 10000000) || ':2026-01-01;' || repeat('y', 10000000) || ':2026-01-01;' || repeat('z', 20000000) || ':2026-01-01']) AS t;
INSERT INTO wrong SELECT 'timeline', 'a:' || string_agg(format('2026-01-01*9223372036854775807,%s', date '2026-01-01' + n), ',') FROM generate_series(1, 500) AS n;
INSERT INTO wrong SELECT 'grid', t FROM unnest(ARRAY[
    '', '{', '[]', '1', '"x"', 'null', '{}{}', '{"a": }', '{"a": {"each": 1}', '{"\ud800": {"each": 1}}', '{"\u0000": {"each": 1}}', '{"\u12": {"each": 1}}', '{"a": "' || chr(1) || '"}',
    '{"a": 1}', '{"a": []}', '{"a": [1]}', '{"a": {}}', '{"a": [[[[1]]]]}', '{"a": [{"latest": {"1 day": []}}]}', '{"a": [{"latest": {"1 day": {"x": {}}}}]}',
    '{"a": {"each": 1}, "a": {"each": 1}}', '{"a": {"each": 1, "each": 1}}', '{"a": {"eech": 1}}', '{"a": {"nothing like it": 1}}', '{"a": {"each": 1, "value": {"0": 1}}}',
    '{"a": {"within": "1 day"}}', '{"a": {"latest": "x"}}', '{"a": {"latest": 1}}', '{"a": {"latest": {}}}', '{"a": {"latest": {"1 moon": 1}}}', '{"a": {"latest": {"older": 1}}}',
    '{"a": {"latest": {"5 hours": 1}}}', '{"a": {"latest": {"30 days": 1, "1 month": 2}}}', '{"a": {"latest": {"7 days": 1, "1 week": 2}}}', '{"a": {"latest": {"7 days": "x"}}}',
    '{"a": {"each": "x"}}', '{"a": {"each": 1e10}}', '{"a": {"each": 0.0000001}}', '{"a": {"per_value": true}}', '{"a": {"value": 1}}', '{"a": {"value": {}}}',
    '{"a": {"value": {"x": 1}}}', '{"a": {"value": {"0": null}}}', '{"a": {"value": {"0": 1, "0.0": 2}}}',
    '{"a": {"each": 1, "half_life": 1}}', '{"a": {"each": 1, "half_life": "x"}}', '{"a": {"each": 1, "half_life": "1 month"}}', '{"a": {"each": 1, "within": 1}}',
    '{"a": {"each": 1, "within": "x"}}', '{"a": {"latest": 1, "within": "1 day", "per_day": 1}}', '{"a": {"each": 1, "per_day": "x"}}', '{"a": {"each": 1, "per_day": 0}}',
    '{"a": {"each": 1, "per_day": 1.5}}', '{"a": {"each": 1, "per_day": 1e12}}', '{"a": {"each": 1, "older": 1}}', '{"a": {"latest": {"1 day": 1}, "older": "x"}}',
    '{"a": {"each": 1, "min": 1}}', '{"a": {"each": 1, "min": "x"}}', '{"a": {"each": 1, "max": -1}}', '{"a": {"each": 1, "max": "x"}}', '{"a": {"each": 1, "unless": []}}',
    '{"a": {"each": 1, "unless": 1}}', '{"a": {"each": 1, "unless": "a"}}', '{"a": {"each": 1, "unless": ["b", "b"]}}', '{"a": {"each": 1, "unless": ["b", 1]}}',
    repeat(' ', 17000000) || '{}']) AS t;
-- short as it is written, and too long as it is kept
INSERT INTO wrong SELECT 'grid', format('{"a": {"value": {%s}}}', string_agg(format('"%se2":1e8', n), ',')) FROM generate_series(1000000, 1700000) AS n;

CREATE TABLE told AS
SELECT w.type, left(w.input, 200) AS input, ROW(s.message, s.detail, s.hint, s.sql_error_code)::text AS soft,
       ROW(h.*)::text AS hard, h.*
FROM wrong AS w, pg_input_error_info(w.input, w.type) AS s, hard(w.type, w.input) AS h;
SELECT is_empty('SELECT input FROM told WHERE message IS NULL', 'all of them are wrong');
SELECT is_empty('SELECT input, soft, hard FROM told WHERE soft IS DISTINCT FROM hard', 'and what is told softly is what is thrown');
SELECT is((SELECT array_agg(DISTINCT sql_error_code) FROM told), '{22003,22P02,54000}', 'with its SQLSTATE');
SELECT cmp_ok((SELECT count(DISTINCT message || coalesce(hint, '')) FROM told WHERE type = 'grid'), '>', 40::bigint, 'grids: nearly every one is another error');
SELECT cmp_ok((SELECT count(DISTINCT regexp_replace(detail, '\W*\d+', '', 'g')) FROM told WHERE type = 'timeline'), '>', 20::bigint, 'timelines as well');

SELECT is(array_agg(pg_input_is_valid(input, type) ORDER BY input), '{t,f,f,t,t}', 'what is right is taken')
FROM (VALUES ('timeline', 'a:2026-01-01'), ('timeline', 'b:'), ('timeline', 'c'), ('timeline[]', '{d:2026-01-01}'), ('grid', '{"a": {"each": 1}}')) AS v (type, input);
SELECT is((SELECT message FROM pg_input_error_info('{a:2026-01-01,b}', 'timeline[]')), 'invalid input syntax for type timeline: "b"', 'in an array');
-- what was read before an error is no burden on what follows
SELECT is((SELECT count(*) FROM generate_series(1, 20000) AS n WHERE pg_input_is_valid('{"a": {"each": 1}, "b": {"each": "x"}}', 'grid')), 0::bigint, 'many of them');

\if :copies
    SELECT current_setting('data_directory') || '/scoring_soft.tap' AS file \gset
    COPY (VALUES (1, 'a:2026-01-01', '{"a": {"each": 1}}'), (2, 'a:2026-01-01;', '{"a": {"each": 1}}'), (3, 'a:2026-01-03', '{"a": {"eech": 1}}'),
                 (4, 'a:2026-01-01*9223372036854775807,2026-01-01', '{}'), (5, 'a:2026-01-05', '{"a": [[[[[1]]]]]}'), (6, 'a:2026-01-06', '{"b": {"each": 6}}')) TO :'file';
    CREATE TABLE loaded (n int, t timeline, g grid);
    SET client_min_messages = warning;
    COPY loaded FROM :'file' (ON_ERROR ignore);
    SELECT results_eq('SELECT n, t::text, g::text FROM loaded ORDER BY n', $$VALUES (1, 'a:2026-01-01', '{"a": {"each": 1}}'), (6, 'a:2026-01-06', '{"b": {"each": 6}}')$$,
                      'COPY goes on without the rows that are wrong');
    SELECT throws_ok(format('COPY loaded FROM %L', :'file'), '22P02', NULL, 'and stops at them where it is not told to');
\endif

SELECT * FROM finish();
