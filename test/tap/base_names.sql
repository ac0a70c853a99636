-- Names that ask to be quoted, to be taken for SQL, or for one of ours: of
-- bases, scores, columns of the key, channels, sources and their columns.
\ir lib/base.sql
SELECT no_plan();
CREATE SCHEMA shop;

-- All that a base does, with these names; a line of figures, which must be the
-- same whatever the names are, or the error.  Nothing of it stays.
CREATE FUNCTION lib.life(base text DEFAULT 'b', score text DEFAULT 's', key text DEFAULT 'k', channel text DEFAULT 'c',
                         relation text DEFAULT 'source', column_name text DEFAULT 'id', OUT said text) LANGUAGE plpgsql AS $$
DECLARE
    n text[];
    source text := format('shop.%I', relation);
BEGIN
    EXECUTE format('CREATE TABLE %s (%I int, shop text, at date, amount numeric)', source, column_name);
    EXECUTE format('CREATE INDEX ON %s (%I, shop)', source, column_name);
    EXECUTE format('CREATE VIEW shop.view AS SELECT * FROM %s', source);
    EXECUTE format('CREATE TABLE shop.people AS SELECT i AS %I, ''x''::text AS shop, i > 3 AS agrees, ''r'' || i %% 2 AS region FROM generate_series(0, 9) AS i', column_name);
    EXECUTE format('INSERT INTO %s SELECT i %% 5, ''x'', ''2026-01-01'', i FROM generate_series(1, 20) AS i', source);
    PERFORM create_base(base, format('%I bigint, "the ""shop"", too" text', key), 'UTC');
    PERFORM add_source(base, source::regclass, '''bought''', 'at', key => format('%I, shop', column_name), value => format('amount + %I.%I * 0', relation, column_name),
        filter => format('%I >= 0', column_name), once_per => 'amount');
    PERFORM add_source(base, source::regclass, format('%I::text || '' AS part''', column_name), 'at', key => format('%I, shop', column_name));
    PERFORM add_source(base, 'shop.view', '''in full''', 'at', key => format('%I, shop', column_name));
    PERFORM add_source(base, 'shop.view', '''watched''', 'at', key => format('%I, shop', column_name),
        watch => jsonb_build_object(quote_ident(relation), format('%I, %I.shop', column_name, relation)));
    PERFORM add_echo(base, 'in full', 'bought', same => format('%I::text', column_name));
    CALL refresh(base);
    EXECUTE format('INSERT INTO %s VALUES (100, ''x'', ''2026-01-01'', 1), (8, ''x'', NULL, NULL)', source);
    EXECUTE format('UPDATE %s SET %I = 101 WHERE %2$I = 1', source, column_name);
    CALL refresh(base);
    n := n || (SELECT count(*)::text FROM verify(base));
    PERFORM set_population(base, 'shop.people', format('%I, shop', column_name), jsonb_build_object(channel, 'agrees', 'zz', 'NOT agrees'), format('%I <> 9', column_name));
    PERFORM add_score(base, score, '{"bought": {"each": 1}}');
    PERFORM add_score(base, score || '%s', measure => 'count_of(timeline, ''bought'')');
    PERFORM recut(base, score, method => 'natural');
    PERFORM add_rfm(base, 'rfm ' || score, 'bought');
    PERFORM snapshot(base);
    PERFORM distribution(base, score, by => 'region');
    PERFORM moves(base, score, '2026-01-01');
    n := n || (SELECT count(*)::text FROM explain(base, score, 3, 'x'::text));
    EXECUTE format('UPDATE %I.campaign_types SET pressure = $1, cap = 100', base) USING score;
    n := n || (SELECT string_agg(contact || '/' || control, ',') FROM plan_campaign(base, 'c ' || score, score, channel, array_fill(0.5, ARRAY[6]),
        filter => format('%I >= 0', column_name), salt => 'salt', waves => '{1,2}', worth => 1));
    n := n || take_wave(base, 'c ' || score, 1)::text || (SELECT count(*)::text FROM check_wave(base, 'c ' || score));
    PERFORM erase(base, 3, 'x');
    -- (close() would have a table read first that is of this transaction)
    EXECUTE format('UPDATE %I.base SET closed_before = ''2025-01-02''', base);
    EXECUTE format('INSERT INTO %s VALUES (8, ''x'', ''2024-01-01'', NULL)', source);
    n := n || rebuild(base)::text;
    PERFORM drop_source(base, 3);
    CALL refresh(base);
    EXECUTE format('SELECT $1 || ARRAY[(SELECT count(*) FROM %1$I.timelines), (SELECT count(*) FILTER (WHERE %2$I) FROM %1$I.%3$I), (SELECT count(*) FROM %1$I.%4$I),
                           (SELECT sum(customers) FROM %1$I.%5$I), (SELECT sum(frequency) FROM %1$I.%6$I), (SELECT count(*) FROM %1$I.sources, %1$I.touchpoints, %1$I.progress),
                           (SELECT sum(read_rows) FROM %1$I.readings)]::text[]',
                   base, channel, score, score || '%s', score || '_tiers', 'rfm ' || score) INTO n USING n;
    EXECUTE format('SELECT $1 || ARRAY[(SELECT count(%1$I) FROM %2$I.%3$I), (SELECT count(%1$I) FROM %2$I.%4$I)]::text[]', key, base, 'c ' || score, 'c ' || score || '_sends')
        INTO n USING n;
    PERFORM drop_campaign(base, 'c ' || score);
    EXECUTE format('UPDATE %I.campaign_types SET pressure = NULL, cap = NULL', base);
    PERFORM drop_score(base, score);
    PERFORM drop_base(base);
    n := n || (SELECT count(*)::text FROM pg_trigger WHERE tgname LIKE 'scoring%');
    said := array_to_string(n, ' ');
    RAISE EXCEPTION USING ERRCODE = 'YY000';
