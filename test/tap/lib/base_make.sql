-- base_search_path.sql: a base named :base, each name that is ours with its schema
SELECT scoring.create_base(:'base', 'id bigint, shop text', 'Europe/Paris') \g /dev/null
SELECT scoring.add_source(:'base', 'shop.orders', $$lower('Purchase')$$, 'day', value => 'amount * 2 - 1', filter => $$note <> 'cancelled'$$,
    time_zone => 'UTC') \g /dev/null
SELECT scoring.add_source(:'base', 'shop.seen', $$'once'::text$$, 'day', once_per => 'day::date', watch => '{"orders": "id, shop"}') \g /dev/null
SELECT scoring.add_source(:'base', 'shop.seen', $$'echo'$$, 'day') \g /dev/null
SELECT scoring.add_echo(:'base', 'echo', 'purchase', '1 day', '1 hour', same => $$note || 'x'$$) \g /dev/null
SELECT scoring.set_population(:'base', 'shop.customers', contactable => '{"email": "email AND id > 3"}', scored => 'id <> 5') \g /dev/null
CALL scoring.refresh(:'base');
SELECT FROM scoring.add_score(:'base', 'heat',
    '{"purchase": {"each": 1, "half_life": "90 days"}, "once": {"latest": {"30 days": 5}}}') \g /dev/null
SELECT FROM scoring.add_score(:'base', 'spent', measure => $$value_of(timeline, 'purchase') + 0$$, method => 'quantile') \g /dev/null
SELECT scoring.add_rfm(:'base', 'rfm', 'purchase') \g /dev/null
SELECT scoring.add_gap(:'base', 'gap', 'heat', 'spent') \g /dev/null
SELECT scoring.add_surge(:'base', 'rising', 'purchase', '1 week'::pg_catalog.interval, '1 month'::pg_catalog.interval) \g /dev/null
SELECT scoring.add_contact_list(:'base', 'mailing', 'email', 'heat', 10) \g /dev/null
INSERT INTO :"base".holdouts (since, share, salt) VALUES ('2000-01-01', 0.01, 'held');
UPDATE :"base".campaign_types SET pressure = 'heat', cap = 1000 WHERE type OPERATOR(pg_catalog.=) 'business';
SELECT FROM scoring.plan_campaign(:'base', 'spring', 'heat', 'email', NULL, filter => 'id < 1000', holdout => 0.1, at_most => 100, waves => '{1}', growth => 2, worth => 5) \g /dev/null
