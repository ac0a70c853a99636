/*
 * score.h
 *		What the functions of (timeline, grid, ...) have in common: how they
 *		come by their scorer, and by points that may be remembered.
 */
#ifndef SCORING_SCORE_H
#define SCORING_SCORE_H

#include "engine/scorer.h"

#include "fmgr.h"

/* the scorer of a grid argument, remembered between the calls of one call site */
extern Scorer *scorer_of_argument(FunctionCallInfo fcinfo, int argno);

/* memo.c: what the scorer's grid gives a timeline argument, until the next call */
extern const Points *points_of(Scorer *scorer, Datum argument, int32 as_of);

#endif							/* SCORING_SCORE_H */
