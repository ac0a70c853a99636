-- A base of customers whose habits are known, and campaigns of known effect.
-- SCORING_SEED in the environment, or a new one, which is printed.
\getenv seed SCORING_SEED
\if :{?seed}
\else
    SELECT trunc(random() * 1000000) AS seed \gset
\endif
\echo '# seed' :seed '(SCORING_SEED repeats it)'
SELECT setseed(:seed / 1000000.0) \g /dev/null

CREATE SCHEMA trial;

-- Four tiers, the coldest half of all, so that a tenth of it is enough to go by.  Within a tier habits rise with
-- the score: arms that differ in their scores are not alike.  Whoever cannot be
-- contacted (no address, held out of all campaigns) is another kind of customer.
CREATE TABLE trial.people (id integer PRIMARY KEY, email boolean NOT NULL, score float8 NOT NULL, tier integer NOT NULL, habit float8 NOT NULL);
INSERT INTO trial.people
SELECT id, random() < 0.96, 1000 * tier + 999 * place, tier, (ARRAY[0.40, 0.30, 0.28, 0.32])[tier] * (0.6 + 0.8 * place)
FROM (SELECT id, greatest(1, (id - 1) / 500 - 1) AS tier, random() AS place FROM generate_series(1, 3000) AS id) AS p;
CREATE TABLE trial.visits AS SELECT id, date '2025-12-01' AS day, score AS points FROM trial.people;

SELECT create_base('crm', 'id integer', 'Europe/Paris') \g /dev/null
CREATE OR REPLACE FUNCTION crm.today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE RETURN current_setting('trial.today')::date;
SET trial.today = '2026-01-01';
SELECT add_source('crm', 'trial.visits', $$'visit'$$, 'day', 'points') \g /dev/null
SELECT set_population('crm', 'trial.people', contactable => '{"email": "email"}') \g /dev/null
CALL refresh('crm');
SELECT FROM add_score('crm', 'heat', measure => $$value_of(timeline, 'visit')$$, cuts => '{2000,3000,4000}') \g /dev/null
INSERT INTO crm.holdouts (since, share, salt) VALUES ('2025-12-01', 0.02, 'kept ' || :seed);
ALTER TABLE trial.people ADD reached boolean;
UPDATE trial.people SET reached = email AND draw(id::text, 'kept ' || :seed) >= 0.02;
VACUUM ANALYZE trial.people;

CREATE TABLE trial.log (id integer, campaign text, what text, day date, amount numeric);
SELECT set_outcomes('crm', 'trial.log', 'id', 'campaign', 'what', 'day', 'amount') \g /dev/null

-- What customers do anyway, by days since the campaign began, in shares of their
-- habit: many buy on a border of a window.  That of wave 1 is 0 to 9, that of wave 2
-- is 3 to 12.
CREATE TABLE trial.calendar AS
SELECT day, share, sum(share) OVER (ORDER BY day) AS up_to
FROM (VALUES (-1, 0.15), (0, 0.4), (2, 0.1), (3, 0.25), (9, 0.35), (10, 0.05), (12, 0.25), (13, 0.15)) AS c (day, share);
-- the probability that somebody of this wave buys in its window
CREATE FUNCTION trial.anyway(habit float8, wave integer) RETURNS float8 LANGUAGE sql IMMUTABLE
RETURN habit * CASE wave WHEN 1 THEN 1.1 ELSE 0.9 END;
-- skewed, 12 in the mean
CREATE FUNCTION trial.margin() RETURNS numeric LANGUAGE sql VOLATILE
RETURN round((3 - 9 * ln(1 - random()))::numeric, 2);

-- what is true of a campaign's tiers, counted by what was planned and sent
CREATE TABLE trial.strata (campaign text, tier integer, customers bigint, contacts bigint, controls bigint, anyway float8, effect float8);

