/*
 * timeline.c
 *		The closed form of a timeline: how it is written.
 *
 * Whoever makes a timeline writes it here, touchpoint by touchpoint and entry
 * by entry, so there is one place that decides about its bytes.
 */
#include "timeline/timeline.h"

#include "ground/calendar.h"
#include "ground/decimal.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* the longest entry: a head of 35 bits, count, valued, a value of 64 bits */
#define ENTRY_MAX_SIZE	(5 + 9 + 9 + 10)
#define VARINT32_SIZE	5

/* of a name in an error */
#define QUOTED_MAX_SIZE	64

TimelineEntry *
timeline_entries(const TouchpointCursor *c, uint32 *n)
{
	EntryCursor e;
	TimelineEntry entry;
	TimelineEntry *entries;
	uint32		i = 0;

	start_entries(&e, c);
	while (next_entry(&e, &entry))
		i++;
	*n = i;
	entries = MemoryContextAllocHuge(CurrentMemoryContext,
									 sizeof(TimelineEntry) * i);
	start_entries(&e, c);
	while (next_entry(&e, &entries[i - 1]))
		i--;
	return entries;
}

/* Makes room for that many bytes more, unless that is too large. */
static bool
enlarge(TimelineWriter *w, Size needed)
{
	Size		used = w->next - (unsigned char *) w->data;
	Size		size = w->end - (unsigned char *) w->data;

	if (used + needed > TIMELINE_MAX_SIZE)
	{
		timeline_too_large(w->escontext);
		return false;
	}
	while (size - used < needed)
		size *= 2;
	w->data = repalloc(w->data, size);
	w->next = (unsigned char *) w->data + used;
	w->end = (unsigned char *) w->data + size;
	return true;
}

static inline bool
need(TimelineWriter *w, Size needed)
{
	return likely(w->end - w->next >= needed) || enlarge(w, needed);
}

/* A guess at the bytes of its touchpoints and entries saves repalloc. */
void
timeline_write_start(TimelineWriter *w, Size expected)
{
	Size		size = Min(expected, TIMELINE_MAX_SIZE / 2) + 64;

	w->data = palloc(size);
	w->end = (unsigned char *) w->data + size;
	w->next = (unsigned char *) w->data + VARHDRSZ;
	*w->next++ = TIMELINE_VERSION;
	w->touchpoint = 0;
	w->started = false;
	w->escontext = NULL;
}

/* Puts the length before the entries of the touchpoint that ends. */
static bool
end_touchpoint(TimelineWriter *w)
{
	unsigned char *entries;
	Size		len;

	if (w->touchpoint == 0)
		return true;
	if (!w->started)
	{
		w->next = (unsigned char *) w->data + w->touchpoint;
		w->touchpoint = 0;
		return true;
	}

	/* one byte was left for the length: almost always enough */
	entries = (unsigned char *) w->data + w->entries;
	len = w->next - entries;
	if (likely(len < 0x80))
		entries[-1] = (unsigned char) len;
	else
	{
		unsigned char prefix[VARINT32_SIZE];
		Size		prefix_len = write_varint(prefix, len) - prefix;

		if (!need(w, VARINT32_SIZE))
			return false;
		entries = (unsigned char *) w->data + w->entries;
		memmove(entries - 1 + prefix_len, entries, len);
		memcpy(entries - 1, prefix, prefix_len);
		w->next += prefix_len - 1;
	}
	w->touchpoint = 0;
	return true;
}

bool
timeline_write_touchpoint(TimelineWriter *w, const char *name, uint32 len)
{
	if (!end_touchpoint(w) || !need(w, (Size) len + 2 * VARINT32_SIZE))
		return false;
	w->touchpoint = w->next - (unsigned char *) w->data;
	w->next = write_varint(w->next, len);
	memcpy(w->next, name, len);
	w->next += len + 1;
	w->entries = w->next - (unsigned char *) w->data;
	w->started = false;
	return true;
}

bool
timeline_write_entry(TimelineWriter *w, const TimelineEntry *entry)
{
	unsigned char *p;
	uint64		steps;

	Assert(w->touchpoint != 0);
	Assert(DAY_IS_VALID(entry->day));
	Assert(entry->count >= 1);
	Assert(entry->valued >= 0 && entry->valued <= entry->count);
	Assert(entry->valued > 0 || entry->value == 0);
	Assert(entry->value < TIMELINE_VALUE_LIMIT &&
		   entry->value > -TIMELINE_VALUE_LIMIT);

	if (!need(w, ENTRY_MAX_SIZE))
		return false;
	p = w->next;
	if (w->started)
	{
		Assert(entry->day < w->day);
		steps = (int64) w->day - entry->day;
	}
	else
		steps = zigzag(entry->day);
	w->started = true;
	w->day = entry->day;

	if (entry->count > 1)
	{
		p = write_varint(p, steps << 2 | ENTRY_MANY);
		p = write_varint(p, entry->count);
		p = write_varint(p, entry->valued);
		if (entry->valued > 0)
			p = write_varint(p, zigzag(entry->value));
	}
	else if (entry->valued > 0)
	{
		p = write_varint(p, steps << 2 | ENTRY_ONE_VALUE);
		p = write_varint(p, zigzag(entry->value));
	}
	else
		p = write_varint(p, steps << 2 | ENTRY_ONE);
	w->next = p;
	return true;
}

