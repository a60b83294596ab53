/*
 * cells.h - what metrics leave in the segment, and who adds to it.
 *
 * Part of the file format (SEGMENT_VERSION).  Ids are those of segment blocks,
 * 0 is none; every number that changes after it was published is 64 bits wide
 * and aligned, so a reader never sees half of one.  Values are raw: in the
 * unit in which the event carries them (times in ns); metric_block says how to
 * convert.  Readers (collect_cells.c) trust nothing that stands in a file.
 *
 * A cell is one thread's share of one series.  It has one writer at a time,
 * the thread that has its owner (base/thread.h), which updates it with plain
 * loads and stores under the guard; whoever reads adds the shares up.  Cells
 * of one owner stand together in pages, so that no two threads write to one
 * cache line.
 */
#ifndef SHIM_METRIC_CELLS_H
#define SHIM_METRIC_CELLS_H

#include "base/clock.h"
#include "base/compiler.h"
#include "metric/model.h"

/* ---- layouts ---------------------------------------------------------- */

#define METRIC_BLOCK_UP_DOWN 1
#define METRIC_BLOCK_SERIES 8 /* the flags from this bit on: max_series */

/* Body of a SEGMENT_METRIC block: a definition.  Written once, `type` last. */
struct metric_block {
	uint32_t type; /* enum metric_type; 0: not complete yet, or deleted */
	uint32_t flags;
	uint32_t order; /* place among the definitions of the process */
	uint32_t name, unit, description; /* strings */
	uint32_t tag_count, bound_count;
	uint64_t numerator, denominator;
	uint32_t expire; /* struct cell.touched: so much later; 0: never */
	uint32_t reserved;
	uint32_t tags[METRIC_TAGS_MAX]; /* strings: keys */
	double bounds[];		/* in `unit`, bound_count of them */
};

#define SERIES_BLOCK_READY 1
#define SERIES_BLOCK_OVERFLOW 2
#define SERIES_BLOCK_KEYS 4 /* has keys of its own, behind the values */
#define SERIES_BLOCK_GONE 8 /* taken out; in no snapshot */

/* In a value: not a string block, but the offset in the body of a length (32
 * bits) with the text behind it. */
#define SERIES_TEXT_INLINE 0x80000000u

/* Body of a SEGMENT_SERIES block, linked to its metric: a tag set.  Written
 * with `flags` last; once it is GONE and no cell refers to it any more the
 * block becomes another series. */
struct series_block {
	uint32_t flags; /* without SERIES_BLOCK_READY: not complete yet */
	uint32_t value_count;
	uint32_t users; /* cells; for the process alone */
	uint32_t reserved;
	uint64_t hash;	   /* for the process alone */
	uint32_t values[]; /* strings; 0 is "" */
};

/* Body of a SEGMENT_CELL block: cells of the thread block.owner and of those
 * that had its owner after it.  Offsets from the start of the body; `used` is
 * advanced over a cell once its head is complete. */
struct cell_page {
	uint64_t first;
	uint64_t used;
};

enum cell_kind {
	/* enum metric_type: the share itself */
	CELL_OCTAVE = 16, /* a part of the histogram of a summary */
};

/* A cell of a series that is taken out is given back by its thread, and becomes
 * one of another series after a while (spare.h): `series` last. */
struct cell {
	uint32_t size;	 /* bytes, with this head; multiple of 16 */
	uint32_t series; /* 0: none at present */
	uint16_t kind;
	uint16_t octave; /* of a CELL_OCTAVE: summary_place() */
	/* If the metric has `expire`: when something was recorded last,
	 * touched_at(); else 0. */
	uint32_t touched;
};

struct cell_counter {
	struct cell cell;
	uint64_t count;
	uint64_t reserved;
};

/* Measurements that are integers are added up exactly, the others apart. */
struct cell_sum {
	struct cell cell;
	uint64_t count;
	int64_t integer;
	double real;
	uint64_t reserved;
};

struct cell_last {
	struct cell cell;
	uint64_t count;
	uint64_t time; /* ns, CLOCK_MONOTONIC */
	double value;
	uint64_t reserved;
};

/* The last value that was measured in a span.  A copy taken in order of
 * addresses in which both numbers agree is whole, as in ring.h. */
struct cell_exemplar {
	uint64_t number; /* of the value, from 1; after the others */
	double value;
	uint64_t time; /* ns, CLOCK_MONOTONIC */
	uint64_t span_id;
	uint32_t bucket;
	uint32_t begun; /* low half of the number; in front of the others */
};

/* min and max are only meaningful once something was recorded: until then
 * infinity and -infinity. */
struct cell_distribution {
	struct cell cell;
	int64_t integer;
	double real;
	double min, max;
	struct cell_exemplar exemplar;
	uint64_t buckets[]; /* bound_count + 1; their sum is the count */
};

struct cell_summary {
	struct cell cell;
	uint64_t count;
	int64_t integer;
	double real;
	double min, max;
	uint64_t zeros; /* values that are 0 and so in no octave */
};

#define SUMMARY_SUBS 16 /* parts of an octave */

struct cell_octave {
	struct cell cell;
	uint64_t counts[SUMMARY_SUBS];
};

/* In units of 16.8 ms, never 0; differences are right for two years. */
static inline uint32_t touched_at(uint64_t ns)
{
	return (uint32_t)(ns >> 24) | 1;
}

static inline uint32_t touched_now(void)
{
	return touched_at(clock_ns());
}

/* By CLOCK_MONOTONIC of the machine, of which that of the process is so many ns
 * ahead (base/timens.h); 0 remains. */
static inline uint32_t touched_on_machine(uint32_t touched, int64_t ahead)
{
	return touched ? (touched - (uint32_t)(ahead >> 24)) | 1 : 0;
}

/* Ends with what is at least as long. */
static inline uint32_t touched_units(uint64_t ms)
{
	return ms ? (uint32_t)(ms * 1000000 >> 24) + 2 : 0;
}

/* ---- writing ---------------------------------------------------------- */

/* Adds a value to the series of the occurrence's tags.  Under the guard; in
 * steady state without lock, system call or allocation. */
void cells_record(struct attachment *attachment,
		  const struct occurrence *occurrence,
		  const struct measure *value);
/* The same for metrics with `expire`. */
void cells_record_expiring(struct attachment *attachment,
			   const struct occurrence *occurrence,
			   const struct measure *value);
/* The same for a tag set with keys of its own. */
struct tag_set;
void cells_record_set(struct attachment *attachment,
		      const struct occurrence *occurrence,
		      const struct tag_set *set, const struct measure *value);
void cells_after_fork(void);

#endif
