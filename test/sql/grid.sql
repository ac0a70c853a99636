-- the grid: its text, its errors, and what is read of it
SET search_path = scoring, public;

-- canonical text, whatever the order and the spacing
SELECT '{
	"purchase":        {"latest": {"1 year": 10, "30 days": 30, "3 months": 20}, "older": 2},
	"signup":          {"latest": {"90 days": 5, "30 days": 15}, "unless": "purchase"},
	"email_delivered": {"latest": {"30 days": 1}},
	"open":            {"max": 10, "per_day": 3, "half_life": "30 days", "each": 1},
	"click":           {"each": 5, "half_life": "60 days", "max": 25},
	"browse":          {"each": 2, "within": "14 days", "max": 10},
	"nps":             {"value": {"9": 10, "0": -20, "7": 0}, "half_life": "180 days"},
	"social":          {"each": 2, "within": "90 days", "max": 10},
	"social_negative": {"latest": {"90 days": -10}},
	"open_complaint":  {"per_value": -25, "min": -50},
	"quote":           {"latest": 12, "half_life": "21 days"}
}'::grid AS example \gset
\echo :example
SELECT * FROM rules(:'example');
SELECT * FROM describe(:'example');
SELECT * FROM bounds(:'example');
SELECT grid(touchpoint, rule) = :'example' AS same FROM rules(:'example');

SELECT '{}'::grid;
SELECT ' { } '::grid;
-- spans as they were written, but for spacing, case and plural
SELECT '{"a": {"latest": {" 1  DAYS ": 1, "2week": 2, "01 months": 3, "1 Year": 4}}}'::grid;
SELECT '{"a": {"each": 1, "half_life": "1 hours"}, "b": {"each": 1, "half_life": "2147483647 hour"}}'::grid;
-- numbers as the decimals they are written as
SELECT grid AS numbers FROM (VALUES
	('{"a": {"each": 1e2}}'::grid), ('{"a": {"each": -0}}'), ('{"a": {"each": 1E-6}}'), ('{"a": {"each": 0.100}}'),
	('{"a": {"each": 999999999.999999}}'), ('{"a": {"each": -999999999.999999}}'), ('{"a": {"each": 0e400}}')) AS v (grid);
-- one rule is an object, several are an array, in the order of their texts
SELECT '{"a": [{"each": 2}]}'::grid;
SELECT '{"a": [{"per_value": 1}, {"each": 2}, {"latest": {"1 day": 1}}, {"each": 10}]}'::grid;
SELECT '{"a": {"each": 1, "unless": ["c", "b"]}, "d": {"each": 1, "unless": ["e"]}}'::grid;
-- names are what they are
SELECT '{"": {"each": 1}, "\"\\\n\u0041": {"each": 2}, "it''s a {[,:]}": {"each": 3}}'::grid;
-- touchpoints in the order of their bytes
SELECT '{"b": {"each": 1}, "B": {"each": 1}, "a": {"each": 1}, "aa": {"each": 1}, "_": {"each": 1}, "a b": {"each": 1}}'::grid;

-- not JSON, or not an object
SELECT ''::grid;
SELECT 'x'::grid;
SELECT '{"a": {"each": 1}'::grid;
SELECT '{"a": {"each": 1}} x'::grid;
SELECT '{"a": {"each": 01}}'::grid;
SELECT '{"a": {"each": .5}}'::grid;
SELECT '{"a": {"each": NaN}}'::grid;
SELECT '{"a\u0000b": {"each": 1}}'::grid;
SELECT '{"a\ud800": {"each": 1}}'::grid;
SELECT '[]'::grid;
SELECT '1'::grid;
SELECT 'null'::grid;
SELECT '{"a": {"latest": {"30 days": {"each": 1}}}}'::grid;
SELECT '{"a": [[[[1]]]]}'::grid;
SELECT repeat('[', 1000000)::grid;
SELECT repeat('{"a":', 1000000)::grid;
SELECT (repeat(' ', 17000000))::grid;

