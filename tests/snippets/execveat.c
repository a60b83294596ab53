/*
 * execveat(): relative to a directory, or the descriptor itself.
 */
#include "lib/replay.h"

int execveat(int fd, const char *path, char *const argv[], char *const env[],
	     int flags);

SNIPPET(execveat, .span = "libc.process.exec", .forks = 1)
{
	char *argv[4];
	pid_t pid;

	echo_argv(argv, "execveat");
	IN_CHILD(execveat(AT_FDCWD, "/bin/echo", argv, echo_env, 0));
	IN_CHILD(execveat(open("/bin", O_PATH), "echo", argv, echo_env, 0));
	IN_CHILD(execveat(open("/bin/echo", O_PATH), "", argv, echo_env,
			  AT_EMPTY_PATH));
	IN_CHILD(CALL(execveat(-1, "echo", argv, echo_env, 0)));
	IN_CHILD(CALL(execveat(-1, "/none", argv, echo_env, 0)));
	IN_CHILD(CALL(execveat(-1, "/bin/echo", argv, echo_env, 0x4)));
	pid = vfork();
	if (pid == 0) {
		execveat(AT_FDCWD, "/bin/echo", argv, echo_env, 0);
		_exit(1);
	}
	show_status(pid);
}
