-- Plans of campaigns against plain SQL written from what plan_campaign() says of
-- itself: who is eligible, who is drawn, what is cut, which wave; and what a plan
-- is not touched by.
\ir lib/base_care.sql
SELECT no_plan();

-- ---------------------------------------------------------------------------
-- by hand

-- the first 53 bits of SHA-256 over salt, zero byte, subject
CREATE FUNCTION care.draw(subject text, salt text) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
    SELECT (('x' || left(encode(sha256(convert_to(salt, 'UTF8') || '\x00' || convert_to(subject, 'UTF8')), 'hex'), 14))::bit(56)::bigint >> 3) / 2::float8 ^ 53
$$;

CREATE TABLE care.trial (
    n int PRIMARY KEY, score text, channel text, shares numeric[], filter text, holdout numeric, at_most bigint, salt text,
    lowest int, cap float8, exempt boolean, held float8, waves bigint[], growth numeric);

CREATE FUNCTION care.plan(wanted int)
    RETURNS TABLE (id bigint, score float8, tier int, arm text, reason text, free_on date, draw float8, share float8, wave int)
LANGUAGE plpgsql AS $$
DECLARE
    p care.trial;
    today date := (SELECT day.today FROM care.day);
    room bigint;
    tier_share float8;
    drawn bigint;
    taken bigint;
    level int;
    r record;
    size numeric;
    filled bigint := 0;
    w int := 1;
BEGIN
    SELECT * INTO p FROM care.trial WHERE n = wanted;
    CREATE TEMP TABLE hand ON COMMIT DROP AS
    SELECT c.id, y.score, care.tier(y.score, p.score) AS tier, NULL::text AS arm, NULL::text AS reason, NULL::date AS free_on, NULL::float8 AS draw,
           NULL::float8 AS share, NULL::int AS wave, c.email, c.sms, c.segment, y.pressure, y.t
    FROM care.customers AS c
    JOIN (SELECT k.id, k.pressure, CASE p.score WHEN 'value' THEN k.value ELSE k.engagement END AS score, e.t
          FROM care.points(today) AS k
          LEFT JOIN (SELECT e.id, timeline(touchpoint, day, value::float8) AS t FROM care.events AS e GROUP BY e.id) AS e ON e.id = k.id) AS y ON y.id = c.id
    WHERE NOT c.objects AND NOT EXISTS (SELECT FROM crm.erased);
    UPDATE hand SET reason = 'no ' || p.channel WHERE (CASE p.channel WHEN 'email' THEN email ELSE sms END) IS NOT TRUE;
    IF p.filter IS NOT NULL THEN
        UPDATE hand AS h SET reason = 'filter' WHERE h.reason IS NULL AND (h.segment = 'retail' AND h.id < 500) IS NOT TRUE;
    END IF;
    IF NOT p.exempt THEN
        UPDATE hand AS h SET reason = 'no tier' WHERE h.reason IS NULL AND h.tier IS NULL;
        UPDATE hand AS h SET reason = 'tier' WHERE h.reason IS NULL AND h.tier < p.lowest;
        UPDATE hand AS h SET reason = 'pressure', free_on = (SELECT today + k FROM generate_series(0, 1096) AS k WHERE score(h.t, pressure_grid(), today + k) < p.cap ORDER BY k LIMIT 1)
            WHERE h.reason IS NULL AND h.pressure >= p.cap;
        UPDATE hand AS h SET reason = 'global holdout' WHERE h.reason IS NULL AND care.draw(h.id::text, 'held out') < p.held;
    END IF;
    UPDATE hand AS h SET draw = care.draw(h.id::text, p.salt) WHERE h.reason IS NULL;

    -- from the hottest tier down, those with the smallest draws
    room := coalesce(p.at_most, 1000000);
    FOR level IN REVERSE 10 .. 1 LOOP
        tier_share := least(p.shares[level], 1 - p.holdout);
        SELECT count(*) FILTER (WHERE h.draw < tier_share), count(*) INTO drawn, taken FROM hand AS h WHERE h.reason IS NULL AND h.tier = level;
        IF room = 0 THEN
            tier_share := 0;
        ELSIF drawn > room THEN
            tier_share := room::float8 / taken;
        END IF;
        UPDATE hand AS h SET share = tier_share, arm = CASE WHEN place <= least(drawn, room) THEN 'contact' ELSE 'control' END
            FROM (SELECT i.id, row_number() OVER (ORDER BY i.draw) AS place FROM hand AS i WHERE i.reason IS NULL AND i.tier = level) AS o WHERE o.id = h.id;
        room := room - least(drawn, room);
    END LOOP;
    IF p.exempt THEN
        UPDATE hand AS h SET arm = 'contact', share = 1 WHERE h.reason IS NULL;
    END IF;
    UPDATE hand AS h SET arm = 'not eligible' WHERE h.reason IS NOT NULL;

    -- one by one, the best first: a wave is full when it has its contacts
    size := p.waves[1];
    FOR r IN SELECT h.id, h.arm, (SELECT count(*) FROM hand AS o WHERE o.arm = 'contact') AS contacts, count(*) FILTER (WHERE h.arm = 'contact') OVER
                 (ORDER BY h.score DESC NULLS LAST, h.id) AS so_far
             FROM hand AS h WHERE h.reason IS NULL ORDER BY h.score DESC NULLS LAST, h.id LOOP
        IF r.arm = 'contact' AND filled >= trunc(size) THEN
            w := w + 1;
            filled := 0;
            size := CASE WHEN w <= cardinality(p.waves) THEN p.waves[w] ELSE size * p.growth END;
        END IF;
        UPDATE hand AS h SET wave = w + CASE WHEN r.arm = 'control' AND filled >= trunc(size) AND r.so_far < r.contacts THEN 1 ELSE 0 END WHERE h.id = r.id;
        filled := filled + CASE r.arm WHEN 'contact' THEN 1 ELSE 0 END;
    END LOOP;
    RETURN QUERY SELECT h.id, h.score, h.tier, h.arm, h.reason, h.free_on, h.draw, h.share, h.wave FROM hand AS h;
    DROP TABLE hand;
