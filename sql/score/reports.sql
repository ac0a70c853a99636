-- What a base tells: history, distribution, moves, and one customer explained

CREATE FUNCTION _scoring.snapshot(base text) RETURNS bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    today pg_catalog.date;
BEGIN
    PERFORM _scoring.check_entered(base);
    PERFORM lock_base(base);
    EXECUTE format('SELECT %I.today()', base) INTO today;
    RETURN take_snapshot(base, today);
END
$$;
COMMENT ON FUNCTION _scoring.snapshot(text) IS 'body of scoring.snapshot()';

-- One row a customer and score has no end.  When the tier or the version is
-- another, a copy of that row is left behind that ends the day before, and the
-- row itself begins today; so what did not change costs no writing.
CREATE FUNCTION _scoring.take_snapshot(of_base text, today date, only_score text DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record;
    n bigint;
    total bigint := 0;
BEGIN
    FOR s IN EXECUTE format('SELECT * FROM %I.scores WHERE kind <> ''rfm'' AND name = coalesce($1, name) ORDER BY name', of_base)
        USING only_score LOOP
        n := (SELECT r.n FROM rows_of(format($sql$
            WITH other AS MATERIALIZED (
                SELECT %2$s, n.tier, n.score, n.found, h.place, h.tier AS tier_before, h.score AS score_before,
                       h.version AS version_before, h.since
                FROM (SELECT %3$s, %1$I.%4$I(x.timeline, $1) AS score, scoring.tier(%1$I.%4$I(x.timeline, $1), $2) AS tier, true AS found
                      FROM %5$s) AS n
                FULL JOIN (SELECT *, ctid AS place FROM %1$I.history WHERE score_name = $3 AND until IS NULL) AS h ON %6$s
                WHERE n.tier IS DISTINCT FROM h.tier OR h.version IS DISTINCT FROM $4 OR n.found IS NULL),
            left_behind AS (
                INSERT INTO %1$I.history (score_name, %7$s, tier, score, version, since, until)
                SELECT $3, %7$s, tier_before, score_before, version_before, since, $1 - 1 FROM other WHERE since < $1),
            -- (the array leaves no choice but to look at these places, however many are expected)
            moved AS (
                UPDATE %1$I.history AS h SET tier = o.tier, score = o.score, version = $4, since = $1
                FROM other AS o WHERE h.ctid = o.place AND h.ctid = ANY (ARRAY(SELECT place FROM other WHERE found))),
            gone AS (
                DELETE FROM %1$I.history WHERE ctid = ANY (ARRAY(SELECT place FROM other WHERE found IS NULL))),
            arrived AS (
                INSERT INTO %1$I.history (score_name, %7$s, tier, score, version, since)
                SELECT $3, %7$s, tier, score, $4, $1 FROM other WHERE place IS NULL)
            SELECT count(*) FROM other$sql$,
            of_base,
            (SELECT string_agg(format('coalesce(n.%1$s, h.%1$s) AS %1$s', c), ', ') FROM unnest(key_columns(of_base)) AS c),
            key_list(of_base, 'x.'), s.name || '_on', population_sql(of_base), key_equal(of_base, 'n.', 'h.'), key_list(of_base)),
            today, s.cuts, s.name, s.version) AS r (n bigint));
        total := total + n;
    END LOOP;
    RETURN total;
END
$$;
COMMENT ON FUNCTION _scoring.take_snapshot(text, date, text) IS 'snapshot() of a day, of one score or all';

-- ---------------------------------------------------------------------------

-- What is told by tier: a score, or a gap, whose tiers go from below 0 to above.
-- `tier` is the expression for the tier of a customer x on a day, `recorded` the
-- query for key and tier of those of whom history has one on that day.
CREATE FUNCTION _scoring.tiers_of(of_base text, name text, day text, OUT tier text, OUT tiers integer[], OUT labels text[], OUT recorded text)
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    g pg_catalog.record;
    s pg_catalog.record;
    a pg_catalog.record;
    b pg_catalog.record;
BEGIN
    EXECUTE format('SELECT * FROM %I.gaps WHERE name = $1', of_base) INTO g USING name;
    IF g.name IS NOT NULL THEN
        a := tiers_of(of_base, g.of, day);
        b := tiers_of(of_base, g.against, day);
        tier := format('%s - %s', a.tier, b.tier);
        recorded := format('SELECT %s, a.tier - b.tier AS tier FROM (%s) AS a JOIN (%s) AS b ON %s',
                           key_list(of_base, 'a.'), a.recorded, b.recorded, key_equal(of_base, 'a.', 'b.'));
        tiers := ARRAY(SELECT generate_series(1 - cardinality(a.tiers), cardinality(a.tiers) - 1));
        labels := ARRAY(SELECT g.populations[sign(t) + 2] FROM unnest(tiers) AS t);
    ELSE
        s := tiered_score_of(of_base, name);
        tier := format('scoring.tier(%I.%I(x.timeline, %s), %L)', of_base, name || '_on', day, s.cuts);
        recorded := format('SELECT %s, h.tier FROM %I.history AS h WHERE h.score_name = %L AND %s BETWEEN h.since AND coalesce(h.until, ''infinity'')',
                           key_list(of_base, 'h.'), of_base, name, day);
        tiers := ARRAY(SELECT generate_series(1, s.tiers));
        labels := s.labels;
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.tiers_of(text, text, text) IS 'the tier of a score or gap in a query, what tiers it has, and what was recorded of it';

CREATE FUNCTION _scoring.distribution(base text, score text, as_of date, by text)
    RETURNS TABLE (part text, tier integer, label text, customers bigint, share double precision)
    LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM _scoring.check_entered(base);
    RETURN QUERY SELECT * FROM customers_by_tier(base, score, as_of, by);
END
$$;
COMMENT ON FUNCTION _scoring.distribution(text, text, date, text) IS 'body of scoring.distribution()';

CREATE FUNCTION _scoring.customers_by_tier(of_base text, score text, as_of date, by text DEFAULT NULL)
    RETURNS TABLE (part text, tier integer, label text, customers bigint, share double precision)
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record := tiers_of(of_base, score, '$1');
BEGIN
    EXECUTE format('SELECT coalesce($1, %I.today())', of_base) INTO as_of USING as_of;
    RETURN QUERY SELECT * FROM rows_of(format($sql$
        WITH tiered AS MATERIALIZED (
            SELECT x.scoring_part AS part, %1$s AS tier, count(*) AS n
            FROM %2$s WHERE %3$s GROUP BY 1, 2)
        SELECT p.part, t.tier, t.label, coalesce(n, 0), coalesce(n, 0) / sum(n) OVER (PARTITION BY p.part)::double precision
        FROM (SELECT DISTINCT tiered.part FROM tiered) AS p
        CROSS JOIN (SELECT * FROM unnest($2, $3) AS t (tier, label)
                    UNION ALL SELECT NULL, NULL WHERE EXISTS (SELECT FROM tiered WHERE tiered.tier IS NULL)) AS t
        LEFT JOIN tiered ON tiered.part IS NOT DISTINCT FROM p.part AND tiered.tier IS NOT DISTINCT FROM t.tier
        ORDER BY p.part, t.tier$sql$,
        s.tier, population_sql(of_base, population_column(of_base, by)), there_on(of_base, '$1')), as_of, s.tiers, s.labels)
        AS r (part text, tier integer, label text, customers bigint, share double precision);
END
$$;
COMMENT ON FUNCTION _scoring.customers_by_tier(text, text, date, text) IS
    'customers and share per tier of a score or gap on a day';

CREATE FUNCTION _scoring.moves(base text, score text, since date, until date)
    RETURNS TABLE (tier_before integer, tier_after integer, customers bigint)
    LANGUAGE plpgsql
AS $$
DECLARE
    before pg_catalog.record;
BEGIN
    PERFORM _scoring.check_entered(base);
    EXECUTE format('SELECT coalesce($1, %1$I.today())', base) INTO until USING until;
    IF since IS NULL OR since > until THEN
        RAISE invalid_parameter_value USING MESSAGE = 'since must be a day, and not after until',
            DETAIL = format('since is %s, until is %s.', since, until);
    END IF;
    before := tiers_of(base, score, '$1');
    RETURN QUERY SELECT * FROM rows_of(format($sql$
        WITH counted AS MATERIALIZED (
            SELECT CASE WHEN %3$s THEN %1$s END AS tier_before, CASE WHEN %4$s THEN %2$s END AS tier_after, count(*) AS n
            FROM %5$s GROUP BY 1, 2
            UNION ALL
            -- recorded on the first day, and gone from the base since
            SELECT h.tier, NULL, count(*) FROM (%6$s) AS h
            WHERE NOT EXISTS (SELECT FROM %5$s WHERE %7$s) GROUP BY 1)
        SELECT tier_before, tier_after, sum(n)::bigint FROM counted
        WHERE tier_before IS NOT NULL OR tier_after IS NOT NULL
        GROUP BY 1, 2 ORDER BY 1, 2$sql$,
        before.tier, (tiers_of(base, score, '$2')).tier, there_on(base, '$1'), there_on(base, '$2'),
        population_sql(base), before.recorded, key_equal(base, 'x.', 'h.')), since, until)
        AS r (tier_before integer, tier_after integer, customers bigint);
END
$$;
COMMENT ON FUNCTION _scoring.moves(text, text, date, date) IS 'body of scoring.moves()';

-- Without a population, a customer is there from the first interaction on.
CREATE FUNCTION _scoring.there_on(of_base text, day text) RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    condition pg_catalog.text;
BEGIN
    EXECUTE format('SELECT CASE WHEN population IS NULL THEN $1 ELSE ''true'' END FROM %I.base', of_base)
        INTO condition USING format('_scoring.known_by(x.timeline, %s)', day);
    RETURN condition;
END
$$;
COMMENT ON FUNCTION _scoring.there_on(text, text) IS 'condition that a customer was there on a day';

CREATE FUNCTION _scoring.population_column(of_base text, name text) RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    population pg_catalog.text;
BEGIN
    IF name IS NULL THEN
        RETURN 'NULL';
    END IF;
    EXECUTE format('SELECT population FROM %I.base', of_base) INTO population;
    IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass(population) AND attname = name AND attnum > 0 AND NOT attisdropped) THEN
        RAISE undefined_column USING MESSAGE = format('the population of base "%s" has no column "%s"', of_base, name),
            HINT = CASE WHEN population IS NULL THEN 'It has no population: set_population() gives it one.'
                        ELSE (SELECT format('It is %s, which has: %s.', population, string_agg(attname, ', ' ORDER BY attnum))
                              FROM pg_attribute WHERE attrelid = to_regclass(population) AND attnum > 0 AND NOT attisdropped) END;
    END IF;
    RETURN format('%s.%I', short_name(to_regclass(population)), name);
