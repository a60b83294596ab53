/* call.c - see call.h. */
#include "wrap/call.h"

#include "event/span_begin.h"

#include <string.h>

const struct span_state wrap_disarmed, wrap_later = { .armed = 1 };
static bool later;

void wrap_arm_later(bool yes)
{
	/* Pairs with leave_for_later(): of the two one sees what the other has
	 * done. */
	__atomic_store_n(&later, yes, __ATOMIC_SEQ_CST);
}

static bool leave_for_later(struct wrap_site *site)
{
	if (!load_relaxed(&later))
		return false;
	/* Pairs with wrap_arm_later(). */
	__atomic_store_n(&site->state, &wrap_later, __ATOMIC_SEQ_CST);
	return __atomic_load_n(&later, __ATOMIC_SEQ_CST);
}

/* What nobody listens to: a call may have been wanted just before its site
 * could not be armed, and goes on with these. */
static struct event silent;
static struct span_class nobodys = {
	.start = &silent,
	.stop = &silent,
	.exception = &silent,
	.state = &nobodys.own,
};

static bool arm(struct wrap_site *site)
{
	struct span_class *class =
		span_class_intern(site->span, strlen(site->span));
	const struct symbol *function =
		symbol_intern(site->name, strlen(site->name));
	bool armed = class && function;

	if (armed)
		class->is_catalogue = 1;
	site->class = armed ? class : &nobodys;
	site->function = armed ? function : &SYM_function;
	/* Pairs with those who begin a call: class and function are there
	 * before the site is seen armed, or not. */
	store_release(&site->state, armed ? class->state : &wrap_disarmed);
	return armed;
}

bool wrap_site_arm(struct wrap_site *site)
{
	return leave_for_later(site) || arm(site);
}

/* The first call of all: does anybody listen to this site? */
static COLD bool find_out(const struct wrap_site *site)
{
	int saved = errno;
	bool wanted = wrap_hooks.wanted && wrap_hooks.wanted() &&
		      load_relaxed(&site->state) != &wrap_later &&
		      wrap_wanted(site);

	errno = saved;
	return wanted;
}

/* A call of the same library in progress below this one on this thread?  Spans
 * whose frames were left end here, as seen from this wrapper's own frame. */
static bool is_inner_call(struct thread *t, const struct wrap_site *site,
			  const void *frame)
{
	const struct open_span *outer = span_current(t, frame);

	return site->library != LIBRARY_NONE && outer &&
	       outer->library == site->library;
}

static NOINLINE bool begin_slowly(struct wrap_call *call,
				  const struct wrap_site *site, void *frame,
				  const struct telemetry_field *metadata,
				  size_t count)
{
	struct thread *t = &thread_self;

	if (!thread_claim(t))
		return false;
	/* Pairs with arm(). */
	if ((load_acquire(&site->state) != &wrap_later || find_out(site)) &&
	    !is_inner_call(t, site, frame)) {
		call->site = site;
		call->end = 0;
		span_open(&call->span, site->class, frame, site->library,
			  metadata, count);
		call->open = true;
	}
	thread_release(t);
	return call->open;
}

HOT bool wrap_begin_call(struct wrap_call *call, const struct wrap_site *site,
			 void *frame, const struct telemetry_field *metadata,
			 size_t count)
{
	/* Pairs with arm(): other threads run when a site is armed late. */
	const struct span_state *state = load_acquire(&site->state);
	struct thread *t = thread_hot();
	struct owner *owner;
	bool begun;

	if (unlikely(state == &wrap_later) ||
	    unlikely(!(owner = thread_claim_plain(t))))
		return begin_slowly(call, site, frame, metadata, count);
	call->site = site;
	call->end = 0;
	begun = span_begin_plain(t, owner, &call->span, site->class, state,
				 frame, site->library);
	if (likely(begun))
		call->open = true;
	thread_release(t);
	return likely(begun) ||
	       begin_slowly(call, site, frame, metadata, count);
}

static ALWAYS_INLINE void
end(struct wrap_call *call, const struct span_failure *failure,
    struct telemetry_field *measurements, size_t measurement_count,
    struct telemetry_field *metadata, size_t metadata_count)
{
	struct thread *t = &thread_self;

	/* In the child of a fork the owner is new, the span the parent's. */
	if (thread_claim(t)) {
		span_close_at(&call->span, call->end, failure, measurements,
			      measurement_count, metadata, metadata_count,
			      true);
		thread_release(t);
	}
}

COLD void wrap_idle(void)
{
	int saved = errno;

	wrap_hooks.idle();
	errno = saved;
}

void wrap_leave(struct wrap_call *call, const struct span_failure *failure,
		struct telemetry_field *measurements, size_t measurement_count,
		struct telemetry_field *metadata, size_t metadata_count)
{
	end(call, failure, measurements, measurement_count, metadata,
	    metadata_count);
	wrap_left();
	errno = call->exit_errno;
}

void wrap_abandoned(struct wrap_call *call)
{
	struct telemetry_field measurements[SPAN_RESERVED];
	struct telemetry_field metadata[SPAN_RESERVED + 1];
	const struct symbol *kind;
	struct span_failure failure;

	if (likely(!call->open))
		return;
	/* Only a function that runs the host's callbacks can be left by an
	 * exception; any other is unwound by the thread's cancellation. */
	kind = call->site->calls_back ? &SYM_kind_unwind : &SYM_kind_cancel;
	failure.kind = kind;
	failure.reason = field_symbol(&SYM_reason, kind).value;
	wrap_returned(call);
	metadata[SPAN_RESERVED] =
		field_symbol(&SYM_function, call->site->function);
	/* Nothing more than that: somebody is unwinding this stack. */
	end(call, &failure, measurements + SPAN_RESERVED, 0,
	    metadata + SPAN_RESERVED, 1);
	errno = call->exit_errno;
}
