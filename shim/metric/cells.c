/*
 * cells.c - from a tag set to this thread's cell, and adding to it.
 *
 * Each owner has a hash map from tag sets to its cells, and pages of cells in
 * the segment; both are touched by the thread that has the owner alone.
 */
#include "metric/cells.h"

#include "base/arena.h"
#include "base/segment.h"
#include "base/thread.h"
#include "metric/cell_map.h"
#include "metric/extract.h"
#include "metric/series.h"
#include "metric/summary.h"
#include "metric/tag_set.h"
#include "metric/update.h"

#include <string.h>

#define FIRST_ENTRIES 16

/* Under metrics_lock. */
static struct cell_map *maps, *spare_maps;
static struct summary_local *spare_locals;

/* ---- the map ---------------------------------------------------------- */

static bool map_resize(struct cell_map *map, uint32_t entries)
{
	struct cell_table *bigger = arena_alloc(cell_table_size(entries));
	struct cell_table *old = map->table;
	uint32_t i;

	if (!bigger)
		return false;
	bigger->mask = entries - 1;
	for (i = 0; old && i <= old->mask; i++)
		if (old->entries[i].hash != 0)
			cell_table_put(bigger, old->entries[i].hash,
				       old->entries[i].target);
	/* Pairs with spare(), in the child of a fork. */
	store_release(&map->table, bigger);
	if (old)
		arena_free(old, cell_table_size(old->mask + 1));
	return true;
}

/* Room for one more entry, at most half full. */
static bool map_reserve(struct cell_map *map)
{
	const struct cell_table *t = map->table;

	if (!t)
		return map_resize(map, FIRST_ENTRIES);
	return t->count * 2 <= t->mask || map_resize(map, (t->mask + 1) * 2);
}

static struct cell_map *map_new(void)
{
	struct cell_map *map;

	if (!lock_acquire(&metrics_lock)) {
		segment_drop(DROP_LOCK, 1);
		return NULL;
	}
	map = spare_maps;
	if (map)
		spare_maps = map->next;
	else
		map = arena_alloc(sizeof(*map));
	if (map) {
		map->next = maps;
		maps = map;
	}
	lock_release(&metrics_lock);
	if (!map)
		segment_drop(DROP_MEMORY, 1);
	return map;
}

static struct cell_map *map_get(void)
{
	struct owner *owner = thread_self.owner;

	if (unlikely(!owner->metric))
		owner->metric = map_new();
	return owner->metric;
}

/* ---- cells ------------------------------------------------------------ */

static size_t body_size(const struct metric *metric)
{
	switch (metric->type) {
	case METRIC_COUNTER:
		return sizeof(struct cell_counter);
	case METRIC_SUM:
		return sizeof(struct cell_sum);
	case METRIC_LAST_VALUE:
		return sizeof(struct cell_last);
	case METRIC_SUMMARY:
		return sizeof(struct cell_summary);
	default:
		return sizeof(struct cell_distribution) +
		       (metric->bound_count + 1) * sizeof(uint64_t);
	}
}

static void local_clear(struct summary_local *local)
{
	uint64_t **negative = local->negative;

	memset(local, 0, sizeof(*local));
	if (negative)
		memset(negative, 0, sizeof(local->positive));
	local->negative = negative;
}

static struct summary_local *local_new(struct cell_map *map)
{
	struct summary_local *local = NULL;

	if (!lock_acquire(&metrics_lock)) {
		segment_drop(DROP_LOCK, 1);
		return NULL;
	}
	if (spare_locals) {
		local = spare_locals;
		spare_locals = local->next;
		local_clear(local);
	}
	lock_release(&metrics_lock);
	if (!local)
		local = arena_alloc(sizeof(*local));
	if (!local) {
		segment_drop(DROP_MEMORY, 1);
		return NULL;
	}
	local->next = map->locals;
	map->locals = local;
	return local;
}

static void *target_new(struct cell_map *map, const struct metric *metric,
			uint32_t series)
{
	struct summary_local *local = NULL;
	void *cell;

	if (metric->type == METRIC_SUMMARY) {
		local = local_new(map);
		if (!local)
			return NULL;
	}
	cell = cell_new(&map->pages, series, metric->type, 0,
			body_size(metric));
	if (!local || !cell)
		return cell;
	local->cell = cell;
	return local;
}

/* Where the counts of the octave are remembered. */
static uint64_t **octave_slot(struct summary_local *local, uint32_t octave)
{
	const uint32_t half = SUMMARY_OCTAVES / 2;

	if (octave >= half)
		return &local->positive[octave - half];
	if (!local->negative)
		local->negative = arena_alloc(sizeof(local->positive));
	return local->negative ? &local->negative[octave] : NULL;
}

NOINLINE uint64_t *cells_octave(struct summary_local *local, uint32_t octave)
{
	uint64_t **slot = octave_slot(local, octave);
	struct cell_map *map = thread_self.owner->metric;
	struct cell_octave *cell;

	if (!slot) {
		segment_drop(DROP_MEMORY, 1);
		return NULL;
	}
	if (*slot)
		return *slot;
	cell = cell_new(&map->pages, local->cell->cell.series, CELL_OCTAVE,
			octave, sizeof(*cell));
	if (cell)
		*slot = cell->counts;
	return *slot;
}

/* The series is new to this thread; `alias` is what it was looked for by. */
static void *target_make(struct cell_map *map, const struct series *series,
			 uint64_t hash, uint64_t alias)
{
	void *target = cell_table_find(map->table, hash);

	if (!target) {
		target = target_new(map, series->metric, series->id);
		if (!target)
			return NULL;
		cell_table_put(map->table, hash, target);
	}
	if (alias != hash && map_reserve(map))
		cell_table_put(map->table, alias, target);
	return target;
}

