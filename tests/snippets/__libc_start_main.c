/*
 * __libc_start_main(): what main is given, and that its result is the status.
 * The program is the replayer itself, in another role.
 */
#include "lib/replay.h"

SNIPPET(__libc_start_main, .forks = 1)
{
	char *one[] = { "replay", "--main", NULL };
	char *many[] = { "replay", "--main", "", "two words", "x", NULL };

	IN_CHILD(execve("/proc/self/exe", one, environ));
	IN_CHILD(execve("/proc/self/exe", many, environ));
	IN_CHILD(execve("/proc/self/exe", many, echo_env));
}
