/*
 * memo.h
 *		Points that may be remembered.
 */
#ifndef SCORING_MEMO_H
#define SCORING_MEMO_H

#include "engine/scorer.h"

/* what the scorer's grid gives a timeline argument, until the next call */
extern const Points *points_of(Scorer *scorer, Datum argument, int32 as_of);

#endif							/* SCORING_MEMO_H */
