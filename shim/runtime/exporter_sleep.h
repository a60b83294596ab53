/*
 * exporter_sleep.h - how the exporter's thread waits, and how it is woken.
 */
#ifndef SHIM_RUNTIME_EXPORTER_SLEEP_H
#define SHIM_RUNTIME_EXPORTER_SLEEP_H

#include "base/compiler.h"

/* Until *word is no longer `value`, or `end` has come (UINT64_MAX: for ever);
 * false then. */
bool exporter_wait(uint32_t *word, uint32_t value, uint64_t end);
void exporter_set(uint32_t *word, uint32_t value);

/* A request to the thread (exporter_thread.h), which wakes it.  From any
 * thread, signal handlers included. */
void exporter_post(uint32_t request);

/* The thread: until there is a request, `when` has come, or a reporter has
 * something to do (serve.h), which it then does.  UINT64_MAX: no such time. */
void exporter_sleep(uint64_t when);

/* The thread: until there is a request, `when` has come, or poll() reports
 * something of this descriptor that was not asked for.  -1: there is none. */
void exporter_sleep_on(int fd, uint64_t when);

/* The thread's descriptor table is a new one, or is gone, or the process is
 * the child of a fork. */
void exporter_sleep_forget(void);

#endif
