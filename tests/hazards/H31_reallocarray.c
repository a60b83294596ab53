/*
 * H31: a signal handler that leaves reallocarray() by siglongjmp must not keep
 * the reallocations of this thread from being seen ever after: libc's calls
 * realloc(), which comes to us again and is not counted twice.
 *
 * Technique: the mark that says so is taken by the first realloc() that sees it,
 * and is for what reallocarray() was given only (heap.c).
 *
 * sibling: behind
 * modes: record
 */
#include "hazard.h"

typedef void (*before_function)(void);
/* Called in the next reallocarray(), before it does anything. */
void hazard_before(before_function before);

#ifdef HAZARD_SIBLING

#include <dlfcn.h>

static before_function called;

void hazard_before(before_function before)
{
	called = before;
}

void *reallocarray(void *old, size_t count, size_t size)
{
	void *(*original)(void *, size_t, size_t);
	before_function before = called;

	called = NULL;
	if (before)
		before();
	*(void **)&original = dlsym(RTLD_NEXT, "reallocarray");
	return original(old, count, size);
}

#else

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#define BLOCK (1 << 20) /* has a mapping of its own */
#define TIMES 10

__attribute__((weak)) void hazard_before(before_function before);

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

static void leave_at_once(void)
{
	siglongjmp(place, 1);
}

static void jump_before_realloc(void)
{
	CHECK(hazard_before != NULL);
	hazard_before(leave_at_once);
	if (sigsetjmp(place, 1) == 0) {
		block = reallocarray(NULL, BLOCK, 3);
		CHECK(!"reallocarray returned");
	}
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
	jump_before_realloc();
	CHECK((block = realloc(block, BLOCK)));
	CHECK(!shimmed() || !wraps_heap() || seen == TIMES + 1);
	free(block);
	CHECK((block = realloc(NULL, BLOCK * 3)));
	CHECK(!shimmed() || !wraps_heap() || seen == TIMES + 2);
	free(block);
	return hazard_end();
}

#endif
