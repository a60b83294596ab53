/*
 * known_plan.c - works out what the handlers of the shim do with a stop that
 * comes again.
 */
#include "event/known_stop.h"

#include "base/rcu.h"
#include "event/table.h"

/* Where it goes: in place of one of the same name, in an empty place, or, now
 * and then, in one that is taken; making plans costs more than doing
 * without. */
static struct known_plan *place_for(struct known_plan *plans,
				    const struct occurrence *o)
{
	uint32_t place = known_place(o->known->same), i;

	for (i = 0; i < KNOWN_PLANS; i++) {
		struct known_plan *plan = &plans[(place + i) % KNOWN_PLANS];

		if (plan->same == o->known->same || plan->same == 0)
			return plan;
	}
	return o->span_id & 7 ? NULL : &plans[place];
}

static bool write_nothing(const struct known_write *self UNUSED,
			  const struct span *span UNUSED,
			  uint64_t duration UNUSED,
			  const uint64_t *values UNUSED)
{
	return true;
}

static const struct known_write nothing = { write_nothing };

/* What the steps lead to, one of each kind at most. */
struct parts {
	const struct known_step *count, *sum, *time, *write;
};

/* False: two of a kind. */
static bool sort_out(struct parts *parts, const struct known_plan *plan)
{
	const struct known_step *step = plan->steps, *end = step + plan->count;

	for (; step < end; step++) {
		const struct known_step **part =
			step->kind == KNOWN_COUNT  ? &parts->count
			: step->kind == KNOWN_SUM  ? &parts->sum
			: step->kind == KNOWN_TIME ? &parts->time
						   : &parts->write;

		if (*part)
			return false;
		*part = step;
	}
	return true;
}

/* Gives a plain plan another shape, if there is one.  What it leads to does not
 * depend on who comes first. */
static void shorten(struct known_plan *plan)
{
	struct parts parts = { 0 };
	struct known_short brief = { 0 };
	struct known_timed timed;
	const struct known_write *writer;

	if (!sort_out(&parts, plan))
		return;
	writer = parts.write ? parts.write->to : &nothing;
	if (parts.time && !parts.count && !parts.sum) {
		timed.time = *parts.time;
		timed.writer = writer;
		plan->timed = timed;
		plan->shape = KNOWN_TIMED;
	} else if (!parts.time) {
		brief.count =
			parts.count ? parts.count->to : plan->brief.nobody;
		brief.sum = parts.sum ? parts.sum->to : plan->brief.nobody;
		brief.value = parts.sum ? parts.sum->value : 0;
		brief.writer = writer;
		plan->brief = brief;
		plan->shape = KNOWN_SHORT;
	}
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
		/* Pairs with handler_list_vacate(), by the grace period. */
		known_prepare prepare = load_relaxed(&e->prepare);

		*step = (struct known_step){ 0 };
		step->handler = load_relaxed(&e->internal);
		step->config = e->config;
		if (!prepare || !prepare(whole, e->config, step, room))
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
