/*
 * span_begin.h - the first half of a span, inlined into the few functions that
 * begin one.
 */
#ifndef SHIM_EVENT_SPAN_BEGIN_H
#define SHIM_EVENT_SPAN_BEGIN_H

#include "base/clock.h"
#include "base/hash.h"
#include "event/span.h"

/* Unique in the process, and between processes that had the same thread id. */
static inline uint64_t span_new_id(struct owner *owner, uint64_t now)
{
	uint64_t id;

	/* A thread begins fewer spans than nanoseconds pass. */
	if (unlikely(owner->span_ids == 0)) {
		owner->span_ids = now;
		owner->span_seed = hash_mix(hash_seed, owner->tid) | 1;
	}
	id = hash_fold(owner->span_seed, ++owner->span_ids);
	if (unlikely(id == 0))
		return 1;
	return id;
}

/* Notes the open span for its thread.  Values as they are in the span: to read
 * them back would be to wait for them. */
static ALWAYS_INLINE void span_fill(struct owner *owner, struct span *span,
				    const struct span_class *class, void *frame,
				    uint32_t library, uint32_t depth,
				    uint64_t now, uint64_t id, uint64_t parent)
{
	struct open_span *open = &owner->spans[depth];

	span->class = class;
	span->start = now;
	span->id = id;
	span->parent = parent;
	span->owner = owner;
	store_relaxed(&open->frame, frame);
	open->class = class;
	open->start = now;
	open->library = library;
	store_relaxed(&open->id, id);
	/* A signal handler that jumps out of here leaves it whole or away. */
	compiler_barrier();
	owner->depth = depth + 1;
	span->slot = depth + 1;
}

/* May this be the thread's first open span, of whose beginning nobody wants to
 * know? */
static ALWAYS_INLINE bool span_is_plain(const struct thread *thread,
					const struct owner *owner,
					const struct span_state *state)
{
	return likely(owner->holder == thread) && likely(owner->depth == 0) &&
	       likely(!(load_operand(&state->armed) & ARMED_START));
}

/* Notes that span and tells when it began, and its id; `state` is that of the
 * class.  False: nothing has
 * happened, it may be begun all the same, by span_open() or its like. */
static ALWAYS_INLINE bool
span_note_plain(const struct thread *thread, struct owner *owner,
		const struct span_class *class, const struct span_state *state,
		void *frame, uint32_t library, uint64_t *start, uint64_t *id)
{
	struct open_span *open = &owner->spans[0];

	if (unlikely(!span_is_plain(thread, owner, state)))
		return false;
	/* As span_fill(), but what is not a time or an id comes first: it need
	 * not be kept in registers meanwhile.  Nobody looks at it before the
	 * depth says so. */
	open->class = class;
	store_relaxed(&open->frame, frame);
	open->library = library;
	if (unlikely(!clock_try(start)))
		return false;
	*id = span_new_id(owner, *start);
	open->start = *start;
	store_relaxed(&open->id, *id);
	/* A signal handler that jumps out of here leaves it whole or away. */
	compiler_barrier();
	owner->depth = 1;
	return true;
}

/* The same for one that is kept in memory. */
static ALWAYS_INLINE bool
span_begin_plain(const struct thread *thread, struct owner *owner,
		 struct span *span, const struct span_class *class,
		 const struct span_state *state, void *frame, uint32_t library)
{
	uint64_t start, id;

	span->class = class;
	span->parent = 0;
	span->owner = owner;
	span->slot = 1;
	if (!span_note_plain(thread, owner, class, state, frame, library,
			     &start, &id))
		return false;
	span->start = start;
	span->id = id;
	return true;
}

#endif
