/*
 * grid_build.c
 *		Grids from tables: the aggregates grid(touchpoint, rule) and
 *		grid(touchpoint, within, points).
 *
 * The state is an array of text, so that it can be shipped, stored and merged
 * by array_cat(): for each row its cells, two of a rule (touchpoint, JSON) or
 * three of a band (touchpoint, interval or NULL, points).  Within an aggregate
 * it is an expanded array that grows in place.  The final function sorts the
 * rows, writes them as JSON and has that read, so all checks are those of any
 * grid, and no order of rows makes a difference.
 */
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "grid/grid_io.h"
#include "grid/grid_place.h"

#define MAX_CELLS	3

typedef struct Row
{
	const char *cells[MAX_CELLS];
} Row;

PG_FUNCTION_INFO_V1(grid_collect_rule);
PG_FUNCTION_INFO_V1(grid_collect_band);
PG_FUNCTION_INFO_V1(grid_of_rules);
PG_FUNCTION_INFO_V1(grid_of_bands);

/* the state in argument 0, ready to be changed in place */
static ExpandedArrayHeader *
open_state(FunctionCallInfo fcinfo)
{
	MemoryContext context;
	MemoryContext caller;
	ExpandedArrayHeader *state;

	if (!AggCheckCallContext(fcinfo, &context))
		context = CurrentMemoryContext;
	if (PG_ARGISNULL(0))
		return construct_empty_expanded_array(TEXTOID, context, NULL);
	caller = MemoryContextSwitchTo(context);
	state = DatumGetExpandedArray(PG_GETARG_DATUM(0));
	MemoryContextSwitchTo(caller);
	return state;
}

static void
reject_state(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("state of a grid is not what the aggregate has made")));
}

static void
append_cell(ExpandedArrayHeader *state, const char *cell)
{
	Datum		element = cell ? CStringGetTextDatum(cell) : (Datum) 0;
	int			index = 1;

	if (state->ndims == 1)
		index = state->lbound[0] + state->dims[0];
	else if (state->ndims != 0)
		reject_state();
	array_set_element(EOHPGetRWDatum(&state->hdr), 1, &index, element,
					  cell == NULL, -1, -1, false, TYPALIGN_INT);
}

static char *
touchpoint_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("touchpoint of a grid must not be null"),
				 errhint("Leave the row out, for example with FILTER (WHERE touchpoint IS NOT NULL).")));
	return text_to_cstring(PG_GETARG_TEXT_PP(1));
}

/*
 * grid_collect_rule(text[], touchpoint text, rule jsonb) -> text[]: transition
 * function of grid(touchpoint, rule).  The rule may be an array of rules.  NULL
 * is an error: a row that says nothing is a mistake, not a rule of 0.
 */
Datum
grid_collect_rule(PG_FUNCTION_ARGS)
{
	ExpandedArrayHeader *state = open_state(fcinfo);
	char	   *touchpoint = touchpoint_argument(fcinfo);
	Jsonb	   *rule;
	uint32		n;
	uint32		i;

	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("rule of a grid must not be null"),
				 errdetail("Touchpoint \"%s\".", clip(touchpoint)),
				 errhint("Leave the row out, for example with FILTER (WHERE rule IS NOT NULL).")));
	rule = PG_GETARG_JSONB_P(2);
	if (!JB_ROOT_IS_ARRAY(rule) || JB_ROOT_IS_SCALAR(rule))
	{
		append_cell(state, touchpoint);
		append_cell(state, JsonbToCString(NULL, &rule->root, VARSIZE(rule)));
		PG_RETURN_DATUM(EOHPGetRWDatum(&state->hdr));
	}
	n = JB_ROOT_COUNT(rule);
	if (n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the array of rules is empty"),
				 errdetail("Touchpoint \"%s\".", clip(touchpoint)),
				 errhint("Write at least one rule, or leave the row out.")));
	for (i = 0; i < n; i++)
	{
		JsonbValue *value = getIthJsonbValueFromContainer(&rule->root, i);
		Jsonb	   *one = JsonbValueToJsonb(value);

		append_cell(state, touchpoint);
		append_cell(state, JsonbToCString(NULL, &one->root, VARSIZE(one)));
	}
	PG_RETURN_DATUM(EOHPGetRWDatum(&state->hdr));
}

/*
 * An interval as a span.  PostgreSQL keeps months, days and time apart, years as
 * months and weeks as days; only one of them may be there.
 */
static Span
span_of_interval(const Interval *interval, const char *touchpoint)
{
	Span		span = {0};
	Datum		text;

	if (interval->time == 0 && interval->month == 0 && interval->day > 0)
	{
		span.quantity = interval->day;
		span.unit = SPAN_DAYS;
	}
	else if (interval->time == 0 && interval->day == 0 && interval->month > 0)
	{
		bool		years = interval->month % 12 == 0;

		span.quantity = years ? interval->month / 12 : interval->month;
		span.unit = years ? SPAN_YEARS : SPAN_MONTHS;
	}
	else
	{
		text = DirectFunctionCall1(interval_out, IntervalPGetDatum(interval));
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("interval \"%s\" cannot be a band of a grid",
						DatumGetCString(text)),
				 errdetail("Touchpoint \"%s\".", clip(touchpoint)),
				 errhint("A band is a positive whole number of days or weeks, or of months or years, not both, and without hours.")));
	}
	return span;
}

