/*
 * known.c - metrics on occurrences that come again and again: the cell is found
 * once.
 *
 * Only where the tags are among what does not change, and nothing is to be
 * counted each time beside the sample.
 */
#include "metric/known.h"

#include "base/thread.h"
#include "metric/cell_map.h"
#include "metric/extract.h"
#include "metric/update.h"

_Static_assert(offsetof(struct cell_sum, integer) ==
		       offsetof(struct cell_sum, count) + sizeof(uint64_t),
	       "KNOWN_SUM");

/* In front of the measurements of a span. */
#define TIMES 2

/* Is one of the tags among the fields that differ? */
static bool has_own_tag(const struct metric *metric, const struct occurrence *o)
{
	size_t first = o->metadata.count - o->known->own, i;
	uint32_t tag;

	for (tag = 0; tag < metric->tag_count; tag++)
		for (i = first; i < o->metadata.count; i++)
			if (metric->tags[tag].key &&
			    metric->tags[tag].key->text ==
				    o->metadata.items[i].key)
				return true;
	return false;
}

/* The cell in which it has just been recorded, if it will always be that one;
 * the overflow series is not known by its tags. */
static void *target_of(struct attachment *attachment,
		       const struct occurrence *o)
{
	const struct cell_map *map = load_relaxed(&thread_get(owner)->metric);
	const struct metric *m = attachment->metric;

	if (!map || !map->table || m->room || m->skips || has_own_tag(m, o))
		return NULL;
	return cell_table_find(map->table, extract_hash(attachment, o));
}

/* Which of the values is measured?  Not less than there are: none. */
static uint32_t value_of(const struct metric *metric,
			 const struct occurrence *o)
{
	uint32_t i = 0;

	while (i < o->known->measurements &&
	       o->measurements.items[TIMES + i].key !=
		       metric->measurement->text)
		i++;
	return i;
}

/* What is neither a count nor a sum of one of the values. */
static NOINLINE void record(const struct occurrence *o,
			    const struct known_step *step)
{
	struct attachment *attachment = step->config;
	const struct metric *m = attachment->metric;
	struct telemetry_value value = { .type = TELEMETRY_UINT64 };
	struct measure measure;

	value.as.u64 = m->source == MEASURE_DURATION ? o->duration
		       : m->source == MEASURE_TIME
			       ? o->time
			       : o->known->values[step->value];
	if (extract_number(attachment, o, &value, &measure))
		update(m, step->to, &measure, o);
}

/* A duration in a distribution, most of which are in its first bucket. */
static HOT void record_time(const struct occurrence *o,
			    const struct known_step *step)
{
	const struct measure value = {
		.is_integer = true,
		.integer = (int64_t)o->duration,
		.real = (double)(int64_t)o->duration,
	};

	if (likely(o->duration <= step->most))
		update_bucket(step->to, 0, &value, o);
	else
		record(o, step);
}

/* Into the cell of any type. */
static void prepare_any(const struct metric *m, struct known_step *step,
			void *target)
{
	step->to = target;
	step->kind = KNOWN_RUN;
	step->run = record;
	if (m->type != METRIC_DISTRIBUTION || m->source != MEASURE_DURATION ||
	    m->first_bound < 0)
		return;
	step->kind = KNOWN_TIME;
	step->run = record_time;
	step->most = m->first_bound < UINT32_MAX ? (uint32_t)m->first_bound
						 : UINT32_MAX;
}

bool known_prepare_metric(const struct occurrence *o, void *config,
			  struct known_step *step, void *room UNUSED)
{
	struct attachment *attachment = config;
	const struct metric *m = attachment->metric;
	uint32_t value = 0;
	void *target;

	if (m->source == MEASURE_FIELD) {
		value = value_of(m, o);
		if (value == o->known->measurements)
			return false;
	}
	target = target_of(attachment, o);
	if (!target)
		return false;
	step->value = (uint16_t)value;
	if (m->type == METRIC_COUNTER) {
		step->kind = KNOWN_COUNT;
		step->to = &((struct cell_counter *)target)->count;
	} else if (m->type == METRIC_SUM && m->source == MEASURE_FIELD) {
		step->kind = KNOWN_SUM;
		step->to = &((struct cell_sum *)target)->count;
	} else {
		prepare_any(m, step, target);
	}
	return true;
}
