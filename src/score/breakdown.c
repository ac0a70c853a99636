/*
 * breakdown.c
 *		breakdown(): a score, rule by rule, with its reasons in plain words.
 */
#include "score/score.h"
#include "timeline/timeline_argument.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(scoring_breakdown);

/* the interactions a rule has looked at: inside as_of and its window */
typedef struct RuleFacts
{
	int128		interactions;
	int128		valued;			/* those that have a value, */
	int128		value;			/* and its sum */
	int32		last_on;		/* when interactions > 0 */
} RuleFacts;

static void
collect_facts(const Scorer *scorer, RuleFacts *facts, const struct varlena *timeline)
{
	TouchpointCursor c;

	start_touchpoints(&c, VARDATA_ANY(timeline), VARSIZE_ANY_EXHDR(timeline));
	while (next_touchpoint(&c))
	{
		int32		i = scorer_find(scorer, c.name, c.name_len);
		const ScorerTouchpoint *t;
		EntryCursor e;
		TimelineEntry entry;

		if (i < 0)
			continue;
		t = &scorer->touchpoints[i];
		start_entries(&e, &c);
		while (next_entry(&e, &entry))
		{
			uint32		j;

			CHECK_FOR_INTERRUPTS();
			if (entry.day > scorer->as_of)
				continue;
			for (j = 0; j < t->nrules; j++)
			{
				RuleFacts  *f = &facts[&t->rules[j] - scorer->rules];

				if (entry.day <= t->rules[j].after)
					continue;
				if (f->interactions == 0)
					f->last_on = entry.day;
				f->interactions += entry.count;
				f->valued += entry.valued;
				f->value += entry.value;
			}
		}
	}
}

static void
append_decimal(StringInfo out, int128 amount, int places)
{
	char		text[DECIMAL_TEXT_SIZE];

	appendBinaryStringInfo(out, text, decimal_write(text, amount, places) - text);
}

/* "12 days ago" */
static void
append_age(StringInfo out, int32 day, int32 as_of)
{
	int64		age = (int64) as_of - day;

	if (age == 0)
		appendStringInfoString(out, "today");
	else
		appendStringInfo(out, INT64_FORMAT " day%s ago", age, age == 1 ? "" : "s");
}

static void
append_unless(StringInfo out, const Scorer *scorer, const ScorerRule *rule, const Tally *tally)
{
	const uint32 *unless = GRID_UNLESS(scorer->grid) + rule->rule->first_unless;
	uint32		i;

	appendStringInfoString(out, "; not counted because of ");
	for (i = 0; i < rule->rule->nunless; i++)
	{
		const ScorerTouchpoint *t = &scorer->touchpoints[unless[i]];

		if (tally[t->watch])
		{
			appendBinaryStringInfo(out, t->name, t->name_len);
			return;
		}
	}
}

/*
 * Why the rule gives what it gives.
 */
