/*
 * malloc(): alignment, room that can be written, nothing, too much.
 */
#include "lib/replay.h"

#include <malloc.h>

SNIPPET(malloc, .span = "libc.heap.alloc")
{
	static const size_t sizes[] = { 0, 1, 24, 25, 1000, 200000, 40 << 20 };
	size_t i, usable;
	char *block;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		block = CALL_PTR(malloc(sizes[i]));
		usable = malloc_usable_size(block);
		show("alignment", (uintptr_t)block % 16);
		if (sizes[i] <= 1000)
			show("usable", (long)usable);
		show("enough", usable >= sizes[i]);
		memset(block, 0xa5, usable);
		CALL_VOID(free(block));
	}
	CALL_PTR(malloc(huge()));
	CALL_PTR(malloc(huge() * 2 + 1));
}
