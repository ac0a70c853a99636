/*
 * cut_state.h
 *		What the cut aggregates collect.
 */
#ifndef SCORING_CUT_STATE_H
#define SCORING_CUT_STATE_H

#include "compat.h"

#include "fmgr.h"

#include "cuts/fractions.h"
#include "cuts/sample.h"

/* how many tiers there can be */
#define TIERS_MIN	2
#define TIERS_MAX	10000

/*
 * The transition state of every cut aggregate: the population, and what it is
 * to be divided by, which is a number of tiers or a list of fractions.
 */
typedef struct CutState
{
	Sample		sample;
	int32		tiers;			/* 0 when there are borders */
	Fractions  *borders;		/* NULL when there is a number of tiers */
	char	   *argument;		/* the bytes that the borders were read from */
	Size		argument_len;	/* 0 when they are not known */
} CutState;

/* for the final functions: the state, or NULL when there is no value in it */
extern CutState *cut_state_of(FunctionCallInfo fcinfo);
/* a number of tiers that is an argument; an error unless it is in bounds */
extern void check_tiers(int32 tiers);

#endif							/* SCORING_CUT_STATE_H */
