/*
 * test_segment_full.c - a tmpfs without room: before the segment is made, and
 * while it grows.
 */
#define _GNU_SOURCE /* unshare */
#include "segment_hostile.h"

#include <sched.h>
#include <sys/mount.h>

/* A tmpfs of its own over `dir`, seen by this process only. */
static void mount_small(const char *options)
{
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", dir, "tmpfs", 0, options) != 0) {
		teardown();
		SKIP("mounting a tmpfs needs CAP_SYS_ADMIN");
	}
}

static void unmount_small(void)
{
	umount2(dir, MNT_DETACH);
	teardown();
}

TEST(a_full_tmpfs_stops_the_growth_and_no_more)
{
	struct segment_image image;
	uint64_t used;

	setup();
	mount_small("size=64k,mode=700");
	use(dir);
	used = fill();
	CHECK(used > 32768 && used <= 65536);
	CHECK(segment_header()->dropped[DROP_MEMORY] > 0);
	CHECK_INT(segment_read_file(segment_path(), &image), 0);
	CHECK_INT(image.size, used);
	check_log("cannot grow", "no room", segment_path());
	unmount_small();
}

static void fill_by_others(void)
{
	char block[4096] = { 1 };
	FILE *f;

	snprintf(path, sizeof(path), "%s/other", dir);
	f = fopen(path, "w");
	CHECK(f);
	while (fwrite(block, sizeof(block), 1, f) == 1 && fflush(f) == 0)
		;
}

TEST(a_tmpfs_that_others_fill_kills_nobody)
{
	uint64_t used;

	setup();
	mount_small("size=1m,mode=700");
	use(dir);
	CHECK(segment_put_string("x", 1));
	fill_by_others();
	used = fill();
	CHECK(used <= 4096 && used > sizeof(struct segment_header));
	unmount_small();
}

TEST(a_part_without_memory_is_not_touched)
{
	struct segment_image image;
	void *part, *other;

	setup();
	mount_small("size=1m,mode=700");
	use(dir);
	part = segment_alloc_part(SEGMENT_RING, 40000, 100, 0, 0);
	other = segment_alloc_part(SEGMENT_RING, 40000, 100, 0, 0);
	CHECK(part && other);
	fill_by_others();
	CHECK(segment_room(part, 100));
	CHECK(!segment_room(part, 20000));
	CHECK_INT(segment_read_own(&image), 0);
	CHECK(segment_find(&image, segment_id(other), SEGMENT_RING, 40000));
	CHECK_INT(image.size, segment_header()->used);
	unmount_small();
}

TEST(a_tmpfs_full_from_the_start_means_private_memory)
{
	setup();
	mount_small("size=16k,mode=700");
	fill_by_others();
	use(dir);
	CHECK(fill() > 1 << 20);
	CHECK(!segment_path());
	/* Its file does not stay behind. */
	CHECK_INT(rmdir(segment_directory()), 0);
	unmount_small();
}
