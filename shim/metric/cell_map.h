/*
 * cell_map.h - what one owner has of cells: touched by the thread that has the
 * owner alone.  Between the files of this directory that fill it.
 */
#ifndef SHIM_METRIC_CELL_MAP_H
#define SHIM_METRIC_CELL_MAP_H

#include "base/compiler.h"
#include "metric/cell_page.h"
#include "metric/cell_table.h"
#include "metric/extract.h"
#include "metric/series.h"
#include "metric/update.h"

/*
 * To which cell the last few values led that tags had before they were
 * transformed.  A transform is there because its input has values without end,
 * so the table, which forgets nothing, must not be asked for them.
 */
#define MEMO_ENTRIES 64

struct memo_entry {
	uint64_t hash;	/* of the tags before they are transformed; 0: free */
	void *target;	/* NULL: the event is skipped */
	uint32_t empty; /* transforms that came to nothing, for the counter */
};

struct memo {
	size_t size; /* of the whole */
	struct memo_entry entries[MEMO_ENTRIES];
	char room[]; /* extract_room() */
};

static inline struct memo_entry *memo_entry(struct memo *memo, uint64_t hash)
{
	return &memo->entries[(hash >> 32) % MEMO_ENTRIES];
}

/*
 * The cell of an attachment whose tags say the same each time.  Attachments are
 * numbered, and in different places as long as there are no more of them.
 */
#define FIXED_CELLS 64

struct fixed_cell {
	uint64_t key; /* of the attachment; 0: free */
	void *target; /* as in struct cell_entry */
};

/* The table is written by the owner's thread under metrics_lock, so that others
 * may look into it under the lock, and the owner without. */
struct cell_map {
	struct cell_table *table;
	struct fixed_cell fixed[FIXED_CELLS];
	struct cell_pages pages;
	struct summary_local *locals;
	struct memo *memo;     /* NULL: not needed so far */
	struct cell_map *next; /* all maps, or the spare ones */
	/* Whose it is.  owner->metric is this map, or NULL when a series in it
	 * was taken out: then its cells are given back before it is used. */
	struct owner *owner;
};

/* The map of this thread, fit for use; NULL: counted. */
struct cell_map *cell_map_open(void);
/* Under metrics_lock, by the owner: the same for a map that it has already. */
void cell_map_refresh(struct cell_map *map);
/* Under metrics_lock: room for one more entry. */
bool cell_map_reserve(struct cell_map *map);
/* Under metrics_lock: a new target, or NULL: counted. */
void *cell_map_target(struct cell_map *map, const struct series *series);

/* Under metrics_lock, over the maps of all threads: the series is taken out;
 * has nothing been recorded in it for as long as its metric says? */
void cell_maps_lose(const struct series *series);
bool cell_maps_expired(const struct series *series, uint32_t now);
/* When its last value was recorded, ns; 0: nobody has. */
uint64_t cell_maps_last_time(const struct series *series);
void cell_maps_after_fork(void);

/* The cell of the tags that the occurrence has; NULL: dropped or skipped, and
 * counted.  *overflows: something was counted all the same. */
void *cells_find(struct cell_map *map, struct attachment *attachment,
		 const struct occurrence *occurrence, bool *overflows);
/* Finds or makes the cell of a tag set that the map does not know; `alias` is
 * what else it is known by.  NULL: dropped and counted. */
void *cells_target(struct cell_map *map, struct metric *metric,
		   const struct series_tags *tags, uint64_t hash,
		   uint64_t alias, bool *overflows);
/* The cell of tags that have to be transformed; `raw` is their hash before
 * that.  NULL: dropped or skipped, and counted. */
void *cells_transformed(struct cell_map *map, struct attachment *attachment,
			const struct occurrence *occurrence, uint64_t raw);

#endif
