/*
 * timeline_open.c
 *		The open form of a timeline: adding, compacting, closing.
 */
#include "timeline_open.h"

#include "calendar.h"

#include "common/int.h"
#include "miscadmin.h"
#include "port/pg_bswap.h"
#include "utils/memutils.h"

/* sizes: of the first allocation, and from which on it compacts */
#define OPEN_FIRST_SIZE		64
#define OPEN_COMPACT_SIZE	1024

/* how many names a row is compared with */
#define OPEN_RECENT_NAMES	32

#define VARINT32_SIZE		5
#define VARINT128_SIZE		19
/* touchpoint, day and kind, count, valued, value */
#define RECORD_MAX_SIZE		(VARINT32_SIZE + 5 + 9 + 9 + VARINT128_SIZE)

/* what fits on the stack while sorting */
#define SORT_NAMES			32
#define SORT_RECORDS		256

/* a name, and its first bytes as a number that sorts as they do */
typedef struct SortName
{
	uint64		prefix;
	const char *name;
	uint32		len;
	uint32		number;			/* in the open timeline */
} SortName;

/*
 * The records of an open timeline, dealt out by touchpoint and sorted by day.
 * A record is a number: DAY_MAX - day in the upper half, so that the newest
 * come first; below it the kind, and where the rest of the record is unless
 * the kind says it all.
 */
typedef struct SortedRecords
{
	const OpenTimeline *open;
	uint32		ntouchpoints;	/* without doubles */
	SortName   *names;
	uint32	   *starts;			/* ntouchpoints + 1 indexes of records */
	uint64	   *records;

	SortName	few_names[SORT_NAMES];
	uint32		few_starts[SORT_NAMES + 1];
	uint64		few_records[SORT_RECORDS];
} SortedRecords;

#define ST_SORT sort_records
#define ST_ELEMENT_TYPE uint64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

static inline int
compare_names(const SortName *a, const SortName *b)
{
	if (a->prefix != b->prefix)
		return a->prefix < b->prefix ? -1 : 1;
	return touchpoint_compare(a->name, a->len, b->name, b->len);
}

#define ST_SORT sort_names
#define ST_ELEMENT_TYPE SortName
#define ST_COMPARE(a, b) compare_names(a, b)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

static inline const unsigned char *
open_bytes(const OpenTimeline *open)
{
	return (const unsigned char *) open;
}

static inline const unsigned char *
open_end(const OpenTimeline *open)
{
	return open_bytes(open) + VARSIZE(open);
}

