-- One customer in sentences: of the hot ones whom the rule does not mail, with
-- a past and in another tier a month ago, the one with most to say about.
SELECT date_trunc('month', today())::date - 1 AS month_end \gset
SELECT customer_id, c.name, country
FROM tiers_on(today()) AS s
JOIN tiers_on(:'month_end') AS b USING (customer_id)
JOIN contactable(today()) AS may (customer_id) USING (customer_id)
JOIN customers AS c USING (customer_id)
JOIN crm.timelines USING (customer_id)
JOIN crm.scores ON scores.name = 'engagement'
CROSS JOIN LATERAL score_delta(timeline, grid, :'month_end', today())
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
\echo :name '(customer' :customer_id', ':country'), whom the rule never mails:'
\echo
\pset tuples_only on
\pset format unaligned
SELECT '  ' || sentence FROM explain('crm', 'engagement', :customer_id) AS sentence;
\pset tuples_only off
\pset format aligned
\echo
