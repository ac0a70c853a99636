-- Cuts and tiers: what they are, by small examples, and every error.
SET search_path = scoring, public;

-- A tier is 1 + the number of cuts that are not above the score.
SELECT score, tier(score, '{0,10,20}')
FROM unnest('{-Infinity,-1,-0,0,9.999,10,20,Infinity,NULL}'::float8[]) AS score;
SELECT tier(5, '{}') AS no_cuts, tier(5, '{5}') AS one, tier(5, NULL) AS none,
       tier(1, '{1,1,1,2}') AS empty_tiers, tier(7, '[0:1]={3,5}') AS any_base,
       tier(7, '{1,Infinity}') AS unreached, tier(0, '{-0}') AS zero;
-- cuts that are not cuts
SELECT tier(1, '{2,1}');
SELECT tier(1, '{1,2,NULL}');
SELECT tier(1, '{NULL}');
SELECT tier(1, '{1,NaN}');
SELECT tier(1, '{NaN,1}');
SELECT tier(1, '{{1,2},{3,4}}');
SELECT tier('NaN', '{1,2}');
-- an array that once had a NULL in it is as good as any
SELECT tier(2, array_replace('{1,NULL,3}'::float8[], NULL, 2));

-- Equal customers in one tier.  Ten customers bought once, twice or five
-- times; ntile() parts those who bought once, and who goes where depends on
-- the order in which rows are stored.
CREATE TABLE buyers (customer int, purchases int);
INSERT INTO buyers VALUES
    (1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 1), (7, 2), (8, 2), (9, 5), (10, 5);
CREATE TABLE buyers_backwards AS SELECT * FROM buyers ORDER BY customer DESC;
SELECT purchases, array_agg(DISTINCT n ORDER BY n) AS ntile, array_agg(DISTINCT t) AS tier
FROM (SELECT purchases, ntile(5) OVER (ORDER BY purchases) AS n, tier(purchases, cuts) AS t
      FROM buyers, (SELECT rank_cuts(purchases, 5) AS cuts FROM buyers) AS c) AS x
GROUP BY purchases ORDER BY purchases;
SELECT bool_or(a.n <> b.n) AS moved_by_ntile, bool_or(a.t <> b.t) AS moved_by_tier
FROM (SELECT customer, ntile(5) OVER (ORDER BY purchases) AS n, tier(purchases, cuts) AS t
      FROM buyers, (SELECT rank_cuts(purchases, 5) AS cuts FROM buyers) AS c) AS a
JOIN (SELECT customer, ntile(5) OVER (ORDER BY purchases) AS n, tier(purchases, cuts) AS t
      FROM buyers_backwards, (SELECT rank_cuts(purchases, 5) AS cuts FROM buyers_backwards) AS c) AS b
    USING (customer);

-- Quantiles of discrete data collapse.  Of these customers 60 % bought once:
-- quantiles put that mass on top of the first cuts and call it warm, mid-rank
-- puts it in the middle of the tiers that it spans.
SELECT quantile_cuts(purchases, 5), rank_cuts(purchases, 5) FROM buyers;
SELECT purchases, count(*) AS customers, tier(purchases, q) AS by_quantile, tier(purchases, r) AS by_rank
FROM buyers, (SELECT quantile_cuts(purchases, 5) AS q, rank_cuts(purchases, 5) AS r FROM buyers) AS c
GROUP BY purchases, q, r ORDER BY purchases;

-- rank_cuts: mid-ranks of 1, 1, 1, 1, 1, 1 are 0.3, of 2, 2 are 0.7, of 5, 5
-- are 0.9; so with ten tiers they are 4, 8 and 10.
SELECT rank_cuts(purchases, 10) FROM buyers;
SELECT n, rank_cuts(v, n) FROM unnest('{2,3,4,5,6}'::int[]) AS n,
       LATERAL (SELECT generate_series(1, 4)::float8 AS v) AS s GROUP BY n ORDER BY n;
-- nobody above: Infinity
SELECT rank_cuts(v, 3) FROM (VALUES (7), (7)) AS s (v);
-- cuts per group, and of a window as it grows
SELECT country, rank_cuts(points, 2)
FROM (VALUES ('FR', 1), ('FR', 2), ('FR', NULL), ('IT', 10), ('IT', 30), ('DE', NULL)) AS s (country, points)
GROUP BY country ORDER BY country;
SELECT v, rank_cuts(v, 2) OVER (ORDER BY i), rank_cuts(v, 2) OVER (ORDER BY i ROWS 1 PRECEDING) AS of_two
FROM unnest('{5,3,9,1,9}'::float8[]) WITH ORDINALITY AS s (v, i);

