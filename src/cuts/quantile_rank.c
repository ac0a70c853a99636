/*
 * quantile_rank.c
 *		quantile_rank(n) OVER (ORDER BY x): tiers for ad-hoc work, by the
 *		formula of rank_cuts().
 */
#include "cuts/cut_state.h"
#include "cuts/cuts.h"

#include "windowapi.h"

/* where we are in a partition; all counts are of rows that are ranked */
typedef struct RankState
{
	bool		started;
	int64		rows;			/* of the partition, ranked or not */
	int64		total;
	int64		below;			/* before the present peers */
	int64		equal;			/* among them */
	int64		end;			/* the row that follows them */
} RankState;

/* is n of this row not NULL? */
static bool
row_is_ranked(WindowObject window, int64 row)
{
	bool		isnull;
	bool		isout;

	(void) WinGetFuncArgInPartition(window, 0, (int) row, WINDOW_SEEK_HEAD,
									false, &isnull, &isout);
	return !isnull;
}

/* counts the rows of the partition; those that are ranked, unless all are */
static void
start_partition(WindowObject window, RankState *state, bool all)
{
	state->rows = state->total = WinGetPartitionRowCount(window);
	state->started = true;
	if (all)
		return;
	if (state->rows > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many rows in a partition to leave some out"),
				 errdetail("There are " INT64_FORMAT ", and can be %d at most.",
						   state->rows, PG_INT32_MAX),
				 errhint("Leave them out by WHERE.")));
	state->total = 0;
	for (int64 row = 0; row < state->rows; row++)
	{
		CHECK_FOR_INTERRUPTS();
		state->total += row_is_ranked(window, row);
	}
}

/* from the first of the next peers to behind the last of them */
static void
next_peers(WindowObject window, RankState *state, bool all)
{
	state->below += state->equal;
	state->equal = 0;
	do
	{
		CHECK_FOR_INTERRUPTS();
		state->equal += all || row_is_ranked(window, state->end);
		state->end++;
	} while (state->end < state->rows &&
			 WinRowsArePeers(window, state->end - 1, state->end));
}

/*
 * quantile_rank(n int) returns int, a window function
 *
 * The tier, from 1 to n, of the present row in the order of its window: with L
 * rows before its peers, E peers and N rows in the partition, 1 + floor(n * (2L
 * + E) / 2N), in exact integers.  So peers are never parted, and without NULLs
 * it is tier(x, rank_cuts(x, n)).  The frame does not matter.
 *
 * A row whose n is NULL gives NULL and is not counted in any of these.  What
 * rows are ordered by is nothing that a window function can see: that is how
 * to keep those out that have no x.  n is from 2 to 10,000.
 */
PG_FUNCTION_INFO_V1(scoring_quantile_rank);
Datum
scoring_quantile_rank(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	RankState  *state = WinGetPartitionLocalMemory(window, sizeof(RankState));
	int64		row = WinGetCurrentPosition(window);
	bool		all = get_fn_expr_arg_stable(fcinfo->flinfo, 0);
	bool		isnull;
	int32		tiers;

	tiers = DatumGetInt32(WinGetFuncArgCurrent(window, 0, &isnull));
	if (isnull && all)
		PG_RETURN_NULL();

	if (!state->started)
		start_partition(window, state, all);
	WinSetMarkPosition(window, row);
	if (row == state->end)
		next_peers(window, state, all);
	if (isnull)
		PG_RETURN_NULL();
	check_tiers(tiers);
	/* n is read more than once for each row: NULL here and not there? */
	if (unlikely(state->equal == 0 ||
				 state->below + state->equal > state->total))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("n of quantile_rank must not be volatile"),
				 errhint("Compute it in a subquery with OFFSET 0, or in a column.")));
	PG_RETURN_INT32(tier_of_rank(state->below, state->equal, state->total,
								 tiers));
}
