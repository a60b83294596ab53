/*
 * valloc(): page alignment.
 */
#include "lib/replay.h"

#include <malloc.h>

SNIPPET(valloc, .span = "libc.heap.alloc")
{
	char *block = CALL_PTR(valloc(10));

	show("alignment", (uintptr_t)block % (size_t)getpagesize());
	memset(block, 0xa5, malloc_usable_size(block));
	free(block);
	block = CALL_PTR(valloc(0));
	free(block);
	CALL_PTR(valloc(huge()));
}
