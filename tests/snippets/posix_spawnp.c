/*
 * posix_spawnp(): posix_spawn() that searches the path.
 */
#include "lib/replay.h"

#include <spawn.h>

extern char **environ;

static void with_actions(void)
{
	char *argv[] = { "sh", "-c", "echo to descriptor 5 >&5; exit 4", NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t set;
	pid_t pid = 0;

	sigemptyset(&set);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, 1, 5);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_RDWR, 0);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &set);
	CALL(posix_spawnp(&pid, "sh", &actions, &attributes, argv, environ));
	show_status(pid);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 5, "/none", O_RDONLY, 0);
	CALL(posix_spawnp(&pid, "sh", &actions, &attributes, argv, environ));
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
}

SNIPPET(posix_spawnp, .span = "libc.process.spawn", .forks = 1)
{
	char *argv[4];
	pid_t pid = 0;

	echo_argv(argv, "posix_spawnp");
	CALL(posix_spawnp(&pid, "echo", NULL, NULL, argv, environ));
	show_status(pid);
	CALL(posix_spawnp(&pid, "env", NULL, NULL, argv + 3, echo_env));
	show_status(pid);
	CALL(posix_spawnp(NULL, "/no/such/program", NULL, NULL, argv, environ));
	CALL(posix_spawnp(NULL, "/", NULL, NULL, argv, environ));
	CALL(posix_spawnp(NULL, "no-such-program", NULL, NULL, argv, environ));
	with_actions();
}