EXCEPTION
    WHEN SQLSTATE 'YY000' THEN
        NULL;
    WHEN OTHERS THEN
        said := SQLSTATE || ' ' || SQLERRM;
END
$$;
SELECT lib.life() AS usual \gset
SELECT matches(:'usual'::text, '^0 4 [0-9/,]+ 1 3 0 [1-9][0-9 ]* 0$', 'what a base does: ' || :'usual');

-- everything has the same strange name
SELECT is(lib.life(name, name, name, name || '.', name, name), :'usual', format('all of them called %s', to_json(name)))
FROM unnest(ARRAY['UPPER case', 'a"b', 'a''b, c', '%s %I %1$I %2$L', E'a.b\n', E'$1 \\ $$', '--/*', '); DROP SCHEMA shop; --', '*', 'select',
    'd.x r.scoring_key_ AS part', repeat('x', 40), repeat('é', 20)]) AS name;
-- scores, sources and their columns that are called as parts of our queries
SELECT is(lib.life(score => score, channel => channel, relation => relation, column_name => column_name), :'usual',
    format('a score %s, a channel %s, a source %s with the column %s', score, channel, relation, column_name))
FROM (VALUES ('x', 'v', 'k', 'key'), ('v', 'x', 'd', 'due'), ('score', 'w', 'due_customer', 'tried'), ('tier', 'n', 'rows', 'once'), ('timeline', 'b', 'r', 'part'),
    ('as_of', 't', 'built', 'touchpoint'), ('today', 'z', 'timelines', 'old'), ('tiers', 'h', 'new', 'timeline')) AS v (score, channel, relation, column_name);

-- and columns of the key
SELECT is(lib.life(key => name), :'usual', 'a key ' || name)
FROM unnest('{x,t,s,j,v,p,w,d,h,l,contacts,below,campaign,due_on,rows,scoring}'::text[]) AS name;

-- names that cannot be
SELECT is(lib.life(base => name), said, 'no base called ' || left(name, 50))
FROM (VALUES
    ('', '42602 "" cannot be the name of a base'), ('$user', '42602 "$user" cannot be the name of a base'), (repeat('x', 41), format('42602 "%s" cannot be the name of a base', repeat('x', 41))),
    (repeat('é', 21), format('42602 "%s" cannot be the name of a base', repeat('é', 21))),
    ('public', '42P06 schema "public" already exists'), ('pg_x', '42939 unacceptable schema name "pg_x"')) AS v (name, said);
SELECT is(lib.life(score => name), said, 'no score called ' || left(name, 50))
FROM (VALUES
    ('', '42710 "" cannot be the name of a score of base "b"'), ('timelines', '42710 "timelines" cannot be the name of a score of base "b"'),
    ('progress', '42710 "progress" cannot be the name of a score of base "b"'), (repeat('é', 26), format('42710 "%s" cannot be the name of a score of base "b"', repeat('é', 26)))) AS v (name, said);
