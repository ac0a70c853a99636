/*
 * binomial.h
 *		The binomial distribution, to the far ends of its tails.
 */
#ifndef SCORING_BINOMIAL_H
#define SCORING_BINOMIAL_H

#include "compat.h"

/* P(X >= k), X ~ Binomial(n, p / (p + q)) for odds of p to q, both positive */
extern double binomial_upper_tail(int64 k, int64 n, int64 p, int64 q);

#endif							/* SCORING_BINOMIAL_H */
