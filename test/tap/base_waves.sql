-- Waves of a campaign: taken once, in order and not too early; stopped by what the
-- latest one brought, or by hand; sent to those alone who may still be contacted.
\ir lib/base_care.sql
SELECT no_plan();

CREATE TABLE care.log (id bigint, campaign text, what text, at date);
SELECT set_outcomes('crm', 'care.log') \g /dev/null
SELECT plan_campaign('crm', 'spring', 'engagement', 'email', '{0.5,0.5,0.5,0.5,0.5,0.9}', waves => '{30,40,50}', growth => 1.2, days => 10, starts_on => '2026-07-02',
    limits => '{"bounced": 0.05, "complained": 0.001}') \g /dev/null
SELECT max(wave) AS last FROM crm.waves \gset
SELECT cmp_ok(:last, '>', 3, 'there are some waves');

-- ---------------------------------------------------------------------------
-- in order, and not too early

SELECT throws_ok(format('SELECT take_wave(%s)', arguments), state, message, arguments)
FROM (VALUES
    ($$'crm', 'spring', 1$$, '55000', 'wave 1 is due on 2026-07-02'),
    ($$'crm', 'spring', 2$$, '55000', 'wave 1 comes before wave 2'),
    ($$'crm', 'spring', 99$$, '42704', 'campaign "spring" has no wave 99'),
    ($$'crm', 'autumn', 1$$, '42704', 'base "crm" has no campaign "autumn"'),
    ($$'crm', 'spring', NULL$$, '22004', 'campaign and wave must not be null')) AS v (arguments, state, message);
SELECT is_empty('SELECT * FROM crm.spring_sends', 'nobody is sent to before a wave is taken');
SELECT is_empty($$SELECT * FROM check_wave('crm', 'spring')$$, 'and there is nothing to check');
UPDATE care.day SET today = '2026-07-02';
SELECT is(take_wave('crm', 'spring', 1), 30::bigint, 'the first wave');
SELECT results_eq('SELECT * FROM crm.spring_sends ORDER BY id', $$SELECT id, wave, date '2026-07-02', tier, score FROM crm.spring WHERE wave = 1 AND arm = 'contact' ORDER BY id$$,
    'is sent to its contacts');
SELECT throws_ok($$SELECT take_wave('crm', 'spring', 2)$$, '55000', 'wave 2 is due on 2026-07-03', 'the second is due tomorrow');
UPDATE care.day SET today = '2026-07-05';
SELECT is(take_wave('crm', 'spring', 1), 30::bigint, 'taken again: the same');
SELECT is((SELECT taken_on FROM crm.waves WHERE wave = 1), '2026-07-02', 'on the day it was');
SELECT is((SELECT count(*) FROM crm.campaign_log WHERE what = 'taken'), 1::bigint, 'recorded once');
-- an opt-out counts at once
SELECT min(id) AS id FROM crm.spring_sends \gset
UPDATE care.customers SET email = false WHERE id = :id;
SELECT is(take_wave('crm', 'spring', 1), 29::bigint, 'less who has opted out');
SELECT is_empty(format('SELECT FROM crm.spring_sends WHERE id = %s', :id), 'who is not sent to');
SELECT is((SELECT arm FROM crm.spring WHERE id = :id), 'contact', 'but stays in the arm');
UPDATE care.customers SET email = true, objects = true WHERE id = :id;
SELECT is(take_wave('crm', 'spring', 1), 29::bigint, 'nor who is no longer scored');
UPDATE care.customers SET objects = false WHERE id = :id;

-- ---------------------------------------------------------------------------
-- the stop rule, at the edge of its limit

