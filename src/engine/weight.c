/*
 * weight.c
 *		How much an interaction of some age still counts.
 *
 * With a half-life of h hours an interaction a days old counts 2^(-24 a / h)
 * of what it counts today.  Weights are kept as whole numbers of 1/10^9, half
 * to even, so that sums of them are exact and do not depend on their order.
 */
#include "engine/weight.h"

#include <math.h>

#include "datatype/timestamp.h"
#include "utils/memutils.h"

/* no weight is left after so many half-lives: 2^-31 * 10^9 rounds to 0 */
#define HALF_LIVES_MAX	31

/* so many half-lives have a table of weights; those of others are computed */
#define WEIGHT_TABLES_MAX	64

/*
 * The weight of an age in days, 0 or more, for a half-life in hours, 1 or
 * more, in units of 1 / WEIGHT_ONE.  Never raises: from 31 half-lives on it is
 * 0 (2^-31 * 10^9 is less than a half), which also keeps exp2 from underflow.
 */
int32
weight_of_age(int64 age_days, int64 half_life_hours)
{
	Assert(age_days >= 0 && half_life_hours > 0);
	if (age_days * 24 >= half_life_hours * HALF_LIVES_MAX)
		return 0;
	return (int32) rint(exp2(-24.0 * (double) age_days /
							 (double) half_life_hours) * (double) WEIGHT_ONE);
}

static WeightTable *
find_weights(List *tables, int64 hours)
{
	ListCell   *lc;

	foreach(lc, tables)
	{
		WeightTable *table = lfirst(lc);

		if (table->hours == hours)
			return table;
	}
	return NULL;
}

/*
 * Rules with the same half-life share one table, filled as ages are met.  The
 * first half-lives of a session have theirs for good: to make the tables of a
 * grid takes as long as to score a hundred timelines with it.
 */
WeightTable *
weight_table(List **tables, int64 hours)
{
	static List *kept = NIL;
	WeightTable *table = find_weights(kept, hours);
	int64		days = HALF_LIVES_MAX * hours / HOURS_PER_DAY + 1;
	int32		size = (int32) Min(days, WEIGHT_TABLE_MAX);
	MemoryContext old = CurrentMemoryContext;
	int			i;

	if (table == NULL)
		table = find_weights(*tables, hours);
	if (table != NULL)
		return table;
	if (list_length(kept) < WEIGHT_TABLES_MAX)
	{
		tables = &kept;
		MemoryContextSwitchTo(TopMemoryContext);
	}
	else if (list_length(*tables) == WEIGHT_TABLES_MAX)
		size = 0;
	table = palloc(offsetof(WeightTable, weight) + size * sizeof(int32));
	table->hours = hours;
	table->size = size;
	table->complete = (days <= size);
	for (i = 0; i < size; i++)
		table->weight[i] = WEIGHT_UNKNOWN;
	if (size > 0)
		*tables = lappend(*tables, table);
	MemoryContextSwitchTo(old);
	return table;
}

int32
weight_fill(WeightTable *weights, int32 age)
{
	int32		w = weight_of_age(age, weights->hours);

	weights->weight[age] = w;
	return w;
}
