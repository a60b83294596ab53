/*
 * H32: wrapped calls inside a signal handler that interrupts our own code on
 * the same thread: no hang, right results, a start for every end.
 *
 * Technique: nested use sees the guard and is only counted; nothing that a
 * signal handler can reach locks, allocates or initialises lazily.
 *
 * modes: record events
 * env: TELEMETRY_MEMORY_LIMIT=8388608
 */
#include "hazard_net.h"

#include <signal.h>
#include <sys/time.h>

#define SIGNALS 2000

static int pair[2];
static unsigned long started, ended;
static volatile sig_atomic_t signals, wrong;
static void *volatile block;
static volatile sig_atomic_t inside, nested;

/* Long enough to be interrupted now and then, by calls that are then nested in
 * our own work. */
static int slow_count(const char *event, const struct telemetry_fields *m,
		      const struct telemetry_fields *metadata, void *config)
{
	int i;

	nested += inside;
	inside = 1;
	for (i = 0; i < 500; i++)
		__asm__ volatile("");
	inside = 0;
	return count_event(event, m, metadata, config);
}

/* Only what is async-signal-safe. */
static void on_alarm(int number)
{
	struct pollfd p = { pair[0], POLLIN, 0 };
	char byte = 's';
	int saved = errno, fd;

	(void)number;
	signals++;
	wrong += send(pair[0], &byte, 1, MSG_DONTWAIT) != 1;
	wrong += recv(pair[1], &byte, 1, MSG_DONTWAIT) != 1 || byte != 's';
	wrong += write(pair[0], &byte, 1) != 1;
	wrong += read(pair[1], &byte, 1) != 1;
	wrong += poll(&p, 1, 0) != 0;
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	wrong += accept(fd, NULL, NULL) != -1 || errno != EINVAL;
	wrong += close(fd) != 0;
	errno = saved;
}

static void work(int other[2])
{
	char byte = 'm';
	int fd;

	free(block);
	block = malloc((size_t)(signals % 500) + 1);
	CHECK(send(other[0], &byte, 1, 0) == 1);
	CHECK(recv(other[1], &byte, 1, 0) == 1 && byte == 'm');
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	CHECK(fd >= 0 && close(fd) == 0);
}

int main(void)
{
	struct itimerval timer = { { 0, 100 }, { 0, 100 } };
	struct itimerval off = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = on_alarm,
				    .sa_flags = SA_RESTART };
	time_t end = hazard_seconds() + PATIENCE_S;
	int other[2];

	pair_of(pair);
	pair_of(other);
	listen_to("libc.socket.recv.start", slow_count, &started);
	listen_to("libc.socket.recv.stop", slow_count, &ended);
	listen_to("libc.socket.recv.exception", count_event, &ended);
	listen_to("libc.heap.alloc.start", slow_count, &started);
	listen_to("libc.heap.alloc.stop", slow_count, &ended);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	while (signals < SIGNALS && hazard_seconds() < end)
		work(other);
	setitimer(ITIMER_REAL, &off, NULL);
	CHECK(signals > 100);
	CHECK(wrong == 0 && nested == 0);
	CHECK(!shimmed() || (started > 0 && started == ended));
	return hazard_end();
}
