/*
 * scorer.h
 *		A grid made ready to score: the only engine behind score(),
 *		engagement() and all that is built from them.
 *
 * A Scorer is made once per grid and aimed at a day.  What it has seen so far
 * of one customer is a Tally: a block of bytes with an accumulator for each
 * rule.  Interactions are added to a tally in any order; then each rule's
 * result is read from it.  All is integer arithmetic, so the order of the
 * interactions, and how the work was divided, cannot change a digit.
 */
#ifndef SCORING_SCORER_H
#define SCORING_SCORER_H

#include "engine/rule.h"
#include "grid/grid.h"
#include "timeline/timeline.h"

/* a span that the grid has, however often, and the day it reaches back to */
typedef struct ScorerSpan
{
	Span		span;
	int32		day;
} ScorerSpan;

typedef struct ScorerTouchpoint
{
	const char *name;
	uint32		name_len;
	/* its first and last bytes: all of a name that is not longer than both */
	uint64		first;
	uint64		last;
	ScorerRule *rules;
	uint32		nrules;
	int32		watch;			/* its byte in a Tally, -1: no "unless" asks */
	bool		latest_only;	/* its newest entry says all */
	bool		fading;			/* it has one rule, "each" with a half-life */
	int32		after;			/* nothing at or before this day matters */
} ScorerTouchpoint;

typedef struct Scorer
{
	MemoryContext context;		/* its own: all of it goes at once */
	Grid	   *grid;
	int32		as_of;			/* the day it is aimed at */
	bool		aimed;
	uint32		ntouchpoints;
	uint32		nrules;
	ScorerTouchpoint *touchpoints;
	ScorerRule *rules;
	ScorerSpan *spans;			/* each once */
	uint32		nspans;
	uint32		nwatched;
	bool		has_per_day;	/* some rule has */
	const ScorerRule *needs_value;	/* a rule that reads values, or NULL */
	Size		tally_size;
	Tally	   *tally;			/* one to work with, for who needs one at a time */
	int32	   *slots;			/* hash of touchpoint names: index, -1: free */
	uint32		slot_mask;
	uint64		number;			/* of its grid, for memo.c; 0: not asked for yet */
} Scorer;

/* what a grid gives, POINT_PLACES */
typedef struct Points
{
	int128		score;
	int128		penalty;		/* the part of it that is below zero */
} Points;

/*
 * Scorers by grid, for the grids that one call site has met.  Where tallies
 * that outlive a call refer to the scorers, they are all kept; else so many.
 */
typedef struct ScorerCache
{
	MemoryContext context;
	struct scorers_hash *scorers;
	uint32		limit;			/* 0: keep all */
	bool		constant;		/* every call asks for the same */
	bool		told;			/* its user has said what the grid lacks */
	Scorer	   *latest;			/* the one asked for last, NULL: none yet, */
	struct varlena *argument;	/* and the value that asked for it, as it came */
	Size		argument_room;
} ScorerCache;

#define SCORER_CACHE_SMALL	64

/* as fn_extra; `call` is what is called, to see if argument argno is a constant */
extern ScorerCache *scorer_cache_make(FmgrInfo *flinfo, Node *call, int argno,
									  uint32 limit);
extern Scorer *scorer_look_up(ScorerCache *cache, Datum grid);
extern void scorer_aim_anew(Scorer *scorer, int32 as_of);
/* the index of a touchpoint the grid mentions, -1 when it does not */
extern int32 scorer_find(const Scorer *scorer, const char *name, uint32 len);

/*
 * The first and the last eight bytes of a name, so that comparing or hashing
 * it takes a few instructions.  The numbers depend on the machine; they are
 * never stored.
 */
static inline void
name_ends(const char *name, uint32 len, uint64 *first, uint64 *last)
{
	*first = *last = 0;
	if (len >= sizeof(uint64))
	{
		memcpy(first, name, sizeof(uint64));
		memcpy(last, name + len - sizeof(uint64), sizeof(uint64));
	}
	else if (len >= sizeof(uint32))
	{
		uint32		ends[2];

		memcpy(&ends[0], name, sizeof(uint32));
		memcpy(&ends[1], name + len - sizeof(uint32), sizeof(uint32));
		*first = ends[0];
		*last = ends[1];
	}
	else
	{
		while (len-- > 0)
			*first = *first << 8 | (unsigned char) *name++;
	}
}

static inline bool
is_touchpoint(const ScorerTouchpoint *t, const char *name, uint32 len,
			  uint64 first, uint64 last)
{
	return t->first == first && t->last == last && t->name_len == len &&
		(len <= 2 * sizeof(uint64) || memcmp(t->name, name, len) == 0);
}

/* the scorer of a grid; of a constant one, no need to look at it again */
static inline Scorer *
scorer_of_grid(ScorerCache *cache, Datum grid)
{
	if (likely(cache->constant && cache->latest != NULL))
		return cache->latest;
	return scorer_look_up(cache, grid);
}

static inline void
scorer_aim(Scorer *scorer, int32 as_of)
{
	if (unlikely(!scorer->aimed || scorer->as_of != as_of))
		scorer_aim_anew(scorer, as_of);
}

/* reads a closed timeline into a tally; entries after `until` do not exist */
extern void scorer_read(const Scorer *scorer, Tally *tally,
						const struct varlena *timeline, int32 until);
/* the exact sums of a tally */
extern void scorer_total(const Scorer *scorer, const Tally *tally, Points *points);
/* both of them on a cleared tally of the scorer's own, aimed at as_of */
extern void scorer_points(Scorer *scorer, const struct varlena *timeline,
						  int32 as_of, int32 until, Points *points);

static inline int128
scorer_score(Scorer *scorer, const struct varlena *timeline, int32 as_of, int32 until)
{
	Points		points;

	scorer_points(scorer, timeline, as_of, until, &points);
	return points.score;
}

#endif							/* SCORING_SCORER_H */
