/*
 * scorer.c
 *		Makes a grid ready to score, aims it at a day, and reads timelines
 *		with it.
 */
#include "engine/scorer.h"

#include "common/hashfn.h"
#include "nodes/primnodes.h"
#include "utils/memutils.h"

/* the scorers of a call site, by the bytes of their grids */
typedef struct ScorerEntry
{
	const Grid *grid;			/* the scorer's own */
	Scorer	   *scorer;
	uint32		hash;
	char		status;
} ScorerEntry;

#define SH_PREFIX scorers
#define SH_ELEMENT_TYPE ScorerEntry
#define SH_KEY_TYPE const Grid *
#define SH_KEY grid
#define SH_HASH_KEY(tb, key) hash_bytes((const unsigned char *) (key), VARSIZE(key))
#define SH_EQUAL(tb, a, b) same_grid(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, entry) (entry)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* how many spans a span is compared with */
#define RECENT_SPANS	32

#define HASH_FACTOR		UINT64CONST(0x9E3779B97F4A7C15)

static inline uint32
name_hash(const char *name, uint32 len, uint64 first, uint64 last)
{
	uint64		h = first ^ (last << 29 | last >> 35) ^ len;
	uint32		i;

	/* what lies between: all that addresses of pages, say, differ in */
	for (i = sizeof(uint64); i + sizeof(uint64) < len; i += sizeof(uint64))
	{
		uint64		middle;

		memcpy(&middle, name + i, sizeof(uint64));
		h = (h ^ middle) * HASH_FACTOR;
		h ^= h >> 32;
	}
	return (uint32) ((h * HASH_FACTOR) >> 32);
}

int32
scorer_find(const Scorer *scorer, const char *name, uint32 len)
{
	uint64		first;
	uint64		last;
	uint32		slot;
	int32		i;

	name_ends(name, len, &first, &last);
	slot = name_hash(name, len, first, last) & scorer->slot_mask;
	while ((i = scorer->slots[slot]) >= 0)
	{
		if (is_touchpoint(&scorer->touchpoints[i], name, len, first, last))
			return i;
		slot = (slot + 1) & scorer->slot_mask;
	}
	return -1;
}

static void
index_touchpoints(Scorer *scorer)
{
	uint32		size = 8;
	uint32		i;

	while (size < 4 * scorer->ntouchpoints)
		size *= 2;
	scorer->slot_mask = size - 1;
	scorer->slots = palloc(size * sizeof(int32));
	for (i = 0; i < size; i++)
		scorer->slots[i] = -1;
	for (i = 0; i < scorer->ntouchpoints; i++)
	{
		const ScorerTouchpoint *t = &scorer->touchpoints[i];
		uint32		slot = name_hash(t->name, t->name_len, t->first, t->last) &
		scorer->slot_mask;

		CHECK_FOR_INTERRUPTS();
		while (scorer->slots[slot] >= 0)
			slot = (slot + 1) & scorer->slot_mask;
		scorer->slots[slot] = (int32) i;
	}
}

/*
 * Calendar arithmetic costs more than the rest of a small rule, and grids use
 * a few spans again and again.  (Looked for among the latest, so that a grid
 * with many spans is not slow to make.)
 */
static int32
span_index(Scorer *scorer, Span span)
{
	uint32		i = scorer->nspans;

	while (i > 0 && scorer->nspans - i < RECENT_SPANS)
	{
		const Span *known = &scorer->spans[--i].span;

		if (known->quantity == span.quantity && known->unit == span.unit)
			return (int32) i;
	}
	scorer->spans[scorer->nspans].span = span;
	return (int32) scorer->nspans++;
}

