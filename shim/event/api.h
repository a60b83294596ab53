/* api.h - what the files behind <telemetry/telemetry.h> share. */
#ifndef SHIM_EVENT_API_H
#define SHIM_EVENT_API_H

#include "base/compiler.h"
#include "telemetry/telemetry.h"

bool api_ready(void);
/* -ENOSYS or -EAGAIN: why it is not. */
int api_unready(void);
bool api_fields_are_valid(const struct telemetry_field *fields, size_t count);

/* Does `work` under the guard, again while the lock is not to be had, and
 * reclaims what that retired.  errno is not changed. */
int api_change(int (*work)(void *arg), void *arg);

/* The flags of a value are the shim's word: not believed, where a handler
 * passes on what it was given. */
static inline void api_field_copy(struct telemetry_field *to,
				  const struct telemetry_field *from)
{
	*to = *from;
	to->value.flags = 0;
}

#endif
