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

#include "engine/weight.h"
#include "grid/grid.h"
#include "timeline/timeline.h"

/*
 * Accumulators, by head.  All bytes zero is the empty one.
 */
typedef struct LatestTally		/* RULE_LATEST, RULE_LATEST_BANDS */
{
	uint32		since;			/* latest day - DAY_BEFORE_ALL, 0: none */
} LatestTally;

typedef struct EachTally		/* RULE_EACH */
{
	uint64		weight;			/* sum of count * weight, its lower 64 bits */
} EachTally;

/*
 * What does not fit there, off the beaten track.  Together they hold 96 bits:
 * 7.9 * 10^19 interactions of today, eight times what a bigint counts.
 */
typedef struct EachCarry
{
	uint32		weight;
} EachCarry;

typedef struct PerValueTally	/* RULE_PER_VALUE */
{
	int128		plus;			/* sum of value * weight of positive entries, */
	int128		minus;			/* and of negative ones: each of them fades */
} PerValueTally;

typedef struct ValueTally		/* RULE_VALUE */
{
	int128		value;			/* of the latest day that has one */
	int64		valued;
	uint32		since;			/* that day - DAY_BEFORE_ALL, 0: none */
} ValueTally;

typedef struct ScorerRule
{
	const GridRule *rule;
	const char *name;			/* its touchpoint */
	uint32		name_len;
	const GridBand *bands;
	const uint32 *unless;		/* touchpoints */
	WeightTable *weights;		/* NULL: everything weighs 1 */
	Size		tally;			/* where in a Tally its accumulator lies, */
	Size		carry;			/* and its EachCarry */
	/* for the day the scorer is aimed at */
	int32		after;			/* the window: entries with day > after */
	int32	   *band_after;		/* the same for each band of "latest" */
	/* which of the scorer's spans these come from */
	int32		after_span;		/* -1: no window */
	int32	   *band_spans;
} ScorerRule;

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

/*
 * Flags of the touchpoints some "unless" asks for, then the accumulators, then
 * the carries.  engagement() keeps one for each group, and what it costs is to
 * bring it into the processor's cache: so what every row needs is together.
 */
typedef char Tally;

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

/* rule.c */
extern Size rule_tally_size(const GridRule *rule);
/* the error for points that are too many to be added exactly */
pg_noreturn extern void rule_out_of_range(const ScorerRule *rule);
extern bool rule_is_off(const Scorer *scorer, const ScorerRule *rule, const Tally *tally);
extern int rule_band(const ScorerRule *rule, int32 day);
extern int64 rule_band_points(const ScorerRule *rule, int band);
extern int rule_threshold(const ScorerRule *rule, const ValueTally *tally);
extern int128 rule_points(const ScorerRule *rule, int64 points, int128 amount, int places);
extern int128 rule_result(const Scorer *scorer, const ScorerRule *rule, const Tally *tally);
extern void rule_merge(const ScorerRule *rule, Tally *into, const Tally *from);

/* weight of an age of so many days, in units of 1 / WEIGHT_ONE */
static inline int64
rule_weight(const ScorerRule *rule, int32 age)
{
	WeightTable *weights = rule->weights;
	int32		w;

	if (weights == NULL)
		return WEIGHT_ONE;
	if (age >= weights->size)
		return weights->complete ? 0 : weight_of_age(age, weights->hours);
	w = weights->weight[age];
	return likely(w != WEIGHT_UNKNOWN) ? w : weight_fill(weights, age);
}

/* days from DAY_BEFORE_ALL, so that an accumulator of zeros has none */
static inline uint32
day_since(int32 day)
{
	return (uint32) ((int64) day - DAY_BEFORE_ALL);
}

static inline int32
since_day(uint32 since)
{
	return (int32) ((int64) since + DAY_BEFORE_ALL);
}

/* adds to the sum of a RULE_EACH; never negative */
static inline void
each_add(const ScorerRule *rule, Tally *tally, uint128 weight)
{
	EachTally  *each = (EachTally *) (tally + rule->tally);
	uint64		sum = each->weight + (uint64) weight;
	uint64		carry = (uint64) (weight >> 64) + (sum < each->weight);

	each->weight = sum;
	if (unlikely(carry > 0))
	{
		EachCarry  *upper = (EachCarry *) (tally + rule->carry);

		if (carry > PG_UINT32_MAX - upper->weight)
			rule_out_of_range(rule);
		upper->weight += (uint32) carry;
	}
}

static inline uint128
each_sum(const ScorerRule *rule, const Tally *tally)
{
	return (uint128) ((const EachCarry *) (tally + rule->carry))->weight << 64 |
		((const EachTally *) (tally + rule->tally))->weight;
}

/*
 * Adds the interactions of one day, not after as_of, to a rule's accumulator.
 *
 * Sums cannot overflow: |value| < 2^63 and weight < 2^30 leave room for 2^34
 * additions, more than a timeline has bytes or a group can have rows.
 */
static inline void
rule_add(const ScorerRule *rule, int32 as_of, Tally *tally, int32 day,
		 int64 count, int64 valued, int64 value)
{
	void	   *t = tally + rule->tally;

	if (day <= rule->after)
		return;
	switch ((RuleHead) rule->rule->head)
	{
		case RULE_EACH:
			if (rule->rule->has & RULE_HAS_PER_DAY)
				count = Min(count, rule->rule->per_day);
			each_add(rule, tally, (uint128) count * rule_weight(rule, as_of - day));
			break;
		case RULE_LATEST:
		case RULE_LATEST_BANDS:
			{
				LatestTally *latest = t;

				latest->since = Max(latest->since, day_since(day));
				break;
			}
		case RULE_PER_VALUE:
			{
				PerValueTally *sum = t;
				int128		weighted = (int128) value * rule_weight(rule, as_of - day);

				if (value > 0)
					sum->plus += weighted;
				else
					sum->minus += weighted;
				break;
			}
		case RULE_VALUE:
			{
				ValueTally *last = t;

				if (valued == 0 || day_since(day) < last->since)
					break;
				if (day_since(day) > last->since)
				{
					last->since = day_since(day);
					last->valued = 0;
					last->value = 0;
				}
				last->valued += valued;
				last->value += value;
				break;
			}
	}
}

#endif							/* SCORING_SCORER_H */
