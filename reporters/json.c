/*
 * json.c - events, metrics and logs as lines of JSON.
 *
 * Options; what goes into the lines and where they go is in json/.
 */
#include "common/option.h"
#include "json/pump.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct json {
	struct pump pump;
	char *file, *socket;
	char *paths[PUMP_KINDS]; /* of targets, "%k" replaced */
	char *place;
	uint64_t mode, max_size, keep, max_line, interval;
};

static int open_json(const struct telemetry_host *host, void **self)
{
	struct json *j = calloc(1, sizeof(*j));
	int i;

	if (!j)
		return -ENOMEM;
	j->pump.host = host;
	j->pump.content = JSON_EVENTS;
	for (i = 0; i < PUMP_KINDS; i++)
		j->pump.targets[i].link.fd = -1;
	j->mode = 0600;
	j->keep = 1;
	j->max_line = 65536;
	j->interval = 10000;
	*self = j;
	return option_text(
		&j->pump.options.redact,
		"*password*,*passwd*,*secret*,*token*,*authorization*,"
		"*cookie*,*api_key*,*email*,*credit_card*");
}

/* ---- options ------------------------------------------------------------- */

static int set_content(struct json *j, const char *value, const char **expected)
{
	static const char *const words[] = { "events", "metrics", "logs" };
	unsigned int content = 0;
	size_t i;

	*expected = "a list of events, metrics and logs";
	while (*value) {
		size_t length = strcspn(value, ", ");

		for (i = 0; length && i < 3; i++)
			if (strlen(words[i]) == length &&
			    !memcmp(words[i], value, length))
				break;
		if (i == 3)
			return -EINVAL;
		if (length)
			content |= 1u << i;
		value += length;
		value += strspn(value, ", ");
	}
	if (!content)
		return -EINVAL;
	j->pump.content = content;
	return 0;
}

static int set_format(struct json *j, const char *value, const char **expected)
{
	static const char *const words[] = { "lines", "otlp", NULL };
	unsigned int format;

	*expected = "lines or otlp";
	if (option_word(&format, value, words))
		return -EINVAL;
	j->pump.otlp = format == 1;
	return 0;
}

static int set_mode(struct json *j, const char *value, const char **expected)
{
	unsigned long mode;
	char *end;

	*expected = "an octal number from 0200 to 0777";
	mode = strtoul(value, &end, 8);
	if (*value < '0' || *value > '7' || *end || mode > 0777 ||
	    !(mode & 0200))
		return -EINVAL;
	j->mode = mode;
	return 0;
}

static int set_level(struct json *j, const char *value, const char **expected)
{
	unsigned int level;

	*expected = "debug, info, warn or error";
	if (option_word(&level, value, json_level_names))
		return -EINVAL;
	j->pump.options.level = (enum json_level)level;
	return 0;
}

static int set_levels(struct json *j, const char *value, const char **expected)
{
	*expected = "GLOB=LEVEL with ',' between, LEVEL is debug, info, warn "
		    "or error";
	if (!json_levels_are_valid(value))
		return -EINVAL;
	return option_text(&j->pump.options.levels, value);
}

static int set_number(struct json *j, const char *key, const char *value,
		      const char **expected)
{
	if (!strcmp(key, "max_size")) {
		*expected = "bytes, 4096 or more, with K, M or G";
		return option_size(&j->max_size, value, 4096,
				   (uint64_t)1 << 60);
	}
	if (!strcmp(key, "max_files")) {
		*expected = "a number from 1 to 1000";
		return option_number(&j->keep, value, 1, 1000);
	}
	if (!strcmp(key, "max_line")) {
		*expected = "bytes from 1K to 16M";
		return option_size(&j->max_line, value, 1024, 16 << 20);
	}
	if (!strcmp(key, "interval")) {
		*expected = "milliseconds from 100 to 86400000";
		return option_number(&j->interval, value, 100, 86400000);
	}
	return -ENOENT;
}

static int configure(void *self, const char *key, const char *value,
		     const char **expected)
{
	struct json *j = self;

	if (!strcmp(key, "content"))
		return set_content(j, value, expected);
	if (!strcmp(key, "format"))
		return set_format(j, value, expected);
	if (!strcmp(key, "mode"))
		return set_mode(j, value, expected);
	if (!strcmp(key, "level"))
		return set_level(j, value, expected);
	if (!strcmp(key, "levels"))
		return set_levels(j, value, expected);
	if (!strcmp(key, "events"))
		return option_text(&j->pump.options.events, value);
	if (!strcmp(key, "fields"))
		return option_text(&j->pump.options.fields, value);
	if (!strcmp(key, "redact"))
		return option_text(&j->pump.options.redact, value);
	*expected = "an absolute path";
	if (!strcmp(key, "file"))
		return option_path(&j->file, value);
	if (!strcmp(key, "socket"))
		return option_path(&j->socket, value);
	return set_number(j, key, value, expected);
}

/* ---- start --------------------------------------------------------------- */

static int refuse(struct json *j, const char *why)
{
	j->pump.host->log(j->pump.host->context, 0, why);
	return -EINVAL;
}

