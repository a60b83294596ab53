/*
 * process.h - single events of the process and its threads.
 */
#ifndef SHIM_WRAP_PROCESS_H
#define SHIM_WRAP_PROCESS_H

#include "base/compiler.h"
#include "base/sys.h"
#include "base/thread.h"
#include "telemetry/telemetry.h"

/* Set by wrap_enable(). */
extern bool process_family_is_on;

/* Our process id; kept up to date over forks by runtime/fork.c. */
extern int process_pid;

/* In the child of a vfork (or of a raw fork that has emitted nothing yet) our
 * memory is the parent's.  Worth one system call where a process ends, becomes
 * another program or closes whole ranges. */
static inline bool process_is_borrowed(void)
{
	return sys_getpid() != process_pid;
}

/* Only that of a vfork: what we know of its descriptors is the parent's.  Asks
 * the kernel only where somebody may have called vfork(). */
bool process_shares_memory(void);

/* Makes the names of the events below known; under the guard. */
void process_enable(void);

/* Emits one of
 *   libc.process.exec         function, process.executable.path
 *   libc.process.exec_failed  function, error.type
 *   libc.process.exit         function, exit_status
 *   libc.thread.start, libc.thread.exit
 * if somebody listens.  Keys are symbols. */
void process_event(const char *name, const struct telemetry_field *metadata,
		   size_t count);

/* thread_on_exit(): ends what is open and emits libc.thread.exit. */
void process_thread_exits(struct thread *thread);

#endif
