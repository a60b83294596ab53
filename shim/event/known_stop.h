/*
 * known_stop.h - carries out the plan for a stop that comes again: inlined into
 * the few functions that end such spans.
 */
#ifndef SHIM_EVENT_KNOWN_STOP_H
#define SHIM_EVENT_KNOWN_STOP_H

#include "base/rcu.h"
#include "base/thread.h"
#include "event/known.h"
#include "event/span_stop.h"

#define KNOWN_PLANS 16
#define KNOWN_STEPS 4

struct known_plan {
	uint64_t same;	  /* struct known; 0: none */
	uint32_t version; /* of the event */
	uint32_t count;
	struct known_step steps[KNOWN_STEPS];
	uint64_t room[KNOWN_ROOM / sizeof(uint64_t)];
};

/* Of a thread: each in one of two places. */
struct known_plans {
	struct known_plan plans[KNOWN_PLANS];
};

_Static_assert(sizeof(struct known_plans) == THREAD_PLANS, "base/thread.h");

/* By numbers that may differ in any of their bits. */
static ALWAYS_INLINE uint32_t known_place(uint64_t same)
{
	return (uint32_t)(same * 0x9e3779b97f4a7c15u >> 60);
}

static ALWAYS_INLINE void known_add(uint64_t *to, uint64_t amount)
{
	store_relaxed(to, *to + amount);
}

/* False: there is no room for it. */
static ALWAYS_INLINE bool known_add_sum(uint64_t *to, uint64_t value)
{
	int64_t sum;

	if (unlikely(value > INT64_MAX ||
		     __builtin_add_overflow((int64_t)to[1], (int64_t)value,
					    &sum)))
		return false;
	known_add(&to[0], 1);
	store_relaxed(&to[1], (uint64_t)sum);
	return true;
}

static ALWAYS_INLINE void known_take(const struct occurrence *o,
				     const struct known_step *step)
{
	uint32_t kind = step->kind;

	if (kind == KNOWN_COUNT)
		known_add(step->to, 1);
	else if (kind == KNOWN_RUN)
		step->run(o, step);
	else if (unlikely(kind != KNOWN_SUM ||
			  !known_add_sum(step->to,
					 o->known->values[step->value])))
		known_call(o, step->handler, step->config);
}

/* The plan for it; NULL: there is none that holds.  In a read section. */
static ALWAYS_INLINE const struct known_plan *
known_find(const struct thread *t, const struct occurrence *o)
{
	/* Pairs with changed() in handlers.c, by the grace period. */
	uint32_t version = load_relaxed(&o->event->version);
	const struct known_plans *plans = t->plans;
	uint64_t same = o->known->same;
	const struct known_plan *plan;

	/* Pairs with known_forget(). */
	if (unlikely(!load_acquire(&t->owner->has_plans) || !plans))
		return NULL;
	plan = &plans->plans[known_place(same)];
	if (unlikely(plan->same != same))
		plan = &plans->plans[known_place(same) ^ 1];
	return likely(plan->same == same && plan->version == version) ? plan
								      : NULL;
}

/* False: nothing was done. */
static ALWAYS_INLINE bool known_carry_out(const struct occurrence *o)
{
	const struct known_step *step, *end;
	const struct thread *t = &thread_self;
	const struct known_plan *plan;

	if (unlikely(t->rcu != RCU_REGISTERED))
		return false;
	rcu_enter();
	plan = known_find(t, o);
	if (likely(plan != NULL)) {
		end = plan->steps + plan->count;
		for (step = plan->steps; step < end; step++)
			known_take(o, step);
	}
	rcu_leave();
	return plan != NULL;
}

/* Emits <name>.stop at that time.  Under the guard; preserves errno. */
static ALWAYS_INLINE void span_stop_known(const struct span *span, uint64_t end,
					  const struct known *known)
{
	struct event *stop = span->class->stop;
	struct occurrence o;

	if ((!likely(span_leave_plain(thread_self.owner, span)) &&
	     !span_leave_stack(span)) ||
	    !event_wanted(stop))
		return;
	o.event = stop;
	o.interned_keys = true;
	o.time = end;
	o.duration = end - span->start;
	o.span_id = span->id;
	o.parent_span_id = span->parent;
	o.known = known;
	if (unlikely(!known_carry_out(&o)))
		known_dispatch(&o);
}

#endif
