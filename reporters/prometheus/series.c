/*
 * series.c - the samples of a family that are one series.
 *
 * Two programs of one name, tags that differ only in what a label cannot show:
 * the same labels twice would be invalid, so they are added up.
 */
#define _GNU_SOURCE
#include "prometheus/series.h"

#include <stdlib.h>
#include <string.h>

const char *exposition_program(const struct telemetry_process *process)
{
	const char *slash = strrchr(process->executable, '/');

	return slash ? slash + 1 : process->executable;
}

static const char *reserved(const struct family *family)
{
	return family->type == FAMILY_HISTOGRAM ? "le"
	       : family->type == FAMILY_SUMMARY ? "quantile"
						: NULL;
}

static void add_labels(struct exposition *e, const struct family *family,
		       const struct telemetry_sample *sample)
{
	const char *taken = reserved(family);
	size_t i;

	labels_clear(&e->labels);
	if (!family->no_process && sample->process < e->process_count &&
	    (e->process_labels || family->type == FAMILY_INFO)) {
		const struct telemetry_process *process =
			&e->processes[sample->process];

		labels_add(&e->labels, "process.executable.name",
			   exposition_program(process), taken);
		labels_add(&e->labels, "service.name", process->service, taken);
	}
	for (i = 0; i < sample->tag_count; i++)
		labels_add(&e->labels, sample->tags[i].key,
			   sample->tags[i].value, taken);
}

static int compare(const void *left, const void *right, void *keys)
{
	const struct series *a = left, *b = right;
	const char *text = ((const struct text *)keys)->data;
	size_t length = a->length < b->length ? a->length : b->length;
	int order =
		length ? memcmp(text + a->labels, text + b->labels, length) : 0;

	if (order)
		return order;
	if (a->length != b->length)
		return a->length < b->length ? -1 : 1;
	/* The order of their sum is the same each time. */
	return a->sample < b->sample ? -1 : a->sample > b->sample;
}

static bool reserve(struct exposition *e, const struct family *family)
{
	size_t buckets = family->bound_count + 1;
	void *memory;

	if (family->sample_count > e->series_size) {
		memory = realloc(e->series,
				 family->sample_count * sizeof(*e->series));
		if (!memory)
			return false;
		e->series = memory;
		e->series_size = family->sample_count;
	}
	if (buckets <= e->bucket_size)
		return true;
	memory = realloc(e->buckets, buckets * sizeof(*e->buckets));
	if (!memory)
		return false;
	e->buckets = memory;
	memory = realloc(e->exemplars, buckets * sizeof(*e->exemplars));
	if (!memory)
		return false;
	e->exemplars = memory;
	e->bucket_size = buckets;
	return true;
}

static bool is_valid(const struct family *family,
		     const struct telemetry_sample *sample)
{
	return family->type != FAMILY_COUNTER || sample->value >= 0;
}

size_t series_make(struct exposition *e, const struct family *family)
{
	size_t count = 0, i;

	if (!reserve(e, family)) {
		e->out.failed = true;
		return 0;
	}
	e->keys.length = 0;
	for (i = 0; i < family->sample_count; i++) {
		const struct telemetry_sample *sample = &family->samples[i];
		struct series *s = &e->series[count];

		if (!is_valid(family, sample)) {
			e->invalid++;
			continue;
		}
		s->sample = sample;
		s->labels = e->keys.length;
		add_labels(e, family, sample);
		labels_put(&e->labels, &e->keys);
		s->length = e->keys.length - s->labels;
		count++;
	}
	e->out.failed |= e->keys.failed;
	if (e->out.failed || !count)
		return 0;
	qsort_r(e->series, count, sizeof(*e->series), compare, &e->keys);
	return count;
}

/* ---- adding up ----------------------------------------------------------- */

static void take_exemplars(struct exposition *e, const struct family *family,
			   const struct telemetry_sample *sample)
{
	size_t i, bucket;

	for (i = 0; i < sample->exemplar_count; i++) {
		const struct telemetry_exemplar *one = &sample->exemplars[i];
		const struct telemetry_exemplar **slot;

		for (bucket = 0; bucket < family->bound_count &&
				 !(one->value <= family->bounds[bucket]);)
			bucket++;
		slot = &e->exemplars[bucket];
		if (one->span_id && (!*slot || (*slot)->time <= one->time))
			*slot = one;
	}
}

static void add(struct exposition *e, const struct family *family,
		const struct telemetry_sample *sample, struct folded *folded)
{
	bool newest = family->type == FAMILY_GAUGE && !family->adds;
	size_t i;

	folded->count += sample->count;
	if (!newest)
		folded->value += sample->value;
	else if (sample->time >= folded->time)
		folded->value = sample->value;
	if (sample->time > folded->time)
		folded->time = sample->time;
	if (family->type != FAMILY_HISTOGRAM)
		return;
	for (i = 0; i <= family->bound_count; i++)
		e->buckets[i] += sample->buckets[i];
	if (e->format == FORMAT_OPENMETRICS)
		take_exemplars(e, family, sample);
}

bool series_fold(struct exposition *e, const struct family *family,
		 size_t count, size_t *at, struct folded *folded)
{
	size_t buckets = family->bound_count + 1;
	const struct series *first, *s;

	if (*at >= count)
		return false;
	first = s = &e->series[*at];
	*folded = (struct folded){ .labels = e->keys.data + first->labels,
				   .length = first->length };
	memset(e->buckets, 0, buckets * sizeof(*e->buckets));
	memset(e->exemplars, 0, buckets * sizeof(*e->exemplars));
	/* -0 + -0 is the only sum that begins with another zero. */
	folded->value = first->sample->value == 0 ? first->sample->value : 0;
	do {
		add(e, family, s->sample, folded);
		s++;
	} while (s < e->series + count && s->length == first->length &&
		 !memcmp(e->keys.data + s->labels, folded->labels, s->length));
	if (s == first + 1)
		folded->quantiles = first->sample->quantiles;
	*at = (size_t)(s - e->series);
	return true;
}
