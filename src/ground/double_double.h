/*
 * double_double.h
 *		Arithmetic of 106 bits: a number as the unevaluated sum of two doubles.
 *
 * The error-free transformations of Dekker (1971) and Knuth: a sum or product
 * of doubles is a double and a rest that is a double too, so nothing is lost
 * but what the second one rounds off.  Numbers must be far from overflow and
 * underflow.
 */
#ifndef SCORING_DOUBLE_DOUBLE_H
#define SCORING_DOUBLE_DOUBLE_H

#include <math.h>

typedef struct DoubleDouble
{
	double		high;			/* the nearest double */
	double		low;			/* what it lacks */
} DoubleDouble;

/* a + b exactly, where b is not the larger one */
static inline DoubleDouble
dd_quick_sum(double a, double b)
{
	DoubleDouble r;

	r.high = a + b;
	r.low = b - (r.high - a);
	return r;
}

/* a + b exactly */
static inline DoubleDouble
dd_sum(double a, double b)
{
	DoubleDouble r;
	double		b_part;

	r.high = a + b;
	b_part = r.high - a;
	r.low = (a - (r.high - b_part)) + (b - b_part);
	return r;
}

/* a * b exactly */
static inline DoubleDouble
dd_product(double a, double b)
{
	DoubleDouble r;

	r.high = a * b;
	r.low = fma(a, b, -r.high);
	return r;
}

static inline DoubleDouble
dd_add(DoubleDouble a, DoubleDouble b)
{
	DoubleDouble high = dd_sum(a.high, b.high);
	DoubleDouble low = dd_sum(a.low, b.low);

	high = dd_quick_sum(high.high, high.low + low.high);
	return dd_quick_sum(high.high, high.low + low.low);
}

static inline DoubleDouble
dd_subtract(DoubleDouble a, DoubleDouble b)
{
	b.high = -b.high;
	b.low = -b.low;
	return dd_add(a, b);
}

static inline DoubleDouble
dd_square(DoubleDouble a)
{
	DoubleDouble r = dd_product(a.high, a.high);

	return dd_quick_sum(r.high, r.low + 2 * (a.high * a.low));
}

static inline DoubleDouble
dd_multiply(DoubleDouble a, double b)
{
	DoubleDouble r = dd_product(a.high, b);

	return dd_quick_sum(r.high, r.low + a.low * b);
}

static inline DoubleDouble
dd_divide(DoubleDouble a, double b)
{
	double		quotient = a.high / b;
	DoubleDouble product = dd_product(quotient, b);
	double		rest = (a.high - product.high) - product.low + a.low;

	return dd_quick_sum(quotient, rest / b);
}

/* a is above b, and by more than a tolerance */
static inline bool
dd_exceeds(DoubleDouble a, DoubleDouble b, double tolerance)
{
	return (a.high - b.high) + (a.low - b.low) > tolerance;
}

#endif							/* SCORING_DOUBLE_DOUBLE_H */
