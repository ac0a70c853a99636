/*
 * grid_text.c
 *		The canonical text of a grid: spaced as jsonb's, its rules in their
 *		order.
 */
#include "grid/grid_text.h"

#include "miscadmin.h"
#include "utils/json.h"

#include "grid/loose_rule.h"

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
