-- The classical scores: recency, frequency and monetary value, their quintiles
-- and segments, ABC, and the value level of a customer.

CREATE TYPE scoring.rfm AS (
    recency int,
    frequency bigint,
    monetary numeric,
    basket numeric,
    per_year float8
);
COMMENT ON TYPE scoring.rfm IS
'what a customer bought, as rfm() gives it: days since the last purchase, number of purchases, their total value, their mean value, purchases a year';

CREATE FUNCTION scoring.rfm(timeline timeline, touchpoint text, as_of date, within interval DEFAULT NULL)
RETURNS rfm
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20
AS 'MODULE_PATHNAME', 'scoring_rfm';
COMMENT ON FUNCTION scoring.rfm(timeline, text, date, interval) IS
'recency, frequency and monetary value on a day, of the purchases before it or of those within an interval before it; NULL when there are none';

-- Its fields one by one, for views and large tables: making a row and taking it
-- apart again costs more than finding what is in it.

CREATE FUNCTION scoring.rfm_recency(timeline timeline, touchpoint text, as_of date, within interval DEFAULT NULL)
RETURNS int
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5
AS 'MODULE_PATHNAME', 'scoring_rfm_recency';
COMMENT ON FUNCTION scoring.rfm_recency(timeline, text, date, interval) IS
'recency of rfm(): days since the last purchase; low is good, so rank -rfm_recency(...)';

CREATE FUNCTION scoring.rfm_frequency(timeline timeline, touchpoint text, as_of date, within interval DEFAULT NULL)
RETURNS bigint
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5
AS 'MODULE_PATHNAME', 'scoring_rfm_frequency';
COMMENT ON FUNCTION scoring.rfm_frequency(timeline, text, date, interval) IS
'frequency of rfm(): the number of purchases, NULL when there are none';

CREATE FUNCTION scoring.rfm_monetary(timeline timeline, touchpoint text, as_of date, within interval DEFAULT NULL)
RETURNS float8
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5
AS 'MODULE_PATHNAME', 'scoring_rfm_monetary';
COMMENT ON FUNCTION scoring.rfm_monetary(timeline, text, date, interval) IS
'monetary of rfm(): the total value of the purchases, NULL when there are none';

CREATE FUNCTION scoring.rfm_basket(timeline timeline, touchpoint text, as_of date, within interval DEFAULT NULL)
RETURNS float8
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10
AS 'MODULE_PATHNAME', 'scoring_rfm_basket';
COMMENT ON FUNCTION scoring.rfm_basket(timeline, text, date, interval) IS
'basket of rfm(): the mean value of the purchases that have one';

CREATE FUNCTION scoring.rfm_per_year(timeline timeline, touchpoint text, as_of date, within interval DEFAULT NULL)
RETURNS float8
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5
AS 'MODULE_PATHNAME', 'scoring_rfm_per_year';
COMMENT ON FUNCTION scoring.rfm_per_year(timeline, text, date, interval) IS
'per_year of rfm(): the number of purchases * 365 / days since the first of them, at least 90';

-- The same from events, for those who keep no timelines

CREATE FUNCTION _scoring.rfm_step(bigint[], occurred_on date, amount float8, as_of date)
RETURNS bigint[]
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'scoring_rfm_step';
COMMENT ON FUNCTION _scoring.rfm_step(bigint[], date, float8, date) IS
'transition function of rfm(occurred_on, amount, as_of)';

CREATE FUNCTION _scoring.rfm_combine(bigint[], bigint[])
RETURNS bigint[]
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'scoring_rfm_combine';
COMMENT ON FUNCTION _scoring.rfm_combine(bigint[], bigint[]) IS
'combine function of rfm(occurred_on, amount, as_of)';

CREATE FUNCTION _scoring.rfm_final(bigint[])
RETURNS rfm
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'scoring_rfm_final';
COMMENT ON FUNCTION _scoring.rfm_final(bigint[]) IS
'final function of rfm(occurred_on, amount, as_of)';

