/*
 * brief.h - wrap_begin() and wrap_leave() of a call that takes about as long as
 * they do: inlined, for the plain case.  Neither changes errno, so it need not
 * be put back.
 */
#ifndef SHIM_WRAP_BRIEF_H
#define SHIM_WRAP_BRIEF_H

#include "event/span_begin.h"
#include "event/span_stop.h"
#include "wrap/call.h"
#include "wrap/families.h"

/* What is kept of such a call while the host's function runs, in registers: not
 * a wrap_call before it turns out to be needed.  Its place is the thread's
 * first, and it has no parent. */
struct wrap_brief {
	const struct wrap_site *site;
	struct owner *owner;
	uint64_t start, id;
};

/* As a call that is open, to be ended by wrap_returned() and wrap_leave(). */
static inline void wrap_from_brief(struct wrap_call *call,
				   const struct wrap_brief *brief)
{
	call->span = (struct span){ .class = brief->site->class,
				    .start = brief->start,
				    .id = brief->id,
				    .owner = brief->owner,
				    .slot = 1 };
	call->site = brief->site;
	call->end = 0;
	call->open = true;
}

static ALWAYS_INLINE bool wrap_is_pending(void)
{
	return unlikely(load_operand(load_relaxed(&wrap_hooks.pending)) != 0);
}

/* False: nothing has happened, ask wrap_begin(). */
static ALWAYS_INLINE bool wrap_begin_brief(struct wrap_brief *brief,
					   const struct wrap_site *site,
					   void *frame)
{
	struct thread *t = &thread_self;
	struct owner *owner = thread_claim_plain(t);
	const struct span_state *state;
	bool begun;

	if (!owner)
		return false;
	/* Pairs with arm() in call.c. */
	state = load_acquire(&site->state);
	brief->site = site;
	brief->owner = owner;
	begun = span_note_plain(t, owner, site->class, state, frame,
				site->library, &brief->start, &brief->id);
	thread_release(t);
	return begun;
}

/* Right after the host's function, which succeeded.  False: it is still open,
 * go on with wrap_from_brief(). */
static ALWAYS_INLINE bool wrap_leave_brief(const struct wrap_brief *brief)
{
	struct span_end span = { .start = brief->start, .id = brief->id };
	struct thread *t = &thread_self;
	struct owner *owner = thread_claim_plain(t);
	bool left;

	if (!owner)
		return false;
	left = !wrap_is_pending() &&
	       span_stop_first(owner, brief->site->class, &span);
	thread_release(t);
	return left;
}

/* Both, where nothing comes in between.  False: nothing has happened. */
static ALWAYS_INLINE bool wrap_pass_brief(const struct wrap_site *site)
{
	struct thread *t = &thread_self;
	struct owner *owner = thread_claim_plain(t);
	const struct span_state *state;
	bool passed;

	if (!owner)
		return false;
	/* Pairs with arm() in call.c. */
	state = load_acquire(&site->state);
	passed = !wrap_is_pending() &&
		 span_pass_brief(t, owner, site->class, state);
	thread_release(t);
	return passed;
}

#endif
