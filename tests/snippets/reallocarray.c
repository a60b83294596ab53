/*
 * reallocarray(): realloc() of a product, which may overflow.
 */
#include "lib/replay.h"

SNIPPET(reallocarray, .span = "libc.heap.alloc")
{
	char *block = CALL_PTR(reallocarray(NULL, 10, 2));

	strcpy(block, "0123456789");
	block = CALL_PTR(reallocarray(block, 1000, 1000));
	show_text("kept", block);
	CALL_PTR(reallocarray(block, huge(), 4));
	CALL_PTR(reallocarray(block, huge(), 1));
	show_text("kept", block);
	block = CALL_PTR(reallocarray(block, 2, 8));
	show_text("kept", block);
	CALL_PTR(reallocarray(block, 0, 8));
}