-- touchpoints
SELECT '{"a": {"each": 1}, "b": {"each": 1}, "a": {"each": 2}}'::grid;
SELECT '{"a": 1}'::grid;
SELECT '{"a": null}'::grid;
SELECT '{"a": []}'::grid;
SELECT '{"a": [{"each": 1}, "b"]}'::grid;
SELECT ('{"' || repeat('long', 100) || '": true}')::grid;

-- heads
SELECT '{"a": {}}'::grid;
SELECT '{"a": {"within": "30 days"}}'::grid;
SELECT '{"a": {"each": 1, "per_value": 1}}'::grid;
SELECT '{"a": [{"each": 1}, {"latest": 1, "value": {"1": 1}, "within": "1 day"}]}'::grid;
SELECT '{"a": {"each": 1, "each": 1}}'::grid;
SELECT '{"a": {"each": 1, "max": 1, "max": 2}}'::grid;
SELECT '{"a": {"each": 1, "half_live": "30 days"}}'::grid;
SELECT '{"a": {"Each": 1}}'::grid;
SELECT '{"a": {"30 days": 10, "90 days": 5}}'::grid;
SELECT '{"a": {"each": 1, "": 2}}'::grid;
SELECT ('{"a": {"each": 1, "' || repeat('x', 1000) || '": 2}}')::grid;

-- points
SELECT '{"a": {"each": "1"}}'::grid;
SELECT '{"a": {"each": null}}'::grid;
SELECT '{"a": {"each": true}}'::grid;
SELECT '{"a": {"each": {"30 days": 10}}}'::grid;
SELECT '{"a": {"per_value": [1]}}'::grid;
SELECT '{"a": {"each": 1e9}}'::grid;
SELECT '{"a": {"each": -1000000000}}'::grid;
SELECT '{"a": {"each": 1e400}}'::grid;
SELECT '{"a": {"each": 0.0000001}}'::grid;
SELECT '{"a": {"each": 1e-7}}'::grid;
SELECT '{"a": {"each": 999999999.9999999}}'::grid;

-- latest
SELECT '{"a": {"latest": 10}}'::grid;
SELECT '{"a": {"latest": 10, "max": 3}}'::grid;
SELECT '{"a": {"latest": "30 days"}}'::grid;
SELECT '{"a": {"latest": {}}}'::grid;
SELECT '{"a": {"latest": {"30 days": "10"}}}'::grid;
SELECT '{"a": {"latest": {"30": 10}}}'::grid;
SELECT '{"a": {"latest": {"": 10}}}'::grid;
SELECT '{"a": {"latest": {"0 days": 10}}}'::grid;
SELECT '{"a": {"latest": {"-1 days": 10}}}'::grid;
SELECT '{"a": {"latest": {"1.5 days": 10}}}'::grid;
SELECT '{"a": {"latest": {"1 month 2 days": 10}}}'::grid;
SELECT '{"a": {"latest": {"30 d": 10}}}'::grid;
SELECT '{"a": {"latest": {"30 hours": 10}}}'::grid;
SELECT '{"a": {"latest": {"2147483648 days": 10}}}'::grid;
SELECT '{"a": {"latest": {"306783379 weeks": 10}}}'::grid;
SELECT '{"a": {"latest": {"99999999999999999999 days": 10}}}'::grid;
SELECT '{"a": {"latest": {"30 days": 1, "30 days": 2}}}'::grid;
SELECT '{"a": {"latest": {"14 days": 1, "2 weeks": 2}}}'::grid;
SELECT '{"a": {"latest": {"1 year": 1, "12 months": 2}}}'::grid;
SELECT '{"a": {"latest": {"400 years": 1, "146097 days": 2}}}'::grid;
SELECT '{"a": {"latest": {"30 days": 1, "1 month": 2}}}'::grid;
SELECT '{"a": {"latest": {"1 year": 2, "7 days": 0, "365 days": 1}}}'::grid;
SELECT '{"a": {"latest": {"30 days": 1}, "older": "2"}}'::grid;
SELECT '{"a": {"each": 1, "older": 2}}'::grid;
SELECT '{"a": {"latest": 1, "within": "1 day", "older": 2}}'::grid;

