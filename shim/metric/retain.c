/*
 * retain.c - adds segments up and makes a segment of the sum.
 *
 * They are read by the code that reads them for a snapshot, and what is written
 * is read by it again.  Knows neither files nor who is dead.
 */
#include "metric/retain.h"

#include "base/arena.h"
#include "base/heap_block.h"
#include "base/segment_usage.h"
#include "metric/collect.h"
#include "metric/metric.h"
#include "metric/retain_cells.h"
#include "metric/retain_write.h"

#include <errno.h>
#include <string.h>

struct retain {
	struct snapshot *sum;
	struct collect_process process; /* all series are of it */
	struct segment_header header;	/* without texts */
	const char *executable, *service, *attributes;
	struct heap_block heap;
	bool has_heap;
};

struct retain *retain_new(const char *executable, const char *service)
{
	struct retain *retain = arena_borrow(sizeof(*retain));

	if (!retain)
		return NULL;
	retain->sum = snapshot_new();
	if (retain->sum) {
		retain->executable = collect_text(retain->sum, executable);
		retain->service = collect_text(retain->sum, service);
		retain->attributes = "";
	}
	if (!retain->executable || !retain->service) {
		retain_free(retain);
		return NULL;
	}
	return retain;
}

void retain_free(struct retain *retain)
{
	if (!retain)
		return;
	snapshot_free(retain->sum);
	arena_give_back(retain, sizeof(*retain));
}

/* ---- adding ----------------------------------------------------------- */

static void add_header(struct retain *retain, const struct segment_image *image)
{
	const struct segment_header *from = image->header;
	struct segment_header *to = &retain->header;
	const char *attributes;
	uint32_t i, length;

	if (to->processes == 0 ||
	    collect_began_before(from, to->started_boottime,
				 to->started_wall)) {
		to->started_wall = from->started_wall;
		to->started_boottime = from->started_boottime;
	}
	to->processes += from->processes ? from->processes : 1;
	to->pid = from->pid;
	for (i = 0; i < DROP_REASONS; i++)
		to->dropped[i] += from->dropped[i];
	usage_add(&to->usage, &from->usage);
	attributes = segment_text(image, from->attributes, &length);
	if (length)
		retain->attributes =
			pool_text(&retain->sum->pool, &retain->sum->texts,
				  attributes, length);
}

int retain_add(struct retain *retain, const struct segment_image *image)
{
	struct snapshot *sum = retain->sum;
	struct collect_image in = {
		.snapshot = sum,
		.image = image,
		.process = &retain->process,
		.clock.ahead = image->header->monotonic_offset,
	};

	sum->corrupt = false;
	add_header(retain, image);
	collect_cells(&in);
	retain->has_heap |=
		collect_heap_blocks(image, &retain->heap, &sum->corrupt);
	if (sum->corrupt)
		segment_drop(DROP_SEGMENT, 1);
	return sum->pool.failed || !retain->attributes ? -ENOMEM : 0;
}

/* ---- writing ---------------------------------------------------------- */

static uint32_t write_metric(struct retain_writer *w,
			     const struct collect_metric *m)
{
	size_t bounds = m->shape.bound_count * sizeof(double);
	struct metric_block block = {
		.type = m->shape.type,
		.flags = (m->up_down ? METRIC_BLOCK_UP_DOWN : 0) |
			 m->max_series << METRIC_BLOCK_SERIES,
		.order = m->order,
		.name = retain_text(w, m->name),
		.unit = retain_text(w, m->unit),
		.description = retain_text(w, m->description),
		.tag_count = m->tag_count,
		.bound_count = m->shape.bound_count,
		.numerator = m->shape.numerator,
		.denominator = m->shape.denominator,
		.expire = m->expire,
	};
	uint32_t id, i;
	char *body;

	for (i = 0; i < m->tag_count; i++)
		block.tags[i] = retain_text(w, m->keys[i]);
	id = retain_block(w, SEGMENT_METRIC, sizeof(block) + bounds, 0);
	if (id == 0)
		return 0;
	body = retain_body(w, id);
	memcpy(body, &block, sizeof(block));
	if (bounds)
		memcpy(body + sizeof(block), m->bounds, bounds);
	return id;
}

