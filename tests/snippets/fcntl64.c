/*
 * fcntl64(): see fcntl_matrix.h.
 */
#include "lib/replay.h"

#define FCNTL fcntl64
#include "fcntl_matrix.h"

SNIPPET(fcntl64, .blocks = blocks, .full = full)
{
	matrix();
}
