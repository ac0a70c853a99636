-- Contact pressure: a grid to start from, and the days that follow from one

-- Points by channel: how much it takes of a customer's attention to be reached
-- by it.  An e-mail (4) can wait, a push message (2) is swept away, a text
-- message (5) is read at once, a call or a visit (10) stops everything else.
-- What was received fades by half in a week; a letter lies on the table, and
-- whoever called is remembered: two weeks.  After two months, or three, it is
-- nothing at all.
--
-- The maxima add up to 100, so that the five levels of its bounds are 20 points
-- wide, and they say how far one channel alone can go: an e-mail a week makes 8
-- points (level 1), one every other day 22 (level 2), one a day 40, the most that
-- e-mail makes (level 3).  The levels above need two channels or more.
CREATE FUNCTION scoring.pressure_grid() RETURNS grid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN '{
        "email_sent":  {"each": 4,  "half_life": "7 days",  "within": "60 days", "max": 40},
        "push_sent":   {"each": 2,  "half_life": "7 days",  "within": "60 days", "max": 10},
        "sms_sent":    {"each": 5,  "half_life": "7 days",  "within": "60 days", "max": 15},
        "letter_sent": {"each": 5,  "half_life": "14 days", "within": "90 days", "max": 5},
        "call":        {"each": 10, "half_life": "14 days", "within": "90 days", "max": 20},
        "visit":       {"each": 10, "half_life": "14 days", "within": "90 days", "max": 10}
    }'::grid;
COMMENT ON FUNCTION scoring.pressure_grid() IS
    'a grid of contact pressure to start from: points by channel that fade to nothing, 0 to 100; five levels: equal_cuts(pressure_grid(), 5)';

-- A customer who has no timeline has received nothing.
CREATE FUNCTION scoring.free_on(timeline timeline, grid grid, cap double precision, as_of date) RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN num_nulls(grid, cap, as_of) > 0 THEN NULL
                WHEN coalesce(score(timeline, grid, as_of), 0) < cap THEN as_of
                ELSE crosses(timeline, grid, ARRAY[cap], as_of) END;
COMMENT ON FUNCTION scoring.free_on(timeline, grid, double precision, date) IS
    'first day, from as_of on, on which the score is below a cap if nothing happens: the day a customer may be contacted again; NULL: not within 1,096 days';

CREATE FUNCTION scoring.last_contact(timeline timeline, grid grid, as_of date)
    RETURNS date
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
    AS 'MODULE_PATHNAME', 'scoring_last_contact';
COMMENT ON FUNCTION scoring.last_contact(timeline, grid, date) IS
    'day of the latest interaction, up to as_of, of a touchpoint that has a rule in the grid; NULL: none';