END
$$;

-- (some of each kind whatever the seed; the last one fills its fifth wave exactly)
INSERT INTO care.trial
SELECT n, score, CASE WHEN n % 3 > 0 THEN 'email' ELSE 'by text' END,
       CASE WHEN NOT exempt THEN ARRAY(SELECT CASE WHEN random() < 0.2 THEN 1 WHEN random() < 0.1 THEN 0 ELSE round(random()::numeric, 3) END
                                       FROM generate_series(1, CASE score WHEN 'value' THEN 5 ELSE 6 END) AS t ORDER BY t + n * 0) END,
       CASE WHEN n % 3 = 1 THEN 'segment = ''retail'' AND id < 500' END, CASE WHEN NOT exempt AND random() < 0.5 THEN round(random()::numeric / 3, 3) ELSE 0 END,
       CASE WHEN NOT exempt AND random() < 0.6 THEN floor(random() * 200) END, 'salt ' || random() || 'é',
       1 + n % 4, CASE WHEN n % 5 > 1 THEN round((random() * 40)::numeric, 2) END, exempt,
       CASE WHEN n % 2 = 0 THEN round((random() * 0.3)::numeric + 0.001, 4) END,
       CASE WHEN random() < 0.8 THEN ARRAY(SELECT 1 + floor(random() * 60)::int FROM generate_series(1, 1 + floor(random() * 3)::int + 0 * n)) END,
       (ARRAY[1, 1, 1.5, 2])[1 + floor(random() * 4)::int]
FROM (SELECT n, CASE WHEN n % 7 > 2 THEN 'engagement' ELSE 'value' END AS score, n % 8 = 0 AS exempt FROM generate_series(1, 23) AS n) AS t
UNION ALL SELECT 24, 'engagement', 'email', '{0.9,0.8,0.7,0.6,0.5,1}', NULL, 0.05, 52, 'salt', 1, NULL, false, NULL, '{4}', 1.5;

