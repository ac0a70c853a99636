-- One customer in sentences: of the hot ones whom the rule does not mail, with
-- a past and in another tier a month ago, the one with most to say about.
SELECT date_trunc('month', today())::date - 1 AS month_end \gset
SELECT customer_id, name, country,
       s.tier, s.label, round(s.score::numeric, 1) AS points,
       words(date :'month_end') AS month_end_words, b.tier AS tier_before, round(b.score::numeric, 1) AS points_before,
       to_char(cooling, 'FMS990.0') AS cooling, to_char(activity, 'FMS990.0') AS activity,
       words(ends - 1) AS last_day, tier(score(timeline, grid, ends), cuts) AS tier_then
FROM crm_on(today()) AS s
JOIN crm_on(:'month_end') AS b USING (customer_id)
JOIN contactable(today()) AS c (customer_id) USING (customer_id)
JOIN customers USING (customer_id)
JOIN crm_timelines USING (customer_id)
CROSS JOIN crm_score
CROSS JOIN LATERAL score_delta(timeline, grid, :'month_end', today())
CROSS JOIN LATERAL crosses(timeline, grid, cuts, today()) AS ends
CROSS JOIN LATERAL (SELECT count(*) AS reasons FROM breakdown(timeline, grid, today()) WHERE abs(points) >= 1) AS r
WHERE s.tier > 3 AND s.tier <> b.tier AND first_on(timeline, 'purchase') < today() - 365
  -- nor within the 90 days in which the shop mails newcomers all the same
  AND count_of(timeline, 'email_delivered', today() - 89, today()) = 0
  AND customer_id NOT IN (
      SELECT customer_id FROM email_events
      WHERE event = 'open' AND day_of(occurred_at) <= today() AND day_of(occurred_at) > today() - interval '12 months')
ORDER BY reasons DESC, abs(cooling) + abs(activity) DESC, customer_id
LIMIT 1 \gset

\echo :bold'3. One customer in sentences':plain
\echo
\echo :name '(customer' :customer_id', ':country'), whom the rule never mails, has' :points 'points: tier' :tier 'of 6' :label
\echo
SELECT to_char(points, 'S990.0') AS "points", touchpoint, reason
FROM crm_timelines
CROSS JOIN crm_score
CROSS JOIN LATERAL breakdown(timeline, grid, today())
WHERE customer_id = :customer_id AND abs(points) >= 0.05
ORDER BY points DESC, touchpoint;
\echo 'On' :month_end_words 'it was' :points_before 'points, tier' :tier_before'.  Since then:' :cooling 'by time alone,' :activity 'by what happened.'
\echo 'If nothing more happens, tier' :tier 'lasts until' :last_day', and tier' :tier_then 'comes next.'
\echo
