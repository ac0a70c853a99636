/*
 * timeline_sort.c
 *		Putting the records of an open timeline in order.
 *
 * Names are sorted once; records are dealt out by touchpoint and then sorted
 * by day, as plain numbers.  For a customer with a handful of records nothing
 * is allocated.
 */
#include "timeline/timeline_sort.h"

#include "ground/calendar.h"

#include "common/int.h"
#include "miscadmin.h"
#include "port/pg_bswap.h"
#include "utils/memutils.h"

/* up to so many numbers are sorted by insertion */
#define INSERTION_MAX	16

#define ST_SORT sort_records
#define ST_ELEMENT_TYPE uint64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* Of a touchpoint a customer has a handful of days, now and then thousands. */
static inline void
sort_days(uint64 *records, uint32 n)
{
	if (n > INSERTION_MAX)
	{
		sort_records(records, n);
		return;
	}
	for (uint32 i = 1; i < n; i++)
	{
		uint64		record = records[i];
		uint32		j = i;

		for (; j > 0 && records[j - 1] > record; j--)
			records[j] = records[j - 1];
		records[j] = record;
	}
}

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

void
timeline_sort(SortedRecords *s, const OpenTimeline *open)
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
		sort_days(s->records + s->starts[i],
				  s->starts[i + 1] - s->starts[i]);

	if (ranks != few_ranks)
		pfree(ranks);
}

void
timeline_sort_free(SortedRecords *s)
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
 * record on; returns the index of what follows them, or 0 after an error.
 */
uint32
timeline_sort_sum(const SortedRecords *s, uint32 touchpoint, uint32 i,
				  OpenEntry *sum, Node *escontext)
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
		{
			timeline_count_out_of_range(s->names[touchpoint].name,
										s->names[touchpoint].len, sum->day,
										escontext);
			return 0;
		}
		sum->valued += entry.valued;
		sum->value += entry.value;
	} while (++i < end && s->records[i] >> 32 == day);
	return i;
}