CREATE FUNCTION care.plan_trial(wanted int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    p care.trial;
BEGIN
    SELECT * INTO p FROM care.trial WHERE n = wanted;
    DELETE FROM crm.holdouts;
    -- the latest one that has begun; those before it and to come hold nobody
    INSERT INTO crm.holdouts VALUES ('2026-07-01', 0.9, 'to come');
    IF p.held IS NOT NULL THEN
        INSERT INTO crm.holdouts VALUES ('2025-01-01', 0.9, 'before'), ('2026-06-30', p.held, 'held out');
    END IF;
    DELETE FROM crm.campaign_types WHERE type = 'tried';
    INSERT INTO crm.campaign_types VALUES ('tried', p.lowest, CASE WHEN p.cap IS NOT NULL THEN 'pressure' END, p.cap, p.exempt);
    PERFORM plan_campaign('crm', 'trial', p.score, p.channel, p.shares, 'tried', p.filter, p.holdout, at_most => p.at_most, salt => p.salt,
                          waves => p.waves, growth => p.growth);
END
$$;
CREATE TABLE lib.differing (n int, id bigint);
CREATE TABLE lib.seen (arm text, reason text, cut boolean, wave int);
DO $$
BEGIN
    FOR trial IN 1 .. 24 LOOP
        PERFORM care.plan_trial(trial);
        INSERT INTO lib.differing SELECT trial, coalesce(p.id, h.id) FROM crm.trial AS p FULL JOIN care.plan(trial) AS h ON h.id = p.id AND h::text = p::text WHERE p.id IS NULL OR h.id IS NULL;
        INSERT INTO lib.seen SELECT DISTINCT p.arm, p.reason, p.arm = 'contact' AND p.share < (t.shares)[tier] AND p.share < 1 - t.holdout, p.wave
            FROM crm.trial AS p, care.trial AS t WHERE t.n = trial;
        IF (SELECT sum(contacts) FROM crm.waves) <> (SELECT count(*) FROM crm.trial WHERE arm = 'contact')
           OR EXISTS (SELECT FROM crm.waves AS w WHERE due_on <> date '2026-06-30' + (wave - 1)
                      OR contacts <> (SELECT count(*) FROM crm.trial AS p WHERE p.wave = w.wave AND arm = 'contact')) THEN
            INSERT INTO lib.differing VALUES (trial, -1);
        END IF;
        PERFORM drop_campaign('crm', 'trial');
    END LOOP;
END
$$;
SELECT is_empty('SELECT n, count(*), min(id) FROM lib.differing GROUP BY n', '24 plans as plain SQL makes them');
SELECT is(array_agg(DISTINCT coalesce(reason, arm)), '{contact,control,filter,global holdout,no by text,no email,no tier,pressure,tier}', 'in which there are all arms and reasons') FROM lib.seen;
SELECT ok(bool_or(cut) AND max(wave) > 4, 'and cuts, and waves') FROM lib.seen;
SELECT is_empty('SELECT FROM crm.campaigns UNION ALL SELECT FROM crm.waves UNION ALL SELECT FROM crm.campaign_log', 'and nothing stays of those that are dropped');
SELECT is(to_regclass('crm.trial'), NULL, 'no table');
SELECT is(to_regclass('crm.trial_sends'), NULL, 'no view');

-- ---------------------------------------------------------------------------
-- what is shown, and the dry run

DELETE FROM crm.holdouts;
INSERT INTO crm.holdouts (share) VALUES (0.1);
SELECT is((since, share, salt)::text, '(2026-06-30,0.1,crm.holdout.2026-06-30)', 'a holdout begins today, with a salt of its own') FROM crm.holdouts;
UPDATE crm.campaign_types SET pressure = 'pressure', cap = 15, lowest_tier = 2 WHERE type = 'business';
\set spring '''crm'', ''spring'', ''engagement'', ''email'', ''{0.2,0.2,0.3,0.5,0.6,1}'', filter => ''segment = ''''retail'''''', holdout => 0.1, cost => 0.25, waves => ''{20}'', worth => 12'
CREATE TABLE lib.preview AS SELECT * FROM plan_campaign(:spring, preview => true);
SELECT is_empty('SELECT campaign FROM crm.campaigns', 'a dry run keeps nothing');
SELECT is(to_regclass('crm.spring'), NULL, 'and makes no table');
CREATE TABLE lib.shown AS SELECT * FROM plan_campaign(:spring);
SELECT results_eq('TABLE lib.shown', 'TABLE lib.preview', 'the plan is what the dry run showed');
SELECT results_eq('SELECT tier, label, customers, eligible, contact, control, left_out, total_cost FROM lib.shown', $$
    SELECT t.tier, coalesce(s.labels[t.tier], 'all'), count(p.*), count(p.*) FILTER (WHERE arm <> 'not eligible'), count(p.*) FILTER (WHERE arm = 'contact'),
           count(p.*) FILTER (WHERE arm = 'control'),
           (SELECT string_agg(format('%s %s%s', reason, n, ' (next free ' || free || ')'), ', ' ORDER BY n DESC, reason)
            FROM (SELECT reason, count(*) AS n, min(free_on) AS free FROM crm.spring AS q WHERE reason IS NOT NULL AND (q.tier = t.tier OR t.tier IS NULL) GROUP BY reason) AS r),
           count(p.*) FILTER (WHERE arm = 'contact') * 0.25::float8
    FROM generate_series(1, 7) AS n CROSS JOIN LATERAL (SELECT nullif(n, 7)) AS t (tier) JOIN crm.scores AS s ON s.name = 'engagement'
    LEFT JOIN crm.spring AS p ON p.tier = t.tier OR t.tier IS NULL GROUP BY t.tier, s.labels ORDER BY t.tier DESC NULLS LAST$$, 'which the table has');
SELECT isnt_empty('SELECT FROM pg_stats WHERE schemaname = ''crm'' AND tablename = ''spring'' AND attname = ''arm''', 'and which the planner knows');
SELECT ok(string_agg(left_out, ' ') ~ 'no email \d+.*filter \d+|filter \d+.*no email \d+' AND string_agg(left_out, ' ') ~ 'tier \d'
          AND string_agg(left_out, ' ') ~ 'pressure \d+ \(next free 2026-\d\d-\d\d\)', 'with the reasons in words') FROM lib.shown;
SELECT results_eq('SELECT campaign, score, version, channel, type, shares, filter, holdout, budget, at_most, cost, salt, planned_on, days, measure, worth, tiers FROM crm.campaigns',
    $$VALUES ('spring', 'engagement', 1, 'email', 'business', '{0.2,0.2,0.3,0.5,0.6,1}'::float8[], 'segment = ''retail''', 0.1::float8, NULL::float8, NULL::bigint, 0.25::float8,
              'crm.spring', '2026-06-30'::date, 14, 'bought', 12::float8, 6)$$, 'what it was given is kept');
