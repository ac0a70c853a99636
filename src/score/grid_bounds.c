/*
 * grid_bounds.c
 *		The lowest and the highest score that a grid can give, and cuts between
 *		them.
 *
 * The bounds of a grid are the sums of those of its rules.  A rule's bounds are
 * what it gives at the best and the worst that can happen, and 0 is always
 * among it, because nothing may have happened.  No score lies outside; that
 * every bound can be reached is not said: rules of one touchpoint share their
 * interactions, and "unless" may keep two rules from giving at once.
 */
#include "compat.h"

#include <math.h>

#include "access/htup_details.h"

#include "cuts/cut_state.h"
#include "cuts/cuts.h"
#include "engine/weight.h"
#include "grid/loose_rule.h"
#include "timeline/timeline.h"

/* rules are bounded in units of a point's places times a weight's */
#define POINT_WEIGHT	((int128) WEIGHT_ONE)

/*
 * Beyond this a sum of weights is not worked out, nor is one of so many points:
 * the rule counts as unbounded.  A half-life of 88 years is where it begins.
 */
#define SUM_MAX_DAYS	1000000
#define SUM_MAX_POINTS	1e37

typedef struct Bounds
{
	int128		lowest;			/* at most 0 */
	int128		highest;		/* at least 0 */
	bool		no_lowest;
	bool		no_highest;
} Bounds;

PG_FUNCTION_INFO_V1(grid_bounds);
PG_FUNCTION_INFO_V1(grid_equal_cuts);

static void
include(Bounds *bounds, int128 amount)
{
	bounds->lowest = Min(bounds->lowest, amount);
	bounds->highest = Max(bounds->highest, amount);
}

static int64
weight_at(const GridRule *rule, int64 age)
{
	if (!(rule->has & RULE_HAS_HALF_LIFE))
		return WEIGHT_ONE;
	return weight_of_age(age, span_hours(rule->half_life));
}

/*
 * A band gives most at its least age, which is what the band before it cannot
 * reach any more on the day where it reaches least.
 */
static void
include_bands(Bounds *bounds, const LooseRule *loose)
{
	const GridRule *rule = &loose->rule;
	int64		age = 0;
	uint32		i;

	for (i = 0; i <= rule->nbands; i++)
	{
		int64		points = rule->older;

		CHECK_FOR_INTERRUPTS();
		if (i > 0)
		{
			Span		before = loose->bands[i - 1].from.span;
			int64		most;

			if ((rule->has & RULE_HAS_WITHIN) &&
				(span_compare(before, rule->within) == SPAN_LONGER ||
				 span_compare(before, rule->within) == SPAN_SAME))
				return;			/* nothing as old counts */
			span_length(before, &age, &most);
		}
		if (i < rule->nbands)
			points = loose->bands[i].points;
		include(bounds, (int128) points * weight_at(rule, age));
	}
}

/*
 * The most that the interactions of all days can weigh together when one a day
 * counts; false when there is no such limit, or it is not worked out.
 */
static bool
sum_of_weights(const GridRule *rule, int128 *sum)
{
	int64		days = PG_INT64_MAX;
	int64		least;
	int64		age;

	if (rule->has & RULE_HAS_WITHIN)
		span_length(rule->within, &least, &days);
	if (!(rule->has & RULE_HAS_HALF_LIFE))
	{
		*sum = (int128) days * WEIGHT_ONE;
		return (rule->has & RULE_HAS_WITHIN) != 0;
	}
	*sum = 0;
	for (age = 0; age < days; age++)
	{
		int64		weight = weight_at(rule, age);

		CHECK_FOR_INTERRUPTS();
		if (weight == 0)
			break;
		if (age == SUM_MAX_DAYS)
			return false;
		*sum += weight;
	}
	return true;
}

static void
include_each(Bounds *bounds, const GridRule *rule)
{
	int128		weights;

	if (rule->points == 0)
		return;
	if ((rule->has & RULE_HAS_PER_DAY) && sum_of_weights(rule, &weights) &&
		fabs((double) rule->points * (double) rule->per_day *
			 (double) weights) < SUM_MAX_POINTS)
		include(bounds, rule->points * (rule->per_day * weights));
	else if (rule->points > 0)
		bounds->no_highest = true;
	else
		bounds->no_lowest = true;
}

