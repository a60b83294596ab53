/* test_console_output.c - the console reporter and descriptor 2, which belongs
 * to the host and may be anything. */
#include "reporter_fixture.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

static const struct telemetry_process process = {
	.struct_size = sizeof(process),
	.pid = 1,
	.count = 1,
	.executable = "/bin/true",
	.service = "true",
};
static const struct telemetry_snapshot snapshot = {
	.struct_size = sizeof(snapshot),
	.processes = &process,
	.process_count = 1,
};
static const char line[] = "telemetry: true (/bin/true, 1 process)\n";

/* Reports with `fd` as descriptor 2. */
static int report_to(int fd, int timeout_ms)
{
	const struct telemetry_reporter *r = fixture_load("console");

	if (fd < 0)
		close(2);
	else
		CHECK_INT(dup2(fd, 2), 2);
	return r->report(fixture_open(r), &snapshot, 1, timeout_ms);
}

TEST(writes_to_a_pipe_and_leaves_its_flags)
{
	char text[256] = "";
	int ends[2];

	CHECK_INT(pipe(ends), 0);
	CHECK_INT(report_to(ends[1], 1000), 0);
	CHECK_INT(read(ends[0], text, sizeof(text)), sizeof(line) - 1);
	CHECK_STR(text, line);
	CHECK_INT(fcntl(2, F_GETFL), O_WRONLY);
}

TEST(waits_for_a_full_pipe_no_longer_than_it_may)
{
	static const char block[4096];
	int ends[2];

	CHECK_INT(pipe(ends), 0);
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	while (write(ends[1], block, sizeof(block)) > 0)
		;
	fcntl(ends[1], F_SETFL, 0);
	CHECK_INT(report_to(ends[1], 50), -ETIMEDOUT);
}

TEST(waits_where_the_host_does_not_block)
{
	static const char block[4096];
	char text[4096];
	int ends[2];

	CHECK_INT(pipe(ends), 0);
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	while (write(ends[1], block, sizeof(block)) > 0)
		;
	if (fork() == 0) {
		struct timespec ts = { 0, 20000000 };

		nanosleep(&ts, NULL);
		while (read(ends[0], text, sizeof(text)) > 0)
			;
		_exit(0);
	}
	CHECK_INT(report_to(ends[1], 30000), 0);
}

TEST(survives_a_reader_that_is_gone)
{
	int ends[2];

	signal(SIGPIPE, SIG_IGN); /* blocked on the exporter's thread */
	CHECK_INT(pipe(ends), 0);
	close(ends[0]);
	CHECK(report_to(ends[1], 1000) < 0);
}

TEST(says_nothing_where_there_is_no_stderr)
{
	CHECK_INT(report_to(-1, 1000), -EBADF);
}

TEST(appends_to_a_log_that_the_host_only_writes)
{
	int fd = open(fixture_file(), O_WRONLY | O_APPEND);

	CHECK_INT(report_to(fd, 1000), 0);
	CHECK_STR(fixture_output(), line);
}

TEST(keeps_out_of_a_file_that_the_host_reads_back)
{
	int fd = open(fixture_file(), O_RDWR);

	CHECK_INT(report_to(fd, 1000), -EBADF);
	CHECK_STR(fixture_output(), "");
}

TEST(keeps_out_of_a_connection)
{
	CHECK_INT(report_to(socket(AF_INET, SOCK_STREAM, 0), 1000), -EBADF);
}

TEST(does_not_wait_for_the_reader_of_a_fifo)
{
	const struct telemetry_reporter *r = fixture_load("console");
	void *self = fixture_open(r);

	unlink(fixture_file());
	CHECK_INT(mkfifo(fixture_path, 0600), 0);
	CHECK_INT(fixture_set(r, self, "file", fixture_path), 0);
	CHECK_INT(r->report(self, &snapshot, 1, 1000), -ENXIO);
	unlink(fixture_path);
}
