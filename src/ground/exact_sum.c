/*
 * exact_sum.c
 *		Sums of float8 without rounding.
 */
#include "ground/exact_sum.h"

#include <math.h>

#include "port/pg_bitutils.h"

#define LIMB_BITS		64
#define MANTISSA_BITS	52		/* of a float8, without the hidden one */
#define UNIT_EXPONENT	(-1138)
#define SPARE_BITS		64		/* below the unit of a float8, 2^-1074 */

static void
add_limb(ExactSum *sum, int at, uint64 amount)
{
	while (amount > 0)
	{
		Assert(at < EXACT_LIMBS);
		sum->limb[at] += amount;
		amount = sum->limb[at] < amount;	/* the carry */
		at++;
	}
}

/*
 * A float8 is m * 2^(e - 1075), where e is its biased exponent and m has the
 * hidden bit, or e = 1 and m has it not for subnormal ones: m shifted by e - 1
 * units of 2^-1074.
 */
void
exact_add(ExactSum *sum, double value, int64 times)
{
	uint64		bits;
	uint64		mantissa;
	int			exponent;
	int			limb;
	int			shift;
	uint128		product;
	uint128		low;
	uint128		high;

	Assert(isfinite(value) && value >= 0 && times >= 0);

	memcpy(&bits, &value, sizeof(bits));
	mantissa = bits & ((UINT64CONST(1) << MANTISSA_BITS) - 1);
	exponent = (int) (bits >> MANTISSA_BITS) & 0x7ff;
	if (exponent > 0)
		mantissa |= UINT64CONST(1) << MANTISSA_BITS;
	else
		exponent = 1;

	limb = (exponent - 1 + SPARE_BITS) / LIMB_BITS;
	shift = (exponent - 1 + SPARE_BITS) % LIMB_BITS;
	product = (uint128) mantissa * (uint64) times;
	low = (uint128) (uint64) product << shift;
	high = (uint128) (uint64) (product >> LIMB_BITS) << shift;

	add_limb(sum, limb, (uint64) low);
	add_limb(sum, limb + 1, (uint64) (low >> LIMB_BITS));
	add_limb(sum, limb + 1, (uint64) high);
	add_limb(sum, limb + 2, (uint64) (high >> LIMB_BITS));
}

void
exact_subtract(ExactSum *a, const ExactSum *b)
{
	uint64		borrow = 0;

	for (int i = 0; i < EXACT_LIMBS; i++)
	{
		uint128		difference = (uint128) a->limb[i] - b->limb[i] - borrow;

		a->limb[i] = (uint64) difference;
		borrow = (uint64) (difference >> LIMB_BITS) & 1;
	}
	Assert(borrow == 0);
}

int
exact_compare(const ExactSum *a, const ExactSum *b)
{
	for (int i = EXACT_LIMBS - 1; i >= 0; i--)
		if (a->limb[i] != b->limb[i])
			return a->limb[i] < b->limb[i] ? -1 : 1;
	return 0;
}

void
exact_multiply(ExactSum *sum, uint64 factor)
{
	uint64		carry = 0;

	for (int i = 0; i < EXACT_LIMBS; i++)
	{
		uint128		product = (uint128) sum->limb[i] * factor + carry;

		sum->limb[i] = (uint64) product;
		carry = (uint64) (product >> LIMB_BITS);
	}
	Assert(carry == 0);
}

/*
 * Rounds down to a unit.  That changes nothing: a float8, a sum of them, and a
 * half of a float8's last digit are multiples of 2^63 units, so a quotient by
 * d either is one of them or is 2^63 / d units away from each, which is more
 * than one.
 */
void
exact_divide(ExactSum *sum, uint64 divisor)
{
	uint64		remainder = 0;

	for (int i = EXACT_LIMBS - 1; i >= 0; i--)
	{
		uint128		dividend = (uint128) remainder << LIMB_BITS | sum->limb[i];

		sum->limb[i] = (uint64) (dividend / divisor);
		remainder = (uint64) (dividend % divisor);
	}
}

static inline bool
bit_is_set(const ExactSum *sum, int bit)
{
	return sum->limb[bit / LIMB_BITS] >> (bit % LIMB_BITS) & 1;
}

/*
 * Takes the 53 bits from the highest one down, fewer where a float8 is
 * subnormal, and rounds by what lies below them.
 */
double
exact_float8(const ExactSum *sum)
{
	int			top = EXACT_LIMBS - 1;
	int			lowest;
	uint64		mantissa = 0;
	bool		half;
	bool		more = false;

	while (top >= 0 && sum->limb[top] == 0)
		top--;
	if (top < 0)
		return 0;
	top = top * LIMB_BITS + pg_leftmost_one_pos64(sum->limb[top]);
	lowest = Max(top - MANTISSA_BITS, SPARE_BITS);

	for (int bit = top; bit >= lowest; bit--)
		mantissa = mantissa << 1 | bit_is_set(sum, bit);
	half = bit_is_set(sum, lowest - 1);
	for (int bit = lowest - 2; bit >= 0 && !more; bit--)
		more = bit_is_set(sum, bit);
	if (half && (more || (mantissa & 1)))
		mantissa++;
	return ldexp((double) mantissa, lowest + UNIT_EXPONENT);
}
