-- Expressions over a relation: what users write, checked, and put into queries

-- ---------------------------------------------------------------------------
-- names

-- "shop"."orders", whatever the search path
CREATE FUNCTION _scoring.full_name(relation regclass) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN (SELECT format('%I.%I', n.nspname, c.relname)
            FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
            WHERE c.oid = relation);
COMMENT ON FUNCTION _scoring.full_name(regclass) IS 'name of a relation with its schema, quoted';

-- the bare name, by which expressions may qualify their columns
CREATE FUNCTION _scoring.short_name(relation regclass) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN (SELECT quote_ident(c.relname) FROM pg_catalog.pg_class AS c WHERE c.oid = relation);
COMMENT ON FUNCTION _scoring.short_name(regclass) IS 'name of a relation without its schema, quoted';

-- The columns of a relation that expressions read: all of them for a star, and
-- where the row itself is meant, as in net(orders), or orders.net for the same.
CREATE FUNCTION _scoring.columns_used(relation regclass, VARIADIC expressions text[]) RETURNS name[]
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, _scoring, pg_temp
AS $$
DECLARE
    row_name pg_catalog.text := (SELECT relname FROM pg_class WHERE oid = relation);
    columns pg_catalog.text[] := ARRAY(SELECT attname FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped);
    whole boolean;
    used pg_catalog.text[];
BEGIN
    WITH reference AS (
        SELECT parse_ident(r) AS parts FROM unnest(expressions) AS e, unnest((expression_columns(e, true)).columns) AS r),
    meant AS (
        SELECT parts, CASE WHEN parts[1] = row_name AND cardinality(parts) > 1 THEN parts[2]
                           WHEN parts[2] = row_name AND cardinality(parts) > 2 THEN parts[3]
                           ELSE parts[1] END AS name
        FROM reference)
    SELECT array_agg(name),
           coalesce(bool_or(name = '*' OR row_name IN (parts[1], parts[2]) AND NOT name = ANY (columns)), false)
        INTO used, whole FROM meant;
    RETURN ARRAY(SELECT attname FROM pg_attribute
                 WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND (whole OR attname = ANY (used))
                 ORDER BY attnum);
END
$$;
COMMENT ON FUNCTION _scoring.columns_used(regclass, text[]) IS
    'columns of a relation that SQL expressions may read';

-- what to do about a relation that may not be read
CREATE FUNCTION _scoring.needed_rights(relation regclass) RETURNS text
    LANGUAGE sql STABLE STRICT
    RETURN format('It is read with the rights of the base''s owner: GRANT SELECT ON %s TO %I, on the columns it needs at least. '
                  'Row-level security must not hide rows from this role.', _scoring.full_name(relation), current_user);
COMMENT ON FUNCTION _scoring.needed_rights(regclass) IS 'hint for who may not read a source';

CREATE FUNCTION _scoring.columns_there_are(relation regclass) RETURNS text
    LANGUAGE sql STABLE STRICT
    RETURN (SELECT format('Its columns: %s. Names with capitals or blanks need their double quotes.', string_agg(quote_ident(attname), ', ' ORDER BY attnum))
            FROM pg_catalog.pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped);
COMMENT ON FUNCTION _scoring.columns_there_are(regclass) IS 'hint for a column that is not there';

-- the type of an expression over a relation; an error when it is none
CREATE FUNCTION _scoring.expression_type(relation regclass, argument text, expression text) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, _scoring, pg_temp
AS $$
DECLARE
    hint pg_catalog.text;
BEGIN
    IF (expression_columns(expression)).expressions <> 1 THEN
        RAISE syntax_error USING MESSAGE = 'it must be one expression',
            DETAIL = format('It is: %s', expression);
    END IF;
    -- in WHERE too, where nothing stands that is not of one row: no sum(), no row_number()
    RETURN (SELECT r.type FROM rows_of(
                format('SELECT pg_typeof((SELECT (%1$s) FROM %2$s AS %3$s WHERE (%1$s) IS NULL LIMIT 0))::text',
                       expression || E'\n', full_name(relation), short_name(relation))) AS r (type text));
