/*
 * timeline_open.c
 *		The open form of a timeline: adding, compacting, closing.
 *
 * When it is full it becomes larger, from a certain size on only after it has
 * been put in order and has added up what is of one touchpoint and day.  So its
 * size is bounded by the entries of the timeline that it will be.
 */
#include "timeline/timeline_open.h"

#include "ground/calendar.h"
#include "timeline/timeline_sort.h"

#include "miscadmin.h"
#include "utils/memutils.h"

/* how many names a row is compared with */
#define OPEN_RECENT_NAMES	32

#define VARINT32_SIZE		5
#define VARINT128_SIZE		19
/* touchpoint, day and kind, count, valued, value */
#define RECORD_MAX_SIZE		(VARINT32_SIZE + 5 + 9 + 9 + VARINT128_SIZE)

/* The number of the first name that is looked at. */
static inline uint32
first_recent(const OpenTimeline *open)
{
	return open->ntouchpoints <= OPEN_RECENT_NAMES ? 0 :
		open->ntouchpoints - OPEN_RECENT_NAMES;
}

static unsigned char *
write_varint128(unsigned char *p, uint128 v)
{
	while (v >= 0x80)
	{
		*p++ = (unsigned char) v | 0x80;
		v >>= 7;
	}
	*p++ = (unsigned char) v;
	return p;
}

static inline unsigned char *
write_record(unsigned char *p, const OpenTimeline *open, uint32 touchpoint,
			 const OpenEntry *entry)
{
	uint64		head = zigzag((int64) entry->day - open->base) << 2;

	p = write_varint(p, touchpoint);
	if (entry->count == 1 && entry->valued == 0)
		return write_varint(p, head | ENTRY_ONE);
	if (entry->count == 1 &&
		entry->value < TIMELINE_VALUE_LIMIT &&
		entry->value > -TIMELINE_VALUE_LIMIT)
	{
		p = write_varint(p, head | ENTRY_ONE_VALUE);
		return write_varint(p, zigzag((int64) entry->value));
	}
	p = write_varint(p, head | ENTRY_MANY);
	p = write_varint(p, entry->count);
	p = write_varint(p, entry->valued);
	return write_varint128(p, ((uint128) entry->value << 1) ^
						   (uint128) (entry->value >> 127));
}

#ifdef USE_ASSERT_CHECKING
static void
AssertCheckOpen(const OpenTimeline *open)
{
	const unsigned char *p = open_bytes(open) + sizeof(OpenTimeline);

	Assert(open->version == (TIMELINE_VERSION | TIMELINE_OPEN));
	Assert(open->names_end >= sizeof(OpenTimeline));
	Assert(open->names_end <= open->records);
	Assert(open->records <= VARSIZE(open));
	for (uint32 i = 0; i < open->ntouchpoints; i++)
	{
		uint32		len;

		Assert(i != first_recent(open) ||
			   p == open_bytes(open) + open->recent);
		len = (uint32) read_varint(&p);
		p += len;
	}
	Assert(p == open_bytes(open) + open->names_end);
	for (p = open_bytes(open) + open->records; p < open_end(open);)
	{
		uint32		touchpoint;
		OpenEntry	entry;
		int			kind = read_record(open, &p, &touchpoint, &entry.day);

		read_record_rest(kind, &p, &entry);
		Assert(touchpoint < open->ntouchpoints);
		Assert(DAY_IS_VALID(entry.day));
		Assert(entry.count >= 1);
		Assert(entry.valued >= 0 && entry.valued <= entry.count);
	}
	Assert(p == open_end(open));
}
#else
#define AssertCheckOpen(open)	((void) 0)
#endif

/*
 * All of it is written: it can be stored as it is, and what was in this memory
 * before is none of a reader's business.  NULL after an error, here and where it
 * is called.
 */
static OpenTimeline *
open_create(Size size, int32 base, Node *escontext)
{
	OpenTimeline *open;

	if (size > OPEN_MAX_SIZE)
	{
		timeline_too_large(escontext);
		return NULL;
	}
	open = palloc0(size);
	SET_VARSIZE(open, size);
	open->version = TIMELINE_VERSION | TIMELINE_OPEN;
	open->base = base;
	open->names_end = open->recent = sizeof(OpenTimeline);
	open->records = size;
	return open;
}

/* The number of a touchpoint, if it is among the latest; else the next one. */
static inline uint32
find_touchpoint(const OpenTimeline *open, const char *name, uint32 len)
{
	const unsigned char *p = open_bytes(open) + open->recent;
	uint32		number;

	for (number = first_recent(open); number < open->ntouchpoints; number++)
	{
		uint32		its_len = (uint32) read_varint(&p);

		if (its_len == len && memcmp(p, name, len) == 0)
			break;
		p += its_len;
	}
	return number;
}

