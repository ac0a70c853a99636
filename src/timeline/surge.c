/*
 * surge.c
 *		surge(timeline, touchpoint, as_of, recent, usual): is there more of
 *		something lately than this customer is used to?
 */
#include "ground/calendar.h"
#include "statistics/distribution.h"
#include "timeline/timeline_argument.h"
#include "timeline/timeline_read.h"

#include "access/htup_details.h"
#include "common/int.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(scoring_surge);

/* the day before a window that ends with `until`: months first, then days */
static int32
window_start(int32 until, const Interval *window, const char *argument)
{
	if (window->time != 0 || window->month < 0 || window->day < 0 ||
		(window->month == 0 && window->day == 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a positive number of days, weeks, months or years", argument),
				 errhint("For example: interval '30 days'.")));
	return day_plus(until, -(int64) window->month, -(int64) window->day);
}

/*
 * surge(timeline, touchpoint text, as_of date, recent interval, usual interval)
 * returns (recent bigint, usual bigint, expected float8, ratio float8,
 *		p_value float8)
 *
 * The interactions of a touchpoint in the window of `recent` up to as_of,
 * against those in the window of `usual` before it.  That one starts no earlier
 * than the customer's first interaction of any kind: before it there was
 * nobody to complain.  expected is what the usual days let expect for the
 * recent ones, ratio = recent / expected; NULL where there is nothing to
 * divide by.  p_value = P(X >= recent), X ~ Binomial(recent + usual, recent
 * days / all days): the conditional test of two Poisson rates (Przyborowski
 * and Wilenski, 1940), exact.  Errors: as_of infinite; a window that is not
 * whole days, or not positive.
 */
Datum
scoring_surge(PG_FUNCTION_ARGS)
{
	struct varlena *timeline = PG_GETARG_TIMELINE_PP(0);
	text	   *touchpoint = PG_GETARG_TEXT_PP(1);
	int32		as_of = day_argument(PG_GETARG_DATEADT(2), "as_of");
	int32		middle = window_start(as_of, PG_GETARG_INTERVAL_P(3), "recent");
	int32		start = window_start(middle, PG_GETARG_INTERVAL_P(4), "usual");
	int64		recent = 0;
	int64		usual = 0;
	int64		all;
	int64		recent_days = (int64) as_of - middle;
	int64		usual_days;
	TouchpointCursor c;
	TupleDesc	desc;
	Datum		values[5];
	bool		nulls[5] = {false, false, false, false, false};

	start = Max(start, Min(timeline_first_day(timeline) - 1, middle));
	usual_days = (int64) middle - start;
	start_touchpoints(&c, VARDATA_ANY(timeline), VARSIZE_ANY_EXHDR(timeline));
	if (seek_touchpoint(&c, touchpoint))
	{
		EntryCursor e;
		TimelineEntry entry;

		start_entries(&e, &c);
		while (next_entry(&e, &entry) && entry.day > start)
		{
			int64	   *n = entry.day > middle ? &recent : &usual;

			CHECK_FOR_INTERRUPTS();
			if (entry.day <= as_of && pg_add_s64_overflow(*n, entry.count, n))
				timeline_count_out_of_range(c.name, c.name_len, entry.day, NULL);
		}
	}
	if (pg_add_s64_overflow(recent, usual, &all))
		timeline_count_out_of_range(VARDATA_ANY(touchpoint),
									VARSIZE_ANY_EXHDR(touchpoint), as_of, NULL);

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = Int64GetDatum(recent);
	values[1] = Int64GetDatum(usual);
	nulls[2] = usual_days == 0;
	if (!nulls[2])
		values[2] = Float8GetDatum((double) usual * recent_days / usual_days);
	nulls[3] = usual_days == 0 || usual == 0;
	if (!nulls[3])
		values[3] = Float8GetDatum((double) recent * usual_days / ((double) usual * recent_days));
	values[4] = Float8GetDatum(usual_days == 0 ? 1 :
							   binomial_upper_tail(recent, all, recent_days, usual_days));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
