/*
 * serve_reporter.c - a host for a reporter that listens, with a snapshot that
 * is made up: hostile names and bytes, exemplars, and as many series as wanted.
 *
 *   serve_reporter REPORTER.so SERIES KEY=VALUE...
 *
 * Serves until its standard input ends, and prints what is logged.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <telemetry/reporter.h>
#include <time.h>
#include <unistd.h>

#define BOUNDS 3

static void take_log(void *unused, int level, const char *text)
{
	(void)unused;
	(void)level;
	puts(text);
	fflush(stdout);
}

static uint64_t now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static uint64_t monotonic(void *unused)
{
	(void)unused;
	return now(CLOCK_MONOTONIC);
}

/* Every byte but NUL, in two values; and keys that collide. */
static char all_bytes[2][130];
static const struct telemetry_tag hostile[][3] = {
	{ { "a.b", all_bytes[0] }, { "a_b", all_bytes[1] }, { "le", "1" } },
	{ { "a.b", "" }, { "a_b", "" }, { "le", "" } },
	{ { "a.b", "\xff" }, { "a_b", "" }, { "le", "" } },
	{ { "a.b", "\xfe" }, { "a_b", "" }, { "le", "" } },
};

static const double bounds[BOUNDS] = { 0.1, 1, 1e6 };
static const uint64_t buckets[BOUNDS + 1] = { 1, 2, 0, 1 };
static struct telemetry_exemplar exemplars[2] = {
	{ .value = 0.05, .span_id = 0xfeed },
	{ .value = 0.5, .span_id = 0xbeef },
};

static struct telemetry_sample odd[4], spread[4], *many;
static struct telemetry_tag *numbers;
static struct telemetry_metric metrics[] = {
	{ .type = TELEMETRY_COUNTER,
	  .name = "odd.calls",
	  .unit = "{call}",
	  .description = "line\nback\\slash \"quoted\"",
	  .samples = odd,
	  .sample_count = 4 },
	{ .type = TELEMETRY_DISTRIBUTION,
	  .name = "odd.time",
	  .unit = "s",
	  .description = "Time",
	  .bounds = bounds,
	  .bound_count = BOUNDS,
	  .samples = spread,
	  .sample_count = 4 },
	{ .type = TELEMETRY_SUMMARY,
	  .name = "odd.sizes",
	  .unit = "By",
	  .description = "Sizes",
	  .samples = odd,
	  .sample_count = 2 },
	{ .type = TELEMETRY_COUNTER,
	  .name = "odd_calls",
	  .unit = "",
	  .description = "collides" },
	{ .type = TELEMETRY_SUM,
	  .name = "many",
	  .unit = "",
	  .description = "Many series" },
};

static struct telemetry_process process = {
	.struct_size = sizeof(process),
	.pid = 1,
	.count = 1,
	.live = 1,
	.executable = "/usr/bin/odd \"program\"\n",
	.service = "odd\\",
};

static struct telemetry_snapshot snapshot = {
	.struct_size = sizeof(snapshot),
	.metrics = metrics,
	.metric_count = sizeof(metrics) / sizeof(metrics[0]),
	.processes = &process,
	.process_count = 1,
};

static void make_snapshot(size_t count)
{
	char *text = calloc(count + 1, 16);
	size_t i;

	for (i = 0; i < 254; i++)
		all_bytes[i / 127][i % 127] = (char)(i + 1);
	for (i = 0; i < 4; i++) {
		odd[i].tags = hostile[i];
		odd[i].tag_count = 3;
		odd[i].value = (double)i + 0.5;
		spread[i] = odd[i];
		spread[i].buckets = buckets;
		spread[i].exemplars = exemplars;
		spread[i].exemplar_count = 2;
	}
	many = calloc(count + 1, sizeof(*many));
	numbers = calloc(count + 1, sizeof(*numbers));
	for (i = 0; i < count; i++) {
		sprintf(text + 16 * i, "%zu", i);
		numbers[i] = (struct telemetry_tag){ "n", text + 16 * i };
		many[i].tags = &numbers[i];
		many[i].tag_count = 1;
		many[i].value = 1;
	}
	metrics[4].samples = many;
	metrics[4].sample_count = count;
}

/* Everything grows, and the exemplars are of this moment. */
static const struct telemetry_snapshot *look(void *unused)
{
	(void)unused;
	exemplars[0].time = exemplars[1].time = now(CLOCK_REALTIME);
	odd[0].value++;
	return &snapshot;
}

static void serve(const struct telemetry_reporter *r, void *self)
{
	struct pollfd fds[9] = { { .fd = STDIN_FILENO, .events = POLLIN } };

	while (!fds[0].revents) {
		int timeout = -1, count = r->wait(self, fds + 1, 8, &timeout);

		poll(fds, (nfds_t)count + 1, timeout);
		r->serve(self, fds + 1, count);
	}
}

int main(int argc, char **argv)
{
	static const struct telemetry_host host = {
		.struct_size = sizeof(host),
		.abi = TELEMETRY_REPORTER_ABI,
		.log = take_log,
		.monotonic_ns = monotonic,
		.snapshot = look,
	};
	void *handle = argc > 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
	const struct telemetry_reporter *r =
		handle ? dlsym(handle, "telemetry_reporter") : NULL;
	const char *expected;
	void *self;
	int i;

	if (!r || r->open(&host, &self)) {
		fprintf(stderr, "cannot load: %s\n", dlerror());
		return 1;
	}
	for (i = 3; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		*value++ = '\0';
		if (r->configure(self, argv[i], value, &expected))
			return 2;
	}
	make_snapshot(strtoul(argv[2], NULL, 10));
	if (r->start(self))
		return 3;
	serve(r, self);
	r->close(self);
	return 0;
}
