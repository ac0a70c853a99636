/*
 * mark.c
 *		The trigger that reports to a base which customers a change concerns:
 *		it keeps the columns that name them, as they are, for refresh() to read.
 *
 * It runs inside the transactions of people who know nothing of bases.  So it
 * evaluates nothing (no cast, operator or output function: not even a domain's
 * check), asks for no rights, and what is wrong with a base is a warning to
 * them.  Rows go straight to the access method of a table that has nothing to
 * be respected: no index, constraint, trigger or rule.
 */
#include "compat.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/*
 * What a trigger knows during a statement.  It is kept in fn_extra, and nothing
 * in it has to be given back: no relation is held open and no descriptor is
 * pinned, since nobody is told when the statement ends or fails.
 */
typedef struct Marking
{
	int32		watch;			/* its number in the base */
	Oid			marks;			/* InvalidOid: nothing more to be written */
	Oid			owner;			/* of the base */
	TupleDesc	desc;			/* of the marks */
	AttrNumber *from;			/* the source's column for each of theirs */
	TupleTableSlot *next;		/* a mark */
	TupleTableSlot *last;		/* the one that was written last */
	CommandId	written;		/* by which command */
	MemoryContext context;		/* of all this: the statement's */
} Marking;

/* the trigger's arguments */
#define BASE_SCHEMA(t)		((t)->tg_trigger->tgargs[0])
#define WATCH_NUMBER(t)		((t)->tg_trigger->tgargs[1])

/* said once a statement: nothing more is tried then */
static void
not_reported(const TriggerData *t, const char *detail)
{
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("changes of \"%s\" are not reported to base \"%s\"",
					RelationGetRelationName(t->tg_relation), BASE_SCHEMA(t)),
			 errdetail_internal("%s", detail),
			 errhint("Drop the source from the base and add it again; if the base is gone, drop the trigger \"%s\".",
					 t->tg_trigger->tgname),
			 errtable(t->tg_relation)));
}

/* does it belong to the base, and is it a table as others are? */
static const char *
stranger(Relation rel, Oid owner)
{
	if (rel->rd_rel->relkind != RELKIND_RELATION || rel->rd_rel->relispartition ||
		rel->rd_rel->relpersistence != RELPERSISTENCE_PERMANENT)
		return "is not a plain table";
	if (rel->rd_rel->relowner != owner)
		return "belongs to another role than the base";
	return NULL;
}

/* why must rows not go straight into it?  NULL: they may */
static const char *
obstacle(Relation rel, Oid owner)
{
	const char *words = stranger(rel, owner);
	TupleConstr *constraints = RelationGetDescr(rel)->constr;

	if (words != NULL)
		return words;
	if (rel->rd_rel->relhasindex && RelationGetIndexList(rel) != NIL)
		return "has an index";
	if (rel->trigdesc != NULL)
		return "has a trigger";
	if (rel->rd_rules != NULL)
		return "has a rule";
	if (constraints != NULL && (constraints->num_check > 0 || constraints->num_defval > 0))
		return "has a constraint or a default";
	return NULL;
}

/*
 * Opens a table of the base, whoever may do so; NULL when there is none.  (A
 * table can go away between its name and its lock, and another one come.)
 */
static Relation
open_table(Oid schema, const char *name, LOCKMODE lock)
{
	Oid			relid;

	while (OidIsValid(relid = get_relname_relid(name, schema)))
	{
		Relation	rel = try_relation_open(relid, lock);

		if (rel != NULL)
			return rel;
	}
	return NULL;
}

/* the column of that name and type that a stored row has; 0: none */
static AttrNumber
stored_column(TupleDesc desc, const char *name, Oid type)
{
	int			i;

	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->attisdropped || strcmp(NameStr(att->attname), name) != 0)
			continue;
		if (att->atttypid != type ||
			(att->attgenerated != '\0' && att->attgenerated != ATTRIBUTE_GENERATED_STORED))
			break;
		return att->attnum;
	}
	return InvalidAttrNumber;
}

/*
 * The relation that the base has under the number of our watch, if it is this
 * one or a partitioned table that this one is part of; else InvalidOid.
 *
 * SnapshotSelf sees what has been committed by now, and all that our own
 * transaction did.  That is what is wanted: a source that was added by this
 * transaction, or after a repeatable read one took its snapshot, is reported
 * to; the lock on the source that comes with the trigger was waited for, so
 * nobody who has the trigger misses the row.  And a serializable transaction
 * leaves no trace of having read: it cannot fail because sources are added.  A
 * row that is updated meanwhile could be missed by such a snapshot; watches
 * are inserted and deleted only, or updated when the relation has no writers.
 */
