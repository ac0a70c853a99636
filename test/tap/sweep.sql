-- Every function and aggregate of the extension, as the catalogue lists them,
-- with NULL in each argument in turn and in all, and with every argument at
-- its extremes: an answer, or an error that speaks of data; no crash, no
-- internal error, nothing that does not end.
--
-- A function with an argument of a new type needs samples of it below.
\set QUIET on
SET statement_timeout = '120s';
SET client_min_messages = warning;
CREATE SCHEMA sweep;

-- usual says what stands in while another argument is tried
CREATE TABLE sweep.sample (type regtype, usual boolean, value text);
INSERT INTO sweep.sample VALUES
    ('timeline', true, 'click:2026-01-05*2,2026-02-01;purchase:2026-01-20=59.9'),
    ('timeline', false, '"":4714-11-24 BC,5874897-12-31*9223372036854775807=922337203685477.5806/1'),
    ('timeline', false, 'click:2026-01-31*9223372036854775807,2026-02-01*9223372036854775807'),
    ('timeline', false, 'purchase:2026-01-31=-922337203685477.5806,2026-02-01=-922337203685477.5806'),
    ('grid', true, '{"click": {"each": 5, "half_life": "60 days"}, "purchase": {"latest": {"30 days": 10}}}'),
    ('grid', false, '{}'),
    ('grid', false, '{"click": [{"each": 999999999.999999, "per_day": 999999999}, {"latest": {"2147483647 days": -1}, "older": 1, "half_life": "2147483647 hours"}], "purchase": {"per_value": -999999999.999999, "unless": ""}}'),
    ('grid', false, '{"purchase": [{"per_value": 999999999}, {"value": {"-999999999": 1}, "within": "1 day"}], "": {"each": 1e-6}}'),
    ('text', true, 'click'), ('text', false, ''), ('text', false, repeat('é', 5000)), ('text', false, U&'\+01F525"\\;:,'),
    ('text', false, '{'), ('text', false, '-1'),
    ('cstring', true, '{}'), ('cstring', false, ''), ('cstring', false, 'click:2026-01-05'), ('cstring', false, repeat('{"":[', 10000)),
    ('date', true, '2026-02-03'), ('date', false, 'infinity'), ('date', false, '-infinity'),
    ('date', false, '4714-11-24 BC'), ('date', false, '5874897-12-31'), ('date', false, '2024-02-29'),
    ('interval', true, '1000 years'), ('interval', false, '30 days'), ('interval', false, '0'), ('interval', false, '-1 month'), ('interval', false, '178956970 years 11 months'),
    ('interval', false, '2147483647 days'), ('interval', false, '1 microsecond'), ('interval', false, '1 month 1 day'),
    ('jsonb', true, '{"each": 1}'), ('jsonb', false, '{}'), ('jsonb', false, '[]'), ('jsonb', false, '1e1000'), ('jsonb', false, 'null'),
    ('jsonb', false, '[[{"each": 1}], {"click": {"each": 1}}]'), ('jsonb', false, '{"click": {"each": 1}}'),
    ('float8', true, '12.5'), ('float8', false, '0'), ('float8', false, '-0'), ('float8', false, 'NaN'), ('float8', false, 'Infinity'),
    ('float8', false, '-Infinity'), ('float8', false, '1.7976931348623157e308'), ('float8', false, '-1.7976931348623157e308'),
    ('float8', false, '5e-324'), ('float8', false, '922337203685477.5807'), ('float8', false, '0.00005'),
    ('numeric', true, '12.5'), ('numeric', false, '0'), ('numeric', false, 'NaN'), ('numeric', false, 'Infinity'),
    ('numeric', false, '-1e1000'), ('numeric', false, '1e-1000'),
    ('int4', true, '5'), ('int4', false, '0'), ('int4', false, '1'), ('int4', false, '-1'), ('int4', false, '2147483647'),
    ('int4', false, '-2147483648'), ('int4', false, '1000000'),
    ('int8', true, '5'), ('int8', false, '0'), ('int8', false, '-1'), ('int8', false, '9223372036854775807'), ('int8', false, '-9223372036854775808'),
    ('int8[]', true, '{9496,1,9132,9132,1,598000,0}'), ('int8[]', false, '{}'), ('int8[]', false, '{1,2,3,4,5,6,NULL}'),
    ('int8[]', false, '{{1,2,3,4,5,6,7}}'),
    ('float8[]', true, '{0,10,20}'), ('float8[]', false, '{}'), ('float8[]', false, '{NULL}'), ('float8[]', false, '{0,NULL,1}'),
    ('float8[]', false, '{{0,1},{2,3}}'), ('float8[]', false, '[5:6]={0,1}'), ('float8[]', false, '{1,0}'), ('float8[]', false, '{NaN}'),
    ('float8[]', false, '{-Infinity,0,0,Infinity}'),
    ('numeric[]', true, '{0.2,0.6,0.2}'), ('numeric[]', false, '{}'), ('numeric[]', false, '{NULL}'), ('numeric[]', false, '{0.2,NULL,0.8}'),
    ('numeric[]', false, '{{0.5,0.5}}'), ('numeric[]', false, '[5:6]={0.5,0.5}'), ('numeric[]', false, '{NaN,1}'),
    ('numeric[]', false, '{Infinity}'), ('numeric[]', false, '{-1,2}'), ('numeric[]', false, '{1e-200,1}'), ('numeric[]', false, '{0.8,0.95}'),
    ('text[]', true, '{click,"{\"each\": 1}"}'), ('text[]', false, '{}'), ('text[]', false, '{NULL}'), ('text[]', false, '{a,b,c}'),
    ('text[]', false, '{a,NULL,c}'), ('text[]', false, '{{a,b,c},{d,e,f}}'),
    ('bytea', true, '\x00'), ('bytea', false, '\x'), ('bytea', false, '\xffffffffffffffff'),
    ('boolean', true, 'true'), ('boolean', false, 'false'),
    -- polymorphic arguments are given this
    ('anyelement', true, '12.5'), ('anynonarray', true, '12.5'), ('"any"', true, '12.5'), ('anyarray', true, '{1,2}');

