/*
 * batch.h - collects records of rings and hands them to reporters in order.
 *
 * One at a time, on the exporter's thread.
 */
#ifndef SHIM_RUNTIME_BATCH_H
#define SHIM_RUNTIME_BATCH_H

#include "base/segment.h"
#include "telemetry/reporter.h"

/* Memory for one batch, from the arena.  0 or -ENOMEM.  room: so many that are
 * new in one ring are all there, if one looks as often as one may. */
int batch_begin(void (*deliver)(const struct telemetry_batch *batch),
		uint64_t room);
/* Where a segment is from. */
struct batch_source {
	const char *path; /* where to note what has been taken; NULL if that is
			   * of no use */
	bool open;	  /* it is open for writing, too, as `fd` */
	int fd;
	bool own;   /* this process's */
	bool alive; /* its process was seen a moment ago */
};

/* Adds the records of all rings of a segment that no exporter has delivered
 * yet.  Calls deliver whenever there is no more room: so order by time holds
 * within a batch. */
void batch_add(const struct segment_image *image,
	       const struct batch_source *source);
/* Delivers what is left; gives the memory back.  How many records in all. */
uint64_t batch_end(void);
/* Of the batch that has ended: how many were new in one ring of a process that
 * lives, those that are lost among them; and of the rings in which there was
 * room for all of them. */
uint64_t batch_most(void);
uint64_t batch_most_whole(void);

#endif
