/*
 * run.c
 *		Running what users wrote: expressions over their relations, keys, views.
 *
 * Names in it are looked up in pg_catalog and scoring, where nobody but a
 * superuser can put any, and not in _scoring: what a user writes means the same
 * here as in a session of theirs.  The path is the functions' own (SET), in sql/.
 */
#include "compat.h"

#include "catalog/pg_proc.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* the query's parameters: the function's arguments from the second on */
static ParamListInfo
parameters(FunctionCallInfo fcinfo)
{
	ParamListInfo list = makeParamList(PG_NARGS() - 1);

	for (int i = 0; i < list->numParams; i++)
	{
		ParamExternData *p = &list->params[i];

		p->value = fcinfo->args[i + 1].value;
		p->isnull = fcinfo->args[i + 1].isnull;
		p->pflags = PARAM_FLAG_CONST;
		p->ptype = get_fn_expr_argtype(fcinfo->flinfo, i + 1);
		if (!OidIsValid(p->ptype))
			elog(ERROR, "could not determine type of parameter %d", i + 1);
	}
	return list;
}

/* runs the query that is the first argument; rows go to dest, if there is one */
static int64
run_query(FunctionCallInfo fcinfo, DestReceiver *dest)
{
	SPIExecuteOptions options = {0};
	int64		rows;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a query to be run must not be null")));
	options.params = parameters(fcinfo);
	/* as a function in SQL would: one that is stable sees what its caller sees */
	options.read_only = func_volatile(fcinfo->flinfo->fn_oid) != PROVOLATILE_VOLATILE;
	options.must_return_tuples = dest != NULL;
	options.dest = dest;
	SPI_connect();
	if (SPI_execute_extended(text_to_cstring(PG_GETARG_TEXT_PP(0)), &options) < 0)
		elog(ERROR, "a query could not be run");
	rows = SPI_processed;
	SPI_finish();
	return rows;
}

PG_FUNCTION_INFO_V1(scoring_run);

/*
 * run(command text [, VARIADIC parameters "any"])
 *
 * Runs a command; how many rows it concerned.  Errors: none was given (22004);
 * those of the command.
 */
Datum
scoring_run(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(run_query(fcinfo, NULL));
}

PG_FUNCTION_INFO_V1(scoring_rows_of);

/*
 * rows_of(query text [, VARIADIC parameters "any"])
 *
 * The rows that a query gives.  Errors: none was given (22004); those of the
 * query; rows that are not of the types that its caller lists.
 */
Datum
scoring_rows_of(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	DestReceiver *dest;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	dest = CreateTuplestoreDestReceiver();
	SetTuplestoreDestReceiverParams(dest, rsinfo->setResult,
									rsinfo->econtext->ecxt_per_query_memory, false,
									rsinfo->setDesc,
									gettext_noop("structure of query does not match function result type"));
	run_query(fcinfo, dest);
	dest->rDestroy(dest);
	return (Datum) 0;
}