END
$$;
COMMENT ON FUNCTION _scoring.population_column(text, text) IS 'a column of the population, for a query';

CREATE FUNCTION _scoring.tiered_score_of(of_base text, score text) RETURNS record
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    s pg_catalog.record := score_of(of_base, score);
BEGIN
    IF s.kind = 'rfm' THEN
        RAISE wrong_object_type USING MESSAGE = format('"%s" is an RFM score: it has cells, no tiers', score),
            HINT = format('SELECT segment, count(*) FROM %I.%I GROUP BY segment;', of_base, score);
    END IF;
    RETURN s;
END
$$;
COMMENT ON FUNCTION _scoring.tiered_score_of(text, text) IS 'row of a score that has tiers';

-- ---------------------------------------------------------------------------

CREATE FUNCTION _scoring.signed(points numeric) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN points > 0 THEN '+' ELSE '' END || trim_scale(round(points, 2));
COMMENT ON FUNCTION _scoring.signed(numeric) IS 'points with their sign, to two decimals';

CREATE FUNCTION _scoring.explain(base text, score text, VARIADIC key text[]) RETURNS SETOF text
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record;
    who pg_catalog.text;
    c pg_catalog.record;
    r pg_catalog.record;
    before pg_catalog.date;
    moved pg_catalog.record;
    ends pg_catalog.date;
