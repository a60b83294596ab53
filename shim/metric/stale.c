/*
 * stale.c - takes out the last values of what is polled and is no more.
 *
 * Totals stay: what a process has counted is true after its end, too.
 */
#include "metric/stale.h"

#include "base/segment.h"
#include "metric/attach.h"
#include "metric/cell_map.h"

static bool takes_only(const struct metric *metric,
		       bool (*is_polled)(const struct event *event))
{
	const struct attachment *a = metric->attachments;

	while (a && is_polled(a->event))
		a = a->next;
	return metric->attachments && !a;
}

static void sweep(struct metric *metric, uint64_t then)
{
	struct series *s = metric->series, *next;
	uint64_t time;

	for (; s; s = next) {
		next = s->next_of_metric;
		time = s->is_overflow ? 0 : cell_maps_last_time(s);
		if (time && time < then)
			series_remove(s);
	}
}

void stale_remove(bool (*is_polled)(const struct event *event), uint64_t then)
{
	struct metric *m;

	if (!lock_acquire(&metrics_lock)) {
		segment_drop(DROP_LOCK, 1);
		return;
	}
	for (m = metrics_locked(); m; m = m->next)
		if (m->type == METRIC_LAST_VALUE && takes_only(m, is_polled))
			sweep(m, then);
	lock_release(&metrics_lock);
}
