/*
 * exporter.h - the one thread of the shim: when it starts, what it does, and
 * how it ends.
 *
 * It exists in a process that has proved to live on and whose reporters want
 * to be called while it does, and in one that ends and reports for its group.
 * Whoever waits for it waits for a bounded time.
 */
#ifndef SHIM_RUNTIME_EXPORTER_H
#define SHIM_RUNTIME_EXPORTER_H

#include "base/compiler.h"
#include "runtime/config.h"

/* From the constructor, after segment_configure() or before. */
void exporter_init(const struct config *config);
/* What it was given; NULL before. */
const struct config *exporter_config(void);
/* Hook: main is about to be called.  No thread before that. */
void exporter_main_begins(void);

/* 0: exporter_idle() has nothing to do. */
extern uint32_t exporter_pending;
void exporter_look(void);

/* Hook: the process is about to block, or is no longer young.  Starts the
 * thread if one is due, or wakes it.  Not between fork and exec. */
static inline void exporter_idle(void)
{
	if (unlikely(load_relaxed(&exporter_pending) != 0))
		exporter_look();
}

/*
 * The last report, by the thread that runs or by one made for it; this thread
 * waits for it, at most TELEMETRY_EXIT_TIMEOUT.  Marks the segment as left; it
 * is gone when the report has been made, and stays for others when it has not.
 * A second call waits for what the first one began.
 */
void exporter_finish(uint32_t status);
bool exporter_is_finishing(void);
/* Is there a thread?  Whatever this process does for its group, it has to hand
 * over before it ends. */
bool exporter_is_running(void);

/* Is the group another program's to export, telemetry-host?  Then this process
 * has no part in that, even while that program is not there.  Of one that has
 * lost its way to the group: was it, before? */
bool exporter_is_hosted(void);

/* Ends the thread, if there is one, waiting at most so long; exporter_idle()
 * may start it again.  False: it is still there. */
bool exporter_stop(int timeout_ms);
/* The same, and no thread will be started any more: from here on a system call
 * that the host does not make itself may kill it. */
void exporter_quiet(void);
bool exporter_is_quiet(void);

/* Around fork(): not while the thread is inside the dynamic linker; in the
 * parent, look for the child's events; in the child there is no thread.  The
 * last is also for the child of a raw fork. */
void exporter_before_fork(void);
void exporter_after_fork_parent(void);
void exporter_after_fork(void);

#endif
