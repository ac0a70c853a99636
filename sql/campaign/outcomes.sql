-- Outcomes of campaigns: what the customers did.  A relation tells it (a log of
-- the mailer, orders), and the sources do, by the touchpoints of the table outcomes.

CREATE FUNCTION _scoring.set_outcomes(base text, relation regclass, key text, campaign text,
                             what text, occurred text, value text, time_zone text)
    RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM _scoring.check_entered(base);
    PERFORM lock_base(base);
    EXECUTE format('DELETE FROM %I.outcome_relation', base);
    IF relation IS NULL THEN
        RETURN;
    END IF;
    IF num_nulls(what, occurred) > 0 THEN
        RAISE null_value_not_allowed USING MESSAGE = 'what and occurred must not be null',
            HINT = format('SELECT set_outcomes(%L, NULL); takes the relation away.', base);
    END IF;
    key := coalesce(key, key_list(base));
    PERFORM check_relation(base, relation);
    PERFORM check_key(base, relation, key);
    PERFORM check_castable(relation, 'campaign', campaign, 'text');
    PERFORM check_castable(relation, 'what', what, 'text');
    PERFORM check_occurred(relation, occurred);
    PERFORM check_castable(relation, 'value', value, 'numeric');
    IF time_zone IS NOT NULL THEN
        PERFORM check_time_zone(time_zone);
    END IF;
    EXECUTE format('INSERT INTO %I.outcome_relation (relation, key, campaign, what, occurred, value, time_zone, owner, types)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)', base)
        USING full_name(relation), key, campaign, what, occurred, value, time_zone,
            (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = relation), others_types(relation, NULL);
    PERFORM report_outcomes(base, relation, what);
END
$$;
COMMENT ON FUNCTION _scoring.set_outcomes(text, regclass, text, text, text, text, text, text) IS 'body of scoring.set_outcomes()';

-- the relation that tells outcomes as it is now, of whom it was: NULL when there is none
CREATE FUNCTION _scoring.checked_outcomes(of_base text) RETURNS regclass
    LANGUAGE plpgsql
AS $$
DECLARE
    r pg_catalog.record;
    relation pg_catalog.regclass;
BEGIN
    EXECUTE format('SELECT * FROM %I.outcome_relation', of_base) INTO r;
    relation := hold(r.relation);
    PERFORM check_owner(of_base, relation, columns_used(relation, VARIADIC array_remove(ARRAY[r.key, r.campaign, r.what, r.occurred, r.value], NULL)),
                        r.owner, r.types, 'relation of outcomes ' || r.relation, 'set_outcomes()',
                        format('name it again, SELECT set_outcomes(%L, ...);', of_base));
    RETURN relation;
END
$$;
COMMENT ON FUNCTION _scoring.checked_outcomes(text) IS
    'the relation of outcomes of a base; an error when it, or a type in it, belongs to another role than when it was named';

