/*
 * retain.h - what is kept of the dead: the segments of processes of one kind,
 * added up into one segment.
 *
 * Counters, sums, distributions, summaries, the counters of the heap and the
 * drops stay; what a process had at the end (last values, sums that may fall)
 * and its records go.  A tag set beyond the metric's max_series goes to its
 * overflow series, as in a process.
 */
#ifndef SHIM_METRIC_RETAIN_H
#define SHIM_METRIC_RETAIN_H

#include "base/segment.h"

struct retain;

/* Texts are copied.  NULL: no memory. */
struct retain *retain_new(const char *executable, const char *service);
/* Adds a segment, of a process or what retain_image() made before.  After an
 * error nothing good can be done with it but retain_free(). */
int retain_add(struct retain *retain, const struct segment_image *image);
/* All of it as a segment in this state; 0 or -ENOMEM.  The caller frees the
 * image with segment_release(). */
int retain_image(struct retain *retain, enum segment_state state,
		 struct segment_image *image);
void retain_free(struct retain *retain);

#endif
