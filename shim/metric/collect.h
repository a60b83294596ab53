/*
 * collect.h - the inside of a snapshot: processes, metrics and series that
 * images are added up into.  Shared by the files that read images.
 */
#ifndef SHIM_METRIC_COLLECT_H
#define SHIM_METRIC_COLLECT_H

#include "base/segment.h"
#include "metric/fold.h"
#include "metric/pool.h"
#include "metric/snapshot.h"

struct collect_series {
	struct pool_link link;
	struct collect_metric *metric;
	struct collect_series *next; /* of the metric, in order of arrival */
	uint32_t process;
	bool is_overflow;
	bool is_seeded; /* shown as 0 if there is nothing else to show */
	uint32_t tag_count;
	const char *const *keys;	   /* of the metric, or its own */
	const char *tags[METRIC_TAGS_MAX]; /* pool_text() */
	struct tally tally;
};

struct collect_metric {
	struct pool_link link; /* by name */
	struct fold_shape shape;
	uint32_t order;	     /* among all definitions */
	uint32_t max_series; /* 0: not known */
	bool up_down;
	bool is_defined; /* shown without samples, too */
	char twin[17];	 /* what tells them apart, "": nothing has to */
	uint32_t expire; /* of tally.touched, 0: never */
	uint32_t tag_count;
	const char *name, *unit, *description;
	const char *keys[METRIC_TAGS_MAX];
	const double *bounds;
	struct collect_metric *next; /* by order */
	struct collect_series *series, **series_end;
	size_t series_count;
};

struct collect_process {
	struct pool_link link; /* by executable and service */
	struct telemetry_process view;
	struct collect_process *next;
	uint64_t boottime; /* of view.started; 0: not known */
	uint32_t index;
};

/* Did this one begin before another?  By the clock that nobody sets, if it is
 * known of both: one that begins after the date was set back is not the first,
 * and must not move the start of what both have counted. */
static inline bool collect_began_before(const struct segment_header *h,
					uint64_t boottime, uint64_t wall)
{
	if (h->started_boottime && boottime && h->started_boottime != boottime)
		return h->started_boottime < boottime;
	return h->started_wall < wall;
}

struct snapshot {
	struct pool pool;
	struct pool_index texts, series, by_name, by_kind;
	struct collect_process *processes, **processes_end;
	uint32_t process_count;
	struct collect_metric *metrics;
	size_t metric_count;
	/* When the last of the processes began, and the time by its own clock:
	 * ns since the epoch. */
	uint64_t newest, reckoned;
	bool corrupt;	/* the image that is being added */
	bool has_twins; /* metrics with one name */
	struct telemetry_snapshot view;
};

/* What the readers of one image share. */
struct collect_image {
	struct snapshot *snapshot;
	const struct segment_image *image;
	struct collect_process *process;
	bool alive;
	struct fold_clock clock;
};

/* The metric like this one, of which nothing but the series list needs to be
 * filled; texts may be the caller's.  One that has its name and is different,
 * because two programs or groups have defined it, is another one.  NULL: no
 * memory, or too many of them. */
struct collect_metric *collect_metric(struct snapshot *snapshot,
				      const struct collect_metric *like);
/* tags: as many as the metric has; pool_text() of the snapshot. */
struct collect_series *collect_series(struct collect_image *image,
				      struct collect_metric *metric,
				      const char *const *tags,
				      bool is_overflow);
/* The same with `count` keys of its own, pool_text() too. */
struct collect_series *collect_series_keyed(struct collect_image *image,
					    struct collect_metric *metric,
					    const char *const *keys,
					    const char *const *tags,
					    uint32_t count, bool is_overflow);
/* After all images: decides which of several that have one name are shown with
 * the tag telemetry.definition, the same ones each time. */
void collect_twins(struct snapshot *snapshot);
const char *collect_text(struct snapshot *snapshot, const char *text);
/* touched_now() by the machine's clock, as in a tally. */
uint32_t collect_now(void);
/* Has nothing been recorded in it for as long as its metric says?  now:
 * collect_now(). */
bool collect_is_expired(const struct collect_series *series, uint32_t now);

/* Metrics that are no definitions stand behind those that are. */
enum collect_order {
	ORDER_PROCESS = 0x3fffffff,
	ORDER_EXTRA = 0x40000000,
};

#define NO_CONVERSION .numerator = 1, .denominator = 1

/* The tally of this metric with this value of its tag, if it has one. */
struct tally *collect_tally(struct collect_image *image,
			    const struct collect_metric *like, const char *tag);
/* Is it a metric that snapshots make without a definition? */
bool collect_is_own_name(const char *name);
/* The counter of what went to overflow series; after all images. */
void collect_overflowed(struct snapshot *snapshot);

/* Shows the attributes of the resource that the image is of. */
void collect_attributes(struct snapshot *snapshot,
			const struct segment_image *image,
			struct telemetry_process *process);

/* Each reads one kind of block (collect_cells.c, collect_extra.c,
 * collect_own.c). */
void collect_cells(struct collect_image *image);
void collect_heap(struct collect_image *image);
/* Adds up the heap blocks of an image; false if there is none.  *corrupt is
 * set if one is too small. */
struct heap_block;
bool collect_heap_blocks(const struct segment_image *image,
			 struct heap_block *sum, bool *corrupt);
void collect_drops(struct collect_image *image);
void collect_drops_defined(struct snapshot *snapshot);
/* Of the header; collect_process.c. */
void collect_usage(struct collect_image *image);
/* The process of an image, made if it is not there; NULL: no memory. */
struct collect_process *collect_process_of(struct snapshot *snapshot,
					   const struct segment_image *image);

#endif