BEGIN
    PERFORM _scoring.check_entered(base);
    s := tiered_score_of(base, score);
    who := array_to_string(key, ', ');
    PERFORM check_key_given(base, key);
    SELECT f.* INTO c FROM rows_of(
        format('SELECT x.timeline, v.score, v.tier, v.label, v.state, v.tier_until, %1$I.today(),
                       %1$I.%2$I(x.timeline, (%1$I.today() - interval ''1 month'')::date)
                FROM (SELECT %3$s) AS k (%4$s) JOIN %1$I.%5$I AS v ON %6$s JOIN %7$s ON %8$s',
               base, score || '_on', key_from_array(base, '$1'), key_list(base), score, key_equal(base, 'v.', 'k.'),
               population_sql(base), key_equal(base, 'x.', 'k.')), key)
        AS f (timeline scoring.timeline, score double precision, tier integer, label text, state text, tier_until date,
              today date, score_before double precision);
    IF c.today IS NULL THEN
        RETURN NEXT format('Customer %s is not among those whom base "%s" scores.', who, base);
        RETURN;
    END IF;
    RETURN NEXT format('On %s customer %s has %s points: tier %s of %s (%s), %s.', c.today, who,
                       trim_scale(round(c.score::numeric, 2)), c.tier, s.tiers, c.label, c.state);
    IF c.timeline IS NULL THEN
        RETURN NEXT 'There is no interaction.';
        RETURN;
    END IF;
    IF s.grid IS NOT NULL THEN
        FOR r IN SELECT * FROM scoring.breakdown(c.timeline, s.grid, c.today) AS b WHERE b.points <> 0 ORDER BY b.points DESC LOOP
            RETURN NEXT format('%s points: %s.', signed(r.points), r.reason);
        END LOOP;
        before := (c.today - interval '1 month')::date;
        moved := scoring.score_delta(c.timeline, s.grid, before, c.today);
        RETURN NEXT CASE WHEN moved.delta = 0 AND moved.activity = 0 THEN format('Nothing has changed since %s.', before)
            ELSE format('Since %s, when it was tier %s with %s points: %s by time alone, %s by what happened.', before,
                        scoring.tier(c.score_before, s.cuts), trim_scale(round(c.score_before::numeric, 2)), signed(moved.cooling), signed(moved.activity)) END;
        RETURN NEXT CASE WHEN c.tier_until IS NULL THEN format('If nothing happens, it stays in tier %s for three years at least.', c.tier)
                         ELSE format('If nothing happens, it stays in tier %s until %s.', c.tier, c.tier_until) END;
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.explain(text, text, text[]) IS 'body of scoring.explain()';
