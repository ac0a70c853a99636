/*
 * grid_describe.c
 *		A grid as tables: its rules, and what they say in plain words.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "grid/loose_rule.h"

PG_FUNCTION_INFO_V1(grid_rules);
PG_FUNCTION_INFO_V1(grid_describe);

/* rules(grid) -> setof (touchpoint text, rule jsonb), in canonical order */
Datum
grid_rules(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Grid	   *grid = PG_GETARG_GRID_P(0);
	uint32		i;

	start_result_set(fcinfo);
	for (i = 0; i < grid->nrules; i++)
	{
		LooseRule	loose;
		StringInfoData text;
		Datum		values[2];
		bool		nulls[2] = {false, false};

		CHECK_FOR_INTERRUPTS();
		grid_loose_rule(grid, i, &loose);
		initStringInfo(&text);
		rule_write(&text, &loose);
		values[0] = CStringGetTextDatum(loose.touchpoint);
		values[1] = DirectFunctionCall1(jsonb_in, CStringGetDatum(text.data));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

static char *
amount_text(int64 amount)
{
	char	   *text = palloc(DECIMAL_TEXT_SIZE);

	*decimal_write(text, amount, POINT_PLACES) = '\0';
	return text;
}

/*
 * When a band of "latest" applies, or with the number of bands what is older
 * than all of them; "within" is spoken of where it makes a difference.  False
 * when it never does.
 */
static bool
say_band(StringInfo to, const LooseRule *loose, uint32 i)
{
	const GridRule *rule = &loose->rule;
	bool		is_older = i == rule->nbands;
	Span		last = loose->bands[is_older ? i - 1 : i].from.span;
	SpanOrder	order = SPAN_SHORTER;

	if (rule->has & RULE_HAS_WITHIN)
	{
		/* what lies before this band, if that is already all that counts */
		if (i > 0)
			order = span_compare(loose->bands[i - 1].from.span, rule->within);
		if (order == SPAN_LONGER || order == SPAN_SAME)
		{
			appendStringInfo(to, "never: only the last %s count",
							 span_text(rule->within));
			return false;
		}
		order = span_compare(last, rule->within);
	}
	if (is_older)
	{
		appendStringInfo(to, "latest older than %s", span_text(last));
		if (rule->has & RULE_HAS_WITHIN)
			appendStringInfo(to, ", within %s", span_text(rule->within));
		return true;
	}
	if (order == SPAN_LONGER)
		last = rule->within;
	appendStringInfo(to, "latest within %s", span_text(last));
	if (order == SPAN_UNDECIDED)
		appendStringInfo(to, " and within %s", span_text(rule->within));
	return true;
}

static void
say_within(StringInfo to, const GridRule *rule)
{
	if (rule->has & RULE_HAS_WITHIN)
		appendStringInfo(to, " within %s", span_text(rule->within));
}

static void
say_threshold(StringInfo to, const LooseRule *loose, uint32 i)
{
	appendStringInfoString(to, "latest value");
	say_within(to, &loose->rule);
	appendStringInfo(to, " at least %s",
					 amount_text(loose->bands[i].from.threshold));
	if (i + 1 < loose->rule.nbands)
		appendStringInfo(to, " and below %s",
						 amount_text(loose->bands[i + 1].from.threshold));
}

static void
say_modifiers(StringInfo to, const LooseRule *loose)
{
	const GridRule *rule = &loose->rule;
	bool		is_sum = rule->head == RULE_EACH || rule->head == RULE_PER_VALUE;
	const char *in_all = is_sum ? " in all" : "";
	uint32		i;

	if (rule->has & RULE_HAS_HALF_LIFE)
	{
		const char *span = span_text(rule->half_life);

		/* "halved every day" rather than "every 1 day" */
		if (rule->half_life.quantity == 1)
			span += 2;
		appendStringInfo(to, ", halved every %s", span);
	}
	if (rule->has & RULE_HAS_PER_DAY)
		appendStringInfo(to, ", at most " INT64_FORMAT " a day", rule->per_day);
	if (rule->has & RULE_HAS_MIN)
		appendStringInfo(to, ", not below %s%s", amount_text(rule->min), in_all);
	if (rule->has & RULE_HAS_MAX)
		appendStringInfo(to, ", at most %s%s", amount_text(rule->max), in_all);
	for (i = 0; i < rule->nunless; i++)
		appendStringInfo(to, "%s%s",
						 i == 0 ? ", unless " :
						 i + 1 < rule->nunless ? ", " : " or ",
						 loose->unless[i]);
}

/* the condition of a rule's row, and its points */
static int64
say_row(StringInfo to, const LooseRule *loose, uint32 i)
{
	const GridRule *rule = &loose->rule;
	int64		points = rule->points;
	bool		applies = true;

	switch ((RuleHead) rule->head)
	{
		case RULE_LATEST_BANDS:
			applies = say_band(to, loose, i);
			points = i < rule->nbands ? loose->bands[i].points : rule->older;
			break;
		case RULE_LATEST:
			appendStringInfoString(to, "latest");
			say_within(to, rule);
			break;
		case RULE_EACH:
			appendStringInfoString(to, "each");
			say_within(to, rule);
			break;
		case RULE_PER_VALUE:
			appendStringInfoString(to, "each unit of value");
			say_within(to, rule);
			break;
		case RULE_VALUE:
			say_threshold(to, loose, i);
			points = loose->bands[i].points;
			break;
	}
	if (applies)
		say_modifiers(to, loose);
	return points;
}

/*
 * describe(grid) -> setof (touchpoint text, condition text, points numeric): a
 * row for each band and threshold, and one for a rule that has none, in
 * canonical order.
 */
Datum
grid_describe(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Grid	   *grid = PG_GETARG_GRID_P(0);
	uint32		i;
	uint32		j;

	start_result_set(fcinfo);
	for (i = 0; i < grid->nrules; i++)
	{
		LooseRule	loose;
		uint32		nrows;

		grid_loose_rule(grid, i, &loose);
		nrows = Max(loose.rule.nbands, 1);
		if (loose.rule.has & RULE_HAS_OLDER)
			nrows++;
		for (j = 0; j < nrows; j++)
		{
			StringInfoData condition;
			int64		points;
			Datum		values[3];
			bool		nulls[3] = {false, false, false};

			CHECK_FOR_INTERRUPTS();
			initStringInfo(&condition);
			points = say_row(&condition, &loose, j);
			values[0] = CStringGetTextDatum(loose.touchpoint);
			values[1] = CStringGetTextDatum(condition.data);
			values[2] = NumericGetDatum(decimal_numeric(points, POINT_PLACES));
			tuplestore_putvalues(result->setResult, result->setDesc,
								 values, nulls);
			pfree(condition.data);
		}
	}
	return (Datum) 0;
}
