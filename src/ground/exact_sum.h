/*
 * exact_sum.h
 *		Sums of float8 without rounding.
 *
 * A sum is one long unsigned integer in units of 2^-1138: every finite float8
 * is a whole number of units, with 64 bits to spare below the smallest of them
 * (so that a quotient needs no remainder) and room above the largest for 2^40
 * values times 10^18.  Nothing depends on the order in which values are added.
 */
#ifndef SCORING_EXACT_SUM_H
#define SCORING_EXACT_SUM_H

#include "compat.h"

/* 64 spare bits + 2098 bits of a float8 + 40 bits of count + 60 of 10^18 */
#define EXACT_LIMBS		36

typedef struct ExactSum
{
	uint64		limb[EXACT_LIMBS];	/* the least significant first */
} ExactSum;

/* sum += times * value; the value is finite and not negative */
extern void exact_add(ExactSum *sum, double value, int64 times);
/* a -= b; b is not above a */
extern void exact_subtract(ExactSum *a, const ExactSum *b);
extern int	exact_compare(const ExactSum *a, const ExactSum *b);
extern void exact_multiply(ExactSum *sum, uint64 factor);
/* the divisor is below 2^63 */
extern void exact_divide(ExactSum *sum, uint64 divisor);
/* the nearest float8, half to even, of a sum that is not above the largest */
extern double exact_float8(const ExactSum *sum);

#endif							/* SCORING_EXACT_SUM_H */
