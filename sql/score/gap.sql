-- Gaps: the tier of one score against that of another, and what to do about it

CREATE FUNCTION _scoring.add_gap(base text, name text, of text, against text,
                        populations text[],
                        actions text[]) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    a pg_catalog.record;
    b pg_catalog.record;
BEGIN
    PERFORM _scoring.check_entered(base);
    populations := ARRAY(SELECT unnest(populations));
    actions := ARRAY(SELECT unnest(actions));
    IF name IS NULL OR cardinality(populations) <> 3 OR array_position(populations, NULL) IS NOT NULL
       OR cardinality(actions) <> 3 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'a gap needs a name, three populations and three actions',
            DETAIL = 'Those of a gap below 0, of none, and of one above 0.',
            HINT = 'populations => ''{under-pressed,in line,over-pressed}'', actions => ''{contact more,as it is,let it rest}''';
    END IF;
    PERFORM lock_base(base);
    PERFORM check_score_name(base, name);
    a := tiered_score_of(base, of);
    b := tiered_score_of(base, against);
    IF a.tiers <> b.tiers THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('score "%s" has %s tiers, score "%s" has %s', of, a.tiers, against, b.tiers),
            HINT = format('A gap compares tiers: SELECT * FROM recut(%L, %L, tiers => %s);', base, of, b.tiers);
    END IF;
    EXECUTE format('INSERT INTO %I.gaps VALUES ($1, $2, $3, $4)', base) USING name, of, against, populations;
    EXECUTE format('INSERT INTO %I.gap_actions SELECT $1, g, ($2)[sign(g) + 2] FROM generate_series(1 - $3, $3 - 1) AS g', base)
        USING name, actions, a.tiers;
    PERFORM make_gap_views(base, name);
END
$$;
COMMENT ON FUNCTION _scoring.add_gap(text, text, text, text, text[], text[]) IS 'body of scoring.add_gap()';

CREATE FUNCTION _scoring.make_gap_views(of_base text, gap text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    g pg_catalog.record;
    today pg_catalog.text := format('(SELECT %I.today())', of_base);
    a pg_catalog.record;
    b pg_catalog.record;
BEGIN
    EXECUTE format('SELECT * FROM %I.gaps WHERE name = $1', of_base) INTO g USING gap;
    a := tiers_of(of_base, g.of, today);
    b := tiers_of(of_base, g.against, today);
    -- OFFSET 0: the tiers of a customer are worked out once, not for each column
    PERFORM put_view(of_base, gap, format($sql$
        SELECT %1$s, %2$s g.tier_of, g.tier_against, g.tier_of - g.tier_against AS gap,
               (%3$L::text[])[2 + sign(g.tier_of - g.tier_against)::integer] AS population,
               (SELECT array_agg(n.action ORDER BY t) FROM generate_series(1 - %4$s, %4$s - 1) AS t
                LEFT JOIN %5$I.gap_actions AS n ON n.name = %6$L AND n.gap = t)[g.tier_of - g.tier_against + %4$s] AS action
        FROM %7$s CROSS JOIN LATERAL (SELECT %8$s AS tier_of, %9$s AS tier_against OFFSET 0) AS g$sql$,
        key_list(of_base, 'x.'), channel_list(of_base), g.populations, cardinality(a.tiers), of_base, gap, population_sql(of_base), a.tier, b.tier),
        format('tier of "%s" less tier of "%s" of each customer today', g.of, g.against),
        VARIADIC key_comments(of_base) || channel_comments(of_base) || ARRAY[
            'tier_of', format('tier of "%s"', g.of),
            'tier_against', format('tier of "%s"', g.against),
            'gap', 'the one less the other; NULL: one of them is not known',
            'population', array_to_string(g.populations, ', '),
            'action', 'what to do, as gap_actions has it']);
    -- if the two tiers had nothing to do with each other, each pair of them
    -- would be as frequent as the shares of both say
    PERFORM put_view(of_base, gap || '_tiers', format($sql$
        WITH pairs AS (SELECT %1$s AS a, %2$s AS b, count(*) AS n FROM %3$s GROUP BY 1, 2),
        known AS (SELECT a, b, n FROM pairs WHERE a IS NOT NULL AND b IS NOT NULL),
        expected AS (SELECT a.a - b.b AS gap, sum(a.n * b.n) / (SELECT sum(n) FROM known) AS n
                     FROM (SELECT a, sum(n) AS n FROM known GROUP BY a) AS a, (SELECT b, sum(n) AS n FROM known GROUP BY b) AS b
                     GROUP BY 1)
        SELECT g.gap, (%4$L::text[])[2 + sign(g.gap)::integer] AS population, coalesce(o.n, 0)::bigint AS customers,
               CASE WHEN g.gap IS NOT NULL THEN coalesce(e.n, 0)::double precision END AS expected, n.action
        FROM (SELECT generate_series(1 - %5$s, %5$s - 1) AS gap
              UNION ALL SELECT NULL WHERE EXISTS (SELECT FROM pairs WHERE a IS NULL OR b IS NULL)) AS g
        LEFT JOIN (SELECT a - b AS gap, sum(n) AS n FROM pairs GROUP BY 1) AS o ON o.gap IS NOT DISTINCT FROM g.gap
        LEFT JOIN expected AS e ON e.gap = g.gap
        LEFT JOIN %6$I.gap_actions AS n ON n.name = %7$L AND n.gap = g.gap
        ORDER BY 1$sql$,
        a.tier, b.tier, population_sql(of_base), g.populations, cardinality(a.tiers), of_base, gap),
        format('customers by gap between "%s" and "%s" today', g.of, g.against),
        'gap', format('tier of "%s" less tier of "%s"; NULL: one of them is not known', g.of, g.against),
        'population', array_to_string(g.populations, ', '),
        'customers', 'how many have this gap',
        'expected', 'how many would have it if the two scores had nothing to do with each other',
        'action', 'what to do, as gap_actions has it');
END
$$;
COMMENT ON FUNCTION _scoring.make_gap_views(text, text) IS 'makes the views of a gap';
