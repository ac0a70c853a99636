/*
 * timeline_ops.c
 *		Timelines as operands: + and -, comparison, hashing.
 */
#include "timeline/timeline_argument.h"

#include "ground/calendar.h"
#include "ground/decimal.h"

#include "common/hashfn.h"
#include "common/int.h"
#include "miscadmin.h"

PG_FUNCTION_INFO_V1(timeline_plus);
PG_FUNCTION_INFO_V1(timeline_minus);
PG_FUNCTION_INFO_V1(timeline_eq);
PG_FUNCTION_INFO_V1(timeline_ne);
PG_FUNCTION_INFO_V1(timeline_lt);
PG_FUNCTION_INFO_V1(timeline_le);
PG_FUNCTION_INFO_V1(timeline_gt);
PG_FUNCTION_INFO_V1(timeline_ge);
PG_FUNCTION_INFO_V1(timeline_cmp);
PG_FUNCTION_INFO_V1(timeline_hash);
PG_FUNCTION_INFO_V1(timeline_hash_extended);

/* what becomes of an entry that both operands have, and of one of the second */
typedef enum Operation
{
	ADD,
	TAKE_AWAY
} Operation;

static void
add_entry(TimelineEntry *entry, const TimelineEntry *b,
		  const TouchpointCursor *c)
{
	int128		value = (int128) entry->value + b->value;

	if (pg_add_s64_overflow(entry->count, b->count, &entry->count))
		timeline_count_out_of_range(c->name, c->name_len, entry->day, NULL);
	entry->valued += b->valued;
	if (value >= TIMELINE_VALUE_LIMIT || value <= -TIMELINE_VALUE_LIMIT)
		timeline_value_out_of_range(c->name, c->name_len, entry->day, NULL);
	entry->value = (int64) value;
}

/* What is left must be an entry again, or nothing at all: then count is 0. */
static void
take_away_entry(TimelineEntry *entry, const TimelineEntry *b,
				const TouchpointCursor *c)
{
	int64		count = entry->count - b->count;
	int64		valued = entry->valued - b->valued;
	int128		value = (int128) entry->value - b->value;

	if (count < 0 || valued < 0 || valued > count)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("cannot take away interactions that a timeline does not have"),
				 errdetail("Touchpoint %s on %s: it has %lld (%lld with a value), and %lld (%lld with a value) were to be taken away.",
						   touchpoint_quoted(c->name, c->name_len),
						   day_text(entry->day),
						   (long long) entry->count, (long long) entry->valued,
						   (long long) b->count, (long long) b->valued)));
	if (valued == 0 && value != 0)
	{
		char		text[DECIMAL_TEXT_SIZE];

		*decimal_write(text, value, VALUE_PLACES) = '\0';
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("cannot take away values that a timeline does not have"),
				 errdetail("Touchpoint %s on %s: a value of %s would be left without an interaction that has one.",
						   touchpoint_quoted(c->name, c->name_len),
						   day_text(entry->day), text)));
	}
	if (value >= TIMELINE_VALUE_LIMIT || value <= -TIMELINE_VALUE_LIMIT)
		timeline_value_out_of_range(c->name, c->name_len, entry->day, NULL);

	entry->count = count;
	entry->valued = valued;
	entry->value = (int64) value;
}

/* Writes an entry and what its cursor has not read yet. */
static void
copy_from(TimelineWriter *w, EntryCursor *e, const TimelineEntry *entry)
{
	timeline_write_entry(w, entry);
	timeline_write_rest(w, e);
}

/* The entries of a touchpoint that both have. */
static void
combine_entries(TimelineWriter *w, const TouchpointCursor *a,
				const TouchpointCursor *b, Operation operation)
{
	EntryCursor ea;
	EntryCursor eb;
	TimelineEntry entry_a;
	TimelineEntry entry_b;
	bool		more_a;
	bool		more_b;

	start_entries(&ea, a);
	start_entries(&eb, b);
	more_a = next_entry(&ea, &entry_a);
	more_b = next_entry(&eb, &entry_b);
	while (more_a && more_b)
	{
		if (entry_a.day > entry_b.day)
		{
			timeline_write_entry(w, &entry_a);
			more_a = next_entry(&ea, &entry_a);
			continue;
		}
		if (entry_a.day == entry_b.day)
		{
			if (operation == ADD)
				add_entry(&entry_a, &entry_b, a);
			else
				take_away_entry(&entry_a, &entry_b, a);
			if (entry_a.count > 0)
				timeline_write_entry(w, &entry_a);
			more_a = next_entry(&ea, &entry_a);
		}
		else if (operation == ADD)
			timeline_write_entry(w, &entry_b);
		else
			break;
		more_b = next_entry(&eb, &entry_b);
	}

	if (more_b && operation == TAKE_AWAY)
	{
		TimelineEntry none = {0};

		none.day = entry_b.day;
		take_away_entry(&none, &entry_b, b);
	}
	if (more_a)
		copy_from(w, &ea, &entry_a);
	if (more_b)
		copy_from(w, &eb, &entry_b);
}

