/*
 * choose.c - which records are written, at which level, with which fields.
 */
#include "common/glob.h"
#include "json/json.h"

#include <stdio.h>
#include <string.h>

const char *const json_level_names[] = { "debug", "info", "warn", "error",
					 NULL };

const struct json_cut json_cuts[JSON_CUTS] = {
	{ .text = JSON_WHOLE },
	{ .text = 1024 },
	{ .text = 128 },
	{ .text = 16, .bare = true },
};

#define PATTERN 256

/* The next "glob=level" of the list; false at its end, or if it is none. */
static bool next_rule(const char **list, char pattern[PATTERN],
		      enum json_level *level)
{
	const char *item = *list + strspn(*list, ", \t");
	size_t length = strcspn(item, ", \t"), i;
	const char *equals = memchr(item, '=', length);

	*list = item;
	if (!equals || equals == item || equals - item >= PATTERN)
		return false;
	memcpy(pattern, item, (size_t)(equals - item));
	pattern[equals - item] = '\0';
	for (i = 0; json_level_names[i]; i++) {
		if (strlen(json_level_names[i]) ==
			    length - (size_t)(equals - item) - 1 &&
		    !memcmp(equals + 1, json_level_names[i],
			    strlen(json_level_names[i]))) {
			*level = (enum json_level)i;
			*list = item + length;
			return true;
		}
	}
	return false;
}

bool json_levels_are_valid(const char *levels)
{
	enum json_level level;
	char pattern[PATTERN];

	while (next_rule(&levels, pattern, &level))
		;
	return *levels == '\0';
}

static enum json_level level_of(const struct json_options *options,
				const struct telemetry_record *record)
{
	bool failed = record->kind == TELEMETRY_RECORD_EXCEPTION;
	enum json_level result = failed ? JSON_ERROR : JSON_INFO, level;
	const char *rules = options->levels;
	char pattern[PATTERN], name[PATTERN];

	if (!rules)
		return result;
	snprintf(name, sizeof(name), "%s.exception", record->name);
	while (next_rule(&rules, pattern, &level))
		if (glob_chooses(pattern, record->name) ||
		    (failed && glob_chooses(pattern, name)))
			result = level;
	return result;
}

/*
 * What a list says of a key, as keys are few and each is asked about for each
 * record.  A list is told by its address until json_forget_choices().
 */
static struct choice {
	const char *list; /* NULL: nothing here */
	char key[48];
	bool chosen;
} choices[64];

void json_forget_choices(void)
{
	memset(choices, 0, sizeof(choices));
}

static bool chooses(const char *list, const char *key)
{
	uint32_t hash = (uint32_t)((uintptr_t)list >> 4);
	struct choice *c;
	size_t length;

	for (length = 0; key[length]; length++)
		hash = hash * 31 + (unsigned char)key[length];
	if (length >= sizeof(c->key))
		return glob_chooses(list, key);
	c = &choices[hash % 64];
	if (c->list != list || memcmp(c->key, key, length + 1) != 0) {
		c->list = list;
		memcpy(c->key, key, length + 1);
		c->chosen = glob_chooses(list, key);
	}
	return c->chosen;
}

bool json_choose(const struct json_options *options,
		 const struct telemetry_record *record, enum json_level *level)
{
	if (options->events && !glob_chooses(options->events, record->name))
		return false;
	*level = level_of(options, record);
	return *level >= options->level;
}

bool json_is_allowed(const struct json_options *options, const char *key)
{
	return !options->fields || chooses(options->fields, key);
}

bool json_is_secret(const struct json_options *options, const char *key)
{
	return chooses(options->redact, key);
}

const char *json_failure(const struct telemetry_record *record)
{
	if (record->failure_reason && *record->failure_reason)
		return record->failure_reason;
	return record->failure_kind && *record->failure_kind
		       ? record->failure_kind
		       : "unknown";
}

/* A span that went well is nothing to read about. */
bool json_is_log(const struct telemetry_record *record)
{
	return record->kind != TELEMETRY_RECORD_STOP;
}

void json_message(struct text *out, const struct telemetry_record *record)
{
	text_str(out, record->name);
	if (record->kind == TELEMETRY_RECORD_EXCEPTION) {
		text_str(out, ": ");
		text_str(out, json_failure(record));
	}
	text_char(out, '\0');
}