static inline uint32
open_room(const OpenTimeline *open)
{
	return open->records - open->names_end;
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

static uint128
read_varint128(const unsigned char **p)
{
	uint128		v = 0;
	int			shift = 0;
	unsigned char b;

	do
	{
		b = *(*p)++;
		v |= (uint128) (b & 0x7f) << shift;
		shift += 7;
	} while (b & 0x80);
	return v;
}

static inline void
skip_varint(const unsigned char **p)
{
	while (*(*p)++ & 0x80)
		;
}

/* Reads a record up to where its kind says what follows; returns the kind. */
static inline int
read_record(const OpenTimeline *open, const unsigned char **p,
			uint32 *touchpoint, int32 *day)
{
	uint64		head;

	*touchpoint = (uint32) read_varint(p);
	head = read_varint(p);
	*day = (int32) (open->base + unzigzag(head >> 2));
	return head & 3;
}

/* Reads what follows in a record of that kind. */
static inline void
read_record_rest(int kind, const unsigned char **p, OpenEntry *entry)
{
	entry->count = 1;
	entry->valued = 0;
	entry->value = 0;
	switch (kind)
	{
		case ENTRY_ONE:
			break;
		case ENTRY_ONE_VALUE:
			entry->valued = 1;
			entry->value = unzigzag(read_varint(p));
			break;
		default:
			{
				uint128		v;

				entry->count = (int64) read_varint(p);
				entry->valued = (int64) read_varint(p);
				v = read_varint128(p);
				entry->value = (int128) (v >> 1) ^ -(int128) (v & 1);
				break;
			}
	}
}

static inline void
skip_record_rest(int kind, const unsigned char **p)
{
	if (kind == ENTRY_ONE)
		return;
	skip_varint(p);
	if (kind == ENTRY_MANY)
	{
		skip_varint(p);
		skip_varint(p);
	}
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
	Assert(open->recent_number <= open->ntouchpoints);
	Assert(open->ntouchpoints - open->recent_number <= OPEN_RECENT_NAMES);
	for (uint32 i = 0; i < open->ntouchpoints; i++)
	{
		uint32		len;

		Assert(i != open->recent_number ||
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

static OpenTimeline *
open_create(Size size, int32 base)
{
	OpenTimeline *open;

	if (size > OPEN_MAX_SIZE)
		timeline_too_large();
	open = palloc(size);
	memset(open, 0, sizeof(OpenTimeline));
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

	for (number = open->recent_number; number < open->ntouchpoints; number++)
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
	if (open->ntouchpoints - open->recent_number > OPEN_RECENT_NAMES)
	{
		const unsigned char *first = open_bytes(open) + open->recent;
		uint32		first_len = (uint32) read_varint(&first);

		open->recent = (first + first_len) - open_bytes(open);
		open->recent_number++;
	}
}

/* A copy of twice the size, or more when that is needed. */
static OpenTimeline *
open_double(const OpenTimeline *open, Size needed)
{
	Size		records_len = VARSIZE(open) - open->records;
	Size		size = VARSIZE(open);
	OpenTimeline *larger;

	do
		size *= 2;
	while (size - open->names_end - records_len < needed);

	larger = open_create(size, open->base);
	memcpy((char *) larger + VARHDRSZ, (const char *) open + VARHDRSZ,
		   open->names_end - VARHDRSZ);
	larger->records = size - records_len;
	memcpy((char *) larger + larger->records,
		   (const char *) open + open->records, records_len);
	return larger;
}

/*
 * Names in order, and of equal ones only the first; ranks says where in that
 * order each name of the open timeline is.
 */
static void
sort_touchpoints(SortedRecords *s, uint32 *ranks)
{
	const unsigned char *p = open_bytes(s->open) + sizeof(OpenTimeline);
	uint32		n = s->open->ntouchpoints;
	uint32		last = 0;

	for (uint32 i = 0; i < n; i++)
	{
		SortName   *name = &s->names[i];
		uint64		prefix = 0;

		name->len = (uint32) read_varint(&p);
		name->name = (const char *) p;
		name->number = i;
		memcpy(&prefix, p, Min(name->len, sizeof(prefix)));
		name->prefix = pg_ntoh64(prefix);
		p += name->len;
	}
	sort_names(s->names, n);
	for (uint32 i = 0; i < n; i++)
	{
		if (i > 0 && compare_names(&s->names[last], &s->names[i]) != 0)
			s->names[++last] = s->names[i];
		ranks[s->names[i].number] = last;
	}
	s->ntouchpoints = last + 1;
}

static void
open_sort(SortedRecords *s, const OpenTimeline *open)
{
	const unsigned char *end = open_end(open);
	const unsigned char *p;
	uint32		few_ranks[SORT_NAMES];
	uint32	   *ranks = few_ranks;
	uint32		n = 0;

	s->open = open;
	s->names = s->few_names;
	s->starts = s->few_starts;
	s->records = s->few_records;
	if (open->ntouchpoints > SORT_NAMES)
	{
		s->names = MemoryContextAllocHuge(CurrentMemoryContext,
										  sizeof(SortName) * open->ntouchpoints);
		s->starts = MemoryContextAllocHuge(CurrentMemoryContext,
										   sizeof(uint32) * (open->ntouchpoints + 1));
		ranks = MemoryContextAllocHuge(CurrentMemoryContext,
									   sizeof(uint32) * open->ntouchpoints);
	}
	sort_touchpoints(s, ranks);

	/* how many each touchpoint has */
	memset(s->starts, 0, sizeof(uint32) * (s->ntouchpoints + 1));
	for (p = open_bytes(open) + open->records; p < end; n++)
	{
		uint32		touchpoint;
		int32		day;
		int			kind = read_record(open, &p, &touchpoint, &day);

		skip_record_rest(kind, &p);
		s->starts[ranks[touchpoint]]++;
	}
	if (n > SORT_RECORDS)
		s->records = MemoryContextAllocHuge(CurrentMemoryContext,
											sizeof(uint64) * n);

	/* where each touchpoint ends; dealing out moves that to where it starts */
	for (uint32 i = 1; i <= s->ntouchpoints; i++)
		s->starts[i] += s->starts[i - 1];
	for (p = open_bytes(open) + open->records; p < end;)
	{
		uint32		touchpoint;
		int32		day;
		int			kind = read_record(open, &p, &touchpoint, &day);
		uint32		rest = kind;

		if (kind != ENTRY_ONE)
		{
			rest |= (p - open_bytes(open)) << 2;
			skip_record_rest(kind, &p);
		}
		s->records[--s->starts[ranks[touchpoint]]] =
			(uint64) ((int64) DAY_MAX - day) << 32 | rest;
	}
	for (uint32 i = 0; i < s->ntouchpoints; i++)
		sort_records(s->records + s->starts[i],
					 s->starts[i + 1] - s->starts[i]);

	if (ranks != few_ranks)
		pfree(ranks);
}

static void
free_sorted(SortedRecords *s)
{
	if (s->records != s->few_records)
		pfree(s->records);
	if (s->names != s->few_names)
	{
		pfree(s->names);
		pfree(s->starts);
	}
}

/*
 * The sum of the records of a touchpoint that are of one day, from the i-th
 * record on; returns the index of what follows them.
 */
static inline uint32
sum_of_day(const SortedRecords *s, uint32 touchpoint, uint32 i,
		   OpenEntry *sum)
{
	uint32		day = s->records[i] >> 32;
	uint32		end = s->starts[touchpoint + 1];

	sum->day = (int32) ((int64) DAY_MAX - day);
	sum->count = sum->valued = 0;
	sum->value = 0;
	do
	{
		uint32		rest = (uint32) s->records[i];
		const unsigned char *p = open_bytes(s->open) + (rest >> 2);
		OpenEntry	entry;

		/*
		 * Nobody has more with a value than there are, and every value is
		 * below 2^63 for each of them: 126 bits hold what the count allows.
		 */
		read_record_rest(rest & 3, &p, &entry);
		if (unlikely(pg_add_s64_overflow(sum->count, entry.count,
										 &sum->count)))
			timeline_count_out_of_range(s->names[touchpoint].name,
										s->names[touchpoint].len, sum->day);
		sum->valued += entry.valued;
		sum->value += entry.value;
	} while (++i < end && s->records[i] >> 32 == day);
	return i;
}

/*
 * An open timeline that is full: in order and with its doubles added up it
 * may have room again, else it is copied to a larger one.  At least as many
 * bytes as needed are free afterwards, and the numbers of touchpoints are
 * other ones.
 */
static OpenTimeline *
open_compact(OpenTimeline *open, Size needed)
{
	SortedRecords s;
	OpenTimeline *compact;
	Size		used;

	AssertCheckOpen(open);
	if (VARSIZE(open) < OPEN_COMPACT_SIZE)
		return open_double(open, needed);

	open_sort(&s, open);
	compact = open_create((Size) VARSIZE(open) * 2, open->base);
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

			i = sum_of_day(&s, t, i, &sum);
			len = write_record(record, compact, t, &sum) - record;

			/*
			 * Twice the room is more than enough unless millions of
			 * touchpoints get longer numbers.
			 */
			if (open_room(compact) < len + s.open->names_end)
			{
				OpenTimeline *larger = open_double(compact,
												   len + s.open->names_end);

				pfree(compact);
				compact = larger;
			}
			compact->records -= len;
			memcpy((char *) compact + compact->records, record, len);
		}
	}
	free_sorted(&s);

	used = compact->names_end + VARSIZE(compact) - compact->records;
	if (used + needed <= VARSIZE(open) / 2)
	{
		Size		size = VARSIZE(open);
		Size		records_len = VARSIZE(compact) - compact->records;

		memcpy((char *) open + VARHDRSZ, (char *) compact + VARHDRSZ,
			   compact->names_end - VARHDRSZ);
		open->records = size - records_len;
		memcpy((char *) open + open->records,
			   (char *) compact + compact->records, records_len);
		pfree(compact);
		AssertCheckOpen(open);
		return open;
	}
	if (open_room(compact) < needed)
	{
		OpenTimeline *larger = open_double(compact, needed);

		pfree(compact);
		compact = larger;
	}
	AssertCheckOpen(compact);
	return compact;
}

OpenTimeline *
open_add(OpenTimeline *open, const char *name, uint32 len,
		 const OpenEntry *entry)
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
		Size		size = OPEN_FIRST_SIZE;

		while (size < sizeof(OpenTimeline) + len + RECORD_MAX_SIZE)
			size *= 2;
		open = open_create(size, entry->day);
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
		open = open_compact(open, (Size) len + VARINT32_SIZE + RECORD_MAX_SIZE);
	}

	if (name_len > 0)
		append_touchpoint(open, name, len);
	open->records -= record_len;
	memcpy((char *) open + open->records, record, record_len);
	return open;
}

