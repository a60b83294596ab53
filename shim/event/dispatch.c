/*
 * dispatch.c - runs the handlers of an occurrence.
 *
 * The list is fetched once: a snapshot, whatever the handlers do to the table.
 * A handler that fails is detached everywhere, then telemetry.handler.failure
 * is executed, then a line is logged, then the remaining handlers run
 * (PARITY T40-T49).
 */
#include "event/table.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/rcu.h"
#include "base/segment.h"
#include "base/thread.h"
#include "event/section.h"
#include "event/stack.h"

#include <errno.h>
#include <string.h>

#define FAILURE_EVENT "telemetry.handler.failure"

static int call(const struct handler *h, const struct occurrence *o)
{
	struct thread *t = &thread_self;
	uint8_t outer = t->in_handler;
	int ret;

	t->in_handler = 1;
	compiler_barrier();
	ret = h->function(o->event->name->text, &o->measurements, &o->metadata,
			  h->config);
	compiler_barrier();
	t->in_handler = outer;
	return ret;
}

static void report(const struct handler *h, const struct occurrence *o,
		   int result)
{
	struct event *event =
		event_intern(FAILURE_EVENT, sizeof(FAILURE_EVENT) - 1);
	struct telemetry_field measurements[] = {
		field_u64(&SYM_monotonic_time, clock_ns()),
		field_u64(&SYM_system_time, clock_wall_ns()),
	};
	char memory[512];
	struct buf trace = BUF(memory);
	struct telemetry_field metadata[] = {
		field_symbol(&SYM_event_name, o->event->name),
		field_text(&SYM_handler_id, h->id, strlen(h->id)),
		field_pointer(&SYM_handler_config, h->config),
		field_symbol(&SYM_kind, &SYM_kind_error),
		field_i64(&SYM_reason, result),
		field_text(&SYM_stacktrace, memory, 0),
	};
	struct occurrence failure = {
		.event = event,
		.measurements = { measurements, ARRAY_SIZE(measurements) },
		.metadata = { metadata, ARRAY_SIZE(metadata) },
		.interned_keys = true,
		.time = measurements[0].value.as.u64,
	};

	stack_text(&trace);
	metadata[5].value.length = (uint32_t)trace.length;
	if (event)
		event_dispatch(&failure);
}

static bool is_failure_event(const struct event *event)
{
	return strcmp(event->name->text, FAILURE_EVENT) == 0;
}

static void log_failure(const struct handler *h, const struct occurrence *o,
			int result, uint64_t pause)
{
	char memory[80];
	struct buf then = BUF(memory);

	if (h->policy == TELEMETRY_DETACH)
		buf_str(&then, "; it has been detached");
	else if (pause)
		buf_printf(&then, "; it is not called for %llu ms",
			   (unsigned long long)(pause / 1000000));
	log_error("handler \"%s\" failed on event %s: it returned %d, "
		  "expected 0%s",
		  h->id, o->event->name->text, result, then.text);
}

static NOINLINE void fail(struct handler *h, uint32_t began,
			  const struct occurrence *o, int result)
{
	bool detaches = h->policy == TELEMETRY_DETACH;
	uint64_t pause = 0;

	if (detaches) {
		/* Of two threads in which it fails at once, one reports. */
		if (__atomic_fetch_or(&h->state, HANDLER_GONE,
				      __ATOMIC_RELAXED) &
		    HANDLER_GONE)
			return;
		/* It may have been detached since this dispatch began.  If the
		 * lock is not to be had, it stays but is never called. */
		if (handlers_detach_one(h) == -EAGAIN)
			segment_drop(DROP_LOCK, 1);
		segment_drop(DROP_HANDLER, 1);
	} else if (h->policy == TELEMETRY_QUARANTINE) {
		pause = quarantine_failed(h, began, clock_ns());
	}
	/* One that stays would be told of its own failures for ever. */
	if (detaches || !is_failure_event(o->event))
		report(h, o, result);
	log_failure(h, o, result, pause);
}

