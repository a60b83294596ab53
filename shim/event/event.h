/*
 * event.h - interned event names, and the table of who listens to them.
 *
 * An event is a name with a list of handlers.  Events are never freed.  The
 * list is immutable and replaced as a whole (RCU): dispatching an event is a
 * snapshot, so a handler that attaches or detaches during it changes the next
 * dispatch only.
 */
#ifndef SHIM_EVENT_EVENT_H
#define SHIM_EVENT_EVENT_H

#include "base/compiler.h"
#include "event/symbol.h"
#include "telemetry/telemetry.h"

#define EVENTS_MAX 4096 /* names a program may make up; then -ENOMEM */

struct handler_list;
struct known;
struct occurrence;
struct span_class;

/* What attached handlers need to be told; the emitter computes no more. */
enum event_needs {
	NEED_TIME = 1,	   /* the clock */
	NEED_METADATA = 2, /* metadata that is costly to know (peers) */
	NEED_STACK = 4,
	/* Measurements or metadata at all, be it only now and then. */
	NEED_VALUES = 8,
};

struct event {
	struct handler_list *handlers; /* RCU; NULL: nobody listens */
	const struct symbol *name;     /* dotted */
	struct event *next;	       /* in its hash chain */
	struct span_class *span;       /* it is an end of this span, or NULL */
	uint32_t needs;		       /* union over its handlers; relaxed */
	uint32_t id;		       /* order of creation, from 1 */
};

/* What each span looks at; those of the first classes, the wrappers', stand
 * together. */
struct span_state {
	/* Bit per event somebody listens to; what a wrapper tests.  Kept up to
	 * date by handlers.c for every class that has one. */
	uint32_t armed;
	uint32_t version; /* changes with who listens to its events */
};

/* A span name with its three events. */
struct span_class {
	struct event *start, *stop, *exception;
	const struct symbol *name;
	struct span_class *next;
	struct span_state *state;
	uint32_t is_catalogue; /* emitted by a wrapper, not by the program */
	struct span_state own; /* what state points to, or not */
};

enum span_armed {
	ARMED_START = 1,
	ARMED_STOP = 2,
	ARMED_EXCEPTION = 4,
};

/* Nobody listens?  One load and one branch. */
static inline bool event_wanted(const struct event *event)
{
	return load_relaxed(&event->handlers) != NULL;
}

/* Is this a well-formed dotted name?  T01-T03, T28. */
bool event_name_is_valid(const char *name, size_t length);
/* The names of its events are longer by up to EVENT_END_MAX bytes. */
#define EVENT_END_MAX 10
bool span_name_is_valid(const char *name, size_t length);
/* Finds or makes; under the guard.  NULL: malformed, the table is full, no
 * memory or no lock; all but the first are counted.  An event called
 * "<span>.start", ".stop" or ".exception" makes its span. */
struct event *event_intern(const char *name, size_t length);
struct event *event_find(const char *name, size_t length);
struct span_class *span_class_intern(const char *name, size_t length);
struct span_class *span_class_find(const char *name, size_t length);
/* Every event made so far, in order of creation.  Callable without a lock. */
struct event *event_at(uint32_t id); /* NULL past the last */

/*
 * One occurrence, as internal handlers see it.  Lives until they return.
 */
struct occurrence {
	struct event *event;
	struct telemetry_fields measurements;
	struct telemetry_fields metadata;
	/* Keys of all fields are texts of symbols: compare pointers. */
	bool interned_keys;
	uint64_t time;	   /* ns, CLOCK_MONOTONIC; 0 if nobody needs it */
	uint64_t duration; /* ns; stop and exception of a span */
	uint64_t span_id, parent_span_id; /* 0: none */
	const struct known *known; /* in place of fields: event/known.h */
};

/* Handlers of the shim itself: recorder and metrics.  They cannot fail, may
 * not block, and may not emit. */
typedef void (*internal_handler)(const struct occurrence *occurrence,
				 void *config);

/*
 * Attaches internally: no id, in front of every handler of the program, for
 * good.  0 or -ENOMEM.  Under the guard.
 */
int event_subscribe(struct event *event, internal_handler function,
		    void *config, uint32_t needs);
/* The same for one that calls code of the program: runs where handlers of the
 * program do, behind those that were attached before.  `measurements` is that
 * of a struct occurrence.  It returns 0. */
int event_subscribe_calling(struct event *event, telemetry_handler function,
			    void *config, uint32_t needs);
/* Takes what was subscribed with this config off the event; a dispatch that is
 * under way may still call it. */
void event_unsubscribe(struct event *event, const void *config);
/* Calls destroy(arg) when no dispatch that is under way can use it any more;
 * without the guard.  -ENOMEM: never. */
int event_retire(void (*destroy)(void *arg), void *arg);
/* Keeps events from coming into being, and who listens from changing, for a
 * while; for other threads.  -EAGAIN.  *nested is for event_unlock(). */
int event_lock(bool *nested) __attribute__((warn_unused_result));
void event_unlock(bool nested);
/* Calls fn now for every event that exists and later for each new one, under
 * the guard: how definitions with a glob reach events not yet named.
 * fn may call whatever takes the table lock. */
void event_on_new(void (*fn)(struct event *event, void *arg), void *arg);

/* Runs all handlers of occurrence->event.  The guard is held by the caller;
 * opens its own read section.  errno is not preserved. */
void event_dispatch(const struct occurrence *occurrence);
/* The same with the stack of the caller, if a handler wants to be told: the
 * metadata has an unused place in front. */
void event_dispatch_failure(struct occurrence *occurrence);

/* The same without handlers of the program: for threads where none of its code
 * may run.  False: not on this thread.  Under the guard. */
bool event_dispatch_internal(const struct occurrence *occurrence);
/* Has the shim subscribed anything else to it than this function? */
bool event_wanted_beside(const struct event *event, internal_handler function);

/* Frees retired lists and destroys detached handlers, if that is worth a grace
 * period, or in any case.  Never waits for a handler that is running.  Without
 * the guard; called by the exporter, and by whoever attaches or detaches. */
void handlers_reclaim(bool in_any_case);
/* No grace periods in this process from now on: what is retired is kept.
 * The child of a raw fork; before a seccomp filter. */
void handlers_keep_retired(void);
/* In the child of a fork: locks that nobody holds any more. */
void event_reset_locks(void);

/* Lets the API work: until then attaching is -EAGAIN and events are dropped;
 * API_OFF for good with -ENOSYS.  API_LATER: its first use calls what
 * api_set_wanted() was given, which makes it API_ON or returns false. */
enum api_state { API_EARLY, API_ON, API_OFF, API_LATER };
void api_set_state(enum api_state state);
/* Called under the guard. */
void api_set_wanted(bool (*fn)(void));
/* fn: path of the object with this function if that may be unloaded, else
 * NULL. */
void api_set_locator(const char *(*fn)(const void *function));

#endif
