-- The wave is taken and sent, two weeks pass, and the base reads what came of it.
-- What would have been true of everybody is known to the habits alone.
CREATE TEMPORARY TABLE truth AS
SELECT tier, avg(30 * 0.98 * 0.997 * simulation.persuaded(customer_id, crm.today()) * (1 - needs / 365 * buys) ^ 13) AS effect
FROM crm.summer JOIN simulation.habits USING (customer_id)
WHERE arm <> 'not eligible'
GROUP BY tier;
SELECT take_wave('crm', 'summer', 1) \gset
INSERT INTO sms_log SELECT customer_id, 'summer', 'sent', taken_on + time '10:00' FROM crm.summer_sends;
CALL simulation.play(crm.today() + 14);
-- (errors only: what is not played out has gone silent)
SET client_min_messages = error;
CALL refresh('crm');
SET client_min_messages = warning;

CREATE TEMPORARY TABLE verdicts AS SELECT * FROM campaign_verdicts('crm', 'summer');
CREATE TEMPORARY TABLE results AS SELECT * FROM campaign_results('crm', 'summer');

SELECT words(crm.today()) AS day_words \gset
\echo :bold'6. Did it pay?':plain
\echo
\echo 'The messages were sent, and it is' :day_words': the customers have lived on by their habits.  In'
\echo 'each tier, those contacted against those left alone:'
\echo
\echo '    SELECT * FROM campaign_verdicts(''crm'', ''summer'');'
\echo
SELECT v.tier, v.contacts AS contact, round(100 * r.contact::numeric, 1) AS "bought %",
       v.controls AS control, round(100 * r.control::numeric, 1) AS "bought % ",
       format('%s (%s to %s)', round(v.effect::numeric, 2), round(v.low::numeric, 2), round(v.high::numeric, 2)) AS "a contact brings",
       verdict, round(truth.effect::numeric, 2) AS "in truth"
FROM verdicts AS v
JOIN results AS r ON r.tier = v.tier AND what = 'bought' AND kind = 'rate'
JOIN truth ON truth.tier = v.tier
ORDER BY v.tier DESC;

SELECT coalesce(string_agg(tier::text, ', ' ORDER BY tier DESC) FILTER (WHERE verdict = 'pays'), 'none') AS pays,
       coalesce(string_agg(tier::text, ', ' ORDER BY tier DESC) FILTER (WHERE verdict = 'does not pay'), 'none') AS pays_not,
       coalesce(string_agg(tier::text, ', ' ORDER BY tier DESC) FILTER (WHERE verdict = 'not yet known'), 'none') AS unknown
FROM verdicts \gset
SELECT words(round(cost)::bigint) AS cost, words(round(cost + net)::bigint) AS gained
FROM results WHERE tier IS NULL AND what = 'bought' AND kind = 'rate' \gset
SELECT round(100 * max(contact) FILTER (WHERE tier = 1)::numeric, 1) AS cold_stops,
       round(100 * max(contact) FILTER (WHERE tier = 4)::numeric, 1) AS hot_stops
FROM results WHERE what = 'unsubscribed' \gset
\echo 'A contact costs 2.50 €.  "In truth" is what the habits know, and no shop ever sees.  Of those'
\echo 'contacted,' :hot_stops '% of tier 4 wanted no more messages, and' :cold_stops '% of tier 1.  In all, the campaign cost'
\echo :cost '€ and brought' :gained '€, which hides more than it tells:'
\echo
\echo :bold'It pays in tiers:' :pays'.  It does not in:' :pays_not'.  Worth another try:' :unknown.:plain
