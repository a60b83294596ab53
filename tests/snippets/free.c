/*
 * free(): keeps errno; what was never allocated aborts as before.
 */
#include "lib/replay.h"

SNIPPET(free, .span = "libc.heap.free", .forks = 1)
{
	static char nobodys[64] __attribute__((aligned(16)));
	char *small = malloc(24), *large = malloc(1 << 20);
	void *aligned = NULL;
	char *volatile twice;

	posix_memalign(&aligned, 4096, 10000);
	CALL_VOID(free(NULL));
	CALL_VOID(free(small));
	CALL_VOID(free(large));
	CALL_VOID(free(aligned));
	CALL_VOID(free(strdup("from the library")));
	IN_CHILD(free(nobodys + 16));
	IN_CHILD(free(nobodys + 8));
	IN_CHILD(twice = malloc(2000); malloc(2000); free(twice); free(twice));
}
