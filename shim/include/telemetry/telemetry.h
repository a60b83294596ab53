/*
 * <telemetry/telemetry.h> - events, handlers and spans for C99 and C++11.
 *
 * A program that includes this header links against nothing: every function is
 * a weak symbol that libtelemetry_shim.so fills in when it is preloaded.
 * Without the shim each call below does nothing, returns 0 and costs one test;
 * telemetry_span() then just calls its function.
 *
 *   struct telemetry_field measurements[] = { TELEMETRY_F64("amount", 12.5) };
 *   struct telemetry_field metadata[] = {
 *           TELEMETRY_STR("reason", "sold out"),
 *   };
 *   telemetry_execute("shop.orders.failed", measurements, 1, metadata, 1);
 *
 * Names are dotted segments of [A-Za-z0-9_] ("shop.orders.failed"), at most
 * TELEMETRY_NAME_MAX bytes.  Identity and prefixes go by whole segments.
 *
 * Unless a comment says otherwise a function may be called from any thread,
 * from inside a handler, from constructors and destructors, before main and
 * after exit has begun; not from a signal handler, where it is harmless but may
 * do nothing (0) or return -EAGAIN.  Functions return 0 or a negative errno
 * value and never change errno.  Everything passed in is borrowed for the call.
 *
 * Structures with a struct_size grow at the end only.
 */
#ifndef TELEMETRY_TELEMETRY_H
#define TELEMETRY_TELEMETRY_H

#include <stddef.h>
#include <stdint.h>
#include <telemetry/value.h>

#ifdef __cplusplus
/* C as C++ programs may have it checked. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
extern "C" {
#endif

#if defined(TELEMETRY_BUILDING_SHIM)
#define TELEMETRY_API __attribute__((visibility("default")))
#else
#define TELEMETRY_API __attribute__((weak))
#endif

/* In C++ the weak functions stand in a namespace, and those of <telemetry/
 * optional.h>, which test them, in their place. */
