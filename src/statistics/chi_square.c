/*
 * chi_square.c
 *		chi_square(observed, expected): are there as many of each class as there
 *		should be?
 */
#include "statistics/class_counts.h"
#include "statistics/distribution.h"

#include <math.h>

#include "access/htup_details.h"
#include "fmgr.h"
#include "utils/float.h"

PG_FUNCTION_INFO_V1(scoring_chi_square);

/* the weights of a float8[], their number and the largest: finite, none below 0 */
static const float8 *
class_weights(ArrayType *array, const char *argument, int *count, float8 *largest)
{
	const float8 *weights = (const float8 *) ARR_DATA_PTR(array);

	check_classes(array, argument);
	*count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	*largest = 0;
	for (int i = 0; i < *count; i++)
	{
		if (!(weights[i] >= 0) || isinf(weights[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s must be finite and not negative", argument),
					 errdetail("Class %d has %s.", i + 1, float8out_internal(weights[i]))));
		*largest = Max(*largest, weights[i]);
	}
	return weights;
}

/*
 * chi_square(observed bigint[], expected float8[]) returns (statistic float8,
 *		df int, p_value float8)
 *
 * Pearson's test: sum((o - e)^2 / e), of one degree of freedom less than there
 * are classes.  expected are counts, shares or any weights: what counts is how
 * they stand to each other, since they are brought to the sum of observed.  A
 * class that is neither expected nor observed is none; one that is observed
 * though not expected makes the statistic infinite and the p-value 0.  All
 * NULL when nothing was observed or nothing expected; the p-value also when
 * there is but one class, which cannot differ.  Errors: arrays that are not of
 * one dimension and of the same length; a NULL; a negative or non-finite number.
 */
Datum
scoring_chi_square(PG_FUNCTION_ARGS)
{
	int			n;
	int			n_expected;
	float8		all;
	float8		largest;
	const int64 *observed = class_counts(PG_GETARG_ARRAYTYPE_P(0), "observed", &n, &all);
	const float8 *expected = class_weights(PG_GETARG_ARRAYTYPE_P(1), "expected", &n_expected, &largest);
	float8		weights = 0;
	float8		statistic = 0;
	int32		df = -1;
	TupleDesc	desc;
	Datum		values[3] = {0};
	bool		nulls[3] = {true, true, true};

	if (n != n_expected)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("observed and expected must have the same classes"),
				 errdetail("There are %d observed and %d expected.", n, n_expected)));
	/* of the largest, so that their sum does not overflow */
	for (int i = 0; i < n; i++)
		weights += expected[i] / largest;
	for (int i = 0; i < n; i++)
	{
		float8		e = all * (expected[i] / largest / weights);

		if (observed[i] == 0 && expected[i] == 0)
			continue;
		df++;
		if (observed[i] != e)
			statistic += e == 0 ? INFINITY : (observed[i] - e) * ((observed[i] - e) / e);
	}

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (all > 0 && largest > 0)
	{
		values[0] = Float8GetDatum(statistic);
		values[1] = Int32GetDatum(df);
		nulls[0] = nulls[1] = false;
		nulls[2] = df == 0;
		if (!nulls[2])
			values[2] = Float8GetDatum(chi_square_tail(statistic, df));
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
