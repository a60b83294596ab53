/*
 * test_segment.c - the segment of this process: blocks, growth, drops, fork.
 * Its file is test_segment_file.c's.
 */
#include "segment_fixture.h"

#include <pthread.h>
#include <sys/stat.h>

static void check_text(uint32_t id, const char *expected)
{
	uint32_t length;
	const char *text = segment_text(&image, id, &length);

	CHECK_INT(length, strlen(expected));
	CHECK_MEM(text, expected, length);
}

TEST(nothing_exists_before_the_first_block)
{
	char expected[64];

	setup(0);
	snprintf(expected, sizeof(expected), "%s/00c0ffee", dir);
	CHECK_STR(segment_directory(), expected);
	CHECK(!segment_header());
	CHECK(!segment_path());
	CHECK(!segment_body(1));
	CHECK_INT(segment_id(NULL), 0);
	CHECK_INT(segment_read_own(&image), -ENOENT);
	segment_leave(0, true);
	CHECK_INT(access(segment_directory(), F_OK), -1);
	remove_dir();
}

TEST(the_first_block_makes_the_file)
{
	char exe[1024] = "", expected[128];
	struct segment_header *header;
	struct stat st;

	setup(0);
	errno = E2BIG;
	CHECK(segment_alloc(SEGMENT_CELL, 100, 7, 0));
	CHECK_INT(errno, E2BIG);
	snprintf(expected, sizeof(expected), "%s/00c0ffee/%d.0", dir, getpid());
	CHECK_STR(segment_path(), expected);
	CHECK_INT(stat(segment_path(), &st), 0);
	CHECK_INT(st.st_mode, S_IFREG | 0600);
	CHECK_INT(stat(segment_directory(), &st), 0);
	CHECK_INT(st.st_mode, S_IFDIR | 0700);
	header = segment_header();
	CHECK_INT(header->pid, getpid());
	CHECK_INT(header->parent_pid, getppid());
	CHECK_INT(header->state, SEGMENT_RUNNING);
	CHECK(header->started_wall / 1000000000u - (uint64_t)time(NULL) + 60 <
	      120);
	CHECK_INT(segment_read_file(segment_path(), &image), 0);
	CHECK(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0);
	check_text(image.header->executable, exe);
	check_text(image.header->service, "shop");
	CHECK_INT(image.header->build_id, 0);
	segment_release(&image);
	remove_dir();
}

TEST(blocks_are_zeroed_aligned_and_found_by_id)
{
	const struct segment_block *block;
	uint8_t *first, *second;

	setup(0);
	first = segment_alloc(SEGMENT_CELL, 1, 11, 0);
	second = segment_alloc(SEGMENT_SERIES, 33, 12, segment_id(first));
	CHECK_INT((uintptr_t)first % 16, 0);
	CHECK_INT(second - first, 32);
	CHECK_INT(second[0] | second[32] | second[47], 0);
	CHECK(segment_body(segment_id(second)) == second);
	CHECK(!segment_body(0));
	second[32] = 99;
	CHECK_INT(segment_read_own(&image), 0);
	CHECK(!segment_find(&image, segment_id(second), SEGMENT_CELL, 0));
	CHECK(!segment_find(&image, segment_id(second), SEGMENT_SERIES, 49));
	CHECK(!segment_find(&image, 0, SEGMENT_SERIES, 0));
	CHECK(!segment_find(&image, UINT32_MAX, SEGMENT_SERIES, 0));
	second = (void *)(uintptr_t)segment_find(&image, segment_id(second),
						 SEGMENT_SERIES, 48);
	CHECK_INT(second[32], 99);
	block = (const struct segment_block *)second - 1;
	CHECK_INT(block->owner, 12);
	CHECK_INT(block->link, segment_id(first));
	CHECK(!segment_next(&image, block));
	segment_release(&image);
	CHECK(!segment_next(&image, NULL));
	remove_dir();
}

TEST(strings_keep_every_byte)
{
	uint32_t id, length;

	setup(0);
	id = segment_put_string("a\0b", 3);
	check_text(0, "");
	CHECK_INT(segment_read_file(segment_path(), &image), 0);
	CHECK_MEM(segment_text(&image, id, &length), "a\0b", 3);
	CHECK_INT(length, 3);
	check_text(id + 1, "");
	CHECK(segment_put_string("", 0) > id);
	remove_dir();
}

