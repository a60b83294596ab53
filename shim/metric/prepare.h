/*
 * prepare.h - from a definition to a metric that is ready for the hot path.
 */
#ifndef SHIM_METRIC_PREPARE_H
#define SHIM_METRIC_PREPARE_H

#include "base/compiler.h"
#include "metric/model.h"

/* calls NULL: none.  NULL: no memory. */
struct metric *metric_new(const struct metric_definition *definition,
			  const struct metric_calls *calls);
/* One that is on no event. */
void metric_free(struct metric *metric);

#endif
