-- Every function that takes a base, as the catalogue lists them: NULL in each
-- argument in turn, what does not exist, and what makes no sense.  An answer, or
-- an error with a SQLSTATE of its own and a hint; no internal error.
\ir lib/base.sql
SELECT no_plan();

CREATE SCHEMA shop;
CREATE TABLE shop.orders (id int, shop text, day date, amount numeric);
CREATE INDEX ON shop.orders (id, shop);
CREATE TABLE shop.people AS SELECT i AS id, 'x'::text AS shop, true AS agrees FROM generate_series(1, 5) AS i;
INSERT INTO shop.orders SELECT i % 5, 'x', '2026-01-01', i FROM generate_series(1, 20) AS i;
SELECT create_base('crm', 'id bigint, shop text', 'Europe/Paris') \g /dev/null
SELECT add_source('crm', 'shop.orders', $$'purchase'$$, 'day', 'amount') \g /dev/null
SELECT set_population('crm', 'shop.people', contactable => '{"email": "agrees"}') \g /dev/null
SELECT add_echo('crm', 'echo', 'purchase') \g /dev/null
CALL refresh('crm');
SELECT FROM add_score('crm', 'heat', '{"purchase": {"each": 1}}') \g /dev/null
SELECT FROM add_score('crm', 'count', measure => $$count_of(timeline, 'purchase')$$) \g /dev/null
SELECT add_rfm('crm', 'rfm', 'purchase') \g /dev/null
SELECT FROM plan_campaign('crm', 'done', 'count', 'email', NULL) \g /dev/null
SELECT FROM plan_campaign('crm', 'held', 'count', 'email', NULL) \g /dev/null
SELECT stop_campaign('crm', 'held', 'why') \g /dev/null
SELECT FROM plan_campaign('crm', 'sent', 'count', 'email', NULL) \g /dev/null
SELECT take_wave('crm', 'sent', 1) \g /dev/null

