/*
 * statsd_fixture.h - the StatsD reporter with made-up samples, and a receiver.
 */
#ifndef TESTS_UNIT_STATSD_FIXTURE_H
#define TESTS_UNIT_STATSD_FIXTURE_H

#include "reporter_fixture.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static struct telemetry_process statsd_process = {
	.struct_size = sizeof(statsd_process),
	.pid = 7,
	.count = 1,
	.live = 1,
	.executable = "/bin/true",
	.service = "shop",
};

static struct telemetry_metric statsd_metrics[4];
static struct telemetry_sample statsd_samples[4];
static struct telemetry_snapshot statsd_snapshot = {
	.struct_size = sizeof(statsd_snapshot),
	.metrics = statsd_metrics,
	.processes = &statsd_process,
	.process_count = 1,
};

static const struct telemetry_reporter *statsd;
static void *statsd_self;

/* key, value, ..., NULL; without our own metrics and without a prefix. */
static inline void statsd_start(const char *key, ...)
{
	va_list list;

	statsd = fixture_load("statsd");
	statsd_self = fixture_open(statsd);
	CHECK_INT(fixture_set(statsd, statsd_self, "self", "false"), 0);
	CHECK_INT(fixture_set(statsd, statsd_self, "prefix", ""), 0);
	va_start(list, key);
	for (; key; key = va_arg(list, const char *))
		CHECK_INT(fixture_set(statsd, statsd_self, key,
				      va_arg(list, const char *)),
			  0);
	va_end(list);
	CHECK_INT(statsd->start(statsd_self), 0);
}

/* A metric of that number, with one sample. */
static inline struct telemetry_sample *
statsd_metric(size_t i, uint32_t type, const char *name, double value)
{
	statsd_metrics[i] = (struct telemetry_metric){
		.struct_size = sizeof(statsd_metrics[i]),
		.type = type,
		.name = name,
		.unit = "",
		.description = "",
		.samples = &statsd_samples[i],
		.sample_count = 1,
	};
	statsd_samples[i] = (struct telemetry_sample){
		.count = type == TELEMETRY_COUNTER ? (uint64_t)value : 1,
		.value = value,
		.min = value,
		.max = value,
	};
	if (statsd_snapshot.metric_count <= i)
		statsd_snapshot.metric_count = i + 1;
	return &statsd_samples[i];
}

static inline int statsd_report(void)
{
	return statsd->report(statsd_self, &statsd_snapshot, 0, 1000);
}

/* ---- receivers ---------------------------------------------------------------- */

static char statsd_port[8];

/* Bound to a free port of that address, or to the one in statsd_port. */
static inline int statsd_listen(const char *address)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port =
					  htons((uint16_t)atoi(statsd_port)) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = v4.sin_port };
	bool is_v6 = strchr(address, ':') != NULL;
	struct sockaddr *any =
		is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
	socklen_t size = is_v6 ? sizeof(v6) : sizeof(v4);
	int fd = socket(any->sa_family, SOCK_DGRAM, 0);

	CHECK_INT(
		inet_pton(any->sa_family, address,
			  is_v6 ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr),
		1);
	if (fd < 0 || bind(fd, any, size) < 0)
		return -1;
	CHECK_INT(getsockname(fd, any, &size), 0);
	snprintf(statsd_port, sizeof(statsd_port), "%d",
		 ntohs(is_v6 ? v6.sin6_port : v4.sin_port));
	return fd;
}

/* The next datagram, "" if there is none. */
static inline const char *statsd_received(int fd)
{
	static char text[70000];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

#endif
