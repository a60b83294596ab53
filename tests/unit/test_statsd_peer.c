/* test_statsd_peer.c - receivers of the StatsD reporter that are absent, slow,
 * elsewhere or started again.  Names of tests have the numbers of
 * tests/parity/README.md. */
#include "statsd_fixture.h"

#include <netdb.h>

/* ---- a resolver that this test is in charge of ----------------------------------- */

static const char *dns[2]; /* addresses of "statsd.test"; NULL: fails */
static int looked_up;

static struct addrinfo *entry(const char *address, struct addrinfo *next)
{
	struct addrinfo *info = calloc(1, sizeof(*info));
	struct sockaddr_in *v4 = calloc(1, sizeof(struct sockaddr_in6));
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)v4;
	bool is_v6 = strchr(address, ':') != NULL;

	info->ai_family = v4->sin_family = is_v6 ? AF_INET6 : AF_INET;
	inet_pton(info->ai_family, address,
		  is_v6 ? (void *)&v6->sin6_addr : (void *)&v4->sin_addr);
	info->ai_addr = (struct sockaddr *)v4;
	info->ai_addrlen = is_v6 ? sizeof(*v6) : sizeof(*v4);
	info->ai_next = next;
	return info;
}

/* The reporter finds these before libc's. */
__attribute__((visibility("default"))) int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
	    struct addrinfo **list)
{
	(void)service;
	CHECK_STR(name, "statsd.test");
	looked_up++;
	*list = NULL;
	if (dns[1] && (hints->ai_family != AF_INET6 || strchr(dns[1], ':')))
		*list = entry(dns[1], *list);
	if (dns[0] && (hints->ai_family != AF_INET6 || strchr(dns[0], ':')))
		*list = entry(dns[0], *list);
	return *list ? 0 : EAI_AGAIN;
}

__attribute__((visibility("default"))) void freeaddrinfo(struct addrinfo *list)
{
	(void)list;
}

/* Of a datagram: what the way takes. */
static size_t largest = SIZE_MAX;
static int too_large;

__attribute__((visibility("default"))) ssize_t send(int fd, const void *data,
						    size_t size, int flags)
{
	if (size > largest) {
		too_large++;
		errno = EMSGSIZE;
		return -1;
	}
	return sendto(fd, data, size, flags, NULL, 0);
}

static int first, second; /* receivers at 127.0.0.1 and 127.0.0.2 */

static void listen_at_two(void)
{
	first = statsd_listen("127.0.0.1");
	second = statsd_listen("127.0.0.2");
	CHECK(first >= 0 && second >= 0);
	statsd_metric(0, TELEMETRY_LAST_VALUE, "g", 1);
}

/* One report; who got it: 1, 2, or 0 for nobody. */
static int who(void)
{
	statsd_report();
	if (*statsd_received(first))
		return 1;
	return *statsd_received(second) ? 2 : 0;
}

/* Reports until the name has been looked up once more. */
static void until_looked_up(void)
{
	int before = looked_up;

	while (looked_up == before) {
		poll(NULL, 0, 5);
		statsd_report();
		while (*statsd_received(first) || *statsd_received(second))
			;
	}
}

TEST(S80_S81_a_name_is_looked_up_once)
{
	listen_at_two();
	dns[0] = "127.0.0.1";
	statsd_start("host", "statsd.test", "port", statsd_port, NULL);
	CHECK_INT(who(), 1);
	dns[0] = "127.0.0.2";
	CHECK_INT(who(), 1);
	CHECK_INT(looked_up, 1);
}

TEST(S82_S83_an_address_that_moves_is_followed)
{
	listen_at_two();
	dns[0] = "127.0.0.1";
	statsd_start("host", "statsd.test", "port", statsd_port,
		     "resolve_interval", "100", NULL);
	CHECK_INT(who(), 1);
	/* Still one of them. */
	dns[0] = "127.0.0.2";
	dns[1] = "127.0.0.1";
	until_looked_up();
	CHECK_INT(who(), 1);
	dns[1] = NULL;
	until_looked_up();
	CHECK_INT(who(), 2);
	dns[0] = "127.0.0.1";
	until_looked_up();
	CHECK_INT(who(), 1);
	/* Fails: a warning, and the old one. */
	dns[0] = NULL;
	until_looked_up();
	CHECK_INT(who(), 1);
	CHECK(strstr(fixture_log, "statsd.test cannot be looked up") != NULL);
	CHECK(strstr(fixture_log, "the address is kept") != NULL);
}

TEST(S84_a_name_that_is_not_known_yet)
{
	listen_at_two();
	statsd_start("host", "statsd.test", "port", statsd_port, "self", "true",
		     NULL);
	CHECK_INT(statsd_report(), -EHOSTUNREACH);
	CHECK_INT(looked_up, 1);
	dns[0] = "127.0.0.1";
	while (statsd_report() != 0)
		poll(NULL, 0, 5);
	CHECK_INT(looked_up, 2);
	CHECK(strstr(statsd_received(first),
		     "telemetry.reporter.dropped.statsd.no_name:") != NULL);
}

