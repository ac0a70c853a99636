-- Random work on the shop of base_world.sql: statements as text, made up in
-- advance, so that a seed stands for one script.  They fail in no state of the
-- shop, and change few enough customers and days to meet each other.
--
-- Needs lib/random.sql.

-- literals ------------------------------------------------------------------

-- half of what happens, happens to few
CREATE FUNCTION shop.customer() RETURNS text
LANGUAGE sql AS $$
    SELECT CASE WHEN random() < 0.03 THEN 'NULL' WHEN random() < 0.5 THEN oracle.pick(1, 6)::text ELSE oracle.pick(1, 60)::text END
$$;

CREATE FUNCTION shop.value() RETURNS text
LANGUAGE sql AS $$
    SELECT CASE oracle.pick(1, 8) WHEN 1 THEN 'NULL' WHEN 2 THEN '0' WHEN 3 THEN (oracle.pick(-999999, 999999) * 0.00001)::text
                                  WHEN 4 THEN (oracle.pick(-9999, 9999) * 0.01)::text ELSE oracle.pick(-3, 20)::text END
$$;

-- Around midnight in all the zones, and around the changes of the clocks; at
-- distances that the limits of the echoes are made of, or a moment off.
CREATE FUNCTION shop.wall_clock() RETURNS text
LANGUAGE sql AS $$
    SELECT (CASE oracle.pick(1, 60)
                WHEN 1 THEN oracle.pick(ARRAY ['2019-01-01', '2300-01-01', '9999-12-31', '0044-03-15 BC', '2027-06-01']::timestamp[])
                WHEN 2 THEN timestamp '2026-03-08' + oracle.pick(10, 18) * interval '15 minutes'
                ELSE timestamp '2026-03-27' + oracle.pick(0, 8) * interval '1 day'
                     + oracle.pick(ARRAY [0, 0, 30, 60, 90, 120, 240, 300, 600, 630, 660, 690, 720, 1320, 1350, 1380, 1410]) * interval '1 minute'
            END + CASE oracle.pick(1, 8) WHEN 1 THEN interval '1 microsecond' WHEN 2 THEN interval '-1 microsecond' ELSE '0' END)::text
$$;

-- a timestamp, with its zone or (false) without
CREATE FUNCTION shop.moment(zone boolean DEFAULT true) RETURNS text
LANGUAGE sql AS $$
    SELECT CASE WHEN random() < 0.02 THEN 'NULL'
                ELSE quote_literal(regexp_replace(shop.wall_clock(), '( BC)?$', CASE WHEN zone THEN '+00\1' ELSE '\1' END)) END
$$;

CREATE FUNCTION shop.day() RETURNS text
LANGUAGE sql AS $$
    SELECT CASE WHEN random() < 0.02 THEN 'NULL' ELSE quote_literal(shop.wall_clock()::timestamp::date) END
$$;

CREATE FUNCTION shop.word(VARIADIC words text[]) RETURNS text
LANGUAGE sql AS $$
    SELECT coalesce(quote_literal(nullif(oracle.pick(words), '-')), 'NULL')
$$;

CREATE FUNCTION shop.id(n int) RETURNS text
LANGUAGE sql AS $$
    SELECT oracle.pick(1, n)::text
$$;

-- rows ------------------------------------------------------------------------

