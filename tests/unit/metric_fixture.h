/*
 * metric_fixture.h - metrics without wrappers and files: defines them, emits
 * occurrences by hand, and looks samples up in a snapshot of this process.
 */
#ifndef TESTS_UNIT_METRIC_FIXTURE_H
#define TESTS_UNIT_METRIC_FIXTURE_H

#include "base/arena.h"
#include "base/log.h"
#include "base/segment.h"
#include "base/thread.h"
#include "event/event.h"
#include "metric/metric.h"
#include "metric/snapshot.h"
#include "telemetry/metrics.h"
#include "test.h"

#include <sys/mman.h>

static char fixture_log[64] = "/tmp/test-metric.XXXXXX";

/* What has been logged so far; the caller's until the next call. */
__attribute__((unused)) static const char *logged(void)
{
	static char text[16384];
	FILE *f = fopen(fixture_log, "r");
	size_t length = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	text[length] = '\0';
	if (f)
		fclose(f);
	return text;
}

__attribute__((unused)) static void forget_log(void)
{
	CHECK_INT(truncate(fixture_log, 0), 0);
}

__attribute__((destructor)) static void remove_log(void)
{
	unlink(fixture_log);
}

/* In a test's own process; the log file goes with it. */
static void setup(void)
{
	int fd = mkstemp(fixture_log);

	CHECK(fd >= 0);
	close(fd);
	log_set_file(fixture_log);
	thread_init();
	symbol_init();
	CHECK(thread_claim(&thread_self));
}

__attribute__((unused)) static void teardown(void)
{
	thread_release(&thread_self);
	unlink(fixture_log);
}

static void add_definition(const struct metric_definition *d, void *arg)
{
	*(int *)arg = metric_add(d);
}

/* Defines metrics; the result of the last metric_add(). */
__attribute__((unused)) static int define(const char *text)
{
	int result = -EINVAL;

	metric_parse("TELEMETRY_METRICS", text, add_definition, &result);
	return result;
}

struct fixture_event {
	struct telemetry_field measurements[8];
	size_t measurement_count;
	struct telemetry_field metadata[10];
	size_t metadata_count;
	bool interned;
	uint64_t time, duration;
};

__attribute__((unused)) static void emit(const char *name,
					 const struct fixture_event *e)
{
	struct occurrence o = {
		.event = event_intern(name, strlen(name)),
		.measurements = { e->measurements, e->measurement_count },
		.metadata = { e->metadata, e->metadata_count },
		.interned_keys = e->interned,
		.time = e->time,
		.duration = e->duration,
	};

	CHECK(o.event != NULL);
	event_dispatch(&o);
}

/* One measurement, and at most one tag ("" key: none). */
__attribute__((unused)) static void emit_one(const char *name,
					     struct telemetry_field measurement,
					     const char *key, const char *value)
{
	struct fixture_event e = { .measurements = { measurement },
				   .measurement_count = 1,
				   .time = 1 };

	if (key[0]) {
		e.metadata[0] = telemetry_str(key, value);
		e.metadata_count = 1;
	}
	emit(name, &e);
}

static struct segment_image fixture_image;
static struct snapshot *fixture_snapshot;

__attribute__((unused)) static const struct telemetry_snapshot *view(void)
{
	CHECK_INT(segment_read_own(&fixture_image), 0);
	fixture_snapshot = snapshot_new();
	CHECK(fixture_snapshot != NULL);
	CHECK_INT(snapshot_add(fixture_snapshot, &fixture_image), 0);
	segment_release(&fixture_image);
	return snapshot_view(fixture_snapshot);
}

__attribute__((unused)) static const struct telemetry_metric *
find_metric(const struct telemetry_snapshot *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->metric_count; i++)
		if (strcmp(s->metrics[i].name, name) == 0)
			return &s->metrics[i];
	return NULL;
}

__attribute__((unused)) static const char *
tag_of(const struct telemetry_sample *sample, const char *key)
{
	size_t i;

	for (i = 0; i < sample->tag_count; i++)
		if (strcmp(sample->tags[i].key, key) == 0)
			return sample->tags[i].value;
	return NULL;
}

/* The sample with this tag; the only one if key is "". */
__attribute__((unused)) static const struct telemetry_sample *
find_sample(const struct telemetry_snapshot *s, const char *name,
	    const char *key, const char *value)
{
	const struct telemetry_metric *m = find_metric(s, name);
	size_t i;

	if (!m)
		return NULL;
	if (key[0] == '\0') {
		CHECK_INT(m->sample_count, 1);
		return &m->samples[0];
	}
	for (i = 0; i < m->sample_count; i++) {
		const char *tag = tag_of(&m->samples[i], key);

		if (tag && strcmp(tag, value) == 0)
			return &m->samples[i];
	}
	return NULL;
}

__attribute__((unused)) static uint64_t drops(enum drop_reason reason)
{
	const struct segment_header *h = segment_header();

	return h ? h->dropped[reason] : 0;
}

/* telemetry_series_delete() of those with this tag, under the guard. */
__attribute__((unused)) static int
delete_series(const char *metric, const char *key, const char *value)
{
	struct telemetry_field tag = telemetry_str(key, value);
	int result;

	thread_release(&thread_self);
	api_set_state(API_ON);
	result = telemetry_series_delete(metric, &tag, 1);
	CHECK(thread_claim(&thread_self));
	return result;
}

/* Memory that ends where nothing is mapped: reading on is a SIGSEGV. */
__attribute__((unused)) static uint8_t *fenced(size_t size)
{
	size_t pages = (size + 4095) & ~(size_t)4095;
	uint8_t *memory = mmap(NULL, pages + 4096, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(memory != MAP_FAILED);
	CHECK_INT(mprotect(memory + pages, 4096, PROT_NONE), 0);
	return memory + pages - size;
}

/* A copy of this process's segment that may be changed. */
__attribute__((unused)) static struct segment_header *
copy_image(struct segment_image *image)
{
	struct segment_image own;
	uint8_t *bytes;

	CHECK_INT(segment_read_own(&own), 0);
	bytes = fenced(own.size);
	memcpy(bytes, own.bytes, own.size);
	*image = (struct segment_image){ .header = (void *)bytes,
					 .bytes = bytes,
					 .size = own.size };
	segment_release(&own);
	return (void *)bytes;
}

__attribute__((unused)) static const struct telemetry_snapshot *
view_of(const struct segment_image *images, size_t count)
{
	size_t i;

	fixture_snapshot = snapshot_new();
	for (i = 0; i < count; i++)
		CHECK_INT(snapshot_add(fixture_snapshot, &images[i]), 0);
	return snapshot_view(fixture_snapshot);
}

__attribute__((unused)) static void define_one_of_each(void)
{
	define("counter(c, event=a.b, tags=[k], description=\"calls\")");
	define("sum(s, event=a.b, measurement=n, tags=[k])");
	define("sum(u, event=a.b, measurement=n, up_down=true)");
	define("last_value(l, event=a.b, measurement=n)");
	define("summary(q, event=a.b, measurement=n, unit=native:second)");
	define("distribution(d, event=a.b, measurement=n, buckets=[10, 20], "
	       "unit=microsecond:millisecond)");
}

__attribute__((unused)) static void emit_some(void)
{
	int i;

	for (i = 1; i <= 10; i++)
		emit_one("a.b", telemetry_i64("n", i * 4000), "k",
			 i % 2 ? "odd" : "even");
}

#endif
