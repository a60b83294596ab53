/*
 * retain_cells.c - the inverse of fold_cell().
 */
#include "metric/retain_cells.h"

#include <string.h>

struct page {
	struct retain_writer *writer;
	uint32_t id, series, touched;
};

/* All cells of a page have one size. */
static bool page_new(struct page *page, size_t size, size_t count)
{
	size = (size + 15) & ~(size_t)15;
	page->id = retain_block(page->writer, SEGMENT_CELL,
				sizeof(struct cell_page) + size * count, 0);
	if (page->id)
		*(struct cell_page *)retain_body(page->writer, page->id) =
			(struct cell_page){ sizeof(struct cell_page),
					    sizeof(struct cell_page) };
	return page->id != 0;
}

static void *cell_new(const struct page *page, size_t size, uint32_t kind,
		      uint32_t octave)
{
	struct cell_page *body = retain_body(page->writer, page->id);
	struct cell *cell = (void *)((char *)body + body->used);

	size = (size + 15) & ~(size_t)15;
	*cell = (struct cell){ (uint32_t)size, page->series, (uint16_t)kind,
			       (uint16_t)octave, page->touched };
	body->used += size;
	return cell;
}

/* As in a thread's cell: an integer for which there is no room is a real. */
static void split(const struct tally *tally, int64_t *integer, double *real)
{
	*real = tally->real;
	*integer = (int64_t)tally->integer;
	if (*integer == tally->integer)
		return;
	*real += (double)tally->integer;
	*integer = 0;
}

static void write_sum(struct page *page, const struct tally *tally)
{
	struct cell_sum *cell;

	if (!page_new(page, sizeof(*cell), 1))
		return;
	cell = cell_new(page, sizeof(*cell), METRIC_SUM, 0);
	cell->count = tally->count;
	split(tally, &cell->integer, &cell->real);
}

static void write_counter(struct page *page, const struct tally *tally)
{
	struct cell_counter *cell;

	if (!page_new(page, sizeof(*cell), 1))
		return;
	cell = cell_new(page, sizeof(*cell), METRIC_COUNTER, 0);
	cell->count = tally->count;
}

static void write_distribution(struct page *page, const struct tally *tally,
			       uint32_t bounds)
{
	struct cell_distribution *cell;
	size_t counts = (bounds + 1) * sizeof(uint64_t);

	if (!page_new(page, sizeof(*cell) + counts, 1))
		return;
	cell = cell_new(page, sizeof(*cell) + counts, METRIC_DISTRIBUTION, 0);
	split(tally, &cell->integer, &cell->real);
	cell->min = tally->min;
	cell->max = tally->max;
	memcpy(cell->buckets, tally->buckets, counts);
}

static void write_octaves(struct page *page,
			  const struct summary_histogram *histogram)
{
	struct cell_octave *cell;
	uint32_t count = 0, i;

	for (i = 0; i < SUMMARY_OCTAVES; i++)
		count += histogram->octaves[i] != NULL;
	if (count == 0 || !page_new(page, sizeof(*cell), count))
		return;
	for (i = 0; i < SUMMARY_OCTAVES; i++) {
		if (!histogram->octaves[i])
			continue;
		cell = cell_new(page, sizeof(*cell), CELL_OCTAVE, i);
		memcpy(cell->counts, histogram->octaves[i],
		       sizeof(cell->counts));
	}
}

static void write_summary(struct page *page, const struct tally *tally)
{
	struct cell_summary *cell;

	if (!page_new(page, sizeof(*cell), 1))
		return;
	cell = cell_new(page, sizeof(*cell), METRIC_SUMMARY, 0);
	cell->count = tally->count;
	split(tally, &cell->integer, &cell->real);
	cell->min = tally->min;
	cell->max = tally->max;
	cell->zeros = tally->histogram->zeros;
	write_octaves(page, tally->histogram);
}

void retain_cells(struct retain_writer *writer, const struct tally *tally,
		  const struct fold_shape *shape, uint32_t series)
{
	struct page page = { .writer = writer,
			     .series = series,
			     .touched = tally->touched };

	switch (shape->type) {
	case METRIC_COUNTER:
		write_counter(&page, tally);
		break;
	case METRIC_SUM:
		write_sum(&page, tally);
		break;
	case METRIC_SUMMARY:
		write_summary(&page, tally);
		break;
	case METRIC_DISTRIBUTION:
		write_distribution(&page, tally, shape->bound_count);
		break;
	default: /* last values are of the living */
		break;
	}
}
