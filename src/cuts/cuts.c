/*
 * cuts.c
 *		The cuts of a population: rank, share, equal, pareto, quantile.
 *
 * Each kind is a pure function of a sorted sample, and an aggregate's final
 * function around it.  Sorting a sample changes how it is kept and not what it
 * is, so final functions can be called again and rows can be added after them,
 * as in a window.
 */
#include "cuts/cuts.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/float.h"

#include "cuts/cut_state.h"
#include "ground/exact_sum.h"

Datum
cuts_array(const double *cuts, int count)
{
	Datum	   *elements = palloc(count * sizeof(Datum));

	for (int i = 0; i < count; i++)
		elements[i] = Float8GetDatum(cuts[i]);
	return PointerGetDatum(construct_array(elements, count, FLOAT8OID,
										   sizeof(float8), FLOAT8PASSBYVAL,
										   TYPALIGN_DOUBLE));
}

/*
 * The smallest value whose mid-rank is not below a fraction; Infinity when
 * there is none.
 *
 * Let N values lie on a line of length N, each on a segment of length 1, and
 * let the fraction be the point t of the line.  The values that share the
 * segments around t have their mid-rank at the middle of these segments.
 * Smaller values have theirs before t, larger ones behind it; so it is these
 * or, when their middle is before t, the next larger ones.
 */
static double
cut_at_rank(const Sample *sample, int64 numerator, int64 denominator)
{
	int128		t = (int128) numerator * sample->count;	/* over denominator */
	int64		start;
	int64		end;

	Assert(numerator < denominator);

	sample_equals(sample, (int64) (t / denominator), &start, &end);
	/* the middle is (start + end) / 2 */
	if ((int128) (start + end) * denominator >= 2 * t)
		return sample_value(sample, start);
	return end < sample->count ? sample_value(sample, end) :
		get_float8_infinity();
}

/*
 * rank_cuts: n tiers of equal population.  Value v, with L smaller ones and E
 * equal ones of N, is in tier 1 + floor(n * (2L + E) / 2N): in a tier above j
 * when its mid-rank is not below j/n.
 */
PG_FUNCTION_INFO_V1(rank_cuts_final);
Datum
rank_cuts_final(PG_FUNCTION_ARGS)
{
	CutState   *state = cut_state_of(fcinfo);
	double	   *cuts;

	if (state == NULL)
		PG_RETURN_NULL();
	sample_sort(&state->sample);
	cuts = palloc(state->tiers * sizeof(double));
	for (int j = 1; j < state->tiers; j++)
		cuts[j - 1] = cut_at_rank(&state->sample, j, state->tiers);
	return cuts_array(cuts, state->tiers - 1);
}

/* share_cuts: the same with the borders that given shares of customers have */
PG_FUNCTION_INFO_V1(share_cuts_final);
Datum
share_cuts_final(PG_FUNCTION_ARGS)
{
	CutState   *state = cut_state_of(fcinfo);
	Fractions  *borders;
	double	   *cuts;

	if (state == NULL)
		PG_RETURN_NULL();
	sample_sort(&state->sample);
	borders = state->borders;
	cuts = palloc(borders->count * sizeof(double));
	for (int i = 0; i < borders->count; i++)
		cuts[i] = cut_at_rank(&state->sample, borders->border[i], FRACTION_ONE);
	return cuts_array(cuts, borders->count);
}

/*
 * equal_cuts: cut j is (lowest * (n - j) + highest * j) / n, computed without
 * rounding and then taken as the nearest float8.  So nothing overflows,
 * nothing drifts, and the highest value is in the highest tier; the lowest one
 * is in the lowest tier even when there is no float8 in between.
 */
void
equal_cuts(double lowest, double highest, int32 tiers, double *cuts)
{
	double		second_lowest = nextafter(lowest, highest);

	Assert(isfinite(lowest) && isfinite(highest) && lowest < highest);

	for (int j = 1; j < tiers; j++)
	{
		ExactSum	positive = {0};
		ExactSum	negative = {0};
		double		cut;

		CHECK_FOR_INTERRUPTS();
		exact_add(lowest < 0 ? &negative : &positive, fabs(lowest), tiers - j);
		exact_add(highest < 0 ? &negative : &positive, fabs(highest), j);
		if (exact_compare(&positive, &negative) >= 0)
		{
			exact_subtract(&positive, &negative);
			exact_divide(&positive, tiers);
			cut = exact_float8(&positive);
		}
		else
		{
			exact_subtract(&negative, &positive);
			exact_divide(&negative, tiers);
			cut = 0 - exact_float8(&negative);	/* never -0 */
		}
		cuts[j - 1] = Max(cut, second_lowest);
	}
}

