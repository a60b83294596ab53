/*
 * listen.c - what a metric does when one of its events comes: as much as its
 * definition asks for, decided when it is attached.
 */
#include "metric/listen.h"

#include "base/hash.h"
#include "base/thread.h"
#include "metric/attach.h"
#include "metric/calls.h"
#include "metric/cell_map.h"
#include "metric/cells.h"
#include "metric/condition.h"
#include "metric/extract.h"
#include "metric/known.h"
#include "metric/trace.h"

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

static ALWAYS_INLINE struct measure
duration_of(const struct occurrence *occurrence)
{
	return (struct measure){
		.is_integer = true,
		.integer = (int64_t)occurrence->duration,
		.real = (double)(int64_t)occurrence->duration,
	};
}

/* Is a duration of 0 one, and not that there is none?  The clock may stand
 * still for 10 ns. */
static ALWAYS_INLINE bool has_duration(const struct occurrence *occurrence)
{
	return likely(occurrence->duration != 0) || occurrence->span_id != 0;
}

/* The first time in a thread, and where the duration, if there is one, is among
 * the measurements. */
static NOINLINE void record_new(const struct occurrence *occurrence,
				struct attachment *attachment)
{
	struct cell_map *map = load_relaxed(&thread_self.owner->metric);
	const struct metric *m = attachment->metric;
	const struct measure value = duration_of(occurrence);
	struct fixed_cell *fixed;
	bool overflows;
	void *target;

	if (m->source != MEASURE_NONE && !has_duration(occurrence)) {
		on_event(occurrence, attachment);
		return;
	}
	if (!map)
		map = cell_map_open();
	if (!map)
		return;
	target = cells_find(map, attachment, occurrence, &overflows);
	if (!target)
		return;
	update(m, target, &value, occurrence);
	if (overflows)
		return;
	/* A jump out of a signal handler leaves it whole, or nobody's. */
	fixed = &map->fixed[attachment->place];
	fixed->key = 0;
	compiler_barrier();
	fixed->target = target;
	compiler_barrier();
	fixed->key = attachment->key;
}

/* The duration, if anything, is what is recorded, and the event alone says
 * where.  False: not yet in this thread. */
static ALWAYS_INLINE bool record_fixed(const struct occurrence *occurrence,
				       struct attachment *attachment,
				       uint8_t type)
{
	struct cell_map *map = load_relaxed(&thread_self.owner->metric);
	const struct measure value = duration_of(occurrence);
	const struct fixed_cell *fixed;
	const struct metric *metric;

	if (unlikely(!map))
		return false;
	fixed = &map->fixed[attachment->place];
	if (unlikely(fixed->key != attachment->key))
		return false;
	metric = attachment->metric;
	/* Most are in the first bucket: nothing is looked up for them. */
	if (type == METRIC_DISTRIBUTION &&
	    likely(value.integer <= metric->first_bound))
		update_bucket(fixed->target, 0, &value, occurrence);
	else
		update_as(metric, type, fixed->target, &value, occurrence);
	return true;
}

static ALWAYS_INLINE void record(const struct occurrence *occurrence,
				 struct attachment *attachment, uint8_t type)
{
	if (unlikely(!has_duration(occurrence) && attachment->metric->source) ||
	    unlikely(!record_fixed(occurrence, attachment, type)))
		record_new(occurrence, attachment);
}

static void on_duration(const struct occurrence *occurrence, void *config)
{
	record(occurrence, config, METRIC_DISTRIBUTION);
}

static void on_event_brief(const struct occurrence *occurrence, void *config)
{
	struct attachment *attachment = config;

	record(occurrence, attachment, attachment->metric->type);
}

static NOINLINE void record_new_brief(struct attachment *attachment,
				      uint64_t duration, uint64_t end,
				      uint64_t span_id)
{
	const struct occurrence occurrence = { .event = attachment->event,
					       .interned_keys = true,
					       .time = end,
					       .duration = duration,
					       .span_id = span_id };

	record_new(&occurrence, attachment);
}

/* A span has an id, so 0 ns are a duration. */
static ALWAYS_INLINE void record_brief(struct attachment *attachment,
				       uint8_t type, uint64_t duration,
				       uint64_t end, uint64_t span_id)
{
	struct occurrence occurrence;

	/* In registers, and no more of it than is read. */
	occurrence.time = end;
	occurrence.duration = duration;
	occurrence.span_id = span_id;
	if (unlikely(!record_fixed(&occurrence, attachment, type)))
		record_new_brief(attachment, duration, end, span_id);
}

static void brief_duration(void *config, uint64_t duration, uint64_t end,
			   uint64_t span_id)
{
	record_brief(config, METRIC_DISTRIBUTION, duration, end, span_id);
}

static void brief_event(void *config, uint64_t duration, uint64_t end,
			uint64_t span_id)
{
	struct attachment *attachment = config;

	record_brief(attachment, attachment->metric->type, duration, end,
		     span_id);
}

/* Do all occurrences of an event go to one series? */
static bool tags_are_fixed(const struct metric *metric)
{
	uint32_t i;

	for (i = 0; i < metric->tag_count; i++)
		if (!tag_is_fixed(&metric->tags[i]))
			return false;
	return !metric->room && !metric->skips;
}

/* A start has ids, but no duration. */
static bool is_brief(const struct metric *metric, const struct event *event)
{
	bool is_start = event->span && event == event->span->start;

	return (metric->source == MEASURE_NONE ||
		(metric->source == MEASURE_DURATION && !is_start)) &&
	       metric->expire == 0 && metric->definition.condition_count == 0 &&
	       tags_are_fixed(metric);
}

static int subscribe_brief(struct attachment *a, uint32_t needs)
{
	static const struct known_ways durations = { on_duration,
						     brief_duration,
						     known_prepare_metric };
	static const struct known_ways others = { on_event_brief, brief_event,
						  known_prepare_metric };
	static uint32_t number;

	a->key = hash_mix(a->metric->seed, a->event->name->hash) | 1;
	a->place = add_relaxed(&number, 1) % FIXED_CELLS;
	return event_subscribe_known(
		a->event,
		a->metric->type == METRIC_DISTRIBUTION ? &durations : &others,
		a, needs);
}

int listen_to_event(struct attachment *a)
{
	static const struct known_ways ways = { .handler = on_event,
						.prepare =
							known_prepare_metric };
	const struct metric *m = a->metric;
	uint32_t needs = metric_needs(m);

	if (m->calls_program)
		return event_subscribe_calling(a->event, calls_on_event, a,
					       needs | NEED_TIME |
						       NEED_METADATA);
	if (trace_is_on())
		return event_subscribe(a->event, trace_on_event, a,
				       needs | NEED_TIME | NEED_METADATA);
	if (is_brief(m, a->event))
		return subscribe_brief(a, needs);
	if (m->expire)
		return event_subscribe(a->event, on_event_expiring, a, needs);
	if (m->definition.condition_count)
		return event_subscribe(a->event, on_event_if, a, needs);
	return event_subscribe_known(a->event, &ways, a, needs);
}