NOINLINE void *cells_target(struct cell_map *map, struct metric *metric,
			    const struct series_tags *tags, uint64_t hash,
			    uint64_t alias, bool *overflows)
{
	const struct series *series = NULL;

	if (map_reserve(map))
		series = series_get(metric, hash, tags);
	else
		segment_drop(DROP_MEMORY, 1);
	if (!series)
		return NULL;
	*overflows = series->is_overflow;
	if (series->is_overflow) {
		/* Not remembered under its tags: there is no end to them. */
		segment_drop(DROP_SERIES, 1);
		hash = alias = hash_overflow(metric);
	}
	return target_make(map, series, hash, alias);
}

/* The map does not know the tag set. */
static NOINLINE void *target_find(struct cell_map *map,
				  struct attachment *attachment,
				  const struct occurrence *occurrence,
				  uint64_t alias)
{
	struct tag_text texts[METRIC_TAGS_MAX];
	struct series_tags tags = { attachment->metric->tag_count, texts,
				    NULL };
	bool overflows;
	uint32_t empty;
	uint64_t hash =
		extract_texts(attachment, occurrence, NULL, texts, &empty);

	return cells_target(map, attachment->metric, &tags, hash, alias,
			    &overflows);
}

static void *target_of(struct cell_map *map, struct attachment *attachment,
		       const struct occurrence *occurrence)
{
	uint64_t hash = extract_hash(attachment, occurrence);
	void *target = NULL;

	if (unlikely(hash == 0))
		return NULL;
	if (unlikely(attachment->metric->room))
		return cells_transformed(map, attachment, occurrence, hash);
	if (likely(map->table != NULL))
		target = cell_table_find(map->table, hash);
	if (unlikely(!target))
		target = target_find(map, attachment, occurrence, hash);
	return target;
}

/* ---- metadata that is known ------------------------------------------- */

/* May it be known that these tags lead there?  Not if one is among the fields
 * that differ, nor if there is something to count each time. */
static bool is_knowable(const struct cell_map *map, const struct metric *metric,
			const struct known_metadata *known, const void *target)
{
	uint32_t i, j;

	if (metric->room ||
	    target == cell_table_find(map->table, hash_overflow(metric)))
		return false;
	for (i = 0; i < metric->tag_count; i++)
		for (j = 0; j < known->own_count; j++)
			if (metric->tags[i].key &&
			    metric->tags[i].key->text == known->own[j].key)
				return false;
	return true;
}

static NOINLINE void *target_learn(struct cell_map *map,
				   struct known_cell *known, uint64_t key,
				   struct attachment *attachment,
				   const struct occurrence *occurrence)
{
	void *target;

	occurrence_complete(occurrence);
	target = target_of(map, attachment, occurrence);
	if (!target ||
	    !is_knowable(map, attachment->metric, occurrence->known, target))
		return target;
	/* A jump out of a signal handler leaves it whole, or nobody's. */
	known->key = 0;
	compiler_barrier();
	known->target = target;
	compiler_barrier();
	known->key = key;
	return target;
}

static ALWAYS_INLINE void *target_known(struct cell_map *map,
					struct attachment *attachment,
					const struct occurrence *occurrence)
{
	uint64_t key =
		hash_mix(attachment->metric->seed, occurrence->known->same) | 1;
	uint64_t place = (key >> 1) % KNOWN_CELLS;
	struct known_cell *known = &map->known[place];
	struct known_cell *other = &map->known[place ^ 1];

	if (likely(known->key == key))
		return known->target;
	if (likely(other->key == key))
		return other->target;
	if (known->key != 0 && (other->key == 0 || (key >> 32 & 1)))
		known = other;
	return target_learn(map, known, key, attachment, occurrence);
}

void cells_record(struct attachment *attachment,
		  const struct occurrence *occurrence,
		  const struct measure *value)
{
	struct cell_map *map = map_get();
	void *target;

	if (unlikely(!map))
		return;
	target = occurrence->known ? target_known(map, attachment, occurrence)
				   : target_of(map, attachment, occurrence);
	if (likely(target != NULL))
		update(attachment->metric, target, value, occurrence->time);
}

void cells_record_set(struct attachment *attachment,
		      const struct occurrence *occurrence,
		      const struct tag_set *set, const struct measure *value)
{
	struct series_tags tags = { set->count, set->texts, set->keys };
	struct metric *metric = attachment->metric;
	struct cell_map *map = map_get();
	void *target = NULL;
	bool overflows;

	if (!map)
		return;
	if (map->table)
		target = cell_table_find(map->table, set->hash);
	if (!target)
		target = cells_target(map, metric, &tags, set->hash, set->hash,
				      &overflows);
	if (target)
		update(metric, target, value, occurrence->time);
}

static void spare(struct cell_map *map)
{
	while (map->locals) {
		struct summary_local *local = map->locals;

		map->locals = local->next;
		local->next = spare_locals;
		spare_locals = local;
	}
	if (map->table) {
		map->table->count = 0;
		memset(map->table->entries, 0,
		       cell_table_size(map->table->mask + 1) -
			       sizeof(struct cell_table));
	}
	if (map->memo)
		memset(map->memo->entries, 0, sizeof(map->memo->entries));
	memset(map->known, 0, sizeof(map->known));
	map->pages = (struct cell_pages){ NULL, 0 };
	map->next = spare_maps;
	spare_maps = map;
}

void cells_after_fork(void)
{
	while (maps) {
		struct cell_map *map = maps;

		maps = map->next;
		spare(map);
	}
}
