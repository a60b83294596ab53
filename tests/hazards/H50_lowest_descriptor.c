/*
 * H50, H52: a program gets the descriptor numbers it would get without the
 * shim: from the first open() on, with 0, 1 and 2 closed at start, with almost
 * no descriptors allowed, and none of ours is inherited by a new program.
 *
 * Technique: no descriptor in a recorder; O_CLOEXEC and high numbers in an
 * exporter.
 *
 * modes: record console events
 * env: TELEMETRY_LOG_FILE=log
 */
#include "hazard_net.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void exchange(void)
{
	int pair[2];

	pair_of(pair);
	CHECK(send(pair[0], "x", 1, 0) == 1);
	close(pair[0]);
	close(pair[1]);
}

/* Runs this program again in a child, with what `prepare` leaves open. */
static void again(const char *self, const char *what, void (*prepare)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		prepare();
		execl(self, self, what, NULL);
		_exit(66);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	printf("%s: %x\n", what, (unsigned int)status);
}

static void close_standard(void)
{
	close(0);
	close(1);
	close(2);
}

static void few_descriptors(void)
{
	struct rlimit limit = { 6, 6 };

	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

static void nothing(void)
{
}

/* With 0 to 2 closed these numbers must stay free. */
static int run_closed(void)
{
	int fd;

	exchange();
	for (fd = 0; fd < 3; fd++)
		if (open("/dev/null", O_RDWR) != fd)
			return 50 + fd;
	return 0;
}

static int run_few(void)
{
	int fd;

	for (fd = 3; fd < 6; fd++)
		if (open("/dev/null", O_RDWR) != fd)
			return 60 + fd;
	if (open("/dev/null", O_RDWR) != -1 || errno != EMFILE)
		return 70;
	free(malloc(10));
	return 0;
}

/* Nothing beside 0 to 2 was inherited. */
static int run_inherit(void)
{
	int fd;

	for (fd = 3; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return 80;
	return 0;
}

int main(int argc, char **argv)
{
	int fd;

	if (argc > 1 && !strcmp(argv[1], "closed"))
		return run_closed();
	if (argc > 1 && !strcmp(argv[1], "few"))
		return run_few();
	if (argc > 1)
		return run_inherit();
	fd = open("/dev/null", O_RDONLY);
	printf("first open: %d\n", fd);
	close(fd);
	exchange();
	fd = open("/dev/null", O_RDONLY);
	printf("after events: %d\n", fd);
	close(fd);
	again(argv[0], "closed", close_standard);
	again(argv[0], "few", few_descriptors);
	again(argv[0], "inherit", nothing);
	wait_for_reporter();
	again(argv[0], "inherit", nothing);
	fd = open("/dev/null", O_RDONLY);
	printf("with a reporter: %d\n", fd);
	shimmed();
	close(fd);
	return hazard_end();
}
