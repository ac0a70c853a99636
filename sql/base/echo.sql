-- Echoes: interactions that others bring with them

CREATE FUNCTION _scoring.add_echo(base text, touchpoint text, of text, before interval, after interval,
                         same text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    cycle boolean;
BEGIN
    PERFORM _scoring.check_entered(base);
    IF touchpoint IS NULL OR of IS NULL OR before IS NULL OR after IS NULL THEN
        RAISE null_value_not_allowed USING MESSAGE = 'touchpoint, of, before and after must not be null';
    END IF;
    IF extract(year FROM before) <> 0 OR extract(month FROM before) <> 0 OR extract(year FROM after) <> 0 OR extract(month FROM after) <> 0
       OR before < '0' OR after < '0' OR extract(epoch FROM before) > 3.2e9 OR extract(epoch FROM after) > 3.2e9 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'before and after must be zero or more days, hours, minutes or seconds',
            DETAIL = 'The length of a month depends on the day: write 30 days.';
    END IF;
    IF same IS NOT NULL AND (expression_columns(same)).expressions <> 1 THEN
        RAISE syntax_error USING MESSAGE = 'same must be one expression',
            HINT = 'An SQL expression over the columns that both have: message_id, or row(a, b) for two of them.';
    END IF;
    PERFORM lock_base(base);
    PERFORM check_same(base, same);
    PERFORM report_unseen_touchpoint(base, t) FROM unnest(ARRAY[touchpoint, of]) AS t;
    EXECUTE format('INSERT INTO %I.echoes VALUES ($1, $2, $3, $4, $5)', base) USING touchpoint, of, before, after, same;
    EXECUTE format($sql$
        WITH RECURSIVE causes AS (
            SELECT e.of FROM %1$I.echoes AS e WHERE e.touchpoint = $1
            UNION SELECT e.of FROM causes AS c JOIN %1$I.echoes AS e ON e.touchpoint = c.of)
        SELECT EXISTS (SELECT FROM causes WHERE of = $1)$sql$, base) INTO cycle USING touchpoint;
    IF cycle THEN
        RAISE invalid_parameter_value USING MESSAGE = format('"%s" would be an echo of itself', touchpoint),
            DETAIL = format('"%s" is an echo of "%s", directly or by way of others.', of, touchpoint),
            HINT = 'A cause counts, its echo does not: say which is which.';
    END IF;
    -- other columns may matter now, and everybody is to be read again
    PERFORM track_all(base);
EXCEPTION WHEN unique_violation THEN
    RAISE duplicate_object USING MESSAGE = format('"%s" is an echo of "%s" already', touchpoint, of),
        HINT = format('To say it otherwise: SELECT drop_echo(%L, %L, %L); first.', base, touchpoint, of);
END
$$;
COMMENT ON FUNCTION _scoring.add_echo(text, text, text, interval, interval, text) IS 'body of scoring.add_echo()';

CREATE FUNCTION _scoring.drop_echo(base text, touchpoint text, of text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    n bigint;
BEGIN
    PERFORM _scoring.check_entered(base);
    PERFORM lock_base(base);
    EXECUTE format('DELETE FROM %I.echoes AS e WHERE e.touchpoint = $1 AND e.of = $2', base) USING touchpoint, of;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n = 0 THEN
        RAISE undefined_object USING MESSAGE = format('"%s" is no echo of "%s" in base "%s"', touchpoint, of, base),
            HINT = format('SELECT * FROM %I.echoes;', base);
    END IF;
    PERFORM track_all(base);
END
$$;
COMMENT ON FUNCTION _scoring.drop_echo(text, text, text) IS 'body of scoring.drop_echo()';

-- `same` is worked out over each source that can
CREATE FUNCTION _scoring.check_same(of_base text, same text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    able bigint;
    n bigint;
BEGIN
    EXECUTE format('SELECT count(*) FILTER (WHERE is_expression(to_regclass(relation), $1)), count(*) FROM %I.registered_sources', of_base)
        INTO able, n USING same;
    IF same IS NOT NULL AND n > 0 AND able = 0 THEN
        RAISE undefined_column USING MESSAGE = format('no source of base "%s" has the columns of same', of_base),
            DETAIL = format('It is: %s', same),
            HINT = 'The sources of both touchpoints must have them under these names; a view can give a column another name.';
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.check_same(text, text) IS 'an error when no source has the columns by which echoes belong to their causes';

CREATE FUNCTION _scoring.report_unseen_touchpoint(of_base text, touchpoint text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    unseen boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %1$I.timelines) AND NOT EXISTS (SELECT FROM %1$I.timelines WHERE scoring.last_on(timeline, $1) IS NOT NULL)', of_base)
        INTO unseen USING touchpoint;
    IF unseen THEN
        RAISE WARNING 'nobody has touchpoint "%"', touchpoint
            USING HINT = format('Is it the same spelling? SELECT touchpoint FROM %I.touchpoints;', of_base);
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.report_unseen_touchpoint(text, text) IS 'warns of a touchpoint that no timeline has';

CREATE FUNCTION _scoring.echo_expressions(of_base text) RETURNS text[]
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    list pg_catalog.text[];
BEGIN
    EXECUTE format('SELECT array_agg(same) FROM %I.echoes WHERE same IS NOT NULL', of_base) INTO list;
    RETURN coalesce(list, '{}');
END
$$;
COMMENT ON FUNCTION _scoring.echo_expressions(text) IS 'the expressions by which echoes belong to their causes';
