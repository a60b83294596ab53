/*
 * H54: a process that must be single-threaded can do what it could: unshare a
 * user namespace, in its first moments and after a reporter has started; and a
 * child of fork has no thread of ours.
 *
 * Technique: no thread before a process is long-lived; the thread is stopped
 * around unshare and setns.
 *
 * modes: record console events
 */
#include "hazard_net.h"

#include <sched.h>
#include <sys/wait.h>

static void try_unshare(const char *when)
{
	int result, status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		CHECK(count_threads(true) == 0);
		result = unshare(CLONE_NEWUSER);
		_exit(result == 0 ? 0 : errno);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	printf("%s: child's unshare %x\n", when, (unsigned int)status);
}

int main(void)
{
	int result;

	CHECK(count_threads(true) == 0);
	free(malloc(10));
	try_unshare("at start");
	CHECK(count_threads(true) == 0);
	wait_for_reporter();
	try_unshare("later");
	result = unshare(CLONE_NEWUSER);
	printf("own unshare: %d %s\n", result, result ? strerror(errno) : "");
	free(malloc(10));
	poll(NULL, 0, 1);
	shimmed();
	return hazard_end();
}
