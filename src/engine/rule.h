/*
 * rule.h
 *		One rule of a grid: what it has seen of a customer, and what it makes of
 *		that.
 */
#ifndef SCORING_RULE_H
#define SCORING_RULE_H

#include "engine/weight.h"
#include "grid/grid.h"

/*
 * Flags of the touchpoints some "unless" asks for, then the accumulators, then
 * the carries.  engagement() keeps one for each group, and what it costs is to
 * bring it into the processor's cache: so what every row needs is together.
 */
typedef char Tally;

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
	uint32	   *unless;			/* where in a Tally its touchpoints' flags are */
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

extern Size rule_tally_size(const GridRule *rule);
/* the error for points that are too many to be added exactly */
pg_noreturn extern void rule_out_of_range(const ScorerRule *rule);
extern bool rule_is_off(const ScorerRule *rule, const Tally *tally);
extern int rule_band(const ScorerRule *rule, int32 day);
extern int64 rule_band_points(const ScorerRule *rule, int band);
extern int rule_threshold(const ScorerRule *rule, const ValueTally *tally);
extern int128 rule_points(const ScorerRule *rule, int64 points, int128 amount, int places);
extern int128 rule_result(const ScorerRule *rule, int32 as_of, const Tally *tally);
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

#endif							/* SCORING_RULE_H */
