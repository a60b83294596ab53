/*
 * owner.h - the pool of thread owners, and how a process learns that it is the
 * child of a fork.
 *
 * The pool stands in pages that a fork child sees zeroed, so the child finds
 * an empty pool with free locks, whatever its parent was doing.  What an owner
 * is for is base/thread.h's business.
 */
#ifndef SHIM_BASE_OWNER_H
#define SHIM_BASE_OWNER_H

#include "base/compiler.h"

struct owner;

enum owner_pool {
	OWNER_POOL_NONE, /* no memory, or owner_pool_init() has not run */
	OWNER_POOL_READY,
	OWNER_POOL_CHILD, /* of a fork; the caller is to set it up */
	OWNER_POOL_BUSY,  /* another thread of the child is setting it up */
};

/* 0 or -ENOMEM. */
int owner_pool_init(void);
/* In the child of a fork exactly one thread is told OWNER_POOL_CHILD; it ends
 * with owner_pool_ready(), and is told so again if it was kept from that. */
enum owner_pool owner_pool_enter(uint32_t tid);
void owner_pool_ready(void);
/* Fork handlers ran in this child: libc's and liburcu's locks are in order. */
void owner_pool_set_handled(void);
/* Was this process forked behind the handlers' back?  Then locks of libraries
 * may be held for ever. */
bool owner_pool_is_raw(void);
/* In a child of such a fork or of another, before its first event. */
bool owner_pool_is_wiped(void);

/* A pointer that the child of any fork sees as NULL, in the pages of the pool;
 * for wrap/heap_count.c.  NULL: there is no pool. */
void **owner_pool_pointer(void);

/* An owner for this thread, or NULL.  Under the re-entry guard. */
struct owner *owner_take(uint32_t tid);
/* Hands it to a later thread. */
void owner_put(struct owner *owner);
struct owner *owner_first(void);

#endif