/*
 * grid_collect_band(text[], touchpoint text, within interval, points float8) ->
 * text[]: transition function of grid(touchpoint, within, points).  A NULL
 * interval is "older".  Points are the shortest decimal that is this float8, so
 * 0.1 is 0.1; NULL or not finite is an error.
 */
Datum
grid_collect_band(PG_FUNCTION_ARGS)
{
	ExpandedArrayHeader *state = open_state(fcinfo);
	char	   *touchpoint = touchpoint_argument(fcinfo);
	char	   *within = NULL;
	char		points[DOUBLE_SHORTEST_DECIMAL_LEN];

	if (PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("points of a grid must not be null"),
				 errdetail("Touchpoint \"%s\".", clip(touchpoint)),
				 errhint("Leave the row out, for example with FILTER (WHERE points IS NOT NULL), or write 0.")));
	if (!isfinite(PG_GETARG_FLOAT8(3)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("points of a grid must be finite"),
				 errdetail("Touchpoint \"%s\".", clip(touchpoint))));
	if (!PG_ARGISNULL(2))
		within = span_text(span_of_interval(PG_GETARG_INTERVAL_P(2),
											touchpoint));
	double_to_shortest_decimal_buf(PG_GETARG_FLOAT8(3), points);

	append_cell(state, touchpoint);
	append_cell(state, within);
	append_cell(state, points);
	PG_RETURN_DATUM(EOHPGetRWDatum(&state->hdr));
}

static int
compare_rows(const void *a, const void *b)
{
	const Row  *left = a;
	const Row  *right = b;
	int			i;

	for (i = 0; i < MAX_CELLS; i++)
	{
		const char *l = left->cells[i];
		const char *r = right->cells[i];
		int			order = l && r ? strcmp(l, r) : (l == NULL) - (r == NULL);

		if (order != 0)
			return order;
	}
	return 0;
}

/* the rows of a state, sorted */
static Row *
read_state(ArrayType *state, int ncells, int *nrows)
{
	Datum	   *cells;
	bool	   *nulls;
	int			n;
	Row		   *rows;
	int			i;

	deconstruct_array(state, TEXTOID, -1, false, TYPALIGN_INT,
					  &cells, &nulls, &n);
	*nrows = n / ncells;
	rows = palloc0(*nrows * sizeof(Row) + 1);
	for (i = 0; i < n; i++)
	{
		/* only the interval of a band may be absent */
		if (n % ncells != 0 || (nulls[i] && !(ncells == 3 && i % ncells == 1)))
			reject_state();
		if (!nulls[i])
			rows[i / ncells].cells[i % ncells] = TextDatumGetCString(cells[i]);
	}
	qsort(rows, *nrows, sizeof(Row), compare_rows);
	return rows;
}

static bool
same_touchpoint(const Row *a, const Row *b)
{
	return strcmp(a->cells[0], b->cells[0]) == 0;
}

/*
 * grid_of_rules(text[]) -> grid: final function of grid(touchpoint, rule).  The
 * rules of a touchpoint are those of all its rows.
 */
Datum
grid_of_rules(PG_FUNCTION_ARGS)
{
	StringInfoData json;
	int			nrows;
	Row		   *rows = read_state(PG_GETARG_ARRAYTYPE_P(0), 2, &nrows);
	int			i;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	for (i = 0; i < nrows; i++)
	{
		bool		first = i == 0 || !same_touchpoint(&rows[i - 1], &rows[i]);
		bool		last = i + 1 == nrows ||
		!same_touchpoint(&rows[i], &rows[i + 1]);

		if (i > 0)
			appendStringInfoString(&json, ", ");
		if (first)
		{
			escape_json(&json, rows[i].cells[0]);
			appendStringInfoString(&json, ": ");
			if (!last)
				appendStringInfoChar(&json, '[');
		}
		appendStringInfoString(&json, rows[i].cells[1]);
		if (last && !first)
			appendStringInfoChar(&json, ']');
	}
	appendStringInfoChar(&json, '}');
	PG_RETURN_POINTER(grid_of_text(json.data, json.len, NULL));
}

/*
 * grid_of_bands(text[]) -> grid: final function of grid(touchpoint, within,
 * points).  The rows of a touchpoint are the bands of one rule; those without
 * an interval sort last and are "older".
 */
Datum
grid_of_bands(PG_FUNCTION_ARGS)
{
	StringInfoData json;
	int			nrows;
	Row		   *rows = read_state(PG_GETARG_ARRAYTYPE_P(0), 3, &nrows);
	int			i;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	for (i = 0; i < nrows; i++)
	{
		const Row  *row = &rows[i];
		bool		first = i == 0 || !same_touchpoint(row - 1, row);
		bool		last = i + 1 == nrows || !same_touchpoint(row, row + 1);
		bool		in_bands = !first && row[-1].cells[1] != NULL;

		if (first)
		{
			if (i > 0)
				appendStringInfoString(&json, ", ");
			escape_json(&json, row->cells[0]);
			appendStringInfoString(&json, ": {\"latest\": {");
			in_bands = true;
		}
		if (row->cells[1] != NULL)
			appendStringInfo(&json, "%s\"%s\": %s", first ? "" : ", ",
							 row->cells[1], row->cells[2]);
		else
			appendStringInfo(&json, "%s, \"older\": %s", in_bands ? "}" : "",
							 row->cells[2]);
		if (last)
			appendStringInfoString(&json,
								   row->cells[1] != NULL ? "}}" : "}");
	}
	appendStringInfoChar(&json, '}');
	PG_RETURN_POINTER(grid_of_text(json.data, json.len, NULL));
}
