/* api.h - what the files behind <telemetry/telemetry.h> share. */
#ifndef SHIM_EVENT_API_H
#define SHIM_EVENT_API_H

#include "base/compiler.h"
#include "event/event.h"

extern enum api_state api_state HIDDEN;
/* The first use of all: API_LATER. */
bool api_find_out(void);
static inline bool api_ready(void)
{
	/* Pairs with api_set_state(). */
	enum api_state state = load_acquire(&api_state);

	return likely(state == API_ON) ||
	       (state == API_LATER && api_find_out());
}
/* -ENOSYS or -EAGAIN: why it is not. */
int api_unready(void);
bool api_fields_are_valid_slow(const struct telemetry_field *fields,
			       size_t count);
static inline bool api_fields_are_valid(const struct telemetry_field *fields,
					size_t count)
{
	return count == 0 || api_fields_are_valid_slow(fields, count);
}

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
