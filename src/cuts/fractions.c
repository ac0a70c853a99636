/*
 * fractions.c
 *		Shares and limits: exact decimal fractions of a whole.
 */
#include "cuts/fractions.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "ground/decimal.h"

/* the elements of a numeric[]: one dimension, no nulls, within the bounds */
static Datum *
elements(ArrayType *array, const char *what, int min, int max, int *count)
{
	Datum	   *result;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s must be an array of one dimension", what)));
	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not contain nulls", what)));
	*count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	if (*count < min || *count > max)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there must be between %d and %d %s", min, max, what),
				 errdetail("There are %d.", *count)));
	deconstruct_array(array, NUMERICOID, -1, false, TYPALIGN_INT,
					  &result, NULL, count);
	return result;
}

/* a fraction above 0 and below 1, or else it is an error */
static int64
fraction(Datum number, const char *what)
{
	char	   *text = numeric_normalize(DatumGetNumeric(number));
	int64		result = 0;

	switch (decimal_parse(text, strlen(text), FRACTION_PLACES, FRACTION_ONE,
						  &result))
	{
		case DECIMAL_OK:
			if (result > 0)
				return result;
			break;
		case DECIMAL_TOO_FINE:
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("%s can have %d decimals at most",
							what, FRACTION_PLACES),
					 errdetail("One of them is %s.", text)));
			break;
		default:				/* 1 and more, NaN, Infinity */
			break;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must be above 0 and below 1", what),
			 errdetail("One of them is %s.", text)));
	return 0;					/* keep the compiler quiet */
}

/*
 * Shares of the whole, the coldest first: each above 0, at most 18 decimals,
 * together exactly 1.  They are added as numerics, so that what the error says
 * they add to is what they add to.
 */
Fractions *
fractions_of_shares(ArrayType *shares, int min_tiers, int max_tiers)
{
	int			count;
	Datum	   *share = elements(shares, "shares", min_tiers, max_tiers, &count);
	Fractions  *result = palloc0(FRACTIONS_SIZE(count - 1));
	Datum		sum = NumericGetDatum(int64_to_numeric(0));
	int64		below = 0;

	result->count = count - 1;
	for (int i = 0; i < count; i++)
	{
		(void) fraction(share[i], "shares");
		sum = DirectFunctionCall2(numeric_add, sum, share[i]);
	}
	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, sum,
										  NumericGetDatum(int64_to_numeric(1)))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("shares must add to exactly 1"),
				 errdetail("They add to %s.",
						   numeric_normalize(DatumGetNumeric(sum))),
				 errhint("Write them as decimals that do, such as {0.333,0.333,0.334}.")));
	for (int i = 0; i < count - 1; i++)
		result->border[i] = below += fraction(share[i], "shares");
	return result;
}

/* limits: above 0 and below 1, each larger than the one before */
Fractions *
fractions_of_limits(ArrayType *limits, int min_tiers, int max_tiers)
{
	int			count;
	Datum	   *limit = elements(limits, "limits", min_tiers - 1, max_tiers - 1,
								 &count);
	Fractions  *result = palloc0(FRACTIONS_SIZE(count));

	result->count = count;
	for (int i = 0; i < count; i++)
	{
		result->border[i] = fraction(limit[i], "limits");
		if (i > 0 && result->border[i] <= result->border[i - 1])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("limits must ascend"),
					 errdetail("%s comes after %s.",
							   numeric_normalize(DatumGetNumeric(limit[i])),
							   numeric_normalize(DatumGetNumeric(limit[i - 1])))));
	}
	return result;
}

bool
fractions_equal(const Fractions *a, const Fractions *b)
{
	return a->count == b->count &&
		memcmp(a->border, b->border, a->count * sizeof(int64)) == 0;
}
