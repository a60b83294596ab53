/*
 * test_segment_read.c - reading segments of others: corrupt, growing, of dead
 * processes, or no segments at all.
 */
#define _GNU_SOURCE /* seteuid, mkfifo */
#include "base/segment.h"

#include "base/arena.h"
#include "random.h"
#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/stat.h>

#define MUTATIONS 10000
#define READS 2000

static char dir[64] = "/dev/shm/test-segment.XXXXXX";
static char path[128];
static struct segment_image image;
static void setup(void)
{
	struct segment_options options = { .group = "abc" };

	if (!mkdtemp(dir))
		CHECK(mkdtemp(strcpy(dir, "/tmp/test-segment.XXXXXX")));
	options.dir = dir;
	segment_configure(&options);
	snprintf(path, sizeof(path), "%s/copy", dir);
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	if (system(command) != 0)
		printf("# %s stays\n", dir);
}

static void write_file(const void *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0);
	CHECK_INT(write(fd, bytes, size), size);
	close(fd);
}

static uint64_t dropped(void)
{
	return segment_header()->dropped[DROP_SEGMENT];
}

/* Touches every byte that the accessors give access to. */
static uint64_t read_everything(void)
{
	const struct segment_block *block = NULL;
	const uint8_t *end = image.bytes + image.size;
	uint64_t sum = 0, i;
	uint32_t length;
	const char *text;

	while ((block = segment_next(&image, block))) {
		const uint8_t *body = segment_block_body(block);

		CHECK(body + segment_block_space(block) <= end);
		for (i = 0; i < segment_block_space(block); i++)
			sum += body[i];
		text = segment_text(&image, block->link, &length);
		for (i = 0; i < length; i++)
			sum += (uint8_t)text[i];
	}
	for (i = 0; i < image.size / SEGMENT_UNIT + 4; i++) {
		text = segment_text(&image, (uint32_t)i, &length);
		CHECK(length == 0 || (const uint8_t *)text + length <= end);
		while (length > 0)
			sum += (uint8_t)text[--length];
		segment_find(&image, (uint32_t)next_random(), SEGMENT_CELL,
			     (uint32_t)next_random());
	}
	segment_is_alive(&image);
	return sum;
}

/* A small segment with all kinds of blocks; the bytes of its file. */
static uint8_t *make_valid(size_t *size)
{
	uint8_t *bytes;
	int i;

	for (i = 0; i < 12; i++) {
		uint32_t id = segment_put_string("text of a string", i + 4);

		CHECK(segment_alloc(1 + i % SEGMENT_MORE, 8u + i * 16, 1, id));
	}
	CHECK_INT(segment_read_file(segment_path(), &image), 0);
	*size = image.size;
	bytes = malloc(*size);
	CHECK(bytes);
	memcpy(bytes, image.bytes, *size);
	segment_release(&image);
	return bytes;
}

static void mutate(uint8_t *bytes, size_t size)
{
	static const uint32_t values[] = { 0,	       1,	   7,
					   15,	       16,	   0x7fffffff,
					   0x80000000, 0xfffffff0, 0xffffffff };
	int i, count = 1 + (int)(next_random() % 4);

	for (i = 0; i < count; i++) {
		size_t at = next_random() % size;
		uint32_t value = values[next_random() % 9];

		if (next_random() % 2)
			bytes[at] = (uint8_t)next_random();
		else
			memcpy(bytes + (at & ~3ul), &value, sizeof(value));
	}
}

TEST(mutations_stay_inside_the_copy)
{
	size_t size, used, before;
	uint8_t *valid, *bytes;
	unsigned int i, bad = 0;

	setup();
	valid = make_valid(&size);
	bytes = malloc(size);
	CHECK(bytes);
	before = arena_used();
	for (i = 0; i < MUTATIONS; i++) {
		int result;

		memcpy(bytes, valid, size);
		mutate(bytes, size);
		used = next_random() % 4 ? size : next_random() % size;
		write_file(bytes, used);
		result = segment_read_file(path, &image);
		CHECK(result == 0 || result == -EBADMSG || result == -EAGAIN);
		CHECK(image.size <= used);
		bad += result == -EBADMSG;
		if (result == 0)
			CHECK(image.size > 0);
		read_everything();
		segment_release(&image);
	}
	/* Both ways must have been gone, and every corrupt one counted. */
	CHECK(bad > MUTATIONS / 10 && bad < MUTATIONS);
	CHECK_INT(dropped(), bad);
	CHECK_INT(arena_used(), before);
	teardown();
}

TEST(the_sound_blocks_before_a_bad_one_are_kept)
{
	const struct segment_block *block;
	struct segment_block *bad;
	uint8_t *bytes;
	size_t size;

	setup();
	bytes = make_valid(&size);
	write_file(bytes, size);
	CHECK_INT(segment_read_file(path, &image), 0);
	block = segment_next(&image, segment_next(&image, NULL));
	bad = (void *)(bytes + ((const uint8_t *)block - image.bytes));
	segment_release(&image);
	bad->size += 1;
	write_file(bytes, size);
	CHECK_INT(segment_read_file(path, &image), -EBADMSG);
	CHECK_INT(image.size, (uint8_t *)bad - bytes);
	CHECK_INT(image.header->used, image.size);
	CHECK(!segment_next(&image, segment_next(&image, NULL)));
	segment_release(&image);
	bad->size -= 1;
	bad->kind = SEGMENT_MORE + 1;
	write_file(bytes, size);
	CHECK_INT(segment_read_file(path, &image), -EBADMSG);
	segment_release(&image);
	teardown();
}

