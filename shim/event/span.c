/*
 * span.c - begin and end of spans, and the stack of open ones per thread.
 *
 * A thread remembers its open spans in its owner, not in the frames that made
 * them: when a frame is left by longjmp, an exception or the end of the thread,
 * what is needed to end its span is still there.
 */
#include "event/span.h"

#include "base/clock.h"
#include "base/segment.h"
#include "event/span_begin.h"
#include "event/span_start.h"
#include "event/span_stop.h"

#include <errno.h>

/* kind and reason, in front of the others. */
static void put_failure(struct telemetry_field *front,
			const struct span_failure *failure)
{
	front[-1].key = SYM_reason.text;
	front[-1].value = failure->reason;
	front[-2] = field_symbol(&SYM_kind, failure->kind);
}

static ALWAYS_INLINE void emit(struct event *event, const struct span *span,
			       uint64_t end, const struct span_failure *failure,
			       struct telemetry_field *measurements,
			       size_t measurement_count,
			       struct telemetry_field *metadata,
			       size_t metadata_count, bool interned_keys)
{
	struct occurrence o;

	field_set_u64(measurements - 1, &SYM_monotonic_time, end);
	field_set_u64(measurements - 2, &SYM_duration, end - span->start);
	field_set_u64(--metadata, &SYM_span_id, span->id);
	metadata_count++;
	if (span->parent) {
		field_set_u64(--metadata, &SYM_parent_span_id, span->parent);
		metadata_count++;
	}
	if (unlikely(failure)) {
		put_failure(metadata, failure);
		metadata -= 2;
		metadata_count += 2;
	}
	o.event = event;
	o.measurements.items = measurements - 2;
	o.measurements.count = measurement_count + 2;
	o.metadata.items = metadata;
	o.metadata.count = metadata_count;
	o.interned_keys = interned_keys;
	o.time = end;
	o.duration = end - span->start;
	o.span_id = span->id;
	o.parent_span_id = span->parent;
	if (unlikely(failure))
		event_dispatch_failure(&o);
	else
		event_dispatch(&o);
}

/* Ends a span of which only the thread's note is left. */
static COLD void end_abandoned(struct owner *owner, uint32_t slot,
			       const struct symbol *kind)
{
	struct open_span *open = &owner->spans[slot];
	struct telemetry_field measurements[SPAN_RESERVED];
	struct telemetry_field metadata[SPAN_RESERVED];
	struct span span = {
		.class = open->class,
		.start = open->start,
		.parent = slot ? load_relaxed(&owner->spans[slot - 1].id) : 0,
	};
	struct span_failure failure = {
		.kind = kind,
		.reason = field_symbol(&SYM_reason, kind).value,
	};
	int saved = errno;

	/* Another thread may be ending it: one of the two does. */
	span.id = __atomic_exchange_n(&open->id, 0, __ATOMIC_RELAXED);
	/* From here on the place may be used again, by a handler. */
	if (span.id != 0 && event_wanted(span.class->exception))
		emit(span.class->exception, &span, clock_ns(), &failure,
		     measurements + SPAN_RESERVED, 0, metadata + SPAN_RESERVED,
		     0, true);
	errno = saved;
}

/* Takes the innermost open span off, and ends it if it has not ended. */
static COLD void pop(struct owner *owner, const struct symbol *kind)
{
	uint32_t slot = --owner->depth;

	if (load_relaxed(&owner->spans[slot].id) != 0)
		end_abandoned(owner, slot, kind);
}

struct open_span *span_current_slow(struct thread *thread, const void *frame)
{
	struct owner *owner = thread->owner;

	while (owner->depth > 0) {
		struct open_span *open = &owner->spans[owner->depth - 1];

		/* Ended, but not the innermost then; or by another thread. */
		if (likely(load_relaxed(&open->id) != 0 &&
			   !thread_frame_is_stale(thread, open->frame, frame)))
			return open;
		pop(owner, &SYM_kind_unwind);
	}
	return NULL;
}

void span_close_all(struct thread *thread, const struct symbol *kind)
{
	while (thread->owner->depth > 0)
		pop(thread->owner, kind);
}

/* The thread has no place for another one. */
static COLD void begin_too_deep(struct span *span,
				const struct span_class *class, uint64_t now,
				uint64_t id, uint64_t parent)
{
	segment_drop(DROP_DEPTH, 1);
	*span = (struct span){
		.class = class,
		.start = now,
		.id = id,
		.parent = parent,
		.owner = thread_self.owner,
	};
}

