-- Keys of every type that tells customers apart, found by their index, and in the
-- order in which their index has them.
\ir lib/base.sql
SELECT no_plan();
CREATE EXTENSION citext SCHEMA public;
CREATE SCHEMA shop;
CREATE TYPE shop.shade AS ENUM ('pale', 'deep');
CREATE DOMAIN shop.mail AS public.citext CHECK (VALUE ~ '@');
CREATE DOMAIN shop.login AS shop.mail;

-- two sources, whose key columns have other names, and other types where such are
-- given, and two values a < b of the key
CREATE TABLE lib.kind (n int GENERATED ALWAYS AS IDENTITY, key text, other text, a text, b text, by_index boolean DEFAULT true);
INSERT INTO lib.kind (key, other, a, b, by_index) VALUES
    ('bigint', 'int', '1', '2', true), ('bigint', 'smallint', '-5', '32767', true), ('int', 'bigint', '1', '2', true),
    ('smallint', 'int', '1', '2', true), ('numeric', 'numeric(10,2)', '1', '1.50', true), ('numeric', 'int', '1', '2', false),
    ('text', 'varchar(20)', 'a', 'b', true), ('varchar', 'text', '', ' ', true), ('text', 'name', 'a', 'b', true), ('char(4)', 'text', 'a', 'b', false),
    ('uuid', 'uuid', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002', true),
    ('uuid', 'text', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002', false),
    ('date', 'date', '2026-01-31', '2026-02-01', true), ('timestamptz', 'timestamptz', '2026-01-31 12:00:00+01', '2026-02-01 12:00:00+01', true),
    ('date', 'timestamp', '2026-01-31', '2026-02-01', true), ('bytea', 'bytea', '\x00', '\xff', true), ('boolean', 'boolean', 'false', 'true', true),
    ('shop.shade', 'shop.shade', 'pale', 'deep', true), ('inet', 'cidr', '10.0.0.0', '10.0.0.1', true), ('int[]', 'int[]', '{1,2}', '{2}', true), ('int4range', 'int4range', '[1,2)', '[2,3)', true),
    ('double precision', 'real', '-0.5', '1e100', true), ('public.citext', 'public.citext', 'Ann', 'bob', true), ('public.citext', 'text', 'Ann', 'bob', false),
    ('shop.mail', 'shop.mail', 'Ann@x', 'bob@x', true), ('shop.login', 'shop.mail', 'Ann@x', 'bob@x', true), ('interval', 'interval', '1 day', '1 month', true);
UPDATE lib.kind SET b = '1.5' WHERE other = 'real';

CREATE FUNCTION lib.plan_of(query text) RETURNS text LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    line text;
    plan text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        plan := plan || line || E'\n';
    END LOOP;
    RETURN plan;
END
$$;
-- figures of a base with such a key, alone or as the second of two columns
CREATE FUNCTION lib.life(k lib.kind, columns int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text := '';
    key text := CASE columns WHEN 1 THEN 'client' ELSE '1, client' END;
    given text := CASE columns WHEN 1 THEN '' ELSE '1, ' END;
BEGIN
    EXECUTE format('CREATE TABLE shop.bought ("Client No" %s, d date)', k.key);
    EXECUTE format('CREATE TABLE shop.clicked (client %s, d date)', k.other);
    CREATE INDEX clicked_client ON shop.clicked (client);
    CREATE VIEW shop.seen AS SELECT * FROM shop.clicked;
    EXECUTE format('INSERT INTO shop.bought VALUES (%L, ''2026-01-01''), (%L, ''2026-01-01''), (%1$L, ''2026-01-02'')', k.a, k.b);
    EXECUTE format('INSERT INTO shop.clicked VALUES (%L, ''2026-01-03'')', k.a);
    PERFORM create_base('b', CASE columns WHEN 1 THEN '' ELSE 'shop int, ' END || 'k ' || k.key, 'UTC');
    PERFORM add_source('b', 'shop.bought', '''bought''', 'd', key => replace(key, 'client', '"Client No"'));
    PERFORM add_source('b', 'shop.clicked', '''clicked''', 'd', key => key);
    PERFORM add_source('b', 'shop.seen', '''seen''', 'd', key => key, watch => jsonb_build_object('clicked', key));
    PERFORM add_source('b', 'shop.seen', '''in full''', 'd', key => key);
    CALL refresh('b');
    said := said || (SELECT string_agg(interactions::text, ' ' ORDER BY touchpoint) FROM b.touchpoints);
    EXECUTE format('INSERT INTO shop.clicked VALUES (%L, ''2026-01-04'')', k.b);
    EXECUTE format('UPDATE shop.bought SET d = ''2026-01-05'' WHERE "Client No" = %L', k.a);
    CALL refresh('b');
    said := said || ', ' || (SELECT string_agg(interactions::text, ' ' ORDER BY touchpoint) FROM b.touchpoints) || ', ' || (SELECT count(*) FROM verify('b'));
    EXECUTE format('CREATE TABLE shop.people AS SELECT DISTINCT "Client No" AS client, true AS mail FROM shop.bought');
    PERFORM set_population('b', 'shop.people', key, '{"mail": "mail"}');
    PERFORM add_score('b', 's', '{"bought": {"each": 1}}');
    PERFORM snapshot('b');
    EXECUTE format('SELECT $1 || '', '' || count(*) FROM explain(''b'', ''s'', %s%L)', given, k.b) INTO said USING said;
    EXECUTE format('SELECT $1 || '', '' || count(*) FROM explain(''b'', ''s'', %s%L::%s)', given, k.b, k.key) INTO said USING said;
    -- whatever the session's settings are that types are written by
    SET LOCAL DateStyle = 'SQL, DMY';
    SET LOCAL TimeZone = 'Asia/Tokyo';
    SET LOCAL IntervalStyle = 'iso_8601';
    SET LOCAL bytea_output = 'escape';
    SET LOCAL extra_float_digits = -10;
    EXECUTE format('SELECT erase(''b'', %s"Client No") FROM shop.bought WHERE "Client No" = %L', given, k.b) USING k.b;
    SET LOCAL DateStyle = 'ISO, MDY';
    SET LOCAL bytea_output = 'hex';
    EXECUTE format('UPDATE shop.bought SET d = ''2026-01-06''');
    CALL refresh('b');
    said := said || ', ' || (SELECT count(*) FROM b.timelines) || (SELECT count(*) FROM b.s) || (SELECT count(*) FROM b.history) || ', ' || (SELECT count(*) FROM verify('b'));
    RAISE EXCEPTION USING ERRCODE = 'YY000';
EXCEPTION
    WHEN SQLSTATE 'YY000' THEN
        RETURN said;
    WHEN OTHERS THEN
        RETURN said || ' ' || SQLSTATE || ' ' || SQLERRM;
END
$$;
SELECT is(lib.life(k, columns), '3 1 1 1, 3 2 2 2, 0, 4, 4, 111, 0', format('a key of %s, from %s, %s', k.key, k.other, columns))
FROM lib.kind AS k, generate_series(1, 2) AS columns ORDER BY n, columns;

-- a value of another type is looked for as it is, where its type has an equality
-- with the key's in the same index
CREATE FUNCTION lib.uses_index(k lib.kind) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    uses boolean;
BEGIN
    EXECUTE format('CREATE TABLE shop.clicked (client %s, d date)', k.other);
    CREATE INDEX clicked_client ON shop.clicked (client);
    PERFORM create_base('b', 'k ' || k.key, 'UTC');
    uses := lib.plan_of(format('SELECT FROM (SELECT * FROM b.timelines OFFSET 0) AS d JOIN LATERAL (SELECT FROM %s WHERE %s OFFSET 0) AS r ON true',
                               lib.inside('b', $q$keyed_rows('b', 'shop.clicked', 'client')$q$),
                               lib.inside('b', $q$(key_reading('b', 'shop.clicked', 'client')).matches$q$)))
            ~ 'using clicked_client[^\n]*\n *Index Cond';
    RAISE EXCEPTION USING ERRCODE = 'YY000';
EXCEPTION WHEN SQLSTATE 'YY000' THEN
    RETURN uses;
END
$$;
SELECT is(lib.uses_index(k), k.by_index, format('index on %s for a key of %s', k.other, k.key)) FROM lib.kind AS k ORDER BY n;

-- ---------------------------------------------------------------------------
-- batches follow each other in the order of the key's index, in which capitals
-- may not stand before small letters

CREATE TABLE shop.mailed (address public.citext, d date);
CREATE INDEX ON shop.mailed (address);
INSERT INTO shop.mailed SELECT CASE i % 2 WHEN 0 THEN upper(md5(i::text)) ELSE md5(i::text) END || '@x', '2026-01-01' FROM generate_series(1, 30000) AS i;
ANALYZE shop.mailed;
SELECT create_base('crm', 'address shop.login', 'UTC') \g /dev/null
SELECT add_source('crm', 'shop.mailed', $$'mail'$$, 'd') \g /dev/null
SELECT create_base('two', 'list int, address shop.login, copy int', 'UTC') \g /dev/null
SELECT add_source('two', 'shop.mailed', $$'mail'$$, 'd', key => '1, address, 2') \g /dev/null
CALL refresh('crm');
CALL refresh('two');
UPDATE shop.mailed SET d = '2026-01-02' WHERE ctid < (SELECT max(ctid) FROM (SELECT ctid FROM shop.mailed ORDER BY ctid LIMIT 11000) AS t);
CALL refresh('crm');
CALL refresh('two');
SELECT is(lib.did('crm'), '10999 read, 10999 changed, 0 failed', 'all of two batches are read');
SELECT is(lib.did('two'), '10999 read, 10999 changed, 0 failed', 'by a key of several columns too');

SELECT * FROM finish();
SELECT drop_base('crm'), drop_base('two') \g /dev/null
DROP SCHEMA shop, lib CASCADE;
DROP EXTENSION citext;