/* Appends a name; there is room for it. */
static void
append_touchpoint(OpenTimeline *open, const char *name, uint32 len)
{
	unsigned char *p = (unsigned char *) open + open->names_end;

	p = write_varint(p, len);
	memcpy(p, name, len);
	open->names_end = (p + len) - (unsigned char *) open;
	open->ntouchpoints++;
	if (open->ntouchpoints > OPEN_RECENT_NAMES)
	{
		const unsigned char *first = open_bytes(open) + open->recent;
		uint32		first_len = (uint32) read_varint(&first);

		open->recent = (first + first_len) - open_bytes(open);
	}
}

/* A copy of twice the size, or more when that is needed. */
static OpenTimeline *
open_enlarge(const OpenTimeline *open, Size needed, Node *escontext)
{
	Size		records_len = VARSIZE(open) - open->records;
	Size		size = VARSIZE(open);
	OpenTimeline *larger;

	do
		size *= 2;
	while (size - open->names_end - records_len < needed);

	larger = open_create(size, open->base, escontext);
	if (larger == NULL)
		return NULL;
	memcpy((char *) larger + VARHDRSZ, (const char *) open + VARHDRSZ,
		   open->names_end - VARHDRSZ);
	larger->records = size - records_len;
	memcpy((char *) larger + larger->records,
		   (const char *) open + open->records, records_len);
	return larger;
}

/*
 * An open timeline that is full: in order and with its doubles added up it
 * may have room again, else it is copied to a larger one.  At least as many
 * bytes as needed are free afterwards, and the numbers of touchpoints are
 * other ones.
 */
static OpenTimeline *
open_compact(OpenTimeline *open, Size needed, Node *escontext)
{
	SortedRecords s;
	OpenTimeline *compact;
	Size		used;

	AssertCheckOpen(open);
	if (VARSIZE(open) < OPEN_COMPACT_SIZE)
		return open_enlarge(open, needed, escontext);

	compact = open_create((Size) VARSIZE(open) * 2, open->base, escontext);
	if (compact == NULL)
		return NULL;
	timeline_sort(&s, open);
	for (uint32 t = 0; t < s.ntouchpoints; t++)
	{
		uint32		i = s.starts[t];

		CHECK_FOR_INTERRUPTS();
		append_touchpoint(compact, s.names[t].name, s.names[t].len);
		while (i < s.starts[t + 1])
		{
			unsigned char record[RECORD_MAX_SIZE];
			Size		len;
			OpenEntry	sum;

			i = timeline_sort_sum(&s, t, i, &sum, escontext);
			if (i == 0)
				return NULL;
			len = write_record(record, compact, t, &sum) - record;

			/*
			 * Twice the room is more than enough unless millions of
			 * touchpoints get longer numbers.
			 */
			if (open_room(compact) < len + s.open->names_end)
			{
				OpenTimeline *larger = open_enlarge(compact,
												   len + s.open->names_end,
												   escontext);

				if (larger == NULL)
					return NULL;
				pfree(compact);
				compact = larger;
			}
			compact->records -= len;
			memcpy((char *) compact + compact->records, record, len);
		}
	}
	timeline_sort_free(&s);

	used = compact->names_end + VARSIZE(compact) - compact->records;
	if (used + needed <= VARSIZE(open) / 2)
	{
		Size		size = VARSIZE(open);
		Size		records_len = VARSIZE(compact) - compact->records;

		memcpy((char *) open + VARHDRSZ, (char *) compact + VARHDRSZ,
			   compact->names_end - VARHDRSZ);
		open->records = size - records_len;
		memset((char *) open + compact->names_end, 0,
			   open->records - compact->names_end);
		memcpy((char *) open + open->records,
			   (char *) compact + compact->records, records_len);
		pfree(compact);
		AssertCheckOpen(open);
		return open;
	}
	if (open_room(compact) < needed)
	{
		OpenTimeline *larger = open_enlarge(compact, needed, escontext);

		if (larger == NULL)
			return NULL;
		pfree(compact);
		compact = larger;
	}
	AssertCheckOpen(compact);
	return compact;
}

OpenTimeline *
open_add(OpenTimeline *open, const char *name, uint32 len,
		 const OpenEntry *entry, Node *escontext)
{
	uint32		touchpoint;
	unsigned char record[RECORD_MAX_SIZE];
	Size		record_len;
	Size		name_len;

	Assert(DAY_IS_VALID(entry->day));
	Assert(entry->count >= 1);
	Assert(entry->valued >= 0 && entry->valued <= entry->count);

	if (open == NULL)
	{
		OpenTimeline empty = {.base = entry->day};
		Size		size = OPEN_FIRST_SIZE;

		record_len = write_record(record, &empty, 0, entry) - record;
		while (size < sizeof(empty) + len + VARINT32_SIZE + record_len)
			size *= 2;
		open = open_create(size, entry->day, escontext);
		if (open == NULL)
			return NULL;
	}

	for (;;)
	{
		touchpoint = find_touchpoint(open, name, len);
		record_len = write_record(record, open, touchpoint, entry) - record;
		name_len = touchpoint < open->ntouchpoints ? 0 :
			(Size) len + VARINT32_SIZE;
		if (likely(open_room(open) >= record_len + name_len))
			break;
		/* other numbers may be longer */
		open = open_compact(open, (Size) len + VARINT32_SIZE + RECORD_MAX_SIZE,
							escontext);
		if (open == NULL)
			return NULL;
	}

	if (name_len > 0)
		append_touchpoint(open, name, len);
	open->records -= record_len;
	memcpy((char *) open + open->records, record, record_len);
	return open;
}

