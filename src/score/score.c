/*
 * score.c
 *		score(timeline, grid, as_of) and penalty(), and what follows from
 *		scoring one timeline on more than one day.
 */
#include "score/score.h"

#include "access/htup_details.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "engine/memo.h"
#include "timeline/timeline_argument.h"

PG_FUNCTION_INFO_V1(scoring_score);
PG_FUNCTION_INFO_V1(scoring_penalty);
PG_FUNCTION_INFO_V1(scoring_score_delta);
PG_FUNCTION_INFO_V1(scoring_score_history);

Scorer *
scorer_of_argument(FunctionCallInfo fcinfo, int argno)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;

	if (flinfo->fn_extra == NULL)
		scorer_cache_make(flinfo, (Node *) flinfo->fn_expr, argno,
						  SCORER_CACHE_SMALL);
	return scorer_of_grid(flinfo->fn_extra, PG_GETARG_DATUM(argno));
}

/* of the arguments (timeline, grid, as_of date) */
static inline const Points *
points_of_call(FunctionCallInfo fcinfo)
{
	Scorer	   *scorer = scorer_of_argument(fcinfo, 1);
	int32		as_of = day_argument(PG_GETARG_DATEADT(2), "as_of");

	return points_of(scorer, PG_GETARG_DATUM(0), as_of);
}

/*
 * score(timeline, grid, as_of date) returns float8
 *
 * The points that the grid gives the timeline on a day: for each rule the
 * result bounded by its min and max and rounded to six decimals, added
 * exactly, as the nearest float8.  0 when nothing scores.  Interactions after
 * as_of do not exist.  Errors: as_of infinite; a sum that does not fit 128
 * bits.
 */
Datum
scoring_score(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(decimal_float8(points_of_call(fcinfo)->score, POINT_PLACES));
}

/*
 * penalty(timeline, grid, as_of date) returns float8
 *
 * The negative points in force on a day: the sum of the results of the rules
 * that are below zero, each as it goes into score().  0 when there is none.
 * Errors: those of score().
 */
Datum
scoring_penalty(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(decimal_float8(points_of_call(fcinfo)->penalty, POINT_PLACES));
}

/*
 * score_delta(timeline, grid, since date, as_of date)
 * returns (delta numeric, cooling numeric, activity numeric)
 *
 * Why the score of as_of differs from that of since: cooling is what time
 * alone did to the interactions known at since, activity what the later ones
 * added or took.  delta = cooling + activity, exactly.  Errors: a day that is
 * infinite; since after as_of.
 */
Datum
scoring_score_delta(PG_FUNCTION_ARGS)
{
	Scorer	   *scorer = scorer_of_argument(fcinfo, 1);
	int32		since = day_argument(PG_GETARG_DATEADT(2), "since");
	int32		as_of = day_argument(PG_GETARG_DATEADT(3), "as_of");
	struct varlena *timeline = PG_GETARG_TIMELINE_PP(0);
	int128		before;
	int128		cooled;
	int128		after;
	TupleDesc	desc;
	Datum		values[3];
	bool		nulls[3] = {false, false, false};

	if (since > as_of)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("since must not be after as_of"),
				 errdetail("since is %s, as_of is %s.", day_text(since), day_text(as_of))));
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	desc = BlessTupleDesc(desc);

	before = scorer_score(scorer, timeline, since, since);
	cooled = scorer_score(scorer, timeline, as_of, since);
	after = scorer_score(scorer, timeline, as_of, as_of);
	values[0] = NumericGetDatum(decimal_numeric(after - before, POINT_PLACES));
	values[1] = NumericGetDatum(decimal_numeric(cooled - before, POINT_PLACES));
	values[2] = NumericGetDatum(decimal_numeric(after - cooled, POINT_PLACES));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}

/*
 * score_history(timeline, grid, since date, until date, step interval)
 * returns setof (as_of date, score float8)
 *
 * The score on the days since + k * step, up to and including until.  The step
 * is whole days, months or years (each multiple taken from since itself, so
 * month ends stay month ends).  None when until is before since.  Errors: a day
 * that is infinite; a step that is not positive or has a time of day.
 */
Datum
scoring_score_history(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Scorer	   *scorer = scorer_of_argument(fcinfo, 1);
	int32		since = day_argument(PG_GETARG_DATEADT(2), "since");
	int32		until = day_argument(PG_GETARG_DATEADT(3), "until");
	Interval   *step = PG_GETARG_INTERVAL_P(4);
	struct varlena *timeline = PG_GETARG_TIMELINE_PP(0);
	int64		k;

	if (step->time != 0 || step->month < 0 || step->day < 0 ||
		(step->month == 0 && step->day == 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("step must be a positive number of days, weeks, months or years"),
				 errhint("For example: interval '1 month'.")));

	start_result_set(fcinfo);
	for (k = 0;; k++)
	{
		int32		as_of = day_plus(since, k * step->month, k * step->day);
		Datum		values[2];
		bool		nulls[2] = {false, false};

		CHECK_FOR_INTERRUPTS();
		if (as_of > until)
			break;
		values[0] = DateADTGetDatum(as_of);
		values[1] = Float8GetDatum(decimal_float8(scorer_score(scorer, timeline, as_of, as_of),
												  POINT_PLACES));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
