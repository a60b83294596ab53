/*
 * H10: posix_spawn() has two versions: the one of GLIBC_2.2.5 runs a file that
 * is no program by the shell, the one of GLIBC_2.15 refuses it.  A program gets
 * the one that it was linked with.
 *
 * Technique: the original is looked up by the version that the program's own
 * symbol asks for.
 *
 * modes: record events
 */
#include "hazard.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#ifdef __x86_64__
__asm__(".symver posix_spawn, posix_spawn@GLIBC_2.2.5");
#endif

static const char text[] = "exit 42\n";

int main(void)
{
	char *const argv[] = { "./plain", NULL };
	int fd = open("plain", O_CREAT | O_TRUNC | O_WRONLY, 0700);
	int status = 0, old, new;
	pid_t child;

	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	CHECK(close(fd) == 0);
	old = posix_spawn(&child, argv[0], NULL, NULL, argv, NULL);
	if (old == 0)
		CHECK(waitpid(child, &status, 0) == child);
	printf("old: %d, status %d\n", old, WEXITSTATUS(status));
	new = posix_spawnp(&child, argv[0], NULL, NULL, argv, NULL);
	printf("new: %s\n", strerror(new));
#ifdef __x86_64__
	CHECK(old == 0 && WEXITSTATUS(status) == 42);
#endif
	CHECK(new == ENOEXEC);
	return hazard_end();
}