/* Goes on with a new open timeline, and frees the old one unless it is kept. */
static inline OpenTimeline *
replace(OpenTimeline *open, OpenTimeline *by, const OpenTimeline *keep)
{
	if (by != open && open != keep && open != NULL)
		pfree(open);
	return by;
}

OpenTimeline *
open_collect(OpenTimeline *open, const char *name, uint32 len,
			 const OpenEntry *entry, Node *escontext)
{
	return replace(open, open_add(open, name, len, entry, escontext), NULL);
}

static OpenTimeline *
open_add_closed(OpenTimeline *open, const struct varlena *other)
{
	const OpenTimeline *keep = open;
	TouchpointCursor c;

	start_touchpoints(&c, VARDATA_ANY(other), VARSIZE_ANY_EXHDR(other));
	while (next_touchpoint(&c))
	{
		EntryCursor e;
		TimelineEntry entry;

		CHECK_FOR_INTERRUPTS();
		start_entries(&e, &c);
		while (next_entry(&e, &entry))
		{
			OpenEntry	added;

			added.day = entry.day;
			added.count = entry.count;
			added.valued = entry.valued;
			added.value = entry.value;
			open = replace(open, open_add(open, c.name, c.name_len, &added,
										  NULL), keep);
		}
	}
	return open;
}

static OpenTimeline *
open_add_open(OpenTimeline *open, const OpenTimeline *other)
{
	const OpenTimeline *keep = open;
	const unsigned char **names;
	const unsigned char *p = open_bytes(other) + sizeof(OpenTimeline);

	names = MemoryContextAllocHuge(CurrentMemoryContext,
								   sizeof(char *) * other->ntouchpoints);
	for (uint32 i = 0; i < other->ntouchpoints; i++)
	{
		uint32		len;

		names[i] = p;
		len = (uint32) read_varint(&p);
		p += len;
	}

	for (p = open_bytes(other) + other->records; p < open_end(other);)
	{
		uint32		touchpoint;
		OpenEntry	entry;
		int			kind = read_record(other, &p, &touchpoint, &entry.day);
		const unsigned char *name = names[touchpoint];
		uint32		len = (uint32) read_varint(&name);

		CHECK_FOR_INTERRUPTS();
		read_record_rest(kind, &p, &entry);
		open = replace(open, open_add(open, (const char *) name, len, &entry,
									  NULL), keep);
	}
	pfree(names);
	return open;
}

OpenTimeline *
open_add_all(OpenTimeline *open, struct varlena *other)
{
	if (timeline_is_open(other))
		return open_add_open(open, (const OpenTimeline *) other);
	if (*VARDATA_ANY(other) != TIMELINE_VERSION)
		timeline_refuse(other);
	return open_add_closed(open, other);
}

struct varlena *
open_close(const OpenTimeline *open, Node *escontext)
{
	SortedRecords s;
	TimelineWriter w;

	AssertCheckOpen(open);
	timeline_sort(&s, open);
	timeline_write_start(&w, VARSIZE(open) - open_room(open) +
						 (Size) s.starts[s.ntouchpoints]);
	w.escontext = escontext;
	for (uint32 t = 0; t < s.ntouchpoints; t++)
	{
		const char *name = s.names[t].name;
		uint32		len = s.names[t].len;
		uint32		i = s.starts[t];

		CHECK_FOR_INTERRUPTS();
		if (!timeline_write_touchpoint(&w, name, len))
			return NULL;
		while (i < s.starts[t + 1])
		{
			OpenEntry	sum;
			TimelineEntry entry;

			i = timeline_sort_sum(&s, t, i, &sum, escontext);
			if (i == 0)
				return NULL;
			if (sum.value >= TIMELINE_VALUE_LIMIT ||
				sum.value <= -TIMELINE_VALUE_LIMIT)
			{
				timeline_value_out_of_range(name, len, sum.day, escontext);
				return NULL;
			}
			entry.day = sum.day;
			entry.count = sum.count;
			entry.valued = sum.valued;
			entry.value = (int64) sum.value;
			if (!timeline_write_entry(&w, &entry))
				return NULL;
		}
	}
	timeline_sort_free(&s);
	return timeline_write_end(&w);
}
