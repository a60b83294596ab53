/*
 * fexecve(): a program that is a descriptor.
 */
#include "lib/replay.h"

SNIPPET(fexecve, .span = "libc.process.exec", .forks = 1)
{
	char *argv[4];
	int program = open("/bin/echo", O_RDONLY | O_CLOEXEC);
	pid_t pid;

	echo_argv(argv, "fexecve");
	IN_CHILD(fexecve(program, argv, echo_env));
	IN_CHILD(CALL(fexecve(-1, argv, echo_env)));
	IN_CHILD(CALL(fexecve(0, argv, echo_env)));
	IN_CHILD(CALL(fexecve(program, NULL, echo_env)));
	pid = vfork();
	if (pid == 0) {
		fexecve(program, argv, echo_env);
		_exit(1);
	}
	show_status(pid);
	close(program);
}
