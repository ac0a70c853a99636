/*
 * lock.c
 *		The locks of a base.
 *
 * They are locks on two tables of the base that are always empty.  The key of
 * an advisory lock can be taken by anybody who may connect; a lock on a table
 * only by those who may write to it, and these may do worse.  From here it is
 * taken without asking for rights, once we act as the base's owner.
 *
 * `lock` is held by whoever changes the timelines or the registry of the base,
 * until the end of the transaction; a refresh has it step by step.
 * `refreshing` is held by a refresh from its first step to its last, across its
 * commits, so that no second one comes in between.  Whoever takes both takes
 * `refreshing` first; but only drop_base() ever waits for it.
 *
 * The modes.  pg_dump and readers (AccessShareLock) wait for none of them.
 * `lock` is taken in ShareUpdateExclusiveLock, the weakest mode that two cannot
 * have.  VACUUM, ANALYZE and REINDEX cannot have their modes beside it, nor
 * beside any other that excludes itself: who says VACUUM for a whole database
 * waits there for the end of a batch.  (Autovacuum has no business with empty
 * tables, except against wraparound.)
 *
 * A refresh may last much longer than a batch.  So it begins by ExclusiveLock on
 * `refreshing`, which its transaction holds; between its transactions the
 * session keeps RowExclusiveLock, beside which nobody gets ExclusiveLock, but
 * VACUUM its own.  As no command takes these modes on a table that nobody writes
 * to, they also tell others what goes on: ExclusiveLock is a refresh whose row
 * in `refreshes` nobody else sees yet, RowExclusiveLock one whose row is
 * committed.  start_refreshing() and the view `progress` look for these.
 */
#include "base/lock.h"

#include "access/htup_details.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "nodes/makefuncs.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(scoring_lock_base);
PG_FUNCTION_INFO_V1(scoring_lock_refreshing);

/*
 * Is it a table that only the owner of the base disposes of?  That is asked
 * before anything is locked, and each time the name turns out to mean another
 * table than a moment ago.
 */
static void
check_table(const RangeVar *table, Oid oid, Oid before, void *arg)
{
	HeapTuple	tuple;
	Form_pg_class form;

	if (!OidIsValid(oid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("base \"%s\" has no table \"%s\"", table->schemaname, table->relname),
				 errdetail("It is what sessions lock that work on the base."),
				 errhint("Make it again, as the base's owner: CREATE TABLE %s ();",
						 quote_qualified_identifier(table->schemaname, table->relname))));
	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(oid));
	if (!HeapTupleIsValid(tuple))
		return;					/* dropped just now: the name is looked up again */
	form = (Form_pg_class) GETSTRUCT(tuple);
	if (form->relkind != RELKIND_RELATION || form->relispartition)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" of base \"%s\" is not a plain table", table->relname, table->schemaname),
				 errhint("Drop it, and make it again, as the base's owner: CREATE TABLE %s ();",
						 quote_qualified_identifier(table->schemaname, table->relname))));
	if (form->relowner != GetUserId())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("table \"%s\" of base \"%s\" does not belong to role \"%s\"", table->relname, table->schemaname,
						GetUserNameFromId(GetUserId(), false)),
				 errdetail("Others could hold up whoever works on the base."),
				 errhint("Give it to the base's owner: ALTER TABLE %s OWNER TO ...;",
						 quote_qualified_identifier(table->schemaname, table->relname))));
	ReleaseSysCache(tuple);
}

/*
 * Locks a table of a base whose owner we act as, until the end of the
 * transaction; InvalidOid when that would mean to wait and `wait` is false.
 */
static Oid
lock_table(const char *base, const char *name, LOCKMODE mode, bool wait)
{
	return RangeVarGetRelidExtended(makeRangeVar(pstrdup(base), pstrdup(name), -1), mode,
									wait ? 0 : RVR_SKIP_LOCKED, check_table, NULL);
}

/*
 * lock_base(of_base text)
 *
 * Takes the lock of the base, and waits for it.  On a standby it takes none:
 * the server has none for us there, and nobody who could change anything.
 * Errors: no such table (42P01), or not one of whoever we act as (42501, 42809).
 */
Datum
scoring_lock_base(PG_FUNCTION_ARGS)
{
	if (!RecoveryInProgress())
		lock_table(text_to_cstring(PG_GETARG_TEXT_PP(0)), "lock", ShareUpdateExclusiveLock, true);
	PG_RETURN_VOID();
}

/*
 * lock_refreshing(of_base text, wait boolean)
 *
 * Takes what a refresh holds, until the end of the transaction.  False when
 * somebody else has it and `wait` is false.  Errors: as above.
 */
Datum
scoring_lock_refreshing(PG_FUNCTION_ARGS)
{
	if (RecoveryInProgress())
		PG_RETURN_BOOL(true);
	PG_RETURN_BOOL(OidIsValid(lock_table(text_to_cstring(PG_GETARG_TEXT_PP(0)), "refreshing",
										 ExclusiveLock, PG_GETARG_BOOL(1))));
}

/*
 * What the transaction holds of `refreshing` is kept by the session, until
 * end_refreshing().  An error in between needs no care: the abort of a
 * transaction (not of a subtransaction, and in these refresh() cannot commit)
 * frees what the session holds, and so does its end.
 */
void
keep_refreshing(const char *base, LockRelId *kept)
{
	/* what we have already, so that the name cannot mean another table */
	kept->dbId = MyDatabaseId;
	kept->relId = lock_table(base, "refreshing", ExclusiveLock, false);
	if (!OidIsValid(kept->relId))
		elog(ERROR, "base \"%s\" is not being refreshed", base);
	LockRelationIdForSession(kept, RowExclusiveLock);
}

void
end_refreshing(LockRelId *kept)
{
	UnlockRelationIdForSession(kept, RowExclusiveLock);
}