SELECT results_eq('SELECT what, wave, by FROM crm.campaign_log', format('VALUES (''planned'', NULL::int, %L)', session_user), 'and that it was planned');
-- the smallest effect: of what those did in the 14 days before who were in the tier when they began
CREATE FUNCTION care.did(campaign regclass) RETURNS TABLE (tier int, n float8, n1 bigint, n2 bigint, rate float8, sd float8) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format($q$
        SELECT p.*, d.rate, d.sd
        FROM (SELECT p.tier, count(*)::float8, count(*) FILTER (WHERE arm = 'contact'), count(*) FILTER (WHERE arm = 'control')
              FROM %1$s AS p WHERE arm <> 'not eligible' GROUP BY p.tier) AS p
        JOIN (SELECT care.tier(k.engagement, 'engagement') AS tier, avg((bought IS NOT NULL)::int)::float8 AS rate, stddev_samp(coalesce(bought, 0))::float8 AS sd
              FROM %1$s AS p JOIN care.points('2026-06-15') AS k USING (id)
              LEFT JOIN (SELECT id, sum(value) AS bought FROM care.events
                         WHERE touchpoint = 'purchase' AND day BETWEEN '2026-06-16' AND '2026-06-29' GROUP BY id) AS e USING (id)
              WHERE arm <> 'not eligible' GROUP BY 1) AS d ON d.tier = p.tier$q$, campaign);
END
$$;
CREATE FUNCTION lib.close_to(a float8, b float8) RETURNS boolean LANGUAGE sql AS $$
    SELECT CASE WHEN a IS NULL OR b IS NULL THEN a IS NOT DISTINCT FROM b ELSE abs(a - b) <= 1e-9 * abs(b) END $$;
SELECT is_empty($$
    SELECT s.tier, s.smallest_effect, d.* FROM lib.shown AS s LEFT JOIN care.did('crm.spring') AS d USING (tier)
    WHERE tier IS NOT NULL AND NOT lib.close_to(smallest_effect, 12 * smallest_effect(rate, n1, n2, 0.8, 0.05 / 6))$$, 'the smallest effect of a rate');
SELECT ok(lib.close_to((SELECT smallest_effect FROM lib.shown WHERE tier IS NULL),
    (SELECT 12 * smallest_effect(sum(w * rate), round(1 / sum(w * w / n1))::bigint, round(1 / sum(w * w / n2))::bigint)
     FROM (SELECT *, n / sum(n) OVER () AS w FROM care.did('crm.spring') WHERE n1 > 0 AND n2 > 0) AS d)), 'and in all');
CREATE TABLE lib.money AS SELECT * FROM plan_campaign('crm', 'money', 'engagement', 'email', NULL, holdout => 0.2);
SELECT is_empty($$
    SELECT s.tier, s.smallest_effect, d.* FROM lib.money AS s LEFT JOIN care.did('crm.money') AS d USING (tier)
    WHERE tier IS NOT NULL AND NOT lib.close_to(smallest_effect, (normal_quantile(1 - 0.025 / 6) + normal_quantile(0.8))
                                                * CASE WHEN n1 * n2 > 0 THEN nullif(sd, 0) * sqrt(1.0 / n1 + 1.0 / n2) END)$$, 'the smallest effect of a mean');
SELECT cmp_ok(abs((SELECT smallest_effect FROM lib.money WHERE tier IS NULL) /
    (SELECT (normal_quantile(0.975) + normal_quantile(0.8)) * sqrt(sum(w * w * sd * sd * (1.0 / n1 + 1.0 / n2)))
     FROM (SELECT *, n / sum(n) OVER () AS w FROM care.did('crm.money') WHERE n1 > 0 AND n2 > 0) AS d) - 1), '<', 0.05::float8, 'and in all, about');
SELECT is((SELECT shares FROM crm.campaigns WHERE campaign = 'money'), '{0.1,0.1,0.5,0.5,1,1}', 'no shares: the classical start');
SELECT results_eq('SELECT n, _scoring.plan_shares(NULL, n)::text FROM generate_series(1, 5) AS n',
    $$VALUES (1, '{0.5}'), (2, '{0.1,1}'), (3, '{0.1,0.5,1}'), (4, '{0.1,0.5,0.5,1}'), (5, '{0.1,0.1,0.5,1,1}')$$, 'thirds of other numbers of tiers');

-- ---------------------------------------------------------------------------
-- properties

