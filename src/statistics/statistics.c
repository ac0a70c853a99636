/*
 * statistics.c
 *		Intervals, tests and sample sizes for rates and means.
 */
#include "statistics/distribution.h"

#include <math.h>

#include "access/htup_details.h"
#include "fmgr.h"
#include "utils/float.h"

PG_FUNCTION_INFO_V1(scoring_normal_tail);
PG_FUNCTION_INFO_V1(scoring_normal_quantile);
PG_FUNCTION_INFO_V1(scoring_student_tail);
PG_FUNCTION_INFO_V1(scoring_student_quantile);
PG_FUNCTION_INFO_V1(scoring_wilson);
PG_FUNCTION_INFO_V1(scoring_two_proportions);
PG_FUNCTION_INFO_V1(scoring_two_means);
PG_FUNCTION_INFO_V1(scoring_sample_size);
PG_FUNCTION_INFO_V1(scoring_smallest_effect);

/* ---- arguments ---- */

/* a chance that is neither never nor always: confidence, power, level, p */
static float8
chance_argument(float8 value, const char *argument, const char *example)
{
	if (!(value > 0 && value < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be above 0 and below 1", argument),
				 errdetail("It is %s.", float8out_internal(value)),
				 errhint("For example %s.", example)));
	return value;
}

/* a rate: from 0 to 1, both included */
static float8
rate_argument(float8 value, const char *argument)
{
	if (!(value >= 0 && value <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a rate from 0 to 1", argument),
				 errdetail("It is %s.", float8out_internal(value)),
				 errhint("Five in a hundred are 0.05.")));
	return value;
}

static int64
count_argument(int64 value, const char *argument)
{
	if (value < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be negative", argument),
				 errdetail("It is %lld.", (long long) value)));
	return value;
}

/* so many of so many */
static int64
successes_argument(int64 value, const char *argument, int64 trials, const char *of)
{
	if (count_argument(value, argument) > trials)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be above %s", argument, of),
				 errdetail("They are %lld and %lld.", (long long) value, (long long) trials)));
	return value;
}

static float8
finite_argument(float8 value, const char *argument)
{
	if (isnan(value) || isinf(value))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be finite", argument),
				 errdetail("It is %s.", float8out_internal(value))));
	return value;
}

static float8
deviation_argument(float8 value, const char *argument)
{
	if (finite_argument(value, argument) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be negative", argument),
				 errdetail("It is %s.", float8out_internal(value)),
				 errhint("A standard deviation is wanted, as stddev_samp() gives it.")));
	return value;
}

/* how many standard errors the confidence reaches to both sides */
static float8
confidence_argument(float8 confidence, float8 df)
{
	return -student_quantile((1 - chance_argument(confidence, "confidence", "0.95")) / 2, df);
}

/* the same for a two-sided test of this level, and how many for the power */
static void
test_arguments(float8 power, float8 level, float8 *z_level, float8 *z_power)
{
	chance_argument(power, "power", "0.8");
	chance_argument(level, "level", "0.05");
	if (power <= level)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("power must be above level"),
				 errdetail("They are %s and %s.", float8out_internal(power), float8out_internal(level)),
				 errhint("Where there is no effect at all, a test finds one as often as level says.")));
	*z_level = -student_quantile(level / 2, INFINITY);
	*z_power = student_quantile(power, INFINITY);
}

