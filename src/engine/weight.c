/*
 * weight.c
 *		How much an interaction of some age still counts.
 *
 * With a half-life of h hours an interaction a days old counts 2^(-24 a / h)
 * of what it counts today.  Weights are kept as whole numbers of 1/10^9, half
 * to even, so that sums of them are exact and do not depend on their order.
 */
#include "compat.h"

#include <math.h>

#include "grid/grid.h"

/*
 * The weight of an age in days, 0 or more, for a half-life in hours, 1 or
 * more, in units of 1 / WEIGHT_ONE.  Never raises: from 31 half-lives on it is
 * 0 (2^-31 * 10^9 is less than a half), which also keeps exp2 from underflow.
 */
int32
weight_of_age(int64 age_days, int64 half_life_hours)
{
	Assert(age_days >= 0 && half_life_hours > 0);
	if (age_days * 24 >= half_life_hours * 31)
		return 0;
	return (int32) rint(exp2(-24.0 * (double) age_days /
							 (double) half_life_hours) * (double) WEIGHT_ONE);
}
