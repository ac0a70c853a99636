-- the extension is there, in its own schema, and every public object says what it is
SELECT extname, nspname
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE extname = 'scoring';
