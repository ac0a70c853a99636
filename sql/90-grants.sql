-- Everything here is a type or a pure function: it reads no table, so whoever
-- may connect may use it.  The schema is the extension's alone: see the guard.

GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;
