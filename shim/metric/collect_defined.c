/*
 * collect_defined.c - what is defined and has not happened yet.
 *
 * A reporter that is asked shows it, so that a query finds the metric before
 * the first event, and the first event is an increase.
 */
#include "metric/collect.h"

#include "metric/attach.h"
#include "metric/model.h"

static bool is_seeded(const struct collect_metric *m)
{
	return m->tag_count == 0 && !m->up_down &&
	       (m->shape.type == METRIC_COUNTER || m->shape.type == METRIC_SUM);
}

/* 0 for each kind of process that runs and has no value. */
static void seed(struct snapshot *snapshot, struct collect_metric *m)
{
	const char *const no_tags[1] = { NULL };
	struct collect_process *p;

	for (p = snapshot->processes; p; p = p->next) {
		struct collect_image of = { .snapshot = snapshot,
					    .process = p };
		struct collect_series *s;

		if (p->view.live == 0)
			continue;
		s = collect_series(&of, m, no_tags, false);
		if (s)
			s->is_seeded = true;
	}
}

static void add(struct snapshot *snapshot, const struct metric *from,
		bool seeds)
{
	const struct metric_definition *d = &from->definition;
	struct collect_metric like = {
		.shape = { from->type, from->bound_count, d->numerator,
			   d->denominator },
		.order = from->order,
		.max_series = from->max_series,
		.expire = from->expire,
		.up_down = from->up_down,
		.tag_count = from->tag_count,
		.name = d->name,
		.unit = d->unit,
		.description = d->description,
		.bounds = d->buckets,
	};
	struct collect_metric *m;
	uint32_t i;

	for (i = 0; i < like.tag_count; i++)
		like.keys[i] = d->tags[i]->text;
	m = collect_metric(snapshot, &like);
	if (!m)
		return;
	m->is_defined = true;
	if (seeds && is_seeded(m))
		seed(snapshot, m);
}

void snapshot_add_defined(struct snapshot *snapshot, bool seeds)
{
	const struct metric *m;

	snapshot->pool.failed = false;
	collect_drops_defined(snapshot);
	/* None is deleted meanwhile. */
	if (!lock_acquire(&metrics_lock)) {
		segment_drop(DROP_LOCK, 1);
		return;
	}
	for (m = metrics_locked(); m; m = m->next)
		if (!m->deleted)
			add(snapshot, m, seeds);
	lock_release(&metrics_lock);
	if (snapshot->pool.failed) {
		snapshot->view.partial = 1;
		segment_drop(DROP_MEMORY, 1);
	}
}
