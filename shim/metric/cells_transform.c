/*
 * cells_transform.c - from tags that are transformed to this thread's cell.
 */
#include "metric/cell_map.h"

#include "base/arena.h"
#include "base/segment.h"
#include "metric/extract.h"

/* With room enough for this metric. */
static struct memo *memo_get(struct cell_map *map, const struct metric *metric)
{
	size_t size = sizeof(struct memo) + metric->room;
	struct memo *memo = map->memo, *old;

	if (likely(memo && memo->size >= size))
		return memo;
	memo = arena_alloc(size);
	if (!memo) {
		segment_drop(DROP_MEMORY, 1);
		return NULL;
	}
	memo->size = size;
	/* A jump out of a signal handler costs a block, and no more. */
	old = map->memo;
	map->memo = memo;
	compiler_barrier();
	if (old)
		arena_free(old, old->size);
	return memo;
}

/* The same: an entry is whole, or nobody's. */
static void remember(struct memo_entry *entry, uint64_t hash, void *target,
		     uint32_t empty)
{
	entry->hash = 0;
	compiler_barrier();
	entry->target = target;
	entry->empty = empty;
	compiler_barrier();
	entry->hash = hash;
}

static void *target_transform(struct cell_map *map, struct memo *memo,
			      struct attachment *attachment,
			      const struct occurrence *occurrence, uint64_t raw)
{
	struct tag_text texts[METRIC_TAGS_MAX];
	struct series_tags tags = { attachment->metric->tag_count, texts,
				    NULL };
	bool overflows = false;
	void *target = NULL;
	uint32_t empty;
	uint64_t hash = extract_texts(attachment, occurrence, memo->room, texts,
				      &empty);

	if (hash == 0)
		empty = 1;
	else if (map->table)
		target = cell_table_find(map->table, hash);
	if (hash != 0 && !target)
		target = cells_target(map, attachment->metric, &tags, hash,
				      hash, &overflows);
	if (empty)
		segment_drop(DROP_TAG, empty);
	if (!overflows && (target || hash == 0))
		remember(memo_entry(memo, raw), raw, target, empty);
	return target;
}

void *cells_transformed(struct cell_map *map, struct attachment *attachment,
			const struct occurrence *occurrence, uint64_t raw)
{
	struct memo *memo = memo_get(map, attachment->metric);
	const struct memo_entry *entry;

	if (unlikely(!memo))
		return NULL;
	entry = memo_entry(memo, raw);
	if (unlikely(entry->hash != raw))
		return target_transform(map, memo, attachment, occurrence, raw);
	if (unlikely(entry->empty))
		segment_drop(DROP_TAG, entry->empty);
	return entry->target;
}
