/*
 * timeline_argument.c
 *		A timeline as an argument of a function of SQL.
 */
#include "timeline/timeline_argument.h"

#include "timeline/timeline_open.h"

struct varlena *
timeline_unusual(struct varlena *t)
{
	if (!timeline_is_open(t))
		timeline_refuse(t);
	/* its numbers are aligned only behind a header of four bytes */
	if (VARATT_IS_SHORT(t))
		t = PG_DETOAST_DATUM(PointerGetDatum(t));
	return open_close((OpenTimeline *) t, NULL);
}
