/*
 * collect.c - finds or makes the metrics and series of a snapshot.
 */
#include "metric/collect.h"

#include "base/hash.h"

#include <string.h>

const char *collect_text(struct snapshot *snapshot, const char *text)
{
	return pool_text(&snapshot->pool, &snapshot->texts, text, strlen(text));
}

static bool is_same(const struct collect_metric *a,
		    const struct collect_metric *b)
{
	uint32_t i;

	if (a->shape.type != b->shape.type ||
	    a->shape.bound_count != b->shape.bound_count ||
	    a->shape.numerator != b->shape.numerator ||
	    a->shape.denominator != b->shape.denominator ||
	    a->up_down != b->up_down || a->tag_count != b->tag_count ||
	    strcmp(a->unit, b->unit) != 0)
		return false;
	for (i = 0; i < a->tag_count; i++)
		if (strcmp(a->keys[i], b->keys[i]) != 0)
			return false;
	for (i = 0; i < a->shape.bound_count; i++)
		if (a->bounds[i] != b->bounds[i])
			return false;
	return true;
}

static struct collect_metric *copy(struct snapshot *snapshot,
				   const struct collect_metric *like)
{
	size_t size = like->shape.bound_count * sizeof(double);
	struct collect_metric *m = pool_alloc(&snapshot->pool, sizeof(*m));
	double *bounds = pool_alloc(&snapshot->pool, size);
	uint32_t i;

	if (!m || !bounds)
		return NULL;
	*m = *like;
	if (size)
		memcpy(bounds, like->bounds, size);
	m->bounds = bounds;
	m->name = collect_text(snapshot, like->name);
	m->unit = collect_text(snapshot, like->unit);
	m->description = collect_text(snapshot, like->description);
	for (i = 0; i < m->tag_count; i++)
		m->keys[i] = collect_text(snapshot, like->keys[i]);
	m->series = NULL;
	m->series_end = &m->series;
	return snapshot->pool.failed ? NULL : m;
}

struct collect_metric *collect_metric(struct snapshot *snapshot,
				      const struct collect_metric *like)
{
	struct collect_metric **at = &snapshot->metrics, *m;

	for (m = *at; m; m = m->next)
		if (strcmp(m->name, like->name) == 0) {
			if (is_same(m, like))
				return m;
			snapshot->corrupt = true;
			return NULL;
		}
	m = copy(snapshot, like);
	if (!m)
		return NULL;
	while (*at && (*at)->order <= m->order)
		at = &(*at)->next;
	m->next = *at;
	*at = m;
	snapshot->metric_count++;
	return m;
}

static bool has_tags(const struct collect_series *series,
		     const char *const *tags)
{
	return memcmp(series->tags, tags,
		      series->metric->tag_count * sizeof(*tags)) == 0;
}

static struct collect_series *find(const struct collect_image *image,
				   const struct collect_metric *metric,
				   const char *const *tags, bool is_overflow,
				   uint64_t hash)
{
	struct pool_link *link = pool_find(&image->snapshot->series, hash);

	for (; link; link = pool_next(link)) {
		struct collect_series *s =
			CONTAINER_OF(link, struct collect_series, link);

		if (s->metric == metric &&
		    s->process == image->process->index &&
		    s->is_overflow == is_overflow && has_tags(s, tags))
			return s;
	}
	return NULL;
}

struct collect_series *collect_series(struct collect_image *image,
				      struct collect_metric *metric,
				      const char *const *tags, bool is_overflow)
{
	struct snapshot *snapshot = image->snapshot;
	uint64_t hash = hash_mix((uintptr_t)metric,
				 image->process->index * 2 + is_overflow);
	struct collect_series *s;
	uint32_t i;

	for (i = 0; i < metric->tag_count; i++)
		hash = hash_mix(hash, (uintptr_t)tags[i]);
	s = find(image, metric, tags, is_overflow, hash);
	if (s)
		return s;
	s = pool_alloc(&snapshot->pool, sizeof(*s));
	if (!s || !tally_init(&s->tally, &metric->shape, &snapshot->pool) ||
	    !pool_add(&snapshot->pool, &snapshot->series, &s->link, hash))
		return NULL;
	s->metric = metric;
	s->process = image->process->index;
	s->is_overflow = is_overflow;
	memcpy(s->tags, tags, metric->tag_count * sizeof(*tags));
	*metric->series_end = s;
	metric->series_end = &s->next;
	metric->series_count++;
	return s;
}