TEST(S79_figures_of_either_kind_need_no_resolver)
{
	int fd = statsd_listen("::1");

	if (fd < 0)
		SKIP("no IPv6 here");
	statsd_metric(0, TELEMETRY_LAST_VALUE, "g", 1);
	statsd_start("host", "::1", "port", statsd_port, NULL);
	CHECK_INT(statsd_report(), 0);
	CHECK_STR(statsd_received(fd), "g:1|g");
	CHECK_INT(looked_up, 0);
}

TEST(S80_a_family_may_be_asked_for)
{
	int fd = statsd_listen("::1"), before;

	if (fd < 0)
		SKIP("no IPv6 here");
	statsd_metric(0, TELEMETRY_LAST_VALUE, "g", 1);
	dns[0] = "127.0.0.1";
	dns[1] = "::1";
	statsd_start("host", "statsd.test", "port", statsd_port, "family",
		     "inet6", "resolve_interval", "100", NULL);
	CHECK_INT(statsd_report(), 0);
	CHECK_STR(statsd_received(fd), "g:1|g");
	/* Nor is one of another family taken later. */
	dns[1] = NULL;
	for (before = looked_up; looked_up - before < 2;) {
		poll(NULL, 0, 5);
		statsd_report();
		while (*statsd_received(fd))
			;
	}
	CHECK_INT(statsd_report(), 0);
	CHECK_STR(statsd_received(fd), "g:1|g");
}

/* ---- UDP without a receiver ----------------------------------------------------- */

/* Looks through what has come, up to there. */
static bool has_received(int fd, const char *part)
{
	const char *text;

	while (*(text = statsd_received(fd)))
		if (strstr(text, part))
			return true;
	return false;
}

static unsigned int count_logs;

static void count_log(void *context, int level, const char *text)
{
	(void)context, (void)level;
	count_logs++;
	snprintf(fixture_log, sizeof(fixture_log), "%s", text);
}

TEST(S72_S73_a_receiver_that_goes_and_comes_back)
{
	struct telemetry_host host = fixture_host;
	int i;

	listen_at_two();
	host.log = count_log;
	statsd = fixture_load("statsd");
	CHECK_INT(statsd->open(&host, &statsd_self), 0);
	CHECK_INT(fixture_set(statsd, statsd_self, "port", statsd_port), 0);
	CHECK_INT(statsd->start(statsd_self), 0);
	CHECK_INT(statsd_report(), 0);
	CHECK_INT(count_logs, 0);
	close(first);
	for (i = 0; i < 4; i++)
		statsd_report();
	CHECK_INT(count_logs, 1);
	CHECK(strstr(fixture_log, "TELEMETRY_STATSD_HOST: 127.0.0.1 takes "
				  "nothing: Connection refused") != NULL);
	/* The port it had, at that address alone. */
	first = statsd_listen("127.0.0.1");
	CHECK(first >= 0);
	statsd_report();
	CHECK(has_received(first, "telemetry.reporter.dropped.statsd."
				  "no_reader:"));
	CHECK(has_received(first, "shop.g:1|g"));
	statsd_report();
	CHECK_INT(count_logs, 2);
	CHECK(strstr(fixture_log, "there again") != NULL);
}

TEST(a_datagram_that_the_way_does_not_take_is_made_smaller)
{
	static struct telemetry_sample samples[200];
	int i, lines = 0;
	const char *text;

	first = statsd_listen("127.0.0.1");
	statsd_metric(0, TELEMETRY_LAST_VALUE, "a.gauge.with.a.long.name", 1);
	for (i = 0; i < 200; i++)
		samples[i] = statsd_samples[0];
	statsd_metrics[0].samples = samples;
	statsd_metrics[0].sample_count = 200;
	largest = 500;
	statsd_start("port", statsd_port, NULL);
	CHECK_INT(statsd_report(), 0);
	while (*(text = statsd_received(first))) {
		CHECK(strlen(text) <= 500);
		for (; (text = strstr(text, ":1|g")); text++)
			lines++;
	}
	CHECK_INT(lines, 200);
	/* It is remembered. */
	CHECK(too_large > 0);
	too_large = 0;
	CHECK_INT(statsd_report(), 0);
	CHECK_INT(too_large, 0);
	largest = 10;
	CHECK_INT(statsd_report(), -EMSGSIZE);
}

TEST(S64_a_line_that_fits_nowhere_is_dropped_and_the_others_are_sent)
{
	static const struct telemetry_tag tags[] = {
		TAG("a", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
	};
	struct telemetry_sample *s;

	first = statsd_listen("127.0.0.1");
	s = statsd_metric(0, TELEMETRY_LAST_VALUE, "long", 1);
	s->tags = tags;
	s->tag_count = 1;
	statsd_metric(1, TELEMETRY_LAST_VALUE, "short", 1);
	statsd_start("port", statsd_port, "mtu", "64", "self", "true", NULL);
	CHECK_INT(statsd_report(), -EMSGSIZE);
	CHECK_STR(statsd_received(first), "short:1|g");
	statsd_metrics[0].sample_count = 0;
	statsd_report();
	CHECK(has_received(first, "dropped.statsd.too_long:1|c"));
}
