/*
 * lock.h - ranked locks for the slow paths.
 *
 * A futex word, taken in rank order only (debug builds check it).  Nobody
 * waits for ever: lock_acquire() gives up after LOCK_PATIENCE_MS and returns
 * false, and the caller drops its work and counts it.  So a lock that was lost
 * (a signal handler that jumped out of our code, a child of a raw fork) costs
 * us data, never the host its life.
 *
 * Never held across a call of the host's function or of a handler.
 */
#ifndef SHIM_BASE_LOCK_H
#define SHIM_BASE_LOCK_H

#include "base/compiler.h"

#define LOCK_PATIENCE_MS 50

/* That, but for tests that count on no machine to be quick. */
extern uint32_t lock_patience_ms;

/* Outermost first.  A thread may only take a lock of a higher rank than those
 * it holds. */
enum lock_rank {
	LOCK_POLLERS = 1, /* runtime/poller.c: the list of pollers */
	LOCK_HANDLERS,	  /* event/handlers.c: writers of the handler table */
	LOCK_METRICS,	  /* metric/: definitions and series */
	LOCK_PROVIDERS,	  /* wrap/redirect.c: objects already patched */
	LOCK_SEGMENT,	  /* base/segment.c: growth of the segment */
	LOCK_NAMES,	  /* event/symbol.c: the intern table */
	LOCK_OWNERS,	  /* base/thread.c: list of thread owners */
	LOCK_FDS,	  /* wrap/fd.c: growth of the descriptor table */
	LOCK_ARENA,	  /* base/arena.c: free lists */
};

struct lock {
	uint32_t word; /* 0 free, else the holder's thread id; top bit: waited
			* for */
	uint32_t rank;
	uint32_t known;	   /* to lock_all_acquire(), from its first use on */
	uint32_t for_fork; /* held by it */
	struct lock *next; /* of all known ones */
};

#define LOCK_INIT(r)                                                           \
	{                                                                      \
		.rank = (r)                                                    \
	}

bool lock_acquire(struct lock *lock) __attribute__((warn_unused_result));
bool lock_try(struct lock *lock) __attribute__((warn_unused_result));
void lock_release(struct lock *lock);
bool lock_is_mine(const struct lock *lock);
/*
 * Around fork(): takes every lock that was ever used, in the order of ranks, so
 * that the child's copy of what they protect is whole.  False: one was not to
 * be had in time, and something may be half done.  In the child they are free,
 * whoever held them.
 */
bool lock_all_acquire(void);
void lock_all_release(bool in_child);
/* In the child of a raw fork: whoever held it does not exist here. */
void lock_reset(struct lock *lock);

#endif