static char *
reason(const Scorer *scorer, const ScorerRule *rule, const Tally *tally,
	   const RuleFacts *facts, int128 result)
{
	const GridRule *r = rule->rule;
	const void *t = tally + rule->tally;
	bool		needs_value = (r->head == RULE_PER_VALUE || r->head == RULE_VALUE);
	StringInfoData out;

	initStringInfo(&out);
	if (facts->interactions == 0 || (needs_value && facts->valued == 0))
	{
		appendStringInfoString(&out, "no ");
		appendBinaryStringInfo(&out, rule->name, rule->name_len);
		if (facts->interactions > 0)
			appendStringInfoString(&out, " with a value");
		if (r->has & RULE_HAS_WITHIN)
			appendStringInfo(&out, " within %s", span_text(r->within));
		return out.data;
	}

	switch ((RuleHead) r->head)
	{
		case RULE_LATEST_BANDS:
		case RULE_LATEST:
			appendStringInfoString(&out, "last ");
			appendBinaryStringInfo(&out, rule->name, rule->name_len);
			appendStringInfoChar(&out, ' ');
			append_age(&out, facts->last_on, scorer->as_of);
			if (r->head == RULE_LATEST_BANDS)
			{
				int			band = rule_band(rule, facts->last_on);

				if (band < (int) r->nbands)
					appendStringInfo(&out, ", within %s", span_text(rule->bands[band].from.span));
				else
					appendStringInfo(&out, ", not within %s",
									 span_text(rule->bands[r->nbands - 1].from.span));
			}
			break;
		case RULE_EACH:
			append_decimal(&out, facts->interactions, 0);
			appendStringInfoString(&out, " x ");
			appendBinaryStringInfo(&out, rule->name, rule->name_len);
			appendStringInfoString(&out, ", the last ");
			append_age(&out, facts->last_on, scorer->as_of);
			appendStringInfoString(&out, ", ");
			append_decimal(&out, r->points, POINT_PLACES);
			appendStringInfoString(&out, " each");
			if (r->has & RULE_HAS_PER_DAY)
				appendStringInfo(&out, ", at most " INT64_FORMAT " a day", r->per_day);
			break;
		case RULE_PER_VALUE:
			appendBinaryStringInfo(&out, rule->name, rule->name_len);
			appendStringInfoString(&out, " adds up to ");
			append_decimal(&out, facts->value, VALUE_PLACES);
			appendStringInfoString(&out, ", the last ");
			append_age(&out, facts->last_on, scorer->as_of);
			appendStringInfoString(&out, ", ");
			append_decimal(&out, r->points, POINT_PLACES);
			appendStringInfoString(&out, " for each unit of value");
			break;
		case RULE_VALUE:
			{
				const ValueTally *last = t;
				int			threshold = rule_threshold(rule, last);

				appendStringInfoString(&out, "last ");
				appendBinaryStringInfo(&out, rule->name, rule->name_len);
				appendStringInfoChar(&out, ' ');
				append_decimal(&out, divide_rounded(last->value, last->valued), VALUE_PLACES);
				appendStringInfoString(&out, ", ");
				append_age(&out, since_day(last->since), scorer->as_of);
				if (threshold >= 0)
				{
					appendStringInfoString(&out, ", at least ");
					append_decimal(&out, rule->bands[threshold].from.threshold, POINT_PLACES);
				}
				if (threshold + 1 < (int) r->nbands)
				{
					appendStringInfoString(&out, threshold >= 0 ? " and below " : ", below ");
					append_decimal(&out, rule->bands[threshold + 1].from.threshold, POINT_PLACES);
				}
				break;
			}
	}
	if ((r->has & RULE_HAS_WITHIN) && r->head != RULE_LATEST_BANDS)
		appendStringInfo(&out, ", within %s", span_text(r->within));
	if (r->has & RULE_HAS_HALF_LIFE)
		appendStringInfo(&out, ", halved every %s", span_text(r->half_life));
	if (r->nunless > 0 && rule_is_off(rule, tally))
		append_unless(&out, scorer, rule, tally);
	else if ((r->has & RULE_HAS_MAX) && result == r->max)
		appendStringInfoString(&out, "; the most it can give");
	else if ((r->has & RULE_HAS_MIN) && result == r->min)
		appendStringInfoString(&out, "; the least it can give");
	return out.data;
}

/*
 * breakdown(timeline, grid, as_of date)
 * returns setof (touchpoint text, rule int, points numeric,
 *				  interactions bigint, last_on date, reason text)
 *
 * A row per rule of the grid, in its order.  The sum of points is the score,
 * exactly.  interactions and last_on speak of the interactions at or before
 * as_of and inside the rule's window; last_on is NULL when there is none.
 * Errors: those of score(); more interactions than a bigint can count.
 */
Datum
scoring_breakdown(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Scorer	   *scorer = scorer_of_argument(fcinfo, 1);
	int32		as_of = day_argument(PG_GETARG_DATEADT(2), "as_of");
	struct varlena *timeline = PG_GETARG_TIMELINE_PP(0);
	RuleFacts  *facts;
	uint32		i;

	start_result_set(fcinfo);
	scorer_score(scorer, timeline, as_of, as_of);
	facts = palloc0(Max(scorer->nrules, 1) * sizeof(RuleFacts));
	collect_facts(scorer, facts, timeline);

	for (i = 0; i < scorer->nrules; i++)
	{
		const ScorerRule *rule = &scorer->rules[i];
		int128		result = rule_result(rule, scorer->as_of, scorer->tally);
		Datum		values[6];
		bool		nulls[6] = {false, false, false, false, false, false};

		CHECK_FOR_INTERRUPTS();
		if (facts[i].interactions > PG_INT64_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("bigint out of range"),
					 errdetail("There are too many interactions of %s to be counted.",
							   touchpoint_quoted(rule->name, rule->name_len))));
		values[0] = PointerGetDatum(cstring_to_text_with_len(rule->name, rule->name_len));
		values[1] = Int32GetDatum(rule->rule->number);
		values[2] = NumericGetDatum(decimal_numeric(result, POINT_PLACES));
		values[3] = Int64GetDatum((int64) facts[i].interactions);
		values[4] = DateADTGetDatum(facts[i].last_on);
		nulls[4] = (facts[i].interactions == 0);
		values[5] = CStringGetTextDatum(reason(scorer, rule, scorer->tally, &facts[i], result));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
