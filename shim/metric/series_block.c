/*
 * series_block.c - puts definitions and tag sets into the segment.
 *
 * Texts that are symbols are referred to; others, which may have no end, stand
 * in the block of the series and go with it.
 */
#include "metric/series_block.h"

#include "base/arena.h"
#include "base/segment.h"
#include "metric/cells.h"
#include "metric/spare.h"

#include <string.h>

#define ROUND 64 /* of blocks, so that another one fits into its place */

static struct spares spare_series, spare_metrics;

static uint32_t put_text(const char *text)
{
	struct symbol *symbol;

	if (!text[0])
		return 0;
	symbol = symbol_intern(text, strlen(text));
	return symbol ? symbol_segment_id(symbol)
		      : segment_put_string(text, strlen(text));
}

static uint32_t size_of(const void *body)
{
	return segment_block_space((const struct segment_block *)body - 1);
}

/* Where a block is made before it is copied in one go. */
static void *draft_new(uint32_t *size)
{
	void *draft;

	*size = (*size + ROUND - 1) & -(uint32_t)ROUND;
	draft = arena_alloc(*size);
	if (!draft)
		segment_drop(DROP_MEMORY, 1);
	return draft;
}

/* Makes a block of a draft, out of one that is not used any more or a new one,
 * and frees the draft.  It begins with a word that is 0 until all the rest is
 * there.  NULL: no room. */
static void *put_draft(struct spares *spares, enum segment_kind kind,
		       void *draft, uint32_t size, uint32_t link)
{
	struct segment_block *head;
	void *body = spares_take(spares, size);

	if (body) {
		head = (struct segment_block *)body - 1;
		store_relaxed(&head->link, link);
	} else {
		body = segment_alloc(kind, size, 0, link);
	}
	if (body)
		spares_fill(body, draft, size);
	arena_free(draft, size);
	return body;
}

/* ---- metrics ---------------------------------------------------------- */

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

static bool is_put(const struct metric *metric)
{
	return metric->id != 0 && metric->generation == segment_generation();
}

static bool fill_metric(struct metric_block *block, const struct metric *metric)
{
	const struct metric_definition *d = &metric->definition;

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
	block->expire = metric->expire;
	memcpy(block->bounds, d->buckets, metric->bound_count * sizeof(double));
	return put_tags(metric, block) && block->name != 0;
}

/* Makes sure that the definition is in the segment. */
static bool put_metric(struct metric *metric)
{
	uint32_t size = (uint32_t)(sizeof(struct metric_block) +
				   metric->bound_count * sizeof(double));
	struct metric_block *block;

	if (is_put(metric))
		return true;
	block = draft_new(&size);
	if (!block)
		return false;
	if (!fill_metric(block, metric)) {
		arena_free(block, size);
		return false;
	}
	block = put_draft(&spare_metrics, SEGMENT_METRIC, block, size, 0);
	if (!block)
		return false;
	/* Pairs with read_metric() in collect_cells.c. */
	store_release(&block->type, metric->type);
	metric->id = segment_id(block);
	metric->generation = segment_generation();
	return true;
}

void metric_block_remove(struct metric *metric)
{
	struct metric_block *block;

	if (!is_put(metric))
		return;
	block = segment_body(metric->id);
	/* Passed over by read_metric() in collect_cells.c. */
	store_relaxed(&block->type, 0);
	spares_put(&spare_metrics, block, size_of(block));
	metric->id = 0;
}

/* ---- tag sets --------------------------------------------------------- */

static const struct symbol *symbol_of(const struct tag_text *text)
{
	return text->symbol ? text->symbol
			    : symbol_find(text->text, text->length);
}

static uint32_t texts_size(const struct series_tags *tags)
{
	uint32_t size = 0, i;

	for (i = 0; i < tags->count; i++) {
		const struct tag_text *t = &tags->texts[i];

		if (t->length && !symbol_of(t))
			size += (uint32_t)(sizeof(uint32_t) + t->length);
	}
	return size;
}

static bool are_short(const struct series_tags *tags)
{
	uint32_t i;

	for (i = 0; i < tags->count; i++)
		if (tags->texts[i].length > SYMBOL_LENGTH_MAX)
			return false;
	return true;
}

