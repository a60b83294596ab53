/*
 * poller_list.h - what poller.c, poller_api.c and poller_measure.c share.
 */
#ifndef SHIM_RUNTIME_POLLER_LIST_H
#define SHIM_RUNTIME_POLLER_LIST_H

#include "base/lock.h"
#include "runtime/poller_schedule.h"
#include "telemetry/poller.h"

#define POLLER_MS 1000000ull /* in ns */
#define POLLER_KEYS_MAX 8    /* of thread_info */

/* A measurement of a poller. */
struct poll_task {
	struct telemetry_measurement what; /* texts are ours */
	uint32_t keys;			   /* bits of what.keys */
	uint32_t pause;			   /* ticks to leave out */
	uint32_t in_a_row;		   /* failures */
	bool removed;
	uint64_t runs, failures;
};

struct poller {
	struct poller *next;
	int handle;
	char *name; /* NULL: none */
	int64_t period_ms, init_delay_ms;
	struct schedule schedule;
	uint64_t ticks, skipped;
	uint32_t pins; /* who looks at it without the lock */
	uint32_t running;
	bool stopped;
	size_t count;
	struct poll_task tasks[TELEMETRY_MEASUREMENTS_MAX];
};

struct pollers {
	struct lock lock; /* the list, and all but the numbers of tasks */
	struct poller *first;
	int last_handle;
	uint32_t count;
	uint32_t changes; /* futex: one has ended its run */
};

extern struct pollers pollers;

/* Under the lock. */
struct poller *poller_find(int handle);
/* Frees it if it is stopped and nobody looks at it: then not in the list any
 * more, and the caller calls poller_free() without the lock. */
struct poller *poller_release(struct poller *poller);
/* Calls `destroy` if that is wanted. */
void poller_free(struct poller *poller, bool destroy);

/* Takes a measurement of this process: 0, or what the function returned. */
int poll_task_run(struct poll_task *task);

/* Which bit is the key of a thread's measurements; -1: none. */
int poller_key(const char *key);

/* A name for the log, with what it is if it has none. */
const char *poll_task_name(const struct poll_task *task);

#endif
