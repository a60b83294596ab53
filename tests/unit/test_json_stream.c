/* test_json_stream.c - readers of the JSON reporter that are absent, slow, or
 * come back. */
#include "json_target.h"

#include <poll.h>

/* ---- a FIFO ------------------------------------------------------------------ */

static size_t drain(int fd, char *to, size_t size)
{
	size_t done = 0;
	ssize_t n;

	while (done < size && (n = read(fd, to + done, size - done)) > 0)
		done += (size_t)n;
	return done;
}

TEST(a_fifo_without_a_reader_costs_the_lines_and_no_time)
{
	static char text[1 << 16];
	size_t size;
	int fd;

	make_folder();
	CHECK_INT(mkfifo(path, 0600), 0);
	json_start("file", path, NULL);
	CHECK_INT(put(3, 100000), -ENXIO);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	CHECK_INT(put(1, 1000), 0);
	size = drain(fd, text, sizeof(text));
	CHECK_INT(whole_lines(text, size), 2);
	CHECK(strstr(text, "\"reason\":\"no_reader\"},\"count\":3") != NULL);
	/* It goes, and another one comes. */
	close(fd);
	CHECK_INT(put(1, 1000), -ENXIO);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	CHECK_INT(put(1, 1000), 0);
	size = drain(fd, text, sizeof(text));
	CHECK_INT(whole_lines(text, size), 2);
	remove_folder();
}

TEST(a_slow_reader_gets_whole_lines)
{
	static char text[1 << 20], big[10000];
	size_t size;
	int fd, i;

	make_folder();
	CHECK_INT(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	/* Beyond what a pipe takes at once. */
	memset(big, 'x', sizeof(big) - 1);
	json_attributes[1].string = big;
	json_start("file", path, NULL);
	CHECK_INT(put(50, 10), -ETIMEDOUT);
	/* It is not waited for again. */
	CHECK_INT(put(50, 1000000), -ETIMEDOUT);
	size = drain(fd, text, sizeof(text));
	for (i = 0; i < 2; i++) {
		CHECK_INT(put(1, 1000), 0);
		size += drain(fd, text + size, sizeof(text) - size);
	}
	CHECK(whole_lines(text, size) >= 4);
	CHECK(strstr(text, "\"reason\":\"slow\"") != NULL);
	remove_folder();
}

/* ---- sockets ----------------------------------------------------------------- */

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

TEST(datagrams_are_lines)
{
	char text[4096];
	int fd, i;

	make_folder();
	fd = listen_at(SOCK_DGRAM);
	json_start("socket", path, NULL);
	CHECK_INT(put(3, 1000), 0);
	for (i = 0; i < 3; i++)
		CHECK_INT(
			whole_lines(text, (size_t)read(fd, text, sizeof(text))),
			1);
	CHECK(read(fd, text, sizeof(text)) < 0);
	remove_folder();
}

TEST(a_full_queue_of_datagrams_is_not_waited_for_long)
{
	int fd;

	make_folder();
	fd = listen_at(SOCK_DGRAM);
	json_start("socket", path, NULL);
	CHECK_INT(put(1000, 10), -ETIMEDOUT);
	CHECK(strstr(fixture_log, "lines dropped so far: ") != NULL);
	close(fd);
	remove_folder();
}

TEST(a_receiver_of_datagrams_that_was_started_again_is_found)
{
	char text[4096];
	int fd;

	make_folder();
	fd = listen_at(SOCK_DGRAM);
	json_start("socket", path, NULL);
	CHECK_INT(put(1, 1000), 0);
	close(fd);
	fd = listen_at(SOCK_DGRAM);
	CHECK_INT(put(1, 1000), 0);
	CHECK_INT(whole_lines(text, (size_t)read(fd, text, sizeof(text))), 1);
	remove_folder();
}

TEST(a_stream_that_is_cut_goes_on_with_a_new_line)
{
	static char text[1 << 20];
	int fd, peer;
	size_t size;

	make_folder();
	fd = listen_at(SOCK_STREAM);
	json_start("socket", path, NULL);
	CHECK_INT(put(1000, 10), -ETIMEDOUT);
	/* Closed with a part of a line unread. */
	peer = accept(fd, NULL, NULL);
	CHECK(peer >= 0);
	close(peer);
	CHECK_INT(put(2, 1000), 0);
	peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK);
	CHECK(peer >= 0);
	size = drain(peer, text, sizeof(text));
	CHECK(whole_lines(text, size) >= 2);
	remove_folder();
}

TEST(a_line_that_was_begun_is_ended)
{
	static char text[1 << 20];
	int fd, peer;
	size_t size;

	make_folder();
	fd = listen_at(SOCK_STREAM);
	json_start("socket", path, NULL);
	CHECK_INT(put(1000, 10), -ETIMEDOUT);
	peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK);
	size = drain(peer, text, sizeof(text));
	CHECK_INT(put(2, 1000), 0);
	size += drain(peer, text + size, sizeof(text) - size);
	CHECK(whole_lines(text, size) > 100);
	remove_folder();
}

TEST(nobody_there_is_asked_again_later)
{
	char text[4096];
	int fd;

	make_folder();
	json_start("socket", path, NULL);
	CHECK_INT(put(1, 1000), -ENOENT);
	close(listen_at(SOCK_DGRAM));
	/* Not at once: a socket without a receiver refuses, too. */
	while (put(1, 1000) != -ECONNREFUSED)
		;
	fd = listen_at(SOCK_DGRAM);
	while (put(1, 1000) != 0)
		poll(NULL, 0, 5);
	CHECK_INT(read(fd, text, sizeof(text)) > 0, 1);
	remove_folder();
}

/* ---- the host ---------------------------------------------------------------- */

/* A program that closes all descriptors, and opens its own. */
TEST(a_descriptor_that_is_the_hosts_by_now_is_not_written_to)
{
	int fd, theirs, i;

	make_folder();
	fd = listen_at(SOCK_DGRAM);
	json_start("socket", path, NULL);
	CHECK_INT(put(1, 1000), 0);
	for (i = fd + 1; i < 64; i++)
		close(i);
	theirs = open(beside(".host"), O_RDWR | O_CREAT, 0600);
	CHECK_INT(theirs, fd + 1);
	CHECK_INT(put(1, 1000), 0);
	CHECK_INT(size_of(other), 0);
	json->close(json_self);
	CHECK_INT(fcntl(theirs, F_GETFD), 0);
	remove_folder();
}