/* Where its text is; *at is the end of what stands in the block so far. */
static uint32_t put_value(struct series_block *block,
			  const struct tag_text *text, uint32_t *at)
{
	const struct symbol *symbol = symbol_of(text);
	uint32_t length = (uint32_t)text->length, place = *at;
	char *to = (char *)block + place;

	if (symbol)
		return symbol_segment_id((struct symbol *)symbol);
	memcpy(to, &length, sizeof(length));
	memcpy(to + sizeof(length), text->text, length);
	*at += (uint32_t)sizeof(length) + length;
	return place | SERIES_TEXT_INLINE;
}

/* The values, then the keys if it has its own, then texts. */
static bool put_texts(struct series_block *block,
		      const struct series_tags *tags, uint32_t at)
{
	uint32_t i, n = tags->count;

	for (i = 0; i < n; i++) {
		if (tags->texts[i].length == 0)
			continue;
		block->values[i] = put_value(block, &tags->texts[i], &at);
		if (block->values[i] == 0)
			return false;
	}
	for (i = 0; tags->keys && i < n; i++) {
		block->values[n + i] =
			symbol_segment_id((struct symbol *)tags->keys[i]);
		if (block->values[n + i] == 0)
			return false;
	}
	return true;
}

static uint32_t flags_of(const struct series_tags *tags)
{
	if (!tags)
		return SERIES_BLOCK_READY | SERIES_BLOCK_OVERFLOW;
	return SERIES_BLOCK_READY |
	       (tags->keys ? (uint32_t)SERIES_BLOCK_KEYS : 0);
}

/* The draft of a block, NULL: counted. */
static struct series_block *draft_series(const struct series *series,
					 const struct series_tags *tags,
					 uint32_t *size)
{
	uint32_t count = tags ? tags->count : series->metric->tag_count, at;
	struct series_block *block;

	at = (uint32_t)sizeof(*block) +
	     count * (uint32_t)sizeof(uint32_t) * (tags && tags->keys ? 2 : 1);
	*size = at + (tags ? texts_size(tags) : 0);
	block = draft_new(size);
	if (!block)
		return NULL;
	block->value_count = count;
	block->hash = series->hash;
	if (!tags || put_texts(block, tags, at))
		return block;
	arena_free(block, *size);
	return NULL;
}

bool series_block_make(struct series *series, const struct series_tags *tags)
{
	struct series_block *block;
	uint32_t size;

	if (tags && !are_short(tags)) {
		segment_drop(DROP_TEXT, 1);
		return false;
	}
	if (!put_metric(series->metric))
		return false;
	block = draft_series(series, tags, &size);
	if (block)
		block = put_draft(&spare_series, SEGMENT_SERIES, block, size,
				  series->metric->id);
	if (!block)
		return false;
	/* Pairs with read_series() in collect_cells.c. */
	store_release(&block->flags, flags_of(tags));
	series->id = segment_id(block);
	series->generation = segment_generation();
	return true;
}

static void spare_if_unused(struct series_block *block)
{
	if ((block->flags & SERIES_BLOCK_GONE) && block->users == 0)
		spares_put(&spare_series, block, size_of(block));
}

void series_block_remove(const struct series *series)
{
	struct series_block *block = segment_body(series->id);

	if (series->generation != segment_generation() || !block)
		return;
	store_relaxed(&block->flags, block->flags | SERIES_BLOCK_GONE);
	spare_if_unused(block);
}

void series_block_use(uint32_t id)
{
	struct series_block *block = segment_body(id);

	store_relaxed(&block->users, block->users + 1);
}

void series_block_unuse(uint32_t id)
{
	struct series_block *block = segment_body(id);

	store_relaxed(&block->users, block->users - 1);
	spare_if_unused(block);
}

bool series_block_is_gone(uint32_t id)
{
	const struct series_block *block = segment_body(id);

	return load_relaxed(&block->flags) & SERIES_BLOCK_GONE;
}

void series_block_after_fork(void)
{
	spares_forget(&spare_series);
	spares_forget(&spare_metrics);
}
