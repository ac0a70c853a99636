/*
 * engagement.c
 *		engagement(): events to a score in one step.
 *
 * The state of a group is a tally of the grid's scorer: constant in size, but
 * for rules with "per_day", which must remember how many interactions each day
 * already had.  It refers to the scorer, which all groups share, and so is
 * `internal`; between processes the grid travels with it.
 */
#include "score/score.h"

#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(scoring_engagement_step);
PG_FUNCTION_INFO_V1(scoring_engagement_value_step);
PG_FUNCTION_INFO_V1(scoring_engagement_combine);
PG_FUNCTION_INFO_V1(scoring_engagement_serialize);
PG_FUNCTION_INFO_V1(scoring_engagement_deserialize);
PG_FUNCTION_INFO_V1(scoring_engagement_final);

/* how many interactions a day has had, for "per_day" */
typedef struct DayCount
{
	int32		day;
	char		status;
	int64		count;			/* at most per_day */
} DayCount;

#define SH_PREFIX daycount
#define SH_ELEMENT_TYPE DayCount
#define SH_KEY_TYPE int32
#define SH_KEY day
#define SH_HASH_KEY(tb, key) murmurhash32((uint32) key)
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct EngagementState
{
	Scorer	   *scorer;			/* NULL: grid or as_of is NULL, and so the score */
	int32		as_of;
	int32		reserved;		/* keeps the tally aligned */
	Tally		tally[FLEXIBLE_ARRAY_MEMBER];
} EngagementState;

StaticAssertDecl(offsetof(EngagementState, tally) % MAXIMUM_ALIGNOF == 0,
				 "a tally must be maximally aligned");

/* behind the tally, where a rule has "per_day": the days of each, or NULL */
static inline daycount_hash **
state_days(EngagementState *state)
{
	return (daycount_hash **) (state->tally + MAXALIGN(state->scorer->tally_size));
}

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "engagement support function called in non-aggregate context");
	return context;
}

/* states refer to their scorers, so all of them are kept */
static ScorerCache *
call_scorers(FunctionCallInfo fcinfo)
{
	if (fcinfo->flinfo->fn_extra == NULL)
		/* the aggregate's own arguments: the state is not among them */
		scorer_cache_make(fcinfo->flinfo, (Node *) AggGetAggref(fcinfo), 0, 0);
	return fcinfo->flinfo->fn_extra;
}

static EngagementState *
state_make(MemoryContext context, Scorer *scorer, int32 as_of)
{
	Size		size = offsetof(EngagementState, tally);
	EngagementState *state;

	if (scorer != NULL)
		size += MAXALIGN(scorer->tally_size) +
			(scorer->has_per_day ? scorer->nrules * sizeof(daycount_hash *) : 0);
	state = MemoryContextAllocZero(context, size);
	state->scorer = scorer;
	state->as_of = as_of;
	return state;
}

/*
 * How many of `count` interactions of a day a "per_day" rule still takes.
 */
static int64
per_day_allowance(EngagementState *state, const ScorerRule *rule,
				  int32 day, int64 count, MemoryContext context)
{
	daycount_hash **days = &state_days(state)[rule - state->scorer->rules];
	DayCount   *dc;
	bool		found;

	if (*days == NULL)
		*days = daycount_create(context, 4, NULL);
	dc = daycount_insert(*days, day, &found);
	if (!found)
		dc->count = 0;
	count = Min(count, rule->rule->per_day - dc->count);
	dc->count += count;
	return count;
}

static inline void
state_add(EngagementState *state, const Scorer *scorer, int32 as_of,
		  const char *name, uint32 name_len, int32 day,
		  bool has_value, int64 value, MemoryContext context)
{
	int32		found = scorer_find(scorer, name, name_len);
	const ScorerTouchpoint *t;
	uint32		i;

	if (found < 0 || day > as_of)
		return;
	t = &scorer->touchpoints[found];
	if (t->watch >= 0)
		state->tally[t->watch] = 1;
	if (day <= t->after)
		return;
	for (i = 0; i < t->nrules; i++)
	{
		const ScorerRule *rule = &t->rules[i];
		int64		count = 1;

		if (day <= rule->after)
			continue;
		if (unlikely(rule->rule->has & RULE_HAS_PER_DAY))
		{
			count = per_day_allowance(state, rule, day, count, context);
			if (count == 0)
				continue;
		}
		rule_add(rule, as_of, state->tally, day, count, has_value ? 1 : 0, value);
	}
}

pg_noreturn static void refuse_mixture(void);

static void
refuse_mixture(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("grid and as_of must be the same for all rows of a group"),
			 errhint("Put what differs into GROUP BY, or use score() on timelines.")));
}

