/*
 * timeline_open.h
 *		The open form of a timeline: what the aggregates collect in.
 *
 * How it lies in its bytes is in timeline_record.h.
 *
 * A name can be there twice: only the latest few are looked at when a row
 * comes in, so that a row costs the same however many touchpoints there are.
 */
#ifndef SCORING_TIMELINE_OPEN_H
#define SCORING_TIMELINE_OPEN_H

#include "timeline/timeline_record.h"

/*
 * Bytes: of the first allocation (half of that is slower by a seventh, as it
 * soon moves), of those that a row asks for at once, and from which on an open
 * timeline compacts.
 */
#define OPEN_FIRST_SIZE		128
#define OPEN_PREFETCH_SIZE	256
#define OPEN_COMPACT_SIZE	1024

/*
 * With many groups every row finds its state outside the caches.  To ask for
 * the lines that it will need all at once, before the first is looked at,
 * saves waiting for one after the other.  Whether the state is as large as
 * that is not known yet, and does not matter.
 */
static inline void
open_prefetch(const void *state)
{
	for (Size offset = 0; offset < OPEN_PREFETCH_SIZE; offset += 64)
		__builtin_prefetch((const char *) state + offset, 1);
}

/*
 * These add to an open timeline in place as long as there is room; else they
 * return a new one and leave the old one to the caller.  NULL is an empty one,
 * and what is returned after an error that was told softly to the escontext.
 */
extern OpenTimeline *open_add(OpenTimeline *open, const char *name, uint32 len,
							  const OpenEntry *entry, Node *escontext);
/* the same, and frees the old one, which only the caller knows of */
extern OpenTimeline *open_collect(OpenTimeline *open, const char *name,
								  uint32 len, const OpenEntry *entry,
								  Node *escontext);
/* adds all of another timeline, open or closed */
extern OpenTimeline *open_add_all(OpenTimeline *open, struct varlena *other);

/* puts it in order and checks it; the open form is not changed.  NULL after
 * an error that was told softly */
extern struct varlena *open_close(const OpenTimeline *open, Node *escontext);

#endif							/* SCORING_TIMELINE_OPEN_H */
