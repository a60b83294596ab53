/*
 * memalign(): every alignment up to 2 MiB, and odd ones.
 */
#include "lib/replay.h"

#include <malloc.h>

SNIPPET(memalign, .span = "libc.heap.alloc")
{
	volatile size_t odd = 48, none = 0;
	size_t alignment, usable;
	char *block;

	for (alignment = 8; alignment <= 2 << 20; alignment *= 2) {
		block = CALL_PTR(memalign(alignment, 100));
		usable = malloc_usable_size(block);
		show("alignment", (uintptr_t)block % alignment);
		show("enough", usable >= 100);
		memset(block, 0xa5, usable);
		block = realloc(block, 1000);
		show("kept", block[99] == (char)0xa5);
		CALL_VOID(free(block));
	}
	block = CALL_PTR(memalign(odd, 100));
	show("rounded up to 64", (uintptr_t)block % 64);
	free(block);
	block = CALL_PTR(memalign(none, 0));
	free(block);
	CALL_PTR(memalign(64, huge()));
	CALL_PTR(memalign(huge() + 2, 100));
}
