/*
 * cell_page.h - the pages of cells that one owner writes to.
 */
#ifndef SHIM_METRIC_CELL_PAGE_H
#define SHIM_METRIC_CELL_PAGE_H

#include "base/compiler.h"
#include "metric/cells.h"
#include "metric/spare.h"

struct cell_pages {
	struct cell_page *page; /* the last one, or NULL */
	uint64_t end;		/* offset in it */
	struct spares spares;	/* cells without a series */
};

/* Zeroed, but for the range of a distribution or summary; NULL if there is no
 * room (counted).  By the owner's thread only. */
void *cell_new(struct cell_pages *pages, uint32_t series, uint32_t kind,
	       uint32_t octave, size_t bytes);
/* It belongs to no series any more. */
void cell_free(struct cell_pages *pages, struct cell *cell);

#endif