-- 4 of 30 bounced: from 5.3 % on
SELECT is((wilson(4, 30)).low > 0.05 AND (wilson(3, 30)).low < 0.05, true, 'the fourth bounce is one too many');
CREATE TABLE lib.contacts AS SELECT id, row_number() OVER (ORDER BY id) AS n FROM crm.spring_sends;
INSERT INTO care.log SELECT id, 'spring', 'bounced', '2026-07-03' FROM lib.contacts WHERE n <= 3;
-- twice the same customer, before the wave, after its window, another campaign's, of control, of nobody
INSERT INTO care.log SELECT id, 'spring', 'bounced', date '2026-07-04' FROM lib.contacts WHERE n = 1
    UNION ALL SELECT id, 'spring', 'bounced', '2026-07-01' FROM lib.contacts WHERE n = 5 UNION ALL SELECT id, 'spring', 'bounced', '2026-07-12' FROM lib.contacts WHERE n = 6
    UNION ALL SELECT id, 'summer', 'bounced', '2026-07-03' FROM lib.contacts WHERE n = 7
    UNION ALL SELECT id, 'spring', 'bounced', '2026-07-03' FROM crm.spring WHERE arm = 'control' UNION ALL SELECT -1, 'spring', 'bounced', '2026-07-03';
SELECT results_eq($$SELECT * FROM check_wave('crm', 'spring')$$, $$
    VALUES (1, 'bounced', 30::bigint, 3::bigint, 0.1::float8, (wilson(3, 30)).low, 0.05::float8, 'go on'),
           (1, 'complained', 30, NULL, NULL, NULL, 0.001, 'not known: nothing tells of it')$$, 'three bounces may be chance; of complaints nothing has ever told');
-- once it has, of whomever, none is none
INSERT INTO care.log SELECT -1, 'another', 'complained', '2026-07-03';
INSERT INTO care.log SELECT id, 'spring', 'bounced', '2026-07-11' FROM lib.contacts WHERE n = 4;
SELECT results_eq($$SELECT what, happened, low, verdict FROM check_wave('crm', 'spring')$$, $$VALUES ('bounced', 4::bigint, (wilson(4, 30)).low, 'stop'), ('complained', 0, 0, 'go on')$$,
    'four say stop, on the last day of the window');
\set said `psql -qXAt -c "SELECT take_wave('crm', 'spring', 2)" 2>&1`
SELECT is(rtrim(:'said', E'\n'), E'WARNING:  campaign "spring" is stopped: wave 2 is not taken\nDETAIL:  Of wave 1 bounced: 4 of 30 (13.33 %, from 5.31 % on), limit 5 %.\n'
    'HINT:  Once it is mended: SELECT resume_campaign(''crm'', ''spring'', ''why'');', 'the next wave is not taken');
SELECT is(take_wave('crm', 'spring', 2), NULL, 'nor when asked again');
SELECT is((SELECT taken_on FROM crm.waves WHERE wave = 2), NULL, 'it is not taken');
SELECT results_eq('SELECT wave, what, reason FROM crm.campaign_log ORDER BY entry',
    $$VALUES (NULL::int, 'planned', NULL::text), (1, 'taken', NULL), (1, 'stopped', 'Of wave 1 bounced: 4 of 30 (13.33 %, from 5.31 % on), limit 5 %.')$$, 'the stop is recorded, once');
SELECT is(take_wave('crm', 'spring', 1), 30::bigint, 'what is taken is taken');
-- the sends that a log tells of are those that count
INSERT INTO care.log SELECT id, 'spring', 'sent', '2026-07-02' FROM lib.contacts WHERE n <= 20;
SELECT is((SELECT (sent, happened, rate)::text FROM check_wave('crm', 'spring') WHERE what = 'bounced'), '(20,4,0.2)', 'of those that were sent, where it is told');
DELETE FROM care.log WHERE what = 'sent';
DELETE FROM care.log WHERE what = 'bounced' AND at = '2026-07-11';
SELECT is(take_wave('crm', 'spring', 2), NULL, 'a stop stays, whatever the log says later');

