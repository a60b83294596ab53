/*
 * H31: a signal handler that leaves reallocarray() by siglongjmp must not keep
 * the reallocations of this thread from being seen ever after: libc's calls
 * realloc(), which comes to us again and is not counted twice.
 *
 * Technique: the mark that says so is taken by the first realloc() that sees it
 * (heap.c).
 *
 * modes: record
 */
#include "hazard.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#define BLOCK (1 << 20) /* has a mapping of its own */
#define TIMES 10

static sigjmp_buf place;
static unsigned long seen;
static void *volatile block;

static void leave(int number)
{
	siglongjmp(place, number);
}

static int on_alloc(const char *event, const struct telemetry_fields *m,
		    const struct telemetry_fields *metadata, void *config)
{
	const struct telemetry_value *v = telemetry_get(metadata, "function");

	if (v && v->length == 7 && !memcmp(v->as.string, "realloc", 7))
		return count_event(event, m, metadata, config);
	return 0;
}

/* Out of the copying of the old block, of which a page cannot be read: then it
 * is not moved as a whole.  No lock is held there. */
static void jump_out_of_reallocarray(void)
{
	const struct sigaction action = { .sa_handler = leave };
	struct sigaction before;
	size_t page = (size_t)getpagesize();
	char *old = reallocarray(NULL, BLOCK, 1), *middle;

	CHECK(old);
	memset(old, 'x', BLOCK);
	middle = old + BLOCK / 2;
	middle -= (size_t)middle % page;
	CHECK(!mprotect(middle, page, PROT_NONE));
	CHECK(!sigaction(SIGSEGV, &action, &before));
	if (sigsetjmp(place, 1) == 0) {
		block = reallocarray(old, BLOCK, 4);
		CHECK(!"reallocarray returned");
	}
	CHECK(!sigaction(SIGSEGV, &before, NULL));
	CHECK(!mprotect(middle, page, PROT_READ | PROT_WRITE));
	block = old;
}

int main(void)
{
	size_t i;

	jump_out_of_reallocarray();
	listen_to("libc.heap.alloc.stop", on_alloc, &seen);
	for (i = 0; i < TIMES; i++)
		CHECK((block = realloc(block, BLOCK + i)));
	CHECK(!shimmed() || !wraps_heap() || seen == TIMES);
	CHECK((block = reallocarray(block, BLOCK, 2)));
	CHECK(!shimmed() || !wraps_heap() || seen == TIMES);
	free(block);
	return hazard_end();
}
