/*
 * marks_table.c
 *		The tables of a base as mark() sees and writes them.
 *
 * It does so for whoever writes to a source.  So rows go straight to the access
 * method of a table that has nothing to be respected: no index, constraint,
 * trigger or rule; and what is wrong with a table is told, not raised.
 */
#include "base/marks_table.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/* the owner of the base's first table; InvalidOid: there is none */
Oid
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
bool
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

/* does it belong to the base, and is it a table as others are? */
const char *
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
const char *
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
Relation
open_base_table(Oid schema, const char *name, LOCKMODE lock)
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

/*
 * The column of that name and type (InvalidOid: of any) that a stored row has;
 * 0: none.
 */
AttrNumber
stored_column(TupleDesc desc, const char *name, Oid type)
{
	int			i;

	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->attisdropped || strcmp(NameStr(att->attname), name) != 0)
			continue;
		if ((OidIsValid(type) && att->atttypid != type) || !is_stored(att))
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
Oid
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
void
write_row(Relation rel, TupleTableSlot *slot)
{
	table_tuple_insert(rel, slot, GetCurrentCommandId(true), 0, NULL);
}

/* writes the number of the watch; else says why not */
const char *
write_watch(Relation reread, int32 watch, Oid owner)
{
	TupleDesc	desc = RelationGetDescr(reread);
	AttrNumber	number = stored_column(desc, "watch", INT4OID);
	const char *words = obstacle(reread, owner);
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
	slot->tts_values[number - 1] = Int32GetDatum(watch);
	slot->tts_isnull[number - 1] = false;
	write_row(reread, ExecStoreVirtualTuple(slot));
	ExecDropSingleTupleTableSlot(slot);
	return NULL;
}

/*
 * May the mark be stored?  A row can be too large, as the marks cannot always
 * move values out of line where the source can; and who reads a column without
 * nulls may rely on it.
 */
bool
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
