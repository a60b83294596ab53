/*
 * known_stop.h - carries out the plan for a stop that comes again: inlined into
 * the few functions that end such spans.
 */
#ifndef SHIM_EVENT_KNOWN_STOP_H
#define SHIM_EVENT_KNOWN_STOP_H

#include "base/thread.h"
#include "event/known.h"
#include "event/span_stop.h"

#define KNOWN_PLANS 16
#define KNOWN_STEPS 4

struct known_plan {
	uint64_t same;	  /* struct known; 0: none */
	uint32_t version; /* of the span_class */
	uint16_t count;
	uint16_t is_plain; /* all of KNOWN_COUNT, KNOWN_SUM and KNOWN_WRITE */
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

/* The plan for it; NULL: there is none that holds. */
static ALWAYS_INLINE const struct known_plan *
known_find(const struct thread *t, const struct span_class *class,
	   uint64_t same)
{
	uint32_t version = load_relaxed(&class->version);
	const struct known_plans *plans = t->plans;
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

/*
 * Carries out a plain plan.  What it leads to never goes: the cells are this
 * thread's, which gives them back itself, and so is the ring.  So it does not
 * matter who leaves the list meanwhile, and no read section is needed.
 */
static ALWAYS_INLINE void known_carry_out(const struct known_plan *plan,
					  const struct occurrence *o)
{
	const struct known_step *step = plan->steps;
	const struct known_step *end = step + plan->count;

	for (; step < end; step++) {
		if (step->kind == KNOWN_COUNT)
			known_add(step->to, 1);
		else if (step->kind == KNOWN_WRITE)
			step->run(o, step);
		else if (unlikely(!known_add_sum(
				 step->to, o->known->values[step->value])))
			known_call_listed(o, step);
	}
}

/* Emits <name>.stop at that time.  Under the guard; preserves errno. */
static ALWAYS_INLINE void span_stop_known(const struct span *span, uint64_t end,
					  const struct known *known)
{
	const struct thread *t = &thread_self;
	const struct span_class *class = span->class;
	const struct known_plan *plan;
	struct occurrence o;

	if (!likely(span_leave_plain(t->owner, span)) &&
	    !span_leave_stack(span))
		return;
	o.event = class->stop;
	o.interned_keys = true;
	o.time = end;
	o.duration = end - span->start;
	o.span_id = span->id;
	o.parent_span_id = span->parent;
	o.known = known;
	plan = known_find(t, class, known->same);
	if (likely(plan && plan->is_plain))
		known_carry_out(plan, &o);
	else if (event_wanted(class->stop))
		known_dispatch(&o);
}

#endif
