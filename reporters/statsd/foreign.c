/*
 * foreign.c - options that come from the variables of other clients.
 *
 * Which variable is which key is in <telemetry/builtin.h>.
 */
#include "common/option.h"
#include "statsd/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Of two of one name: the last one of ours, else the first one. */
static int add_tag(struct options *s, const char *key, size_t key_length,
		   const char *value, size_t length, bool is_ours)
{
	struct telemetry_tag *tag;
	size_t i;

	for (i = 0; i < s->tag_count; i++)
		if (strlen(s->tags[i].key) == key_length &&
		    !memcmp(s->tags[i].key, key, key_length))
			break;
	if (i == OPTIONS_TAGS)
		return -EINVAL;
	if (i < s->tag_count && !is_ours)
		return 0;
	tag = &s->tags[i];
	free((char *)tag->value);
	tag->value = strndup(value, length);
	if (i == s->tag_count) {
		tag->key = strndup(key, key_length);
		s->tag_count++;
	}
	return tag->key && tag->value ? 0 : -ENOMEM;
}

int options_set_tags(struct options *s, const char *value, bool is_ours,
		     const char **expected)
{
	*expected = "KEY:VALUE with ',' between, at most 32";
	while (*value) {
		size_t length = strcspn(value, ", ");
		const char *colon = memchr(value, ':', length);
		int error;

		if (length && (!colon || colon == value))
			return -EINVAL;
		if (length) {
			size_t key = (size_t)(colon - value);

			error = add_tag(s, value, key, colon + 1,
					length - key - 1, is_ours);
			if (error)
				return error;
		}
		value += length;
		value += strspn(value, ", ");
	}
	return 0;
}

/* host[:port], [v6]:port */
static int set_host_port(struct options *s, const char *value)
{
	const char *end = value + strlen(value), *colon = strrchr(value, ':');
	size_t length;
	char *host;

	if (*value == '[') {
		end = strchr(value, ']');
		if (!end || (end[1] && end[1] != ':'))
			return -EINVAL;
		colon = end[1] ? end + 1 : NULL;
		value++;
	} else if (colon) {
		end = colon;
	}
	if (colon && option_number(&s->port[URL_ADDRESS], colon + 1, 1, 65535))
		return -EINVAL;
	length = (size_t)(end - value);
	host = length ? strndup(value, length) : NULL;
	if (!host)
		return -EINVAL;
	free(s->host[URL_ADDRESS]);
	s->host[URL_ADDRESS] = host;
	return 0;
}

/* DD_DOGSTATSD_URL */
static int set_url(struct options *s, const char *value, const char **expected)
{
	static const struct {
		const char *scheme;
		int type;
	} schemes[] = { { "unix://", 0 },
			{ "unixgram://", SOCK_DGRAM },
			{ "unixstream://", SOCK_STREAM } };
	size_t i;

	*expected = "udp://HOST:PORT, unix://PATH, unixgram://PATH or "
		    "unixstream://PATH";
	if (!strncmp(value, "udp://", 6))
		return set_host_port(s, value + 6);
	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t length = strlen(schemes[i].scheme);
		int error;

		if (strncmp(value, schemes[i].scheme, length) != 0)
			continue;
		error = option_path(&s->path[URL_ADDRESS], value + length);
		if (!error)
			s->type = schemes[i].type;
		return error;
	}
	return -EINVAL;
}

int options_set_port(uint64_t *port, const char *value, const char **expected)
{
	*expected = "a number from 1 to 65535";
	return option_number(port, value, 1, 65535);
}

/* What other programs' variables say (<telemetry/builtin.h>). */
int options_set_foreign(struct options *s, const char *key, const char *value,
			const char **expected)
{
	static const struct {
		const char *key, *tag;
	} tags[] = { { "dd_env", "env" },
		     { "dd_service", "service" },
		     { "dd_version", "version" },
		     { "dd_entity_id", "dd.internal.entity_id" } };
	size_t i;

	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (!strcmp(key, tags[i].key))
			return add_tag(s, tags[i].tag, strlen(tags[i].tag),
				       value, strlen(value), false);
	if (!strcmp(key, "dd_tags"))
		return options_set_tags(s, value, false, expected);
	if (!strcmp(key, "dd_url"))
		return set_url(s, value, expected);
	if (!strcmp(key, "dd_host"))
		return option_text(&s->host[DATADOG_ADDRESS], value);
	if (!strcmp(key, "dd_port"))
		return options_set_port(&s->port[DATADOG_ADDRESS], value,
					expected);
	if (!strcmp(key, "statsd_host"))
		return option_text(&s->host[STATSD_ADDRESS], value);
	if (!strcmp(key, "statsd_port"))
		return options_set_port(&s->port[STATSD_ADDRESS], value,
					expected);
	return -ENOENT;
}

void options_free(struct options *s)
{
	size_t i;

	for (i = 0; i < s->tag_count; i++) {
		free((char *)s->tags[i].key);
		free((char *)s->tags[i].value);
	}
	for (i = 0; i <= OWN_ADDRESS; i++) {
		free(s->host[i]);
		free(s->path[i]);
	}
	free(s->prefix);
	free(s->dry_run);
}
