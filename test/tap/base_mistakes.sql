-- Mistakes that everybody makes once: what is said about them, and the way out.
\set QUIET on
SET client_min_messages = error;
SELECT plan(12);

CREATE SCHEMA mistake;
CREATE TABLE mistake.bought ("Customer" int, at date, closed date);
CREATE TABLE mistake.customers (id int PRIMARY KEY, ok boolean);
INSERT INTO mistake.bought SELECT i, current_date - i, CASE WHEN i < 3 THEN current_date ELSE 'infinity' END FROM generate_series(1, 9) AS i;
INSERT INTO mistake.customers SELECT i + 1000, true FROM generate_series(1, 9) AS i;

-- what psql prints when it runs a command
CREATE FUNCTION pg_temp.said(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    hint text;
BEGIN
    EXECUTE command;
    RETURN 'nothing';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    RETURN message || ' HINT: ' || hint;
END
$$;

SELECT create_base('mistaken', 'customer bigint', 'UTC') \gset
SELECT alike(pg_temp.said($$SELECT add_source('mistaken', 'mistake.bought', '''purchase''', 'at', key => 'Customer')$$),
             '%column "customer" does not exist%Its columns: "Customer", at, closed.%double quotes%', 'a name with capitals');
SELECT add_source('mistaken', 'mistake.bought', '''purchase''', 'at', key => '"Customer"') \gset one_
SELECT add_source('mistaken', 'mistake.bought', '''closed''', 'closed', key => '"Customer"') \gset two_

-- a touchpoint misspelt before there is anybody
SELECT count(*) AS n FROM add_score('mistaken', 'heat', '{"purchases": {"each": 1, "within": "90 days"}}') \gset
\set said `psql -qXc "CALL scoring.refresh('mistaken')" 2>&1`
SELECT alike(:'said'::text, '%its grid asks for touchpoints that nobody has: purchases%', 'a touchpoint that nobody has is said at the first refresh');
SELECT is((SELECT count(*) FROM mistaken.failures), 0::bigint, 'infinity is no failure');
SELECT is((SELECT left_out FROM mistaken.sources WHERE source = 2), '{"no day": 7}', 'but no day');

-- an echo of something misspelt
SELECT throws_ok($$SELECT add_echo('mistaken', 'closed', of => 'purchase', after => '1 day', same => 'message_id')$$, '42703',
                 'no source of base "mistaken" has the columns of same', 'what no source has');
\set said `psql -qXc "SELECT scoring.add_echo('mistaken', 'closed', of => 'purchas', after => '90 days')" 2>&1`
SELECT alike(:'said'::text, '%nobody has touchpoint "purchas"%', 'an echo of what nobody has');
SELECT drop_echo('mistaken', 'closed', 'purchas') \gset three_
SELECT add_echo('mistaken', 'closed', of => 'purchase', after => '90 days') \gset four_
SELECT throws_like($$SELECT add_echo('mistaken', 'closed', of => 'purchase')$$, '%is an echo of "purchase" already', 'it is said once');
CALL refresh('mistaken');
SELECT is((SELECT sum(count_of(timeline, 'closed')) FROM mistaken.timelines), 0::numeric, 'echoes');
SELECT drop_echo('mistaken', 'closed', 'purchase') \gset five_
CALL refresh('mistaken');
SELECT is((SELECT sum(count_of(timeline, 'closed')) FROM mistaken.timelines), 2::numeric, 'that are none any more');

-- a population of other keys
\set said `psql -qXc "SELECT scoring.set_population('mistaken', 'mistake.customers', key => 'id')" 2>&1`
SELECT alike(:'said'::text, '%of 9 customers with interactions, only 0 are among the 9 scored ones of mistake.customers%', 'a population whom nobody knows');

-- a view of one's own on a view of the base
CREATE VIEW mistake.list AS SELECT customer, tier FROM mistaken.heat;
SELECT alike(pg_temp.said($$SELECT set_population('mistaken', 'mistake.customers', key => 'id', contactable => '{"email": "ok"}')$$),
             'view mistaken.heat cannot be dropped: others stand on it HINT: It has to be dropped%', 'other columns, and a view that stands on it');
DROP VIEW mistake.list;
SELECT lives_ok($$SELECT set_population('mistaken', 'mistake.customers', key => 'id', contactable => '{"email": "ok"}')$$, 'and without it');

SELECT drop_base('mistaken') \gset six_
DROP SCHEMA mistake CASCADE;
SELECT * FROM finish();
