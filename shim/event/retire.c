/*
 * retire.c - frees what readers of the handler table can no longer see.
 *
 * What is retired is freed after an RCU grace period, which is short because
 * no code of the program runs in a read section, and once every section
 * (section.h) that was open then has ended.  The former is waited for; the
 * latter is looked at again later, by the next one to come here: the exporter,
 * or a thread that attaches or detaches outside of a handler.  call_rcu() is
 * not used, because it starts a thread in the host.  Where no grace period can
 * be had (handlers_keep_retired) the little memory stays.
 */
#include "event/table.h"

#include "base/arena.h"
#include "base/rcu.h"
#include "base/sys.h"
#include "base/thread.h"

#include <time.h>

#define MANY 256 /* lists; worth a grace period without a destroy callback */
#define PAUSE_FIRST_NS 10000
#define PAUSE_MOST_NS 1000000

struct batch {
	struct handler_list *lists;
	struct handler *handlers;
};

/* The way of what is retired; all under the table lock.  `leaving`: readers
 * may see it.  `grace`: one thread waits for them.  `parted`: only sections
 * that owner.section_seen knows may see it.  `destroying`: nobody does, its
 * destroy is to be called or being called. */
static struct batch leaving, grace, parted;
static struct handler *destroying;
static uint32_t list_count, destroy_count; /* in `leaving` */
static uint32_t parted_is_full, in_grace, keep;

static void add_handler(struct handler **chain, struct handler *handler)
{
	handler->retired = *chain;
	store_relaxed(chain, handler);
}

static void add_list(struct handler_list **chain, struct handler_list *list)
{
	list->retired = *chain;
	*chain = list;
}

void retire_list(struct handler_list *list)
{
	add_list(&leaving.lists, list);
	store_relaxed(&list_count, list_count + 1);
}

void retire_handler(struct handler *handler)
{
	add_handler(&leaving.handlers, handler);
	if (handler->destroy)
		store_relaxed(&destroy_count, destroy_count + 1);
}

void handlers_keep_retired(void)
{
	store_relaxed(&keep, 1);
}

static bool is_due(void)
{
	return load_relaxed(&destroy_count) || load_relaxed(&parted_is_full) ||
	       load_relaxed(&destroying) || load_relaxed(&list_count) >= MANY;
}

static void move(struct batch *to, struct batch *from)
{
	struct handler_list *list = from->lists, *next_list;
	struct handler *handler = from->handlers, *next;

	for (; list; list = next_list) {
		next_list = list->retired;
		add_list(&to->lists, list);
	}
	for (; handler; handler = next) {
		next = handler->retired;
		add_handler(&to->handlers, handler);
	}
	*from = (struct batch){ NULL, NULL };
}

static void see_sections(void)
{
	struct owner *o;

	for (o = thread_owners(); o; o = o->next)
		/* Pairs with section_leave(): a section that has ended has
		 * done with what it saw. */
		o->section_seen = load_acquire(&o->section);
}

/* Have all sections ended that see_sections() found open? */
static bool is_clear(void)
{
	const struct owner *o;

	for (o = thread_owners(); o; o = o->next)
		/* Pairs with section_leave(). */
		if ((o->section_seen & 1) &&
		    load_acquire(&o->section) == o->section_seen)
			return false;
	return true;
}

static void release_parted(void)
{
	struct handler_list *list;
	struct handler *h;

	if (!parted_is_full || !is_clear())
		return;
	while ((list = parted.lists)) {
		parted.lists = list->retired;
		handler_list_free(list);
	}
	while ((h = parted.handlers)) {
		parted.handlers = h->retired;
		if (h->destroy)
			add_handler(&destroying, h);
		else
			arena_free(h, h->size);
	}
	store_relaxed(&parted_is_full, 0);
}

/* Is there something that this thread is to wait a grace period for? */
static bool begin_grace(void)
{
	/* Pairs with advance(). */
	if (load_acquire(&in_grace) || parted_is_full)
		return false;
	move(&grace, &leaving);
	store_relaxed(&list_count, 0);
	store_relaxed(&destroy_count, 0);
	if (!grace.lists && !grace.handlers)
		return false;
	in_grace = 1;
	return true;
}