TEST(a_file_in_the_making_is_not_corrupt)
{
	static const uint8_t zeros[4096];

	setup();
	CHECK(segment_put_string("x", 1));
	write_file(zeros, 0);
	CHECK_INT(segment_read_file(path, &image), -EAGAIN);
	write_file(zeros, sizeof(zeros));
	CHECK_INT(segment_read_file(path, &image), -EAGAIN);
	CHECK_INT(dropped(), 0);
	teardown();
}

TEST(what_is_no_segment_is_refused_without_waiting)
{
	setup();
	CHECK(segment_put_string("x", 1));
	CHECK_INT(segment_read_file(path, &image), -ENOENT);
	CHECK_INT(segment_read_file(dir, &image), -EBADMSG);
	CHECK_INT(segment_read_file("/dev/zero", &image), -EBADMSG);
	CHECK_INT(mkfifo(path, 0600), 0);
	CHECK_INT(segment_read_file(path, &image), -EBADMSG);
	CHECK_INT(unlink(path), 0);
	CHECK_INT(symlink(segment_path(), path), 0);
	CHECK_INT(segment_read_file(path, &image), -ELOOP);
	CHECK_INT(unlink(path), 0);
	write_file("#!/bin/sh\n", 10);
	CHECK_INT(segment_read_file(path, &image), -EBADMSG);
	/* Sparse and huge: not even tried. */
	CHECK_INT(truncate(path, 1l << 40), 0);
	CHECK_INT(segment_read_file(path, &image), -EBADMSG);
	segment_release(&image);
	teardown();
}

TEST(segments_of_others_are_for_root_alone)
{
	size_t size;

	setup();
	write_file(make_valid(&size), 0);
	if (chmod(dir, 0755) != 0 || geteuid() != 0 || seteuid(65534) != 0) {
		teardown();
		SKIP("becoming another user needs root");
	}
	CHECK_INT(seteuid(0), 0);
	CHECK_INT(truncate(path, 4096), 0);
	CHECK_INT(chmod(path, 0644), 0);
	CHECK_INT(seteuid(65534), 0);
	CHECK_INT(segment_read_file(path, &image), -EPERM);
	CHECK_INT(seteuid(0), 0);
	CHECK_INT(chown(path, 65534, 65534), 0);
	CHECK_INT(segment_read_file(path, &image), -EAGAIN);
	teardown();
}

static uint32_t appended, reads; /* release, acquire */

/* Strings whose bytes all say which one it is; a few for each reading. */
static void *append(void *arg)
{
	char text[64];
	uint32_t i;

	for (i = 0; load_acquire(&reads) < READS; i++) {
		memset(text, 'a' + (int)(i % 26), sizeof(text));
		CHECK(segment_put_string(text, i % sizeof(text)));
		store_release(&appended, i + 1);
		while (i > load_acquire(&reads) * 3 + 30 &&
		       load_acquire(&reads) < READS)
			sched_yield();
	}
	return arg;
}

static void check_appended(uint32_t least)
{
	const struct segment_block *block = NULL;
	uint32_t i = 0, k, length;

	/* The first string is the path of the executable. */
	block = segment_next(&image, NULL);
	while ((block = segment_next(&image, block))) {
		uint32_t id = (uint32_t)((const uint8_t *)block - image.bytes) /
			      SEGMENT_UNIT;
		const char *text = segment_text(&image, id, &length);

		CHECK_INT(length, i % 64);
		for (k = 0; k < length; k++)
			CHECK_INT(text[k], 'a' + (int)(i % 26));
		i++;
	}
	CHECK(i >= least);
}

TEST(a_growing_segment_is_whole_whenever_it_is_read)
{
	pthread_t thread;
	uint32_t least;
	int i;

	setup();
	CHECK_INT(pthread_create(&thread, NULL, append, NULL), 0);
	for (i = 0; i < READS; i++) {
		/* The writer may not run while we do. */
		while ((least = load_acquire(&appended)) < (uint32_t)i + 2)
			sched_yield();
		if (i % 2)
			CHECK_INT(segment_read_own(&image), 0);
		else
			CHECK_INT(segment_read_file(segment_path(), &image), 0);
		check_appended(least);
		segment_release(&image);
		store_release(&reads, i + 1);
	}
	pthread_join(thread, NULL);
	CHECK(appended > READS);
	teardown();
}

static void read_own_image(void)
{
	segment_release(&image);
	CHECK_INT(segment_read_file(segment_path(), &image), 0);
}

static struct segment_header *header_of_image(void)
{
	return (struct segment_header *)(uintptr_t)image.header;
}

TEST(the_living_are_told_from_the_dead)
{
	int status, pipes[2];
	pid_t pid;
	char c;

	setup();
	CHECK(segment_put_string("x", 1));
	read_own_image();
	CHECK(segment_is_alive_now(&image) && segment_is_alive(&image));
	/* Ours, but written before we were born: the pid was used again. */
	header_of_image()->started_boottime = 1000000000;
	CHECK(!segment_is_alive_now(&image));
	/* One answer for one image. */
	CHECK(segment_is_alive(&image));
	read_own_image();
	header_of_image()->pid = 1u << 31;
	CHECK(!segment_is_alive_now(&image));
	header_of_image()->pid = 0;
	CHECK(!segment_is_alive_now(&image));
	CHECK_INT(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		close(pipes[1]);
		_exit(read(pipes[0], &c, 1) != 0);
	}
	/* A segment is younger than its process. */
	header_of_image()->pid = (uint32_t)pid;
	header_of_image()->started_boottime += 60000000000u;
	CHECK(segment_is_alive_now(&image));
	close(pipes[1]);
	CHECK_INT(
		waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT),
		0);
	/* A zombie writes nothing any more. */
	CHECK(!segment_is_alive_now(&image));
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK(!segment_is_alive_now(&image));
	teardown();
}