static bool is_all(const uint8_t *bytes, size_t count, uint8_t value)
{
	while (count > 0 && bytes[count - 1] == value)
		count--;
	return count == 0;
}

static void check_part(const struct segment_image *of, uint32_t id,
		       size_t filled)
{
	const uint8_t *body = segment_find(of, id, SEGMENT_RING, 40000);

	CHECK(body && is_all(body, filled, 1));
	CHECK(is_all(body + filled, 40000 - filled, 0));
	body = (const uint8_t *)segment_next(
		       of,
		       (const struct segment_block *)(const void *)body - 1) +
	       sizeof(struct segment_block);
	CHECK(is_all(body, 100, 2));
}

TEST(a_part_begins_at_a_cache_line)
{
	const struct segment_block *block = NULL;
	uint32_t size, rings = 0;

	setup(0);
	for (size = 16; size <= 128; size += 16) {
		uint8_t *part;

		CHECK(segment_alloc(SEGMENT_CELL, size, 0, 0));
		part = segment_alloc_part(SEGMENT_RING, 4000, 100, 7, 0);
		CHECK(part);
		CHECK_INT((uintptr_t)part % CACHE_LINE, sizeof(*block));
	}
	CHECK_INT(segment_read_own(&image), 0);
	while ((block = segment_next(&image, block)))
		rings += block->kind == SEGMENT_RING;
	CHECK_INT(rings, 8);
	segment_release(&image);
	remove_dir();
}

TEST(a_part_gets_its_memory_when_it_is_filled)
{
	static const uint32_t sizes[] = { 100, 3000, 20000, 20001, 40000 };
	uint8_t *part, *behind;
	struct stat st;
	size_t i;

	setup(0);
	part = segment_alloc_part(SEGMENT_RING, 40000, 100, 7, 0);
	behind = segment_alloc(SEGMENT_MORE, 100, 0, 0);
	CHECK(part && behind);
	memset(behind, 2, 100);
	CHECK_INT(stat(segment_path(), &st), 0);
	CHECK(st.st_blocks * 512 <= 3 * 4096);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		CHECK(segment_room(part, sizes[i]));
		memset(part, 1, sizes[i]);
		CHECK_INT(segment_read_own(&image), 0);
		check_part(&image, segment_id(part), sizes[i]);
		segment_release(&image);
		CHECK_INT(segment_read_file(segment_path(), &image), 0);
		check_part(&image, segment_id(part), sizes[i]);
		segment_release(&image);
	}
	/* Nothing is behind this one. */
	part = segment_alloc_part(SEGMENT_RING, 40000, 100, 7, 0);
	CHECK(segment_room(part, 40000));
	CHECK_INT(stat(segment_path(), &st), 0);
	CHECK((uint64_t)st.st_blocks * 512 >= segment_header()->used);
	remove_dir();
}

TEST(it_grows_to_the_limit_and_counts_what_no_longer_fits)
{
	const struct segment_block *block = NULL;
	unsigned int count, seen = 0;
	struct stat st;

	setup(3 << 20);
	CHECK(segment_put_string("x", 1));
	CHECK_INT(stat(segment_path(), &st), 0);
	CHECK(st.st_blocks * 512 <= 32768);
	count = fill(10000);
	CHECK(count >= 300 && count <= (3 << 20) / 10000);
	CHECK(segment_header()->dropped[DROP_MEMORY] == 1);
	CHECK(segment_put_string("x", 1));
	CHECK_INT(segment_read_file(segment_path(), &image), 0);
	while ((block = segment_next(&image, block))) {
		const uint8_t *body = segment_block_body(block);

		if (block->kind != SEGMENT_MORE)
			continue;
		CHECK_INT(block->owner, seen);
		CHECK_INT(body[0], seen & 255);
		CHECK_INT(body[9999], seen & 255);
		seen++;
	}
	CHECK_INT(seen, count);
	CHECK(!segment_alloc(SEGMENT_MORE, UINT32_MAX, 0, 0));
	CHECK(!segment_put_string("x", UINT32_MAX));
	CHECK_INT(segment_header()->dropped[DROP_MEMORY], 3);
	remove_dir();
}