-- value
SELECT '{"a": {"value": 1}}'::grid;
SELECT '{"a": {"value": {}}}'::grid;
SELECT '{"a": {"value": {"high": 1}}}'::grid;
SELECT '{"a": {"value": {" 1": 1}}}'::grid;
SELECT '{"a": {"value": {"1": null}}}'::grid;
SELECT '{"a": {"value": {"1e9": 1}}}'::grid;
SELECT '{"a": {"value": {"0.0000001": 1}}}'::grid;
SELECT '{"a": {"value": {"7": 1, "7.0": 2}}}'::grid;
SELECT '{"a": {"value": {"10": 1, "9": 2, "-0.5": 3, "1e1": 2}}}'::grid;

-- modifiers
SELECT '{"a": {"each": 1, "half_life": "3 months"}}'::grid;
SELECT '{"a": {"each": 1, "half_life": "1 year"}}'::grid;
SELECT '{"a": {"each": 1, "half_life": 30}}'::grid;
SELECT '{"a": {"each": 1, "half_life": "30"}}'::grid;
SELECT '{"a": {"each": 1, "half_life": "0 days"}}'::grid;
SELECT '{"a": {"each": 1, "within": 30}}'::grid;
SELECT '{"a": {"each": 1, "within": "36 hours"}}'::grid;
SELECT '{"a": {"each": 1, "within": null}}'::grid;
SELECT '{"a": {"per_value": 1, "per_day": 3}}'::grid;
SELECT '{"a": {"each": 1, "per_day": 0}}'::grid;
SELECT '{"a": {"each": 1, "per_day": -1}}'::grid;
SELECT '{"a": {"each": 1, "per_day": 1.5}}'::grid;
SELECT '{"a": {"each": 1, "per_day": "1"}}'::grid;
SELECT '{"a": {"each": 1, "per_day": 1000000000}}'::grid;
SELECT '{"a": {"each": 1, "per_day": 30e-1}}'::grid;
SELECT '{"a": {"each": 1, "min": 0.1}}'::grid;
SELECT '{"a": {"each": 1, "max": -0.1}}'::grid;
SELECT '{"a": {"each": 1, "max": "10"}}'::grid;
SELECT '{"a": {"each": 1, "min": -0, "max": 0}}'::grid;
SELECT '{"a": {"each": 1, "unless": 1}}'::grid;
SELECT '{"a": {"each": 1, "unless": []}}'::grid;
SELECT '{"a": {"each": 1, "unless": ["b", 1]}}'::grid;
SELECT '{"a": {"each": 1, "unless": ["c", "b", "c"]}}'::grid;
SELECT '{"a": {"each": 1, "unless": "a"}}'::grid;
SELECT '{"a": {"each": 1, "unless": ["b", "a"]}}'::grid;
-- what cannot be reached is told, and kept
SELECT '{"a": {"latest": {"30 days": 2, "60 days": 1}, "within": "30 days"}}'::grid;
SELECT '{"a": [{"each": 1}, {"latest": {"30 days": 2}, "older": 1, "within": "4 weeks"}]}'::grid;
SELECT '{"a": {"latest": {"30 days": 2, "60 days": 1}, "older": 3, "within": "2 months"}}'::grid;

-- in plain words
SELECT * FROM describe('{"a": [
	{"latest": {"1 day": 3, "7 days": 2.5}, "half_life": "1 day", "unless": "b"},
	{"latest": {"30 days": 2}, "older": 1, "within": "60 days", "min": -1, "max": 1},
	{"latest": 12, "within": "21 days", "unless": ["c", "b"]},
	{"each": 1, "within": "1 month", "per_day": 1},
	{"per_value": 0.001, "half_life": "36 hours", "max": 100, "unless": ["b", "c", "d"]},
	{"value": {"-1.5": -1}, "within": "1 year"}]}');
