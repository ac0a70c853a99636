-- Every function that takes a base acts as its owner, whoever calls it.  So
-- each of those above becomes the body, f_as_owner(), of a function f() in C
-- that switches to the owner (src/owner.c) and calls it.  Where the body takes
-- the key of a customer as text or text[], f() takes values of any types.

DO $do$
DECLARE
    f record;
BEGIN
    FOR f IN
        SELECT p.oid, p.proname AS name, pg_catalog.pg_get_function_identity_arguments(p.oid) AS identity,
               pg_catalog.regexp_replace(pg_catalog.pg_get_function_arguments(p.oid), '\ykey text(\[\]$|(?=, day))', 'key "any"') AS arguments,
               pg_catalog.regexp_replace(pg_catalog.pg_get_function_identity_arguments(p.oid), '\ykey text(\[\]$|(?=, day))', 'key "any"') AS public_identity,
               pg_catalog.pg_get_function_result(p.oid) AS result,
               pg_catalog.obj_description(p.oid, 'pg_proc') AS comment
        FROM pg_catalog.pg_proc AS p
        WHERE p.pronamespace OPERATOR(pg_catalog.=) '@extschema@'::pg_catalog.regnamespace
          AND p.prolang OPERATOR(pg_catalog.=) (SELECT l.oid FROM pg_catalog.pg_language AS l WHERE l.lanname OPERATOR(pg_catalog.=) 'plpgsql')
          AND p.proargnames[1] OPERATOR(pg_catalog.=) 'base' AND p.proname OPERATOR(pg_catalog.<>) 'create_base'
    LOOP
        EXECUTE pg_catalog.format('ALTER FUNCTION @extschema@.%I(%s) RENAME TO %I', f.name, f.identity, f.name || '_as_owner');
        EXECUTE pg_catalog.format('COMMENT ON FUNCTION @extschema@.%I(%s) IS %L', f.name || '_as_owner', f.identity,
                                  pg_catalog.format('what %s() does, once it acts as the base''s owner; not for direct use', f.name));
        EXECUTE pg_catalog.format('CREATE FUNCTION @extschema@.%I(%s) RETURNS %s LANGUAGE c AS ''MODULE_PATHNAME'', ''scoring_as_owner''',
                                  f.name, f.arguments, f.result);
        EXECUTE pg_catalog.format('COMMENT ON FUNCTION @extschema@.%I(%s) IS %L', f.name, f.public_identity, f.comment);
    END LOOP;
END
$do$;
