/*
 * grid_parse.h
 *		The text of a grid to rules.
 */
#ifndef SCORING_GRID_PARSE_H
#define SCORING_GRID_PARSE_H

#include "grid/loose_rule.h"

/*
 * The rules that a grid's text has, in the order it has them; whatever is
 * wrong with them is an error, and NULL when that is a soft one.  The text
 * must end in NUL.
 */
extern LooseRule *grid_parse(char *text, size_t len, uint32 *nrules,
							 Node *escontext);

#endif							/* SCORING_GRID_PARSE_H */
