/*
 * test_segment_hostile.c - places where a segment cannot or must not be made:
 * recording goes on in private memory, one line says why, the host lives.
 */
#include "base/log.h"
#include "base/segment.h"
#include "base/thread.h"
#include "segment_hostile.h"

#include <fcntl.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* Recording works, but nobody else can see it. */
static void check_private(const char *what)
{
	struct segment_image image;
	uint32_t id = segment_put_string("kept", 4);
	uint32_t length;

	CHECK(id);
	CHECK(!segment_path());
	CHECK_INT(segment_read_own(&image), 0);
	CHECK_MEM(segment_text(&image, id, &length), "kept", 4);
	segment_leave(0, true);
	check_log("TELEMETRY_DIR", what, "expected");
	teardown();
}

TEST(a_symbolic_link_is_not_followed)
{
	setup();
	snprintf(path, sizeof(path), "%s/link/", dir);
	path[strlen(path) - 1] = '\0';
	CHECK_INT(symlink("/tmp", path), 0);
	strcat(path, "/");
	use(path);
	check_private("symbolic link");
}

TEST(a_symbolic_link_as_group_is_not_followed)
{
	setup();
	snprintf(path, sizeof(path), "%s/abc", dir);
	CHECK_INT(symlink("/tmp", path), 0);
	use(dir);
	check_private("symbolic link");
}

TEST(a_file_is_no_directory)
{
	setup();
	use(log_path);
	check_private("no directory");
}

TEST(a_relative_path_is_refused)
{
	setup();
	use("tmp/x");
	check_private("absolute");
}

TEST(a_path_too_long_is_refused)
{
	static char longest[5000];

	setup();
	memset(longest, 'x', sizeof(longest) - 1);
	longest[0] = '/';
	use(longest);
	check_private("too long");
}

TEST(a_missing_parent_is_not_made)
{
	setup();
	snprintf(path, sizeof(path), "%s/no/such", dir);
	use(path);
	check_private(path);
}

TEST(a_directory_that_others_can_write_is_refused)
{
	setup();
	CHECK_INT(chmod(dir, 01777), 0);
	use(dir);
	check_private("written by others");
}

TEST(a_group_that_others_can_write_is_refused)
{
	setup();
	snprintf(path, sizeof(path), "%s/abc", dir);
	CHECK_INT(mkdir(path, 0700), 0);
	CHECK_INT(chmod(path, 0720), 0);
	use(dir);
	check_private("written by others");
}

TEST(a_directory_of_another_user_is_refused)
{
	setup();
	if (geteuid() != 0 || chown(dir, 65534, 65534) != 0) {
		teardown();
		SKIP("giving a directory away needs root");
	}
	use(dir);
	check_private("another user");
}

TEST(all_names_may_be_taken)
{
	int i;

	setup();
	snprintf(path, sizeof(path), "%s/abc", dir);
	CHECK_INT(mkdir(path, 0700), 0);
	for (i = 0; i < 64; i++) {
		/* Links that lead elsewhere are not followed either. */
		snprintf(path, sizeof(path), "%s/abc/%d.%d", dir, getpid(), i);
		CHECK_INT(symlink(log_path, path), 0);
	}
	use(dir);
	check_private("cannot be made");
}

TEST(no_descriptor_is_left)
{
	struct rlimit limit = { 0, RLIM_INFINITY };

	setup();
	use(dir);
	CHECK_INT(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 0;
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &limit), 0);
	CHECK(segment_put_string("kept", 4));
	CHECK(!segment_path());
	limit.rlim_cur = limit.rlim_max;
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &limit), 0);
	teardown();
}

TEST(a_file_size_limit_of_nothing_kills_nobody)
{
	struct rlimit limit = { 0, RLIM_INFINITY };

	setup();
	use(dir);
	CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
	CHECK(segment_put_string("kept", 4));
	CHECK(!segment_path());
	teardown();
}

/* Fills the segment; returns the bytes that it took. */
TEST(a_file_size_limit_limits_the_segment)
{
	struct rlimit limit = { 100000, RLIM_INFINITY };
	struct segment_image image;
	struct stat st;
	uint64_t used;

	setup();
	use(dir);
	CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
	used = fill();
	CHECK(used > 80000 && used <= 100000);
	CHECK_INT(stat(segment_path(), &st), 0);
	CHECK(st.st_size <= 100000);
	CHECK_INT(segment_read_file(segment_path(), &image), 0);
	CHECK_INT(image.size, used);
	CHECK(segment_header()->dropped[DROP_MEMORY] > 0);
	check_log("TELEMETRY_MEMORY_LIMIT", "cannot grow", "dropped");
	teardown();
}

TEST(little_address_space_is_enough)
{
	struct rlimit limit = { 0, RLIM_INFINITY };
	uint64_t pages = 0, used;
	FILE *f;

	setup();
	use(dir);
	f = fopen("/proc/self/statm", "r");
	CHECK(f && fscanf(f, "%lu", &pages) == 1);
	fclose(f);
	limit.rlim_cur = (pages + 40) * 4096;
	CHECK_INT(setrlimit(RLIMIT_AS, &limit), 0);
	used = fill();
	CHECK(used > 8000 && used <= 40 * 4096);
	limit.rlim_cur = RLIM_INFINITY;
	CHECK_INT(setrlimit(RLIMIT_AS, &limit), 0);
	teardown();
}

TEST(no_address_space_means_no_recording)
{
	struct rlimit limit = { 4096, RLIM_INFINITY };

	setup();
	use(dir);
	CHECK_INT(setrlimit(RLIMIT_AS, &limit), 0);
	CHECK(!segment_alloc(SEGMENT_CELL, 16, 0, 0));
	CHECK_INT(segment_put_string("x", 1), 0);
	segment_drop(DROP_TEXT, 1);
	CHECK(!segment_header());
	limit.rlim_cur = RLIM_INFINITY;
	CHECK_INT(setrlimit(RLIMIT_AS, &limit), 0);
	CHECK(!segment_alloc(SEGMENT_CELL, 16, 0, 0));
	teardown();
}

static sigjmp_buf before_fault;

static void jump_out(int signal)
{
	siglongjmp(before_fault, signal);
}

/* Its second half cannot be read: the copy into the block is left. */
static __attribute__((noinline)) void put_torn_text(const char *text)
{
	CHECK(thread_claim(&thread_self));
	segment_put_string(text, 8192);
	CHECK(!"reached");
}

/* As if nothing had been begun: zeroes, and no block of the torn text. */
static void check_next_block(void)
{
	const struct segment_block *block = NULL;
	struct segment_image image;
	uint8_t *body;
	int i;

	CHECK(thread_claim(&thread_self));
	body = segment_alloc(SEGMENT_CELL, 1000, 0, 0);
	thread_release(&thread_self);
	CHECK(body);
	for (i = 0; i < 1000; i++)
		CHECK_INT(body[i], 0);
	CHECK_INT(segment_read_own(&image), 0);
	while ((block = segment_next(&image, block)))
		CHECK(segment_block_space(block) < 8192);
}

TEST(a_block_left_by_a_jump_leaves_no_trace)
{
	char *text;

	setup();
	use(dir);
	thread_init();
	text = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(text, 'x', 8192);
	CHECK_INT(mprotect(text + 4096, 4096, PROT_NONE), 0);
	signal(SIGSEGV, jump_out);
	CHECK(segment_put_string("kept", 4));
	if (sigsetjmp(before_fault, 1) == 0)
		put_torn_text(text);
	check_next_block();
	teardown();
}
