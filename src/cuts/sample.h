/*
 * sample.h
 *		A sample: the values of a population, as a multiset that can be sorted.
 *
 * Values are kept as sort keys: unsigned integers in the order of the float8
 * they stand for, so that sorting and searching never compare floating point.
 * There is no NaN among them, and one zero: -0 is kept as 0, which PostgreSQL
 * takes for equal.
 */
#ifndef SCORING_SAMPLE_H
#define SCORING_SAMPLE_H

#include "compat.h"

#include "utils/palloc.h"

/* far beyond memory, and products with an int64 stay within an int128 */
#define SAMPLE_MAX_COUNT	(INT64CONST(1) << 40)

typedef struct Sample
{
	uint64	   *keys;
	int64		count;
	int64		capacity;
	int64		sorted;			/* this many, from the first, are in order */
} Sample;

#define SIGN_BIT	(UINT64CONST(1) << 63)

/* all bits of a negative value are turned over, of others the sign */
static inline uint64
key_of_float8(double value)
{
	uint64		bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits ^ ((bits & SIGN_BIT) ? ~UINT64CONST(0) : SIGN_BIT);
}

static inline double
float8_of_key(uint64 key)
{
	uint64		bits = key ^ ((key & SIGN_BIT) ? SIGN_BIT : ~UINT64CONST(0));
	double		value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

extern void sample_init(Sample *sample, MemoryContext context);
extern void sample_reserve(Sample *sample, int64 more);
extern void sample_append_all(Sample *sample, const uint64 *keys, int64 count);
extern void sample_sort(Sample *sample);

/* the value must not be NaN; adding 0 makes 0 of -0 and changes nothing else */
static inline void
sample_append(Sample *sample, double value)
{
	if (unlikely(sample->count == sample->capacity))
		sample_reserve(sample, 1);
	sample->keys[sample->count++] = key_of_float8(value + 0.0);
}

/* of a sorted sample: the value at a position, counted from 0 */
static inline double
sample_value(const Sample *sample, int64 position)
{
	return float8_of_key(sample->keys[position]);
}

/*
 * The values equal to that at a position lie from *start to before *end: of
 * all the values, *start are smaller.
 */
extern void sample_equals(const Sample *sample, int64 position,
						  int64 *start, int64 *end);

/* walks the distinct values of a sorted sample upwards: end = 0 at first */
static inline bool
sample_next_value(const Sample *sample, int64 *start, int64 *end)
{
	if (*end >= sample->count)
		return false;
	*start = *end;
	do
		(*end)++;
	while (*end < sample->count && sample->keys[*end] == sample->keys[*start]);
	return true;
}

#endif							/* SCORING_SAMPLE_H */
