/* test_json_pieces.c - what the JSON reporter keeps to write it again is of the
 * right text, thread and process. */
#include "json_fixture.h"

/* Of the same address. */
TEST(texts_are_those_of_their_batch)
{
	char key[] = "first", value[] = "1", secret[] = "plain";
	const char *text;

	json_attributes[0].key = secret;
	json_attributes[1].key = key;
	json_attributes[1].string = value;
	json_start("file", fixture_file(), NULL);
	CHECK_INT(json->records(json_self, &json_batch, 1000), 0);
	strcpy(key, "other");
	strcpy(value, "2");
	strcpy(secret, "token");
	json_process.service = "school";
	text = json_written();
	CHECK_HAS(text, "\"service\":\"shop\"");
	CHECK_HAS(text, "\"service\":\"school\"");
	CHECK_HAS(text, "{\"plain\":9007199254740993},"
			"\"metadata\":{\"first\":\"1\"}");
	CHECK_HAS(text, "{\"token\":\"REDACTED\"},"
			"\"metadata\":{\"other\":\"2\"}");
}

static char *put_quoted(char *to, const char *text)
{
	*to++ = '"';
	for (; *text; text++) {
		if (*text == '"')
			*to++ = '\\';
		*to++ = *text;
	}
	*to++ = '"';
	return to;
}

/* Short and long ones, more than are kept, all keys twice. */
TEST(texts_of_all_lengths)
{
	static struct telemetry_attribute list[1200];
	static char texts[600][80], expected[120000], *to = expected;
	size_t i, length;

	for (i = 0; i < 600; i++) {
		length = (size_t)sprintf(texts[i], "%zu", i);
		memset(texts[i] + length, 'x', i % 64);
		if (i % 9 == 0)
			texts[i][length] = '"';
	}
	to += sprintf(to, "\"metadata\":{");
	for (i = 0; i < 1200; i++) {
		list[i].key = texts[i % 600];
		list[i].type = TELEMETRY_ATTRIBUTE_STRING;
		list[i].string = texts[i * 7 % 600];
		if (i >= 600)
			continue;
		to = put_quoted(to, list[i].key);
		*to++ = ':';
		to = put_quoted(to, list[i].string);
		*to++ = i == 599 ? '}' : ',';
	}
	json_record.attributes = list;
	json_record.attribute_count = 1200;
	json_start("file", fixture_file(), "max_line", "1M", NULL);
	CHECK_HAS(json_written(), expected);
}

TEST(a_key_that_is_there_twice_is_written_once)
{
	struct telemetry_attribute list[] = {
		{ .key = "peer",
		  .integer = 1,
		  .type = TELEMETRY_ATTRIBUTE_INT },
		{ .key = "path",
		  .integer = 2,
		  .type = TELEMETRY_ATTRIBUTE_INT },
		{ .key = "peer",
		  .integer = 3,
		  .type = TELEMETRY_ATTRIBUTE_INT },
		{ .key = "0", .integer = 4, .type = TELEMETRY_ATTRIBUTE_INT },
		{ .key = "peer",
		  .integer = 5,
		  .type = TELEMETRY_ATTRIBUTE_INT,
		  .is_measurement = 1 },
		{ .key = "path",
		  .integer = 6,
		  .type = TELEMETRY_ATTRIBUTE_INT },
	};

	json_record.attributes = list;
	json_record.attribute_count = 6;
	json_start("file", fixture_file(), NULL);
	CHECK_HAS(json_written(),
		  "\"measurements\":{\"peer\":5},"
		  "\"metadata\":{\"peer\":1,\"path\":2,\"0\":4}}\n");
}

/* Threads and processes by turns, and a name that is not short. */
TEST(whose_a_record_is)
{
	static char service[600];
	struct telemetry_process processes[3] = { json_process, json_process,
						  json_process };
	struct telemetry_record records[80];
	uint32_t random = 1, i;
	const char *text;
	char part[1000];

	memset(service, 's', sizeof(service) - 1);
	processes[1].pid = 9;
	processes[2].service = service;
	for (i = 0; i < 80; i++) {
		random = random * 1664525 + 1013904223;
		records[i] = json_record;
		records[i].process = (random >> 16) % 3;
		records[i].thread = 8 + (random >> 24) % 4 * 8;
	}
	json_batch.records = records;
	json_batch.record_count = 80;
	json_batch.processes = processes;
	json_batch.process_count = 3;
	json_start("file", fixture_file(), NULL);
	text = json_written();
	for (i = 0; i < 80; i++, text = strchr(text, '\n') + 1) {
		const struct telemetry_process *p =
			&processes[records[i].process];

		snprintf(part, sizeof(part),
			 ",\"service\":\"%s\",\"executable\":\"%s\","
			 "\"pid\":%u,\"tid\":%u,\"measure",
			 p->service, p->executable, p->pid, records[i].thread);
		CHECK_HAS(text, part);
		CHECK(strstr(text, part) < strchr(text, '\n'));
	}
}
