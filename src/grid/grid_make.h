/*
 * grid_make.h
 *		Rules to a grid.
 */
#ifndef SCORING_GRID_MAKE_H
#define SCORING_GRID_MAKE_H

#include "grid/loose_rule.h"

/* brings the rules into canonical order on the way; what makes too large a
 * grid is an error, and NULL when that is a soft one */
extern Grid *grid_make(LooseRule *rules, uint32 nrules, Node *escontext);

#endif							/* SCORING_GRID_MAKE_H */
