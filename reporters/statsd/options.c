/*
 * options.c - the options of the StatsD reporter.
 */
#include "statsd/options.h"

#include "common/option.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static int set_word(struct options *s, const char *key, const char *value,
		    const char **expected)
{
	static const char *const dialects[] = { "plain", "dogstatsd", NULL };
	static const char *const families[] = { "any", "inet", "inet6", NULL };
	static const char *const empties[] = { "drop", "keep", "omit", "none",
					       NULL };
	static const char *const sums[] = { "auto", "delta", "counter", NULL };
	static const char *const timers[] = { "sampled", "repeated", NULL };
	static const int number[] = { AF_UNSPEC, AF_INET, AF_INET6 };
	const char *const *words;
	unsigned int word;

	if (!strcmp(key, "dialect"))
		words = dialects, *expected = "plain or dogstatsd";
	else if (!strcmp(key, "family"))
		words = families, *expected = "any, inet or inet6";
	else if (!strcmp(key, "empty"))
		words = empties, *expected = "none, omit, keep or drop";
	else if (!strcmp(key, "sums"))
		words = sums, *expected = "auto, delta or counter";
	else if (!strcmp(key, "timers"))
		words = timers, *expected = "sampled or repeated";
	else
		return -ENOENT;
	if (option_word(&word, value, words))
		return -EINVAL;
	if (words == dialects)
		s->dialect = word + 1;
	else if (words == families)
		s->push.peer.family = number[word];
	else if (words == empties)
		s->empty = word + 1;
	else if (words == sums)
		s->push.sums = (enum push_sums)word;
	else
		s->push.timers = (enum push_timers)word;
	return 0;
}

static int set_flag(struct options *s, const char *key, const char *value,
		    const char **expected)
{
	bool always;

	*expected = "true or false";
	if (!strcmp(key, "self"))
		return option_flag(&s->push.self, value);
	if (!strcmp(key, "absolute"))
		return option_flag(&s->push.style.absolute, value);
	if (!strcmp(key, "tags_always")) {
		if (option_flag(&always, value))
			return -EINVAL;
		s->always = always ? 2 : 1;
		return 0;
	}
	return -ENOENT;
}

static int set_rate(struct options *s, const char *value, const char **expected)
{
	uint64_t whole, part = 0, scale = 1;
	const char *point = strchr(value, '.');
	size_t i;

	*expected = "a number above 0, at most 1, with up to 9 decimals";
	if (!point)
		return option_number(&whole, value, 1, 1);
	if ((value[0] != '0' && value[0] != '1') || point != value + 1 ||
	    strlen(point + 1) > 9 ||
	    option_number(&part, point + 1, 0, 999999999))
		return -EINVAL;
	for (i = strlen(point + 1); i; i--)
		scale *= 10;
	part += value[0] == '1' ? scale : 0;
	if (part == 0 || part > scale)
		return -EINVAL;
	s->push.rate = (double)part / (double)scale;
	return 0;
}

static int set_number(struct options *s, const char *key, const char *value,
		      const char **expected)
{
	if (!strcmp(key, "port"))
		return options_set_port(&s->port[OWN_ADDRESS], value, expected);
	if (!strcmp(key, "mtu")) {
		*expected = "bytes from 64 to 65507";
		return option_number(&s->mtu, value, 64, 65507);
	}
	if (!strcmp(key, "interval")) {
		*expected = "milliseconds from 100 to 86400000";
		return option_number(&s->interval, value, 100, 86400000);
	}
	if (!strcmp(key, "resolve_interval")) {
		*expected = "milliseconds from 100 to 86400000, or 0";
		if (!strcmp(value, "0"))
			return option_number(&s->again_ms, value, 0, 0);
		return option_number(&s->again_ms, value, 100, 86400000);
	}
	if (!strcmp(key, "decimals")) {
		*expected = "a number from 0 to 9";
		s->decimals_set = 1;
		return option_number(&s->decimals, value, 0, 9);
	}
	return -ENOENT;
}

int options_set(struct options *s, const char *key, const char *value,
		const char **expected)
{
	int error;

	if (!strcmp(key, "host"))
		return option_text(&s->host[OWN_ADDRESS], value);
	if (!strcmp(key, "tags"))
		return options_set_tags(s, value, true, expected);
	/* An empty variable is one that is not set. */
	if (!strcmp(key, "prefix"))
		return option_text(&s->prefix,
				   strcmp(value, "none") ? value : "");
	if (!strcmp(key, "sample_rate"))
		return set_rate(s, value, expected);
	if (!strcmp(key, "socket")) {
		*expected = "an absolute path";
		return option_path(&s->path[OWN_ADDRESS], value);
	}
	if (!strcmp(key, "dry_run")) {
		*expected = "stderr or an absolute path";
		if (value[0] != '/' && strcmp(value, "stderr") != 0)
			return -EINVAL;
		return option_text(&s->dry_run, value);
	}
	error = set_word(s, key, value, expected);
	if (error == -ENOENT)
		error = set_flag(s, key, value, expected);
	if (error == -ENOENT)
		error = set_number(s, key, value, expected);
	return error == -ENOENT ? options_set_foreign(s, key, value, expected)
				: error;
}
