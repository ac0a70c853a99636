/*
 * decimal.h
 *		Decimals as integers of a fixed number of places, and as nothing else.
 *
 * Points have six places, values of interactions four.  They are read from the
 * digits that were written, added as integers and written as digits again, so
 * no sum depends on its order and no text on a setting.
 */
#ifndef SCORING_DECIMAL_H
#define SCORING_DECIMAL_H

#include "compat.h"

#include "utils/numeric.h"

#define POINT_PLACES	6
#define POINT_ONE		INT64CONST(1000000)
#define VALUE_PLACES	4
#define VALUE_ONE		INT64CONST(10000)

/* room for an int128 with sign and point */
#define DECIMAL_TEXT_SIZE	48

typedef enum DecimalResult
{
	DECIMAL_OK,
	DECIMAL_MALFORMED,
	DECIMAL_TOO_FINE,			/* more places than there are */
	DECIMAL_TOO_LARGE
} DecimalResult;

/*
 * Reads a decimal (JSON's number grammar: sign, digits, point, exponent) as an
 * integer of the given places, whose size must be below the limit.
 */
extern DecimalResult decimal_parse(const char *text, size_t len, int places,
								   int64 limit, int64 *result);
/* shortest digits, no trailing zeros ("12.5", "-3"): returns the end */
extern char *decimal_write(char *to, int128 amount, int places);
extern Numeric decimal_numeric(int128 amount, int places);
/* the nearest float8 of amount / 10^places, correctly rounded */
extern double decimal_float8(int128 amount, int places);
/* round(v * 10000), half away from zero; not finite or too large: an error */
extern int64 value_of_float8(double v);
/* numerator / denominator, half away from zero; denominator > 0 */
extern int128 divide_rounded(int128 numerator, int128 denominator);

#endif							/* SCORING_DECIMAL_H */
