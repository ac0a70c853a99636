/*
 * distribution.h
 *		Probability distributions, to the far ends of their tails.
 */
#ifndef SCORING_DISTRIBUTION_H
#define SCORING_DISTRIBUTION_H

#include "compat.h"

/*
 * Student's distribution of df >= 1 degrees of freedom; INFINITY of them are
 * the normal distribution.  P(T > t), and the t below which p lies, 0 < p < 1.
 */
extern double student_tail(double t, double df);
extern double student_quantile(double p, double df);

/* P(X > x), X chi-square of df >= 1 degrees of freedom, x >= 0 */
extern double chi_square_tail(double x, int64 df);

/* P(X >= k), X ~ Binomial(n, p / (p + q)) for odds of p to q, both positive */
extern double binomial_upper_tail(int64 k, int64 n, int64 p, int64 q);

#endif							/* SCORING_DISTRIBUTION_H */
