/*
 * span_stop.h - the second half of a span, for listeners to whom event, time,
 * duration and ids say enough: inlined into the few functions that end one.
 */
#ifndef SHIM_EVENT_SPAN_STOP_H
#define SHIM_EVENT_SPAN_STOP_H

#include "base/clock.h"
#include "base/rcu.h"
#include "event/span.h"
#include "event/span_begin.h"
#include "event/table.h"

/* Takes the innermost span of the owner's thread off its stack.  False: that it
 * is not, see span_leave_stack(). */
static ALWAYS_INLINE bool span_leave_plain(struct owner *owner,
					   const struct span *span)
{
	uint32_t slot = span->slot;

	if (unlikely(slot == 0) || unlikely(owner != span->owner) ||
	    unlikely(owner->depth != slot) ||
	    unlikely(load_relaxed(&owner->spans[slot - 1].id) != span->id))
		return false;
	store_relaxed(&owner->spans[slot - 1].id, 0);
	owner->depth = slot - 1;
	return true;
}

/* The same for one that is the only one. */
static ALWAYS_INLINE bool span_leave_first(struct owner *owner,
					   const struct span *span)
{
	if (unlikely(span->slot != 1) || unlikely(owner != span->owner) ||
	    unlikely(owner->depth != 1) ||
	    unlikely(load_relaxed(&owner->spans[0].id) != span->id))
		return false;
	store_relaxed(&owner->spans[0].id, 0);
	owner->depth = 0;
	return true;
}

/* Takes any span off its thread's stack.  False: it has ended already. */
bool span_leave_stack(const struct span *span);

/* A span that stops, as far as it is told in short. */
struct span_end {
	uint64_t start, end, id;
};

static ALWAYS_INLINE void span_tell_brief(const struct handler_list *list,
					  const struct span_end *span)
{
	const struct handler_entry *e = list->entries;

	do
		load_operand (&e->brief)(e->config, span->end - span->start,
					 span->end, span->id);
	while (load_operand(&(++e)->internal));
}

/* Who listens to the end of such a span.  False: somebody who wants more than
 * that.  In a read section. */
static ALWAYS_INLINE bool span_listeners(const struct span_class *class,
					 const struct handler_list **list)
{
	/* Pairs with publish() in handlers.c. */
	*list = rcu_pointer_get(class->stop->handlers);
	return likely(!*list || !((*list)->needs & NEED_VALUES));
}

/* May the end of the span be told in short?  For who would have to do more than
 * that in vain. */
static ALWAYS_INLINE bool span_is_brief(const struct span *span)
{
	return !(load_relaxed(&span->class->stop->needs) & NEED_VALUES);
}

/*
 * Stops the innermost span of the owner's thread at that time (0: now), if that
 * is all that anybody wants to know of it.  False: nothing has happened, it is
 * still to be ended, with its fields.  After thread_claim_plain(); leaves errno
 * alone, as nothing runs but handlers of the shim.
 */
static ALWAYS_INLINE bool span_stop_brief(struct owner *owner,
					  struct span *span, uint64_t end)
{
	struct span_end told = { .end = end };
	const struct handler_list *list;
	uint32_t slot = span->slot;
	RCU_READER reader;

	if (unlikely(slot == 0) || unlikely(owner != span->owner) ||
	    unlikely(owner->depth != slot) ||
	    unlikely(load_relaxed(&owner->spans[slot - 1].id) != span->id))
		return false;
	/* Not as the first one of the thread: the program may use liburcu too,
	 * and as the thread ends liburcu lets go of it before we do. */
	reader = rcu_enter_here();
	if (unlikely(!span_listeners(span->class, &list)) ||
	    unlikely(!end && !clock_try(&told.end))) {
		rcu_leave_here(reader);
		return false;
	}
	store_relaxed(&owner->spans[slot - 1].id, 0);
	owner->depth = slot - 1;
	told.start = span->start;
	told.id = load_relaxed(&span->id);
	if (likely(list))
		span_tell_brief(list, &told);
	rcu_leave_here(reader);
	return true;
}

/* The same for the only span of the thread, of which start and id are told. */
static ALWAYS_INLINE bool span_stop_first(struct owner *owner,
					  const struct span_class *class,
					  struct span_end *span)
{
	const struct handler_list *list;
	RCU_READER reader;

	if (unlikely(owner->depth != 1) ||
	    unlikely(load_operand(&owner->spans[0].id) != span->id))
		return false;
	reader = rcu_enter_here();
	if (unlikely(!span_listeners(class, &list)) ||
	    unlikely(!clock_try(&span->end))) {
		rcu_leave_here(reader);
		return false;
	}
	store_relaxed(&owner->spans[0].id, 0);
	owner->depth = 0;
	if (likely(list))
		span_tell_brief(list, span);
	rcu_leave_here(reader);
	return true;
}

/* A plain span of nothing, from its beginning to its end; `state` is that of
 * the class.  False: nothing has happened. */
static ALWAYS_INLINE bool span_pass_brief(const struct thread *thread,
					  struct owner *owner,
					  const struct span_class *class,
					  const struct span_state *state)
{
	struct span_end span;
	const struct handler_list *list;
	RCU_READER reader;

	if (unlikely(!span_is_plain(thread, owner, state)))
		return false;
	reader = rcu_enter_here();
	if (unlikely(!span_listeners(class, &list)) ||
	    unlikely(!clock_try(&span.start)) ||
	    unlikely(!clock_try(&span.end))) {
		rcu_leave_here(reader);
		return false;
	}
	span.id = span_new_id(owner, span.start);
	if (likely(list))
		span_tell_brief(list, &span);
	rcu_leave_here(reader);
	return true;
}

#endif
