-- The population of a base: all customers, and who may be contacted and scored.
-- Views read it as it is at that moment, so an opt-out counts at once.

-- The mistake to find at once: a key that is another one than the base's.
CREATE FUNCTION _scoring.report_population(of_base text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    population pg_catalog.text;
    customers bigint;
    known bigint;
    active bigint;
BEGIN
    SELECT r.* INTO population, customers, known, active FROM rows_of(
        format('SELECT (SELECT population FROM %1$I.base), count(*), count(x.timeline), (SELECT count(*) FROM %1$I.timelines) FROM %2$s',
               of_base, population_sql(of_base))) AS r (population text, customers bigint, known bigint, active bigint);
    IF population IS NULL THEN
        RETURN;
    END IF;
    IF active = 0 THEN
        RAISE NOTICE '% customers of % are scored; nobody has an interaction yet', customers, population;
    ELSIF known * 2 < active THEN
        RAISE WARNING 'of % customers with interactions, only % are among the % scored ones of %', active, known, customers, population
            USING HINT = format('The others are in no view. Is its key the same as that of the base, %s?', key_list(of_base));
    ELSE
        RAISE NOTICE '% customers of % are scored: % of the % with interactions, and % without', customers, population, known, active, customers - known;
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.report_population(text) IS 'says how many customers of the population have interactions';

-- the population as it is now, of whom it was: NULL when there is none
CREATE FUNCTION _scoring.checked_population(of_base text) RETURNS regclass
    LANGUAGE plpgsql
AS $$
DECLARE
    b pg_catalog.record;
    relation pg_catalog.regclass;
BEGIN
    EXECUTE format('SELECT * FROM %I.base', of_base) INTO b;
    relation := hold(b.population);
    PERFORM check_owner(of_base, relation,
                        columns_used(relation, VARIADIC array_remove(ARRAY[b.population_key, b.scored], NULL)
                                                        || ARRAY(SELECT c FROM jsonb_each_text(b.contactable) AS u (name, c))),
                        b.population_owner, b.population_types, 'population ' || b.population, 'set_population()',
                        format('name it again, SELECT set_population(%L, ...);', of_base));
    RETURN relation;
END
$$;
COMMENT ON FUNCTION _scoring.checked_population(text) IS
    'the population of a base; an error when it, or a type in it, belongs to another role than when it was named';

-- What views select from: the customers who are scored, x (<key>, timeline,
-- <a column for each channel>), and one more, scoring_part, where it is asked for
CREATE FUNCTION _scoring.population_sql(of_base text, part text DEFAULT NULL) RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    b pg_catalog.record;
    relation pg_catalog.regclass;
    key pg_catalog.record;
BEGIN
    EXECUTE format('SELECT * FROM %I.base', of_base) INTO b;
    IF b.population IS NULL THEN
        RETURN CASE WHEN part IS NULL THEN format('%I.timelines AS x', of_base)
                    ELSE format('(SELECT *, (%s)::text AS scoring_part FROM %I.timelines) AS x', part, of_base) END;
    END IF;
    relation := checked_population(of_base);
    IF relation IS NULL THEN
        RAISE undefined_table USING MESSAGE = format('population %s of base "%s" does not exist', b.population, of_base),
            HINT = format('Bring it back under its name, or name another one: SELECT set_population(%L, ...);', of_base);
    END IF;
    key := key_reading(of_base, relation, b.population_key, 't');
    RETURN format($sql$(SELECT %1$s, t.timeline%2$s
        FROM (SELECT scoring_keys.*%3$s FROM %4$s%5$s) AS r
        LEFT JOIN %6$I.timelines AS t ON %7$s
        -- (who is erased has no timeline: the others need not be asked)
        WHERE %8$s AND (t.timeline IS NOT NULL OR %9$s)) AS x$sql$,
        key.plain_list,
        concat((SELECT string_agg(format(', r.%I', c), '' ORDER BY c) FROM jsonb_object_keys(b.contactable) AS c), ', r.scoring_part' || left(part, 0)),
        concat((SELECT string_agg(format(E', (%s\n) IS TRUE AS %I', e, c), '' ORDER BY c) FROM jsonb_each_text(b.contactable) AS u (c, e)),
               ', (' || part || ')::text AS scoring_part'),
        keyed_rows(of_base, relation, b.population_key),
        E' WHERE (' || b.scored || E'\n) IS NOT FALSE', of_base, key.matches,
        key.present, not_erased(of_base, VARIADIC ARRAY(SELECT 'scoring_key_' || n FROM generate_subscripts(b.key_types, 1) AS n)));
END
$$;
COMMENT ON FUNCTION _scoring.population_sql(text, text) IS
    'what the views of a base select from';

CREATE FUNCTION _scoring.channels(of_base text) RETURNS text[]
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    list pg_catalog.text[];
BEGIN
    EXECUTE format('SELECT ARRAY(SELECT c FROM %I.base, jsonb_object_keys(contactable) AS c ORDER BY c)', of_base) INTO list;
    RETURN list;
END
$$;
COMMENT ON FUNCTION _scoring.channels(text) IS 'channels by which customers of a base may be contacted';

