/*
 * collect_cells.c - reads definitions, series and cells out of an image.
 *
 * A file may say anything.  What is not complete (the writer is at it, or died
 * at it) or not yet in the image is passed over in silence; what cannot have
 * been written by us is passed over and counted.
 */
#include "metric/collect.h"

#include "event/symbol.h"

#include <math.h>
#include <string.h>

/* A block that was understood, or not: then series is NULL. */
struct seen {
	struct pool_link link; /* hash: the id */
	struct collect_series *series;
	struct collect_metric *metric;
};

struct reader {
	struct collect_image *in;
	struct pool scratch; /* for this image */
	struct pool_index metrics, series;
};

static void *corrupt(const struct reader *reader)
{
	reader->in->snapshot->corrupt = true;
	return NULL;
}

/* A block that came after the copy was taken? */
static bool is_newer(const struct reader *reader, uint32_t id)
{
	return (uint64_t)id * SEGMENT_UNIT >= reader->in->image->size;
}

/* "" for id 0; NULL: not there yet, corrupt, or no memory. */
static const char *text_of(const struct reader *reader, uint32_t id)
{
	struct snapshot *snapshot = reader->in->snapshot;
	uint32_t length;
	const char *text = segment_text(reader->in->image, id, &length);

	if (id != 0 && is_newer(reader, id))
		return NULL;
	if (length > SYMBOL_LENGTH_MAX ||
	    (id != 0 && !segment_find(reader->in->image, id, SEGMENT_STRING,
				      sizeof(struct segment_string))))
		return corrupt(reader);
	return pool_text(&snapshot->pool, &snapshot->texts, text, length);
}

static bool bounds_are_good(const struct metric_block *block)
{
	uint32_t i;

	for (i = 0; i < block->bound_count; i++)
		if (!isfinite(block->bounds[i]) ||
		    (i > 0 && block->bounds[i] <= block->bounds[i - 1]))
			return false;
	return true;
}

static bool is_good_metric(const struct metric_block *block, uint32_t space)
{
	return block->type <= METRIC_DISTRIBUTION &&
	       block->tag_count <= METRIC_TAGS_MAX &&
	       block->bound_count <= METRIC_BUCKETS_MAX &&
	       sizeof(*block) + block->bound_count * sizeof(double) <= space &&
	       block->numerator != 0 && block->denominator != 0 &&
	       bounds_are_good(block);
}

static struct collect_metric *make_metric(const struct reader *reader,
					  const struct metric_block *block)
{
	struct collect_metric like = {
		.shape = { block->type, block->bound_count, block->numerator,
			   block->denominator },
		.order = block->order,
		.max_series = block->flags >> METRIC_BLOCK_SERIES,
		.up_down = block->flags & METRIC_BLOCK_UP_DOWN,
		.expire = block->expire,
		.tag_count = block->tag_count,
		.name = text_of(reader, block->name),
		.unit = text_of(reader, block->unit),
		.description = text_of(reader, block->description),
		.bounds = block->bounds,
	};
	uint32_t i;

	if (!like.name || !like.unit || !like.description)
		return NULL;
	for (i = 0; i < like.tag_count; i++) {
		like.keys[i] = text_of(reader, block->tags[i]);
		if (!like.keys[i])
			return NULL;
	}
	if (like.name[0] == '\0')
		return corrupt(reader);
	return collect_metric(reader->in->snapshot, &like);
}

/* Pairs with put_metric() in series.c: type is stored last. */
static struct collect_metric *read_metric(const struct reader *reader,
					  uint32_t id)
{
	const struct metric_block *block = segment_find(
		reader->in->image, id, SEGMENT_METRIC, sizeof(*block));
	const struct segment_block *head = (const void *)block;

	if (!block)
		return is_newer(reader, id) ? NULL : corrupt(reader);
	if (block->type == 0)
		return NULL;
	if (!is_good_metric(block, segment_block_space(head - 1)))
		return corrupt(reader);
	return make_metric(reader, block);
}

/* The note about a block; a new one has neither metric nor series. */
static struct seen *note(struct reader *reader, struct pool_index *index,
			 uint32_t id, bool *is_new)
{
	struct pool_link *link = pool_find(index, id);
	struct seen *seen;

	*is_new = !link;
	if (link)
		return CONTAINER_OF(link, struct seen, link);
	seen = pool_alloc(&reader->scratch, sizeof(*seen));
	if (!seen || !pool_add(&reader->scratch, index, &seen->link, id))
		return NULL;
	return seen;
}

static struct collect_metric *get_metric(struct reader *reader, uint32_t id)
{
	bool is_new;
	struct seen *seen = note(reader, &reader->metrics, id, &is_new);

	if (seen && is_new)
		seen->metric = read_metric(reader, id);
	return seen ? seen->metric : NULL;
}

/* A text in the body of `space` bytes itself. */
static const char *inline_text(const struct reader *reader,
			       const struct series_block *block, uint32_t space,
			       uint32_t at)
{
	struct snapshot *snapshot = reader->in->snapshot;
	uint32_t length;

	if (at > space || space - at < sizeof(length))
		return corrupt(reader);
	memcpy(&length, (const char *)block + at, sizeof(length));
	if (length > space - at - sizeof(length) || length > SYMBOL_LENGTH_MAX)
		return corrupt(reader);
	return pool_text(&snapshot->pool, &snapshot->texts,
			 (const char *)block + at + sizeof(length), length);
}