EXCEPTION WHEN syntax_error_or_access_rule_violation OR undefined_function OR undefined_column OR undefined_table
              OR ambiguous_column OR datatype_mismatch OR undefined_object OR feature_not_supported THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RAISE EXCEPTION USING ERRCODE = SQLSTATE,
        MESSAGE = format('%s of %s: %s', argument, full_name(relation), SQLERRM),
        DETAIL = format('It is: %s', expression),
        HINT = CASE WHEN SQLSTATE = '42501' THEN needed_rights(relation)
                    WHEN SQLSTATE = '42703' AND argument IN ('touchpoint', 'what') THEN
                         format('One that is the same for all rows is a constant, in quotes within quotes: %L. ', quote_literal('purchase'))
                         || columns_there_are(relation)
                    WHEN SQLSTATE = '42703' THEN columns_there_are(relation)
                    WHEN SQLSTATE = '0A000' AND hint <> '' THEN hint ELSE
               'An SQL expression over the columns of this relation. Names of functions, types and operators are looked up in '
               'pg_catalog and scoring only: write those of another schema with it, as public.net(amount).' END;
END
$$;
COMMENT ON FUNCTION _scoring.expression_type(regclass, text, text) IS
    'type of an expression over the columns of a relation; an error that names the argument when it is none';

-- ---------------------------------------------------------------------------
-- keys

-- FROM clause that gives the rows of a relation the key scoring_keys
-- (scoring_key_1, ...), names that no relation or column is likely to have.  Where
-- some row's key cannot be worked out, it is tried row by row, which is slow.
-- With marks, their rows instead of those of the relation.
CREATE FUNCTION _scoring.keyed_rows(of_base text, relation regclass, key text, careful boolean DEFAULT false, marks text DEFAULT NULL) RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    names pg_catalog.text;
    texts pg_catalog.text;
    types pg_catalog.text;
