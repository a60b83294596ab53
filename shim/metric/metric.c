/*
 * metric.c - the list of metrics: defined, found, deleted.
 *
 * Making one ready is prepare.c's, finding its events attach.c's.
 */
#include "metric/metric.h"

#include "base/segment.h"
#include "base/thread.h"
#include "metric/attach.h"
#include "metric/cells.h"
#include "metric/prepare.h"
#include "metric/series.h"

#include <errno.h>
#include <string.h>

struct lock metrics_lock = LOCK_INIT(LOCK_METRICS);

/* In order of definition.  Changed under the lock and event_lock(), walked
 * under either. */
static struct metric *metrics;
static uint32_t orders;

struct metric *metrics_locked(void)
{
	return metrics;
}

struct metric *metrics_first(void)
{
	struct metric *m;

	if (!lock_acquire(&metrics_lock)) {
		segment_drop(DROP_LOCK, 1);
		return NULL;
	}
	m = metrics;
	lock_release(&metrics_lock);
	return m;
}

/* ---- the list --------------------------------------------------------- */

static struct metric **find(const char *name)
{
	struct metric **at = &metrics;

	while (*at && strcmp((*at)->definition.name, name) != 0)
		at = &(*at)->next;
	return at;
}

/* Puts it at the end, unless there is one of that name. */
static int enlist(struct metric *metric)
{
	struct metric **end;

	if (!lock_acquire(&metrics_lock))
		return -EAGAIN;
	end = find(metric->definition.name);
	if (*end) {
		lock_release(&metrics_lock);
		return -EEXIST;
	}
	metric->order = orders++;
	/* Pairs with watch() in attach.c, and is_listed(). */
	store_release(end, metric);
	lock_release(&metrics_lock);
	return 0;
}

/* Exactly this definition?  Two reporters may well want the same. */
static bool is_listed(const struct metric_definition *definition)
{
	const struct metric *m = metrics_first();

	while (m && (m->calls_program ||
		     memcmp(&m->definition, definition, sizeof(*definition))))
		m = load_acquire(&m->next); /* pairs with enlist() */
	return m != NULL;
}

/* Nobody can be inside its functions any more, nor count in it. */
static void destroy(void *arg)
{
	struct thread *t = &thread_self;
	bool ours = t->state == THREAD_OURS;
	struct metric *m = arg;
	struct metric_calls calls = m->calls;

	if (ours || thread_claim(t)) {
		attach_free(m);
		metric_free(m);
		if (!ours)
			thread_release(t);
	}
	if (calls.destroy)
		calls.destroy(calls.config);
}

/* Under both locks. */
static int unlist(const char *name, bool undo, struct metric **unlisted)
{
	struct metric **at = find(name), *m = *at;
	int error;

	if (!m)
		return -ENOENT;
	if (undo)
		m->calls.destroy = NULL;
	/* Before it is off its events, as this may fail; nobody waits for a
	 * grace period as long as we have the lock. */
	error = event_retire(destroy, m);
	if (error)
		return error;
	/* Pairs with watch() in attach.c. */
	store_release(at, m->next);
	series_forget(m);
	*unlisted = m;
	return 0;
}

/* Under event_lock(). */
static int take_off(const char *name, bool undo)
{
	struct metric *m = NULL;
	int error;

	if (!lock_acquire(&metrics_lock))
		return -EAGAIN;
	error = unlist(name, undo, &m);
	lock_release(&metrics_lock);
	if (m)
		detach_events(m);
	return error;
}

/* Takes m over.  `complete`: on all its events, or not at all. */
static int add(struct metric *m, bool complete)
{
	bool nested;
	int error;

	if (!m)
		return -ENOMEM;
	error = event_lock(&nested);
	if (error) {
		metric_free(m);
		return error;
	}
	error = enlist(m);
	if (error) {
		metric_free(m);
	} else {
		error = attach_events(m);
		if (error && complete)
			take_off(m->definition.name, true);
	}
	event_unlock(nested);
	return error;
}

int metric_add(const struct metric_definition *definition)
{
	int error = add(metric_new(definition, NULL), false);

	return error == -EEXIST && is_listed(definition) ? 0 : error;
}

int metric_define(const struct metric_definition *definition,
		  const struct metric_calls *calls)
{
	return add(metric_new(definition, calls), true);
}

int metric_delete(const char *name)
{
	bool nested;
	int error = event_lock(&nested);

	if (error)
		return error;
	error = take_off(name, false);
	event_unlock(nested);
	return error;
}

void metric_after_fork(void)
{
	struct metric *m;

	lock_reset(&metrics_lock);
	for (m = metrics; m; m = m->next) {
		m->id = 0;
		m->series_count = 0;
		m->overflow = NULL;
		m->series = NULL;
		m->swept = 0;
	}
	series_after_fork();
	cells_after_fork();
}
