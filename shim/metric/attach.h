/*
 * attach.h - subscribes metrics to events.
 */
#ifndef SHIM_METRIC_ATTACH_H
#define SHIM_METRIC_ATTACH_H

#include "base/compiler.h"
#include "metric/model.h"

/* Subscribes a metric that is listed already; under the guard.  0 or -errno,
 * logged; what could be attached is. */
int attach_events(struct metric *metric);

/* Takes it off all its events.  Under event_lock(). */
void detach_events(struct metric *metric);
/* Frees what attach_events() made, when nobody uses it any more. */
void attach_free(struct metric *metric);

/* Of metric.c: the first of all metrics, and what its handler must be told. */
struct metric *metrics_first(void);
/* The same for who holds metrics_lock. */
struct metric *metrics_locked(void);
uint32_t metric_needs(const struct metric *metric);

#endif
