-- Sources of the managed base: names, keys, days, and what is refused.  Timelines
-- are worked out by hand.
\ir lib/base.sql
SELECT plan(46);

-- ---------------------------------------------------------------------------
-- names that need quotes, a key of two columns, and each type of day

CREATE SCHEMA "Le magasin";
CREATE TABLE "Le magasin"."Ventes ""2026""" (
    "Boutique" text, "Client n°" uuid, "Le" timestamp, "Montant" numeric, "select" text);
INSERT INTO "Le magasin"."Ventes ""2026""" VALUES
    ('Lyon', '00000000-0000-0000-0000-000000000001', '2026-03-01 23:59', 10.5, 'achat'),
    ('Lyon', '00000000-0000-0000-0000-000000000001', '2026-03-02 00:00', 2, 'achat'),
    ('L''Isle', '00000000-0000-0000-0000-000000000001', '2026-03-02 12:00', NULL, 'retour "net"'),
    (NULL, '00000000-0000-0000-0000-000000000002', '2026-03-02 12:00', 1, 'achat'),
    ('Lyon', NULL, '2026-03-02 12:00', 1, 'achat'),
    ('Lyon', '00000000-0000-0000-0000-000000000003', NULL, 1, 'achat'),
    ('Lyon', '00000000-0000-0000-0000-000000000003', '2026-03-02', 1, NULL);