/* the bounds of a rule in POINT_PLACES, as rounded as what it gives */
static Bounds
rule_bounds(const LooseRule *loose)
{
	const GridRule *rule = &loose->rule;
	Bounds		bounds = {0, 0, false, false};
	uint32		i;

	switch ((RuleHead) rule->head)
	{
		case RULE_LATEST_BANDS:
			include_bands(&bounds, loose);
			break;
		case RULE_LATEST:
			include(&bounds, rule->points * POINT_WEIGHT);
			break;
		case RULE_EACH:
			include_each(&bounds, rule);
			break;
		case RULE_PER_VALUE:
			/* values may be negative */
			bounds.no_lowest = bounds.no_highest = rule->points != 0;
			break;
		case RULE_VALUE:
			for (i = 0; i < rule->nbands; i++)
				include(&bounds, loose->bands[i].points * POINT_WEIGHT);
			break;
	}
	if (rule->has & RULE_HAS_MIN)
	{
		int128		min = rule->min * POINT_WEIGHT;

		bounds.lowest = bounds.no_lowest ? min : Max(bounds.lowest, min);
		bounds.no_lowest = false;
	}
	if (rule->has & RULE_HAS_MAX)
	{
		int128		max = rule->max * POINT_WEIGHT;

		bounds.highest = bounds.no_highest ? max : Min(bounds.highest, max);
		bounds.no_highest = false;
	}
	bounds.lowest = divide_rounded(bounds.lowest, POINT_WEIGHT);
	bounds.highest = divide_rounded(bounds.highest, POINT_WEIGHT);
	return bounds;
}

/*
 * The sum over all rules.  Each bound is below 10^28, and rules are too few to
 * make that overflow.  The touchpoint of a rule without a bound, or NULL.
 */
static const char *
sum_bounds(const Grid *grid, Bounds *sum)
{
	const char *unbounded = NULL;
	uint32		i;

	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < grid->nrules; i++)
	{
		LooseRule	loose;
		Bounds		bounds;

		CHECK_FOR_INTERRUPTS();
		grid_loose_rule(grid, i, &loose);
		bounds = rule_bounds(&loose);
		sum->lowest += bounds.lowest;
		sum->highest += bounds.highest;
		sum->no_lowest |= bounds.no_lowest;
		sum->no_highest |= bounds.no_highest;
		if (bounds.no_lowest || bounds.no_highest)
			unbounded = loose.touchpoint;
	}
	return unbounded;
}

/*
 * bounds(grid) -> (lowest float8, highest float8): no score of the grid lies
 * outside.  NULL where there is no bound: a rule that counts each interaction
 * or value without "min" or "max" (or, for counts, "per_day" with "within" or
 * "half_life").
 */
Datum
grid_bounds(PG_FUNCTION_ARGS)
{
	Bounds		sum;
	TupleDesc	desc;
	Datum		values[2];
	bool		nulls[2];

	sum_bounds(PG_GETARG_GRID_P(0), &sum);
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = Float8GetDatum(decimal_float8(sum.lowest, POINT_PLACES));
	values[1] = Float8GetDatum(decimal_float8(sum.highest, POINT_PLACES));
	nulls[0] = sum.no_lowest;
	nulls[1] = sum.no_highest;
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc),
													  values, nulls)));
}

/*
 * equal_cuts(grid, n int) -> float8[]: cuts for n tiers of equal width between
 * the grid's bounds, which no customer moves.  A grid without bounds is an
 * error; one that only ever gives 0 has no cuts: NULL and a notice, as in the
 * aggregate.
 */
Datum
grid_equal_cuts(PG_FUNCTION_ARGS)
{
	int32		tiers = PG_GETARG_INT32(1);
	const char *unbounded;
	Bounds		sum;
	double	   *cuts;

	check_tiers(tiers);
	unbounded = sum_bounds(PG_GETARG_GRID_P(0), &sum);
	if (unbounded != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a grid without bounds has no cuts of equal width"),
				 errdetail("A rule for %s can give any number of points.",
						   touchpoint_quoted(unbounded, (uint32) strlen(unbounded))),
				 errhint("Give the rule a \"max\" (points below 0: a \"min\"; values: both), or take the cuts from the scores with equal_cuts(score, n).")));
	if (sum.lowest == sum.highest)
	{
		ereport(NOTICE,
				(errmsg("no cuts of equal width: the grid gives no points")));
		PG_RETURN_NULL();
	}
	cuts = palloc(tiers * sizeof(double));
	equal_cuts(decimal_float8(sum.lowest, POINT_PLACES),
			   decimal_float8(sum.highest, POINT_PLACES), tiers, cuts);
	return cuts_array(cuts, tiers - 1);
}
