-- Input that nobody means well: deep, huge, doubled, not a number, out of
-- range, in every script.  (Random input: test/fuzz; NULL and extremes in
-- every argument of every function: sweep.sql.)
\set QUIET on
SET statement_timeout = '30s';
SET client_min_messages = warning;
SELECT no_plan();

-- the error of a statement, 'none' when there is none
CREATE FUNCTION pg_temp.error_of(query text, OUT state text, OUT message text, OUT bytes int)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE query;
    state := 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = PG_EXCEPTION_DETAIL;
    state := SQLSTATE;
    message := SQLERRM || ' | ' || message;
    bytes := octet_length(message);
END
$$;

CREATE FUNCTION pg_temp.refused(query text, state text, description text) RETURNS text
LANGUAGE sql AS $$ SELECT throws_ok(query, state::char(5), NULL, description) $$;

CREATE FUNCTION pg_temp.kept(value timeline, description text) RETURNS text
LANGUAGE sql AS $$
    SELECT ok(value::text::timeline = value AND value::text::timeline::text = value::text, description)
$$;
CREATE FUNCTION pg_temp.kept(value grid, description text) RETURNS text
LANGUAGE sql AS $$
    SELECT ok(value::text::grid = value AND value::text::grid::text = value::text AND value::jsonb::grid = value, description)
$$;

--
-- deep
--
SELECT pg_temp.refused(format('SELECT (repeat(%L, 100000))::grid', opening), '22P02', '100,000 levels of ' || opening)
FROM (VALUES ('['), ('{"a":'), ('{"a":{"latest":{"1 day":'), ('[{"a":[')) AS v (opening);
SELECT pg_temp.refused($$SELECT (repeat('{"a":', 100000) || '1' || repeat('}', 100000))::grid$$, '22P02', '100,000 levels and back');
SELECT pg_temp.refused($$SELECT ('{"a": {"each": ' || repeat('[', 100000) || repeat(']', 100000) || '}}')::grid$$, '22P02',
    '100,000 levels where a number belongs');
