/*
 * calls.h - metrics that call functions of the program.
 *
 * They are run as handlers of the program are: outside of read sections, with
 * the events of wrapped calls switched off.
 */
#ifndef SHIM_METRIC_CALLS_H
#define SHIM_METRIC_CALLS_H

#include "base/compiler.h"
#include "metric/model.h"

/* A handler; config is the attachment, `measurements` that of an occurrence. */
int calls_on_event(const char *event,
		   const struct telemetry_fields *measurements,
		   const struct telemetry_fields *metadata, void *config);

#endif