/*
 * Writes what a cursor has not read yet as it is.  The entry before must be
 * the one that the cursor read last.
 */
bool
timeline_write_rest(TimelineWriter *w, const EntryCursor *from)
{
	Size		len = from->end - from->next;

	Assert(w->started && from->started && from->day == w->day);
	if (!need(w, len))
		return false;
	memcpy(w->next, from->next, len);
	w->next += len;
	return true;
}

struct varlena *
timeline_write_end(TimelineWriter *w)
{
	struct varlena *t = (struct varlena *) w->data;
	Size		size;

	if (!end_touchpoint(w))
		return NULL;
	size = w->next - (unsigned char *) w->data;
	if (size == VARHDRSZ + 1)
	{
		pfree(t);
		return NULL;
	}
	SET_VARSIZE(t, size);
	AssertCheckTimeline(t);
	return t;
}

void
timeline_refuse(const struct varlena *t)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("timeline has format version %d, and this library reads version %d",
					*VARDATA_ANY(t) & TIMELINE_VERSION_MASK, TIMELINE_VERSION),
			 errhint("Install the version of scoring that wrote it, or a later one.")));
}

void
timeline_too_large(Node *escontext)
{
	ereturn(escontext,,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("timeline is too large"),
			 errdetail("The limit is %d megabytes.",
					   TIMELINE_MAX_SIZE / (1024 * 1024)),
			 errhint("A timeline is meant for one customer; touchpoints are kinds of interaction, not their identifiers.")));
}

void
timeline_count_out_of_range(const char *name, uint32 len, int32 day,
							Node *escontext)
{
	ereturn(escontext,,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("too many interactions in one entry of a timeline"),
			 errdetail("Touchpoint %s on %s would count more than %lld.",
					   touchpoint_quoted(name, len), day_text(day),
					   (long long) PG_INT64_MAX)));
}

void
timeline_value_out_of_range(const char *name, uint32 len, int32 day,
							Node *escontext)
{
	char		limit[DECIMAL_TEXT_SIZE];

	*decimal_write(limit, TIMELINE_VALUE_LIMIT, VALUE_PLACES) = '\0';
	ereturn(escontext,,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("sum of values in one entry of a timeline is out of range"),
			 errdetail("The size of the sum for touchpoint %s on %s must be below %s.",
					   touchpoint_quoted(name, len), day_text(day), limit)));
}

char *
touchpoint_quoted(const char *name, uint32 len)
{
	if (len <= QUOTED_MAX_SIZE)
		return psprintf("\"%.*s\"", (int) len, name);
	return psprintf("\"%.*s...\"",
					pg_mbcliplen(name, (int) Min(len, PG_INT32_MAX),
								 QUOTED_MAX_SIZE), name);
}

#ifdef USE_ASSERT_CHECKING
/*
 * Everything that is true of a closed timeline: the order of touchpoints and
 * days, the ranges, and that it is the only form of what it says.
 */
void
AssertCheckTimeline(const struct varlena *t)
{
	TouchpointCursor c;
	const char *last_name = NULL;
	uint32		last_len = 0;
	Size		size = 1;

	Assert(*VARDATA_ANY(t) == TIMELINE_VERSION);
	start_touchpoints(&c, VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t));
	while (next_touchpoint(&c))
	{
		EntryCursor e;
		TimelineEntry entry;
		unsigned char bytes[VARINT32_SIZE];
		int32		last_day = 0;

		CHECK_FOR_INTERRUPTS();
		Assert(c.entries_end <= c.end && c.entries < c.entries_end);
		Assert(last_name == NULL ||
			   touchpoint_compare(last_name, last_len,
								  c.name, c.name_len) < 0);
		last_name = c.name;
		last_len = c.name_len;
		size += write_varint(bytes, c.name_len) - bytes + c.name_len;
		size += write_varint(bytes, c.entries_end - c.entries) - bytes;

		start_entries(&e, &c);
		while (e.next < e.end)
		{
			bool		first = !e.started;
			unsigned char again[64];
			unsigned char *p = again;
			const unsigned char *from = e.next;
			uint64		steps;

			if (!next_entry(&e, &entry))
				break;
			Assert(e.next <= e.end);
			Assert(DAY_IS_VALID(entry.day));
			Assert(first || entry.day < last_day);
			Assert(entry.count >= 1);
			Assert(entry.valued >= 0 && entry.valued <= entry.count);
			Assert(entry.valued > 0 || entry.value == 0);
			steps = first ? zigzag(entry.day) :
				(uint64) ((int64) last_day - entry.day);
			last_day = entry.day;
			if (entry.count > 1)
			{
				p = write_varint(p, steps << 2 | ENTRY_MANY);
				p = write_varint(p, entry.count);
				p = write_varint(p, entry.valued);
			}
			else
				p = write_varint(p, steps << 2 |
								 (entry.valued > 0 ? ENTRY_ONE_VALUE : ENTRY_ONE));
			if (entry.valued > 0)
				p = write_varint(p, zigzag(entry.value));
			Assert(p - again == e.next - from &&
				   memcmp(again, from, p - again) == 0);
		}
		size += c.entries_end - c.entries;
	}
	Assert(size == VARSIZE_ANY_EXHDR(t) && size > 1);
}
#endif
