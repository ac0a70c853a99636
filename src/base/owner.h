/*
 * owner.h
 *		Acting as the owner of a base.
 *
 * A base is the user's own: what its expressions say is done with its owner's
 * rights, whoever calls, and in a security-restricted operation, as REFRESH
 * MATERIALIZED VIEW does it.
 */
#ifndef SCORING_OWNER_H
#define SCORING_OWNER_H

#include "compat.h"

/* whom we were before */
typedef struct OwnerSwitch
{
	Oid			user;
	int			security;
	int			settings;		/* nest level of the settings */
} OwnerSwitch;

/* the schema's oid; an error when it is no base, or not the caller's */
extern Oid	base_of_caller(const char *base, Oid *owner);
extern void act_as_owner(const char *base, OwnerSwitch *was);
extern void act_as_before(const OwnerSwitch *was);

#endif							/* SCORING_OWNER_H */
