/*
 * natural_cuts.c
 *		Natural breaks: the classes with the least variance within them.
 *
 * Of all ways to cut a sorted sample into n classes, the one with the smallest
 * sum of squared deviations from the class means: Fisher, "On grouping for
 * maximum homogeneity", 1958, known to cartographers by the name of Jenks.  It
 * is found by his dynamic program over the distinct values, each with its
 * weight.  The first value of the last class never moves down when values are
 * added above, so each layer of the program is solved by halving (the middle
 * one first, which bounds where the others have to look): n * m * log(m) steps
 * for m distinct values.
 *
 * The squared deviations of a class are sum(w x^2) - sum(w x)^2 / sum(w), and
 * the first term, over all classes, is the same however one cuts.  So what is
 * computed is the gain sum(w x)^2 / sum(w), to be made largest, from running
 * sums.  Differences of running sums cancel; to keep what is left exact
 * enough, values are centred on the median and all is done in pairs of
 * doubles, 106 bits.
 *
 * Ways to cut that differ in gain by less than 2^-95 of sum(w x^2) count as
 * equal.  Of equal ways the one with the lowest last cut is taken, of these
 * the one with the lowest cut before it, and so on.
 */
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/float.h"

#include "cuts/cut_state.h"
#include "cuts/cuts.h"
#include "ground/double_double.h"

#define TOLERANCE_EXPONENT	(-95)

/* time, and 4 bytes for each distinct value, grow with every tier */
#define NATURAL_TIERS_MAX	100

typedef struct Breaks
{
	/* running totals over the first 0, 1, 2 ... m distinct values */
	double	   *weight;
	DoubleDouble *sum;			/* of centred values times weights */
	double		tolerance;

	/* the layer of one class less, and the one that is being solved */
	DoubleDouble *below;
	DoubleDouble *gain;
	int32	   *start;			/* where the last class starts */
} Breaks;

/* of the distinct values from, from + 1, ... to - 1 as one class */
static inline DoubleDouble
class_gain(const Breaks *b, int32 from, int32 to)
{
	return dd_divide(dd_square(dd_subtract(b->sum[to], b->sum[from])),
					 b->weight[to] - b->weight[from]);
}

/*
 * Solves a layer for the first `to` distinct values, given that the last class
 * starts at first_start to last_start.
 */
static void
solve_for(Breaks *b, int32 to, int32 first_start, int32 last_start)
{
	DoubleDouble best;
	int32		best_start = first_start;

	Assert(first_start <= last_start && last_start < to);
	best = dd_add(b->below[first_start], class_gain(b, first_start, to));
	for (int32 start = first_start + 1; start <= last_start; start++)
	{
		DoubleDouble gain = dd_add(b->below[start], class_gain(b, start, to));

		if (dd_exceeds(gain, best, b->tolerance))
		{
			best = gain;
			best_start = start;
		}
	}
	b->gain[to] = best;
	b->start[to] = best_start;
}

/* solves a layer for all of from <= to <= upto */
static void
solve_layer(Breaks *b, int32 from, int32 upto,
			int32 first_start, int32 last_start)
{
	while (from <= upto)
	{
		int32		middle = from + (upto - from) / 2;

		CHECK_FOR_INTERRUPTS();
		solve_for(b, middle, first_start, Min(last_start, middle - 1));
		solve_layer(b, from, middle - 1, first_start, b->start[middle]);
		first_start = b->start[middle];
		from = middle + 1;
	}
}

/*
 * A value on a scale on which the largest of the sample is about 1 (so that
 * squares neither overflow nor vanish), less the centre on the same scale.
 */
static DoubleDouble
centred(double value, double centre, int exponent)
{
	return dd_sum(ldexp(value, -exponent), -ldexp(centre, -exponent));
}

/*
 * Running totals over the distinct values, which are put into values.  The
 * median is one of the values, so that whole numbers stay whole.
 */
