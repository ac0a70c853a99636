-- Whoever owns a source has code run as the base's owner when it is read.  So one
-- that comes back as another role's, or with a type of others, is not read: it is
-- asked for add_source() again.
\ir lib/base.sql
SELECT no_plan();

CREATE ROLE owners_shop;        -- owns the sources
CREATE ROLE owners_other;       -- can put others into their place
CREATE ROLE owners_team;        -- has the rights of the next one
CREATE ROLE owners_base;
GRANT owners_base TO owners_team;
SELECT format('GRANT CREATE ON DATABASE %I TO owners_base', :'DBNAME') \gexec
CREATE SCHEMA shop;
GRANT ALL ON SCHEMA shop TO owners_shop, owners_other, owners_team;
GRANT USAGE ON SCHEMA shop TO owners_base;
GRANT USAGE ON SCHEMA lib TO PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE owners_shop, owners_other, owners_team IN SCHEMA shop GRANT SELECT, TRIGGER ON TABLES TO owners_base;

-- what somebody else's function is run as; nothing of it may be
CREATE TABLE lib.ran (as_role name);
GRANT INSERT ON lib.ran TO PUBLIC;
CREATE FUNCTION lib.run(int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lib.ran VALUES (current_user);
    RETURN $1;
END
$$;
ALTER FUNCTION lib.run OWNER TO owners_other;

SET ROLE owners_shop;
CREATE TABLE shop.orders (customer_id int, day date, amount numeric);
INSERT INTO shop.orders VALUES (1, '2026-01-01', 10), (2, '2026-01-02', 20);
CREATE INDEX ON shop.orders (customer_id);
SET ROLE owners_base;
SELECT create_base('crm', 'customer_id bigint', 'UTC') \g /dev/null
SELECT add_source('crm', 'shop.orders', $$'purchase'$$, 'day', value => 'amount') \g /dev/null
CALL refresh('crm');
RESET ROLE;
SELECT is((SELECT format('%s %s', owner, types) FROM crm.watches), 'owners_shop {}', 'whom a source belongs to is remembered');

-- what is said when the base is refreshed by a role
CREATE FUNCTION lib.refused(statement text, OUT state text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    state := 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT, detail = PG_EXCEPTION_DETAIL;
    state := SQLSTATE;
    message := SQLERRM;
END
$$;
CREATE FUNCTION lib.refuses(words text, what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN NEXT is((SELECT state || ' ' || message FROM lib.refused($r$CALL scoring.refresh('crm')$r$)), '55000 ' || words, what);
    RETURN NEXT is((SELECT state || ' ' || message FROM lib.refused($r$SELECT scoring.rebuild('crm')$r$)), '55000 ' || words, what || ': rebuild');
    RETURN NEXT alike((SELECT state || ' ' || message FROM lib.refused($r$SELECT scoring.verify('crm')$r$)), '55000 %' || words, what || ': verify');
    RETURN NEXT is((SELECT state || ' ' || message FROM lib.refused($r$SELECT scoring.close('crm', '2026-01-01')$r$)), '55000 ' || words, what || ': close');
    RETURN NEXT is_empty('TABLE lib.ran', what || ': nothing of it has run');
END
$$;

-- ---------------------------------------------------------------------------
-- another owner

-- of the table itself
ALTER TABLE shop.orders OWNER TO owners_other;
SELECT lib.refuses('source shop.orders belongs to another role than at add_source()', 'a table that was given away');
SELECT is(detail, 'It belongs to "owners_other", and belonged to "owners_shop". Code of such a role can run with the rights of "owners_base", the owner of base "crm".',
    'it is said to whom') FROM lib.refused($$CALL refresh('crm')$$);
SELECT is(hint, 'If you trust that role: take the source away, SELECT drop_source(''crm'', 1); and add it again.', 'and what to do')
FROM lib.refused($$CALL refresh('crm')$$);
ALTER TABLE shop.orders OWNER TO owners_shop;
CALL refresh('crm');
SELECT is((SELECT count(*) FROM crm.timelines), 2::bigint, 'nothing is lost');

-- of a view in its place, which would run as the base's owner
ALTER TABLE shop.orders RENAME TO orders_kept;
SET ROLE owners_other;
CREATE VIEW shop.orders AS SELECT lib.run(1) AS customer_id, date '2026-01-01' AS day, 1::numeric AS amount;
RESET ROLE;
SELECT lib.refuses('source shop.orders belongs to another role than at add_source()', 'a view in its place');
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'shop.orders_kept'::regclass), 1::bigint, 'and nothing has been changed');

-- whose owner the base's owner trusts
SELECT drop_source('crm', 1) \g /dev/null
SELECT add_source('crm', 'shop.orders', $$'purchase'$$, 'day', value => 'amount') \g /dev/null
CALL refresh('crm');
SELECT is((SELECT string_agg(DISTINCT as_role, ' ') FROM lib.ran), 'owners_base', 'after add_source() it is read');
TRUNCATE lib.ran;
-- or who may act as him
DROP VIEW shop.orders;
SET ROLE owners_team;
CREATE TABLE shop.orders (customer_id int, day date, amount numeric);
INSERT INTO shop.orders VALUES (3, '2026-01-03', 30);
RESET ROLE;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
3 purchase:2026-01-03=30', 'a role that may act as the base''s owner gains nothing');
DROP TABLE shop.orders;
CREATE TABLE shop.orders (customer_id int, day date, amount numeric);
GRANT SELECT, TRIGGER ON shop.orders TO owners_base;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '', 'nor does a superuser');
DROP TABLE shop.orders;
ALTER TABLE shop.orders_kept RENAME TO orders;
SELECT drop_source('crm', 1) \g /dev/null
SELECT add_source('crm', 'shop.orders', $$'purchase'$$, 'day', value => 'amount') \g /dev/null
CALL refresh('crm');