-- nested; the same people twice; other people for another campaign
DELETE FROM crm.holdouts;
UPDATE crm.campaign_types SET pressure = NULL, cap = NULL, lowest_tier = 1 WHERE type = 'business';
SELECT plan_campaign('crm', 'tenth', 'engagement', 'email', array_fill(0.1, ARRAY[6]), salt => 'shared') \g /dev/null
SELECT plan_campaign('crm', 'half', 'engagement', 'email', array_fill(0.5, ARRAY[6]), salt => 'shared') \g /dev/null
SELECT plan_campaign('crm', 'again', 'engagement', 'email', array_fill(0.5, ARRAY[6]), salt => 'shared', waves => '{10}') \g /dev/null
SELECT plan_campaign('crm', 'other', 'engagement', 'email', array_fill(0.5, ARRAY[6])) \g /dev/null
CREATE FUNCTION lib.contacts(campaign regclass, OUT ids bigint[]) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT array_agg(id ORDER BY id) FROM %s WHERE arm = ''contact''', campaign) INTO ids;
END
$$;
SELECT ok(lib.contacts('crm.tenth') <@ lib.contacts('crm.half'), 'the tenth is inside the half');
SELECT cmp_ok(cardinality(lib.contacts('crm.tenth')), '<', cardinality(lib.contacts('crm.half')), 'of which it is a part');
SELECT is(lib.contacts('crm.again'), lib.contacts('crm.half'), 'the same plan twice: the same people, in waves or not');
SELECT isnt(lib.contacts('crm.other'), lib.contacts('crm.half'), 'another campaign has a draw of its own');
-- contact or not has nothing to do with that of another campaign (one seed in a million says it has)
SELECT cmp_ok((chi_square(ARRAY[c.a, c.b, c.c, c.d], ARRAY[1, 1, 1, 1])).p_value, '>', 1e-6::float8, 'drawn apart')
FROM (SELECT count(*) FILTER (WHERE h.draw < 0.5 AND o.draw < 0.5) AS a, count(*) FILTER (WHERE h.draw < 0.5 AND o.draw >= 0.5) AS b,
             count(*) FILTER (WHERE h.draw >= 0.5 AND o.draw < 0.5) AS c, count(*) FILTER (WHERE h.draw >= 0.5 AND o.draw >= 0.5) AS d
      FROM crm.half AS h JOIN crm.other AS o USING (id) WHERE h.arm <> 'not eligible') AS c;

-- a cut: nobody else in hotter tiers, nobody in colder ones, of its tier a part of those drawn, and no better ones
SELECT count(*) FILTER (WHERE tier >= 5) + 3 AS at_most FROM crm.half WHERE arm = 'contact' \gset
SELECT plan_campaign('crm', 'cut', 'engagement', 'email', array_fill(0.5, ARRAY[6]), salt => 'shared', at_most => :at_most) \g /dev/null
SELECT is((SELECT count(*) FROM crm.cut WHERE arm = 'contact'), :at_most::bigint, 'at_most');
SELECT is_empty('SELECT id FROM crm.cut AS c JOIN crm.half AS h USING (id) WHERE c.tier >= 5 AND (c.arm, c.share) <> (h.arm, h.share)', 'hotter tiers are as they were');
SELECT is((SELECT array_agg(id ORDER BY draw) FROM crm.cut WHERE tier = 4 AND arm = 'contact'), (SELECT (array_agg(id ORDER BY draw))[:3] FROM crm.half WHERE tier = 4 AND arm = 'contact'),
    'the smallest draws of the tier it ends in');
SELECT is_empty('SELECT id FROM crm.cut WHERE tier < 4 AND arm = ''contact''', 'nobody of colder ones');
SELECT results_eq('SELECT DISTINCT tier, share FROM crm.cut WHERE tier <= 4 AND share IS NOT NULL ORDER BY tier',
    'SELECT tier, CASE tier WHEN 4 THEN 3::float8 / count(*) ELSE 0 END FROM crm.half WHERE tier <= 4 AND share IS NOT NULL GROUP BY tier ORDER BY tier', 'shares are what they came to');
SELECT plan_campaign('crm', 'paid', 'engagement', 'email', array_fill(0.5, ARRAY[6]), salt => 'shared', budget => :at_most * 0.3 + 0.29, cost => 0.3) \g /dev/null
SELECT is(lib.contacts('crm.paid'), lib.contacts('crm.cut'), 'a budget is so many contacts');
SELECT plan_campaign('crm', 'less', 'engagement', 'email', array_fill(0.5, ARRAY[6]), salt => 'shared', budget => 1000000, cost => 0.3, at_most => 0) \g /dev/null
SELECT is(lib.contacts('crm.less'), NULL, 'the smaller of both; none at all is a plan, too');
SELECT ok(bool_and(share = 0 AND arm = 'control' AND wave = 1), 'in which all are control') FROM crm.less WHERE reason IS NULL;

-- waves
SELECT plan_campaign('crm', 'ramp', 'engagement', 'email', array_fill(0.5, ARRAY[6]), salt => 'shared', waves => '{10,20}', growth => 1.5) \g /dev/null
SELECT is((SELECT array_agg(contacts ORDER BY wave) FROM (SELECT * FROM crm.waves WHERE campaign = 'ramp' ORDER BY wave LIMIT 4) AS w), '{10,20,30,45}', 'sizes as given, then growing');
SELECT is((_scoring.wave_bounds('{10,20}', 1.5))[:6], '{10,30,60,105,172,273}', 'bounds of waves');
SELECT is((_scoring.wave_bounds('{5}', 1))[:3], '{5,10,15}', 'of equal ones');
SELECT is(cardinality(_scoring.wave_bounds('{1}', 1)), 1000, 'not without end');

-- ---------------------------------------------------------------------------
-- a plan stays as it is

