/*
 * rfm.c
 *		rfm(timeline, touchpoint, as_of [, within]), and its parts one by one.
 *
 * What is computed lies in one struct, which rfm_build.c fills from events.
 */
#include "rfm/rfm.h"

#include <math.h>

#include "timeline/timeline_argument.h"

#include "access/htup_details.h"
#include "common/int.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(scoring_rfm);
PG_FUNCTION_INFO_V1(scoring_rfm_recency);
PG_FUNCTION_INFO_V1(scoring_rfm_frequency);
PG_FUNCTION_INFO_V1(scoring_rfm_monetary);
PG_FUNCTION_INFO_V1(scoring_rfm_basket);
PG_FUNCTION_INFO_V1(scoring_rfm_per_year);

/* a new customer's first year is not taken from a few days */
#define RFM_MIN_DAYS	90

/* what a function is asked to look at: the days after ... up to as_of */
typedef struct RfmArguments
{
	struct varlena *timeline;
	text	   *touchpoint;
	int32		after;
	int32		as_of;
} RfmArguments;

/*
 * The arguments (timeline, touchpoint text, as_of date, within interval); false
 * when one of the first three is NULL.  Without `within` all days up to as_of
 * count, else those after as_of - within, as PostgreSQL subtracts an interval
 * from a date: months first, then days.
 */
static bool
read_arguments(FunctionCallInfo fcinfo, RfmArguments *a)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return false;
	a->as_of = day_argument(PG_GETARG_DATEADT(2), "as_of");
	a->after = DAY_BEFORE_ALL;
	if (!PG_ARGISNULL(3))
	{
		const Interval *within = PG_GETARG_INTERVAL_P(3);

		if (within->time != 0 || within->month < 0 || within->day < 0 ||
			(within->month == 0 && within->day == 0))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("within must be a positive number of days, weeks, months or years"),
					 errhint("For example: interval '1 year'.  NULL looks at all of the timeline.")));
		a->after = day_plus(a->as_of, -(int64) within->month,
							-(int64) within->day);
	}
	a->timeline = PG_GETARG_TIMELINE_PP(0);
	a->touchpoint = PG_GETARG_TEXT_PP(1);
	return true;
}

/* Goes to the purchases, if there are any, and to the latest that counts. */
static inline bool
find_latest(const RfmArguments *a, TouchpointCursor *c, EntryCursor *e,
			TimelineEntry *entry)
{
	start_touchpoints(c, VARDATA_ANY(a->timeline),
					  VARSIZE_ANY_EXHDR(a->timeline));
	if (!seek_touchpoint(c, a->touchpoint))
		return false;
	start_entries(e, c);
	while (next_entry(e, entry))
	{
		CHECK_FOR_INTERRUPTS();
		if (entry->day <= a->as_of)
			return entry->day > a->after;
	}
	return false;
}

static inline bool
read_purchases(const RfmArguments *a, Rfm *rfm)
{
	TouchpointCursor c;
	EntryCursor e;
	TimelineEntry entry;

	if (!find_latest(a, &c, &e, &entry))
		return false;

	rfm->frequency = 0;
	rfm->last = entry.day;
	rfm->valued = 0;
	rfm->value = 0;
	do
	{
		CHECK_FOR_INTERRUPTS();
		if (unlikely(pg_add_s64_overflow(rfm->frequency, entry.count,
										 &rfm->frequency)))
			rfm_out_of_range();
		rfm->first = entry.day;
		rfm->valued += entry.valued;	/* not above frequency */
		rfm->value += entry.value;
	} while (next_entry(&e, &entry) && entry.day > a->after);
	return true;
}

void
rfm_out_of_range(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("bigint out of range"),
			 errdetail("There are more than %lld purchases.",
					   (long long) PG_INT64_MAX)));
}

/* at most DAY_MAX - DAY_MIN, which is an int32 */
static int32
recency(const Rfm *rfm, int32 as_of)
{
	return as_of - rfm->last;
}

static double
per_year(const Rfm *rfm, int32 as_of)
{
	return (double) rfm->frequency * 365 /
		Max(as_of - rfm->first, RFM_MIN_DAYS);
}

static Numeric
monetary_numeric(const Rfm *rfm)
{
	return decimal_numeric(rfm->value, VALUE_PLACES);
}

/* The sum divided by its count, to as many places as avg() gives. */
static Numeric
basket_numeric(const Rfm *rfm)
{
	Datum		count = NumericGetDatum(int64_to_numeric(rfm->valued));
	Datum		mean = DirectFunctionCall2(numeric_div,
										   NumericGetDatum(monetary_numeric(rfm)),
										   count);

	return DatumGetNumeric(DirectFunctionCall1(numeric_trim_scale, mean));
}

/*
 * The same as float8: what a cast of basket_numeric() gives, mostly without
 * making it.  The cast rounds the exact mean twice, to a decimal and then to a
 * float8.  Division rounds it once, and fma() tells how far that has gone.  As
 * long as the middle between two float8 cannot lie between the mean and its
 * decimal, both come out the same.
 *
 * numeric division gives 16 digits behind the point for a mean below 10^4, and
 * 12 below 10^8, so the decimal is half a unit of those from the mean at most.
 */
