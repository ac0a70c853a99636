/*
 * timeline_argument.h
 *		A timeline as an argument of a function of SQL.
 */
#ifndef SCORING_TIMELINE_ARGUMENT_H
#define SCORING_TIMELINE_ARGUMENT_H

#include "timeline/timeline.h"

/* the rest of timeline_argument(): a value that is not just a closed timeline */
extern struct varlena *timeline_unusual(struct varlena *t);

/* an SQL argument: detoasted, perhaps with a short header, and closed */
static inline struct varlena *
timeline_argument(Datum datum)
{
	struct varlena *t = PG_DETOAST_DATUM_PACKED(datum);

	if (unlikely(*VARDATA_ANY(t) != TIMELINE_VERSION))
		t = timeline_unusual(t);
	return t;
}

#define PG_GETARG_TIMELINE_PP(n)	timeline_argument(PG_GETARG_DATUM(n))

#endif							/* SCORING_TIMELINE_ARGUMENT_H */
