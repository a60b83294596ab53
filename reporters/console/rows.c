/*
 * rows.c - picks samples out of a snapshot.
 */
#include "console/rows.h"

#include <stdlib.h>
#include <string.h>

static const struct telemetry_metric *
find(const struct telemetry_snapshot *snapshot, const char *name)
{
	size_t i;

	for (i = 0; i < snapshot->metric_count; i++)
		if (!strcmp(snapshot->metrics[i].name, name))
			return &snapshot->metrics[i];
	return NULL;
}

const char *rows_tag(const struct telemetry_sample *sample, const char *key)
{
	size_t i;

	for (i = 0; i < sample->tag_count; i++)
		if (!strcmp(sample->tags[i].key, key))
			return sample->tags[i].value;
	return "";
}

static int compare(const void *left, const void *right)
{
	const struct telemetry_sample *a =
		*(const struct telemetry_sample *const *)left;
	const struct telemetry_sample *b =
		*(const struct telemetry_sample *const *)right;
	size_t i;
	int order;

	if (a->value != b->value)
		return a->value > b->value ? -1 : 1;
	for (i = 0; i < a->tag_count && i < b->tag_count; i++) {
		order = strcmp(a->tags[i].value, b->tags[i].value);
		if (order)
			return order;
	}
	return 0;
}

struct rows rows_of(const struct telemetry_snapshot *snapshot,
		    const char *metric, uint32_t process)
{
	const struct telemetry_metric *m = find(snapshot, metric);
	struct rows rows = { NULL, 0 };
	size_t i;

	if (!m || !m->sample_count)
		return rows;
	rows.samples = calloc(m->sample_count, sizeof(*rows.samples));
	for (i = 0; rows.samples && i < m->sample_count; i++)
		if (m->samples[i].process == process)
			rows.samples[rows.count++] = &m->samples[i];
	if (rows.count)
		qsort(rows.samples, rows.count, sizeof(*rows.samples), compare);
	return rows;
}

void rows_free(struct rows *rows)
{
	free(rows->samples);
}

double rows_total_tagged(const struct telemetry_snapshot *snapshot,
			 const char *metric, uint32_t process, const char *key,
			 const char *value)
{
	const struct telemetry_metric *m = find(snapshot, metric);
	double total = 0;
	size_t i;

	for (i = 0; m && i < m->sample_count; i++)
		if (m->samples[i].process == process &&
		    (!key || !strcmp(rows_tag(&m->samples[i], key), value)))
			total += m->samples[i].value;
	return total;
}

double rows_total(const struct telemetry_snapshot *snapshot, const char *metric,
		  uint32_t process)
{
	return rows_total_tagged(snapshot, metric, process, NULL, NULL);
}
