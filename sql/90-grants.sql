-- Everything here is a pure function of its arguments or a type: it reads no
-- table, so whoever may connect may use it.

GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;