PG_FUNCTION_INFO_V1(equal_cuts_final);
Datum
equal_cuts_final(PG_FUNCTION_ARGS)
{
	CutState   *state = cut_state_of(fcinfo);
	Sample	   *sample;
	uint64		lowest;
	uint64		highest;
	double	   *cuts;

	if (state == NULL)
		PG_RETURN_NULL();
	/* not worth a sort */
	sample = &state->sample;
	lowest = highest = sample->keys[0];
	for (int64 i = 1; i < sample->count; i++)
	{
		lowest = Min(lowest, sample->keys[i]);
		highest = Max(highest, sample->keys[i]);
	}
	if (lowest == highest)
	{
		ereport(NOTICE,
				(errmsg("no cuts of equal width: all values are equal")));
		PG_RETURN_NULL();
	}
	cuts = palloc(state->tiers * sizeof(double));
	equal_cuts(float8_of_key(lowest), float8_of_key(highest), state->tiers,
			   cuts);
	return cuts_array(cuts, state->tiers - 1);
}

/*
 * pareto_cuts: from the largest value down, the values of a tier are those of
 * which all larger ones together are below a limit of the total.  Values of 0
 * and less are never above the lowest tier, though negative ones count in the
 * total.  False when the total is not above 0.
 *
 * Each limit of the total is computed exactly, and so is the sum that is held
 * against it, from distinct values down: equal customers are never parted.
 */
static bool
pareto_cuts(const Sample *sample, const Fractions *limits, double *cuts)
{
	ExactSum	total = {0};
	ExactSum	loss = {0};
	ExactSum	larger = {0};
	int64		start = 0;
	int64		end = 0;
	int64		position;		/* the values from here on are above a cut */

	while (sample_next_value(sample, &start, &end))
	{
		double		value = sample_value(sample, start);

		CHECK_FOR_INTERRUPTS();
		exact_add(value < 0 ? &loss : &total, fabs(value), end - start);
	}
	if (exact_compare(&total, &loss) <= 0)
		return false;
	exact_subtract(&total, &loss);

	position = sample->count;
	for (int i = 0; i < limits->count; i++)
	{
		ExactSum	limit = total;

		exact_multiply(&limit, limits->border[i]);
		exact_divide(&limit, FRACTION_ONE);
		while (position > 0 && sample_value(sample, position - 1) > 0 &&
			   exact_compare(&larger, &limit) < 0)
		{
			double		value = sample_value(sample, position - 1);

			CHECK_FOR_INTERRUPTS();
			sample_equals(sample, position - 1, &start, &end);
			exact_add(&larger, value, end - start);
			position = start;
		}
		cuts[limits->count - 1 - i] = sample_value(sample, position);
	}
	return true;
}

PG_FUNCTION_INFO_V1(pareto_cuts_final);
Datum
pareto_cuts_final(PG_FUNCTION_ARGS)
{
	CutState   *state = cut_state_of(fcinfo);
	double	   *cuts;

	if (state == NULL)
		PG_RETURN_NULL();
	sample_sort(&state->sample);
	cuts = palloc(state->borders->count * sizeof(double));
	if (!pareto_cuts(&state->sample, state->borders, cuts))
		PG_RETURN_NULL();
	return cuts_array(cuts, state->borders->count);
}

/*
 * quantile_cuts: percentile_cont(j/n), to the last digit, which means in its
 * own arithmetic.  That overflows between values that are further apart than
 * the largest float8, to an Infinity below cuts that are finite; so there it
 * is done in another way.  (It never comes out above the upper value: for a
 * proportion below 1 the product is a digit less than the difference.)
 */
static double
quantile(const Sample *sample, double fraction)
{
	double		position = fraction * (double) (sample->count - 1);
	double		proportion = position - floor(position);
	double		lower = sample_value(sample, (int64) floor(position));
	double		upper = sample_value(sample, (int64) ceil(position));

	if (isinf(upper - lower))
		return (1 - proportion) * lower + proportion * upper;
	return lower + (proportion * (upper - lower));
}

PG_FUNCTION_INFO_V1(quantile_cuts_final);
Datum
quantile_cuts_final(PG_FUNCTION_ARGS)
{
	CutState   *state = cut_state_of(fcinfo);
	double	   *cuts;

	if (state == NULL)
		PG_RETURN_NULL();
	sample_sort(&state->sample);
	cuts = palloc(state->tiers * sizeof(double));
	for (int j = 1; j < state->tiers; j++)
		cuts[j - 1] = quantile(&state->sample, (double) j / state->tiers);
	return cuts_array(cuts, state->tiers - 1);
}
