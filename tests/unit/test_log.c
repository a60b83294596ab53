/* test_log.c - one line per trouble, and no harm by it. */
#include "base/log.h"

#include "test.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>

static char path[] = "/tmp/test-log-XXXXXX";
static char text[4096];
static char prefix[64];

/* Descriptor 2 becomes a pipe; returns the reading end. */
static int catch_stderr(void)
{
	int ends[2];

	CHECK_INT(pipe(ends), 0);
	CHECK_INT(dup2(ends[1], 2), 2);
	close(ends[1]);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	snprintf(prefix, sizeof(prefix), "telemetry[%d] ", getpid());
	return ends[0];
}

static const char *caught(int fd)
{
	ssize_t n = read(fd, text, sizeof(text) - 1);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static void check_line(int fd, const char *expected)
{
	size_t length = strlen(prefix);

	CHECK_INT(strncmp(caught(fd), prefix, length), 0);
	CHECK_STR(text + length, expected);
}

TEST(writes_one_line)
{
	int fd = catch_stderr();

	errno = 1234;
	log_error("%s: \"%.*s\" is no %s", "TELEMETRY_X", 3, "abcdef", "port");
	CHECK_INT(errno, 1234);
	check_line(fd, "error: TELEMETRY_X: \"abc\" is no port\n");
}

TEST(keeps_to_the_level)
{
	int fd = catch_stderr();

	CHECK_INT(log_get_level(), LOG_ERROR);
	log_warn("no");
	log_info("no");
	log_debug("no");
	CHECK_STR(caught(fd), "");
	log_set_level(LOG_INFO);
	CHECK_INT(log_get_level(), LOG_INFO);
	log_debug("no");
	CHECK_STR(caught(fd), "");
	log_warn("a");
	check_line(fd, "warn: a\n");
	log_info("b");
	check_line(fd, "info: b\n");
	log_set_level(LOG_DEBUG);
	log_debug("c");
	check_line(fd, "debug: c\n");
}

TEST(stays_one_line)
{
	char big[2000];
	int fd = catch_stderr();

	log_error("%s", "two\nlines\033[2J");
	check_line(fd, "error: two?lines?[2J\n");
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	log_error("%s", big);
	caught(fd);
	CHECK(strlen(text) < 1000);
	CHECK_STR(text + strlen(text) - 7, "xxx...\n");
}

TEST(goes_to_the_file)
{
	int out = catch_stderr(), fd = mkstemp(path), next;

	CHECK(fd >= 0);
	log_set_file(path);
	next = dup(0);
	close(next);
	log_error("one");
	log_error("two");
	CHECK(strstr(caught(fd), "error: one\n"));
	CHECK(strstr(text, "error: two\n"));
	CHECK_STR(caught(out), "");
	/* No descriptor stays open. */
	CHECK_INT(dup(0), next);
	log_set_file("/proc/none/file");
	log_error("nowhere");
	CHECK_STR(caught(out), "");
	unlink(path);
}

TEST(a_closed_pipe_kills_nobody)
{
	sigset_t pending, blocked;

	close(catch_stderr());
	log_error("into the void");
	sigpending(&pending);
	CHECK_INT(sigismember(&pending, SIGPIPE), 0);
	sigprocmask(SIG_SETMASK, NULL, &blocked);
	CHECK_INT(sigismember(&blocked, SIGPIPE), 0);
}

TEST(a_signal_that_waited_goes_on_waiting)
{
	sigset_t set, pending;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGPIPE);
	close(catch_stderr());
	log_error("into the void");
	sigpending(&pending);
	CHECK_INT(sigismember(&pending, SIGPIPE), 1);
}

TEST(a_full_quota_kills_nobody)
{
	struct rlimit none = { 0, 0 };
	int fd = mkstemp(path);

	CHECK(fd >= 0);
	log_set_file(path);
	CHECK_INT(setrlimit(RLIMIT_FSIZE, &none), 0);
	log_error("too much");
	CHECK_STR(caught(fd), "");
	unlink(path);
}

/* H49: a daemon closed all descriptors, and 2 is its database by now. */
TEST(leaves_a_strangers_file_alone)
{
	int fd, pair[2];

	close(catch_stderr());
	log_set_level(LOG_ERROR);
	fd = mkstemp(path);
	CHECK_INT(dup2(fd, 2), 2);
	log_error("not here");
	CHECK_STR(caught(fd), "");
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	fcntl(pair[1], F_SETFL, O_NONBLOCK);
	CHECK_INT(dup2(pair[0], 2), 2);
	log_error("nor here");
	CHECK_STR(caught(pair[1]), "");
	/* What is appended to looks like a log. */
	CHECK_INT(dup2(open(path, O_WRONLY | O_APPEND), 2), 2);
	log_error("but here");
	CHECK(strstr(caught(fd), "error: but here\n"));
	close(2);
	log_error("gone");
	unlink(path);
}

TEST(a_plain_file_from_the_start_is_fine)
{
	int fd = mkstemp(path);

	CHECK_INT(dup2(fd, 2), 2);
	log_set_level(LOG_ERROR);
	log_error("yes");
	lseek(fd, 0, SEEK_SET);
	CHECK(strstr(caught(fd), "error: yes\n"));
	unlink(path);
}
