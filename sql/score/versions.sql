-- Versions: another grid for a score, tried on the base before it is published

-- How a base would move under another grid, with the cuts that the score has or
-- with such as leave the shares of its tiers as they are
CREATE FUNCTION _scoring.try_grid(base text, score text, grid grid, cuts text)
    RETURNS TABLE (tier_before integer, tier_after integer, customers bigint, psi double precision)
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record;
BEGIN
    PERFORM _scoring.check_entered(base);
    s := grid_score_of(base, score);
    PERFORM report_unseen(base, score, grid);
    RETURN QUERY SELECT * FROM rows_of(format($sql$
        WITH pairs AS MATERIALIZED (
            SELECT scoring.tier(%1$s, $1) AS a, scoring.tier(%2$s, $2) AS b, count(*) AS n FROM %3$s GROUP BY 1, 2)
        SELECT a, b, n, (
            SELECT scoring.psi(array_agg(coalesce(t.a, 0) ORDER BY tier), array_agg(coalesce(t.b, 0) ORDER BY tier))
            FROM (SELECT tier, sum(n) FILTER (WHERE a = tier)::bigint AS a, sum(n) FILTER (WHERE b = tier)::bigint AS b
                  FROM generate_series(1, $3) AS tier CROSS JOIN pairs GROUP BY tier) AS t)
        FROM pairs ORDER BY a, b$sql$,
        score_sql(base, score), grid_sql(base, grid), population_sql(base)),
        s.cuts, cuts_for_grid(base, score, grid, cuts), s.tiers)
        AS r (tier_before integer, tier_after integer, customers bigint, psi double precision);
END
$$;
COMMENT ON FUNCTION _scoring.try_grid(text, text, grid, text) IS 'body of scoring.try_grid()';

CREATE FUNCTION _scoring.try_grid_customers(base text, score text, grid grid, n integer, cuts text)
    RETURNS TABLE (key text[], tier_before integer, tier_after integer, score_before double precision, score_after double precision, reasons text)
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record;
BEGIN
    PERFORM _scoring.check_entered(base);
    s := grid_score_of(base, score);
    RETURN QUERY SELECT * FROM rows_of(format($sql$
        SELECT ARRAY[%1$s], scoring.tier(m.score_before, $1), scoring.tier(m.score_after, $2), m.score_before, m.score_after, (
            SELECT string_agg(format('%%s %%s', touchpoint, _scoring.signed(change)), ', ' ORDER BY abs(change) DESC, touchpoint)
            FROM (SELECT touchpoint, sum(points) AS change
                  FROM (SELECT touchpoint, points FROM scoring.breakdown(m.timeline, $3, (SELECT %2$I.today()))
                        UNION ALL SELECT touchpoint, -points FROM scoring.breakdown(m.timeline, $4, (SELECT %2$I.today()))) AS b
                  GROUP BY touchpoint HAVING sum(points) <> 0) AS c)
        FROM (SELECT * FROM (SELECT %3$s, x.timeline, %4$s AS score_before, %5$s AS score_after FROM %6$s) AS x
              WHERE x.score_before <> x.score_after ORDER BY abs(x.score_after - x.score_before) DESC, %3$s LIMIT $5) AS m
        ORDER BY abs(m.score_after - m.score_before) DESC, %7$s$sql$,
        key_list_text(base, 'm.'), base, key_list(base, 'x.'), score_sql(base, score), grid_sql(base, grid), population_sql(base),
        key_list(base, 'm.')), s.cuts, cuts_for_grid(base, score, grid, cuts), grid, s.grid, n)
        AS r (key text[], tier_before integer, tier_after integer, score_before double precision, score_after double precision, reasons text);
END
$$;
COMMENT ON FUNCTION _scoring.try_grid_customers(text, text, grid, integer, text) IS 'body of scoring.try_grid_customers()';

