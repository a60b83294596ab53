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

NOINLINE void known_call(const struct occurrence *occurrence,
			 internal_handler handler, void *config)
{
	struct occurrence whole = *occurrence;
	struct fields room;

	complete(&whole, &room);
	handler(&whole, config);
}

COLD void known_call_listed(const struct occurrence *o,
			    const struct known_step *step)
{
	const struct handler_list *list;
	uint32_t i;

	rcu_enter();
	/* Pairs with publish() in handlers.c. */
	list = rcu_pointer_get(o->event->handlers);
	for (i = 0; list && i < list->internal_count; i++)
		if (list->entries[i].internal == step->handler &&
		    list->entries[i].config == step->config)
			known_call(o, step->handler, step->config);
	rcu_leave();
}

/* A plan that is not plain, in a read section.  False: there is none. */
static bool carry_out_any(const struct thread *t, const struct occurrence *o)
{
	const struct known_step *step, *end;
	const struct known_plan *plan;

	rcu_enter();
	plan = known_find(t, o->event->span, o->known->same);
	step = plan ? plan->steps : NULL;
	end = plan ? step + plan->count : NULL;
	for (; step < end; step++) {
		if (step->kind == KNOWN_COUNT)
			known_add(step->to, 1);
		else if (step->kind == KNOWN_RUN || step->kind == KNOWN_WRITE)
			step->run(o, step);
		else if (step->kind == KNOWN_CALL ||
			 !known_add_sum(step->to,
					o->known->values[step->value]))
			known_call(o, step->handler, step->config);
	}
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

static void make_steps(struct known_plan *plan, const struct handler_list *list,
		       const struct occurrence *whole)
{
	void *room = plan->room;
	uint32_t i;

	plan->is_plain = 1;
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
		plan->is_plain &= step->kind == KNOWN_COUNT ||
				  step->kind == KNOWN_SUM ||
				  step->kind == KNOWN_WRITE;
	}
	plan->count = (uint16_t)list->count;
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

void known_dispatch(struct occurrence *o)
{
	struct thread *t = &thread_self;
	struct owner *owner = t->owner;
	/* Pairs with changed() in handlers.c: who is on the list at this
	 * version is seen below. */
	uint32_t version = load_acquire(&o->event->span->version);
	struct known_plan *plans = NULL;
	struct fields room;
	int saved = errno;

	if (t->rcu == RCU_REGISTERED) {
		if (carry_out_any(t, o)) {
			errno = saved;
			return;
		}
		plans = open_plans(t);
	}
	complete(o, &room);
	event_dispatch(o);
	/* Not after a handler that has forked. */
	if (plans && t->owner == owner && owner->holder == t)
		make_plan(plans, o, version);
	errno = saved;
}

void known_forget(struct owner *owner)
{
	/* Pairs with open_plans() and known_find(). */
	store_release(&owner->has_plans, 0);
}
