/*
 * pvalloc(): whole pages, and sizes that cannot be rounded up to one.
 */
#include "lib/replay.h"

#include <malloc.h>

SNIPPET(pvalloc, .span = "libc.heap.alloc")
{
	char *block = CALL_PTR(pvalloc(10));
	size_t page = (size_t)getpagesize();

	show("alignment", (uintptr_t)block % page);
	show("a page", malloc_usable_size(block) >= page);
	memset(block, 0xa5, malloc_usable_size(block));
	free(block);
	block = CALL_PTR(pvalloc(0));
	free(block);
	CALL_PTR(pvalloc(huge()));
	CALL_PTR(pvalloc(2 * huge() + 1));
}
