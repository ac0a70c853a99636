/*
 * grid_io.c
 *		The grid type: text and binary form, casts, comparison.
 */
#include "grid/grid_io.h"

#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

#include "grid/grid_json.h"
#include "grid/grid_make.h"
#include "grid/grid_parse.h"
#include "grid/grid_text.h"

#define GRID_BINARY_VERSION	1

PG_FUNCTION_INFO_V1(grid_in);
PG_FUNCTION_INFO_V1(grid_out);
PG_FUNCTION_INFO_V1(grid_recv);
PG_FUNCTION_INFO_V1(grid_send);
PG_FUNCTION_INFO_V1(grid_from_jsonb);
PG_FUNCTION_INFO_V1(grid_to_jsonb);
PG_FUNCTION_INFO_V1(grid_eq);
PG_FUNCTION_INFO_V1(grid_ne);
PG_FUNCTION_INFO_V1(grid_lt);
PG_FUNCTION_INFO_V1(grid_le);
PG_FUNCTION_INFO_V1(grid_gt);
PG_FUNCTION_INFO_V1(grid_ge);
PG_FUNCTION_INFO_V1(grid_cmp);
PG_FUNCTION_INFO_V1(grid_hash);
PG_FUNCTION_INFO_V1(grid_hash_extended);

/*
 * Text to a grid.  Its canonical text can be longer, up to three times ("1e8"),
 * and must not be too long to be read again.
 */
Grid *
grid_of_text(char *text, size_t len, Node *escontext)
{
	uint32		nrules;
	LooseRule  *rules = grid_parse(text, len, &nrules, escontext);
	Grid	   *grid = rules ? grid_make(rules, nrules, escontext) : NULL;

	if (grid != NULL && len > GRID_MAX_TEXT / 4 &&
		!check_text_size(strlen(grid_text(grid)), escontext))
		return NULL;
	return grid;
}

/*
 * grid_in(cstring) -> grid: a JSON object with a rule, or an array of rules,
 * for each touchpoint.  Malformed text is an error (22P02) that names the
 * touchpoint and the key; the escape of a letter that the database's encoding
 * lacks is one (22P05), and so is a text over GRID_MAX_TEXT (54000).  All are
 * told softly to who asks for that.
 */
Datum
grid_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);

	PG_RETURN_POINTER(grid_of_text(text, strlen(text), fcinfo->context));
}

/* grid_out(grid) -> cstring: canonical JSON; equal grids have equal text */
Datum
grid_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(grid_text(PG_GETARG_GRID_P(0)));
}

/*
 * grid_recv(internal) -> grid: a version byte, then the JSON text in the
 * client's encoding, read as grid_in() reads it.
 */
Datum
grid_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgint(message, 1);
	char	   *text;
	int			len;

	if (version != GRID_BINARY_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary form of type grid"),
				 errdetail("Its version is %d; this version of scoring reads %d.",
						   version, GRID_BINARY_VERSION)));
	text = pq_getmsgtext(message, message->len - message->cursor, &len);
	PG_RETURN_POINTER(grid_of_text(text, len, NULL));
}

/* grid_send(grid) -> bytea: see grid_recv() */
Datum
grid_send(PG_FUNCTION_ARGS)
{
	char	   *text = grid_text(PG_GETARG_GRID_P(0));
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendbyte(&message, GRID_BINARY_VERSION);
	pq_sendtext(&message, text, (int) strlen(text));
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

/* grid_from_jsonb(jsonb) -> grid: the cast; errors as in grid_in() */
Datum
grid_from_jsonb(PG_FUNCTION_ARGS)
{
	Jsonb	   *json = PG_GETARG_JSONB_P(0);
	char	   *text = JsonbToCString(NULL, &json->root, VARSIZE(json));

	PG_RETURN_POINTER(grid_of_text(text, strlen(text), NULL));
}

/* grid_to_jsonb(grid) -> jsonb: the cast; jsonb has an order of keys of its own */
Datum
grid_to_jsonb(PG_FUNCTION_ARGS)
{
	char	   *text = grid_text(PG_GETARG_GRID_P(0));

	return DirectFunctionCall1(jsonb_in, CStringGetDatum(text));
}

/*
 * Indexes and sorts call what follows in memory that lives as long as they do:
 * so it works in a context of its own, one a call site, emptied after use.
 */
static MemoryContext
enter_scratch(FunctionCallInfo fcinfo)
{
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt,
														 "scoring grid operator",
														 ALLOCSET_SMALL_SIZES);
	return MemoryContextSwitchTo(fcinfo->flinfo->fn_extra);
}

static void
leave_scratch(FunctionCallInfo fcinfo, MemoryContext old)
{
	MemoryContextSwitchTo(old);
	MemoryContextReset(fcinfo->flinfo->fn_extra);
}

static bool
grids_equal(FunctionCallInfo fcinfo)
{
	MemoryContext old = enter_scratch(fcinfo);
	bool		equal = same_grid(PG_GETARG_GRID_P(0), PG_GETARG_GRID_P(1));

	leave_scratch(fcinfo, old);
	return equal;
}

/*
 * The order of grids is that of the bytes of their canonical texts: the same on
 * every machine, and of no other meaning.
 */
static int
compare_grids(FunctionCallInfo fcinfo)
{
	MemoryContext old = enter_scratch(fcinfo);
	Grid	   *a = PG_GETARG_GRID_P(0);
	Grid	   *b = PG_GETARG_GRID_P(1);
	int			order = same_grid(a, b) ? 0 : strcmp(grid_text(a), grid_text(b));

	leave_scratch(fcinfo, old);
	return order;
}

/* grid_eq, grid_ne(grid, grid) -> boolean: the same canonical text or not */
Datum
grid_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(grids_equal(fcinfo));
}

Datum
grid_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!grids_equal(fcinfo));
}

/* grid_lt, grid_le, grid_gt, grid_ge(grid, grid) -> boolean, for btree */
Datum
grid_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_grids(fcinfo) < 0);
}

Datum
grid_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_grids(fcinfo) <= 0);
}

Datum
grid_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_grids(fcinfo) > 0);
}

Datum
grid_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_grids(fcinfo) >= 0);
}

/* grid_cmp(grid, grid) -> integer: below, at or above 0 */
Datum
grid_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_grids(fcinfo));
}

/* grid_hash(grid) -> integer, grid_hash_extended(grid, bigint) -> bigint */
Datum
grid_hash(PG_FUNCTION_ARGS)
{
	MemoryContext old = enter_scratch(fcinfo);
	char	   *text = grid_text(PG_GETARG_GRID_P(0));
	Datum		hash = hash_any((unsigned char *) text, (int) strlen(text));

	leave_scratch(fcinfo, old);
	return hash;
}

Datum
grid_hash_extended(PG_FUNCTION_ARGS)
{
	MemoryContext old = enter_scratch(fcinfo);
	char	   *text = grid_text(PG_GETARG_GRID_P(0));
	uint64		hash = DatumGetUInt64(hash_any_extended((unsigned char *) text,
														(int) strlen(text),
														PG_GETARG_INT64(1)));

	leave_scratch(fcinfo, old);
	PG_RETURN_INT64((int64) hash);
}
