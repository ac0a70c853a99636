/*
 * face.h
 *		Public functions and their bodies.
 */
#ifndef SCORING_FACE_H
#define SCORING_FACE_H

#include "compat.h"

/* the function of that name and these arguments in schema _scoring */
extern Oid	body_named(const char *name, const oidvector *types);

#endif							/* SCORING_FACE_H */
