/*
 * series.c - what each series was at the last report.
 *
 * An open table; it grows with the number of series, which the shim bounds.
 */
#include "statsd/series.h"

#include <stdlib.h>
#include <string.h>

#define FORGET 3 /* reports without a sample of it */

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

static void add_text(uint64_t key[2], const char *text)
{
	for (; *text; text++) {
		key[0] = mix(key[0], (unsigned char)*text);
		key[1] = mix(key[1], (unsigned char)*text + 256);
	}
	key[0] = mix(key[0], 0);
	key[1] = mix(key[1], 0);
}

static void make_key(uint64_t key[2], const struct telemetry_process *process,
		     const struct telemetry_metric *m,
		     const struct telemetry_sample *s)
{
	size_t i;

	key[0] = m->type;
	key[1] = ~key[0];
	add_text(key, process->executable);
	add_text(key, process->service);
	add_text(key, m->name);
	for (i = 0; i < s->tag_count; i++) {
		add_text(key, s->tags[i].key);
		add_text(key, s->tags[i].value);
	}
	key[0] |= 1; /* 0 is an empty place */
}

static struct series *place(struct series *list, size_t size,
			    const uint64_t key[2])
{
	size_t i = (size_t)key[1] & (size - 1);

	while (list[i].key[0] &&
	       (list[i].key[0] != key[0] || list[i].key[1] != key[1]))
		i = (i + 1) & (size - 1);
	return &list[i];
}

/* Into a table of that size; what has not been seen since report `oldest` is
 * left behind. */
static bool move(struct series_table *table, size_t size, unsigned int oldest)
{
	struct series *list = calloc(size, sizeof(*list));
	size_t i, used = 0;

	if (!list)
		return false;
	for (i = 0; i < table->size; i++) {
		struct series *old = &table->list[i];

		if (!old->key[0])
			continue;
		if (old->seen < oldest) {
			free(old->buckets);
			continue;
		}
		*place(list, size, old->key) = *old;
		used++;
	}
	free(table->list);
	table->list = list;
	table->size = size;
	table->used = used;
	return true;
}

static struct series *get(struct series_table *table, const uint64_t key[2])
{
	struct series *series;

	if (table->used * 2 >= table->size &&
	    !move(table, table->size ? table->size * 2 : 256, 0))
		return NULL;
	series = place(table->list, table->size, key);
	if (!series->key[0]) {
		memset(series, 0, sizeof(*series));
		series->key[0] = key[0];
		series->key[1] = key[1];
		table->used++;
	}
	return series;
}

void series_begin(struct series_table *table)
{
	table->report++;
}

/* The differences stay in the table until the next sample: two arrays, one
 * behind the other. */
static bool take_buckets(struct series *series, size_t count,
			 const uint64_t *buckets, bool baseline)
{
	size_t i;

	if (series->bucket_count != count) {
		free(series->buckets);
		series->bucket_count = 0;
		series->buckets = calloc(count * 2, sizeof(uint64_t));
		if (!series->buckets)
			return false;
		series->bucket_count = count;
	}
	for (i = 0; i < count; i++) {
		uint64_t old = series->buckets[i];
		bool grew = buckets[i] > old;

		series->buckets[count + i] =
			grew && !baseline ? buckets[i] - old : 0;
		series->buckets[i] = grew ? buckets[i] : old;
	}
	return true;
}

bool series_update(struct series_table *table,
		   const struct telemetry_process *process,
		   const struct telemetry_metric *m,
		   const struct telemetry_sample *s, bool baseline,
		   struct series_delta *delta)
{
	bool falls = m->type == TELEMETRY_SUM && m->up_down;
	struct series *series;
	uint64_t key[2];

	memset(delta, 0, sizeof(*delta));
	make_key(key, process, m, s);
	series = get(table, key);
	if (!series)
		return false;
	series->seen = table->report;
	/* A look that saw less than the last one: what is missing has been
	 * reported, and will be seen again, or is gone. */
	if (s->count < series->count && !falls)
		return true;
	if (m->type == TELEMETRY_DISTRIBUTION) {
		if (!take_buckets(series, m->bound_count + 1, s->buckets,
				  baseline))
			return false;
		delta->buckets = series->buckets + series->bucket_count;
	}
	if (!baseline) {
		delta->count = s->count - series->count;
		delta->value = s->value - series->value;
	}
	series->count = s->count;
	series->value = s->value;
	return true;
}

void series_end(struct series_table *table, bool is_partial)
{
	unsigned int oldest = table->report - FORGET;
	bool is_old = false;
	size_t i;

	/* What was not seen was not looked for. */
	for (i = 0; i < table->size; i++) {
		struct series *series = &table->list[i];

		if (is_partial && series->key[0])
			series->seen = table->report;
		is_old |= series->key[0] && series->seen < oldest;
	}
	if (is_old && table->report > FORGET)
		move(table, table->size, oldest);
}

void series_free(struct series_table *table)
{
	size_t i;

	for (i = 0; i < table->size; i++)
		free(table->list[i].buckets);
	free(table->list);
	memset(table, 0, sizeof(*table));
}
