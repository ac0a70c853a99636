/*
 * owner.c
 *		Acting as the owner of a base, and the one C function behind every
 *		public function that takes a base.
 */
#include "owner.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(scoring_as_owner);

/* what the body of a public function is called */
#define BODY_SUFFIX		"_as_owner"

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
 * What lies in the schema of a base is run as its owner.  So all of it, and the
 * schema, must belong to roles that may act as that owner anyway: whoever owns
 * a table or a function of it, or may put others in their place, could else
 * lend himself the owner's rights.
 */
static void
check_owners(const char *base, Oid schema, Oid owner)
{
	static const char *const query =
		"SELECT pg_catalog.pg_describe_object(o.classid, o.objid, 0), pg_catalog.pg_get_userbyid(o.owner) "
		"FROM (SELECT d.classid, d.objid, coalesce(c.relowner, p.proowner) AS owner "
		"FROM pg_catalog.pg_depend AS d "
		"LEFT JOIN pg_catalog.pg_class AS c ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = d.objid "
		"LEFT JOIN pg_catalog.pg_proc AS p ON d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = d.objid "
		"WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = $1 "
		"UNION ALL SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid, n.nspowner "
		"FROM pg_catalog.pg_namespace AS n WHERE n.oid = $1) AS o "
		"WHERE NOT pg_catalog.pg_has_role(o.owner, $2, 'USAGE') ORDER BY o.objid LIMIT 1";
	Oid			types[2] = {OIDOID, OIDOID};
	Datum		values[2];

	values[0] = ObjectIdGetDatum(schema);
	values[1] = ObjectIdGetDatum(owner);
	if (SPI_execute_with_args(query, 2, types, values, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "the owners of base \"%s\" cannot be told", base);
	if (SPI_processed > 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("not all of base \"%s\" belongs to its owner", base),
				 errdetail("The base belongs to role \"%s\", %s to role \"%s\".",
						   GetUserNameFromId(owner, false),
						   SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1),
						   SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2)),
				 errhint("What lies in the schema of a base runs with its owner's rights.  Give all of it to one role (ALTER ... OWNER TO), or move the other's to another schema.")));
}

/*
 * Switches to the owner of the base, to settings that make every expression
 * mean the same in each session, and to the base's time zone.  An error undoes
 * it with the (sub)transaction.
 */
void
act_as_owner(const char *base, OwnerSwitch *was)
{
	static const char *const settings[][2] = {
		/* names of expressions are looked up where nobody else can add any */
		{"search_path", "pg_catalog, scoring, pg_temp"},
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

	GetUserIdAndSecContext(&was->user, &was->security);
	SetUserIdAndSecContext(owner, was->security | SECURITY_RESTRICTED_OPERATION);
	was->settings = NewGUCNestLevel();
	for (int i = 0; i < lengthof(settings); i++)
		(void) set_config_option(settings[i][0], settings[i][1], PGC_USERSET,
								 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);

	SPI_connect();
	check_owners(base, schema, owner);
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

/* the body of a public function */
typedef struct Body
{
	FmgrInfo	function;
	int			key;			/* the argument that may be of any type, -1: none */
	bool		variadic;		/* and it is a list of them */
} Body;

/* the function that has the body of `function`: the same arguments and result */
static Oid
body_of(Oid function, Body *body)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc proc;
	oidvector  *types;
	char	   *name;
	Oid			oid;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	types = buildoidvector(proc->proargtypes.values, proc->pronargs);
	body->variadic = proc->provariadic == ANYOID;
	body->key = -1;
	for (int i = 0; i < proc->pronargs; i++)
	{
		if (types->values[i] != ANYOID)
			continue;
		types->values[i] = body->variadic ? TEXTARRAYOID : TEXTOID;
		body->key = i;
	}
	name = psprintf("%s" BODY_SUFFIX, NameStr(proc->proname));
	oid = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
						  CStringGetDatum(name), PointerGetDatum(types),
						  ObjectIdGetDatum(proc->pronamespace));
	ReleaseSysCache(tuple);
	if (!OidIsValid(oid))
		elog(ERROR, "function %s is missing", name);
	return oid;
}

/* an argument of any type as text, if it is not NULL */
static Datum
argument_as_text(FunctionCallInfo fcinfo, int argno)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, argno);
	Oid			output;
	bool		varlena;

	if (PG_ARGISNULL(argno))
		return (Datum) 0;
	if (!OidIsValid(type))
		elog(ERROR, "could not determine type of argument %d", argno + 1);
	getTypeOutputInfo(type, &output, &varlena);
	return CStringGetTextDatum(OidOutputFunctionCall(output, PG_GETARG_DATUM(argno)));
}

/* the arguments from `first` on, VARIADIC "any", as text[] */
static Datum
arguments_as_text(FunctionCallInfo fcinfo, int first)
{
	int			n = PG_NARGS() - first;
	Datum	   *values = palloc(sizeof(Datum) * n);
	bool	   *nulls = palloc(sizeof(bool) * n);
	int			lower = 1;

	for (int i = 0; i < n; i++)
	{
		nulls[i] = PG_ARGISNULL(first + i);
		values[i] = argument_as_text(fcinfo, first + i);
	}
	return PointerGetDatum(construct_md_array(values, nulls, 1, &n, &lower,
											  TEXTOID, -1, false, TYPALIGN_INT));
}

/*
 * Every public function that takes a base: f(base text, ...)
 *
 * Calls f_as_owner(), which has the same arguments (text where this one has
 * "any", text[] where it is VARIADIC "any"), as the base's owner.  Errors: no such base (3F000); a caller
 * without the privileges of its owner (42501); and what the body says.
 */
Datum
scoring_as_owner(PG_FUNCTION_ARGS)
{
	Body	   *body = fcinfo->flinfo->fn_extra;
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	LOCAL_FCINFO(call, FUNC_MAX_ARGS);
	OwnerSwitch was;
	Datum		key = (Datum) 0;
	Datum		result;
	int			nargs = PG_NARGS();

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("base must not be null")));
	if (body == NULL)
	{
		Body	   *made = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Body));

		fmgr_info_cxt(body_of(fcinfo->flinfo->fn_oid, made), &made->function,
					  fcinfo->flinfo->fn_mcxt);
		fcinfo->flinfo->fn_extra = body = made;
	}
	if (body->variadic)
	{
		nargs = body->function.fn_nargs;
		if (get_fn_expr_variadic(fcinfo->flinfo))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("the key cannot be given as one VARIADIC array"),
					 errhint("Give its columns one by one.")));
	}

	act_as_owner(text_to_cstring(PG_GETARG_TEXT_PP(0)), &was);
	/* under the settings by which the text is read again */
	if (body->key >= 0)
		key = body->variadic ? arguments_as_text(fcinfo, body->key) : argument_as_text(fcinfo, body->key);
	InitFunctionCallInfoData(*call, &body->function, nargs, fcinfo->fncollation,
							 NULL, (Node *) rsinfo);
	for (int i = 0; i < nargs; i++)
		call->args[i] = fcinfo->args[i];
	if (body->key >= 0)
	{
		call->args[body->key].value = key;
		call->args[body->key].isnull = DatumGetPointer(key) == NULL;
	}
	result = FunctionCallInvoke(call);
	fcinfo->isnull = call->isnull;
	act_as_before(&was);
	return result;
}