-- What happens once a campaign is sent: everybody has their habits, and of the
-- contacts of each tier so many more buy in their window, or fewer.  At most one
-- purchase of each is in a window, so the effect on margin is 12 times as much.
CREATE PROCEDURE trial.answer(campaign text, start date, effects float8[]) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($sql$
        WITH people AS MATERIALIZED (
            SELECT p.id, p.tier, p.habit, s.wave, s.taken_on, random() AS u, random() AS v, ($1)[p.tier] AS effect,
                   trial.anyway(p.habit, s.wave) AS anyway
            FROM (SELECT id, tier, CASE WHEN reached THEN habit ELSE 0.57 END AS habit FROM trial.people OFFSET 0) AS p
            LEFT JOIN crm.%1$I AS s USING (id)),
        habits AS (
            SELECT p.id, $2 + c.day AS day
            FROM people AS p JOIN trial.calendar AS c ON p.u < p.habit * c.up_to AND p.u >= p.habit * (c.up_to - c.share)
            WHERE p.effect >= 0 OR p.wave IS NULL OR $2 + c.day - p.taken_on NOT BETWEEN 0 AND 9 OR p.v >= -p.effect / p.anyway),
        answers AS (
            SELECT p.id, p.taken_on + (ARRAY[0, 4, 9])[ceil(3 * random())::integer] AS day
            FROM people AS p
            WHERE p.effect > 0 AND p.wave IS NOT NULL AND p.v < p.effect / (1 - p.anyway)
              AND NOT EXISTS (SELECT FROM trial.calendar AS c WHERE p.u < p.habit * c.up_to AND p.u >= p.habit * (c.up_to - c.share)
                              AND $2 + c.day - p.taken_on BETWEEN 0 AND 9))
        INSERT INTO trial.log
        SELECT id, NULL, 'bought', day, trial.margin() FROM habits
        UNION ALL SELECT id, %2$L, 'bought', day, trial.margin() FROM answers
        -- of another one
        UNION ALL SELECT id, 'other', 'bought', $2 + 5, 100 FROM trial.people WHERE id %% 20 = 0$sql$, campaign || '_sends', campaign)
        USING effects, start;
    EXECUTE format($sql$
        INSERT INTO trial.strata
        SELECT %1$L, p.tier, count(*), count(*) FILTER (WHERE c.arm = 'contact'), count(*) FILTER (WHERE c.arm = 'control'),
               avg(trial.anyway(p.habit, c.wave)), ($1)[p.tier]
        FROM crm.%1$I AS c JOIN trial.people AS p USING (id) JOIN crm.waves AS w ON w.campaign = %1$L AND w.wave = c.wave AND w.taken_on IS NOT NULL
        WHERE p.reached GROUP BY p.tier$sql$, campaign) USING effects;
END
$$;

CREATE PROCEDURE trial.take(campaign text, wave integer, day date) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('trial.today', day::text, false);
    PERFORM scoring.take_wave('crm', campaign, wave);
END
$$;

-- ---------------------------------------------------------------------------
-- how often it holds

CREATE TABLE trial.intervals (campaigns integer, tier integer, kind text, part text, truth float8, low float8, high float8);
CREATE TABLE trial.verdicts (n integer, tier integer, truth float8, low float8, high float8, cost float8, verdict text);
CREATE TABLE trial.checks (n integer, what text, tier integer, customers bigint, p_value float8, verdict text);

CREATE PROCEDURE trial.read(VARIADIC names text[]) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO trial.intervals
    WITH strata AS (SELECT * FROM trial.strata AS s WHERE s.campaign = ANY (names) AND s.contacts > 0 AND s.controls > 0),
    truth AS (
        SELECT s.tier, sum(s.customers * s.anyway) / sum(s.customers) AS anyway, sum(s.customers * s.effect) / sum(s.customers) AS effect
        FROM strata AS s GROUP BY GROUPING SETS ((s.tier), ()))
    SELECT cardinality(names), r.tier, r.kind, p.part, p.truth * CASE r.kind WHEN 'mean' THEN 12 ELSE 1 END, p.low, p.high
    FROM scoring.campaign_results('crm', VARIADIC names) AS r JOIN truth AS t ON t.tier IS NOT DISTINCT FROM r.tier
    CROSS JOIN LATERAL (VALUES ('contact', t.anyway + t.effect, r.contact_low, r.contact_high), ('control', t.anyway, r.control_low, r.control_high),
                               ('difference', t.effect, r.low, r.high)) AS p (part, truth, low, high)
    WHERE r.what = 'bought';
END
$$;
