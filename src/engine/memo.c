/*
 * memo.c
 *		What timelines scored, remembered from one call site to the next.
 *
 * A row that shows a score, its tier and its penalty asks for the same points
 * at three call sites, each with a scorer of its own.  So the points are kept,
 * with what they were worked out from: the next site compares a hundred bytes
 * or so instead of reading them.
 *
 * Nothing is known by where it lies, for memory is used again.  A timeline is
 * known by its bytes, as they are in the row (a compressed one is then not even
 * decompressed), a grid by a number that no other one has.  The room for it all
 * is fixed, and survives errors and transactions: what is in it stays true.
 */
#include "engine/memo.h"

#include "utils/memutils.h"

#include "timeline/timeline_argument.h"

/* grids that are known by number, and bytes of each; a larger one is always new */
#define NUMBERED_GRIDS	16
#define NUMBERED_SIZE	65536

/* bytes of a timeline; a larger one is not remembered */
#define MEMO_TIMELINE	16384

typedef struct NumberedGrid
{
	uint64		number;
	Grid	   *grid;			/* a copy, NULL: none yet */
} NumberedGrid;

typedef struct Memo
{
	uint64		grid;			/* its number */
	int32		as_of;
	uint32		size;			/* of the timeline, 0: nothing is remembered */
	Points		points;
	char		timeline[MEMO_TIMELINE];
} Memo;

/*
 * The number of a grid.  Equal grids have the same, unless more came between
 * them than are kept; different grids never do.
 */
static uint64
number_of_grid(const Grid *grid)
{
	static NumberedGrid known[NUMBERED_GRIDS];
	static uint64 last = 0;
	NumberedGrid *oldest;
	Grid	   *copy;

	for (int i = 0; i < NUMBERED_GRIDS; i++)
	{
		if (known[i].grid != NULL && same_grid(known[i].grid, grid))
			return known[i].number;
	}
	last++;
	if (VARSIZE(grid) > NUMBERED_SIZE)
		return last;
	copy = MemoryContextAlloc(TopMemoryContext, VARSIZE(grid));
	memcpy(copy, grid, VARSIZE(grid));
	oldest = &known[last % NUMBERED_GRIDS];
	if (oldest->grid != NULL)
		pfree(oldest->grid);
	oldest->grid = copy;
	oldest->number = last;
	return last;
}

#ifdef USE_ASSERT_CHECKING
static void
AssertCheckPoints(const Points *points, Scorer *scorer, struct varlena *timeline,
				  int32 as_of)
{
	Points		again;

	scorer_points(scorer, timeline_argument(PointerGetDatum(timeline)), as_of, as_of, &again);
	Assert(points->score == again.score && points->penalty == again.penalty);
}
#else
#define AssertCheckPoints(points, scorer, timeline, as_of)	((void) 0)
#endif

/*
 * What a grid gives a timeline, an SQL argument, on a day: until the next call.
 *
 * Each grid and day that a row may ask for has a memo of its own: the numbers
 * of the grids that are kept leave different remainders, and so do days as they
 * are compared, 7 or 30 or 365 apart.  Where two do share one, it costs time.
 */
const Points *
points_of(Scorer *scorer, Datum argument, int32 as_of)
{
	static Memo memos[NUMBERED_GRIDS];
	struct varlena *timeline = (struct varlena *) DatumGetPointer(argument);
	Memo	   *memo;
	uint32		size;

	/* where it lies out of line says nothing: in time another may lie there */
	if (VARATT_IS_EXTERNAL(timeline))
		timeline = timeline_argument(argument);
	size = VARSIZE_ANY(timeline);
	if (unlikely(scorer->number == 0))
		scorer->number = number_of_grid(scorer->grid);
	memo = &memos[(scorer->number + (uint32) as_of) % lengthof(memos)];
	if (memo->size == size && memo->grid == scorer->number && memo->as_of == as_of &&
		memcmp(memo->timeline, timeline, size) == 0)
	{
		AssertCheckPoints(&memo->points, scorer, timeline, as_of);
		return &memo->points;
	}

	memo->size = 0;				/* if there is an error, nothing */
	scorer_points(scorer, timeline_argument(PointerGetDatum(timeline)), as_of, as_of,
				  &memo->points);
	if (size <= MEMO_TIMELINE)
	{
		memo->grid = scorer->number;
		memo->as_of = as_of;
		memcpy(memo->timeline, timeline, size);
		memo->size = size;
	}
	return &memo->points;
}
