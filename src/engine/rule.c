/*
 * rule.c
 *		What one rule of a grid makes of the interactions it has been given.
 *
 * Weights are integers of 10^-9, points of 10^-6, values of 10^-4; products
 * and sums are 128-bit integers and rounded once, at the end, half away from
 * zero.  See the README, "The grid", for the formulas.
 */
#include "engine/rule.h"

#include "common/int.h"

#include "timeline/timeline.h"

#define POINTS_LIMIT	((int128) 1 << 126)

Size
rule_tally_size(const GridRule *rule)
{
	switch ((RuleHead) rule->head)
	{
		case RULE_LATEST:
		case RULE_LATEST_BANDS:
			return sizeof(LatestTally);
		case RULE_EACH:
			return sizeof(EachTally);
		case RULE_PER_VALUE:
			return sizeof(PerValueTally);
		case RULE_VALUE:
			return sizeof(ValueTally);
	}
	elog(ERROR, "unknown head of a rule: %u", rule->head);
	return 0;
}

/* does an "unless" of the rule hold? */
bool
rule_is_off(const ScorerRule *rule, const Tally *tally)
{
	uint32		i;

	for (i = 0; i < rule->rule->nunless; i++)
	{
		if (tally[rule->unless[i]])
			return true;
	}
	return false;
}

/*
 * The band of a "latest" rule that a day falls in, on the day the scorer is
 * aimed at: the first from the shortest; the number of bands for "older".
 */
int
rule_band(const ScorerRule *rule, int32 day)
{
	int			low = 0;
	int			high = rule->rule->nbands;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (day > rule->band_after[middle])
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

int64
rule_band_points(const ScorerRule *rule, int band)
{
	return band < (int) rule->rule->nbands ? rule->bands[band].points : rule->rule->older;
}

/*
 * The largest threshold of a "value" rule that the mean value reaches, -1 for
 * none.  Compared without dividing: value / valued >= threshold, with the
 * places of values and points made equal.
 */
int
rule_threshold(const ScorerRule *rule, const ValueTally *tally)
{
	int128		value = tally->value * (POINT_ONE / VALUE_ONE);
	int			low = 0;
	int			high = rule->rule->nbands;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (value >= (int128) rule->bands[middle].from.threshold * tally->valued)
			low = middle + 1;
		else
			high = middle;
	}
	return low - 1;
}

void
rule_out_of_range(const ScorerRule *rule)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("score out of range"),
			 errdetail("A rule for %s gives more points than can be added exactly.",
					   touchpoint_quoted(rule->name, rule->name_len)),
			 errhint("Give the rule a \"max\" or \"min\", the values in a larger unit, or fewer points.")));
}

/* what rule_points() cannot work out in 64 bits */
static pg_noinline int128
large_points(const ScorerRule *rule, int64 points, int128 amount, int places)
{
	const GridRule *r = rule->rule;
	int128		size = amount < 0 ? -amount : amount;

	if (size > POINTS_LIMIT / (points < 0 ? -points : points))
	{
		bool		negative = (amount < 0) != (points < 0);

		/* too much to be worked out, but not to be bounded */
		if (negative ? (r->has & RULE_HAS_MIN) : (r->has & RULE_HAS_MAX))
			return negative ? r->min : r->max;
		rule_out_of_range(rule);
	}
	return divide_rounded(amount * points,
						  places == 9 ? (int128) WEIGHT_ONE : (int128) WEIGHT_ONE * VALUE_ONE);
}

/*
 * points * amount / 10^places, rounded to POINT_PLACES half away from zero and
 * held within the rule's bounds.  (The bounds have no more places than the
 * result, so bounding before or after rounding is the same.)
 */
static inline int128
bounded_points(const ScorerRule *rule, int64 points, int128 amount, int places)
{
	const GridRule *r = rule->rule;
	int128		result;
	int64		product;

	if (points == 0 || amount == 0)
		return 0;
	if (likely(places == 9 && amount <= PG_INT64_MAX &&
			   !pg_mul_s64_overflow((int64) amount, points, &product) &&
			   product <= PG_INT64_MAX - WEIGHT_ONE && product >= PG_INT64_MIN + WEIGHT_ONE))
	{
		/* the common case: 64 bits, and a divisor that the compiler knows */
		int64		half = product < 0 ? -WEIGHT_ONE / 2 : WEIGHT_ONE / 2;

		result = (product + half) / WEIGHT_ONE;
	}
	else
		result = large_points(rule, points, amount, places);

	if ((r->has & RULE_HAS_MAX) && result > r->max)
		result = r->max;
	if ((r->has & RULE_HAS_MIN) && result < r->min)
		result = r->min;
	return result;
}

int128
rule_points(const ScorerRule *rule, int64 points, int128 amount, int places)
{
	return bounded_points(rule, points, amount, places);
}

/* the points of a rule, POINT_PLACES, on the day its scorer is aimed at */
int128
rule_result(const ScorerRule *rule, int32 as_of, const Tally *tally)
{
	const GridRule *r = rule->rule;
	const void *t = tally + rule->tally;

	if (r->nunless > 0 && rule_is_off(rule, tally))
		return 0;
	switch ((RuleHead) r->head)
	{
		case RULE_EACH:
			return bounded_points(rule, r->points, (int128) each_sum(rule, tally), 9);
		case RULE_LATEST:
		case RULE_LATEST_BANDS:
			{
				uint32		since = ((const LatestTally *) t)->since;
				int64		points = r->points;
				int32		day = since_day(since);

				if (since == 0)
					return 0;
				if (r->head == RULE_LATEST_BANDS)
					points = rule_band_points(rule, rule_band(rule, day));
				return bounded_points(rule, points, rule_weight(rule, as_of - day), 9);
			}
		case RULE_PER_VALUE:
			{
				const PerValueTally *sum = t;

				return bounded_points(rule, r->points, sum->plus + sum->minus, 9 + VALUE_PLACES);
			}
		case RULE_VALUE:
			{
				const ValueTally *last = t;
				int			threshold;

				if (last->since == 0)
					return 0;
				threshold = rule_threshold(rule, last);
				if (threshold < 0)
					return 0;
				return bounded_points(rule, rule->bands[threshold].points,
								   rule_weight(rule, as_of - since_day(last->since)), 9);
			}
	}
	return 0;
}

/* adds what another tally of the same scorer and day has seen */
void
rule_merge(const ScorerRule *rule, Tally *into, const Tally *from)
{
	void	   *a = into + rule->tally;
	const void *b = from + rule->tally;

	switch ((RuleHead) rule->rule->head)
	{
		case RULE_EACH:
			each_add(rule, into, each_sum(rule, from));
			break;
		case RULE_LATEST:
		case RULE_LATEST_BANDS:
			((LatestTally *) a)->since = Max(((LatestTally *) a)->since,
											 ((const LatestTally *) b)->since);
			break;
		case RULE_PER_VALUE:
			((PerValueTally *) a)->plus += ((const PerValueTally *) b)->plus;
			((PerValueTally *) a)->minus += ((const PerValueTally *) b)->minus;
			break;
		case RULE_VALUE:
			{
				ValueTally *mine = a;
				const ValueTally *theirs = b;

				if (theirs->since > mine->since)
					*mine = *theirs;
				else if (theirs->since == mine->since)
				{
					mine->value += theirs->value;
					mine->valued += theirs->valued;
				}
				break;
			}
	}
}
