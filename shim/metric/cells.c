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

static ALWAYS_INLINE struct cell_map *map_get(void)
{
	struct cell_map *map = load_relaxed(&thread_self.owner->metric);

	return likely(map != NULL) ? map : cell_map_open();
}

/* ---- cells ------------------------------------------------------------ */

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
	struct cell_octave *cell;

	if (!slot) {
		segment_drop(DROP_MEMORY, 1);
		return NULL;
	}
	if (*slot)
		return *slot;
	cell = cell_new(&local->map->pages, local->cell->cell.series,
			CELL_OCTAVE, octave, sizeof(*cell));
	if (cell)
		*slot = cell->counts;
	return *slot;
}

/* Under metrics_lock.  `alias` is what else the cell is known by. */
static void *target_make(struct cell_map *map, const struct series *series,
			 uint64_t hash, uint64_t alias)
{
	void *target = cell_table_find(map->table, hash);

	if (!target) {
		target = cell_map_target(map, series);
		if (!target)
			return NULL;
		cell_table_put(map->table, hash, target);
	}
	if (alias != hash && !cell_table_find(map->table, alias) &&
	    cell_map_reserve(map))
		cell_table_put(map->table, alias, target);
	return target;
}

/* Under metrics_lock. */
static void *target_get(struct cell_map *map, struct metric *metric,
			const struct series_tags *tags, uint64_t hash,
			uint64_t alias, bool *overflows)
{
	const struct series *series = NULL;

	cell_map_refresh(map);
	if (cell_map_reserve(map))
		series = series_get(metric, hash, tags);
	else
		segment_drop(DROP_MEMORY, 1);
	if (!series)
		return NULL;
	*overflows = series->is_overflow;
	/* Not remembered under its tags: there is no end to them. */
	if (series->is_overflow)
		hash = alias = hash_overflow(metric);
	return target_make(map, series, hash, alias);
}

NOINLINE void *cells_target(struct cell_map *map, struct metric *metric,
			    const struct series_tags *tags, uint64_t hash,
			    uint64_t alias, bool *overflows)
{
	void *target = NULL;

	*overflows = false;
	if (map->table && series_overflows(metric, hash)) {
		target = cell_table_find(map->table, hash_overflow(metric));
		*overflows = target != NULL;
	}
	if (!target) {
		if (!lock_acquire(&metrics_lock)) {
			segment_drop(DROP_LOCK, 1);
			return NULL;
		}
		target = target_get(map, metric, tags, hash, alias, overflows);
		lock_release(&metrics_lock);
	}
	if (*overflows)
		segment_drop(DROP_SERIES, 1);
	return target;
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

void *cells_find(struct cell_map *map, struct attachment *attachment,
		 const struct occurrence *occurrence, bool *overflows)
{
	void *target = target_of(map, attachment, occurrence);

	*overflows =
		target &&
		target == cell_table_find(map->table,
					  hash_overflow(attachment->metric));
	return target;
}

void cells_record(struct attachment *attachment,
		  const struct occurrence *occurrence,
		  const struct measure *value)
{
	struct cell_map *map = map_get();
	void *target;

	if (unlikely(!map))
		return;
	target = target_of(map, attachment, occurrence);
	if (likely(target != NULL))
		update(attachment->metric, target, value, occurrence);
}

/* ---- series that expire ------------------------------------------------ */

static struct cell *cell_behind(const struct metric *metric, void *target)
{
	struct summary_local *local = target;

	return metric->type == METRIC_SUMMARY ? &local->cell->cell : target;
}

/* This thread has not recorded in the series for long.  If nobody has, it
 * begins anew: true. */
static NOINLINE bool expires(const struct metric *metric,
			     const struct cell *cell, uint32_t now)
{
	const struct series_block *block = segment_body(cell->series);
	struct series *s;
	bool expired;

	if (load_relaxed(&block->flags) & SERIES_BLOCK_OVERFLOW)
		return false;
	if (!lock_acquire(&metrics_lock)) {
		segment_drop(DROP_LOCK, 1);
		return false;
	}
	s = series_find(metric, block->hash);
	expired = s && s->id == cell->series && cell_maps_expired(s, now);
	if (expired)
		series_remove(s);
	lock_release(&metrics_lock);
	return expired;
}

/* Is the cell the one to record in?  Then it has been touched. */
static bool touch(const struct metric *metric, struct cell *cell, uint64_t time)
{
	uint32_t now = time ? touched_at(time) : touched_now();
	uint32_t before = load_relaxed(&cell->touched);

	if (unlikely(before &&
		     (int32_t)(now - before) > (int32_t)metric->expire) &&
	    expires(metric, cell, now))
		return false;
	store_relaxed(&cell->touched, now);
	return true;
}

void cells_record_expiring(struct attachment *attachment,
			   const struct occurrence *occurrence,
			   const struct measure *value)
{
	const struct metric *m = attachment->metric;
	struct cell_map *map = map_get();
	void *target = NULL;

	if (map)
		target = target_of(map, attachment, occurrence);
	if (target && !touch(m, cell_behind(m, target), occurrence->time)) {
		map = map_get();
		target = map ? target_of(map, attachment, occurrence) : NULL;
		if (target)
			touch(m, cell_behind(m, target), occurrence->time);
	}
	if (target)
		update(m, target, value, occurrence);
}

/* ---- tag sets of functions ---------------------------------------------- */

static void *target_set(struct cell_map *map, struct metric *metric,
			const struct tag_set *set)
{
	struct series_tags tags = { set->count, set->texts, set->keys };
	void *target = NULL;
	bool overflows;

	if (map && map->table)
		target = cell_table_find(map->table, set->hash);
	if (map && !target)
		target = cells_target(map, metric, &tags, set->hash, set->hash,
				      &overflows);
	return target;
}

void cells_record_set(struct attachment *attachment,
		      const struct occurrence *occurrence,
		      const struct tag_set *set, const struct measure *value)
{
	struct metric *m = attachment->metric;
	void *target = target_set(map_get(), m, set);

	if (target && m->expire &&
	    !touch(m, cell_behind(m, target), occurrence->time)) {
		target = target_set(map_get(), m, set);
		if (target)
			touch(m, cell_behind(m, target), occurrence->time);
	}
	if (target)
		update(m, target, value, occurrence);
}

void cells_after_fork(void)
{
	cell_maps_after_fork();
}