/* a row of float8; NaN stands for what cannot be said, and becomes NULL */
static Datum
row_of_figures(FunctionCallInfo fcinfo, const float8 *figures, int n)
{
	TupleDesc	desc;
	Datum		values[5];
	bool		nulls[5];

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	Assert(n <= lengthof(values) && n == desc->natts);
	for (int i = 0; i < n; i++)
	{
		values[i] = Float8GetDatum(figures[i]);
		nulls[i] = isnan(figures[i]);
	}
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/* ---- distributions ---- */

static float8
degrees_argument(float8 df)
{
	if (!(df >= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("df must be at least 1"),
				 errdetail("It is %s.", float8out_internal(df))));
	return df;
}

static float8
deviate_argument(float8 value, const char *argument)
{
	if (isnan(value))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be NaN", argument)));
	return value;
}

/*
 * normal_tail(z float8) returns float8: P(Z > z) of the normal distribution.
 * normal_quantile(p float8) returns float8: the z below which p lies,
 *		0 < p < 1.
 * student_tail(t float8, df float8), student_quantile(p float8, df float8): the
 *		same for Student's distribution, df at least 1 and not always whole.
 * All to some 12 digits; tails down to 10^-300, quantiles of such p, too.
 */
Datum
scoring_normal_tail(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(student_tail(deviate_argument(PG_GETARG_FLOAT8(0), "z"), INFINITY));
}

Datum
scoring_normal_quantile(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(student_quantile(chance_argument(PG_GETARG_FLOAT8(0), "p", "0.975"), INFINITY));
}

Datum
scoring_student_tail(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(student_tail(deviate_argument(PG_GETARG_FLOAT8(0), "t"),
								  degrees_argument(PG_GETARG_FLOAT8(1))));
}

Datum
scoring_student_quantile(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(student_quantile(chance_argument(PG_GETARG_FLOAT8(0), "p", "0.975"),
									  degrees_argument(PG_GETARG_FLOAT8(1))));
}

/* ---- rates ---- */

/*
 * Wilson's score interval: where (p - rate)^2 = z^2 p (1 - p) / n.  The lower
 * limit comes from the product of both, without a difference, so that it is
 * right for the rarest successes and 0 for none.
 */
static void
wilson_limits(int64 successes, int64 trials, float8 z, float8 *low, float8 *high)
{
	float8		s = successes;
	float8		n = trials;
	float8		failures = trials - successes;
	float8		z2 = z * z;

	*high = failures == 0 ? 1 :
		(2 * s + z2 + z * sqrt(z2 + 4 * s * (failures / n))) / (2 * (n + z2));
	*low = s / n * (s / ((n + z2) * *high));
}

/*
 * wilson(successes bigint, trials bigint, confidence float8) returns
 *		(low float8, high float8)
 *
 * E. B. Wilson's interval for a rate (1927), which is inside 0 and 1 and says
 * something of no successes at all.  Both NULL when there are no trials.
 * Errors: a negative number; more successes than trials; a confidence that is
 * not between 0 and 1.
 */
Datum
scoring_wilson(PG_FUNCTION_ARGS)
{
	int64		trials = count_argument(PG_GETARG_INT64(1), "trials");
	int64		successes = successes_argument(PG_GETARG_INT64(0), "successes", trials, "trials");
	float8		z = confidence_argument(PG_GETARG_FLOAT8(2), INFINITY);
	float8		limits[2] = {NAN, NAN};

	if (trials > 0)
		wilson_limits(successes, trials, z, &limits[0], &limits[1]);
	PG_RETURN_DATUM(row_of_figures(fcinfo, limits, 2));
}

/*
 * two_proportions(s1 bigint, n1 bigint, s2 bigint, n2 bigint, confidence float8)
 *		returns (difference float8, low float8, high float8, z float8,
 *		p_value float8)
 *
 * The difference s1/n1 - s2/n2, its interval by the method 10 of R. G.
 * Newcombe, "Interval estimation for the difference between independent
 * proportions" (1998), made of two of Wilson's, and the two-sided z-test with
 * the pooled variance; neither with a continuity correction.  All NULL when
 * there is nobody on a side; z and p_value when all or none succeeded.  Errors
 * as for wilson().
 */
Datum
scoring_two_proportions(PG_FUNCTION_ARGS)
{
	int64		n1 = count_argument(PG_GETARG_INT64(1), "n1");
	int64		s1 = successes_argument(PG_GETARG_INT64(0), "s1", n1, "n1");
	int64		n2 = count_argument(PG_GETARG_INT64(3), "n2");
	int64		s2 = successes_argument(PG_GETARG_INT64(2), "s2", n2, "n2");
	float8		z = confidence_argument(PG_GETARG_FLOAT8(4), INFINITY);
	float8		figures[5] = {NAN, NAN, NAN, NAN, NAN};

	if (n1 > 0 && n2 > 0)
	{
		int128		cross = (int128) s1 * n2 - (int128) s2 * n1;
		float8		all = (float8) n1 + (float8) n2;
		float8		successes = (float8) s1 + (float8) s2;
		float8		failures = (float8) (n1 - s1) + (float8) (n2 - s2);
		float8		p1 = (float8) s1 / n1;
		float8		p2 = (float8) s2 / n2;
		float8		low1;
		float8		high1;
		float8		low2;
		float8		high2;

		wilson_limits(s1, n1, z, &low1, &high1);
		wilson_limits(s2, n2, z, &low2, &high2);
		figures[0] = (float8) cross / ((float8) n1 * n2);
		figures[1] = figures[0] - hypot(p1 - low1, high2 - p2);
		figures[2] = figures[0] + hypot(high1 - p1, p2 - low2);
		if (successes > 0 && failures > 0)
		{
			figures[3] = (float8) cross / sqrt((float8) n1 * n2) * sqrt(all / successes / failures);
			figures[4] = 2 * student_tail(fabs(figures[3]), INFINITY);
		}
	}
	PG_RETURN_DATUM(row_of_figures(fcinfo, figures, 5));
}

/* ---- means ---- */

/*
 * two_means(mean1 float8, sd1 float8, n1 bigint, mean2 float8, sd2 float8,
 *		n2 bigint, confidence float8) returns (difference float8, low float8,
 *		high float8, t float8, p_value float8)
 *
 * The difference mean1 - mean2, its interval and the two-sided test by B. L.
 * Welch (1938), which do not take the variances to be equal, with the degrees
 * of freedom of F. E. Satterthwaite (1946).  sd1 and sd2 are standard deviations
 * as stddev_samp() gives them.  All NULL when there is nobody on a side; all
 * but the difference when a side has but one, or when nobody differs from the
 * mean of his side.  Errors: a negative number, one that is not finite; a
 * confidence that is not between 0 and 1; a difference that overflows.
 */
Datum
scoring_two_means(PG_FUNCTION_ARGS)
{
	float8		difference = finite_argument(PG_GETARG_FLOAT8(0), "mean1") -
		finite_argument(PG_GETARG_FLOAT8(3), "mean2");
	float8		sd1 = deviation_argument(PG_GETARG_FLOAT8(1), "sd1");
	float8		sd2 = deviation_argument(PG_GETARG_FLOAT8(4), "sd2");
	int64		n1 = count_argument(PG_GETARG_INT64(2), "n1");
	int64		n2 = count_argument(PG_GETARG_INT64(5), "n2");
	float8		confidence = chance_argument(PG_GETARG_FLOAT8(6), "confidence", "0.95");
	float8		figures[5] = {NAN, NAN, NAN, NAN, NAN};

	if (isinf(difference))
		float_overflow_error();
	if (n1 > 0 && n2 > 0)
		figures[0] = difference;
	if (n1 > 1 && n2 > 1 && (sd1 > 0 || sd2 > 0))
	{
		float8		error1 = sd1 / sqrt(n1);
		float8		error2 = sd2 / sqrt(n2);
		float8		error = hypot(error1, error2);
		float8		part1 = (error1 / error) * (error1 / error);
		float8		part2 = (error2 / error) * (error2 / error);
		float8		df = 1 / (part1 * part1 / (n1 - 1) + part2 * part2 / (n2 - 1));
		float8		half = error * confidence_argument(confidence, df);

		figures[1] = difference - half;
		figures[2] = difference + half;
		figures[3] = difference / error;
		figures[4] = 2 * student_tail(fabs(figures[3]), df);
	}
	PG_RETURN_DATUM(row_of_figures(fcinfo, figures, 5));
}

/* ---- how many it takes ---- */

/*
 * sample_size(p1 float8, p2 float8, power float8, level float8) returns bigint
 *
 * How many it takes in each of two arms of equal size for the two-sided test
 * of two proportions to find the difference of p1 and p2 as often as power says:
 * J. L. Fleiss, Statistical Methods for Rates and Proportions (1981, 3.14),
 * without continuity correction.  NULL when p1 = p2.  Errors: rates outside 0
 * to 1; power or level not between 0 and 1, power not above level; more than a
 * bigint can hold.
 */
Datum
scoring_sample_size(PG_FUNCTION_ARGS)
{
	float8		p1 = rate_argument(PG_GETARG_FLOAT8(0), "p1");
	float8		p2 = rate_argument(PG_GETARG_FLOAT8(1), "p2");
	float8		mean = (p1 + p2) / 2;
	float8		z_level;
	float8		z_power;
	float8		size;

	test_arguments(PG_GETARG_FLOAT8(2), PG_GETARG_FLOAT8(3), &z_level, &z_power);
	if (p1 == p2)
		PG_RETURN_NULL();
	size = (z_level * sqrt(2 * mean * (1 - mean)) + z_power * sqrt(p1 * (1 - p1) + p2 * (1 - p2))) /
		(p1 - p2);
	size = ceil(size * size);
	if (!FLOAT8_FITS_IN_INT64(size))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sample size out of range"),
				 errhint("The two rates are all but equal.")));
	PG_RETURN_INT64((int64) size);
}