TEST(drops_count_before_and_after_there_is_a_header)
{
	int i, k;

	setup(0);
	segment_drop(DROP_NESTED, 2);
	segment_drop(DROP_SEGMENT, 40);
	segment_drop(DROP_REASONS, 1);
	CHECK(segment_alloc(SEGMENT_CELL, 16, 0, 0));
	segment_drop(DROP_NESTED, 3);
	segment_drop((enum drop_reason) - 1, 1);
	CHECK_INT(segment_header()->dropped[DROP_NESTED], 5);
	CHECK_INT(segment_header()->dropped[DROP_SEGMENT], 40);
	for (i = 0; i < DROP_REASONS; i++) {
		CHECK(*drop_reason_name((enum drop_reason)i));
		for (k = 0; k < i; k++)
			CHECK(strcmp(drop_reason_name((enum drop_reason)i),
				     drop_reason_name((enum drop_reason)k)));
	}
	CHECK_STR(drop_reason_name(DROP_REASONS), "");
	remove_dir();
}

TEST(leaving_is_noted_and_may_remove_the_file)
{
	setup(0);
	CHECK(segment_alloc(SEGMENT_CELL, 16, 0, 0));
	segment_leave(3, false);
	CHECK_INT(segment_read_file(segment_path(), &image), 0);
	CHECK_INT(image.header->state, SEGMENT_LEFT);
	CHECK_INT(image.header->exit_status, 3);
	CHECK(image.header->left_monotonic >= image.header->started_monotonic);
	segment_leave(4, true);
	CHECK(!segment_path());
	CHECK_INT(rmdir(segment_directory()), 0);
	remove_dir();
}

TEST(a_forked_child_gets_a_file_of_its_own)
{
	uint32_t generation, *mine;
	int status;
	pid_t pid;

	setup(0);
	mine = segment_alloc(SEGMENT_CELL, 16, 0, 0);
	*mine = 42;
	generation = segment_generation();
	segment_drop(DROP_TEXT, 1);
	pid = fork();
	if (pid == 0) {
		segment_leave(9, true); /* as the child of a vfork might */
		segment_after_fork();
		CHECK(segment_generation() != generation);
		CHECK(!segment_header());
		CHECK(!segment_path());
		CHECK_INT(*mine, 42);
		CHECK(segment_alloc(SEGMENT_CELL, 16, 0, 0));
		CHECK(segment_generation() != generation);
		CHECK_INT(segment_header()->pid, getpid());
		CHECK_INT(segment_header()->parent_pid, getppid());
		CHECK_INT(segment_header()->dropped[DROP_TEXT], 0);
		segment_forget_parent();
		segment_leave(0, true);
		_exit(0);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
	CHECK_INT(segment_header()->state, SEGMENT_RUNNING);
	CHECK_INT(segment_read_file(segment_path(), &image), 0);
	CHECK_INT(segment_generation(), generation);
	/* As after an exec: same pid, next file. */
	segment_after_fork();
	CHECK(segment_alloc(SEGMENT_CELL, 16, 0, 0));
	CHECK_INT(segment_header()->generation, 1);
	CHECK_STR(strrchr(segment_path(), '.'), ".1");
	remove_dir();
}

static void *put_many(void *arg)
{
	unsigned int i;

	for (i = 0; i < 2000; i++) {
		uint64_t *body = segment_alloc(SEGMENT_CELL, 48, 0, 0);

		CHECK(body);
		CHECK_INT(body[0] | body[5], 0);
		body[0] = body[5] = (uintptr_t)arg << 32 | i;
	}
	return NULL;
}

TEST(threads_get_blocks_of_their_own)
{
	const struct segment_block *block = NULL;
	unsigned int next[4] = { 0 };
	pthread_t threads[4];
	uintptr_t i;

	setup(0);
	for (i = 0; i < 4; i++)
		CHECK_INT(
			pthread_create(&threads[i], NULL, put_many, (void *)i),
			0);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	CHECK_INT(segment_read_file(segment_path(), &image), 0);
	while ((block = segment_next(&image, block))) {
		const uint64_t *body = segment_block_body(block);

		if (block->kind != SEGMENT_CELL)
			continue;
		CHECK_INT(body[0], body[5]);
		CHECK_INT(body[0] & UINT32_MAX, next[body[0] >> 32]);
		next[body[0] >> 32]++;
	}
	for (i = 0; i < 4; i++)
		CHECK_INT(next[i], 2000);
	remove_dir();
}
