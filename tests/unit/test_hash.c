/* test_hash.c - the hash of texts. */
#include "base/hash.h"

#include "test.h"

#define MANY 50000

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

TEST(is_seeded_and_stable)
{
	uint64_t hash = hash_text("telemetry", 9);

	CHECK(hash_seed != 0);
	CHECK(hash_text("telemetry", 9) == hash);
	CHECK(hash_text("telemetrY", 9) != hash);
	CHECK(hash_text("telemetry", 8) != hash);
}

TEST(length_counts)
{
	static const char zeros[64];
	size_t a, b;

	for (a = 0; a < sizeof(zeros); a++)
		for (b = 0; b < a; b++)
			CHECK(hash_text(zeros, a) != hash_text(zeros, b));
}

TEST(similar_texts_do_not_collide)
{
	static uint64_t hashes[MANY];
	static int low[256];
	char text[32];
	int i;

	for (i = 0; i < MANY; i++) {
		int n = snprintf(text, sizeof(text), "metric.%d.stop", i);

		hashes[i] = hash_text(text, (size_t)n);
		low[hashes[i] & 255]++;
	}
	qsort(hashes, MANY, sizeof(hashes[0]), by_value);
	for (i = 1; i < MANY; i++)
		CHECK(hashes[i] != hashes[i - 1]);
	for (i = 0; i < 256; i++)
		CHECK(low[i] > MANY / 512 && low[i] < MANY / 128);
}

/* The words that hash_mix() multiplies by zero must not be known outside. */
TEST(no_word_forgets_what_came_before)
{
	uint64_t words[3] = { 1, 0xd6e8feb86659fd93u, 2 };
	uint64_t hash = hash_text((const char *)words, sizeof(words));

	words[0] = 3;
	CHECK(hash_text((const char *)words, sizeof(words)) != hash);
}

/* Two programs of one machine do not agree. */
TEST(seed_differs_between_programs)
{
	char ours[20], theirs[20] = "";
	FILE *other;

	snprintf(ours, sizeof(ours), "%llx",
		 (unsigned long long)hash_text("x", 1));
	if (getenv("TEST_HASH_PRINT")) {
		puts(ours);
		return;
	}
	setenv("TEST_HASH_PRINT", "1", 1);
	other = popen("/proc/$PPID/exe seed_differs_between_programs", "r");
	CHECK(other && fgets(theirs, sizeof(theirs), other));
	pclose(other);
	CHECK(strlen(theirs) > 4);
	CHECK(strncmp(ours, theirs, strlen(ours)) != 0);
}
