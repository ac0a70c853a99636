-- mark(): what a write to a source leaves in a base.  The base is made by hand,
-- so that it can be broken by hand.
\set QUIET on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
SET search_path = public;
DROP SCHEMA IF EXISTS mark, "la base", "la boutique" CASCADE;
DROP ROLE IF EXISTS mark_owner;
DROP ROLE IF EXISTS mark_writer;
CREATE ROLE mark_owner;
CREATE ROLE mark_writer;
CREATE SCHEMA mark;
CREATE SCHEMA "la base" AUTHORIZATION mark_owner;
CREATE SCHEMA "la boutique";
ALTER DEFAULT PRIVILEGES IN SCHEMA "la boutique" GRANT SELECT ON TABLES TO mark_owner;

SET ROLE mark_owner;
CREATE TABLE "la base".base ();
CREATE TABLE "la base".watches (
    watch integer PRIMARY KEY, source integer, relation text, seen regclass, keys text[], tracked boolean);
CREATE TABLE "la base".reread (watch integer NOT NULL);
RESET ROLE;

-- has the changes of a relation reported, as add_source does
CREATE FUNCTION mark.watch(watch integer, relation regclass, columns text, VARIADIC used text[] DEFAULT '{}') RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    of_owner text := format('ALTER TABLE "la base".marks_%s OWNER TO mark_owner', watch);
BEGIN
    EXECUTE format('CREATE TABLE "la base".marks_%s AS SELECT %s FROM %s WITH NO DATA', watch, columns, relation);
    EXECUTE of_owner;
    INSERT INTO "la base".watches VALUES (watch, 1, relation, relation, '{}', true);
    PERFORM _scoring.make_trigger(relation, 'scoring', VARIADIC ARRAY['la base', watch::text] || used);
END
$$;

