/*
 * execl(): arguments in a row, few and many.
 */
#include "lib/replay.h"

static const char *const a = "a";

SNIPPET(execl, .span = "libc.process.exec", .forks = 1)
{
	char *argv[4];
	pid_t pid;

	echo_argv(argv, "execl");
	IN_CHILD(execl("/bin/echo", "echo", "execl", NULL));
	IN_CHILD(execl("/bin/echo", "echo", a, a, a, a, a, a, a, a, a, a, a, a,
		       argv[1], argv[2], NULL));
	IN_CHILD(CALL(execl("/no/such/program", "echo", NULL)));
	IN_CHILD(CALL(execl("/", "echo", "more", NULL)));
	pid = vfork();
	if (pid == 0) {
		execl("/bin/echo", "echo", "execl", NULL);
		_exit(1);
	}
	show_status(pid);
}