/* The entries of a touchpoint that one has and the other has not. */
static void
copy_entries(TimelineWriter *w, const TouchpointCursor *c)
{
	EntryCursor e;
	TimelineEntry entry;

	start_entries(&e, c);
	if (next_entry(&e, &entry))
		copy_from(w, &e, &entry);
}

static struct varlena *
combine(const struct varlena *a, const struct varlena *b, Operation operation)
{
	TimelineWriter w;
	TouchpointCursor ca;
	TouchpointCursor cb;
	bool		more_a;
	bool		more_b;

	timeline_write_start(&w, VARSIZE_ANY_EXHDR(a) +
						 (operation == ADD ? VARSIZE_ANY_EXHDR(b) : 0));
	start_touchpoints(&ca, VARDATA_ANY(a), VARSIZE_ANY_EXHDR(a));
	start_touchpoints(&cb, VARDATA_ANY(b), VARSIZE_ANY_EXHDR(b));
	more_a = next_touchpoint(&ca);
	more_b = next_touchpoint(&cb);
	while (more_a || more_b)
	{
		int			order;

		CHECK_FOR_INTERRUPTS();
		order = !more_a ? 1 : !more_b ? -1 :
			touchpoint_compare(ca.name, ca.name_len, cb.name, cb.name_len);
		if (order < 0)
		{
			timeline_write_touchpoint(&w, ca.name, ca.name_len);
			copy_entries(&w, &ca);
		}
		else if (order == 0)
		{
			timeline_write_touchpoint(&w, ca.name, ca.name_len);
			combine_entries(&w, &ca, &cb, operation);
		}
		else if (operation == ADD)
		{
			timeline_write_touchpoint(&w, cb.name, cb.name_len);
			copy_entries(&w, &cb);
		}
		else
		{
			TouchpointCursor none = cb;

			none.entries_end = none.entries;
			combine_entries(&w, &none, &cb, operation);
		}
		if (order <= 0)
			more_a = next_touchpoint(&ca);
		if (order >= 0)
			more_b = next_touchpoint(&cb);
	}
	return timeline_write_end(&w);
}

/*
 * timeline_plus(timeline, timeline) returns timeline, strict
 *
 * All interactions of both.  A count or a sum of values that an entry cannot
 * hold is an error.
 */
Datum
timeline_plus(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(combine(PG_GETARG_TIMELINE_PP(0),
							  PG_GETARG_TIMELINE_PP(1), ADD));
}

/*
 * timeline_minus(timeline, timeline) returns timeline, strict
 *
 * The first without the interactions of the second, which must all be there;
 * NULL when nothing is left.
 */
Datum
timeline_minus(PG_FUNCTION_ARGS)
{
	struct varlena *result = combine(PG_GETARG_TIMELINE_PP(0),
									 PG_GETARG_TIMELINE_PP(1), TAKE_AWAY);

	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(result);
}

/*
 * Comparison: the same entries are the same bytes, and the order of the bytes
 * is an order of timelines.  It serves sorting and joining, and says nothing
 * about customers.
 */
static int
compare_arguments(FunctionCallInfo fcinfo)
{
	struct varlena *a = PG_GETARG_TIMELINE_PP(0);
	struct varlena *b = PG_GETARG_TIMELINE_PP(1);
	Size		a_len = VARSIZE_ANY_EXHDR(a);
	Size		b_len = VARSIZE_ANY_EXHDR(b);
	int			order;

	order = memcmp(VARDATA_ANY(a), VARDATA_ANY(b), Min(a_len, b_len));
	if (order == 0)
		order = (a_len > b_len) - (a_len < b_len);
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return order;
}

/* timeline = timeline returns boolean, strict: the same entries */
Datum
timeline_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) == 0);
}

/* timeline <> timeline returns boolean, strict */
Datum
timeline_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) != 0);
}

/* timeline < timeline returns boolean, strict: in the order of the bytes */
Datum
timeline_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) < 0);
}

/* timeline <= timeline returns boolean, strict */
Datum
timeline_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) <= 0);
}

/* timeline > timeline returns boolean, strict */
Datum
timeline_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) > 0);
}

/* timeline >= timeline returns boolean, strict */
Datum
timeline_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) >= 0);
}

/* timeline_cmp(timeline, timeline) returns integer, strict: for btree */
Datum
timeline_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_arguments(fcinfo));
}

/* timeline_hash(timeline) returns integer, strict: of the bytes */
Datum
timeline_hash(PG_FUNCTION_ARGS)
{
	struct varlena *t = PG_GETARG_TIMELINE_PP(0);
	Datum		hash = hash_any((unsigned char *) VARDATA_ANY(t),
								VARSIZE_ANY_EXHDR(t));

	PG_FREE_IF_COPY(t, 0);
	return hash;
}

/* timeline_hash_extended(timeline, bigint) returns bigint, strict */
Datum
timeline_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *t = PG_GETARG_TIMELINE_PP(0);
	Datum		hash = hash_any_extended((unsigned char *) VARDATA_ANY(t),
										 VARSIZE_ANY_EXHDR(t),
										 PG_GETARG_INT64(1));

	PG_FREE_IF_COPY(t, 0);
	return hash;
}
