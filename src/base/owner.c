/*
 * owner.c
 *		Acting as the owner of a base.
 */
#include "base/owner.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/*
 * A base is a schema with a table `base`; that table's owner is the base's.
 */
Oid
base_of_caller(const char *base, Oid *owner)
{
	Oid			schema = get_namespace_oid(base, true);
	Oid			table = OidIsValid(schema) ? get_relname_relid("base", schema) : InvalidOid;
	HeapTuple	tuple;

	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("base \"%s\" does not exist", base),
				 errhint("create_base() makes one.  Its name is taken as it is written, without quotes of SQL.")));
	*owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);

	if (!has_privs_of_role(GetUserId(), *owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of base \"%s\"", base),
				 errdetail("It belongs to role \"%s\".", GetUserNameFromId(*owner, false)),
				 errhint("To read its tiers, SELECT on its views is enough.")));
	return schema;
}

/*
 * Who may create things in that schema and could not do so as `owner` anyway?
 * In words, NULL: nobody.
 */
static const char *
stranger_who_creates(HeapTuple schema, Oid owner)
{
	bool		isnull;
	Datum		datum = SysCacheGetAttr(NAMESPACEOID, schema, Anum_pg_namespace_nspacl, &isnull);
	Acl		   *acl;

	if (isnull)
		return NULL;
	acl = DatumGetAclP(datum);
	for (int i = 0; i < ACL_NUM(acl); i++)
	{
		const AclItem *item = &ACL_DAT(acl)[i];

		if (!(ACLITEM_GET_PRIVS(*item) & ACL_CREATE))
			continue;
		if (item->ai_grantee == ACL_ID_PUBLIC)
			return "Everybody may create things in it.";
		if (!has_privs_of_role(item->ai_grantee, owner))
			return psprintf("Role \"%s\" may create things in it.",
							GetUserNameFromId(item->ai_grantee, false));
	}
	return NULL;
}

/*
 * The extension's own schemas hold what runs as every owner.  So they must be as
 * the script left them: the extension's, a superuser's, and nobody else may
 * create anything there.
 */
static void
check_own_schema(const char *name)
{
	Oid			schema = get_namespace_oid(name, false);
	HeapTuple	tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
	const char *trouble = NULL;
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for schema %u", schema);
	owner = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;
	if (getExtensionOfObject(NamespaceRelationId, schema) != get_extension_oid("scoring", true))
		trouble = "It does not belong to the extension.";
	else if (!superuser_arg(owner))
		trouble = psprintf("It is owned by role \"%s\", who is no superuser.",
						   GetUserNameFromId(owner, false));
	else
		trouble = stranger_who_creates(tuple, owner);
	if (trouble != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("schema \"%s\" is not safe to act as the owner of a base in", name),
				 errdetail_internal("%s", trouble),
				 errhint("A superuser gives it back to the extension: ALTER SCHEMA %s OWNER TO a superuser, REVOKE CREATE ON SCHEMA %s FROM the others.",
						 name, name)));
	ReleaseSysCache(tuple);
}

/* does a function, or else an operator, of that name stand before a base's? */
static bool
is_taken(int cache, const char *name, const Oid own[2])
{
	CatCList   *list = SearchSysCacheList1(cache, CStringGetDatum(name));
	bool		found = false;

	for (int i = 0; i < list->n_members && !found; i++)
	{
		HeapTuple	tuple = &list->members[i]->tuple;
		Oid			schema = cache == PROCNAMEARGSNSP ?
			((Form_pg_proc) GETSTRUCT(tuple))->pronamespace :
			((Form_pg_operator) GETSTRUCT(tuple))->oprnamespace;

		found = schema == own[0] || schema == own[1];
	}
	ReleaseSysCacheList(list);
	return found;
}

