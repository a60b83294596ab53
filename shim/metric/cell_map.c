/*
 * cell_map.c - the cells of each owner.
 *
 * A series is taken out by whatever thread; its cells are given back by the
 * threads that write to them, each when it comes here next.
 */
#include "metric/cell_map.h"

#include "base/arena.h"
#include "base/segment.h"
#include "base/thread.h"
#include "event/known.h"
#include "metric/series_block.h"

#include <string.h>

#define FIRST_ENTRIES 16

/* Under metrics_lock. */
static struct cell_map *maps, *spare_maps;
static struct summary_local *spare_locals;

static bool resize(struct cell_map *map, uint32_t entries)
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
	/* Pairs with reset(), in the child of a fork. */
	store_release(&map->table, bigger);
	if (old)
		arena_free(old, cell_table_size(old->mask + 1));
	return true;
}

/* At most half full. */
bool cell_map_reserve(struct cell_map *map)
{
	const struct cell_table *t = map->table;

	if (!t)
		return resize(map, FIRST_ENTRIES);
	return t->count * 2 <= t->mask || resize(map, (t->mask + 1) * 2);
}

/* ---- giving back ------------------------------------------------------- */

/* The cell behind a target, which is one or else a struct summary_local. */
static struct cell *cell_of(void *target)
{
	const struct segment_header *header = segment_header();
	struct summary_local *local = target;

	if (header &&
	    (uintptr_t)target - (uintptr_t)header < load_relaxed(&header->used))
		return target;
	return &local->cell->cell;
}

static void free_octaves(struct cell_map *map, uint64_t *const *octaves)
{
	uint32_t i;

	for (i = 0; i < SUMMARY_OCTAVES / 2; i++)
		if (octaves[i])
			cell_free(&map->pages,
				  &CONTAINER_OF(octaves[i], struct cell_octave,
						counts)
					   ->cell);
}

/* Locals whose cell was given back. */
static void free_locals(struct cell_map *map)
{
	struct summary_local **at = &map->locals, *local;

	while ((local = *at)) {
		if (load_relaxed(&local->cell->cell.series)) {
			at = &local->next;
			continue;
		}
		free_octaves(map, local->positive);
		if (local->negative)
			free_octaves(map, local->negative);
		*at = local->next;
		local->next = spare_locals;
		spare_locals = local;
	}
}

/* Gives the cell back, if its series was taken out; false if it stays. */
static bool give_back(struct cell_map *map, struct cell *cell)
{
	uint32_t series = load_relaxed(&cell->series);

	/* By another entry before. */
	if (series == 0)
		return true;
	if (!series_block_is_gone(series))
		return false;
	cell_free(&map->pages, cell);
	series_block_unuse(series);
	return true;
}

static void forget_memo(struct cell_map *map)
{
	if (map->memo)
		memset(map->memo->entries, 0, sizeof(map->memo->entries));
	memset(map->fixed, 0, sizeof(map->fixed));
}

static void purge(struct cell_map *map)
{
	struct cell_table *t = map->table;
	uint32_t i;

	forget_memo(map);
	for (i = 0; t && i <= t->mask;) {
		if (t->entries[i].hash &&
		    give_back(map, cell_of(t->entries[i].target)))
			cell_table_remove(t, i);
		else
			i++;
	}
	free_locals(map);
}

void cell_map_refresh(struct cell_map *map)
{
	if (likely(load_relaxed(&map->owner->metric) != NULL))
		return;
	purge(map);
	store_relaxed(&map->owner->metric, map);
}

/* ---- opening ------------------------------------------------------------ */

static struct cell_map *map_new(struct owner *owner)
{
	struct cell_map *map = spare_maps;

	if (map)
		spare_maps = map->next;
	else
		map = arena_alloc(sizeof(*map));
	if (!map) {
		segment_drop(DROP_MEMORY, 1);
		return NULL;
	}
	map->owner = owner;
	map->next = maps;
	maps = map;
	owner->cells = map;
	return map;
}

