/*
 * score.h
 *		What the functions of (timeline, grid, ...) have in common: how they
 *		come by their scorer.
 */
#ifndef SCORING_SCORE_H
#define SCORING_SCORE_H

#include "engine/scorer.h"

#include "fmgr.h"

/* the scorer of a grid argument, remembered between the calls of one call site */
extern Scorer *scorer_of_argument(FunctionCallInfo fcinfo, int argno);

#endif							/* SCORING_SCORE_H */