/* id and parent are the program's own, or 0. */
static ALWAYS_INLINE void begin(struct span *span,
				const struct span_class *class, void *frame,
				uint32_t library, uint64_t id, uint64_t parent)
{
	struct thread *t = &thread_self;
	struct open_span *outer = span_current(t, FRAME());
	struct owner *owner = t->owner;
	uint64_t now = clock_ns();

	if (likely(!id))
		id = span_new_id(owner, now);
	if (outer && !parent)
		parent = outer->id;
	if (unlikely(owner->depth == THREAD_SPANS))
		begin_too_deep(span, class, now, id, parent);
	else
		span_fill(owner, span, class, frame, library, owner->depth, now,
			  id, parent);
}

void span_open(struct span *span, const struct span_class *class, void *frame,
	       uint32_t library, const struct telemetry_field *metadata,
	       size_t count)
{
	begin(span, class, frame, library, 0, 0);
	if (unlikely(event_wanted(class->start))) {
		span_emit_start(span, span->start, metadata, count, true);
		span->start = clock_ns();
	}
}

uint32_t span_program_begun;

void span_open_program(struct span *span, const struct span_class *class,
		       void *frame, uint64_t id, uint64_t parent,
		       const struct telemetry_field *metadata, size_t count)
{
	begin(span, class, frame, LIBRARY_PROGRAM, id, parent);
	if (unlikely(!load_relaxed(&span_program_begun)))
		store_relaxed(&span_program_begun, 1);
	if (unlikely(event_wanted(class->start)))
		span_emit_start(span, span->start, metadata, count, false);
}

/* Spans above the one that is left, on the thread's own stack: those of calls
 * are gone with its frame, those of the program if their structure is. */
static COLD void end_above(struct thread *t, uint32_t slot, const void *frame)
{
	struct owner *owner = t->owner;
	uint32_t i;

	for (i = owner->depth; i-- > slot;) {
		struct open_span *open = &owner->spans[i];

		if (open->library != LIBRARY_PROGRAM ||
		    thread_frame_is_stale(t, open->frame, frame))
			end_abandoned(owner, i, &SYM_kind_unwind);
	}
}

/* Not the innermost of this thread, or another thread's. */
static COLD bool leave_elsewhere(const struct span *span)
{
	struct thread *t = &thread_self;
	struct owner *owner = span->owner;
	struct open_span *open = &owner->spans[span->slot - 1];
	uint64_t id = span->id;
	uint32_t library = open->library;
	const void *frame = open->frame;

	/* If it is another thread's, that one drops the note when it next
	 * looks (span_current), or has ended it itself (end_abandoned).  In the
	 * child of a fork the notes are wiped: the span is the parent's. */
	if (!__atomic_compare_exchange_n(&open->id, &id, 0, false,
					 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return false;
	if (owner != t->owner)
		return true;
	if (library != LIBRARY_PROGRAM)
		end_above(t, span->slot, frame);
	while (owner->depth > 0 &&
	       load_relaxed(&owner->spans[owner->depth - 1].id) == 0)
		owner->depth--;
	return true;
}

bool span_leave_stack(const struct span *span)
{
	if (unlikely(span->slot == 0))
		return true;
	return span_leave_plain(thread_self.owner, span) ||
	       leave_elsewhere(span);
}

void span_detach(struct span *span)
{
	span_leave_stack(span);
	span->slot = 0;
}

void span_close_at(struct span *span, uint64_t end,
		   const struct span_failure *failure,
		   struct telemetry_field *measurements,
		   size_t measurement_count, struct telemetry_field *metadata,
		   size_t metadata_count, bool interned_keys)
{
	struct event *event =
		failure ? span->class->exception : span->class->stop;

	if (unlikely(!span_leave_stack(span)) || !event_wanted(event))
		return;
	emit(event, span, end, failure, measurements, measurement_count,
	     metadata, metadata_count, interned_keys);
}

void span_close(struct span *span, const struct span_failure *failure,
		struct telemetry_field *measurements, size_t measurement_count,
		struct telemetry_field *metadata, size_t metadata_count,
		bool interned_keys)
{
	span_close_at(span, clock_ns(), failure, measurements,
		      measurement_count, metadata, metadata_count,
		      interned_keys);
}
