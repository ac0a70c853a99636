/*
 * timeline_read.h
 *		What is read from a timeline.
 */
#ifndef SCORING_TIMELINE_READ_H
#define SCORING_TIMELINE_READ_H

#include "timeline/timeline.h"

/* the oldest day of all */
extern int32 timeline_first_day(struct varlena *timeline);

#endif							/* SCORING_TIMELINE_READ_H */
