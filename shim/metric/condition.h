/*
 * condition.h - keep and drop: does a metric take an event?
 */
#ifndef SHIM_METRIC_CONDITION_H
#define SHIM_METRIC_CONDITION_H

#include "base/compiler.h"
#include "metric/model.h"

/* Of a metric that has conditions.  Under the guard. */
bool condition_keeps(struct attachment *attachment,
		     const struct occurrence *occurrence);

#endif
