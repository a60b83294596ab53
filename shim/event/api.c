/*
 * api.c - the functions of <telemetry/telemetry.h>: check the arguments, take
 * the guard, call the core.  errno is never changed.
 */
#include "telemetry/telemetry.h"

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/thread.h"
#include "event/api.h"
#include "event/span.h"
#include "event/stack.h"
#include "event/table.h"

#include <errno.h>
#include <string.h>

/* A program that attaches or detaches outside of a handler may wait longer than
 * one that emits: a second on a machine that is too busy. */
#define LOCK_TRIES (1000 / LOCK_PATIENCE_MS)
#define QUARANTINE_PAUSE_MS 1000
#define QUARANTINE_LONGEST_MS 60000

enum api_state api_state;

void api_set_state(enum api_state state)
{
	/* Pairs with api_ready() in api.h. */
	store_release(&api_state, state);
}

static const char *(*locate)(const void *function);

void api_set_locator(const char *(*fn)(const void *function))
{
	locate = fn;
}

/* T80: it would be called when it is no more. */
static void tell_if_unloadable(const char *id, telemetry_handler function)
{
	const char *path =
		locate ? locate((const void *)(uintptr_t)function) : NULL;

	if (path)
		log_info(
			"handler \"%s\": its function is in %s, which was "
			"loaded at run time; detach it before that is unloaded",
			id, path);
}

static bool (*wanted)(void);

void api_set_wanted(bool (*fn)(void))
{
	wanted = fn;
}

bool api_find_out(void)
{
	struct thread *t = &thread_self;
	bool ready = false;
	int saved = errno;

	if (thread_claim(t)) {
		ready = wanted();
		thread_release(t);
	}
	errno = saved;
	return ready;
}

int api_unready(void)
{
	return load_relaxed(&api_state) == API_OFF ? -ENOSYS : -EAGAIN;
}

static bool id_is_valid(const char *id)
{
	return id && *id && strlen(id) <= TELEMETRY_NAME_MAX;
}

static bool events_are_valid(const char *const *events, size_t count)
{
	size_t i;

	if (count > 0 && !events)
		return false;
	for (i = 0; i < count; i++)
		if (!events[i] ||
		    !event_name_is_valid(events[i], strlen(events[i])))
			return false;
	return true;
}

int api_change(int (*work)(void *arg), void *arg)
{
	struct thread *t = &thread_self;
	int ret = -EAGAIN, saved = errno, tries = 0;
	void *outer;

	if (thread_claim_nested(t, &outer)) {
		do
			ret = work(arg);
		while (ret == -EAGAIN && !outer && ++tries < LOCK_TRIES);
		thread_release_nested(t, outer);
		if (!t->in_handler)
			handlers_reclaim(false);
	}
	errno = saved;
	return ret;
}

struct request {
	const char *id;
	const char *const *events;
	size_t count;
	telemetry_handler function;
	void *config;
	const struct telemetry_attach_options *options;
};

static int attach(void *arg)
{
	const struct request *r = arg;

	return handlers_attach(r->id, r->events, r->count, r->function,
			       r->config, r->options);
}

/* What this version knows of a structure of any version. */
static bool read_options(struct telemetry_attach_options *known,
			 const struct telemetry_attach_options *options)
{
	size_t size = options->struct_size;

	if (size < sizeof(options->struct_size))
		return false;
	memcpy(known, options, size < sizeof(*known) ? size : sizeof(*known));
	if (known->failures == 0)
		known->failures = 1;
	if (known->pause_ms == 0)
		known->pause_ms = QUARANTINE_PAUSE_MS;
	if (known->longest_ms == 0)
		known->longest_ms = known->pause_ms > QUARANTINE_LONGEST_MS
					    ? known->pause_ms
					    : QUARANTINE_LONGEST_MS;
	return known->policy <= TELEMETRY_QUARANTINE &&
	       !(known->needs & ~(uint32_t)TELEMETRY_NEEDS_STACK) &&
	       known->failures <= QUARANTINE_FAILURES_MAX &&
	       known->longest_ms >= known->pause_ms;
}

EXPORT int telemetry_attach_many(const char *id, const char *const *events,
				 size_t count, telemetry_handler function,
				 void *config,
				 const struct telemetry_attach_options *options)
{
	struct telemetry_attach_options known = { 0 };

	int saved = errno, error;

	if (!id_is_valid(id) || !events_are_valid(events, count) || !function)
		return -EINVAL;
	if (options && !read_options(&known, options))
		return -EINVAL;
	if (!api_ready())
		return api_unready();
	if (count == 0)
		return 0;
	/* The program has opted in: here, not in a wrapper, libunwind may be
	 * opened for the stack of a failure. */
	if (!thread_self.in_handler)
		stack_warm();
	error = api_change(attach,
			   &(struct request){ id, events, count, function,
					      config, &known });
	if (!error)
		tell_if_unloadable(id, function);
	errno = saved;
	return error;
}

