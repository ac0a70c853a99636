/*
 * grid.h
 *		The grid: what interactions are worth.
 *
 * A grid is stored ready to be used: one flat, 8-aligned varlena of arrays that
 * refer to each other by index, all padding zero.  Everything is in canonical
 * order (touchpoints by their bytes, the rules of a touchpoint by their
 * canonical text, bands from the shortest, thresholds from the lowest), so that
 * equal grids are equal bytes.  It only ever comes out of grid_make.c, after
 * grid_parse.c has read JSON; receive takes the JSON text too, never these
 * bytes.
 */
#ifndef SCORING_GRID_H
#define SCORING_GRID_H

#include "ground/calendar.h"
#include "ground/decimal.h"

#include "fmgr.h"

#define GRID_VERSION	1

typedef enum RuleHead
{
	RULE_LATEST_BANDS,			/* "latest": {interval: points, ...} */
	RULE_LATEST,				/* "latest": points */
	RULE_EACH,					/* "each": points */
	RULE_PER_VALUE,				/* "per_value": points */
	RULE_VALUE					/* "value": {threshold: points, ...} */
} RuleHead;

/* which of the optional members of a rule are given */
#define RULE_HAS_HALF_LIFE	0x01
#define RULE_HAS_WITHIN		0x02
#define RULE_HAS_PER_DAY	0x04
#define RULE_HAS_MIN		0x08
#define RULE_HAS_MAX		0x10
#define RULE_HAS_OLDER		0x20

/* a name: where in the grid's names, and its length */
typedef struct GridName
{
	uint32		offset;
	uint32		len;
} GridName;

/*
 * All touchpoints the grid mentions, in the order of their bytes: those that
 * have rules, and those that an "unless" looks for (which may have none).
 */
typedef struct GridTouchpoint
{
	GridName	name;
	uint32		first_rule;
	uint32		nrules;
	uint32		watched;		/* 1 when some "unless" mentions it */
	uint32		reserved;
} GridTouchpoint;

typedef struct GridRule
{
	int64		points;			/* POINT_PLACES; heads with plain points */
	int64		older;			/* POINT_PLACES; 0 unless RULE_HAS_OLDER */
	int64		min;			/* POINT_PLACES */
	int64		max;			/* POINT_PLACES */
	int64		per_day;		/* a whole number of interactions, at least 1 */
	Span		half_life;
	Span		within;
	uint32		head;			/* a RuleHead */
	uint32		has;			/* RULE_HAS_ bits */
	uint32		first_band;		/* in the grid's bands */
	uint32		nbands;
	uint32		first_unless;	/* in the grid's unless list */
	uint32		nunless;
	uint32		touchpoint;		/* whose rule this is */
	uint32		number;			/* its number within the touchpoint, from 1 */
} GridRule;

/* a band of "latest", or a threshold of "value" */
typedef struct GridBand
{
	union
	{
		Span		span;		/* RULE_LATEST_BANDS */
		int64		threshold;	/* RULE_VALUE, POINT_PLACES */
	}			from;
	int64		points;			/* POINT_PLACES */
} GridBand;

typedef struct Grid
{
	int32		vl_len_;
	uint16		version;
	uint16		reserved;
	uint32		ntouchpoints;
	uint32		nrules;
	uint32		nbands;
	uint32		nunless;
	uint32		names_len;
	uint32		reserved2;
	/*
	 * followed by GridTouchpoint[ntouchpoints], GridRule[nrules],
	 * GridBand[nbands], uint32 unless[nunless] (indexes of touchpoints) and
	 * the bytes of the names
	 */
} Grid;

#define GRID_TOUCHPOINTS(g)	((GridTouchpoint *) ((char *) (g) + sizeof(Grid)))
#define GRID_RULES(g)		((GridRule *) (GRID_TOUCHPOINTS(g) + (g)->ntouchpoints))
#define GRID_BANDS(g)		((GridBand *) (GRID_RULES(g) + (g)->nrules))
#define GRID_UNLESS(g)		((uint32 *) (GRID_BANDS(g) + (g)->nbands))
#define GRID_NAMES(g)		((char *) (GRID_UNLESS(g) + (g)->nunless))

/* the error for a grid of another format version */
pg_noreturn extern void grid_refuse(const Grid *grid);

/* detoasted and 8-aligned */
static inline Grid *
DatumGetGridP(Datum datum)
{
	Grid	   *grid = (Grid *) PG_DETOAST_DATUM(datum);

	if (unlikely(grid->version != GRID_VERSION))
		grid_refuse(grid);
	return grid;
}

#define PG_GETARG_GRID_P(n)	DatumGetGridP(PG_GETARG_DATUM(n))

/* equal grids are equal bytes */
static inline bool
same_grid(const Grid *a, const Grid *b)
{
	return VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
}

#endif							/* SCORING_GRID_H */
