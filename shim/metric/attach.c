/*
 * attach.c - finds the events that a metric hangs on.
 *
 * Events and spans that a definition names are made at once; a glob looks at
 * every event that exists and at every one still to come.
 */
#include "metric/attach.h"

#include "base/arena.h"
#include "base/glob.h"
#include "base/log.h"
#include "base/segment.h"
#include "metric/listen.h"

#include <errno.h>
#include <string.h>

static bool watching;

/* The attachment of the event, if it has none yet; NULL: it has, or there was
 * trouble, which is in *error. */
static struct attachment *claim(struct metric *metric, struct event *event,
				bool exact, int *error)
{
	struct attachment *a;

	*error = 0;
	if (!lock_acquire(&metrics_lock)) {
		*error = -EAGAIN;
		return NULL;
	}
	a = metric->attachments;
	while (a && a->event != event)
		a = a->next;
	if (a) {
		a->exact |= exact;
		lock_release(&metrics_lock);
		return NULL;
	}
	a = arena_alloc(sizeof(*a));
	if (a) {
		a->metric = metric;
		a->event = event;
		a->exact = exact;
		a->next = metric->attachments;
		metric->attachments = a;
	} else {
		*error = -ENOMEM;
	}
	lock_release(&metrics_lock);
	return a;
}

/* Does nothing if the metric is on the event already. */
static int attach(struct metric *metric, struct event *event, bool exact)
{
	struct attachment *a;
	int error;

	if (!event)
		return -ENOMEM;
	a = claim(metric, event, exact, &error);
	if (a)
		error = listen_to_event(a);
	if (error) {
		segment_drop(DROP_MEMORY, 1);
		log_error("metric \"%s\": cannot listen to %s (error %d)",
			  metric->definition.name, event->name->text, -error);
	}
	return error;
}

static bool is_end(const struct event *event)
{
	const struct span_class *span = event->span;

	return span && (event == span->stop || event == span->exception);
}

static void attach_if_matching(struct metric *metric, struct event *event)
{
	const struct metric_definition *d = &metric->definition;
	const char *rest = d->events, *name, *text = event->name->text;
	bool chosen = false, removes;
	size_t length;

	if (d->of_spans) {
		if (!is_end(event))
			return;
		text = event->span->name->text;
	}
	while ((name = glob_next(&rest, &length, &removes)) != NULL)
		if ((removes || glob_is_pattern(name, length)) &&
		    glob_match(name, length, text, strlen(text)))
			chosen = !removes;
	if (chosen)
		attach(metric, event, false);
}

/* Of event_on_new(). */
static void watch(struct event *event, void *arg UNUSED)
{
	struct metric *m;

	/* Taking the lock orders this before or after metric_add() lists a
	 * metric: either it is met here, or metric_add() meets the event. */
	for (m = metrics_first(); m;) {
		if (m->has_globs)
			attach_if_matching(m, event);
		/* Pairs with enlist(). */
		m = load_acquire(&m->next);
	}
}

static int attach_named(struct metric *metric, const char *name, size_t length)
{
	struct span_class *span;
	int error;

	if (!metric->definition.of_spans)
		return attach(metric, event_intern(name, length), true);
	span = span_class_intern(name, length);
	if (!span)
		return -ENOMEM;
	error = attach(metric, span->stop, true);
	return error ? error : attach(metric, span->exception, true);
}

int attach_events(struct metric *metric)
{
	const char *rest = metric->definition.events, *name;
	bool globs = metric->has_globs, removes;
	int error = 0;
	size_t length;
	uint32_t id;

	while ((name = glob_next(&rest, &length, &removes)) != NULL) {
		if (!glob_is_pattern(name, length) && !removes &&
		    attach_named(metric, name, length))
			error = -ENOMEM;
	}
	if (!globs)
		return error;
	if (!__atomic_exchange_n(&watching, true, __ATOMIC_RELAXED)) {
		event_on_new(watch, NULL);
		return error;
	}
	for (id = 1; event_at(id); id++)
		attach_if_matching(metric, event_at(id));
	return error;
}

void detach_events(struct metric *metric)
{
	struct attachment *a;

	for (a = metric->attachments; a; a = a->next)
		event_unsubscribe(a->event, a);
}

void attach_free(struct metric *metric)
{
	struct attachment *a = metric->attachments, *next;

	for (; a; a = next) {
		next = a->next;
		arena_free(a, sizeof(*a));
	}
}
