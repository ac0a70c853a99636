/*
 * trend.c
 *		trend(timeline, grid, since, until): which way a score moves.
 */
#include "score/score.h"
#include "timeline/timeline_argument.h"

#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(scoring_trend);

/* days of a mean month: 365.25 / 12 */
#define DAYS_A_MONTH	30.4375

/* each day is scored: a hundred years of them, at most */
#define TREND_DAYS		36525

/*
 * trend(timeline, grid, since date, until date) returns float8
 *
 * The slope of the least-squares line through the score of every day from
 * since to until, in points a month (30.4375 days).  With the days counted
 * from their middle, in half days, x = -(n-1), -(n-3) ... n-1:
 * slope = 2 sum(x score) / sum(x^2) a day, both sums exact.  Errors: a day that
 * is infinite; fewer than two days, or more than 36,525; a sum that does not
 * fit 128 bits.
 */
Datum
scoring_trend(PG_FUNCTION_ARGS)
{
	Scorer	   *scorer = scorer_of_argument(fcinfo, 1);
	int32		since = day_argument(PG_GETARG_DATEADT(2), "since");
	int32		until = day_argument(PG_GETARG_DATEADT(3), "until");
	struct varlena *timeline = PG_GETARG_TIMELINE_PP(0);
	int64		n = (int64) until - since + 1;
	int128		sum = 0;
	int128		squares = 0;

	if (n < 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("since must be before until"),
				 errdetail("since is %s, until is %s.", day_text(since), day_text(until))));
	if (n > TREND_DAYS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a trend is taken over %d days at most", TREND_DAYS),
				 errdetail("From %s to %s there are %lld.", day_text(since), day_text(until),
						   (long long) n)));
	for (int64 i = 0; i < n; i++)
	{
		int64		x = 2 * i - (n - 1);
		int128		score = scorer_score(scorer, timeline, since + (int32) i, since + (int32) i);
		int128		product;

		CHECK_FOR_INTERRUPTS();
		if (__builtin_mul_overflow(score, (int128) x, &product) ||
			__builtin_add_overflow(sum, product, &sum))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("trend out of range"),
					 errhint("Look at fewer days.")));
		squares += (int128) x * x;
	}
	PG_RETURN_FLOAT8(2 * decimal_float8(sum, POINT_PLACES) / (double) squares * DAYS_A_MONTH);
}
