/*
 * loader.h - finds, checks, opens and configures the reporters of
 * TELEMETRY_REPORTERS.
 *
 * On the exporter's thread only, apart from loader_init() and
 * loader_after_fork().  A reporter is never unloaded.
 */
#ifndef SHIM_RUNTIME_LOADER_H
#define SHIM_RUNTIME_LOADER_H

#include "base/compiler.h"
#include "runtime/config.h"
#include "telemetry/reporter.h"

#define LOADER_REPORTERS_MAX 8

struct loader_reporter {
	struct telemetry_reporter ops; /* NULL members: not offered */
	void *self;
	uint8_t abandoned; /* so many times */
	bool again;	   /* it did not start before, and that has been said */
	bool takes_records;   /* until it says -EOPNOTSUPP */
	uint64_t next_report; /* exporter.c: monotonic ns */
	struct telemetry_host host;
	char name[32];
};

/* From the constructor: where the shim lies, while a relative path means what
 * it meant to the dynamic linker. */
void loader_init(const struct config *config);

/* Opens all that are configured, once, or when there is room for them; each
 * that cannot be used costs a line in the log.  The number of those in use.
 * Where a fork waits for its end: exporter_open_reporters(). */
size_t loader_open(void);
/* The number of those in use; opens none. */
size_t loader_count(void);
/* Another exporter has just died: what it had may be free in a moment, and not
 * worth a line in the log before. */
void loader_has_predecessor(void);
/* From now on not those that listen: they would only do so for a moment. */
void loader_skip_listeners(void);
/* Tries those again, when their time has come, that could not start: somebody
 * else has the port.  The pauses grow; nothing more is logged.  When to come
 * again, or to call loader_open() again; UINT64_MAX: there is none. */
uint64_t loader_retry(uint64_t now);
/* False also when it is time to look for room again. */
bool loader_is_open(void);
struct loader_reporter *loader_at(size_t index);
/* The host has closed descriptors of this one, which may be its own by now:
 * opens it anew, and leaves what it had as it is. */
void loader_abandon(size_t index);
/* Closes all; loader_open() opens them again.  A reporter's descriptors are of
 * the thread that opened it: it must not be used by the next one. */
void loader_close(void);

/* For scripts/check.c, instead of loader_init(): opens the configured reporters
 * and those that the file has options for, gives them their options, and starts
 * none.  The executable lies where the shim would. */
void loader_check(const struct config *config);

/* In the child of a fork: what is open is the parent's. */
void loader_after_fork(void);

/* Is malloc libc's own?  Then a reporter may be bound to libc directly. */
bool loader_allocator_is_libc(void);

#endif
