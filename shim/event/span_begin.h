/*
 * span_begin.h - the first half of a span, inlined into the few functions that
 * begin one: all but the start event.
 */
#ifndef SHIM_EVENT_SPAN_BEGIN_H
#define SHIM_EVENT_SPAN_BEGIN_H

#include "base/clock.h"
#include "base/hash.h"
#include "event/span.h"

/* Unique in the process, and between processes that had the same thread id. */
static inline uint64_t span_new_id(struct owner *owner, uint64_t now)
{
	uint64_t number = owner->span_ids, id;

	/* A thread begins fewer spans than nanoseconds pass. */
	if (unlikely(number == 0))
		number = now;
	owner->span_ids = ++number;
	id = hash_mix(hash_seed ^ owner->tid, number);
	return likely(id) ? id : 1;
}

/* Notes the open span for its thread; its place there.  Values as they are in
 * the span: to read them back would be to wait for them. */
static ALWAYS_INLINE uint32_t span_push(struct owner *owner, void *frame,
					const struct span_class *class,
					uint64_t start, uint64_t id,
					uint32_t library)
{
	uint32_t depth = owner->depth;
	struct open_span *open;

	if (unlikely(depth == THREAD_SPANS)) {
		span_too_deep();
		return 0;
	}
	open = &owner->spans[depth];
	open->frame = frame;
	open->class = class;
	open->start = start;
	open->library = library;
	store_relaxed(&open->id, id);
	/* A signal handler that jumps out of here leaves it whole or away. */
	compiler_barrier();
	owner->depth = depth + 1;
	return depth + 1;
}

/* id and parent are the program's own, or 0. */
static ALWAYS_INLINE void span_begin(struct span *span,
				     const struct span_class *class,
				     void *frame, uint32_t library, uint64_t id,
				     uint64_t parent)
{
	struct thread *t = &thread_self;
	struct open_span *outer = span_current(t, FRAME());
	struct owner *owner = t->owner;
	uint64_t now = clock_ns();

	if (likely(!id))
		id = span_new_id(owner, now);
	if (unlikely(outer) && !parent)
		parent = outer->id;
	span->class = class;
	span->start = now;
	span->id = id;
	span->parent = parent;
	span->owner = owner;
	span->slot = span_push(owner, frame, class, now, id, library);
}

#endif
