/*
 * settings.c - see settings.h.
 */
#include "runtime/settings.h"

#include "base/arena.h"
#include "base/env.h"

#include <errno.h>
#include <string.h>

struct entry {
	struct entry *next;
	struct setting setting;
};

/* Of files. */
static struct entry *entries;
static struct entry **entries_end = &entries;

static const struct setting *find(const char *name)
{
	const struct entry *e = entries;

	while (e && strcmp(e->setting.name, name) != 0)
		e = e->next;
	return e ? &e->setting : NULL;
}

const char *settings_get(const char *name)
{
	const char *value = env_get(name);
	const struct setting *setting = value ? NULL : find(name);

	return setting ? setting->value : value;
}

const char *settings_where(const char *name)
{
	const struct setting *setting = env_get(name) ? NULL : find(name);

	return setting ? setting->where : name;
}

struct each {
	void (*fn)(const struct setting *setting, void *arg);
	void *arg;
};

static void from_env(const char *name, const char *value, void *arg)
{
	const struct each *each = arg;
	const struct setting setting = { name, value, name };

	each->fn(&setting, each->arg);
}

void settings_each(const char *prefix,
		   void (*fn)(const struct setting *setting, void *arg),
		   void *arg)
{
	struct each each = { fn, arg };
	const struct entry *e;

	env_each(prefix, from_env, &each);
	for (e = entries; e; e = e->next)
		if (strncmp(e->setting.name, prefix, strlen(prefix)) == 0 &&
		    !env_get(e->setting.name))
			fn(&e->setting, arg);
}

int settings_add(const char *name, const char *value, const char *where)
{
	struct entry *e;

	if (find(name))
		return 0;
	e = arena_alloc(sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->setting.name = arena_strndup(name, strlen(name));
	e->setting.value = arena_strndup(value, strlen(value));
	e->setting.where = arena_strndup(where, strlen(where));
	if (!e->setting.name || !e->setting.value || !e->setting.where)
		return -ENOMEM;
	*entries_end = e;
	entries_end = &e->next;
	return 0;
}
