/*
 * mark.c
 *		The trigger that reports to a base which customers a change concerns:
 *		it keeps the columns that name them, as they are, for refresh() to read.
 *
 * It runs inside the transactions of people who know nothing of bases.  So it
 * evaluates nothing (no cast, operator or output function: not even a domain's
 * check), asks for no rights, and what is wrong with a base is a warning to
 * them.
 */
#include "base/marks_table.h"
#include "base/trigger.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "commands/trigger.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"

/*
 * What a trigger knows during a statement.  It is kept in fn_extra, and nothing
 * in it has to be given back: no relation is held open and no descriptor is
 * pinned, since nobody is told when the statement ends or fails.
 */
typedef struct Marking
{
	int32		watch;			/* its number in the base */
	AttrNumber *used;			/* the source's columns that matter */
	int			nused;
	AttrNumber	last_used;		/* the greatest of them */
	bool		lacking;		/* one is not there: any change matters */
	bool		known;			/* what follows has been found out */
	Oid			marks;			/* InvalidOid: nothing more to be written */
	Oid			owner;			/* of the base */
	TupleDesc	desc;			/* of the marks */
	AttrNumber *from;			/* the source's column for each of theirs */
	TupleTableSlot *next;		/* a mark */
	TupleTableSlot *last;		/* the one that was written last */
	CommandId	written;		/* by which command */
	MemoryContext context;		/* of all this: the statement's */
} Marking;

/* said once a statement: nothing more is tried then */
static void
not_reported(const TriggerData *t, const char *detail)
{
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("changes of \"%s\" are not reported to base \"%s\"",
					RelationGetRelationName(t->tg_relation), BASE_SCHEMA(t->tg_trigger)),
			 errdetail_internal("%s", detail),
			 errhint("Drop the source from the base and add it again; if the base is gone, drop the trigger \"%s\".",
					 t->tg_trigger->tgname),
			 errtable(t->tg_relation)));
}

/*
 * Asks refresh() to read the whole relation again, which makes all other marks
 * of the statement needless.
 */
