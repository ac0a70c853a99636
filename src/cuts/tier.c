/*
 * tier.c
 *		A score held against cuts, and what its tier is called.
 */
#include "cuts/tier.h"

#include <math.h>

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/float.h"

/*
 * An array of one dimension without nulls, as it lies behind its length word:
 * the rest of its header, its length, its lower bound and its elements.
 */
#define ARRAY_DIMENSIONS	(offsetof(ArrayType, ndim) - VARHDRSZ)
#define ARRAY_NULL_BITMAP	(offsetof(ArrayType, dataoffset) - VARHDRSZ)
#define ARRAY_LENGTH		(sizeof(ArrayType) - VARHDRSZ)
#define ARRAY_ELEMENTS		(ARR_OVERHEAD_NONULLS(1) - VARHDRSZ)

static inline int32
int32_at(const char *from)
{
	int32		value;

	memcpy(&value, from, sizeof(value));
	return value;
}

static inline float8
float8_at(const char *from, int i)
{
	float8		value;

	memcpy(&value, from + i * sizeof(float8), sizeof(value));
	return value;
}

/*
 * Finds the elements of a float8[], which may have a short length word and
 * then are not aligned.  Arrays in rows are like that as a rule, and copying
 * them first would cost more than all else that tier() does.
 */
static inline const char *
find_cuts(Datum array, int *ncuts)
{
	struct varlena *bytes = PG_DETOAST_DATUM_PACKED(array);
	const char *data = VARDATA_ANY(bytes);

	if (int32_at(data + ARRAY_DIMENSIONS) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("cuts must be an array of one dimension")));
	*ncuts = 0;
	if (int32_at(data + ARRAY_DIMENSIONS) == 0)
		return data;			/* '{}' */

	*ncuts = int32_at(data + ARRAY_LENGTH);
	if (unlikely(int32_at(data + ARRAY_NULL_BITMAP) != 0))
	{
		/* there may be a bitmap that says that nothing is null */
		ArrayType  *aligned = DatumGetArrayTypeP(array);

		if (array_contains_nulls(aligned))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("cuts must not contain nulls")));
		return ARR_DATA_PTR(aligned);
	}
	return data + ARRAY_ELEMENTS;
}

/* says what is wrong with cuts that do not ascend */
static void
bad_cuts(const char *cuts, int ncuts)
{
	for (int i = 0; i < ncuts; i++)
	{
		if (isnan(float8_at(cuts, i)))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("cuts must not contain NaN"),
					 errdetail("Cut %d is NaN.", i + 1)));
		if (i > 0 && float8_at(cuts, i) < float8_at(cuts, i - 1))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("cuts must ascend"),
					 errdetail("Cut %d is %s, and cut %d is %s.",
							   i, float8out_internal(float8_at(cuts, i - 1)),
							   i + 1, float8out_internal(float8_at(cuts, i)))));
	}
	elog(ERROR, "nothing is wrong with these cuts");
}

/*
 * One walk both counts and checks.  For the few cuts there are, that takes no
 * longer than it would to find out that they are those of the row before.
 */
static inline int
count_cuts(float8 score, const char *cuts, int ncuts)
{
	int			count = 0;
	bool		ascending = true;
	float8		before = -INFINITY;

	for (int i = 0; i < ncuts; i++)
	{
		float8		here = float8_at(cuts, i);

		count += here <= score;
		ascending &= before <= here;	/* not so for a NaN */
		before = here;
	}
	if (unlikely(!ascending))
		bad_cuts(cuts, ncuts);
	return count;
}

const float8 *
cuts_of_array(ArrayType *array, int *ncuts)
{
	const char *cuts = find_cuts(PointerGetDatum(array), ncuts);

	(void) count_cuts(0, cuts, *ncuts);
	return (const float8 *) cuts;
}

