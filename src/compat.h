/*
 * compat.h
 *		Everything that differs between PostgreSQL 14 and 18, and what the
 *		compiler must offer.
 */
#ifndef SCORING_COMPAT_H
#define SCORING_COMPAT_H

#include "postgres.h"

#if PG_VERSION_NUM < 140000
#error "scoring needs PostgreSQL 14 or later"
#endif

#ifndef HAVE_INT128
#error "scoring needs a compiler with 128-bit integers: its sums are exact"
#endif

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#else
#define rd_firstRelfilelocatorSubid		rd_firstRelfilenodeSubid
#endif

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/tuplestore.h"

/*
 * start_result_set(fcinfo): a set-returning function's tuplestore, to be
 * filled with tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, ...)
 */
#if PG_VERSION_NUM >= 160000
#define start_result_set(fcinfo)	InitMaterializedSRF(fcinfo, 0)
#elif PG_VERSION_NUM >= 150000
#define start_result_set(fcinfo)	SetSingleFuncCall(fcinfo, 0)
#else
static inline void
start_result_set(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext old;

	if (rsinfo == NULL || !IsA(rsinfo, ReturnSetInfo) ||
		!(rsinfo->allowedModes & SFRM_Materialize))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("set-valued function called in context that cannot accept a set")));
	old = MemoryContextSwitchTo(rsinfo->econtext->ecxt_per_query_memory);
	if (get_call_result_type(fcinfo, NULL, &rsinfo->setDesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	rsinfo->returnMode = SFRM_Materialize;
	rsinfo->setResult = tuplestore_begin_heap((rsinfo->allowedModes & SFRM_Materialize_Random) != 0,
											  false, work_mem);
	MemoryContextSwitchTo(old);
}
#endif

/* stands in front of a declaration; so called from 18 on */
#if PG_VERSION_NUM < 180000
#define pg_noreturn			pg_attribute_noreturn()
#endif

/*
 * The JSON parser's actions report success from 16 on, and its lexer takes its
 * own memory as first argument from 17 on.
 */
#if PG_VERSION_NUM >= 160000
#define JSON_ACTION			JsonParseErrorType
#define JSON_ACTION_DONE	return JSON_SUCCESS
#else
#define JSON_ACTION			void
#define JSON_ACTION_DONE	return
#endif

#if PG_VERSION_NUM >= 170000
#define make_json_lexer(text, len) \
	makeJsonLexContextCstringLen(NULL, (text), (len), GetDatabaseEncoding(), true)
#else
#define make_json_lexer(text, len) \
	makeJsonLexContextCstringLen((text), (int) (len), GetDatabaseEncoding(), true)
#endif

/* a name with dots; an error need not be one from 16 on */
#if PG_VERSION_NUM >= 160000
#define name_list_of(name)	stringToQualifiedNameList((name), NULL)
#else
#define name_list_of(name)	stringToQualifiedNameList(name)
#endif

/* what went wrong with a hash is told from 15 on */
#if PG_VERSION_NUM >= 150000
#define cryptohash_error(hash)	pg_cryptohash_error(hash)
#else
#define cryptohash_error(hash)	"out of memory, or not to be had here"
#endif

#endif							/* SCORING_COMPAT_H */
