/*
 * model.h - a metric at work: its definition, prepared for the hot path, and
 * the events that it hangs on.  Shared by the files of this directory only.
 */
#ifndef SHIM_METRIC_MODEL_H
#define SHIM_METRIC_MODEL_H

#include "base/compiler.h"
#include "base/lock.h"
#include "metric/metric.h"

enum tag_source {
	TAG_FIELD,
	/* No fields: symbols that are known at once. */
	TAG_SPAN, /* name of the span that the event belongs to */
	TAG_EVENT_NAME,
	TAG_CONSTANT,	/* the text of `key`; NULL: "" */
	TAG_ERROR_TYPE, /* a field, or the reason of an exception */
};

/* Where the value of a tag is from; the name of the tag is the definition's. */
struct metric_tag {
	const struct symbol *key;
	uint32_t source; /* enum tag_source */
	bool may_be_absent;
	struct transform *transform; /* NULL: none */
};

/* Has it the same value in each occurrence of an event? */
static inline bool tag_is_fixed(const struct metric_tag *tag)
{
	return tag->source >= TAG_SPAN && tag->source <= TAG_CONSTANT;
}

enum measure_source {
	MEASURE_NONE, /* a counter */
	MEASURE_FIELD,
	MEASURE_DURATION,
	MEASURE_TIME,
	MEASURE_CALL,
};

struct attachment;
struct series;

struct metric {
	/* What every event reads. */
	uint64_t seed;	/* hashes of tag sets begin with it */
	uint8_t type;	/* enum metric_type */
	uint8_t source; /* enum measure_source */
	bool up_down;
	bool has_globs; /* among the events of its definition */
	bool skips;	/* events without one of the tags */
	uint32_t tag_count;
	uint32_t bound_count;
	const struct symbol *measurement;
	int64_t *raw_bounds; /* the bounds for integers, inclusive */
	int64_t first_bound; /* the first of them; of none, all is below it */
	struct metric_tag tags[METRIC_TAGS_MAX];
	const struct symbol *missing; /* what a missing tag is; NULL: "" */
	uint32_t room; /* for extract_texts(); 0: no tag is transformed */

	/* Under metrics_lock; max_series and order never change. */
	uint32_t order;
	uint32_t max_series;
	uint32_t series_count; /* relaxed reads without the lock */
	uint32_t expire; /* struct cell.touched: so much later; 0: never */
	uint32_t swept,
		pause; /* looked for expired ones; how long until then */
	bool deleted;
	struct series *series; /* all, the overflow series too */
	uint32_t id;	       /* its block in segment `generation` */
	uint32_t generation;
	struct series *overflow;
	struct attachment *attachments;
	struct metric *next;
	struct metric_calls calls;
	bool calls_program; /* one of them is set */
	bool told;	    /* about one that failed; relaxed */
	struct metric_tag condition_keys[METRIC_CONDITIONS_MAX];
	struct metric_definition definition;
};

/* A metric on one event. */
struct attachment {
	struct metric *metric;
	struct event *event;
	struct attachment *next;
	/* Of struct fixed_cell; 0 if its tags are not fixed. */
	uint64_t key;
	uint32_t place;
	bool exact; /* the event was named, not met by a glob */
	bool told;  /* about a missing measurement; relaxed */
	/* Where a field was found last; relaxed, only a hint. */
	uint8_t measure_hint;
	uint8_t hints[METRIC_TAGS_MAX];
	uint8_t condition_hints[METRIC_CONDITIONS_MAX];
};

/* A measurement. */
struct measure {
	bool is_integer;
	int64_t integer; /* if is_integer */
	double real;	 /* the value in any case */
};

/* Protects the list of metrics, their attachments, the table of series, and
 * the list of cell maps. */
extern struct lock metrics_lock;

#endif
