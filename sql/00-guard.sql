-- complain if the script is sourced in psql rather than run by CREATE EXTENSION
\echo Use "CREATE EXTENSION scoring" to load this file. \quit

-- This script runs as a superuser, whoever creates the extension.  If there was a schema of its name before, what lies
-- in it could take the place of a name in this script or in a query later, and its owner can add to it at any time.  So
-- it must be empty, and belong to someone who may act as the creator of the extension anyway (a superuser may act as
-- anyone).  Where it is the other way round, and the creator may act as the owner, the schema becomes the creator's:
-- that is how a superuser restores a dump, which makes the schema first and gives it to the owner it had.
--
-- Until that is known, every name is written out in full.
DO $$
DECLARE
    creator pg_catalog.oid;
    owner pg_catalog.oid;
    objects pg_catalog.text;
BEGIN
    SELECT e.extowner, n.nspowner INTO STRICT creator, owner
    FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
    WHERE e.extname OPERATOR(pg_catalog.=) 'scoring';

    SELECT pg_catalog.string_agg(o.object, ', ') INTO STRICT objects
    FROM (SELECT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) AS object
          FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_extension AS e
              ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
              AND d.refobjid OPERATOR(pg_catalog.=) e.extnamespace
          WHERE e.extname OPERATOR(pg_catalog.=) 'scoring'
            AND NOT (d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
                     AND d.objid OPERATOR(pg_catalog.=) e.oid)
          ORDER BY d.classid, d.objid
          LIMIT 10) AS o;

    IF objects IS NOT NULL THEN
        RAISE EXCEPTION 'schema "@extschema@" is not empty'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = pg_catalog.format('It holds %s.', objects),
                  HINT = 'The extension needs a schema of this name to itself. Move or drop what is there, or rename the schema.';
    END IF;

    IF pg_catalog.pg_has_role(owner, creator, 'MEMBER') THEN
        RETURN;
    ELSIF pg_catalog.pg_has_role(creator, owner, 'MEMBER') THEN
        EXECUTE pg_catalog.format('ALTER SCHEMA @extschema@ OWNER TO %s', creator::pg_catalog.regrole);
        RAISE NOTICE 'schema "@extschema@" now belongs to %', creator::pg_catalog.regrole
            USING DETAIL = pg_catalog.format('It was there before, and belonged to %s.', owner::pg_catalog.regrole);
    ELSE
        RAISE EXCEPTION 'schema "@extschema@" belongs to another role'
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = pg_catalog.format('It is owned by %s, who could put anything into it.', owner::pg_catalog.regrole),
                  HINT = pg_catalog.format('Have it dropped, or given to you: ALTER SCHEMA @extschema@ OWNER TO %s.',
                                           creator::pg_catalog.regrole);
    END IF;
END
$$;