/* series NULL: the overflow series. */
static uint32_t write_series(struct retain_writer *w, uint32_t metric,
			     const struct collect_metric *m,
			     const struct collect_series *series)
{
	uint32_t ids[METRIC_TAGS_MAX * 2] = { 0 }, id, i;
	uint32_t count = series ? series->tag_count : m->tag_count;
	bool keyed = series && series->keys != m->keys;
	size_t size = (keyed ? 2 : 1) * count * sizeof(ids[0]);
	struct series_block *block;

	for (i = 0; series && i < count; i++)
		ids[i] = retain_text(w, series->tags[i]);
	for (i = 0; keyed && i < count; i++)
		ids[count + i] = retain_text(w, series->keys[i]);
	id = retain_block(w, SEGMENT_SERIES, sizeof(*block) + size, metric);
	if (id == 0)
		return 0;
	block = retain_body(w, id);
	block->flags = SERIES_BLOCK_READY |
		       (keyed ? (uint32_t)SERIES_BLOCK_KEYS : 0) |
		       (series ? 0 : (uint32_t)SERIES_BLOCK_OVERFLOW);
	block->value_count = count;
	memcpy(block->values, ids, size);
	return id;
}

static bool is_empty(const struct tally *tally)
{
	return tally->count == 0 && tally->integer == 0 && tally->real == 0;
}

/* A tag set beyond the limit becomes one more share of the overflow series;
 * the next time they are one. */
static void write_metric_series(struct retain_writer *w,
				const struct collect_metric *m)
{
	uint32_t limit = m->max_series ? m->max_series : METRIC_SERIES_MAX;
	uint32_t metric = write_metric(w, m), overflow = 0, count = 0, id;
	const struct collect_series *s;
	uint32_t now = collect_now();

	for (s = m->series; s; s = s->next) {
		if (is_empty(&s->tally) || collect_is_expired(s, now))
			continue;
		if (!s->is_overflow && count < limit) {
			id = write_series(w, metric, m, s);
			count++;
		} else {
			if (overflow == 0)
				overflow = write_series(w, metric, m, NULL);
			id = overflow;
		}
		retain_cells(w, &s->tally, &m->shape, id);
	}
}

static void write_heap(struct retain_writer *w, const struct heap_block *heap)
{
	uint32_t id = retain_block(w, SEGMENT_HEAP, sizeof(*heap), 0);

	if (id)
		memcpy(retain_body(w, id), heap, sizeof(*heap));
}

static void write_header(struct retain *retain, enum segment_state state,
			 struct retain_writer *w)
{
	struct segment_header *header = &retain->header;

	header->magic = SEGMENT_MAGIC;
	header->version = SEGMENT_VERSION;
	header->size = sizeof(*header);
	header->generation = UINT32_MAX; /* of no process */
	header->state = state;
	header->executable = retain_text(w, retain->executable);
	header->service = retain_text(w, retain->service);
	header->attributes = retain_text(w, retain->attributes);
	header->used = w->size;
	if (!w->failed)
		memcpy(w->bytes, header, sizeof(*header));
}

int retain_image(struct retain *retain, enum segment_state state,
		 struct segment_image *image)
{
	const struct collect_metric *m;
	struct retain_writer w;

	memset(image, 0, sizeof(*image));
	retain_writer_init(&w, &retain->sum->pool);
	for (m = retain->sum->metrics; m && !w.failed; m = m->next)
		if (m->series_count)
			write_metric_series(&w, m);
	if (retain->has_heap)
		write_heap(&w, &retain->heap);
	write_header(retain, state, &w);
	if (w.failed) {
		if (w.bytes)
			arena_give_back(w.bytes, w.memory);
		return -ENOMEM;
	}
	image->bytes = w.bytes;
	image->header = (const void *)w.bytes;
	image->size = w.size;
	image->memory = w.memory;
	return 0;
}
