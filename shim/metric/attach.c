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
#include "metric/calls.h"
#include "metric/cells.h"
#include "metric/condition.h"
#include "metric/extract.h"
#include "metric/trace.h"

#include <errno.h>
#include <string.h>

static bool watching;

static void on_event(const struct occurrence *occurrence, void *config)
{
	struct attachment *attachment = config;
	struct measure value;

	if (attachment->metric->source != MEASURE_NONE &&
	    unlikely(!extract_measure(attachment, occurrence, &value)))
		return;
	cells_record(attachment, occurrence, &value);
}

/* Apart, so that metrics without conditions pay nothing for them. */
static void on_event_if(const struct occurrence *occurrence, void *config)
{
	if (condition_keeps(config, occurrence))
		on_event(occurrence, config);
}

/* Apart for the same reason. */
static void on_event_expiring(const struct occurrence *occurrence, void *config)
{
	struct attachment *attachment = config;
	const struct metric *m = attachment->metric;
	struct measure value;

	if ((m->definition.condition_count == 0 ||
	     condition_keeps(attachment, occurrence)) &&
	    (m->source == MEASURE_NONE ||
	     extract_measure(attachment, occurrence, &value)))
		cells_record_expiring(attachment, occurrence, &value);
}

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

static int subscribe(struct attachment *a, struct event *event)
{
	const struct metric *m = a->metric;
	uint32_t needs = metric_needs(m);

	if (m->calls_program)
		return event_subscribe_calling(event, calls_on_event, a,
					       needs | NEED_TIME |
						       NEED_METADATA);
	if (trace_is_on())
		return event_subscribe(event, trace_on_event, a,
				       needs | NEED_TIME | NEED_METADATA |
					       NEED_FIELDS);
	return event_subscribe(event,
			       m->expire ? on_event_expiring
			       : m->definition.condition_count ? on_event_if
							       : on_event,
			       a, needs);
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
		error = subscribe(a, event);
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