-- the tables that can be written to, and of the partitioned one its parts
CREATE TABLE shop.writable (relation text, often int, key text, is_unique boolean, columns text[]);
INSERT INTO shop.writable VALUES
    ('shop.mails', 10, 'mail_id', true, '{mail_id,customer,region,kind,at,message,amount,status}'),
    ('shop.tickets', 4, 'ticket_id', false, '{ticket_id,ref,opened,priority,order_id}'),
    ('shop.visits', 4, 'visit_id', false, '{visit_id,"Customer Id",site,at,session,pages}'),
    ('shop.visits_fr', 2, 'visit_id', false, '{visit_id,"Customer Id",site,at,session,pages}'),
    ('shop.visits_nz', 2, 'visit_id', false, '{visit_id,"Customer Id",site,at,session,pages}'),
    ('shop.orders', 4, 'order_id', true, '{order_id,customer,placed,state}'),
    ('shop.order_lines', 6, 'line_id', true, '{line_id,order_id,shipped,amount}'),
    ('shop.merges', 2, 'old_id', true, '{old_id,kept_id}'),
    ('shop.surveys', 2, 'survey_id', true, '{survey_id,customer,asked,grade}'),
    ('shop.calls_there', 2, 'call_id', true, '{call_id,customer,day,minutes}'),
    ('shop.loyalty', 3, 'movement', false, '{movement,customer,day,points}');

CREATE FUNCTION shop.some_table() RETURNS shop.writable
LANGUAGE sql AS $$
    SELECT w FROM shop.writable AS w ORDER BY -ln(1 - random()) / often LIMIT 1
$$;