/* <score>_on(timeline, date), as every score has one: no body calls that of another schema */
static bool
is_score_function(const char *name, Form_pg_proc proc, Oid timeline)
{
	size_t		size = strlen(name);

	return size > 3 && strcmp(name + size - 3, "_on") == 0 && proc->pronargs == 2 &&
		proc->proargtypes.values[0] == timeline && proc->proargtypes.values[1] == DATEOID;
}

/* one thing in the schema of a base: its owner, and whether its name is a body's */
static void
check_object(const char *base, Oid owner, const ObjectAddress *object, const Oid own[2], Oid timeline)
{
	int			cache = get_object_catcache_oid(object->classId);
	AttrNumber	column = get_object_attnum_owner(object->classId);
	HeapTuple	tuple;
	bool		isnull;
	Oid			other;
	bool		taken = false;

	if (cache < 0 || column == InvalidAttrNumber)
		return;
	tuple = SearchSysCache1(cache, ObjectIdGetDatum(object->objectId));
	if (!HeapTupleIsValid(tuple))
		return;					/* somebody has just dropped it */
	other = DatumGetObjectId(SysCacheGetAttr(cache, tuple, column, &isnull));
	if (!has_privs_of_role(other, owner))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("not all of base \"%s\" belongs to its owner", base),
				 errdetail("The base belongs to role \"%s\", %s to role \"%s\".",
						   GetUserNameFromId(owner, false),
						   getObjectDescription(object, false),
						   GetUserNameFromId(other, false)),
				 errhint("What lies in the schema of a base runs with its owner's rights.  Give all of it to one role (ALTER ... OWNER TO), or move the other's to another schema.")));
	if (object->classId == ProcedureRelationId)
	{
		Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(tuple);

		taken = !is_score_function(NameStr(proc->proname), proc, timeline) &&
			is_taken(PROCNAMEARGSNSP, NameStr(proc->proname), own);
	}
	else if (object->classId == OperatorRelationId)
		taken = is_taken(OPERNAMENSP, NameStr(((Form_pg_operator) GETSTRUCT(tuple))->oprname), own);
	if (taken)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_FUNCTION),
				 errmsg("base \"%s\" has a %s with a name that is taken", base,
						object->classId == ProcedureRelationId ? "function" : "operator"),
				 errdetail("%s could be called in place of one of PostgreSQL or of this extension.",
						   getObjectDescription(object, false)),
				 errhint("Rename it, or move it to another schema.")));
	ReleaseSysCache(tuple);
}

/*
 * What lies in the schema of a base is run as its owner, and its names are
 * looked up after those of pg_catalog and _scoring.  So all of it, and the
 * schema, must belong to roles that may act as that owner anyway: whoever owns
 * a table or a function of it, or may put others in their place, could else
 * lend himself the owner's rights.  And no function of it may be a better match
 * for a call that means another.
 */
