/*
 * retain_cells.h - from a tally back to a cell.
 */
#ifndef SHIM_METRIC_RETAIN_CELLS_H
#define SHIM_METRIC_RETAIN_CELLS_H

#include "metric/fold.h"
#include "metric/retain_write.h"

/* A page with the cells of this series; folding them gives the tally. */
void retain_cells(struct retain_writer *writer, const struct tally *tally,
		  const struct fold_shape *shape, uint32_t series);

#endif
