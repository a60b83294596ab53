/*
 * group_fixture.h - a directory for the group of a test.
 */
#ifndef TESTS_UNIT_GROUP_FIXTURE_H
#define TESTS_UNIT_GROUP_FIXTURE_H

#include "base/segment.h"

#include "test.h"

#include <sys/stat.h>

#define GROUP_NAME "00c0ffee"

static char dir[64];
static char group[96];

/* Segments go there; the group's own directory does not exist yet. */
static inline void setup(void)
{
	struct segment_options options = { .group = GROUP_NAME, .dir = dir };

	if (!mkdtemp(strcpy(dir, "/dev/shm/test-group.XXXXXX")))
		CHECK(mkdtemp(strcpy(dir, "/tmp/test-group.XXXXXX")));
	snprintf(group, sizeof(group), "%s/" GROUP_NAME, dir);
	segment_configure(&options);
}

static inline void make_group(void)
{
	setup();
	CHECK_INT(mkdir(group, 0700), 0);
}

static inline void remove_dir(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	if (system(command) != 0)
		printf("# %s stays\n", dir);
}

#endif
