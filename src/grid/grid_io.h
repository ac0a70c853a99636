/*
 * grid_io.h
 *		Text to a grid.
 */
#ifndef SCORING_GRID_IO_H
#define SCORING_GRID_IO_H

#include "grid/grid.h"

/* the text must end in NUL; what is wrong with it is an error, and NULL when
 * that is a soft one */
extern Grid *grid_of_text(char *text, size_t len, Node *escontext);

#endif							/* SCORING_GRID_IO_H */
