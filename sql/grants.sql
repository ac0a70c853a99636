-- Everything here is a type, a pure function, or one that does what its caller
-- may do anyway, so whoever may connect may use it.  Default privileges may say
-- otherwise, for good or ill: they are taken back first, from everybody.

DO $$
DECLARE
    given record;
BEGIN
    FOR given IN
        SELECT o.what, a.grantee
        FROM (SELECT pg_catalog.format('SCHEMA %I', n.nspname) AS what, n.nspacl AS acl, n.nspowner AS owner
              FROM pg_namespace AS n WHERE n.nspname IN ('scoring', '_scoring')
              UNION ALL
              SELECT format('%s %s', CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, p.oid::regprocedure), p.proacl, p.proowner
              FROM pg_proc AS p WHERE p.pronamespace IN ('scoring'::regnamespace, '_scoring'::regnamespace)
              UNION ALL
              SELECT format('TYPE %s', t.oid::regtype), t.typacl, t.typowner
              FROM pg_type AS t LEFT JOIN pg_class AS c ON c.oid = t.typrelid
              WHERE t.typnamespace IN ('scoring'::regnamespace, '_scoring'::regnamespace)
                AND t.typcategory <> 'A' AND c.relkind IS DISTINCT FROM 'r'
              UNION ALL
              SELECT format('TABLE %s', c.oid::regclass), c.relacl, c.relowner
              FROM pg_class AS c WHERE c.relnamespace IN ('scoring'::regnamespace, '_scoring'::regnamespace) AND c.relkind = 'r') AS o
        CROSS JOIN aclexplode(o.acl) AS a
        WHERE a.grantee <> o.owner
        GROUP BY o.what, a.grantee
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s', given.what,
                       CASE given.grantee WHEN 0 THEN 'PUBLIC' ELSE given.grantee::regrole::text END);
    END LOOP;
END
$$;

GRANT USAGE ON SCHEMA scoring, _scoring TO PUBLIC;
GRANT USAGE ON TYPE timeline, grid, rfm, tier_preview, plan_tier TO PUBLIC;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA scoring, _scoring TO PUBLIC;
GRANT SELECT ON rfm_segments TO PUBLIC;
GRANT INSERT, UPDATE (segment) ON rfm_segments TO @extowner@;

-- The body of a public function is called by that function alone: from C, which
-- asks for no right.
DO $$
DECLARE
    body regprocedure;
BEGIN
    FOR body IN
        SELECT b.oid FROM pg_proc AS b
        WHERE b.pronamespace = '_scoring'::regnamespace AND b.prosrc LIKE '%\_scoring.check\_entered(%'
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', body);
    END LOOP;
END
$$;
