/*
 * marks_table.h
 *		The tables of a base as mark() sees and writes them.
 */
#ifndef SCORING_MARKS_TABLE_H
#define SCORING_MARKS_TABLE_H

#include "compat.h"

#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "executor/tuptable.h"
#include "utils/rel.h"

/* does a row have it?  (A virtual column is worked out when it is read.) */
static inline bool
is_stored(Form_pg_attribute att)
{
	return !att->attisdropped &&
		(att->attgenerated == '\0' || att->attgenerated == ATTRIBUTE_GENERATED_STORED);
}

extern Oid	base_owner(Oid schema);
extern bool may_read(Oid relid, TupleDesc marks, Oid owner);
extern const char *stranger(Relation rel, Oid owner);
extern const char *obstacle(Relation rel, Oid owner);
extern Relation open_base_table(Oid schema, const char *name, LOCKMODE lock);
extern AttrNumber stored_column(TupleDesc desc, const char *name, Oid type);
extern Oid	watched_as(Relation watches, int32 watch, Relation source);
extern void write_row(Relation rel, TupleTableSlot *slot);
extern const char *write_watch(Relation reread, int32 watch, Oid owner);
extern bool fits(Relation marks, TupleDesc desc, TupleTableSlot *slot);

#endif							/* SCORING_MARKS_TABLE_H */
