/*
 * last_contact.c
 *		last_contact(timeline, grid, as_of): when a customer was last reached.
 */
#include "score/score.h"

#include "timeline/timeline_argument.h"

PG_FUNCTION_INFO_V1(scoring_last_contact);

/*
 * last_contact(timeline, grid, as_of date) returns date
 *
 * The day of the latest interaction up to as_of of a touchpoint that has a rule
 * in the grid; NULL when there is none.  Errors: as_of infinite.
 */
Datum
scoring_last_contact(PG_FUNCTION_ARGS)
{
	struct varlena *timeline = PG_GETARG_TIMELINE_PP(0);
	Scorer	   *scorer = scorer_of_argument(fcinfo, 1);
	int32		as_of = day_argument(PG_GETARG_DATEADT(2), "as_of");
	int32		latest = DAY_BEFORE_ALL;
	TouchpointCursor c;

	start_touchpoints(&c, VARDATA_ANY(timeline), VARSIZE_ANY_EXHDR(timeline));
	while (next_touchpoint(&c))
	{
		int32		touchpoint = scorer_find(scorer, c.name, c.name_len);
		EntryCursor e;
		TimelineEntry entry;

		/* one that only an "unless" asks for has no rule */
		if (touchpoint < 0 || scorer->touchpoints[touchpoint].nrules == 0)
			continue;
		start_entries(&e, &c);
		while (next_entry(&e, &entry) && entry.day > latest)
		{
			CHECK_FOR_INTERRUPTS();
			if (entry.day <= as_of)
				latest = entry.day;
		}
	}
	if (latest == DAY_BEFORE_ALL)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(latest);
}
