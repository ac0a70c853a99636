/*
 * timeline_read.c
 *		What SQL reads from a timeline, and the parts it takes of one.
 */
#include "timeline/timeline_read.h"

#include "ground/calendar.h"
#include "ground/decimal.h"
#include "timeline/timeline_argument.h"

#include "access/htup_details.h"
#include "common/int.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(timeline_interactions);
PG_FUNCTION_INFO_V1(timeline_first_on);
PG_FUNCTION_INFO_V1(timeline_last_on);
PG_FUNCTION_INFO_V1(timeline_known_by);
PG_FUNCTION_INFO_V1(timeline_count_of);
PG_FUNCTION_INFO_V1(timeline_value_of);
PG_FUNCTION_INFO_V1(timeline_peak_of);
PG_FUNCTION_INFO_V1(timeline_as_of);
PG_FUNCTION_INFO_V1(timeline_forget);

/* the days that a function looks at, both ends included */
typedef struct Period
{
	int32		since;
	int32		until;
} Period;

static void
start_argument(TouchpointCursor *c, struct varlena *t)
{
	start_touchpoints(c, VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t));
}

/*
 * interactions(timeline) returns setof (touchpoint text, occurred_on date,
 *		count bigint, valued bigint, value numeric), strict
 *
 * The entries, by touchpoint (C collation) and day.  The value is NULL where
 * no interaction had one.
 */
typedef struct InteractionsState
{
	TouchpointCursor touchpoint;
	TimelineEntry *entries;		/* of the touchpoint, NULL before the first */
	uint32		nentries;
	uint32		next;
} InteractionsState;

Datum
timeline_interactions(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	InteractionsState *state;
	MemoryContext old_context;
	TimelineEntry *entry;
	Datum		values[5];
	bool		nulls[5] = {false, false, false, false, false};

	if (SRF_IS_FIRSTCALL())
	{
		TupleDesc	tupdesc;
		struct varlena *copy;

		call = SRF_FIRSTCALL_INIT();
		old_context = MemoryContextSwitchTo(call->multi_call_memory_ctx);
		if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "return type must be a row type");
		call->tuple_desc = BlessTupleDesc(tupdesc);
		state = palloc0(sizeof(InteractionsState));
		copy = PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));
		start_argument(&state->touchpoint,
					   timeline_argument(PointerGetDatum(copy)));
		call->user_fctx = state;
		MemoryContextSwitchTo(old_context);
	}

	call = SRF_PERCALL_SETUP();
	state = call->user_fctx;
	if (state->next == state->nentries)
	{
		if (state->entries != NULL)
			pfree(state->entries);
		state->entries = NULL;
		if (!next_touchpoint(&state->touchpoint))
			SRF_RETURN_DONE(call);
		old_context = MemoryContextSwitchTo(call->multi_call_memory_ctx);
		state->entries = timeline_entries(&state->touchpoint, &state->nentries);
		state->next = 0;
		MemoryContextSwitchTo(old_context);
	}

	entry = &state->entries[state->next++];
	values[0] = PointerGetDatum(cstring_to_text_with_len(state->touchpoint.name,
														 state->touchpoint.name_len));
	values[1] = DateADTGetDatum(entry->day);
	values[2] = Int64GetDatum(entry->count);
	values[3] = Int64GetDatum(entry->valued);
	if (entry->valued > 0)
		values[4] = NumericGetDatum(decimal_numeric(entry->value, VALUE_PLACES));
	else
		nulls[4] = true;
	SRF_RETURN_NEXT(call,
					HeapTupleGetDatum(heap_form_tuple(call->tuple_desc,
													  values, nulls)));
}

/* the oldest day of a touchpoint */
static int32
first_day(const TouchpointCursor *c)
{
	EntryCursor e;
	TimelineEntry entry = {0};

	start_entries(&e, c);
	while (next_entry(&e, &entry))
		;
	return entry.day;
}

int32
timeline_first_day(struct varlena *timeline)
{
	TouchpointCursor c;
	int32		day = DAY_MAX;

	start_argument(&c, timeline);
	while (next_touchpoint(&c))
		day = Min(day, first_day(&c));
	return day;
}

/* the newest day of a touchpoint */
static int32
last_day(const TouchpointCursor *c)
{
	EntryCursor e;
	TimelineEntry entry = {0};

	start_entries(&e, c);
	(void) next_entry(&e, &entry);
	return entry.day;
}

