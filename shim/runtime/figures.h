/*
 * figures.h - what the kernel says of the processes of the group, for a report.
 */
#ifndef SHIM_RUNTIME_FIGURES_H
#define SHIM_RUNTIME_FIGURES_H

#include "metric/snapshot.h"

/* Looks at the process of an image that is about to be added, and notes what
 * grows (segment_usage.h).  path: its file, NULL if there is none. */
void figures_look(struct segment_image *image, const char *path);

/* Adds what the process has now, after snapshot_add(). */
void figures_add(struct snapshot *snapshot, const struct segment_image *image);

#endif
