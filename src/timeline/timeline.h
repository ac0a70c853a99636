/*
 * timeline.h
 *		The timeline: one customer's interactions, counted by touchpoint and day.
 *
 * A closed timeline is a varlena of bytes, without alignment, so that short
 * ones are read where they lie in the tuple:
 *
 *		header		1 byte: format version in the low bits, TIMELINE_OPEN,
 *					reserved bits zero
 *		then for each touchpoint, in the order of their bytes (C collation):
 *		  varint	length of the name
 *		  bytes		the name, in the server's encoding
 *		  varint	length of the entries in bytes
 *		  entries	the newest first: scores look back from a day, and stop
 *					where their window ends
 *
 * An entry is
 *		  varint	steps << 2 | kind; steps are the days back from the entry
 *					before it (at least 1), or, for the first one, the zigzag
 *					of its day
 *		  by kind	ENTRY_ONE: one interaction without a value, nothing follows
 *					ENTRY_ONE_VALUE: one with a value: zigzag varint, the value
 *					ENTRY_MANY: varint count, varint valued, and when valued
 *					is not 0 the zigzag varint of the value
 *
 * Varints are of 7 bits a byte, low bits first, as short as can be; zigzag
 * puts the sign in the lowest bit.  Each entry is of the lowest kind that can
 * hold it, so equal timelines are equal bytes.
 *
 * The open form, in which the aggregates collect, is in timeline_open.h;
 * timeline_argument.h closes one that meets a function, so nothing else need
 * know of it.
 */
#ifndef SCORING_TIMELINE_H
#define SCORING_TIMELINE_H

#include "compat.h"

#include "fmgr.h"

#define TIMELINE_VERSION		0x01
#define TIMELINE_VERSION_MASK	0x0f
#define TIMELINE_OPEN			0x80

/*
 * Bytes of a closed timeline: with an entry in each of them, its binary form
 * still fits a message, so whatever can be stored can be dumped and sent.
 */
#define TIMELINE_MAX_SIZE		0x2000000
/* bytes of an open one; doubling stays below what PostgreSQL can allocate */
#define OPEN_MAX_SIZE			0x20000000

/* the size of a sum of values is below this, so both signs have one limit */
#define TIMELINE_VALUE_LIMIT	PG_INT64_MAX

#define ENTRY_ONE		0
#define ENTRY_ONE_VALUE	1
#define ENTRY_MANY		2

typedef struct TimelineEntry
{
	int32		day;
	int64		count;			/* interactions, at least 1 */
	int64		valued;			/* how many of them had a value */
	int64		value;			/* sum of the values, VALUE_PLACES; 0 if none */
} TimelineEntry;

/* walks the touchpoints of a closed timeline, then the entries of each */
typedef struct TouchpointCursor
{
	const unsigned char *next;
	const unsigned char *end;
	/* set by next_touchpoint() */
	const char *name;
	uint32		name_len;
	const unsigned char *entries;
	const unsigned char *entries_end;
} TouchpointCursor;

typedef struct EntryCursor
{
	const unsigned char *next;
	const unsigned char *end;
	int32		day;			/* of the entry last read */
	bool		started;
} EntryCursor;

static inline uint64
read_varint(const unsigned char **p)
{
	const unsigned char *s = *p;
	uint64		v = *s++;

	if (v & 0x80)
	{
		int			shift = 7;
		uint64		b;

		v &= 0x7f;
		do
		{
			b = *s++;
			v |= (b & 0x7f) << shift;
			shift += 7;
		} while (b & 0x80);
	}
	*p = s;
	return v;
}

static inline unsigned char *
write_varint(unsigned char *p, uint64 v)
{
	while (v >= 0x80)
	{
		*p++ = (unsigned char) (v | 0x80);
		v >>= 7;
	}
	*p++ = (unsigned char) v;
	return p;
}

/*
 * The same without a branch on whether it has one byte or two, which days
 * apart make as hard to predict as a coin.
 */
static inline uint64
read_short_varint(const unsigned char **p, const unsigned char *end)
{
	const unsigned char *s = *p;

	if (likely(end - s >= 2) && likely((s[0] & s[1] & 0x80) == 0))
	{
		uint64		more = s[0] >> 7;

		*p = s + 1 + more;
		return (s[0] & 0x7f) | ((uint64) s[1] & (0x7f & -more)) << 7;
	}
	return read_varint(p);
}

static inline int64
unzigzag(uint64 v)
{
	return (int64) (v >> 1) ^ -(int64) (v & 1);
}

static inline uint64
zigzag(int64 v)
{
	return ((uint64) v << 1) ^ (uint64) (v >> 63);
}

