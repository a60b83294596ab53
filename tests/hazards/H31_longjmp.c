/*
 * H31: a signal handler that leaves by siglongjmp, out of a blocking wrapped
 * call or out of our own emission, must not silence the thread or keep a read
 * section of RCU open.
 *
 * Technique: the guard is a frame address; one that lies below the present
 * frame is stale and healed, together with RCU's nesting (thread_claim_slow).
 *
 * modes: record events
 */
#include "hazard_net.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/time.h>

#define ROUNDS 6

static sigjmp_buf place;
static unsigned long stops, exceptions, dispatched;
static volatile sig_atomic_t raising;

static void leave(int number)
{
	siglongjmp(place, number);
}

/* A handler of events that is interrupted in the middle of the dispatch. */
static int interrupted(const char *event, const struct telemetry_fields *m,
		       const struct telemetry_fields *metadata, void *config)
{
	count_event(event, m, metadata, config);
	if (raising) {
		raising = 0;
		raise(SIGUSR1);
	}
	return 0;
}

/* Blocks in recv() until the timer's handler jumps out of it. */
static void jump_out_of_recv(int fd)
{
	struct itimerval timer = { { 0, 1000 }, { 0, 1000 } };
	struct itimerval off = { { 0, 0 }, { 0, 0 } };
	char byte;

	if (sigsetjmp(place, 1) == 0) {
		setitimer(ITIMER_REAL, &timer, NULL);
		recv(fd, &byte, 1, 0);
		CHECK(!"recv returned");
	}
	setitimer(ITIMER_REAL, &off, NULL);
}

static void jump_out_of_handler(int fd)
{
	char byte = 'x';

	if (sigsetjmp(place, 1) == 0) {
		raising = 1;
		send(fd, &byte, 1, 0);
		CHECK(!shimmed());
	}
	raising = 0;
}

/* In a thread of its own: one that is itself inside a read section waits for
 * nothing. */
static void *wait_for_readers(void *arg)
{
	CHECK(telemetry_detach_wait("hazard-3") == 0);
	return arg;
}

static void one_exchange(const int pair[2])
{
	char byte = 'y';

	CHECK(send(pair[0], &byte, 1, 0) == 1);
	CHECK(recv(pair[1], &byte, 1, 0) == 1);
}

int main(void)
{
	int pair[2], other[2], i;
	pthread_t thread;

	pair_of(pair);
	pair_of(other);
	signal(SIGALRM, leave);
	signal(SIGUSR1, leave);
	listen_to("libc.socket.recv.stop", count_event, &stops);
	listen_to("libc.socket.recv.exception", count_event, &exceptions);
	listen_to("libc.socket.send.stop", interrupted, &dispatched);
	for (i = 0; i < ROUNDS; i++) {
		jump_out_of_recv(pair[1]);
		jump_out_of_handler(other[0]);
		one_exchange(pair);
	}
	printf("%d rounds\n", i);
	if (shimmed()) {
		CHECK(stops == ROUNDS);
		CHECK(exceptions == ROUNDS);
		CHECK(dispatched == 2 * ROUNDS);
		/* A read section that stayed open would make this hang. */
		CHECK(!pthread_create(&thread, NULL, wait_for_readers, NULL));
		CHECK(!pthread_join(thread, NULL));
		one_exchange(pair);
		CHECK(dispatched == 2 * ROUNDS && stops == ROUNDS + 1);
	}
	return hazard_end();
}
