/*
 * rfm_build.c
 *		rfm(occurred_on, amount, as_of): the same figures straight from events.
 *
 * The state is an array of bigint, which is changed in place as long as it
 * stays in the aggregate's memory.  It is a value like any other, so partial
 * states can be sent to where the group comes together.
 */
#include "rfm/rfm.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "utils/array.h"

PG_FUNCTION_INFO_V1(scoring_rfm_step);
PG_FUNCTION_INFO_V1(scoring_rfm_combine);
PG_FUNCTION_INFO_V1(scoring_rfm_final);

/* the elements of a state; those from FREQUENCY on are 0 without a purchase */
typedef enum RfmElement
{
	AS_OF,						/* or NO_DAY, when it is NULL */
	FREQUENCY,
	FIRST,
	LAST,
	VALUED,
	VALUE_LOW,					/* the sum of the values, its 64 low bits ... */
	VALUE_HIGH,					/* ... and the others, with the sign */
	RFM_ELEMENTS
} RfmElement;

#define NO_DAY		PG_INT64_MIN
#define STATE_SIZE	(ARR_OVERHEAD_NONULLS(1) + RFM_ELEMENTS * sizeof(int64))

/*
 * Changing an argument in place is right for the state of an aggregate, and
 * for nothing else.
 */
static void
check_aggregate(FunctionCallInfo fcinfo)
{
	if (!AggCheckCallContext(fcinfo, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this function serves an aggregate and cannot be called by itself"),
				 errhint("Use rfm(occurred_on, amount, as_of) over rows.")));
}

static ArrayType *
new_state(int64 as_of)
{
	ArrayType  *state = palloc0(STATE_SIZE);

	SET_VARSIZE(state, STATE_SIZE);
	state->ndim = 1;
	state->elemtype = INT8OID;
	ARR_DIMS(state)[0] = RFM_ELEMENTS;
	ARR_LBOUND(state)[0] = 1;
	((int64 *) ARR_DATA_PTR(state))[AS_OF] = as_of;
	return state;
}

static Rfm
rfm_of_elements(const int64 *e)
{
	Rfm			rfm;

	rfm.frequency = e[FREQUENCY];
	rfm.first = (int32) e[FIRST];
	rfm.last = (int32) e[LAST];
	rfm.valued = e[VALUED];
	rfm.value = (int128) ((uint128) e[VALUE_HIGH] << 64 | (uint64) e[VALUE_LOW]);
	return rfm;
}

/*
 * What holds of all that these functions make.  It keeps sums in range: nobody
 * has more values than purchases, and each value is below 2^63.
 */
static bool
elements_are_valid(const int64 *e)
{
	Rfm			rfm = rfm_of_elements(e);
	int128		most = (int128) e[VALUED] * PG_INT64_MAX;

	return (e[AS_OF] == NO_DAY || DAY_IS_VALID(e[AS_OF])) &&
		e[VALUED] >= 0 && e[VALUED] <= e[FREQUENCY] &&
		rfm.value >= -most && rfm.value <= most &&
		(e[FREQUENCY] == 0 ||
		 (e[FIRST] >= DAY_MIN && e[FIRST] <= e[LAST] && e[LAST] <= e[AS_OF]));
}

static int64 *
elements_of(ArrayType *state)
{
	/* others may have made an aggregate of these functions */
	if (ARR_NDIM(state) != 1 || ARR_DIMS(state)[0] != RFM_ELEMENTS ||
		ARR_HASNULL(state) || ARR_ELEMTYPE(state) != INT8OID ||
		!elements_are_valid((int64 *) ARR_DATA_PTR(state)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid state of an rfm aggregate"),
				 errdetail("It must be one that rfm(occurred_on, amount, as_of) has made.")));
	return (int64 *) ARR_DATA_PTR(state);
}

/* adds purchases, which are not none */
static void
add_purchases(int64 *e, const Rfm *more)
{
	Rfm			rfm = rfm_of_elements(e);

	if (rfm.frequency == 0)
	{
		rfm.first = more->first;
		rfm.last = more->last;
	}
	if (pg_add_s64_overflow(rfm.frequency, more->frequency, &rfm.frequency))
		rfm_out_of_range();
	rfm.first = Min(rfm.first, more->first);
	rfm.last = Max(rfm.last, more->last);
	rfm.valued += more->valued; /* not above frequency */
	rfm.value += more->value;	/* below 2^63 of below 2^63 each */

	e[FREQUENCY] = rfm.frequency;
	e[FIRST] = rfm.first;
	e[LAST] = rfm.last;
	e[VALUED] = rfm.valued;
	e[VALUE_LOW] = (int64) (uint64) rfm.value;
	e[VALUE_HIGH] = (int64) (rfm.value >> 64);
}

static void
refuse_mixture(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("as_of must be the same for all rows of a group"),
			 errhint("Put it into GROUP BY, or use rfm() on timelines.")));
}

/*
 * rfm(occurred_on date, amount float8, as_of date) returns rfm
 *
 * Transition function: equal to rfm(timeline(touchpoint, occurred_on, amount),
 * touchpoint, as_of).  A row without a day is skipped; without an amount it is
 * a purchase that has none; after as_of it does not exist.  An amount is kept
 * in 1/10000, rounded half away from zero.  Errors: an infinite day, an amount
 * that is not finite or too large, days as_of that differ.
 */
Datum
scoring_rfm_step(PG_FUNCTION_ARGS)
{
	ArrayType  *state;
	int64	   *e;
	int64		as_of = NO_DAY;
	int32		day;
	Rfm			purchase = {.frequency = 1};

	check_aggregate(fcinfo);
	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	day = day_argument(PG_GETARG_DATEADT(1), "occurred_on");
	if (!PG_ARGISNULL(2))
	{
		purchase.valued = 1;
		purchase.value = value_of_float8(PG_GETARG_FLOAT8(2));
	}
	if (!PG_ARGISNULL(3))
		as_of = day_argument(PG_GETARG_DATEADT(3), "as_of");

	state = PG_ARGISNULL(0) ? new_state(as_of) : PG_GETARG_ARRAYTYPE_P(0);
	e = elements_of(state);
	if (e[AS_OF] != as_of)
		refuse_mixture();
	if (day <= as_of)
	{
		purchase.first = purchase.last = day;
		add_purchases(e, &purchase);
	}
	PG_RETURN_ARRAYTYPE_P(state);
}

/* Combine function, strict: the purchases of both states, in the first. */
Datum
scoring_rfm_combine(PG_FUNCTION_ARGS)
{
	ArrayType  *state;
	int64	   *e;
	const int64 *other;

	check_aggregate(fcinfo);
	state = PG_GETARG_ARRAYTYPE_P(0);
	e = elements_of(state);
	other = elements_of(PG_GETARG_ARRAYTYPE_P(1));
	if (e[AS_OF] != other[AS_OF])
		refuse_mixture();
	if (other[FREQUENCY] > 0)
	{
		Rfm			more = rfm_of_elements(other);

		add_purchases(e, &more);
	}
	PG_RETURN_ARRAYTYPE_P(state);
}

/* Final function, strict: NULL without a purchase, or without as_of. */
Datum
scoring_rfm_final(PG_FUNCTION_ARGS)
{
	const int64 *e;
	Rfm			rfm;

	check_aggregate(fcinfo);
	e = elements_of(PG_GETARG_ARRAYTYPE_P(0));
	if (e[FREQUENCY] <= 0)
		PG_RETURN_NULL();
	rfm = rfm_of_elements(e);
	return rfm_result(fcinfo, &rfm, (int32) e[AS_OF]);
}
