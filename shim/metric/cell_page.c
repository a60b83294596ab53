/*
 * cell_page.c - room for the cells of one owner in the segment.
 */
#include "metric/cell_page.h"

#include "base/segment.h"
#include "base/thread.h"

#include <math.h>

#define FIRST_PAGE 1008 /* with the head of its block: 1 KiB */
#define NEXT_PAGE 4080
#define CACHE_LINE 64

static bool page_new(struct cell_pages *pages)
{
	uint32_t size = pages->page ? NEXT_PAGE : FIRST_PAGE;
	struct cell_page *page =
		segment_alloc(SEGMENT_CELL, size, thread_self.tid, 0);
	uintptr_t start = (uintptr_t)page;
	uint64_t first;

	if (!page)
		return false;
	/* Whole cache lines only; the rest may be somebody else's. */
	first = ((start + sizeof(*page) + CACHE_LINE - 1) & -CACHE_LINE) -
		start;
	pages->end = ((start + size) & -CACHE_LINE) - start;
	page->first = first;
	/* Pairs with page_each() in collect_cells.c. */
	store_release(&page->used, first);
	pages->page = page;
	return true;
}

static void clear_range(struct cell *cell)
{
	struct cell_distribution *d = (void *)cell;
	struct cell_summary *s = (void *)cell;

	if (cell->kind == METRIC_DISTRIBUTION) {
		d->min = INFINITY;
		d->max = -INFINITY;
	} else if (cell->kind == METRIC_SUMMARY) {
		s->min = INFINITY;
		s->max = -INFINITY;
	}
}

void *cell_new(struct cell_pages *pages, uint32_t series, uint32_t kind,
	       uint32_t octave, size_t bytes)
{
	uint32_t size = (uint32_t)(bytes + 15) & -16u;
	struct cell *cell;

	if (!pages->page || pages->page->used + size > pages->end)
		if (!page_new(pages))
			return NULL;
	cell = (void *)((char *)pages->page + pages->page->used);
	*cell = (struct cell){ size, series, kind, octave };
	clear_range(cell);
	/* Pairs with page_each() in collect_cells.c. */
	store_release(&pages->page->used, pages->page->used + size);
	return cell;
}
