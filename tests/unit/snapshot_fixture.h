/*
 * snapshot_fixture.h - a made-up snapshot, metric by metric, and the page that
 * Prometheus gets of it.
 */
#ifndef TESTS_UNIT_SNAPSHOT_FIXTURE_H
#define TESTS_UNIT_SNAPSHOT_FIXTURE_H

#include "http_fixture.h"

#include <stdarg.h>
#include <stdbool.h>

static struct telemetry_metric metrics[16];
static struct telemetry_sample samples[16][32];
static struct telemetry_tag tags[16][32][8];
static struct telemetry_process processes[8];
static struct telemetry_snapshot snapshot = {
	.struct_size = sizeof(snapshot),
	.metrics = metrics,
	.processes = processes,
};

static inline void add_process(const char *executable, const char *service)
{
	processes[snapshot.process_count++] = (struct telemetry_process){
		.struct_size = sizeof(processes[0]),
		.pid = 1,
		.count = 1,
		.live = 1,
		.executable = executable,
		.service = service,
		.started = 1700000000500000000u,
	};
}

/* The last one is what add_sample() and set_bounds() are about. */
static inline struct telemetry_metric *
add_metric(enum telemetry_metric_type type, const char *name, const char *unit,
	   const char *description)
{
	size_t i = snapshot.metric_count++;

	metrics[i] = (struct telemetry_metric){
		.struct_size = sizeof(metrics[0]),
		.type = type,
		.name = name,
		.unit = unit,
		.description = description,
		.samples = samples[i],
	};
	return &metrics[i];
}

/* Tags as pairs of key and value, ended by NULL. */
static inline struct telemetry_sample *add_sample(double value, ...)
{
	size_t i = snapshot.metric_count - 1;
	size_t n = metrics[i].sample_count++;
	struct telemetry_sample *s = &samples[i][n];
	const char *key;
	va_list pairs;

	*s = (struct telemetry_sample){ .value = value, .tags = tags[i][n] };
	va_start(pairs, value);
	while ((key = va_arg(pairs, const char *)))
		tags[i][n][s->tag_count++] =
			(struct telemetry_tag){ key,
						va_arg(pairs, const char *) };
	va_end(pairs);
	return s;
}

/* A distribution's, not cumulative. */
static inline void set_buckets(struct telemetry_sample *s,
			       const uint64_t *buckets, size_t count)
{
	s->buckets = buckets;
	while (count-- > 0)
		s->count += buckets[count];
}

/* Nothing but the metrics, if not `all`. */
static inline void begin_page(bool all)
{
	fixture_snapshot = &snapshot;
	server_open("prometheus");
	if (!all) {
		set("process_labels", "false");
		set("process_names", "false");
		set("target_info", "false");
		set("self", "false");
	}
	server_start();
}

static inline char *page(const char *accept)
{
	char header[256];
	char *answer;

	snprintf(header, sizeof(header), "Accept: %s\r\n", accept);
	answer = request("GET", "/metrics", header);
	CHECK_INT(status_of(answer), 200);
	return body_of(answer);
}

static inline char *text_page(void)
{
	return page("text/plain");
}

static inline char *open_page(void)
{
	return page("application/openmetrics-text");
}

#endif
