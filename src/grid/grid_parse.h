/*
 * grid_parse.h
 *		Rules on their own, before they are a grid and after they were one.
 */
#ifndef SCORING_GRID_PARSE_H
#define SCORING_GRID_PARSE_H

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

/*
 * What reads text tells errors softly to the escontext, if that is not NULL
 * and asks for it, and returns NULL then.
 */

/*
 * grid_parse.c: the rules that a grid's text has, in the order it has them;
 * whatever is wrong with them is an error.  The text must end in NUL.
 */
extern LooseRule *grid_parse(char *text, size_t len, uint32 *nrules,
							 Node *escontext);

/* grid_make.c: rules to a grid, and a grid to rules */
extern Grid *grid_make(LooseRule *rules, uint32 nrules, Node *escontext);
extern void grid_loose_rule(const Grid *grid, uint32 i, LooseRule *loose);
extern char *grid_name(const Grid *grid, const GridTouchpoint *touchpoint);

/* grid_text.c: their canonical text */
extern void rule_write(StringInfo to, const LooseRule *loose);
extern char *grid_text(const Grid *grid);

/* grid_io.c: all of it; the text must end in NUL */
extern Grid *grid_of_text(char *text, size_t len, Node *escontext);

#endif							/* SCORING_GRID_PARSE_H */
