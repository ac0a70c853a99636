/*
 * fractions.h
 *		Shares and limits: exact decimal fractions of a whole.
 *
 * Both come as numeric[] and end as the same thing, the borders between tiers:
 * ascending fractions above 0 and below 1, as integers of 18 places.
 */
#ifndef SCORING_FRACTIONS_H
#define SCORING_FRACTIONS_H

#include "compat.h"

#include "utils/array.h"

#define FRACTION_PLACES		18
#define FRACTION_ONE		INT64CONST(1000000000000000000)

typedef struct Fractions
{
	int32		count;
	int64		border[FLEXIBLE_ARRAY_MEMBER];
} Fractions;

#define FRACTIONS_SIZE(count) \
	(offsetof(Fractions, border) + (count) * sizeof(int64))

/*
 * The borders between so many tiers, at least and at most; palloc'd.
 */

/* {0.2,0.6,0.2} has the borders 0.2 and 0.8 */
extern Fractions *fractions_of_shares(ArrayType *shares,
									  int min_tiers, int max_tiers);
/* {0.80,0.95} are borders themselves */
extern Fractions *fractions_of_limits(ArrayType *limits,
									  int min_tiers, int max_tiers);
extern bool fractions_equal(const Fractions *a, const Fractions *b);

#endif							/* SCORING_FRACTIONS_H */