/* It has failed before. */
static COLD bool may_call(struct handler *h, uint32_t state,
			  const struct occurrence *o)
{
	return quarantine_may_call(h, state, o->time ? o->time : clock_ns());
}

/* It failed now, or before. */
static COLD void look_at(struct handler *h, uint32_t state,
			 const struct occurrence *o, int result)
{
	if (result != 0)
		fail(h, state, o, result);
	else
		quarantine_went_well(h, state);
}

/* In a section, which protects the list in place of the read section. */
static NOINLINE void call_program(const struct handler_list *list,
				  const struct occurrence *occurrence)
{
	uint32_t i;

	for (i = list->internal_count; i < list->count; i++) {
		/* Pairs with vacate() in handlers.c, by the grace period. */
		struct handler *h = load_relaxed(&list->entries[i].user);
		uint32_t state;
		int result;

		if (!h)
			continue;
		state = load_relaxed(&h->state);
		if (unlikely(state) && !may_call(h, state, occurrence))
			continue;
		result = call(h, occurrence);
		if (unlikely(((uint32_t)result | state) != 0))
			look_at(h, state, occurrence, result);
	}
}

/* The list is the caller's, in a read section if it has one. */
static ALWAYS_INLINE void call_shim(const struct handler_list *list,
				    const struct occurrence *occurrence)
{
	const struct handler_entry *e = list->entries,
				   *end = e + list->internal_count;

	for (; e < end; e++)
		load_operand (&e->internal)(occurrence, e->config);
}

bool event_dispatch_internal(const struct occurrence *occurrence)
{
	const struct handler_list *list;

	if (thread_self.rcu != RCU_REGISTERED)
		return false;
	rcu_enter();
	/* Pairs with publish() in handlers.c. */
	list = rcu_pointer_get(occurrence->event->handlers);
	if (list)
		call_shim(list, occurrence);
	rcu_leave();
	return true;
}

bool event_wanted_beside(const struct event *event, internal_handler function)
{
	const struct handler_list *list;
	bool wanted = false;
	uint32_t i;

	if (thread_self.rcu != RCU_REGISTERED)
		return false;
	rcu_enter();
	/* Pairs with publish() in handlers.c. */
	list = rcu_pointer_get(event->handlers);
	for (i = 0; list && i < list->internal_count; i++)
		wanted |= load_relaxed(&list->entries[i].internal) != function;
	rcu_leave();
	return wanted;
}

void event_dispatch(const struct occurrence *occurrence)
{
	struct thread *t = &thread_self;
	bool reader = likely(t->rcu == RCU_REGISTERED);
	const struct handler_list *list;
	struct section section;

	if (reader)
		rcu_enter();
	/* Pairs with publish() in handlers.c. */
	list = rcu_pointer_get(occurrence->event->handlers);
	if (unlikely(!list))
		goto out;
	call_shim(list, occurrence);
	if (unlikely(list->internal_count < list->count)) {
		section = section_enter(t);
		if (reader)
			rcu_leave();
		call_program(list, occurrence);
		section_leave(t, &section);
		return;
	}
out:
	if (reader)
		rcu_leave();
}

/* Not in the frame of those who need no stack. */
static NOINLINE COLD void dispatch_with_stack(struct occurrence *o)
{
	struct telemetry_field *front =
		(struct telemetry_field *)(uintptr_t)o->metadata.items - 1;
	char memory[768];
	struct buf trace = BUF(memory);

	stack_text(&trace);
	*front = field_text(&SYM_stacktrace, memory, trace.length);
	o->metadata.items = front;
	o->metadata.count++;
	event_dispatch(o);
}

void event_dispatch_failure(struct occurrence *o)
{
	if (unlikely(load_relaxed(&o->event->needs) & NEED_STACK))
		dispatch_with_stack(o);
	else
		event_dispatch(o);
}
