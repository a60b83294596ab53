/*
 * known.c - stops that come again: carries out their plans, or tells of them
 * with all fields.  known_plan.c makes the plans.
 */
#include "event/known_stop.h"

#include "base/arena.h"
#include "base/rcu.h"
#include "base/segment.h"
#include "event/table.h"

#include <errno.h>
#include <string.h>

/* In front of all measurements, and of the metadata. */
enum { TIMES = 2, IDS = 2 };

struct fields {
	struct telemetry_field all[TIMES + IDS + KNOWN_FIELDS];
};

/* Makes the fields.  Measurements stand in front of the metadata; the ids go
 * where the measurements were before those were moved forward. */
static void complete(struct occurrence *o, struct fields *room)
{
	const struct known *known = o->known;
	struct telemetry_field *times = room->all, *ids;
	size_t count, id_count = o->parent_span_id ? 2 : 1;

	ids = times + TIMES + known->measurements;
	count = known->describe(known, times + TIMES + id_count) + id_count;
	memmove(times + TIMES, times + TIMES + id_count,
		known->measurements * sizeof(*times));
	field_set_u64(&times[0], &SYM_duration, o->duration);
	field_set_u64(&times[1], &SYM_monotonic_time, o->time);
	field_set_u64(&ids[0], &SYM_span_id, o->span_id);
	if (o->parent_span_id)
		field_set_u64(&ids[1], &SYM_parent_span_id, o->parent_span_id);
	o->measurements.items = times;
	o->measurements.count = known->measurements + TIMES;
	o->metadata.items = ids;
	o->metadata.count = count - known->measurements;
}

/* Calls the handler with all fields of an occurrence that has only `known`. */
static void call(const struct occurrence *occurrence,
		 const struct known_step *step)
{
	struct occurrence whole = *occurrence;
	struct fields room;

	complete(&whole, &room);
	step->handler(&whole, step->config);
}

static bool add_sum(const struct known_step *step, const uint64_t *values)
{
	int64_t sum;

	if (!known_sum(step->to, values[step->value], &sum))
		return false;
	known_set_sum(step->to, sum);
	return true;
}

static bool write_down(const struct known_write *writer,
		       const struct span *span, uint64_t duration,
		       const uint64_t *values)
{
	return writer->write(writer, span, duration, values);
}

/* For a KNOWN_TIME: what it needs of it. */
static ALWAYS_INLINE void tell_time(const struct known_step *step,
				    const struct span *span, uint64_t duration)
{
	struct occurrence o;

	o.time = span->start + duration;
	o.duration = duration;
	o.span_id = span->id;
	step->run(&o, step);
}

static ALWAYS_INLINE bool carry_out_timed(const struct known_plan *plan,
					  const struct span *span,
					  uint64_t duration,
					  const uint64_t *values)
{
	const struct known_timed *timed = &plan->timed;

	if (unlikely(duration > timed->time.most) ||
	    unlikely(!write_down(timed->writer, span, duration, values)))
		return false;
	tell_time(&timed->time, span, duration);
	return true;
}

/* False: nothing may be done yet. */
static bool can_take(const struct known_step *step, uint64_t duration,
		     const uint64_t *values)
{
	int64_t sum;

	if (step->kind == KNOWN_SUM)
		return known_sum(step->to, values[step->value], &sum);
	return step->kind != KNOWN_TIME || duration <= step->most;
}

/* All or nothing: whoever may be unable comes first, and of those that write
 * there is one at most. */
static NOINLINE bool carry_out_loose(const struct known_plan *plan,
				     const struct span *span, uint64_t duration,
				     const uint64_t *values)
{
	const struct known_step *step, *end = plan->steps + plan->count;

	for (step = plan->steps; step < end; step++)
		if (!can_take(step, duration, values))
			return false;
	for (step = plan->steps; step < end; step++)
		if (step->kind == KNOWN_WRITE &&
		    !write_down(step->to, span, duration, values))
			return false;
	for (step = plan->steps; step < end; step++)
		if (step->kind == KNOWN_COUNT)
			known_add(step->to, 1);
		else if (step->kind == KNOWN_SUM)
			add_sum(step, values);
		else if (step->kind == KNOWN_TIME)
			tell_time(step, span, duration);
	return true;
}

HOT NOINLINE const struct known_plan *
known_find_behind(const struct known_plans *plans, uint64_t same)
{
	uint32_t place = known_place(same), i;

	for (i = 1; i < KNOWN_PLANS; i++) {
		const struct known_plan *plan =
			&plans->plans[(place + i) % KNOWN_PLANS];

		if (plan->same == same)
			return plan;
		if (plan->same == 0)
			return NULL;
	}
	return NULL;
}

