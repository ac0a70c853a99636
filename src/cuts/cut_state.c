/*
 * cut_state.c
 *		What the cut aggregates collect: the population and how to divide it.
 *
 * All of them share this state and these functions, so rank_cuts(x, 5) and
 * natural_cuts(x, 5) in one query collect x once.  The state is internal and
 * not a type of its own: it is the population itself, so shipping it would
 * save nothing over shipping the rows; and a varlena ends at 1 GB, 134 million
 * values, and would be copied whole each time it grows.
 */
#include "cuts/cut_state.h"

#include <math.h>

#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "utils/memutils.h"

/* a transfer between processes is a bytea, and some of it is not values */
#define SERIALIZED_MAX	((int64) ((MaxAllocSize - 1024 * 1024) / sizeof(uint64)))

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "aggregate function called in non-aggregate context");
	return context;
}

static CutState *
new_state(MemoryContext context)
{
	CutState   *state = MemoryContextAllocZero(context, sizeof(CutState));

	sample_init(&state->sample, context);
	return state;
}

static Fractions *
copy_fractions(const Fractions *from, MemoryContext context)
{
	Size		size = FRACTIONS_SIZE(from->count);

	return memcpy(MemoryContextAlloc(context, size), from, size);
}

void
check_tiers(int32 tiers)
{
	if (tiers < TIERS_MIN || tiers > TIERS_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of tiers must be between %d and %d",
						TIERS_MIN, TIERS_MAX),
				 errdetail("It is %d.", tiers)));
}

static void
null_argument(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("%s must not be null", what)));
}

static void
varying_argument(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must be the same for all rows of a group", what),
			 errhint("Add the column it comes from to GROUP BY.")));
}

static void
bad_value(double value)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("cuts cannot be made from %s",
					isnan(value) ? "NaN" : "infinite values"),
			 errhint("Leave such rows out with FILTER, or make them NULL: nullif(x, '%s').",
					 isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity")));
}

/* takes the value in argument 1; NULL is left out */
static inline void
add_value(CutState *state, FunctionCallInfo fcinfo)
{
	double		value;

	if (PG_ARGISNULL(1))
		return;
	value = PG_GETARG_FLOAT8(1);
	if (unlikely(!isfinite(value)))
		bad_value(value);
	sample_append(&state->sample, value);
}

/*
 * cuts_add(internal, x float8, n int) -> internal: transition function of the
 * aggregates over a number of tiers.  n is from 2 to 10,000 and the same in
 * every row, x finite or NULL, which is left out.
 */
PG_FUNCTION_INFO_V1(cuts_add);
Datum
cuts_add(PG_FUNCTION_ARGS)
{
	CutState   *state;

	if (PG_ARGISNULL(2))
		null_argument("number of tiers");
	if (PG_ARGISNULL(0))
	{
		check_tiers(PG_GETARG_INT32(2));
		state = new_state(aggregate_context(fcinfo));
		state->tiers = PG_GETARG_INT32(2);
	}
	else
		state = (CutState *) PG_GETARG_POINTER(0);
	if (unlikely(state->tiers != PG_GETARG_INT32(2)))
		varying_argument("number of tiers");
	add_value(state, fcinfo);
	PG_RETURN_POINTER(state);
}

/*
 * Transition with borders between the tiers in argument 2.  Rows repeat the
 * same bytes as a rule, which is all that is looked at then; {0.5,0.5} and
 * {0.50,0.50} are the same borders nevertheless.
 */
static Datum
add_with_borders(FunctionCallInfo fcinfo, const char *what,
				 Fractions *(*borders_of) (ArrayType *, int, int))
{
	CutState   *state;
	struct varlena *argument;
	Size		len;

	if (PG_ARGISNULL(2))
		null_argument(what);
	argument = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(2));
	len = VARSIZE_ANY_EXHDR(argument);

	if (PG_ARGISNULL(0))
	{
		MemoryContext context = aggregate_context(fcinfo);
		Fractions  *borders = borders_of(PG_GETARG_ARRAYTYPE_P(2),
										 TIERS_MIN, TIERS_MAX);

		state = new_state(context);
		state->borders = copy_fractions(borders, context);
		state->argument = MemoryContextAlloc(context, len);
		memcpy(state->argument, VARDATA_ANY(argument), len);
		state->argument_len = len;
	}
	else
	{
		state = (CutState *) PG_GETARG_POINTER(0);
		if ((state->argument_len != len ||
			 memcmp(state->argument, VARDATA_ANY(argument), len) != 0) &&
			!fractions_equal(state->borders,
							 borders_of(PG_GETARG_ARRAYTYPE_P(2),
										TIERS_MIN, TIERS_MAX)))
			varying_argument(what);
	}
	add_value(state, fcinfo);
	PG_RETURN_POINTER(state);
}

/*
 * cuts_add_shares(internal, x float8, shares numeric[]) -> internal: transition
 * function of share_cuts.  Shares are above 0, of 18 decimals at most, add to
 * exactly 1, and are the same in every row; x as above.
 */
