/* known.c - see known.h. */
#include "event/known.h"

#include "base/arena.h"
#include "base/rcu.h"
#include "base/thread.h"
#include "event/table.h"

#include <string.h>

#define PLANS 16
#define STEPS 4

struct plan {
	uint64_t same; /* struct known; 0: none */
	const struct event *event;
	uint32_t version; /* of the event */
	uint32_t count;
	struct known_step steps[STEPS];
	uint64_t room[KNOWN_ROOM / sizeof(uint64_t)];
};

struct plans {
	struct plan plans[PLANS];
};

_Static_assert(sizeof(struct plans) == THREAD_PLANS, "base/thread.h");

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

/* ---- carrying out ------------------------------------------------------- */

static ALWAYS_INLINE void add(uint64_t *to, uint64_t amount)
{
	store_relaxed(to, *to + amount);
}

/* False: there is no room for it. */
static ALWAYS_INLINE bool add_sum(uint64_t *to, uint64_t value)
{
	int64_t sum;

	if (unlikely(value > INT64_MAX ||
		     __builtin_add_overflow((int64_t)to[1], (int64_t)value,
					    &sum)))
		return false;
	add(&to[0], 1);
	store_relaxed(&to[1], (uint64_t)sum);
	return true;
}

static ALWAYS_INLINE void take(const struct occurrence *o,
			       const struct known_step *step)
{
	switch (step->kind) {
	case KNOWN_COUNT:
		add(step->to, 1);
		return;
	case KNOWN_RUN:
		step->run(o, step);
		return;
	case KNOWN_SUM:
		if (likely(add_sum(step->to, o->known->values[step->value])))
			return;
		break;
	default:
		break;
	}
	known_call(o, step->handler, step->config);
}

/* ---- plans --------------------------------------------------------------- */

static ALWAYS_INLINE bool is_plan(const struct plan *plan,
				  const struct occurrence *o)
{
	return plan->same == o->known->same && plan->event == o->event &&
	       /* Pairs with publish() in handlers.c, by the grace period. */
	       plan->version == load_relaxed(&o->event->version);
}

/* One of two places, by numbers that may differ in any of their bits. */
static ALWAYS_INLINE uint32_t place_of(uint64_t same)
{
	return (uint32_t)(same * 0x9e3779b97f4a7c15u >> 60);
}

/* Where it goes: in place of one of the same name, in an empty place, or, now
 * and then, in one that is taken; making plans costs more than doing without. */
static struct plan *place_for(struct plan *plans, const struct occurrence *o)
{
	struct plan *a = &plans[place_of(o->known->same)];
	struct plan *b = &plans[place_of(o->known->same) ^ 1];

	if (a->same == o->known->same && a->event == o->event)
		return a;
	if (b->same == o->known->same && b->event == o->event)
		return b;
	if (a->same == 0 || b->same == 0)
		return a->same == 0 ? a : b;
	if (o->span_id & 7)
		return NULL;
	return o->span_id & 8 ? a : b;
}

static void make_steps(struct plan *plan, const struct handler_list *list,
		       const struct occurrence *whole)
{
	void *room = plan->room;
	uint32_t i;

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
	}
	plan->count = list->count;
}

/* For what has just been dispatched: `version` is from before that. */
static void make_plan(struct plan *plans, const struct occurrence *whole,
		      uint32_t version)
{
	const struct handler_list *list;
	struct plan *plan;

	rcu_enter();
	/* Pairs with publish() in handlers.c. */
	list = rcu_pointer_get(whole->event->handlers);
	if (!list || list->internal_count != list->count || list->count > STEPS)
		goto out;
	plan = place_for(plans, whole);
	if (!plan)
		goto out;
	/* A jump out of a signal handler leaves it whole, or nobody's. */
	plan->same = 0;
	compiler_barrier();
	make_steps(plan, list, whole);
	plan->event = whole->event;
	plan->version = version;
	compiler_barrier();
	plan->same = whole->known->same;
out:
	rcu_leave();
}

/* Plans to be looked at and filled in; NULL: no memory. */
static struct plan *open_plans(struct thread *t)
{
	struct plans *plans = t->plans;

	if (!plans)
		plans = t->plans = arena_alloc(sizeof(*plans));
	/* Pairs with known_forget(): what that was called for is seen then. */
	if (plans &&
	    !__atomic_exchange_n(&t->owner->has_plans, 1, __ATOMIC_ACQUIRE))
		memset(plans, 0, sizeof(*plans));
	return plans ? plans->plans : NULL;
}

static NOINLINE void dispatch_slowly(struct occurrence *o)
{
	struct thread *t = &thread_self;
	struct owner *owner = t->owner;
	/* Pairs with changed() in handlers.c: who is on the list at this
	 * version is seen below. */
	uint32_t version = load_acquire(&o->event->version);
	struct plan *plans = NULL;
	struct fields room;

	if (t->rcu == RCU_REGISTERED)
		plans = open_plans(t);
	complete(o, &room);
	event_dispatch(o);
	/* Not after a handler that has forked. */
	if (plans && t->owner == owner && owner->alive)
		make_plan(plans, o, version);
}

/* The plan for it; NULL: there is none that holds.  In a read section. */
static ALWAYS_INLINE const struct plan *find(const struct thread *t,
					     const struct occurrence *o)
{
	const struct plans *plans = t->plans;
	uint32_t at = place_of(o->known->same);

	/* Pairs with known_forget(). */
	if (unlikely(!load_acquire(&t->owner->has_plans) || !plans))
		return NULL;
	if (likely(is_plan(&plans->plans[at], o)))
		return &plans->plans[at];
	if (likely(is_plan(&plans->plans[at ^ 1], o)))
		return &plans->plans[at ^ 1];
	return NULL;
}

void known_dispatch(struct occurrence *o)
{
	struct thread *t = &thread_self;
	const struct known_step *step, *end;
	const struct plan *plan;

	if (likely(t->rcu == RCU_REGISTERED)) {
		rcu_enter();
		plan = find(t, o);
		if (likely(plan != NULL)) {
			end = plan->steps + plan->count;
			for (step = plan->steps; step < end; step++)
				take(o, step);
		}
		rcu_leave();
		if (likely(plan != NULL))
			return;
	}
	dispatch_slowly(o);
}

void known_forget(struct owner *owner)
{
	/* Pairs with open_plans() and find(). */
	store_release(&owner->has_plans, 0);
}