BEGIN
    EXECUTE format('SELECT string_agg(''scoring_key_'' || n, '', '' ORDER BY n), string_agg(format(''scoring_key_%%s::%%s::text'', n, t), '', '' ORDER BY n),
                           string_agg(format(''(scoring_tried.texts)[%%s]::%%s'', n, t), '', '' ORDER BY n)
                    FROM %I.base, unnest(key_types) WITH ORDINALITY AS k (t, n)', of_base)
        INTO names, texts, types;
    IF NOT careful THEN
        RETURN format('%s AS %s CROSS JOIN LATERAL (SELECT %s) AS scoring_keys (%s)',
                      coalesce(marks, full_name(relation)), short_name(relation), key || E'\n', names);
    END IF;
    RETURN format('%1$s AS %2$s CROSS JOIN LATERAL (SELECT _scoring.try_key(%3$L, %2$s) AS texts OFFSET 0) AS scoring_tried
                        CROSS JOIN LATERAL (SELECT %4$s) AS scoring_keys (%5$s)', coalesce(marks, full_name(relation)), short_name(relation),
                  format('SELECT ARRAY[%s] FROM (SELECT ($1).*) AS %s CROSS JOIN LATERAL (SELECT %s) AS scoring_keys (%s)',
                         texts, short_name(relation), key || E'\n', names), types, names);
END
$$;
COMMENT ON FUNCTION _scoring.keyed_rows(text, regclass, text, boolean, text) IS
    'the rows of a relation and their keys, for a query';

-- the key of a row as text, NULL when it cannot be worked out
CREATE FUNCTION _scoring.try_key(query text, relation_row anyelement) RETURNS text[]
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, _scoring, pg_temp
AS $$
DECLARE
    key pg_catalog.text[];
BEGIN
    SELECT r.key INTO key FROM rows_of(query, relation_row) AS r (key text[]);
    -- an index holds no longer ones
    RETURN CASE WHEN octet_length(key::text) <= 2000 THEN key END;
EXCEPTION WHEN OTHERS THEN
    PERFORM is_row_error(SQLSTATE, SQLERRM, 'key');
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION _scoring.try_key(text, anyelement) IS
    'the key of a row, NULL when it cannot be worked out';

-- How a query reads the key of a relation (names): `cast_list` gives it the types
-- of the base's key, `plain_list` only where they do not compare; `matches` is the
-- condition that it is that of `customer` (of scoring_due_1, ..., when that is
-- empty), and `present` that it names one at all.  Where its own type has an
-- equality with the key's, a value is compared as it is: int4 = int8 finds its
-- index, int4::int8 = int8 does not.
CREATE FUNCTION _scoring.key_reading(of_base text, relation regclass, key text, customer text DEFAULT 'd',
                            OUT names text, OUT cast_list text, OUT plain_list text, OUT matches text, OUT present text)
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    columns pg_catalog.text[];
    types pg_catalog.text[];
    given pg_catalog.text[];
    list pg_catalog.text;
BEGIN
    EXECUTE format('SELECT key_columns, key_types FROM %I.base', of_base) INTO columns, types;
    SELECT string_agg('scoring_key_' || n, ', ' ORDER BY n), string_agg(format('pg_typeof(scoring_key_%s)::text', n), ', ' ORDER BY n)
        INTO names, list FROM generate_subscripts(types, 1) AS n;
    -- a row of NULLs where there is none: only the types are asked for
    SELECT r.types INTO given FROM rows_of(
        format('SELECT ARRAY[%s] FROM (SELECT) AS one LEFT JOIN LATERAL (SELECT scoring_keys.* FROM %s LIMIT 0) AS k ON true',
               list, keyed_rows(of_base, relation, key))) AS r (types text[]);
    SELECT string_agg(format('scoring_key_%s::%s AS %I', n, t, c), ', ' ORDER BY n),
           string_agg(format(CASE WHEN key_operator(g, t) IS NULL THEN 'scoring_key_%1$s::%2$s AS %3$I' ELSE 'scoring_key_%1$s AS %3$I' END, n, t, c),
                      ', ' ORDER BY n),
           string_agg(format('scoring_key_%s IS NOT NULL', n), ' AND ' ORDER BY n),
           string_agg(CASE WHEN key_operator(g, t) IS NULL THEN format('scoring_key_%s::%s %s ', n, t, key_operator(t, t))
                           ELSE format('scoring_key_%s %s ', n, key_operator(g, t)) END
                      || CASE customer WHEN '' THEN 'scoring_due_' || n ELSE format('%s.%I', customer, c) END, ' AND ' ORDER BY n)
        INTO cast_list, plain_list, present, matches FROM unnest(columns, given, types) WITH ORDINALITY AS k (c, g, t, n);
    -- in WHERE too: a row has one key, so no generate_series()
    PERFORM run(format('SELECT FROM %s AS %s WHERE ROW(%s) IS NULL LIMIT 0', full_name(relation), short_name(relation), key || E'\n'));
    PERFORM run(format('SELECT FROM (SELECT %s FROM (SELECT scoring_keys.* FROM %s) AS r LIMIT 0) AS casts', cast_list, keyed_rows(of_base, relation, key)));
EXCEPTION WHEN syntax_error_or_access_rule_violation OR undefined_function OR undefined_column OR undefined_table
              OR ambiguous_column OR cannot_coerce OR undefined_object OR feature_not_supported THEN
    RAISE EXCEPTION USING ERRCODE = SQLSTATE,
        MESSAGE = format('key of %s: %s', full_name(relation), SQLERRM),
        DETAIL = format('It is: %s', key),
        HINT = CASE SQLSTATE WHEN '42501' THEN needed_rights(relation)
                             WHEN '42703' THEN 'Say with key which expressions over this relation name the customer. ' || columns_there_are(relation)
                             ELSE 'Say with key which expressions over this relation name the customer.' END;
END
$$;
COMMENT ON FUNCTION _scoring.key_reading(text, regclass, text, text) IS
    'parts of a query that reads the key of a base from a relation';
