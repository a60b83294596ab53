/*
 * H42: threads emit at full rate while another one forks; every child works,
 * none hangs on a lock that a thread of the parent held.
 *
 * Technique: atfork handlers that reset every lock and hand the state of
 * liburcu over; lock_acquire() gives up after LOCK_PATIENCE_MS.
 *
 * modes: record events
 */
#include "hazard_net.h"

#include <sys/wait.h>

#define CHILDREN 60
#define THREADS 2

static _Atomic bool stopping;
static unsigned long seen;

static void exchange(int rounds)
{
	int pair[2];
	char byte = 'x';

	pair_of(pair);
	while (rounds-- > 0) {
		free(realloc(malloc(30), 300));
		CHECK(send(pair[0], &byte, 1, 0) == 1);
		CHECK(recv(pair[1], &byte, 1, 0) == 1);
	}
	close(pair[0]);
	close(pair[1]);
}

static void *thread_main(void *arg)
{
	while (!atomic_load(&stopping))
		exchange(50);
	return arg;
}

/* Whoever has the table's lock may not get a processor for a while. */
static bool is_busy(int error)
{
	return error == -EAGAIN || error == -ENOMEM;
}

/* Attaches and detaches, so that the writer's side is busy too. */
static void *attach_main(void *arg)
{
	while (!atomic_load(&stopping) && shimmed()) {
		int error;

		do
			error = telemetry_attach("storm",
						 "libc.socket.send.stop",
						 count_event, &seen);
		while (is_busy(error));
		CHECK(!error);
		do
			error = telemetry_detach("storm");
		while (is_busy(error));
		CHECK(!error);
	}
	return arg;
}

static void child(int number)
{
	unsigned long before;

	listen_to("libc.socket.recv.stop", count_event, &seen);
	before = seen;
	exchange(3);
	CHECK(connect_unix("absent") == -1 && errno == ENOENT);
	CHECK(!shimmed() || seen >= before + 3);
	if (number % 2)
		exit(number % 100);
	_exit(number % 100);
}

int main(void)
{
	pthread_t threads[THREADS + 1];
	int i, status;
	pid_t pid;

	for (i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, thread_main, NULL);
	pthread_create(&threads[i], NULL, attach_main, NULL);
	for (i = 0; i < CHILDREN; i++) {
		pid = fork();
		CHECK(pid >= 0);
		if (pid == 0)
			child(i);
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == i % 100);
	}
	atomic_store(&stopping, true);
	for (i = 0; i <= THREADS; i++)
		pthread_join(threads[i], NULL);
	return hazard_end();
}
