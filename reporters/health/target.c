/* target.c - see target.h. */
#include "health/target.h"

#include "health/probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MAX 60000

static const char form[] =
	"name=scheme://host[:port][/path] or name=scheme+unix:/socket, with "
	"scheme tcp, http, postgresql, mysql or redis";

/* Ends the text at the first of these characters; what stands behind it, or
 * NULL. */
static char *cut(char *text, const char *at)
{
	char *end = text + strcspn(text, at);

	if (*end == '\0')
		return NULL;
	*end = '\0';
	return end + 1;
}

static bool name_is_valid(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

	return length > 0 && length < 64 && name[length] == '\0';
}

static bool parse_number(const char *text, long max, long *number)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	*number = strtol(text, &end, 10);
	return *end == '\0' && *number > 0 && *number <= max;
}

static int parse_key(struct target *t, char *key, const char **expected)
{
	char *value = cut(key, "=");
	long number;

	*expected = "?timeout=, user=, password= or database=";
	if (!value)
		return -EINVAL;
	if (!strcmp(key, "user")) {
		t->user = value;
	} else if (!strcmp(key, "password")) {
		t->password = value;
	} else if (!strcmp(key, "database")) {
		t->database = value;
	} else if (!strcmp(key, "timeout")) {
		*expected = "a timeout from 1 to 60000 ms";
		if (!parse_number(value, TIMEOUT_MAX, &number))
			return -EINVAL;
		t->timeout_ms = (int)number;
	} else {
		return -EINVAL;
	}
	return 0;
}

static int parse_keys(struct target *t, char *keys, const char **expected)
{
	while (keys) {
		char *next = cut(keys, "&");
		int error = parse_key(t, keys, expected);

		if (error)
			return error;
		keys = next;
	}
	return 0;
}

/* host, host:port, [v6]:port */
static int parse_host(struct target *t, char *text, const char **expected)
{
	char *port;
	long number;

	if (text[0] == '[') {
		t->host = text + 1;
		port = cut(t->host, "]");
		if (port && *port != '\0' && *port++ != ':')
			port = NULL;
		if (!port)
			return -EINVAL;
		if (*port == '\0')
			port = NULL;
	} else {
		t->host = text;
		port = cut(text, ":");
	}
	if (t->host[0] == '\0')
		return -EINVAL;
	if (!port)
		return t->port ? 0 : -EINVAL;
	*expected = "a port from 1 to 65535";
	if (!parse_number(port, 65535, &number))
		return -EINVAL;
	t->port = (unsigned int)number;
	return 0;
}

static int parse_authority(struct target *t, char *text, const char **expected)
{
	char *at = strrchr(text, '@'), *host = text;

	if (at) {
		*at = '\0';
		host = at + 1;
		t->user = text;
		t->password = cut(text, ":");
	}
	return parse_host(t, host, expected);
}

/* The path keeps its slash: the characters move one place to the left, over
 * the second slash of "//". */
static int parse_address(struct target *t, char *text, const char **expected)
{
	char *path;

	if (strncmp(text, "//", 2) != 0)
		return -EINVAL;
	text += 2;
	path = strchr(text, '/');
	if (path) {
		memmove(text - 1, text, (size_t)(path - text));
		text--;
		path[-1] = '\0';
		t->path = path;
	}
	return parse_authority(t, text, expected);
}

static int parse(struct target *t, const char **expected)
{
	char *url = cut(t->memory, "="), *rest, *kind, *keys;
	int error;

	t->name = t->memory;
	if (!url || !name_is_valid(t->name))
		return -EINVAL;
	rest = cut(url, ":");
	kind = cut(url, "+");
	t->probe = probe_find(url);
	if (!rest || !t->probe || (kind && strcmp(kind, "unix") != 0))
		return -EINVAL;
	t->port = t->probe->port;
	keys = cut(rest, "?");
	if (kind) {
		t->socket = rest;
		if (rest[0] != '/' || strlen(rest) > TARGET_SOCKET_MAX)
			return -EINVAL;
	} else {
		error = parse_address(t, rest, expected);
		if (error)
			return error;
	}
	return parse_keys(t, keys, expected);
}

int target_parse(struct target *t, const char *text, size_t length,
		 const char **expected)
{
	int error;

	memset(t, 0, sizeof(*t));
	*expected = form;
	t->memory = strndup(text, length);
	if (!t->memory)
		return -ENOMEM;
	error = parse(t, expected);
	if (error)
		target_free(t);
	return error;
}

void target_free(struct target *t)
{
	free(t->memory);
	memset(t, 0, sizeof(*t));
}
