/* need.h - what has to hold for the test to make sense; else status 99. */
#ifndef TESTS_TLS_NEED_H
#define TESTS_TLS_NEED_H

#include <stdio.h>
#include <stdlib.h>

#define NEED(x)                                                                \
	do {                                                                   \
		if (!(x)) {                                                    \
			fprintf(stderr, "line %d: %s\n", __LINE__, #x);        \
			exit(99);                                              \
		}                                                              \
	} while (0)

#endif
