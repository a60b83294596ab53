/*
 * stale.h - takes out the last values of what is polled and is no more.
 */
#ifndef SHIM_METRIC_STALE_H
#define SHIM_METRIC_STALE_H

#include "base/compiler.h"
#include "event/event.h"

/* All that is polled has just been recorded, beginning at `then` (ns,
 * clock_ns()): a last value that is older is of a process that has ended.  Of
 * metrics that take nothing but events that are polled.  Under the guard. */
void stale_remove(bool (*is_polled)(const struct event *event), uint64_t then);

#endif
