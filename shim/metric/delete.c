/*
 * delete.c - takes metrics and series out, for <telemetry/metrics.h>.
 */
#include "telemetry/metrics.h"

#include "event/api.h"
#include "metric/attach.h"
#include "metric/extract.h"
#include "metric/metric.h"
#include "metric/series.h"
#include "metric/tag_set.h"

#include <errno.h>
#include <string.h>

struct job {
	const char *metric;
	const struct telemetry_field *tags;
	size_t tag_count;
};

static int delete_metric(void *arg)
{
	return metric_delete(arg);
}

EXPORT int telemetry_metric_delete(const char *name)
{
	if (!name)
		return -EINVAL;
	if (!api_ready())
		return api_unready();
	return api_change(delete_metric, (void *)(uintptr_t)name);
}

/* Which tag of the metric it is; tag_count if it is none. */
static uint32_t index_of(const struct metric *metric, const char *key)
{
	uint32_t i = 0;

	while (i < metric->tag_count &&
	       strcmp(metric->definition.tags[i]->text, key) != 0)
		i++;
	return i;
}

/* The hash by which the series with these tags is known; 0: no such tag. */
static uint64_t hash_of(const struct metric *metric, const struct job *job)
{
	struct telemetry_field fields[METRIC_TAGS_MAX] = { 0 };
	struct tag_text texts[METRIC_TAGS_MAX] = { 0 };
	struct tag_set set;
	uint32_t i, at;

	for (i = 0; i < job->tag_count && i < METRIC_TAGS_MAX; i++)
		api_field_copy(&fields[i], &job->tags[i]);
	if (metric->calls.tag_set)
		return tag_set_make(&set, metric, fields,
				    (uint32_t)job->tag_count)
			       ? set.hash
			       : 0;
	for (i = 0; i < metric->tag_count; i++)
		texts[i].text = "";
	for (i = 0; i < job->tag_count; i++) {
		at = index_of(metric, fields[i].key);
		if (at == metric->tag_count)
			return 0;
		extract_text(&fields[i].value, &texts[at]);
	}
	return extract_hash_of(metric, texts);
}

/* Under event_lock(). */
static int delete_found(struct metric *metric, const struct job *job)
{
	uint64_t hash = hash_of(metric, job);
	struct series *s;

	if (hash == 0)
		return -EINVAL;
	if (!lock_acquire(&metrics_lock))
		return -EAGAIN;
	s = series_find(metric, hash);
	if (s)
		series_remove(s);
	lock_release(&metrics_lock);
	return s ? 0 : -ENOENT;
}

static int delete_series(void *arg)
{
	const struct job *job = arg;
	struct metric *m;
	bool nested;
	int error = event_lock(&nested);

	if (error)
		return error;
	m = metrics_first();
	while (m && strcmp(m->definition.name, job->metric) != 0)
		m = m->next;
	error = m ? delete_found(m, job) : -ENOENT;
	event_unlock(nested);
	return error;
}

EXPORT int telemetry_series_delete(const char *metric,
				   const struct telemetry_field *tags,
				   size_t tag_count)
{
	struct job job = { metric, tags, tag_count };

	if (!metric || tag_count > METRIC_TAGS_MAX ||
	    !api_fields_are_valid(tags, tag_count))
		return -EINVAL;
	if (!api_ready())
		return api_unready();
	return api_change(delete_series, &job);
}
