/*
 * series.c - the table of series, and their blocks in the segment.
 *
 * The table is append-only until a fork, so a search needs no lock.  A child
 * begins with an empty table: its segment is a new one, and series that only
 * its parent had count towards no limit of the child.
 */
#include "metric/series.h"

#include "base/arena.h"
#include "base/segment.h"
#include "metric/cells.h"

#include <string.h>

#define BUCKETS 2048

static struct series *table[BUCKETS];
static struct series *spares; /* under metrics_lock */

static struct series **bucket(uint64_t hash)
{
	return &table[(hash >> 8) % BUCKETS];
}

static struct series *find(const struct metric *metric, uint64_t hash)
{
	/* Pairs with add(): the series is complete before it is linked. */
	struct series *s = load_acquire(bucket(hash));

	while (s && (s->hash != hash || s->metric != metric))
		s = s->next;
	return s;
}

static uint32_t put_text(const char *text)
{
	return text[0] ? segment_put_string(text, strlen(text)) : 0;
}

static bool put_tags(const struct metric *metric, struct metric_block *block)
{
	const struct metric_definition *d = &metric->definition;
	uint32_t i;

	for (i = 0; i < metric->tag_count; i++) {
		block->tags[i] = symbol_segment_id((struct symbol *)d->tags[i]);
		if (block->tags[i] == 0)
			return false;
	}
	return true;
}

/* Under metrics_lock: makes sure that the definition is in the segment. */
static bool put_metric(struct metric *metric)
{
	const struct metric_definition *d = &metric->definition;
	size_t bounds = metric->bound_count * sizeof(double);
	struct metric_block *block;

	if (metric->id != 0 && metric->generation == segment_generation())
		return true;
	block = segment_alloc(SEGMENT_METRIC,
			      (uint32_t)(sizeof(*block) + bounds), 0, 0);
	if (!block)
		return false;
	block->flags = (metric->up_down ? METRIC_BLOCK_UP_DOWN : 0) |
		       metric->max_series << METRIC_BLOCK_SERIES;
	block->order = metric->order;
	block->name = put_text(d->name);
	block->unit = put_text(d->unit);
	block->description = put_text(d->description);
	block->tag_count = metric->tag_count;
	block->bound_count = metric->bound_count;
	block->numerator = d->numerator;
	block->denominator = d->denominator;
	memcpy(block->bounds, d->buckets, bounds);
	if (!put_tags(metric, block) || block->name == 0)
		return false;
	/* Pairs with read_metric() in collect_cells.c. */
	store_release(&block->type, metric->type);
	metric->id = segment_id(block);
	metric->generation = segment_generation();
	return true;
}

static uint32_t text_id(const struct tag_text *text)
{
	struct symbol *s = text->symbol;

	if (!s)
		s = symbol_intern(text->text, text->length);
	return s ? symbol_segment_id(s) : 0;
}

/* The ids of all values, then those of the keys if it has its own. */
static bool put_texts(const struct series_tags *tags, uint32_t *ids)
{
	uint32_t i;

	for (i = 0; i < tags->count; i++) {
		ids[i] = tags->texts[i].length ? text_id(&tags->texts[i]) : 0;
		if (ids[i] == 0 && tags->texts[i].length)
			return false;
	}
	for (i = 0; tags->keys && i < tags->count; i++) {
		ids[tags->count + i] =
			symbol_segment_id((struct symbol *)tags->keys[i]);
		if (ids[tags->count + i] == 0)
			return false;
	}
	return true;
}

/* Under metrics_lock.  tags NULL: the overflow series. */
static bool put_series(struct metric *metric, struct series *series,
		       const struct series_tags *tags)
{
	uint32_t ids[METRIC_TAGS_MAX * 2] = { 0 };
	uint32_t count = tags ? tags->count : metric->tag_count, size;
	uint32_t flags = SERIES_BLOCK_READY;
	struct series_block *block;

	if (!tags)
		flags |= SERIES_BLOCK_OVERFLOW;
	else if (!put_texts(tags, ids))
		return false;
	else if (tags->keys)
		flags |= SERIES_BLOCK_KEYS;
	if (!put_metric(metric))
		return false;
	size = count * (uint32_t)sizeof(uint32_t);
	if (flags & SERIES_BLOCK_KEYS)
		size *= 2;
	block = segment_alloc(SEGMENT_SERIES, (uint32_t)sizeof(*block) + size,
			      0, metric->id);
	if (!block)
		return false;
	block->value_count = count;
	memcpy(block->values, ids, size);
	/* Pairs with read_series() in collect_cells.c. */
	store_release(&block->flags, flags);
	series->id = segment_id(block);
	series->generation = segment_generation();
	return true;
}

static struct series *series_new(struct metric *metric, uint64_t hash)
{
	struct series *s = spares;

	if (s)
		spares = s->next;
	else
		s = arena_alloc(sizeof(*s));
	if (!s) {
		segment_drop(DROP_MEMORY, 1);
		return NULL;
	}
	*s = (struct series){ .metric = metric, .hash = hash };
	return s;
}

/* Under metrics_lock. */
static struct series *add(struct metric *metric, uint64_t hash,
			  const struct series_tags *tags)
{
	struct series *s = series_new(metric, hash);

	if (!s)
		return NULL;
	if (!put_series(metric, s, tags)) {
		s->next = spares;
		spares = s;
		return NULL;
	}
	s->is_overflow = !tags;
	if (!tags) {
		/* Pairs with overflow(). */
		store_release(&metric->overflow, s);
		return s;
	}
	s->next = *bucket(hash);
	/* Pairs with find(). */
	store_release(bucket(hash), s);
	store_relaxed(&metric->series_count, metric->series_count + 1);
	return s;
}

/* Under metrics_lock. */
static struct series *get(struct metric *metric, uint64_t hash,
			  const struct series_tags *tags)
{
	struct series *s = find(metric, hash);

	if (s)
		return s;
	if (metric->series_count < metric->max_series)
		return add(metric, hash, tags);
	return metric->overflow ? metric->overflow : add(metric, 0, NULL);
}

/* The overflow series, once it is clear that there is no other. */
static const struct series *overflow(const struct metric *metric)
{
	if (load_relaxed(&metric->series_count) < metric->max_series)
		return NULL;
	/* Pairs with add(). */
	return load_acquire(&metric->overflow);
}

const struct series *series_get(struct metric *metric, uint64_t hash,
				const struct series_tags *tags)
{
	const struct series *s = find(metric, hash);

	if (!s)
		s = overflow(metric);
	if (s)
		return s;
	if (!lock_acquire(&metrics_lock)) {
		segment_drop(DROP_LOCK, 1);
		return NULL;
	}
	s = get(metric, hash, tags);
	lock_release(&metrics_lock);
	return s;
}

void series_forget(struct metric *metric)
{
	struct metric_block *block = NULL;

	if (metric->generation == segment_generation())
		block = segment_body(metric->id);
	/* Passed over by read_metric() in collect_cells.c. */
	if (block)
		store_relaxed(&block->type, 0);
}

void series_after_fork(void)
{
	size_t i;

	for (i = 0; i < BUCKETS; i++) {
		while (table[i]) {
			struct series *s = table[i];

			table[i] = s->next;
			s->next = spares;
			spares = s;
		}
	}
}
