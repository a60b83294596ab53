/*
 * segment_read.c - private copies of segments, and safe ways through them.
 *
 * Trusts nothing in a file: it may come from a process that crashed half-way,
 * or be no segment at all.  Interprets no block but strings.
 */
#include "base/segment.h"

#include "base/arena.h"
#include "base/segment_file.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_SIZE (1ull << 30)
#define AHEAD_FIRST 4096 /* bytes of a file that are read beyond what is due, */
#define AHEAD_LAST (64u << 10) /* twice as many each time up to this */

static struct segment_header *writable(struct segment_image *image)
{
	return (struct segment_header *)(uintptr_t)image->header;
}

static bool image_alloc(struct segment_image *image, uint64_t size)
{
	const size_t page = SEGMENT_PAGE;
	uint8_t *bytes;

	image->memory = (size + page - 1) & ~(page - 1);
	bytes = arena_scratch(image->memory);
	if (!bytes) {
		image->memory = 0;
		return false;
	}
	image->bytes = bytes;
	image->header = (const void *)bytes;
	image->size = size;
	return true;
}

void segment_release(struct segment_image *image)
{
	if (image->memory)
		arena_scratch_done((void *)(uintptr_t)image->bytes,
				   image->memory);
	memset(image, 0, sizeof(*image));
}

/* Is there a whole block at `offset`? */
static bool block_is_sound(const struct segment_image *image, uint64_t offset)
{
	const struct segment_block *block;

	if (offset % SEGMENT_UNIT != 0 || offset < image->header->size ||
	    offset > image->size || image->size - offset < sizeof(*block))
		return false;
	block = (const void *)(image->bytes + offset);
	return block->size >= sizeof(*block) &&
	       block->size % SEGMENT_UNIT == 0 &&
	       block->size <= image->size - offset;
}

/* Cuts the image before the first block that cannot be right. */
static int check_blocks(struct segment_image *image)
{
	uint64_t offset = image->header->size;

	while (offset < image->size) {
		const struct segment_block *block;

		block = (const void *)(image->bytes + offset);
		if (!block_is_sound(image, offset) || block->kind == 0 ||
		    block->kind > SEGMENT_MORE)
			break;
		offset += block->size;
	}
	writable(image)->used = offset;
	if (offset == image->size)
		return 0;
	image->size = offset;
	return -EBADMSG;
}

static int check_header(const struct segment_header *header, uint64_t limit)
{
	if (header->used == 0)
		return -EAGAIN;
	if (header->magic != SEGMENT_MAGIC ||
	    header->version != SEGMENT_VERSION ||
	    header->size < sizeof(*header) ||
	    header->size % SEGMENT_UNIT != 0 || header->used < header->size ||
	    header->used > limit)
		return -EBADMSG;
	return 0;
}

/* The bytes from `done` to `size`, or -EBADMSG: somebody cuts the file. */
static int read_all(int fd, void *to, uint64_t done, uint64_t size)
{
	while (done < size) {
		ssize_t n =
			sys_pread(fd, (uint8_t *)to + done, size - done, done);

		if (n == -EINTR)
			continue;
		if (n < 0)
			return (int)n;
		if (n == 0)
			return -EBADMSG;
		done += (uint64_t)n;
	}
	return 0;
}

static int check_file(int fd, uint64_t *size)
{
	unsigned int euid = sys_geteuid();
	struct stat st;
	int error = sys_fstat(fd, &st);

	if (error)
		return error;
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;
	if (euid != 0 && st.st_uid != euid)
		return -EPERM;
	*size = (uint64_t)st.st_size;
	if (*size == 0)
		return -EAGAIN;
	if (*size < sizeof(struct segment_header) || *size > MAX_SIZE)
		return -EBADMSG;
	return 0;
}

/* Does the excerpt say that the rest of this block is not wanted?  The block is
 * in the image as far as the excerpt goes. */
static bool is_cut(const struct segment_block *block,
		   const struct segment_excerpt *excerpt)
{
	return block->kind == excerpt->kind &&
	       segment_block_space(block) >= excerpt->size &&
	       !excerpt->is_wanted(block);
}

struct reading {
	int fd;
	struct segment_image *image;
	uint64_t done, ahead;
};

static int read_until(struct reading *r, uint64_t end)
{
	uint64_t begin = r->done, left = r->image->size - begin;
	uint64_t ahead = begin + (r->ahead < left ? r->ahead : left);

	if (end <= begin)
		return 0;
	r->done = end > ahead ? end : ahead;
	if (r->ahead < AHEAD_LAST)
		r->ahead *= 2;
	return read_all(r->fd, writable(r->image), begin, r->done);
}

/* Up to the first block that cannot be right, which check_blocks() will find;
 * then the rest. */
static int read_excerpt(int fd, struct segment_image *image, uint64_t first,
			const struct segment_excerpt *excerpt)
{
	struct reading r = { .fd = fd, .image = image, .ahead = AHEAD_FIRST };
	const struct segment_block *block;
	uint64_t at, due;
	int error = read_until(&r, first);

	for (at = first; !error && at < image->size; at += block->size) {
		block = (const void *)(image->bytes + at);
		due = at + sizeof(*block) + excerpt->size;
		error = read_until(&r, due < image->size ? due : image->size);
		if (error || !block_is_sound(image, at))
			break;
		if (!is_cut(block, excerpt) || r.done > at + block->size)
			continue;
		r.done = at + block->size;
		r.ahead = AHEAD_FIRST;
	}
	return error ? error : read_until(&r, image->size);
}

