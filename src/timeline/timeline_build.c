/*
 * timeline_build.c
 *		Timelines out of interactions: the aggregates timeline() and rollup(),
 *		and timeline_of().
 *
 * The state of the aggregates is an open timeline, in the aggregate's memory.
 * As long as it has room it is changed in place and the same pointer goes
 * back, which the executor does not copy; else a new one goes back, and the
 * executor copies that and frees the old one.  It is a value of its own type,
 * so partial states travel as any value does, and can arrive here as a tuple
 * has packed them, or closed, by way of text.
 */
#include "timeline/timeline_open.h"

#include "ground/calendar.h"
#include "ground/decimal.h"
#include "timeline/timeline_argument.h"

PG_FUNCTION_INFO_V1(timeline_add);
PG_FUNCTION_INFO_V1(timeline_merge);
PG_FUNCTION_INFO_V1(timeline_close);
PG_FUNCTION_INFO_V1(timeline_of);

/*
 * Changing an argument in place is right for the state of an aggregate, and
 * for nothing else.
 */
static void
check_aggregate(FunctionCallInfo fcinfo)
{
	if (!AggCheckCallContext(fcinfo, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this function serves aggregates and cannot be called by itself"),
				 errhint("Use timeline() or rollup() over rows, timeline_of() for one interaction, and + to add timelines.")));
}

/* The state as an open timeline that may be changed. */
static OpenTimeline *
state_argument(Datum datum)
{
	struct varlena *state = (struct varlena *) DatumGetPointer(datum);

	if (likely(VARATT_IS_4B_U(state) && timeline_is_open(state)))
		return (OpenTimeline *) state;

	state = PG_DETOAST_DATUM(datum);
	if (timeline_is_open(state))
		return (OpenTimeline *) state;
	return open_add_all(NULL, state);
}

/*
 * timeline_add(state timeline, touchpoint text, occurred_on date
 *				[, value double precision]) returns timeline
 *
 * Transition function: adds an interaction.  A row without a touchpoint or a
 * day is skipped; without a value it is an interaction that has none.  A value
 * is kept in 1/10000, rounded half away from zero.
 */
Datum
timeline_add(PG_FUNCTION_ARGS)
{
	OpenTimeline *state;
	OpenEntry	entry;
	text	   *touchpoint;

	if (!PG_ARGISNULL(0))
		open_prefetch(PG_GETARG_POINTER(0));
	check_aggregate(fcinfo);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}

	touchpoint = PG_GETARG_TEXT_PP(1);
	entry.day = day_argument(PG_GETARG_DATEADT(2), "occurred_on");
	entry.count = 1;
	entry.valued = 0;
	entry.value = 0;
	if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
	{
		entry.valued = 1;
		entry.value = value_of_float8(PG_GETARG_FLOAT8(3));
	}

	state = PG_ARGISNULL(0) ? NULL : state_argument(PG_GETARG_DATUM(0));
	state = open_add(state, VARDATA_ANY(touchpoint),
					 VARSIZE_ANY_EXHDR(touchpoint), &entry, NULL);
	PG_RETURN_POINTER(state);
}

/*
 * timeline_merge(state timeline, timeline) returns timeline, strict
 *
 * Transition function of rollup() and combine function of all: adds a whole
 * timeline, open or closed.
 */
Datum
timeline_merge(PG_FUNCTION_ARGS)
{
	OpenTimeline *state;
	struct varlena *other;

	check_aggregate(fcinfo);
	state = state_argument(PG_GETARG_DATUM(0));
	other = PG_DETOAST_DATUM(PG_GETARG_DATUM(1));
	PG_RETURN_POINTER(open_add_all(state, other));
}

/*
 * timeline_close(state timeline) returns timeline, strict
 *
 * Final function: puts the interactions in order and adds up those of one
 * touchpoint and day.  The state stays as it is.  Counts and sums that no
 * entry can hold are errors.
 */
Datum
timeline_close(PG_FUNCTION_ARGS)
{
	open_prefetch(PG_GETARG_POINTER(0));
	PG_RETURN_POINTER(PG_GETARG_TIMELINE_PP(0));
}

/*
 * timeline_of(touchpoint text, occurred_on date, value double precision)
 *		returns timeline
 *
 * A timeline of one interaction; NULL without a touchpoint or a day, as those
 * are skipped by the aggregate.
 */
Datum
timeline_of(PG_FUNCTION_ARGS)
{
	TimelineWriter w;
	TimelineEntry entry;
	text	   *touchpoint;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	touchpoint = PG_GETARG_TEXT_PP(0);
	entry.day = day_argument(PG_GETARG_DATEADT(1), "occurred_on");
	entry.count = 1;
	entry.valued = 0;
	entry.value = 0;
	if (!PG_ARGISNULL(2))
	{
		entry.valued = 1;
		entry.value = value_of_float8(PG_GETARG_FLOAT8(2));
	}

	timeline_write_start(&w, VARSIZE_ANY_EXHDR(touchpoint));
	timeline_write_touchpoint(&w, VARDATA_ANY(touchpoint),
							  VARSIZE_ANY_EXHDR(touchpoint));
	timeline_write_entry(&w, &entry);
	PG_RETURN_POINTER(timeline_write_end(&w));
}
