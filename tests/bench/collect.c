/*
 * collect.c - a reporter that only measures: how long a look at the whole group
 * takes.  Appends nanoseconds to the file that TELEMETRY_COLLECT_FILE names, a
 * line each 50 ms.  `make bench` builds and loads it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <telemetry/reporter.h>
#include <unistd.h>

static struct {
	const struct telemetry_host *host;
	int fd;
} collect = { .fd = -1 };

static int open_collect(const struct telemetry_host *host, void **self)
{
	collect.host = host;
	*self = &collect;
	return 0;
}

static int configure(void *self, const char *key, const char *value,
		     const char **expected)
{
	(void)self;
	if (strcmp(key, "file") != 0)
		return -ENOENT;
	*expected = "a file that can be written";
	collect.fd =
		open(value, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	return collect.fd < 0 ? -EINVAL : 0;
}

static int start(void *self)
{
	(void)self;
	return collect.fd < 0 ? -EINVAL : 0;
}

static int wait_a_moment(void *self, struct pollfd *fds, int max,
			 int *timeout_ms)
{
	(void)self;
	(void)fds;
	(void)max;
	*timeout_ms = 50;
	return 0;
}

static void serve(void *self, const struct pollfd *fds, int count)
{
	const struct telemetry_host *host = collect.host;
	uint64_t begin = host->monotonic_ns(host->context);
	const struct telemetry_snapshot *seen = host->snapshot(host->context);
	uint64_t end = host->monotonic_ns(host->context);
	char line[64];
	int length;

	(void)self;
	(void)fds;
	(void)count;
	if (!seen)
		return;
	length = snprintf(line, sizeof(line), "%llu %zu\n",
			  (unsigned long long)(end - begin),
			  seen->process_count);
	if (write(collect.fd, line, (size_t)length) != length)
		host->log(host->context, 0, "bench: the file is full");
}

/* Only so that it is called while the program runs. */
static int interval(void *self)
{
	(void)self;
	return 60000;
}

static int report(void *self, const struct telemetry_snapshot *snapshot,
		  int final, int timeout_ms)
{
	(void)self;
	(void)snapshot;
	(void) final;
	(void)timeout_ms;
	return 0;
}

TELEMETRY_REPORTER(.name = "collect", .help = "FILE  append to this file\n",
		   .open = open_collect, .configure = configure, .start = start,
		   .wait = wait_a_moment, .serve = serve, .interval = interval,
		   .report = report, );