CREATE FUNCTION _scoring.publish(base text, score text, grid grid, cuts text) RETURNS integer
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record;
BEGIN
    PERFORM _scoring.check_entered(base);
    PERFORM lock_base(base);
    s := grid_score_of(base, score);
    EXECUTE format('UPDATE %1$I.scores SET version = version + 1, grid = $2, cuts = $3,
                           cut_on = CASE $4 WHEN ''keep'' THEN cut_on ELSE %1$I.today() END
                    WHERE name = $1', base) USING score, grid, cuts_for_grid(base, score, grid, cuts), cuts;
    PERFORM make_score_function(base, score);
    PERFORM keep_version(base, score);
    PERFORM make_score_views(base, score);
    PERFORM report_unseen(base, score, grid);
    RETURN s.version + 1;
END
$$;
COMMENT ON FUNCTION _scoring.publish(text, text, grid, text) IS 'body of scoring.publish()';

-- A version is never changed; only the first one waits for its first cuts.  What
-- is recorded of a score goes on by the new one at once: the next refresh may be
-- days away, and views show it already.
CREATE FUNCTION _scoring.keep_version(of_base text, score text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    today pg_catalog.date;
BEGIN
    EXECUTE format('INSERT INTO %1$I.versions (score_name, version, grid, measure, cuts, published_on)
                    SELECT name, version, grid, measure, cuts, %1$I.today() FROM %1$I.scores WHERE name = $1
                    ON CONFLICT (score_name, version) DO UPDATE SET cuts = excluded.cuts', of_base) USING score;
    EXECUTE format('SELECT %1$I.today() FROM %1$I.history WHERE score_name = $1 LIMIT 1', of_base) INTO today USING score;
    IF today IS NOT NULL THEN
        PERFORM take_snapshot(of_base, today, score);
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.keep_version(text, text) IS 'keeps what a score is made of as a version';

-- The cuts of a score under another grid: its own, or such that each tier has the
-- share of customers that it has today, by mid-rank, as share_cuts() makes them.
CREATE FUNCTION _scoring.cuts_for_grid(of_base text, score text, grid grid, cuts text) RETURNS double precision[]
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    s pg_catalog.record := score_of(of_base, score);
    below numeric[];            -- of each cut, the share of customers below it
    inner_ones numeric[];       -- those that divide anybody from anybody
    made double precision[];
    lowest double precision;
BEGIN
    IF grid IS NULL THEN
        RAISE null_value_not_allowed USING MESSAGE = 'grid must not be null';
    END IF;
    IF cuts = 'keep' THEN
        RETURN s.cuts;
    ELSIF cuts IS DISTINCT FROM 'same shares' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'cuts must be ''keep'' or ''same shares''',
            HINT = 'For others: publish, then recut().';
    END IF;
    -- rounded down, they compare with ranks as the exact fractions do
    SELECT r.* INTO below, inner_ones FROM rows_of(format($sql$
        WITH tiered AS (SELECT scoring.tier(%s, $1) AS tier, count(*) AS n FROM %s GROUP BY 1)
        SELECT array_agg(share ORDER BY cut), array_agg(DISTINCT share) FILTER (WHERE share > 0 AND share < 1)
        FROM (SELECT cut, trunc(coalesce(sum(n) FILTER (WHERE tier <= cut), 0) / sum(n), 18) AS share
              FROM generate_series(1, $2 - 1) AS cut CROSS JOIN tiered GROUP BY cut) AS c$sql$,
        score_sql(of_base, score), population_sql(of_base)), s.cuts, s.tiers) AS r (below numeric[], inner_ones numeric[]);
    IF below IS NULL THEN
        RETURN s.cuts;          -- there is nobody
    END IF;
    SELECT r.* INTO lowest, made FROM rows_of(
        format('SELECT min(y), %s FROM (SELECT %s AS y FROM %s) AS y',
               CASE WHEN inner_ones IS NULL THEN 'NULL::float8[]' ELSE 'scoring.share_cuts(y, $1)' END,
               grid_sql(of_base, grid), population_sql(of_base)),
        ARRAY(SELECT b - lag(b, 1, 0.0) OVER (ORDER BY b) FROM unnest(inner_ones || 1.0) AS b ORDER BY b))
        AS r (lowest double precision, made double precision[]);
    RETURN ARRAY(SELECT CASE share WHEN 0 THEN lowest WHEN 1 THEN 'Infinity' ELSE made[array_position(inner_ones, share)] END
                 FROM unnest(below) WITH ORDINALITY AS b (share, cut) ORDER BY cut);
END
$$;
COMMENT ON FUNCTION _scoring.cuts_for_grid(text, text, grid, text) IS
    'the cuts of a score under another grid';

-- points of a customer x today, by a score and by a grid as one would have it
CREATE FUNCTION _scoring.score_sql(of_base text, score text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN format('%I.%I(x.timeline, (SELECT %1$I.today()))', of_base, score || '_on');
COMMENT ON FUNCTION _scoring.score_sql(text, text) IS 'points of a score today, for a query';

CREATE FUNCTION _scoring.grid_sql(of_base text, grid grid) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN format('coalesce(scoring.score(x.timeline, %L::scoring.grid, (SELECT %I.today())), 0)', grid, of_base);
COMMENT ON FUNCTION _scoring.grid_sql(text, grid) IS 'points of a grid today, for a query';

CREATE FUNCTION _scoring.grid_score_of(of_base text, score text) RETURNS record
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    s pg_catalog.record := score_of(of_base, score);
BEGIN
    IF s.kind <> 'grid' THEN
        RAISE wrong_object_type USING MESSAGE = format('score "%s" has no grid', score),
            HINT = 'Only what was added with a grid has points that can be told apart.';
    END IF;
    RETURN s;
END
$$;
COMMENT ON FUNCTION _scoring.grid_score_of(text, text) IS 'row of a score that has a grid';

-- ---------------------------------------------------------------------------

CREATE FUNCTION _scoring.score_on(base text, score text, key text, day date)
    RETURNS TABLE (what text, version integer, total double precision, tier integer, touchpoint text, points numeric, reason text)
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record;
    values pg_catalog.text[];
    recorded pg_catalog.record;
    used pg_catalog.record;
    c pg_catalog.record;
BEGIN
    PERFORM _scoring.check_entered(base);
    s := grid_score_of(base, score);
    values := key_values(base, key);
    IF day IS NULL OR NOT isfinite(day) THEN
        RAISE invalid_parameter_value USING MESSAGE = 'day must be a day';
    END IF;
    EXECUTE format('SELECT h.*, format(''in tier %%s since %%s, with %%s points on that day'', h.tier, h.since, h.score) AS words
                    FROM %1$I.history AS h JOIN (SELECT %2$s) AS k (%3$s) ON %4$s
                    WHERE h.score_name = $2 AND h.since <= $3 AND coalesce(h.until, %1$I.today()) >= $3',
                   base, key_from_array(base, '$1'), key_list(base), key_equal(base, 'h.', 'k.'))
        INTO recorded USING values, score, day;
    -- where nothing was recorded, the version of that day, or the first one
    EXECUTE format('SELECT * FROM %I.versions WHERE score_name = $1 AND version = coalesce($2, version)
                    ORDER BY published_on <= $3 DESC, CASE WHEN published_on <= $3 THEN -version ELSE version END LIMIT 1', base)
        INTO used USING score, recorded.version, day;
    SELECT r.* INTO c FROM rows_of(
        format('SELECT x.timeline, coalesce(scoring.score(x.timeline, $2, $3), 0) FROM %s JOIN (SELECT %s) AS k (%s) ON %s',
               population_sql(base), key_from_array(base, '$1'), key_list(base), key_equal(base, 'x.', 'k.')),
        values, used.grid, day) AS r (timeline scoring.timeline, points double precision);
    IF recorded.since IS NOT NULL THEN
        RETURN QUERY SELECT 'recorded', recorded.version, CASE WHEN recorded.since = day THEN recorded.score END, recorded.tier,
                            NULL::text, NULL::numeric, recorded.words;
    END IF;
    RETURN QUERY SELECT 'today''s data', used.version, c.points, scoring.tier(c.points, used.cuts), NULL::text, NULL::numeric,
        CASE WHEN c.points IS NULL THEN format('the customer is not among those whom base "%s" scores', base)
             WHEN recorded.since IS NULL THEN 'nothing was recorded for that day'
             WHEN recorded.tier = scoring.tier(c.points, used.cuts) AND (recorded.since < day OR recorded.score = c.points) THEN 'as recorded'
             WHEN recorded.since < day THEN 'not as recorded: something came later, was corrected or removed, or no refresh ran on that day'
             ELSE 'not as recorded: something came later, was corrected or removed' END;
    RETURN QUERY SELECT 'breakdown', used.version, NULL::double precision, NULL::integer, b.touchpoint, b.points, b.reason
        FROM scoring.breakdown(c.timeline, used.grid, day) AS b;
END
$$;
COMMENT ON FUNCTION _scoring.score_on(text, text, text, date) IS 'body of scoring.score_on()';

CREATE FUNCTION _scoring.key_values(of_base text, key text) RETURNS text[]
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    columns integer := cardinality(key_columns(of_base));
    values pg_catalog.text[];
BEGIN
    values := CASE columns WHEN 1 THEN ARRAY[key] ELSE ARRAY(SELECT unnest(key::text[])) END;
    IF columns > 1 AND array_ndims(key::text[]) > 1 THEN
        RAISE invalid_parameter_value USING MESSAGE = format('the key of base "%s" is one row of %s values', of_base, columns),
            HINT = format('Give an array with a value for each of: %s.', key_list(of_base));
    END IF;
    PERFORM check_key_given(of_base, values);
    RETURN values;
EXCEPTION WHEN invalid_text_representation THEN
    IF values IS NOT NULL THEN
        RAISE;
    END IF;
    RAISE invalid_parameter_value USING MESSAGE = format('the key of base "%s" has %s columns', of_base, columns),
        HINT = format('Give an array with a value for each of: %s.', key_list(of_base));
END
$$;
COMMENT ON FUNCTION _scoring.key_values(text, text) IS
    'values of a key given as one text: an array where it has several columns';
