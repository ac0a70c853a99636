/*
 * sample.c
 *		A sample: the values of a population, as a multiset that can be sorted.
 */
#include "cuts/sample.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#define INITIAL_CAPACITY	16

/* shorter stretches are sorted by insertion */
#define INSERTION_MAX		64

/*
 * Bits of a digit of the radix sort: 1024 counters for long stretches, 256 for
 * stretches that would hardly fill more.
 */
#define DIGIT_BITS_LONG		10
#define DIGIT_BITS_SHORT	8
#define LONG_MIN_COUNT		4096
#define DIGITS_MAX			8	/* 64 / DIGIT_BITS_SHORT */

static inline void
AssertCheckSample(const Sample *sample)
{
#ifdef USE_ASSERT_CHECKING
	Assert(sample->count >= 0 && sample->count <= sample->capacity);
	Assert(sample->sorted >= 0 && sample->sorted <= sample->count);
	for (int64 i = 1; i < sample->sorted; i++)
		Assert(sample->keys[i - 1] <= sample->keys[i]);
#endif
}

void
sample_init(Sample *sample, MemoryContext context)
{
	sample->keys = MemoryContextAlloc(context,
									  INITIAL_CAPACITY * sizeof(uint64));
	sample->capacity = INITIAL_CAPACITY;
	sample->count = 0;
	sample->sorted = 0;
}

/* makes room for so many more values, twice what there was at least */
void
sample_reserve(Sample *sample, int64 more)
{
	int64		needed = sample->count + more;

	if (needed <= sample->capacity)
		return;
	if (needed > SAMPLE_MAX_COUNT)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many values to make cuts from"),
				 errdetail("There can be " INT64_FORMAT " at most.",
						   SAMPLE_MAX_COUNT)));
	needed = Max(needed, 2 * sample->capacity);
	sample->keys = repalloc_huge(sample->keys, needed * sizeof(uint64));
	sample->capacity = needed;
}

void
sample_append_all(Sample *sample, const uint64 *keys, int64 count)
{
	sample_reserve(sample, count);
	memcpy(sample->keys + sample->count, keys, count * sizeof(uint64));
	sample->count += count;
	AssertCheckSample(sample);
}

static void
insertion_sort(uint64 *keys, int64 count)
{
	for (int64 i = 1; i < count; i++)
	{
		uint64		key = keys[i];
		int64		j = i;

		for (; j > 0 && keys[j - 1] > key; j--)
			keys[j] = keys[j - 1];
		keys[j] = key;
	}
}

/*
 * Least significant digit first, over those bits alone in which the keys
 * differ: values of few distinct sizes, such as counts and days, differ in the
 * upper third of their 64 bits.  Sorts between two arrays of the same length
 * and returns the one in which the result is.
 */
static uint64 *
radix_sort(uint64 *keys, uint64 *scratch, int64 count)
{
	uint64		differing = 0;
	bool		ascending = true;
	int			lowest;
	int			nbits;
	int			ndigits;
	int			width;
	uint64		mask;
	int64	   *places;			/* one table of counters for each digit */

	for (int64 i = 1; i < count; i++)
	{
		differing |= keys[i] ^ keys[0];
		ascending &= keys[i - 1] <= keys[i];
	}
	if (ascending)
		return keys;

	lowest = pg_rightmost_one_pos64(differing);
	nbits = pg_leftmost_one_pos64(differing) + 1 - lowest;
	width = count >= LONG_MIN_COUNT ? DIGIT_BITS_LONG : DIGIT_BITS_SHORT;
	ndigits = (nbits + width - 1) / width;
	width = (nbits + ndigits - 1) / ndigits;
	mask = (UINT64CONST(1) << width) - 1;
	Assert(ndigits <= DIGITS_MAX);

	places = palloc0(sizeof(int64) * ndigits << width);
	for (int64 i = 0; i < count; i++)
	{
		uint64		rest = keys[i] >> lowest;

		for (int d = 0; d < ndigits; d++)
		{
			places[((int64) d << width) + (rest & mask)]++;
			rest >>= width;
		}
	}

	for (int d = 0; d < ndigits; d++)
	{
		int64	   *place = places + ((int64) d << width);
		int			shift = lowest + d * width;
		int64		next = 0;
		uint64	   *sorted = scratch;

		CHECK_FOR_INTERRUPTS();
		for (uint64 digit = 0; digit <= mask; digit++)
		{
			int64		n = place[digit];

			place[digit] = next;
			next += n;
		}
		for (int64 i = 0; i < count; i++)
			sorted[place[(keys[i] >> shift) & mask]++] = keys[i];
		scratch = keys;
		keys = sorted;
	}
	pfree(places);
	return keys;
}

/*
 * Sorts the sample.  What was sorted before stays so: values that came later
 * are sorted by themselves and merged in, from the largest down, which is what
 * a growing window frame needs.
 */
void
sample_sort(Sample *sample)
{
	int64		nold = sample->sorted;
	int64		nnew = sample->count - nold;
	uint64	   *fresh = sample->keys + nold;
	uint64	   *scratch;
	uint64	   *sorted = fresh;

	if (nnew == 0)
		return;

	scratch = palloc_extended(nnew * sizeof(uint64), MCXT_ALLOC_HUGE);
	if (nnew <= INSERTION_MAX)
		insertion_sort(fresh, nnew);
	else
		sorted = radix_sort(fresh, scratch, nnew);

	if (nold == 0)
	{
		if (sorted != fresh)
			memcpy(fresh, sorted, nnew * sizeof(uint64));
	}
	else
	{
		uint64	   *keys = sample->keys;

		if (sorted == fresh)
			memcpy(scratch, fresh, nnew * sizeof(uint64));
		for (int64 to = sample->count; nnew > 0;)
		{
			if (nold > 0 && keys[nold - 1] > scratch[nnew - 1])
				keys[--to] = keys[--nold];
			else
				keys[--to] = scratch[--nnew];
		}
	}
	sample->sorted = sample->count;
	pfree(scratch);
	AssertCheckSample(sample);
}

/* by binary search on both sides: runs of equal values can be long */
void
sample_equals(const Sample *sample, int64 position, int64 *start, int64 *end)
{
	uint64		key = sample->keys[position];
	int64		below = -1;		/* a position of a smaller value, or -1 */
	int64		above = sample->count;	/* of a larger one, or the count */
	int64		low = position;
	int64		high = position;

	Assert(sample->sorted == sample->count);
	Assert(position >= 0 && position < sample->count);

	while (low - below > 1)
	{
		int64		middle = below + (low - below) / 2;

		if (sample->keys[middle] < key)
			below = middle;
		else
			low = middle;
	}
	while (above - high > 1)
	{
		int64		middle = high + (above - high) / 2;

		if (sample->keys[middle] > key)
			above = middle;
		else
			high = middle;
	}
	*start = low;
	*end = above;
}