static void
init_rule(Scorer *scorer, ScorerRule *r, const GridRule *rule, List **tables)
{
	const Grid *grid = scorer->grid;
	const GridTouchpoint *touchpoint = &GRID_TOUCHPOINTS(grid)[rule->touchpoint];
	uint32		i;

	r->rule = rule;
	r->name = GRID_NAMES(grid) + touchpoint->name.offset;
	r->name_len = touchpoint->name.len;
	r->bands = GRID_BANDS(grid) + rule->first_band;
	if (rule->nunless > 0)
	{
		const uint32 *unless = GRID_UNLESS(grid) + rule->first_unless;

		r->unless = palloc(rule->nunless * sizeof(uint32));
		for (i = 0; i < rule->nunless; i++)
			r->unless[i] = (uint32) scorer->touchpoints[unless[i]].watch;
	}
	if (rule->has & RULE_HAS_HALF_LIFE)
		r->weights = weight_table(tables, span_hours(rule->half_life));
	r->after_span = (rule->has & RULE_HAS_WITHIN) ? span_index(scorer, rule->within) : -1;
	if (rule->head == RULE_LATEST_BANDS)
	{
		r->band_after = palloc(rule->nbands * sizeof(int32));
		r->band_spans = palloc(rule->nbands * sizeof(int32));
		for (i = 0; i < rule->nbands; i++)
			r->band_spans[i] = span_index(scorer, r->bands[i].from.span);
	}
	if (rule->has & RULE_HAS_PER_DAY)
		scorer->has_per_day = true;
	if (rule->head == RULE_PER_VALUE || rule->head == RULE_VALUE)
		scorer->needs_value = r;
	r->tally = scorer->tally_size;
	scorer->tally_size += MAXALIGN(rule_tally_size(rule));
}

static void
init_touchpoint(Scorer *scorer, ScorerTouchpoint *t, const GridTouchpoint *touchpoint)
{
	const GridRule *rules = GRID_RULES(scorer->grid) + touchpoint->first_rule;
	uint32		i;

	t->name = GRID_NAMES(scorer->grid) + touchpoint->name.offset;
	t->name_len = touchpoint->name.len;
	name_ends(t->name, t->name_len, &t->first, &t->last);
	t->rules = scorer->rules + touchpoint->first_rule;
	t->nrules = touchpoint->nrules;
	t->watch = touchpoint->watched ? (int32) scorer->nwatched++ : -1;
	t->latest_only = true;
	for (i = 0; i < t->nrules; i++)
	{
		uint32		head = rules[i].head;

		if (head != RULE_LATEST && head != RULE_LATEST_BANDS)
			t->latest_only = false;
	}
}

static Scorer *
scorer_make(const Grid *grid, MemoryContext parent)
{
	MemoryContext context = AllocSetContextCreate(parent, "scoring grid",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Scorer	   *scorer = palloc0(sizeof(Scorer));
	List	   *tables = NIL;
	uint32		i;

	scorer->context = context;
	scorer->grid = palloc(VARSIZE(grid));
	memcpy(scorer->grid, grid, VARSIZE(grid));
	scorer->ntouchpoints = grid->ntouchpoints;
	scorer->nrules = grid->nrules;
	scorer->touchpoints = palloc0(Max(grid->ntouchpoints, 1) * sizeof(ScorerTouchpoint));
	scorer->rules = palloc0(Max(grid->nrules, 1) * sizeof(ScorerRule));
	for (i = 0; i < grid->ntouchpoints; i++)
		init_touchpoint(scorer, &scorer->touchpoints[i],
						&GRID_TOUCHPOINTS(scorer->grid)[i]);
	scorer->spans = palloc((grid->nrules + grid->nbands + 1) * sizeof(ScorerSpan));
	scorer->tally_size = MAXALIGN(scorer->nwatched);
	for (i = 0; i < grid->nrules; i++)
		init_rule(scorer, &scorer->rules[i], &GRID_RULES(scorer->grid)[i], &tables);
	for (i = 0; i < grid->ntouchpoints; i++)
	{
		ScorerTouchpoint *t = &scorer->touchpoints[i];

		t->fading = (t->nrules == 1 && t->rules->rule->head == RULE_EACH &&
					 t->watch < 0 && t->rules->weights != NULL &&
					 t->rules->weights->complete);
	}
	for (i = 0; i < grid->nrules; i++)
	{
		if (scorer->rules[i].rule->head != RULE_EACH)
			continue;
		scorer->rules[i].carry = scorer->tally_size;
		scorer->tally_size += sizeof(EachCarry);
	}
	scorer->tally = palloc0(Max(scorer->tally_size, 1));
	index_touchpoints(scorer);
	list_free(tables);
	MemoryContextSwitchTo(old);
	return scorer;
}

/*
 * Works out where windows and bands begin, looking back from as_of.
 */
void
scorer_aim_anew(Scorer *scorer, int32 as_of)
{
	uint32		i;
	uint32		j;

	for (i = 0; i < scorer->nspans; i++)
		scorer->spans[i].day = day_minus_span(as_of, scorer->spans[i].span);
	for (i = 0; i < scorer->ntouchpoints; i++)
	{
		ScorerTouchpoint *t = &scorer->touchpoints[i];

		t->after = DAY_MAX;
		for (j = 0; j < t->nrules; j++)
		{
			ScorerRule *r = &t->rules[j];
			uint32		k;

			r->after = r->after_span >= 0 ? scorer->spans[r->after_span].day : DAY_BEFORE_ALL;
			t->after = Min(t->after, r->after);
			if (r->band_after != NULL)
			{
				for (k = 0; k < r->rule->nbands; k++)
					r->band_after[k] = scorer->spans[r->band_spans[k]].day;
			}
		}
	}
	scorer->as_of = as_of;
	scorer->aimed = true;
}

/*
 * A constant only: an external parameter may change between the calls of a
 * PL/pgSQL expression, which keeps its fn_extra.
 */
static bool
argument_is_constant(Node *call, int argno)
{
	List	   *args = NIL;
	Node	   *arg;

	if (call == NULL)
		return false;
	if (IsA(call, FuncExpr))
		args = ((FuncExpr *) call)->args;
	else if (IsA(call, Aggref))
		args = ((Aggref *) call)->args;
	if (argno >= list_length(args))
		return false;
	arg = list_nth(args, argno);
	if (IsA(arg, TargetEntry))
		arg = (Node *) ((TargetEntry *) arg)->expr;
	return IsA(arg, Const);
}

ScorerCache *
scorer_cache_make(FmgrInfo *flinfo, Node *call, int argno, uint32 limit)
{
	ScorerCache *cache = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(ScorerCache));

	cache->context = flinfo->fn_mcxt;
	cache->limit = limit;
	cache->constant = argument_is_constant(call, argno);
	flinfo->fn_extra = cache;
	return cache;
}

