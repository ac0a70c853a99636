-- The tiers today; and, because a score can be read on any day, their past.
\echo
\echo :bold'2. The tiers today, and twelve months of history on day one':plain
\echo
SELECT tier,
       count(*) AS "customers",
       percent(count(*), sum(count(*)) OVER ()) AS "%",
       rpad(repeat('█', round(60.0 * count(*) / sum(count(*)) OVER ())::int), 36) AS " ",
       label AS "  "
FROM crm_on(today())
GROUP BY tier, label
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
JOIN crm_timelines USING (customer_id)
CROSS JOIN crm_score
CROSS JOIN LATERAL score_history(timeline, grid, (date_trunc('month', today()) - interval '10 months')::date - 1,
                                 today(), '1 month')
CROSS JOIN LATERAL tier(score, cuts)
WHERE day_of(signed_up_at) <= as_of
GROUP BY as_of
ORDER BY as_of;