static void
check_objects(const char *base, Oid schema, Oid owner)
{
	Oid			own[2] = {PG_CATALOG_NAMESPACE, get_namespace_oid("_scoring", false)};
	Oid			timeline = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("timeline"),
										   ObjectIdGetDatum(get_namespace_oid("scoring", false)));
	Relation	depend = table_open(DependRelationId, AccessShareLock);
	ScanKeyData key[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	ObjectAddress object;
	const char *stranger;

	ObjectAddressSet(object, NamespaceRelationId, schema);
	check_object(base, owner, &object, own, timeline);

	ScanKeyInit(&key[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(NamespaceRelationId));
	ScanKeyInit(&key[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(schema));
	scan = systable_beginscan(depend, DependReferenceIndexId, true, NULL, 2, key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend row = (Form_pg_depend) GETSTRUCT(tuple);

		ObjectAddressSet(object, row->classid, row->objid);
		check_object(base, owner, &object, own, timeline);
	}
	systable_endscan(scan);
	table_close(depend, AccessShareLock);

	/* else it could be put there as soon as we have looked */
	tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
	stranger = HeapTupleIsValid(tuple) ? stranger_who_creates(tuple, owner) : NULL;
	if (stranger != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("schema \"%s\" is not safe to act as the owner of a base in", base),
				 errdetail_internal("%s", stranger),
				 errhint("What lies in the schema of a base runs with its owner's rights: REVOKE CREATE ON SCHEMA %s FROM whoever is not that owner.",
						 quote_identifier(base))));
	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
}

/*
 * Switches to the owner of the base, to a path on which nobody but a superuser
 * and that owner can create anything, to settings that make every expression
 * mean the same in each session, and to the base's time zone.  An error undoes
 * it with the (sub)transaction.
 */
void
act_as_owner(const char *base, OwnerSwitch *was)
{
	static const char *const settings[][2] = {
		{"DateStyle", "ISO, YMD"},
		{"IntervalStyle", "postgres"},
		{"extra_float_digits", "1"},
		{"bytea_output", "hex"},
		{"xmloption", "content"},
		{"xmlbinary", "base64"},
		{"array_nulls", "on"},
		{"lc_time", "C"},
		{"lc_numeric", "C"},
		{"lc_monetary", "C"},
		{"timezone_abbreviations", "Default"},
		{"default_text_search_config", "pg_catalog.simple"},
		{"standard_conforming_strings", "on"},
		{"transform_null_equals", "off"},
		{"quote_all_identifiers", "off"},
		{"plpgsql.extra_errors", "none"},
		{"plpgsql.extra_warnings", "none"},
		/* where row security would hide rows, an error, not a wrong score */
		{"row_security", "off"},
	};
	Oid			owner;
	Oid			schema = base_of_caller(base, &owner);
	char	   *zone;
	char	   *path = psprintf("pg_catalog, _scoring, %s, pg_temp", quote_identifier(base));

	check_own_schema("scoring");
	check_own_schema("_scoring");
	/* in a path, with or without quotes, it is the schema named like the role */
	if (strcmp(base, "$user") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("\"%s\" cannot be the name of a base", base),
				 errhint("In a search path it means another schema.  Rename it: ALTER SCHEMA %s RENAME TO ...",
						 quote_identifier(base))));
	check_objects(base, schema, owner);
	GetUserIdAndSecContext(&was->user, &was->security);
	SetUserIdAndSecContext(owner, was->security | SECURITY_RESTRICTED_OPERATION);
	was->settings = NewGUCNestLevel();
	for (int i = 0; i < lengthof(settings); i++)
		(void) set_config_option(settings[i][0], settings[i][1], PGC_USERSET,
								 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("search_path", path, PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);

	SPI_connect();
	zone = psprintf("SELECT pg_catalog.set_config('TimeZone', time_zone, true) FROM %s.base",
					quote_identifier(base));
	if (SPI_execute(zone, false, 1) != SPI_OK_SELECT || SPI_processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("schema \"%s\" is not a base", base),
				 errdetail("Its table \"base\" has no row.")));
	SPI_finish();
}

void
act_as_before(const OwnerSwitch *was)
{
	AtEOXact_GUC(false, was->settings);
	SetUserIdAndSecContext(was->user, was->security);
}

PG_FUNCTION_INFO_V1(scoring_check_entered);

/*
 * check_entered(base text)
 *
 * The first thing that a body does: an error unless a public function has
 * switched to the base's owner.  Called by itself it would run what a base's
 * owner wrote as whoever calls it, under a path that is anybody's.
 */
Datum
scoring_check_entered(PG_FUNCTION_ARGS)
{
	char	   *base = text_to_cstring(PG_GETARG_TEXT_PP(0));
	Oid			user;
	int			security;
	Oid			owner;

	GetUserIdAndSecContext(&user, &security);
	(void) base_of_caller(base, &owner);
	if (user != owner || !(security & SECURITY_RESTRICTED_OPERATION))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("the functions of schema \"_scoring\" are not for direct use"),
				 errhint("Call the function of that name in schema \"scoring\".")));
	PG_RETURN_VOID();
}
