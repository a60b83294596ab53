/*
 * config_reporters.c - what has to be known of configured reporters before any
 * is loaded (telemetry/builtin.h).
 */
#include "runtime/config.h"

#include "base/buf.h"
#include "runtime/list.h"
#include "runtime/settings.h"
#include "telemetry/builtin.h"

#include <string.h>

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

/* Of words with a | between them. */
static bool is_among(const char *value, const char *words)
{
	size_t length;

	for (;; words += length + 1) {
		length = strcspn(words, "|");
		if (strlen(value) == length &&
		    memcmp(value, words, length) == 0)
			return true;
		if (words[length] == '\0')
			return false;
	}
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
		value = settings_get(variable);
		if (!value || !is_among(value, equals + 1))
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

static void find_console(const char *item, size_t length, void *arg)
{
	const char *name = config_reporter_name(item, &length);

	if (list_is_word(name, length, "console"))
		*(bool *)arg = true;
}

bool config_wants_takes(const struct config *from)
{
	const char *mode = settings_get("TELEMETRY_CONSOLE_MODE");
	bool console = false;

	if (from->reporters && mode && strcmp(mode, "metrics") == 0)
		list_each(from->reporters, find_console, &console);
	return console;
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

struct search {
	const char *name;
	bool found;
};

static void compare(const char *item, size_t length, void *arg)
{
	struct search *search = arg;
	const char *name = config_reporter_name(item, &length);

	if (list_is_word(name, length, search->name))
		search->found = true;
}

bool config_lists_reporter(const char *name)
{
	struct search search = { .name = name };
	const char *reporters = settings_get("TELEMETRY_REPORTERS");

	if (reporters)
		list_each(reporters, compare, &search);
	return search.found;
}

bool config_knows_reporter(const char *name)
{
	return config_lists_reporter(name) || find_builtin(name, strlen(name));
}
