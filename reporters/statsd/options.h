/*
 * options.h - the options of the StatsD reporter.
 */
#ifndef REPORTERS_STATSD_OPTIONS_H
#define REPORTERS_STATSD_OPTIONS_H

#include "statsd/push.h"

#define OPTIONS_TAGS 32

enum address {
	DEFAULT_ADDRESS,
	STATSD_ADDRESS,
	DATADOG_ADDRESS,
	URL_ADDRESS,
	OWN_ADDRESS
};

struct options {
	struct push push;
	/* The first of these that is set: our own variable, Datadog's, the one
	 * that other clients know. */
	char *host[OWN_ADDRESS + 1], *path[OWN_ADDRESS + 1];
	uint64_t port[OWN_ADDRESS + 1];
	int type; /* of the socket at DD_DOGSTATSD_URL */
	unsigned int dialect, empty, always, decimals_set; /* 0: not set */
	uint64_t mtu, interval, again_ms, decimals;
	char *prefix, *dry_run;
	struct telemetry_tag tags[OPTIONS_TAGS];
	size_t tag_count;
};

/* As configure() of a reporter; first the variables of others, then ours. */
int options_set(struct options *options, const char *key, const char *value,
		const char **expected);

/* Of options_set(): what other programs' variables say. */
int options_set_foreign(struct options *options, const char *key,
			const char *value, const char **expected);
int options_set_tags(struct options *options, const char *value, bool is_ours,
		     const char **expected);
int options_set_port(uint64_t *port, const char *value, const char **expected);
void options_free(struct options *options);

#endif