static int read_image(int fd, struct segment_image *image,
		      const struct segment_excerpt *excerpt)
{
	struct segment_header header;
	uint64_t size;
	int error = check_file(fd, &size);

	if (error)
		return error;
	error = read_all(fd, &header, 0, sizeof(header));
	/* Pairs with publish(): what counted then is complete in what is read
	 * from here on. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (!error)
		error = check_header(&header, size);
	if (error)
		return error;
	if (!image_alloc(image, header.used))
		return -ENOMEM;
	error = excerpt ? read_excerpt(fd, image, header.size, excerpt)
			: read_all(fd, writable(image), 0, image->size);
	/* The file may be another one by now. */
	if (!error && image->header->used < header.used)
		error = -EBADMSG;
	if (!error) {
		writable(image)->used = image->size;
		error = check_header(image->header, image->size);
	}
	if (error) {
		segment_release(image);
		return error;
	}
	return check_blocks(image);
}

int segment_read_file(const char *path, struct segment_image *image)
{
	return segment_read_file_excerpt(path, image, NULL);
}

int segment_read_open_excerpt(int fd, struct segment_image *image,
			      const struct segment_excerpt *excerpt)
{
	int error;

	memset(image, 0, sizeof(*image));
	error = read_image(fd, image, excerpt);
	if (error == -EBADMSG)
		segment_drop(DROP_SEGMENT, 1);
	return error;
}

int segment_read_file_excerpt(const char *path, struct segment_image *image,
			      const struct segment_excerpt *excerpt)
{
	int fd, error;

	memset(image, 0, sizeof(*image));
	fd = segment_file_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return fd;
	error = segment_read_open_excerpt(fd, image, excerpt);
	sys_close(fd);
	return error;
}

int segment_read_memory(void *bytes, size_t size, struct segment_image *image)
{
	const struct segment_header *header = bytes;
	int error = -EBADMSG;

	memset(image, 0, sizeof(*image));
	if (size >= sizeof(*header))
		error = check_header(header, size);
	if (error)
		return -EBADMSG;
	image->bytes = bytes;
	image->header = header;
	image->size = header->used;
	return check_blocks(image);
}

static uint64_t fitting(const struct segment_image *image, uint64_t end)
{
	return end < image->size ? end : image->size;
}

static void clear(struct segment_image *image, uint64_t begin, uint64_t end)
{
	end = fitting(image, end);
	if (begin < end)
		memset((uint8_t *)writable(image) + begin, 0, end - begin);
}

/* Up to `end`; *at is moved on. */
static void copy_own(struct segment_image *image, const uint64_t *from,
		     uint64_t *at, uint64_t end)
{
	uint64_t *to = (void *)writable(image), gap, behind, stop;

	while (*at < end) {
		gap = segment_gap(*at, &behind);
		stop = gap < end ? gap : end;
		if (gap == *at) {
			clear(image, gap, behind);
			*at = behind;
		}
		/* Word by word, in order: numbers are whole, and what a writer
		 * does to a ring record shows.  Pairs with ring_begin(). */
		for (; *at < stop; *at += sizeof(*to))
			to[*at / sizeof(*to)] =
				load_acquire(&from[*at / sizeof(*to)]);
	}
}

int segment_read_own(struct segment_image *image)
{
	return segment_read_own_excerpt(image, NULL);
}

int segment_read_own_excerpt(struct segment_image *image,
			     const struct segment_excerpt *excerpt)
{
	const struct segment_header *header = segment_header();
	const uint64_t *from = (const void *)header;
	const struct segment_block *block;
	uint64_t at = 0, next;

	memset(image, 0, sizeof(*image));
	if (!header)
		return -ENOENT;
	/* Pairs with publish(). */
	if (!image_alloc(image, load_acquire(&header->used)))
		return -ENOMEM;
	/* What is wanted is told from the copy, as the ring may be written to
	 * meanwhile, and so are sizes, as the program may write anywhere. */
	for (next = header->size; excerpt; next += block->size) {
		copy_own(image, from, &at,
			 fitting(image, next + sizeof(*block)));
		if (!block_is_sound(image, next))
			break;
		block = (const void *)(image->bytes + next);
		if (block->kind != excerpt->kind)
			continue;
		copy_own(image, from, &at,
			 fitting(image, next + sizeof(*block) + excerpt->size));
		if (is_cut(block, excerpt) && at < next + block->size)
			at = next + block->size;
	}
	copy_own(image, from, &at, image->size);
	writable(image)->used = image->size;
	return 0;
}

const struct segment_block *segment_next(const struct segment_image *image,
					 const struct segment_block *block)
{
	uint64_t offset;

	if (!image->header)
		return NULL;
	offset = image->header->size;
	if (block)
		offset = (uint64_t)((const uint8_t *)block - image->bytes) +
			 block->size;
	if (!block_is_sound(image, offset))
		return NULL;
	return (const void *)(image->bytes + offset);
}

const void *segment_find(const struct segment_image *image, uint32_t id,
			 enum segment_kind kind, uint32_t size)
{
	uint64_t offset = (uint64_t)id * SEGMENT_UNIT;
	const struct segment_block *block;

	if (!image->header || !block_is_sound(image, offset))
		return NULL;
	block = (const void *)(image->bytes + offset);
	if (block->kind != (uint32_t)kind || segment_block_space(block) < size)
		return NULL;
	return block + 1;
}

const char *segment_text(const struct segment_image *image, uint32_t id,
			 uint32_t *length)
{
	const struct segment_string *string;
	const struct segment_block *block;

	*length = 0;
	string = segment_find(image, id, SEGMENT_STRING, sizeof(*string));
	if (!string)
		return "";
	block = (const struct segment_block *)string - 1;
	if (string->length > segment_block_space(block) - sizeof(*string))
		return "";
	*length = string->length;
	return string->text;
}
