/*
 * section.h - a thread in code of the program: a handler, a visitor.
 *
 * Such code may take long, wait for a lock that the thread holds which
 * detaches, or fork.  So it never runs inside an RCU read section, where it
 * would hold up a grace period and with it whoever waits for one; the thread
 * leaves its read section after it has entered one of these.  What is retired
 * while a section is open is not freed before that section has ended
 * (retire.c); only telemetry_detach_wait() waits for it.
 */
#ifndef SHIM_EVENT_SECTION_H
#define SHIM_EVENT_SECTION_H

#include "base/compiler.h"
#include "base/thread.h"

struct section {
	struct owner *owner; /* NULL: inside another section of the thread */
};

/* Inside a read section, which makes it visible to a grace period; under the
 * guard. */
static inline struct section section_enter(struct thread *thread)
{
	struct section section = { NULL };

	if (!(thread->owner->section & 1)) {
		section.owner = thread->owner;
		store_relaxed(&section.owner->section,
			      section.owner->section + 1);
	}
	return section;
}

static inline void section_leave(struct thread *thread,
				 const struct section *section)
{
	struct owner *owner = section->owner;

	/* In the child of a fork the owner's pages are wiped, and may be
	 * another thread's by now. */
	if (owner && owner == thread->owner && owner->tid == thread->tid &&
	    (owner->section & 1))
		/* Pairs with is_clear() in retire.c. */
		store_release(&owner->section, owner->section + 1);
}

#endif