SELECT throws_ok($$SELECT stop_campaign('crm', 'spring', 'again')$$, '55000', 'campaign "spring" is stopped already');
SELECT resume_campaign('crm', 'spring', 'wrong list, mended') \g /dev/null
SELECT throws_ok($$SELECT resume_campaign('crm', 'spring', 'again')$$, '55000', 'campaign "spring" is not stopped');
INSERT INTO care.log SELECT id, 'spring', 'bounced', '2026-07-11' FROM lib.contacts;
SELECT is(take_wave('crm', 'spring', 2), 40::bigint, 'resumed, the next one goes, whatever the one before brought');
SELECT is((SELECT taken_on FROM crm.waves WHERE wave = 2), '2026-07-05', 'on its day');
-- seen once is not seen for ever
SELECT results_eq($$SELECT wave, happened FROM check_wave('crm', 'spring') WHERE what = 'bounced'$$, 'VALUES (2, 0::bigint)', 'the latest wave is the one looked at');
INSERT INTO care.log SELECT id, 'spring', 'complained', '2026-07-05' FROM crm.spring_sends WHERE wave = 2;
SELECT is(take_wave('crm', 'spring', 3), NULL, 'a bad second wave stops again');
SELECT is((SELECT string_agg(what || coalesce(wave, 0), ' ' ORDER BY entry) FROM crm.campaign_log), 'planned0 taken1 stopped1 resumed1 taken2 stopped2', 'all of it is recorded');
SELECT is((SELECT reason FROM crm.campaign_log WHERE what = 'resumed'), 'wrong list, mended', 'with the reasons');
DELETE FROM care.log;
SELECT resume_campaign('crm', 'spring', 'to see') \g /dev/null
SELECT stop_campaign('crm', 'spring', 'the price is wrong') \g /dev/null
SELECT is(take_wave('crm', 'spring', 3), NULL, 'stopped by hand');
SELECT resume_campaign('crm', 'spring', 'it is right') \g /dev/null
SELECT is(take_wave('crm', 'spring', 3), 50::bigint, 'and resumed');
-- the rest, each on its day
UPDATE care.day SET today = '2027-01-01';
SELECT is(sum(take_wave('crm', 'spring', n)), (SELECT sum(contacts) FROM crm.waves WHERE wave > 3), 'the others, one after the other') FROM generate_series(4, :last) AS n;
SELECT is((SELECT count(*) FROM crm.spring_sends), (SELECT count(*) FROM crm.spring WHERE arm = 'contact'), 'all contacts are sends');

-- a stop before the first wave; no limits
SELECT plan_campaign('crm', 'calm', 'engagement', 'email', NULL, limits => '{}', waves => '{20}') \g /dev/null
SELECT stop_campaign('crm', 'calm', 'not yet') \g /dev/null
SELECT is(take_wave('crm', 'calm', 1), NULL, 'not even the first wave of one that is stopped');
SELECT resume_campaign('crm', 'calm', 'now') \g /dev/null
SELECT is(take_wave('crm', 'calm', 1), 20::bigint, 'then it is');
INSERT INTO care.log SELECT id, 'calm', what, '2027-01-01' FROM crm.calm_sends, (VALUES ('bounced'), ('complained')) AS w (what);
SELECT is_empty($$SELECT * FROM check_wave('crm', 'calm')$$, 'without limits there is nothing to stop for');
UPDATE care.day SET today = '2027-01-02';
SELECT is(take_wave('crm', 'calm', 2), 20::bigint, 'whatever comes');
-- sources tell of it, too
INSERT INTO crm.outcomes VALUES ('called', 'call');
SELECT plan_campaign('crm', 'calls', 'engagement', 'email', NULL, limits => '{"called": 0}') \g /dev/null
SELECT take_wave('crm', 'calls', 1) \g /dev/null
INSERT INTO care.events SELECT id, 'call', '2027-01-03' FROM crm.calls_sends ORDER BY id LIMIT 9;
CALL refresh('crm');
SELECT is((SELECT (happened, verdict)::text FROM check_wave('crm', 'calls')), '(9,stop)', 'what the sources tell counts');
SELECT lives_ok($$SELECT drop_campaign('crm', 'calls')$$, 'a campaign goes with its waves');

SELECT * FROM finish();
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA care, lib CASCADE;
