/*
 * new_file.c
 *		Has this transaction given a table a new file?
 *
 * Then it can truncate the table in place, which no catalogue tells of; other
 * truncations are seen by the file.
 */
#include "compat.h"

#include "access/relation.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(scoring_has_new_file);

/*
 * has_new_file(relation regclass)
 *
 * Whether the relation, or the file it is stored in, was made by the current
 * transaction; NULL when there is no such relation.
 */
Datum
scoring_has_new_file(PG_FUNCTION_ARGS)
{
	Relation	rel = try_relation_open(PG_GETARG_OID(0), AccessShareLock);
	bool		is_new;

	if (rel == NULL)
		PG_RETURN_NULL();
	is_new = rel->rd_createSubid != InvalidSubTransactionId ||
		rel->rd_firstRelfilelocatorSubid != InvalidSubTransactionId;
	relation_close(rel, AccessShareLock);
	PG_RETURN_BOOL(is_new);
}