static Oid
watched_as(Relation watches, int32 watch, Relation source)
{
	TupleDesc	desc = RelationGetDescr(watches);
	AttrNumber	number = stored_column(desc, "watch", INT4OID);
	AttrNumber	seen = stored_column(desc, "seen", REGCLASSOID);
	TupleTableSlot *slot;
	TableScanDesc scan;
	Oid			found = InvalidOid;

	if (number == InvalidAttrNumber || seen == InvalidAttrNumber)
		return InvalidOid;
	slot = table_slot_create(watches, NULL);
	scan = table_beginscan_strat(watches, SnapshotSelf, 0, NULL, false, false);
	while (!OidIsValid(found) && table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		bool		isnull;
		Oid			relid;

		if (DatumGetInt32(slot_getattr(slot, number, &isnull)) != watch || isnull)
			continue;
		relid = DatumGetObjectId(slot_getattr(slot, seen, &isnull));
		if (!isnull &&
			(relid == RelationGetRelid(source) ||
			 (source->rd_rel->relispartition &&
			  list_member_oid(get_partition_ancestors(RelationGetRelid(source)), relid))))
			found = relid;
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	return found;
}

/* a row that nobody but its transaction sees before that commits */
static void
write_row(Relation rel, TupleTableSlot *slot)
{
	table_tuple_insert(rel, slot, GetCurrentCommandId(true), 0, NULL);
}

/* writes the number of the watch; else says why not */
static const char *
write_watch(Relation reread, const Marking *m)
{
	TupleDesc	desc = RelationGetDescr(reread);
	AttrNumber	number = stored_column(desc, "watch", INT4OID);
	const char *words = obstacle(reread, m->owner);
	TupleTableSlot *slot;
	int			i;

	if (words != NULL)
		return words;
	for (i = 0; i < desc->natts; i++)
	{
		if (i + 1 != number && !TupleDescAttr(desc, i)->attisdropped)
			number = InvalidAttrNumber;
	}
	if (number == InvalidAttrNumber)
		return "has other columns than the integer \"watch\"";
	slot = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
	memset(slot->tts_isnull, true, desc->natts * sizeof(bool));
	slot->tts_values[number - 1] = Int32GetDatum(m->watch);
	slot->tts_isnull[number - 1] = false;
	write_row(reread, ExecStoreVirtualTuple(slot));
	ExecDropSingleTupleTableSlot(slot);
	return NULL;
}

/*
 * Asks refresh() to read the whole relation again, which makes all other marks
 * of the statement needless.
 */
static void
ask_for_rereading(Marking *m, const TriggerData *t, Oid schema)
{
	Relation	reread = open_table(schema, "reread", RowExclusiveLock);
	const char *words = reread == NULL ? "does not exist" : write_watch(reread, m);

	m->marks = InvalidOid;
	if (words != NULL)
		not_reported(t, psprintf("\"%s.reread\" %s.", BASE_SCHEMA(t), words));
	if (reread != NULL)
		relation_close(reread, NoLock);
}

/* finds the columns of the marks in the source; false: not all are there */
static bool
map_columns(Marking *m, TupleDesc marks, TupleDesc source)
{
	MemoryContext old = MemoryContextSwitchTo(m->context);
	int			i;

	m->desc = CreateTupleDescCopyConstr(marks);
	m->from = palloc0(marks->natts * sizeof(AttrNumber));
	m->next = m->last = NULL;
	MemoryContextSwitchTo(old);
	for (i = 0; i < marks->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(marks, i);

		if (att->attisdropped)
			continue;
		m->from[i] = stored_column(source, NameStr(att->attname), att->atttypid);
		if (m->from[i] == InvalidAttrNumber)
			return false;
	}
	return true;
}

/* the owner of the base's first table; InvalidOid: there is none */
static Oid
base_owner(Oid schema)
{
	HeapTuple	tuple = SearchSysCache2(RELNAMENSP, CStringGetDatum("base"),
										ObjectIdGetDatum(schema));
	Oid			owner = InvalidOid;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	if (((Form_pg_class) GETSTRUCT(tuple))->relkind == RELKIND_RELATION)
		owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/*
 * May the base's owner read the marked columns?  He could when the trigger was
 * made; since then the right may have gone, and so may the base: anyone can make
 * another of its name, who has no other way to see what is written here.
 */
static bool
may_read(Oid relid, TupleDesc marks, Oid owner)
{
	if (check_enable_rls(relid, owner, true) == RLS_ENABLED)
		return false;
	if (pg_class_aclcheck(relid, owner, ACL_SELECT) == ACLCHECK_OK)
		return true;
	for (int i = 0; i < marks->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(marks, i);
		AttrNumber	column;

		if (att->attisdropped)
			continue;
		column = get_attnum(relid, NameStr(att->attname));
		if (column == InvalidAttrNumber ||
			pg_attribute_aclcheck(relid, column, owner, ACL_SELECT) != ACLCHECK_OK)
			return false;
	}
	return true;
}

/*
 * Finds out all there is to know, and opens the marks.  NULL: nothing is to be
 * written in this statement, and it has been said why.
 */
static Relation
set_up(Marking *m, const TriggerData *t)
{
	Oid			schema = get_namespace_oid(BASE_SCHEMA(t), true);
	char		name[NAMEDATALEN] = "marks_";
	Relation	watches;
	Relation	marks;
	const char *words = "does not exist";
	Oid			watched = InvalidOid;

	m->marks = InvalidOid;
	m->owner = base_owner(schema);
	if (!OidIsValid(m->owner))
	{
		not_reported(t, psprintf("There is no table \"%s.base\".", BASE_SCHEMA(t)));
		return NULL;
	}

	watches = open_table(schema, "watches", AccessShareLock);
	if (watches != NULL)
	{
		words = stranger(watches, m->owner);
		if (words == NULL)
			watched = watched_as(watches, m->watch, t->tg_relation);
		relation_close(watches, AccessShareLock);
	}
	if (!OidIsValid(watched))
	{
		if (words == NULL)
			words = psprintf("does not list it as number %d", m->watch);
		not_reported(t, psprintf("\"%s.watches\" %s.", BASE_SCHEMA(t), words));
		return NULL;
	}

	pg_ltoa(m->watch, name + strlen(name));
	marks = open_table(schema, name, RowExclusiveLock);
	words = marks == NULL ? "does not exist" : obstacle(marks, m->owner);
	if (words != NULL)
		not_reported(t, psprintf("\"%s.%s\" %s.", BASE_SCHEMA(t), name, words));
	else if (may_read(watched, RelationGetDescr(marks), m->owner) &&
			 map_columns(m, RelationGetDescr(marks), RelationGetDescr(t->tg_relation)))
	{
		m->marks = RelationGetRelid(marks);
		return marks;
	}
	else
		ask_for_rereading(m, t, schema);
	if (marks != NULL)
		relation_close(marks, NoLock);
	return NULL;
}

/*
 * The marks, for one more row of the statement.  Another of its triggers can
 * have changed or dropped the table since the row before.
 */
static Relation
open_marks(Marking *m, const TriggerData *t)
{
	Relation	marks;

	if (!OidIsValid(m->marks))
		return NULL;
	marks = try_relation_open(m->marks, RowExclusiveLock);
	if (marks != NULL && obstacle(marks, m->owner) == NULL &&
		equalTupleDescs(RelationGetDescr(marks), m->desc))
		return marks;
	if (marks != NULL)
		relation_close(marks, NoLock);
	return set_up(m, t);
}

/*
 * May the mark be stored?  A row can be too large, as the marks cannot always
 * move values out of line where the source can; and who reads a column without
 * nulls may rely on it.
 */
static bool
fits(Relation marks, TupleDesc desc, TupleTableSlot *slot)
{
	Size		size = MAXALIGN(SizeofHeapTupleHeader + BITMAPLEN(desc->natts));
	int			i;

	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		Datum		value = slot->tts_values[i];

		if (slot->tts_isnull[i])
		{
			if (att->attnotnull)
				return false;
			continue;
		}
		if (att->attlen > 0)
			size += MAXALIGN(att->attlen);
		else if (att->attlen == -2)
			size += MAXALIGN(strlen(DatumGetCString(value)) + 1);
		else if (OidIsValid(marks->rd_rel->reltoastrelid) &&
				 att->attstorage != TYPSTORAGE_PLAIN)
			size += MAXALIGN(Min(VARSIZE_ANY(DatumGetPointer(value)), TOAST_POINTER_SIZE));
		else if (VARATT_IS_EXTERNAL(DatumGetPointer(value)))
			size += MAXALIGN(toast_raw_datum_size(value));
		else
			size += MAXALIGN(VARSIZE_ANY(DatumGetPointer(value)));
	}
	return size <= MaxHeapTupleSize;
}

/* byte for byte: one mark too many does no harm */
static bool
same_values(TupleDesc desc, TupleTableSlot *a, TupleTableSlot *b)
{
	int			i;

	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (a->tts_isnull[i] != b->tts_isnull[i] ||
			(!a->tts_isnull[i] && !datumIsEqual(a->tts_values[i], b->tts_values[i],
												att->attbyval, att->attlen)))
			return false;
	}
	return true;
}

