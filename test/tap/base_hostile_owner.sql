-- A base whose owner means ill, and a superuser who uses its functions: all that
-- the owner has put into expressions, tables, triggers, types and functions is
-- run as that owner, and cannot get out of it.
--
-- A trap says where it was sprung, by a sequence, which no rollback turns back,
-- and tries to get out.
\ir lib/base.sql
SELECT no_plan();

CREATE ROLE hostile;
SELECT format('GRANT CREATE, TEMP ON DATABASE %I TO hostile', :'DBNAME') \gexec
CREATE SCHEMA evil AUTHORIZATION hostile;
GRANT USAGE ON SCHEMA evil TO PUBLIC;
SET ROLE hostile;
CREATE SEQUENCE evil.escaped MINVALUE 0;

-- Armed by a setting, so that what hostile does by itself is left alone.
CREATE FUNCTION evil.trap(place text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    way text;
BEGIN
    IF current_setting('evil.armed', true) IS DISTINCT FROM 'yes' THEN
        RETURN true;
    END IF;
    IF current_user <> 'hostile' THEN
        PERFORM nextval('evil.escaped');
        RAISE WARNING '% ran as %', place, current_user;
    END IF;
    -- thousands of calls need not all try
    IF nextval(format('evil.%I', place)) > 20 THEN
        RETURN true;
    END IF;
    FOREACH way IN ARRAY ARRAY[
        'ALTER ROLE hostile SUPERUSER', 'SET ROLE NONE', 'SET LOCAL ROLE NONE', 'RESET ROLE', 'RESET SESSION AUTHORIZATION',
        format('SET ROLE %I', session_user), format('SET SESSION AUTHORIZATION %I', session_user),
        format('SELECT set_config(''role'', %L, false)', session_user), format('SELECT set_config(''session_authorization'', %L, true)', session_user),
        'DISCARD ALL', 'COMMIT', 'ROLLBACK', 'CREATE TEMP TABLE escape ()', 'DECLARE escape CURSOR WITH HOLD FOR SELECT 1', 'PREPARE escape AS SELECT 1',
        'INSERT INTO evil.later VALUES (1)', 'LISTEN escape']
    LOOP
        BEGIN
            EXECUTE way;
            PERFORM nextval('evil.escaped');
            RAISE WARNING '%: in %, as %', way, place, current_user;
        EXCEPTION WHEN OTHERS THEN
            NULL;
        END;
    END LOOP;
    RETURN true;
END
$$;
-- a trigger that would fire at the end of the transaction, when nobody looks
CREATE TABLE evil.later (n int);
CREATE FUNCTION evil.seize() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ALTER ROLE hostile SUPERUSER; RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER seize AFTER INSERT ON evil.later DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION evil.seize();

-- places, each with its sequence
CREATE FUNCTION evil.places(VARIADIC places text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    place text;
BEGIN
    FOREACH place IN ARRAY places LOOP
        EXECUTE format('CREATE SEQUENCE IF NOT EXISTS evil.%I MINVALUE 0', place);
    END LOOP;
END
$$;
CREATE FUNCTION evil.sprung(place text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    yes boolean;
BEGIN
    EXECUTE format('SELECT is_called FROM evil.%I', place) INTO yes;
    RETURN yes;
END
$$;
SELECT evil.places('touchpoint', 'occurred', 'value', 'filter', 'key', 'once_per', 'source view', 'watch', 'same',
    'population key', 'contactable', 'scored', 'measure', 'cast', 'operator', 'domain',
    'outcome', 'outcome key', 'outcome day', 'outcome value', 'outcome campaign') \g /dev/null

CREATE TABLE evil.events (id int, at date, amount numeric);
CREATE INDEX ON evil.events (id);
INSERT INTO evil.events SELECT i % 3, '2026-01-01'::date + i, i FROM generate_series(1, 10) AS i;
CREATE TABLE evil.people (id int PRIMARY KEY, opt boolean);
INSERT INTO evil.people SELECT i, true FROM generate_series(0, 5) AS i;
CREATE VIEW evil.seen AS SELECT * FROM evil.events WHERE evil.trap('source view');
-- a type with a cast, an operator and a domain of its own
CREATE TYPE evil.mood AS ENUM ('well', 'ill');
CREATE FUNCTION evil.mood_text(evil.mood) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.trap('cast'); RETURN 'mood'; END $$;
CREATE CAST (evil.mood AS text) WITH FUNCTION evil.mood_text(evil.mood) AS IMPLICIT;
CREATE FUNCTION evil.same_mood(evil.mood, evil.mood) RETURNS boolean LANGUAGE sql AS $$ SELECT evil.trap('operator') $$;
CREATE OPERATOR evil.== (leftarg = evil.mood, rightarg = evil.mood, function = evil.same_mood);
CREATE DOMAIN evil.checked AS int CHECK (evil.trap('domain'));
CREATE TABLE evil.moods (id int, at date, mood evil.mood);
CREATE INDEX ON evil.moods (id);
INSERT INTO evil.moods VALUES (1, '2026-01-01', 'well'), (2, '2026-01-01', 'ill');

SELECT create_base('bad', 'id int', 'UTC') \g /dev/null
SELECT add_source('bad', 'evil.events', $$CASE WHEN evil.trap('touchpoint') THEN 'x' END$$, $$CASE WHEN evil.trap('occurred') THEN at END$$,
    $$CASE WHEN evil.trap('value') THEN amount END$$, $$evil.trap('filter')$$, $$CASE WHEN evil.trap('key') THEN id END$$,
    $$CASE WHEN evil.trap('once_per') THEN amount END$$) \g /dev/null
SELECT add_source('bad', 'evil.seen', $$'y'$$, 'at', watch => $${"evil.events": "CASE WHEN evil.trap('watch') THEN id END"}$$) \g /dev/null
SELECT add_source('bad', 'evil.seen', $$'z'$$, 'at') \g /dev/null
SELECT add_source('bad', 'evil.moods', 'mood', 'at', filter => 'mood OPERATOR(evil.==) mood', key => 'id::evil.checked') \g /dev/null
SELECT add_echo('bad', 'z', 'y', after => '1 day', same => $$evil.trap('same')::text$$) \g /dev/null
SELECT set_population('bad', 'evil.people', $$CASE WHEN evil.trap('population key') THEN id END$$, $${"mail": "evil.trap('contactable')"}$$, $$evil.trap('scored')$$) \g /dev/null
CALL refresh('bad');
SELECT FROM add_score('bad', 'heat', '{"x": {"each": 1}}') \g /dev/null
SELECT FROM add_score('bad', 'measured', measure => $$CASE WHEN evil.trap('measure') THEN 1 ELSE 2 END$$) \g /dev/null
SELECT add_rfm('bad', 'rfm', 'x') \g /dev/null
RESET ROLE;

-- ---------------------------------------------------------------------------
-- expressions, in every function that a superuser may call

SET evil.armed = 'yes';
CREATE TABLE lib.statements (n int GENERATED ALWAYS AS IDENTITY, statement text);
INSERT INTO lib.statements (statement) VALUES
    ($$SELECT count(*) FROM scoring.add_score('bad', 'more', '{"x": {"each": 1}}')$$),
    ($$SELECT count(*) FROM scoring.add_score('bad', 'seen', measure => 'CASE WHEN evil.trap(''measure'') THEN 1 END', preview => true)$$),
    ($$SELECT scoring.add_rfm('bad', 'rfm2', 'x')$$),
    ($$SELECT scoring.snapshot('bad')$$),
    ($$SELECT count(*) FROM scoring.distribution('bad', 'heat', by => 'opt')$$),
    ($$SELECT count(*) FROM scoring.moves('bad', 'measured', '2026-01-01')$$),
    ($$SELECT count(*) FROM scoring.explain('bad', 'measured', 1)$$),
    ($$SELECT count(*) FROM scoring.explain('bad', 'heat', 2)$$),
    ($$SELECT count(*) FROM scoring.recut('bad', 'measured', preview => true)$$),
    ($$SELECT scoring.add_gap('bad', 'gap', 'measured', 'heat')$$),
    ($$SELECT scoring.add_surge('bad', 'rising', 'x')$$),
    ($$SELECT scoring.add_contact_list('bad', 'list', 'mail', 'heat', 1)$$),
    ($$SELECT count(*) FROM scoring.distribution('bad', 'gap', by => 'opt')$$),
    ($$SELECT scoring.drift('bad', 'measured', '2026-01-01')$$),
    ($$SELECT count(*) FROM scoring.try_grid('bad', 'heat', '{"x": {"each": 2}}', 'same shares')$$),
    ($$SELECT count(*) FROM scoring.try_grid_customers('bad', 'heat', '{"x": {"each": 2}}')$$),
    ($$SELECT scoring.publish('bad', 'heat', '{"x": {"each": 2}}')$$),
    ($$SELECT count(*) FROM scoring.score_on('bad', 'heat', 1, '2026-01-01')$$),
    ($$SELECT count(*) FROM scoring.plan_campaign('bad', 'seen', 'measured', 'mail', NULL, filter => 'evil.trap(''filter'')', preview => true)$$),
    ($$SELECT count(*) FROM scoring.plan_campaign('bad', 'spring', 'heat', 'mail', NULL, filter => 'evil.trap(''filter'')')$$),
    ($$SELECT scoring.take_wave('bad', 'spring', 1)$$),
    ($$SELECT count(*) FROM scoring.check_wave('bad', 'spring')$$),
    ($$SELECT scoring.set_outcomes('bad', 'evil.events', 'CASE WHEN evil.trap(''outcome key'') THEN id END', 'CASE WHEN evil.trap(''outcome campaign'') THEN NULL::text END',
        'CASE WHEN evil.trap(''outcome'') THEN ''bought'' END', 'CASE WHEN evil.trap(''outcome day'') THEN bad.today() END', 'CASE WHEN evil.trap(''outcome value'') THEN amount END')$$),
    ($$SELECT count(*) FROM scoring.campaign_checks('bad', 'spring')$$),
    ($$SELECT count(*) FROM scoring.campaign_results('bad', 'spring')$$),
    ($$SELECT count(*) FROM scoring.campaign_verdicts('bad', 'spring')$$),
    ($$SELECT scoring.stop_campaign('bad', 'spring', 'why')$$),
    ($$SELECT scoring.resume_campaign('bad', 'spring', 'why')$$),
    ($$SELECT scoring.erase('bad', 3)$$),
    ($$INSERT INTO evil.events VALUES (7, '2026-01-01', 1); CALL scoring.refresh('bad')$$),
    ($$SELECT scoring.rebuild('bad')$$),
    ($$SELECT count(*) FROM scoring.verify('bad')$$),
    ($$SELECT scoring.close('bad', '2026-01-03')$$),
    ($$SELECT scoring.set_population('bad', 'evil.people', 'CASE WHEN evil.trap(''population key'') THEN id END', '{"mail": "evil.trap(''contactable'')"}', 'evil.trap(''scored'')')$$),
    ($$SELECT scoring.add_source('bad', 'evil.events', 'CASE WHEN evil.trap(''touchpoint'') THEN ''w'' END', 'at')$$),
    ($$SELECT scoring.add_echo('bad', 'z2', 'y', after => '1 day', same => 'evil.trap(''same'')::text')$$),
    ($$CALL scoring.refresh('bad')$$),
    ($$SELECT scoring.drop_campaign('bad', 'spring')$$),
    ($$SELECT scoring.drop_score('bad', 'gap'), scoring.drop_score('bad', 'list'), scoring.drop_score('bad', 'heat')$$),
    ($$SELECT scoring.drop_echo('bad', 'z', 'y')$$),
    ($$SELECT scoring.drop_source('bad', 1)$$),
    ($$SELECT scoring.drop_base('bad')$$);
SELECT ok(EXISTS (SELECT FROM lib.statements WHERE statement LIKE '%scoring.' || p.proname || '(%'), p.proname || ' is among those tried')
FROM pg_proc AS p WHERE p.pronamespace = 'scoring'::regnamespace AND p.proargnames[1] = 'base' AND p.proname <> 'create_base';

-- All of them after a statement of hostile's, as a superuser with evil first in
-- his search path; nothing of it stays.
CREATE FUNCTION lib.attempt(preparation text DEFAULT '', OUT errors text[]) LANGUAGE plpgsql AS $$
DECLARE
    s record;
BEGIN
    BEGIN
        SET LOCAL evil.armed = 'no';
        SET LOCAL ROLE hostile;
        EXECUTE preparation;
        RESET ROLE;
        SET LOCAL evil.armed = 'yes';
        SET LOCAL search_path = evil, public;
        FOR s IN SELECT * FROM lib.statements ORDER BY n LOOP
            BEGIN
                EXECUTE s.statement;
            EXCEPTION WHEN OTHERS THEN
                errors := errors || format('%s: %s %s', s.statement, SQLSTATE, SQLERRM);
            END;
            IF current_user <> session_user OR current_setting('search_path') <> 'evil, public' THEN
                errors := errors || format('%s: leaves user %s, search_path %s', s.statement, current_user, current_setting('search_path'));
            END IF;
        END LOOP;
        SET CONSTRAINTS ALL IMMEDIATE;
        RAISE EXCEPTION USING ERRCODE = 'YY000';
    EXCEPTION WHEN SQLSTATE 'YY000' THEN
        RETURN;
    END;
END
$$;
SELECT is(lib.attempt(), NULL, 'nothing fails');
SELECT ok(evil.sprung(place), format('%s: sprung', place))
FROM unnest(ARRAY['touchpoint', 'occurred', 'value', 'filter', 'key', 'once_per', 'source view', 'watch', 'same',
    'population key', 'contactable', 'scored', 'measure', 'cast', 'operator', 'domain',
    'outcome', 'outcome key', 'outcome day', 'outcome value', 'outcome campaign']) AS place;
SELECT ok(NOT evil.sprung('escaped'), '… as the base''s owner, and none got out');
SELECT is((SELECT rolsuper FROM pg_roles WHERE rolname = 'hostile'), false, 'hostile is no superuser');

-- (they are traps that work)
SELECT is(has_function_privilege('evil.trap(text)', 'EXECUTE'), true, 'a superuser may call a trap');
BEGIN;
SELECT evil.trap('measure') \g /dev/null
SELECT ok(evil.sprung('escaped'), 'and where one does, it gets out');
ROLLBACK;
ALTER SEQUENCE evil.escaped RESTART;

-- ---------------------------------------------------------------------------
-- the tables of the base are the owner's: whatever is done to them

SET ROLE hostile;
SELECT evil.places('trigger', 'statement trigger', 'rule', 'default', 'generated column', 'index', 'index condition', 'check', 'column type', 'column cast',
    'view', 'policy', 'child', 'function today', 'function of a score', 'view of a score', 'deferred trigger', 'setting') \g /dev/null
CREATE FUNCTION evil.row_trap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.trap(TG_ARGV[0]); RETURN coalesce(NEW, OLD); END $$;
CREATE FUNCTION evil.pure(place text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN evil.trap(place); END $$;
CREATE DOMAIN evil.level AS int CHECK (evil.trap('column type'));
CREATE TYPE evil.zone AS ENUM ('UTC');
CREATE FUNCTION evil.zone_text(evil.zone) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.trap('column cast'); RETURN 'UTC'; END $$;
CREATE CAST (evil.zone AS text) WITH FUNCTION evil.zone_text(evil.zone) AS IMPLICIT;
RESET ROLE;
CREATE FUNCTION lib.on_tables(statement text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(replace(replace(statement, '%r', relname), '%s', oid::regclass::text), '; ')
    FROM pg_class WHERE relnamespace = 'bad'::regnamespace AND relkind = 'r'
$$;
CREATE TABLE lib.preparations (place text, preparation text);
INSERT INTO lib.preparations VALUES
    ('trigger', lib.on_tables($$CREATE TRIGGER trap BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION evil.row_trap('trigger')$$)),
    ('trigger', lib.on_tables($$CREATE TRIGGER trap AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION evil.row_trap('trigger');
                                ALTER TABLE %s ENABLE ALWAYS TRIGGER trap$$)),
    ('statement trigger', lib.on_tables($$CREATE TRIGGER trap BEFORE INSERT OR UPDATE OR DELETE ON %s EXECUTE FUNCTION evil.row_trap('statement trigger')$$)),
    ('deferred trigger', lib.on_tables($$CREATE CONSTRAINT TRIGGER trap AFTER INSERT OR UPDATE OR DELETE ON %s DEFERRABLE INITIALLY DEFERRED
                                         FOR EACH ROW EXECUTE FUNCTION evil.row_trap('deferred trigger')$$)),
    ('rule', lib.on_tables($$CREATE RULE trap AS ON DELETE TO %s DO ALSO SELECT evil.trap('rule')$$)),
    ('default', $$ALTER TABLE bad.refreshes ALTER started_at SET DEFAULT CASE WHEN evil.trap('default') THEN now() END$$),
    ('generated column', lib.on_tables($$ALTER TABLE %s ADD COLUMN trap boolean GENERATED ALWAYS AS (evil.pure('generated column')) STORED$$)),
    ('index', $$CREATE INDEX ON bad.refreshes (evil.pure(CASE WHEN run > 0 THEN 'index' END))$$),
    ('index condition', lib.on_tables($$CREATE INDEX ON %s ((1)) WHERE evil.pure('index condition')$$)),
    ('check', lib.on_tables($$ALTER TABLE %s ADD CHECK (evil.trap('check')) NOT VALID$$)),
    ('column type', $$ALTER TABLE bad.history ALTER tier TYPE evil.level$$),
    ('column cast', $$ALTER TABLE bad.base ALTER time_zone TYPE evil.zone USING 'UTC'$$),
    ('view', lib.on_tables($$ALTER TABLE %s RENAME TO "was_%r"; CREATE VIEW %s AS SELECT * FROM bad."was_%r" WHERE evil.trap('view')$$)),
    ('policy', lib.on_tables($$CREATE POLICY trap ON %s USING (evil.trap('policy')) WITH CHECK (evil.trap('policy'));
                               ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY$$)),
    ('child', lib.on_tables($$CREATE TABLE bad."child_%r" () INHERITS (%s);
                              CREATE TRIGGER trap BEFORE UPDATE OR DELETE ON bad."child_%r" FOR EACH ROW EXECUTE FUNCTION evil.row_trap('child');
                              INSERT INTO bad."child_%r" SELECT * FROM %s$$)),
    ('function today', $$CREATE OR REPLACE FUNCTION bad.today() RETURNS date LANGUAGE plpgsql AS 'BEGIN PERFORM evil.trap(''function today''); RETURN ''2026-06-06''; END'$$),
    ('function of a score', $$CREATE OR REPLACE FUNCTION bad.heat_on(timeline scoring.timeline, as_of date) RETURNS float8 LANGUAGE plpgsql AS 'BEGIN PERFORM evil.trap(''function of a score''); RETURN 1; END'$$),
    ('view of a score', $$CREATE OR REPLACE VIEW bad.heat AS SELECT id, 1::float8 AS score, 1 AS tier, 'x' AS label, 'active' AS state, evil.trap('view of a score') AS mail,
                              '2026-01-01'::date AS last_on, '2026-01-01'::date AS tier_until FROM evil.people$$),
    ('setting', $$UPDATE bad.registered_sources SET touchpoint = 'set_config(''search_path'', ''evil'', false)', filter = 'evil.trap(''setting'')' WHERE source = 4$$);
-- row security is an error, and so is a trigger that would wait for the superuser
SELECT is(coalesce(cardinality(errors), 0) < (SELECT count(*) FROM lib.statements), place <> 'policy',
    format('%s: not everything fails (%s)', place, left(errors[1], 300)))
FROM lib.preparations, lib.attempt(preparation);
SELECT is(evil.sprung(place), place NOT IN ('policy', 'deferred trigger'), format('%s: %s', place, CASE WHEN place IN ('policy', 'deferred trigger') THEN 'not run' ELSE 'sprung' END))
FROM (SELECT DISTINCT place FROM lib.preparations) AS p;
SELECT ok(NOT evil.sprung('escaped'), '… as the base''s owner, and none got out');
SELECT is((SELECT rolsuper FROM pg_roles WHERE rolname = 'hostile'), false, 'hostile is no superuser');

-- a temporary table's name cannot be one that a query of ours asks for first
SET ROLE hostile;
CREATE TEMP VIEW pg_class AS SELECT evil.trap('view') AS trap;
CREATE FUNCTION pg_temp.format(text, VARIADIC text[]) RETURNS text LANGUAGE sql AS $$ SELECT evil.trap('view')::text $$;
CREATE DOMAIN pg_temp.regclass AS text CHECK (evil.trap('view'));
RESET ROLE;
ALTER SEQUENCE evil.view RESTART;
SET evil.armed = 'yes';
CALL scoring.refresh('bad');
SELECT scoring.rebuild('bad') \g /dev/null
SELECT ok(NOT evil.sprung('view') AND NOT evil.sprung('escaped'), 'what is in pg_temp is not found');
SET evil.armed = 'no';
DROP VIEW pg_temp.pg_class;
DROP FUNCTION pg_temp.format;
DROP DOMAIN pg_temp.regclass;

SELECT * FROM finish();
SELECT drop_base('bad') \g /dev/null
DROP SCHEMA evil CASCADE;
SELECT format('REVOKE CREATE, TEMP ON DATABASE %I FROM hostile', :'DBNAME') \gexec
DROP ROLE hostile;
DROP SCHEMA lib CASCADE;
