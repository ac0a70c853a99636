-- Everything here is a type, a pure function, or one that does what its caller
-- may do anyway, so whoever may connect may use it.  That is said, since default
-- privileges may be others.  The schema is the extension's alone: see the guard.

GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;
GRANT USAGE ON TYPE timeline, grid, tier_preview, plan_tier TO PUBLIC;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA @extschema@ TO PUBLIC;
