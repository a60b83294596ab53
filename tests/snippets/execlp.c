/*
 * execlp(): arguments in a row, and the path is searched.
 */
#include "lib/replay.h"

static const char *const a = "a";

SNIPPET(execlp, .span = "libc.process.exec", .forks = 1)
{
	char *argv[4];
	pid_t pid;

	echo_argv(argv, "execlp");
	IN_CHILD(execlp("echo", "echo", "execlp", NULL));
	IN_CHILD(execlp("echo", "echo", a, a, a, a, a, a, a, a, a, a, a,
			argv[1], argv[2], NULL));
	IN_CHILD(CALL(execlp("no-such-program", "echo", NULL)));
	IN_CHILD(CALL(execlp("", "echo", NULL)));
	pid = vfork();
	if (pid == 0) {
		execlp("echo", "echo", "execlp", NULL);
		_exit(1);
	}
	show_status(pid);
}