struct cell_map *cell_map_open(void)
{
	struct owner *owner = thread_self.owner;
	struct cell_map *map;

	/* Back from a handler that has forked. */
	if (owner->holder != &thread_self) {
		segment_drop(DROP_HANDLER, 1);
		return NULL;
	}
	if (!lock_acquire(&metrics_lock)) {
		segment_drop(DROP_LOCK, 1);
		return NULL;
	}
	map = owner->cells ? owner->cells : map_new(owner);
	if (map)
		cell_map_refresh(map);
	lock_release(&metrics_lock);
	return map;
}

/* ---- targets ------------------------------------------------------------ */

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

static struct summary_local *local_new(void)
{
	struct summary_local *local = spare_locals;

	if (local) {
		spare_locals = local->next;
		local_clear(local);
		return local;
	}
	local = arena_alloc(sizeof(*local));
	if (!local)
		segment_drop(DROP_MEMORY, 1);
	return local;
}

void *cell_map_target(struct cell_map *map, const struct series *series)
{
	const struct metric *metric = series->metric;
	bool is_summary = metric->type == METRIC_SUMMARY;
	struct summary_local *local = NULL;
	void *cell;

	if (is_summary && !(local = local_new()))
		return NULL;
	cell = cell_new(&map->pages, series->id, metric->type, 0,
			body_size(metric));
	if (!cell && local) {
		local->next = spare_locals;
		spare_locals = local;
	}
	if (!cell)
		return NULL;
	series_block_use(series->id);
	if (!is_summary)
		return cell;
	local->cell = cell;
	local->map = map;
	local->next = map->locals;
	map->locals = local;
	return local;
}

/* ---- over all maps ------------------------------------------------------- */

static struct cell *find_cell(const struct cell_map *map,
			      const struct series *series)
{
	void *target = NULL;
	struct cell *cell;

	if (map->table)
		target = cell_table_find(map->table, series->hash);
	cell = target ? cell_of(target) : NULL;
	/* Not that of one with the same tags that was taken out. */
	return cell && load_relaxed(&cell->series) == series->id ? cell : NULL;
}

void cell_maps_lose(const struct series *series)
{
	struct cell_map *map;

	for (map = maps; map; map = map->next)
		if (find_cell(map, series)) {
			store_relaxed(&map->owner->metric, NULL);
			/* Later than that: what is planned from then on is
			 * planned with a map that was purged. */
			known_forget(map->owner);
		}
}

bool cell_maps_expired(const struct series *series, uint32_t now)
{
	const struct cell_map *map;
	const struct cell *cell;
	uint32_t touched;

	for (map = maps; map; map = map->next) {
		cell = find_cell(map, series);
		touched = cell ? load_relaxed(&cell->touched) : 0;
		if (touched &&
		    (int32_t)(now - touched) <= (int32_t)series->metric->expire)
			return false;
	}
	return true;
}

uint64_t cell_maps_last_time(const struct series *series)
{
	const struct cell_map *map;
	const struct cell *cell;
	uint64_t time, newest = 0;

	for (map = maps; map; map = map->next) {
		cell = find_cell(map, series);
		if (!cell || cell->kind != METRIC_LAST_VALUE)
			continue;
		time = load_relaxed(&((const struct cell_last *)cell)->time);
		newest = time > newest ? time : newest;
	}
	return newest;
}

static void reset(struct cell_map *map)
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
	forget_memo(map);
	spares_forget(&map->pages.spares);
	map->pages.page = NULL;
	map->pages.end = 0;
	/* Its pages are wiped, or it is this thread's. */
	store_relaxed(&map->owner->metric, NULL);
	map->owner->cells = NULL;
	known_forget(map->owner);
	map->owner = NULL;
	map->next = spare_maps;
	spare_maps = map;
}

void cell_maps_after_fork(void)
{
	while (maps) {
		struct cell_map *map = maps;

		maps = map->next;
		reset(map);
	}
}
