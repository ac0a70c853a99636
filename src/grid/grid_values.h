/*
 * grid_values.h
 *		What stands at the keys of a rule, each read from its node.
 *
 * All of them raise an error that names the place when the node is not what the
 * key wants.
 */
#ifndef SCORING_GRID_VALUES_H
#define SCORING_GRID_VALUES_H

#include "grid/grid_json.h"
#include "grid/grid_place.h"
#include "grid/loose_rule.h"

/* points, min, max: in POINT_PLACES */
extern bool parse_amount(const Place *place, const JsonNode *node,
						 int64 *amount);
extern bool parse_per_day(const Place *place, const JsonNode *node,
						  int64 *per_day);
extern bool parse_within(const Place *place, const JsonNode *node,
						 Span *span);
extern bool parse_half_life(const Place *place, const JsonNode *node,
							Span *span);
/* these set bands or unless, and their number */
extern bool parse_bands(const Place *place, const JsonNode *node,
						LooseRule *loose);
extern bool parse_thresholds(const Place *place, const JsonNode *node,
							 LooseRule *loose);
extern bool parse_unless(const Place *place, const JsonNode *node,
						 LooseRule *loose);
/* tells of bands that "within" keeps everybody from reaching */
extern void check_reach(const Place *place, const LooseRule *loose);

#endif							/* SCORING_GRID_VALUES_H */