CREATE FUNCTION sweep.literal(type regtype, value text) RETURNS text
LANGUAGE sql AS $$
    SELECT CASE WHEN value IS NULL THEN 'NULL' ELSE quote_literal(value) END || '::' ||
           CASE type::text WHEN '"any"' THEN 'float8' WHEN 'anyelement' THEN 'float8' WHEN 'anynonarray' THEN 'float8'
                           WHEN 'anyarray' THEN 'float8[]' ELSE type::text END
$$;

-- what can be called from SQL
CREATE TABLE sweep.callee AS
SELECT p.oid, p.oid::regprocedure::text AS signature, format('%I.%I', n.nspname, p.proname) AS name, p.prokind,
       p.proisstrict AND p.prokind = 'f' AS strict, p.proretset AS is_set,
       coalesce(a.aggkind, 'n') AS aggkind, coalesce(a.aggnumdirectargs, 0) AS ndirect,
       p.proargtypes::oid[]::regtype[] AS types, p.pronargs AS nargs
FROM pg_depend AS d
JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
JOIN pg_namespace AS n ON n.oid = p.pronamespace
LEFT JOIN pg_aggregate AS a ON a.aggfnoid = p.oid
WHERE e.extname = 'scoring' AND p.prokind IN ('f', 'a', 'w') AND p.prorettype <> 'trigger'::regtype
    -- those of the managed base need a base
    AND coalesce(p.proargnames[1], '') NOT IN ('base', 'of_base', 'relation')
    AND p.prolang <> (SELECT oid FROM pg_language WHERE lanname = 'plpgsql')
    AND NOT 'internal'::regtype = ANY (p.proargtypes);

-- lists of arguments: each at each of its samples or NULL while the others are
-- as usual, and all NULL
CREATE TABLE sweep.call AS
WITH argument AS (
    SELECT oid, i::int, types[i - 1] AS type
    FROM sweep.callee, generate_series(1, nargs) AS i
), odd AS (
    SELECT a.oid, a.i, s.value, s.value IS NULL AS is_null
    FROM argument AS a
    JOIN (SELECT type, value FROM sweep.sample
          UNION ALL SELECT DISTINCT type, NULL FROM sweep.sample) AS s ON s.type = a.type
)
SELECT o.oid, o.i AS which, o.is_null,
       array_agg(CASE WHEN a.i = o.i THEN sweep.literal(a.type, o.value)
                      ELSE sweep.literal(a.type, u.value) END ORDER BY a.i) AS arguments
FROM odd AS o
JOIN argument AS a ON a.oid = o.oid
JOIN sweep.sample AS u ON u.type = a.type AND u.usual
GROUP BY o.oid, o.i, o.value, o.is_null
UNION ALL
SELECT oid, 0, true, array_agg(sweep.literal(type, NULL) ORDER BY i)
FROM argument
GROUP BY oid;

-- the ways there are to call it
CREATE FUNCTION sweep.ways(c sweep.callee, arguments text[]) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
    call text := c.name || '(' || array_to_string(arguments, ', ') || ')';
    usual text;
