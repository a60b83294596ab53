/*
 * execle(): arguments in a row, and after them an environment.
 */
#include "lib/replay.h"

static const char *const a = "a";

SNIPPET(execle, .span = "libc.process.exec", .forks = 1)
{
	char *argv[4];
	pid_t pid;

	echo_argv(argv, "execle");
	IN_CHILD(execle("/bin/echo", "echo", "execle", NULL, echo_env));
	IN_CHILD(execle("/usr/bin/env", "env", NULL, echo_env));
	IN_CHILD(execle("/bin/echo", "echo", a, a, a, a, a, a, a, a, a, a, a,
			argv[1], argv[2], NULL, echo_env));
	IN_CHILD(CALL(execle("/no/such/program", "echo", NULL, echo_env)));
	pid = vfork();
	if (pid == 0) {
		execle("/bin/echo", "echo", "execle", NULL, echo_env);
		_exit(1);
	}
	show_status(pid);
}