/*
 * The one transition: (state, grid, touchpoint, occurred_on [, value], as_of).
 */
static inline Datum
engagement_step(FunctionCallInfo fcinfo, bool with_value)
{
	MemoryContext context = aggregate_context(fcinfo);
	EngagementState *state = PG_ARGISNULL(0) ? NULL : (EngagementState *) PG_GETARG_POINTER(0);
	int			as_of_arg = with_value ? 5 : 4;
	ScorerCache *scorers;
	Scorer	   *scorer;
	int32		as_of;
	struct varlena *touchpoint;
	int32		day;
	int64		value = 0;
	bool		has_value = with_value && !PG_ARGISNULL(4);

	/* the state is seldom in the cache: ask for the rest of it, too */
	if (state != NULL)
		__builtin_prefetch((const char *) state + 64, 1);

	/* no interaction: as if the row were not there */
	if (PG_ARGISNULL(2) || PG_ARGISNULL(3))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	day = PG_GETARG_DATEADT(3);
	if (unlikely(!DAY_IS_VALID(day)))
		day_argument(day, "occurred_on");
	if (has_value)
		value = value_of_float8(PG_GETARG_FLOAT8(4));

	if (unlikely(PG_ARGISNULL(1) || PG_ARGISNULL(as_of_arg)))
	{
		if (state == NULL)
			state = state_make(context, NULL, 0);
		else if (state->scorer != NULL)
			refuse_mixture();
		PG_RETURN_POINTER(state);
	}

	scorers = call_scorers(fcinfo);
	scorer = scorer_of_grid(scorers, PG_GETARG_DATUM(1));
	if (unlikely(!with_value && scorer->needs_value != NULL && !scorers->told))
	{
		scorers->told = true;
		ereport(NOTICE,
				(errmsg("the grid reads values, and engagement() is given none"),
				 errdetail("Rules for %s therefore give no points.",
						   touchpoint_quoted(scorer->needs_value->name,
											 scorer->needs_value->name_len)),
				 errhint("Pass the values: engagement(grid, touchpoint, occurred_on, value, as_of).")));
	}

	/*
	 * From here on scorer and as_of are the row's, not the state's, although
	 * they are the same: the state is seldom in the cache, and looking up the
	 * touchpoint and its weight should not wait for it.
	 */
	as_of = PG_GETARG_DATEADT(as_of_arg);
	if (state == NULL)
		state = state_make(context, scorer, day_argument(as_of, "as_of"));
	else if (unlikely(state->scorer != scorer || state->as_of != as_of))
		refuse_mixture();
	scorer_aim(scorer, as_of);

	touchpoint = PG_GETARG_TEXT_PP(2);
	state_add(state, scorer, as_of, VARDATA_ANY(touchpoint),
			  VARSIZE_ANY_EXHDR(touchpoint), day, has_value, value, context);
	PG_RETURN_POINTER(state);
}

/*
 * engagement(grid, touchpoint text, occurred_on date, as_of date)
 * returns float8
 *
 * Equal to score(timeline(touchpoint, occurred_on), grid, as_of) to the last
 * digit.  Rows whose touchpoint or day is NULL are skipped; when none is left,
 * or grid or as_of is NULL, the score is NULL.  Errors: an infinite day; a grid
 * or as_of that differs within a group.
 */
Datum
scoring_engagement_step(PG_FUNCTION_ARGS)
{
	return engagement_step(fcinfo, false);
}

/*
 * engagement(grid, touchpoint text, occurred_on date, value float8, as_of date)
 * returns float8
 *
 * The same with values, as timeline(touchpoint, occurred_on, value) takes them.
 */
Datum
scoring_engagement_value_step(PG_FUNCTION_ARGS)
{
	return engagement_step(fcinfo, true);
}

/*
 * Adds what another state has seen.  Days that both have counted for a
 * "per_day" rule count together at most per_day: what is above is not merged.
 */
static void
state_merge(EngagementState *into, EngagementState *from, MemoryContext context)
{
	Scorer	   *scorer = into->scorer;
	uint32		i;

	for (i = 0; i < scorer->nwatched; i++)
		into->tally[i] |= from->tally[i];
	scorer_aim(scorer, into->as_of);
	for (i = 0; i < scorer->nrules; i++)
	{
		const ScorerRule *rule = &scorer->rules[i];
		daycount_iterator it;
		DayCount   *dc;

		if (!(rule->rule->has & RULE_HAS_PER_DAY))
		{
			rule_merge(rule, into->tally, from->tally);
			continue;
		}
		if (state_days(from)[i] == NULL)
			continue;
		daycount_start_iterate(state_days(from)[i], &it);
		while ((dc = daycount_iterate(state_days(from)[i], &it)) != NULL)
		{
			int64		count = per_day_allowance(into, rule, dc->day, dc->count, context);

			if (count > 0)
				rule_add(rule, into->as_of, into->tally, dc->day, count, 0, 0);
		}
	}
}

