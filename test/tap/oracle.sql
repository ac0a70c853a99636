-- the oracle of the scoring tests gives what was worked out by hand
\set QUIET on
\ir lib/oracle.sql
\ir lib/examples.sql

INSERT INTO oracle.grid SELECT id, grid FROM example;
INSERT INTO oracle.subject SELECT id, id, id, as_of FROM example;
INSERT INTO oracle.event
SELECT id, e ->> 0, (e ->> 1)::date, (e ->> 2)::float8
FROM example, jsonb_array_elements(events) AS e;

CALL oracle.answer();

SELECT plan(count(*)::int + 19) FROM example;

SELECT is(score, expected, name) FROM example JOIN oracle.score ON subject = id ORDER BY id;

SELECT is(oracle.back(as_of, span), expected, as_of || ' - ' || span)
FROM (VALUES
    (date '2026-03-31', '1 month', date '2026-02-28'),
    ('2024-03-31', '1 month', '2024-02-29'),
    ('2026-03-31', '13 months', '2025-02-28'),
    ('2026-03-31', '30 days', '2026-03-01'),
    ('2026-03-31', '2 weeks', '2026-03-17'),
    ('2024-02-29', '4 years', '2020-02-29'),
    ('2024-02-29', '1 year', '2023-02-28'),
    ('2000-02-29', '100 years', '1900-02-28'),
    ('2026-01-31', '1 month', '2025-12-31'),
    ('0001-01-31', '1 day', '0001-01-30'),
    ('0001-01-31', '1 month', '0001-12-31 BC'),
    ('0004-02-29', '4 years', '0001-02-29 BC'),
    ('5874897-12-31', '5874897 years', '0001-12-31 BC'),
    ('4713-01-31 BC', '2 months', '4714-11-30 BC'),
    ('4713-01-31 BC', '3 months', '-infinity'),
    ('4713-12-23 BC', '1 year', '4714-12-23 BC'),
    ('4713-11-23 BC', '1 year', '-infinity'),
    ('4713-01-01 BC', '38 days', '4714-11-24 BC'),
    ('4713-01-01 BC', '39 days', '-infinity')
) AS t (as_of, span, expected);

SELECT * FROM finish();
