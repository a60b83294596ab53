/*
 * json_fixture.h - the JSON reporter with made-up records and samples.
 */
#ifndef TESTS_UNIT_JSON_FIXTURE_H
#define TESTS_UNIT_JSON_FIXTURE_H

#include "reporter_fixture.h"

#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* In what was written. */
#define CHECK_HAS(text, part)                                                  \
	do {                                                                   \
		const char *text_ = (text);                                    \
		if (!strstr(text_, part))                                      \
			test_fail(__FILE__, __LINE__, "no %s in %s", part,     \
				  text_);                                      \
	} while (0)

static struct telemetry_process json_process = {
	.struct_size = sizeof(json_process),
	.pid = 7,
	.count = 1,
	.live = 1,
	.executable = "/bin/true",
	.service = "shop",
	.started = 1700000000000000000,
};

static struct telemetry_attribute json_attributes[] = {
	{ .key = "bytes",
	  .type = TELEMETRY_ATTRIBUTE_INT,
	  .is_measurement = 1,
	  .integer = 9007199254740993 },
	{ .key = "peer",
	  .type = TELEMETRY_ATTRIBUTE_STRING,
	  .string = "127.0.0.1" },
};

static struct telemetry_record json_record = {
	.struct_size = sizeof(json_record),
	.kind = TELEMETRY_RECORD_STOP,
	.name = "libc.socket.send",
	.time = 1700000001000000000,
	.duration = 1500,
	.span_id = 0xabc,
	.thread = 8,
	.attributes = json_attributes,
	.attribute_count = 2,
};

static struct telemetry_batch json_batch = {
	.struct_size = sizeof(json_batch),
	.records = &json_record,
	.record_count = 1,
	.processes = &json_process,
	.process_count = 1,
};

static const struct telemetry_reporter *json;
static void *json_self;

/* key, value, ..., NULL */
static inline void json_start(const char *key, ...)
{
	va_list list;

	json = fixture_load("json");
	json_self = fixture_open(json);
	va_start(list, key);
	for (; key; key = va_arg(list, const char *))
		CHECK_INT(fixture_set(json, json_self, key,
				      va_arg(list, const char *)),
			  0);
	va_end(list);
	CHECK_INT(json->start(json_self), 0);
}

/* Writes the record; what is in the file then.  The reporter is closed. */
static inline const char *json_written(void)
{
	CHECK_INT(json->records(json_self, &json_batch, 1000), 0);
	json->close(json_self);
	return fixture_output();
}

#endif