/* forgets all scorers when there are too many; a scorer is soon made again */
static void
make_room(ScorerCache *cache)
{
	scorers_iterator it;
	ScorerEntry *entry;

	if (cache->limit == 0 || cache->scorers->members < cache->limit)
		return;
	scorers_start_iterate(cache->scorers, &it);
	while ((entry = scorers_iterate(cache->scorers, &it)) != NULL)
		MemoryContextDelete(entry->scorer->context);
	scorers_reset(cache->scorers);
	cache->latest = NULL;
}

/* remembers the value that asked for the latest scorer */
static void
remember_argument(ScorerCache *cache, struct varlena *argument)
{
	Size		size = VARSIZE_ANY(argument);

	if (size > cache->argument_room)
	{
		if (cache->argument != NULL)
			pfree(cache->argument);
		cache->argument_room = 0;
		cache->argument = MemoryContextAlloc(cache->context, size);
		cache->argument_room = size;
	}
	memcpy(cache->argument, argument, size);
}

/*
 * The scorer of a grid, which is known by its bytes: a grid that comes out of
 * a table lies elsewhere in every row.  Large ones are compressed there, so
 * the value is first held against the last one as it is.  (Not so a pointer to
 * where it lies out of line: in time it may come to mean something else.)
 */
Scorer *
scorer_look_up(ScorerCache *cache, Datum datum)
{
	struct varlena *argument = (struct varlena *) DatumGetPointer(datum);
	bool		inlined = !VARATT_IS_EXTERNAL(argument);
	Grid	   *grid;
	ScorerEntry *entry;

	if (inlined && cache->latest != NULL && cache->argument != NULL &&
		VARSIZE_ANY(argument) == VARSIZE_ANY(cache->argument) &&
		memcmp(argument, cache->argument, VARSIZE_ANY(argument)) == 0)
		return cache->latest;

	grid = DatumGetGridP(datum);
	if (cache->scorers == NULL)
		cache->scorers = scorers_create(cache->context, 4, NULL);
	entry = scorers_lookup(cache->scorers, grid);
	if (entry != NULL)
		cache->latest = entry->scorer;
	else
	{
		Scorer	   *scorer = scorer_make(grid, cache->context);
		bool		found;

		make_room(cache);
		entry = scorers_insert(cache->scorers, scorer->grid, &found);
		entry->scorer = scorer;
		cache->latest = scorer;
	}
	if ((Pointer) grid != DatumGetPointer(datum))
		pfree(grid);
	if (inlined)
		remember_argument(cache, argument);
	else if (cache->argument != NULL)
		SET_VARSIZE(cache->argument, VARHDRSZ);
	return cache->latest;
}

