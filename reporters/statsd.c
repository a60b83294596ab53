/*
 * statsd.c - metrics to a StatsD or DogStatsD server.
 *
 * Where to, from its options (statsd/options.c); what is sent is in
 * statsd/push.c, how a line looks in statsd/line.c.
 */
#include "statsd/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int open_statsd(const struct telemetry_host *host, void **self)
{
	struct options *s = calloc(1, sizeof(*s));
	struct timespec now;

	if (!s)
		return -ENOMEM;
	clock_gettime(CLOCK_REALTIME, &now);
	s->push.host = host;
	s->push.peer.host = host;
	s->push.peer.link.fd = s->push.peer.look_up.fd = -1;
	s->push.rate = 1;
	s->push.self = true;
	s->push.style.absolute = true;
	s->push.random =
		((uint64_t)now.tv_sec << 30 ^ (uint64_t)now.tv_nsec) | 1;
	s->interval = 10000;
	*self = s;
	return 0;
}

static int configure(void *self, const char *key, const char *value,
		     const char **expected)
{
	return options_set(self, key, value, expected);
}

/* Our own variables, then Datadog's, then what other clients know. */
static void choose_address(struct options *s)
{
	struct peer *peer = &s->push.peer;
	int who = OWN_ADDRESS, i;

	while (who > DEFAULT_ADDRESS && !s->host[who] && !s->path[who])
		who--;
	peer->path = s->path[who];
	peer->type = who == URL_ADDRESS ? s->type : 0;
	peer->name = s->host[who] ? s->host[who] : "127.0.0.1";
	peer->port = 8125;
	for (i = DEFAULT_ADDRESS; i <= OWN_ADDRESS; i++)
		if (s->port[i] &&
		    (i == who || i == OWN_ADDRESS || who == DEFAULT_ADDRESS))
			peer->port = (uint16_t)s->port[i];
	s->push.style.datadog =
		s->dialect ? s->dialect == 2
			   : who == DATADOG_ADDRESS || who == URL_ADDRESS ||
				     s->port[DATADOG_ADDRESS] != 0;
}

static int start(void *self)
{
	struct options *s = self;
	struct line_style *style = &s->push.style;

	choose_address(s);
	s->push.peer.again_ms = s->again_ms;
	style->tags = s->tags;
	style->tag_count = s->tag_count;
	style->always = s->always ? s->always == 2 : style->datadog;
	style->empty = s->empty		? (enum line_empty)(s->empty - 1)
		       : style->datadog ? LINE_OMIT
					: LINE_NONE;
	style->decimals = s->decimals_set ? (int)s->decimals : 6;
	s->push.mtu = s->mtu;
	s->push.prefix = s->prefix ? s->prefix : style->datadog ? "" : "%s";
	if (s->dry_run)
		s->push.dry_run = *s->dry_run == '/' ? s->dry_run : "";
	return 0;
}

static int report(void *self, const struct telemetry_snapshot *snapshot,
		  int final, int timeout_ms)
{
	struct options *s = self;

	return push_report(&s->push, snapshot, final, timeout_ms);
}

static int interval(void *self)
{
	struct options *s = self;

	return (int)s->interval;
}

static void close_statsd(void *self)
{
	struct options *s = self;

	peer_close(&s->push.peer);
	series_free(&s->push.series);
	options_free(s);
	free(s);
}

TELEMETRY_REPORTER(
		.name = "statsd",
		.help = "HOST        name or address (127.0.0.1)\n"
			"PORT        (8125)\n"
			"FAMILY      any, inet or inet6 (any)\n"
			"SOCKET      path of a UNIX socket, instead of a host\n"
			"DIALECT     plain or dogstatsd (plain)\n"
			"PREFIX      in front of names; %s is the service "
			"(plain: %s)\n"
			"TAGS        KEY:VALUE,... for all\n"
			"TAGS_ALWAYS true: also where a metric has no such tag "
			"(dogstatsd: true)\n"
			"EMPTY       a tag without value: none, omit, keep, "
			"drop\n"
			"INTERVAL    ms between two reports (10000)\n"
			"MTU         bytes of a datagram (1432; UNIX socket "
			"8192)\n"
			"SAMPLE_RATE so many of the lines, above 0 to 1 (1)\n"
			"SUMS        auto, delta or counter (auto)\n"
			"TIMERS      sampled or repeated (sampled)\n"
			"DECIMALS    plain: 0 to 9 (6)\n"
			"ABSOLUTE    plain: negative gauges are set, not "
			"subtracted "
			"(true)\n"
			"RESOLVE_INTERVAL  ms between two look-ups of the "
			"host; 0: one "
			"(0)\n"
			"SELF        true: metrics of the reporter itself "
			"(true)\n"
			"DRY_RUN     stderr or a file: datagrams are written "
			"there\n",
		.open = open_statsd, .configure = configure, .start = start,
		.report = report, .interval = interval,
		.close = close_statsd, );
