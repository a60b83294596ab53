/*
 * rcu.h - the only file that names liburcu.
 *
 * Flavour "bulletproof": threads of the host are readers without being asked.
 * Registration is done by thread_setup() under the re-entry guard, because it
 * may call malloc (pthread_setspecific); after that a read section is a few
 * plain instructions.  Where registering is not possible (the child of a raw
 * fork, a thread past its destructors) `rcu` stays RCU_NONE and nobody in that
 * process frees anything (rcu_usable()).
 *
 * Never keep a read section open across a call of the host's function.
 */
#ifndef SHIM_BASE_RCU_H
#define SHIM_BASE_RCU_H

/* With -fsanitize=undefined its readers, which lie less aligned than their type
 * asks for, are better left to the library.  gcc has no macro for that one. */
#if !defined(SHIM_CHECKS) || defined(__SANITIZE_THREAD__)
#define _LGPL_SOURCE
#define URCU_INLINE_SMALL_FUNCTIONS
#endif
#include <urcu/urcu-bp.h>

/* A thread sanitizer sees neither liburcu's assembly nor its use of
 * membarrier(): it is told what a grace period orders. */
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#define rcu_pointer_get(p) __atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#define rcu_pointer_set(p, v) __atomic_store_n(&(p), (v), __ATOMIC_RELEASE)
#define rcu_tell_left() __tsan_release((void *)(uintptr_t)&urcu_bp_gp)
#define rcu_tell_waited() __tsan_acquire((void *)(uintptr_t)&urcu_bp_gp)
#else
#define rcu_pointer_get(p) rcu_dereference(p)
#define rcu_pointer_set(p, v) rcu_assign_pointer(p, v)
#define rcu_tell_left() ((void)0)
#define rcu_tell_waited() ((void)0)
#endif

static inline void rcu_enter(void)
{
	urcu_bp_read_lock();
}

static inline void rcu_leave(void)
{
	rcu_tell_left();
	urcu_bp_read_unlock();
}

/* The same where way in and way out are in one function: where the thread's
 * reader is, is looked up once. */
#if defined(_LGPL_SOURCE)
#define RCU_READER struct urcu_bp_reader *

static inline RCU_READER rcu_enter_here(void)
{
	struct urcu_bp_reader *reader = URCU_TLS(urcu_bp_reader);
	unsigned long ctr;

	if (__builtin_expect(!reader, 0)) {
		urcu_bp_register();
		reader = URCU_TLS(urcu_bp_reader);
	}
	cmm_barrier();
	ctr = reader->ctr;
	if (__builtin_expect(ctr & URCU_BP_GP_CTR_NEST_MASK, 0)) {
		CMM_STORE_SHARED(reader->ctr, ctr + URCU_BP_GP_COUNT);
	} else {
		CMM_STORE_SHARED(reader->ctr, CMM_LOAD_SHARED(urcu_bp_gp.ctr));
		urcu_bp_smp_mb_slave();
	}
	return reader;
}

static inline void rcu_leave_here(RCU_READER reader)
{
	rcu_tell_left();
	urcu_bp_smp_mb_slave();
	/* One instruction: nobody else writes it. */
	reader->ctr -= URCU_BP_GP_COUNT;
	cmm_barrier();
}
#else
#define RCU_READER int

static inline RCU_READER rcu_enter_here(void)
{
	rcu_enter();
	return 0;
}

static inline void rcu_leave_here(RCU_READER reader)
{
	(void)reader;
	rcu_leave();
}
#endif

static inline int rcu_inside(void)
{
	return urcu_bp_read_ongoing();
}

static inline void rcu_register(void)
{
	urcu_bp_register_thread();
}

/* Blocks until every read section that is open now has ended.  Never from
 * inside one. */
static inline void rcu_wait(void)
{
	urcu_bp_synchronize_rcu();
	rcu_tell_waited();
}

/* Around fork(): blocks all signals and holds liburcu's locks in between. */
static inline void rcu_before_fork(void)
{
	urcu_bp_before_fork();
}

static inline void rcu_after_fork_parent(void)
{
	urcu_bp_after_fork_parent();
}

static inline void rcu_after_fork_child(void)
{
	urcu_bp_after_fork_child();
}

#endif
