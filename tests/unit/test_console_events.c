/* test_console_events.c - the console reporter's lines. */
#include "reporter_fixture.h"

#define AT(h, m, s) ((((h)*60ull + (m)) * 60 + (s)) * 1000000000ull)
#define US 1000ull

static const struct telemetry_attribute attributes[] = {
	{ .key = "fd", .type = TELEMETRY_ATTRIBUTE_INT, .integer = -5 },
	{ .key = "who",
	  .type = TELEMETRY_ATTRIBUTE_STRING,
	  .string = "a b\"c\033[31m\n" },
	{ .key = "x", .type = TELEMETRY_ATTRIBUTE_DOUBLE, .number = 1.5 },
	{ .key = "ok", .type = TELEMETRY_ATTRIBUTE_BOOL, .integer = 1 },
	{ .key = "address",
	  .type = TELEMETRY_ATTRIBUTE_STRING,
	  .string = "127.0.0.1" },
};

static const struct telemetry_record records[] = {
	{ .struct_size = sizeof(records[0]),
	  .kind = TELEMETRY_RECORD_STOP,
	  .name = "libc.socket.connect",
	  .time = AT(12, 0, 1) + 123456 * US,
	  .duration = 132 * US,
	  .span_id = 0x1f,
	  .parent_span_id = 0x1e,
	  .attributes = attributes,
	  .attribute_count = 5 },
	{ .struct_size = sizeof(records[0]),
	  .kind = TELEMETRY_RECORD_EVENT,
	  .name = "shop.orders",
	  .time = AT(12, 0, 1) + 123500 * US,
	  .process = 1,
	  .truncated = 1 },
	{ .struct_size = sizeof(records[0]),
	  .kind = TELEMETRY_RECORD_EXCEPTION,
	  .name = "db.query",
	  .time = AT(12, 0, 1),
	  .duration = 2000000 * US,
	  .failure_kind = "db",
	  .failure_reason = "42P01" },
};

static const struct telemetry_process processes[] = {
	{ .struct_size = sizeof(processes[0]),
	  .pid = 4711,
	  .executable = "/usr/bin/curl",
	  .service = "" },
	{ .struct_size = sizeof(processes[0]),
	  .pid = 12,
	  .executable = "sh\nop",
	  .service = "" },
};

static const struct telemetry_batch batch = {
	.struct_size = sizeof(batch),
	.records = records,
	.record_count = 3,
	.processes = processes,
	.process_count = 2,
	.lost = 9,
};

static const char *run(const char *globs)
{
	const struct telemetry_reporter *r = fixture_load("console");
	void *self = fixture_open(r);

	CHECK_INT(fixture_set(r, self, "mode", "events"), 0);
	CHECK_INT(fixture_set(r, self, "file", fixture_file()), 0);
	if (globs)
		CHECK_INT(fixture_set(r, self, "events", globs), 0);
	CHECK_INT(r->records(self, &batch, 1000), 0);
	r->close(self);
	return fixture_output();
}

TEST(writes_a_line_for_each_start_and_end_by_time)
{
	CHECK_STR(run(NULL),
		  "12:00:01.000000Z curl[4711] db.query.start\n"
		  "12:00:01.123456Z curl[4711] libc.socket.connect.start "
		  "span=000000000000001f parent=000000000000001e\n"
		  "12:00:01.123500Z sh\\nop[12] shop.orders "
		  "(more did not fit)\n"
		  "12:00:01.123588Z curl[4711] libc.socket.connect.stop "
		  "duration=132us fd=-5 who=\"a b\\\"c\\x1b[31m\\n\" "
		  "x=1.500000 ok=true address=127.0.0.1 span=000000000000001f "
		  "parent=000000000000001e\n"
		  "12:00:03.000000Z curl[4711] db.query.exception "
		  "duration=2.00s kind=db reason=42P01\n"
		  "telemetry: 9 events were overwritten before they could be "
		  "shown\n");
}

static size_t lines(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count - 1; /* of what is lost */
}

TEST(shows_the_events_that_are_chosen)
{
	CHECK_INT(lines(run("db.*")), 2);
	CHECK_INT(lines(run("*.start")), 2);
	CHECK_INT(lines(run("*,-db.*")), 3);
	CHECK_INT(lines(run("-db.*")), 3);
	CHECK_INT(lines(run("libc.socket.connect, shop.orders")), 3);
	CHECK_INT(lines(run("nothing")), 0);
}

TEST(writes_no_summary)
{
	const struct telemetry_reporter *r = fixture_load("console");
	struct telemetry_snapshot none = { .struct_size = sizeof(none),
					   .partial = 1 };
	void *self = fixture_open(r);

	CHECK_INT(fixture_set(r, self, "mode", "events"), 0);
	CHECK_INT(fixture_set(r, self, "file", fixture_file()), 0);
	CHECK_INT(r->report(self, &none, 1, 1000), 0);
	CHECK_STR(fixture_output(), "");
}
