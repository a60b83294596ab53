/*
 * table.h - what the files of the handler table share among themselves.
 */
#ifndef SHIM_EVENT_TABLE_H
#define SHIM_EVENT_TABLE_H

#include "base/compiler.h"
#include "event/known.h"

/* 0 is all well: a handler that has not failed since it last went well. */
enum handler_state {
	HANDLER_GONE = 1,   /* nobody calls it any more; who set it reports */
	HANDLER_PAUSED = 2, /* in quarantine */
	HANDLER_FAILURE = 4 /* times so many in a row */
};

/* A handler of the program, on any number of events. */
struct handler {
	telemetry_handler function;
	void *config;
	void (*destroy)(void *config);
	uint32_t policy;
	uint32_t state;	      /* enum handler_state */
	struct handler *next; /* RCU: all attached ones, in order */
	struct handler *retired;
	/* Of one in quarantine: when it is tried again (ns, CLOCK_MONOTONIC),
	 * and how long the next pause is. */
	uint64_t resume, pause;
	uint64_t pause_first, pause_longest;
	uint64_t number; /* never used again */
	uint32_t size;	 /* of this allocation */
	uint32_t event_count;
	uint32_t failures_max; /* in a row, then it is paused */
	uint32_t needs;	       /* enum event_needs */
	bool is_claimed;       /* somebody calls destroy */
	struct event **events; /* behind the id */
	char id[];
};

/* Of the shim, or of the program. */
struct handler_entry {
	internal_handler internal;
	known_brief brief; /* or NULL, for NEED_VALUES */
	void *config;
	known_prepare prepare; /* or NULL */
	/* NULL if internal; and when it is gone but there was no memory for a
	 * list without it. */
	struct handler *user;
	uint32_t needs;
};

/* Not changed once published, but for handler_entry.user.  Entries of the shim
 * stand in front of those of the program, and behind all is an empty one. */
struct handler_list {
	uint32_t internal_count;
	uint32_t count;
	uint32_t needs;
	uint32_t capacity; /* the size of the allocation */
	struct handler_list *retired;
	struct handler_entry entries[];
};

/* The table lock (LOCK_HANDLERS): every change of events and lists.  Watchers
 * and visitors are called with it held: taken again by the thread that has it,
 * *nested is set, and table_lock_release() leaves it alone. */
bool table_lock_acquire(bool *nested) __attribute__((warn_unused_result));
void table_lock_release(bool nested);
void table_lock_reset(void);

/* event.c and span_class.c, under the table lock. */
struct event *event_intern_locked(const char *name, size_t length);
bool event_has_room(uint32_t events); /* false is counted */
void event_link(struct event *event, const struct symbol *name);
/* Lets the watchers subscribe. */
void event_announce(struct event *event);
struct span_class *span_class_make(const char *name, size_t length);
/* Length of the span's name if this is the name of one of its events, else 0:
 * an event belongs to its span from the moment it is made. */
size_t span_class_part(const char *name, size_t length);
/* Recomputes which events of the span somebody listens to. */
void handlers_rearm(struct span_class *class);

/* First attached handler; RCU. */
struct handler *handlers_first(void);
/* Detaches if it is attached: 0 with the handler's number, -ENOENT, or -EAGAIN
 * (lock).  Under the guard. */
int handlers_detach(const char *id, uint64_t *number);
int handlers_detach_one(const struct handler *handler);
int handlers_attach(const char *id, const char *const *events, size_t count,
		    telemetry_handler function, void *config,
		    const struct telemetry_attach_options *options);

/* quarantine.c: what a handler that is not all well may do.  `state` and
 * `began` are what was read of it before the call, `now` is in ns. */
#define QUARANTINE_FAILURES_MAX 1000000
bool quarantine_may_call(struct handler *handler, uint32_t state, uint64_t now);
void quarantine_went_well(struct handler *handler, uint32_t state);
/* Counts a failure; how long the pause is that begins with it in ns, or 0. */
uint64_t quarantine_failed(struct handler *handler, uint32_t began,
			   uint64_t now);

/* retire.c: takes what readers may still see.  Under the table lock. */
void retire_list(struct handler_list *list);
void retire_handler(struct handler *handler);
/* Waits until the handler has been destroyed; frees what else it can.  Not
 * inside a handler; without the guard, as `destroy` is called. */
void retire_wait(uint64_t number);
/* In the child of a fork: no other thread waits for a grace period. */
void retire_reset(void);

/* handler_list.c, under the table lock.  A copy of the event's list with one
 * more entry, or NULL: no memory. */
struct handler_list *handler_list_with(const struct event *event,
				       const struct handler_entry *entry);
/* A copy without the handler, or without what the shim subscribed with that
 * config; NULL: nothing would be in it (*empty), or no memory. */
struct handler_list *handler_list_without(const struct event *event,
					  const void *gone, bool *empty);
/* When there is no memory for a shorter list: leaves the place in the old one
 * empty.  A reader sees what was there or nothing. */
void handler_list_vacate(struct handler_list *list, const void *gone);
void handler_list_free(struct handler_list *list);

#endif
