/*
 * H27: where the kernel has no vDSO, getauxval() sets errno, and the calls in
 * which we look for it leave errno as the program knows it all the same, be it
 * the first of all.  It is looked for once.
 *
 * Technique: errno saved and put back around the look; "none" is remembered
 * (elf.c).
 *
 * library: -Wl,-z,initfirst
 * sibling: front
 * modes: record console
 */
#include "hazard_net.h"

#include <dlfcn.h>
#include <spawn.h>
#include <sys/auxv.h>
#include <sys/wait.h>

#if defined(HAZARD_SIBLING)

unsigned long hazard_asked;

unsigned long getauxval(unsigned long type)
{
	static unsigned long (*real)(unsigned long);

	if (type == AT_SYSINFO_EHDR) {
		hazard_asked++;
		errno = ENOENT;
		return 0;
	}
	if (!real)
		real = (unsigned long (*)(unsigned long))dlsym(RTLD_NEXT,
							       "getauxval");
	return real(type);
}

#elif defined(HAZARD_LIBRARY)

#define PRESET 77

int library_errno[6];
static volatile size_t large = 1000;

/* Before our constructor. */
__attribute__((constructor)) static void early(void)
{
	static char *arguments[] = { "true", NULL };
	static char *environment[] = { NULL };
	int pair[2], *e = library_errno, status;
	pid_t child;
	void *p;

	errno = PRESET;
	p = malloc(large);
	e[0] = errno;
	errno = PRESET;
	free(p);
	e[1] = errno;
	errno = PRESET;
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	e[2] = errno;
	errno = PRESET;
	CHECK(!posix_spawn(&child, "/bin/true", NULL, NULL, arguments,
			   environment));
	e[3] = errno;
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	errno = PRESET;
	CHECK(!close(pair[0]));
	e[4] = errno;
	CHECK(!close(pair[1]));
	errno = PRESET;
	dlsym(RTLD_DEFAULT, "malloc");
	e[5] = errno;
}

#else

__attribute__((weak)) extern unsigned long hazard_asked;
extern int library_errno[6];

int main(void)
{
	unsigned long asked;
	int pair[2], i;

	for (i = 0; i < 6; i++)
		printf("early call %d: errno %d\n", i, library_errno[i]);
	CHECK(&hazard_asked != NULL);
	asked = hazard_asked;
	pair_of(pair);
	errno = 77;
	CHECK(!close(pair[0]) && !close(pair[1]));
	free(realloc(malloc(10), 1000));
	printf("errno %d\n", errno);
	CHECK(hazard_asked == asked);
	/* By the clock, and by us. */
	printf("asked %s\n", asked <= 2 ? "once" : "each time");
	return hazard_end();
}

#endif
