/*
 * fcntl(): see fcntl_matrix.h.
 */
#include "lib/replay.h"

#define FCNTL fcntl
#include "fcntl_matrix.h"

SNIPPET(fcntl, .blocks = blocks, .full = full)
{
	matrix();
}
