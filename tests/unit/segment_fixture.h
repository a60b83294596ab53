/*
 * segment_fixture.h - a directory for the segment of a test.
 */
#ifndef TESTS_UNIT_SEGMENT_FIXTURE_H
#define TESTS_UNIT_SEGMENT_FIXTURE_H

#include "base/segment.h"

#include "test.h"

static char dir[] = "/dev/shm/test-segment.XXXXXX";
static struct segment_image image;

static void remove_dir(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	if (system(command) != 0)
		printf("# %s stays\n", dir);
}

static void setup(uint64_t limit)
{
	struct segment_options options = {
		.group = "00c0ffee",
		.limit = limit,
		.service = "shop",
	};

	if (!mkdtemp(dir))
		CHECK(mkdtemp(strcpy(dir, "/tmp/test-segment.XXXXXX")));
	options.dir = dir;
	segment_configure(&options);
}

/* Fills it to the brim; returns how many blocks there were. */
__attribute__((unused)) static unsigned int fill(uint32_t size)
{
	unsigned int count = 0;
	uint8_t *body;

	for (; (body = segment_alloc(SEGMENT_MORE, size, count, 0)); count++)
		memset(body, (int)count, size);
	return count;
}

#endif