/*
 * Writes the mark of a row, unless it is the one written last.  (Not relied on
 * when the statement's other triggers ran commands since then: one of them
 * may have been refresh(), and the mark is gone.)
 */
static void
mark_row(Marking *m, const TriggerData *t, Relation marks, TupleTableSlot *row)
{
	TupleTableSlot *slot;
	int			i;

	if (!OidIsValid(m->marks))
		return;
	if (m->next == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(m->context);

		m->next = MakeSingleTupleTableSlot(m->desc, &TTSOpsVirtual);
		MemoryContextSwitchTo(old);
	}
	slot = m->next;
	ExecClearTuple(slot);
	for (i = 0; i < m->desc->natts; i++)
	{
		slot->tts_isnull[i] = true;
		if (m->from[i] != InvalidAttrNumber)
			slot->tts_values[i] = slot_getattr(row, m->from[i], &slot->tts_isnull[i]);
	}
	ExecStoreVirtualTuple(slot);
	if (m->last != NULL && m->written == GetCurrentCommandId(false) &&
		same_values(m->desc, slot, m->last))
		return;
	if (!fits(marks, m->desc, slot))
	{
		ask_for_rereading(m, t, RelationGetNamespace(marks));
		return;
	}
	write_row(marks, slot);
	m->written = GetCurrentCommandId(false);
	ExecMaterializeSlot(slot);
	m->next = m->last;
	m->last = slot;
}