Datum
scoring_engagement_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	EngagementState *into = PG_ARGISNULL(0) ? NULL : (EngagementState *) PG_GETARG_POINTER(0);
	EngagementState *from = PG_ARGISNULL(1) ? NULL : (EngagementState *) PG_GETARG_POINTER(1);

	if (from == NULL)
	{
		if (into == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(into);
	}
	if (into == NULL)
		into = state_make(context, from->scorer, from->as_of);
	if (into->as_of != from->as_of || (into->scorer == NULL) != (from->scorer == NULL))
		refuse_mixture();
	if (into->scorer == NULL)
		PG_RETURN_POINTER(into);
	if (into->scorer != from->scorer && !same_grid(into->scorer->grid, from->scorer->grid))
		refuse_mixture();
	state_merge(into, from, context);
	PG_RETURN_POINTER(into);
}

/*
 * Between processes of one server: the grid, the day, the tally, and for each
 * rule with "per_day" its days.  Never stored.
 */
Datum
scoring_engagement_serialize(PG_FUNCTION_ARGS)
{
	EngagementState *state = (EngagementState *) PG_GETARG_POINTER(0);
	const Scorer *scorer = state->scorer;
	StringInfoData out;
	uint32		i;

	aggregate_context(fcinfo);
	pq_begintypsend(&out);
	pq_sendint32(&out, state->as_of);
	pq_sendint32(&out, scorer != NULL ? VARSIZE(scorer->grid) : 0);
	if (scorer == NULL)
		PG_RETURN_BYTEA_P(pq_endtypsend(&out));
	pq_sendbytes(&out, (const char *) scorer->grid, VARSIZE(scorer->grid));
	pq_sendbytes(&out, state->tally, scorer->tally_size);
	for (i = 0; scorer->has_per_day && i < scorer->nrules; i++)
	{
		daycount_iterator it;
		DayCount   *dc;

		pq_sendint32(&out, state_days(state)[i] != NULL ? state_days(state)[i]->members : 0);
		if (state_days(state)[i] == NULL)
			continue;
		daycount_start_iterate(state_days(state)[i], &it);
		while ((dc = daycount_iterate(state_days(state)[i], &it)) != NULL)
		{
			pq_sendint32(&out, dc->day);
			pq_sendint64(&out, dc->count);
		}
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

Datum
scoring_engagement_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	EngagementState *state;
	StringInfoData in;
	int32		as_of;
	uint32		grid_size;
	Grid	   *grid;
	Scorer	   *scorer;
	uint32		i;

	aggregate_context(fcinfo);
	initStringInfo(&in);
	appendBinaryStringInfo(&in, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	as_of = (int32) pq_getmsgint(&in, 4);
	grid_size = pq_getmsgint(&in, 4);
	if (grid_size == 0)
		PG_RETURN_POINTER(state_make(CurrentMemoryContext, NULL, as_of));

	grid = palloc(grid_size);	/* aligned, as the message is not */
	pq_copymsgbytes(&in, (char *) grid, grid_size);
	scorer = scorer_look_up(call_scorers(fcinfo), PointerGetDatum(grid));
	state = state_make(CurrentMemoryContext, scorer, as_of);
	pq_copymsgbytes(&in, state->tally, scorer->tally_size);
	for (i = 0; scorer->has_per_day && i < scorer->nrules; i++)
	{
		uint32		n = pq_getmsgint(&in, 4);

		if (n > 0)
			state_days(state)[i] = daycount_create(CurrentMemoryContext, n, NULL);
		while (n-- > 0)
		{
			int32		day = (int32) pq_getmsgint(&in, 4);
			bool		found;

			daycount_insert(state_days(state)[i], day, &found)->count = pq_getmsgint64(&in);
		}
	}
	pq_getmsgend(&in);
	PG_RETURN_POINTER(state);
}

Datum
scoring_engagement_final(PG_FUNCTION_ARGS)
{
	EngagementState *state = PG_ARGISNULL(0) ? NULL : (EngagementState *) PG_GETARG_POINTER(0);
	Points		points;

	aggregate_context(fcinfo);
	if (state == NULL || state->scorer == NULL)
		PG_RETURN_NULL();
	scorer_aim(state->scorer, state->as_of);
	scorer_total(state->scorer, state->tally, &points);
	PG_RETURN_FLOAT8(decimal_float8(points.score, POINT_PLACES));
}
