/*
 * scoring.c
 *		The module: all that PostgreSQL asks of a shared library.
 */
#include "compat.h"

#include "fmgr.h"

PG_MODULE_MAGIC;
