/*
 * psi.c
 *		psi(before, after): the population stability index.
 */
#include "statistics/class_counts.h"

#include <math.h>

#include "fmgr.h"

PG_FUNCTION_INFO_V1(scoring_psi);

/* how many of an empty class, so that it can be divided by */
#define EMPTY_CLASS		0.5

/*
 * psi(before bigint[], after bigint[]) returns float8
 *
 * sum((b - a) ln(b / a)) over the shares a and b that each class has before and
 * after (N. Siddiqi, Credit Risk Scorecards, 2006: below 0.1 stable, from 0.25
 * on another population).  A class that is empty on one side counts as half a
 * member there; one that is empty on both adds nothing.  NULL when there is
 * nobody on a side.  Errors: arrays that are not of one dimension and of the
 * same length; a count that is NULL or negative.
 */
Datum
scoring_psi(PG_FUNCTION_ARGS)
{
	int			n;
	int			n_after;
	float8		all_before;
	float8		all_after;
	const int64 *before = class_counts(PG_GETARG_ARRAYTYPE_P(0), "before", &n, &all_before);
	const int64 *after = class_counts(PG_GETARG_ARRAYTYPE_P(1), "after", &n_after, &all_after);
	float8		psi = 0;

	if (n != n_after)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("before and after must have the same classes"),
				 errdetail("There are %d before and %d after.", n, n_after)));
	if (all_before == 0 || all_after == 0)
		PG_RETURN_NULL();
	for (int i = 0; i < n; i++)
	{
		float8		a = (before[i] > 0 ? before[i] : EMPTY_CLASS) / all_before;
		float8		b = (after[i] > 0 ? after[i] : EMPTY_CLASS) / all_after;

		if (before[i] > 0 || after[i] > 0)
			psi += (b - a) * log(b / a);
	}
	PG_RETURN_FLOAT8(psi);
}