/*
 * tier(score float8, cuts float8[]) -> int: 1 + the number of cuts <= score.
 * Strict.  The score may be infinite and not NaN; cuts ascend, equal ones
 * allowed, without NULL or NaN, in one dimension; no cuts: tier 1.
 */
PG_FUNCTION_INFO_V1(tier);
Datum
tier(PG_FUNCTION_ARGS)
{
	float8		score = PG_GETARG_FLOAT8(0);
	int			ncuts;
	const char *cuts = find_cuts(PG_GETARG_DATUM(1), &ncuts);

	if (unlikely(isnan(score)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a score must not be NaN"),
				 errhint("Make it NULL: nullif(score, 'NaN').")));
	PG_RETURN_INT32(1 + count_cuts(score, cuts, ncuts));
}

/* half of up to so many tiers is cold, the other half warm */
#define LABELLED_TIERS	10
#define LABELLED_SIDE	(LABELLED_TIERS / 2)

/* UTF-8, as escapes so that this file has no encoding */
#define SNOWFLAKE	"\xE2\x9D\x84\xEF\xB8\x8F"	/* U+2744 U+FE0F */
#define FIRE		"\xF0\x9F\x94\xA5"			/* U+1F525 */
#define SUN_BEHIND_CLOUD "\xE2\x9B\x85"			/* U+26C5 */

/* in words, for so many tiers on a side; the coldest first */
static const char *const cold_words[LABELLED_SIDE][LABELLED_SIDE] = {
	{"cold"},
	{"frozen", "cold"},
	{"frozen", "cold", "cool"},
	{"frozen", "icy", "cold", "cool"},
	{"frozen", "icy", "cold", "chilly", "cool"}
};
static const char *const hot_words[LABELLED_SIDE][LABELLED_SIDE] = {
	{"hot"},
	{"warm", "hot"},
	{"lukewarm", "warm", "hot"},
	{"lukewarm", "warm", "hot", "burning"},
	{"lukewarm", "warm", "very warm", "hot", "burning"}
};

static text *
repeated(const char *symbol, int times)
{
	char		label[LABELLED_SIDE * sizeof(SNOWFLAKE) + 1] = "";

	while (times-- > 0)
		strlcat(label, symbol, sizeof(label));
	return cstring_to_text(label);
}

/*
 * tier_label(tier int, tiers int) -> text: what a tier is called when nobody
 * has said.  Strict; tier is from 1 to tiers.  Up to ten tiers get snowflakes
 * and fires, or words where the database cannot write them; the middle one of
 * an odd number is mild.  Of more, "37 of 100".
 */
PG_FUNCTION_INFO_V1(tier_label);
Datum
tier_label(PG_FUNCTION_ARGS)
{
	int32		tier = PG_GETARG_INT32(0);
	int32		tiers = PG_GETARG_INT32(1);
	int32		side = tiers / 2;
	bool		symbols = GetDatabaseEncoding() == PG_UTF8;
	int32		above;			/* how far above the cold side, from 1 */

	if (tiers < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there must be at least one tier"),
				 errdetail("The number of tiers is %d.", tiers)));
	if (tier < 1 || tier > tiers)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no tier %d of %d", tier, tiers),
				 errdetail("Tiers are counted from 1, the coldest, to %d.",
						   tiers)));

	if (tiers > LABELLED_TIERS)
		PG_RETURN_TEXT_P(cstring_to_text(psprintf("%d of %d", tier, tiers)));
	if (tier <= side)
		PG_RETURN_TEXT_P(symbols ?
						 repeated(SNOWFLAKE, side - tier + 1) :
						 cstring_to_text(cold_words[side - 1][tier - 1]));
	above = tier - (tiers - side);
	if (above == 0)
		PG_RETURN_TEXT_P(cstring_to_text(symbols ? SUN_BEHIND_CLOUD : "mild"));
	PG_RETURN_TEXT_P(symbols ?
					 repeated(FIRE, above) :
					 cstring_to_text(hot_words[side - 1][above - 1]));
}
