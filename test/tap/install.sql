-- the build loads
SELECT plan(1);
SELECT has_extension('scoring');
SELECT * FROM finish();
