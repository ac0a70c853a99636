/*
 * loose_rule.c
 *		Rules on their own, and their canonical text: spaced as jsonb's, keys in
 *		the order that reads best, numbers in the fewest digits.
 */
#include "grid/loose_rule.h"

#include "utils/json.h"

char *
grid_name(const Grid *grid, const GridTouchpoint *touchpoint)
{
	return pnstrdup(GRID_NAMES(grid) + touchpoint->name.offset,
					touchpoint->name.len);
}

/* a rule of a grid on its own; its bands stay the grid's */
void
grid_loose_rule(const Grid *grid, uint32 i, LooseRule *loose)
{
	const GridTouchpoint *touchpoints = GRID_TOUCHPOINTS(grid);
	const GridRule *rule = &GRID_RULES(grid)[i];
	uint32		j;

	loose->rule = *rule;
	loose->touchpoint = grid_name(grid, &touchpoints[rule->touchpoint]);
	loose->bands = GRID_BANDS(grid) + rule->first_band;
	loose->unless = NULL;
	loose->text = NULL;
	if (rule->nunless > 0)
	{
		loose->unless = palloc(rule->nunless * sizeof(char *));
		for (j = 0; j < rule->nunless; j++)
		{
			uint32		watched = GRID_UNLESS(grid)[rule->first_unless + j];

			loose->unless[j] = grid_name(grid, &touchpoints[watched]);
		}
	}
}

static void
write_amount(StringInfo to, int64 amount)
{
	char		text[DECIMAL_TEXT_SIZE];
	char	   *end = decimal_write(text, amount, POINT_PLACES);

	appendBinaryStringInfo(to, text, (int) (end - text));
}

static void
write_span(StringInfo to, Span span)
{
	char	   *text = span_text(span);

	appendStringInfo(to, "\"%s\"", text);
	pfree(text);
}

static void
write_bands(StringInfo to, const LooseRule *loose)
{
	uint32		i;

	appendStringInfoChar(to, '{');
	for (i = 0; i < loose->rule.nbands; i++)
	{
		const GridBand *band = &loose->bands[i];

		if (i > 0)
			appendStringInfoString(to, ", ");
		if (loose->rule.head == RULE_LATEST_BANDS)
			write_span(to, band->from.span);
		else
		{
			appendStringInfoChar(to, '"');
			write_amount(to, band->from.threshold);
			appendStringInfoChar(to, '"');
		}
		appendStringInfoString(to, ": ");
		write_amount(to, band->points);
	}
	appendStringInfoChar(to, '}');
}

static void
write_unless(StringInfo to, const LooseRule *loose)
{
	uint32		i;

	appendStringInfoString(to, ", \"unless\": ");
	if (loose->rule.nunless > 1)
		appendStringInfoChar(to, '[');
	for (i = 0; i < loose->rule.nunless; i++)
	{
		if (i > 0)
			appendStringInfoString(to, ", ");
		escape_json(to, loose->unless[i]);
	}
	if (loose->rule.nunless > 1)
		appendStringInfoChar(to, ']');
}

/* a rule as an object, without its touchpoint */
void
rule_write(StringInfo to, const LooseRule *loose)
{
	const GridRule *rule = &loose->rule;

	switch ((RuleHead) rule->head)
	{
		case RULE_LATEST_BANDS:
			appendStringInfoString(to, "{\"latest\": ");
			write_bands(to, loose);
			break;
		case RULE_LATEST:
			appendStringInfoString(to, "{\"latest\": ");
			write_amount(to, rule->points);
			break;
		case RULE_EACH:
			appendStringInfoString(to, "{\"each\": ");
			write_amount(to, rule->points);
			break;
		case RULE_PER_VALUE:
			appendStringInfoString(to, "{\"per_value\": ");
			write_amount(to, rule->points);
			break;
		case RULE_VALUE:
			appendStringInfoString(to, "{\"value\": ");
			write_bands(to, loose);
			break;
	}
	if (rule->has & RULE_HAS_HALF_LIFE)
	{
		appendStringInfoString(to, ", \"half_life\": ");
		write_span(to, rule->half_life);
	}
	if (rule->has & RULE_HAS_WITHIN)
	{
		appendStringInfoString(to, ", \"within\": ");
		write_span(to, rule->within);
	}
	if (rule->has & RULE_HAS_PER_DAY)
		appendStringInfo(to, ", \"per_day\": " INT64_FORMAT, rule->per_day);
	if (rule->has & RULE_HAS_OLDER)
	{
		appendStringInfoString(to, ", \"older\": ");
		write_amount(to, rule->older);
	}
	if (rule->has & RULE_HAS_MIN)
	{
		appendStringInfoString(to, ", \"min\": ");
		write_amount(to, rule->min);
	}
	if (rule->has & RULE_HAS_MAX)
	{
		appendStringInfoString(to, ", \"max\": ");
		write_amount(to, rule->max);
	}
	if (rule->nunless > 0)
		write_unless(to, loose);
	appendStringInfoChar(to, '}');
}
