-- Another grid against the same timelines: nobody goes back to the events.
CREATE TEMPORARY TABLE moves AS
SELECT customer_id, tier, label,
       tier(score(timeline, (grid::jsonb - 'open')::grid, today()), cuts) AS tier_then
FROM tiers_on(today())
JOIN crm.timelines USING (customer_id)
JOIN crm.scores ON name = 'engagement';

SELECT words(count(*) FILTER (WHERE tier <> tier_then)) AS movers,
       words(count(*) FILTER (WHERE tier > 3 AND tier_then <= 3)) AS cooled
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
       label AS " "
FROM moves
GROUP BY tier, label
ORDER BY tier DESC;
\echo :bold:movers 'customers would move':plain', all of them down, and' :cooled 'of them out of the hot tiers.'
