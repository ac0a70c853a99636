/*
 * binomial.c
 *		The binomial distribution, to the far ends of its tails.
 *
 * One probability by the saddle-point expansion of C. Loader, "Fast and
 * Accurate Computation of Binomial Probabilities" (2000): the logarithm of the
 * ratio to a Stirling approximation is made of small terms only, so that even
 * 10^-300 is right to some 13 digits.  The others follow from it by their
 * ratios, which have no error to speak of.
 */
#include "binomial.h"

#include <math.h>

/* ln(n!) - ln(sqrt(2 pi n) (n / e)^n): the error of Stirling's formula */
static double
stirling_error(double n)
{
	double		n2 = n * n;

	if (n < 16)
		return lgamma(n + 1) - (n + 0.5) * log(n) + n - log(2 * M_PI) / 2;
	/* the Bernoulli series; the next term is below 10^-15 */
	return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / n2) / n2) / n2) / n2) / n;
}

/* x ln(x / m) + m - x, without loss where x is near m (Loader's bd0) */
static double
deviance(double x, double m)
{
	double		v = (x - m) / (x + m);
	double		sum;
	double		term;

	if (fabs(v) >= 0.1)
		return x * log(x / m) + m - x;
	/* ln(x / m) = 2 atanh(v), as a series in v */
	sum = (x - m) * v;
	term = 2 * x * v;
	for (int j = 1;; j++)
	{
		double		next;

		term *= v * v;
		next = sum + term / (2 * j + 1);
		if (next == sum)
			return sum;
		sum = next;
	}
}

/* P(X = x), 0 <= x <= n */
static double
probability(int64 x, int64 n, double p, double q)
{
	double		a = (double) x;
	double		b = (double) (n - x);

	if (x == 0)
		return exp(n * (p < 0.5 ? log1p(-p) : log(q)));
	if (x == n)
		return exp(n * (q < 0.5 ? log1p(-q) : log(p)));
	return exp(stirling_error((double) n) - stirling_error(a) - stirling_error(b)
			   - deviance(a, n * p) - deviance(b, n * q))
		* sqrt(n / (2 * M_PI * a * b));
}

double
binomial_upper_tail(int64 k, int64 n, int64 p, int64 q)
{
	double		all = (double) p + (double) q;
	double		odds = (double) p / (double) q;
	double		sum = 0;
	double		term;

	if (k <= 0)
		return 1;
	if (k > n)
		return 0;
	if (k > n * (p / all))
	{
		/* upwards from k, where each is smaller than the one before */
		term = probability(k, n, p / all, q / all);
		for (int64 x = k; term > 0 && sum + term > sum; x++)
		{
			CHECK_FOR_INTERRUPTS();
			sum += term;
			term *= odds * ((double) (n - x) / (double) (x + 1));
		}
		return Min(sum, 1);
	}
	/* downwards from k - 1; the other side is the larger one */
	term = probability(k - 1, n, p / all, q / all);
	for (int64 x = k - 1; term > 0 && sum + term > sum; x--)
	{
		CHECK_FOR_INTERRUPTS();
		sum += term;
		term *= (double) x / odds / (double) (n - x + 1);
	}
	return Max(1 - sum, 0);
}
