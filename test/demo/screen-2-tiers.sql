-- The tiers today; and, because a score can be read on any day, their past.
\echo
\echo :bold'2. The tiers today, and twelve months of history on day one':plain
\echo
SELECT tier, customers, round((100 * share)::numeric, 1) AS "%", rpad(bar, 40) AS " ", label AS "  "
FROM crm.engagement_tiers
ORDER BY tier DESC;

SELECT to_char(as_of, 'FMDD Mon YYYY') AS "at the end of",
       count(*) AS "customers",
       count(*) FILTER (WHERE tier = 1) AS "tier 1",
       count(*) FILTER (WHERE tier = 2) AS "2",
       count(*) FILTER (WHERE tier = 3) AS "3",
       count(*) FILTER (WHERE tier = 4) AS "4",
       count(*) FILTER (WHERE tier = 5) AS "5",
       count(*) FILTER (WHERE tier = 6) AS "6"
FROM customers
JOIN crm.timelines USING (customer_id)
JOIN crm.scores ON scores.name = 'engagement'
CROSS JOIN LATERAL score_history(timeline, grid, (date_trunc('month', today()) - interval '10 months')::date - 1,
                                 today(), '1 month')
CROSS JOIN LATERAL tier(score, cuts)
WHERE day_of(signed_up_at) <= as_of
GROUP BY as_of
ORDER BY as_of;
