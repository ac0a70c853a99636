-- The views of a base.  They read with the rights of the base's owner: who may
-- read them needs no right on the timelines or the population behind them.  (The
-- functions in a view are called with the rights of its reader, as in any view.)

CREATE FUNCTION _scoring.make_score_views(of_base text, score text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record := score_of(of_base, score);
    name pg_catalog.text;
BEGIN
    IF s.kind = 'rfm' THEN
        PERFORM make_rfm_view(of_base, score);
        RETURN;
    END IF;
    PERFORM make_score_view(of_base, score);
    PERFORM make_tiers_view(of_base, score);
    PERFORM make_moves_view(of_base, score);
    -- and what is made from it
    FOR name IN EXECUTE format('SELECT name FROM %I.gaps WHERE $1 IN (of, against) ORDER BY name', of_base) USING score LOOP
        PERFORM make_gap_views(of_base, name);
    END LOOP;
    FOR name IN EXECUTE format('SELECT name FROM %I.contact_lists AS l WHERE l.score = $1 ORDER BY name', of_base) USING score LOOP
        PERFORM make_contact_list_view(of_base, name);
    END LOOP;
END
$$;
COMMENT ON FUNCTION _scoring.make_score_views(text, text) IS 'makes the views of a score, and of what is made from it';

CREATE FUNCTION _scoring.drop_view(of_base text, name text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    dependents pg_catalog.text;
BEGIN
    IF to_regclass(format('%I.%I', of_base, name)) IS NOT NULL THEN
        EXECUTE format('DROP VIEW %I.%I', of_base, name);
    END IF;
EXCEPTION WHEN dependent_objects_still_exist THEN
    GET STACKED DIAGNOSTICS dependents = PG_EXCEPTION_DETAIL;
    RAISE dependent_objects_still_exist USING MESSAGE = format('view %I.%I cannot be dropped: others stand on it', of_base, name),
        DETAIL = dependents,
        HINT = 'It has to be dropped to get other columns. Drop those, do this again, and make them again.';
END
$$;
COMMENT ON FUNCTION _scoring.drop_view(text, text) IS 'drops a view of a base, unless others stand on it';

-- Creates a view, or replaces it and keeps what depends on it; when its columns
-- have become others, drops it first and gives its grants again.  Its options
-- (security_barrier) stay.  `comments` is a pair for each column: its name, and
-- what to say of it.
CREATE FUNCTION _scoring.put_view(of_base text, name text, query text, comment text, VARIADIC comments text[]) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    view pg_catalog.text := format('%I.%I', of_base, name);
    options pg_catalog.text := (SELECT ' WITH (' || array_to_string(reloptions, ', ') || ')' FROM pg_class WHERE oid = to_regclass(view));
    -- pairs of privilege and grantee
    grants pg_catalog.text[] := ARRAY(
        SELECT unnest(ARRAY[
            a.privilege_type || coalesce(' (' || quote_ident(g.attname) || ')', ''),
            CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
                || CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END])
        FROM (SELECT relowner, relacl, NULL::name FROM pg_class WHERE oid = to_regclass(view)
              UNION ALL SELECT relowner, attacl, attname FROM pg_class AS c JOIN pg_attribute ON attrelid = c.oid
              WHERE c.oid = to_regclass(view)) AS g (owner, acl, attname)
        CROSS JOIN aclexplode(g.acl) AS a WHERE a.grantee <> g.owner);
BEGIN
    BEGIN
        PERFORM run(format('CREATE OR REPLACE VIEW %s%s AS %s', view, options, query));
    EXCEPTION WHEN invalid_table_definition THEN
        PERFORM drop_view(of_base, name);
        PERFORM run(format('CREATE VIEW %s%s AS %s', view, options, query));
        FOR i IN 1 .. cardinality(grants) - 1 BY 2 LOOP
            BEGIN
                EXECUTE format('GRANT %s ON %s TO %s', grants[i], view, grants[i + 1]);
            EXCEPTION WHEN undefined_column THEN
                NULL;           -- a right on a column that is no more
            END;
        END LOOP;
    END;
    EXECUTE format('COMMENT ON VIEW %s IS %L', view, comment || '; reads with the rights of its owner');
    FOR i IN 1 .. cardinality(comments) - 1 BY 2 LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', view, comments[i], comments[i + 1]);
    END LOOP;
END
$$;
COMMENT ON FUNCTION _scoring.put_view(text, text, text, text, text[]) IS
    'creates or replaces a view of a base, with its comments';

-- comments of columns that several views have, as put_view() takes them
CREATE FUNCTION _scoring.key_comments(of_base text) RETURNS text[]
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    keys pg_catalog.text[];
BEGIN
    EXECUTE format('SELECT key_columns FROM %I.base', of_base) INTO keys;
    RETURN ARRAY(SELECT unnest(ARRAY[k, 'key of the customer']) FROM unnest(keys) AS k);
END
$$;
COMMENT ON FUNCTION _scoring.key_comments(text) IS 'comments of the key columns in the views of a base';

CREATE FUNCTION _scoring.channel_comments(of_base text) RETURNS text[]
    LANGUAGE sql STABLE STRICT
    RETURN ARRAY(SELECT unnest(ARRAY[c, format('may be contacted by %s', c)]) FROM unnest(_scoring.channels(of_base)) AS c);
COMMENT ON FUNCTION _scoring.channel_comments(text) IS 'comments of the channels in the views of a base';

-- 'x.email, x.sms, ' of a base
CREATE FUNCTION _scoring.channel_list(of_base text) RETURNS text
    LANGUAGE sql STABLE STRICT
    RETURN coalesce((SELECT string_agg(format('x.%I, ', c), '' ORDER BY n)
                     FROM unnest(_scoring.channels(of_base)) WITH ORDINALITY AS u (c, n)), '');
COMMENT ON FUNCTION _scoring.channel_list(text) IS 'the channels of a base as columns of its views';

-- crm.<score>: a row for each customer, always as of today
CREATE FUNCTION _scoring.make_score_view(of_base text, score text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record := score_of(of_base, score);
    -- for a grid, what <base>.<score>_on() says: to plan that call takes longer than to score one customer
    value pg_catalog.text := coalesce('coalesce(scoring.score(x.timeline, ' || quote_literal(s.grid) || '::scoring.grid, d.today), 0)',
                           format('%I.%I(x.timeline, d.today)', of_base, score || '_on'));
    tier pg_catalog.text := format('scoring.tier(%s, %L)', value, s.cuts);
BEGIN
    PERFORM put_view(of_base, score, format($sql$
        SELECT %1$s, %2$s AS score, %3$s AS tier, (%4$L::text[])[%3$s] AS label,
               CASE WHEN x.timeline IS NULL OR scoring.first_on(x.timeline) > d.today THEN 'never'
                    %5$s
                    WHEN scoring.first_on(x.timeline) > d.today - 30 THEN 'new'
                    WHEN scoring.last_on(scoring.as_of(x.timeline, d.today)) <= d.today - 365 THEN 'dormant'
                    ELSE 'active' END AS state,
               %6$s scoring.last_on(scoring.as_of(x.timeline, d.today)) AS last_on, %7$s AS tier_until
        FROM %8$s CROSS JOIN %9$I.today() AS d (today)$sql$,
        key_list(of_base, 'x.'), value, tier, s.labels,
        'WHEN scoring.penalty(x.timeline, ' || quote_literal(s.grid) || '::scoring.grid, d.today) < 0 THEN ''unhappy''',
        channel_list(of_base),
        coalesce('scoring.crosses(x.timeline, ' || quote_literal(s.grid) || '::scoring.grid, ' || quote_literal(s.cuts)
                 || '::double precision[], d.today) - 1', 'NULL::date'),
        population_sql(of_base), of_base),
        format('score "%s" of each customer today', score),
        VARIADIC key_comments(of_base) || channel_comments(of_base) || ARRAY[
            'score', 'points today',
            'tier', format('1 (coldest) to %s (hottest); cuts of %s', s.tiers, s.cut_on),
            'label', 'name of the tier',
            'state', 'never (no interaction), unhappy (negative points in force), new (first interaction within 30 days), dormant (none for 365 days), active',
            'last_on', 'day of the latest interaction',
            'tier_until', 'last day in this tier if nothing happens; NULL: for three years at least, or not to be known']);
END
$$;
COMMENT ON FUNCTION _scoring.make_score_view(text, text) IS 'makes the view of a score';

-- crm.<score>_tiers: a row for each tier
CREATE FUNCTION _scoring.make_tiers_view(of_base text, score text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record := score_of(of_base, score);
BEGIN
    -- the mean of decimals: that of floats has last digits that follow the order of the rows
    PERFORM put_view(of_base, score || '_tiers', format($sql$
        SELECT coalesce(t.tier, c.tier)::integer AS tier, t.label, coalesce(c.customers, 0) AS customers,
               (coalesce(c.customers, 0) / nullif(sum(c.customers) OVER (), 0))::double precision AS share,
               c.lowest, c.mean, c.highest,
               repeat(%4$L, round(40 * coalesce(c.customers, 0) / nullif(max(c.customers) OVER (), 0)::numeric)::integer) AS bar
        FROM unnest(%1$L::text[]) WITH ORDINALITY AS t (label, tier)
        FULL JOIN (SELECT scoring.tier(v.score, %2$L) AS tier, count(*) AS customers,
                          min(v.score) AS lowest, avg(v.score::numeric)::double precision AS mean, max(v.score) AS highest
                   FROM (SELECT %3$I.%5$I(x.timeline, (SELECT %3$I.today())) AS score FROM %6$s) AS v GROUP BY 1) AS c ON c.tier = t.tier
        ORDER BY 1$sql$,
        s.labels, s.cuts, of_base, CASE getdatabaseencoding() WHEN 'UTF8' THEN '█' ELSE '#' END,
        score || '_on', population_sql(of_base)),
        format('tiers of score "%s" today', score),
        'tier', '1 (coldest) to the hottest; NULL: customers without a score',
        'label', 'name of the tier',
        'customers', 'how many are in it',
        'share', 'of all customers',
        'lowest', 'lowest score in it',
        'mean', 'mean score in it',
        'highest', 'highest score in it',
        'bar', 'customers as a bar, the longest one 40 wide');
END
$$;
COMMENT ON FUNCTION _scoring.make_tiers_view(text, text) IS 'makes the view of a score''s tiers';
