/*
 * loose_rule.h
 *		Rules on their own, before they are a grid and after they were one.
 */
#ifndef SCORING_LOOSE_RULE_H
#define SCORING_LOOSE_RULE_H

#include "grid/grid.h"

#include "lib/stringinfo.h"

/*
 * A rule with what a grid would keep elsewhere.  Of the GridRule in it, the
 * numbers of bands and unless are right, and indexes and numbers mean nothing.
 */
typedef struct LooseRule
{
	const char *touchpoint;
	GridRule	rule;
	GridBand   *bands;			/* in their order */
	const char **unless;		/* in the order of their bytes */
	const char *text;			/* canonical; set by grid_make() */
} LooseRule;

/* for qsort() and bsearch(): names in the order of their bytes */
static inline int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* the first of sorted names that comes twice, or NULL */
static inline const char *
find_twice(const char **names, uint32 n)
{
	uint32		i;

	for (i = 1; i < n; i++)
		if (strcmp(names[i - 1], names[i]) == 0)
			return names[i];
	return NULL;
}

/* a rule of a grid on its own; its bands stay the grid's */
extern void grid_loose_rule(const Grid *grid, uint32 i, LooseRule *loose);
extern char *grid_name(const Grid *grid, const GridTouchpoint *touchpoint);

/* the canonical text of a rule: an object, without its touchpoint */
extern void rule_write(StringInfo to, const LooseRule *loose);

#endif							/* SCORING_LOOSE_RULE_H */
