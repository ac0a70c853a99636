-- Change over time: who moved and why, whether the whole base drifts, and what
-- comes more often than it used to

-- crm.<score>_moves: customers who are in another tier than some days ago, as
-- many as the table of scores says
CREATE FUNCTION _scoring.make_moves_view(of_base text, score text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record := score_of(of_base, score);
    points pg_catalog.text := format('%I.%I', of_base, score || '_on');
BEGIN
    -- what a grid gives is told apart exactly; what another measure gives, as
    -- score_delta() would.  OFFSET 0: the days are worked out once, tiers once a
    -- customer, and the rest for those alone who moved.
    PERFORM put_view(of_base, score || '_moves', format($sql$
        SELECT %1$s, %2$s m.tier_before, m.tier, d.delta, d.cooling, d.activity
        FROM %3$s
        CROSS JOIN (SELECT %9$I.today() AS today, %9$I.today() - s.moves_days AS before FROM %9$I.scores AS s WHERE s.name = %10$L OFFSET 0) AS n
        CROSS JOIN LATERAL (SELECT CASE WHEN %4$s THEN %5$s END AS tier_before, CASE WHEN %6$s THEN %7$s END AS tier OFFSET 0) AS m
        LEFT JOIN LATERAL %8$s AS d ON true
        WHERE m.tier_before IS DISTINCT FROM m.tier$sql$,
        key_list(of_base, 'x.'), channel_list(of_base), population_sql(of_base), there_on(of_base, 'n.before'),
        (tiers_of(of_base, score, 'n.before')).tier, there_on(of_base, 'n.today'), (tiers_of(of_base, score, 'n.today')).tier,
        CASE s.kind WHEN 'grid' THEN format('scoring.score_delta(x.timeline, %L, n.before, n.today)', s.grid)
             ELSE format('(SELECT p.after - p.before AS delta, p.cooled - p.before AS cooling, p.after - p.cooled AS activity
                           FROM (SELECT %1$s(x.timeline, n.before) AS before, %1$s(scoring.as_of(x.timeline, n.before), n.today) AS cooled,
                                        %1$s(x.timeline, n.today) AS after) AS p)', points) END,
        of_base, score),
        format('customers in another tier of score "%s" than so many days ago as moves_days in %I.scores says (30 unless it is edited)', score, of_base),
        VARIADIC key_comments(of_base) || channel_comments(of_base) || ARRAY[
            'tier_before', 'tier so many days ago, by the grid and the cuts of today; NULL: not there yet',
            'tier', 'tier today',
            'delta', 'points more than then',
            'cooling', 'what time alone did',
            'activity', 'what happened since then added or took']);
END
$$;
COMMENT ON FUNCTION _scoring.make_moves_view(text, text) IS 'makes the view of who moved';

CREATE FUNCTION _scoring.drift(base text, score text, since date, until date) RETURNS double precision
    LANGUAGE plpgsql
AS $$
DECLARE
    before bigint[];
    after bigint[];
BEGIN
    PERFORM _scoring.check_entered(base);
    IF since IS NULL THEN
        RAISE null_value_not_allowed USING MESSAGE = 'since must not be null';
    END IF;
    SELECT array_agg(coalesce(b.customers, 0) ORDER BY tier), array_agg(coalesce(a.customers, 0) ORDER BY tier) INTO before, after
        FROM customers_by_tier(base, score, since) AS b
        FULL JOIN customers_by_tier(base, score, until) AS a USING (tier)
        WHERE tier IS NOT NULL;
    RETURN scoring.psi(before, after);
END
$$;
COMMENT ON FUNCTION _scoring.drift(text, text, date, date) IS 'body of scoring.drift()';

-- ---------------------------------------------------------------------------
-- what rises: complaints before a departure

-- crm.<name>: customers with more of a touchpoint than they are used to
CREATE FUNCTION _scoring.add_surge(base text, name text, touchpoint text, recent interval, usual interval)
    RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    unseen boolean;
BEGIN
    PERFORM _scoring.check_entered(base);
    IF num_nulls(name, touchpoint, recent, usual) > 0 THEN
        RAISE null_value_not_allowed USING MESSAGE = 'name, touchpoint, recent and usual must not be null';
    END IF;
    PERFORM scoring.surge(scoring.timeline_of(touchpoint, '2000-01-01'), touchpoint, '2000-01-01', recent, usual);  -- refuses what is none
    IF recent > '1000 years' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'recent must be at most 1000 years';
    END IF;
    PERFORM lock_base(base);
    PERFORM check_score_name(base, name);
    EXECUTE format('INSERT INTO %I.surges VALUES ($1, $2, $3, $4)', base) USING name, touchpoint, recent, usual;
    PERFORM make_surge_view(base, name);
    EXECUTE format('SELECT EXISTS (SELECT FROM %1$I.timelines) AND NOT EXISTS (SELECT FROM %1$I.timelines WHERE scoring.last_on(timeline, $1) IS NOT NULL)', base)
        INTO unseen USING touchpoint;
    IF unseen THEN
        RAISE WARNING 'surge "%": nobody has touchpoint "%"', name, touchpoint
            USING HINT = format('Is it the same spelling? SELECT touchpoint FROM %I.touchpoints;', base);
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.add_surge(text, text, text, interval, interval) IS 'body of scoring.add_surge()';

CREATE FUNCTION _scoring.make_surge_view(of_base text, name text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record;
BEGIN
    EXECUTE format('SELECT * FROM %I.surges WHERE name = $1', of_base) INTO s USING name;
    PERFORM put_view(of_base, name, format($sql$
        SELECT %1$s, %2$s r.recent, r.usual, r.expected, r.ratio, r.p_value
        FROM %3$s CROSS JOIN LATERAL scoring.surge(x.timeline, %4$L, (SELECT %5$I.today()), %6$L, %7$L) AS r
        WHERE scoring.count_of(x.timeline, %4$L, (SELECT (%5$I.today() - %6$L::interval)::date + 1), (SELECT %5$I.today())) >= 2
        ORDER BY r.p_value, r.recent DESC, %1$s$sql$,
        key_list(of_base, 'x.'), channel_list(of_base), population_sql(of_base), s.touchpoint, of_base, s.recent, s.usual),
        format('customers with at least two "%s" in %s, against their own %s before', s.touchpoint, s.recent, s.usual),
        VARIADIC key_comments(of_base) || channel_comments(of_base) || ARRAY[
            'recent', format('how many in the last %s', s.recent),
            'usual', format('how many in the %s before, or since the first interaction', s.usual),
            'expected', 'how many the usual days let expect for the recent ones',
            'ratio', 'recent / expected',
            'p_value', 'how often chance alone gives so many, or more, to a customer whose habits have not changed']);
END
$$;
COMMENT ON FUNCTION _scoring.make_surge_view(text, text) IS 'makes the view of a surge';
