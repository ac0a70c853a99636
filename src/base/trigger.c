/*
 * trigger.c
 *		The triggers of a base on tables of others: made, and dropped.
 *
 * Who has TRIGGER on a table may make triggers, but only the table's owner can
 * have one fire always, or drop it.  Of those that report to a base, which can
 * do nothing but that, the base's owner may.  Nothing is done as the table's
 * owner, and no command is run: event triggers would be, under our search_path.
 */
#include "base/owner.h"
#include "base/trigger.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parse_func.h"
#include "tcop/utility.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(scoring_make_trigger);
PG_FUNCTION_INFO_V1(scoring_drop_trigger);

/* mark(), which lies where the function that is called lies */
static List *
mark_name(FunctionCallInfo fcinfo)
{
	Oid			schema = get_func_namespace(fcinfo->flinfo->fn_oid);

	return list_make2(makeString(get_namespace_name(schema)),
					  makeString("mark"));
}

static Oid
mark_function(FunctionCallInfo fcinfo)
{
	return LookupFuncName(mark_name(fcinfo), 0, NULL, false);
}

/*
 * make_trigger(relation regclass, name name, VARIADIC arguments text[])
 *
 * Makes a trigger that reports to a base, and fires for replicated rows too,
 * or puts it in the place of the one of this name.  The arguments are those of
 * mark(): the schema of the base, the number of the watch, and the columns of
 * which one must have changed.  Partitions get it with the table.  Errors: no
 * such relation; less than two arguments; a caller without the privileges of
 * the base's owner, or without TRIGGER on the relation and its partitions.
 */
Datum
scoring_make_trigger(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	CreateTrigStmt *stmt = makeNode(CreateTrigStmt);
	Datum	   *arguments;
	bool	   *nulls;
	int			n;
	Oid			owner;

	PreventCommandIfReadOnly("CREATE TRIGGER");
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(2), TEXTOID, -1, false,
					  TYPALIGN_INT, &arguments, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("an argument of a trigger must not be null")));
		stmt->args = lappend(stmt->args,
							 makeString(TextDatumGetCString(arguments[i])));
	}
	if (n < FIXED_ARGUMENTS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a trigger that marks needs the schema of a base and the number of one of its watches")));
	(void) base_of_caller(strVal(linitial(stmt->args)), &owner);
	if (get_rel_name(relid) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation %u does not exist", relid)));

	stmt->replace = true;
	stmt->trigname = NameStr(*PG_GETARG_NAME(1));
	stmt->funcname = mark_name(fcinfo);
	stmt->row = true;
	stmt->timing = TRIGGER_TYPE_AFTER;
	stmt->events = REPORTING_EVENTS;
	(void) CreateTriggerFiringOn(stmt, NULL, relid, InvalidOid, InvalidOid,
								 InvalidOid, mark_function(fcinfo), InvalidOid,
								 NULL, false, false, TRIGGER_FIRES_ALWAYS);
	CommandCounterIncrement();
	PG_RETURN_VOID();
}

/*
 * The trigger of that name, if it reports to a base of the caller's; else an
 * error.  A lock that is more than a look stays.
 */
static Oid
reporting_trigger(FunctionCallInfo fcinfo, LOCKMODE lock)
{
	Oid			relid = PG_GETARG_OID(0);
	const char *name = NameStr(*PG_GETARG_NAME(1));
	Oid			mark = mark_function(fcinfo);
	Relation	rel = try_relation_open(relid, lock);
	Oid			owner;
	Oid			found = InvalidOid;

	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation %u does not exist", relid)));
	for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
	{
		const Trigger *t = &rel->trigdesc->triggers[i];

		if (strcmp(t->tgname, name) != 0 || t->tgfoid != mark || !trigger_reports(t))
			continue;
		(void) base_of_caller(BASE_SCHEMA(t), &owner);
		found = t->tgoid;
		break;
	}
	if (!OidIsValid(found))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("table %s has no trigger \"%s\" that reports to a base",
						quote_qualified_identifier(get_namespace_name(RelationGetNamespace(rel)),
												   RelationGetRelationName(rel)),
						name)));
	relation_close(rel, lock == AccessShareLock ? lock : NoLock);
	return found;
}

/*
 * drop_trigger(relation regclass, name name)
 *
 * Drops a trigger that reports to a base.  Errors: no such relation, no such
 * trigger; a caller without the privileges of the base's owner.
 */
Datum
scoring_drop_trigger(PG_FUNCTION_ARGS)
{
	ObjectAddress trigger;

	PreventCommandIfReadOnly("DROP TRIGGER");
	/* the lock that keeps everybody out is for those who may drop it */
	(void) reporting_trigger(fcinfo, AccessShareLock);
	ObjectAddressSet(trigger, TriggerRelationId,
					 reporting_trigger(fcinfo, AccessExclusiveLock));
	performDeletion(&trigger, DROP_RESTRICT, 0);
	PG_RETURN_VOID();
}