SELECT is(lib.life(channel => name), format('22023 a channel cannot be called "%s"', name), 'no channel called ' || left(name, 50))
FROM unnest(ARRAY['', 'k', 'score', 'timeline', 'today', 'the "shop", too', repeat('x', 64)]) AS name;
-- all names that stand beside the key somewhere are refused, with what to do
SELECT is(lib.life(key => name), format('22023 a column of the key cannot be called "%s"', name), 'no key called ' || name)
FROM unnest(_scoring.reserved_columns() || ARRAY['same_1', 'same_77']) AS name;
SELECT is(lib.life(key => 'the "shop", too'), '42701 key has two columns called "the "shop", too"', 'no two of a name');
SELECT is_empty($$
    SELECT a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'b'::regnamespace AND c.relkind IN ('r', 'v') AND a.attnum > 0 AND a.attname NOT IN ('k', 'c')
      AND EXISTS (SELECT FROM pg_attribute AS k WHERE k.attrelid = c.oid AND k.attname = 'k')
      AND NOT a.attname = ANY (_scoring.reserved_columns())$$, 'which are all that tables and views have')
FROM create_base('b', 'k int', 'UTC'), set_population('b', NULL), add_score('b', 's', '{}'), add_rfm('b', 'rfm', 'x');
SELECT drop_base('b') \g /dev/null

-- ---------------------------------------------------------------------------
-- how a key is written

CREATE SCHEMA "Other types";
CREATE DOMAIN "Other types"."a, (b) ""c""" AS int;
CREATE FUNCTION lib.key(key text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    PERFORM create_base('b', key, 'UTC');
    SELECT key_columns::text || ' ' || key_types::text INTO said FROM b.base;
    PERFORM drop_base('b');
    RETURN said;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS said = PG_EXCEPTION_DETAIL;
    RETURN concat_ws(' | ', SQLSTATE, SQLERRM, nullif(said, ''));
END
$$;
SELECT is(lib.key(key), said, format('key %s', to_json(key)))
FROM (VALUES
    ('customer_id bigint', '{customer_id} {bigint}'),
    (E' \n Customer_ID\tBIGINT ', '{customer_id} {bigint}'),
    ('a int,b text', '{a,b} {integer,text}'),
    ('"a b" int4 , "c,d" varchar(10), "e""f" numeric(10,2), "(" timestamp(3) with time zone, ")" double   precision',
     '{"a b","c,d","e\"f",(,)} {integer,"character varying",numeric,"timestamp with time zone","double precision"}'),
    ('É int, é_1$ "Other types"."a, (b) ""c"""', '{É,é_1$} {integer,"\"Other types\".\"a, (b) \"\"c\"\"\""}'),
    ('a char(3), b bit(2), c "char", d text[]', '{a,b,c,d} {bpchar,"\"bit\"","\"char\"",text[]}'),
    (repeat('x', 70) || ' int', format('{%s} {integer}', repeat('x', 63))),
    ('', '22023 | invalid key: "" | It is not a name and a type.'),
    ('a', '22023 | invalid key: "a" | It is not a name and a type.'),
    ('a int,', '22023 | invalid key: "a int," | It is not a name and a type.'),
    (', a int', '22023 | invalid key: ", a int" | It is not a name and a type.'),
    ('a int b', '22023 | invalid key: "a int b" | There is no type "int b" in pg_catalog.'),
    ('a int PRIMARY KEY', '22023 | invalid key: "a int PRIMARY KEY" | There is no type "int PRIMARY KEY" in pg_catalog.'),
    ('a int) ; DROP SCHEMA shop; --', '22023 | invalid key: "a int) ; DROP SCHEMA shop; --" | It is not a name and a type.'),
    ('a "int', '22023 | invalid key: "a "int" | It is not a name and a type.'),
    ('1a int', '22023 | invalid key: "1a int" | It is not a name and a type.'),
    ('a no_such_type', '22023 | invalid key: "a no_such_type" | There is no type "no_such_type" in pg_catalog.'),
    ('a SETOF int', '22023 | invalid key: "a SETOF int" | There is no type "SETOF int" in pg_catalog.'),
    ('a int, A text', '42701 | key has two columns called "a"'),
    ('a json', '42704 | data type json has no default operator class for access method "btree"'),
    ('ctid int', '42701 | column name "ctid" conflicts with a system column name')) AS v (key, said);

SELECT * FROM finish();
DROP SCHEMA "Other types", shop, lib CASCADE;