/*
 * The most common rule, a fading "each", without going through its accumulator
 * for each entry, and no further back than anything has a weight.
 */
static void
read_fading(const ScorerRule *rule, int32 as_of, int32 until, Tally *tally,
			const TouchpointCursor *c)
{
	WeightTable *weights = rule->weights;
	int64		after = Max(rule->after, (int64) as_of - weights->size);
	uint64		single = 0;		/* 2^30 a day fit, whatever the calendar */
	EntryCursor e;
	TimelineEntry entry;

	start_entries(&e, c);
	while (next_entry(&e, &entry) && entry.day > after)
	{
		int32		weight;

		if (entry.day > until)
			continue;
		if (unlikely(entry.count > 1))
		{
			rule_add(rule, as_of, tally, entry.day, entry.count, 0, 0);
			continue;
		}
		weight = weights->weight[as_of - entry.day];
		if (unlikely(weight == WEIGHT_UNKNOWN))
			weight = weight_fill(weights, as_of - entry.day);
		single += weight;
	}
	each_add(rule, tally, single);
}

static void
read_entries(const Scorer *scorer, const ScorerTouchpoint *t, int32 until,
			 Tally *tally, const TouchpointCursor *c)
{
	EntryCursor e;
	TimelineEntry entry;

	start_entries(&e, c);
	while (next_entry(&e, &entry))
	{
		uint32		i;

		CHECK_FOR_INTERRUPTS();
		if (entry.day > until)
			continue;
		if (t->watch >= 0)
			tally[t->watch] = 1;
		if (entry.day <= t->after)
			break;
		for (i = 0; i < t->nrules; i++)
			rule_add(&t->rules[i], scorer->as_of, tally, entry.day,
					 entry.count, entry.valued, entry.value);
		if (t->latest_only)
			break;
	}
}

void
scorer_read(const Scorer *scorer, Tally *tally, const struct varlena *timeline,
			int32 until)
{
	TouchpointCursor c;
	int32		next = 0;		/* both are in one order: the likely match */

	start_touchpoints(&c, VARDATA_ANY(timeline), VARSIZE_ANY_EXHDR(timeline));
	while (next_touchpoint(&c))
	{
		const ScorerTouchpoint *t;
		int32		i = next;
		uint64		first;
		uint64		last;

		CHECK_FOR_INTERRUPTS();
		name_ends(c.name, c.name_len, &first, &last);
		if (i >= (int32) scorer->ntouchpoints ||
			!is_touchpoint(&scorer->touchpoints[i], c.name, c.name_len, first, last))
			i = scorer_find(scorer, c.name, c.name_len);
		if (i < 0)
			continue;
		next = i + 1;
		t = &scorer->touchpoints[i];
		if (t->fading)
			read_fading(t->rules, scorer->as_of, until, tally, &c);
		else
			read_entries(scorer, t, until, tally, &c);
	}
}

void
scorer_total(const Scorer *scorer, const Tally *tally, Points *points)
{
	const ScorerRule *end = scorer->rules + scorer->nrules;
	int128		score = 0;
	int128		penalty = 0;

	for (const ScorerRule *rule = scorer->rules; rule < end; rule++)
	{
		int128		result = rule_result(rule, scorer->as_of, tally);

		score += result;
		if (result < 0)
			penalty += result;
	}
	points->score = score;
	points->penalty = penalty;
}

void
scorer_points(Scorer *scorer, const struct varlena *timeline, int32 as_of,
			  int32 until, Points *points)
{
	scorer_aim(scorer, as_of);
	memset(scorer->tally, 0, scorer->tally_size);
	scorer_read(scorer, scorer->tally, timeline, until);
	scorer_total(scorer, scorer->tally, points);
}