PG_FUNCTION_INFO_V1(cuts_add_shares);
Datum
cuts_add_shares(PG_FUNCTION_ARGS)
{
	return add_with_borders(fcinfo, "shares", fractions_of_shares);
}

/*
 * cuts_add_limits(internal, x float8, limits numeric[]) -> internal: transition
 * function of pareto_cuts.  Limits are above 0 and below 1, ascend, have 18
 * decimals at most, and are the same in every row; x as above.
 */
PG_FUNCTION_INFO_V1(cuts_add_limits);
Datum
cuts_add_limits(PG_FUNCTION_ARGS)
{
	return add_with_borders(fcinfo, "limits", fractions_of_limits);
}

/*
 * cuts_combine(internal, internal) -> internal: both populations in the first
 * state, which is made when there is none.  They are sorted later, together.
 */
PG_FUNCTION_INFO_V1(cuts_combine);
Datum
cuts_combine(PG_FUNCTION_ARGS)
{
	CutState   *a = PG_ARGISNULL(0) ? NULL : (CutState *) PG_GETARG_POINTER(0);
	CutState   *b = PG_ARGISNULL(1) ? NULL : (CutState *) PG_GETARG_POINTER(1);

	if (b == NULL)
	{
		if (a == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(a);
	}
	if (a == NULL)
	{
		MemoryContext context = aggregate_context(fcinfo);

		a = new_state(context);
		a->tiers = b->tiers;
		if (b->borders != NULL)
			a->borders = copy_fractions(b->borders, context);
	}
	if (a->tiers != b->tiers)
		varying_argument("number of tiers");
	if (a->borders != NULL && !fractions_equal(a->borders, b->borders))
		varying_argument("array of shares or limits");
	sample_append_all(&a->sample, b->sample.keys, b->sample.count);
	PG_RETURN_POINTER(a);
}

/*
 * cuts_serialize(internal) -> bytea: the state for another process of the same
 * server, so the keys are sent as they lie.  At most 1 GB; an error says so.
 */
PG_FUNCTION_INFO_V1(cuts_serialize);
Datum
cuts_serialize(PG_FUNCTION_ARGS)
{
	CutState   *state = (CutState *) PG_GETARG_POINTER(0);
	StringInfoData buf;

	(void) aggregate_context(fcinfo);
	if (state->sample.count > SERIALIZED_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many values in a parallel worker to make cuts from"),
				 errdetail("There are " INT64_FORMAT ", and a worker can hand over "
						   INT64_FORMAT ".",
						   state->sample.count, SERIALIZED_MAX),
				 errhint("SET max_parallel_workers_per_gather = 0, which has no such limit.")));

	pq_begintypsend(&buf);
	pq_sendint32(&buf, state->tiers);
	pq_sendint32(&buf, state->borders ? state->borders->count : 0);
	if (state->borders != NULL)
		for (int i = 0; i < state->borders->count; i++)
			pq_sendint64(&buf, state->borders->border[i]);
	pq_sendint64(&buf, state->sample.count);
	pq_sendbytes(&buf, (char *) state->sample.keys,
				 state->sample.count * sizeof(uint64));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* cuts_deserialize(bytea, internal) -> internal: the other end of it */
PG_FUNCTION_INFO_V1(cuts_deserialize);
Datum
cuts_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buf;
	CutState   *state;
	int32		nborders;
	int64		count;

	(void) aggregate_context(fcinfo);
	buf.data = VARDATA_ANY(bytes);
	buf.len = VARSIZE_ANY_EXHDR(bytes);
	buf.maxlen = buf.len;
	buf.cursor = 0;

	state = new_state(CurrentMemoryContext);
	state->tiers = pq_getmsgint(&buf, 4);
	nborders = pq_getmsgint(&buf, 4);
	if (nborders < 0 || nborders > TIERS_MAX)
		elog(ERROR, "invalid number of borders in a state of cuts");
	if (nborders > 0)
	{
		state->borders = palloc(FRACTIONS_SIZE(nborders));
		state->borders->count = nborders;
		for (int i = 0; i < nborders; i++)
			state->borders->border[i] = pq_getmsgint64(&buf);
	}
	count = pq_getmsgint64(&buf);
	if (count < 0 || count > SERIALIZED_MAX)
		elog(ERROR, "invalid number of values in a state of cuts");
	sample_reserve(&state->sample, count);
	pq_copymsgbytes(&buf, (char *) state->sample.keys, count * sizeof(uint64));
	state->sample.count = count;
	pq_getmsgend(&buf);
	PG_RETURN_POINTER(state);
}

CutState *
cut_state_of(FunctionCallInfo fcinfo)
{
	CutState   *state;

	(void) aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		return NULL;
	state = (CutState *) PG_GETARG_POINTER(0);
	return state->sample.count > 0 ? state : NULL;
}
