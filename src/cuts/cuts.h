/*
 * cuts.h
 *		Cuts: the borders between the tiers of a population.
 *
 * n tiers have n - 1 cuts, which ascend; a value is in the tier above a cut
 * when it is not below it.  Equal neighbours leave the tier between them
 * empty, and Infinity is a cut that no value reaches.
 */
#ifndef SCORING_CUTS_H
#define SCORING_CUTS_H

#include "compat.h"

/* an array of cuts, as SQL has it */
extern Datum cuts_array(const double *cuts, int count);

/*
 * The tier of a value by mid-rank, (2 * below + equal) / (2 * total): the
 * formula that rank_cuts() makes cuts for.
 */
static inline int32
tier_of_rank(int64 below, int64 equal, int64 total, int32 tiers)
{
	return 1 + (int32) ((int128) tiers * (2 * below + equal) / (2 * total));
}

/*
 * Cuts of equal width, tiers - 1 of them.  Both ends are finite, and the
 * lowest is below the highest.
 */
extern void equal_cuts(double lowest, double highest, int32 tiers,
					   double *cuts);

#endif							/* SCORING_CUTS_H */