-- ---------------------------------------------------------------------------
-- types of others

SET ROLE owners_other;
CREATE TYPE shop.hidden AS (n int);
CREATE FUNCTION shop.shown(shop.hidden) RETURNS numeric LANGUAGE sql AS 'SELECT lib.run($1.n)::numeric';
CREATE CAST (shop.hidden AS numeric) WITH FUNCTION shop.shown AS IMPLICIT;
CREATE FUNCTION shop.as_text(shop.hidden) RETURNS float8 LANGUAGE sql AS 'SELECT lib.run($1.n)::float8';
CREATE CAST (shop.hidden AS float8) WITH FUNCTION shop.as_text AS ASSIGNMENT;
CREATE DOMAIN shop.looked_at AS numeric CHECK (lib.run(1) = 1);
CREATE DOMAIN shop.plain AS numeric;
CREATE TYPE shop.range AS RANGE (subtype = float8);
CREATE TYPE shop.word AS ENUM ('a', 'b');
RESET ROLE;
DELETE FROM lib.ran;
CREATE FUNCTION lib.with_type(type text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE shop.orders RENAME amount TO amount_kept; ALTER TABLE shop.orders ADD amount %s', type);
    DELETE FROM lib.ran;
    RETURN QUERY SELECT lib.refuses('source shop.orders has a type that it did not have at add_source()', type);
    RETURN NEXT is((SELECT detail FROM lib.refused($r$CALL scoring.refresh('crm')$r$)),
                   format('It is: %s. Code of its owner can run with the rights of "owners_base", the owner of base "crm".',
                          CASE type WHEN 'shop.hidden[]' THEN 'shop._hidden, shop.hidden' ELSE type END), type || ': it is said which');
    ALTER TABLE shop.orders DROP amount;
    ALTER TABLE shop.orders RENAME amount_kept TO amount;
END
$$;
SELECT lib.with_type(type) FROM unnest(ARRAY['shop.hidden', 'shop.plain', 'shop.looked_at', 'shop.hidden[]', 'shop.range', 'shop.word']) AS type;
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 purchase:2026-01-01=10
2 purchase:2026-01-02=20', 'nothing is lost');
-- in a column that is not read, or added with it
ALTER TABLE shop.orders ADD other shop.hidden;
CALL refresh('crm');
SELECT is(lib.did('crm'), '0 read, 0 changed, 0 failed', 'a column that is not read may be of any type');
SELECT drop_source('crm', 1) \g /dev/null
SELECT add_source('crm', 'shop.orders', $$'purchase'$$, 'day', value => 'other') \g /dev/null
CALL refresh('crm');
SELECT is((SELECT types FROM crm.watches), '{shop.hidden}', 'the types that are there when a source is added are consented to');
UPDATE shop.orders SET other = ROW(7) WHERE customer_id = 1;
CALL refresh('crm');
SELECT is((SELECT string_agg(DISTINCT as_role, ' ') FROM lib.ran), 'owners_base', 'and run');
SELECT drop_source('crm', 1) \g /dev/null
TRUNCATE lib.ran;

-- a table behind a view
SET ROLE owners_shop;
CREATE TABLE shop.lines (customer_id int, day date);
CREATE VIEW shop.visits AS SELECT * FROM shop.lines;
SET ROLE owners_base;
SELECT add_source('crm', 'shop.visits', $$'visit'$$, 'day', watch => '{"shop.lines": "customer_id"}') AS visits \gset
CALL refresh('crm');
RESET ROLE;
ALTER TABLE shop.lines OWNER TO owners_other;
SELECT lib.refuses('source shop.lines belongs to another role than at add_source()', 'a table behind a view');
ALTER TABLE shop.lines OWNER TO owners_shop;
ALTER VIEW shop.visits OWNER TO owners_other;
SELECT lib.refuses('source shop.visits belongs to another role than at add_source()', 'the view');

-- between two steps of a refresh
ALTER VIEW shop.visits OWNER TO owners_shop;
SELECT lib.inside('crm', $$next_state('crm', NULL)$$) AS state \gset
ALTER VIEW shop.visits OWNER TO owners_other;
SELECT throws_ok(format('SELECT lib.inside(''crm'', %L)', format('next_state(''crm'', %L)', :'state')), '55000', 'source shop.visits belongs to another role than at add_source()', 'between two steps');

ALTER VIEW shop.visits OWNER TO owners_shop;

-- ---------------------------------------------------------------------------
-- the population, and the relation of outcomes

SET ROLE owners_shop;
CREATE TABLE shop.customers (id int, email boolean);
INSERT INTO shop.customers VALUES (1, true), (2, true);
CREATE TABLE shop.replies (customer_id int, what text, at date);
SET ROLE owners_base;
SELECT set_population('crm', 'shop.customers', 'id', '{"email": "email"}') \g /dev/null
SELECT set_outcomes('crm', 'shop.replies', campaign => NULL) \g /dev/null
SELECT FROM add_score('crm', 'heat', '{"visit": {"each": 1}}');
CALL refresh('crm');
RESET ROLE;
DROP TABLE shop.customers CASCADE;
SET ROLE owners_other;
CREATE VIEW shop.customers AS SELECT lib.run(1) AS id, true AS email;
RESET ROLE;
SELECT is(message, 'population shop.customers belongs to another role than at set_population()', 'a population in its place') FROM lib.refused($$CALL refresh('crm')$$);
SELECT is(message, 'population shop.customers belongs to another role than at set_population()', 'is not read by scores either')
FROM lib.refused($$SELECT FROM add_score('crm', 'cold', '{"visit": {"each": 2}}')$$);
SELECT is_empty('TABLE lib.ran', 'nothing of it has run');
SELECT set_population('crm', 'shop.customers', 'id', '{"email": "email"}') \g /dev/null
SELECT is((SELECT string_agg(DISTINCT as_role, ' ') FROM lib.ran), 'owners_base', 'but when it is named again');
TRUNCATE lib.ran;
ALTER TABLE shop.replies OWNER TO owners_other;
SELECT is(message, 'relation of outcomes shop.replies belongs to another role than at set_outcomes()', 'outcomes') FROM lib.refused($$SELECT lib.inside('crm', 'outcomes_told(''crm'')')$$);
SELECT is(message, 'relation of outcomes shop.replies belongs to another role than at set_outcomes()', 'of a campaign') FROM lib.refused($$SELECT lib.inside('crm', 'outcomes_sql(''crm'', ''rows'', ''spring'')')$$);

SELECT * FROM finish();
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA shop CASCADE;
DROP SCHEMA lib CASCADE;
DROP OWNED BY owners_shop, owners_other, owners_team, owners_base;
DROP ROLE owners_shop, owners_other, owners_team, owners_base;
