/*
 * refresh.c
 *		CALL refresh(base): the steps, each a transaction of its own where the
 *		caller leaves that to us.
 *
 * What a step does is SQL (refresh_step() in sql/): the state that one step
 * hands to the next is a text in this process, and nothing depends on its
 * getting there.  A refresh that ends early, in whatever way, leaves marks,
 * pending customers and timelines as its last committed step left them.
 */
#include "base/face.h"
#include "base/lock.h"
#include "base/owner.h"

#include "catalog/pg_type.h"
#include "access/xact.h"
#include "executor/spi.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

PG_FUNCTION_INFO_V1(scoring_refresh);

/*
 * refresh_step(base, state): the next state, NULL when there is nothing left.
 * Of what it takes to get there nothing stays: there may be thousands of steps.
 * The first step, when there is more to do, leaves in `kept` the lock that the
 * session keeps between the transactions; NULL: there is only the caller's.
 */
static char *
step(const char *base, const char *state, LockRelId *kept)
{
	Oid			types[2] = {TEXTOID, JSONBOID};
	LOCAL_FCINFO(call, 2);
	FmgrInfo	body;
	OwnerSwitch was;
	Datum		result;
	char	   *next = NULL;
	MemoryContext outside = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(outside, "refresh step",
												  ALLOCSET_SMALL_SIZES);

	MemoryContextSwitchTo(context);
	fmgr_info(body_named("refresh_step", buildoidvector(types, 2)), &body);
	InitFunctionCallInfoData(*call, &body, 2, InvalidOid, NULL, NULL);
	call->args[0].value = CStringGetTextDatum(base);
	call->args[0].isnull = false;
	call->args[1].value = state ? DirectFunctionCall1(jsonb_in, CStringGetDatum(state)) : (Datum) 0;
	call->args[1].isnull = state == NULL;

	/* a commit has left us without one */
	PushActiveSnapshot(GetTransactionSnapshot());
	act_as_owner(base, &was);
	result = FunctionCallInvoke(call);
	if (kept != NULL && state == NULL && !call->isnull)
		keep_refreshing(base, kept);
	act_as_before(&was);
	if (!call->isnull)
		next = MemoryContextStrdup(outside, DatumGetCString(DirectFunctionCall1(jsonb_out, result)));
	PopActiveSnapshot();
	MemoryContextSwitchTo(outside);
	MemoryContextDelete(context);
	return next;
}

/*
 * CALL refresh(base text)
 *
 * Re-reads the customers that changed since the last refresh.  In batches that
 * commit when it is called by itself; in one piece, in the caller's
 * transaction, inside a transaction block or a function.  Errors: no such base;
 * a caller without the privileges of its owner.
 */
Datum
scoring_refresh(PG_FUNCTION_ARGS)
{
	bool		atomic = !(fcinfo->context && IsA(fcinfo->context, CallContext) &&
						   !castNode(CallContext, fcinfo->context)->atomic);
	char	   *base;
	char	   *state = NULL;
	char	   *next;
	LockRelId	kept = {InvalidOid, InvalidOid};

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("base must not be null")));
	SPI_connect_ext(atomic ? 0 : SPI_OPT_NONATOMIC);
	base = text_to_cstring(PG_GETARG_TEXT_PP(0));
	do
	{
		if (!atomic)
		{
			/*
			 * A step takes the marks first and reads the sources afterwards,
			 * each with a snapshot of its own.  (And nobody's serializable
			 * transaction should fail because of ours.)
			 */
			SPI_commit();
			SetConfigOption("transaction_isolation", "read committed",
							PGC_USERSET, PGC_S_SESSION);
		}
		CHECK_FOR_INTERRUPTS();
		next = step(base, state, atomic ? NULL : &kept);
		if (state != NULL)
			pfree(state);
		state = next;
	} while (state != NULL);
	if (OidIsValid(kept.relId))
	{
		/* until the last step is there for the next refresh to see */
		SPI_commit();
		end_refreshing(&kept);
	}
	SPI_finish();
	PG_RETURN_VOID();
}
