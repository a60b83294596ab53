/*
 * call.h - what every wrapper does around the host's function.
 *
 *	struct wrap_call call WRAP_ON_UNWIND;
 *
 *	if (!wrap_wanted(&site) || !wrap_begin(&call, &site, ...))
 *		return NEXT(...)(...);		// untouched
 *	ret = NEXT(...)(...);
 *	wrap_returned(&call);			// saves errno, reads the clock
 *	... outcome and fields ...
 *	wrap_leave(&call, failure, ...);	// emits, restores errno
 *	return ret;
 *
 * Neither the re-entry guard nor a read section nor a lock is held across the
 * host's function.  errno on entry is what the host's function sees, errno
 * after it is what the caller sees.  A wrapper whose frame is left by
 * cancellation or an exception ends its span by WRAP_ON_UNWIND; if it calls
 * anything before wrap_begin(), it first sets call.open to false.
 */
#ifndef SHIM_WRAP_CALL_H
#define SHIM_WRAP_CALL_H

#include "base/clock.h"
#include "base/compiler.h"
#include "base/thread.h"
#include "event/known.h"
#include "event/span.h"
#include "wrap/families.h"

#include <errno.h>

struct fd_entry;

/* One wrapped function, or one clone of one. */
struct wrap_site {
	/* class->state once the family is switched on, wrap_disarmed until
	 * then. */
	const struct span_state *state;
	/* The host's function; at first a stub that looks it up. */
	void *next;
	const char *name;	       /* "sendto" */
	const char *span;	       /* "libc.socket.send" */
	struct span_class *class;      /* set when the site is armed */
	const struct symbol *function; /* interned name; likewise */
	uint32_t library;	       /* enum span_library */
	uint16_t calls_back;	       /* runs callbacks of the host inside */
	uint16_t family; /* enum wrap_family; of libc's functions */
} __attribute__((aligned(CACHE_LINE)));

/* What wrap_site.state points to while the family is off, and until it is
 * armed if that was left for later; that is not 0. */
extern const struct span_state wrap_disarmed, wrap_later;

struct wrap_call {
	struct span span;
	const struct wrap_site *site;
	uint64_t end; /* clock_ns(), when the host's function returned */
	/* For socket_stop(): of the struct known by which it ends; of a send
	 * or receive its socket and enum socket_direction, of a wait NULL. */
	uint64_t values[KNOWN_VALUES];
	struct fd_entry *socket;
	uint32_t direction;
	int exit_errno;
	bool open; /* begun and not yet left */
};

void wrap_abandoned(struct wrap_call *call);
static ALWAYS_INLINE void wrap_end_of_scope(struct wrap_call *call)
{
	if (unlikely(call->open))
		wrap_abandoned(call);
}
#define WRAP_ON_UNWIND CLEANUP(wrap_end_of_scope)

/* Nothing attached: one load, one branch. */
static ALWAYS_INLINE bool wrap_wanted(const struct wrap_site *site)
{
	return unlikely(load_relaxed(&site->state->armed) != 0);
}

/*
 * Begins the span of a call that somebody listens to, on the frame of the
 * caller.  False: pass through (nested in our own work, inside another call of
 * the same library, past the end of the thread).  Leaves errno alone.
 */
bool wrap_begin_call(struct wrap_call *call, const struct wrap_site *site,
		     void *frame, const struct telemetry_field *metadata,
		     size_t count);
static ALWAYS_INLINE bool wrap_begin(struct wrap_call *call,
				     const struct wrap_site *site, void *frame,
				     const struct telemetry_field *metadata,
				     size_t count)
{
	/* Before the call that a cancelled thread may be in. */
	call->open = false;
	return wrap_begin_call(call, site, frame, metadata, count);
}

/* Right after the host's function, by those who leave errno alone. */
static inline void wrap_timed(struct wrap_call *call)
{
	call->open = false;
	call->end = call->span.start ? clock_ns() : 0;
}

/* Right after the host's function. */
static inline void wrap_returned(struct wrap_call *call)
{
	call->exit_errno = errno;
	wrap_timed(call);
}

/*
 * Ends the span.  Arrays as for span_close(): SPAN_RESERVED unused places in
 * front of both.  Restores errno.
 */
void wrap_leave(struct wrap_call *call, const struct span_failure *failure,
		struct telemetry_field *measurements, size_t measurement_count,
		struct telemetry_field *metadata, size_t metadata_count);

/* Behind every span, without the guard: is there something to do for which the
 * runtime waited?  Leaves errno alone. */
COLD void wrap_idle(void);
static ALWAYS_INLINE void wrap_left(void)
{
	if (unlikely(load_relaxed(load_relaxed(&wrap_hooks.pending))))
		wrap_idle();
}

/* Switches a site on: interns its names, points it at its span.  Under the
 * guard.  False: the name tables are full; the site stays off. */
bool wrap_site_arm(struct wrap_site *site);
/* Is it left for the first call, of whatever site, from now on? */
void wrap_arm_later(bool later);

/* A failure of kind "errno": reason is the name of the number ("EPIPE"). */
struct span_failure failure_errno(int number);
/* EAGAIN, EWOULDBLOCK, EINPROGRESS, EINTR, EALREADY: traffic, no failure. */
bool errno_is_busy(int number);
/* "ECONNREFUSED"; NULL for an unknown number.  Not under the guard. */
const struct symbol *errno_symbol(int number);

#endif
