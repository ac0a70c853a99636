/*
 * timeline_sort.h
 *		The records of an open timeline in order, with those of one touchpoint
 *		and day added up.
 */
#ifndef SCORING_TIMELINE_SORT_H
#define SCORING_TIMELINE_SORT_H

#include "timeline/timeline_record.h"

/* what fits on the stack while sorting */
#define SORT_NAMES			32
#define SORT_RECORDS		256

/* a name, and its first bytes as a number that sorts as they do */
typedef struct SortName
{
	uint64		prefix;
	const char *name;
	uint32		len;
	uint32		number;			/* in the open timeline */
} SortName;

/*
 * The records of an open timeline, dealt out by touchpoint and sorted by day.
 * A record is a number: DAY_MAX - day in the upper half, so that the newest
 * come first; below it the kind, and where the rest of the record is unless
 * the kind says it all.
 */
typedef struct SortedRecords
{
	const OpenTimeline *open;
	uint32		ntouchpoints;	/* without doubles */
	SortName   *names;
	uint32	   *starts;			/* ntouchpoints + 1 indexes of records */
	uint64	   *records;

	SortName	few_names[SORT_NAMES];
	uint32		few_starts[SORT_NAMES + 1];
	uint64		few_records[SORT_RECORDS];
} SortedRecords;

extern void timeline_sort(SortedRecords *s, const OpenTimeline *open);
extern void timeline_sort_free(SortedRecords *s);
/* adds up a touchpoint's records of one day, from the i-th record on; returns
 * the index of what follows them, or 0 after an error that was told softly */
extern uint32 timeline_sort_sum(const SortedRecords *s, uint32 touchpoint,
								uint32 i, OpenEntry *sum, Node *escontext);

#endif							/* SCORING_TIMELINE_SORT_H */
