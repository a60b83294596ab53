/*
 * event_only.c - the shim's events without its wrappers, for a program of
 * tests/parity/ that is linked with libshim.a: ThreadSanitizer cannot be there
 * together with a library that is loaded before it.
 */
#include "base/clock.h"
#include "base/thread.h"
#include "event/event.h"
#include "event/symbol.h"

__attribute__((constructor)) static void start(void)
{
	struct thread *t = &thread_self;

	clock_init();
	thread_init();
	if (!thread_claim(t))
		return;
	symbol_init();
	api_set_state(API_ON);
	thread_release(t);
}