HOT NOINLINE bool known_carry_out_plain(const struct known_plan *plan,
					const struct span *span,
					uint64_t duration,
					const uint64_t *values)
{
	if (likely(plan->shape == KNOWN_TIMED))
		return carry_out_timed(plan, span, duration, values);
	return plan->shape == KNOWN_PLAIN &&
	       carry_out_loose(plan, span, duration, values);
}

/* False: the handler is to be called. */
static bool take_step(const struct occurrence *o, const struct span *span,
		      const struct known_step *step)
{
	switch (step->kind) {
	case KNOWN_COUNT:
		known_add(step->to, 1);
		return true;
	case KNOWN_SUM:
		return add_sum(step, o->known->values);
	case KNOWN_WRITE:
		return write_down(step->to, span, o->duration,
				  o->known->values);
	case KNOWN_TIME:
	case KNOWN_RUN:
		step->run(o, step);
		return true;
	default:
		return false;
	}
}

static void take_steps(const struct known_plan *plan,
		       const struct occurrence *o, const struct span *span)
{
	const struct known_step *step = plan->steps, *end = step + plan->count;

	for (; step < end; step++)
		if (!take_step(o, span, step))
			call(o, step);
}

/* The other shapes, of which all that needs no read section has been tried;
 * what cannot be written down is dispatched. */
static bool carry_out_again(const struct known_plan *plan,
			    const struct occurrence *o, const struct span *span)
{
	const struct known_timed *timed = &plan->timed;

	if (plan->shape != KNOWN_TIMED ||
	    !write_down(timed->writer, span, o->duration, o->known->values))
		return false;
	timed->time.run(o, &timed->time);
	return true;
}

/* Any plan, in a read section.  False: there is none, or none that can be
 * carried out. */
static bool carry_out_any(const struct thread *t, const struct occurrence *o,
			  const struct span *span)
{
	const struct known_plan *plan;
	bool done;

	rcu_enter();
	plan = known_find(t->plans, t->owner, span->class->state,
			  o->known->same);
	done = plan && plan->shape < KNOWN_SHORT;
	if (done)
		take_steps(plan, o, span);
	else if (plan)
		done = carry_out_again(plan, o, span);
	rcu_leave();
	return done;
}

/* Plans to be looked at and filled in; NULL: no memory. */
static struct known_plans *open_plans(struct thread *t)
{
	struct known_plans *plans = t->plans;

	if (!plans)
		plans = t->plans = arena_alloc(sizeof(*plans));
	if (!plans || load_relaxed(&t->owner->has_plans))
		return plans;
	/* Before they are said to hold: a signal handler may jump out of
	 * here. */
	memset(plans, 0, sizeof(*plans));
	/* Pairs with known_forget(): what that was called for is seen now. */
	__atomic_exchange_n(&t->owner->has_plans, 1, __ATOMIC_ACQUIRE);
	return plans;
}

/* `room` is for what it gets to know of `o`. */
static void dispatch(struct occurrence *o, struct fields *room,
		     const struct span *span)
{
	struct thread *t = &thread_self;
	struct owner *owner = t->owner;
	/* Pairs with changed() in handlers.c: who is on the list at this
	 * version is seen below. */
	uint32_t version = load_acquire(&span->class->state->version);
	struct known_plans *plans = NULL;

	/* In the child of a handler that forked the owner is nobody's. */
	if (t->rcu == RCU_REGISTERED && owner->holder == t) {
		if (carry_out_any(t, o, span))
			return;
		plans = open_plans(t);
	}
	complete(o, room);
	event_dispatch(o);
	/* Not after a handler that has forked. */
	if (!plans || t->owner != owner || owner->holder != t)
		return;
	owner->texts = segment_generation();
	known_make_plan(plans, o, version);
}

NOINLINE void known_tell(const struct span *span, uint64_t end,
			 const struct known *known)
{
	struct occurrence o = {
		.event = span->class->stop,
		.interned_keys = true,
		.time = end,
		.duration = end - span->start,
		.span_id = span->id,
		.parent_span_id = span->parent,
		.known = known,
	};
	struct fields room;
	int saved = errno;

	if (!event_wanted(o.event))
		return;
	dispatch(&o, &room, span);
	errno = saved;
}

void known_forget(struct owner *owner)
{
	/* Pairs with open_plans() and known_find(). */
	store_release(&owner->has_plans, 0);
}
