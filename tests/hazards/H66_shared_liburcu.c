/*
 * H66: a program that uses liburcu itself shares the state of its threads with
 * us.  A wrapper that enters a read section as if it were the thread's first one
 * ends the program's: what the program still reads is freed, and its own end of
 * the section hangs every later grace period.
 *
 * Technique: sections nest, always.
 *
 * modes: record
 * cflags: -lurcu-bp
 * env: TELEMETRY_METRICS=sum(libc.heap.alloc.stop.duration);sum(libc.heap.free.stop.duration);sum(hazard.own.stop.duration)
 */
#include <urcu-bp.h>

#include "hazard_net.h"

/* Enough for the clock to be measured, before which all goes another way. */
#define ROUNDS 50000

static void call_wrappers(const int *pair)
{
	struct telemetry_span span;
	void *volatile block = malloc(100);
	char byte;

	free(block);
	telemetry_span_begin(&span, "hazard.own", NULL, 0);
	telemetry_span_end(&span, NULL, 0, NULL, 0);
	CHECK(send(pair[0], "x", 1, 0) == 1);
	CHECK(recv(pair[1], &byte, 1, 0) == 1);
}

int main(void)
{
	int pair[2], i;

	pair_of(pair);
	for (i = 0; i < ROUNDS; i++) {
		urcu_bp_read_lock();
		call_wrappers(pair);
		CHECK(urcu_bp_read_ongoing());
		urcu_bp_read_unlock();
		CHECK(!urcu_bp_read_ongoing());
	}
	urcu_bp_synchronize_rcu();
	shimmed();
	return hazard_end();
}
