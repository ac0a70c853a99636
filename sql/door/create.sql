-- What every layer has a part in: a base is made and dropped, and a score, which
-- campaigns, gaps and lists may stand on.

CREATE FUNCTION scoring.create_base(base text, key text, time_zone text) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, _scoring, pg_temp
AS $$
DECLARE
    part pg_catalog.text[];
    type pg_catalog.regtype;
    column_name pg_catalog.text;
    columns pg_catalog.text[] := '{}';
    types pg_catalog.text[] := '{}';
    definition pg_catalog.text;
BEGIN
    IF base IS NULL OR key IS NULL OR time_zone IS NULL THEN
        RAISE null_value_not_allowed USING MESSAGE = 'base, key and time_zone must not be null';
    END IF;
    IF base IN ('', '$user') OR octet_length(base) > 40 THEN
        RAISE invalid_name USING MESSAGE = format('"%s" cannot be the name of a base', base),
            HINT = 'A schema of this name is made: at most 40 bytes, which leaves room for the names of triggers.';
    END IF;
    PERFORM check_time_zone(time_zone);

    LOOP
        -- a name, a type, and what comes after a comma
        part := regexp_match(coalesce(part[3], key), '^\s*("(?:[^"]|"")+"|[^\s",()]+)\s+((?:[^,"()]|"(?:[^"]|"")*"|\([^()]*\))+)(?:,(.*))?$');
        column_name := NULL;
        type := NULL;
        BEGIN
            column_name := (parse_ident(part[1]))[1]::name;
            type := to_regtype(part[2]);
        EXCEPTION WHEN syntax_error OR invalid_parameter_value THEN
            NULL;
        END;
        IF type IS NULL THEN
            RAISE invalid_parameter_value USING
                MESSAGE = format('invalid key: "%s"', key),
                DETAIL = CASE WHEN column_name IS NULL THEN 'It is not a name and a type.' ELSE format('There is no type "%s" in pg_catalog.', trim(part[2])) END,
                HINT = 'A name and a type, or several: customer_id bigint; shop text, customer uuid. Types of other schemas with their schema.';
        END IF;
        IF column_name = ANY (columns) THEN
            RAISE duplicate_column USING MESSAGE = format('key has two columns called "%s"', column_name);
        ELSIF column_name = ANY (reserved_columns()) OR column_name ~ '^same_\d+$' THEN
            RAISE invalid_parameter_value USING MESSAGE = format('a column of the key cannot be called "%s"', column_name),
                DETAIL = 'Tables and views of a base have other columns of such a name.',
                HINT = 'Call it otherwise; sources say with key what it is called there.';
        END IF;
        columns := columns || column_name;
        -- with typmod -1: the name `character` alone would be that of one letter
        types := types || format_type(type, -1);
        EXIT WHEN part[3] IS NULL;
    END LOOP;
    SELECT string_agg(format('%I %s NOT NULL', c, t), ', ' ORDER BY n) INTO definition
        FROM unnest(columns, types) WITH ORDINALITY AS k (c, t, n);

    IF EXISTS (SELECT FROM pg_namespace WHERE nspname = base) THEN
        RAISE duplicate_schema USING MESSAGE = format('schema "%s" already exists', base),
            HINT = 'A base has a schema of its own: choose another name. drop_base() drops a base with all that is in it.';
    END IF;
    EXECUTE format('CREATE SCHEMA %I', base);
    EXECUTE format($sql$
        CREATE TABLE %1$I.base (
            key_columns text[] NOT NULL,
            key_types text[] NOT NULL,
            time_zone text NOT NULL,
            closed_before date,
            snapshot_on date,
            salt bytea NOT NULL,
            population text,
            population_seen regclass,
            population_key text,
            population_owner text,
            population_types text[],
            contactable jsonb,
            scored text
        );
        CREATE UNIQUE INDEX ON %1$I.base ((true));
        COMMENT ON TABLE %1$I.base IS 'one row: the key, the time zone and the population of this base';

        CREATE TABLE %1$I.lock ();
        COMMENT ON TABLE %1$I.lock IS 'always empty; locked by whoever changes the timelines or the registry of this base';
        CREATE TABLE %1$I.refreshing ();
        COMMENT ON TABLE %1$I.refreshing IS 'always empty; locked by a refresh from its beginning to its end';

        CREATE TABLE %1$I.timelines (%2$s, timeline scoring.timeline NOT NULL, closed scoring.timeline,
            PRIMARY KEY (%3$s)) WITH (fillfactor = 90);
        COMMENT ON TABLE %1$I.timelines IS 'a timeline for each customer with an interaction; kept by refresh()';
        COMMENT ON COLUMN %1$I.timelines.timeline IS 'all interactions of the customer, by touchpoint and day';
        COMMENT ON COLUMN %1$I.timelines.closed IS 'those before the day up to which the books are closed, which the sources no longer change';

        CREATE TABLE %1$I.registered_sources (
            source integer PRIMARY KEY,
            relation text NOT NULL,
            touchpoint text NOT NULL,
            occurred text NOT NULL,
            value text,
            filter text,
            key text NOT NULL,
            once_per text,
            time_zone text,
            watched jsonb,
            careful boolean NOT NULL DEFAULT false
        );
        COMMENT ON TABLE %1$I.registered_sources IS 'where the interactions come from: what add_source() was given';
        COMMENT ON COLUMN %1$I.registered_sources.careful IS 'some row''s key cannot be worked out: keys are tried row by row';
        CREATE TABLE %1$I.echoes (
            touchpoint text NOT NULL,
            of text NOT NULL,
            before interval NOT NULL,
            after interval NOT NULL,
            same text,
            PRIMARY KEY (touchpoint, of)
        );
        COMMENT ON TABLE %1$I.echoes IS 'interactions that are echoes of others: what add_echo() was given';
        CREATE TABLE %1$I.watches (
            watch integer PRIMARY KEY,
            source integer NOT NULL REFERENCES %1$I.registered_sources ON DELETE CASCADE,
            relation text NOT NULL,
            seen regclass NOT NULL,
            keys text[] NOT NULL,
            tracked boolean NOT NULL,
            owner text NOT NULL,
            types text[] NOT NULL
        );
        COMMENT ON TABLE %1$I.watches IS 'the relations whose changes concern a source, and how their rows name the customer';
        COMMENT ON COLUMN %1$I.watches.owner IS 'whom it belonged to when the source was added: his code may run when it is read';
        COMMENT ON COLUMN %1$I.watches.types IS 'the types of others that it had then';
        CREATE TABLE %1$I.stamps (
            watch integer PRIMARY KEY REFERENCES %1$I.watches ON DELETE CASCADE,
            stamp jsonb NOT NULL
        );
        COMMENT ON TABLE %1$I.stamps IS 'what a watched relation was stored in when it was last looked at';
        CREATE TABLE %1$I.reread (watch integer NOT NULL) WITH (vacuum_truncate = off);
        COMMENT ON TABLE %1$I.reread IS 'watches to be read again in full';

        CREATE TABLE %1$I.pending (%2$s, PRIMARY KEY (%3$s));
        COMMENT ON TABLE %1$I.pending IS 'customers to be read again by refresh()';
        CREATE TABLE %1$I.failures (%2$s, source integer, error text NOT NULL, since timestamptz NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (%3$s));
        COMMENT ON TABLE %1$I.failures IS 'customers whose rows could not be read: their timelines stand as they were, and refresh() tries again';
        CREATE TABLE %1$I.erased (digest bytea PRIMARY KEY, erased_at timestamptz NOT NULL DEFAULT now());
        COMMENT ON TABLE %1$I.erased IS 'salted SHA-256 of the keys of erased customers, so that they do not come back';

        CREATE TABLE %1$I.scores (
            name text PRIMARY KEY,
            kind text NOT NULL,
            grid scoring.grid,
            measure text,
            version integer NOT NULL DEFAULT 1,
            method text NOT NULL,
            tiers integer NOT NULL,
            shares numeric[],
            cuts double precision[],
            labels text[],
            touchpoint text,
            within interval,
            f text,
            m text,
            r_cuts double precision[],
            f_cuts double precision[],
            m_cuts double precision[],
            cut_on date NOT NULL,
            cut_from bigint NOT NULL,
            moves_days integer NOT NULL DEFAULT 30 CHECK (moves_days BETWEEN 1 AND 36525)
        );
        COMMENT ON TABLE %1$I.scores IS 'what add_score() and add_rfm() were given, and the cuts that were made';
        COMMENT ON COLUMN %1$I.scores.cut_on IS 'day on which the cuts were made';
        COMMENT ON COLUMN %1$I.scores.cut_from IS 'number of customers they were made from';
        COMMENT ON COLUMN %1$I.scores.moves_days IS 'how many days the view of moves looks back; yours to edit';
        CREATE TABLE %1$I.versions (
            score_name text NOT NULL REFERENCES %1$I.scores ON DELETE CASCADE,
            version integer NOT NULL,
            grid scoring.grid,
            measure text,
            cuts double precision[],
            published_on date NOT NULL,
            PRIMARY KEY (score_name, version)
        );
        COMMENT ON TABLE %1$I.versions IS 'what each version of a score was made of; history says which one made a tier';
        CREATE TABLE %1$I.gaps (
            name text PRIMARY KEY,
            of text NOT NULL REFERENCES %1$I.scores,
            against text NOT NULL REFERENCES %1$I.scores,
            populations text[] NOT NULL
        );
        COMMENT ON TABLE %1$I.gaps IS 'what add_gap() was given';
        CREATE TABLE %1$I.gap_actions (
            name text NOT NULL REFERENCES %1$I.gaps ON DELETE CASCADE,
            gap integer NOT NULL,
            action text,
            PRIMARY KEY (name, gap)
        );
        COMMENT ON TABLE %1$I.gap_actions IS 'what to do about each gap; yours to edit';
        CREATE TABLE %1$I.surges (
            name text PRIMARY KEY,
            touchpoint text NOT NULL,
            recent interval NOT NULL,
            usual interval NOT NULL
        );
        COMMENT ON TABLE %1$I.surges IS 'what add_surge() was given';
        CREATE TABLE %1$I.contact_lists (
            name text PRIMARY KEY,
            channel text NOT NULL,
            score text NOT NULL REFERENCES %1$I.scores,
            cap double precision NOT NULL,
            forgotten_after interval NOT NULL
        );
        COMMENT ON TABLE %1$I.contact_lists IS 'what add_contact_list() was given';
        CREATE TABLE %1$I.history (
            score_name text NOT NULL,
            %2$s,
            tier integer,
            score double precision,
            version integer NOT NULL,
            since date NOT NULL,
            until date
        );
        CREATE UNIQUE INDEX history_now ON %1$I.history (score_name, %3$s) INCLUDE (tier, version, since) WHERE until IS NULL;
        CREATE INDEX history_of ON %1$I.history (%3$s, score_name, since);
        COMMENT ON TABLE %1$I.history IS 'tiers as ranges of days: a new row when the tier or the version of the grid changes';
        COMMENT ON COLUMN %1$I.history.score IS 'the score on the first day';
        COMMENT ON COLUMN %1$I.history.since IS 'first day in this tier';
        COMMENT ON COLUMN %1$I.history.until IS 'last day in it; NULL: still';

        CREATE TABLE %1$I.refreshes (
            run bigint PRIMARY KEY,
            started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            finished_at timestamptz,
            phase text NOT NULL,
            customers bigint,
            done bigint NOT NULL DEFAULT 0,
            changed bigint NOT NULL DEFAULT 0,
            failed bigint NOT NULL DEFAULT 0
        );
        COMMENT ON TABLE %1$I.refreshes IS 'the last thousand refreshes';
        CREATE TABLE %1$I.readings (
            source integer NOT NULL REFERENCES %1$I.registered_sources ON DELETE CASCADE,
            touchpoint text,
            reason text,
            read_rows bigint NOT NULL,
            read_at timestamptz NOT NULL DEFAULT now()
        );
        COMMENT ON TABLE %1$I.readings IS 'rows of each source at its last reading in full, by touchpoint and by the reason why they do not count';

        -- in a publication FOR ALL TABLES, rows without a key could not be deleted
        ALTER TABLE %1$I.base REPLICA IDENTITY FULL;
        ALTER TABLE %1$I.reread REPLICA IDENTITY FULL;
        ALTER TABLE %1$I.history REPLICA IDENTITY FULL;
        ALTER TABLE %1$I.readings REPLICA IDENTITY FULL;

        CREATE FUNCTION %1$I.today() RETURNS date
            LANGUAGE sql STABLE PARALLEL SAFE
            RETURN (now() AT TIME ZONE %4$L)::date;
        GRANT EXECUTE ON FUNCTION %1$I.today() TO PUBLIC;
        COMMENT ON FUNCTION %1$I.today() IS 'the day it is in the time zone of this base';
        $sql$, base, definition, key_list, time_zone)
        FROM (SELECT string_agg(quote_ident(c), ', ' ORDER BY n) AS key_list
              FROM unnest(columns) WITH ORDINALITY AS k (c, n)) AS k;
    EXECUTE format('INSERT INTO %I.base (key_columns, key_types, time_zone, salt) VALUES ($1, $2, $3, $4)', base)
        USING columns, types, time_zone, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
    PERFORM create_campaign_tables(base);
    PERFORM create_base_views(base);
