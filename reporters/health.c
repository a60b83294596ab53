/*
 * health.c - /health and /health/ready, for load balancers and orchestrators.
 *
 * /health says that processes of the group run; /health/ready that what they
 * need can be reached: the checks of TELEMETRY_HEALTH_CHECKS, which run at an
 * interval.  A request is answered with their last results, and never waits.
 */
#include "common/option.h"
#include "health/health.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PORT 9569
#define CHECKS_MAX 32

/* ---- options ------------------------------------------------------------- */

/* Keys of the answer that are not names of checks. */
static bool is_reserved(const char *name)
{
	static const char *const names[] = { "status",	"checks",
					     "service", "processes",
					     "version", "uptime_seconds" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static int add_check(struct health *h, const char *text, size_t length,
		     const char **expected)
{
	struct check *c = &h->checks[h->count];
	size_t i;
	int error;

	*expected = "at most 32 checks";
	if (h->count == CHECKS_MAX)
		return -EINVAL;
	memset(c, 0, sizeof(*c));
	error = target_parse(&c->target, text, length, expected);
	if (error)
		return error;
	for (i = 0; i < h->count; i++)
		if (!strcmp(h->checks[i].target.name, c->target.name))
			break;
	if (i < h->count || is_reserved(c->target.name)) {
		*expected = "names that differ, and none of status, checks, "
			    "service, processes, version, uptime_seconds";
		target_free(&c->target);
		return -EINVAL;
	}
	h->count++;
	return 0;
}

static void forget_checks(struct health *h)
{
	while (h->count > 0)
		check_fini(&h->checks[--h->count]);
}

/* Comma between them. */
static int set_checks(struct health *h, const char *value,
		      const char **expected)
{
	int error;

	forget_checks(h);
	if (!h->checks)
		h->checks = calloc(CHECKS_MAX, sizeof(*h->checks));
	if (!h->checks)
		return -ENOMEM;
	while (*value) {
		size_t blanks = strspn(value, " \t\n,");
		size_t length = strcspn(value + blanks, " \t\n,");

		value += blanks;
		if (length) {
			error = add_check(h, value, length, expected);
			if (error) {
				forget_checks(h);
				return error;
			}
		}
		value += length;
	}
	return 0;
}

static int configure(void *self, const char *key, const char *value,
		     const char **expected)
{
	struct health *h = self;

	if (!strcmp(key, "checks"))
		return set_checks(h, value, expected);
	if (!strcmp(key, "interval")) {
		*expected = "a number of ms from 100 to 3600000";
		return option_number(&h->interval_ms, value, 100, 3600000);
	}
	if (!strcmp(key, "timeout")) {
		*expected = "a number of ms from 1 to 60000";
		return option_number(&h->timeout_ms, value, 1, 60000);
	}
	return http_configure(h->http, key, value, expected);
}

/* ---- life ---------------------------------------------------------------- */

static int open_health(const struct telemetry_host *host, void **self)
{
	struct health *h = calloc(1, sizeof(*h));
	int error;

	if (!h)
		return -ENOMEM;
	h->host = host;
	h->interval_ms = 10000;
	h->timeout_ms = 1000;
	error = http_new(&h->http, &(struct http_settings){
					   .host = host,
					   .prefix = "TELEMETRY_HEALTH_",
					   .port = PORT,
					   .answer = answers_give,
					   .context = h,
					   .is_open = true,
				   });
	if (error) {
		free(h);
		return error;
	}
	*self = h;
	return 0;
}

static int start(void *self)
{
	struct health *h = self;
	bool has_hosts = false;
	size_t i;

	for (i = 0; i < h->count; i++) {
		check_init(&h->checks[i], h->timeout_ms * 1000000);
		has_hosts |= h->checks[i].target.host != NULL;
	}
	if (has_hosts) {
		h->names = names_new();
		if (!h->names)
			return -ENOMEM;
	}
	return http_start(h->http);
}

static void close_health(void *self)
{
	struct health *h = self;

	http_free(h->http);
	/* Answers what is open, so before the checks. */
	names_free(h->names);
	forget_checks(h);
	free(h->checks);
	free(h);
}

/* ---- the loop ------------------------------------------------------------ */

static void lower(int *timeout_ms, uint64_t until, uint64_t now)
{
	uint64_t ms = until <= now ? 0 : (until - now + 999999) / 1000000;

	if (*timeout_ms < 0 || ms < (uint64_t)*timeout_ms)
		*timeout_ms = (int)ms;
}

static int wait_health(void *self, struct pollfd *fds, int max, int *timeout_ms)
{
	struct health *h = self;
	int count = http_wait(h->http, fds, max, timeout_ms);
	uint64_t now = now_of(h), deadline;
	size_t i;

	for (i = 0; i < h->count && count < max; i++) {
		deadline = check_deadline(&h->checks[i]);
		if (deadline != UINT64_MAX)
			lower(timeout_ms, deadline, now);
		count += check_wait(&h->checks[i], &fds[count]);
	}
	if (h->count)
		lower(timeout_ms, h->next, now);
	h->first_name = count;
	h->name_count = 0;
	if (h->names)
		h->name_count = names_wait(h->names, fds + count, max - count,
					   timeout_ms);
	return count + h->name_count;
}

static short seen_on(const struct pollfd *fds, int count, int fd)
{
	int i;

	for (i = 0; i < count && fd >= 0; i++)
		if (fds[i].fd == fd)
			return fds[i].revents;
	return 0;
}

static void serve(void *self, const struct pollfd *fds, int count)
{
	struct health *h = self;
	uint64_t now = now_of(h);
	size_t i;

	for (i = 0; i < h->count; i++)
		check_serve(&h->checks[i], seen_on(fds, count, h->checks[i].fd),
			    now);
	if (h->names && h->first_name + h->name_count <= count)
		names_serve(h->names, fds + h->first_name, h->name_count);
	if (now >= h->next) {
		for (i = 0; i < h->count; i++)
			check_start(&h->checks[i], h->names, now);
		h->next = now + h->interval_ms * 1000000;
	}
	http_serve(h->http);
}

TELEMETRY_REPORTER(
		.name = "health",
		.help = "CHECKS         what has to be reachable: "
			"name=scheme://host:port, comma between them (none)\n"
			"INTERVAL       ms between two runs of the checks "
			"(10000)\n"
			"TIMEOUT        ms that one may take (1000)\n"
			"PORT           listen at this TCP port; 0: any "
			"(9569)\n" HTTP_HELP,
		.open = open_health, .configure = configure, .start = start,
		.close = close_health, .wait = wait_health, .serve = serve, );
