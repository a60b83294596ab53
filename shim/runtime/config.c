/*
 * config.c - reads the settings of config.def.
 *
 * Every error is one line with where the value is from, the offending text and
 * what was expected.  Does not judge definitions of metrics (metric/parse.c) or
 * options of reporters (the reporters do, when they are loaded).
 */
#include "runtime/config.h"

#include "base/buf.h"
#include "base/env.h"
#include "runtime/config_file.h"
#include "runtime/config_rows.h"
#include "runtime/list.h"
#include "runtime/settings.h"
#include "runtime/target.h"
#include "runtime/value.h"
#include "telemetry/builtin.h"

#include <stddef.h>
#include <string.h>

static struct config config;

static void read_row(const struct config_row *row)
{
	void *field = (char *)&config + row->field;
	const char *text = settings_get(row->name), *expected = NULL;
	const char *where = settings_where(row->name);

	if (row->preset)
		row->parse(where, row->preset, field, &expected);
	expected = NULL;
	if (text && row->parse(where, text, field, &expected) != 0 && expected)
		log_error("%s: '%.*s' is not valid; expected %s; using %s",
			  where, VALUE_SHOWN, text, expected, row->preset);
	log_set_level(config.log_level);
	log_set_file(config.log_file);
}

#define HASH_BEGIN 0xcbf29ce484222325u

/* FNV-1a: the same in every process, which the seeded hash_text() is not. */
static uint64_t hash_byte(uint64_t hash, char c)
{
	return (hash ^ (uint8_t)c) * 0x100000001b3u;
}

static uint64_t hash_on(uint64_t hash, const char *text)
{
	do {
		hash = hash_byte(hash, *text);
	} while (*text++);
	return hash;
}

/* The sum, because the order of settings means nothing. */
static void add_hash(uint64_t *sum, uint64_t hash)
{
	hash ^= hash >> 32;
	*sum += hash * 0x9e3779b97f4a7c15u;
}

#define FIELD_REPORTERS offsetof(struct config, reporters)

static bool is_record_only(void)
{
	return !config.reporters || config.apart;
}

static void add_to_group(const struct setting *setting, void *arg)
{
	const struct config_row *row = config_row_of(setting->name);

	if (row && row->scope == PROCESS)
		return;
	/* Where there are no reporters their options make no difference. */
	if (is_record_only() && (!row || row->field == FIELD_REPORTERS))
		return;
	add_hash(arg,
		 hash_on(hash_on(HASH_BEGIN, setting->name), setting->value));
}

/* Where the lines of a definition are broken means nothing. */
static uint64_t hash_definition(const char *text)
{
	uint64_t hash = HASH_BEGIN;

	for (; *text; text++)
		if (*text != '\n')
			hash = hash_byte(hash, *text);
	return hash;
}

static void name_group(void)
{
	uint64_t sum = 0x5e6d; /* of the layout that this version writes */
	struct buf b = BUF(config.group);
	const struct config_definition *d;
	int shift;

	settings_each("TELEMETRY_", add_to_group, &sum);
	settings_each("OTEL_", add_to_group, &sum);
	for (d = config.metrics ? NULL : config.definitions; d; d = d->next)
		add_hash(&sum, hash_definition(d->text));
	for (shift = 60; shift >= 0; shift -= 4)
		buf_char(&b, "0123456789abcdef"[sum >> shift & 15]);
}

struct variable {
	const char *rest; /* of the name, behind the prefix */
	bool known;
};

static void is_option_of(const char *item, size_t length, void *arg)
{
	const char *name = config_reporter_name(item, &length);
	struct variable *variable = arg;
	size_t i;

	for (i = 0; i < length; i++)
		if ((name[i] >= 'a' && name[i] <= 'z'
			     ? name[i] - 32
			     : name[i]) != variable->rest[i])
			return;
	if (variable->rest[length] == '_')
		variable->known = true;
}

/* Only a warning: the name may be that of somebody else's variable. */
static void warn_if_unknown(const char *name, const char *value, void *arg)
{
	struct variable variable = { .rest = name + strlen("TELEMETRY_") };

	(void)value;
	(void)arg;
	if (config_row_of(name))
		return;
#define REPORTER(name, metrics, live) name ","
	list_each(TELEMETRY_BUILTIN_REPORTERS(REPORTER), is_option_of,
		  &variable);
#undef REPORTER
	if (config.reporters)
		list_each(config.reporters, is_option_of, &variable);
	if (!variable.known)
		log_warn("%s: there is no such variable, and no reporter in "
			 "TELEMETRY_REPORTERS whose option it could be",
			 name);
}

/* Of what the environment alone says: a program that is to stay untouched is
 * not even made to read a file. */
static bool is_unwanted(void)
{
	bool off = false;
	const char *const names[] = { "TELEMETRY_DISABLED",
				      "OTEL_SDK_DISABLED" };
	const char *text, *expected;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names) && !off; i++) {
		text = env_get(names[i]);
		if (text)
			value_FLAG(names[i], text, &off, &expected);
	}
	return off ||
	       !target_is_wanted(config.executable, env_get("TELEMETRY_ONLY"),
				 env_get("TELEMETRY_EXCEPT"));
}

static const char *const log_rows[] = { "TELEMETRY_LOG_FILE", "TELEMETRY_LOG" };

static bool is_log_row(const char *name)
{
	return !strcmp(name, log_rows[0]) || !strcmp(name, log_rows[1]);
}

/* Where the log goes is known before anything else is wrong: first by what the
 * environment says, then by the file, before its other entries are judged. */
static void read_log_rows(bool of_environment)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(log_rows); i++)
		if ((env_get(log_rows[i]) != NULL) == of_environment)
			read_row(config_row_of(log_rows[i]));
}

static void open_log(void)
{
	read_log_rows(false);
}

static void read_file(void)
{
	const char *path = env_get("TELEMETRY_CONFIG");

	read_log_rows(true);
	if (path)
		config.definitions = config_file_read(path, open_log);
	else
		open_log();
}

static void read_all(void)
{
	const struct config_row *row;
	size_t i;

	read_file();
	for (i = 0; (row = config_row_at(i)); i++)
		if (!is_log_row(row->name))
			read_row(row);
	if (!config.service)
		config.service = target_base_name(config.executable);
}

static void finish(void)
{
	name_group();
	if (config.log_level >= LOG_WARN)
		env_each("TELEMETRY_", warn_if_unknown, NULL);
}

const struct config *config_load(void)
{
	config.executable = target_executable();
	config.untouched = target_is_secure() || is_unwanted();
	if (config.untouched)
		return &config;
	read_all();
	config.untouched = config.disabled || config.sdk_disabled ||
			   !target_is_wanted(config.executable, config.only,
					     config.except);
	finish();
	return &config;
}

const struct config *config_load_host(const char *reporters)
{
	config.executable = target_executable();
	read_all();
	config.apart = reporters != NULL;
	if (reporters)
		config.reporters = reporters;
	finish();
	return &config;
}
