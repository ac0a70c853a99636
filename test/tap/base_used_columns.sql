-- Every column that an expression reads is looked at when a row is updated,
-- however it is mentioned, and a value that is equal is not yet the same.
\set QUIET on
SET client_min_messages = error;
BEGIN;
SELECT plan(12);

CREATE TABLE public.sold (customer_id int, sold_on date, amount numeric, discount numeric, note text, spare int);
SELECT is(_scoring.columns_used('sold', 'net(sold)', 'customer_id'), '{customer_id,sold_on,amount,discount,note,spare}'::name[], 'the row itself');
SELECT is(_scoring.columns_used('sold', 'sold.net', 'customer_id'), '{customer_id,sold_on,amount,discount,note,spare}'::name[], 'the same, as a column that is none');
SELECT is(_scoring.columns_used('sold', 'sold.*::text'), '{customer_id,sold_on,amount,discount,note,spare}'::name[], 'a star');
SELECT is(_scoring.columns_used('sold', 'sold.amount', 'public.sold.note'), '{amount,note}'::name[], 'columns with the name of their table');
SELECT is(_scoring.columns_used('sold', '(SELECT o.customer_id FROM shop.orders AS o WHERE o.id = spare)'), '{spare}'::name[], 'not those of another relation');

CREATE FUNCTION public.net(public.sold) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1.amount - coalesce($1.discount, 0)';
SELECT EXISTS (SELECT FROM pg_collation WHERE collname = 'und-x-icu') AS icu \gset
\if :icu
    CREATE COLLATION public.any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
\else
    -- a server that is built without ICU has none in which letters are equal
    CREATE COLLATION public.any_case FROM pg_catalog."C";
\endif
CREATE TABLE public.heard (customer_id int, at date, delay interval, kind text COLLATE public.any_case, n numeric, weight numeric, idle int);
INSERT INTO public.sold VALUES (1, '2026-05-01', 10, 1);
INSERT INTO public.heard VALUES (1, '2026-01-31', '1 month', 'Call', 1.0, 1.0);

SELECT create_base('used', 'customer_id bigint', 'UTC') \gset
SELECT add_source('used', 'sold', $$'net'$$, 'sold_on', value => 'public.net(sold)') \gset s_
SELECT add_source('used', 'heard', $$kind || n::text$$, 'at + delay', value => 'weight') \gset h_
CALL refresh('used');

UPDATE public.sold SET discount = 4;
CALL refresh('used');
SELECT is(value_of(timeline, 'net'), 6::numeric, 'a column that only a function of the row reads') FROM used.timelines;
UPDATE public.heard SET delay = '30 days';
CALL refresh('used');
SELECT is(last_on(timeline, 'Call1.0'), '2026-03-02', 'a month and 30 days are equal, and not the same') FROM used.timelines;
UPDATE public.heard SET kind = 'call';
CALL refresh('used');
SELECT isnt(last_on(timeline, 'call1.0'), NULL, 'upper and lower case may be equal') FROM used.timelines;
UPDATE public.heard SET n = 1.00;
CALL refresh('used');
SELECT isnt(last_on(timeline, 'call1.00'), NULL, 'a number has digits that its size does not tell') FROM used.timelines;
SELECT is_empty($$SELECT * FROM verify('used')$$, 'all is as the sources have it');

-- what is not read is not looked at
CREATE TABLE public.plain (customer_id int, at date, kind text, weight numeric, idle int);
INSERT INTO public.plain VALUES (1, '2026-01-31', 'call', 1.0);
SELECT add_source('used', 'plain', 'kind', 'at', value => 'weight') \gset p_
CALL refresh('used');
UPDATE public.plain SET idle = 1;
SELECT is((SELECT count(*) FROM used.marks_3), 0::bigint, 'an update of what is not read leaves no mark');
UPDATE public.plain SET weight = 2;
SELECT is((SELECT count(*) FROM used.marks_3), 1::bigint, 'one of what is read does');

SELECT * FROM finish();
ROLLBACK;
