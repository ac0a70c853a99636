-- The population of a base: all customers, and who may be contacted and scored.
-- Views read it as it is at that moment, so an opt-out counts at once.

CREATE FUNCTION _scoring.set_population(base text, relation regclass, key text,
                               contactable jsonb, scored text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    channel pg_catalog.record;
    reading pg_catalog.record;
    twice pg_catalog.text;
BEGIN
    PERFORM _scoring.check_entered(base);
    IF relation IS NULL AND num_nonnulls(key, contactable, scored) > 0 THEN
        RAISE null_value_not_allowed USING MESSAGE = 'relation must not be null',
            HINT = format('key, contactable and scored are expressions over its columns. SELECT set_population(%L, NULL); takes the population away.', base);
    END IF;
    PERFORM lock_base(base);
    IF relation IS NOT NULL THEN
        key := coalesce(key, key_list(base));
        PERFORM check_relation(base, relation);
        PERFORM check_key(base, relation, key);
        IF contactable IS NOT NULL AND jsonb_typeof(contactable) <> 'object' THEN
            RAISE invalid_parameter_value USING MESSAGE = 'contactable must be a JSON object: channel and condition',
                HINT = '{"email": "email_optin and email_ok", "sms": "sms_optin"}';
        END IF;
        FOR channel IN SELECT * FROM jsonb_each_text(contactable) AS c (name, condition) LOOP
            IF channel.name = ANY (reserved_columns()) OR quote_ident(channel.name) = ANY (key_columns(base))
               OR channel.name = '' OR octet_length(channel.name) > 63 THEN
                RAISE invalid_parameter_value USING MESSAGE = format('a channel cannot be called "%s"', channel.name),
                    HINT = 'Views have a column for each channel: of at most 63 bytes, and not one that they have already.';
            END IF;
            IF channel.condition IS NULL THEN
                RAISE invalid_parameter_value USING MESSAGE = format('contactable: channel "%s" has no condition', channel.name),
                    HINT = '{"email": "email_optin and email_ok", "sms": "sms_optin"}';
            END IF;
            PERFORM check_castable(relation, format('contactable, %s,', channel.name), channel.condition, 'boolean');
        END LOOP;
        PERFORM check_castable(relation, 'scored', scored, 'boolean');
        reading := key_reading(base, relation, key);
        BEGIN
            twice := (SELECT r.twice FROM rows_of(
                format('SELECT r::text FROM (SELECT %s FROM (SELECT scoring_keys.* FROM %s) AS k WHERE %s) AS r
                        GROUP BY r HAVING count(*) > 1 LIMIT 1',
                       reading.cast_list, keyed_rows(base, relation, key), reading.present)) AS r (twice text));
        EXCEPTION WHEN data_exception THEN
            RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = format('key of %s: %s', full_name(relation), SQLERRM),
                DETAIL = format('It is: %s', key),
                HINT = 'Views work it out for every row: name expressions that can be, or leave such rows out in a view.';
        END;
        IF twice IS NOT NULL THEN
            RAISE unique_violation USING MESSAGE = format('%s has a customer more than once', full_name(relation)),
                DETAIL = format('The key %s, for example.', twice),
                HINT = 'The population has one row for each customer: a table with a primary key, or a view with DISTINCT ON.';
        END IF;
    END IF;
    EXECUTE format('UPDATE %I.base SET population = $1, population_seen = $2, population_key = $3, contactable = $4, scored = $5,
                           population_owner = $6, population_types = $7', base)
        USING full_name(relation), relation, key, contactable, scored,
            (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = relation), others_types(relation, NULL);
    PERFORM make_views(base);
    PERFORM report_population(base);
END
$$;
COMMENT ON FUNCTION _scoring.set_population(text, regclass, text, jsonb, text) IS 'body of scoring.set_population()';

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

-- A population replaced under its name is another table: the views follow it.
CREATE FUNCTION _scoring.look_at_population(of_base text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    b pg_catalog.record;
BEGIN
    PERFORM checked_population(of_base);
    EXECUTE format('SELECT *, EXISTS (SELECT FROM unnest(score_names(%1$L)) AS name WHERE to_regclass(format(''%%I.%%I'', %1$L, name)) IS NULL) AS lost
                    FROM %1$I.base', of_base) INTO b;
    -- DROP ... CASCADE of the old one took the views with it
    IF b.lost OR to_regclass(b.population) IS DISTINCT FROM b.population_seen THEN
        PERFORM make_views(of_base);
        EXECUTE format('UPDATE %I.base SET population_seen = to_regclass(population)', of_base);
        RAISE NOTICE 'the views of base "%" have been made again', of_base
            USING DETAIL = CASE WHEN b.lost THEN 'Some were gone; grants on those have to be given again.'
                                ELSE format('Population %s was replaced.', b.population) END;
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.look_at_population(text) IS
    'notices a population that was replaced under its name, and makes the views anew';
