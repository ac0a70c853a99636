-- grids in a LATIN1 database: the same texts, bytes in the server's encoding
\set QUIET on
SET client_min_messages = warning;
DROP DATABASE IF EXISTS grid_latin1;
CREATE DATABASE grid_latin1 TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C';
\set tap :DBNAME
\c grid_latin1
\encoding UTF8
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION pgtap;
CREATE EXTENSION scoring;
SET search_path = scoring, public;

SELECT plan(8);

SELECT is(getdatabaseencoding(), 'LATIN1'::name, 'the database is LATIN1');
SELECT is('{"caf\u00e9": {"each": 1}, "été": {"each": 2}}'::grid::text, '{"café": {"each": 1}, "été": {"each": 2}}',
    'names of the encoding, escaped or not');
SELECT is(octet_length((SELECT touchpoint FROM rules('{"caf\u00e9": {"each": 1}}'))), 4, 'are kept in it');
SELECT is(_scoring.grid_send('{"é": {"each": 1}}'), '\x01' || convert_to('{"é": {"each": 1}}', 'UTF8'),
    'the binary form is in the encoding of the client');
SELECT throws_ok($$SELECT '{"\u20ac": {"each": 1}}'::grid$$, '22P05', NULL, 'a name that the encoding does not have is an error');
SELECT throws_like($$SELECT ('{"' || repeat('é', 100) || '": 1}')::grid$$, 'invalid input syntax for type grid: expected a rule%',
    'long names are cut in messages');
SELECT is((SELECT string_agg(touchpoint, ' ') FROM rules('{"ü": {"each": 1}, "z": {"each": 1}, "a": {"each": 1}, "À": {"each": 1}}')),
    'a z À ü', 'touchpoints are in the order of their bytes');
SELECT is((SELECT grid(touchpoint, rule) FROM rules('{"é": {"each": 1, "unless": ["ü", "a"]}}')),
    '{"é": {"each": 1, "unless": ["a", "ü"]}}', 'rules() and back');

SELECT * FROM finish();
\c :tap
DROP DATABASE grid_latin1;
