/*
 * health.h - what the files of the health reporter share.
 */
#ifndef REPORTERS_HEALTH_HEALTH_H
#define REPORTERS_HEALTH_HEALTH_H

#include "common/http.h"
#include "health/check.h"

#define SECOND 1000000000ull

struct health {
	const struct telemetry_host *host;
	struct http *http;
	struct names *names;
	struct check *checks;
	size_t count;
	uint64_t interval_ms, timeout_ms;
	uint64_t next; /* run of the checks: ns, CLOCK_MONOTONIC */
	/* What the snapshot said, and when it was taken. */
	uint64_t looked, started_ago;
	unsigned int live;
	char service[128], version[128];
	/* Places in the array of the last wait. */
	int first_name, name_count;
};

static inline uint64_t now_of(const struct health *h)
{
	return h->host->monotonic_ns(h->host->context);
}

/* Answers a request (struct http_settings); the context is the struct
 * health. */
void answers_give(void *context, const struct http_request *request,
		  struct http_answer *answer);

#endif