CREATE TABLE lib.before AS SELECT * FROM crm.half;
UPDATE care.events SET day = day - 30 WHERE touchpoint = 'open';
CALL refresh('crm');
SELECT rebuild('crm') \g /dev/null
SELECT recut('crm', 'engagement', tiers => 4) \g /dev/null
SELECT publish('crm', 'engagement', '{"open": {"each": 2}}') \g /dev/null
SELECT isnt((SELECT max(tier) FROM crm.engagement), 6, 'other tiers now');
SELECT results_eq('SELECT * FROM crm.half ORDER BY id', 'SELECT * FROM lib.before ORDER BY id', 'refresh, rebuild, recut and publish leave a plan as it is');
SELECT is((SELECT tiers FROM crm.campaigns WHERE campaign = 'half'), 6, 'with the tiers of its day');
SELECT id AS gone FROM crm.half WHERE arm = 'contact' LIMIT 1 \gset
SELECT erase('crm', :gone) \g /dev/null
SELECT is_empty(format('SELECT FROM crm.half WHERE id = %1$s UNION ALL SELECT FROM crm.cut WHERE id = %1$s', :gone), 'who is erased is in no plan');
SELECT is((SELECT count(*) FROM crm.half), (SELECT count(*) - 1 FROM lib.before), 'all others are');

-- a channel that is gone, and comes back
SELECT take_wave('crm', 'half', 1) AS sends \gset
SELECT is((SELECT count(*) FROM crm.half_sends), :sends::bigint, 'who is to be sent to');
SELECT set_population('crm', 'care.customers', contactable => '{"by text": "sms"}', scored => 'NOT objects') \g /dev/null
SELECT is((SELECT count(*) FROM crm.half_sends), 0::bigint, 'without the channel, nobody');
SELECT set_population('crm', NULL) \g /dev/null
SELECT is((SELECT count(*) FROM crm.half_sends), 0::bigint, 'nor without a population');
SELECT throws_ok($$SELECT plan_campaign('crm', 'x', 'engagement', 'email', NULL)$$, '42704', 'base "crm" has no channel "email"', 'which plans need');
SELECT set_population('crm', 'care.customers', contactable => '{"email": "email", "by text": "sms"}', scored => 'NOT objects') \g /dev/null
SELECT is((SELECT count(*) FROM crm.half_sends), :sends::bigint, 'with it again, the same');

-- ---------------------------------------------------------------------------
-- what is refused, and what is said

SELECT throws_ok(format('SELECT plan_campaign(%s)', arguments), state, message, arguments)
FROM (VALUES
    ($$'crm', 'half', 'engagement', 'email', NULL$$, '42710', 'campaign "half" is planned already'),
    ($$'crm', 'engagement', 'engagement', 'email', NULL$$, '42710', '"engagement" cannot be the name of a score of base "crm"'),
    ($$'crm', 'x', 'nothing', 'email', NULL$$, '42704', 'base "crm" has no score "nothing"'),
    ($$'crm', 'x', 'engagement', 'post', NULL$$, '42704', 'base "crm" has no channel "post"'),
    ($$'crm', 'x', 'engagement', 'email', NULL, 'gift'$$, '42704', 'base "crm" has no campaign type "gift"'),
    ($$'crm', 'x', 'engagement', 'email', '{0.1,0.5,1}'$$, '22023', '3 shares for 4 tiers'),
    ($$'crm', 'x', 'engagement', 'email', '{0.1,0.5,1,1.1}'$$, '22023', 'shares must be between 0 and 1'),
    ($$'crm', 'x', 'engagement', 'email', '{0.1,0.5,1,NaN}'$$, '22023', 'shares must be between 0 and 1'),
    ($$'crm', 'x', 'engagement', 'email', NULL, 'service', holdout => 0.1$$, '22023', 'campaigns of type "service" go to everybody they may reach'),
    ($$'crm', 'x', 'engagement', 'email', NULL, budget => 10$$, '22023', 'a budget needs the cost of a contact'),
    ($$'crm', 'x', 'engagement', 'email', NULL, holdout => 1$$, '22023', 'holdout must be a share from 0 to below 1'),
    ($$'crm', 'x', 'engagement', 'email', NULL, filter => 'nothing'$$, '42703', 'filter of care.customers: column "nothing" does not exist'),
    ($$'crm', 'x', 'engagement', 'email', NULL, filter => 'id IN (SELECT 1)'$$, '0A000', NULL),
    ($$'crm', 'x', 'engagement', 'email', NULL, filter => '1 / (id - id) > 0'$$, '22012', 'campaign "x" cannot be planned: division by zero'),
    ($$'crm', 'x', 'engagement', 'email', NULL, starts_on => '2026-06-29'$$, '22023', 'starts_on must be today or later, and before the year 10000'),
    ($$'crm', 'x', 'engagement', 'email', NULL, starts_on => '5874897-12-31'$$, '22023', 'starts_on must be today or later, and before the year 10000'),
    ($$'crm', 'x', 'engagement', 'email', array_fill(1, ARRAY[4]), waves => array_fill(1, ARRAY[1001])$$, '22023', 'there must be at most 1000 waves')) AS v (arguments, state, message);
