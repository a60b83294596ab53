/* api.h - what the files behind <telemetry/telemetry.h> share. */
#ifndef SHIM_EVENT_API_H
#define SHIM_EVENT_API_H

#include "base/compiler.h"
#include "telemetry/telemetry.h"

bool api_ready(void);
bool api_fields_are_valid(const struct telemetry_field *fields, size_t count);

/* The flags of a value are the shim's word: not believed, where a handler
 * passes on what it was given. */
static inline void api_field_copy(struct telemetry_field *to,
				  const struct telemetry_field *from)
{
	*to = *from;
	to->value.flags = 0;
}

#endif
