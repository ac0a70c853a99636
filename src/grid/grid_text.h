/*
 * grid_text.h
 *		The canonical text of a grid.
 */
#ifndef SCORING_GRID_TEXT_H
#define SCORING_GRID_TEXT_H

#include "grid/grid.h"

extern char *grid_text(const Grid *grid);

#endif							/* SCORING_GRID_TEXT_H */