EXPORT int telemetry_attach(const char *id, const char *event,
			    telemetry_handler function, void *config)
{
	return telemetry_attach_many(id, &event, 1, function, config, NULL);
}

static int detach(const char *id, bool wait)
{
	struct thread *t = &thread_self;
	int ret = -EAGAIN, saved = errno, tries = 0;
	uint64_t number;
	void *outer;

	if (!id_is_valid(id))
		return -EINVAL;
	if (!api_ready())
		return api_unready();
	if (wait && t->in_handler)
		return -EDEADLK;
	if (thread_claim_nested(t, &outer)) {
		do
			ret = handlers_detach(id, &number);
		while (ret == -EAGAIN && !outer && ++tries < LOCK_TRIES);
		thread_release_nested(t, outer);
		if (ret == 0 && wait)
			retire_wait(number);
		else if (!t->in_handler)
			handlers_reclaim(false);
	}
	errno = saved;
	return ret;
}

EXPORT int telemetry_detach(const char *id)
{
	return detach(id, false);
}

EXPORT int telemetry_detach_wait(const char *id)
{
	return detach(id, true);
}

bool api_fields_are_valid_slow(const struct telemetry_field *fields,
			       size_t count)
{
	const struct telemetry_value *v;
	size_t i;

	if (count > TELEMETRY_FIELDS_MAX || (count > 0 && !fields))
		return false;
	for (i = 0; i < count; i++) {
		v = &fields[i].value;
		if (!fields[i].key || v->type > TELEMETRY_POINTER)
			return false;
		if (v->type == TELEMETRY_STRING && !v->as.string && v->length)
			return false;
	}
	return true;
}

static void dispatch(struct event *event, const struct telemetry_fields *m,
		     const struct telemetry_fields *d)
{
	struct open_span *parent = span_current(&thread_self, FRAME());
	struct occurrence o = {
		.event = event,
		.measurements = *m,
		.metadata = *d,
		.time = clock_ns(),
		.parent_span_id = parent ? parent->id : 0,
	};

	event_dispatch(&o);
}

static bool has_flags(const struct telemetry_fields *fields)
{
	size_t i;

	for (i = 0; i < fields->count; i++)
		if (unlikely(fields->items[i].value.flags))
			return true;
	return false;
}

static void copy(struct telemetry_fields *fields, struct telemetry_field *to)
{
	size_t i;

	for (i = 0; i < fields->count; i++)
		api_field_copy(&to[i], &fields->items[i]);
	fields->items = to;
}

static COLD void dispatch_copy(struct event *event, struct telemetry_fields m,
			       struct telemetry_fields d)
{
	struct telemetry_field measurements[TELEMETRY_FIELDS_MAX];
	struct telemetry_field metadata[TELEMETRY_FIELDS_MAX];

	copy(&m, measurements);
	copy(&d, metadata);
	dispatch(event, &m, &d);
}

EXPORT int telemetry_execute(const char *event,
			     const struct telemetry_field *measurements,
			     size_t measurement_count,
			     const struct telemetry_field *metadata,
			     size_t metadata_count)
{
	const struct telemetry_fields m = { measurements, measurement_count };
	const struct telemetry_fields d = { metadata, metadata_count };
	struct thread *t = &thread_self;
	size_t length = event ? strlen(event) : 0;
	struct event *e = event ? event_find(event, length) : NULL;
	int saved = errno;
	void *outer;

	if ((!e && !event_name_is_valid(event, length)) ||
	    !api_fields_are_valid(measurements, measurement_count) ||
	    !api_fields_are_valid(metadata, metadata_count))
		return -EINVAL;
	if ((e && !event_wanted(e)) || !api_ready() ||
	    !thread_claim_nested(t, &outer))
		return 0;
	/* Made when first executed, so that a definition with a glob finds
	 * it. */
	if (!e)
		e = event_intern(event, length);
	if (e && event_wanted(e)) {
		if (has_flags(&m) || has_flags(&d))
			dispatch_copy(e, m, d);
		else
			dispatch(e, &m, &d);
	}
	thread_release_nested(t, outer);
	errno = saved;
	return 0;
}