-- share_cuts: the coldest 20 %, the 60 % between, the hottest 20 %
SELECT share_cuts(v, '{0.2,0.6,0.2}') FROM generate_series(1, 10) AS v;
SELECT share_cuts(v, '{0.333333,0.333333,0.333334}') FROM generate_series(1, 9) AS v;
SELECT share_cuts(v, '{0.5,0.5}') = rank_cuts(v, 2) AS same FROM generate_series(1, 7) AS v;
SELECT share_cuts(v, CASE WHEN v < 3 THEN '{0.5,0.5}' ELSE '{0.50,0.500}' END::numeric[])
FROM generate_series(1, 4) AS v;
SELECT share_cuts(v, '{0.2,0.6,0.1}') FROM generate_series(1, 4) AS v;
SELECT share_cuts(v, ARRAY[1/3.0, 1/3.0, 1/3.0]) FROM generate_series(1, 4) AS v;
SELECT share_cuts(v, '{0.5,0.5,0.5,-0.5}') FROM generate_series(1, 4) AS v;
SELECT share_cuts(v, '{0.5,0,0.5}') FROM generate_series(1, 4) AS v;
SELECT share_cuts(v, '{0.5,NaN}') FROM generate_series(1, 4) AS v;
SELECT share_cuts(v, '{0.5,Infinity}') FROM generate_series(1, 4) AS v;
SELECT share_cuts(v, '{0.0000000000000000001,0.9999999999999999999}') FROM generate_series(1, 4) AS v;
SELECT share_cuts(v, '{1}') FROM generate_series(1, 4) AS v;
SELECT share_cuts(v, '{}') FROM generate_series(1, 4) AS v;
SELECT share_cuts(v, '{0.5,0.5,NULL}') FROM generate_series(1, 4) AS v;
SELECT share_cuts(v, '{{0.5,0.5}}') FROM generate_series(1, 4) AS v;
SELECT share_cuts(v, NULL) FROM generate_series(1, 4) AS v;
SELECT share_cuts(v, CASE WHEN v < 3 THEN '{0.5,0.5}' ELSE '{0.6,0.4}' END::numeric[])
FROM generate_series(1, 4) AS v;

-- equal_cuts: the highest value belongs to the highest tier, where
-- width_bucket() puts it beyond
SELECT width_bucket(100, 0, 100, 5), tier(100, equal_cuts(v, 5)), equal_cuts(v, 5)
FROM generate_series(0, 100, 10) AS v;
SELECT equal_cuts(v, 10) FROM (VALUES (0), (1)) AS s (v);
SELECT equal_cuts(v, 4) FROM (VALUES (-1e308), (1e308)) AS s (v);
SELECT equal_cuts(v, 2) FROM (VALUES (-5e-324), (1e-323)) AS s (v);
SELECT equal_cuts(v, 3) FROM (VALUES (5e-324), (1e-323)) AS s (v);
SELECT equal_cuts(v, 3) FROM (VALUES (7), (7)) AS s (v);

-- pareto_cuts: 80 % of the value is A.  The customer of 20 is the last one
-- whose betters are below 80.
SELECT pareto_cuts(v, '{0.80,0.95}') FROM unnest('{50,20,20,5,3,1,1}'::int[]) AS v;
-- on the border: 80 is not below 80 % of 100, so the next one is B
SELECT pareto_cuts(v, '{0.80,0.95}') FROM unnest('{80,10,10}'::int[]) AS v;
SELECT v, tier(v, pareto_cuts(v, '{0.5,0.75,0.9}') OVER ()) FROM unnest('{8,4,2,1,1,0,-1,NULL}'::int[]) AS v;
-- ties together, losses in the total, nothing to share out
SELECT pareto_cuts(v, '{0.80,0.95}') FROM unnest('{5,5,5,5}'::int[]) AS v;
SELECT pareto_cuts(v, '{0.80,0.95}') FROM unnest('{50,50,30,-30}'::int[]) AS v;
SELECT pareto_cuts(v, '{0.80,0.95}') AS zero FROM unnest('{3,-3}'::int[]) AS v;
SELECT pareto_cuts(v, '{0.80,0.95}') AS loss FROM unnest('{0,-3}'::int[]) AS v;
-- sums are exact: the second largest is A when the largest, 2^53, is below
-- half of the total.  Two ones make that half 2^53, three make it more, though
-- float8 gives both the same total.
SELECT n, pareto_cuts(v, '{0.5}') AS exact, sum(v ORDER BY v DESC) AS rounded
FROM (VALUES (2, 9007199254740992::float8), (2, 9007199254740990), (2, 1), (2, 1),
             (3, 9007199254740992), (3, 9007199254740990), (3, 1), (3, 1), (3, 1)) AS s (n, v)