static void end_grace(void)
{
	move(&parted, &grace);
	see_sections();
	store_relaxed(&parted_is_full, 1);
	release_parted();
}

/* Frees what has been waited for, and waits a grace period for the next. */
static void advance(void)
{
	bool nested, begun;

	if (!table_lock_acquire(&nested))
		return;
	release_parted();
	begun = begin_grace();
	table_lock_release(nested);
	if (!begun)
		return;
	rcu_wait();
	/* If `keep` was set meanwhile it may have been none. */
	if (!load_relaxed(&keep) && table_lock_acquire(&nested)) {
		end_grace();
		table_lock_release(nested);
	}
	/* Pairs with begin_grace(). */
	store_release(&in_grace, 0);
}

/* The exporter's thread has no guard: all its events pass through. */
static ALWAYS_INLINE bool guard(struct thread *thread)
{
	return thread->state == THREAD_OURS || thread_claim(thread);
}

static ALWAYS_INLINE void unguard(struct thread *thread)
{
	if (thread->state != THREAD_OURS)
		thread_release(thread);
}

/* The next handler to destroy, which is the caller's then. */
static struct handler *claim_destroyed(void)
{
	struct thread *t = &thread_self;
	struct handler *h = NULL;
	bool nested;

	if (!load_relaxed(&destroying) || !guard(t))
		return NULL;
	if (table_lock_acquire(&nested)) {
		h = destroying;
		while (h && h->is_claimed)
			h = h->retired;
		if (h)
			h->is_claimed = true;
		table_lock_release(nested);
	}
	unguard(t);
	return h;
}

static void free_destroyed(struct handler *handler)
{
	struct thread *t = &thread_self;
	struct handler **at = &destroying;
	bool nested;

	/* Even if the lock is not to be had, nobody waits for it any more. */
	store_relaxed(&handler->number, 0);
	if (!guard(t))
		return;
	if (table_lock_acquire(&nested)) {
		while (*at && *at != handler)
			at = &(*at)->retired;
		if (*at) {
			store_relaxed(at, handler->retired);
			arena_free(handler, handler->size);
		}
		table_lock_release(nested);
	}
	unguard(t);
}

static void destroy_all(void)
{
	struct handler *h;

	while ((h = claim_destroyed())) {
		/* May allocate, lock, attach and detach: nothing of ours is
		 * held. */
		h->destroy(h->config);
		free_destroyed(h);
	}
}

void handlers_reclaim(bool in_any_case)
{
	struct thread *t = &thread_self;

	if ((!in_any_case && !is_due()) || load_relaxed(&keep) || !guard(t))
		return;
	advance();
	unguard(t);
	destroy_all();
}

static bool contains(const struct handler *h, uint64_t number)
{
	while (h && load_relaxed(&h->number) != number)
		h = h->retired;
	return h != NULL;
}

static bool is_there(uint64_t number)
{
	struct thread *t = &thread_self;
	bool nested, there = true;

	if (!guard(t))
		return true;
	if (table_lock_acquire(&nested)) {
		there = contains(leaving.handlers, number) ||
			contains(grace.handlers, number) ||
			contains(parted.handlers, number) ||
			contains(destroying, number);
		table_lock_release(nested);
	}
	unguard(t);
	return there;
}

void retire_wait(uint64_t number)
{
	struct timespec pause = { .tv_nsec = PAUSE_FIRST_NS };
	uint32_t nobody = 0;

	for (;;) {
		handlers_reclaim(true);
		if (load_relaxed(&keep) || !is_there(number))
			return;
		/* Another thread is inside a handler, or destroys this one. */
		sys_futex_wait(&nobody, 0, &pause);
		if (pause.tv_nsec < PAUSE_MOST_NS)
			pause.tv_nsec *= 2;
	}
}

void retire_reset(void)
{
	in_grace = 0;
}
