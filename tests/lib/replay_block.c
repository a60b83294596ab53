/*
 * replay_block.c - a thread that blocks in the function, and the three ways to
 * get it out again: cancellation, a signal, and a jump over its frames.
 */
#include "replay_run.h"

#include <setjmp.h>
#include <sys/syscall.h>
#include <time.h>

static sigjmp_buf landing;
static volatile sig_atomic_t jumps;
static pid_t tid;
static int cleanups;

void replay_about_to_block(void)
{
	__atomic_store_n(&replay.shared->blocking, 1, __ATOMIC_RELEASE);
}

/* Is the thread asleep in the kernel? */
static int is_asleep(void)
{
	char path[64], text[256], *state;
	long fd, length;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	fd = syscall(SYS_open, path, O_RDONLY, 0);
	length = syscall(SYS_read, fd, text, sizeof(text) - 1);
	syscall(SYS_close, fd);
	if (length <= 0)
		return 1; /* it is gone: its transcript tells */
	text[length] = '\0';
	state = strrchr(text, ')');
	return state && state[1] && state[2] == 'S';
}

static void await_blocked(void)
{
	while (!__atomic_load_n(&replay.shared->blocking, __ATOMIC_ACQUIRE) ||
	       !is_asleep())
		sched_yield();
}

static void cleanup(void *unused)
{
	(void)unused;
	cleanups++;
}

static void on_signal(int number)
{
	(void)number;
	if (replay.mode == MODE_LONGJMP && !jumps++)
		siglongjmp(landing, 1);
}

static void *block(void *unused)
{
	(void)unused;
	tid = (pid_t)syscall(SYS_gettid);
	pthread_cleanup_push(cleanup, NULL);
	if (sigsetjmp(landing, 1) == 0)
		replay.snippet->blocks();
	else
		replay.snippet->run();
	pthread_cleanup_pop(0);
	return NULL;
}

/* A signal that comes before the call has begun is lost: hence again. */
static int signal_until_out(pthread_t thread, void **result)
{
	struct timespec until;
	int error;

	do {
		if (!jumps)
			pthread_kill(thread, SIGUSR1);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += 20 * 1000 * 1000;
		if (until.tv_nsec >= 1000 * 1000 * 1000) {
			until.tv_nsec -= 1000 * 1000 * 1000;
			until.tv_sec++;
		}
		error = pthread_timedjoin_np(thread, result, &until);
	} while (error == ETIMEDOUT);
	return error;
}

/* Without SA_RESTART.  A join that never comes back is the launcher's to
 * notice. */
void replay_run_blocking(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	void *result = NULL;
	pthread_t thread;

	sigaction(SIGUSR1, &action, NULL);
	pthread_create(&thread, NULL, block, NULL);
	await_blocked();
	if (replay.mode == MODE_CANCEL) {
		pthread_cancel(thread);
		pthread_join(thread, &result);
	} else {
		signal_until_out(thread, &result);
	}
	show("cancelled", result == PTHREAD_CANCELED);
	show("cleanup handlers run", cleanups);
}