/* Goes on with a new open timeline, without the old one unless it is kept. */
static inline OpenTimeline *
replace(OpenTimeline *open, OpenTimeline *by, const OpenTimeline *keep)
{
	if (by != open && open != keep && open != NULL)
		pfree(open);
	return by;
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
			open = replace(open, open_add(open, c.name, c.name_len, &added),
						   keep);
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
		open = replace(open, open_add(open, (const char *) name, len, &entry),
					   keep);
	}
	pfree(names);
	return open;
}

OpenTimeline *
open_add_all(OpenTimeline *open, struct varlena *other)
{
	uint8		version = (uint8) *VARDATA_ANY(other);

	if (version == (TIMELINE_VERSION | TIMELINE_OPEN))
		return open_add_open(open, (const OpenTimeline *) other);
	if (version != TIMELINE_VERSION)
		timeline_unusual(other);	/* an error */
	return open_add_closed(open, other);
}

struct varlena *
open_close(const OpenTimeline *open)
{
	SortedRecords s;
	TimelineWriter w;

	AssertCheckOpen(open);
	open_sort(&s, open);
	timeline_write_start(&w, VARSIZE(open) - open_room(open) +
						 (Size) s.starts[s.ntouchpoints]);
	for (uint32 t = 0; t < s.ntouchpoints; t++)
	{
		const char *name = s.names[t].name;
		uint32		len = s.names[t].len;
		uint32		i = s.starts[t];

		CHECK_FOR_INTERRUPTS();
		timeline_write_touchpoint(&w, name, len);
		while (i < s.starts[t + 1])
		{
			OpenEntry	sum;
			TimelineEntry entry;

			i = sum_of_day(&s, t, i, &sum);
			if (sum.value >= TIMELINE_VALUE_LIMIT ||
				sum.value <= -TIMELINE_VALUE_LIMIT)
				timeline_value_out_of_range(name, len, sum.day);
			entry.day = sum.day;
			entry.count = sum.count;
			entry.valued = sum.valued;
			entry.value = (int64) sum.value;
			timeline_write_entry(&w, &entry);
		}
	}
	free_sorted(&s);
	return timeline_write_end(&w);
}

/*
 * The rest of timeline_argument(): a value that is not just a closed timeline.
 */
struct varlena *
timeline_unusual(struct varlena *t)
{
	uint8		version = (uint8) *VARDATA_ANY(t);

	if (version == (TIMELINE_VERSION | TIMELINE_OPEN))
	{
		/* its numbers are aligned only behind a header of four bytes */
		if (VARATT_IS_SHORT(t))
			t = PG_DETOAST_DATUM(PointerGetDatum(t));
		return open_close((OpenTimeline *) t);
	}
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("timeline has format version %d, and this library reads version %d",
					version & TIMELINE_VERSION_MASK, TIMELINE_VERSION),
			 errhint("Install the version of scoring that wrote it, or a later one.")));
	return NULL;				/* not reached */
}
