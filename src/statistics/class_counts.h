/*
 * class_counts.h
 *		How many there are of each class: the bigint[] of psi() and chi_square().
 */
#ifndef SCORING_CLASS_COUNTS_H
#define SCORING_CLASS_COUNTS_H

#include "compat.h"

#include "utils/array.h"

/* an array of one dimension at most, without nulls, else an error that names it */
extern void check_classes(ArrayType *array, const char *argument);

/* the counts and their sum; one below 0 is an error */
extern const int64 *class_counts(ArrayType *array, const char *argument, int *count, float8 *sum);

#endif							/* SCORING_CLASS_COUNTS_H */
