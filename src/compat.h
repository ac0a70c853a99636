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
#endif

#endif							/* SCORING_COMPAT_H */