static bool values_of(const struct reader *reader,
		      const struct series_block *block, uint32_t space,
		      const char **texts)
{
	uint32_t i;

	for (i = 0; i < block->value_count; i++) {
		uint32_t value = block->values[i];

		if (value & SERIES_TEXT_INLINE)
			texts[i] = inline_text(reader, block, space,
					       value & ~SERIES_TEXT_INLINE);
		else
			texts[i] = text_of(reader, value);
		if (!texts[i])
			return false;
	}
	return true;
}

/* `count` texts; false: not there yet, corrupt, or no memory. */
static bool texts_of(const struct reader *reader, const uint32_t *ids,
		     uint32_t count, const char **texts)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		texts[i] = text_of(reader, ids[i]);
		if (!texts[i])
			return false;
	}
	return true;
}

static bool is_good_series(const struct series_block *block, uint32_t space,
			   const struct collect_metric *metric)
{
	bool keyed = block->flags & SERIES_BLOCK_KEYS;
	uint32_t count = block->value_count;

	if (count > METRIC_TAGS_MAX || (!keyed && count != metric->tag_count))
		return false;
	return sizeof(*block) + (keyed + 1) * count * sizeof(uint32_t) <= space;
}

/* Pairs with put_series() in series.c: flags are stored last. */
static struct collect_series *read_series(struct reader *reader, uint32_t id)
{
	const struct series_block *block = segment_find(
		reader->in->image, id, SEGMENT_SERIES, sizeof(*block));
	const char *tags[METRIC_TAGS_MAX], *own[METRIC_TAGS_MAX];
	const char *const *keys = own;
	const struct segment_block *head;
	struct collect_metric *metric;

	if (!block)
		return is_newer(reader, id) ? NULL : corrupt(reader);
	if (!(block->flags & SERIES_BLOCK_READY) ||
	    (block->flags & SERIES_BLOCK_GONE))
		return NULL;
	head = (const struct segment_block *)(const void *)block - 1;
	metric = get_metric(reader, head->link);
	if (!metric)
		return NULL;
	if (!is_good_series(block, segment_block_space(head), metric))
		return corrupt(reader);
	if (!(block->flags & SERIES_BLOCK_KEYS))
		keys = metric->keys;
	else if (!texts_of(reader, block->values + block->value_count,
			   block->value_count, own))
		return NULL;
	if (!values_of(reader, block, segment_block_space(head), tags))
		return NULL;
	return collect_series_keyed(reader->in, metric, keys, tags,
				    block->value_count,
				    block->flags & SERIES_BLOCK_OVERFLOW);
}

static struct collect_series *get_series(struct reader *reader, uint32_t id)
{
	bool is_new;
	struct seen *seen = note(reader, &reader->series, id, &is_new);

	if (seen && is_new)
		seen->series = read_series(reader, id);
	return seen ? seen->series : NULL;
}

/* What a process has now says nothing once it is gone. */
static bool is_of_the_living(const struct collect_metric *metric)
{
	return metric->shape.type == METRIC_LAST_VALUE || metric->up_down;
}

/* Pairs with cell_new(): a cell that has a series now has nothing else's
 * numbers. */
static void read_cell(struct reader *reader, const struct cell *cell)
{
	uint32_t series = load_acquire(&cell->series);
	struct collect_series *s = series ? get_series(reader, series) : NULL;
	enum fold_result result;

	if (!s || (is_of_the_living(s->metric) && !reader->in->alive))
		return;
	result = fold_cell(&s->tally, &s->metric->shape, cell,
			   &reader->in->clock, &reader->in->snapshot->pool);
	if (result == FOLD_CORRUPT)
		corrupt(reader);
}

/* Pairs with page_new() and cell_new() in cell_page.c, which store `used`
 * last. */
static void page_each(struct reader *reader, const struct segment_block *block)
{
	const struct cell_page *page = segment_block_body(block);
	uint32_t space = segment_block_space(block);
	uint64_t at;

	if (space < sizeof(*page) || page->used > space ||
	    (page->used != 0 &&
	     (page->first < sizeof(*page) || page->first > page->used ||
	      page->first % 16 != 0))) {
		corrupt(reader);
		return;
	}
	if (page->used == 0)
		return;
	for (at = page->first; at < page->used;) {
		const struct cell *cell =
			(const void *)((const char *)page + at);

		if (page->used - at < sizeof(*cell) || cell->size % 16 != 0 ||
		    cell->size < sizeof(*cell) ||
		    cell->size > page->used - at) {
			corrupt(reader);
			return;
		}
		read_cell(reader, cell);
		at += cell->size;
	}
}

void collect_cells(struct collect_image *image)
{
	struct reader reader = { .in = image };
	const struct segment_block *block = NULL;

	while ((block = segment_next(image->image, block)) != NULL)
		if (block->kind == SEGMENT_CELL)
			page_each(&reader, block);
	if (reader.scratch.failed)
		image->snapshot->pool.failed = true;
	pool_fini(&reader.scratch);
}
