/* test_prometheus_faults.c - clients that are slow, many or mad, and a host
 * that has run out of descriptors or closes ours. */
#include "http_fixture.h"

#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#define MANY 100
#define LARGE 60000 /* series: more than the kernel's buffers take */

static const struct telemetry_snapshot nothing = {
	.struct_size = sizeof(nothing),
};

static void begin(void)
{
	fixture_snapshot = &nothing;
	server_open("prometheus");
	server_start();
}

static char socket_path[64];

static void begin_at_socket(void)
{
	snprintf(socket_path, sizeof(socket_path), "/tmp/faults-%d",
		 (int)getpid());
	fixture_snapshot = &nothing;
	server_open("prometheus");
	set("socket", socket_path);
	server_start();
}

/* A good request, and the page that answers it. */
static char *scrape_socket(void)
{
	int fd = dial_socket(socket_path);

	say(fd, "GET /metrics HTTP/1.0\r\n\r\n");
	return hear(fd);
}

static void check_scrape(void)
{
	CHECK_INT(status_of(request("GET", "/metrics", "")), 200);
}

static bool is_closed(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno != EAGAIN);
}

static void check_error(const char *reason, int count)
{
	char line[128];

	snprintf(line, sizeof(line),
		 "telemetry_prometheus_errors_total{reason=\"%s\"} %d\n",
		 reason, count);
	check_has(request("GET", "/metrics", ""), line);
}

TEST(X61_slow_client_is_closed_in_time)
{
	int fd, i;

	begin();
	fd = dial();
	say(fd, "GET /metrics HTTP/1.1\r\n");
	turns(5);
	for (i = 0; i < 9; i++) {
		say(fd, "X-Loris: 1\r\n");
		fixture_clock += 1000 * MS;
		turns(3);
		CHECK(!is_closed(fd));
		check_scrape();
	}
	say(fd, "X-Loris: 1\r\n");
	fixture_clock += 1001 * MS;
	turns(5);
	CHECK(is_closed(fd));
	check_error("late", 1);
	server_close();
}

