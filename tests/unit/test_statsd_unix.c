/* test_statsd_unix.c - UNIX sockets of the StatsD reporter.  Names of tests have
 * the numbers of tests/parity/README.md. */
#include "statsd_fixture.h"

#include <sys/syscall.h>

static int connected;

/* The reporter finds it before libc's. */
__attribute__((visibility("default"))) int
connect(int fd, const struct sockaddr *address, socklen_t size)
{
	connected++;
	return (int)syscall(SYS_connect, fd, address, size);
}

static char folder[] = "/tmp/statsd-XXXXXX", path[64];

static int listen_at(int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);

	strcpy(address.sun_path, path);
	unlink(path);
	CHECK_INT(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	if (type == SOCK_STREAM)
		CHECK_INT(listen(fd, 5), 0);
	return fd;
}

static void make_folder(void)
{
	CHECK(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/s", folder);
	statsd_metric(0, TELEMETRY_LAST_VALUE, "http.request.count", 1);
}

static void remove_folder(void)
{
	unlink(path);
	rmdir(folder);
}

TEST(S74_a_unix_socket_of_datagrams)
{
	int fd;

	make_folder();
	fd = listen_at(SOCK_DGRAM);
	statsd_start("socket", path, NULL);
	CHECK_INT(statsd_report(), 0);
	CHECK_STR(statsd_received(fd), "http.request.count:1|g");
	/* Started again. */
	close(fd);
	fd = listen_at(SOCK_DGRAM);
	CHECK_INT(statsd_report(), 0);
	CHECK_STR(statsd_received(fd), "http.request.count:1|g");
	remove_folder();
}

TEST(a_stream_has_lengths)
{
	int fd, peer;

	make_folder();
	fd = listen_at(SOCK_STREAM);
	statsd_start("socket", path, NULL);
	CHECK_INT(statsd_report(), 0);
	peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK);
	CHECK(peer >= 0);
	CHECK_MEM(statsd_received(peer), "\x16\0\0\0http.request.count:1|g",
		  26);
	remove_folder();
}

/* Its queue is full: what is cut off ends the connection. */
TEST(a_stream_that_nobody_reads)
{
	static struct telemetry_sample samples[40000];
	static char text[1 << 20];
	size_t at = 0, size = 0;
	int fd, peer, i;
	ssize_t n;

	make_folder();
	fd = listen_at(SOCK_STREAM);
	for (i = 0; i < 40000; i++)
		samples[i] = statsd_samples[0];
	statsd_metrics[0].samples = samples;
	statsd_metrics[0].sample_count = 40000;
	statsd_start("socket", path, NULL);
	CHECK(statsd_report() < 0);
	peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK);
	while ((n = read(peer, text + size, sizeof(text) - size)) > 0)
		size += (size_t)n;
	CHECK_INT(n, 0);
	/* Whole frames up to the last, which is cut. */
	while (at + 4 <= size) {
		uint32_t length;

		memcpy(&length, text + at, 4);
		CHECK(length > 0 && length <= 8192);
		at += 4 + length;
	}
	CHECK(at >= size);
	remove_folder();
}

TEST(S85_nobody_at_the_path)
{
	make_folder();
	statsd_start("socket", path, NULL);
	CHECK_INT(statsd_report(), -ENOENT);
	CHECK(strstr(fixture_log, "TELEMETRY_STATSD_SOCKET: /tmp/statsd-") !=
	      NULL);
	fixture_log[0] = '\0';
	CHECK_INT(statsd_report(), -ENOENT);
	CHECK_STR(fixture_log, "");
	/* There, but nobody takes anything. */
	close(listen_at(SOCK_DGRAM));
	while (statsd_report() == -ENOENT)
		poll(NULL, 0, 5);
	CHECK(strstr(fixture_log, "Connection refused") != NULL);
	remove_folder();
}

TEST(a_full_queue_costs_the_lines_and_not_the_socket)
{
	static struct telemetry_sample samples[40000];
	int fd, i;

	make_folder();
	fd = listen_at(SOCK_DGRAM);
	for (i = 0; i < 40000; i++)
		samples[i] = statsd_samples[0];
	statsd_metrics[0].samples = samples;
	statsd_metrics[0].sample_count = 40000;
	statsd_start("socket", path, "mtu", "512", "self", "true", NULL);
	CHECK_INT(statsd_report(), -EAGAIN);
	while (*statsd_received(fd))
		;
	statsd_metrics[0].sample_count = 0;
	CHECK_INT(statsd_report(), 0);
	CHECK(strstr(statsd_received(fd), "dropped.statsd.slow:") != NULL);
	CHECK_INT(connected, 1);
	remove_folder();
}