SELECT * FROM describe('{"a": {"latest": {"4 weeks": 2, "1 month": 1}, "within": "30 days"}}');
SELECT * FROM describe('{"a": {"latest": {"30 days": 2, "60 days": 1, "90 days": 3}, "older": 4, "within": "45 days", "half_life": "2 weeks"}}');
SELECT * FROM describe('{}');
SELECT * FROM rules('{}');
SELECT * FROM rules('{"a": [{"each": 1}, {"per_value": 1}]}');

-- bounds
SELECT g AS grid, b.* FROM (VALUES
	('{}'::grid),
	('{"a": {"latest": {"30 days": 5, "60 days": 7}, "older": -2}}'),
	('{"a": {"latest": {"30 days": 5, "60 days": 7}, "older": -2, "within": "60 days"}}'),
	('{"a": {"latest": {"2 days": 1, "4 days": 8}, "half_life": "1 day"}}'),
	('{"a": {"latest": {"1 month": 0, "1 year": 8}, "half_life": "2 weeks"}}'),
	('{"a": {"latest": 12, "half_life": "21 days"}}'),
	('{"a": {"latest": -12, "within": "21 days", "min": -3}}'),
	('{"a": {"each": 1}}'),
	('{"a": {"each": -1}}'),
	('{"a": {"each": 0}}'),
	('{"a": {"each": 1, "max": 10, "min": -10}}'),
	('{"a": {"each": 1, "half_life": "1 day"}}'),
	('{"a": {"each": 1, "per_day": 3}}'),
	('{"a": {"each": 1, "per_day": 3, "within": "10 days"}}'),
	('{"a": {"each": -1, "per_day": 3, "within": "1 month"}}'),
	('{"a": {"each": 1, "per_day": 3, "half_life": "1 day"}}'),
	('{"a": {"each": 1, "per_day": 1, "half_life": "1 day", "within": "3 days"}}'),
	('{"a": {"each": 1, "per_day": 1, "half_life": "40000 days"}}'),
	('{"a": {"each": 1, "per_day": 1, "half_life": "40000 days", "within": "1 day"}}'),
	('{"a": {"each": 999999999, "per_day": 999999999, "within": "5000000 years"}}'),
	('{"a": {"per_value": 1}}'),
	('{"a": {"per_value": -1, "max": 5}}'),
	('{"a": {"per_value": 0}}'),
	('{"a": {"value": {"0": -20, "7": 0, "9": 10}}}'),
	('{"a": [{"value": {"0": -20}}, {"latest": 0.1, "within": "1 day"}], "b": {"latest": 0.2, "within": "1 day"}}')
) AS v (g), bounds(g) AS b;

-- comparison: the same rules are the same grid
SELECT '{"a": {"each": 1}, "b": {"each": 2.0}}'::grid = '{"b": {"each": 2}, "a": [{"each": 1e0}]}' AS equal,
	'{"a": {"each": 1}}'::grid <> '{"a": {"each": 2}}' AS unequal,
	'{"a": {"each": 1}}'::grid < '{"a": {"each": 2}}' AS less,
	'{"a": {"each": 1}}'::grid <= '{"a": {"each": 1}}' AS less_or_equal,
	'{"a": {"each": 1}}'::grid > '{"a": {"each": 2}}' AS greater,
	'{"a": {"each": 1}}'::grid >= '{"a": {"each": 2}}' AS greater_or_equal;
CREATE TABLE kept (g grid PRIMARY KEY);
INSERT INTO kept VALUES ('{"b": {"each": 1}}'), ('{"a": {"each": 1}}'), ('{}');
INSERT INTO kept VALUES ('{"a": {"each": 1.0}}');
SELECT g FROM kept ORDER BY g;
SELECT count(*) FROM kept JOIN kept AS other USING (g);

-- casts
SELECT '{"a": {"each": 1, "max": 2}}'::jsonb::grid, '{"a": {"each": 1, "max": 2}}'::json::grid;
SELECT '{"a": {"each": 1, "max": 2}}'::grid::jsonb, '{"a": {"each": 1, "max": 2}}'::grid::json;
SELECT '{"a": {"each": 1, "max": "2"}}'::jsonb::grid;
SELECT '"a"'::jsonb::grid;
INSERT INTO kept SELECT jsonb_build_object('c', '{"each": 1}'::jsonb);
SELECT g FROM kept WHERE g = '{"c": {"each": 1}}';

