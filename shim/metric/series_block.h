/*
 * series_block.h - definitions and tag sets in the segment.  Under
 * metrics_lock.
 */
#ifndef SHIM_METRIC_SERIES_BLOCK_H
#define SHIM_METRIC_SERIES_BLOCK_H

#include "base/compiler.h"
#include "metric/series.h"

/* Makes the block of the series; tags NULL: the overflow series. */
bool series_block_make(struct series *series, const struct series_tags *tags);
/* In no snapshot from now on; the memory is free when no cell refers to it. */
void series_block_remove(const struct series *series);
/* A cell refers to this block, or does not any more. */
void series_block_use(uint32_t id);
void series_block_unuse(uint32_t id);
/* Is it one that was removed? */
bool series_block_is_gone(uint32_t id);
/* The same for the block of a metric that is deleted. */
void metric_block_remove(struct metric *metric);
void series_block_after_fork(void);

#endif