SELECT pg_temp.refused($$SELECT (repeat('(', 100000))::timeline$$, '22P02', 'brackets in a timeline');
SELECT pg_temp.refused($$SELECT ('"' || repeat('\', 99999) || '":2026-01-01')::timeline$$, '22P02', 'backslashes in a timeline');
SELECT cmp_ok((pg_temp.error_of($$SELECT (repeat('[', 100000))::grid$$)).bytes, '<', 500, 'the error stays short');

--
-- huge
--
CREATE TEMP TABLE huge AS
SELECT '{' || string_agg(format('"touchpoint %s": {"each": 1, "half_life": "%s days", "max": 1000}', i, 1 + i % 50), ',') || '}' AS json
FROM generate_series(1, 150000) AS i;
SELECT cmp_ok((SELECT length(json) FROM huge), '>', 10000000, 'a grid of 10 MB');
SELECT ok((SELECT json::grid::text::grid = json::grid FROM huge), '… is read, written and read');
SELECT pg_temp.refused('SELECT left(json, -1)::grid FROM huge', '22P02', '… without its last brace it is not');
SELECT pg_temp.refused('SELECT (json || json)::grid FROM huge', '54000', '20 MB are too much');
SELECT is(('{"a": {"each": 1e' || repeat('0', 10000000) || '}}')::grid::text, '{"a": {"each": 1}}', 'an exponent of 10 MB');
SELECT is(('{"a": {"each": 1.' || repeat('0', 10000000) || '}}')::grid::text, '{"a": {"each": 1}}', '10 million decimals that say nothing');
SELECT cmp_ok(bytes, '<', 1000, what || ': the error does not repeat it')
FROM (VALUES
    ('10 million digits', $$SELECT ('{"a": {"each": ' || repeat('9', 10000000) || '}}')::grid$$),
    ('10 million decimals', $$SELECT ('{"a": {"each": 0.' || repeat('1', 10000000) || '}}')::grid$$),
    ('an interval of 10 MB', $$SELECT ('{"a": {"latest": {"' || repeat('1', 10000000) || ' days": 1}}}')::grid$$),
    ('a key of 10 MB', $$SELECT ('{"a": {"' || repeat('each', 2500000) || '": 1}}')::grid$$),
    ('a touchpoint of 10 MB', $$SELECT ('{"' || repeat('each', 2500000) || '": 1}')::grid$$),
    ('a word of 10 MB', $$SELECT (repeat('x', 10000000))::timeline$$),
    ('a name of 10 MB', $$SELECT (repeat('x', 10000000) || ':x')::timeline$$),
    ('a count of 10 MB', $$SELECT ('x:2026-01-01*' || repeat('9', 10000000))::timeline$$),
    ('a value of 10 MB', $$SELECT ('x:2026-01-01=0.' || repeat('9', 10000000))::timeline$$)) AS v (what, query),
    pg_temp.error_of(query) WHERE state ~ '^22|^54';
SELECT pg_temp.refused($$SELECT (repeat(' ', 10000000))::timeline$$, '22P02', '10 MB of blanks are no timeline');
SELECT is((repeat(' ', 5000000) || 'a :' || repeat(E'\n', 5000000) || ' 2026-01-01 ')::timeline::text, 'a:2026-01-01',
    'and between its parts they do not matter');

--
-- many: 10,000 rules, 100,000 touchpoints and days, each statement in 5 s
--
SET statement_timeout = '5s';
CREATE TEMP TABLE many AS
SELECT (SELECT grid('t' || i % 1000, jsonb_build_object('each', 1, 'half_life', i || ' hours', 'unless', 'never' || i))
        FROM generate_series(1, 10000) AS i) AS rules,
       (SELECT grid('shop/' || lpad(i::text, 12, '0') || '/index', '{"each": 1}') FROM generate_series(1, 20000) AS i) AS names,
       (SELECT timeline('shop/' || lpad(i::text, 12, '0') || '/index', '2026-01-01') FROM generate_series(1, 100000) AS i) AS touchpoints,
       (SELECT timeline('t1', date '2026-01-01' - i, i) FROM generate_series(1, 100000) AS i) AS days;
SELECT pg_temp.kept(rules, '10,000 rules') FROM many;
SELECT pg_temp.kept(touchpoints, '100,000 touchpoints') FROM many;
SELECT pg_temp.kept(days, '100,000 days') FROM many;
SELECT is((SELECT count(*) FROM many, rules(rules)), 10000::bigint, 'rules() of 10,000');
SELECT is((SELECT count(*) FROM many, describe(rules)), 10000::bigint, 'describe() of 10,000');
SELECT is((SELECT highest FROM many, bounds(rules)), NULL, 'bounds() of 10,000');
SELECT is((SELECT score(touchpoints, names, '2026-01-01') FROM many), 20000::float8,
    'the names may begin and end alike');
SELECT cmp_ok((SELECT abs(score(days, rules, '2026-01-01') - (SELECT sum(points)::float8 FROM breakdown(days, rules, '2026-01-01')))
               FROM many), '<', 1e-6::float8, 'score() and breakdown() of 10,000 rules and 100,000 days');
SELECT is((SELECT count(*) FROM many, interactions(touchpoints)), 100000::bigint, 'interactions() of 100,000 touchpoints');
SELECT ok((SELECT touchpoints + days - touchpoints = days FROM many), '+ and - of 100,000');
SELECT is((SELECT (first_on(touchpoints), last_on(days), count_of(days, 't1'), value_of(days, 't1')) FROM many),
    (date '2026-01-01', date '2025-12-31', 100000::bigint, 5000050000.0), 'what is read of 100,000');
SELECT ok((SELECT rollup(t) = (SELECT days FROM many)
           FROM (SELECT timeline_of('t1', date '2026-01-01' - i, i) AS t FROM generate_series(1, 100000) AS i) AS s),
    'rollup() of 100,000');
SELECT names FROM many \gset
SELECT is((SELECT engagement(:'names', 'shop/' || lpad(i::text, 12, '0') || '/index', '2026-01-01', '2026-01-01')
           FROM generate_series(1, 100000) AS i), 20000::float8, 'engagement() of 100,000 touchpoints');
SELECT is((SELECT crosses((SELECT timeline('t1', date '2026-01-01' + i) FROM generate_series(1, 1096) AS i), rules, '{-1}', '2026-01-01') FROM many), NULL,
    'crosses() of 10,000 rules, with interactions on every day to come');
SELECT is((SELECT crosses(days, rules, '{1e9}', '2026-01-01') FROM many), NULL, '… and with none');
SELECT is((SELECT count(*) FROM many, score_history(days, rules, '2025-01-01', '2025-12-31', '1 month')), 12::bigint,
    'score_history() of 10,000 rules');
SET statement_timeout = '30s';

--
-- the same twice
--
SELECT pg_temp.refused('SELECT ' || quote_literal(grid) || '::grid', '22P02', 'twice: ' || what)
FROM (VALUES
    ('a touchpoint', '{"a": {"each": 1}, "b": {"each": 1}, "a": {"each": 2}}'),
    ('a touchpoint, once escaped', '{"a": {"each": 1}, "\u0061": {"each": 1}}'),
    ('the empty touchpoint', '{"": {"each": 1}, "": {"each": 1}}'),
    ('a head', '{"a": {"each": 1, "each": 1}}'),
    ('a modifier', '{"a": {"each": 1, "max": 1, "min": -1, "max": 1}}'),
    ('a band', '{"a": {"latest": {"1 day": 1, "1 day": 1}}}'),
    ('a band, once in weeks', '{"a": {"latest": {"7 days": 1, "1 week": 1}}}'),
    ('a band, once in years', '{"a": {"latest": {"12 months": 1, "1 year": 1}}}'),
    ('a threshold', '{"a": {"value": {"1": 1, "1.0": 1}}}'),
    ('a threshold, once with a sign', '{"a": {"value": {"0": 1, "-0": 1}}}'),
    ('a touchpoint of unless', '{"a": {"each": 1, "unless": ["b", "c", "b"]}}')) AS v (what, grid);
SELECT is('a:2026-01-01;a:2026-01-01=1,2026-01-01*2=3/1'::timeline::text, 'a:2026-01-01*4=4/2', 'in a timeline it adds up');
-- a rule may be there twice: it counts twice
SELECT is('{"a": [{"each": 1}, {"each": 1}]}'::grid::text, '{"a": [{"each": 1}, {"each": 1}]}', 'two equal rules are two');

--
-- not a number, or not finite
--
SELECT pg_temp.refused(format(query, v), state, format(query, v))
FROM (VALUES ('NaN'), ('Infinity'), ('-Infinity'), ('1e308'), ('-1e308'), ('922337203685477.6')) AS n (v),
     (VALUES ('SELECT timeline_of(''a'', ''2026-01-01'', %L)', '22003'),
             ('SELECT timeline(''a'', ''2026-01-01'', %L::float8)', '22003'),
             ('SELECT timeline(''a'', ''2026-01-01'', %L::float8) OVER ()', '22003'),
             ('SELECT engagement(''{}'', ''a'', ''2026-01-01'', %L::float8, ''2026-01-01'')', '22003'),
             ('SELECT ''a:2026-01-01=%s''::timeline', '22P02'),
             ('SELECT ''{"a": {"each": %s}}''::grid', '22P02'),
             ('SELECT ''{"a": {"each": 1, "max": %s}}''::grid', '22P02'),
             ('SELECT ''{"a": {"value": {"%s": 1}}}''::grid', '22P02')) AS q (query, state);
SELECT pg_temp.refused(format('SELECT grid(''a'', interval ''1 day'', %L::float8)', v), state, 'points of a grid: ' || v)
FROM (VALUES ('NaN', '22023'), ('Infinity', '22023'), ('-Infinity', '22023'), ('1e308', '22P02'), ('1e9', '22P02'), ('1e-300', '22P02')) AS n (v, state);
SELECT is(timeline_of('a', '2026-01-01', 5e-324)::text, 'a:2026-01-01=0', 'the least float8 is a value, of 0');
SELECT is(timeline_of('a', '2026-01-01', '-0')::text, 'a:2026-01-01=0', 'minus 0 is 0');
SELECT is('{"a": {"each": -0.0}}'::grid, '{"a": {"each": 0}}'::grid, '… in a grid too');

--
-- names
--
CREATE TEMP TABLE name (what text, name text);
INSERT INTO name VALUES
    ('empty', ''), ('a blank', ' '), ('10 kB', repeat('x', 10240)), ('10 kB of emoji', repeat(U&'\+01F525', 2560)),
    ('combining', U&'e\0301'), ('composed', U&'\00e9'), ('right to left', U&'\202e\05e9\05dc\05d5\05dd\202c'),
    ('zero width', U&'a\200bb'), ('byte order mark', U&'\feffa'), ('last character', U&'\+10FFFF'), ('a noncharacter', U&'\ffff'),
    ('family', U&'\+01F468\200d\+01F469\200d\+01F467'), ('control', E'\x01\x08\x1f\x7f'), ('lines', E'a\r\nb\tc\x0b\x0c'), ('C1', U&'\0085\009f'),
    ('quotes', '"'''), ('backslashes', '\\'), ('an escape', '\u0041\x41\n'), ('signs', ':;,*=/{}[]'), ('a day', '2026-01-01'),
    ('a number', '1e5'), ('a word of JSON', 'null'), ('a timeline', 'a:2026-01-01*2=3/1;b:2026-01-01'), ('SQL', '''; DROP TABLE t; --'),
    ('format', '%s%n%1$s');
SELECT is((SELECT array_agg(touchpoint) FROM interactions(timeline_of(name, '2026-01-01', 5))), ARRAY [name], 'name of a timeline: ' || what)
FROM name;
SELECT pg_temp.kept(timeline_of(name, '2026-01-01', 5) + timeline_of('a', '2026-01-01'), 'kept in a timeline: ' || what) FROM name;
SELECT pg_temp.kept(jsonb_build_object(name, jsonb '{"each": 1}', 'another', jsonb_build_object('each', 1, 'unless', name))::grid,
    'kept in a grid: ' || what) FROM name;
SELECT is((SELECT score(timeline(n.name, '2026-01-01'), jsonb_object_agg(n.name, jsonb '{"each": 1}')::grid, '2026-01-01') FROM name AS n),
    (SELECT count(*)::float8 FROM name), 'each name is found, and none for another');
SELECT is((SELECT array_agg(touchpoint) FROM name AS n,
                  breakdown(timeline_of(n.name, '2026-01-01'), jsonb_build_object(n.name, jsonb '{"latest": {"1 day": 1}}')::grid, '2026-01-01')),
    (SELECT array_agg(name) FROM name), 'breakdown() speaks of it');
SELECT isnt(timeline_of(U&'e\0301', '2026-01-01'), timeline_of(U&'\00e9', '2026-01-01'), 'names are what is written: nothing is normalised');
SELECT is(E'{"\\ud83d\\udd25": {"each": 1}}'::grid, U&'{"\+01F525": {"each": 1}}'::grid, 'an escaped emoji is the emoji');
SELECT pg_temp.refused('SELECT ' || quote_literal(value) || '::' || type, '22P02', 'no character: ' || value)
FROM (VALUES
    ('grid', '{"\u0000": {"each": 1}}'), ('grid', '{"a\u0000b": {"each": 1}}'), ('grid', '{"a": {"each": 1, "unless": "\u0000"}}'),
    ('grid', '{"a": {"\u0000each": 1}}'), ('grid', '{"a": {"latest": {"1 day\u0000": 1}}}'),
    ('grid', '{"\ud83d": {"each": 1}}'), ('grid', '{"\udd25": {"each": 1}}'), ('grid', '{"\udd25\ud83d": {"each": 1}}'),
    ('grid', '{"\ud83d\ud83d": {"each": 1}}'), ('grid', '{"\ud83d\u0041": {"each": 1}}'), ('grid', '{"\uZZZZ": {"each": 1}}'),
    ('grid', '{"\u00": {"each": 1}}'), ('grid', E'{"\x01": {"each": 1}}'), ('grid', '{"\x41": {"each": 1}}'),
    ('timeline', '"\x00":2026-01-01'), ('timeline', '"\x41":2026-01-01'), ('timeline', '"\u0041":2026-01-01'), ('timeline', '"\":2026-01-01'),
    ('timeline', '"a":2026-01-01;"'), ('timeline', '"a:2026-01-01')) AS v (type, value);

--
-- out of range
--
SELECT pg_temp.refused('SELECT ' || query, state, query)
FROM (VALUES
    ($$'a:2026-01-01*9223372036854775808'::timeline$$, '22P02'),
    ($$'a:2026-01-01*0'::timeline$$, '22P02'),
    ($$'a:2026-01-01*-1'::timeline$$, '22P02'),
    ($$'a:2026-01-01*2=1/3'::timeline$$, '22P02'),
    ($$'a:2026-01-01=922337203685477.5807'::timeline$$, '22P02'),
    ($$'a:2026-01-01=-922337203685477.5807'::timeline$$, '22P02'),
    ($$'a:2026-01-01*9223372036854775807,2026-01-01'::timeline$$, '22003'),
    ($$'a:2026-01-01=922337203685477.5806,2026-01-01=0.0001'::timeline$$, '22003'),
    ($$'a:2026-01-01=-922337203685477.5806,2026-01-01=-0.0001'::timeline$$, '22003'),
    ($$'a:2026-01-01*9223372036854775807'::timeline + 'a:2026-01-01'$$, '22003'),
    ($$'a:2026-01-01=922337203685477.5806'::timeline + 'a:2026-01-01=0.0001'$$, '22003'),
    ($$rollup(t) FROM (VALUES ('a:2026-01-01*9223372036854775807'::timeline), ('a:2026-01-01')) AS v (t)$$, '22003'),
    ($$timeline('a', '2026-01-01', 9e14) FROM generate_series(1, 2)$$, '22003'),
    ($$timeline('a', '2026-01-01', -9e14) FROM generate_series(1, 2)$$, '22003'),
    ($$count_of('a:2026-01-01*9223372036854775807,2026-01-02', 'a')$$, '22003'),
    ($$interactions FROM breakdown('a:2026-01-01*9223372036854775807,2026-01-02', '{"a": {"each": 1}}', '2026-02-01')$$, '22003'),
    ($$score('a:2026-01-01*9223372036854775807', '{"a": {"each": 999999999}}', '2026-01-01')$$, '22003'),
    ($$score('a:2026-01-01=922337203685477', '{"a": {"per_value": 999999999}}', '2026-01-01')$$, '22003'),
    ($$score('a:2026-01-01=-922337203685477', '{"a": {"per_value": 999999999, "max": 1}}', '2026-01-01')$$, '22003'),
    ($$engagement('{"a": {"per_value": 999999999}}', 'a', '2026-01-01', 9e14::float8, '2026-01-01')$$, '22003'),
    ($$delta FROM score_delta('a:2026-01-01=922337203685477', '{"a": {"per_value": 999999999}}', '2025-01-01', '2026-01-01')$$, '22003'),
    ($$score_history('a:2026-01-01=922337203685477', '{"a": {"per_value": 999999999}}', '2026-01-01', '2026-01-02', '1 day')$$, '22003')
    ) AS v (query, state);
-- up to the edge it is right, not only quiet
SELECT is(value_of('a:2026-01-01=922337203685477.5806,2026-01-02=922337203685477.5806', 'a'), 1844674407370955.1612, 'sums of days have more room');
SELECT is(('a:2026-01-01=922337203685477.5806,2026-01-01=-922337203685477.5806,2026-01-01=1'::timeline)::text, 'a:2026-01-01*3=1',
    'a sum in range, whatever it passes on the way');
SELECT is(score('a:2026-01-01*9223372036854775807', '{"a": {"each": 9000.000001}}', '2026-01-01'),
    (9223372036854775807 * 9000.000001)::float8, 'the largest count by large points');
SELECT is((SELECT points FROM breakdown('a:2026-01-01*9223372036854775807', '{"a": {"each": 9000.000001}}', '2026-01-01')),
    9223372036854775807 * 9000.000001, '… exactly');
SELECT is((SELECT engagement('{"a": {"per_value": 1}}', 'a', '2026-01-01', 9e14::float8, '2026-01-01') FROM generate_series(1, 1000)), 9e17::float8,
    'engagement() has the room of score()');
SELECT is(score('a:2026-01-01=922337203685477', '{"a": {"per_value": 999999999, "unless": "a2"}}', '2025-12-31'), 0::float8, 'nothing is 0, and no overflow');
SELECT is(score('a:2026-01-01=-922337203685477', '{"a": {"per_value": 999999999, "min": -1}}', '2026-01-01'), -1::float8, 'a bound answers where the points are too many to be worked out');

--
-- cuts
--
SELECT pg_temp.refused('SELECT ' || query, state, query)
FROM (VALUES
    ($$tier(1, '{NULL}')$$, '22004'), ($$tier(1, '{0,NULL}')$$, '22004'), ($$tier(1, '{{0,1}}')$$, '2202E'), ($$tier(1, '{{0},{1}}')$$, '2202E'),
    ($$tier(1, '{0,NaN}')$$, '22023'), ($$tier(1, '{1,0}')$$, '22023'), ($$tier('NaN', '{0,1}')$$, '22023'),
    ($$crosses('a:2026-01-01', '{}', '{NULL}', '2026-01-01')$$, '22004'), ($$crosses('a:2026-01-01', '{}', '{{0,1}}', '2026-01-01')$$, '2202E'),
    ($$crosses('a:2026-01-01', '{}', '{NaN}', '2026-01-01')$$, '22023'), ($$crosses('a:2026-01-01', '{}', '{1,0}', '2026-01-01')$$, '22023'),
    ($$crosses('a:2026-01-01', '{}', '{1}', 'infinity')$$, '22008'),
    ($$share_cuts(1, '{0.5,NULL}')$$, '22004'), ($$share_cuts(1, '{{0.5,0.5}}')$$, '2202E'), ($$share_cuts(1, '{NaN,1}')$$, '22023'),
    ($$share_cuts(1, '{}')$$, '22023'), ($$share_cuts(1, '{-0.5,1.5}')$$, '22023'), ($$pareto_cuts(1, '{0.8,NULL}')$$, '22004'),
    ($$pareto_cuts(1, '{{0.8}}')$$, '2202E'), ($$pareto_cuts(1, '{NaN}')$$, '22023'), ($$pareto_cuts(1, '{0.95,0.8}')$$, '22023')) AS v (query, state);
SELECT is(tier(x, cuts), expected, format('tier(%s, %s)', x, cuts))
FROM (VALUES (1::float8, '{}'::float8[], 1), (1, '[5:6]={0,2}', 2), ('Infinity', '{0,Infinity}', 3), ('-Infinity', '{-Infinity,0}', 2),
             (0, '{-0,0}', 3), (1e308, '{0,0,0,0}', 5)) AS v (x, cuts, expected);
SELECT pg_temp.refused(format('SELECT %s FROM (VALUES (1::float8), (%L), (2)) AS v (x)', call, x), '22003', format('%s over %s', call, x))
FROM (VALUES ('NaN'), ('Infinity'), ('-Infinity')) AS n (x),
     (VALUES ('rank_cuts(x, 3)'), ('equal_cuts(x, 3)'), ('quantile_cuts(x, 3)'), ('natural_cuts(x, 2)'), ('share_cuts(x, ''{0.5,0.5}'')'),
             ('pareto_cuts(x, ''{0.8}'')')) AS c (call);
SELECT pg_temp.refused(format('SELECT %s(1, %s)', call, n), '22023', format('%s of %s', call, n))
FROM (VALUES (0), (1), (-1), (2147483647), (-2147483648)) AS n (n),
     (VALUES ('rank_cuts'), ('equal_cuts'), ('quantile_cuts'), ('natural_cuts')) AS c (call);
SELECT is((SELECT equal_cuts(x, 4) FROM (VALUES (1e308), (-1e308)) AS v (x)), '{-5e307,0,5e307}', 'equal_cuts() over all there is');
SELECT is((SELECT pareto_cuts(x, '{0.8}') FROM (VALUES (1e308), (1e308), (1e308), (1)) AS v (x)), '{1e308}', 'a total beyond float8 is a total');

--
-- days
--
SELECT pg_temp.refused(format('SELECT ' || query, day), '22008', format(query, day))
FROM (VALUES ('infinity'), ('-infinity')) AS d (day),
     (VALUES ('timeline(''a'', %L::date)'), ('timeline(''a'', %L::date, 1::float8)'), ('timeline_of(''a'', %L)'),
             ('as_of(''a:2026-01-01''::timeline, %L)'), ('forget(''a:2026-01-01'', %L)'),
             ('count_of(''a:2026-01-01'', ''a'', %L)'), ('value_of(''a:2026-01-01'', ''a'', NULL, %L)'),
             ('score(''a:2026-01-01'', ''{}'', %L)'), ('breakdown(''a:2026-01-01'', ''{}'', %L)'),
             ('score_delta(''a:2026-01-01'', ''{}'', %L, ''2026-01-01'')'), ('score_delta(''a:2026-01-01'', ''{}'', ''2026-01-01'', %L)'),
             ('score_history(''a:2026-01-01'', ''{}'', %L, ''2026-01-01'', ''1 day'')'), ('score_history(''a:2026-01-01'', ''{}'', ''2026-01-01'', %L, ''1 day'')'),
             ('engagement(''{}'', ''a'', %L, ''2026-01-01'')'), ('engagement(''{}'', ''a'', ''2026-01-01'', %L)')) AS q (query);
SELECT pg_temp.refused(format('SELECT %L::timeline', 'a:' || day), '22P02', 'no day: ' || day)
FROM (VALUES ('infinity'), ('today'), ('2026-02-29'), ('1900-02-29'), ('0000-01-01'), ('4714-11-23 BC'), ('5874898-01-01'), ('99999999999999999999-01-01'),
             ('2026-1-1'), ('01/02/2026'), ('20260101'), ('2026-01-01T00:00:00Z'), ('-2026-01-01'), ('')) AS d (day);
SELECT is('a:5874897-12-31,4714-11-24 BC,0001-01-01,0001-12-31 BC,2024-02-29'::timeline::text,
    'a:4714-11-24 BC,0001-12-31 BC,0001-01-01,2024-02-29,5874897-12-31', 'both ends of the calendar');
SELECT is(score('a:4714-11-24 BC,5874897-12-31', grid, as_of), expected, format('%s on %s', grid, as_of))
FROM (VALUES
    ('{"a": {"each": 1}}'::grid, date '5874897-12-31', 2::float8),
    ('{"a": {"each": 1}}', '4714-11-24 BC', 1),
    ('{"a": {"each": 1, "within": "5000000 years"}}', '5874897-12-31', 1),
    ('{"a": {"each": 1, "within": "2147483647 days"}}', '5874897-12-31', 2),
    ('{"a": {"each": 1, "within": "1 day"}}', '4714-11-24 BC', 1),
    ('{"a": {"latest": {"2147483647 days": 1}, "older": 7}}', '4714-11-24 BC', 1),
    ('{"a": {"latest": {"1 day": 1, "4000000 years": 3}, "older": 7}}', '5874897-12-30', 7),
    ('{"a": {"each": 1, "half_life": "1 hour"}}', '5874897-12-31', 1),
    ('{"a": {"each": 1, "half_life": "2147483647 hours"}}', '5874897-12-31', 1)) AS v (grid, as_of, expected);

SELECT * FROM finish();