/* "%k" in the path is the kind of data. */
static char *path_of(const struct json *j, int kind)
{
	static const char *const names[2][PUMP_KINDS] = {
		{ "events", "metrics", "logs" }, { "traces", "metrics", "logs" }
	};
	const char *mark = strstr(j->file, "%k");
	struct text path = { 0 };

	text_bytes(&path, j->file, (size_t)(mark - j->file));
	text_str(&path, names[j->pump.otlp][kind]);
	text_str(&path, mark + 2);
	text_char(&path, '\0');
	return path.data;
}

static int set_targets(struct json *j)
{
	int i;

	j->pump.is_split = j->file && strstr(j->file, "%k");
	for (i = 0; i < PUMP_KINDS; i++) {
		struct target *t = &j->pump.targets[i];

		if (j->pump.is_split && !(j->paths[i] = path_of(j, i)))
			return -ENOMEM;
		t->file = j->pump.is_split ? j->paths[i] : j->file;
		t->socket = j->socket;
		t->mode = (mode_t)j->mode;
		t->max_size = j->max_size;
		t->keep = j->keep;
	}
	return 0;
}

static int start(void *self)
{
	struct json *j = self;
	unsigned int content = j->pump.content;
	struct text place = { 0 };

	if (j->file && j->socket)
		return refuse(j,
			      "TELEMETRY_JSON_FILE and TELEMETRY_JSON_SOCKET "
			      "are both set; expected one of them");
	if (j->pump.otlp && (content & (content - 1)) && j->file &&
	    !strstr(j->file, "%k"))
		return refuse(j, "TELEMETRY_JSON_FILE: expected a path with %k "
				 "in it, because a file in the OTLP format has "
				 "one kind of data");
	if (j->file || j->socket) {
		text_str(&place, j->file ? "TELEMETRY_JSON_FILE: "
					 : "TELEMETRY_JSON_SOCKET: ");
		text_str(&place, j->file ? j->file : j->socket);
		text_char(&place, '\0');
		if (place.failed)
			return -ENOMEM;
	}
	j->place = place.data;
	j->pump.place = place.data;
	json_forget_choices();
	j->pump.options.max_line = j->max_line;
	return set_targets(j);
}

/* ---- work ---------------------------------------------------------------- */

static int records(void *self, const struct telemetry_batch *batch,
		   int timeout_ms)
{
	struct json *j = self;
	int error;

	if (!(j->pump.content & (JSON_EVENTS | JSON_LOGS)))
		return -EOPNOTSUPP;
	error = pump_records(&j->pump, batch, timeout_ms);
	/* Of a file; it would be the last call. */
	return error == -EOPNOTSUPP ? -EIO : error;
}

static int report(void *self, const struct telemetry_snapshot *snapshot,
		  int final, int timeout_ms)
{
	struct json *j = self;
	int i;

	(void) final;
	if (!(j->pump.content & JSON_METRICS))
		return 0;
	/* The last chance for a reader that was too slow before. */
	for (i = 0; final && i < PUMP_KINDS; i++)
		j->pump.targets[i].is_slow = false;
	return pump_metrics(&j->pump, snapshot, timeout_ms);
}

static int interval(void *self)
{
	struct json *j = self;

	return j->pump.content & JSON_METRICS ? (int)j->interval : 0;
}

static void close_json(void *self)
{
	struct json *j = self;
	int i;

	for (i = 0; i < PUMP_KINDS; i++) {
		target_close(&j->pump.targets[i]);
		free(j->paths[i]);
	}
	free(j->pump.options.events);
	free(j->pump.options.fields);
	free(j->pump.options.redact);
	free(j->pump.options.levels);
	free(j->place);
	free(j->file);
	free(j->socket);
	free(j);
}

TELEMETRY_REPORTER(
		.name = "json",
		.help = "CONTENT    events, metrics, logs: any of them "
			"(events)\n"
			"FORMAT     lines, or otlp: OTLP's JSON encoding "
			"(lines)\n"
			"FILE       append to this file or FIFO; %k is the "
			"kind of "
			"data (stderr)\n"
			"SOCKET     a UNIX socket, stream or datagram, instead "
			"of a "
			"file\n"
			"MODE       permissions of a new file, octal (0600)\n"
			"MAX_SIZE   bytes of a file, then it becomes FILE.1 "
			"(any)\n"
			"MAX_FILES  so many of these (1)\n"
			"MAX_LINE   bytes of a line; longer ones are shortened "
			"(64K)\n"
			"INTERVAL   ms between two reports of metrics (10000)\n"
			"EVENTS     globs of the spans and events (all)\n"
			"FIELDS     globs of the fields and tags (all)\n"
			"REDACT     globs of those whose values are not shown\n"
			"LEVEL      the lowest: debug, info, warn, error "
			"(debug)\n"
			"LEVELS     GLOB=LEVEL,... (failures error, the others "
			"info)\n",
		.open = open_json, .configure = configure, .start = start,
		.records = records, .report = report, .interval = interval,
		.close = close_json, );
