-- A campaign: who may be reached, and who of them is let go without, by lot, so
-- that its effect can be told from what would have been bought anyway.
\set whom '''crm'', ''summer'', ''engagement'', ''sms'', ''{1,1,1,1,1,1}'''
\set money 'holdout => 0.3, budget => 5000, cost => 2.5, worth => 30'

\echo :bold'5. Whom to send a text message':plain
\echo
\echo 'There are 5,000 € for a voucher by text message: 2.50 € a customer, and one more who buys is worth'
\echo '30 €.  What such a message does, nobody knows yet; so of every tier at least three in ten, drawn'
\echo 'by lot, get none.'
\echo
\echo '    SELECT * FROM plan_campaign(':whom','
\echo '                                ':money');'
\echo
CREATE TEMPORARY TABLE plan AS SELECT * FROM plan_campaign(:whom, :money);
SELECT tier, customers, eligible, contact, control, round(total_cost::numeric) AS "cost, €",
       round(smallest_effect::numeric, 2) AS "smallest effect, €", label AS " "
FROM plan
ORDER BY tier DESC NULLS LAST;

SELECT words(customers - eligible) AS unreachable FROM plan WHERE tier IS NULL \gset
\echo 'The other' :unreachable 'never agreed to text messages.  The money goes from the hottest tier down.  The'
\echo 'smallest effect is what a contact would have to bring for 8 of 10 such campaigns to see it: small'
\echo 'tiers can show large effects only.'
\echo