CREATE AGGREGATE scoring.rfm(occurred_on date, amount float8, as_of date) (
    SFUNC = rfm_step,
    STYPE = bigint[],
    SSPACE = 96,
    FINALFUNC = rfm_final,
    COMBINEFUNC = rfm_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE scoring.rfm(date, float8, date) IS
'recency, frequency and monetary value straight from purchases: equal to rfm(timeline(touchpoint, occurred_on, amount), touchpoint, as_of)';

-- Quintiles

CREATE FUNCTION scoring.quantile_rank(n int)
RETURNS int
LANGUAGE C WINDOW IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'scoring_quantile_rank';
COMMENT ON FUNCTION scoring.quantile_rank(int) IS
'tier of a row among n of equal population in the order of its window, by mid-rank as rank_cuts: peers are never parted; leave out rows without a value to order by, or make their n NULL: they give NULL then and are not counted';

-- Segments.  Every cell has one, and only one, at any time: all cells are there
-- from the start, the key and the check admit no others, and the trigger lets
-- none go.  pg_dump keeps the rows that were edited; when they are restored, a
-- row of the new extension is in the place of each, so inserting is editing.

CREATE TABLE scoring.rfm_segments (
    r int CHECK (r BETWEEN 1 AND 5),
    f int CHECK (f BETWEEN 1 AND 5),
    m int CHECK (m BETWEEN 1 AND 5),
    cell int GENERATED ALWAYS AS (100 * r + 10 * f + m) STORED UNIQUE,
    segment text NOT NULL,
    usual text NOT NULL,
    PRIMARY KEY (r, f, m)
);
COMMENT ON TABLE scoring.rfm_segments IS
'the name of each RFM cell; edit it: UPDATE scoring.rfm_segments SET segment = ''VIP'' WHERE r = 5 AND f = 5 AND m = 5';
COMMENT ON COLUMN scoring.rfm_segments.cell IS '100 * r + 10 * f + m';
COMMENT ON COLUMN scoring.rfm_segments.r IS 'quintile of recency, 5 is the latest';
COMMENT ON COLUMN scoring.rfm_segments.f IS 'quintile of frequency, 5 is the most frequent';
COMMENT ON COLUMN scoring.rfm_segments.m IS 'quintile of monetary value, 5 is the largest';
COMMENT ON COLUMN scoring.rfm_segments.segment IS 'what the cell is called; yours to change';
COMMENT ON COLUMN scoring.rfm_segments.usual IS 'what the extension called it';

INSERT INTO scoring.rfm_segments (r, f, m, segment, usual)
SELECT r, f, m, name, name
FROM (VALUES
    -- recency, frequency, monetary: each from, to
    ('Champions',          4, 5,  4, 5,  4, 5),
    ('Loyal',              4, 5,  4, 5,  1, 3),
    ('Loyal',              3, 3,  4, 5,  1, 5),
    ('Potential loyalist', 4, 5,  2, 3,  1, 5),
    ('New',                5, 5,  1, 1,  1, 5),
    ('Promising',          4, 4,  1, 1,  1, 5),
    ('Need attention',     3, 3,  3, 3,  1, 5),
    ('About to sleep',     3, 3,  1, 2,  1, 5),
    ('Cannot lose them',   1, 2,  4, 5,  4, 5),
    ('At risk',            1, 2,  4, 5,  1, 3),
    ('At risk',            1, 2,  3, 3,  1, 5),
    ('Hibernating',        2, 2,  1, 2,  1, 5),
    ('Lost',               1, 1,  1, 2,  1, 5)
) AS s (name, r_from, r_to, f_from, f_to, m_from, m_to),
    generate_series(r_from, r_to) AS r,
    generate_series(f_from, f_to) AS f,
    generate_series(m_from, m_to) AS m;

CREATE FUNCTION _scoring.rfm_segments_keep_all()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, _scoring, pg_temp
AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION 'every RFM cell has a segment'
            USING ERRCODE = 'restrict_violation',
                  DETAIL = 'The rows of rfm_segments stay, whatever they are called.',
                  HINT = 'Change the column "segment"; "usual" has the names they came with.';
    END IF;
    UPDATE scoring.rfm_segments SET segment = NEW.segment WHERE r = NEW.r AND f = NEW.f AND m = NEW.m;
    IF FOUND THEN
        RETURN NULL;
    END IF;
    RETURN NEW;     -- to be refused: there is no such cell
END
$$;
COMMENT ON FUNCTION _scoring.rfm_segments_keep_all() IS
'keeps a row for every cell in rfm_segments: inserting a cell edits it, deleting is an error';

CREATE TRIGGER keep_all_rows BEFORE INSERT ON scoring.rfm_segments
    FOR EACH ROW EXECUTE FUNCTION rfm_segments_keep_all();
COMMENT ON TRIGGER keep_all_rows ON scoring.rfm_segments IS
'inserting a cell edits it';

CREATE TRIGGER keep_all BEFORE DELETE OR TRUNCATE ON scoring.rfm_segments
    FOR EACH STATEMENT EXECUTE FUNCTION rfm_segments_keep_all();
COMMENT ON TRIGGER keep_all ON scoring.rfm_segments IS
'no cell is without a segment';

CREATE TRIGGER keep_cells BEFORE UPDATE ON scoring.rfm_segments
    FOR EACH ROW WHEN ((OLD.r, OLD.f, OLD.m, OLD.usual) IS DISTINCT FROM (NEW.r, NEW.f, NEW.m, NEW.usual))
    EXECUTE FUNCTION rfm_segments_keep_all();
COMMENT ON TRIGGER keep_cells ON scoring.rfm_segments IS
'only the segment of a cell changes: what it was called first tells pg_dump which rows were edited';

-- also where rows arrive by replication
ALTER TABLE scoring.rfm_segments ENABLE ALWAYS TRIGGER keep_all_rows;
ALTER TABLE scoring.rfm_segments ENABLE ALWAYS TRIGGER keep_all;
ALTER TABLE scoring.rfm_segments ENABLE ALWAYS TRIGGER keep_cells;

SELECT pg_catalog.pg_extension_config_dump('scoring.rfm_segments', 'WHERE segment <> usual');

-- ABC and the value level: tiers with names of their own

CREATE FUNCTION scoring.abc_label(tier int)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE tier WHEN 1 THEN 'C' WHEN 2 THEN 'B' WHEN 3 THEN 'A' END;
COMMENT ON FUNCTION scoring.abc_label(int) IS
'A, B or C of a tier, from share_cuts(x, ''{0.2,0.6,0.2}'') or pareto_cuts(x, ''{0.80,0.95}''): tier 3 is A';

CREATE FUNCTION scoring.value_level_label(level int)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE level
    WHEN 1 THEN 'negative margin'
    WHEN 2 THEN 'minor'
    WHEN 3 THEN 'important'
    WHEN 4 THEN 'very important'
    WHEN 5 THEN 'strategic'
END;
COMMENT ON FUNCTION scoring.value_level_label(int) IS
'name of a customer value level: tier(margin, 0 || share_cuts(margin, ''{0.5,0.3,0.15,0.05}'') FILTER (WHERE margin >= 0))';