UPDATE crm.campaign_types SET pressure = 'value', cap = 10 WHERE type = 'branding';
SELECT throws_ok($$SELECT plan_campaign('crm', 'x', 'engagement', 'email', NULL, 'branding')$$, '42809', 'score "value" has no grid', 'a cap needs a grid');
UPDATE crm.campaign_types SET pressure = 'pressure', cap = 10 WHERE type = 'branding';
SELECT throws_ok($$SELECT drop_score('crm', 'pressure')$$, '2BP01', 'score "pressure" is the pressure that campaigns of type "branding" look at', 'the pressure of a type stays');
SELECT throws_ok($$SELECT drop_score('crm', 'engagement')$$, '2BP01', 'campaign "again" was planned by score "engagement"', 'and the score of a campaign');
SELECT is_empty('SELECT FROM crm.campaigns WHERE campaign = ''x''', 'nothing stays of what was refused');

\set said `psql -qXAt -c "SELECT FROM plan_campaign('crm', 'nobody', 'engagement', 'email', NULL, filter => 'id < 0', cost => 1)" 2>&1`
SELECT ok(:'said' ~ 'WARNING:  campaign "nobody": nobody is eligible' AND :'said' ~ 'DETAIL:  Left out: (filter|no email) \d+, (filter|no email) \d+\.', 'nobody eligible: a plan and a warning');
SELECT is((wave, due_on, contacts, taken_on)::text, '(1,2026-06-30,0,)', 'with one wave of nobody') FROM crm.waves WHERE campaign = 'nobody';
SELECT is(take_wave('crm', 'nobody', 1), 0::bigint, 'that can be taken');
UPDATE crm.campaign_types SET lowest_tier = 3 WHERE type = 'business';
\set said `psql -qXAt -c "SELECT FROM plan_campaign('crm', 'hot', 'engagement', 'email', NULL, measure => 'came')" 2>&1`
SELECT ok(:'said' ~ 'NOTICE:  campaign "hot": nobody of tier 1, 2 is eligible', 'tiers without anybody are said');
SELECT ok(:'said' ~ 'NOTICE:  campaign "hot": nobody of tier (3, )?4 is control' AND :'said' ~ 'holdout => 0.1', 'and tiers that can tell nothing');
SELECT ok(:'said' ~ 'WARNING:  nothing tells yet of "came"', 'and a measure that nothing tells of');
UPDATE crm.campaign_types SET lowest_tier = 9 WHERE type = 'business';
SELECT plan_campaign('crm', 'none', 'engagement', 'email', NULL) \g /dev/null
SELECT is_empty($$SELECT FROM crm.none WHERE arm <> 'not eligible' OR reason NOT IN ('tier', 'no email')$$, 'a lowest tier that there is not: nobody');

-- a population that has come to hold a customer twice
CREATE VIEW care.twice AS SELECT * FROM care.customers;
SELECT set_population('crm', 'care.twice', contactable => '{"email": "email"}') \g /dev/null
CREATE OR REPLACE VIEW care.twice AS SELECT * FROM care.customers UNION ALL SELECT * FROM care.customers WHERE id = 7;
SELECT throws_ok($$SELECT plan_campaign('crm', 'x', 'engagement', 'email', NULL)$$, '23505', 'the population of base "crm" has a customer more than once', 'twice in the population');
SELECT set_population('crm', 'care.customers', contactable => '{"email": "email", "by text": "sms"}') \g /dev/null

-- ---------------------------------------------------------------------------
-- rights

CREATE ROLE campaign_reader;
GRANT USAGE ON SCHEMA crm TO campaign_reader;
GRANT SELECT ON crm.half, crm.half_sends TO campaign_reader;
SET ROLE campaign_reader;
SELECT cmp_ok((SELECT count(*) FROM scoring.as_of(NULL::scoring.timeline, '2026-01-01') AS t, crm.half), '>', 500::bigint, 'who may read a plan reads it, and no more');
SELECT is((SELECT count(*) FROM crm.half_sends), :sends::bigint, 'the sends, too');
SELECT throws_ok(statement, '42501', message, statement)
FROM (VALUES ('SELECT FROM crm.cut', 'permission denied for table cut'), ('SELECT FROM crm.campaigns', 'permission denied for table campaigns'),
    ('SELECT FROM crm.timelines', 'permission denied for table timelines'), ('DELETE FROM crm.half', 'permission denied for table half'),
    ('SELECT scoring.take_wave(''crm'', ''half'', 1)', 'must be owner of base "crm"'),
    ('SELECT scoring.plan_campaign(''crm'', ''x'', ''engagement'', ''email'', NULL)', 'must be owner of base "crm"')) AS v (statement, message);
RESET ROLE;
SELECT set_population('crm', 'care.customers', contactable => '{"email": "email OR sms", "by text": "sms"}') \g /dev/null
SET ROLE campaign_reader;
SELECT cmp_ok((SELECT count(*) FROM crm.half_sends), '>=', :sends::bigint, 'a view that is made anew keeps its grants');
RESET ROLE;
DROP OWNED BY campaign_reader;
DROP ROLE campaign_reader;

-- ---------------------------------------------------------------------------
-- keys of several columns, of other types than the population's; names

