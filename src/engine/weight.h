/*
 * weight.h
 *		How much an interaction of some age still counts.
 */
#ifndef SCORING_WEIGHT_H
#define SCORING_WEIGHT_H

#include "compat.h"

#include "nodes/pg_list.h"

/* what an interaction of today weighs */
#define WEIGHT_ONE		INT64CONST(1000000000)

/* half-lives and ages whose weights are kept; older ages are computed anew */
#define WEIGHT_TABLE_MAX	4096
#define WEIGHT_UNKNOWN		(-1)

typedef struct WeightTable
{
	int64		hours;			/* the half-life */
	int32		size;			/* ages below this are in the table ... */
	bool		complete;		/* ... and every later one weighs nothing */
	int32		weight[FLEXIBLE_ARRAY_MEMBER];
} WeightTable;

/* the weight of an age, in units of 1 / WEIGHT_ONE */
extern int32 weight_of_age(int64 age_days, int64 half_life_hours);
/* the table of a half-life: one of `tables`, which may get a new one */
extern WeightTable *weight_table(List **tables, int64 hours);
/* computes the weight of an age that the table does not know yet */
extern int32 weight_fill(WeightTable *weights, int32 age);

#endif							/* SCORING_WEIGHT_H */
