/* span_start.c - the start event of a span, which few listen to. */
#include "event/span_start.h"

#include "base/clock.h"

#include <errno.h>

void span_emit_start(const struct span *span, uint64_t now,
		     const struct telemetry_field *metadata, size_t count,
		     bool interned_keys)
{
	struct telemetry_field measurements[] = {
		field_u64(&SYM_monotonic_time, now),
		field_u64(&SYM_system_time, clock_wall_ns()),
	};
	struct telemetry_field all[TELEMETRY_FIELDS_MAX + 2];
	struct occurrence o = {
		.event = span->class->start,
		.measurements = { measurements, ARRAY_SIZE(measurements) },
		.interned_keys = interned_keys,
		.time = now,
		.span_id = span->id,
		.parent_span_id = span->parent,
	};
	int saved = errno;
	size_t n = 0, i;

	all[n++] = field_u64(&SYM_span_id, span->id);
	if (span->parent)
		all[n++] = field_u64(&SYM_parent_span_id, span->parent);
	for (i = 0; i < count; i++)
		all[n++] = metadata[i];
	o.metadata.items = all;
	o.metadata.count = n;
	event_dispatch(&o);
	errno = saved;
}
