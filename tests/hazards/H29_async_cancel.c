/*
 * H29: a thread that may be cancelled at any instruction is cancelled in the
 * middle of counting what it allocates, or of telling who listens.  Nothing of
 * that thread may be in the way of others afterwards: no lock, no read section,
 * no owner that nobody gets again.
 *
 * Technique: a thread that ends is healed as a frame that was left by a jump
 * (at_exit() in thread.c), and its open spans end with it; the heap's wrappers
 * have no clean-up code, which would find a broken stack (heap.c).
 *
 * modes: record events
 */
#include "hazard.h"

#include <pthread.h>
#include <signal.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ROUNDS 0 /* their allocators take locks */
#else
#define ROUNDS 150
#endif
#define BLOCKS 4 /* of seven that libc keeps for a thread */

static unsigned long seen, ended;
static int begun;

/* All from the thread's own cache of blocks, for which libc takes no lock:
 * it stays whole wherever the thread is stopped. */
static void allocate(void)
{
	void *volatile blocks[BLOCKS];
	int i;

	for (i = 0; i < BLOCKS; i++)
		blocks[i] = malloc(40);
	for (i = 0; i < BLOCKS; i++)
		free(blocks[i]);
}

static void *allocate_for_ever(void *arg)
{
	int old;

	allocate();
	__atomic_store_n(&begun, 1, __ATOMIC_RELEASE);
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
	for (;;)
		allocate();
	return arg;
}

/* What a thread does that nobody disturbs. */
static void *allocate_once(void *arg)
{
	unsigned long before = __atomic_load_n(&seen, __ATOMIC_RELAXED);

	allocate();
	CHECK(!arg ||
	      __atomic_load_n(&seen, __ATOMIC_RELAXED) == before + BLOCKS);
	return arg;
}

/* The time until it is cancelled differs from round to round. */
static void cancel_one(int round)
{
	pthread_t thread;
	void *result;
	int i;

	__atomic_store_n(&begun, 0, __ATOMIC_RELAXED);
	CHECK(!pthread_create(&thread, NULL, allocate_for_ever, NULL));
	WAIT_FOR(__atomic_load_n(&begun, __ATOMIC_ACQUIRE));
	for (i = 0; i < round * 37 % 1009; i++)
		__asm__ volatile("" ::: "memory");
	CHECK(!pthread_cancel(thread));
	CHECK(!pthread_join(thread, &result) && result == PTHREAD_CANCELED);
}

static void cancel_many(bool listening)
{
	void *expect = shimmed() && wraps_heap() && listening ? &seen : NULL;
	pthread_t thread;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		cancel_one(i);
		CHECK(!pthread_create(&thread, NULL, allocate_once, expect));
		CHECK(!pthread_join(thread, NULL));
		allocate_once(expect);
	}
}

int main(void)
{
	cancel_many(false);
	listen_to("libc.heap.alloc.stop", count_event, &seen);
	listen_to("libc.heap.alloc.exception", count_event, &ended);
	cancel_many(true);
	if (shimmed()) {
		CHECK(telemetry_detach_wait("hazard-1") == 0);
		CHECK(telemetry_detach_wait("hazard-2") == 0);
	}
	cancel_many(false);
	return hazard_end();
}
