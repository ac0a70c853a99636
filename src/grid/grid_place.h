/*
 * grid_place.h
 *		Where in a grid's text we are, and errors that say so.
 *
 * Whoever reads a part of the text returns false after an error that was told
 * softly, and its caller does the same.
 */
#ifndef SCORING_GRID_PLACE_H
#define SCORING_GRID_PLACE_H

#include "compat.h"

/* longer names and texts are cut short in messages */
#define CLIP_LENGTH		64

typedef struct Place
{
	const char *touchpoint;
	uint32		number;			/* of the rule in its array, or 0 */
	const char *key;			/* of the rule, or NULL */
	const char *band;			/* or threshold, or NULL */
	Node	   *escontext;		/* who wants errors told softly, or NULL */
} Place;

/* the text, cut short when it is too long for a message */
extern char *clip(const char *text);
/* for ereport(): a detail that says where we are */
extern int	errplace(const Place *place);
/* tells of "invalid input syntax for type grid: ..."; returns false where that
 * is a soft error, and else not at all */
extern bool malformed(const Place *place, const char *hint,
					  const char *format,...) pg_attribute_printf(3, 4);

#endif							/* SCORING_GRID_PLACE_H */
