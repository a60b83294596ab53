/* test_console_summary.c - the console reporter's tables. */
#include "reporter_fixture.h"

static const struct telemetry_tag send_tags[] = { TAG("span",
						      "libc.socket.send") };
static const struct telemetry_tag query_span[] = { TAG("span", "db.query") };
static const struct telemetry_tag query_tags[] = {
	TAG("db.system.name", "sqlite"),
	TAG("db.query.text", "SELECT *\nFROM t WHERE a = ? AND b = ? AND c = ?"
			     " AND d = ? AND e = ? ORDER BY a, b, c"),
};
static const struct telemetry_tag failure_tags[] = {
	TAG("span", "libc.socket.send"),
	TAG("error.type", "EPIPE"),
};
static const struct telemetry_tag drop_tags[] = { TAG("reason", "ring") };
static const struct telemetry_tag malloc_tags[] = { TAG("function", "malloc") };
static const struct telemetry_tag calloc_tags[] = { TAG("function", "calloc") };

static const struct telemetry_sample durations[] = {
	{ .tags = send_tags,
	  .tag_count = 1,
	  .count = 1000,
	  .value = 0.02,
	  .max = 0.0015,
	  .quantiles = { 12.34e-6, 0, 45.6e-6, 0.000789 } },
	{ .tags = query_span,
	  .tag_count = 1,
	  .count = 3,
	  .value = 3.5,
	  .max = 2.5,
	  .quantiles = { 0.5, 0, 2.5, 2.5 } },
};
static const struct telemetry_sample bytes[] = {
	{ .tags = send_tags, .tag_count = 1, .count = 1000, .value = 3575644 },
};
static const struct telemetry_sample queries[] = {
	{ .tags = query_tags,
	  .tag_count = 2,
	  .count = 2,
	  .value = 3,
	  .max = 2.5,
	  .quantiles = { 0.5, 0, 2.5, 2.5 } },
	{ .tags = query_span,
	  .tag_count = 1,
	  .count = 1,
	  .value = 0.5,
	  .max = 0.5,
	  .quantiles = { 0.5, 0, 0.5, 0.5 } },
};
static const struct telemetry_sample failures[] = {
	{ .tags = failure_tags, .tag_count = 2, .count = 7, .value = 7 },
};
static const struct telemetry_sample drops[] = {
	{ .tags = drop_tags, .tag_count = 1, .count = 12, .value = 12 },
};
static const struct telemetry_sample allocations[] = {
	{ .tags = malloc_tags, .tag_count = 1, .count = 90, .value = 90 },
	{ .tags = calloc_tags, .tag_count = 1, .count = 10, .value = 10 },
	{ .tags = malloc_tags,
	  .tag_count = 1,
	  .count = 5,
	  .value = 5,
	  .process = 1 },
};
static const struct telemetry_sample live[] = {
	{ .count = 100, .value = 1536 },
};

#define METRIC(n, s)                                                           \
	{                                                                      \
		.struct_size = sizeof(struct telemetry_metric), .name = n,     \
		.unit = "", .description = "", .samples = s,                   \
		.sample_count = sizeof(s) / sizeof((s)[0])                     \
	}

static const struct telemetry_metric metrics[] = {
	METRIC("telemetry.span.duration", durations),
	METRIC("telemetry.span.bytes", bytes),
	METRIC("telemetry.query.duration", queries),
	METRIC("telemetry.exceptions", failures),
	METRIC("telemetry.dropped", drops),
	METRIC("libc.heap.allocations", allocations),
	METRIC("libc.heap.allocated", live),
	METRIC("libc.heap.live", live),
};

static const struct telemetry_process processes[] = {
	{ .struct_size = sizeof(processes[0]),
	  .pid = 2,
	  .count = 100,
	  .live = 1,
	  .executable = "/usr/bin/curl",
	  .service = "curl",
	  .started = 2000 },
	{ .struct_size = sizeof(processes[0]),
	  .pid = 1,
	  .count = 1,
	  .executable = "/bin/ba\033sh",
	  .service = "shop",
	  .started = 1000 },
};

static const struct telemetry_snapshot snapshot = {
	.struct_size = sizeof(snapshot),
	.metrics = metrics,
	.metric_count = sizeof(metrics) / sizeof(metrics[0]),
	.processes = processes,
	.process_count = 2,
};

