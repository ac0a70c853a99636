/*
 * cuts.h
 *		Cuts: the borders between the tiers of a population.
 *
 * n tiers have n - 1 cuts, which ascend; a value is in the tier above a cut
 * when it is not below it.  Equal neighbours leave the tier between them
 * empty, and Infinity is a cut that no value reaches.
 */
#ifndef SCORING_CUTS_H
#define SCORING_CUTS_H

#include "compat.h"

#include "fmgr.h"

#include "cuts/fractions.h"
#include "cuts/sample.h"

/* how many tiers there can be */
#define TIERS_MIN	2
#define TIERS_MAX	10000

/*
 * The transition state of every cut aggregate: the population, and what it is
 * to be divided by, which is a number of tiers or a list of fractions.
 */
typedef struct CutState
{
	Sample		sample;
	int32		tiers;			/* 0 when there are borders */
	Fractions  *borders;		/* NULL when there is a number of tiers */
	char	   *argument;		/* the bytes that the borders were read from */
	Size		argument_len;	/* 0 when they are not known */
} CutState;

/* for the final functions: the state, or NULL when there is no value in it */
extern CutState *cut_state_of(FunctionCallInfo fcinfo);
/* an array of cuts, as SQL has it */
extern Datum cuts_array(const double *cuts, int count);
/* a number of tiers that is an argument; an error unless it is in bounds */
extern void check_tiers(int32 tiers);

/*
 * The tier of a value by mid-rank, (2 * below + equal) / (2 * total): the
 * formula that rank_cuts() makes cuts for.
 */
static inline int32
tier_of_rank(int64 below, int64 equal, int64 total, int32 tiers)
{
	return 1 + (int32) ((int128) tiers * (2 * below + equal) / (2 * total));
}

/*
 * Cuts of equal width, tiers - 1 of them.  Both ends are finite, and the
 * lowest is below the highest.
 */
extern void equal_cuts(double lowest, double highest, int32 tiers,
					   double *cuts);

/* natural breaks of a sorted sample: tiers - 1 cuts */
extern void natural_cuts(const Sample *sample, int32 tiers, double *cuts);

#endif							/* SCORING_CUTS_H */