/* the argument is VARDATA_ANY and VARSIZE_ANY_EXHDR of a closed timeline */
static inline void
start_touchpoints(TouchpointCursor *c, const char *data, size_t len)
{
	c->next = (const unsigned char *) data + 1;
	c->end = (const unsigned char *) data + len;
}

static inline bool
next_touchpoint(TouchpointCursor *c)
{
	const unsigned char *p = c->next;
	uint64		len;

	if (p >= c->end)
		return false;
	c->name_len = (uint32) read_varint(&p);
	c->name = (const char *) p;
	p += c->name_len;
	len = read_varint(&p);
	c->entries = p;
	c->entries_end = c->next = p + len;
	return true;
}

static inline void
start_entries(EntryCursor *e, const TouchpointCursor *c)
{
	e->next = c->entries;
	e->end = c->entries_end;
	e->day = 0;
	e->started = false;
}

/* the next older entry */
static inline bool
next_entry(EntryCursor *e, TimelineEntry *entry)
{
	uint64		head;
	uint64		steps;

	if (e->next >= e->end)
		return false;
	head = read_short_varint(&e->next, e->end);
	steps = head >> 2;
	if (e->started)
		e->day -= (int32) steps;
	else
	{
		e->day = (int32) unzigzag(steps);
		e->started = true;
	}
	entry->day = e->day;
	entry->count = 1;
	entry->valued = 0;
	entry->value = 0;
	switch (head & 3)
	{
		case ENTRY_ONE:
			break;
		case ENTRY_ONE_VALUE:
			entry->valued = 1;
			entry->value = unzigzag(read_varint(&e->next));
			break;
		default:
			entry->count = (int64) read_varint(&e->next);
			entry->valued = (int64) read_varint(&e->next);
			if (entry->valued > 0)
				entry->value = unzigzag(read_varint(&e->next));
			break;
	}
	return true;
}

/* the order of touchpoints everywhere: their bytes, the shorter first */
static inline int
touchpoint_compare(const char *a, uint32 a_len, const char *b, uint32 b_len)
{
	int			c = memcmp(a, b, Min(a_len, b_len));

	if (c != 0)
		return c;
	return (a_len > b_len) - (a_len < b_len);
}

/* goes on to a touchpoint, if the timeline has it */
static inline bool
seek_touchpoint(TouchpointCursor *c, const text *name)
{
	while (next_touchpoint(c))
	{
		int			order = touchpoint_compare(c->name, c->name_len,
											   VARDATA_ANY(name),
											   VARSIZE_ANY_EXHDR(name));

		if (order >= 0)
			return order == 0;
	}
	return false;
}

/* the entries of a touchpoint, the oldest first: palloc'd */
extern TimelineEntry *timeline_entries(const TouchpointCursor *c, uint32 *n);

/*
 * Writes a closed timeline: touchpoints in the order of their bytes, each at
 * most once, then the entries of each, the newest first, each day at most
 * once.  A touchpoint that gets no entry leaves no trace.
 */
typedef struct TimelineWriter
{
	char	   *data;			/* the varlena */
	unsigned char *next;
	unsigned char *end;			/* of what is allocated */
	Size		touchpoint;		/* where the present touchpoint begins, or 0 */
	Size		entries;		/* where its entries begin */
	int32		day;			/* of its last entry */
	bool		started;		/* there is one */
	Node	   *escontext;		/* who wants errors told softly, or NULL */
} TimelineWriter;

/*
 * Errors are thrown; who wants them softly sets escontext after the start, and
 * false is returned when it is too large.
 */
extern void timeline_write_start(TimelineWriter *w, Size expected);
extern bool timeline_write_touchpoint(TimelineWriter *w, const char *name,
									  uint32 len);
extern bool timeline_write_entry(TimelineWriter *w,
								 const TimelineEntry *entry);
extern bool timeline_write_rest(TimelineWriter *w, const EntryCursor *from);
/* NULL when nothing was written: there is no empty timeline */
extern struct varlena *timeline_write_end(TimelineWriter *w);

/* errors, told softly or, where the escontext is NULL, thrown */

/* a timeline of another format version; never soft */
pg_noreturn extern void timeline_refuse(const struct varlena *t);
/* a timeline is too large to be */
extern void timeline_too_large(Node *escontext);
/* a sum is more than an entry can hold */
extern void timeline_count_out_of_range(const char *name, uint32 len,
										int32 day, Node *escontext);
extern void timeline_value_out_of_range(const char *name, uint32 len,
										int32 day, Node *escontext);
/* a name as errors quote it: cut when it is long */
extern char *touchpoint_quoted(const char *name, uint32 len);

#ifdef USE_ASSERT_CHECKING
extern void AssertCheckTimeline(const struct varlena *t);
#else
#define AssertCheckTimeline(t)	((void) 0)
#endif

#endif							/* SCORING_TIMELINE_H */