SELECT create_base('Ma "base"', '"Boutique" text, "Client n°" uuid', 'Europe/Paris') \g /dev/null
SELECT is(add_source('Ma "base"', '"Le magasin"."Ventes ""2026"""', '"select"', '"Le"', value => '"Montant"'), 1, 'a source with names that need quotes');
CALL refresh('Ma "base"');
SELECT is(lib.kept('Ma "base"'), '
L''Isle,00000000-0000-0000-0000-000000000001 "retour \"net\"":2026-03-02
Lyon,00000000-0000-0000-0000-000000000001 achat:2026-03-01=10.5,2026-03-02=2', 'its timelines; rows without key, day or touchpoint are left out');
SELECT unnest(ARRAY[is(left_out, '{"no key": 2, "no day": 1, "no touchpoint": 1}'::jsonb, 'and counted by reason'),
                    is(rows_read, 7::bigint, 'of all rows'), is(rows_counted, 3::bigint, 'and those that count')])
FROM "Ma ""base""".sources;
INSERT INTO "Le magasin"."Ventes ""2026""" VALUES
    ('Lyon', '00000000-0000-0000-0000-000000000003', '2026-03-03', 1, 'achat');
UPDATE "Le magasin"."Ventes ""2026""" SET "Client n°" = '00000000-0000-0000-0000-000000000002' WHERE "Montant" = 2;
CALL refresh('Ma "base"');
SELECT is(lib.kept('Ma "base"'), '
L''Isle,00000000-0000-0000-0000-000000000001 "retour \"net\"":2026-03-02
Lyon,00000000-0000-0000-0000-000000000001 achat:2026-03-01=10.5
Lyon,00000000-0000-0000-0000-000000000002 achat:2026-03-02=2
Lyon,00000000-0000-0000-0000-000000000003 achat:2026-03-03=1', 'an insert, and a row that went to another customer');
SELECT is(lib.did('Ma "base"'), '3 read, 3 changed, 0 failed', 'those three were read, nobody else');
SELECT is_empty($$SELECT * FROM verify('Ma "base"')$$, 'as built afresh');
SELECT drop_base('Ma "base"') \g /dev/null
SELECT is_empty($$SELECT * FROM pg_trigger WHERE tgrelid = '"Le magasin"."Ventes ""2026"""'::regclass$$, 'drop_base takes the triggers along');
DROP SCHEMA "Le magasin" CASCADE;

-- key columns of types with a length, and of a domain, which are compared as they are
CREATE SCHEMA shop;
CREATE DOMAIN shop.code AS text CHECK (VALUE <> '');
CREATE TABLE shop.visits (country char(2), flags bit(3), code shop.code, day date);
INSERT INTO shop.visits VALUES ('FR', '101', 'a', '2026-03-01'), ('FI', '101', 'a', '2026-03-02'), ('FR', '100', 'a', '2026-03-03');
SELECT create_base('crm', 'country char(2), flags bit(3), code shop.code', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.visits', $$'visit'$$, 'day') \g /dev/null
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
FI,101,a visit:2026-03-02
FR,100,a visit:2026-03-03
FR,101,a visit:2026-03-01', 'a key of char(2), bit(3) and a domain');
UPDATE shop.visits SET code = 'b' WHERE flags = '100';
DELETE FROM shop.visits WHERE country = 'FI';
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
FR,100,b visit:2026-03-03
FR,101,a visit:2026-03-01', 'as it changes');
SELECT drop_base('crm') \g /dev/null
SELECT throws_ok(format('SELECT create_base(%L, %L, %L)', 'crm', key, 'UTC'), code, NULL, 'no base with the key ' || key)
FROM (VALUES ('customer', '22023'), ('', '22023'), ('customer no_such_type', '22023'), ('a int, a int', '42701'), ('timeline int', '22023'), ('a int, "day" date', '22023')) AS bad (key, code);

-- ---------------------------------------------------------------------------
-- date, timestamp and timestamptz, in two zones

CREATE TABLE shop.days (customer_id int, day date);
CREATE TABLE shop.clocks (customer_id int, at timestamp);
CREATE TABLE shop.moments (customer_id int, at timestamptz);
INSERT INTO shop.days VALUES (1, '2026-03-29');
-- 30 minutes past midnight in Paris is 23:30 of the day before in UTC; and at
-- 2:00 the clocks are put forward
INSERT INTO shop.clocks VALUES (1, '2026-03-29 00:30'), (1, '2026-03-29 02:30'), (1, '2026-03-28 23:59:59');
INSERT INTO shop.moments VALUES (1, '2026-03-29 00:30+01'), (1, '2026-03-28 23:30+00'), (1, '2026-03-29 21:59:59+00'), (1, '2026-03-29 22:00+00');
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.days', $$'day'$$, 'day') \g /dev/null
SELECT add_source('crm', 'shop.clocks', $$'clock'$$, 'at') \g /dev/null
SELECT add_source('crm', 'shop.clocks', $$'clock in UTC'$$, 'at', time_zone => 'UTC') \g /dev/null
SELECT add_source('crm', 'shop.moments', $$'moment'$$, 'at') \g /dev/null
SET TimeZone = 'America/Los_Angeles';
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 clock:2026-03-28,2026-03-29*2;"clock in UTC":2026-03-29*3;day:2026-03-29;moment:2026-03-29*3,2026-03-30', 'days are those of the base''s zone');
SET TimeZone = 'Asia/Tokyo';
SELECT is(rebuild('crm'), 0::bigint, 'whatever the session''s zone');
UPDATE shop.moments SET at = at + interval '1 second' WHERE at = '2026-03-29 21:59:59+00';
CALL refresh('crm');
SELECT is(lib.kept('crm'), '
1 clock:2026-03-28,2026-03-29*2;"clock in UTC":2026-03-29*3;day:2026-03-29;moment:2026-03-29*2,2026-03-30*2', 'to the second');
RESET TimeZone;
SELECT drop_base('crm') \g /dev/null
-- two zones that are 26 hours apart are never on the same day
SELECT create_base('east', 'id int', 'Pacific/Kiritimati'), create_base('west', 'id int', 'Etc/GMT+12') \g /dev/null
SELECT ok(east.today() > west.today(), 'today() is the day of the base''s zone');
SELECT is(east.today(), (now() AT TIME ZONE 'UTC' + interval '14 hours')::date, 'fourteen hours before UTC');
SELECT drop_base('east'), drop_base('west') \g /dev/null

-- what cannot be a source is refused, with a word on why
SELECT create_base('crm', 'customer_id bigint', 'Europe/Paris') \g /dev/null
CREATE TABLE shop.orders (order_id int, customer_id int, at timestamptz, amount text, status text);
CREATE TEMP TABLE passing (customer_id int, at date);
CREATE SEQUENCE shop.numbers;
CREATE FUNCTION lib.says(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    words text;
BEGIN
    EXECUTE command;
    RETURN 'nothing';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS words = MESSAGE_TEXT;
    RETURN SQLSTATE || ': ' || words;
END
$$;
SELECT is(lib.says($$SELECT add_source('crm', $$ || arguments || ')'), said, arguments) FROM (VALUES
    ($o$'shop.orders', 'purchase', 'at'$o$, '42703: touchpoint of shop.orders: column "purchase" does not exist'),
    ($o$'shop.orders', $q$'order'$q$, 'amount'$o$, '42804: occurred of shop.orders must be a date or a timestamp, not text'),
    ($o$'shop.orders', $q$'order'$q$, 'day'$o$, '42703: occurred of shop.orders: column "day" does not exist'),
    ($o$'shop.orders', $q$'order'$q$, 'at', filter => 'amount'$o$, '42804: filter of shop.orders: argument of IS TRUE must be type boolean, not type text'),
    ($o$'shop.orders', $q$'order'$q$, 'at', filter => 'status = '$o$, '42601: filter of shop.orders: syntax error at end of input'),
    ($o$'shop.orders', $q$'order'$q$, 'at', filter => $f$status = 'ok' GROUP BY 1$f$$o$, '42601: filter of shop.orders: an expression is expected'),
    ($o$'shop.orders', $q$'order'$q$, 'at', value => '(SELECT 1)'$o$, '0A000: value of shop.orders: an expression must not contain a subquery'),
    ($o$'shop.orders', $q$'order'$q$, 'at', value => 'net(amount)'$o$, '42883: value of shop.orders: function net(text) does not exist'),
    ($o$'shop.orders', $q$'order'$q$, 'at', value => 'sum(amount::numeric)'$o$, '42803: value of shop.orders: aggregate functions are not allowed in WHERE'),
    ($o$'shop.orders', $q$'order'$q$, 'at', value => 'row_number() OVER ()'$o$, '42P20: value of shop.orders: window functions are not allowed in WHERE'),
    ($o$'shop.orders', $q$'order'$q$, 'at', once_per => 'order_id, at'$o$, '42601: once_per of shop.orders: it must be one expression'),
    ($o$'shop.orders', 'unnest(ARRAY[status])', 'at'$o$, '0A000: touchpoint of shop.orders: set-returning functions are not allowed in WHERE'),
    ($o$'shop.orders', $q$'order'$q$, 'at', key => 'customer_id, order_id'$o$, '22023: key of shop.orders has 2 expressions, the key of base "crm" has 1 columns'),
    ($o$'shop.orders', $q$'order'$q$, 'at', key => 'client'$o$, '42703: key of shop.orders: column "client" does not exist'),
    ($o$'shop.orders', $q$'order'$q$, 'at', key => 'at'$o$, '42846: key of shop.orders: cannot cast type timestamp with time zone to bigint'),
    ($o$'shop.orders', $q$'order'$q$, 'at', time_zone => 'Europe/Pari'$o$, '22023: there is no time zone "Europe/Pari"'),
    ($o$'shop.orders', NULL, 'at'$o$, '22004: relation, touchpoint and occurred must not be null'),
    ($o$'passing', $q$'order'$q$, 'at'$o$, '42809: ' || (SELECT nspname FROM pg_namespace WHERE oid = pg_my_temp_schema()) || '.passing cannot be a source'),
    ($o$'shop.numbers', $q$'order'$q$, 'last_value'$o$, '42809: shop.numbers cannot be a source'),
    ($o$'pg_class', $q$'order'$q$, 'now()'$o$, '42809: pg_catalog.pg_class cannot be a source'),
    ($o$'crm.timelines', $q$'order'$q$, 'now()'$o$, '42809: crm.timelines cannot be a source: it lies in the base itself'),
    ($o$0, $q$'order'$q$, 'now()'$o$, '42P01: relation - does not exist')) AS bad (arguments, said);
SELECT is(lib.says($$SELECT add_source('crmm', 'shop.orders', 'a', 'b')$$), '3F000: base "crmm" does not exist', 'no such base');
SELECT is((SELECT count(*) FROM crm.registered_sources), 0::bigint, 'nothing is left of them');
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA shop CASCADE;
DROP SCHEMA lib CASCADE;
SELECT * FROM finish();
