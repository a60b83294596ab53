/*
 * metric.c - the list of metrics: prepares definitions for the hot path.
 *
 * Finding the events of a metric is attach.c's.
 */
#include "metric/metric.h"

#include "base/arena.h"
#include "base/glob.h"
#include "base/hash.h"
#include "base/segment.h"
#include "base/thread.h"
#include "metric/attach.h"
#include "metric/cells.h"
#include "metric/extract.h"
#include "metric/series.h"
#include "metric/transform.h"
#include "metric/unit.h"

#include <errno.h>
#include <string.h>

struct lock metrics_lock = LOCK_INIT(LOCK_METRICS);

/* In order of definition.  Changed under the lock and event_lock(), walked
 * under either. */
static struct metric *metrics;
static uint32_t orders, serial;

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

/* ---- what a definition needs ------------------------------------------ */

/* Tags whose value no emitter has to find out first. */
static bool is_cheap(const struct metric_tag *tag)
{
	return tag->source != TAG_FIELD || tag->key == &SYM_kind ||
	       tag->key == &SYM_reason || tag->key == &SYM_function ||
	       tag->key == &SYM_operation;
}

/* A condition may be on a measurement as well. */
static uint32_t condition_needs(const struct metric_tag *key)
{
	if (is_cheap(key))
		return 0;
	if (key->key == &SYM_duration || key->key == &SYM_monotonic_time ||
	    key->key == &SYM_system_time || key->key == &SYM_lifetime)
		return NEED_TIME;
	return NEED_METADATA;
}

uint32_t metric_needs(const struct metric *metric)
{
	uint32_t needs = 0, i;

	if (metric->type == METRIC_LAST_VALUE ||
	    metric->source == MEASURE_DURATION ||
	    metric->source == MEASURE_TIME ||
	    metric->measurement == &SYM_system_time ||
	    metric->measurement == &SYM_lifetime)
		needs |= NEED_TIME;
	for (i = 0; i < metric->tag_count; i++)
		if (!is_cheap(&metric->tags[i]))
			needs |= NEED_METADATA;
	for (i = 0; i < metric->definition.condition_count; i++)
		needs |= NEED_FIELDS |
			 condition_needs(&metric->condition_keys[i]);
	return needs;
}

/* Keys that say how something went or where to: often there is nothing to
 * say. */