GROUP BY n ORDER BY n;
SELECT pareto_cuts(v, '{0.95,0.80}') FROM generate_series(1, 4) AS v;
SELECT pareto_cuts(v, '{0.8,0.80}') FROM generate_series(1, 4) AS v;
SELECT pareto_cuts(v, '{0.8,1}') FROM generate_series(1, 4) AS v;
SELECT pareto_cuts(v, '{0,0.8}') FROM generate_series(1, 4) AS v;
SELECT pareto_cuts(v, '{80,95}') FROM generate_series(1, 4) AS v;
SELECT pareto_cuts(v, '{}') FROM generate_series(1, 4) AS v;
SELECT pareto_cuts(v, NULL) FROM generate_series(1, 4) AS v;

-- natural_cuts: where the gaps are
SELECT natural_cuts(v, 3) FROM unnest('{1,2,3,10,11,12,50,51}'::int[]) AS v;
-- either way is as good: the lower cut
SELECT natural_cuts(v, 2) FROM unnest('{1,2,3}'::int[]) AS v;
-- weight matters: many at 3 draw the cut away from them
SELECT natural_cuts(v, 2) FROM unnest('{1,2,3,3,3}'::int[]) AS v;
SELECT natural_cuts(v, 4) FROM unnest('{1,2,2}'::int[]) AS v;
SELECT natural_cuts(v, 2) FROM unnest('{1,1}'::int[]) AS v;
SELECT natural_cuts(v, 101) FROM generate_series(1, 200) AS v;

-- quantile_cuts: what percentile_cont() gives
SELECT quantile_cuts(v, 4), percentile_cont('{0.25,0.5,0.75}'::float8[]) WITHIN GROUP (ORDER BY v)
FROM unnest('{1,2,4,8,16,32}'::float8[]) AS v;
-- ... but cuts ascend where that overflows
SELECT quantile_cuts(v, 4), percentile_cont('{0.25,0.5,0.75}'::float8[]) WITHIN GROUP (ORDER BY v)
FROM unnest('{-1e308,1e308,1e308,1e308}'::float8[]) AS v;

-- no rows, no values: no cuts
SELECT rank_cuts(v, 5), share_cuts(v, '{0.5,0.5}'), equal_cuts(v, 5), pareto_cuts(v, '{0.5}'),
       natural_cuts(v, 5), quantile_cuts(v, 5)
FROM generate_series(1, 0) AS v;
SELECT rank_cuts(v, 5), share_cuts(v, '{0.5,0.5}'), equal_cuts(v, 5), pareto_cuts(v, '{0.5}'),
       natural_cuts(v, 5), quantile_cuts(v, 5)
FROM (VALUES (NULL::float8), (NULL)) AS s (v);

-- arguments out of their range
SELECT rank_cuts(v, 1) FROM generate_series(1, 4) AS v;
SELECT rank_cuts(v, -1) FROM generate_series(1, 4) AS v;
SELECT rank_cuts(v, 10001) FROM generate_series(1, 4) AS v;
SELECT rank_cuts(v, NULL) FROM generate_series(1, 4) AS v;
SELECT rank_cuts(NULL, 0);
SELECT rank_cuts(v, v) FROM generate_series(2, 4) AS v;
SELECT cardinality(rank_cuts(v, 10000)) FROM generate_series(1, 4) AS v;
SELECT rank_cuts(v, 5) FROM unnest('{1,NaN}'::float8[]) AS v;
SELECT equal_cuts(v, 5) FROM unnest('{1,Infinity}'::float8[]) AS v;
SELECT natural_cuts(v, 5) FROM unnest('{-Infinity,1}'::float8[]) AS v;
SELECT rank_cuts(nullif(v, 'NaN'), 2) FROM unnest('{1,NaN,2}'::float8[]) AS v;

-- labels are in the tap tests, since they depend on the encoding
SELECT tier_label(37, 100), tier_label(NULL, 6), tier_label(1, NULL);
SELECT tier_label(0, 6);
SELECT tier_label(7, 6);
SELECT tier_label(1, 0);

DROP TABLE buyers, buyers_backwards;
