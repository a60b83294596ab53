/*
 * realloc(): as malloc, as free, moving, failing and keeping the block.
 */
#include "lib/replay.h"

SNIPPET(realloc, .span = "libc.heap.alloc")
{
	char *block = CALL_PTR(realloc(NULL, 20)), *none;

	strcpy(block, "0123456789");
	block = CALL_PTR(realloc(block, 100000));
	show_text("kept", block);
	block = CALL_PTR(realloc(block, 30 << 20));
	show_text("kept", block);
	block[(30 << 20) - 1] = 1;
	none = CALL_PTR(realloc(block, huge()));
	show("failed", none == NULL);
	show_text("kept", block);
	block = CALL_PTR(realloc(block, 4));
	show_bytes("kept", block, 4);
	CALL_PTR(realloc(block, 0));
	block = CALL_PTR(realloc(NULL, 0));
	free(block);
}
