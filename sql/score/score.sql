-- Scores of a base: a function of timeline and day, cuts, and the views

CREATE FUNCTION _scoring.add_score(base text, name text, grid scoring.grid, measure text,
                          method text, tiers integer, shares numeric[],
                          cuts double precision[], labels text[], preview boolean)
    RETURNS TABLE (tier integer, label text, customers bigint, share double precision, lower_cut double precision,
                   customers_before bigint, moved_in bigint)
    LANGUAGE plpgsql
AS $$
DECLARE
    result _scoring.tier_preview[];
BEGIN
    PERFORM _scoring.check_entered(base);
    IF name IS NULL OR preview IS NULL OR num_nonnulls(grid, measure) <> 1 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'add_score needs a name, and either a grid or a measure',
            HINT = 'add_score(''crm'', ''engagement'', ''{"purchase": {"latest": {"30 days": 30}}}''), or measure => ''count_of(timeline, ''''purchase'''')''.';
    END IF;
    PERFORM check_score_name(base, name);
    PERFORM lock_base(base);
    BEGIN
        EXECUTE format('INSERT INTO %1$I.scores (name, kind, grid, measure, method, tiers, cut_on, cut_from)
                        VALUES ($1, $2, $3, $4, ''given'', 1, %1$I.today(), 0)', base)
            USING name, CASE WHEN grid IS NULL THEN 'measure' ELSE 'grid' END, grid, measure;
        PERFORM make_score_function(base, name);
        PERFORM make_cuts(base, name, method, tiers, shares, cuts, labels);
        PERFORM keep_version(base, name);
        result := preview_tiers(base, name, NULL);
        PERFORM make_score_views(base, name);
        IF preview THEN
            RAISE SQLSTATE 'SCPRE';
        END IF;
    EXCEPTION WHEN SQLSTATE 'SCPRE' THEN
        NULL;                   -- all of it is undone but what was seen
    END;
    PERFORM report_tiers(base, name, result, cuts IS NOT NULL OR method = 'bounds');
    PERFORM report_unseen(base, name, grid);
    RETURN QUERY SELECT * FROM unnest(result);
END
$$;
COMMENT ON FUNCTION _scoring.add_score(text, text, grid, text, text, integer, numeric[], double precision[], text[], boolean) IS 'body of scoring.add_score()';

CREATE FUNCTION _scoring.recut(base text, score text, method text, tiers integer, shares numeric[],
                      cuts double precision[], labels text[], preview boolean)
    RETURNS TABLE (tier integer, label text, customers bigint, share double precision, lower_cut double precision,
                   customers_before bigint, moved_in bigint)
    LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM _scoring.check_entered(base);
    IF preview IS NULL THEN
        RAISE null_value_not_allowed USING MESSAGE = 'preview must not be null';
    END IF;
    PERFORM lock_base(base);
    RETURN QUERY SELECT * FROM cut_anew(base, score, method, tiers, shares, cuts, labels, preview);
END
$$;
COMMENT ON FUNCTION _scoring.recut(text, text, text, integer, numeric[], double precision[], text[], boolean) IS 'body of scoring.recut()';

CREATE FUNCTION _scoring.cut_anew(of_base text, score text, method text DEFAULT NULL, tiers integer DEFAULT NULL, shares numeric[] DEFAULT NULL,
                         cuts double precision[] DEFAULT NULL, labels text[] DEFAULT NULL, preview boolean DEFAULT false)
    RETURNS TABLE (tier integer, label text, customers bigint, share double precision, lower_cut double precision,
                   customers_before bigint, moved_in bigint)
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record;
    result _scoring.tier_preview[];
BEGIN
    s := score_of(of_base, score);
    BEGIN
        IF s.kind = 'rfm' THEN
            IF num_nonnulls(method, tiers, shares, cuts, labels) > 0 THEN
                RAISE invalid_parameter_value USING MESSAGE = format('"%s" is an RFM score: its cuts are quintiles', score),
                    HINT = format('SELECT recut(%L, %L); makes them anew.', of_base, score);
            END IF;
            PERFORM make_rfm_cuts(of_base, score);
        ELSE
            method := coalesce(method, CASE WHEN cuts IS NOT NULL THEN 'given' WHEN shares IS NOT NULL THEN 'shares' ELSE s.method END);
            -- what was given for one method says nothing to another
            shares := coalesce(shares, CASE method WHEN s.method THEN s.shares END);
            tiers := coalesce(tiers, cardinality(cuts) + 1,
                              CASE method WHEN 'shares' THEN cardinality(shares)
                                          WHEN 'pareto' THEN cardinality(coalesce(shares, '{0.80,0.95}')) + 1
                                          WHEN 'value level' THEN 5 END, s.tiers);
            -- the names of value levels are for nothing else
            labels := coalesce(labels, CASE WHEN tiers = s.tiers AND (method = s.method OR 'value level' NOT IN (method, s.method)) THEN s.labels END);
            PERFORM make_cuts(of_base, score, method, tiers, shares, cuts, labels);
            result := preview_tiers(of_base, score, s.cuts);
            PERFORM check_gaps(of_base, score);
            -- the cuts it waited for are those of its version; others make another
            EXECUTE format('UPDATE %1$I.scores SET version = version + 1
                            WHERE name = $1 AND ($2 > 0 OR EXISTS (SELECT FROM %1$I.history WHERE score_name = $1))', of_base)
                USING score, s.cut_from;
            PERFORM keep_version(of_base, score);
        END IF;
        PERFORM make_score_views(of_base, score);
        IF preview THEN
            RAISE SQLSTATE 'SCPRE';
        END IF;
    EXCEPTION WHEN SQLSTATE 'SCPRE' THEN
        NULL;
    END;
    PERFORM report_tiers(of_base, score, result, method IN ('given', 'bounds'));
    RETURN QUERY SELECT * FROM unnest(result);
END
$$;
COMMENT ON FUNCTION _scoring.cut_anew(text, text, text, integer, numeric[], double precision[], text[], boolean) IS
    'makes the cuts of a score anew, as recut() does';

CREATE FUNCTION _scoring.check_gaps(of_base text, score text) RETURNS void
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    g pg_catalog.record;
BEGIN
    EXECUTE format('SELECT g.name, CASE $1 WHEN g.of THEN b.tiers ELSE a.tiers END AS tiers
                    FROM %1$I.gaps AS g JOIN %1$I.scores AS a ON a.name = g.of JOIN %1$I.scores AS b ON b.name = g.against
                    WHERE $1 IN (g.of, g.against) AND a.tiers <> b.tiers ORDER BY g.name LIMIT 1', of_base) INTO g USING score;
    IF g.name IS NOT NULL THEN
        RAISE object_in_use USING MESSAGE = format('score "%s" must keep its %s tiers: gap "%s" compares them', score, g.tiers, g.name),
            HINT = format('SELECT drop_score(%L, %L); first.', of_base, g.name);
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.check_gaps(text, text) IS 'an error when a gap would compare different numbers of tiers';

-- tiers of a score as they are or would be, and what they were
CREATE TYPE _scoring.tier_preview AS (
    tier integer,
    label text,
    customers bigint,
    share double precision,
    lower_cut double precision,
    customers_before bigint,
    moved_in bigint
);
COMMENT ON TYPE _scoring.tier_preview IS
    'a tier as add_score() and recut() show it: customers, their share, its lower cut, customers before, and how many of those now in it were in another';

-- ---------------------------------------------------------------------------
-- parts

CREATE FUNCTION _scoring.score_of(of_base text, score text) RETURNS record
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    s pg_catalog.record;
    names pg_catalog.text;
    other pg_catalog.text;                 -- that the name is of
BEGIN
    EXECUTE format('SELECT * FROM %I.scores WHERE name = $1', of_base) INTO s USING score;
    IF s.name IS NULL THEN
        EXECUTE format('SELECT string_agg(name, '', '' ORDER BY name) FROM %I.scores', of_base) INTO names;
        EXECUTE format('SELECT format('' "%%s" is a gap, made from "%%s" and "%%s".'', name, of, against) FROM %1$I.gaps WHERE name = $1
                        UNION ALL SELECT format('' "%%s" is a contact list, made from "%%s".'', name, score) FROM %1$I.contact_lists WHERE name = $1
                        UNION ALL SELECT format('' "%%s" is a surge of touchpoint "%%s".'', name, touchpoint) FROM %1$I.surges WHERE name = $1', of_base)
            INTO other USING score;
        RAISE undefined_object USING MESSAGE = format('base "%s" has no score "%s"', of_base, score),
            HINT = coalesce('It has: ' || names || '.', 'add_score() adds one.') || coalesce(other, '');
    END IF;
    RETURN s;
END
$$;
COMMENT ON FUNCTION _scoring.score_of(text, text) IS 'row of a score in the registry';

CREATE FUNCTION _scoring.score_names(of_base text) RETURNS text[]
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    names pg_catalog.text[];
BEGIN
    EXECUTE format('SELECT ARRAY(SELECT name FROM %1$I.scores UNION ALL SELECT name FROM %1$I.gaps
                                 UNION ALL SELECT name FROM %1$I.surges UNION ALL SELECT name FROM %1$I.contact_lists)', of_base) INTO names;
    RETURN names;
END
$$;
COMMENT ON FUNCTION _scoring.score_names(text) IS 'names of the scores, gaps, surges and contact lists of a base';

CREATE FUNCTION _scoring.check_score_name(of_base text, name text) RETURNS void
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    -- (one whose views are gone, with the population they stood on, has its name still)
    there pg_catalog.text := (SELECT format('%I.%I', of_base, name || suffix) FROM unnest('{"",_tiers,_moves,_sends}'::text[]) WITH ORDINALITY AS s (suffix, n)
                   WHERE to_regclass(format('%I.%I', of_base, name || suffix)) IS NOT NULL OR suffix = '' AND name = ANY (score_names(of_base))
                   ORDER BY n LIMIT 1);
BEGIN
    IF name = '' OR octet_length(name) > 50 OR name ~ '^(marks|seen)_\d+$' OR there IS NOT NULL THEN
        RAISE duplicate_object USING MESSAGE = format('"%s" cannot be the name of a score of base "%s"', name, of_base),
            DETAIL = coalesce('There is ' || there || ' already.', 'Names have 1 to 50 bytes; those like marks_1 and seen_1 are kept for tables of the base.'),
            HINT = CASE WHEN there IS NULL THEN 'Choose another name.'
                        ELSE 'Choose another name. recut() gives a score other cuts, publish() another grid; drop_score() drops it.' END;
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.check_score_name(text, text) IS 'an error when a score cannot have that name';

-- <base>.<name>_on(timeline, as_of): the score as a function, which the planner
-- puts into each query that calls it
CREATE FUNCTION _scoring.make_score_function(of_base text, score text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record := score_of(of_base, score);
    body pg_catalog.text;
BEGIN
    IF s.kind = 'grid' THEN
        body := format('coalesce(scoring.score(timeline, %L::scoring.grid, as_of), 0)', s.grid);
    ELSE
        IF (expression_columns(s.measure)).expressions <> 1 THEN
            RAISE syntax_error USING MESSAGE = 'measure must be one expression';
        END IF;
        body := format(E'(%s\n)::double precision', s.measure);
    END IF;
    -- a function of that name that is not ours is not taken over
    PERFORM run(format('CREATE %s FUNCTION %I.%I(timeline scoring.timeline, as_of date) RETURNS double precision
                            LANGUAGE sql %s RETURN %s', CASE WHEN s.version > 1 THEN 'OR REPLACE' ELSE '' END, of_base, score || '_on',
                       CASE s.kind WHEN 'grid' THEN 'IMMUTABLE PARALLEL SAFE' ELSE 'STABLE' END, body));
    -- whoever reads the view calls it
    EXECUTE format('GRANT EXECUTE ON FUNCTION %I.%I(scoring.timeline, date) TO PUBLIC', of_base, score || '_on');
    EXECUTE format('COMMENT ON FUNCTION %I.%I(scoring.timeline, date) IS %L', of_base, score || '_on',
                   format('score "%s" of a timeline on a day', score));
EXCEPTION WHEN undefined_column OR undefined_function OR cannot_coerce OR datatype_mismatch OR undefined_object THEN
    RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = format('measure of score "%s": %s', score, SQLERRM),
        DETAIL = format('It is: %s', s.measure),
        HINT = 'An SQL expression over timeline and as_of: (rfm(timeline, ''purchase'', as_of)).monetary. Functions of other schemas '
               'than pg_catalog and scoring with their schema.';
END
$$;
COMMENT ON FUNCTION _scoring.make_score_function(text, text) IS
    'makes the function behind a score';

-- Makes the cuts of a score and keeps them in the registry.
CREATE FUNCTION _scoring.make_cuts(of_base text, score text, method text, tiers integer, shares numeric[],
                          cuts double precision[], labels text[]) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record := score_of(of_base, score);
    n bigint;
    calculation pg_catalog.text;
BEGIN
    IF cuts IS NOT NULL THEN
        method := 'given';
        tiers := cardinality(cuts) + 1;
        PERFORM scoring.tier(0, cuts);  -- refuses what is none
    ELSIF shares IS NOT NULL AND method IN ('shares', 'equal') THEN
        method := 'shares';
        tiers := cardinality(shares);
    ELSIF method = 'pareto' THEN
        shares := coalesce(shares, '{0.80,0.95}');
        tiers := cardinality(shares) + 1;
    ELSIF method = 'value level' THEN
        tiers := 5;
    END IF;
    IF tiers IS NULL OR tiers NOT BETWEEN 1 AND 100 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'tiers must be between 1 and 100';
    END IF;
    cuts := CASE WHEN cuts IS NOT NULL THEN ARRAY(SELECT unnest(cuts)) END;     -- numbered from 1, as they are read
    labels := CASE WHEN labels IS NOT NULL THEN ARRAY(SELECT unnest(labels)) END;
    IF labels IS NOT NULL AND cardinality(labels) <> tiers THEN
        RAISE invalid_parameter_value USING MESSAGE = format('%s labels for %s tiers', cardinality(labels), tiers),
            HINT = 'One for each tier, coldest first.';
    END IF;
    calculation := CASE method
        WHEN 'equal' THEN format('scoring.equal_cuts(y, %s)', tiers)
        WHEN 'quantile' THEN format('scoring.rank_cuts(y, %s)', tiers)
        WHEN 'natural' THEN format('scoring.natural_cuts(y, %s)', tiers)
        WHEN 'shares' THEN format('scoring.share_cuts(y, %L)', shares)
        WHEN 'pareto' THEN format('scoring.pareto_cuts(y, %L)', shares)
        -- what is below 0, and shares of the rest
        WHEN 'value level' THEN $sql$CASE WHEN count(y) > 0 THEN 0::float8 || coalesce(
            scoring.share_cuts(y, '{0.5,0.3,0.15,0.05}') FILTER (WHERE y >= 0), '{Infinity,Infinity,Infinity}') END$sql$
        WHEN 'bounds' THEN 'NULL::float8[]'
        WHEN 'given' THEN 'NULL::float8[]' END;
    IF calculation IS NULL OR method = 'shares' AND shares IS NULL OR method = 'given' AND cuts IS NULL OR method = 'bounds' AND s.grid IS NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = format('method "%s" cannot be used here', method),
            HINT = 'equal, quantile, natural, shares (with shares), pareto, value level, bounds (of a grid), or give the cuts themselves.';
    END IF;
    SELECT r.* INTO cuts, n FROM rows_of(
        format('SELECT coalesce($1, %1$s), count(y) FROM (SELECT %2$I.%3$I(x.timeline, (SELECT %2$I.today())) AS y FROM %4$s) AS y',
               calculation, of_base, score || '_on', population_sql(of_base)), cuts) AS r (cuts double precision[], n bigint);
    IF method = 'bounds' THEN
        cuts := scoring.equal_cuts(s.grid, tiers);
    END IF;
    -- a population in which nobody has done anything yet is none to make cuts from
    EXECUTE format('SELECT $1 * (SELECT count(*) FROM (SELECT FROM %I.timelines LIMIT 1) AS t)', of_base) INTO n USING n;
    IF cuts IS NULL THEN
        RAISE NOTICE 'no cuts could be made for score "%" from % customers', score, n
            USING DETAIL = CASE WHEN n = 0 THEN 'There is nobody yet.' ELSE 'They are all alike.' END,
                  HINT = CASE WHEN n = 0 THEN 'Everybody is in tier 1 until there is somebody: refresh() then makes them.'
                            ELSE format('Everybody is in tier 1 until SELECT * FROM recut(%L, %L);', of_base, score) END;
        cuts := array_fill('Infinity'::float8, ARRAY[tiers - 1]);
    END IF;
    EXECUTE format('UPDATE %1$I.scores SET method = $2, tiers = $3, shares = $4, cuts = $5, labels = $6, cut_on = %1$I.today(), cut_from = $7
                    WHERE name = $1', of_base)
        USING score, method, tiers, shares, cuts,
              coalesce(labels, ARRAY(SELECT CASE method WHEN 'value level' THEN scoring.value_level_label(t) ELSE scoring.tier_label(t, tiers) END
                                     FROM generate_series(1, tiers) AS t)), n;
END
$$;
COMMENT ON FUNCTION _scoring.make_cuts(text, text, text, integer, numeric[], double precision[], text[]) IS
    'makes the cuts of a score from its population';

CREATE FUNCTION _scoring.preview_tiers(of_base text, score text, cuts_before double precision[]) RETURNS tier_preview[]
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    s pg_catalog.record := score_of(of_base, score);
BEGIN
    RETURN (SELECT r.tiers FROM rows_of(format($sql$
        WITH tiered AS MATERIALIZED (
            SELECT scoring.tier(y, $1) AS now, scoring.tier(y, $2) AS before
            FROM (SELECT %1$I.%2$I(x.timeline, (SELECT %1$I.today())) AS y FROM %3$s) AS y)
        SELECT array_agg(ROW(t, ($3)[t], n, n / nullif((SELECT count(*) FROM tiered), 0)::float8, ($1)[t - 1], b, m)::_scoring.tier_preview ORDER BY t)
        FROM (SELECT t, (SELECT count(*) FROM tiered WHERE now = t) AS n,
                     CASE WHEN $2 IS NOT NULL THEN (SELECT count(*) FROM tiered WHERE before = t) END AS b,
                     CASE WHEN $2 IS NOT NULL THEN (SELECT count(*) FROM tiered WHERE now = t AND before <> t) END AS m
              FROM generate_series(1, $4) AS t) AS tiers$sql$, of_base, score || '_on', population_sql(of_base)),
        s.cuts, cuts_before, s.labels, s.tiers) AS r (tiers tier_preview[]));
END
$$;
COMMENT ON FUNCTION _scoring.preview_tiers(text, text, double precision[]) IS
    'tiers of a score under its cuts, and under others before';

-- `by_hand`: the cuts do not come from the customers
CREATE FUNCTION _scoring.report_tiers(of_base text, score text, tiers tier_preview[], by_hand boolean) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    empty pg_catalog.text := (SELECT string_agg(t.tier::text, ', ' ORDER BY t.tier) FROM unnest(tiers) AS t WHERE t.customers = 0);
    n bigint := (SELECT sum(t.customers) FROM unnest(tiers) AS t);
    population pg_catalog.text;
BEGIN
    EXECUTE format('SELECT coalesce(''those of '' || population || '' who are scored'', ''those with an interaction'') FROM %I.base', of_base)
        INTO population;
    IF n > 0 THEN
        RAISE NOTICE 'score "%": cuts over % customers (%)', score, n, population;
    END IF;
    IF empty IS NOT NULL AND n > 0 THEN
        RAISE WARNING 'score "%": nobody is in tier %', score, empty
            USING HINT = CASE WHEN by_hand THEN 'These cuts are not made from the customers, so that may be right.'
                ELSE 'Where many scores are equal, try method => ''natural''; where one is far out, ''quantile''; or fewer tiers, or your own cuts.' END;
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.report_tiers(text, text, tier_preview[], boolean) IS
    'says which population made the cuts of a score, and which tiers are empty';

CREATE FUNCTION _scoring.report_unseen(of_base text, score text, grid grid) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    unseen pg_catalog.text;
    one pg_catalog.text;
    seen boolean;
BEGIN
    FOR one IN SELECT DISTINCT touchpoint FROM scoring.rules(grid) ORDER BY 1 LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I.timelines WHERE scoring.last_on(timeline, $1) IS NOT NULL)', of_base) INTO seen USING one;
        IF NOT seen THEN
            unseen := concat_ws(', ', unseen, one);
        END IF;
    END LOOP;
    EXECUTE format('SELECT EXISTS (SELECT FROM %I.timelines)', of_base) INTO seen;
    IF unseen IS NOT NULL AND seen THEN
        RAISE WARNING 'score "%": its grid asks for touchpoints that nobody has: %', score, unseen
            USING HINT = format('Is it the same spelling? SELECT touchpoint FROM %I.touchpoints;', of_base);
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.report_unseen(text, text, grid) IS
    'warns of touchpoints in a grid that no timeline has';

-- A score that was added before there was anybody gets its cuts from the first
-- customers that a refresh brings.
CREATE FUNCTION _scoring.cut_first_scores(of_base text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record;
BEGIN
    FOR s IN EXECUTE format('SELECT name, grid FROM %1$I.scores WHERE cut_from = 0 AND method <> ''given'' AND EXISTS (SELECT FROM %1$I.timelines)', of_base) LOOP
        -- which is most often why all are alike
        PERFORM report_unseen(of_base, s.name, s.grid);
        PERFORM cut_anew(of_base, s.name);
    END LOOP;
END
$$;
COMMENT ON FUNCTION _scoring.cut_first_scores(text) IS 'makes the cuts of scores that have none yet';
