/*
 * polled.h - for tests of what pollers say of this process: the numbers of the
 * last event of each name.
 */
#ifndef TESTS_LIB_POLLED_H
#define TESTS_LIB_POLLED_H

#include "parity.h"

#include <telemetry/poller.h>

#define MIB (1 << 20)

/* The numbers of the last event of each name, and how many there were. */
struct last {
	const char *event;
	unsigned int count;
	size_t fields;
	char keys[16][32];
	double values[16];
	char metadata[600];
};

static struct last all[16];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static double real(const struct telemetry_value *v)
{
	CHECK(v->type == TELEMETRY_UINT64 || v->type == TELEMETRY_DOUBLE);
	return v->type == TELEMETRY_UINT64 ? (double)v->as.u64 : v->as.f64;
}

static int keep(const char *event, const struct telemetry_fields *m,
		const struct telemetry_fields *d, void *config)
{
	struct last *last = config;
	size_t i;

	(void)event;
	pthread_mutex_lock(&lock);
	CHECK(m->count > 0 && m->count <= 16);
	last->fields = m->count;
	for (i = 0; i < m->count; i++) {
		snprintf(last->keys[i], sizeof(last->keys[i]), "%s",
			 m->items[i].key);
		last->values[i] = real(&m->items[i].value);
	}
	print_fields(last->metadata, sizeof(last->metadata), d);
	last->count++;
	pthread_mutex_unlock(&lock);
	return 0;
}

static unsigned int count_of(struct last *last)
{
	unsigned int count;

	pthread_mutex_lock(&lock);
	count = last->count;
	pthread_mutex_unlock(&lock);
	return count;
}

/* A whole tick from now on. */
static void fresh(struct last *last)
{
	unsigned int before = count_of(last);

	WAIT_FOR(count_of(last) >= before + 2);
}

static double value(struct last *last, const char *key)
{
	double result = -1;
	size_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < last->fields; i++)
		if (!strcmp(last->keys[i], key))
			result = last->values[i];
	pthread_mutex_unlock(&lock);
	return result;
}

static double known(struct last *last, const char *key)
{
	double v = value(last, key);

	if (v < 0)
		fprintf(stderr, "%s has no %s\n", last->event, key);
	CHECK(v >= 0);
	return v;
}

/* The first number in a file, or behind `key`; -1. */
static inline double in_file(const char *path, const char *key)
{
	char line[300];
	double v = -1;
	FILE *f = fopen(path, "re");

	while (f && v < 0 && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			sscanf(line + strlen(key), "%*[: \t]%lf", &v),
				sscanf(line + strlen(key), "%lf", &v);
	if (f)
		fclose(f);
	return v;
}

static int poll_one(struct last *last, const char *event)
{
	struct telemetry_measurement m = telemetry_poll_builtin(event);
	struct telemetry_poller_options o = telemetry_poller_defaults(&m, 1);
	int handle;

	o.period_ms = 1;
	last->event = event;
	CHECK(!telemetry_attach(event, event, keep, last));
	handle = telemetry_poller_start(&o);
	CHECK(handle > 0);
	WAIT_FOR(count_of(last) >= 1);
	return handle;
}

static void end(struct last *last, int handle)
{
	CHECK(!telemetry_poller_stop(handle));
	CHECK(!telemetry_detach(last->event));
}

#endif
