/*
 * prepare.c - from a definition to a metric that is ready for the hot path.
 */
#include "metric/prepare.h"

#include "base/arena.h"
#include "base/glob.h"
#include "base/hash.h"
#include "metric/attach.h"
#include "metric/cells.h"
#include "metric/extract.h"
#include "metric/transform.h"
#include "metric/unit.h"

#include <errno.h>
#include <string.h>

static uint32_t serial;
static uint64_t default_expire_ms;

void metric_set_expire(uint64_t ms)
{
	default_expire_ms = ms;
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

	if (metric->type == METRIC_LAST_VALUE || metric->expire ||
	    metric->source == MEASURE_DURATION ||
	    metric->source == MEASURE_TIME ||
	    metric->measurement == &SYM_system_time ||
	    metric->measurement == &SYM_lifetime)
		needs |= NEED_TIME;
	for (i = 0; i < metric->tag_count; i++)
		if (!is_cheap(&metric->tags[i]))
			needs |= NEED_METADATA;
	for (i = 0; i < metric->definition.condition_count; i++)
		needs |= condition_needs(&metric->condition_keys[i]);
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

	metric->first_bound = INT64_MAX;
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
	metric->first_bound = metric->raw_bounds[0];
	return 0;
}

void metric_free(struct metric *m)
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

/* What a sum that may fall has in use does not go with time. */
static uint64_t expire_of(const struct metric_definition *definition)
{
	if (definition->expire_ms || definition->up_down)
		return definition->expire_ms;
	return default_expire_ms;
}

struct metric *metric_new(const struct metric_definition *definition,
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
	m->expire = touched_units(expire_of(definition));
	m->pause = m->expire / 16 + 1;
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
