/*
 * test_segment_excerpt.c - images without what nobody wants of them: the rest is
 * as in whole ones.
 */
#include "segment_fixture.h"

#include "base/arena.h"
#include "random.h"

#include <fcntl.h>
#include <stdlib.h>

#define EXCERPT 64
#define BLOCKS 400

static bool is_odd(const struct segment_block *block)
{
	return *(const uint8_t *)segment_block_body(block) % 2;
}

static bool is_never(const struct segment_block *block)
{
	(void)block;
	return false;
}

static const struct segment_excerpt odd = { SEGMENT_RING, EXCERPT, is_odd };
static const struct segment_excerpt never = { SEGMENT_RING, EXCERPT, is_never };

/* Some 2 MiB: rings of all sizes, some without memory for all of them, between
 * others that are small, and now and then large. */
static void make(void)
{
	uint32_t size, first, i, j;
	uint8_t *body;

	for (i = 0; i < BLOCKS; i++) {
		bool is_ring = next_random() % 3 == 0;

		size = (uint32_t)(next_random() % (i % 40 ? 400 : 60000));
		if (is_ring && i % 2)
			size = 32 << 10;
		first = is_ring && i % 5 == 0 && size > EXCERPT ? EXCERPT
								: size;
		body = segment_alloc_part(is_ring ? SEGMENT_RING : SEGMENT_CELL,
					  size, first, i, 0);
		CHECK(body);
		for (j = 0; j < first; j++)
			body[j] = (uint8_t)(next_random() | 4);
	}
}

/* Of an image without holes; both have the same blocks. */
static void check_same(const struct segment_image *whole,
		       const struct segment_excerpt *excerpt,
		       unsigned int *left)
{
	const struct segment_block *a = NULL, *b = NULL;

	CHECK_INT(image.size, whole->size);
	CHECK(!memcmp(image.bytes, whole->bytes, whole->header->size));
	while ((a = segment_next(whole, a))) {
		uint32_t space = segment_block_space(a);
		const uint8_t *body = segment_block_body(a);

		b = segment_next(&image, b);
		CHECK(b && !memcmp(a, b, sizeof(*a)));
		if (a->kind == SEGMENT_RING && space >= EXCERPT &&
		    !excerpt->is_wanted(a)) {
			CHECK(!memcmp(body, segment_block_body(b), EXCERPT));
			*left += space > 20000 && body[space - 1] &&
				 !((uint8_t *)segment_block_body(b))[space - 1];
			continue;
		}
		CHECK(!memcmp(body, segment_block_body(b), space));
	}
	CHECK(!segment_next(&image, b));
}

static void check_both(const struct segment_excerpt *excerpt)
{
	unsigned int left_own = 0, left_file = 0;
	struct segment_image whole;

	CHECK_INT(segment_read_file(segment_path(), &whole), 0);
	CHECK_INT(segment_read_own_excerpt(&image, excerpt), 0);
	check_same(&whole, excerpt, &left_own);
	segment_release(&image);
	CHECK_INT(segment_read_file_excerpt(segment_path(), &image, excerpt),
		  0);
	check_same(&whole, excerpt, &left_file);
	segment_release(&image);
	segment_release(&whole);
	/* Of a file some that are near are read with others. */
	CHECK(left_own > 10);
	CHECK(left_file > 5 && left_file <= left_own);
}

TEST(the_rest_is_as_in_a_whole_image)
{
	setup(0);
	make();
	check_both(&odd);
	check_both(&never);
	CHECK_INT(segment_header()->dropped[DROP_SEGMENT], 0);
	remove_dir();
}

/* A program may write over its own segment. */
TEST(sizes_of_the_own_are_not_believed)
{
	static const uint32_t sizes[] = { 0, 16, 0xfffffff0, 7 };
	uint8_t *live;
	size_t i;

	setup(0);
	make();
	live = (uint8_t *)(uintptr_t)segment_header();
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct segment_block *block =
			(void *)(live + segment_header()->size);

		block->kind = odd.kind + 1;
		block->size = sizes[i];
		CHECK_INT(segment_read_own_excerpt(&image, &odd), 0);
		CHECK(image.size > 0);
		segment_release(&image);
	}
	remove_dir();
}

static void mutate(uint8_t *bytes, size_t size)
{
	static const uint32_t values[] = { 0,  1,	   7,	       15,
					   16, 0x80000000, 0xfffffff0, 64 };
	uint32_t value = values[next_random() % 8];
	size_t at = next_random() % size & ~3ul;

	memcpy(bytes + at, &value, sizeof(value));
}

/* Blocks that cannot be right, and files that are too short. */
static void check_hostile(const char *path, const uint8_t *valid, size_t size)
{
	uint8_t *bytes = malloc(size);
	struct segment_image whole;
	size_t used;
	int fd, i, j, result, bad = 0;

	CHECK(bytes);
	for (i = 0; i < 3000; i++) {
		memcpy(bytes, valid, size);
		for (j = 0; j < 4; j++)
			mutate(bytes, j ? size : sizeof(struct segment_header));
		used = next_random() % 4 ? size : next_random() % size;
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		CHECK_INT(write(fd, bytes, used), used);
		close(fd);
		result = segment_read_file(path, &whole);
		CHECK_INT(segment_read_file_excerpt(path, &image, &odd),
			  result);
		CHECK_INT(image.size, whole.size);
		CHECK(!image.header || image.header->used == image.size);
		segment_release(&image);
		segment_release(&whole);
		bad += result != 0;
	}
	CHECK(bad > 300 && bad < 2700);
	free(bytes);
}

TEST(what_is_wrong_is_wrong_for_both)
{
	struct segment_image valid;
	char path[128];
	uint8_t *body;
	int i;

	setup(0);
	for (i = 0; i < 24; i++) {
		body = segment_alloc(1 + i % SEGMENT_MORE, 8u + i * 16, 1, 0);
		CHECK(body);
		*body = (uint8_t)i;
	}
	CHECK_INT(segment_read_file(segment_path(), &valid), 0);
	snprintf(path, sizeof(path), "%s/copy", dir);
	check_hostile(path, valid.bytes, valid.size);
	segment_release(&valid);
	CHECK_INT(arena_borrowed(), 0);
	remove_dir();
}