-- the marks in the order in which they were written, which are taken away
CREATE FUNCTION mark.taken(watch integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    marks text;
BEGIN
    EXECUTE format('SELECT coalesce(string_agg(m::text, '' '' ORDER BY ctid), ''nothing'') FROM "la base".marks_%s AS m', watch) INTO marks;
    EXECUTE format('TRUNCATE "la base".marks_%s', watch);
    RETURN marks;
END
$$;
CREATE FUNCTION mark.reread() RETURNS text LANGUAGE sql AS $$
    WITH taken AS (DELETE FROM "la base".reread RETURNING watch)
    SELECT coalesce(string_agg(watch::text, ' ' ORDER BY watch), 'nothing') FROM taken
$$;
CREATE FUNCTION mark.write(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE command;
    RETURN 'written';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END
$$;

SELECT no_plan();

-- ---------------------------------------------------------------------------
-- rows come, change and go

CREATE TABLE "la boutique".orders (
    gone text, order_id integer PRIMARY KEY, customer_id bigint, shop text, amount numeric, note text);
ALTER TABLE "la boutique".orders DROP COLUMN gone;
SELECT mark.watch(1, '"la boutique".orders', 'customer_id, shop', 'customer_id', 'shop', 'amount') \g /dev/null

INSERT INTO "la boutique".orders VALUES (1, 7, 'Lyon', 1), (2, 7, 'Lyon', 2), (3, 8, NULL, 3), (4, NULL, 'Lyon', 4), (5, 7, 'Lyon', 5);
SELECT is(mark.taken(1), '(7,Lyon) (8,) (,Lyon) (7,Lyon)', 'who came, each once in a row; NULL is a value as others');
UPDATE "la boutique".orders SET amount = amount + 1 WHERE order_id < 4;
SELECT is(mark.taken(1), '(7,Lyon) (8,)', 'a change is one mark where the columns stay the same');
UPDATE "la boutique".orders SET customer_id = 9 WHERE customer_id = 7 AND order_id < 3;
SELECT is(mark.taken(1), '(7,Lyon) (9,Lyon) (7,Lyon) (9,Lyon)', 'both the old and the new customer');
UPDATE "la boutique".orders SET note = 'gift';
SELECT is(mark.taken(1), 'nothing', 'columns that are not used');
DELETE FROM "la boutique".orders WHERE order_id IN (3, 5);
SELECT is(mark.taken(1), '(8,) (7,Lyon)', 'who went');
INSERT INTO "la boutique".orders VALUES (4, 1, 'Nice', 0), (6, 2, 'Nice', 0)
    ON CONFLICT (order_id) DO UPDATE SET shop = excluded.shop;
SELECT is(mark.taken(1), '(,Lyon) (,Nice) (2,Nice)', 'INSERT ... ON CONFLICT DO UPDATE');
INSERT INTO "la boutique".orders VALUES (4, 1, 'Nice', 0), (7, 3, 'Nice', 0) ON CONFLICT DO NOTHING;
SELECT is(mark.taken(1), '(3,Nice)', 'ON CONFLICT DO NOTHING');
SELECT current_setting('server_version_num')::int >= 150000 AS has_merge \gset
\if :has_merge
MERGE INTO "la boutique".orders AS o USING (VALUES (4, 44), (6, 66), (8, 88)) AS n (order_id, customer_id) ON o.order_id = n.order_id
    WHEN MATCHED AND o.order_id = 6 THEN DELETE
    WHEN MATCHED THEN UPDATE SET customer_id = n.customer_id
    WHEN NOT MATCHED THEN INSERT VALUES (n.order_id, n.customer_id, 'Metz', 0);
-- events of one row each, those of one trigger together
SELECT is((SELECT string_agg(m, ' ' ORDER BY m) FROM string_to_table(mark.taken(1), ' ') AS m),
          '(,Nice) (2,Nice) (44,Nice) (88,Metz)', 'MERGE');
\endif
COPY "la boutique".orders FROM STDIN;
20	20	Metz	1	\N
21	20	Metz	1	\N
22	22	Metz	1	\N
\.
SELECT is(mark.taken(1), '(20,Metz) (22,Metz)', 'COPY');
WITH gone AS (DELETE FROM "la boutique".orders WHERE order_id = 22 RETURNING *),
     changed AS (UPDATE "la boutique".orders SET shop = 'Brest' WHERE order_id = 21 RETURNING *)
INSERT INTO "la boutique".orders SELECT order_id + 100, customer_id + 1000, shop, amount FROM gone;
SELECT is((SELECT string_agg(m, ' ' ORDER BY m) FROM string_to_table(mark.taken(1), ' ') AS m),
          '(1022,Metz) (20,Brest) (20,Metz) (22,Metz)', 'three writes in one statement');

-- what is taken back leaves nothing
BEGIN;
INSERT INTO "la boutique".orders VALUES (30, 30, 'A', 0);
SAVEPOINT s;
INSERT INTO "la boutique".orders VALUES (31, 31, 'A', 0);
SAVEPOINT t;
INSERT INTO "la boutique".orders VALUES (32, 32, 'A', 0);
RELEASE t;
ROLLBACK TO s;
INSERT INTO "la boutique".orders VALUES (33, 33, 'A', 0);
COMMIT;
DO $$
BEGIN
    FOR i IN 34 .. 37 LOOP
        BEGIN
            INSERT INTO "la boutique".orders VALUES (i, i, 'A', 0);
            IF i % 2 = 0 THEN
                RAISE 'no';
            END IF;
        EXCEPTION WHEN raise_exception THEN
        END;
    END LOOP;
END
$$;
SELECT is(mark.taken(1), '(30,A) (33,A) (35,A) (37,A)', 'savepoints, and blocks with exceptions');
BEGIN;
INSERT INTO "la boutique".orders VALUES (40, 40, 'A', 0);
ROLLBACK;
SELECT is(mark.taken(1), 'nothing', 'a transaction rolled back');
SELECT setting::int > 0 AS can_prepare FROM pg_settings WHERE name = 'max_prepared_transactions' \gset
\if :can_prepare
BEGIN;
INSERT INTO "la boutique".orders VALUES (40, 40, 'A', 0);
PREPARE TRANSACTION 'mark';
COMMIT PREPARED 'mark';
SELECT is(mark.taken(1), '(40,A)', 'a transaction committed in two phases');
\endif

-- ---------------------------------------------------------------------------
-- whoever writes, however

GRANT USAGE ON SCHEMA "la boutique" TO mark_writer;
GRANT INSERT, DELETE, SELECT ON "la boutique".orders TO mark_writer;
SET SESSION AUTHORIZATION mark_writer;
SET search_path = '';
INSERT INTO "la boutique".orders VALUES (50, 50, 'A', 0);
RESET SESSION AUTHORIZATION;
SET search_path = public;
SELECT is(mark.taken(1), '(50,A)', 'somebody who may not even look into the base');
SET session_replication_role = replica;
UPDATE "la boutique".orders SET amount = 1 WHERE order_id = 50;
DELETE FROM "la boutique".orders WHERE order_id = 50;
RESET session_replication_role;
SELECT is(mark.taken(1), '(50,A) (50,A)', 'where other triggers do not fire');
ALTER TABLE "la base".marks_1 ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO "la boutique".orders VALUES (51, 51, 'A', 0);
SELECT is(string_agg(DISTINCT relation::regclass || ' ' || mode, ', '), '"la base".marks_1 RowExclusiveLock',
          'a serializable transaction leaves no trace of having read')
FROM pg_locks WHERE pid = pg_backend_pid() AND relation::regclass::text ~ '^"la base"';
COMMIT;
ALTER TABLE "la base".marks_1 DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
SELECT is(mark.taken(1), '(51,A)', 'and row level security is no obstacle');

-- foreign keys act at the end of a statement or of the transaction
CREATE TABLE "la boutique".customers (id bigint PRIMARY KEY);
CREATE TABLE "la boutique".visits (
    customer_id bigint REFERENCES "la boutique".customers ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,
    parent integer REFERENCES "la boutique".visits ON DELETE CASCADE, visit integer PRIMARY KEY);
SELECT mark.watch(2, '"la boutique".visits', 'customer_id') \g /dev/null
INSERT INTO "la boutique".customers VALUES (1), (2), (3);
INSERT INTO "la boutique".visits VALUES (1, NULL, 1), (2, NULL, 2), (1, NULL, 3), (3, 1, 4), (3, 2, 5), (2, 4, 6);
SELECT mark.taken(2) \g /dev/null
UPDATE "la boutique".customers SET id = 11 WHERE id = 1;
SELECT is((SELECT string_agg(DISTINCT m, ' ') FROM string_to_table(mark.taken(2), ' ') AS m), '(1) (11)', 'ON UPDATE CASCADE');
DELETE FROM "la boutique".customers WHERE id = 11;
SELECT is((SELECT string_agg(DISTINCT m, ' ') FROM string_to_table(mark.taken(2), ' ') AS m), '() (11)', 'ON DELETE SET NULL');
DELETE FROM "la boutique".visits WHERE visit IN (1, 2);
SELECT is((SELECT string_agg(DISTINCT m, ' ') FROM string_to_table(mark.taken(2), ' ') AS m), '() (2) (3)', 'ON DELETE CASCADE, to the third generation');
CREATE FUNCTION mark.visit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "la boutique".visits VALUES (NULL, NULL, NEW.id), (NEW.id, NULL, -NEW.id);
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER visits AFTER INSERT ON "la boutique".customers DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION mark.visit();
BEGIN;
INSERT INTO "la boutique".customers VALUES (21), (22);
SELECT is(mark.taken(2), 'nothing', 'a deferred trigger has not fired yet');
COMMIT;
SELECT is(mark.taken(2), '() (21) () (22)', 'and what it writes when it does');

-- ---------------------------------------------------------------------------
-- values as they are stored

CREATE DOMAIN "la boutique".code AS text;
CREATE TYPE "la boutique".person AS (name text, born date);
CREATE TABLE "la boutique".things (
    n integer PRIMARY KEY, d1 text, t text, c char(3), code "la boutique".code, u uuid, num numeric, f8 float8, dates date[],
    who "la boutique".person, made text GENERATED ALWAYS AS ('made of ' || n) STORED, flag boolean, d2 integer, name name);
ALTER TABLE "la boutique".things DROP COLUMN d1, DROP COLUMN d2, ADD COLUMN late text DEFAULT 'never written';
CREATE VIEW mark.things AS
    SELECT n, t, c, code, u, num, f8, dates, who, made, flag, name, late FROM "la boutique".things;
SELECT mark.watch(3, '"la boutique".things', 'n, t, c, code, u, num, f8, dates, who, made, flag, name, late') \g /dev/null
ALTER TABLE "la base".marks_3 ADD COLUMN unused integer;
ALTER TABLE "la base".marks_3 DROP COLUMN unused;
INSERT INTO "la boutique".things (n, t, c, code, u, num, f8, dates, who, flag, name)
SELECT i, x, 'ab', x, md5(i::text)::uuid, i / 3.0, 'NaN', ARRAY['2026-01-01'::date + i, NULL], ROW(x, '2000-01-01')::"la boutique".person, i % 2 = 0, 'named'
FROM generate_series(1, 4) AS i,
     LATERAL (SELECT CASE i WHEN 1 THEN 'short' WHEN 2 THEN repeat('long', 500) WHEN 3 THEN repeat('very long', 100000)
                     ELSE (SELECT string_agg(md5(j::text), '') FROM generate_series(1, 1000) AS j) END AS x) AS x;
SELECT set_eq('SELECT md5(m::text) FROM "la base".marks_3 AS m', 'SELECT md5(thing::text) FROM mark.things AS thing',
              'of every type and size, out of line too');
TRUNCATE "la base".marks_3;
CREATE TABLE mark.old AS TABLE mark.things;
UPDATE "la boutique".things SET num = -num, t = CASE WHEN n > 2 THEN t ELSE t || 'er' END;
SELECT set_eq('SELECT md5(m::text) FROM "la base".marks_3 AS m',
              'SELECT md5(thing::text) FROM mark.things AS thing UNION ALL SELECT md5(o::text) FROM mark.old AS o',
              'old ones and new ones');
TRUNCATE "la base".marks_3;
UPDATE "la boutique".things SET made = DEFAULT, t = t, flag = NOT flag WHERE n = 4;
UPDATE "la boutique".things SET flag = NOT flag WHERE n = 4;
DELETE FROM "la boutique".things;
VACUUM FULL "la boutique".things;
SELECT is(count(*) || ' ' || count(DISTINCT m::text) || ' ' || sum(length(t)), '8 5 1062009' , 'and they outlive the source')
FROM "la base".marks_3 AS m;

-- ---------------------------------------------------------------------------
-- partitions: columns are found by name in each

CREATE TABLE "la boutique".events (day date, customer text, kind text) PARTITION BY RANGE (day);
CREATE TABLE "la boutique".events_2025 PARTITION OF "la boutique".events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE "la boutique".events_2026 (junk integer, kind text, customer text, more integer, day date);
ALTER TABLE "la boutique".events_2026 DROP COLUMN junk, DROP COLUMN more;
ALTER TABLE "la boutique".events ATTACH PARTITION "la boutique".events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE "la boutique".events_2027 (customer text, day date, kind text) PARTITION BY LIST (kind);
CREATE TABLE "la boutique".events_2027_click (day date, kind text, customer text);
ALTER TABLE "la boutique".events_2027 ATTACH PARTITION "la boutique".events_2027_click FOR VALUES IN ('click');
ALTER TABLE "la boutique".events ATTACH PARTITION "la boutique".events_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
SELECT mark.watch(4, '"la boutique".events', 'customer') \g /dev/null
CREATE TABLE "la boutique".events_2028 PARTITION OF "la boutique".events FOR VALUES FROM ('2028-01-01') TO ('2029-01-01');
INSERT INTO "la boutique".events SELECT make_date(y, 6, 1), 'c' || y, 'click' FROM generate_series(2025, 2028) AS y;
SELECT is(mark.taken(4), '(c2025) (c2026) (c2027) (c2028)', 'in every partition, the one that came later too');
INSERT INTO "la boutique".events_2026 (customer, day) VALUES ('leaf', '2026-01-01');
INSERT INTO "la boutique".events_2027_click VALUES ('2027-01-01', 'click', 'leaf 2');
SELECT is(mark.taken(4), '(leaf) ("leaf 2")', 'straight into partitions');
UPDATE "la boutique".events SET day = day + 365 * 2 WHERE customer IN ('c2025', 'c2026');
SELECT is((SELECT string_agg(m, ' ' ORDER BY m) FROM string_to_table(mark.taken(4), ' ') AS m), '(c2025) (c2025) (c2026) (c2026)',
          'a row that moves to another one');
UPDATE "la boutique".events_2027_click SET customer = 'x' WHERE customer = 'leaf 2';
SELECT is(mark.taken(4), '("leaf 2") (x)', 'a change in a partition of a partition');
UPDATE "la base".watches SET seen = '"la boutique".events_2027' WHERE watch = 4;
DELETE FROM "la boutique".events WHERE day >= '2027-01-01';
SELECT is((SELECT string_agg(m, ' ' ORDER BY m) FROM string_to_table(mark.taken(4), ' ') AS m), '(c2025) (c2027) (x)',
          'only of the partition that the base lists');
DELETE FROM "la boutique".events WHERE day < '2027-01-01';
SELECT is(mark.taken(4), 'nothing', 'not of others');

-- ---------------------------------------------------------------------------
-- what the owner of the base may not read is not copied for him

CREATE TABLE "la boutique".secrets (customer integer, secret text) PARTITION BY LIST (customer);
CREATE TABLE "la boutique".secrets_1 PARTITION OF "la boutique".secrets DEFAULT;
SELECT mark.watch(13, '"la boutique".secrets', 'customer') \g /dev/null
REVOKE SELECT ON "la boutique".secrets_1 FROM mark_owner;
INSERT INTO "la boutique".secrets VALUES (1), (2);
SELECT is(mark.taken(13) || mark.reread(), '(1) (2)nothing', 'what counts is the relation that the base lists, not its partitions');
REVOKE SELECT ON "la boutique".secrets FROM mark_owner;
INSERT INTO "la boutique".secrets VALUES (3);
SELECT is(mark.taken(13) || mark.reread(), 'nothing13', 'the right to read it has gone');
GRANT SELECT (secret) ON "la boutique".secrets TO mark_owner;
DELETE FROM "la boutique".secrets WHERE customer = 3;
SELECT is(mark.taken(13) || mark.reread(), 'nothing13', 'a right to other columns is none');
GRANT SELECT (customer) ON "la boutique".secrets TO mark_owner;
DELETE FROM "la boutique".secrets WHERE customer = 2;
SELECT is(mark.taken(13) || mark.reread(), '(2)nothing', 'one to those columns is enough');
ALTER TABLE "la boutique".secrets ENABLE ROW LEVEL SECURITY;
DELETE FROM "la boutique".secrets;
SELECT is(mark.taken(13) || mark.reread(), 'nothing13', 'rows may be hidden from him');

-- ---------------------------------------------------------------------------
-- nothing is evaluated

CREATE TABLE mark.evaluated (what text);
CREATE FUNCTION mark.look(text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RAISE 'evaluated';
END
$$;
CREATE DOMAIN "la boutique".checked AS text;
CREATE TABLE "la boutique".checks (customer "la boutique".checked);
INSERT INTO "la boutique".checks VALUES ('a'), ('b'), (repeat('c', 100000));
SELECT mark.watch(5, '"la boutique".checks', 'customer') \g /dev/null
ALTER DOMAIN "la boutique".checked ADD CHECK (mark.look(VALUE)) NOT VALID;
SELECT is(mark.write('DELETE FROM "la boutique".checks'), 'written', 'not the check of a domain');
SELECT is(count(*) || ' ' || max(length(customer::text)), '3 100000', 'and there they are') FROM "la base".marks_5;
DROP DOMAIN "la boutique".checked CASCADE;

-- ---------------------------------------------------------------------------
-- columns that do not fit any more: the relation is to be read again

CREATE TABLE "la boutique".sales (customer varchar(10), amount integer);
SELECT mark.watch(6, '"la boutique".sales', 'customer') \g /dev/null
INSERT INTO "la boutique".sales VALUES ('a', 1), ('b', 2);
ALTER TABLE "la boutique".sales ALTER customer TYPE varchar(100000);
INSERT INTO "la boutique".sales VALUES ('eleven letters', 1);
SELECT is(mark.taken(6) || mark.reread(), '(a) (b) ("eleven letters")nothing', 'a longer text fits');
SELECT is(reltoastrelid, 0::oid, '(the marks have no place out of line)') FROM pg_class WHERE oid = '"la base".marks_6'::regclass;
-- neither in line nor out of line, and at the border
INSERT INTO "la boutique".sales
SELECT (SELECT left(string_agg(md5((n + i)::text), ''), n) FROM generate_series(0, n / 32) AS i), n
FROM unnest('{100,8000,8100,8132,8133,8136,8160,8192,20000,100,90000}'::int[]) WITH ORDINALITY AS l (n, o) ORDER BY o;
SELECT is(string_agg(length(customer)::text, ' ' ORDER BY ctid), '100 8000 8100 8132', 'one that is too long for a page does not') FROM "la base".marks_6;
SELECT is(mark.reread(), '6', 'the relation is read again, and it is said once a statement');
TRUNCATE "la base".marks_6;
INSERT INTO "la boutique".sales VALUES ('x', 0);
DELETE FROM "la boutique".sales WHERE amount = 90000;
UPDATE "la boutique".sales SET amount = amount + 1, customer = 'y' WHERE amount = 20000;
UPDATE "la boutique".sales SET customer = repeat('pressed', 3000) WHERE amount = 0;
SELECT is(mark.taken(6) || mark.reread(), format('(x) (x) (%s)6 6', repeat('pressed', 3000)), 'marks go on; old values can be too long as new ones, and are pressed');
ALTER TABLE "la base".marks_6 ALTER customer SET NOT NULL;
INSERT INTO "la boutique".sales VALUES ('z', 0), (NULL, 0), ('z', 0);
SELECT is(mark.taken(6) || mark.reread(), '(z)6', 'no NULL where there can be none');
ALTER TABLE "la base".marks_6 ALTER customer DROP NOT NULL;
ALTER TABLE "la boutique".sales RENAME customer TO client;
INSERT INTO "la boutique".sales VALUES ('z', 0), ('z2', 0);
SELECT is(mark.taken(6) || mark.reread(), 'nothing6', 'a column that was renamed');
ALTER TABLE "la boutique".sales RENAME client TO customer;
ALTER TABLE "la boutique".sales ALTER customer TYPE text;
DELETE FROM "la boutique".sales;
SELECT is(mark.taken(6) || mark.reread(), 'nothing6', 'or has another type');
ALTER TABLE "la boutique".sales DROP COLUMN customer;
INSERT INTO "la boutique".sales VALUES (1), (2);
SELECT is(mark.taken(6) || mark.reread(), 'nothing6', 'or is gone');
ALTER TABLE "la boutique".sales ADD COLUMN customer varchar;
INSERT INTO "la boutique".sales VALUES (1, 'back');
SELECT is(mark.taken(6) || mark.reread(), '(back)nothing', 'and comes back');

-- of a large type stored in line, by decree, where the source has it out of line
CREATE TABLE "la boutique".plain (a text, b text);
SELECT mark.watch(7, '"la boutique".plain', 'a, b') \g /dev/null
ALTER TABLE "la base".marks_7 ALTER b SET STORAGE PLAIN;
INSERT INTO "la boutique".plain VALUES (repeat('a', 900000), 'b'), ('a', repeat('b', 900000)), ('c', 'c');
SELECT is(count(*) || ' ' || sum(length(a)) || mark.reread(), '1 9000007', 'what must stay in line and cannot') FROM "la base".marks_7;
TRUNCATE "la base".marks_7;

-- a relation of whose rows no column names a customer
CREATE TABLE "la boutique".rates (rate float8);
SELECT mark.watch(8, '"la boutique".rates', '') \g /dev/null
INSERT INTO "la boutique".rates VALUES (1), (2), (3);
SELECT is(count(*), 1::bigint, 'marks without columns say that something changed') FROM "la base".marks_8;

-- ---------------------------------------------------------------------------
-- what is wrong with a base does not keep anybody from writing; what is said
-- then is in test/sql/mark.sql

CREATE TABLE "la boutique".returns (customer integer);
SELECT mark.watch(9, '"la boutique".returns', 'customer') \g /dev/null
CREATE TABLE mark.broken (n serial, what text, mend text);
INSERT INTO mark.broken (what, mend) VALUES
    ('CREATE INDEX i ON "la base".marks_9 (customer)', 'DROP INDEX "la base".i'),
    ('CREATE RULE r AS ON INSERT TO "la base".marks_9 DO INSTEAD NOTHING', 'DROP RULE r ON "la base".marks_9'),
    ('CREATE TRIGGER t AFTER INSERT ON "la base".marks_9 EXECUTE FUNCTION mark.visit()', 'DROP TRIGGER t ON "la base".marks_9'),
    ('ALTER TABLE "la base".marks_9 ADD CONSTRAINT c CHECK (mark.look(NULL)) NOT VALID', 'ALTER TABLE "la base".marks_9 DROP CONSTRAINT c'),
    ('ALTER TABLE "la base".marks_9 ALTER customer SET DEFAULT 1', 'ALTER TABLE "la base".marks_9 ALTER customer DROP DEFAULT'),
    ('ALTER TABLE "la base".marks_9 SET UNLOGGED', 'ALTER TABLE "la base".marks_9 SET LOGGED'),
    ('ALTER TABLE "la base".marks_9 OWNER TO mark_writer', 'ALTER TABLE "la base".marks_9 OWNER TO mark_owner'),
    ('ALTER TABLE "la base".watches OWNER TO mark_writer', 'ALTER TABLE "la base".watches OWNER TO mark_owner'),
    ('ALTER TABLE "la base".base OWNER TO mark_writer', 'ALTER TABLE "la base".base OWNER TO mark_owner'),
    ('ALTER TABLE "la base".marks_9 RENAME TO m', 'ALTER TABLE "la base".m RENAME TO marks_9'),
    ('ALTER TABLE "la base".marks_9 RENAME TO m; CREATE VIEW "la base".marks_9 AS TABLE "la base".m',
     'DROP VIEW "la base".marks_9; ALTER TABLE "la base".m RENAME TO marks_9'),
    ('CREATE TABLE "la base".p (customer integer) PARTITION BY LIST (customer); ALTER TABLE "la base".p ATTACH PARTITION "la base".marks_9 FOR VALUES IN (5)',
     'ALTER TABLE "la base".p DETACH PARTITION "la base".marks_9; DROP TABLE "la base".p'),
    ('ALTER TABLE "la base".watches RENAME TO w', 'ALTER TABLE "la base".w RENAME TO watches'),
    ('ALTER TABLE "la base".watches RENAME seen TO s', 'ALTER TABLE "la base".watches RENAME s TO seen'),
    ('ALTER TABLE "la base".watches ALTER watch TYPE bigint', 'ALTER TABLE "la base".watches ALTER watch TYPE integer'),
    ('UPDATE "la base".watches SET seen = ''mark.broken'' WHERE watch = 9', 'UPDATE "la base".watches SET seen = ''"la boutique".returns'' WHERE watch = 9'),
    ('UPDATE "la base".watches SET seen = NULL WHERE watch = 9', 'UPDATE "la base".watches SET seen = ''"la boutique".returns'' WHERE watch = 9'),
    ('UPDATE "la base".watches SET watch = 99 WHERE watch = 9', 'UPDATE "la base".watches SET watch = 9 WHERE watch = 99'),
    ('ALTER TABLE "la base".base RENAME TO b', 'ALTER TABLE "la base".b RENAME TO base'),
    ('ALTER TABLE "la base".base RENAME TO b; CREATE VIEW "la base".base AS TABLE "la base".b', 'DROP VIEW "la base".base; ALTER TABLE "la base".b RENAME TO base'),
    ('ALTER SCHEMA "la base" RENAME TO "elle"', 'ALTER SCHEMA "elle" RENAME TO "la base"'),
    -- the columns do not fit, nor can that be said
    ('ALTER TABLE "la base".marks_9 RENAME customer TO c; CREATE INDEX i ON "la base".reread (watch)', 'DROP INDEX "la base".i; ALTER TABLE "la base".marks_9 RENAME c TO customer'),
    ('ALTER TABLE "la base".marks_9 RENAME customer TO c; ALTER TABLE "la base".reread ADD more text', 'ALTER TABLE "la base".reread DROP more; ALTER TABLE "la base".marks_9 RENAME c TO customer'),
    ('ALTER TABLE "la base".marks_9 RENAME customer TO c; ALTER TABLE "la base".reread RENAME TO r', 'ALTER TABLE "la base".r RENAME TO reread; ALTER TABLE "la base".marks_9 RENAME c TO customer');
CREATE FUNCTION mark.breaks(what text, mend text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE what;
    result := mark.write('INSERT INTO "la boutique".returns VALUES (5), (6)')
           || mark.write('UPDATE "la boutique".returns SET customer = customer + 1')
           || mark.write('DELETE FROM "la boutique".returns');
    EXECUTE mend;
    RETURN replace(result, 'written', '.') || mark.taken(9) || mark.reread();
END
$$;
SELECT is(mark.breaks(what, mend), '...nothingnothing', what) FROM mark.broken ORDER BY n;
INSERT INTO "la boutique".returns VALUES (5);
SELECT is(mark.taken(9), '(5)', 'and all is well again');
SELECT is(relhasindex, true, 'although the catalogue still says that there may be an index') FROM pg_class WHERE oid = '"la base".marks_9'::regclass;

-- ---------------------------------------------------------------------------
-- between the rows of a statement, its other triggers do as they like

CREATE TABLE "la boutique".busy (n integer, customer text);
SELECT mark.watch(10, '"la boutique".busy', 'customer') \g /dev/null
CREATE FUNCTION mark.between() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.n = 2 THEN
        EXECUTE current_setting('mark.between');
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER zz AFTER INSERT ON "la boutique".busy FOR EACH ROW EXECUTE FUNCTION mark.between();
CREATE FUNCTION mark.busy(between_rows text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('mark.between', between_rows, true);
    RETURN mark.write($w$INSERT INTO "la boutique".busy VALUES (1, 'a'), (2, 'b'), (3, 'b'), (4, 'c'), (5, NULL)$w$);
END
$$;
SELECT is(mark.busy('SELECT') || mark.taken(10), 'written(a) (b) (b) (c) ()', 'nothing, though it may have taken the marks');
SELECT is(mark.busy('DELETE FROM "la base".marks_10') || mark.taken(10), 'written(b) (c) ()', 'takes the marks: one is written again');
SELECT is(mark.busy('TRUNCATE "la base".marks_10') || mark.taken(10), 'written(b) (c) ()', 'at one stroke');
SELECT is(mark.busy('SELECT 1 / 0') || mark.taken(10), 'division by zeronothing', 'fails');
SELECT is(mark.busy('INSERT INTO "la boutique".busy VALUES (10, ''inner''), (11, ''b'')') || mark.taken(10), 'written(a) (b) (inner) (b) (b) (c) ()', 'writes, too');
SELECT is(mark.busy('ALTER TABLE "la base".marks_10 ADD more integer') || mark.reread() || mark.taken(10), 'written10(a,) (b,)', 'adds a column');
ALTER TABLE "la base".marks_10 DROP more;
SELECT is(mark.busy('CREATE INDEX i ON "la base".marks_10 (customer)') || mark.taken(10), 'written(a) (b)', 'adds an index');
DROP INDEX "la base".i;
SELECT is(mark.busy('ALTER TABLE "la base".marks_10 ALTER customer TYPE bytea USING NULL') || mark.reread() || mark.taken(10), 'written10() ()', 'changes a type');
ALTER TABLE "la base".marks_10 ALTER customer TYPE text USING NULL;
SELECT is(mark.busy('DELETE FROM "la base".watches WHERE watch = 10; DROP TABLE "la base".marks_10'), 'written', 'drops the marks');
SELECT is(to_regclass('"la base".marks_10'), NULL, 'which are gone');
SELECT is(mark.busy('CREATE TABLE "la base".marks_10 AS SELECT customer FROM "la boutique".busy WITH NO DATA;
                     ALTER TABLE "la base".marks_10 OWNER TO mark_owner;
                     INSERT INTO "la base".watches VALUES (10, 1, '''', ''"la boutique".busy'')'), 'written', 'makes them again');
SELECT is(mark.busy('SELECT') || mark.taken(10), 'written(a) (b) (b) (c) ()', 'for the next statement');
SELECT is(mark.busy('DROP TABLE "la base".marks_10; CREATE TABLE "la base".marks_10 AS SELECT n AS more, customer FROM "la boutique".busy WITH NO DATA;
                     ALTER TABLE "la base".marks_10 DROP more, OWNER TO mark_owner') || mark.taken(10), 'written(b) (c) ()', 'puts another table into their place');

-- a source, and writes to it, in one transaction
BEGIN ISOLATION LEVEL SERIALIZABLE;
CREATE TABLE "la boutique".fresh AS SELECT 'x' AS customer;
SELECT mark.watch(11, '"la boutique".fresh', 'customer') \g /dev/null
INSERT INTO "la boutique".fresh VALUES ('y');
SELECT is(mark.taken(11), '(y)', 'a source that was added by the same transaction');
DELETE FROM "la base".watches WHERE watch = 11;
INSERT INTO "la boutique".fresh VALUES ('z');
SELECT is(mark.taken(11), 'nothing', 'and dropped by it');
ROLLBACK;

-- ---------------------------------------------------------------------------
-- triggers that are none of ours

CREATE TABLE "la boutique".misused (customer integer);
CREATE FUNCTION mark.misuse(trigger text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    EXECUTE format('CREATE %sTRIGGER misused %s', CASE WHEN trigger ~ 'DEFERRABLE' THEN 'CONSTRAINT ' END,
                   replace(trigger, ' ON ', ' ON "la boutique".misused '));
    said := mark.write('INSERT INTO "la boutique".misused VALUES (1)');
    said := CASE said WHEN 'written' THEN mark.write('TRUNCATE "la boutique".misused') ELSE said END;
    DROP TRIGGER misused ON "la boutique".misused;
    RETURN said;
END
$$;
CREATE FUNCTION mark.looks(x anyelement) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN true; END $$;
SELECT is(mark.misuse(shape), 'only a trigger AFTER INSERT OR UPDATE OR DELETE, FOR EACH ROW, without a condition, can mark', shape) FROM (VALUES
    ('BEFORE INSERT OR UPDATE OR DELETE ON FOR EACH ROW EXECUTE FUNCTION _scoring.mark(''la base'', ''1'')'),
    ('AFTER INSERT OR UPDATE OR DELETE ON EXECUTE FUNCTION _scoring.mark(''la base'', ''1'')'),
    ('AFTER TRUNCATE ON EXECUTE FUNCTION _scoring.mark(''la base'', ''1'')'),
    ('AFTER INSERT ON FOR EACH ROW EXECUTE FUNCTION _scoring.mark(''la base'', ''1'')'),
    ('AFTER INSERT ON FOR EACH ROW WHEN (mark.looks(NEW.customer)) EXECUTE FUNCTION _scoring.mark(''la base'', ''1'')'),
    ('AFTER INSERT OR UPDATE OF customer OR DELETE ON FOR EACH ROW EXECUTE FUNCTION _scoring.mark(''la base'', ''1'')'),
    ('AFTER INSERT OR UPDATE OR DELETE ON FOR EACH ROW WHEN (1 = 1) EXECUTE FUNCTION _scoring.mark(''la base'', ''1'')'),
    ('AFTER INSERT OR UPDATE OR DELETE ON DEFERRABLE FOR EACH ROW EXECUTE FUNCTION _scoring.mark(''la base'', ''1'')'),
    ('AFTER INSERT OR UPDATE OR DELETE ON FOR EACH ROW EXECUTE FUNCTION _scoring.mark(''la base'')')) AS v (shape);
SELECT is(mark.misuse('AFTER INSERT OR UPDATE OR DELETE ON FOR EACH ROW EXECUTE FUNCTION _scoring.mark(''la base'', ''one'')'),
          'invalid input syntax for type integer: "one"', 'a watch that is no number');
SELECT is(mark.misuse('AFTER INSERT OR UPDATE OR DELETE ON FOR EACH ROW EXECUTE FUNCTION _scoring.mark(''la base'', ''1'')') || mark.taken(1), 'writtennothing',
          'a relation that the base does not list under this number');
SELECT throws_ok('SELECT _scoring.mark()', '39P01', 'only a trigger AFTER INSERT OR UPDATE OR DELETE, FOR EACH ROW, without a condition, can mark', 'no trigger');

-- ---------------------------------------------------------------------------
-- at random: what is marked is what a trigger in PL/pgSQL says

SELECT coalesce(nullif(current_setting('test.seed', true), ''), (random() * 1e9)::int::text)::int AS seed \gset
SELECT diag('seed ' || :seed);
SELECT setseed(:seed / 1e9) \g /dev/null
CREATE TABLE "la boutique".random (n integer, a text, b integer, c numeric) PARTITION BY HASH (n);
CREATE TABLE "la boutique".random_0 PARTITION OF "la boutique".random FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE "la boutique".random_1 (c numeric, x integer, b integer, a text, n integer);
ALTER TABLE "la boutique".random_1 DROP x;
ALTER TABLE "la boutique".random ATTACH PARTITION "la boutique".random_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
SELECT mark.watch(12, '"la boutique".random', 'b, a') \g /dev/null
CREATE TABLE mark.expected (b integer, a text);
CREATE FUNCTION mark.expect() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO mark.expected VALUES (OLD.b, OLD.a);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO mark.expected VALUES (NEW.b, NEW.a);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER expect AFTER INSERT OR DELETE ON "la boutique".random FOR EACH ROW EXECUTE FUNCTION mark.expect();
CREATE TRIGGER expect_update AFTER UPDATE ON "la boutique".random FOR EACH ROW WHEN (OLD.* *<> NEW.*) EXECUTE FUNCTION mark.expect();
CREATE FUNCTION mark.any_text() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT CASE WHEN random() < 0.1 THEN NULL WHEN random() < 0.1 THEN (SELECT string_agg(md5((r + i)::text), '') FROM generate_series(1, 200) AS i)
           ELSE repeat(chr(97 + r), (random() ^ 6 * 4000)::int) END
    FROM (SELECT (random() * 3)::int AS r) AS r
$$;
DO $$
BEGIN
    FOR i IN 1 .. 300 LOOP
        BEGIN
            CASE (random() * 5)::int
                WHEN 0, 1 THEN
                    INSERT INTO "la boutique".random
                    SELECT (random() * 100)::int, mark.any_text(), (random() * 3)::int, random() FROM generate_series(1, (random() * 5)::int);
                WHEN 2 THEN
                    UPDATE "la boutique".random SET a = mark.any_text() WHERE n % 7 = i % 7;
                WHEN 3 THEN
                    UPDATE "la boutique".random SET n = n + 1, c = c + 1 WHERE n % 5 = i % 5;
                WHEN 4 THEN
                    UPDATE "la boutique".random SET b = nullif(b, 1), a = a WHERE n % 3 = i % 3;
                ELSE
                    DELETE FROM "la boutique".random WHERE n % 11 = i % 11;
            END CASE;
            IF random() < 0.1 THEN
                RAISE 'undone';
            END IF;
        EXCEPTION WHEN raise_exception THEN
        END;
    END LOOP;
END
$$;
SELECT ok(count(*) > 100, 'much happened') FROM mark.expected;
SELECT set_eq('SELECT md5(m::text) FROM "la base".marks_12 AS m', 'SELECT md5(e::text) FROM mark.expected AS e', 'who is marked and who should be');
SELECT cmp_ok((SELECT count(*) FROM "la base".marks_12), '<=', (SELECT count(*) FROM mark.expected), 'not more often than need be');
SELECT is(mark.reread(), 'nothing', 'by marks alone');

SELECT * FROM finish();
DROP SCHEMA mark, "la base", "la boutique" CASCADE;
DROP ROLE mark_owner;
DROP ROLE mark_writer;
