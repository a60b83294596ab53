/* span_start.h - see span_start.c. */
#ifndef SHIM_EVENT_SPAN_START_H
#define SHIM_EVENT_SPAN_START_H

#include "event/span.h"

COLD void span_emit_start(const struct span *span, uint64_t now,
			  const struct telemetry_field *metadata, size_t count,
			  bool interned_keys);

#endif
