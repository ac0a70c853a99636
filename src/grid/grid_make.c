/*
 * grid_make.c
 *		Rules to a grid.
 */
#include "grid/grid_make.h"

#include "miscadmin.h"
#include "utils/memutils.h"

static int
compare_rules(const void *a, const void *b)
{
	const LooseRule *left = a;
	const LooseRule *right = b;
	int			order = strcmp(left->touchpoint, right->touchpoint);

	return order != 0 ? order : strcmp(left->text, right->text);
}

/* every touchpoint that the rules mention, once, in the order of their bytes */
static const char **
collect_names(const LooseRule *rules, uint32 nrules, uint32 *nnames)
{
	const char **names;
	uint64		n = nrules;
	uint64		kept = 0;
	uint32		i;
	uint32		j;

	for (i = 0; i < nrules; i++)
		n += rules[i].rule.nunless;
	names = MemoryContextAllocHuge(CurrentMemoryContext,
								   n * sizeof(char *) + 1);
	n = 0;
	for (i = 0; i < nrules; i++)
	{
		names[n++] = rules[i].touchpoint;
		for (j = 0; j < rules[i].rule.nunless; j++)
			names[n++] = rules[i].unless[j];
	}
	qsort(names, n, sizeof(char *), compare_names);
	for (i = 0; i < n; i++)
		if (kept == 0 || strcmp(names[kept - 1], names[i]) != 0)
			names[kept++] = names[i];
	*nnames = (uint32) kept;
	return names;
}

/* an empty grid with room for all that the rules have */
static Grid *
allocate(const LooseRule *rules, uint32 nrules, const char **names,
		 uint32 nnames, Node *escontext)
{
	Grid	   *grid;
	uint64		nbands = 0;
	uint64		nunless = 0;
	uint64		names_len = 0;
	uint64		size;
	uint32		i;

	for (i = 0; i < nrules; i++)
	{
		nbands += rules[i].rule.nbands;
		nunless += rules[i].rule.nunless;
	}
	for (i = 0; i < nnames; i++)
		names_len += strlen(names[i]);
	size = sizeof(Grid) + nnames * sizeof(GridTouchpoint) +
		nrules * sizeof(GridRule) + nbands * sizeof(GridBand) +
		nunless * sizeof(uint32) + names_len;
	if (!AllocSizeIsValid(size))
		ereturn(escontext, NULL,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("grid is too large"),
				 errdetail("It has %u rules.", nrules)));

	grid = palloc0(size);
	SET_VARSIZE(grid, size);
	grid->version = GRID_VERSION;
	grid->ntouchpoints = nnames;
	grid->nrules = nrules;
	grid->nbands = (uint32) nbands;
	grid->nunless = (uint32) nunless;
	grid->names_len = (uint32) names_len;
	return grid;
}

static void
fill_touchpoints(Grid *grid, const char **names)
{
	uint32		offset = 0;
	uint32		i;

	for (i = 0; i < grid->ntouchpoints; i++)
	{
		GridTouchpoint *touchpoint = &GRID_TOUCHPOINTS(grid)[i];

		touchpoint->name.offset = offset;
		touchpoint->name.len = (uint32) strlen(names[i]);
		memcpy(GRID_NAMES(grid) + offset, names[i], touchpoint->name.len);
		offset += touchpoint->name.len;
	}
}

static uint32
find_name(const Grid *grid, const char **names, const char *name)
{
	const char **found = bsearch(&name, names, grid->ntouchpoints,
								 sizeof(char *), compare_names);

	Assert(found != NULL);
	return (uint32) (found - names);
}

/* what must hold of every grid, beyond what grid_parse() has seen to */
static void
AssertCheckGrid(const Grid *grid)
{
#ifdef USE_ASSERT_CHECKING
	uint32		rules = 0;
	uint32		bands = 0;
	uint32		unless = 0;
	uint32		i;

	Assert(GRID_NAMES(grid) + grid->names_len ==
		   (char *) grid + VARSIZE(grid));
	for (i = 0; i < grid->ntouchpoints; i++)
	{
		const GridTouchpoint *touchpoint = &GRID_TOUCHPOINTS(grid)[i];

		Assert(touchpoint->nrules > 0 || touchpoint->watched);
		Assert(touchpoint->first_rule == rules);
		rules += touchpoint->nrules;
	}
	Assert(rules == grid->nrules);
	for (i = 0; i < grid->nrules; i++)
	{
		const GridRule *rule = &GRID_RULES(grid)[i];
		const GridTouchpoint *touchpoint =
		&GRID_TOUCHPOINTS(grid)[rule->touchpoint];

		Assert(rule->first_band == bands && rule->first_unless == unless);
		Assert(i == touchpoint->first_rule + rule->number - 1);
		Assert(rule->number <= touchpoint->nrules);
		bands += rule->nbands;
		unless += rule->nunless;
	}
	Assert(bands == grid->nbands && unless == grid->nunless);
#endif
}

/* brings the rules into canonical order on the way */
Grid *
grid_make(LooseRule *rules, uint32 nrules, Node *escontext)
{
	const char **names;
	uint32		nnames;
	Grid	   *grid;
	uint32		band = 0;
	uint32		unless = 0;
	uint32		touchpoint = 0;
	uint32		i;
	uint32		j;

	for (i = 0; i < nrules; i++)
	{
		StringInfoData text;

		CHECK_FOR_INTERRUPTS();
		initStringInfo(&text);
		rule_write(&text, &rules[i]);
		rules[i].text = text.data;
	}
	qsort(rules, nrules, sizeof(LooseRule), compare_rules);
	names = collect_names(rules, nrules, &nnames);
	grid = allocate(rules, nrules, names, nnames, escontext);
	if (grid == NULL)
		return NULL;
	fill_touchpoints(grid, names);

	for (i = 0; i < nrules; i++)
	{
		const LooseRule *loose = &rules[i];
		GridRule   *rule = &GRID_RULES(grid)[i];

		while (strcmp(names[touchpoint], loose->touchpoint) != 0)
			touchpoint++;
		*rule = loose->rule;
		rule->touchpoint = touchpoint;
		rule->number = ++GRID_TOUCHPOINTS(grid)[touchpoint].nrules;
		rule->first_band = band;
		for (j = 0; j < rule->nbands; j++)
			GRID_BANDS(grid)[band++] = loose->bands[j];
		rule->first_unless = unless;
		for (j = 0; j < rule->nunless; j++)
		{
			uint32		watched = find_name(grid, names, loose->unless[j]);

			GRID_UNLESS(grid)[unless++] = watched;
			GRID_TOUCHPOINTS(grid)[watched].watched = 1;
		}
	}
	for (i = 0, j = 0; i < nnames; i++)
	{
		GRID_TOUCHPOINTS(grid)[i].first_rule = j;
		j += GRID_TOUCHPOINTS(grid)[i].nrules;
	}
	AssertCheckGrid(grid);
	return grid;
}
