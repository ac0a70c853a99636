/*
 * grid.c
 *		The grid as it is stored.
 */
#include "grid/grid.h"

void
grid_refuse(const Grid *grid)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("grid has format version %u, and this library reads version %u",
					grid->version, GRID_VERSION),
			 errhint("Install the version of scoring that wrote it, or a later one.")));
}
