-- Contact lists: whom a channel may reach, who has heard enough for now, and who
-- has been forgotten

-- crm.<name>: those who may be contacted by a channel, and nobody else
CREATE FUNCTION _scoring.add_contact_list(base text, name text, channel text, score text, cap double precision,
                                 forgotten_after interval) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    s pg_catalog.record;
BEGIN
    PERFORM _scoring.check_entered(base);
    IF num_nulls(name, channel, score, cap, forgotten_after) > 0 THEN
        RAISE null_value_not_allowed USING MESSAGE = 'name, channel, score, cap and forgotten_after must not be null';
    END IF;
    IF cap = 'NaN' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'cap must be a number';
    END IF;
    IF forgotten_after NOT BETWEEN '1 day' AND '1000 years' OR forgotten_after <> date_trunc('day', forgotten_after) THEN
        RAISE invalid_parameter_value USING MESSAGE = 'forgotten_after must be a number of days, weeks, months or years, at most 1000 years';
    END IF;
    PERFORM lock_base(base);
    PERFORM check_score_name(base, name);
    s := grid_score_of(base, score);
    IF (scoring.bounds(s.grid)).lowest >= cap THEN
        RAISE invalid_parameter_value USING MESSAGE = format('score "%s" is never below the cap of %s', score, cap),
            DETAIL = format('Its grid gives %s points at least: nobody could ever be contacted.', (scoring.bounds(s.grid)).lowest),
            HINT = 'Give a higher one: customers may be contacted while they are below it.';
    END IF;
    EXECUTE format('INSERT INTO %I.contact_lists VALUES ($1, $2, $3, $4, $5)', base) USING name, channel, score, cap, forgotten_after;
    PERFORM make_contact_list_view(base, name);
END
$$;
COMMENT ON FUNCTION _scoring.add_contact_list(text, text, text, text, double precision, interval) IS 'body of scoring.add_contact_list()';

CREATE FUNCTION _scoring.make_contact_list_view(of_base text, name text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    l pg_catalog.record;
    s pg_catalog.record;
    today pg_catalog.text := format('(SELECT %I.today())', of_base);
BEGIN
    EXECUTE format('SELECT * FROM %I.contact_lists AS l WHERE l.name = $1', of_base) INTO l USING name;
    s := grid_score_of(of_base, l.score);
    IF l.channel <> ALL (channels(of_base)) THEN
        RAISE undefined_object USING MESSAGE = format('base "%s" has no channel "%s", which contact list "%s" is for', of_base, l.channel, name),
            HINT = coalesce('It has: ' || nullif(array_to_string(channels(of_base), ', '), '') || '.',
                            format('SELECT set_population(%L, ..., contactable => ''{"email": "email_optin"}'');', of_base));
    END IF;
    PERFORM put_view(of_base, name, format($sql$
        SELECT %1$s, x.score, CASE WHEN x.score >= %2$L THEN 'pressed'
                                   WHEN x.last_contact > (%3$s - %4$L::interval)::date THEN 'free'
                                   ELSE 'forgotten' END AS state,
               x.last_contact, %3$s - x.last_contact AS days_since, scoring.free_on(x.timeline, %5$L, %2$L, %3$s) AS free_on
        FROM (SELECT %1$s, x.timeline, %6$I.%7$I(x.timeline, %3$s) AS score, scoring.last_contact(x.timeline, %5$L, %3$s) AS last_contact
              FROM %8$s WHERE x.%9$I) AS x$sql$,
        key_list(of_base, 'x.'), l.cap, today, l.forgotten_after, s.grid, of_base, l.score || '_on', population_sql(of_base), l.channel),
        format('customers who may be contacted by %s today, and no others', l.channel),
        VARIADIC key_comments(of_base) || ARRAY[
            'score', format('points of "%s" today', l.score),
            'state', format('pressed (%s points or more), forgotten (no contact within %s, or none at all), free (neither)', l.cap, l.forgotten_after),
            'last_contact', format('day of the latest interaction that "%s" counts', l.score),
            'days_since', 'days since then',
            'free_on', format('first day from today on with less than %s points if nothing happens; NULL: not for three years', l.cap)]);
END
$$;
COMMENT ON FUNCTION _scoring.make_contact_list_view(text, text) IS 'makes the view of a contact list';