/*
 * first_on(timeline [, touchpoint text]) returns date, strict
 *
 * The day of the first interaction, of any touchpoint or of that one; NULL
 * when there is none.
 */
Datum
timeline_first_on(PG_FUNCTION_ARGS)
{
	struct varlena *timeline = PG_GETARG_TIMELINE_PP(0);
	TouchpointCursor c;

	if (PG_NARGS() == 1)
		PG_RETURN_DATEADT(timeline_first_day(timeline));
	start_argument(&c, timeline);
	if (!seek_touchpoint(&c, PG_GETARG_TEXT_PP(1)))
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(first_day(&c));
}

/*
 * last_on(timeline [, touchpoint text]) returns date, strict
 *
 * The day of the last interaction, as above.
 */
Datum
timeline_last_on(PG_FUNCTION_ARGS)
{
	TouchpointCursor c;
	int32		day = DAY_MIN;

	start_argument(&c, PG_GETARG_TIMELINE_PP(0));
	if (PG_NARGS() > 1)
	{
		if (!seek_touchpoint(&c, PG_GETARG_TEXT_PP(1)))
			PG_RETURN_NULL();
		PG_RETURN_DATEADT(last_day(&c));
	}
	while (next_touchpoint(&c))
		day = Max(day, last_day(&c));
	PG_RETURN_DATEADT(day);
}

/*
 * known_by(timeline, as_of date) returns boolean, strict
 *
 * first_on(timeline) <= as_of, without a look for the first.  Errors: as_of
 * infinite.
 */
Datum
timeline_known_by(PG_FUNCTION_ARGS)
{
	int32		as_of = day_argument(PG_GETARG_DATEADT(1), "as_of");
	TouchpointCursor c;

	start_argument(&c, PG_GETARG_TIMELINE_PP(0));
	while (next_touchpoint(&c))
	{
		EntryCursor e;
		TimelineEntry entry;

		start_entries(&e, &c);
		while (next_entry(&e, &entry))
		{
			CHECK_FOR_INTERRUPTS();
			if (entry.day <= as_of)
				PG_RETURN_BOOL(true);
		}
	}
	PG_RETURN_BOOL(false);
}

/* The arguments since and until, NULL for no bound. */
static Period
period_arguments(FunctionCallInfo fcinfo, int since, int until)
{
	Period		period;

	period.since = PG_ARGISNULL(since) ? DAY_MIN :
		day_argument(PG_GETARG_DATEADT(since), "since");
	period.until = PG_ARGISNULL(until) ? DAY_MAX :
		day_argument(PG_GETARG_DATEADT(until), "until");
	return period;
}

/* The next older entry of the period. */
static bool
next_entry_within(EntryCursor *e, TimelineEntry *entry, Period period)
{
	while (next_entry(e, entry))
	{
		if (entry->day < period.since)
			return false;
		if (entry->day <= period.until)
			return true;
	}
	return false;
}

/*
 * count_of(timeline, touchpoint text, since date, until date) returns bigint
 *
 * How many interactions of that touchpoint there are from since to until, both
 * included; a bound that is NULL is none.  NULL without a timeline or a
 * touchpoint.
 */
Datum
timeline_count_of(PG_FUNCTION_ARGS)
{
	TouchpointCursor c;
	Period		period;
	int64		count = 0;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	start_argument(&c, PG_GETARG_TIMELINE_PP(0));
	period = period_arguments(fcinfo, 2, 3);
	if (seek_touchpoint(&c, PG_GETARG_TEXT_PP(1)))
	{
		EntryCursor e;
		TimelineEntry entry;

		start_entries(&e, &c);
		while (next_entry_within(&e, &entry, period))
			if (pg_add_s64_overflow(count, entry.count, &count))
				ereport(ERROR,
						(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						 errmsg("bigint out of range"),
						 errdetail("Touchpoint %s has more than %lld interactions in all.",
								   touchpoint_quoted(c.name, c.name_len),
								   (long long) PG_INT64_MAX),
						 errhint("Count a shorter period.")));
	}
	PG_RETURN_INT64(count);
}

/*
 * value_of(timeline, touchpoint text, since date, until date) returns numeric
 *
 * The sum of their values, as above: 0 when there are none.
 */
