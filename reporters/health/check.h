/*
 * check.h - one health check: run now and then without ever waiting, and its
 * last result.
 */
#ifndef REPORTERS_HEALTH_CHECK_H
#define REPORTERS_HEALTH_CHECK_H

#include "health/names.h"
#include "health/probe.h"

#define CHECK_ANSWER_MAX 4096 /* bytes of an answer that are looked at */

enum check_state {
	CHECK_IDLE,
	CHECK_RESOLVING,
	CHECK_CONNECTING,
	CHECK_TALKING
};

struct check_result {
	bool known; /* there is one */
	bool up;
	char reason[64];      /* "connected", "timeout", "refused", ... */
	uint64_t at;	      /* when it ended: ns, CLOCK_MONOTONIC */
	uint64_t duration;    /* ns */
	uint64_t last_up;     /* when it was up last, 0: never */
	uint64_t run, failed; /* how often */
};

struct check {
	struct target target;
	struct check_result result;
	uint64_t timeout; /* ns, of one run */

	/* The run in progress. */
	enum check_state state;
	uint64_t number, started, now;
	int fd;
	struct exchange exchange;
	size_t sent;
	size_t received, used; /* of `answer` */
	uint8_t answer[CHECK_ANSWER_MAX];
};

void check_init(struct check *check, uint64_t timeout);
void check_fini(struct check *check);

/* Begins, if it is not running.  It may have ended when this returns. */
void check_start(struct check *check, struct names *names, uint64_t now);

/* What it waits for; false: no descriptor. */
bool check_wait(const struct check *check, struct pollfd *fd);
/* revents of its descriptor, 0 if it has none. */
void check_serve(struct check *check, short revents, uint64_t now);
/* When it will have taken too long; UINT64_MAX: it is not running. */
uint64_t check_deadline(const struct check *check);

#endif
