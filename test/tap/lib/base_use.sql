-- base_search_path.sql: all that the base named :base can do
CALL scoring.refresh(:'base');
SELECT scoring.snapshot(:'base') \g /dev/null
SELECT FROM scoring.recut(:'base', 'heat', method => 'natural') \g /dev/null
SELECT FROM scoring.distribution(:'base', 'heat', by => 'email') \g /dev/null
SELECT FROM scoring.moves(:'base', 'heat', '2026-01-01') \g /dev/null
SELECT FROM scoring.moves(:'base', 'gap', '2026-01-01') \g /dev/null
SELECT FROM scoring.distribution(:'base', 'gap', by => 'email') \g /dev/null
SELECT scoring.drift(:'base', 'gap', '2026-01-01') \g /dev/null
SELECT FROM scoring.try_grid(:'base', 'heat', '{"purchase": {"each": 2}}', 'same shares') \g /dev/null
SELECT FROM scoring.try_grid_customers(:'base', 'heat', '{"purchase": {"each": 2}}') \g /dev/null
SELECT scoring.publish(:'base', 'heat', '{"purchase": {"each": 2}}', 'same shares') \g /dev/null
SELECT FROM scoring.score_on(:'base', 'heat', '{7,north}'::pg_catalog.text, '2026-01-01') \g /dev/null
SELECT FROM scoring.explain(:'base', 'heat', 7, 'north'::pg_catalog.text) \g /dev/null
SELECT FROM scoring.plan_campaign(:'base', 'summer', 'spent', 'email', NULL, budget => 10, cost => 0.1) \g /dev/null
SELECT scoring.take_wave(:'base', 'spring', 1) \g /dev/null
SELECT FROM scoring.check_wave(:'base', 'spring') \g /dev/null
SELECT scoring.set_outcomes(:'base', 'shop.orders', 'id, shop', campaign => NULL, what => $$lower('Bought')$$, occurred => 'day', value => 'amount * 2 - 1', time_zone => 'UTC') \g /dev/null
SELECT FROM scoring.campaign_checks(:'base', 'spring') \g /dev/null
SELECT FROM scoring.campaign_results(:'base', 'spring') \g /dev/null
SELECT FROM scoring.campaign_verdicts(:'base', 'spring') \g /dev/null
SELECT FROM :"base".campaign_states \g /dev/null
SELECT scoring.stop_campaign(:'base', 'spring', 'why') \g /dev/null
SELECT scoring.resume_campaign(:'base', 'spring', 'why') \g /dev/null
SELECT FROM :"base".spring_sends \g /dev/null
SELECT scoring.erase(:'base', 8, 'north'::pg_catalog.text) \g /dev/null
SELECT scoring.rebuild(:'base') \g /dev/null
SELECT FROM scoring.verify(:'base') \g /dev/null
SELECT scoring.close(:'base', '2026-02-01') \g /dev/null
SELECT scoring.drop_campaign(:'base', 'summer') \g /dev/null
SELECT FROM :"base".heat \g /dev/null
SELECT FROM :"base".heat_tiers \g /dev/null
SELECT FROM :"base".heat_moves \g /dev/null
SELECT FROM :"base".spent \g /dev/null
SELECT FROM :"base".spent_moves \g /dev/null
SELECT FROM :"base".gap \g /dev/null
SELECT FROM :"base".gap_tiers \g /dev/null
SELECT FROM :"base".rising \g /dev/null
SELECT FROM :"base".mailing \g /dev/null
SELECT FROM :"base".rfm \g /dev/null
SELECT FROM :"base".sources \g /dev/null
SELECT FROM :"base".touchpoints \g /dev/null
SELECT FROM :"base".progress \g /dev/null
