/*
 * execvpe(): the path is searched, the environment is given.
 */
#include "lib/replay.h"

SNIPPET(execvpe, .span = "libc.process.exec", .forks = 1)
{
	char *argv[4];
	pid_t pid;

	echo_argv(argv, "execvpe");
	IN_CHILD(execvpe("echo", argv, echo_env));
	IN_CHILD(execvpe("env", argv + 3, echo_env));
	IN_CHILD(CALL(execvpe("no-such-program", argv, echo_env)));
	IN_CHILD(CALL(execvpe("", argv, echo_env)));
	pid = vfork();
	if (pid == 0) {
		execvpe("echo", argv, echo_env);
		_exit(1);
	}
	show_status(pid);
}
