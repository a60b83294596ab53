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

/* Under the guard.  False: nothing has happened. */
static ALWAYS_INLINE bool wrap_open_brief(struct owner *owner,
					  struct wrap_call *call,
					  const struct wrap_site *site,
					  void *frame)
{
	if (unlikely(!span_begin_plain(owner, &call->span, site->class, frame,
				       site->library)))
		return false;
	call->site = site;
	call->open = true;
	return true;
}

/* Under the guard.  False: it is still open. */
static ALWAYS_INLINE bool wrap_close_brief(struct owner *owner,
					   struct wrap_call *call)
{
	if (unlikely(load_relaxed(load_relaxed(&wrap_hooks.pending))) ||
	    unlikely(!span_stop_brief(owner, &call->span, 0)))
		return false;
	call->open = false;
	return true;
}

/* False: nothing has happened, ask wrap_begin(). */
static ALWAYS_INLINE bool wrap_begin_brief(struct wrap_call *call,
					   const struct wrap_site *site,
					   void *frame)
{
	struct thread *t = &thread_self;
	struct owner *owner = thread_claim_plain(t);
	bool begun;

	if (!owner)
		return false;
	begun = wrap_open_brief(owner, call, site, frame);
	thread_release(t);
	return begun;
}

/* Right after the host's function, which succeeded.  False: it is still open,
 * to be ended by wrap_returned() and wrap_leave(). */
static ALWAYS_INLINE bool wrap_leave_brief(struct wrap_call *call)
{
	struct thread *t = &thread_self;
	struct owner *owner = thread_claim_plain(t);
	bool left;

	if (!owner)
		return false;
	left = wrap_close_brief(owner, call);
	thread_release(t);
	return left;
}

/* Both, where nothing comes in between.  False: if it is open now, it is to be
 * ended, else to be begun. */
static ALWAYS_INLINE bool wrap_pass_brief(struct wrap_call *call,
					  const struct wrap_site *site,
					  void *frame)
{
	struct thread *t = &thread_self;
	struct owner *owner = thread_claim_plain(t);
	bool passed;

	call->open = false;
	if (!owner)
		return false;
	passed = wrap_open_brief(owner, call, site, frame) &&
		 wrap_close_brief(owner, call);
	thread_release(t);
	return passed;
}

#endif
