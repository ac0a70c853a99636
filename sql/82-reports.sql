-- What a base tells: history, distribution, moves, and one customer explained

CREATE FUNCTION snapshot(base text) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    today date;
BEGIN
    PERFORM lock_base(base);
    EXECUTE format('SELECT %I.today()', base) INTO today;
    RETURN take_snapshot(base, today);
END
$$;
COMMENT ON FUNCTION snapshot(text) IS
    'keeps the tiers of today in the history of a base; how many customers have another tier or version than before';

-- One row a customer and score has no end.  When the tier or the version is
-- another, a copy of that row is left behind that ends the day before, and the
-- row itself begins today; so what did not change costs no writing.
CREATE FUNCTION take_snapshot(of_base text, today date, only_score text DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    s record;
    n bigint;
    total bigint := 0;
BEGIN
    FOR s IN EXECUTE format('SELECT * FROM %I.scores WHERE kind <> ''rfm'' AND name = coalesce($1, name) ORDER BY name', of_base)
        USING only_score LOOP
        EXECUTE format($sql$
            WITH other AS MATERIALIZED (
                SELECT %2$s, n.tier, n.score, n.found, h.place, h.tier AS tier_before, h.score AS score_before,
                       h.version AS version_before, h.since
                FROM (SELECT %3$s, %1$I.%4$I(x.timeline, $1) AS score, tier(%1$I.%4$I(x.timeline, $1), $2) AS tier, true AS found
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
            key_list(of_base, 'x.'), s.name || '_on', population_sql(of_base), key_equal(of_base, 'n.', 'h.'), key_list(of_base))
            INTO n USING today, s.cuts, s.name, s.version;
        total := total + n;
    END LOOP;
    RETURN total;
END
$$;
COMMENT ON FUNCTION take_snapshot(text, date, text) IS 'snapshot() of a day, of one score or all; not for direct use';

-- ---------------------------------------------------------------------------

-- What is told by tier: a score, or a gap, whose tiers go from below 0 to above.
-- `tier` is the expression for the tier of a customer x on a day, `recorded` the
-- query for key and tier of those of whom history has one on that day.
CREATE FUNCTION tiers_of(of_base text, name text, day text, OUT tier text, OUT tiers integer[], OUT labels text[], OUT recorded text)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    g record;
    s record;
    a record;
    b record;
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
COMMENT ON FUNCTION tiers_of(text, text, text) IS 'the tier of a score or gap in a query, what tiers it has, and what was recorded of it; not for direct use';

CREATE FUNCTION distribution(base text, score text, as_of date DEFAULT NULL, by text DEFAULT NULL)
    RETURNS TABLE (part text, tier integer, label text, customers bigint, share double precision)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    s record := tiers_of(base, score, '$1');
BEGIN
    EXECUTE format('SELECT coalesce($1, %I.today())', base) INTO as_of USING as_of;
    RETURN QUERY EXECUTE format($sql$
        WITH tiered AS MATERIALIZED (
            SELECT x.scoring_part AS part, %1$s AS tier, count(*) AS n
            FROM %2$s WHERE %3$s GROUP BY 1, 2)
        SELECT p.part, t.tier, t.label, coalesce(n, 0), coalesce(n, 0) / sum(n) OVER (PARTITION BY p.part)::double precision
        FROM (SELECT DISTINCT tiered.part FROM tiered) AS p
        CROSS JOIN (SELECT * FROM unnest($2, $3) AS t (tier, label)
                    UNION ALL SELECT NULL, NULL WHERE EXISTS (SELECT FROM tiered WHERE tiered.tier IS NULL)) AS t
        LEFT JOIN tiered ON tiered.part IS NOT DISTINCT FROM p.part AND tiered.tier IS NOT DISTINCT FROM t.tier
        ORDER BY p.part, t.tier$sql$,
        s.tier, population_sql(base, population_column(base, by)), there_on(base, '$1'))
        USING as_of, s.tiers, s.labels;
END
$$;
COMMENT ON FUNCTION distribution(text, text, date, text) IS
    'customers and share per tier of a score, or per gap, on any day (NULL: today), for each value of a column of the population';

CREATE FUNCTION moves(base text, score text, since date, until date DEFAULT NULL)
    RETURNS TABLE (tier_before integer, tier_after integer, customers bigint)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    before record;
BEGIN
    EXECUTE format('SELECT coalesce($1, %1$I.today())', base) INTO until USING until;
    IF since IS NULL OR since > until THEN
        RAISE invalid_parameter_value USING MESSAGE = 'since must be a day, and not after until',
            DETAIL = format('since is %s, until is %s.', since, until);
    END IF;
    before := tiers_of(base, score, '$1');
    RETURN QUERY EXECUTE format($sql$
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
        population_sql(base), before.recorded, key_equal(base, 'x.', 'h.'))
        USING since, until;
END
$$;
COMMENT ON FUNCTION moves(text, text, date, date) IS
    'how many customers were in which tier of a score, or had which gap, on one day and on another, by one version of it; NULL before: arrived, NULL after: left, in the tier that was recorded';

-- Without a population, a customer is there from the first interaction on.
CREATE FUNCTION there_on(of_base text, day text) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    condition text;
BEGIN
    EXECUTE format('SELECT CASE WHEN population IS NULL THEN $1 ELSE ''true'' END FROM %I.base', of_base)
        INTO condition USING format('scoring.known_by(x.timeline, %s)', day);
    RETURN condition;
END
$$;
COMMENT ON FUNCTION there_on(text, text) IS 'condition that a customer was there on a day; not for direct use';

CREATE FUNCTION population_column(of_base text, name text) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    population text;
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
COMMENT ON FUNCTION population_column(text, text) IS 'a column of the population, for a query; not for direct use';

CREATE FUNCTION tiered_score_of(of_base text, score text) RETURNS record
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    s record := score_of(of_base, score);
BEGIN
    IF s.kind = 'rfm' THEN
        RAISE wrong_object_type USING MESSAGE = format('"%s" is an RFM score: it has cells, no tiers', score),
            HINT = format('SELECT segment, count(*) FROM %I.%I GROUP BY segment;', of_base, score);
    END IF;
    RETURN s;
END
$$;
COMMENT ON FUNCTION tiered_score_of(text, text) IS 'row of a score that has tiers; not for direct use';

-- ---------------------------------------------------------------------------

CREATE FUNCTION signed(points numeric) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN points > 0 THEN '+' ELSE '' END || trim_scale(round(points, 2));
COMMENT ON FUNCTION signed(numeric) IS 'points with their sign, to two decimals; not for direct use';

CREATE FUNCTION explain(base text, score text, VARIADIC key text[]) RETURNS SETOF text
    LANGUAGE plpgsql
    SET search_path = pg_catalog, scoring, pg_temp
AS $$
DECLARE
    s record := tiered_score_of(base, score);
    who text := array_to_string(key, ', ');
    c record;
    r record;
    before date;
    moved record;
    ends date;
BEGIN
    PERFORM check_key_given(base, key);
    EXECUTE format('SELECT x.timeline, v.*, %1$I.today() AS today, %1$I.%2$I(x.timeline, (%1$I.today() - interval ''1 month'')::date) AS score_before
                    FROM (SELECT %3$s) AS k (%4$s) JOIN %1$I.%5$I AS v ON %6$s JOIN %7$s ON %8$s',
                   base, score || '_on', key_from_array(base, '$1'), key_list(base), score, key_equal(base, 'v.', 'k.'),
                   population_sql(base), key_equal(base, 'x.', 'k.'))
        INTO c USING key;
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
        FOR r IN SELECT * FROM breakdown(c.timeline, s.grid, c.today) AS b WHERE b.points <> 0 ORDER BY b.points DESC LOOP
            RETURN NEXT format('%s points: %s.', signed(r.points), r.reason);
        END LOOP;
        before := (c.today - interval '1 month')::date;
        moved := score_delta(c.timeline, s.grid, before, c.today);
        RETURN NEXT CASE WHEN moved.delta = 0 AND moved.activity = 0 THEN format('Nothing has changed since %s.', before)
            ELSE format('Since %s, when it was tier %s with %s points: %s by time alone, %s by what happened.', before,
                        tier(c.score_before, s.cuts), trim_scale(round(c.score_before::numeric, 2)), signed(moved.cooling), signed(moved.activity)) END;
        RETURN NEXT CASE WHEN c.tier_until IS NULL THEN format('If nothing happens, it stays in tier %s for three years at least.', c.tier)
                         ELSE format('If nothing happens, it stays in tier %s until %s.', c.tier, c.tier_until) END;
    END IF;
END
$$;
COMMENT ON FUNCTION explain(text, text, text[]) IS
    'one customer in sentences: score and tier, the reasons, what changed in a month, and how long the tier lasts';
