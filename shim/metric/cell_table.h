/*
 * cell_table.h - the hash map from a tag set to a cell of one owner.  Open
 * addressing, never more than half full, touched by one thread.
 */
#ifndef SHIM_METRIC_CELL_TABLE_H
#define SHIM_METRIC_CELL_TABLE_H

#include "base/compiler.h"

struct cell_entry {
	uint64_t hash; /* 0: free */
	/* A struct cell in the segment; a struct summary_local in the case of
	 * a summary. */
	void *target;
};

/* One object, so that a fork in the middle of growing finds a whole one. */
struct cell_table {
	uint32_t mask; /* number of entries - 1 */
	uint32_t count;
	struct cell_entry entries[];
};

static ALWAYS_INLINE void *cell_table_find(const struct cell_table *table,
					   uint64_t hash)
{
	uint32_t at = (uint32_t)(hash >> 32);

	for (;; at++) {
		const struct cell_entry *e = &table->entries[at & table->mask];

		if (likely(e->hash == hash))
			return e->target;
		if (e->hash == 0)
			return NULL;
	}
}

static inline void cell_table_put(struct cell_table *table, uint64_t hash,
				  void *target)
{
	uint32_t at = (uint32_t)(hash >> 32);
	struct cell_entry *e;

	while (table->entries[at & table->mask].hash != 0)
		at++;
	e = &table->entries[at & table->mask];
	e->target = target;
	/* A signal handler may jump out of here: half an entry is none. */
	compiler_barrier();
	e->hash = hash;
	table->count++;
}

/* Takes the entry out and moves others into its place, so that it is to be
 * looked at again. */
static inline void cell_table_remove(struct cell_table *table, uint32_t at)
{
	uint32_t mask = table->mask, next = at, home;

	for (;;) {
		next = (next + 1) & mask;
		if (table->entries[next].hash == 0)
			break;
		home = (uint32_t)(table->entries[next].hash >> 32) & mask;
		/* Its way from home leads over the free place? */
		if (((next - home) & mask) < ((next - at) & mask))
			continue;
		table->entries[at] = table->entries[next];
		at = next;
	}
	table->entries[at].hash = 0;
	table->count--;
}

static inline size_t cell_table_size(uint32_t entries)
{
	return sizeof(struct cell_table) + entries * sizeof(struct cell_entry);
}

#endif
