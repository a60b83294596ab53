/*
 * execv(): a program of its own, none, and one without an interpreter.
 */
#include "lib/replay.h"

SNIPPET(execv, .span = "libc.process.exec", .forks = 1)
{
	char *argv[4];
	pid_t pid;

	echo_argv(argv, "execv");
	IN_CHILD(execv("/bin/echo", argv));
	IN_CHILD(CALL(execv("/no/such/program", argv)));
	IN_CHILD(CALL(execv("echo", argv)));
	IN_CHILD(CALL(execv("/", argv)));
	IN_CHILD(CALL(execv("/etc/hosts", argv)));
	IN_CHILD(CALL(execv(bad_pointer(), argv)));
	pid = vfork();
	if (pid == 0) {
		execv("/bin/echo", argv);
		_exit(1);
	}
	show_status(pid);
}
