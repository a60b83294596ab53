/*
 * known_plan.c - works out what the handlers of the shim do with a stop that
 * comes again.
 */
#include "event/known_stop.h"

#include "base/rcu.h"
#include "event/table.h"

#include <string.h>

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

static const struct known_write nothing = { write_nothing };

/* Puts the steps of a plain plan in an order, if there is a place for each.
 * What they lead to does not depend on who comes first. */
static bool arrange(struct known_plan *plan, const uint16_t *kinds,
		    uint32_t count)
{
	struct known_step steps[KNOWN_STEPS] = { 0 };
	uint32_t i, place;

	for (place = 0; place < count; place++) {
		steps[place].kind = kinds[place];
		steps[place].to = kinds[place] == KNOWN_WRITE
					  ? (void *)(uintptr_t)&nothing
					  : &plan->steps[SHORT_NOBODY];
	}
	for (i = 0; i < plan->count; i++) {
		for (place = 0; place < count; place++)
			if (kinds[place] == plan->steps[i].kind)
				break;
		if (place == count || steps[place].handler)
			return false;
		steps[place] = plan->steps[i];
	}
	memcpy(plan->steps, steps, sizeof(steps));
	plan->count = (uint16_t)count;
	return true;
}

static void shorten(struct known_plan *plan)
{
	static const uint16_t counted[] = {
		[SHORT_COUNT] = KNOWN_COUNT,
		[SHORT_SUM] = KNOWN_SUM,
		[SHORT_WRITE] = KNOWN_WRITE,
	};
	static const uint16_t timed[] = {
		[TIMED_TIME] = KNOWN_TIME,
		[TIMED_WRITE] = KNOWN_WRITE,
	};

	if (arrange(plan, counted, SHORT_NOBODY))
		plan->shape = KNOWN_SHORT;
	/* Without a time it is the other. */
	else if (arrange(plan, timed, TIMED_STEPS))
		plan->shape = KNOWN_TIMED;
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

void known_make_plan(struct known_plans *plans, const struct occurrence *whole,
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
	plan = place_for(plans->plans, whole);
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
