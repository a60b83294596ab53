/*
 * execvp(): the path is searched; a file without an interpreter is a script.
 */
#include "lib/replay.h"

/* A script that does not say who runs it. */
static void run_script(void)
{
	char *argv[] = { "script", NULL };
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0700), readable;
	char path[64];

	write(fd, "echo from a script\n", 19);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	readable = open(path, O_RDONLY);
	close(fd);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", readable);
	execvp(path, argv);
}

SNIPPET(execvp, .span = "libc.process.exec", .forks = 1)
{
	char *argv[4];
	pid_t pid;

	echo_argv(argv, "execvp");
	IN_CHILD(execvp("echo", argv));
	IN_CHILD(run_script());
	IN_CHILD(CALL(execvp("no-such-program", argv)));
	IN_CHILD(CALL(execvp("", argv)));
	IN_CHILD(CALL(execvp("/", argv)));
	pid = vfork();
	if (pid == 0) {
		execvp("echo", argv);
		_exit(1);
	}
	show_status(pid);
}