#if defined(__cplusplus) && !defined(TELEMETRY_BUILDING_SHIM)
#define TELEMETRY_FUNCTIONS                                                    \
	namespace telemetry_c                                                  \
	{
#define TELEMETRY_FUNCTIONS_END }
#else
#define TELEMETRY_FUNCTIONS
#define TELEMETRY_FUNCTIONS_END
#endif

#define TELEMETRY_NAME_MAX 255 /* bytes of an event name or handler id */

/* ---- handlers --------------------------------------------------------- */

/*
 * Called in the thread that executes the event, before telemetry_execute()
 * returns, for each handler in the order of attachment.  It must not block.
 * Wrapped calls that it makes (malloc, write, ...) emit nothing; events that
 * it executes itself do.
 *
 * Returns 0.  Anything else means that the handler failed: it is detached from
 * all its events (unless its policy says otherwise),
 * `telemetry.handler.failure` is executed, a line is logged, and the remaining
 * handlers still run.  It must not leave by longjmp or a C++ exception.  Its
 * thread may end inside it (pthread_exit, cancellation), which is no failure.
 * What it is given is gone when it returns: it copies what it keeps.
 * Owns:    nothing; config is whose telemetry_attach() says.
 * Threads: called by any, several at once.
 * From:    inside telemetry_execute() and wrapped functions, wherever the
 *          program calls those: constructors, other handlers, and signal
 *          handlers that have not interrupted the shim.
 * Units:   as the event has them; times are nanoseconds.
 * Errors:  what it returns, see above.
 */
typedef int (*telemetry_handler)(const char *event,
				 const struct telemetry_fields *measurements,
				 const struct telemetry_fields *metadata,
				 void *config);

enum telemetry_policy {
	TELEMETRY_DETACH = 0, /* detached at the first failure, for good */
	TELEMETRY_KEEP = 1,   /* stays; every failure is reported */
	/* Not called for a while after `failures` of them in a row; then called
	 * once more: if it fails again the pause is doubled, up to the longest,
	 * and if it does not everything is as before the first failure.  Every
	 * failure is reported; what it was not called for is counted, as
	 * `quarantine` in telemetry.dropped. */
	TELEMETRY_QUARANTINE = 2
};

struct telemetry_attach_options {
	uint32_t struct_size; /* sizeof(struct telemetry_attach_options) */
	uint32_t policy;      /* enum telemetry_policy */
	/* Called once with config when no thread can be inside the handler any
	 * more, from a thread of the shim or from one that attaches, detaches
	 * or defines; not at exit.  It may do what a handler may not: block,
	 * allocate, and use this header; on the shim's own thread attaching and
	 * detaching are -EAGAIN.  The child of a fork calls it as well, for
	 * what the parent had detached but not destroyed.  May be NULL. */
	void (*destroy)(void *config);
	/* Of TELEMETRY_QUARANTINE; 0 is the default. */
	uint32_t failures;   /* in a row, 1 to 1000000 (1) */
	uint32_t pause_ms;   /* the first pause, milliseconds (1000) */
	uint32_t longest_ms; /* the longest (60000); not below the first */
	uint32_t needs;	     /* bits of enum telemetry_needs (0) */
};

/* What a handler is told only if it says so, because it costs the thread that
 * emits more than the rest. */
enum telemetry_needs {
	/* Of a span that fails, and of cxx.exception.throw: `stacktrace`, the
	 * return addresses ("0x55d0c1 0x7f20aa"), innermost first, at most 32.
	 * All handlers of the event are given it then.  Not there where the
	 * stack is not known or nearly used up. */
	TELEMETRY_NEEDS_STACK = 1
};

enum telemetry_handler_state {
	TELEMETRY_ACTIVE = 0,
	TELEMETRY_PAUSED = 1 /* in quarantine */
};

/* One handler as telemetry_list() shows it; the texts live as long as it is
 * attached, and at least until the visitor returns. */
struct telemetry_handler_info {
	uint32_t struct_size;
	const char *id;
	const char *event;
	telemetry_handler function;
	void *config;
	uint32_t policy;   /* enum telemetry_policy */
	uint32_t state;	   /* enum telemetry_handler_state */
	uint32_t failures; /* in a row, so far */
	uint32_t reserved;
	uint64_t paused_until; /* ns, CLOCK_MONOTONIC; 0 if it is not */
};

TELEMETRY_FUNCTIONS
/*
 * Attaches a handler to one event, or to all of `count` events or none.
 * Ids are unique among all handlers of the process and compared by content;
 * id and names are copied, config is the caller's until `destroy`.  After an
 * error config is still the caller's, and nothing was attached.  No events
 * (count 0): 0, and the id is not taken.
 * Owns:    a copy of id and names; config as said above.
 * Threads: any, several at once.
 * From:    handlers, constructors; a signal handler: -EAGAIN, or done if it
 *          has not interrupted the shim.
 * Units:   milliseconds (pause_ms, longest_ms).
 * Errors:
 *   -EINVAL  an id, name or option is missing or malformed, or an event is
 *            named twice
 *   -EEXIST  a handler with this id is attached already
 *   -ENOMEM  the memory limit of the shim is reached, or EVENTS_MAX (4096)
 *            different names are in use
 *   -ENOSYS  the shim is switched off
 *   -EAGAIN  too early (before the shim's constructor); from a signal handler
 *            that interrupted the shim; in a `destroy` on the shim's own
 *            thread; from a thread that is past its destructors; or the lock
 *            was not to be had for a second (inside a handler: at once)
 */
TELEMETRY_API int telemetry_attach(const char *id, const char *event,
				   telemetry_handler function, void *config);
TELEMETRY_API int
telemetry_attach_many(const char *id, const char *const *events, size_t count,
		      telemetry_handler function, void *config,
		      const struct telemetry_attach_options *options);

/*
 * Detaches the handler from all its events.  A thread that is dispatching an
 * event right now may still call it once; config may be freed when `destroy`
 * is called, which may be during this call.  Never waits for a handler.
 * Owns:    nothing; gives config back through `destroy`.
 * Threads: any, several at once.
 * From:    handlers (of itself, too), constructors; a signal handler: as
 *          telemetry_attach().
 * Units:   none.
 * Errors:
 *   -ENOENT            no such handler
 *   -EINVAL            no id
 *   -ENOSYS, -EAGAIN   as above
 */
TELEMETRY_API int telemetry_detach(const char *id);
/*
 * The same, and waits until nobody is inside the handler and `destroy` has
 * returned.  Where no grace period can be had any more (after the program has
 * installed a seccomp filter, in the child of a fork that went behind libc) it
 * returns at once; `destroy` is then never called, and config must stay.
 * Owns:    nothing; config is the caller's again, but for the above.
 * Threads: any; it must not hold a lock that the handler waits for.
 * From:    constructors; a handler: -EDEADLK; a signal handler: -EAGAIN, or
 *          it waits for what it has interrupted: never call it there.
 * Units:   none.
 * Errors:  those of telemetry_detach(), and
 *   -EDEADLK  called from inside a handler or visitor; nothing was detached
 */
TELEMETRY_API int telemetry_detach_wait(const char *id);

/*
 * Calls visit for every handler attached to an event that begins with the
 * segments of prefix ("" is all), in the order of attachment, once for each of
 * its events; stops when it returns non-zero and returns that.  Before the
 * shim's constructor, and when it is switched off, there are none: 0.  visit is
 * treated as a handler: it may execute, attach and detach; what it changes is
 * shown or not.
 * Owns:    nothing; what visit is given lives until it returns.
 * Threads: any; visit is called by the caller's.
 * From:    handlers, constructors; not a signal handler.
 * Units:   nanoseconds of CLOCK_MONOTONIC (paused_until).
 * Errors:  what visit returned, and
 *   -EINVAL  prefix is malformed, or something is NULL
 *   -EAGAIN  from a signal handler, in a `destroy` on the shim's own thread
 */
TELEMETRY_API int telemetry_list(
	const char *prefix,
	int (*visit)(const struct telemetry_handler_info *info, void *arg),
	void *arg);
TELEMETRY_FUNCTIONS_END

/* ---- events ----------------------------------------------------------- */

TELEMETRY_FUNCTIONS
/*
 * Runs the handlers of the event with these fields, in this thread, and then
 * returns 0 whatever they did.  Nobody attached: one look-up.  From a signal
 * handler, too early or too late: nothing, and 0; what that leaves out while
 * the shim is at work is counted (`nested` in telemetry.dropped).
 * Owns:    nothing: fields, keys and texts are borrowed for the call.
 * Threads: any, several at once; the handlers run in the caller's.
 * From:    handlers, constructors, destructors; a signal handler: see above.
 * Units:   the caller's; a metric says from which it converts.
 * Errors:
 *   -EINVAL  a malformed name, a field without a key, a type that does not
 *            exist, or more than TELEMETRY_FIELDS_MAX fields
 */
TELEMETRY_API int telemetry_execute(const char *event,
				    const struct telemetry_field *measurements,
				    size_t measurement_count,
				    const struct telemetry_field *metadata,
				    size_t metadata_count);
TELEMETRY_FUNCTIONS_END

/* ---- spans ------------------------------------------------------------ */

/*
 * A span executes <name>.start with measurements {monotonic_time,
 * system_time}, then exactly one of
 *   <name>.stop       {duration, monotonic_time} and the extras given
 *   <name>.exception  {duration, monotonic_time}, metadata + {kind, reason}
 * Times are nanoseconds; duration is monotonic_time of the end minus
 * monotonic_time of the start.  The metadata of the start is carried over to
 * the end, where fields of the same key replace it.  Every event of a span
 * carries span_id and, inside another span of the thread, parent_span_id.
 *
 * The structure is the caller's, begun and ended once.  A span may be ended by
 * another thread than began it; it is then no parent of anything.  One that is
 * not ended ends as an exception: of kind "unwind" when its structure is on the
 * stack and that frame has been left, of kind "exit" with the thread that began
 * it or the process, and when the thread calls exec, even if that fails.  In
 * the child of a fork it is the parent's.
 *
 * span_id and parent_span_id given as UINT64 in the metadata of the start take
 * the place of the shim's.
 */
struct telemetry_span {
	uint64_t opaque[8];
	struct telemetry_field metadata[8]; /* keys and strings are borrowed
					     * until the span has ended */
};

TELEMETRY_FUNCTIONS
/*
 * Begins: at most 8 metadata fields, a name of at most TELEMETRY_NAME_MAX - 10
 * bytes.  After an error the end does nothing and returns 0.
 * Owns:    nothing: span is the caller's, keys and texts of metadata are
 *          borrowed until it has ended.
 * Threads: any; a structure is for one at a time.
 * From:    handlers, constructors; a signal handler: nothing, 0, if it has
 *          interrupted the shim.
 * Units:   nanoseconds: monotonic_time (CLOCK_MONOTONIC), system_time (since
 *          the epoch).
 * Errors:
 *   -EINVAL  malformed, or span is NULL
 *   -ENOMEM  too many names
 */
TELEMETRY_API int telemetry_span_begin(struct telemetry_span *span,
				       const char *name,
				       const struct telemetry_field *metadata,
				       size_t metadata_count);
TELEMETRY_API int telemetry_span_end(struct telemetry_span *span,
				     const struct telemetry_field *measurements,
				     size_t measurement_count,
				     const struct telemetry_field *metadata,
				     size_t metadata_count);
/*
 * kind: a word such as "error"; reason: what happened.  Of both ends: a second
 * one does nothing, 0; -EINVAL: malformed fields, and the span is still open.
 * Owns:    nothing; all is borrowed for the call.
 * Threads: any, also another than began it; of several at once one ends it.
 * From:    as telemetry_span_begin(): handlers, constructors; in a signal
 *          handler that has interrupted the shim it does nothing.
 * Units:   nanoseconds: duration, monotonic_time.
 * Errors:  see above.
 */
TELEMETRY_API int telemetry_span_fail(struct telemetry_span *span,
				      const char *kind, const char *reason,
				      const struct telemetry_field *metadata,
				      size_t metadata_count);

/*
 * Runs function(arg) inside a span and returns its result; a negative result
 * ends the span as an exception of kind "error" with that number as reason.
 * What telemetry_span_begin() would refuse is not said: the function runs
 * without.
 * Owns:    nothing; all is borrowed until it returns.
 * Threads: any; function runs in the caller's.
 * From:    as telemetry_span_begin(): handlers, constructors; in a signal
 *          handler that has interrupted the shim it does nothing.
 * Units:   nanoseconds, as there.
 * Errors:  the function's own result, whatever it is.
 */
TELEMETRY_API int telemetry_span(const char *name,
				 const struct telemetry_field *metadata,
				 size_t metadata_count,
				 int (*function)(void *arg), void *arg);

/*
 * For <telemetry/telemetry.hpp>: the type of the C++ exception that is leaving
 * scopes of this thread, "std::range_error"; a text that stays.  globals is
 * what the run-time library's __cxa_get_globals() returned.  NULL: there is
 * none, or it is not known, because the family `cxx` is off or the run-time
 * library is a static one.
 * Owns:    nothing; the text is the shim's and stays.
 * Threads: any, of its own exceptions.
 * From:    handlers, constructors, scopes that an exception leaves; not a
 *          signal handler.
 * Units:   none.
 * Errors:  NULL.
 */
TELEMETRY_API const char *telemetry_exception_type(const void *globals);
TELEMETRY_FUNCTIONS_END

#ifdef __cplusplus
}
#pragma GCC diagnostic pop
#endif

#if !defined(TELEMETRY_BUILDING_SHIM)
#include <telemetry/optional.h>
#endif

#endif
