/*
 * H45: a new program gets exactly the environment it was given: order,
 * duplicates, malformed entries, none at all, too large.
 *
 * Technique: envp is handed through untouched.
 *
 * modes: record console
 */
#include "hazard.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

#define MANY 30000

/* Reads what the child wrote: its environment as the kernel has it. */
static void show(int fd)
{
	char text[4096];
	ssize_t n;
	unsigned long sum = 0, size = 0;
	ssize_t i;

	while ((n = read(fd, text, sizeof(text))) > 0) {
		for (i = 0; i < n; i++) {
			sum = sum * 31 + (unsigned char)text[i];
			if (!text[i])
				text[i] = '\n';
		}
		if (size == 0)
			printf("%.*s", n > 300 ? 0 : (int)n, text);
		size += (unsigned long)n;
	}
	printf("%lu bytes, sum %lx\n", size, sum);
}

static void run(const char *name, char **envp, bool spawn)
{
	char *const argv[] = { "/bin/cat", "/proc/self/environ", NULL };
	posix_spawn_file_actions_t actions;
	int pipes[2], status;
	pid_t pid;

	printf("%s: ", name);
	fflush(stdout);
	CHECK(pipe(pipes) == 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pipes[1], 1);
	posix_spawn_file_actions_addclose(&actions, pipes[0]);
	if (spawn) {
		CHECK(!posix_spawn(&pid, argv[0], &actions, NULL, argv, envp));
	} else if ((pid = fork()) == 0) {
		dup2(pipes[1], 1);
		close(pipes[0]);
		execve(argv[0], argv, envp);
		_exit(1);
	}
	posix_spawn_file_actions_destroy(&actions);
	close(pipes[1]);
	show(pipes[0]);
	close(pipes[0]);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

int main(void)
{
	char *odd[] = {
		"B=2", "A=1", "A=3", "malformed", "=x", "", "B=4", NULL
	};
	char *none[] = { NULL };
	char **many = calloc(MANY + 1, sizeof(*many));
	char *const argv[] = { "/bin/true", NULL };
	static char huge[4 << 20];
	char *large[] = { huge, NULL };
	int i;

	for (i = 0; i < MANY; i++)
		CHECK(asprintf(&many[i], "V%d=%d", i, i) > 0);
	for (i = 0; i < 2; i++) {
		run("odd", odd, i);
		run("none", none, i);
		run("many", many, i);
	}
	memset(huge, 'x', sizeof(huge) - 1);
	printf("too large: %d", execve(argv[0], argv, large));
	printf(" %s\n", strerror(errno));
	for (i = 0; i < MANY; i++)
		free(many[i]);
	free(many);
	shimmed();
	return hazard_end();
}
