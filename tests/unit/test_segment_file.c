/*
 * test_segment_file.c - the file behind the segment: how it is made, opened
 * again and removed.  Places where it cannot be are test_segment_hostile.c's.
 */
#include "base/segment_file.h"

#include "segment_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

static int count_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int count = 0;

	CHECK(d);
	while (readdir(d))
		count++;
	closedir(d);
	return count;
}

TEST(a_missing_directory_is_made_for_us_alone)
{
	struct segment_options options = { .group = "1" };
	char path[64];
	struct stat st;

	setup(0);
	snprintf(path, sizeof(path), "%s/new//", dir);
	options.dir = path;
	segment_configure(&options);
	umask(0377);
	CHECK(segment_alloc(SEGMENT_CELL, 16, 0, 0));
	CHECK(segment_path());
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_mode, S_IFDIR | 0700);
	CHECK_INT(stat(segment_directory(), &st), 0);
	CHECK_INT(st.st_mode, S_IFDIR | 0700);
	CHECK_INT(stat(segment_path(), &st), 0);
	CHECK_INT(st.st_mode, S_IFREG | 0600);
	remove_dir();
}

TEST(older_kernels_reserve_by_the_path)
{
	char path[128];
	struct stat st;

	setup(1 << 20);
	CHECK_INT(segment_file_reserve(32768, 4096), -ENOENT);
	CHECK(segment_put_string("x", 1));
	CHECK_INT(segment_file_reserve(32768, 65536), 0);
	CHECK_INT(stat(segment_path(), &st), 0);
	CHECK_INT(st.st_blocks * 512, 4096 + 65536);
	strcpy(path, segment_path());
	CHECK_INT(unlink(path), 0);
	CHECK_INT(segment_file_reserve(98304, 4096), -ENOENT);
	CHECK_INT(symlink(dir, path), 0);
	CHECK_INT(segment_file_reserve(98304, 4096), -ELOOP);
	CHECK_INT(unlink(path), 0);
	CHECK_INT(close(open(path, O_CREAT | O_WRONLY, 0600)), 0);
	CHECK_INT(segment_file_reserve(98304, 4096), -ESTALE);
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_size, 0);
	remove_dir();
}

TEST(it_grows_when_its_file_is_gone_or_another)
{
	char path[128];
	FILE *f;

	setup(1 << 20);
	CHECK(segment_put_string("x", 1));
	strcpy(path, segment_path());
	CHECK_INT(unlink(path), 0);
	f = fopen(path, "w");
	CHECK(f);
	fputs("precious", f);
	fclose(f);
	fill(30000);
	segment_leave(0, true);
	/* Not ours: left as it is. */
	f = fopen(path, "r");
	CHECK(f && fread(path, 1, 9, f) == 8);
	CHECK_MEM(path, "precious", 8);
	CHECK_INT(segment_read_own(&image), 0);
	remove_dir();
}

TEST(no_descriptor_stays_open_nor_is_0_to_2_taken)
{
	int before, fd, saved = dup(1);

	setup(0);
	before = count_descriptors();
	CHECK(segment_alloc(SEGMENT_CELL, 16, 0, 0));
	fill(100000);
	CHECK_INT(segment_read_file(segment_path(), &image), 0);
	CHECK(segment_is_alive(&image));
	CHECK_INT(count_descriptors(), before);
	close(0);
	close(1);
	close(2);
	fd = segment_file_open(AT_FDCWD, "/", O_RDONLY, 0);
	before = fcntl(0, F_GETFD) & fcntl(1, F_GETFD) & fcntl(2, F_GETFD);
	dup2(saved, 1);
	CHECK(fd > 2);
	CHECK_INT(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_INT(before, -1);
	remove_dir();
}
