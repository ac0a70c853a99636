-- What is an expression and what only looks like one: texts that try to be more,
-- and texts that are broken.  Nothing of it is looked up or run.
\set QUIET on
SET client_min_messages = error;
SELECT no_plan();

CREATE FUNCTION pg_temp.said(expression text, subqueries boolean DEFAULT false) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    e record;
BEGIN
    e := _scoring.expression_columns(expression, subqueries);
    RETURN format('%s: %s', e.expressions, (SELECT string_agg(c, ' ' ORDER BY c COLLATE "C") FROM unnest(e.columns) AS c));
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END
$$;

-- expressions, how many, and the names in them
SELECT is(pg_temp.said(expression), said, to_json(expression)::text)
FROM (VALUES
    ('a', '1: a'), ('A', '1: a'), ('"A"', '1: "A"'), ('a, b', '2: a b'), ('t.a', '1: t.a'), ('s.t.a', '1: s.t.a'), ('(a).b', '1: a'), ('a[b]', '1: a b'), ('*', '1: "*"'), ('t.*', '1: t."*"'),
    ('1', '1: '), ('NULL', '1: '), ('''a''', '1: '), ('$1', '1: '), ('$a$ b $a$', '1: '), ('E''\''''', '1: '), ('U&''\0041''', '1: '), ('U&"\0061"', '1: a'), ('b''01''', '1: '),
    ('a -- b', '1: a'), ('a --', '1: a'), ('a /* b */', '1: a'), ('/* /* a */ */ b', '1: b'), (E'a\n', '1: a'), ('''--'' || a', '1: a'), ('''/*'' || a', '1: a'), ('''); DROP TABLE x; --''', '1: '),
    ('f(a)', '1: a'), ('f(x => a)', '1: a'), ('f(VARIADIC a)', '1: a'), ('count(*)', '1: '), ('sum(a) FILTER (WHERE b) OVER (PARTITION BY c ORDER BY d)', '1: a b c d'),
    ('percentile_cont(0.5) WITHIN GROUP (ORDER BY a)', '1: a'), ('CASE a WHEN b THEN c ELSE d END', '1: a b c d'), ('ROW(a, b)', '1: a b'), ('(a, b)', '1: a b'), ('ARRAY[a, b]', '1: a b'),
    ('a::text', '1: a'), ('CAST(a AS s.t)', '1: a'), ('a COLLATE "C"', '1: a'), ('a AT TIME ZONE b', '1: a b'), ('a BETWEEN b AND c', '1: a b c'), ('a IN (b, c)', '1: a b c'), ('a IS DISTINCT FROM b', '1: a b'),
    ('a OPERATOR(pg_catalog.+) b', '1: a b'), ('a IS NOT NULL', '1: a'), ('NOT a', '1: a'), ('coalesce(a, greatest(b, c))', '1: a b c'), ('xmlelement(name x, xmlattributes(a AS y), b)', '1: a b'),
    ('current_user', '1: '), ('interval ''1 day''', '1: '), ('extract(epoch FROM a)', '1: a'), ('substring(a FROM b FOR c)', '1: a b c'), ('position(a IN b)', '1: a b'), ('é || "É"', '1: "É" "é"')) AS v (expression, said);

-- what is more than that, or less
SELECT is(pg_temp.said(expression), '42601', to_json(expression)::text)
FROM unnest(ARRAY['', ' ', '--', '/**/', ';', 'a;', 'a; b', 'a; DROP TABLE b', 'SELECT a', 'VALUES (a)', 'TABLE a', 'WITH x AS (SELECT 1) SELECT 1', 'DELETE FROM a',
    'a FROM b', 'a WHERE b', 'a GROUP BY b', 'a HAVING b', 'a WINDOW w AS ()', 'a ORDER BY b', 'a LIMIT 1', 'a OFFSET 1', 'a FETCH FIRST ROW ONLY', 'a FOR UPDATE', 'a UNION SELECT b', 'a INTO b',
    'a := b', 'DISTINCT a', 'DISTINCT ON (a) b', 'a AS b', 'a b', 'a "b"', ',', 'a,', ',a', ')', '(', 'a)', '(a', 'a) (b', 'a), (b', '1) OR (1', 'a) FROM b --', 'a]', '[a]', 'a[', '{',
    '''', '"', 'a''', 'a"', '"a', '$$', '$a$ $b$', 'E''\''', '/*', 'a /*', '/* /* */', '*/', '\', 'a \ b', ':a', ':''a''', '@', 'a @', 'a +', '+', '=', 'a = ', 'CASE WHEN a', 'f(', 'f(a', '""',
    'U&"\zzzz"', 'U&''\d800''', 'a::', 'a..b', '.a', 'a.', '1e', E'\x01', E'a \x7f', repeat('(', 100000), repeat('NOT ', 100000) || 'a', repeat('f(', 10000), repeat('CASE WHEN ', 10000)]) AS expression;
-- a subquery, where it is not allowed
SELECT is(pg_temp.said(expression), '0A000', to_json(expression)::text)
FROM unnest(ARRAY['(SELECT a)', '(SELECT a FROM b)', 'EXISTS (SELECT)', 'a IN (SELECT b)', 'a = ANY (SELECT b)', 'ARRAY(SELECT a)', '(VALUES (a))', 'f((SELECT a))', 'CASE WHEN EXISTS (TABLE x) THEN a END',
    '(WITH x AS (DELETE FROM y RETURNING 1) SELECT 1)', 'a, (SELECT b)', 'sum(a) FILTER (WHERE (SELECT b))', '((((SELECT 1))))']) AS expression;
SELECT is(pg_temp.said('(SELECT a FROM b AS c WHERE d = c.e), f', true), '2: a c.e d f', 'where it is, its names count');
-- deep and long
SELECT is(pg_temp.said(repeat('(', 1000) || 'a' || repeat(')', 1000)), '1: a', 'a thousand brackets');
SELECT is(pg_temp.said('a' || repeat('+a', 100000)), '54001', 'a hundred thousand sums');
SELECT matches(pg_temp.said(repeat('a,', 100000) || 'a'), '^100001: ', 'a hundred thousand expressions');
SELECT is(pg_temp.said(quote_literal(repeat('x', 10000000))), '1: ', 'a text of ten million letters');
SELECT is(length(pg_temp.said(repeat('x', 1000000))), 3 + 63, 'a name of a million');
-- a text is read as the server's settings say, so those that use it fix them
SELECT is(_scoring.expression_columns(NULL), NULL, 'NULL');
SELECT throws_ok($$SELECT _scoring.expression_columns('a b')$$, '42601', 'an expression must not have a name of its own');
SELECT throws_ok($$SELECT _scoring.expression_columns('a +')$$, '42601', 'syntax error at end of input');

SELECT * FROM finish();
