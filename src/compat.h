/*
 * compat.h
 *		Everything that differs between PostgreSQL 15 and 19, and what the
 *		compiler must offer.
 */
#ifndef SCORING_COMPAT_H
#define SCORING_COMPAT_H

#include "postgres.h"

#if PG_VERSION_NUM < 150000
#error "scoring needs PostgreSQL 15 or later"
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
#else
#define start_result_set(fcinfo)	SetSingleFuncCall(fcinfo, 0)
#endif

/*
 * Soft errors, from 16 on: who calls an input function may ask in
 * fcinfo->context to be told of an error instead of being thrown out.  Before,
 * and where nobody asks, ereturn() throws.
 */
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#else
#define ereturn(context, value, ...) \
	do { \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
		return value; \
	} while (0)
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
#define JSON_ACTION_FAILED	return JSON_SEM_ACTION_FAILED
/* an escape of a letter that the database's encoding lacks; 15 throws 22P05 */
#define json_letter_lacks(result)	((result) == JSON_UNICODE_UNTRANSLATABLE)
#define json_told_already(result)	((result) == JSON_SEM_ACTION_FAILED)
#else
#define JSON_ACTION			void
#define JSON_ACTION_DONE	return
#define JSON_ACTION_FAILED	return
#define json_letter_lacks(result)	false
#define json_told_already(result)	false
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

#endif							/* SCORING_COMPAT_H */
