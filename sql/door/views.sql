-- All views of a base, of scores and of campaigns, are made anew when the population
-- becomes another.

CREATE FUNCTION _scoring.make_views(of_base text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    name pg_catalog.text;
BEGIN
    FOR name IN EXECUTE format('SELECT name FROM %I.scores ORDER BY name', of_base) LOOP
        PERFORM make_score_views(of_base, name);
    END LOOP;
    FOR name IN EXECUTE format('SELECT name FROM %I.surges ORDER BY name', of_base) LOOP
        PERFORM make_surge_view(of_base, name);
    END LOOP;
    -- (a plan that somebody dropped has no view, and is in nobody's way)
    FOR name IN EXECUTE format('SELECT campaign FROM %1$I.campaigns WHERE to_regclass(format(''%%I.%%I'', %1$L, campaign)) IS NOT NULL
                                ORDER BY campaign', of_base) LOOP
        PERFORM make_sends_view(of_base, name);
    END LOOP;
END
$$;
COMMENT ON FUNCTION _scoring.make_views(text) IS 'makes all views of a base anew';

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