END
$$;
COMMENT ON FUNCTION scoring.create_base(text, text, text) IS
    'makes a base: a schema of the caller''s own with the customers'' timelines, which refresh() keeps';

CREATE FUNCTION _scoring.drop_base(base text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    w pg_catalog.record;
    others pg_catalog.text[];
BEGIN
    PERFORM _scoring.check_entered(base);
    others := depend_on(base);
    IF others <> '{}' THEN
        RAISE dependent_objects_still_exist USING MESSAGE = format('base "%s" cannot be dropped: other objects depend on it', base),
            DETAIL = array_to_string(others, ', ') || '.',
            HINT = 'Drop these first, or have them depend on it no longer.';
    END IF;
    -- waits for the end of a refresh: it would be dropped under its feet
    EXECUTE format('LOCK TABLE %I.refreshing IN ACCESS EXCLUSIVE MODE', base);
    PERFORM lock_base(base);
    -- the triggers first: writers lock their table, then the marks
    FOR w IN EXECUTE format('SELECT watch FROM %I.watches', base) LOOP
        PERFORM unwatch(base, w.watch);
    END LOOP;
    EXECUTE format('DROP SCHEMA %I CASCADE', base);
END
$$;
COMMENT ON FUNCTION _scoring.drop_base(text) IS 'body of scoring.drop_base()';

CREATE FUNCTION _scoring.drop_score(base text, name text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record;
    other pg_catalog.text;
    views pg_catalog.text[];               -- its own alone: one of such a name may be another's
BEGIN
    PERFORM _scoring.check_entered(base);
    PERFORM lock_base(base);
    -- these are no more than their views
    EXECUTE format($sql$
        WITH g AS (DELETE FROM %1$I.gaps WHERE name = $1 RETURNING name),
             s AS (DELETE FROM %1$I.surges WHERE name = $1 RETURNING name),
             l AS (DELETE FROM %1$I.contact_lists WHERE name = $1 RETURNING name)
        SELECT ARRAY[name || '_tiers', name] FROM g UNION ALL SELECT ARRAY[name] FROM s UNION ALL SELECT ARRAY[name] FROM l$sql$, base)
        INTO views USING name;
    IF views IS NOT NULL THEN
        PERFORM drop_view(base, v) FROM unnest(views) AS v;
    ELSE
        s := score_of(base, name);
        EXECUTE format('SELECT name FROM %1$I.gaps WHERE $1 IN (of, against)
                        UNION ALL SELECT name FROM %1$I.contact_lists WHERE score = $1 ORDER BY 1 LIMIT 1', base) INTO other USING name;
        IF other IS NOT NULL THEN
            RAISE dependent_objects_still_exist USING MESSAGE = format('"%s" is made from score "%s"', other, name),
                HINT = format('SELECT drop_score(%L, %L); first.', base, other);
        END IF;
        PERFORM check_campaigns(base, name);
        EXECUTE format('DELETE FROM %I.scores WHERE name = $1', base) USING name;
        EXECUTE format('DELETE FROM %I.history WHERE score_name = $1', base) USING name;
        PERFORM drop_view(base, name);
        IF s.kind <> 'rfm' THEN
            PERFORM drop_view(base, name || '_tiers');
            PERFORM drop_view(base, name || '_moves');
            EXECUTE format('DROP FUNCTION IF EXISTS %I.%I(timeline, date)', base, name || '_on');
        END IF;
    END IF;
END
$$;
COMMENT ON FUNCTION _scoring.drop_score(text, text) IS 'body of scoring.drop_score()';
