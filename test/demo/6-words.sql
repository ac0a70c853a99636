-- How the screens write numbers and days, whatever the locale.
CREATE SCHEMA screens;
CREATE FUNCTION screens.words(n bigint) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN trim(to_char(n, '999,999,999'));
CREATE FUNCTION screens.words(day date) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN extract(day FROM day) || to_char(day, ' FMMonth YYYY');
CREATE FUNCTION screens.percent(part numeric, whole numeric, places int DEFAULT 1) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN round(100 * part / nullif(whole, 0), places);

SELECT words(sum(n)::bigint) AS events, pg_size_pretty(sum(size)) AS events_size
FROM (SELECT count(*) AS n, pg_relation_size('email_events') AS size FROM email_events
      UNION ALL SELECT count(*), pg_relation_size('visits') FROM visits
      UNION ALL SELECT count(*), pg_relation_size('orders') FROM orders
      UNION ALL SELECT count(*), pg_relation_size('order_lines') FROM order_lines
      UNION ALL SELECT count(*), pg_relation_size('refunds') FROM refunds
      UNION ALL SELECT count(*), pg_relation_size('nps_answers') FROM nps_answers
      UNION ALL SELECT count(*), pg_relation_size('ticket_log') FROM ticket_log
      UNION ALL SELECT count(*), pg_relation_size('consents') FROM consents
      UNION ALL SELECT count(*), pg_relation_size('customers') FROM customers) AS t \gset
SELECT words(count(*)) AS timelines, pg_size_pretty(pg_relation_size('crm.timelines')) AS timelines_size
FROM crm.timelines \gset
SELECT words(sum((left_out ->> 'echo')::bigint)::bigint) AS echoes
FROM crm.sources \gset
SELECT words(today()) AS today_words \gset
SELECT string_agg(round(cut::numeric, 1)::text, ', ' ORDER BY cut) AS cuts_words, words(today() - 60) AS cuts_day
FROM crm.scores, unnest(cuts) AS cut WHERE name = 'engagement' \gset

\echo
\echo :events 'events of two years, in nine tables of' :events_size', up to' :today_words'.'
\echo :timelines 'timelines, one a customer, of' :timelines_size', made from seven sources (test/demo/5-base.sql) by'
\echo
\echo '    CALL refresh(''crm'');'
\echo
\echo 'which left out' :echoes 'echoes: opens that a click implies, clicks by filters, mails that bounced.'
\echo
\echo 'Every score that follows is read from them, by one grid (test/demo/grid.json).  Tiers 2 to 6 begin'
\echo 'at' :cuts_words 'points: natural_cuts of the scores of' :cuts_day', made then and kept.'
\echo
\echo 'The habits of these customers are ours, so the figures show how it works, not what you will gain:'
\echo 'for that, run it on your own data.'
