/*
 * span.h - begin and end of a span, for wrappers and for the API.
 *
 * The order of events and their measurements are PARITY T60-T77: one clock
 * reading feeds monotonic_time and duration, a span ends exactly once.
 */
#ifndef SHIM_EVENT_SPAN_H
#define SHIM_EVENT_SPAN_H

#include "base/compiler.h"
#include "base/thread.h"
#include "event/event.h"

/* Calls of one library inside a call of the same library on the same thread
 * belong to the outer span. */
enum span_library {
	LIBRARY_NONE,
	LIBRARY_LIBC,
	LIBRARY_PQ,
	LIBRARY_SQLITE,
	LIBRARY_PROGRAM, /* begun through the API, not by a wrapper */
};

struct span {
	const struct span_class *class;
	uint64_t start; /* clock_ns() */
	uint64_t id, parent;
	struct owner *owner; /* whose stack of open spans it was put on */
	uint32_t slot;	     /* place there, from 1; 0: it was full */
};

/* How a span that did not stop ended. */
struct span_failure {
	const struct symbol *kind;
	struct telemetry_value reason;
};

/*
 * All of these run under the guard.
 *
 * span_open ends spans of this thread whose frames are gone (kind unwind),
 * notes the parent, and emits <name>.start if somebody listens.  frame is the
 * wrapper's: the span ends with it.  The clock is read after the start
 * handlers, which are not part of the duration of the host's call.
 *
 * A thread remembers THREAD_SPANS open spans; a deeper one (DROP_DEPTH) is not
 * ended with its frame or thread, and is nobody's parent.
 */
void span_open(struct span *span, const struct span_class *class, void *frame,
	       uint32_t library, const struct telemetry_field *metadata,
	       size_t count);
/*
 * For the program, whose spans may move between functions and threads: frame
 * is the address of its structure, which tells when the frame around it is
 * left, if it is on this thread's stack.  id and parent are the program's own
 * (PARITY T70) or 0.  monotonic_time of the start is where the duration begins
 * (T73, T74).
 */
void span_open_program(struct span *span, const struct span_class *class,
		       void *frame, uint64_t id, uint64_t parent,
		       const struct telemetry_field *metadata, size_t count);
/* Has there been one?  Never forgotten. */
extern uint32_t span_program_begun;
/*
 * Emits <name>.stop, or <name>.exception if failure is given; nothing if the
 * span has ended before.  Both arrays must have SPAN_RESERVED unused places in
 * front of them, for duration and monotonic_time, and for span_id,
 * parent_span_id, kind, reason and stacktrace.
 */
#define SPAN_RESERVED 5
void span_close(struct span *span, const struct span_failure *failure,
		struct telemetry_field *measurements, size_t measurement_count,
		struct telemetry_field *metadata, size_t metadata_count,
		bool interned_keys);
/* As span_close, at a time that the caller read itself. */
void span_close_at(struct span *span, uint64_t end,
		   const struct span_failure *failure,
		   struct telemetry_field *measurements,
		   size_t measurement_count, struct telemetry_field *metadata,
		   size_t metadata_count, bool interned_keys);

/* Takes the span off its thread's stack without ending it: the call that began
 * it returns, what it began goes on, and any thread may end it. */
void span_detach(struct span *span);

/* Innermost open span of the thread that is still live seen from `frame`, or
 * NULL; stale ones are ended on the way. */
struct open_span *span_current_slow(struct thread *thread, const void *frame);
static inline struct open_span *span_current(struct thread *thread,
					     const void *frame)
{
	return likely(thread->owner->depth == 0)
		       ? NULL
		       : span_current_slow(thread, frame);
}
/* Ends all open spans of the thread: exec, exit, thread exit. */
void span_close_all(struct thread *thread, const struct symbol *kind);

#endif
