-- Tier against the rule that most brands mail by, as of 60 days ago, and who
-- bought in the 60 days since.  Both look at the same customers on the same
-- day, and neither knows what came after it.
SELECT today() - 60 AS day \gset
CREATE TEMPORARY TABLE audience AS
SELECT a.customer_id, tier, label,
       tier > 3 AS hot,
       o.customer_id IS NOT NULL AS mailed,
       b.customer_id IS NOT NULL AS bought
FROM contactable(:'day') AS a (customer_id)
JOIN tiers_on(:'day') USING (customer_id)
LEFT JOIN (SELECT DISTINCT customer_id FROM email_events
           WHERE event = 'open' AND day_of(occurred_at) <= :'day'
             AND day_of(occurred_at) > date :'day' - interval '12 months') AS o USING (customer_id)
LEFT JOIN (SELECT customer_id FROM crm.timelines
           WHERE count_of(timeline, 'purchase', date :'day' + 1) > 0) AS b USING (customer_id);

SELECT words(date :'day') AS day_words, words(count(*)) AS customers,
       words(count(*) FILTER (WHERE hot AND NOT mailed)) AS missed,
       words(count(*) FILTER (WHERE mailed)) AS mailed,
       words(count(*) FILTER (WHERE hot AND mailed)) AS hot_mailed,
       percent(count(*) FILTER (WHERE hot AND mailed AND bought), count(*) FILTER (WHERE hot AND mailed), 0) AS hot_bought,
       percent(count(*) FILTER (WHERE hot AND NOT mailed AND bought), count(*) FILTER (WHERE hot AND NOT mailed), 0) AS missed_bought,
       percent(count(*) FILTER (WHERE mailed AND bought), count(*) FILTER (WHERE mailed), 0) AS mailed_bought
FROM audience \gset

\echo
\echo :bold'1. Who you miss':plain
\echo
\echo 'Many brands mail whoever opened a mail in the last 12 months.  Here are the' :customers 'customers'
\echo 'who could be e-mailed on' :day_words', by their tier on that day, by whether the rule mails them,'
\echo 'and by what came of it: who bought in the 60 days after (%: of the mailed, of the never mailed).'
\echo
SELECT tier,
       count(*) FILTER (WHERE mailed) AS "mailed",
       count(*) FILTER (WHERE mailed AND bought) AS "bought",
       percent(count(*) FILTER (WHERE mailed AND bought), count(*) FILTER (WHERE mailed)) AS "%",
       count(*) FILTER (WHERE NOT mailed) AS "never mailed",
       count(*) FILTER (WHERE NOT mailed AND bought) AS "bought ",
       percent(count(*) FILTER (WHERE NOT mailed AND bought), count(*) FILTER (WHERE NOT mailed)) AS "% ",
       label AS " "
FROM audience
GROUP BY tier, label
ORDER BY tier DESC;
\echo 'Hot (tiers 4 to 6) and mailed:' :hot_mailed 'customers, who bought at' :hot_bought '%.'
\echo :bold:missed 'hot customers whom the rule never mails bought at' :missed_bought '%,' :mailed 'openers whom it always'
\echo 'mails at' :mailed_bought '%.':plain
