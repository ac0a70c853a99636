/*
 * lock.h
 *		The locks of a base.
 */
#ifndef SCORING_LOCK_H
#define SCORING_LOCK_H

#include "compat.h"

#include "utils/rel.h"

/* for the steps of a refresh that commits in between */
extern void keep_refreshing(const char *base, LockRelId *kept);
extern void end_refreshing(LockRelId *kept);

#endif							/* SCORING_LOCK_H */