CREATE SCHEMA "Care ""2""";
CREATE TABLE "Care ""2""".people ("The shop" varchar(10), client text, "it's ""e"" %s" boolean, PRIMARY KEY ("The shop", client));
INSERT INTO "Care ""2""".people SELECT 's ' || n % 3, md5(n::text), n % 4 > 0 FROM generate_series(1, 90) AS n;
CREATE TABLE "Care ""2""".visits (shop text, client uuid, day date);
CREATE INDEX ON "Care ""2""".visits (client);
INSERT INTO "Care ""2""".visits SELECT 's ' || n % 3, md5((n % 70)::text)::uuid, now()::date - n % 30 FROM generate_series(0, 200) AS n;
\set base 'Care''s "base" %I'
SELECT create_base(:'base', '"The shop" text, "Client" uuid', 'UTC') \g /dev/null
SELECT add_source(:'base', '"Care ""2""".visits', $$'visit'$$, 'day', key => 'shop, client') \g /dev/null
SELECT set_population(:'base', '"Care ""2""".people', '"The shop", client::uuid', $${"by %s \"mail\" it's": "\"it's \"\"e\"\" %s\""}$$) \g /dev/null
CALL refresh(:'base');
SELECT add_score(:'base', 'Visits "%s"', '{"visit": {"each": 1}}', cuts => '{1,2}') \g /dev/null
\set campaign 'Spring''s "sale" %s; --'
SELECT plan_campaign(:'base', :'campaign', 'Visits "%s"', $$by %s "mail" it's$$, '{0.4,0.5,0.6}', filter => $$"The shop" <> 's ''%s 1'$$, waves => '{7}', worth => 3) \g /dev/null
SELECT take_wave(:'base', :'campaign', 1) \g /dev/null
SELECT is_empty(format($$SELECT FROM %I.%I WHERE arm <> 'not eligible'
        AND (draw <> care.draw(ARRAY["The shop", "Client"::text]::text, %L) OR (arm = 'contact') <> (draw < (ARRAY[0.4, 0.5, 0.6])[tier]))$$, :'base', :'campaign', :'base' || '.' || :'campaign'),
    'the subject of several columns is the text of their array');
SELECT is((SELECT count(*) FROM :"base".:"campaign"), 90::bigint, 'everybody is in the plan');
SELECT is((SELECT count(*) FROM :"base"."Spring's ""sale"" %s; --_sends"), 7::bigint, 'whatever they are called');
SELECT is((SELECT string_agg(format_type(atttypid, NULL), ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = format('%I.%I', :'base', :'campaign')::regclass AND attnum BETWEEN 1 AND 2),
    'text,uuid', 'by the types of the base''s key');
SELECT is((SELECT array_agg(DISTINCT reason) FROM :"base".:"campaign"), ARRAY['no by %s "mail" it''s', NULL], 'the channel by its name');
SELECT erase(:'base', 's 1', md5('1')) \g /dev/null
SELECT is((SELECT count(*) FROM :"base".:"campaign"), 89::bigint, 'erased by both columns');
SELECT drop_campaign(:'base', :'campaign') \g /dev/null
SELECT plan_campaign(:'base', 'lost', 'Visits "%s"', $$by %s "mail" it's$$, NULL) \g /dev/null
DROP TABLE :"base".lost CASCADE;
SELECT lives_ok(format($$SELECT set_population(%L, '"Care ""2""".people', '"The shop", client::uuid', %L)$$, :'base',
        '{"by %s \"mail\" it''s": "\"it''s \"\"e\"\" %s\""}'), 'a plan that somebody dropped is in nobody''s way');
SELECT drop_campaign(:'base', 'lost') \g /dev/null
SELECT is_empty(format('SELECT FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = %L) AND relname LIKE ''Spring%%''', :'base'), 'dropped');
SELECT plan_campaign(:'base', :'campaign', 'Visits "%s"', $$by %s "mail" it's$$, NULL) \g /dev/null
SELECT lives_ok(format('SELECT drop_base(%L)', :'base'), 'a base goes with its campaigns');

CREATE TABLE care.numbered (id numeric, email boolean);
INSERT INTO care.numbered SELECT n, true FROM generate_series(1, 20) AS n;
SELECT create_base('numbered', 'id numeric', 'UTC') \g /dev/null
SELECT set_population('numbered', 'care.numbered', contactable => '{"email": "email"}') \g /dev/null
SELECT add_score('numbered', 'visits', '{"visit": {"each": 1}}', cuts => '{1}') \g /dev/null
SELECT plan_campaign('numbered', 'plain', 'visits', 'email', '{0.5,0.5}', salt => 'salt') \g /dev/null
UPDATE care.numbered SET id = id::numeric(10,2);
SELECT plan_campaign('numbered', 'zeros', 'visits', 'email', '{0.5,0.5}', salt => 'salt') \g /dev/null
SELECT is((SELECT count(*) FROM numbered.plain AS p JOIN numbered.zeros AS z ON z.id = p.id AND z.draw = p.draw WHERE p.draw = draw(p.id::text, 'salt')), 20::bigint,
    'a number has one draw, whatever zeros there are behind its point');
SELECT drop_base('numbered') \g /dev/null

SELECT * FROM finish();
SELECT drop_base('crm') \g /dev/null
DROP SCHEMA care, "Care ""2""", lib CASCADE;
