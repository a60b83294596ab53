/*
 * execve(): the environment arrives as it was given.
 */
#include "lib/replay.h"

SNIPPET(execve, .span = "libc.process.exec", .forks = 1)
{
	char *argv[4];
	pid_t pid;

	echo_argv(argv, "execve");
	IN_CHILD(execve("/bin/echo", argv, echo_env));
	IN_CHILD(execve("/usr/bin/env", argv + 3, echo_env));
	IN_CHILD(CALL(execve("/no/such/program", argv, echo_env)));
	IN_CHILD(CALL(execve("/", argv, echo_env)));
	IN_CHILD(CALL(execve("/bin/echo", bad_pointer(), echo_env)));
	IN_CHILD(CALL(execve("/bin/echo", argv, bad_pointer())));
	pid = vfork();
	if (pid == 0) {
		execve("/bin/echo", argv, echo_env);
		_exit(1);
	}
	show_status(pid);
}