TEST(idle_connections_are_closed_in_time)
{
	int fd;
	char part[4096];

	begin();
	fd = dial();
	say(fd, "HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
	turns(10);
	CHECK(recv(fd, part, sizeof(part), MSG_DONTWAIT) > 0);
	fixture_clock += 74000 * MS;
	turns(5);
	CHECK(!is_closed(fd));
	fixture_clock += 2000 * MS;
	turns(5);
	CHECK(is_closed(fd));
	server_close();
}

/* It sleeps until the first time limit, not longer. */
TEST(wakes_up_for_a_time_limit)
{
	struct pollfd fds[4];
	int timeout = -1, fd;

	begin();
	CHECK_INT(server->wait(server_self, fds, 4, &timeout), 1);
	CHECK_INT(timeout, -1);
	fd = dial();
	turns(5);
	CHECK_INT(server->wait(server_self, fds, 4, &timeout), 1);
	CHECK_INT(timeout, 10000);
	close(fd);
	turns(5);
	timeout = -1;
	CHECK_INT(server->wait(server_self, fds, 4, &timeout), 1);
	CHECK_INT(timeout, -1);
	server_close();
}

TEST(many_slow_clients_do_not_keep_others_out)
{
	int fds[MANY], i, closed = 0;

	begin();
	for (i = 0; i < MANY; i++) {
		fds[i] = dial();
		say(fds[i], "GET /metrics HT");
		turns(2);
		if (i % 10 == 0)
			check_scrape();
	}
	for (i = 0; i < MANY; i++)
		closed += is_closed(fds[i]);
	CHECK(closed >= MANY - 32);
	check_scrape();
	server_close();
}

/* Snapshots whose answer is some megabytes. */
static struct telemetry_snapshot large;

static void make_large(void)
{
	static struct telemetry_sample samples[LARGE];
	static struct telemetry_tag tags[LARGE];
	static char values[LARGE][8];
	static struct telemetry_metric metric = {
		.struct_size = sizeof(metric),
		.type = TELEMETRY_COUNTER,
		.name = "large",
		.unit = "",
		.description = "",
		.samples = samples,
		.sample_count = LARGE,
	};
	static struct telemetry_process process = {
		.struct_size = sizeof(process),
		.executable = "/bin/a",
		.service = "a",
	};
	size_t i;

	for (i = 0; i < LARGE; i++) {
		snprintf(values[i], sizeof(values[i]), "%zu", i);
		tags[i] = (struct telemetry_tag){ "n", values[i] };
		samples[i].tags = &tags[i];
		samples[i].tag_count = 1;
		samples[i].value = 1;
	}
	large = (struct telemetry_snapshot){
		.struct_size = sizeof(large),
		.metrics = &metric,
		.metric_count = 1,
		.processes = &process,
		.process_count = 1,
	};
	fixture_snapshot = &large;
}

TEST(slow_readers_give_way)
{
	int fds[8], i, left = 0;

	begin_at_socket();
	make_large();
	for (i = 0; i < 8; i++) {
		fds[i] = dial_socket(socket_path);
		say(fds[i], "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
		turns(5);
	}
	fixture_snapshot = &nothing;
	CHECK_INT(status_of(scrape_socket()), 200);
	hear_patience = 20;
	/* Those that were shut down get no more than the kernel has. */
	for (i = 0; i < 8; i++) {
		hear(fds[i]);
		left += strstr(heard_text, "large_total{n=\"9999\"") &&
			strstr(heard_text, "telemetry_prometheus_partial");
	}
	CHECK_INT(left, 4);
	server_close();
}

TEST(answers_that_nobody_takes_are_dropped_in_time)
{
	int fd;

	begin_at_socket();
	make_large();
	fd = dial_socket(socket_path);
	say(fd, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
	turns(10);
	fixture_snapshot = &nothing;
	fixture_clock += 31000 * MS;
	turns(5);
	check_has(scrape_socket(), "errors_total{reason=\"late\"} 1\n");
	check_has(scrape_socket(), "errors_total{reason=\"aborted\"} 1\n");
	close(fd);
	server_close();
}

TEST(goes_on_after_malformed_requests)
{
	static const char *const texts[] = {
		"\r\n\r\n\r\n",
		"GET\r\n\r\n",
		"GET /metrics\r\n\r\n",
		"GET /metrics HTTP/9.9\r\n\r\n",
		"GET /metrics HTTP/1.1\r\n\r\n", /* no Host */
		"GET /metrics HTTP/1.1\r\nHost x\r\n\r\n",
		"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: "
		"-1\r\n\r\n",
		"POST /metrics HTTP/1.1\r\nHost: x\r\n"
		"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
		"GET %00%ff%zz HTTP/1.1\r\nHost: x\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	};
	static char huge[100000];
	size_t i;
	int fd;

	begin();
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		fd = dial();
		say(fd, texts[i]);
		shutdown(fd, SHUT_WR);
		/* Half a request may have to wait for the time limit. */
		hear_patience = 10;
		CHECK(status_of(hear(fd)) != 200);
		hear_patience = 500;
		check_scrape();
	}
	memset(huge, 'a', sizeof(huge) - 1);
	memcpy(huge, "GET /", 5);
	fd = dial();
	send(fd, huge, sizeof(huge), MSG_NOSIGNAL | MSG_DONTWAIT);
	CHECK_INT(status_of(hear(fd)), 414);
	check_scrape();
	server_close();
}

/* libmicrohttpd would try to accept for ever. */
TEST(rests_when_there_are_no_descriptors)
{
	struct rlimit limit, none;
	struct pollfd fds[4];
	int timeout = -1, fd;

	begin();
	fd = dial();
	getrlimit(RLIMIT_NOFILE, &limit);
	none = limit;
	none.rlim_cur = (rlim_t)fd + 1;
	setrlimit(RLIMIT_NOFILE, &none);
	turns(2);
	CHECK_INT(server->wait(server_self, fds, 4, &timeout), 0);
	CHECK(timeout > 0 && timeout <= 1000);
	setrlimit(RLIMIT_NOFILE, &limit);
	fixture_clock += 1001 * MS;
	close(fd);
	check_scrape();
	server_close();
}

/* Where the program shares its table with us, and closes all it finds. */
TEST(begins_again_when_its_descriptors_are_gone)
{
	int first, fd;

	begin();
	fd = dial();
	turns(3);
	first = fd + 1;
	CHECK_INT(close_range(3, ~0u, 0), 0);
	/* The host opens files of its own, at the same numbers. */
	for (fd = 3; fd < first + 3; fd++)
		CHECK(open("/dev/null", O_RDONLY) >= 0);
	CHECK_INT(turn(0) >= 0, 1);
	turn(0);
	check_has(fixture_log, "begins again");
	fixture_clock += 1001 * MS;
	CHECK_INT(turn(0), 1);
	check_scrape();
	for (fd = 3; fd < first + 3; fd++)
		CHECK(fcntl(fd, F_GETFL) >= 0);
	server_close();
}

/* What libmicrohttpd thinks cannot be, and ends the process for: its epoll
 * descriptor is another one of that kind by now. */
TEST(survives_that_libmicrohttpd_gives_up)
{
	struct pollfd fds[4];
	int timeout = 0, fd;

	begin();
	fd = dial();
	turns(3);
	CHECK_INT(server->wait(server_self, fds, 4, &timeout), 1);
	CHECK_INT(dup2(eventfd(0, 0), fds[0].fd), fds[0].fd);
	server->close(server_self);
	check_has(fixture_log, "libmicrohttpd gave up");
	CHECK(fcntl(fds[0].fd, F_GETFL) >= 0);
	CHECK(is_closed(fd));
}

TEST(sees_that_its_epoll_descriptor_is_gone)
{
	struct pollfd fds[4];
	int timeout = 0;

	begin();
	CHECK_INT(server->wait(server_self, fds, 4, &timeout), 1);
	CHECK_INT(dup2(open("/dev/null", O_RDONLY), fds[0].fd), fds[0].fd);
	turn(0);
	fixture_clock += 1001 * MS;
	CHECK_INT(turn(0), 1);
	check_scrape();
	CHECK(fcntl(fds[0].fd, F_GETFL) >= 0);
	server_close();
}
