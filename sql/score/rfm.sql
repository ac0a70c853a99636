-- RFM of a base: quintiles whose cuts are kept, as those of a score are

CREATE FUNCTION _scoring.add_rfm(base text, name text, touchpoint text, within interval,
                        f text, m text) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM _scoring.check_entered(base);
    IF name IS NULL OR touchpoint IS NULL THEN
        RAISE null_value_not_allowed USING MESSAGE = 'name and touchpoint must not be null';
    END IF;
    IF f IS NULL OR f NOT IN ('count', 'per_year') OR m IS NULL OR m NOT IN ('basket', 'total') THEN
        RAISE invalid_parameter_value USING MESSAGE = 'f must be count or per_year, m must be basket or total',
            DETAIL = 'They say what frequency and monetary are measured by.';
    END IF;
    PERFORM check_score_name(base, name);
    PERFORM lock_base(base);
    EXECUTE format('INSERT INTO %1$I.scores (name, kind, method, tiers, touchpoint, within, f, m, cut_on, cut_from)
                    VALUES ($1, ''rfm'', ''quantile'', 5, $2, $3, $4, $5, %1$I.today(), 0)', base)
        USING name, touchpoint, within, f, m;
    PERFORM make_rfm_cuts(base, name);
    PERFORM make_rfm_view(base, name);
END
$$;
COMMENT ON FUNCTION _scoring.add_rfm(text, text, text, interval, text, text) IS 'body of scoring.add_rfm()';

-- what F and M are cut by, and where the figures come from: r
CREATE FUNCTION _scoring.rfm_parts(of_base text, score text, OUT frequency text, OUT monetary text, OUT figures text)
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    s pg_catalog.record := score_of(of_base, score);
BEGIN
    frequency := CASE s.f WHEN 'count' THEN 'r.frequency' ELSE 'r.per_year' END;
    monetary := CASE s.m WHEN 'total' THEN 'r.monetary' ELSE 'r.basket' END || '::double precision';
    figures := format('%s LEFT JOIN LATERAL scoring.rfm(x.timeline, %L, (SELECT %I.today())%s) AS r ON true', population_sql(of_base),
                      s.touchpoint, of_base, CASE WHEN s.within IS NOT NULL THEN format(', %L::interval', s.within) END);
END
$$;
COMMENT ON FUNCTION _scoring.rfm_parts(text, text) IS 'parts of the queries over the figures of an RFM score';

CREATE FUNCTION _scoring.make_rfm_cuts(of_base text, score text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record := score_of(of_base, score);
    p pg_catalog.record := rfm_parts(of_base, score);
    r_cuts double precision[];
    f_cuts double precision[];
    m_cuts double precision[];
    n bigint;
    empty pg_catalog.text;
BEGIN
    SELECT r.* INTO r_cuts, f_cuts, m_cuts, n FROM rows_of(
        format('SELECT scoring.rank_cuts(-r.recency, 5), scoring.rank_cuts(%s, 5), scoring.rank_cuts(%s, 5), count(r.recency) FROM %s',
               p.frequency, p.monetary, p.figures))
        AS r (r_cuts double precision[], f_cuts double precision[], m_cuts double precision[], n bigint);
    EXECUTE format('UPDATE %1$I.scores SET r_cuts = $2, f_cuts = $3, m_cuts = $4, cut_on = %1$I.today(), cut_from = $5 WHERE name = $1', of_base)
        USING score, r_cuts, f_cuts, m_cuts, n;
    RAISE NOTICE 'score "%": cuts from % customers with touchpoint "%"', score, n, s.touchpoint;
    empty := (SELECT r.empty FROM rows_of(
        format('SELECT string_agg(t::text, '', '') FROM generate_series(1, 5) AS t
                WHERE t NOT IN (SELECT scoring.tier(%s, $1) FROM %s WHERE r.recency IS NOT NULL)', p.frequency, p.figures), f_cuts)
        AS r (empty text));
    IF n > 0 AND empty IS NOT NULL THEN
        RAISE WARNING 'score "%": nobody has frequency %', score, empty
            USING DETAIL = 'Customers with equal figures are in one class, and many have bought equally often.',
                  HINT = CASE s.f WHEN 'count' THEN 'f => ''per_year'' tells more of them apart.' ELSE 'A longer window tells more of them apart.' END;
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.make_rfm_cuts(text, text) IS 'makes the cuts of an RFM score';

CREATE FUNCTION _scoring.make_rfm_view(of_base text, score text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record := score_of(of_base, score);
    p pg_catalog.record := rfm_parts(of_base, score);
    r pg_catalog.text := format('scoring.tier(-r.recency, %L)', s.r_cuts);
    f pg_catalog.text := format('scoring.tier(%s, %L)', p.frequency, s.f_cuts);
    m pg_catalog.text := format('scoring.tier(%s, %L)', p.monetary, s.m_cuts);
BEGIN
    PERFORM put_view(of_base, score, format($sql$
        SELECT %1$s, r.recency, r.frequency, r.monetary, r.basket, r.per_year,
               %2$s AS r, %3$s AS f, %4$s AS m, 100 * %2$s + 10 * %3$s + %4$s AS cell,
               CASE WHEN r.recency IS NULL THEN 'No purchase' ELSE coalesce(g.segment, 'No value') END AS segment
        FROM %5$s LEFT JOIN scoring.rfm_segments AS g ON g.r = %2$s AND g.f = %3$s AND g.m = %4$s$sql$,
        key_list(of_base, 'x.'), r, f, m, p.figures),
        format('recency, frequency and monetary of "%s" of each customer today', s.touchpoint),
        VARIADIC key_comments(of_base) || ARRAY[
            'recency', 'days since the latest one',
            'frequency', 'how many',
            'monetary', 'their total value',
            'basket', 'mean value of those that have one',
            'per_year', 'how many a year',
            'r', format('1 to 5, 5 is the most recent fifth; cuts of %s', s.cut_on),
            'f', format('1 to 5, 5 is the most frequent fifth, by %s', s.f),
            'm', format('1 to 5, 5 is the highest fifth, by %s', s.m),
            'cell', '100 r + 10 f + m; NULL: none of them, or none with a value',
            'segment', 'name of the cell, as scoring.rfm_segments has it; or No purchase, or No value (m by basket, and none has a value)']);
END
$$;
COMMENT ON FUNCTION _scoring.make_rfm_view(text, text) IS 'makes the view of an RFM score';
