/*
 * seed.c - preloaded behind the shim: the bytes that its hashes are seeded with
 * are always the same ones, those of SEED.  The kernel's are others in each
 * process, and where two hashes meet in a table each look-up takes longer.
 *
 * Only for what asks by getauxval(), which libc itself does not do.
 */
#define _GNU_SOURCE
#include <sys/auxv.h>

#ifndef SEED
#define SEED 1
#endif

unsigned long __getauxval(unsigned long type);

unsigned long getauxval(unsigned long type)
{
	static const unsigned long long bytes[2] = {
		0x9e3779b97f4a7c15u * SEED,
		0xc2b2ae3d27d4eb4fu * SEED,
	};

	return type == AT_RANDOM ? (unsigned long)bytes : __getauxval(type);
}
