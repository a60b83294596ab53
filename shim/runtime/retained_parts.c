/*
 * retained_parts.c - the segments of the file of what is retained, and the file
 * as a whole.
 *
 * Only the parts that change are read and written anew; the others are copied
 * as they are.
 */
#include "runtime/retained_parts.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/sys.h"
#include "metric/retain.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

const char *fold_text(struct fold *fold, const struct segment_image *image,
		      uint32_t id)
{
	uint32_t length;
	const char *text = segment_text(image, id, &length);

	return pool_text(&fold->pool, &fold->texts, text, length);
}

static struct part *part_add(struct fold *fold, const char *executable,
			     const char *service, uint32_t state)
{
	struct part *part = &fold->parts[fold->count];

	if (fold->count == RETAINED_PARTS || !executable || !service)
		return NULL;
	fold->count++;
	part->executable = executable;
	part->service = service;
	part->state = state;
	return part;
}

struct part *part_find(const struct fold *fold, const char *executable,
		       const char *service, uint32_t state)
{
	uint32_t i;

	for (i = 0; i < fold->count; i++) {
		struct part *part = &fold->parts[i];

		if (part->executable == executable &&
		    part->service == service && part->state == state &&
		    !part->moved)
			return part;
	}
	return NULL;
}

struct part *part_get(struct fold *fold, const char *executable,
		      const char *service, uint32_t state)
{
	struct part *part = part_find(fold, executable, service, state);

	if (part)
		return part;
	if (fold->count >= RETAINED_PARTS - 2) {
		executable = service = pool_text(&fold->pool, &fold->texts,
						 "(other)", strlen("(other)"));
		part = part_find(fold, executable, service, state);
	}
	return part ? part : part_add(fold, executable, service, state);
}

int part_open(struct part *part)
{
	if (part->sum)
		return 0;
	part->sum = retain_new(part->executable, part->service);
	if (!part->sum)
		return -ENOMEM;
	return part->image.header ? retain_add(part->sum, &part->image) : 0;
}

int part_add_image(struct part *part, const struct segment_image *image)
{
	int error = part_open(part);

	return error ? error : retain_add(part->sum, image);
}

/* Is there still a file of that group, which would count again? */
static bool is_left(const struct retained_entry *taken)
{
	const char *directory = segment_directory();
	const char *slash = strrchr(directory, '/');
	char path[MEMBERS_PATH];
	struct buf b = BUF(path);
	int shift;

	buf_bytes(&b, directory, slash ? (size_t)(slash - directory) : 0);
	buf_char(&b, '/');
	for (shift = 60; shift >= 0; shift -= 4)
		buf_char(&b, "0123456789abcdef"[taken->group >> shift & 15]);
	buf_str(&b, "/retained");
	return sys_call(SYS_faccessat, AT_FDCWD, (long)path, F_OK, 0, 0, 0) ==
	       0;
}

/* Groups that have been taken over stay listed as long as that matters. */
static void keep_taken(struct fold *fold, const struct retained *old)
{
	uint32_t i;

	for (i = 0; i < old->entry_count; i++)
		if (old->entries[i].pid == 0 && is_left(&old->entries[i]))
			fold->entries[fold->entry_count++] = old->entries[i];
}

int fold_begin(struct fold *fold, const struct retained *old, int members)
{
	size_t entries = old->entry_count + (size_t)members + 1;
	uint32_t i;

	fold->old = old;
	fold->parts =
		pool_alloc(&fold->pool, RETAINED_PARTS * sizeof(*fold->parts));
	fold->entries =
		pool_alloc(&fold->pool, entries * sizeof(*fold->entries));
	for (i = 0; i < old->part_count && !fold->pool.failed; i++) {
		const struct segment_image *image = &old->parts[i];
		struct part *part = part_add(
			fold, fold_text(fold, image, image->header->executable),
			fold_text(fold, image, image->header->service),
			image->header->state);

		if (part)
			part->image = *image;
	}
	if (fold->pool.failed)
		return -ENOMEM;
	keep_taken(fold, old);
	return 0;
}

void fold_end(struct fold *fold)
{
	uint32_t i;

	for (i = 0; i < fold->count; i++) {
		retain_free(fold->parts[i].sum);
		if (fold->parts[i].is_own)
			segment_release(&fold->parts[i].image);
	}
	pool_fini(&fold->pool);
}

static int make_images(struct fold *fold)
{
	int error = 0;
	uint32_t i;

	for (i = 0; i < fold->count && !error; i++) {
		struct part *part = &fold->parts[i];

		if (!part->sum || part->moved)
			continue;
		error = retain_image(part->sum, part->state, &part->image);
		part->is_own = !error;
		retain_free(part->sum);
		part->sum = NULL;
	}
	return error;
}

static int write_parts(struct fold *fold)
{
	struct retained_piece *pieces =
		pool_alloc(&fold->pool, (fold->count + 1) * sizeof(*pieces));
	size_t count = 1;
	uint32_t i;

	if (!pieces)
		return -ENOMEM;
	pieces[0] = (struct retained_piece){
		fold->entries, fold->entry_count * sizeof(*fold->entries)
	};
	for (i = 0; i < fold->count; i++)
		if (!fold->parts[i].moved && fold->parts[i].image.header)
			pieces[count++] = (struct retained_piece){
				fold->parts[i].image.bytes,
				fold->parts[i].image.size
			};
	return retained_write(fold->entry_count, pieces, count);
}

int fold_write(struct fold *fold)
{
	int error = make_images(fold);

	return error ? error : write_parts(fold);
}
