/*
 * cell_page.c - room for the cells of one owner in the segment.
 */
#include "metric/cell_page.h"

#include "base/segment.h"
#include "base/thread.h"

#include <math.h>

#define FIRST_PAGE 1008 /* with the head of its block: 1 KiB */
#define NEXT_PAGE 4080

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
	/* The block counts already: who copies it now copies this. */
	store_relaxed(&page->first, first);
	/* Pairs with page_each() in collect_cells.c. */
	store_release(&page->used, first);
	pages->page = page;
	return true;
}

static void set_range(double *min, double *max)
{
	double infinite = INFINITY, negative = -INFINITY;

	__atomic_store(min, &infinite, __ATOMIC_RELAXED);
	__atomic_store(max, &negative, __ATOMIC_RELAXED);
}

static void clear_range(struct cell *cell)
{
	struct cell_distribution *d = (void *)cell;
	struct cell_summary *s = (void *)cell;

	if (cell->kind == METRIC_DISTRIBUTION)
		set_range(&d->min, &d->max);
	else if (cell->kind == METRIC_SUMMARY)
		set_range(&s->min, &s->max);
}

static struct cell *cell_place(struct cell_pages *pages, uint32_t size)
{
	if (!pages->page || pages->page->used + size > pages->end)
		if (!page_new(pages))
			return NULL;
	return (void *)((char *)pages->page + pages->page->used);
}

static void set_kind(struct cell *cell, uint32_t kind, uint32_t octave)
{
	store_relaxed(&cell->kind, (uint16_t)kind);
	store_relaxed(&cell->octave, (uint16_t)octave);
	store_relaxed(&cell->touched, 0);
}

void *cell_new(struct cell_pages *pages, uint32_t series, uint32_t kind,
	       uint32_t octave, size_t bytes)
{
	uint32_t size = (uint32_t)(bytes + 15) & -16u;
	struct cell *cell = spares_take(&pages->spares, size);
	bool is_spare = cell;

	if (!cell)
		cell = cell_place(pages, size);
	if (!cell)
		return NULL;
	if (is_spare)
		spares_fill(cell + 1, NULL, size - sizeof(*cell));
	else
		/* Pages are copied whole, what is behind `used` too. */
		store_relaxed(&cell->size, size);
	set_kind(cell, kind, octave);
	clear_range(cell);
	/* Pairs with read_cell() in collect_cells.c: it is empty before it is
	 * anybody's. */
	store_release(&cell->series, series);
	/* Pairs with page_each() in collect_cells.c. */
	if (!is_spare)
		store_release(&pages->page->used, pages->page->used + size);
	return cell;
}

void cell_free(struct cell_pages *pages, struct cell *cell)
{
	store_relaxed(&cell->series, 0);
	spares_put(&pages->spares, cell, cell->size);
}
