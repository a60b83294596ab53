/*
 * spawn.h - threads of our own.
 */
#ifndef SHIM_RUNTIME_SPAWN_H
#define SHIM_RUNTIME_SPAWN_H

#include "base/compiler.h"

/* A detached thread with all signals blocked.  0 or -errno.  May allocate in
 * the host's heap and take locks of libc: not where a signal handler may have
 * interrupted either (spawn_is_safe). */
int spawn_thread(void *(*run)(void *));
/* The same from anywhere, signal handlers included: whatever happens, the
 * calling thread is back after timeout_ms.  Only for a process that is about
 * to end.  -ETIMEDOUT: it may or may not run, some time. */
int spawn_thread_bounded(void *(*run)(void *), int timeout_ms);

/* The signal mask of the threads that main began with, as spawn_is_safe()
 * compares it. */
void spawn_remember_mask(void);
/* Is the calling thread surely in no signal handler? */
bool spawn_is_safe(void);

#endif
