/*
 * calloc(): zeroes, and the product that overflows.
 */
#include "lib/replay.h"

static int is_zero(const char *block, size_t size)
{
	return block[0] == 0 && memcmp(block, block + 1, size - 1) == 0;
}

SNIPPET(calloc, .span = "libc.heap.alloc")
{
	static const size_t sizes[] = { 1, 100, 4096, 300000 };
	char *block;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		free(memset(malloc(3 * sizes[i]), 0xff, 3 * sizes[i]));
		block = CALL_PTR(calloc(3, sizes[i]));
		show("zero", is_zero(block, 3 * sizes[i]));
		show("alignment", (uintptr_t)block % 16);
		free(block);
	}
	block = CALL_PTR(calloc(0, 8));
	free(block);
	block = CALL_PTR(calloc(8, 0));
	free(block);
	CALL_PTR(calloc(huge(), 2));
	CALL_PTR(calloc(2, huge()));
	CALL_PTR(calloc(huge() / 8, 16));
	CALL_PTR(calloc(huge(), 1));
}
