/*
 * list.c - prints every function that has a span, with that and its family:
 * the text behind telemetry-run --list.  Linked with the shim's objects, run
 * once when they are built.
 */
#include "wrap/families.h"

#include <stdio.h>

static void print(const char *function, const char *span,
		  enum wrap_family family, void *arg)
{
	(void)arg;
	printf("%-24s %-24s %s\n", function, span, wrap_family_names[family]);
}

int main(void)
{
	printf("%-24s %-24s %s\n", "FUNCTION", "SPAN", "FAMILY");
	wrap_each(print, NULL);
	return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
