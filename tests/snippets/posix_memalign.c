/*
 * posix_memalign(): returns its error and leaves errno and the pointer alone.
 */
#include "lib/replay.h"

#include <malloc.h>

SNIPPET(posix_memalign, .span = "libc.heap.alloc")
{
	void *block, *const before = &block;
	size_t alignment;

	for (alignment = 8; alignment <= 2 << 20; alignment *= 2) {
		CALL(posix_memalign(&block, alignment, 100));
		show("alignment", (uintptr_t)block % alignment);
		memset(block, 0xa5, malloc_usable_size(block));
		free(block);
	}
	CALL(posix_memalign(&block, 8, 0));
	free(block);
	block = before;
	CALL(posix_memalign(&block, 0, 100));
	CALL(posix_memalign(&block, 4, 100));
	CALL(posix_memalign(&block, 24, 100));
	CALL(posix_memalign(&block, 64, huge()));
	show("untouched", block == before);
}
