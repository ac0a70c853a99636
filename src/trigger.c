/*
 * trigger.c
 *		What the owner of a base does to its triggers on tables of others.
 *
 * Who has TRIGGER on a table may make triggers, but only the table's owner can
 * have one fire always, or drop it.  Of the triggers that report to a base,
 * which can do nothing but that, the base's owner may.
 */
#include "owner.h"

#include "access/relation.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(scoring_fire_always);
PG_FUNCTION_INFO_V1(scoring_drop_trigger);

/* the trigger of that name, if it reports to some base; NULL: it does not */
static const Trigger *
reporting_trigger(Relation rel, const char *name, Oid schema)
{
	for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
	{
		const Trigger *t = &rel->trigdesc->triggers[i];

		if (strcmp(t->tgname, name) == 0 && t->tgnargs == 2 &&
			get_func_namespace(t->tgfoid) == schema &&
			strcmp(get_func_name(t->tgfoid), "mark") == 0)
			return t;
	}
	return NULL;
}

/* a command about the trigger and its table, as the table's owner */
static void
alter_trigger(FunctionCallInfo fcinfo, const char *command)
{
	Oid			relid = PG_GETARG_OID(0);
	const char *name = NameStr(*PG_GETARG_NAME(1));
	Relation	rel = try_relation_open(relid, AccessShareLock);
	const Trigger *trigger;
	const char *table;
	Oid			table_owner;
	Oid			base_owner;
	Oid			user;
	int			security;

	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation %u does not exist", relid)));
	trigger = reporting_trigger(rel, name, get_func_namespace(fcinfo->flinfo->fn_oid));
	table = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(rel)),
									   RelationGetRelationName(rel));
	table_owner = rel->rd_rel->relowner;
	if (trigger == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("table %s has no trigger \"%s\" that reports to a base", table, name)));
	(void) base_of_caller(trigger->tgargs[0], &base_owner);
	relation_close(rel, NoLock);	/* whose name is used below */

	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(table_owner, security | SECURITY_RESTRICTED_OPERATION);
	SPI_connect();
	if (SPI_execute(psprintf(command, table, quote_identifier(name)), false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "trigger \"%s\" cannot be altered", name);
	SPI_finish();
	SetUserIdAndSecContext(user, security);
}

/*
 * fire_always(relation regclass, name name)
 *
 * Has a trigger that reports to a base fire for replicated rows too.  Errors:
 * no such relation, no such trigger; a caller without the privileges of the base's owner.
 */
Datum
scoring_fire_always(PG_FUNCTION_ARGS)
{
	alter_trigger(fcinfo, "ALTER TABLE %1$s ENABLE ALWAYS TRIGGER %2$s");
	PG_RETURN_VOID();
}

/*
 * drop_trigger(relation regclass, name name)
 *
 * Drops a trigger that reports to a base.  Errors: those of fire_always().
 */
Datum
scoring_drop_trigger(PG_FUNCTION_ARGS)
{
	alter_trigger(fcinfo, "DROP TRIGGER %2$s ON %1$s");
	PG_RETURN_VOID();
}
