/*
 * scorer.c
 *		Makes a grid ready to score, aims it at a day, and reads timelines
 *		with it.
 */
#include "scorer.h"

#include "nodes/pg_list.h"
#include "utils/memutils.h"

/* no weight is left after so many half-lives: 2^-31 * 10^9 rounds to 0 */
#define HALF_LIVES_MAX	31

/* so many half-lives have a table of weights; those of others are computed */
#define WEIGHT_TABLES_MAX	64

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

/* rules with the same half-life share one table, filled as ages are met */
static WeightTable *
weight_table(List **tables, int64 hours)
{
	ListCell   *lc;
	WeightTable *table;
	int64		days = HALF_LIVES_MAX * hours / HOURS_PER_DAY + 1;
	int32		size = (int32) Min(days, WEIGHT_TABLE_MAX);
	int			i;

	foreach(lc, *tables)
	{
		table = lfirst(lc);
		if (table->hours == hours)
			return table;
	}
	if (list_length(*tables) == WEIGHT_TABLES_MAX)
		size = 0;
	table = palloc(offsetof(WeightTable, weight) + size * sizeof(int32));
	table->hours = hours;
	table->size = size;
	table->complete = (days <= size);
	for (i = 0; i < size; i++)
		table->weight[i] = WEIGHT_UNKNOWN;
	if (size > 0)
		*tables = lappend(*tables, table);
	return table;
}

static void
init_rule(Scorer *scorer, ScorerRule *r, const GridRule *rule, List **tables)
{
	const Grid *grid = scorer->grid;
	const GridTouchpoint *touchpoint = &GRID_TOUCHPOINTS(grid)[rule->touchpoint];

	r->rule = rule;
	r->name = GRID_NAMES(grid) + touchpoint->name.offset;
	r->name_len = touchpoint->name.len;
	r->bands = GRID_BANDS(grid) + rule->first_band;
	r->unless = GRID_UNLESS(grid) + rule->first_unless;
	if (rule->has & RULE_HAS_HALF_LIFE)
		r->weights = weight_table(tables, span_hours(rule->half_life));
	if (rule->head == RULE_LATEST_BANDS)
		r->band_after = palloc(rule->nbands * sizeof(int32));
	if (rule->has & RULE_HAS_PER_DAY)
		scorer->has_per_day = true;
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
	t->each_only = (t->nrules == 1 && rules[0].head == RULE_EACH && t->watch < 0);
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

	if (grid->version != GRID_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("grid has format version %u, this library reads version %u",
						grid->version, GRID_VERSION),
				 errhint("Install the version of scoring that wrote it, or a later one.")));

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
	scorer->tally_size = MAXALIGN(scorer->nwatched);
	for (i = 0; i < grid->nrules; i++)
		init_rule(scorer, &scorer->rules[i], &GRID_RULES(scorer->grid)[i], &tables);
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

	for (i = 0; i < scorer->ntouchpoints; i++)
	{
		ScorerTouchpoint *t = &scorer->touchpoints[i];

		t->after = DAY_MAX;
		for (j = 0; j < t->nrules; j++)
		{
			ScorerRule *r = &t->rules[j];
			uint32		k;

			r->after = (r->rule->has & RULE_HAS_WITHIN)
				? day_minus_span(as_of, r->rule->within) : DAY_BEFORE_ALL;
			t->after = Min(t->after, r->after);
			if (r->band_after != NULL)
			{
				for (k = 0; k < r->rule->nbands; k++)
					r->band_after[k] = day_minus_span(as_of, r->bands[k].from.span);
			}
		}
	}
	scorer->as_of = as_of;
	scorer->aimed = true;
}

void
scorer_cache_init(ScorerCache *cache, MemoryContext context, int limit)
{
	memset(cache, 0, sizeof(ScorerCache));
	cache->context = context;
	cache->limit = limit;
}

/*
 * The scorer of a grid, which is known by its bytes: a grid that comes out of
 * a table lies elsewhere in every row.
 */
Scorer *
scorer_of_grid(ScorerCache *cache, Datum datum)
{
	Grid	   *grid = DatumGetGridP(datum);
	Scorer	   *scorer = NULL;
	int			i;

	/* the last one is the likely one */
	if (cache->latest != NULL && same_grid(cache->latest->grid, grid))
		scorer = cache->latest;
	for (i = 0; scorer == NULL && i < cache->nscorers; i++)
	{
		if (same_grid(cache->scorers[i]->grid, grid))
			scorer = cache->scorers[i];
	}
	if (scorer == NULL)
	{
		scorer = scorer_make(grid, cache->context);
		if (cache->limit > 0 && cache->nscorers == cache->limit)
		{
			MemoryContextDelete(cache->scorers[cache->turn]->context);
			cache->scorers[cache->turn] = scorer;
			cache->turn = (cache->turn + 1) % cache->limit;
		}
		else
		{
			if (cache->nscorers == cache->capacity)
			{
				int			capacity = Max(2 * cache->capacity, 4);

				cache->scorers = cache->scorers == NULL
					? MemoryContextAlloc(cache->context, capacity * sizeof(Scorer *))
					: repalloc(cache->scorers, capacity * sizeof(Scorer *));
				cache->capacity = capacity;
			}
			cache->scorers[cache->nscorers++] = scorer;
		}
	}
	if ((Pointer) grid != DatumGetPointer(datum))
		pfree(grid);
	cache->latest = scorer;
	return scorer;
}

/*
 * The most common rule, without going through its accumulator for each entry.
 */
static void
read_each(const ScorerRule *rule, int32 as_of, int32 until, Tally *tally,
		  const TouchpointCursor *c)
{
	uint64		single = 0;		/* 2^30 a day fit, whatever the calendar */
	EntryCursor e;
	TimelineEntry entry;

	start_entries(&e, c);
	while (next_entry(&e, &entry) && entry.day > rule->after)
	{
		if (entry.day > until)
			continue;
		if (entry.count == 1)
			single += rule_weight(rule, as_of - entry.day);
		else
			rule_add(rule, as_of, tally, entry.day, entry.count, 0, 0);
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
		if (t->each_only)
			read_each(t->rules, scorer->as_of, until, tally, &c);
		else
			read_entries(scorer, t, until, tally, &c);
	}
}

int128
scorer_total(const Scorer *scorer, const Tally *tally)
{
	int128		total = 0;
	uint32		i;

	for (i = 0; i < scorer->nrules; i++)
		total += rule_result(scorer, &scorer->rules[i], tally);
	return total;
}

int128
scorer_score(Scorer *scorer, const struct varlena *timeline, int32 as_of, int32 until)
{
	scorer_aim(scorer, as_of);
	memset(scorer->tally, 0, scorer->tally_size);
	scorer_read(scorer, scorer->tally, timeline, until);
	return scorer_total(scorer, scorer->tally);
}
