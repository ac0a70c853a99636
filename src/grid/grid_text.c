/*
 * grid_text.c
 *		The canonical text of rules and grids: spaced as jsonb's, keys in the
 *		order that reads best, numbers in the fewest digits.
 */
#include "compat.h"

#include "miscadmin.h"
#include "utils/json.h"

#include "grid/grid_parse.h"

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

char *
grid_text(const Grid *grid)
{
	StringInfoData text;
	uint32		written = 0;
	uint32		i;
	uint32		j;

	initStringInfo(&text);
	appendStringInfoChar(&text, '{');
	for (i = 0; i < grid->ntouchpoints; i++)
	{
		const GridTouchpoint *touchpoint = &GRID_TOUCHPOINTS(grid)[i];

		CHECK_FOR_INTERRUPTS();
		if (touchpoint->nrules == 0)
			continue;
		if (written++ > 0)
			appendStringInfoString(&text, ", ");
		escape_json(&text, grid_name(grid, touchpoint));
		appendStringInfoString(&text, ": ");
		if (touchpoint->nrules > 1)
			appendStringInfoChar(&text, '[');
		for (j = 0; j < touchpoint->nrules; j++)
		{
			LooseRule	loose;

			if (j > 0)
				appendStringInfoString(&text, ", ");
			grid_loose_rule(grid, touchpoint->first_rule + j, &loose);
			rule_write(&text, &loose);
		}
		if (touchpoint->nrules > 1)
			appendStringInfoChar(&text, ']');
	}
	appendStringInfoChar(&text, '}');
	return text.data;
}
