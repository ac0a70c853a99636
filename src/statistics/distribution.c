/*
 * distribution.c
 *		Probability distributions, to the far ends of their tails.
 *
 * Each begins with one density, or probability, by the saddle-point expansion
 * of C. Loader, "Fast and Accurate Computation of Binomial Probabilities"
 * (2000): the logarithm of the ratio to a Stirling approximation is made of
 * small terms only, so that even 10^-300 is right to some 13 digits.  A tail
 * follows from it by terms that are all positive.
 */
#include "statistics/distribution.h"

#include <float.h>
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

	if (!(fabs(v) < 0.1))
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

/* ln of Student's density at 0 times the square root of 2 pi; q = 1 / df */
static double
student_log_peak(double q)
{
	double		half = 0.5 / q;

	if (q == 0)
		return 0;
	return stirling_error(half + 0.5) - stirling_error(half) - deviance(half, half + 0.5);
}

/* ln (1 + t^2 / df)^(df / 2), which is t^2 / 2 for the normal distribution */
static double
student_exponent(double t, double q)
{
	double		r = t * sqrt(q);

	if (q == 0)
		return t * t / 2;
	return r < 1 ? log1p(r * r) / (2 * q) : log(hypot(1, r)) / q;
}

/*
 * ln(P(T > t) / p), t > 0, and at what rate it falls with ln t.
 *
 * Far out by the continued fraction of Gauss for F(1/2, 1; df/2 + 1; -df/t^2)
 * (NIST Digital Library of Mathematical Functions, 8.17.8, 15.8.1 and 15.7.5),
 * of which that of the normal distribution (7.9.1) is the limit; near 0 by the
 * series for what is between 0 and t (8.17.8).
 */
static double
student_log_tail(double t, double df, double p, double *rate)
{
	double		q = df > 1e20 ? 0 : 1 / df;	/* nobody can tell them apart */
	double		square = t * t;
	double		log_height = student_log_peak(q) - student_exponent(t, q) - log(2 * M_PI) / 2;
	double		fraction = 1;
	double		c = 1;
	double		d = 0;
	double		change = 0;
	double		root;

	if (square < 3 && square < df)
	{
		double		height = t * exp(log_height) / hypot(1, t * sqrt(q));
		double		between = 0;
		double		term = height;

		for (double n = 1; between + term > between; n += 2)
		{
			between += term;
			term *= (1 + n * q) / (1 + square * q) * square / (n + 2);
		}
		*rate = height / (0.5 - between);
		return log1p(((0.5 - p) - between) / p);
	}

	/* 1 + a1/(1 + a2/(1 + ...)), all positive, as Lentz works it out */
	for (double j = 1; fabs(change - 1) > DBL_EPSILON; j++)
	{
		double		a = j * (1 + (j - 1) * q) / (1 + 2 * (j - 1) * q) / (1 + 2 * j * q) / square;

		d = 1 / (1 + a * d);
		c = 1 + a / c;
		change = c * d;
		fraction *= change;
	}
	root = hypot(1 / t, sqrt(q));
	*rate = fraction / (root * root);
	return log_height + log(root / fraction) - log(p);
}

double
student_tail(double t, double df)
{
	double		rate;
	double		tail;

	if (t == 0)
		return 0.5;
	tail = isinf(t) ? 0 : exp(student_log_tail(fabs(t), df, 1, &rate));
	return t > 0 ? tail : 1 - tail;
}

/*
 * Newton's way in the logarithms of t and of the tail, of which the one is a
 * concave function of the other: wherever it begins, it arrives.  It begins at
 * the normal quantile as Abramowitz and Stegun (26.2.23) give it to 0.00045.
 */
double
student_quantile(double p, double df)
{
	double		small = Min(p, 1 - p);
	double		u = sqrt(-2 * log(small));
	double		t;
	double		step = 1;

	if (p == 0.5)
		return 0;
	if (small > 0.45)
		t = (0.5 - small) * sqrt(2 * M_PI);
	else
		t = u - (2.515517 + u * (0.802853 + u * 0.010328)) /
			(1 + u * (1.432788 + u * (0.189269 + u * 0.001308)));
	for (int i = 0; i < 100 && fabs(step) > 2 * DBL_EPSILON && !isinf(t); i++)
	{
		double		rate;

		step = student_log_tail(t, df, small, &rate) / rate;
		t *= exp(step);
	}
	return p < 0.5 ? -t : t;
}

/*
 * With a = df / 2 and y = x / 2, the chances of a Poisson variable of mean y:
 * those of a and above are the lower tail; those below a are the upper one,
 * which for odd df ends with that of one degree, erfc(sqrt(y)).
 */
double
chi_square_tail(double x, int64 df)
{
	double		a = df / 2.0;
	double		y = x / 2;
	double		sum = 0;
	double		term;

	if (isinf(x))
		return 0;
	term = exp(-deviance(a, y) - stirling_error(a)) / sqrt(2 * M_PI * a);
	if (y < a)
	{
		for (double b = a + 1; sum + term > sum; b++)
		{
			sum += term;
			term *= y / b;
		}
		return 1 - sum;
	}
	for (double b = a; b >= 1; b--)
	{
		term *= b / y;
		if (sum + term == sum)
			break;
		sum += term;
	}
	return df % 2 == 0 ? sum : sum + erfc(sqrt(y));
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
