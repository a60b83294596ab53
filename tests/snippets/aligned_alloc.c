/*
 * aligned_alloc(): every alignment up to 2 MiB, and odd ones.
 */
#include "lib/replay.h"

#include <malloc.h>

SNIPPET(aligned_alloc, .span = "libc.heap.alloc")
{
	volatile size_t odd = 48; /* some compilers do not survive it */
	size_t alignment, usable;
	char *block;

	for (alignment = 8; alignment <= 2 << 20; alignment *= 2) {
		block = CALL_PTR(aligned_alloc(alignment, 100));
		usable = malloc_usable_size(block);
		show("alignment", (uintptr_t)block % alignment);
		show("enough", usable >= 100);
		memset(block, 0xa5, usable);
		block = realloc(block, 1000);
		show("kept", block[99] == (char)0xa5);
		CALL_VOID(free(block));
	}
	block = CALL_PTR(aligned_alloc(odd, 96));
	free(block);
	CALL_PTR(aligned_alloc(64, huge()));
	CALL_PTR(aligned_alloc(huge() + 2, 100));
}
