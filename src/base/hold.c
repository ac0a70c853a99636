/*
 * hold.c
 *		Keeping a relation as it is while it is looked at and then read.
 */
#include "compat.h"

#include "catalog/namespace.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/regproc.h"

PG_FUNCTION_INFO_V1(scoring_hold);

/* may the caller read anything of it? */
static bool
may_read_some(Oid relid)
{
	bool		is_missing = false;

	return pg_class_aclcheck_ext(relid, GetUserId(), ACL_SELECT, &is_missing) == ACLCHECK_OK ||
		pg_attribute_aclcheck_all(relid, GetUserId(), ACL_SELECT, ACLMASK_ANY) == ACLCHECK_OK;
}

/*
 * hold(relation text)
 *
 * The relation that has this name now, NULL when none has.  Until the end of
 * the transaction it keeps its name, owner and columns: it has the lock of who
 * reads it, if the caller may read anything of it.  Errors: no right to use the
 * schema; what is no name.
 */
Datum
scoring_hold(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	RangeVar   *relation = makeRangeVarFromNameList(name_list_of(name));
	Oid			relid = RangeVarGetRelid(relation, NoLock, true);

	if (OidIsValid(relid) && may_read_some(relid))
		relid = RangeVarGetRelid(relation, AccessShareLock, true);
	if (!OidIsValid(relid))
		PG_RETURN_NULL();
	PG_RETURN_OID(relid);
}