static void
ask_for_rereading(Marking *m, const TriggerData *t, Oid schema)
{
	Relation	reread = open_base_table(schema, "reread", RowExclusiveLock);
	const char *words = reread == NULL ? "does not exist" : write_watch(reread, m->watch, m->owner);

	m->marks = InvalidOid;
	if (words != NULL)
		not_reported(t, psprintf("\"%s.reread\" %s.", BASE_SCHEMA(t->tg_trigger), words));
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

/*
 * Finds out all there is to know, and opens the marks.  NULL: nothing is to be
 * written in this statement, and it has been said why.
 */
static Relation
set_up(Marking *m, const TriggerData *t)
{
	Oid			schema = get_namespace_oid(BASE_SCHEMA(t->tg_trigger), true);
	char		name[NAMEDATALEN] = "marks_";
	Relation	watches;
	Relation	marks;
	const char *words = "does not exist";
	Oid			watched = InvalidOid;

	m->known = true;
	m->marks = InvalidOid;
	m->owner = base_owner(schema);
	if (!OidIsValid(m->owner))
	{
		not_reported(t, psprintf("There is no table \"%s.base\".", BASE_SCHEMA(t->tg_trigger)));
		return NULL;
	}

	watches = open_base_table(schema, "watches", AccessShareLock);
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
		not_reported(t, psprintf("\"%s.watches\" %s.", BASE_SCHEMA(t->tg_trigger), words));
		return NULL;
	}

	pg_ltoa(m->watch, name + strlen(name));
	marks = open_base_table(schema, name, RowExclusiveLock);
	words = marks == NULL ? "does not exist" : obstacle(marks, m->owner);
	if (words != NULL)
		not_reported(t, psprintf("\"%s.%s\" %s.", BASE_SCHEMA(t->tg_trigger), name, words));
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

	if (!m->known)
		return set_up(m, t);
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

/* byte for byte: one mark too many does no harm */
static inline bool
same_value(TupleDesc desc, TupleTableSlot *a, TupleTableSlot *b, int i)
{
	Form_pg_attribute att = TupleDescAttr(desc, i);

	if (a->tts_isnull[i] || b->tts_isnull[i])
		return a->tts_isnull[i] == b->tts_isnull[i];
	return datumIsEqual(a->tts_values[i], b->tts_values[i], att->attbyval, att->attlen);
}

/* the same for all columns */
static bool
same_values(TupleDesc desc, TupleTableSlot *a, TupleTableSlot *b)
{
	for (int i = 0; i < desc->natts; i++)
	{
		if (!same_value(desc, a, b, i))
			return false;
	}
	return true;
}

/* has an update left all columns that matter as they were? */
static bool
is_idle(const Marking *m, const TriggerData *t)
{
	TupleDesc	desc = RelationGetDescr(t->tg_relation);
	TupleTableSlot *before = t->tg_trigslot;
	TupleTableSlot *after = t->tg_newslot;

	if (m->lacking)
		return false;
	slot_getsomeattrs(before, m->last_used);
	slot_getsomeattrs(after, m->last_used);
	for (int i = 0; i < m->nused; i++)
	{
		if (!same_value(desc, before, after, m->used[i] - 1))
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

/*
 * Finds the columns that matter: those that the trigger names, or all of the
 * row when it names none.  By name, since each partition has its own numbers.
 */
static void
find_used(Marking *m, const Trigger *trigger, TupleDesc source)
{
	char	  **names = trigger->tgargs + FIXED_ARGUMENTS;
	int			nnames = trigger->tgnargs - FIXED_ARGUMENTS;

	m->used = MemoryContextAlloc(m->context, Max(nnames, source->natts) * sizeof(AttrNumber));
	for (int i = 0; i < nnames; i++)
	{
		AttrNumber	column = stored_column(source, names[i], InvalidOid);

		if (column == InvalidAttrNumber)
			m->lacking = true;
		else
			m->used[m->nused++] = column;
	}
	for (int i = 0; nnames == 0 && i < source->natts; i++)
	{
		if (is_stored(TupleDescAttr(source, i)))
			m->used[m->nused++] = i + 1;
	}
	for (int i = 0; i < m->nused; i++)
		m->last_used = Max(m->last_used, m->used[i]);
}

/* what the trigger knows when its statement begins */
static Marking *
new_marking(FmgrInfo *flinfo, const TriggerData *t)
{
	Marking    *m = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(Marking));

	m->watch = pg_strtoint32(WATCH_NUMBER(t->tg_trigger));
	m->context = flinfo->fn_mcxt;
	find_used(m, t->tg_trigger, RelationGetDescr(t->tg_relation));
	return m;
}

PG_FUNCTION_INFO_V1(scoring_mark);

/*
 * mark()
 *		Trigger function, AFTER INSERT OR UPDATE OR DELETE, FOR EACH ROW, and
 *		without WHEN; its arguments are the schema of a base, the number of a
 *		watch, and names of columns.  Copies the columns of marks_<watch> from
 *		the old and from the new row into it, when the base lists the relation;
 *		nothing when an update left the bytes of the named columns, or of all
 *		where none is named, as they were.  What keeps it from that is a warning
 *		once a statement; a row that does not fit there puts the watch into
 *		"reread".  Errors: another kind of trigger, other arguments.
 */
Datum
scoring_mark(PG_FUNCTION_ARGS)
{
	const TriggerData *t = (TriggerData *) fcinfo->context;
	Marking    *m = fcinfo->flinfo->fn_extra;
	Relation	marks;

	if (!CALLED_AS_TRIGGER(fcinfo) || !trigger_reports(t->tg_trigger))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("only a trigger AFTER INSERT OR UPDATE OR DELETE, FOR EACH ROW, without a condition, can mark"),
				 errhint("Its arguments are the schema of a base, the number of one of its watches, and the columns that matter.")));
	if (m == NULL)
		fcinfo->flinfo->fn_extra = m = new_marking(fcinfo->flinfo, t);
	if (TRIGGER_FIRED_BY_UPDATE(t->tg_event) && is_idle(m, t))
		return PointerGetDatum(NULL);
	marks = open_marks(m, t);
	if (marks != NULL)
	{
		mark_row(m, t, marks, t->tg_trigslot);
		if (TRIGGER_FIRED_BY_UPDATE(t->tg_event))
			mark_row(m, t, marks, t->tg_newslot);
		relation_close(marks, NoLock);
	}
	return PointerGetDatum(NULL);
}
