/*
 * crosses.c
 *		crosses(): the next day on which a score is in another tier.
 *
 * Between two days on which no interaction arrives, each rule of a grid moves
 * in a way that its state on these two days bounds: weights fade, windows let
 * go, the bands of "latest" are passed in turn.  So the score of every day
 * between them lies within the sum of these bounds; when all of that is in one
 * tier, none of the days needs to be looked at, and else the interval is
 * halved.  A customer who stays where he is costs two readings, one who moves
 * about two for each halving of three years, where a day-by-day search takes
 * 1,096.
 */
#include "score/score.h"
#include "cuts/tier.h"
#include "engine/memo.h"
#include "timeline/timeline_argument.h"

#include "utils/array.h"

PG_FUNCTION_INFO_V1(scoring_crosses);

/* how far ahead to look: three years and a day */
#define CROSSES_DAYS	1096

#define NEVER			(DAY_MAX + 1)

/* a rule on one day */
typedef struct RuleReading
{
	int128		result;
	int			band;			/* RULE_LATEST_BANDS: where the latest is, */
	bool		present;		/* if there is one; then also its weight */
	int64		weight;
	int128		plus;			/* RULE_PER_VALUE */
	int128		minus;
} RuleReading;

/* the score on one day */
typedef struct Reading
{
	int32		day;
	int			tier;
	RuleReading *rules;
} Reading;

typedef struct Search
{
	Scorer	   *scorer;
	const struct varlena *timeline;
	const float8 *cuts;
	int			ncuts;
	int			tier;			/* that of as_of */
} Search;

static int
tier_of_points(const Search *s, int128 points)
{
	return tier_of(decimal_float8(points, POINT_PLACES), s->cuts, s->ncuts);
}

static void
read_day(const Search *s, int32 day, Reading *reading)
{
	Scorer	   *scorer = s->scorer;
	int128		total = 0;
	uint32		i;

	scorer_aim(scorer, day);
	memset(scorer->tally, 0, scorer->tally_size);
	scorer_read(scorer, scorer->tally, s->timeline, day);
	reading->day = day;
	if (reading->rules == NULL)
		reading->rules = palloc(Max(scorer->nrules, 1) * sizeof(RuleReading));
	for (i = 0; i < scorer->nrules; i++)
	{
		const ScorerRule *rule = &scorer->rules[i];
		const void *t = scorer->tally + rule->tally;
		RuleReading *r = &reading->rules[i];

		r->result = rule_result(rule, scorer->as_of, scorer->tally);
		total += r->result;
		if (rule->rule->head == RULE_LATEST_BANDS)
		{
			uint32		since = ((const LatestTally *) t)->since;

			r->present = (since != 0 && !rule_is_off(rule, scorer->tally));
			if (r->present)
			{
				r->band = rule_band(rule, since_day(since));
				r->weight = rule_weight(rule, day - since_day(since));
			}
		}
		else if (rule->rule->head == RULE_PER_VALUE)
		{
			bool		off = rule_is_off(rule, scorer->tally);

			r->plus = off ? 0 : ((const PerValueTally *) t)->plus;
			r->minus = off ? 0 : ((const PerValueTally *) t)->minus;
		}
	}
	reading->tier = tier_of_points(s, total);
}

static void
widen(int128 result, int128 *low, int128 *high)
{
	*low = Min(*low, result);
	*high = Max(*high, result);
}

/*
 * Bounds of a rule's result on all days from a to b.  What is not treated
 * apart only fades towards 0, and so lies between its two ends.
 */
