/*
 * series.c - the table of series.
 *
 * Changed under metrics_lock; a look-up without it tells from `version` whether
 * something was taken out meanwhile.  A child begins with an empty table: its
 * segment is a new one, and series that only its parent had count towards no
 * limit of the child.
 */
#include "metric/series.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/segment.h"
#include "metric/cell_map.h"
#include "metric/series_block.h"

#define BUCKETS 2048
#define STEPS_MAX 100000 /* a chain that is changed under our feet */

static LARGE struct series *table[BUCKETS];
static struct series *spares; /* under metrics_lock */
static uint32_t version;      /* odd: something is being taken out */

static struct series **bucket(uint64_t hash)
{
	return &table[(hash >> 8) % BUCKETS];
}

/* Pairs with add(): a series is complete before it is linked. */
static struct series *find(const struct metric *metric, uint64_t hash)
{
	struct series *s = load_acquire(bucket(hash));
	uint32_t steps = 0;

	while (s && (load_relaxed(&s->hash) != hash ||
		     load_relaxed(&s->metric) != metric)) {
		s = load_relaxed(&s->next);
		if (unlikely(++steps == STEPS_MAX))
			return NULL;
	}
	return s;
}

struct series *series_find(const struct metric *metric, uint64_t hash)
{
	return find(metric, hash);
}

bool series_overflows(const struct metric *metric, uint64_t hash)
{
	/* Pairs with series_remove(). */
	uint32_t before = load_acquire(&version);

	if (load_relaxed(&metric->series_count) < metric->max_series ||
	    (before & 1) ||
	    (metric->expire &&
	     touched_now() - load_relaxed(&metric->swept) >= metric->pause) ||
	    find(metric, hash))
		return false;
	/* Pairs with add(). */
	if (!load_acquire(&metric->overflow))
		return false;
	/* Pairs with series_remove(): the walk was before this look. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return load_relaxed(&version) == before;
}

static struct series *series_new(struct metric *metric, uint64_t hash)
{
	struct series *s = spares;

	if (s)
		spares = s->next;
	else
		s = arena_alloc(sizeof(*s));
	if (!s) {
		segment_drop(DROP_MEMORY, 1);
		return NULL;
	}
	store_relaxed(&s->metric, metric);
	store_relaxed(&s->hash, hash);
	store_relaxed(&s->next, NULL);
	s->is_overflow = false;
	return s;
}

static void spare(struct series *s)
{
	store_relaxed(&s->metric, NULL);
	store_relaxed(&s->next, spares);
	spares = s;
}

/* Under metrics_lock. */
static struct series *add(struct metric *metric, uint64_t hash,
			  const struct series_tags *tags)
{
	struct series *s = series_new(metric, hash);

	if (!s)
		return NULL;
	if (!series_block_make(s, tags)) {
		spare(s);
		return NULL;
	}
	s->next_of_metric = metric->series;
	metric->series = s;
	s->is_overflow = !tags;
	if (!tags) {
		/* Pairs with series_overflows(). */
		store_release(&metric->overflow, s);
		return s;
	}
	store_relaxed(&s->next, *bucket(hash));
	/* Pairs with find(). */
	store_release(bucket(hash), s);
	store_relaxed(&metric->series_count, metric->series_count + 1);
	return s;
}

static void unlink_series(const struct series *series)
{
	struct series **at = bucket(series->hash);

	while (*at && *at != series)
		at = &(*at)->next;
	if (*at)
		store_relaxed(at, series->next);
	at = &series->metric->series;
	while (*at && *at != series)
		at = &(*at)->next_of_metric;
	if (*at)
		*at = series->next_of_metric;
}

void series_remove(struct series *series)
{
	struct metric *metric = series->metric;

	/* Pairs with series_overflows(), as below. */
	store_relaxed(&version, version + 1);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	unlink_series(series);
	cell_maps_lose(series);
	series_block_remove(series);
	if (series->is_overflow)
		store_relaxed(&metric->overflow, NULL);
	else
		store_relaxed(&metric->series_count, metric->series_count - 1);
	spare(series);
	/* Pairs with series_overflows(). */
	store_release(&version, version + 1);
}

/* Takes out what has expired; not at every series that is one too many. */
static void sweep(struct metric *metric)
{
	uint32_t now = touched_now();
	struct series *s = metric->series, *next;

	if (now - metric->swept < metric->pause)
		return;
	store_relaxed(&metric->swept, now);
	for (; s; s = next) {
		next = s->next_of_metric;
		if (!s->is_overflow && cell_maps_expired(s, now))
			series_remove(s);
	}
}

struct series *series_get(struct metric *metric, uint64_t hash,
			  const struct series_tags *tags)
{
	struct series *s = find(metric, hash);

	if (s || metric->deleted)
		return s;
	if (metric->series_count >= metric->max_series && metric->expire)
		sweep(metric);
	if (metric->series_count < metric->max_series)
		return add(metric, hash, tags);
	return metric->overflow ? metric->overflow
				: add(metric, hash_overflow(metric), NULL);
}

void series_forget(struct metric *metric)
{
	metric->deleted = true;
	while (metric->series)
		series_remove(metric->series);
	metric_block_remove(metric);
}

void series_after_fork(void)
{
	size_t i;

	for (i = 0; i < BUCKETS; i++) {
		while (table[i]) {
			struct series *s = table[i];

			table[i] = s->next;
			spare(s);
		}
	}
	version = 0;
	series_block_after_fork();
}
