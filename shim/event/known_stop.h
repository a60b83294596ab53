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

/* What a plan leads to. */
enum known_shape {
	KNOWN_MIXED, /* to handlers */
	KNOWN_PLAIN, /* to what cannot go: all but KNOWN_CALL and KNOWN_RUN */
	KNOWN_SHORT, /* to a count, a sum and a record: struct known_short */
	KNOWN_TIMED, /* to a KNOWN_TIME and a record: struct known_timed */
};

/* What nobody asked for adds to, or sums up in, `nobody`. */
struct known_short {
	uint64_t *count, *sum;
	const struct known_write *writer;
	uint64_t value; /* which one is summed up */
	uint64_t nobody[2];
};

struct known_timed {
	struct known_step time;
	const struct known_write *writer;
};

/* The first of its cache lines has all of a short plan but what is written
 * down, which is in the last two. */
struct known_plan {
	uint64_t same;	  /* struct known; 0: none */
	uint32_t version; /* of the span_state */
	uint16_t count;	  /* of the steps */
	uint16_t shape;	  /* enum known_shape */
	union {
		struct known_step steps[KNOWN_STEPS];
		struct known_short brief;
		struct known_timed timed;
	};
	uint64_t room[KNOWN_ROOM / sizeof(uint64_t)];
};

_Static_assert(offsetof(struct known_plan, brief) +
			       sizeof(struct known_short) ==
		       CACHE_LINE,
	       "struct known_plan");

/* Of a thread: each in its own place, or as near behind it as there is one. */
struct known_plans {
	struct known_plan plans[KNOWN_PLANS];
};

_Static_assert(sizeof(struct known_plans) == THREAD_PLANS, "base/thread.h");

/* What is known is a site and a byte of kind (socket_same() in wrap/socket.h),
 * and hot sites are neighbours of 64 bytes: those of one kind have places of
 * their own, as far as there are as many. */
static ALWAYS_INLINE uint32_t known_place(uint64_t same)
{
	return (uint32_t)(same >> 14 ^ same >> 4) % KNOWN_PLANS;
}

static ALWAYS_INLINE void known_add(uint64_t *to, uint64_t amount)
{
	add_operand(to, amount);
}

/* The sum behind the count at `to`, with that value; false: it has no room. */
static ALWAYS_INLINE bool known_sum(const uint64_t *to, uint64_t value,
				    int64_t *sum)
{
	return likely(value <= INT64_MAX) &&
	       likely(!__builtin_add_overflow((int64_t)to[1], (int64_t)value,
					      sum));
}

static ALWAYS_INLINE void known_set_sum(uint64_t *to, int64_t sum)
{
	known_add(&to[0], 1);
	store_relaxed(&to[1], (uint64_t)sum);
}

/* The plan that is not in its own place; NULL: there is none. */
const struct known_plan *known_find_behind(const struct known_plans *plans,
					   uint64_t same);

/* The plan for it; NULL: there is none that holds. */
static ALWAYS_INLINE const struct known_plan *
known_find(const struct known_plans *plans, const struct owner *owner,
	   const struct span_state *state, uint64_t same)
{
	const struct known_plan *plan;

	/* Pairs with known_forget().  It is said by the thread itself, once
	 * there are plans, and they go after its owner. */
	if (unlikely(!load_acquire(&owner->has_plans)))
		return NULL;
	plan = &plans->plans[known_place(same)];
	if (unlikely(plan->same != same) &&
	    !(plan = known_find_behind(plans, same)))
		return NULL;
	return likely(plan->version == load_relaxed(&state->version)) ? plan
								      : NULL;
}

/* Makes one, if there is room, for what has just been dispatched: `version` is
 * from before that.  Under the guard. */
void known_make_plan(struct known_plans *plans, const struct occurrence *whole,
		     uint32_t version);

/* A plan of another shape, as below. */
bool known_carry_out_plain(const struct known_plan *plan,
			   const struct span *span, uint64_t duration,
			   const uint64_t *values);

/*
 * Carries out the plan for the end of a span, if there is one and it leads to
 * no handler.  False: nothing has happened, known_tell() does it.
 *
 * What such a plan leads to never goes: the cells are this thread's, which
 * gives them back itself, and so is the ring.  So it does not matter who leaves
 * the list meanwhile, and no read section is needed.
 */
static ALWAYS_INLINE bool known_carry_out(const struct known_plan *plan,
					  const struct span *span,
					  uint64_t duration,
					  const uint64_t *values)
{
	const struct known_short *brief;
	int64_t sum;

	if (unlikely(!plan))
		return false;
	brief = &plan->brief;
	if (unlikely(plan->shape != KNOWN_SHORT))
		return known_carry_out_plain(plan, span, duration, values);
	if (!known_sum(brief->sum, values[brief->value], &sum) ||
	    unlikely(!brief->writer->write(brief->writer, span, duration,
					   values)))
		return false;
	known_add(brief->count, 1);
	known_set_sum(brief->sum, sum);
	return true;
}

/* Emits <name>.stop at that time.  Under the guard; preserves errno. */
static ALWAYS_INLINE void span_stop_known(const struct span *span, uint64_t end,
					  const struct known *known)
{
	const struct thread *t = thread_hot();
	const struct known_plan *plan;

	if (!likely(span_leave_plain(t->owner, span)) &&
	    !span_leave_stack(span))
		return;
	plan = known_find(t->plans, t->owner, span->class->state, known->same);
	if (unlikely(!known_carry_out(plan, span, end - span->start,
				      known->values)))
		known_tell(span, end, known);
}

#endif
