/*
 * hold.c
 *		Keeping a relation as it is while it is looked at and then read.
 */
#include "compat.h"

#include "access/relation.h"
#include "utils/acl.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(scoring_hold);

/*
 * hold(relation regclass)
 *
 * Whether there is such a relation.  Until the end of the transaction it keeps
 * its name, owner and columns: it has the lock of who reads it.  (Who may read
 * nothing of it gets no lock.)
 */
Datum
scoring_hold(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	bool		is_missing = false;
	Relation	rel;

	if (pg_class_aclcheck_ext(relid, GetUserId(), ACL_SELECT, &is_missing) != ACLCHECK_OK &&
		pg_attribute_aclcheck_all(relid, GetUserId(), ACL_SELECT, ACLMASK_ANY) != ACLCHECK_OK)
		PG_RETURN_BOOL(!is_missing);
	rel = try_relation_open(relid, AccessShareLock);
	if (rel == NULL)
		PG_RETURN_BOOL(false);
	relation_close(rel, NoLock);
	PG_RETURN_BOOL(true);
}
