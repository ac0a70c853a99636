-- Whatever lies in the search path of who uses a base, makes one, or writes to
-- its sources: for all that PostgreSQL and the extension have there is a trap of
-- the same name and arguments before it.
\ir lib/base.sql
SELECT plan(12);

CREATE SCHEMA shadow;
CREATE SEQUENCE shadow.sprung_ MINVALUE 0;
GRANT USAGE ON SCHEMA shadow, lib TO PUBLIC;
GRANT ALL ON SEQUENCE shadow.sprung_ TO PUBLIC;
CREATE FUNCTION lib.shadow(statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
    NULL;                       -- not all can be: of pseudo-types, say
END
$$;
SET check_function_bodies = off;
SET search_path = pg_catalog;
-- functions
SELECT lib.shadow(format('CREATE FUNCTION shadow.%I(%s) RETURNS %s%s LANGUAGE plpgsql AS %L', proname, pg_get_function_identity_arguments(oid),
        CASE WHEN proretset THEN 'SETOF ' END, format_type(prorettype, NULL), 'BEGIN PERFORM pg_catalog.nextval(''shadow.sprung_''); RAISE ''trap''; END'))
FROM pg_proc WHERE prokind IN ('f', 'a', 'w') AND pronamespace IN ('pg_catalog'::regnamespace, 'scoring'::regnamespace) \g /dev/null
-- operators
SELECT lib.shadow(format('CREATE FUNCTION shadow.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', 'operator ' || oid,
        concat_ws(', ', format_type(nullif(oprleft, 0), NULL), format_type(oprright, NULL)), format_type(oprresult, NULL),
        'BEGIN PERFORM pg_catalog.nextval(''shadow.sprung_''); RAISE ''trap''; END'))
FROM pg_operator WHERE oprnamespace IN ('pg_catalog'::regnamespace, 'scoring'::regnamespace) \g /dev/null
SELECT lib.shadow(format('CREATE OPERATOR shadow.%s (%s function = shadow.%I)', oprname,
        concat('leftarg = ' || format_type(nullif(oprleft, 0), NULL) || ', ', 'rightarg = ' || format_type(oprright, NULL) || ', '), 'operator ' || oid))
FROM pg_operator WHERE oprnamespace IN ('pg_catalog'::regnamespace, 'scoring'::regnamespace) \g /dev/null
-- tables
SELECT lib.shadow(format('CREATE VIEW shadow.%I AS SELECT nextval(''shadow.sprung_'') AS trap', relname))
FROM pg_class WHERE relkind IN ('r', 'v') AND relnamespace IN ('pg_catalog'::regnamespace, 'scoring'::regnamespace) \g /dev/null
-- types
SELECT lib.shadow(format('CREATE DOMAIN shadow.%I AS pg_catalog.text CHECK (nextval(''shadow.sprung_'') IS NULL)', typname))
FROM pg_type WHERE typtype = 'b' AND typname !~ '^_' AND typnamespace IN ('pg_catalog'::regnamespace, 'scoring'::regnamespace) \g /dev/null
RESET check_function_bodies;
SET search_path = scoring, public;
SELECT cmp_ok((SELECT count(*) FROM pg_proc WHERE pronamespace = 'shadow'::regnamespace AND proname !~ '^operator'), '>', 2000::bigint, 'a trap for most functions');
SELECT cmp_ok((SELECT count(*) FROM pg_operator WHERE oprnamespace = 'shadow'::regnamespace), '>', 700::bigint, 'for most operators');
SELECT cmp_ok((SELECT count(*) FROM pg_class WHERE relnamespace = 'shadow'::regnamespace), '>', 100::bigint, 'for most tables');
SELECT cmp_ok((SELECT count(*) FROM pg_type WHERE typnamespace = 'shadow'::regnamespace AND typtype = 'd'), '>', 60::bigint, 'for most types');
CREATE FUNCTION lib.sprung() RETURNS boolean LANGUAGE sql AS $$ SELECT is_called FROM shadow.sprung_ $$;

-- the same temporary ones, which are looked at first where nothing else is said
CREATE FUNCTION lib.temporary() RETURNS void LANGUAGE sql AS $$
    SELECT lib.shadow(format('CREATE VIEW pg_temp.%I AS SELECT pg_catalog.nextval(''shadow.sprung_'') AS trap', relname))
    FROM pg_catalog.pg_class WHERE relkind IN ('r', 'v') AND relnamespace IN ('pg_catalog'::regnamespace, 'scoring'::regnamespace);
    -- from 18 on this is read when those before are there
    SELECT lib.shadow(format('CREATE DOMAIN pg_temp.%I AS pg_catalog.text CHECK (pg_catalog.nextval(''shadow.sprung_'') IS NULL)', typname))
    FROM pg_catalog.pg_type WHERE typtype = 'b' AND typname !~ '^_' AND typnamespace IN ('pg_catalog'::regnamespace, 'scoring'::regnamespace);
$$;

CREATE SCHEMA shop;
CREATE TABLE shop.orders (id int, shop text, day timestamp, amount numeric, note text, PRIMARY KEY (id, shop, day));
CREATE TABLE shop.customers (id int, shop text, email boolean);
INSERT INTO shop.orders SELECT i % 50, 'north', '2026-01-01'::timestamp + i * interval '5 hours', i, 'n' FROM generate_series(1, 500) AS i;
INSERT INTO shop.customers SELECT i, 'north', i % 2 = 0 FROM generate_series(1, 60) AS i;
CREATE VIEW shop.seen AS SELECT * FROM shop.orders;

\set base plain
\ir lib/base_make.sql
\set base crm
SELECT lib.temporary() \g /dev/null
SET search_path = shadow, pg_catalog, public;
\ir lib/base_make.sql
INSERT INTO shop.orders VALUES (55, 'south', '2026-05-05', 1, 'n');
UPDATE shop.orders SET amount = 7, note = 'cancelled' WHERE id OPERATOR(pg_catalog.=) 3;
DELETE FROM shop.orders WHERE id OPERATOR(pg_catalog.=) 4;
\ir lib/base_use.sql
SET search_path = pg_catalog, scoring, public, pg_temp;
SELECT is(lib.sprung(), false, 'no trap was sprung');
\set base plain
\ir lib/base_use.sql

-- and the result is the same as without them
SELECT is(lib.kept('crm'), lib.kept('plain'), 'the timelines are the same');
SELECT isnt(lib.kept('crm'), '', 'there are some');
SELECT results_eq('SELECT * FROM crm.heat ORDER BY id, shop', 'SELECT * FROM plain.heat ORDER BY id, shop', 'the scores');
SELECT results_eq('SELECT * FROM crm.spent ORDER BY id, shop', 'SELECT * FROM plain.spent ORDER BY id, shop', 'the measures');
SELECT results_eq('SELECT * FROM crm.rfm ORDER BY id, shop', 'SELECT * FROM plain.rfm ORDER BY id, shop', 'the segments');
SELECT is((SELECT count(*) FROM crm.heat WHERE score > 0), (SELECT count(DISTINCT id) FROM shop.orders WHERE id <> 5 AND id <> 8 AND id BETWEEN 1 AND 60 AND shop = 'north' AND note = 'n'),
    'of all customers');

-- (they are traps that work)
SET search_path = shadow, pg_catalog, public;
DO $$ BEGIN PERFORM lower('x'); EXCEPTION WHEN raise_exception THEN NULL; END $$;
SET search_path = pg_catalog, scoring, public, pg_temp;
SELECT is(lib.sprung(), true, 'a trap is sprung where names are looked up in that path');

SELECT * FROM finish();
SET search_path = shadow, pg_catalog, public;
SELECT scoring.drop_base('crm') \g /dev/null
SET search_path = pg_catalog, scoring, public, pg_temp;
SELECT drop_base('plain') \g /dev/null
DROP SCHEMA shop, shadow, lib CASCADE;