-- what each argument is where another one is tried; NULL: not given
CREATE TABLE lib.usual (function text, argument text, value text);
INSERT INTO lib.usual VALUES
    (NULL, 'base', '''crm'''),
    ('create_base', 'base', '''other'''), ('create_base', 'key', '''id int'''), ('create_base', 'time_zone', '''UTC'''),
    ('set_population', 'relation', '''shop.people'''), ('set_population', 'key', '''id, shop'''),
    ('set_population', 'contactable', '''{"email": "agrees"}'''), ('set_population', 'scored', '''agrees'''),
    ('add_source', 'relation', '''shop.orders'''), ('add_source', 'touchpoint', '''shop'''), ('add_source', 'occurred', '''day'''),
    ('add_source', 'value', '''amount'''), ('add_source', 'filter', '''true'''), ('add_source', 'key', '''id, shop'''),
    ('add_source', 'once_per', '''id'''), ('add_source', 'time_zone', '''UTC'''), ('add_source', 'watch', NULL),
    ('drop_source', 'source', '1'), ('drop_echo', 'touchpoint', '''echo'''), ('drop_echo', 'of', '''purchase'''),
    ('add_echo', 'touchpoint', '''a'''), ('add_echo', 'of', '''b'''), ('add_echo', 'before', '''1 day'''), ('add_echo', 'after', '''1 hour'''), ('add_echo', 'same', '''id'''),
    ('add_score', 'name', '''warm'''), ('add_score', 'grid', '''{"purchase": {"each": 1}}'''), ('add_score', 'measure', NULL), ('add_score', 'method', '''equal'''),
    ('add_score', 'tiers', '3'), ('add_score', 'shares', NULL), ('add_score', 'cuts', NULL), ('add_score', 'labels', '''{a,b,c}'''), ('add_score', 'preview', 'false'),
    ('add_rfm', 'name', '''rfm2'''), ('add_rfm', 'touchpoint', '''purchase'''), ('add_rfm', 'within', '''1 year'''), ('add_rfm', 'f', '''count'''), ('add_rfm', 'm', '''total'''),
    ('recut', 'score', '''heat'''), ('recut', 'method', '''quantile'''), ('recut', 'tiers', '3'), ('recut', 'shares', NULL), ('recut', 'cuts', NULL),
    ('recut', 'labels', NULL), ('recut', 'preview', 'false'),
    ('drop_score', 'name', '''heat'''),
    ('distribution', 'score', '''heat'''), ('distribution', 'as_of', '''2026-02-01'''), ('distribution', 'by', '''agrees'''),
    ('moves', 'score', '''heat'''), ('moves', 'since', '''2026-01-01'''), ('moves', 'until', '''2026-02-01'''),
    ('explain', 'score', '''heat'''), ('explain', 'key', '1, ''x'''), ('erase', 'key', '1, ''x'''),
    ('add_gap', 'name', '''gap'''), ('add_gap', 'of', '''heat'''), ('add_gap', 'against', '''count'''),
    ('add_gap', 'populations', '''{a,b,c}'''), ('add_gap', 'actions', '''{a,b,c}'''),
    ('drift', 'score', '''heat'''), ('drift', 'since', '''2026-01-01'''), ('drift', 'until', '''2026-02-01'''),
    ('add_surge', 'name', '''rising'''), ('add_surge', 'touchpoint', '''purchase'''), ('add_surge', 'recent', '''1 month'''), ('add_surge', 'usual', '''1 year'''),
    ('add_contact_list', 'name', '''list'''), ('add_contact_list', 'channel', '''email'''), ('add_contact_list', 'score', '''heat'''),
    ('add_contact_list', 'cap', '2'), ('add_contact_list', 'forgotten_after', '''1 month'''),
    ('try_grid', 'score', '''heat'''), ('try_grid', 'grid', '''{"purchase": {"each": 2}}'''), ('try_grid', 'cuts', '''same shares'''),
    ('try_grid_customers', 'score', '''heat'''), ('try_grid_customers', 'grid', '''{"purchase": {"each": 2}}'''), ('try_grid_customers', 'n', '3'),
    ('try_grid_customers', 'cuts', '''keep'''),
    ('publish', 'score', '''heat'''), ('publish', 'grid', '''{"purchase": {"each": 2}}'''), ('publish', 'cuts', '''same shares'''),
    ('score_on', 'score', '''heat'''), ('score_on', 'key', '''{1,x}'''), ('score_on', 'day', '''2026-01-01'''),
    ('plan_campaign', 'campaign', '''spring'''), ('plan_campaign', 'score', '''heat'''), ('plan_campaign', 'channel', '''email'''), ('plan_campaign', 'shares', NULL),
    ('plan_campaign', 'type', '''business'''), ('plan_campaign', 'filter', '''agrees'''), ('plan_campaign', 'holdout', '0.1'), ('plan_campaign', 'budget', '10'),
    ('plan_campaign', 'at_most', '3'), ('plan_campaign', 'salt', '''salt'''), ('plan_campaign', 'cost', '0.5'), ('plan_campaign', 'waves', '''{1,2}'''),
    ('plan_campaign', 'growth', '1.5'), ('plan_campaign', 'starts_on', NULL), ('plan_campaign', 'days', '7'), ('plan_campaign', 'measure', '''bought'''),
    ('plan_campaign', 'worth', '12'), ('plan_campaign', 'limits', '''{"bounced": 0.1}'''), ('plan_campaign', 'preview', 'false'),
    ('drop_campaign', 'campaign', '''done'''), ('take_wave', 'campaign', '''done'''), ('take_wave', 'wave', '1'), ('check_wave', 'campaign', '''done'''),
    ('stop_campaign', 'campaign', '''done'''), ('stop_campaign', 'reason', '''why'''), ('resume_campaign', 'campaign', '''held'''), ('resume_campaign', 'reason', '''why'''),
    ('set_outcomes', 'relation', '''shop.orders'''), ('set_outcomes', 'key', '''id, shop'''), ('set_outcomes', 'campaign', '''shop'''), ('set_outcomes', 'what', '''shop'''),
    ('set_outcomes', 'occurred', '''day'''), ('set_outcomes', 'value', '''amount'''), ('set_outcomes', 'time_zone', '''UTC'''),
    ('campaign_checks', 'campaigns', '''sent'''), ('campaign_results', 'campaigns', '''sent'''), ('campaign_verdicts', 'campaigns', '''sent'''),
    ('close', 'before', '''2026-01-01''');

CREATE TABLE lib.argument AS
SELECT p.proname AS function, p.prokind AS kind, a.n, a.name AS argument, u.value AS usual
FROM pg_proc AS p
CROSS JOIN LATERAL unnest((p.proargnames)[1:p.pronargs]) WITH ORDINALITY AS a (name, n)
LEFT JOIN lib.usual AS u ON u.argument = a.name AND u.function = p.proname OR a.name = 'base' AND u.function IS NULL AND p.proname <> 'create_base'
WHERE p.pronamespace = 'scoring'::regnamespace AND p.proargnames[1] = 'base';
SELECT is_empty($$SELECT function, argument FROM lib.argument EXCEPT SELECT coalesce(u.function, a.function), u.argument FROM lib.usual AS u, lib.argument AS a$$,
    'something is known of every argument of every function');
SELECT cmp_ok((SELECT count(DISTINCT function) FROM lib.argument), '>=', 18::bigint, 'and there are all of them');