static double
basket_float8(const Rfm *rfm)
{
	const int64 exact = INT64CONST(1) << 53;
	double		sum = (double) rfm->value;
	double		count = (double) rfm->valued * VALUE_ONE;
	double		mean = sum / count;
	double		size = fabs(mean);

	if (rfm->value >= -exact && rfm->value <= exact &&
		rfm->valued <= exact / VALUE_ONE && size >= 1 && size < 1e8)
	{
		double		off = fabs(fma(-mean, count, sum)) / count;
		double		middle = (size - nextafter(size, 0)) / 2;

		if (middle - off > (size < 1e4 ? 1e-16 : 1e-12))
			return mean;
	}
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8,
											  NumericGetDatum(basket_numeric(rfm))));
}

Datum
rfm_result(FunctionCallInfo fcinfo, const Rfm *rfm, int32 as_of)
{
	TupleDesc	desc = fcinfo->flinfo->fn_extra;
	Datum		values[5] = {0};
	bool		nulls[5] = {false, false, false, false, false};

	if (desc == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "return type must be a row type");
		fcinfo->flinfo->fn_extra = desc = BlessTupleDesc(desc);
		MemoryContextSwitchTo(old);
	}

	values[0] = Int32GetDatum(recency(rfm, as_of));
	values[1] = Int64GetDatum(rfm->frequency);
	values[2] = NumericGetDatum(monetary_numeric(rfm));
	if (rfm->valued > 0)
		values[3] = NumericGetDatum(basket_numeric(rfm));
	else
		nulls[3] = true;
	values[4] = Float8GetDatum(per_year(rfm, as_of));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}

/*
 * rfm(timeline, touchpoint text, as_of date, within interval) returns rfm
 *
 * Of the interactions of that touchpoint on or before as_of (and after as_of -
 * within, a positive interval without hours; NULL: however old):
 *
 *		recency		days from the last one to as_of
 *		frequency	how many there are
 *		monetary	the sum of their values, 0 when none has one
 *		basket		the mean of the values there are, as avg() divides; else NULL
 *		per_year	frequency * 365 / days from the first one to as_of, which
 *					count as 90 at least; IEEE double, from left to right
 *
 * NULL when there is none.  Errors: as_of infinite, within not positive, more
 * interactions than a bigint holds.
 */
Datum
scoring_rfm(PG_FUNCTION_ARGS)
{
	RfmArguments a;
	Rfm			rfm;

	if (!read_arguments(fcinfo, &a) || !read_purchases(&a, &rfm))
		PG_RETURN_NULL();
	return rfm_result(fcinfo, &rfm, a.as_of);
}

/*
 * rfm_recency(timeline, touchpoint text, as_of date, within interval)
 * returns int
 *
 * The field of rfm(), without the others and without a row around it, which
 * costs more than finding them.  So do the next four.
 */
Datum
scoring_rfm_recency(PG_FUNCTION_ARGS)
{
	RfmArguments a;
	TouchpointCursor c;
	EntryCursor e;
	TimelineEntry entry;

	if (!read_arguments(fcinfo, &a) || !find_latest(&a, &c, &e, &entry))
		PG_RETURN_NULL();
	PG_RETURN_INT32(a.as_of - entry.day);
}

/* rfm_frequency(timeline, touchpoint, as_of, within) returns bigint */
Datum
scoring_rfm_frequency(PG_FUNCTION_ARGS)
{
	RfmArguments a;
	Rfm			rfm;

	if (!read_arguments(fcinfo, &a) || !read_purchases(&a, &rfm))
		PG_RETURN_NULL();
	PG_RETURN_INT64(rfm.frequency);
}

/* rfm_monetary(timeline, touchpoint, as_of, within) returns float8, the nearest */
Datum
scoring_rfm_monetary(PG_FUNCTION_ARGS)
{
	RfmArguments a;
	Rfm			rfm;

	if (!read_arguments(fcinfo, &a) || !read_purchases(&a, &rfm))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(decimal_float8(rfm.value, VALUE_PLACES));
}

/* rfm_basket(timeline, touchpoint, as_of, within) returns float8, the nearest */
Datum
scoring_rfm_basket(PG_FUNCTION_ARGS)
{
	RfmArguments a;
	Rfm			rfm;

	if (!read_arguments(fcinfo, &a) || !read_purchases(&a, &rfm) ||
		rfm.valued == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(basket_float8(&rfm));
}

/* rfm_per_year(timeline, touchpoint, as_of, within) returns float8 */
Datum
scoring_rfm_per_year(PG_FUNCTION_ARGS)
{
	RfmArguments a;
	Rfm			rfm;

	if (!read_arguments(fcinfo, &a) || !read_purchases(&a, &rfm))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(per_year(&rfm, a.as_of));
}