-- a value for a column, minding constraints
CREATE FUNCTION shop.value_for(w shop.writable, of_column text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    RETURN CASE of_column
        WHEN 'mail_id' THEN shop.id(300)
        WHEN 'ticket_id' THEN shop.id(60)
        WHEN 'visit_id' THEN shop.id(120)
        WHEN 'order_id' THEN CASE w.relation
            WHEN 'shop.order_lines' THEN format('(SELECT min(o.order_id) FROM shop.orders AS o WHERE o.order_id >= %s)', shop.id(50))
            ELSE shop.id(50) END
        WHEN 'line_id' THEN shop.id(120)
        WHEN 'survey_id' THEN shop.id(60)
        WHEN 'call_id' THEN shop.id(60)
        WHEN 'movement' THEN shop.id(60)
        WHEN 'message' THEN CASE WHEN random() < 0.2 THEN 'NULL' ELSE shop.id(4) END
        WHEN 'customer' THEN shop.customer()
        WHEN 'Customer Id' THEN shop.customer()
        WHEN 'old_id' THEN shop.id(12)
        WHEN 'kept_id' THEN shop.id(12)
        WHEN 'ref' THEN CASE WHEN random() < 0.04 THEN shop.word('-', '', 'C', 'c3', '7')
                             ELSE format('''C00%s''', coalesce(nullif(shop.customer(), 'NULL'), '1')) END
        WHEN 'region' THEN shop.word('fr', 'fr', 'us', '', '-')
        WHEN 'kind' THEN shop.word('open', 'open', 'open', 'click', 'click', 'click', 'send', '-')
        WHEN 'status' THEN shop.word('ok', 'ok', 'ok', 'void', '-')
        WHEN 'state' THEN shop.word('paid', 'paid', 'paid', 'cancelled', '-')
        WHEN 'site' THEN CASE w.relation WHEN 'shop.visits_fr' THEN '''fr''' WHEN 'shop.visits_nz' THEN '''nz'''
                                         ELSE shop.word('fr', 'fr', 'us', 'ca') END
        WHEN 'session' THEN shop.word('-', '-', 'a', 'b', 'c')
        WHEN 'priority' THEN shop.word('1', '2', '2.5', '-')
        WHEN 'grade' THEN shop.id(10)
        WHEN 'pages' THEN shop.id(4)
        WHEN 'opened' THEN shop.moment(false)
        WHEN 'asked' THEN shop.moment(false)
        WHEN 'day' THEN shop.day()
        WHEN 'minutes' THEN (oracle.pick(0, 400) * 0.25)::text
        WHEN 'at' THEN shop.moment()
        WHEN 'placed' THEN shop.moment()
        WHEN 'shipped' THEN CASE WHEN random() < 0.6 THEN 'NULL' ELSE shop.moment() END
        WHEN 'amount' THEN shop.value()
        WHEN 'points' THEN shop.value()
    END;
END
$$;

CREATE FUNCTION shop.row_for(w shop.writable) RETURNS text
LANGUAGE sql AS $$
    SELECT string_agg(shop.value_for(w, c), ', ' ORDER BY n) FROM unnest(w.columns) WITH ORDINALITY AS u (c, n)
$$;

CREATE FUNCTION shop.columns(w shop.writable) RETURNS text
LANGUAGE sql AS $$
    SELECT string_agg(quote_ident(c), ', ' ORDER BY n) FROM unnest(w.columns) WITH ORDINALITY AS u (c, n)
$$;

-- which rows of a table
CREATE FUNCTION shop.rows_of(w shop.writable) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    id int := shop.value_for(w, w.key);
BEGIN
    RETURN CASE oracle.pick(1, 8)
        WHEN 1 THEN format('%I BETWEEN %s AND %s', w.key, id, id + oracle.pick(1, 6))
        WHEN 2 THEN CASE WHEN 'customer' = ANY (w.columns)
                         THEN format('customer = %s AND %I %% 4 = %s', oracle.pick(1, 9), w.key, oracle.pick(0, 3))
                         ELSE format('%I %% 25 = %s', w.key, oracle.pick(0, 24)) END
        ELSE format('%I = %s', w.key, id) END;
END
$$;

-- one statement that writes rows
CREATE FUNCTION shop.write() RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    w shop.writable := shop.some_table();
    dice float8 := random();
    -- a unique key is set with care
    settable text[] := CASE WHEN w.is_unique THEN array_remove(w.columns, w.key) ELSE w.columns END;
    one text := oracle.pick(settable);
    other text := oracle.pick(settable);
BEGIN
    IF dice < 0.30 THEN
        RETURN format('INSERT INTO %s (%s) VALUES (%s)%s', w.relation, shop.columns(w),
            (SELECT string_agg(shop.row_for(w), '), (') FROM generate_series(1, CASE WHEN w.is_unique THEN 1 ELSE oracle.pick(1, 3) END)),
            CASE WHEN NOT w.is_unique THEN ''
                 WHEN random() < 0.5 THEN ' ON CONFLICT DO NOTHING'
                 WHEN one = other THEN format(' ON CONFLICT (%I) DO UPDATE SET %I = excluded.%2$I', w.key, one)
                 ELSE format(' ON CONFLICT (%I) DO UPDATE SET %I = excluded.%2$I, %I = %s', w.key, one,
                             other, shop.value_for(w, other)) END);
    ELSIF dice < 0.33 AND w.is_unique AND current_setting('server_version_num')::int >= 150000 THEN
        RETURN format('MERGE INTO %s AS t USING (SELECT generate_series(%s, %2$s + 4) AS id) AS n ON t.%3$I = n.id'
                      ' WHEN MATCHED AND n.id %% 3 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET %I = %s'
                      ' WHEN NOT MATCHED THEN INSERT (%s) VALUES (n.id, %s)',
            w.relation, shop.value_for(w, w.key), w.key, one, shop.value_for(w, one), shop.columns(w),
            (SELECT string_agg(shop.value_for(w, c), ', ' ORDER BY n) FROM unnest(w.columns) WITH ORDINALITY AS u (c, n) WHERE n > 1));
    ELSIF dice < 0.34 AND w.relation IN ('shop.tickets', 'shop.loyalty') THEN
        RETURN format('INSERT INTO %s (%s) SELECT %2$s FROM %1$s WHERE %3$s', w.relation, shop.columns(w), shop.rows_of(w));
    ELSIF dice < 0.36 AND NOT w.is_unique THEN
        RETURN format('COPY %s (%s) FROM PROGRAM %L (NULL ''NULL'')', w.relation, shop.columns(w),
            (SELECT 'printf ''' || string_agg(trim('''' FROM shop.value_for(w, c)), '\t' ORDER BY n) || '\n'''
             FROM unnest(w.columns) WITH ORDINALITY AS u (c, n)));
    ELSIF dice < 0.80 AND w.is_unique AND random() < 0.1 THEN
        RETURN format('UPDATE %s SET %I = n.id FROM (VALUES (%s)) AS n (id) WHERE %2$I = %4$s AND NOT EXISTS (SELECT FROM %1$s AS o WHERE o.%2$I = n.id)',
            w.relation, w.key, shop.value_for(w, w.key), shop.value_for(w, w.key));
    ELSIF dice < 0.80 THEN
        RETURN format('UPDATE %s SET %I = %s%s WHERE %s', w.relation, one, shop.value_for(w, one),
            CASE WHEN other <> one AND random() < 0.3 THEN format(', %I = %s', other, shop.value_for(w, other)) ELSE '' END,
            shop.rows_of(w));
    END IF;
    RETURN format('DELETE FROM %s WHERE %s', w.relation, shop.rows_of(w));
END
$$;

-- many new rows at once
CREATE FUNCTION shop.fill() RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    w shop.writable := shop.some_table();
BEGIN
    RETURN format('INSERT INTO %s (%s) VALUES (%s) ON CONFLICT DO NOTHING', w.relation, shop.columns(w),
        (SELECT string_agg(shop.row_for(w), '), (') FROM generate_series(1, oracle.pick(10, 30))));
END
$$;

-- One statement that does something else.
CREATE FUNCTION shop.turn() RETURNS text
LANGUAGE sql AS $$
    SELECT CASE oracle.pick(1, 4)
    WHEN 1 THEN shop.fill()
    WHEN 2 THEN oracle.pick(ARRAY [
        'SELECT shop.turn_partition()',
        'SELECT shop.make_partition()',
        'SELECT shop.write_to(''shop.visits_de'', ' || quote_literal('"Customer Id" = ' || shop.customer()) || ')',
        format('SELECT shop.build_loyalty(%s, %s)', shop.id(12), shop.id(12)),
        'SELECT shop.swap_loyalty()',
        'SELECT shop.write_to(''shop.loyalty_old'', ' || quote_literal('customer = ' || shop.customer()) || ')',
        format('SELECT shop.define_purchases(%s)', oracle.pick(ARRAY ['1', '1.2', '-1'])),
        format('SELECT shop.turn_source(%L, %L)', 'kept', oracle.pick(ARRAY ['mails', 'tickets', 'visits', 'purchases', 'orders', 'grades', 'calls', 'loyalty'])),
        format('SELECT shop.turn_source(%L, %L)', 'the "Other"', oracle.pick(ARRAY ['mails', 'tickets', 'visits', 'orders']))
    ])
    WHEN 3 THEN oracle.pick(ARRAY [
        'TRUNCATE ' || oracle.pick(ARRAY ['shop.mails', 'shop.tickets', 'shop.visits', 'shop.visits_fr', 'shop.visits_us_2', 'shop.visits_nz',
            'shop.order_lines', 'shop.orders CASCADE', 'shop.merges', 'shop.loyalty', 'shop.surveys']),
        'DELETE FROM shop.merges',
        'DELETE FROM shop.mails WHERE mail_id % 3 = 0',
        'DELETE FROM shop.visits WHERE visit_id < 40',
        'DELETE FROM shop.orders WHERE customer = ' || shop.id(9)
    ])
    ELSE oracle.pick(ARRAY [
        'ALTER TABLE shop.mails ADD COLUMN IF NOT EXISTS note text DEFAULT ''none''',
        'ALTER TABLE shop.mails DROP COLUMN IF EXISTS note',
        'CLUSTER shop.mails USING mails_pkey',
        'ALTER TABLE shop.mails DISABLE TRIGGER ALL',
        'ALTER TABLE shop.mails ENABLE TRIGGER ALL',
        'UPDATE shop.tickets SET priority = ''urgent'' WHERE ticket_id = 7',
        'UPDATE shop.tickets SET priority = ''3'' WHERE priority = ''urgent''',
        'UPDATE shop.tickets SET priority = ''4'' WHERE priority = ''urgent''',
        'DELETE FROM shop.tickets WHERE priority = ''urgent''',
        'ANALYZE shop.mails, shop.visits'
    ]) END
$$;

-- ... and what a block cannot have, or what would end badly there: the other
-- server must not wait for what this session has locked
CREATE FUNCTION shop.turn_alone() RETURNS text
LANGUAGE sql AS $$
    SELECT oracle.pick(ARRAY ['TRUNCATE shop.calls_there', 'VACUUM shop.mails', 'VACUUM FULL shop.orders',
                              'VACUUM kept.timelines, kept.pending'])
$$;

CREATE FUNCTION shop.write_to(relation text, setting text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF to_regclass(relation) IS NOT NULL THEN
        EXECUTE format('UPDATE %s SET %s', relation, setting);
    END IF;
END
$$;

-- the script --------------------------------------------------------------------

CREATE FUNCTION shop.refresh(base text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    CALL scoring.refresh(base);
END
$$;

-- With an old snapshot, refresh may refuse; then there is nothing to compare.
CREATE FUNCTION shop.try_refresh_and_compare(base text, verify boolean, at int) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    CALL scoring.refresh(base);
    PERFORM shop.compare(base, verify, at);
EXCEPTION WHEN object_not_in_prerequisite_state THEN
    NULL;
END
$$;

-- a refresh, of one kind or another, and the comparison
CREATE FUNCTION shop.refresh_and_compare(old_snapshot boolean) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
    base text := CASE WHEN random() < 0.7 THEN 'kept' ELSE 'the "Other"' END;
    verify boolean := random() < 0.3;
BEGIN
    IF old_snapshot THEN
        RETURN NEXT format('SELECT shop.try_refresh_and_compare(%L, %L, :at)', base, verify);
        RETURN;
    END IF;
    RETURN NEXT format(CASE oracle.pick(1, 20)
        WHEN 1 THEN 'SELECT scoring.rebuild(%L)'
        WHEN 2 THEN 'SELECT shop.refresh(%L)'
        WHEN 3 THEN 'DO $do$ BEGIN CALL scoring.refresh(%L); END $do$'
        WHEN 4 THEN 'DO $do$ BEGIN BEGIN CALL scoring.refresh(%L); EXCEPTION WHEN division_by_zero THEN END; END $do$'
        -- comes to nothing
        WHEN 5 THEN 'DO $do$ BEGIN PERFORM shop.refresh(%1$L); PERFORM 1 / 0; EXCEPTION WHEN division_by_zero THEN CALL scoring.refresh(%1$L); END $do$'
        ELSE 'CALL scoring.refresh(%L)' END, base);
    RETURN NEXT format('SELECT shop.compare(%L, %L, :at)', base, verify);
END
$$;

-- Things done in a row, that chance would seldom bring together: what happens
-- to a table while nobody looks at it, or twice in the same transaction.
CREATE FUNCTION shop.story(old_snapshot boolean) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
    t text := oracle.pick(ARRAY ['mails', 'tickets', 'visits_fr', 'order_lines', 'loyalty', 'merges']);
    w shop.writable := (SELECT x FROM shop.writable AS x WHERE x.relation = 'shop.' || t);
    fill text := format('INSERT INTO %s (%s) VALUES (%s) ON CONFLICT DO NOTHING', w.relation, shop.columns(w),
                        (SELECT string_agg(shop.row_for(w), '), (') FROM generate_series(1, 5)));
    nz text := format('UPDATE shop.visits_nz SET "Customer Id" = %s', shop.customer());
BEGIN
    CASE oracle.pick(1, 6)
        WHEN 1 THEN
            RETURN QUERY VALUES ('SELECT shop.turn_partition()'), (nz), ('SELECT shop.turn_partition()');
        WHEN 2 THEN
            RETURN QUERY VALUES ('SELECT shop.swap_loyalty()'), ('UPDATE shop.loyalty SET customer = ' || shop.customer()),
                                ('SELECT shop.swap_loyalty()');
        WHEN 3 THEN
            RETURN QUERY VALUES ('ALTER TABLE shop.visits_fr DISABLE TRIGGER ALL'),
                                ('UPDATE shop.visits_fr SET "Customer Id" = ' || shop.customer()),
                                ('ALTER TABLE shop.visits_fr ENABLE TRIGGER ALL');
        WHEN 4 THEN
            RETURN QUERY VALUES ('SET session_replication_role = replica'), (shop.write()), (shop.write()),
                                ('RESET session_replication_role');
        ELSE
            RETURN QUERY VALUES ('TRUNCATE shop.' || t), (fill);
            RETURN QUERY SELECT * FROM shop.refresh_and_compare(old_snapshot);
            RETURN NEXT 'TRUNCATE shop.' || t;
    END CASE;
END
$$;

-- What happens a few times only, each at its share of the script: more echoes,
-- erased customers, closed books and purged sources.
CREATE TABLE shop.occasion (share float8, statement text);
INSERT INTO shop.occasion VALUES
    (0.05, $s$SELECT shop.add_echo('kept', 'nps', 'visit', '1 day', '2 days')$s$),
    (0.10, $s$SELECT shop.add_echo('kept', 'ticket', 'purchase', '1 hour', '1 day 1 hour', 'order_id')$s$),
    (0.15, $s$SELECT shop.add_echo('the "Other"', 'open', 'click', '2 hours', '30 minutes', 'message')$s$),
    (0.20, $s$SELECT shop.add_echo('kept', 'burn', 'earn', '0', '0')$s$),
    (0.25, $s$SELECT shop.erase('kept', '6')$s$),
    (0.30, $s$SELECT shop.add_echo('kept', 'click', 'call', '0', '36 hours')$s$),
    (0.35, $s$SELECT shop.close('the "Other"', '2019-01-02')$s$),
    (0.40, $s$SELECT shop.add_echo('the "Other"', 'order', 'click', '0', '1 day')$s$),
    (0.45, $s$SELECT shop.add_echo('kept', 'purchase', 'visit', '0', '90 minutes')$s$),
    (0.50, $s$SELECT shop.erase('the "Other"', 'fr/8')$s$),
    (0.60, $s$SELECT shop.close('the "Other"', '2026-03-29')$s$),
    (0.60, $s$DELETE FROM shop.mails WHERE at < '2026-03-27 11:00+00'$s$),
    (0.70, $s$SELECT shop.close('the "Other"', '2026-03-31')$s$),
    (0.75, $s$SELECT shop.erase('the "Other"', 'us/5')$s$),
    (0.75, $s$SELECT shop.erase('kept', '21')$s$),
    (0.80, $s$SELECT shop.close('the "Other"', '2026-03-31')$s$),
    (0.80, $s$TRUNCATE shop.visits$s$),
    (0.90, $s$SELECT shop.close('the "Other"', '2026-04-02')$s$);

CREATE FUNCTION shop.statement() RETURNS text
LANGUAGE sql AS $$
    SELECT CASE WHEN random() < 0.03 THEN shop.turn() ELSE shop.write() END
$$;

CREATE FUNCTION shop.script(statements int) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
    n int := 0;
    done float8 := 0;
    occasion record;
    old_snapshot boolean;
    savepoint boolean;
BEGIN
    WHILE n < statements LOOP
        FOR i IN 1 .. oracle.pick(1, CASE WHEN random() < 0.35 THEN 5 ELSE 60 END) LOOP
            n := n + 1;
            RETURN NEXT CASE WHEN random() < 0.003 THEN shop.turn_alone() ELSE shop.statement() END;
        END LOOP;
        IF random() < 0.1 THEN
            n := n + 4;
            RETURN QUERY SELECT * FROM shop.story(false);
        END IF;

        -- a block, that may be rolled back in part or as a whole
        IF random() < 0.4 THEN
            old_snapshot := random() < 0.3;
            RETURN NEXT CASE WHEN old_snapshot THEN 'BEGIN ISOLATION LEVEL ' || oracle.pick(ARRAY ['REPEATABLE READ', 'SERIALIZABLE']) ELSE 'BEGIN' END;
            savepoint := false;
            FOR i IN 1 .. oracle.pick(1, 25) LOOP
                CASE oracle.pick(1, 20)
                    WHEN 1 THEN
                        RETURN NEXT 'SAVEPOINT s';
                        savepoint := true;
                    WHEN 2 THEN
                        IF savepoint THEN
                            RETURN NEXT 'ROLLBACK TO SAVEPOINT s';
                        END IF;
                    WHEN 3 THEN
                        IF savepoint THEN
                            RETURN NEXT 'RELEASE SAVEPOINT s';
                            savepoint := false;
                        END IF;
                    WHEN 4 THEN
                        IF random() < 0.4 THEN
                            RETURN QUERY SELECT * FROM shop.refresh_and_compare(old_snapshot);
                        ELSE
                            n := n + 4;
                            RETURN QUERY SELECT * FROM shop.story(old_snapshot);
                        END IF;
                    ELSE
                        n := n + 1;
                        RETURN NEXT shop.statement();
                END CASE;
            END LOOP;
            RETURN NEXT oracle.pick(ARRAY ['COMMIT', 'COMMIT', 'ROLLBACK']);
        END IF;

        -- a subtransaction that comes to nothing
        IF random() < 0.1 THEN
            n := n + 2;
            RETURN NEXT format('DO $do$ BEGIN %s; %s; PERFORM 1 / 0; EXCEPTION WHEN division_by_zero THEN END $do$',
                               shop.write(), shop.write());
        END IF;

        IF random() < 0.3 THEN
            RETURN NEXT 'SELECT shop.add_sources()';
        END IF;
        FOR occasion IN SELECT * FROM shop.occasion AS o WHERE o.share * statements BETWEEN done AND n ORDER BY o.share LOOP
            -- nothing may wait when the books are closed
            RETURN QUERY SELECT unnest(CASE WHEN occasion.statement ~ 'close' THEN ARRAY ['CALL scoring.refresh(''the "Other"'')',
                'SELECT shop.compare(''the "Other"'', true, :at)', occasion.statement, 'CALL scoring.refresh(''the "Other"'')',
                'SELECT shop.compare(''the "Other"'', true, :at)'] ELSE ARRAY [occasion.statement] END);
        END LOOP;
        done := n + 1;
        RETURN QUERY SELECT * FROM shop.refresh_and_compare(false);
    END LOOP;
END
$$;

-- beside another session ----------------------------------------------------------

-- what the other session does: a few statements at a time, in transactions that
-- last a while, some of which come to nothing
CREATE PROCEDURE shop.write_beside(from_n int, to_n int)
LANGUAGE plpgsql AS $$
DECLARE
    s record;
BEGIN
    FOR s IN SELECT * FROM shop.beside WHERE n BETWEEN from_n AND to_n ORDER BY n LOOP
        EXECUTE s.statement;
        IF s.n % 7 = 0 THEN
            ROLLBACK;
        ELSIF s.n % 3 = 0 THEN
            PERFORM pg_sleep(random() * 0.02);
            COMMIT;
        END IF;
    END LOOP;
END
$$;

-- refreshes while the other session writes, and once it has done
CREATE PROCEDURE shop.refresh_beside(from_n int, to_n int)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.dblink_send_query('beside', format('CALL shop.write_beside(%s, %s)', from_n, to_n));
    WHILE public.dblink_is_busy('beside') = 1 LOOP
        CALL scoring.refresh('kept');
        CALL scoring.refresh('the "Other"');
    END LOOP;
    PERFORM * FROM public.dblink_get_result('beside') AS r (status text);
    PERFORM * FROM public.dblink_get_result('beside') AS r (status text);
    CALL scoring.refresh('kept');
    CALL scoring.refresh('the "Other"');
END
$$;
