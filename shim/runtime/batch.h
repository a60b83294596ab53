/*
 * batch.h - collects records of rings and hands them to reporters in order.
 *
 * One at a time, on the exporter's thread.
 */
#ifndef SHIM_RUNTIME_BATCH_H
#define SHIM_RUNTIME_BATCH_H

#include "base/segment.h"
#include "telemetry/reporter.h"

/* Memory for one batch, from the arena.  0 or -ENOMEM. */
int batch_begin(void (*deliver)(const struct telemetry_batch *batch));
/*
 * Adds the records of all rings of a segment that no exporter has delivered
 * yet.  Calls deliver whenever there is no more room: so order by time holds
 * within a batch.  path: where to note what has been taken, NULL if that is of
 * no use.  own: the segment is this process's.  alive: its process was seen a
 * moment ago.
 */
void batch_add(const struct segment_image *image, const char *path, bool own,
	       bool alive);
/* Delivers what is left; gives the memory back.  How many records in all. */
uint64_t batch_end(void);

#endif
