/*
 * H1: looking up an original must not come back into the wrappers.  A library
 * in front of the shim has a dlsym that allocates each time, as that of older
 * libcs did, and does so from the first moment on.
 *
 * Technique: originals are found by a walk over the link map and its hash
 * tables (elf_next), never by dlsym; the wrappers never call dlsym at all.
 *
 * sibling: front
 * modes: record console
 */
#include "hazard_net.h"

#include <dlfcn.h>

#ifdef HAZARD_SIBLING

static __thread int depth __attribute__((tls_model("initial-exec")));
unsigned long hazard_lookups;

static void allocate(void)
{
	if (++depth > 50)
		hazard_failed(__FILE__, __LINE__, "dlsym recursion");
	free(calloc(1, 32));
	hazard_lookups++;
	depth--;
}

void *dlsym(void *handle, const char *name)
{
	static void *(*real)(void *, const char *);

	if (!real)
		real = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");
	allocate();
	return real(handle, name);
}

#else

__attribute__((weak)) extern unsigned long hazard_lookups;

int main(void)
{
	int pair[2];

	CHECK(&hazard_lookups != NULL);
	free(realloc(calloc(1, 10), 100));
	pair_of(pair);
	CHECK(send(pair[0], "x", 1, 0) == 1);
	CHECK(connect_unix("absent") == -1);
	close(pair[0]);
	close(pair[1]);
	printf("dlsym was called %lu times\n", hazard_lookups);
	shimmed();
	return hazard_end();
}

#endif
