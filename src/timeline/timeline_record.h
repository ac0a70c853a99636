/*
 * timeline_record.h
 *		The records of an open timeline, and how they lie in it.
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
 */
#ifndef SCORING_TIMELINE_RECORD_H
#define SCORING_TIMELINE_RECORD_H

#include "timeline/timeline.h"

typedef struct OpenTimeline
{
	int32		vl_len_;
	uint8		version;		/* with TIMELINE_OPEN */
	uint8		reserved[3];
	int32		base;			/* the day that records count from */
	uint32		ntouchpoints;
	uint32		names_end;		/* where the next name goes */
	uint32		records;		/* where the last record begins */
	uint32		recent;			/* the first name that is looked at */
} OpenTimeline;

/* like a TimelineEntry, before it is known to fit one */
typedef struct OpenEntry
{
	int32		day;
	int64		count;			/* at least 1 */
	int64		valued;
	int128		value;
} OpenEntry;

static inline const unsigned char *
open_bytes(const OpenTimeline *open)
{
	return (const unsigned char *) open;
}

static inline const unsigned char *
open_end(const OpenTimeline *open)
{
	return open_bytes(open) + VARSIZE(open);
}

static inline uint32
open_room(const OpenTimeline *open)
{
	return open->records - open->names_end;
}

static inline uint128
read_varint128(const unsigned char **p)
{
	uint128		v = 0;
	int			shift = 0;
	unsigned char b;

	do
	{
		b = *(*p)++;
		v |= (uint128) (b & 0x7f) << shift;
		shift += 7;
	} while (b & 0x80);
	return v;
}

static inline void
skip_varint(const unsigned char **p)
{
	while (*(*p)++ & 0x80)
		;
}

/* Reads a record up to where its kind says what follows; returns the kind. */
static inline int
read_record(const OpenTimeline *open, const unsigned char **p,
			uint32 *touchpoint, int32 *day)
{
	uint64		head;

	*touchpoint = (uint32) read_varint(p);
	head = read_varint(p);
	*day = (int32) (open->base + unzigzag(head >> 2));
	return head & 3;
}

/* Reads what follows in a record of that kind. */
static inline void
read_record_rest(int kind, const unsigned char **p, OpenEntry *entry)
{
	entry->count = 1;
	entry->valued = 0;
	entry->value = 0;
	switch (kind)
	{
		case ENTRY_ONE:
			break;
		case ENTRY_ONE_VALUE:
			entry->valued = 1;
			entry->value = unzigzag(read_varint(p));
			break;
		default:
			{
				uint128		v;

				entry->count = (int64) read_varint(p);
				entry->valued = (int64) read_varint(p);
				v = read_varint128(p);
				entry->value = (int128) (v >> 1) ^ -(int128) (v & 1);
				break;
			}
	}
}

static inline void
skip_record_rest(int kind, const unsigned char **p)
{
	if (kind == ENTRY_ONE)
		return;
	skip_varint(p);
	if (kind == ENTRY_MANY)
	{
		skip_varint(p);
		skip_varint(p);
	}
}

static inline bool
timeline_is_open(const struct varlena *t)
{
	return (uint8) *VARDATA_ANY(t) == (TIMELINE_VERSION | TIMELINE_OPEN);
}

#endif							/* SCORING_TIMELINE_RECORD_H */
