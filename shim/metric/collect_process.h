/*
 * collect_process.h - metrics of the processes themselves, as the kernel sees
 * them: no definitions either.
 */
#ifndef SHIM_METRIC_COLLECT_PROCESS_H
#define SHIM_METRIC_COLLECT_PROCESS_H

#include "metric/snapshot.h"

/* What a process has now; -1: not known. */
struct process_figures {
	int64_t resident, size; /* bytes */
	int64_t threads, descriptors;
	int64_t uptime; /* ns */
};

/* Adds them for the process of this image, which runs.  0 or -ENOMEM. */
int snapshot_add_figures(struct snapshot *snapshot,
			 const struct segment_image *image,
			 const struct process_figures *figures);

bool collect_is_process_name(const char *name);

#endif
