-- Everything here is a type or a pure function: it reads no table, so whoever
-- may connect may use it.  But when the schema was there before, or has
-- something of somebody else in it, opening it is not for us to decide.

DO $$
BEGIN
    IF pg_catalog.pg_has_role(
           (SELECT e.extowner FROM pg_catalog.pg_extension AS e WHERE e.extname OPERATOR(pg_catalog.=) 'scoring'),
           (SELECT n.nspowner FROM pg_catalog.pg_namespace AS n WHERE n.nspname OPERATOR(pg_catalog.=) '@extschema@'), 'USAGE')
       AND NOT EXISTS (
           SELECT FROM (SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS catalog, c.oid FROM pg_catalog.pg_class AS c
                        WHERE c.relnamespace OPERATOR(pg_catalog.=) '@extschema@'::pg_catalog.regnamespace
                          AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f,S}'::pg_catalog."char"[])
                        UNION ALL
                        SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid FROM pg_catalog.pg_proc AS p
                        WHERE p.pronamespace OPERATOR(pg_catalog.=) '@extschema@'::pg_catalog.regnamespace) AS o
           WHERE NOT EXISTS (
               SELECT FROM pg_catalog.pg_depend AS d
               WHERE d.classid OPERATOR(pg_catalog.=) o.catalog AND d.objid OPERATOR(pg_catalog.=) o.oid
                 AND d.deptype OPERATOR(pg_catalog.=) 'e'))
    THEN
        GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;
    ELSE
        RAISE WARNING 'schema @extschema@ is not open to everyone'
            USING DETAIL = 'It belongs to another role, or holds other objects.',
                  HINT = 'Its owner can open it: GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC.';
    END IF;
END
$$;
