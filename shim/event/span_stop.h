/*
 * span_stop.h - the second half of a span, for listeners to whom event, time,
 * duration and ids say enough: inlined into the few functions that end one.
 */
#ifndef SHIM_EVENT_SPAN_STOP_H
#define SHIM_EVENT_SPAN_STOP_H

#include "base/rcu.h"
#include "event/span.h"
#include "event/table.h"

/* Not the innermost of this thread, or another thread's. */
COLD bool span_leave_elsewhere(const struct span *span);

/* Takes the span off its thread's stack.  False: it has ended already. */
static ALWAYS_INLINE bool span_leave_stack(const struct span *span)
{
	struct owner *owner = span->owner;
	uint32_t slot = span->slot;
	struct open_span *open;

	if (unlikely(slot == 0))
		return true;
	open = &owner->spans[slot - 1];
	if (unlikely(owner != thread_self.owner || owner->depth != slot ||
		     load_relaxed(&open->id) != span->id))
		return span_leave_elsewhere(span);
	store_relaxed(&open->id, 0);
	owner->depth = slot - 1;
	return true;
}

/* False: somebody wants to know more, or it is not known who listens; nobody
 * was told anything. */
static ALWAYS_INLINE bool span_tell_brief(const struct occurrence *occurrence)
{
	const struct handler_list *list;
	const struct handler_entry *e, *end;
	bool enough;

	if (unlikely(thread_self.rcu != RCU_REGISTERED))
		return false;
	rcu_enter();
	/* Pairs with publish() in handlers.c. */
	list = rcu_pointer_get(occurrence->event->handlers);
	enough = !list || likely(!(list->needs & NEED_VALUES));
	if (likely(enough && list)) {
		e = list->entries;
		end = e + list->internal_count;
		for (; e < end; e++)
			e->internal(occurrence, e->config);
	}
	rcu_leave();
	return enough;
}

/*
 * Stops the span at that time, if nobody wants to know more of it than when and
 * how long it was.  False: it is still to be ended, with its fields; also one
 * that took no time, which might be said by the fields.  Under the guard;
 * leaves errno alone, as nothing runs but handlers of the shim.
 */
static ALWAYS_INLINE bool span_stop_brief(struct span *span, uint64_t end)
{
	struct event *event = span->class->stop;
	struct occurrence o;

	if ((load_relaxed(&event->needs) & NEED_VALUES) ||
	    unlikely(end == span->start))
		return false;
	if (unlikely(!span_leave_stack(span)) || !event_wanted(event))
		return true;
	o.event = event;
	o.measurements.items = o.metadata.items = NULL;
	o.measurements.count = o.metadata.count = 0;
	o.interned_keys = true;
	o.time = end;
	o.duration = end - span->start;
	o.span_id = span->id;
	o.parent_span_id = span->parent;
	o.known = NULL;
	if (likely(span_tell_brief(&o)))
		return true;
	/* Who ends it with its fields finds it taken off the stack. */
	span->slot = 0;
	return false;
}

#endif
