/*
 * snapshot.h - reads segments and adds their cells up into finished samples.
 */
#ifndef SHIM_METRIC_SNAPSHOT_H
#define SHIM_METRIC_SNAPSHOT_H

#include "base/segment.h"
#include "telemetry/reporter.h"

/* Collects any number of segments, of other processes or this one, into one
 * snapshot: cells of all threads of a process are added; processes stay apart
 * by executable, service.name (processes that agree in both are added up).
 * Memory comes from the arena. */
struct snapshot;
struct snapshot *snapshot_new(void);
int snapshot_add(struct snapshot *snapshot, const struct segment_image *image);
/* Adds the process, and nothing that it has counted: somebody else's report has
 * that. */
int snapshot_add_process(struct snapshot *snapshot,
			 const struct segment_image *image);
/* Adds what this process has defined, after all images: metrics that have no
 * sample, and, if `seeds`, 0 for the counters and sums without tags of what
 * runs. */
void snapshot_add_defined(struct snapshot *snapshot, bool seeds);
/* Something that is not to be had is missing in it. */
void snapshot_mark_partial(struct snapshot *snapshot);
/* The view for reporters; valid until snapshot_free(). */
const struct telemetry_snapshot *snapshot_view(struct snapshot *snapshot);
void snapshot_free(struct snapshot *snapshot);

#endif
