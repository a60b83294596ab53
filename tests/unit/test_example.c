/* test_example.c - the reporter to copy. */
#include "reporter_fixture.h"

static const struct telemetry_record records[] = {
	{ .struct_size = sizeof(records[0]),
	  .kind = TELEMETRY_RECORD_STOP,
	  .name = "db.query" },
	{ .struct_size = sizeof(records[0]),
	  .kind = TELEMETRY_RECORD_EVENT,
	  .name = "shop.orders" },
	{ .struct_size = sizeof(records[0]),
	  .kind = TELEMETRY_RECORD_EXCEPTION,
	  .name = "db.query" },
};

TEST(counts_by_name)
{
	const struct telemetry_reporter *r = fixture_load("example");
	struct telemetry_batch batch = { .struct_size = sizeof(batch),
					 .records = records,
					 .record_count = 3 };
	struct telemetry_snapshot none = { .struct_size = sizeof(none) };
	void *self = fixture_open(r);

	CHECK_INT(fixture_set(r, self, "file", fixture_file()), 0);
	CHECK_INT(r->records(self, &batch, 0), 0);
	batch.record_count = 2;
	CHECK_INT(r->records(self, &batch, 0), 0);
	CHECK_INT(r->report(self, &none, 0, 1000), 0);
	CHECK_INT(r->report(self, &none, 1, 1000), 0);
	r->close(self);
	CHECK_STR(fixture_output(), "db.query=3 shop.orders=2\n");
}

TEST(counts_what_it_has_no_room_for)
{
	const struct telemetry_reporter *r = fixture_load("example");
	struct telemetry_record record = { .struct_size = sizeof(record),
					   .kind = TELEMETRY_RECORD_EVENT };
	struct telemetry_batch batch = { .struct_size = sizeof(batch),
					 .records = &record,
					 .record_count = 1 };
	struct telemetry_snapshot none = { .struct_size = sizeof(none) };
	void *self = fixture_open(r);
	char name[16];
	int i;

	CHECK_INT(fixture_set(r, self, "file", fixture_file()), 0);
	for (i = 0; i < 70; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		record.name = name;
		CHECK_INT(r->records(self, &batch, 0), 0);
	}
	CHECK_INT(r->report(self, &none, 1, 1000), 0);
	r->close(self);
	CHECK(strstr(fixture_output(), "n63=1 others=6\n") != NULL);
}

TEST(judges_its_option)
{
	const struct telemetry_reporter *r = fixture_load("example");
	void *self = fixture_open(r);

	CHECK_INT(fixture_set(r, self, "file", "relative"), -EINVAL);
	CHECK_INT(fixture_set(r, self, "port", "1"), -ENOENT);
}
