/*
 * H10: the checked variants of wrapped functions still abort on an overflow,
 * with the same message.
 *
 * Technique: each __x_chk wrapper calls the original __x_chk.
 *
 * modes: record events
 * cflags: -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
 */
#include "hazard_net.h"

#include <sys/resource.h>
#include <sys/wait.h>

static int pair[2];
static volatile size_t many = 64;
static char small[16];
static struct pollfd one[1];

static void by_read(void)
{
	(void)!read(pair[0], small, many);
}
static void by_recv(void)
{
	(void)!recv(pair[0], small, many, 0);
}
static void by_recvfrom(void)
{
	(void)!recvfrom(pair[0], small, many, 0, NULL, NULL);
}
static void by_poll(void)
{
	poll(one, many, 0);
}
static void by_ppoll(void)
{
	ppoll(one, many, NULL, NULL);
}

static void run(const char *name, void (*overflow)(void))
{
	struct rlimit none = { 0, 0 };
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &none);
		overflow();
		_exit(1);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	printf("%s: %x\n", name, (unsigned int)status);
}

int main(void)
{
	unsigned long seen = 0;

	pair_of(pair);
	CHECK(write(pair[1], "0123456789", 10) == 10);
	listen_to_libc(count_event, &seen);
	run("read", by_read);
	run("recv", by_recv);
	run("recvfrom", by_recvfrom);
	run("poll", by_poll);
	run("ppoll", by_ppoll);
	many = 4;
	by_read();
	many = 1;
	by_poll();
	CHECK(!shimmed() || seen >= 4);
	return hazard_end();
}