/*
 * smallest_effect(p float8, n1 bigint, n2 bigint, power float8, level float8)
 *		returns float8
 *
 * What sample_size() asks, the other way round and for arms of two sizes: by
 * how much the rate of the n1 must be above p, the rate of the n2, for the test
 * to find it as often as power says.  Fleiss's formula (1981, 3.2.1) sets the
 * difference beside a concave function of it, so they meet once.  NULL when
 * nobody is on a side, or when not even all against p could be seen.  Errors as
 * for sample_size(); a negative number.
 */
Datum
scoring_smallest_effect(PG_FUNCTION_ARGS)
{
	float8		p = rate_argument(PG_GETARG_FLOAT8(0), "p");
	float8		n1 = count_argument(PG_GETARG_INT64(1), "n1");
	float8		n2 = count_argument(PG_GETARG_INT64(2), "n2");
	float8		unseen = 0;
	float8		seen = 1 - p;
	float8		effect = seen;
	float8		z_level;
	float8		z_power;

	test_arguments(PG_GETARG_FLOAT8(3), PG_GETARG_FLOAT8(4), &z_level, &z_power);
	if (n1 == 0 || n2 == 0)
		PG_RETURN_NULL();
	do
	{
		float8		p1 = p + effect;
		float8		mean = p + effect * (n1 / (n1 + n2));
		float8		needed = z_level * sqrt(mean * (1 - mean) * (1 / n1 + 1 / n2)) +
			z_power * sqrt(Max(p1 * (1 - p1), 0) / n1 + p * (1 - p) / n2);

		if (effect >= needed && effect > 0)
			seen = effect;
		else if (effect == 1 - p)
			PG_RETURN_NULL();
		else
			unseen = effect;
		effect = unseen + (seen - unseen) / 2;
	} while (effect > unseen && effect < seen);
	PG_RETURN_FLOAT8(seen);
}
