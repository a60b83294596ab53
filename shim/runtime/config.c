/*
 * config.c - reads the variables of config.def.
 *
 * Every error is one line with the variable, the offending text and what was
 * expected.  Does not judge definitions of metrics (metric/parse.c) or options
 * of reporters (the reporters do, when they are loaded).
 */
#include "runtime/config.h"

#include "base/buf.h"
#include "base/env.h"
#include "runtime/list.h"
#include "runtime/target.h"
#include "runtime/value.h"
#include "telemetry/builtin.h"

#include <stddef.h>
#include <string.h>

enum scope { PROCESS, GROUP };

struct row {
	const char *name;
	size_t field;
	const char *preset;
	int (*parse)(const char *text, void *field, const char **expected);
	enum scope scope;
};

static struct config config;

static const struct row rows[] = {
#define CONFIG(kind, field, name, preset, scope, help)                         \
	{ name, offsetof(struct config, field), preset, value_##kind, scope },
#include "runtime/config.def"
#undef CONFIG
};

static void read_row(const struct row *row)
{
	void *field = (char *)&config + row->field;
	const char *text = env_get(row->name), *expected = NULL;

	if (row->preset)
		row->parse(row->preset, field, &expected);
	expected = NULL;
	if (text && row->parse(text, field, &expected) != 0 && expected)
		log_error("%s: '%.*s' is not valid; expected %s; using %s",
			  row->name, VALUE_SHOWN, text, expected, row->preset);
	log_set_level(config.log_level);
	log_set_file(config.log_file);
}

const char *config_reporter_name(const char *item, size_t *length)
{
	size_t i;

	if (!memchr(item, '/', *length))
		return item;
	for (i = *length; item[i - 1] != '/'; i--)
		;
	item += i;
	*length -= i;
	if (*length > 3 && memcmp(item + *length - 3, ".so", 3) == 0)
		*length -= 3;
	return item;
}

struct wanted {
	void (*fn)(const char *origin, const char *text, void *arg);
	void *arg;
};

struct builtin {
	const char *name, *metrics, *live;
};

static const struct builtin *find_builtin(const char *name, size_t length)
{
	static const struct builtin builtin[] = {
#define REPORTER(name, metrics, live) { name, metrics, live },
		TELEMETRY_BUILTIN_REPORTERS(REPORTER)
#undef REPORTER
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(builtin); i++)
		if (list_is_word(name, length, builtin[i].name))
			return &builtin[i];
	return NULL;
}

const char *config_wanted_by(const char *name, size_t length)
{
	const struct builtin *builtin = find_builtin(name, length);

	return builtin ? builtin->metrics : NULL;
}

/* Of a reporter that does not come with the shim it is not known. */
static void find_live(const char *item, size_t length, void *arg)
{
	const char *name = config_reporter_name(item, &length);
	const struct builtin *builtin = find_builtin(name, length);
	char variable[64];
	struct buf b = BUF(variable);
	const char *equals, *value;

	if (builtin && !*builtin->live)
		return;
	equals = builtin ? strchr(builtin->live, '=') : NULL;
	if (equals) {
		buf_bytes(&b, builtin->live, (size_t)(equals - builtin->live));
		value = env_get(variable);
		if (!value || strcmp(value, equals + 1) != 0)
			return;
	}
	*(bool *)arg = true;
}

bool config_wants_live(const struct config *from)
{
	bool live = false;

	if (from->reporters)
		list_each(from->reporters, find_live, &live);
	return live;
}

bool config_is_listener(const char *name, size_t length)
{
	const struct builtin *builtin = find_builtin(name, length);

	return builtin && strcmp(builtin->live, "listen") == 0;
}

struct listeners {
	size_t count, others;
};

static void count_listeners(const char *item, size_t length, void *arg)
{
	const char *name = config_reporter_name(item, &length);
	struct listeners *listeners = arg;

	if (config_is_listener(name, length))
		listeners->count++;
	else
		listeners->others++;
}

bool config_listens(const struct config *from)
{
	struct listeners listeners = { 0 };

	if (from->reporters)
		list_each(from->reporters, count_listeners, &listeners);
	return listeners.count > 0;
}

bool config_only_listens(const struct config *from)
{
	struct listeners listeners = { 0 };

	if (from->reporters)
		list_each(from->reporters, count_listeners, &listeners);
	return listeners.count > 0 && !listeners.others;
}

static void find_wanted(const char *item, size_t length, void *arg)
{
	const char *name = config_reporter_name(item, &length);
	const char *definitions = config_wanted_by(name, length);
	const struct wanted *wanted = arg;

	if (definitions && *definitions)
		wanted->fn("TELEMETRY_REPORTERS", definitions, wanted->arg);
}

void config_each_wanted(const struct config *from,
			void (*fn)(const char *origin, const char *text,
				   void *arg),
			void *arg)
{
	struct wanted wanted = { fn, arg };

	if (from->reporters)
		list_each(from->reporters, find_wanted, &wanted);
}

/* FNV-1a: the same in every process, which the seeded hash_text() is not. */
static uint64_t hash_on(uint64_t hash, const char *text)
{
	do {
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3u;
	} while (*text++);
	return hash;
}

/* The sum, because the order of the environment means nothing. */
static void add_to_group(const char *name, const char *value, void *arg)
{
	uint64_t *sum = arg, hash;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].name, name) && rows[i].scope == PROCESS)
			return;
	if (!*value || !strcmp(name, "OTEL_RESOURCE_ATTRIBUTES"))
		return;
	hash = hash_on(hash_on(0xcbf29ce484222325u, name), value);
	hash ^= hash >> 32;
	*sum += hash * 0x9e3779b97f4a7c15u;
}

static void name_group(void)
{
	uint64_t sum = 0x5e6d; /* of the layout that this version writes */
	struct buf b = BUF(config.group);
	int shift;

	env_each("TELEMETRY_", add_to_group, &sum);
	env_each("OTEL_", add_to_group, &sum);
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
	size_t i;

	(void)value;
	(void)arg;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].name, name))
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

const struct config *config_load(void)
{
	size_t i;

	config.executable = target_executable();
	if (target_is_secure()) {
		config.untouched = true;
		return &config;
	}
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		read_row(&rows[i]);
		if (config.disabled || config.sdk_disabled)
			break;
	}
	config.untouched = config.disabled || config.sdk_disabled ||
			   !target_is_wanted(config.executable, config.only,
					     config.except);
	if (!config.service)
		config.service = target_base_name(config.executable);
	name_group();
	if (config.log_level >= LOG_WARN)
		env_each("TELEMETRY_", warn_if_unknown, NULL);
	return &config;
}
