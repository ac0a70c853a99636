/*
 * tier.h
 *		A score held against cuts: what tier() and crosses() share.
 */
#ifndef SCORING_TIER_H
#define SCORING_TIER_H

#include "compat.h"

#include "utils/array.h"

/*
 * The elements of a cuts array, checked: one dimension (or empty), ascending,
 * equal neighbours allowed, no NULL, no NaN.  They point into the array.
 */
extern const float8 *cuts_of_array(ArrayType *array, int *ncuts);

/* 1 + the number of cuts <= score; score is not NaN */
static inline int
tier_of(float8 score, const float8 *cuts, int ncuts)
{
	int			low = 0;
	int			high = ncuts;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (cuts[middle] <= score)
			low = middle + 1;
		else
			high = middle;
	}
	return low + 1;
}

#endif							/* SCORING_TIER_H */
