/*
 * face.c
 *		The one C function behind every public function that takes a base.  It
 *		acts as the base's owner, whoever calls it.
 */
#include "base/face.h"
#include "base/owner.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* the body of a public function */
typedef struct Body
{
	FmgrInfo	function;
	int			key;			/* the argument that may be of any type, -1: none */
	bool		variadic;		/* and it is a list of them */
} Body;

Oid
body_named(const char *name, const oidvector *types)
{
	Oid			oid = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
									  CStringGetDatum(name), PointerGetDatum(types),
									  ObjectIdGetDatum(get_namespace_oid("_scoring", false)));

	if (!OidIsValid(oid))
		elog(ERROR, "function _scoring.%s is missing", name);
	return oid;
}

/* the body of `function`: the same name, arguments and result */
static Oid
body_of(Oid function, Body *body)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc proc;
	oidvector  *types;
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
	oid = body_named(NameStr(proc->proname), types);
	ReleaseSysCache(tuple);
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

PG_FUNCTION_INFO_V1(scoring_face);

/*
 * Every public function that takes a base: scoring.f(base text, ...)
 *
 * Calls _scoring.f(), which has the same arguments (text where this one has
 * "any", text[] where it is VARIADIC "any"), as the base's owner.  Errors: no
 * such base (3F000); a caller without the privileges of its owner (42501); and
 * what the body says.
 */
Datum
scoring_face(PG_FUNCTION_ARGS)
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