static void
add_up(Breaks *b, const Sample *sample, double *values)
{
	double		centre = sample_value(sample, sample->count / 2);
	double		largest = Max(fabs(sample_value(sample, 0)),
							  fabs(sample_value(sample, sample->count - 1)));
	double		squares = 0;
	int			exponent;
	int64		start = 0;
	int64		end = 0;
	int32		m = 0;

	(void) frexp(largest, &exponent);
	b->weight[0] = 0;
	b->sum[0].high = b->sum[0].low = 0;
	while (sample_next_value(sample, &start, &end))
	{
		double		weight = (double) (end - start);
		double		value = sample_value(sample, start);
		DoubleDouble x = centred(value, centre, exponent);

		CHECK_FOR_INTERRUPTS();
		values[m] = value;
		b->weight[m + 1] = (double) end;
		b->sum[m + 1] = dd_add(b->sum[m], dd_multiply(x, weight));
		squares += weight * x.high * x.high;
		m++;
	}
	b->tolerance = ldexp(squares, TOLERANCE_EXPONENT);
}

static void *
allocate(int64 count, Size size)
{
	return palloc_extended(count * size, MCXT_ALLOC_HUGE);
}

/*
 * Natural breaks of a sorted sample: tiers - 1 cuts.
 *
 * Cut j is the lowest value of class j + 1.  With fewer distinct values than
 * classes each value is a class, and the cuts above are Infinity: the highest
 * tiers are empty, and a notice says so.
 */
static void
natural_cuts(const Sample *sample, int32 tiers, double *cuts)
{
	Breaks		b;
	int64		distinct = 0;
	int64		start = 0;
	int64		end = 0;
	int32		m;
	int32		classes;
	int32		to;
	double	   *values;
	int32	  **starts;			/* of each layer */

	while (sample_next_value(sample, &start, &end))
		distinct++;
	if (distinct > PG_INT32_MAX - 1)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many distinct values for natural breaks"),
				 errdetail("There can be %d at most.", PG_INT32_MAX - 1),
				 errhint("Round them.")));
	m = (int32) distinct;
	classes = Min(tiers, m);
	if (classes < tiers)
		ereport(NOTICE,
				(errmsg_plural("only %d distinct value for %d tiers",
							   "only %d distinct values for %d tiers",
							   m, m, tiers),
				 errdetail("The tiers above %d are empty.", classes)));

	values = allocate(m, sizeof(double));
	b.weight = allocate(m + 1, sizeof(double));
	b.sum = allocate(m + 1, sizeof(DoubleDouble));
	b.below = allocate(m + 1, sizeof(DoubleDouble));
	b.gain = allocate(m + 1, sizeof(DoubleDouble));
	starts = palloc(classes * sizeof(int32 *));
	add_up(&b, sample, values);

	/* one class starts at the first value */
	for (to = 1; to <= m; to++)
		b.gain[to] = class_gain(&b, 0, to);
	for (int k = 1; k < classes; k++)
	{
		DoubleDouble *spare = b.below;

		b.below = b.gain;
		b.gain = spare;
		b.start = starts[k] = allocate(m + 1, sizeof(int32));
		/* k + 1 classes need so many values; all of them only the last time */
		if (k < classes - 1)
			solve_layer(&b, k + 1, m, k, m - 1);
		else
			solve_for(&b, m, k, m - 1);
	}

	for (int k = tiers - 1; k >= classes; k--)
		cuts[k - 1] = get_float8_infinity();
	to = m;
	for (int k = classes - 1; k >= 1; k--)
	{
		to = starts[k][to];
		cuts[k - 1] = values[to];
	}
}

PG_FUNCTION_INFO_V1(natural_cuts_final);
Datum
natural_cuts_final(PG_FUNCTION_ARGS)
{
	CutState   *state = cut_state_of(fcinfo);
	double	   *cuts;

	if (state == NULL)
		PG_RETURN_NULL();
	if (state->tiers > NATURAL_TIERS_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("natural breaks can make %d tiers at most",
						NATURAL_TIERS_MAX),
				 errdetail("The number of tiers is %d.", state->tiers)));
	sample_sort(&state->sample);
	cuts = palloc(state->tiers * sizeof(double));
	natural_cuts(&state->sample, state->tiers, cuts);
	return cuts_array(cuts, state->tiers - 1);
}