static void
rule_range(const ScorerRule *rule, const RuleReading *a, const RuleReading *b,
		   int128 *low, int128 *high)
{
	*low = Min(a->result, b->result);
	*high = Max(a->result, b->result);

	if (rule->rule->head == RULE_LATEST_BANDS && a->present)
	{
		/* gone out of its window by b: it may have passed every band */
		int			last = b->present ? b->band : (int) rule->rule->nbands;
		int64		weight = b->present ? b->weight : 0;
		int			i;

		for (i = a->band; i <= last; i++)
		{
			int64		points = rule_band_points(rule, i);

			widen(rule_points(rule, points, a->weight, 9), low, high);
			widen(rule_points(rule, points, weight, 9), low, high);
		}
	}
	else if (rule->rule->head == RULE_PER_VALUE)
	{
		/* both sums fade, but each in its own time */
		int64		points = rule->rule->points;
		int			places = 9 + VALUE_PLACES;

		widen(rule_points(rule, points, a->plus + b->minus, places), low, high);
		widen(rule_points(rule, points, b->plus + a->minus, places), low, high);
	}
}

static bool
may_cross(const Search *s, const Reading *a, const Reading *b)
{
	int128		low = 0;
	int128		high = 0;
	uint32		i;

	for (i = 0; i < s->scorer->nrules; i++)
	{
		int128		rule_low;
		int128		rule_high;

		rule_range(&s->scorer->rules[i], &a->rules[i], &b->rules[i], &rule_low, &rule_high);
		low += rule_low;
		high += rule_high;
	}
	return tier_of_points(s, low) != s->tier || tier_of_points(s, high) != s->tier;
}

/* the first day from a to b in another tier; nothing arrives after a */
static int32
first_crossing(const Search *s, const Reading *a, const Reading *b)
{
	Reading		middle = {0};
	int32		day;

	CHECK_FOR_INTERRUPTS();
	if (a->tier != s->tier)
		return a->day;
	if (b->day - a->day <= 1)
		return b->tier != s->tier ? b->day : NEVER;
	if (!may_cross(s, a, b))
		return NEVER;
	read_day(s, a->day + (b->day - a->day) / 2, &middle);
	day = first_crossing(s, a, &middle);
	if (day == NEVER)
		day = first_crossing(s, &middle, b);
	pfree(middle.rules);
	return day;
}

/*
 * The first day after `day` on which an interaction arrives that the grid
 * knows of; NEVER when there is none.
 */
static int32
next_arrival(const Search *s, int32 day)
{
	TouchpointCursor c;
	int32		next = NEVER;

	start_touchpoints(&c, VARDATA_ANY(s->timeline), VARSIZE_ANY_EXHDR(s->timeline));
	while (next_touchpoint(&c))
	{
		EntryCursor e;
		TimelineEntry entry;

		if (scorer_find(s->scorer, c.name, c.name_len) < 0)
			continue;
		start_entries(&e, &c);
		while (next_entry(&e, &entry) && entry.day > day)
			next = Min(next, entry.day);
	}
	return next;
}

/*
 * crosses(timeline, grid, cuts float8[], as_of date) returns date
 *
 * The first day after as_of, within 1,096 days, on which the score is in
 * another tier than on as_of; NULL if there is none.  Interactions that the
 * timeline already has count when their day comes.  Errors: those of score()
 * and tier().
 */
Datum
scoring_crosses(PG_FUNCTION_ARGS)
{
	int32		as_of = day_argument(PG_GETARG_DATEADT(3), "as_of");
	int32		last = Min(as_of, DAY_MAX - CROSSES_DAYS) + CROSSES_DAYS;
	int32		from;
	int128		score;
	Search		s;
	Reading		a = {0};
	Reading		b = {0};

	s.scorer = scorer_of_argument(fcinfo, 1);
	s.timeline = PG_GETARG_TIMELINE_PP(0);
	s.cuts = cuts_of_array(PG_GETARG_ARRAYTYPE_P(2), &s.ncuts);
	score = points_of(s.scorer, PG_GETARG_DATUM(0), as_of)->score;
	s.tier = tier_of_points(&s, score);

	for (from = as_of + 1; from <= last;)
	{
		int32		arrival = next_arrival(&s, from);
		int32		to = Min(arrival - 1, last);
		int32		day;

		read_day(&s, from, &a);
		read_day(&s, to, &b);
		day = first_crossing(&s, &a, &b);
		if (day != NEVER)
			PG_RETURN_DATEADT(day);
		from = to + 1;
	}
	PG_RETURN_NULL();
}