/* what the trigger knows when its statement begins */
static Marking *
new_marking(FmgrInfo *flinfo, const TriggerData *t)
{
	Marking    *m;

	if (t->tg_trigger->tgnargs != 2)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("a trigger that marks has two arguments, not %d",
						t->tg_trigger->tgnargs),
				 errhint("They are the schema of a base, and the number of one of its watches.")));
	m = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(Marking));
	m->watch = pg_strtoint32(WATCH_NUMBER(t));
	m->context = flinfo->fn_mcxt;
	return m;
}

PG_FUNCTION_INFO_V1(scoring_mark);

/*
 * mark()
 *		Trigger function, AFTER INSERT, UPDATE or DELETE, FOR EACH ROW; its
 *		arguments are the schema of a base and the number of a watch.  Copies
 *		the columns of marks_<watch> from the old and from the new row into it,
 *		when the base lists the relation.  What keeps it from that is a warning
 *		once a statement; a row that does not fit there puts the watch into
 *		"reread".  Errors: another kind of trigger, other arguments.
 */
Datum
scoring_mark(PG_FUNCTION_ARGS)
{
	const TriggerData *t = (TriggerData *) fcinfo->context;
	Marking    *m = fcinfo->flinfo->fn_extra;
	Relation	marks;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(t->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(t->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("only a trigger AFTER INSERT, UPDATE or DELETE, FOR EACH ROW, can mark")));
	if (m != NULL)
		marks = open_marks(m, t);
	else
	{
		fcinfo->flinfo->fn_extra = m = new_marking(fcinfo->flinfo, t);
		marks = set_up(m, t);
	}
	if (marks != NULL)
	{
		mark_row(m, t, marks, t->tg_trigslot);
		if (TRIGGER_FIRED_BY_UPDATE(t->tg_event))
			mark_row(m, t, marks, t->tg_newslot);
		relation_close(marks, NoLock);
	}
	return PointerGetDatum(NULL);
}
