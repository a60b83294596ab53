/*
 * env.c - the variables that are ours to read.
 *
 * Filled once, before there is a second thread; only read after that.
 */
#include "base/env.h"

#include "base/arena.h"
#include "base/segment.h"

#include <string.h>

struct variable {
	struct variable *next;
	const char *value;
	char name[]; /* terminated; the value stands behind it */
};

static struct variable *variables;
static bool captured;

static const char *const prefixes[] = { "TELEMETRY_", "OTEL_", "DD_",
					"STATSD_" };

static bool is_ours(const char *entry)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (strncmp(entry, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

static const struct variable *find(const char *name)
{
	const struct variable *v = variables;

	while (v && strcmp(v->name, name) != 0)
		v = v->next;
	return v;
}

/* Kept in the order of the environment; the first of a name counts, as it does
 * for getenv(). */
static struct variable **capture(const char *entry, struct variable **end)
{
	const char *equals = strchr(entry, '=');
	struct variable *v;

	if (!equals)
		return end;
	v = arena_alloc(sizeof(*v) + strlen(entry) + 1);
	if (!v) {
		segment_drop(DROP_MEMORY, 1);
		return end;
	}
	memcpy(v->name, entry, strlen(entry));
	v->name[equals - entry] = '\0';
	v->value = v->name + (equals - entry) + 1;
	if (find(v->name)) {
		arena_free(v, sizeof(*v) + strlen(entry) + 1);
		return end;
	}
	*end = v;
	return &v->next;
}

void env_capture(char *const *environment)
{
	struct variable **end = &variables;

	if (captured)
		return;
	captured = true;
	for (; environment && *environment; environment++)
		if (is_ours(*environment))
			end = capture(*environment, end);
}

const char *env_get(const char *name)
{
	const struct variable *v = find(name);

	return v && v->value[0] != '\0' ? v->value : NULL;
}

void env_each(const char *prefix,
	      void (*fn)(const char *name, const char *value, void *arg),
	      void *arg)
{
	const struct variable *v;

	for (v = variables; v; v = v->next)
		if (strncmp(v->name, prefix, strlen(prefix)) == 0 &&
		    v->value[0] != '\0')
			fn(v->name, v->value, arg);
}
