/*
 * class_counts.c
 *		How many there are of each class: the bigint[] of psi() and chi_square().
 */
#include "statistics/class_counts.h"

void
check_classes(ArrayType *array, const char *argument)
{
	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s must be an array of one dimension", argument)));
	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not contain nulls", argument),
				 errhint("A class that has nobody counts 0.")));
}

const int64 *
class_counts(ArrayType *array, const char *argument, int *count, float8 *sum)
{
	const int64 *counts = (const int64 *) ARR_DATA_PTR(array);

	check_classes(array, argument);
	*count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	*sum = 0;
	for (int i = 0; i < *count; i++)
	{
		if (counts[i] < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s must not contain negative counts", argument),
					 errdetail("Class %d has %lld.", i + 1, (long long) counts[i])));
		*sum += counts[i];
	}
	return counts;
}
