/*
 * collect.c - finds or makes the metrics and series of a snapshot.
 */
#include "metric/collect.h"

#include "base/hash.h"
#include "base/timens.h"

#include <string.h>

#define TWINS_MAX 16

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

/* *twins: others that have that name. */
static struct collect_metric *find_metric(const struct snapshot *snapshot,
					  const struct collect_metric *like,
					  uint64_t hash, uint32_t *twins)
{
	struct pool_link *link = pool_find(&snapshot->by_name, hash);

	for (; link; link = pool_next(link)) {
		struct collect_metric *m =
			CONTAINER_OF(link, struct collect_metric, link);

		if (strcmp(m->name, like->name) != 0)
			continue;
		if (is_same(m, like))
			return m;
		++*twins;
	}
	return NULL;
}

static void place(struct snapshot *snapshot, struct collect_metric *m)
{
	struct collect_metric **at = &snapshot->metrics;

	while (*at && (*at)->order <= m->order)
		at = &(*at)->next;
	m->next = *at;
	*at = m;
	snapshot->metric_count++;
}

struct collect_metric *collect_metric(struct snapshot *snapshot,
				      const struct collect_metric *like)
{
	uint64_t hash = hash_text(like->name, strlen(like->name));
	uint32_t twins = 0;
	struct collect_metric *m = find_metric(snapshot, like, hash, &twins);

	if (m)
		return m;
	if (twins == TWINS_MAX) {
		snapshot->corrupt = true;
		return NULL;
	}
	snapshot->has_twins |= twins > 0;
	m = copy(snapshot, like);
	if (!m ||
	    !pool_add(&snapshot->pool, &snapshot->by_name, &m->link, hash))
		return NULL;
	place(snapshot, m);
	return m;
}

/* What a series is known by. */
struct wanted {
	const struct collect_image *image;
	const struct collect_metric *metric;
	const char *const *keys, *const *tags;
	uint32_t count;
	bool is_overflow;
};

static bool is_wanted(const struct collect_series *s, const struct wanted *w)
{
	size_t size = w->count * sizeof(*w->tags);

	return s->metric == w->metric &&
	       s->process == w->image->process->index &&
	       s->is_overflow == w->is_overflow && s->tag_count == w->count &&
	       memcmp(s->tags, w->tags, size) == 0 &&
	       (s->keys == w->keys || memcmp(s->keys, w->keys, size) == 0);
}

static uint64_t hash_of(const struct wanted *w)
{
	uint64_t hash = hash_mix((uintptr_t)w->metric,
				 w->image->process->index * 2 + w->is_overflow);
	uint32_t i;

	for (i = 0; i < w->count; i++)
		hash = hash_mix(hash, (uintptr_t)w->tags[i]);
	return hash;
}

static struct collect_series *find(const struct wanted *w, uint64_t hash)
{
	struct pool_link *link;

	link = pool_find(&w->image->snapshot->series, hash);
	for (; link; link = pool_next(link)) {
		struct collect_series *s =
			CONTAINER_OF(link, struct collect_series, link);

		if (is_wanted(s, w))
			return s;
	}
	return NULL;
}

/* The metric's keys live as long as the snapshot; others are copied. */
static bool set_keys(struct snapshot *snapshot, struct collect_series *series,
		     const struct wanted *w)
{
	size_t size = w->count * sizeof(*w->keys);
	const char **keys;

	series->keys = w->keys;
	series->tag_count = w->count;
	memcpy(series->tags, w->tags, size);
	if (w->keys == w->metric->keys)
		return true;
	keys = pool_alloc(&snapshot->pool, size);
	if (keys)
		memcpy(keys, w->keys, size);
	series->keys = keys;
	return keys != NULL;
}

struct collect_series *collect_series_keyed(struct collect_image *image,
					    struct collect_metric *metric,
					    const char *const *keys,
					    const char *const *tags,
					    uint32_t count, bool is_overflow)
{
	const struct wanted w = {
		image, metric, keys, tags, count, is_overflow
	};
	struct snapshot *snapshot = image->snapshot;
	uint64_t hash = hash_of(&w);
	struct collect_series *s = find(&w, hash);

	if (s)
		return s;
	s = pool_alloc(&snapshot->pool, sizeof(*s));
	if (!s || !tally_init(&s->tally, &metric->shape, &snapshot->pool) ||
	    !set_keys(snapshot, s, &w) ||
	    !pool_add(&snapshot->pool, &snapshot->series, &s->link, hash))
		return NULL;
	s->metric = metric;
	s->process = image->process->index;
	s->is_overflow = is_overflow;
	*metric->series_end = s;
	metric->series_end = &s->next;
	metric->series_count++;
	return s;
}

struct collect_series *collect_series(struct collect_image *image,
				      struct collect_metric *metric,
				      const char *const *tags, bool is_overflow)
{
	return collect_series_keyed(image, metric, metric->keys, tags,
				    metric->tag_count, is_overflow);
}

uint32_t collect_now(void)
{
	return touched_on_machine(touched_now(), timens_monotonic());
}

bool collect_is_expired(const struct collect_series *series, uint32_t now)
{
	uint32_t expire = series->metric->expire;

	return expire && series->tally.touched && !series->is_overflow &&
	       (int32_t)(now - series->tally.touched) > (int32_t)expire;
}
