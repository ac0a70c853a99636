/*
 * decimal.c
 *		Decimals as integers of a fixed number of places.
 */
#include "ground/decimal.h"

#include <math.h>

#include "fmgr.h"
#include "utils/builtins.h"

/* exponents beyond these decide by their sign alone */
#define EXPONENT_MAX	100000

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline uint128
magnitude(int128 v)
{
	return v < 0 ? -(uint128) v : (uint128) v;
}

/*
 * Reads JSON's number grammar: -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]?
 * [0-9]+)?, and takes it as the decimal that it writes: "1.50" and "15e-1" are
 * the same, "1e-7" is too fine for six places, and so is nothing else that a
 * binary fraction would have made of it.
 */
DecimalResult
decimal_parse(const char *text, size_t len, int places, int64 limit,
			  int64 *result)
{
	const char *p = text;
	const char *end = text + len;
	bool		negative = false;
	uint64		digits = 0;		/* the significant ones so far */
	int64		ndigits = 0;
	int64		zeros = 0;		/* zeros seen since the last other digit */
	int64		point = 0;		/* digits after the point */
	int64		exponent = 0;
	bool		too_large = false;

	if (p < end && *p == '-')
	{
		negative = true;
		p++;
	}
	if (p >= end || !is_digit(*p))
		return DECIMAL_MALFORMED;
	if (*p == '0' && p + 1 < end && is_digit(p[1]))
		return DECIMAL_MALFORMED;

	for (; p < end && (is_digit(*p) || (*p == '.' && point == 0)); p++)
	{
		if (*p == '.')
		{
			if (p + 1 >= end || !is_digit(p[1]))
				return DECIMAL_MALFORMED;
			point = 1;			/* and one too many from here on */
			continue;
		}
		if (point > 0)
			point++;
		if (*p == '0')
		{
			zeros++;
			continue;
		}
		/* a digit that counts makes the zeros before it count too */
		if (ndigits > 0)
			ndigits += zeros;
		ndigits++;
		if (ndigits > 19)
			too_large = true;	/* more than an int64 has, or too fine */
		else
		{
			if (digits > 0)
				while (zeros-- > 0)
					digits *= 10;
			digits = digits * 10 + (*p - '0');
		}
		zeros = 0;
	}
	if (point > 0)
		point--;

	if (p < end && (*p == 'e' || *p == 'E'))
	{
		bool		down = false;

		p++;
		if (p < end && (*p == '+' || *p == '-'))
			down = (*p++ == '-');
		if (p >= end || !is_digit(*p))
			return DECIMAL_MALFORMED;
		for (; p < end && is_digit(*p); p++)
			exponent = Min(exponent * 10 + (*p - '0'),
						   (int64) len + EXPONENT_MAX);
		if (down)
			exponent = -exponent;
	}
	if (p != end)
		return DECIMAL_MALFORMED;

	if (ndigits == 0)
	{
		*result = 0;			/* zero, however long */
		return DECIMAL_OK;
	}

	/* the number is digits * 10^exponent, and the last digit is not 0 */
	exponent += zeros - point;
	if (exponent + ndigits + places > 19)
		return DECIMAL_TOO_LARGE;
	if (exponent + places < 0)
		return DECIMAL_TOO_FINE;
	if (too_large)
		return DECIMAL_TOO_LARGE;
	for (exponent += places; exponent > 0; exponent--)
		digits *= 10;			/* below 10^19, so within a uint64 */
	if (limit <= 0 || digits >= (uint64) limit)
		return DECIMAL_TOO_LARGE;

	*result = negative ? -(int64) digits : (int64) digits;
	return DECIMAL_OK;
}

/*
 * Writes amount / 10^places in the fewest characters, without a terminating
 * NUL; at most DECIMAL_TEXT_SIZE - 1 of them.
 */
char *
decimal_write(char *to, int128 amount, int places)
{
	char		digits[DECIMAL_TEXT_SIZE];
	uint128		rest = magnitude(amount);
	int			n = 0;

	Assert(places >= 0 && places < DECIMAL_TEXT_SIZE / 2);

	while (places > 0 && rest % 10 == 0)
	{
		rest /= 10;
		places--;
	}

	/* from the last digit to the first, with one at least before the point */
	do
	{
		digits[n++] = '0' + (char) (rest % 10);
		rest /= 10;
	} while (rest > 0 || n <= places);

	if (amount < 0)
		*to++ = '-';
	while (n > 0)
	{
		if (n == places)
			*to++ = '.';
		*to++ = digits[--n];
	}
	return to;
}

/* The same as a numeric, whose scale is that of the shortest form. */
Numeric
decimal_numeric(int128 amount, int places)
{
	char		text[DECIMAL_TEXT_SIZE];

	while (places > 0 && amount % 10 == 0)
	{
		amount /= 10;
		places--;
	}
	if (amount >= PG_INT64_MIN && amount <= PG_INT64_MAX)
		return int64_div_fast_to_numeric((int64) amount, places);

	*decimal_write(text, amount, places) = '\0';
	return DatumGetNumeric(DirectFunctionCall3(numeric_in,
											   CStringGetDatum(text),
											   ObjectIdGetDatum(InvalidOid),
											   Int32GetDatum(-1)));
}

/*
 * Both operands of the division are exact up to 2^53 and 10^22, so that IEEE
 * rounds once.  Beyond that strtod() does: the number is written without a
 * point, which no locale can then misread.
 */
double
decimal_float8(int128 amount, int places)
{
	static const double tens[] = {
		1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
		1e12, 1e13, 1e14, 1e15
	};
	char		text[DECIMAL_TEXT_SIZE + 8];
	char	   *end;

	if (magnitude(amount) <= (UINT64CONST(1) << 53) &&
		places < (int) lengthof(tens))
		return (double) (int64) amount / tens[places];

	end = decimal_write(text, amount, 0);
	snprintf(end, sizeof(text) - (end - text), "e-%d", places);
	return strtod(text, NULL);
}

/*
 * The value of an interaction, as it is kept: round(v * 10000), the product in
 * IEEE double, half away from zero.  Its size is below 2^63 - 1.
 */
int64
value_of_float8(double v)
{
	double		scaled;

	if (isnan(v) || isinf(v))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the value of an interaction must be a finite number"),
				 errdetail("The value is %s.",
						   isnan(v) ? "NaN" : v > 0 ? "Infinity" : "-Infinity"),
				 errhint("Use NULL for an interaction without a value.")));

	scaled = round(v * (double) VALUE_ONE);

	/* 2^63 is a double, and every double below it is below 2^63 - 1 */
	if (!(scaled > -9223372036854775808.0 && scaled < 9223372036854775808.0))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the value of an interaction is out of range"),
				 errdetail("The value is %g; its size must be below 922337203685477.",
						   v)));
	return (int64) scaled;
}

/* numerator / denominator, half away from zero */
int128
divide_rounded(int128 numerator, int128 denominator)
{
	int128		quotient = numerator / denominator;
	int128		rest = numerator % denominator;

	Assert(denominator > 0);

	if (rest >= 0 && rest >= denominator - rest)
		quotient++;
	else if (rest < 0 && -rest >= denominator + rest)
		quotient--;
	return quotient;
}
