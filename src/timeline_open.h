/*
 * timeline_open.h
 *		The open form of a timeline: what the aggregates collect in.
 *
 * It is a value of the type timeline with TIMELINE_OPEN in its first byte and
 * its capacity as its size: a log of what was added, in any order, that is put
 * in order when it is closed.  The names of touchpoints grow upwards from the
 * header, so that a row touches few cache lines; records grow downwards from
 * the end.  A record is
 *
 *		varint	number of the touchpoint: the n-th name
 *		varint	zigzag of the days since base << 2 | ENTRY_ kind
 *		ENTRY_ONE_VALUE: zigzag varint, the value
 *		ENTRY_MANY: varint count, varint valued, zigzag varint of 128 bits,
 *				the value
 *
 * A name can be there twice: only the latest few are looked at when a row
 * comes in, so that a row costs the same however many touchpoints there are.
 */
#ifndef SCORING_TIMELINE_OPEN_H
#define SCORING_TIMELINE_OPEN_H

#include "timeline.h"

typedef struct OpenTimeline
{
	int32		vl_len_;
	uint8		version;		/* with TIMELINE_OPEN */
	uint8		reserved[3];
	int32		base;			/* the day that records count from */
	uint32		ntouchpoints;
	uint32		names_end;		/* where the next name goes */
	uint32		records;		/* where the last record begins */
	uint32		recent;			/* the first name that is looked at ... */
	uint32		recent_number;	/* ... and its number */
} OpenTimeline;

/* like a TimelineEntry, before it is known to fit one */
typedef struct OpenEntry
{
	int32		day;
	int64		count;			/* at least 1 */
	int64		valued;
	int128		value;
} OpenEntry;

static inline bool
timeline_is_open(const struct varlena *t)
{
	return (*VARDATA_ANY(t) & TIMELINE_OPEN) != 0;
}

/*
 * These add to an open timeline in place as long as there is room; else they
 * return a new one and leave the old one to the caller.  NULL is an empty one.
 */
extern OpenTimeline *open_add(OpenTimeline *open, const char *name, uint32 len,
							  const OpenEntry *entry);
/* adds all of another timeline, open or closed */
extern OpenTimeline *open_add_all(OpenTimeline *open, struct varlena *other);

/* puts it in order and checks it; the open form is not changed */
extern struct varlena *open_close(const OpenTimeline *open);

#endif							/* SCORING_TIMELINE_OPEN_H */
