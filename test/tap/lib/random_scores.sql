-- Random subjects made ready for the functions under test:
--
--      oracle.play      a row per event of each subject, with grid and day beside it
--      oracle.actual    a row per subject: timeline, grid, as_of
--
--      oracle.score, oracle.breakdown      what the oracle says of it
--
-- The variables grids and each say how many.
\ir oracle.sql
\ir random.sql

CALL oracle.random_subjects(:grids, :each);
CALL oracle.answer();

CREATE TABLE oracle.canonical AS
SELECT grid_id, grid::text::scoring.grid AS grid FROM oracle.grid;

CREATE TABLE oracle.play (
    subject     bigint,
    grid        scoring.grid,
    touchpoint  text,
    occurred_on date,
    value       float8,
    as_of       date
);
ALTER TABLE oracle.play ALTER grid SET STORAGE PLAIN;   -- or compressing it takes the time
INSERT INTO oracle.play
SELECT subject, grid, touchpoint, occurred_on, value, as_of
FROM oracle.subject JOIN oracle.canonical USING (grid_id) JOIN oracle.event USING (customer)
ORDER BY random();

CREATE TABLE oracle.actual AS
SELECT subject, customer, grid_id, as_of, grid, timeline
FROM oracle.subject
JOIN oracle.canonical USING (grid_id)
LEFT JOIN (SELECT customer, timeline(touchpoint, occurred_on, value)
           FROM oracle.event GROUP BY customer) AS t USING (customer);

ANALYZE oracle.play, oracle.actual;
