/* known.c - see known.h. */
#include "event/known_stop.h"

#include "base/arena.h"
#include "base/rcu.h"
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

static bool write_down(const struct known_step *step, const struct span *span,
		       uint64_t duration, const uint64_t *values)
{
	const struct known_write *writer = step->to;

	return writer->write(writer, span, duration, values);
}

/* All or nothing: whoever may be unable comes first, and of those that write
 * there is one at most. */
NOINLINE bool known_carry_out_plain(const struct known_plan *plan,
				    const struct span *span, uint64_t duration,
				    const uint64_t *values)
{
	const struct known_step *step, *end = plan->steps + plan->count;
	int64_t sum;

	if (plan->shape == KNOWN_MIXED)
		return false;
	for (step = plan->steps; step < end; step++)
		if (step->kind == KNOWN_SUM &&
		    !known_sum(step->to, values[step->value], &sum))
			return false;
	for (step = plan->steps; step < end; step++)
		if (step->kind == KNOWN_WRITE &&
		    !write_down(step, span, duration, values))
			return false;
	for (step = plan->steps; step < end; step++)
		if (step->kind == KNOWN_COUNT)
			known_add(step->to, 1);
		else if (step->kind == KNOWN_SUM)
			add_sum(step, values);
	return true;
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
		return write_down(step, span, o->duration, o->known->values);
	case KNOWN_RUN:
		step->run(o, step);
		return true;
	default:
		return false;
	}
}

/* Any plan, in a read section.  False: there is none. */
static bool carry_out_any(const struct thread *t, const struct occurrence *o,
			  const struct span *span)
{
	const struct known_step *step, *end;
	const struct known_plan *plan;

	rcu_enter();
	plan = known_find(t->plans, t->owner, span->class, o->known->same);
	step = plan ? plan->steps : NULL;
	end = plan ? step + plan->count : NULL;
	for (; step < end; step++)
		if (!take_step(o, span, step))
			call(o, step);
	rcu_leave();
	return plan != NULL;
}

/* Where it goes: in place of one of the same name, in an empty place, or, now
 * and then, in one that is taken; making plans costs more than doing without. */
static struct known_plan *place_for(struct known_plan *plans,
				    const struct occurrence *o)
{
	struct known_plan *a = &plans[known_place(o->known->same)];
	struct known_plan *b = &plans[known_place(o->known->same) ^ 1];

	if (a->same == o->known->same)
		return a;
	if (b->same == o->known->same)
		return b;
	if (a->same == 0 || b->same == 0)
		return a->same == 0 ? a : b;
	if (o->span_id & 7)
		return NULL;
	return o->span_id & 8 ? a : b;
}

static bool write_nothing(const struct known_write *self UNUSED,
			  const struct span *span UNUSED,
			  uint64_t duration UNUSED,
			  const uint64_t *values UNUSED)
{
	return true;
}

/* Puts the steps of a plain plan in order, if there is none twice.  What they
 * lead to does not depend on who comes first. */
static void shorten(struct known_plan *plan)
{
	static const struct known_write nothing = { write_nothing };
	static const uint16_t kinds[] = {
		[SHORT_COUNT] = KNOWN_COUNT,
		[SHORT_SUM] = KNOWN_SUM,
		[SHORT_WRITE] = KNOWN_WRITE,
	};
	struct known_step steps[SHORT_NOBODY] = { 0 };
	uint32_t i, place;

	for (place = 0; place < SHORT_NOBODY; place++) {
		steps[place].kind = kinds[place];
		steps[place].to = place == SHORT_WRITE
					  ? (void *)(uintptr_t)&nothing
					  : &plan->steps[SHORT_NOBODY];
	}
	for (i = 0; i < plan->count; i++) {
		for (place = 0; kinds[place] != plan->steps[i].kind;)
			place++;
		if (steps[place].handler)
			return;
		steps[place] = plan->steps[i];
	}
	memset(plan->steps, 0, sizeof(plan->steps));
	memcpy(plan->steps, steps, sizeof(steps));
	plan->count = SHORT_NOBODY;
	plan->shape = KNOWN_SHORT;
}

static void make_steps(struct known_plan *plan, const struct handler_list *list,
		       const struct occurrence *whole)
{
	void *room = plan->room;
	uint32_t i;

	plan->shape = KNOWN_PLAIN;
	for (i = 0; i < list->count; i++) {
		const struct handler_entry *e = &list->entries[i];
		struct known_step *step = &plan->steps[i];

		*step = (struct known_step){ 0 };
		step->handler = e->internal;
		step->config = e->config;
		if (!e->prepare || !e->prepare(whole, e->config, step, room))
			step->kind = KNOWN_CALL;
		else if (step->to == room)
			room = NULL;
		if (step->kind == KNOWN_CALL || step->kind == KNOWN_RUN)
			plan->shape = KNOWN_MIXED;
	}
	plan->count = (uint16_t)list->count;
	if (plan->shape == KNOWN_PLAIN)
		shorten(plan);
}

/* For what has just been dispatched: `version` is from before that. */
static void make_plan(struct known_plan *plans, const struct occurrence *whole,
		      uint32_t version)
{
	const struct handler_list *list;
	struct known_plan *plan;

	rcu_enter();
	/* Pairs with publish() in handlers.c. */
	list = rcu_pointer_get(whole->event->handlers);
	if (!list || list->internal_count != list->count ||
	    list->count > KNOWN_STEPS)
		goto out;
	plan = place_for(plans, whole);
	if (!plan)
		goto out;
	/* A jump out of a signal handler leaves it whole, or nobody's. */
	plan->same = 0;
	compiler_barrier();
	make_steps(plan, list, whole);
	plan->version = version;
	compiler_barrier();
	plan->same = whole->known->same;
out:
	rcu_leave();
}

/* Plans to be looked at and filled in; NULL: no memory. */
static struct known_plan *open_plans(struct thread *t)
{
	struct known_plans *plans = t->plans;

	if (!plans)
		plans = t->plans = arena_alloc(sizeof(*plans));
	/* Pairs with known_forget(): what that was called for is seen then. */
	if (plans &&
	    !__atomic_exchange_n(&t->owner->has_plans, 1, __ATOMIC_ACQUIRE))
		memset(plans, 0, sizeof(*plans));
	return plans ? plans->plans : NULL;
}

static void dispatch(struct occurrence *o, const struct span *span)
{
	struct thread *t = &thread_self;
	struct owner *owner = t->owner;
	/* Pairs with changed() in handlers.c: who is on the list at this
	 * version is seen below. */
	uint32_t version = load_acquire(&span->class->version);
	struct known_plan *plans = NULL;
	struct fields room;

	if (t->rcu == RCU_REGISTERED) {
		if (carry_out_any(t, o, span))
			return;
		plans = open_plans(t);
	}
	complete(o, &room);
	event_dispatch(o);
	/* Not after a handler that has forked. */
	if (plans && t->owner == owner && owner->holder == t)
		make_plan(plans, o, version);
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
	int saved = errno;

	if (!event_wanted(o.event))
		return;
	dispatch(&o, span);
	errno = saved;
}

void known_forget(struct owner *owner)
{
	/* Pairs with open_plans() and known_find(). */
	store_release(&owner->has_plans, 0);
}