BEGIN
    IF c.prokind = 'f' THEN
        RETURN NEXT 'SELECT ' || call;
        IF c.is_set THEN
            RETURN NEXT 'SELECT x::text FROM ' || call || ' AS x';
        END IF;
        RETURN;
    END IF;
    IF c.prokind = 'w' THEN
        RETURN NEXT 'SELECT ' || call || ' OVER (ORDER BY g) FROM generate_series(1, 5) AS g';
        RETURN NEXT 'SELECT ' || call || ' OVER () FROM generate_series(1, 5) AS g';
        RETURN;
    END IF;
    SELECT array_to_string(array_agg(sweep.literal(c.types[i - 1], s.value) ORDER BY i), ', ')
    FROM generate_series(1, c.nargs) AS i JOIN sweep.sample AS s ON s.type = c.types[i - 1] AND s.usual INTO usual;
    IF c.aggkind <> 'n' THEN
        RETURN NEXT 'SELECT ' || c.name || '(' || array_to_string(arguments[:c.ndirect], ', ') || ') WITHIN GROUP (ORDER BY ' ||
            array_to_string(arguments[c.ndirect + 1:], ', ') || ') FROM generate_series(1, 3)';
        RETURN;
    END IF;
    RETURN NEXT 'SELECT ' || call || ' FROM generate_series(1, 3)';
    RETURN NEXT 'SELECT ' || call || ' FROM generate_series(1, 0)';
    RETURN NEXT 'SELECT ' || call || ' FROM generate_series(1, 3) AS g GROUP BY g';
    -- beside rows as they usually are, before them and after them
    RETURN NEXT 'SELECT ' || c.name || '(' || array_to_string(ARRAY(
        SELECT 'CASE WHEN g = 2 THEN ' || a || ' ELSE ' || sweep.literal(c.types[i - 1], s.value) || ' END'
        FROM unnest(arguments) WITH ORDINALITY AS u (a, i)
        JOIN sweep.sample AS s ON s.type = c.types[i - 1] AND s.usual ORDER BY i), ', ') || ') FROM generate_series(1, 3) AS g';
    RETURN NEXT 'SELECT ' || c.name || '(' || usual || ') FILTER (WHERE g > 3) FROM generate_series(1, 3) AS g';
    -- as windows, which ask for the result again and again
    RETURN NEXT 'SELECT ' || call || ' OVER (ORDER BY g) FROM generate_series(1, 5) AS g';
    RETURN NEXT 'SELECT ' || call || ' OVER (ORDER BY g ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM generate_series(1, 5) AS g';
END
$$;

-- '' when it answers, 'NULL' when it answers by NULLs alone, else what is wrong
CREATE FUNCTION sweep.try(query text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    answers bigint;
BEGIN
    EXECUTE 'SELECT count(x) FROM (' || query || ') AS s (x)' INTO answers;
    RETURN CASE WHEN answers = 0 THEN 'NULL' ELSE '' END;
EXCEPTION
    WHEN query_canceled THEN
        RETURN 'does not end';
    WHEN OTHERS THEN
        -- 0A: what serves aggregates alone; 22, 54: data and limits; 42601, 42704: text that is no SQL, no type
        RETURN CASE WHEN SQLSTATE ~ '^(0A|22|54|42601|42704)' THEN 'refused' ELSE SQLSTATE || ': ' || SQLERRM END;
END
$$;

CREATE TABLE sweep.result AS
SELECT c.signature, c.strict, k.is_null, w AS query, sweep.try(w) AS outcome
FROM sweep.callee AS c
JOIN sweep.call AS k USING (oid)
CROSS JOIN sweep.ways(c, k.arguments) AS w;

SELECT plan(3 + count(*)::int) FROM sweep.callee WHERE nargs > 0;

SELECT is_empty(
    $$SELECT DISTINCT signature, t FROM sweep.callee, unnest(types) AS t WHERE t NOT IN (SELECT type FROM sweep.sample)$$,
    'there are samples of every argument');
SELECT cmp_ok((SELECT count(*)::int FROM sweep.callee), '>', 40, 'the functions are found');
SELECT is_empty($$SELECT signature FROM sweep.callee WHERE nargs > 0 EXCEPT SELECT signature FROM sweep.result$$,
    'all of them were called');

SELECT is((SELECT string_agg(query || ' -- ' || outcome, E'\n')
           FROM (SELECT query, outcome FROM sweep.result AS r
                 WHERE r.signature = c.signature
                    AND (outcome NOT IN ('', 'NULL', 'refused') OR (strict AND is_null AND outcome <> 'NULL'))
                 LIMIT 5) AS wrong),
          NULL, signature || ': NULL and extremes')
FROM sweep.callee AS c WHERE nargs > 0 ORDER BY signature;

SELECT * FROM finish();