static bool may_be_absent(const char *key)
{
	static const char *const prefixes[] = { "error.type", "db.", "network.",
						"server." };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (strncmp(key, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

static struct metric_tag from_key(const struct symbol *key)
{
	struct metric_tag tag = { .key = key };

	tag.may_be_absent = may_be_absent(key->text);
	if (key == &SYM_span)
		tag.source = TAG_SPAN;
	else if (key == &SYM_event_name)
		tag.source = TAG_EVENT_NAME;
	else if (key == &SYM_error_type)
		tag.source = TAG_ERROR_TYPE;
	return tag;
}

static struct metric_tag from_source(const struct metric_definition *d,
				     uint32_t index)
{
	const struct symbol *from = d->sources[index].from;

	if (d->constants & 1u << index)
		return (struct metric_tag){ .key = from,
					    .source = TAG_CONSTANT };
	return from_key(from);
}

/* It was good when the definition was read. */
static int prepare_transform(struct metric_tag *tag, const struct symbol *spec)
{
	const char *why;
	size_t argument, at;

	if (!spec)
		return 0;
	tag->transform =
		transform_new(spec->text, spec->length, &why, &argument, &at);
	return tag->transform ? 0 : -ENOMEM;
}

static int prepare_tag(struct metric *metric, uint32_t index)
{
	const struct metric_definition *d = &metric->definition;
	struct metric_tag *tag = &metric->tags[index];
	uint32_t i;

	*tag = from_key(d->tags[index]);
	for (i = 0; i < d->source_count; i++) {
		if (d->sources[i].tag != d->tags[index])
			continue;
		*tag = from_source(d, i);
		return prepare_transform(tag, d->sources[i].transform);
	}
	return 0;
}

static int prepare_tags(struct metric *metric)
{
	const struct metric_definition *d = &metric->definition;
	int error = 0;
	uint32_t i;

	metric->tag_count = d->tag_count;
	metric->missing = d->missing_text;
	metric->skips = d->missing == METRIC_MISSING_SKIP;
	for (i = 0; i < d->tag_count && !error; i++)
		error = prepare_tag(metric, i);
	metric->room = extract_room(metric);
	for (i = 0; i < d->condition_count; i++)
		metric->condition_keys[i] = from_key(d->conditions[i].key);
	return error;
}

static int prepare_measure(struct metric *metric)
{
	const struct metric_definition *d = &metric->definition;

	if (d->type == METRIC_COUNTER)
		return 0;
	metric->measurement = key_symbol(d->measurement);
	metric->source = MEASURE_FIELD;
	if (metric->measurement == &SYM_duration)
		metric->source = MEASURE_DURATION;
	else if (metric->measurement == &SYM_monotonic_time)
		metric->source = MEASURE_TIME;
	if (metric->calls.measure)
		metric->source = MEASURE_CALL;
	return metric->measurement ? 0 : -ENOMEM;
}

static int prepare_bounds(struct metric *metric)
{
	const struct metric_definition *d = &metric->definition;
	uint32_t i;

	if (d->type != METRIC_DISTRIBUTION || d->bucket_count == 0)
		return 0;
	metric->raw_bounds =
		arena_alloc(d->bucket_count * sizeof(*metric->raw_bounds));
	if (!metric->raw_bounds)
		return -ENOMEM;
	metric->bound_count = d->bucket_count;
	for (i = 0; i < d->bucket_count; i++)
		metric->raw_bounds[i] = unit_raw_bound(
			d->buckets[i], d->numerator, d->denominator);
	return 0;
}

static void metric_free(struct metric *m)
{
	uint32_t i;

	for (i = 0; i < m->tag_count; i++)
		if (m->tags[i].transform)
			transform_free(m->tags[i].transform);
	if (m->raw_bounds)
		arena_free(m->raw_bounds,
			   m->bound_count * sizeof(*m->raw_bounds));
	arena_free(m, sizeof(*m));
}

static void set_calls(struct metric *m, const struct metric_calls *calls)
{
	m->calls = *calls;
	m->calls_program = calls->measure || calls->keep || calls->drop ||
			   calls->tag_set || calls->tag_values;
}

static struct metric *metric_new(const struct metric_definition *definition,
				 const struct metric_calls *calls)
{
	struct metric *m = arena_alloc(sizeof(*m));

	if (!m)
		return NULL;
	m->definition = *definition;
	if (calls)
		set_calls(m, calls);
	m->type = (uint8_t)definition->type;
	m->up_down = definition->up_down;
	m->has_globs =
		glob_is_pattern(definition->events, strlen(definition->events));
	m->max_series = definition->max_series;
	/* Not that of one of this name that was deleted. */
	m->seed =
		hash_mix(hash_text(definition->name, strlen(definition->name)),
			 __atomic_add_fetch(&serial, 1, __ATOMIC_RELAXED));
	if (prepare_tags(m) == 0 && prepare_measure(m) == 0 &&
	    prepare_bounds(m) == 0)
		return m;
	metric_free(m);
	return NULL;
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

/* Under event_lock(). */
static int take_off(const char *name, bool undo)
{
	struct metric **at, *m;
	int error = 0;

	if (!lock_acquire(&metrics_lock))
		return -EAGAIN;
	at = find(name);
	m = *at;
	lock_release(&metrics_lock);
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
	detach_events(m);
	series_forget(m);
	return 0;
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
	}
	series_after_fork();
	cells_after_fork();
}
