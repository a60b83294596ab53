/*
 * hash.h - one seeded hash for short texts and for combining ids.
 *
 * The seed is random per process (AT_RANDOM), so nobody outside can choose
 * texts that collide.
 */
#ifndef SHIM_BASE_HASH_H
#define SHIM_BASE_HASH_H

#include "base/compiler.h"

extern uint64_t hash_seed;

uint64_t hash_text(const char *text, size_t length);

/* Of two numbers of which neither is small. */
static inline uint64_t hash_fold(uint64_t a, uint64_t b)
{
	unsigned __int128 m = (unsigned __int128)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static inline uint64_t hash_mix(uint64_t hash, uint64_t value)
{
	return hash_fold(hash ^ 0x9e3779b97f4a7c15u,
			 value ^ 0xd6e8feb86659fd93u);
}

#endif
