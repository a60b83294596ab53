/*
 * H2, H32: an allocation inside our own work must not come back as an event.
 *
 * Technique: the re-entry guard of thread_claim() is a volatile store with a
 * compiler barrier; without it a handler that calls malloc recurses until the
 * stack ends.  H2_guard_store.sh looks at the instructions.
 *
 * modes: record events
 */
#include "hazard.h"

static unsigned long depth, deepest, calls;
static volatile size_t sink;

static int nest(const char *event, const struct telemetry_fields *measurements,
		const struct telemetry_fields *metadata, void *config)
{
	(void)event;
	(void)measurements;
	(void)metadata;
	(void)config;
	calls++;
	if (++depth > deepest)
		deepest = depth;
	if (depth < 100) {
		char *p = malloc(100 + depth);

		sink += (size_t)realloc(p, 4000);
		free(calloc(3, 50));
	}
	depth--;
	return 0;
}

int main(void)
{
	int i;

	listen_to("libc.heap.alloc.stop", nest, NULL);
	listen_to("libc.heap.free.stop", nest, NULL);
	for (i = 0; i < 1000; i++) {
		char *p = malloc(64);

		sink += (size_t)p;
		free(p);
	}
	if (shimmed()) {
		CHECK(deepest == 1);
		CHECK(calls == 2000);
	}
	return hazard_end();
}