-- The mistake to find at once: what is counted twice.
CREATE FUNCTION _scoring.report_outcomes(of_base text, relation regclass, what text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    twice pg_catalog.text;
BEGIN
    twice := (SELECT r.twice FROM rows_of(
        format(E'SELECT string_agg(quote_literal(o.what), '', '' ORDER BY o.what) FROM %I.outcomes AS o
                WHERE o.what IN (SELECT (%s\n)::text FROM %s AS %s)
                  AND EXISTS (SELECT FROM %1$I.timelines AS t WHERE scoring.count_of(t.timeline, o.touchpoint) > 0)',
               of_base, what, full_name(relation), short_name(relation))) AS r (twice text));
    IF twice IS NOT NULL THEN
        RAISE WARNING 'both % and the sources tell of %', full_name(relation), twice
            USING HINT = format('Both count. When it is the same that happened: DELETE FROM %I.outcomes WHERE what IN (%s);', of_base, twice);
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.report_outcomes(text, regclass, text) IS 'warns of outcomes that are told twice';

-- What customers did, the one place that says so: a query (<key>, what, count
-- bigint, value numeric) over `rows`, the name of a relation (<key>, since date,
-- until date) with a row for each customer: what happened from since to until,
-- both included, and counts for `campaign`.  Value is the sum, NULL or 0 when
-- nothing had one.  With `only_what`, no other outcome than that one.
--
-- Values are added as decimals: the sum of floats follows the order of the rows.
CREATE FUNCTION _scoring.outcomes_sql(of_base text, rows text, campaign text, only_what text DEFAULT NULL) RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    keys pg_catalog.text := key_list(of_base, 'w.');
    counted pg_catalog.text;
    r pg_catalog.record;
    relation pg_catalog.regclass;
    key pg_catalog.record;
BEGIN
    -- of the sources: what the timelines have
    counted := format($sql$
        SELECT %1$s, o.what, n.count, n.value
        FROM %2$s AS w JOIN %3$I.timelines AS t ON %4$s JOIN %3$I.outcomes AS o ON %5$s
        CROSS JOIN LATERAL (SELECT scoring.count_of(t.timeline, o.touchpoint, w.since, w.until) AS count,
                                   scoring.value_of(t.timeline, o.touchpoint, w.since, w.until) AS value) AS n
        WHERE n.count > 0$sql$,
        keys, rows, of_base, key_equal(of_base, 't.', 'w.'), coalesce('o.what = ' || quote_literal(only_what), 'true'));
    EXECUTE format('SELECT * FROM %I.outcome_relation', of_base) INTO r;
    IF r.relation IS NULL THEN
        RETURN counted;
    END IF;

    relation := checked_outcomes(of_base);
    IF relation IS NULL THEN
        RAISE undefined_table USING MESSAGE = format('outcomes %s of base "%s" do not exist', r.relation, of_base),
            HINT = format('Bring the relation back under its name, or name another one: SELECT set_outcomes(%L, ...);', of_base);
    END IF;
    key := key_reading(of_base, relation, r.key);
    RETURN format($sql$
        SELECT %1$s, w.what, sum(w.count)::bigint AS count, sum(w.value) AS value
        FROM (%2$s
              UNION ALL
              SELECT %1$s, o.what, 1, o.value
              FROM %3$s AS w JOIN (%4$s) AS o ON %5$s AND o.day BETWEEN w.since AND w.until) AS w
        GROUP BY %1$s, w.what$sql$,
        keys, counted, rows,
        format(E'SELECT %s, (%s\n)::text AS what, %s AS day, %s AS value FROM %s WHERE %s AND %s AND %s', key.cast_list, r.what,
               (occurred_sql(of_base, relation, r.occurred, r.time_zone)).day,
               CASE WHEN r.value IS NULL THEN 'NULL::numeric' ELSE format(E'(%s\n)::numeric', r.value) END,
               keyed_rows(of_base, relation, r.key), key.present,
               -- of other campaigns is not of this one
               CASE WHEN r.campaign IS NULL THEN 'true' ELSE format(E'coalesce((%s\n)::text, %2$L) = %2$L', r.campaign, campaign) END,
               format(CASE WHEN only_what IS NULL THEN E'(%s\n)::text IS NOT NULL' ELSE E'(%s\n)::text = %L' END, r.what, only_what)),
        key_equal(of_base, 'o.', 'w.'));
END
$$;
COMMENT ON FUNCTION _scoring.outcomes_sql(text, text, text, text) IS 'what customers did between two days, for a query';

-- What has ever been told of: that an outcome is 0 means something of these alone.
CREATE FUNCTION _scoring.outcomes_told(of_base text) RETURNS text[]
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    r pg_catalog.record;
    relation pg_catalog.regclass;
    told pg_catalog.text[];
BEGIN
    EXECUTE format('SELECT * FROM %I.outcome_relation', of_base) INTO r;
    relation := checked_outcomes(of_base);
    told := (SELECT t.told FROM rows_of(
        format('SELECT array_agg(what) FROM (SELECT what FROM %I.outcomes', of_base)
            || CASE WHEN relation IS NULL THEN ''
                    ELSE format(E' UNION SELECT (%s\n)::text FROM %s AS %s', r.what, r.relation, short_name(relation)) END
            || ') AS o') AS t (told text[]));
    RETURN coalesce(told, '{}');
END
$$;
COMMENT ON FUNCTION _scoring.outcomes_told(text) IS 'outcomes that the sources or the relation of outcomes tell of';
