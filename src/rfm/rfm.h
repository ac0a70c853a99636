/*
 * rfm.h
 *		Recency, frequency and monetary value: the one computation behind
 *		rfm() of a timeline and rfm() of events.
 */
#ifndef SCORING_RFM_H
#define SCORING_RFM_H

#include "ground/calendar.h"
#include "ground/decimal.h"

#include "fmgr.h"

/* the purchases of one customer that count on a day */
typedef struct Rfm
{
	int64		frequency;		/* how many; 0: none, the rest says nothing */
	int32		first;			/* day of the oldest */
	int32		last;			/* day of the latest */
	int64		valued;			/* how many have a value */
	int128		value;			/* sum of the values, VALUE_PLACES */
} Rfm;

/* there are more purchases than frequency can say */
pg_noreturn extern void rfm_out_of_range(void);
/* the composite; frequency is not 0 */
extern Datum rfm_result(FunctionCallInfo fcinfo, const Rfm *rfm, int32 as_of);

#endif							/* SCORING_RFM_H */
