-- Another grid against the same timelines: nobody goes back to the events.
CREATE TEMPORARY TABLE moves AS
SELECT customer_id, tier,
       tier(score(timeline, (grid::jsonb - 'open')::grid, today()), cuts) AS tier_then,
       count_of(timeline, 'purchase', today() - 364, today()) > 0 AS bought
FROM crm_on(today())
JOIN crm_timelines USING (customer_id)
CROSS JOIN crm_score;

SELECT words(count(*) FILTER (WHERE tier <> tier_then)) AS movers,
       percent(count(*) FILTER (WHERE tier <> tier_then AND bought), count(*) FILTER (WHERE tier <> tier_then), 0) AS movers_bought,
       percent(count(*) FILTER (WHERE tier = tier_then AND tier > 1 AND bought), count(*) FILTER (WHERE tier = tier_then AND tier > 1), 0) AS others_bought
FROM moves \gset

\echo :bold'4. What if opens were worth nothing?':plain
\echo
\echo 'Mail programs open mail by themselves nowadays.  The same timelines, read by the grid without'
\echo '"open": how many of each tier (left) would be in which (above).'
\echo
SELECT tier AS "tier",
       nullif(count(*) FILTER (WHERE tier_then = 1), 0) AS "1",
       nullif(count(*) FILTER (WHERE tier_then = 2), 0) AS "2",
       nullif(count(*) FILTER (WHERE tier_then = 3), 0) AS "3",
       nullif(count(*) FILTER (WHERE tier_then = 4), 0) AS "4",
       nullif(count(*) FILTER (WHERE tier_then = 5), 0) AS "5",
       nullif(count(*) FILTER (WHERE tier_then = 6), 0) AS "6",
       nullif(count(*) FILTER (WHERE tier_then <> tier), 0) AS "would move",
       tier_label(tier, 6) AS " "
FROM moves
GROUP BY tier
ORDER BY tier DESC;
\echo :bold:movers 'customers would move.':plain 'In the last 12 months' :movers_bought '% of them bought; of those who'
\echo 'would stay in tiers 2 to 6,' :others_bought '%.'