-- a call in which an argument has another value
CREATE FUNCTION lib.call(function name, argument text DEFAULT NULL, value text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT CASE min(a.kind) WHEN 'p' THEN 'CALL ' ELSE 'SELECT ' END || format('scoring.%I(%s)', $1,
        string_agg(CASE WHEN a.argument = $2 THEN value ELSE a.usual END, ', ' ORDER BY n))
    FROM (SELECT n, kind, function, argument, coalesce(usual, 'NULL') AS usual FROM lib.argument) AS a WHERE a.function = $1
$$;
-- what it says: state, message, whether there is a hint; nothing stays
CREATE FUNCTION lib.said(call text, OUT state text, OUT message text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE call;
    RAISE EXCEPTION USING ERRCODE = 'YY000';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    state := CASE SQLSTATE WHEN 'YY000' THEN '00000' ELSE SQLSTATE END;
    message := CASE SQLSTATE WHEN 'YY000' THEN 'no error' ELSE SQLERRM END;
    hint := nullif(hint, '');
END
$$;
SELECT is(s.message, 'no error', call)
FROM (SELECT DISTINCT lib.call(function) AS call FROM lib.argument) AS f, lib.said(call) AS s;

-- other values: of any argument, of those of a name, of those of one function
CREATE TABLE lib.value (function text, argument text, value text);
INSERT INTO lib.value
SELECT NULL, argument, value FROM (VALUES
    (NULL, ARRAY['NULL']),
    ('base', ARRAY[$$'nobody'$$, $$''$$, $$'public'$$, $$'"crm"'$$, $$'CRM'$$, $$repeat('x', 1000)$$]),
    ('score', ARRAY[$$'nothing'$$, $$''$$, $$'rfm'$$, $$'heat_tiers'$$])) AS v (argument, list), unnest(list) AS value
UNION ALL
SELECT function, argument, value FROM (VALUES
    ('create_base', 'time_zone', ARRAY[$$''$$, $$'Mars'$$, $$'UTC''; SELECT 1'$$]),
    ('drop_score', 'name', ARRAY[$$'nothing'$$]),
    ('explain', 'key', ARRAY[$$1$$, $$1, 'x', 2$$, $$'one', 'x'$$, $$NULL, 'x'$$, $$99, 'x'$$, $$VARIADIC ARRAY['1', 'x']$$, $$1::numeric, 'x'::varchar$$,
        $$99999999999999999999, 'x'$$, $$1, ARRAY[1]$$, $$1, ROW(1, NULL)$$, $$1, '\x00'::bytea$$, $$1, NULL::text$$, $$VARIADIC NULL::text[]$$, $$(1, 'x')$$]),
    ('erase', 'key', ARRAY[$$1$$, $$1, 'x', 2$$, $$'one', 'x'$$, $$NULL, 'x'$$, $$99, 'x'$$, $$VARIADIC ARRAY[1, 2]$$, $$VARIADIC '{}'::int[]$$,
        array_to_string(array_fill('1'::text, ARRAY[90]), ', ')]),
    ('set_population', 'relation', ARRAY[$$'shop.orders'$$, $$'pg_class'$$, $$'crm.timelines'$$, $$999999999::regclass$$]),
    ('set_population', 'key', ARRAY[$$'id'$$, $$'id, shop, id'$$, $$'nothing, shop'$$, $$''$$, $$'shop, shop'$$]),
    ('set_population', 'contactable', ARRAY[$$'[]'$$, $$'{}'$$, $$'null'$$, $$'1'$$, $$'{"a": null}'$$, $$'{"a": ["agrees"]}'$$, $$'{"a": 1}'$$, $$'{"a": "shop"}'$$,
        $$'{"a": "sum(id)"}'$$, $$'{"a": ""}'$$, $$'{"a": "nothing"}'$$]),
    ('set_population', 'scored', ARRAY[$$'id'$$, $$'nothing'$$, $$''$$]),
    ('add_source', 'relation', ARRAY[$$'shop.nothing'$$, $$'pg_class'$$, $$'crm.base'$$, $$999999999::regclass$$, $$0::regclass$$]),
    ('add_source', 'touchpoint', ARRAY[$$'nothing'$$, $$''$$, $$'id, id'$$, $$'orders'$$, $$'sum(id)'$$, $$'row_number() OVER ()'$$, $$'generate_series(1, 2)'$$, $$'(SELECT 1)'$$]),
    ('add_source', 'occurred', ARRAY[$$'shop'$$, $$'id'$$, $$'NULL'$$]),
    ('add_source', 'value', ARRAY[$$'shop'$$, $$'day'$$, $$'orders'$$]),
    ('add_source', 'filter', ARRAY[$$'id'$$, $$'shop'$$]),
    ('add_source', 'key', ARRAY[$$'id'$$, $$'id, shop, day'$$, $$'day, shop'$$, $$''$$, $$'*'$$, $$'orders.*'$$, $$'id, sum(amount)'$$, $$'id, generate_series(1, 2)'$$]),
    ('add_source', 'time_zone', ARRAY[$$'Mars'$$, $$''$$]),
    ('add_source', 'watch', ARRAY[$$'1'$$, $$'[]'$$, $$'{}'$$, $$'null'$$, $$'{"shop.orders": null}'$$, $$'{"shop.orders": []}'$$, $$'{"shop.orders": [null]}'$$, $$'{"shop.orders": [["id, shop"]]}'$$,
        $$'{"shop.orders": "id"}'$$, $$'{"shop.nothing": "id, shop"}'$$, $$'{"": "id, shop"}'$$, $$'{"a.b.c.d": "id, shop"}'$$, $$'{"\"": "id, shop"}'$$, $$'{"pg_class": "oid, relname"}'$$]),
    ('drop_source', 'source', ARRAY[$$0$$, $$-1$$, $$2147483647$$]),
    ('add_echo', 'of', ARRAY[$$'a'$$]),
    ('add_echo', 'before', ARRAY[$$'1 month'$$, $$'-1 day'$$, $$'1000000 years'$$]),
    ('add_echo', 'after', ARRAY[$$'178000000 years'$$, $$'2147483647 days'$$]),
    ('add_echo', 'same', ARRAY[$$'nothing'$$, $$'1, 2'$$, $$''$$, $$'(SELECT 1)'$$, $$'sum(id)'$$]),
    ('add_score', 'name', ARRAY[$$'heat'$$, $$''$$]),
    ('add_score', 'measure', ARRAY[$$'1'$$]),
    ('add_score', 'method', ARRAY[$$'nothing'$$, $$'shares'$$, $$'given'$$, $$'bounds'$$]),
    ('add_score', 'tiers', ARRAY[$$0$$, $$-1$$, $$101$$, $$2147483647$$, $$1$$]),
    ('add_score', 'shares', ARRAY[$$'{0.5,0.6}'$$, $$'{}'$$, $$'{NULL}'$$, $$'{{0.2,0.3,0.5}}'$$, $$'{NaN,1,1}'$$, $$'{0.2,0.3,0.5}'$$]),
    ('add_score', 'cuts', ARRAY[$$'{2,1}'$$, $$'{}'$$, $$'{NULL,1}'$$, $$'{NaN,NaN}'$$, $$'{{1,2}}'$$, $$'[5:6]={1,2}'$$, $$'{1,Infinity}'$$]),
    ('add_score', 'labels', ARRAY[$$'{}'$$, $$'{a}'$$, $$'{a,NULL,c}'$$, $$'{{a,b,c}}'$$, $$'[5:7]={a,b,c}'$$]),
    ('recut', 'method', ARRAY[$$'nothing'$$]), ('recut', 'tiers', ARRAY[$$0$$]), ('recut', 'shares', ARRAY[$$'{1}'$$]), ('recut', 'cuts', ARRAY[$$'{2,1}'$$]),
    ('recut', 'labels', ARRAY[$$'{a}'$$, $$'{{a,b,c}}'$$]),
    ('add_rfm', 'name', ARRAY[$$'heat'$$, $$''$$]),
    ('add_rfm', 'touchpoint', ARRAY[$$'nothing'$$]),
    ('add_rfm', 'within', ARRAY[$$'0'$$, $$'-1 year'$$, $$'1 month 1 day'$$, $$'1000000 years'$$]),
    ('add_rfm', 'f', ARRAY[$$'nothing'$$]), ('add_rfm', 'm', ARRAY[$$'nothing'$$]),
    ('distribution', 'as_of', ARRAY[$$'infinity'$$, $$'-infinity'$$, $$'4714-11-24 BC'$$, $$'5874897-12-31'$$]),
    ('distribution', 'by', ARRAY[$$'nothing'$$, $$'ctid'$$, $$''$$, $$'id; SELECT 1'$$]),
    ('moves', 'since', ARRAY[$$'infinity'$$, $$'-infinity'$$, $$'2026-03-01'$$]),
    ('moves', 'until', ARRAY[$$'infinity'$$, $$'4714-11-24 BC'$$, $$'5874897-12-31'$$]),
    ('add_gap', 'name', ARRAY[$$'heat'$$, $$''$$]),
    ('add_gap', 'of', ARRAY[$$'nothing'$$, $$'rfm'$$, $$'heat'$$]), ('add_gap', 'against', ARRAY[$$'nothing'$$, $$'rfm'$$, $$'count'$$]),
    ('add_gap', 'populations', ARRAY[$$'{}'$$, $$'{a,b}'$$, $$'{a,NULL,c}'$$, $$'{{a,b,c}}'$$, $$'[5:7]={a,b,c}'$$]),
    ('add_gap', 'actions', ARRAY[$$'{}'$$, $$'{a,NULL,c}'$$, $$'{{a,b,c}}'$$]),
    ('drift', 'since', ARRAY[$$'infinity'$$, $$'-infinity'$$, $$'2026-03-01'$$]), ('drift', 'until', ARRAY[$$'infinity'$$, $$'4714-11-24 BC'$$, $$'5874897-12-31'$$]),
    ('add_surge', 'name', ARRAY[$$'heat'$$, $$''$$]), ('add_surge', 'touchpoint', ARRAY[$$''$$, $$'nothing'$$]),
    ('add_surge', 'recent', ARRAY[$$'0'$$, $$'-1 day'$$, $$'1 hour'$$, $$'1000000 years'$$]), ('add_surge', 'usual', ARRAY[$$'0'$$, $$'1 month -1 day'$$, $$'1000000 years'$$]),
    ('add_contact_list', 'name', ARRAY[$$'heat'$$, $$''$$]), ('add_contact_list', 'channel', ARRAY[$$'nothing'$$, $$''$$]),
    ('add_contact_list', 'score', ARRAY[$$'count'$$]), ('add_contact_list', 'cap', ARRAY[$$'NaN'$$, $$'Infinity'$$, $$-1e300$$]),
    ('add_contact_list', 'forgotten_after', ARRAY[$$'0'$$, $$'-1 day'$$, $$'1 hour'$$, $$'1000000 years'$$]),
    ('try_grid', 'score', ARRAY[$$'count'$$]), ('try_grid', 'grid', ARRAY[$$'{}'$$, $$'{"purchase": {"each": 999999999}}'$$]), ('try_grid', 'cuts', ARRAY[$$'nothing'$$, $$'keep'$$]),
    ('try_grid_customers', 'n', ARRAY[$$0$$, $$-1$$, $$2147483647$$]), ('try_grid_customers', 'cuts', ARRAY[$$'nothing'$$]),
    ('publish', 'score', ARRAY[$$'count'$$]), ('publish', 'grid', ARRAY[$$'{}'$$]), ('publish', 'cuts', ARRAY[$$'nothing'$$]),
    ('score_on', 'score', ARRAY[$$'count'$$]), ('score_on', 'day', ARRAY[$$'infinity'$$, $$'-infinity'$$, $$'4714-11-24 BC'$$, $$'5874897-12-31'$$]),
    ('score_on', 'key', ARRAY[$$1$$, $$''$$, $$'{1}'$$, $$'{1,x,2}'$$, $$'{one,x}'$$, $$'{NULL,x}'$$, $$'{99,x}'$$, $$ARRAY['1', 'x']$$, $$ARRAY[1, 2]$$, $$'{'$$, $$ROW(1, 'x')$$, $$'{{1,x}}'$$, $$NULL::text$$]),
    ('plan_campaign', 'campaign', ARRAY[$$'done'$$, $$'heat'$$, $$''$$, $$repeat('x', 51)$$, $$'waves'$$]), ('plan_campaign', 'channel', ARRAY[$$'sms'$$, $$''$$, $$'id'$$]),
    ('plan_campaign', 'shares', ARRAY[$$'{}'$$, $$'{1}'$$, $$'{0,0,0,0,0,1.1}'$$, $$'{-0.1,0,0,0,0,0}'$$, $$'{NULL,0,0,0,0,0}'$$, $$'{NaN,0,0,0,0,0}'$$, $$'[0:5]={0,0,0,0,0,1}'$$,
        $$'{{0,0,0},{0,0,1}}'$$]),
    ('plan_campaign', 'type', ARRAY[$$'nothing'$$, $$''$$, $$'service'$$]),
    ('plan_campaign', 'filter', ARRAY[$$'id'$$, $$''$$, $$'nothing'$$, $$'(SELECT true)'$$, $$'bool_or(agrees)'$$, $$'true, false'$$, $$'true) OR (true'$$, $$'agrees -- never'$$]),
    ('plan_campaign', 'holdout', ARRAY[$$1$$, $$-0.1$$, $$'NaN'$$]), ('plan_campaign', 'budget', ARRAY[$$-1$$, $$'NaN'$$, $$'Infinity'$$, $$1e300$$]),
    ('plan_campaign', 'at_most', ARRAY[$$-1$$, $$0$$, $$9223372036854775807$$]), ('plan_campaign', 'salt', ARRAY[$$''$$]),
    ('plan_campaign', 'cost', ARRAY[$$0$$, $$-1$$, $$'NaN'$$, $$'Infinity'$$, $$1e-300$$]),
    ('plan_campaign', 'waves', ARRAY[$$'{}'$$, $$'{0}'$$, $$'{-1}'$$, $$'{NULL}'$$, $$'{{1,2}}'$$, $$'[0:1]={1,2}'$$, $$'{9223372036854775807}'$$, $$array_fill(1::bigint, ARRAY[1001])$$]),
    ('plan_campaign', 'growth', ARRAY[$$0.5$$, $$'NaN'$$, $$'Infinity'$$, $$1000$$, $$1001$$]),
    ('plan_campaign', 'starts_on', ARRAY[$$'2020-01-01'$$, $$'infinity'$$, $$'5874897-12-31'$$, $$'2999-01-01'$$]),
    ('plan_campaign', 'days', ARRAY[$$0$$, $$-1$$, $$1001$$, $$2147483647$$]), ('plan_campaign', 'measure', ARRAY[$$''$$, $$'nothing'$$]),
    ('plan_campaign', 'worth', ARRAY[$$0$$, $$-1$$, $$'NaN'$$, $$'Infinity'$$]),
    ('plan_campaign', 'limits', ARRAY[$$'[]'$$, $$'1'$$, $$'null'$$, $$'{}'$$, $$'{"bounced": 2}'$$, $$'{"bounced": null}'$$, $$'{"bounced": "0.1"}'$$, $$'{"bounced": {}}'$$, $$'{"": 0}'$$]),
    ('drop_campaign', 'campaign', ARRAY[$$'nothing'$$]), ('take_wave', 'campaign', ARRAY[$$'nothing'$$]), ('take_wave', 'wave', ARRAY[$$0$$, $$-1$$, $$2$$]),
    ('check_wave', 'campaign', ARRAY[$$'nothing'$$]), ('stop_campaign', 'campaign', ARRAY[$$'nothing'$$, $$'held'$$]), ('stop_campaign', 'reason', ARRAY[$$''$$]),
    ('resume_campaign', 'campaign', ARRAY[$$'nothing'$$, $$'done'$$]), ('resume_campaign', 'reason', ARRAY[$$''$$]),
    ('set_outcomes', 'relation', ARRAY[$$'shop.nothing'$$, $$'pg_class'$$, $$'crm.base'$$, $$999999999::regclass$$]), ('set_outcomes', 'key', ARRAY[$$'id'$$, $$'id, sum(amount)'$$, $$''$$]),
    ('set_outcomes', 'campaign', ARRAY[$$'nothing'$$, $$''$$, $$'(SELECT 1)'$$, $$'sum(id)'$$]), ('set_outcomes', 'what', ARRAY[$$'nothing'$$, $$'purchase'$$, $$'id, id'$$]),
    ('set_outcomes', 'occurred', ARRAY[$$'shop'$$, $$'id'$$, $$'NULL'$$]), ('set_outcomes', 'value', ARRAY[$$'shop'$$, $$'day'$$, $$'orders'$$]), ('set_outcomes', 'time_zone', ARRAY[$$'Mars'$$, $$''$$]),
    ('campaign_checks', 'campaigns', ARRAY[$$'nothing'$$, $$'done'$$, $$'sent', NULL$$, $$'sent', 'sent'$$, $$VARIADIC '{}'$$, $$VARIADIC NULL$$, $$VARIADIC '{{sent,sent}}'$$]),
    ('campaign_results', 'campaigns', ARRAY[$$'nothing'$$, $$'done'$$, $$'sent', NULL$$, $$'sent', 'sent'$$, $$VARIADIC '{}'$$, $$VARIADIC NULL$$, $$VARIADIC '{{sent,sent}}'$$]),
    ('campaign_verdicts', 'campaigns', ARRAY[$$'nothing'$$, $$'done'$$, $$'sent', NULL$$, $$'sent', 'sent'$$, $$VARIADIC '{}'$$, $$VARIADIC NULL$$, $$VARIADIC '{{sent,sent}}'$$]),
    ('close', 'before', ARRAY[$$'infinity'$$, $$'-infinity'$$, $$'2999-01-01'$$, $$'4714-11-24 BC'$$])) AS v (function, argument, list), unnest(list) AS value;

CREATE TABLE lib.outcome AS
SELECT c.call, s.* FROM (
    SELECT DISTINCT lib.call(a.function, a.argument, v.value) AS call
    FROM lib.argument AS a JOIN lib.value AS v ON coalesce(v.argument, a.argument) = a.argument AND coalesce(v.function, a.function) = a.function) AS c,
    lib.said(c.call) AS s;

-- what is refused: with a SQLSTATE that speaks of what was given, and with a hint
-- unless the message has said what must be
SELECT ok(state ~ '^(22|42|0A|3F|55)' AND (hint IS NOT NULL OR message ~ ' must | does not exist$|out of range'), format('%s: %s %s', left(call, 200), state, message))
FROM lib.outcome WHERE state <> '00000' ORDER BY call;
-- what is not: these alone
SELECT is_empty($$
    SELECT call FROM lib.outcome WHERE state = '00000' EXCEPT
    SELECT lib.call(function, argument, value) FROM (VALUES
        ('add_echo', 'same', 'NULL'), ('add_echo', 'same', $v$'nothing'$v$), ('add_rfm', 'touchpoint', $v$'nothing'$v$), ('add_rfm', 'within', 'NULL'),
        ('add_rfm', 'within', $v$'1 month 1 day'$v$), ('add_rfm', 'within', $v$'1000000 years'$v$), ('add_score', 'shares', $v$'{0.2,0.3,0.5}'$v$),
        ('add_score', 'cuts', $v$'[5:6]={1,2}'$v$), ('add_score', 'cuts', $v$'{1,Infinity}'$v$), ('add_score', 'labels', $v$'[5:7]={a,b,c}'$v$), ('add_score', 'labels', $v$'{a,NULL,c}'$v$),
        ('add_score', 'labels', $v$'{{a,b,c}}'$v$), ('add_score', 'labels', 'NULL'), ('add_source', 'touchpoint', $v$'orders'$v$), ('add_source', 'value', $v$'shop'$v$),
        ('add_source', 'value', 'NULL'), ('add_source', 'filter', 'NULL'), ('add_source', 'key', 'NULL'), ('add_source', 'once_per', 'NULL'), ('add_source', 'time_zone', 'NULL'),
        ('create_base', 'base', $v$'"crm"'$v$), ('create_base', 'base', $v$'CRM'$v$), ('create_base', 'base', $v$'nobody'$v$), ('create_base', 'time_zone', $v$'UTC''; SELECT 1'$v$),
        ('distribution', 'by', 'NULL'), ('distribution', 'as_of', 'NULL'), ('distribution', 'as_of', $v$'4714-11-24 BC'$v$), ('distribution', 'as_of', $v$'5874897-12-31'$v$),
        ('erase', 'key', $v$99, 'x'$v$), ('explain', 'key', $v$99, 'x'$v$), ('explain', 'key', $v$1, '\x00'::bytea$v$), ('explain', 'key', $v$1, ARRAY[1]$v$), ('explain', 'key', $v$1, ROW(1, NULL)$v$),
        ('explain', 'key', $v$1::numeric, 'x'::varchar$v$), ('moves', 'until', 'NULL'), ('moves', 'until', $v$'5874897-12-31'$v$), ('recut', 'method', 'NULL'), ('recut', 'tiers', 'NULL'),
        ('recut', 'labels', $v$'{{a,b,c}}'$v$), ('recut', 'shares', $v$'{1}'$v$), ('set_population', 'key', 'NULL'), ('set_population', 'contactable', 'NULL'), ('set_population', 'contactable', $v$'{}'$v$),
        ('set_population', 'scored', 'NULL'),
        ('add_gap', 'populations', $v$'[5:7]={a,b,c}'$v$), ('add_gap', 'populations', $v$'{{a,b,c}}'$v$), ('add_gap', 'actions', $v$'{a,NULL,c}'$v$), ('add_gap', 'actions', $v$'{{a,b,c}}'$v$),
        ('drift', 'since', $v$'2026-03-01'$v$), ('drift', 'until', 'NULL'), ('drift', 'until', $v$'4714-11-24 BC'$v$), ('drift', 'until', $v$'5874897-12-31'$v$),
        ('add_surge', 'touchpoint', $v$'nothing'$v$), ('add_surge', 'touchpoint', $v$''$v$), ('add_surge', 'usual', $v$'1000000 years'$v$),
        ('add_contact_list', 'cap', $v$'Infinity'$v$), ('add_contact_list', 'cap', '1e300'),
        ('try_grid', 'grid', $v$'{}'$v$), ('try_grid', 'grid', $v$'{"purchase": {"each": 999999999}}'$v$), ('try_grid', 'cuts', $v$'keep'$v$),
        ('try_grid_customers', 'n', 'NULL'), ('try_grid_customers', 'n', '0'), ('try_grid_customers', 'n', '2147483647'), ('publish', 'grid', $v$'{}'$v$),
        ('plan_campaign', 'shares', $v$'[0:5]={0,0,0,0,0,1}'$v$), ('plan_campaign', 'shares', $v$'{{0,0,0},{0,0,1}}'$v$), ('plan_campaign', 'filter', 'NULL'),
        ('plan_campaign', 'filter', $v$'agrees -- never'$v$), ('plan_campaign', 'budget', 'NULL'), ('plan_campaign', 'budget', '1e300'), ('plan_campaign', 'at_most', 'NULL'),
        ('plan_campaign', 'at_most', '0'), ('plan_campaign', 'at_most', '9223372036854775807'), ('plan_campaign', 'salt', 'NULL'), ('plan_campaign', 'salt', $v$''$v$),
        ('plan_campaign', 'cost', '1e-300'), ('plan_campaign', 'waves', 'NULL'), ('plan_campaign', 'waves', $v$'{}'$v$), ('plan_campaign', 'waves', $v$'{{1,2}}'$v$),
        ('plan_campaign', 'waves', $v$'[0:1]={1,2}'$v$), ('plan_campaign', 'waves', $v$'{9223372036854775807}'$v$), ('plan_campaign', 'growth', '1000'),
        ('plan_campaign', 'starts_on', $v$'2999-01-01'$v$), ('plan_campaign', 'measure', $v$''$v$),
        ('plan_campaign', 'measure', $v$'nothing'$v$), ('plan_campaign', 'worth', 'NULL'), ('plan_campaign', 'limits', 'NULL'), ('plan_campaign', 'limits', $v$'{}'$v$),
        ('plan_campaign', 'limits', $v$'{"": 0}'$v$), ('stop_campaign', 'reason', $v$''$v$), ('resume_campaign', 'reason', $v$''$v$),
        ('set_outcomes', 'relation', 'NULL'), ('set_outcomes', 'key', 'NULL'), ('set_outcomes', 'campaign', 'NULL'), ('set_outcomes', 'value', 'NULL'), ('set_outcomes', 'value', $v$'shop'$v$),
        ('set_outcomes', 'time_zone', 'NULL'), ('campaign_checks', 'campaigns', $v$'sent', 'sent'$v$), ('campaign_checks', 'campaigns', $v$VARIADIC '{{sent,sent}}'$v$), ('campaign_results', 'campaigns', $v$'sent', 'sent'$v$), ('campaign_results', 'campaigns', $v$VARIADIC '{{sent,sent}}'$v$), ('campaign_verdicts', 'campaigns', $v$'sent', 'sent'$v$), ('campaign_verdicts', 'campaigns', $v$VARIADIC '{{sent,sent}}'$v$),
        ('score_on', 'day', $v$'4714-11-24 BC'$v$), ('score_on', 'day', $v$'5874897-12-31'$v$),
        ('score_on', 'key', $v$'{99,x}'$v$), ('score_on', 'key', $v$'{{1,x}}'$v$), ('score_on', 'key', $v$ARRAY['1', 'x']$v$), ('score_on', 'key', 'ARRAY[1, 2]')) AS v (function, argument, value)
    EXCEPT SELECT lib.call(function) FROM lib.argument$$, 'nothing else is taken');

-- in SELECT, in FROM, in part, as a row, with ordinality, for each row of others
SELECT is((SELECT count(*) FROM (SELECT explain('crm', 'heat', 1, 'x')) AS e), (SELECT count(*) FROM explain('crm', 'heat', 1, 'x') AS e), 'a set in SELECT as in FROM');
SELECT is((SELECT count(*) FROM (SELECT explain('crm', 'heat', 1, 'x') LIMIT 1) AS e), 1::bigint, 'the first of a set');
SELECT is((SELECT sum((d).customers) FROM (SELECT distribution('crm', 'heat') AS d) AS e), 5::numeric, 'rows in SELECT');
SELECT is((SELECT sum(customers) FROM ROWS FROM (distribution('crm', 'heat'), generate_series(1, 9)) WITH ORDINALITY AS r (part, tier, label, customers, share, n, o)), 5::numeric, 'ROWS FROM');
SELECT is((SELECT count(*) FROM shop.people AS p, explain('crm', 'heat', p.id, p.shop)), (SELECT sum((SELECT count(*) FROM explain('crm', 'heat', id, shop))) FROM shop.people)::bigint, 'each row of a table');
SELECT is((SELECT count(*) FROM shop.people WHERE EXISTS (SELECT FROM explain('crm', 'heat', id, shop))), 5::bigint, 'where');
SELECT throws_ok($$SELECT CASE WHEN true THEN explain('crm', 'heat', 1, 'x') END$$, '0A000');
PREPARE about (text, text, int, text) AS SELECT count(*) FROM explain($1, $2, $3, $4);
SELECT lives_ok(format('EXECUTE about(''crm'', ''heat'', %s, ''x'')', n), 'prepared, time ' || n) FROM generate_series(1, 7) AS n;
SELECT throws_ok($$EXECUTE about('nobody', 'heat', 1, 'x')$$, '3F000');
DEALLOCATE about;
CREATE FUNCTION lib.in_turn() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    base text;
    said text := '';
BEGIN
    -- one call site, bases that come and go
    FOREACH base IN ARRAY ARRAY['crm', 'nobody', NULL, 'crm', 'pg_catalog', 'crm'] LOOP
        BEGIN
            said := said || (SELECT count(*) FROM distribution(base, 'heat'))::text || ' ';
        EXCEPTION WHEN OTHERS THEN
            said := said || SQLSTATE || ' ';
        END;
    END LOOP;
    RETURN said || current_user || ' ' || current_setting('search_path');
END
$$;
SELECT is(lib.in_turn(), format('6 3F000 22004 6 3F000 6 %s %s', current_user, current_setting('search_path')), 'one after another, errors between');
CREATE VIEW lib.tiers AS SELECT * FROM distribution('crm', 'heat');
SELECT is((SELECT sum(customers) FROM lib.tiers), 5::numeric, 'in a view');
SELECT throws_ok('CREATE INDEX ON shop.people (snapshot(shop))', '42P17');
SELECT name AS parallel FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query') \gset
SET :parallel = regress;
SELECT is((SELECT sum(customers) FROM lib.tiers), 5::numeric, 'where others run in parallel');
RESET :parallel;
SELECT is(current_user::text || current_setting('search_path'), session_user::text || 'scoring, public', 'and everything is as it was before');

SELECT * FROM finish();
DROP VIEW lib.tiers;
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA shop, lib CASCADE;
