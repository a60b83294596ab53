/*
 * collect_own.c - metrics of the shim about itself, which are no definitions:
 * what is not in the numbers, out of the header, and what went to overflow
 * series, out of these.
 */
#include "metric/collect.h"

#include "metric/collect_process.h"

#include <string.h>

/* Those of collect_extra.c too. */
static const char *const names[] = {
	"libc.heap.allocations", "libc.heap.failures",
	"libc.heap.frees",	 "libc.heap.allocated",
	"libc.heap.live",	 "libc.heap.allocation.size",
	"libc.heap.duration",	 "telemetry.dropped",
	"telemetry.overflowed",
};

static const struct collect_metric dropped = {
	.shape = { .type = METRIC_COUNTER, NO_CONVERSION },
	.order = ORDER_EXTRA + 1,
	.tag_count = 1,
	.name = "telemetry.dropped",
	.unit = "",
	.description = "What is not in the numbers, and why",
	.keys = { "reason" },
};

static const struct collect_metric overflowed = {
	.shape = { .type = METRIC_COUNTER, NO_CONVERSION },
	.order = ORDER_EXTRA + 2,
	.tag_count = 1,
	.name = "telemetry.overflowed",
	.unit = "",
	.description = "Values beyond the limit of series, by metric",
	.keys = { "metric" },
};

bool collect_is_own_name(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return collect_is_process_name(name);
}

struct tally *collect_tally(struct collect_image *image,
			    const struct collect_metric *like, const char *tag)
{
	struct collect_metric *metric = collect_metric(image->snapshot, like);
	const char *tags[METRIC_TAGS_MAX] = { NULL };
	struct collect_series *series;

	if (!metric)
		return NULL;
	if (like->tag_count) {
		tags[0] = collect_text(image->snapshot, tag);
		if (!tags[0])
			return NULL;
	}
	series = collect_series(image, metric, tags, false);
	return series ? &series->tally : NULL;
}

void collect_drops_defined(struct snapshot *snapshot)
{
	struct collect_metric *m = collect_metric(snapshot, &dropped);

	if (m)
		m->is_defined = true;
}

void collect_drops(struct collect_image *image)
{
	const uint64_t *counts = image->image->header->dropped;
	struct tally *tally;
	uint32_t i;

	for (i = 0; i < DROP_REASONS; i++) {
		tally = counts[i] ? collect_tally(image, &dropped,
						  drop_reason_name(i))
				  : NULL;
		if (tally)
			tally->count += counts[i];
	}
}

static void overflow(struct snapshot *snapshot, struct collect_process *process,
		     const struct collect_series *series)
{
	struct collect_image of = { .snapshot = snapshot, .process = process };
	struct tally *tally =
		collect_tally(&of, &overflowed, series->metric->name);

	/* One series each, however often it is shown. */
	if (tally)
		tally->count = series->tally.count;
}

void collect_overflowed(struct snapshot *snapshot)
{
	const struct collect_metric *m;
	const struct collect_series *s;
	struct collect_process *p;

	for (m = snapshot->metrics; m; m = m->next)
		for (s = m->series; s; s = s->next) {
			if (!s->is_overflow || !s->tally.count)
				continue;
			p = snapshot->processes;
			while (p && p->index != s->process)
				p = p->next;
			overflow(snapshot, p, s);
		}
}