-- binary form
SELECT _scoring.grid_send('{"a": {"each": 1}}');

-- a grid from a table of rules
CREATE TABLE rule_table (touchpoint text, rule jsonb);
INSERT INTO rule_table VALUES
	('open', '{"each": 1, "half_life": "30 days"}'),
	('click', '{"each": 5}'),
	('open', '[{"latest": {"7 days": 3}}, {"each": 1, "per_day": 1}]');
SELECT grid(touchpoint, rule) FROM rule_table;
SELECT grid(touchpoint, rule) FROM rule_table WHERE false;
SELECT grid('a', '[]');
SELECT grid('a', NULL);
SELECT grid(NULL, '{"each": 1}');
SELECT grid('a', '"each"');
SELECT grid('a', '{"each": 1, "halflife": "1 day"}');
SELECT touchpoint, grid(touchpoint, rule) OVER (ORDER BY touchpoint) FROM rule_table ORDER BY touchpoint;

-- a grid from a spreadsheet
CREATE TABLE sheet (touchpoint text, recency interval, points float8);
COPY sheet FROM stdin (FORMAT csv, HEADER);
touchpoint,recency,points
purchase,30 days,30
purchase,3 months,20
purchase,1 year,10
purchase,,2
email_delivered,2 weeks,0.1
signup,18 months,5
\.
SELECT grid(touchpoint, recency, points) FROM sheet;
SELECT grid(touchpoint, recency, points ORDER BY points) = grid(touchpoint, recency, points ORDER BY points DESC) AS same FROM sheet;
SELECT grid(touchpoint, recency, points) FROM sheet WHERE false;
SELECT grid('a', recency, points) FROM (VALUES (interval '1 year', 1), ('12 months', 2)) AS v (recency, points);
SELECT grid('a', recency, points) FROM (VALUES (interval '1 month', 1), ('30 days', 2)) AS v (recency, points);
SELECT grid('a', recency, points) FROM (VALUES (interval '1 month', 1), (NULL, 2), (NULL, 3)) AS v (recency, points);
SELECT grid('a', NULL, 1);
SELECT grid(NULL, '1 day', 1);
SELECT grid('a', '1 day', NULL);
SELECT grid('a', '1 day', 'NaN');
SELECT grid('a', '1 day', '-Infinity');
SELECT grid('a', '1 day', 0.0000001);
SELECT grid('a', '1 day', 1e9);
SELECT grid('a', '1 month 1 day', 1);
SELECT grid('a', '1 day 12 hours', 1);
SELECT grid('a', '36 hours', 1);
SELECT grid('a', '0 days', 1);
SELECT grid('a', '-3 months', 1);
SELECT grid('a', '1 day', 0.1 + 0.2::numeric), grid('a', '1 day', 1e-6), grid('a', '1 day', -999999999);
SELECT grid('a', '1 day', 0.1::float8 + 0.2::float8);

-- the states of the aggregates are text[], and what is not one is refused
SELECT _scoring.grid_of_rules('{a}');
SELECT _scoring.grid_of_rules('{a,NULL}');
SELECT _scoring.grid_of_bands('{a,1 day}');
SELECT _scoring.grid_of_bands('{NULL,1 day,1}');
SELECT _scoring.grid_of_bands('{a,NULL,NULL}');
SELECT _scoring.grid_of_bands('{a,1 day,x}');
SELECT _scoring.grid_collect_rule('{{a,b}}', 'a', '{"each": 1}');

-- NULL in, NULL out
SELECT NULL::jsonb::grid, NULL::grid::jsonb, NULL::grid = NULL::grid;
SELECT * FROM rules(NULL);
SELECT * FROM describe(NULL);
SELECT * FROM bounds(NULL);

DROP TABLE kept, rule_table, sheet;
