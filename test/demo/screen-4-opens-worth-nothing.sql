-- Another grid against the same timelines: nobody goes back to the events.
CREATE TEMPORARY TABLE moves AS
SELECT tier_before, tier_after, customers
FROM crm.scores, try_grid('crm', name, (grid::jsonb - 'open')::grid)
WHERE name = 'engagement';

SELECT words(sum(customers) FILTER (WHERE tier_before <> tier_after)::bigint) AS movers,
       words(coalesce(sum(customers) FILTER (WHERE tier_before > 3 AND tier_after <= 3), 0)::bigint) AS cooled
FROM moves \gset

\echo :bold'4. What if opens were worth nothing?':plain
\echo
\echo 'Mail programs open mail by themselves nowadays.  The same timelines, read by the grid without'
\echo '"open": how many of each tier (left) would be in which (above).'
\echo
SELECT tier_before AS "tier",
       sum(customers) FILTER (WHERE tier_after = 1) AS "1",
       sum(customers) FILTER (WHERE tier_after = 2) AS "2",
       sum(customers) FILTER (WHERE tier_after = 3) AS "3",
       sum(customers) FILTER (WHERE tier_after = 4) AS "4",
       sum(customers) FILTER (WHERE tier_after = 5) AS "5",
       sum(customers) FILTER (WHERE tier_after = 6) AS "6",
       sum(customers) FILTER (WHERE tier_after <> tier_before) AS "would move",
       tier_label(tier_before, 6) AS " "
FROM moves
GROUP BY tier_before
ORDER BY tier_before DESC;
\echo :bold:movers 'customers would move':plain', all of them down, and' :cooled 'of them out of the hot tiers.'
\echo
