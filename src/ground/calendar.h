/*
 * calendar.h
 *		Days, and the spans ("30 days", "3 months") that reach back from them.
 *
 * A day is PostgreSQL's DateADT: days since 2000-01-01, an int32.  Spans are
 * read by a grammar of our own, so that no setting changes what they mean, and
 * are taken away from a day by calendar arithmetic of our own, so that nothing
 * overflows: both ends of the calendar are walls.
 */
#ifndef SCORING_CALENDAR_H
#define SCORING_CALENDAR_H

#include "compat.h"

#include "datatype/timestamp.h"
#include "utils/date.h"

/* the first and the last day that a date can be */
#define DAY_MIN		(DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE)
#define DAY_MAX		(DATE_END_JULIAN - POSTGRES_EPOCH_JDATE - 1)

/* before every day: what a span that reaches past DAY_MIN comes out at */
#define DAY_BEFORE_ALL	(DAY_MIN - 1)

#define DAY_IS_VALID(day)	((day) >= DAY_MIN && (day) <= DAY_MAX)

/* room for the longest day in text, "5874897-12-31" or "4714-11-24 BC" */
#define DAY_TEXT_SIZE	24

typedef enum SpanUnit
{
	SPAN_HOURS,					/* half-lives only */
	SPAN_DAYS,
	SPAN_WEEKS,
	SPAN_MONTHS,
	SPAN_YEARS
} SpanUnit;

/* a positive whole number of one unit; the unit is kept as it was written */
typedef struct Span
{
	int32		quantity;
	int32		unit;			/* a SpanUnit, of fixed size: grids store it */
} Span;

/*
 * How two spans lie to each other, over all days: the first reaches back less
 * far on every day, further on every day, as far on every day, or it depends
 * on the day (30 days against 1 month).
 */
typedef enum SpanOrder
{
	SPAN_SHORTER,
	SPAN_SAME,
	SPAN_LONGER,
	SPAN_UNDECIDED
} SpanOrder;

/* false when the text is not a span, or too large (more than int32 days) */
extern bool span_parse(const char *text, size_t len, Span *span);
/* "30 days", "1 month": as in the grid's canonical text; palloc'd */
extern char *span_text(Span span);
extern SpanOrder span_compare(Span a, Span b);
/* the fewest and the most days it reaches back, over all days; not for hours */
extern void span_length(Span span, int64 *least, int64 *most);
/* hours of a half-life; only for hours, days and weeks */
extern int64 span_hours(Span span);
/* the day that lies a span before; DAY_BEFORE_ALL when there is none */
extern int32 day_minus_span(int32 day, Span span);
/* day + months + days, months first, month ends clamped; saturates to
 * DAY_BEFORE_ALL and DAY_MAX + 1 */
extern int32 day_plus(int32 day, int64 months, int64 days);

/* ISO text, whatever DateStyle: returns the end of what it wrote */
extern char *day_write(char *to, int32 day);
extern char *day_text(int32 day);	/* the same, palloc'd */
/* reads an ISO day (with " BC") from the text, which need not end in NUL;
 * returns what follows it, or NULL when it is no day of the calendar */
extern const char *day_read(const char *text, const char *end, int32 *day);
/* the argument of an SQL function: infinity is an error that names the argument */
extern int32 day_argument(DateADT day, const char *argument);

#endif							/* SCORING_CALENDAR_H */
