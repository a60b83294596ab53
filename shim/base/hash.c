/*
 * hash.c - the hash of texts: eight bytes at a time through hash_mix().
 *
 * Not for anything that leaves the process, and not cryptographic: the secret
 * only keeps texts from outside from being chosen to collide.
 */
#include "base/hash.h"

#include <errno.h>
#include <string.h>
#include <sys/auxv.h>

uint64_t hash_seed;
/* Goes into every word, or the one word that makes hash_mix() forget its past
 * would be known to everybody. */
static uint64_t secret;

/* Every thread that gets here computes the same, so nobody has to wait. */
static COLD void seed(void)
{
	int saved = errno;
	const void *random = (const void *)getauxval(AT_RANDOM);
	uint64_t words[2] = { 0x6a09e667f3bcc908u, 0xbb67ae8584caa73bu };

	errno = saved;
	if (random)
		memcpy(words, random, sizeof(words));
	/* libc keeps its stack canary and pointer guard in these bytes: they
	 * are not used as they are. */
	store_relaxed(&secret, hash_mix(words[0], words[1]) | 1);
	/* Pairs with hash_text(): whoever sees the seed sees the secret. */
	store_release(&hash_seed, hash_mix(words[1], ~words[0]) | 1);
}

uint64_t hash_text(const char *text, size_t length)
{
	uint64_t hash, word, key;
	size_t left = length;

	/* Pairs with seed(). */
	if (unlikely(load_acquire(&hash_seed) == 0))
		seed();
	hash = hash_seed;
	key = load_relaxed(&secret);
	while (left >= sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		hash = hash_mix(hash, word ^ key);
		text += sizeof(word);
		left -= sizeof(word);
	}
	word = 0;
	if (left > 0)
		memcpy(&word, text, left);
	hash = hash_mix(hash, word ^ key);
	return hash_mix(hash, length ^ key);
}