Datum
timeline_value_of(PG_FUNCTION_ARGS)
{
	TouchpointCursor c;
	Period		period;
	int128		value = 0;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	start_argument(&c, PG_GETARG_TIMELINE_PP(0));
	period = period_arguments(fcinfo, 2, 3);
	if (seek_touchpoint(&c, PG_GETARG_TEXT_PP(1)))
	{
		EntryCursor e;
		TimelineEntry entry;

		start_entries(&e, &c);
		while (next_entry_within(&e, &entry, period))
			value += entry.value;
	}
	PG_RETURN_NUMERIC(decimal_numeric(value, VALUE_PLACES));
}

/*
 * peak_of(timeline, touchpoint text, days integer, since date, until date)
 * returns bigint
 *
 * The largest number of interactions of that touchpoint in any window of so
 * many days between since and until, both included; a bound that is NULL is
 * none.  0 when there are none; NULL without a timeline, a touchpoint or days.
 * Errors: days below 1.
 */
Datum
timeline_peak_of(PG_FUNCTION_ARGS)
{
	TouchpointCursor c;
	Period		period;
	int64		days;
	int64		count = 0;
	int64		peak = 0;
	TimelineEntry *entries;
	uint32		n;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	start_argument(&c, PG_GETARG_TIMELINE_PP(0));
	days = PG_GETARG_INT32(2);
	if (days < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("days must be at least 1"),
				 errdetail("It is %lld.", (long long) days)));
	period = period_arguments(fcinfo, 3, 4);
	if (!seek_touchpoint(&c, PG_GETARG_TEXT_PP(1)))
		PG_RETURN_INT64(0);

	/* a window is fullest when it ends on a day that has some */
	entries = timeline_entries(&c, &n);
	for (uint32 last = 0, first = 0; last < n && entries[last].day <= period.until; last++)
	{
		CHECK_FOR_INTERRUPTS();
		if (entries[last].day < period.since)
		{
			first = last + 1;
			continue;
		}
		for (; (int64) entries[last].day - entries[first].day >= days; first++)
			count -= entries[first].count;
		if (pg_add_s64_overflow(count, entries[last].count, &count))
			timeline_count_out_of_range(c.name, c.name_len, entries[last].day, NULL);
		peak = Max(peak, count);
	}
	PG_RETURN_INT64(peak);
}

/*
 * as_of(timeline, date) returns timeline, strict
 *
 * The timeline at the end of that day: without what came later.  NULL when
 * there was nothing yet.
 */
Datum
timeline_as_of(PG_FUNCTION_ARGS)
{
	struct varlena *t = PG_GETARG_TIMELINE_PP(0);
	int32		day = day_argument(PG_GETARG_DATEADT(1), "as_of");
	struct varlena *result;
	TouchpointCursor c;
	TimelineWriter w;

	timeline_write_start(&w, VARSIZE_ANY_EXHDR(t));
	start_argument(&c, t);
	while (next_touchpoint(&c))
	{
		EntryCursor e;
		TimelineEntry entry;

		CHECK_FOR_INTERRUPTS();
		start_entries(&e, &c);
		while (next_entry(&e, &entry))
			if (entry.day <= day)
			{
				/* the older ones follow each other as they did */
				timeline_write_touchpoint(&w, c.name, c.name_len);
				timeline_write_entry(&w, &entry);
				timeline_write_rest(&w, &e);
				break;
			}
	}

	result = timeline_write_end(&w);
	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(result);
}

/*
 * forget(timeline, before date) returns timeline, strict
 *
 * The timeline without what is older than that day: retention.  NULL when
 * nothing is left.
 */
Datum
timeline_forget(PG_FUNCTION_ARGS)
{
	struct varlena *t = PG_GETARG_TIMELINE_PP(0);
	int32		before = day_argument(PG_GETARG_DATEADT(1), "before");
	struct varlena *result;
	TouchpointCursor c;
	TimelineWriter w;

	timeline_write_start(&w, VARSIZE_ANY_EXHDR(t));
	start_argument(&c, t);
	while (next_touchpoint(&c))
	{
		EntryCursor e;
		TimelineEntry entry;

		CHECK_FOR_INTERRUPTS();
		timeline_write_touchpoint(&w, c.name, c.name_len);
		start_entries(&e, &c);
		while (next_entry(&e, &entry) && entry.day >= before)
			timeline_write_entry(&w, &entry);
	}

	result = timeline_write_end(&w);
	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(result);
}
