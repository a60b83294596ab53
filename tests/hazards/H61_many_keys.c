/*
 * H61: registering a thread with liburcu calls pthread_setspecific, which
 * allocates when 32 keys and more exist, inside liburcu's lock and with all
 * signals blocked.  An unguarded malloc wrapper hangs there for good.
 *
 * Technique: thread_setup() runs under the re-entry guard, and never from
 * free().  The library's constructor runs before liburcu's, so that liburcu's
 * key has a number beyond those made here.
 *
 * modes: record events
 * library: -Wl,-z,initfirst
 * args: 0 31 32 40
 */
#include "hazard_net.h"

#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

#ifdef HAZARD_LIBRARY

unsigned int keys_made;

/* So early that libc has no `environ` yet. */
__attribute__((constructor)) static void early(int argc, char **argv,
					       char **envp)
{
	unsigned int count = 0;
	pthread_key_t key;

	(void)argc;
	(void)argv;
	for (; *envp; envp++)
		if (!strncmp(*envp, "HAZARD_KEYS=", 12))
			count = (unsigned int)atoi(*envp + 12);
	while (keys_made < count) {
		CHECK(pthread_key_create(&key, NULL) == 0);
		keys_made++;
	}
}

#else

extern unsigned int keys_made;
static unsigned long seen;

/* The first event of a thread is an allocation, a release, or a socket's. */
static void *by_malloc(void *arg)
{
	free(realloc(malloc(10), 100));
	return arg;
}

static void *by_free(void *arg)
{
	free(arg);
	free(malloc(10));
	return NULL;
}

static void *by_socket(void *arg)
{
	int pair[2];

	pair_of(pair);
	CHECK(send(pair[0], "x", 1, 0) == 1);
	close(pair[0]);
	close(pair[1]);
	return arg;
}

static void run(void *(*function)(void *), void *arg)
{
	pthread_t thread;
	int i;

	for (i = 0; i < 5; i++) {
		CHECK(!pthread_create(&thread, NULL, function,
				      function == by_free ? malloc(10) : arg));
		CHECK(!pthread_join(thread, NULL));
	}
}

static int with_keys(void)
{
	run(by_malloc, NULL);
	run(by_free, NULL);
	run(by_socket, NULL);
	listen_to_libc(count_event, &seen);
	run(by_malloc, NULL);
	run(by_free, NULL);
	run(by_socket, NULL);
	CHECK(!shimmed() || seen > 30);
	printf("%u keys: done\n", keys_made);
	return fflush(stdout);
}

int main(int argc, char **argv)
{
	int i, status;
	pid_t pid;

	if (getenv("HAZARD_KEYS"))
		return with_keys();
	for (i = 1; i < argc; i++) {
		setenv("HAZARD_KEYS", argv[i], 1);
		CHECK(posix_spawn(&pid, argv[0], NULL, NULL, argv, environ) ==
		      0);
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK(status == 0);
	}
	shimmed();
	return hazard_end();
}

#endif
