/*
 * extract.h - the one place where a measurement and tags are taken out of an
 * event.
 */
#ifndef SHIM_METRIC_EXTRACT_H
#define SHIM_METRIC_EXTRACT_H

#include "base/compiler.h"
#include "metric/model.h"

/* False: no sample; the reason is counted. */
bool extract_measure(struct attachment *attachment,
		     const struct occurrence *occurrence,
		     struct measure *measure);

/* The same with a value that was found; NULL is none. */
bool extract_number(struct attachment *attachment,
		    const struct occurrence *occurrence,
		    const struct telemetry_value *value,
		    struct measure *measure);

/* Makes the sum the largest that there is, instead of an infinite one;
 * counted. */
void measure_limit(double *sum, double infinite);

/* Of all tags before they are transformed.  Two tag sets with the same texts
 * may hash differently (a number and its text); extract_texts() unites them.
 * Counts missing tags.  0: the event is skipped for lack of one. */
uint64_t extract_hash(struct attachment *attachment,
		      const struct occurrence *occurrence);

/* What a condition is about: what is called so in the metadata, by the rules
 * of tags, or else in the measurements.  False: nothing is. */
bool extract_value(const struct metric_tag *tag,
		   const struct occurrence *occurrence, uint8_t *hint,
		   struct telemetry_value *value);

/* A tag as text: what the series is known by. */
struct tag_text {
	struct symbol *symbol; /* if it is one already */
	const char *text;
	size_t length;
	char number[40];
};

/* Borrowed from both; "" for TELEMETRY_NULL. */
void extract_text(const struct telemetry_value *value, struct tag_text *text);

/* The same hash, of texts that are there. */
uint64_t extract_hash_of(const struct metric *metric,
			 const struct tag_text *texts);

/* Bytes that extract_texts() needs for a metric, 0 if no tag is transformed. */
uint32_t extract_room(const struct metric *metric);
/* Fills texts[metric->tag_count]; borrowed from the occurrence and from `room`,
 * which a metric without transforms does not need.  Returns the hash by which
 * the series is known.  0: skipped for lack of a tag; *empty is how many
 * transforms came to nothing; the caller counts both. */
uint64_t extract_texts(struct attachment *attachment,
		       const struct occurrence *occurrence, void *room,
		       struct tag_text *texts, uint32_t *empty);

#endif