static const char *run(const char *top)
{
	const struct telemetry_reporter *r = fixture_load("console");
	void *self = fixture_open(r);

	CHECK_INT(fixture_set(r, self, "file", fixture_file()), 0);
	if (top)
		CHECK_INT(fixture_set(r, self, "top", top), 0);
	CHECK_INT(r->report(self, &snapshot, 0, 1000), 0);
	CHECK_INT(r->report(self, &snapshot, 1, 1000), 0);
	r->close(self);
	return fixture_output();
}

static const char expected[] =
	"telemetry: shop (/bin/ba\\x1bsh, 1 process)\n"
	"  heap: 5 allocations, 0 frees, 0B allocated\n"
	"telemetry: curl (/usr/bin/curl, 100 processes, 1 still running)\n"
	"  span                               count  failed      p50      p95  "
	"    p99      max      bytes\n"
	"  db.query                               3       0    500ms    2.50s  "
	"  2.50s    2.50s\n"
	"  libc.socket.send                    1000       7   12.3us   45.6us  "
	"  789us   1.50ms    3.41MiB\n"
	"  slowest queries, by total time\n"
	"     count     mean      p99      max  text\n"
	"         2    1.50s    2.50s    2.50s  SELECT *\\nFROM t WHERE a = ? "
	"AND b = ? AND c = ? AND d = ?...\n"
	"         1    500ms    500ms    500ms  (text not known)\n"
	"  failed calls\n"
	"         7  libc.socket.send: EPIPE\n"
	"  heap: 100 allocations, 0 frees, 1.50KiB allocated, 1.50KiB live at "
	"the end\n"
	"  not in these numbers: ring 12\n";

TEST(shows_each_program_the_earliest_first)
{
	CHECK_STR(run(NULL), expected);
}

TEST(says_what_is_left_out_of_a_list)
{
	const char *text = run("1");

	CHECK(strstr(text, "SELECT") != NULL);
	CHECK(strstr(text, "(text not known)") == NULL);
	CHECK(strstr(text, "\n  ... and 1 more\n") != NULL);
}

TEST(keeps_to_100_columns)
{
	const char *line = run(NULL);

	while (*line) {
		CHECK(strcspn(line, "\n") <= 100);
		line += strcspn(line, "\n") + 1;
	}
}

TEST(says_that_numbers_are_missing)
{
	const struct telemetry_reporter *r = fixture_load("console");
	struct telemetry_snapshot partial = snapshot;
	void *self = fixture_open(r);

	partial.partial = 1;
	CHECK_INT(fixture_set(r, self, "file", fixture_file()), 0);
	CHECK_INT(r->report(self, &partial, 1, 1000), 0);
	CHECK(strstr(fixture_output(), "could not be read") != NULL);
}

TEST(takes_no_records)
{
	const struct telemetry_reporter *r = fixture_load("console");
	struct telemetry_batch none = { .struct_size = sizeof(none) };

	CHECK_INT(r->records(fixture_open(r), &none, 0), -EOPNOTSUPP);
}

TEST(judges_its_options)
{
	const struct telemetry_reporter *r = fixture_load("console");
	void *self = fixture_open(r);

	CHECK_INT(fixture_set(r, self, "mode", "summary"), 0);
	CHECK_INT(fixture_set(r, self, "mode", "Events"), -EINVAL);
	CHECK_INT(fixture_set(r, self, "top", "0"), -EINVAL);
	CHECK_INT(fixture_set(r, self, "top", "-1"), -EINVAL);
	CHECK_INT(fixture_set(r, self, "top", "1000"), 0);
	CHECK_INT(fixture_set(r, self, "top", "1001"), -EINVAL);
	CHECK_INT(fixture_set(r, self, "top", "7x"), -EINVAL);
	CHECK_INT(fixture_set(r, self, "colour", "1"), -ENOENT);
	CHECK(strstr(r->help, "MODE") && strstr(r->help, "TOP"));
}

TEST(tells_the_log_that_a_file_cannot_be_written)
{
	const struct telemetry_reporter *r = fixture_load("console");
	void *self = fixture_open(r);

	CHECK_INT(fixture_set(r, self, "file", "/nowhere/at/all"), 0);
	CHECK_INT(r->report(self, &snapshot, 1, 1000), -ENOENT);
	CHECK(strstr(fixture_log, "TELEMETRY_CONSOLE_FILE") != NULL);
	CHECK(strstr(fixture_log, "/nowhere/at/all") != NULL);
}
