/*
 * retained_fold.c - folds dead members into what is retained.
 *
 * Only the parts that change are read and written anew; the others are copied
 * as they are.
 */
#include "runtime/retained.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/sys.h"
#include "metric/pool.h"
#include "metric/retain.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define PATIENCE 10

/* A segment of the file that is made. */
struct part {
	const char *executable, *service; /* of the pool: equal if the same */
	uint32_t state;
	bool moved;		    /* into another one */
	bool is_own;		    /* the image is released by us */
	struct segment_image image; /* as it was, or as it will be */
	struct retain *sum;	    /* if something is added to it */
};

struct fold {
	const struct retained *old;
	struct pool pool;
	struct pool_index texts;
	struct part *parts;
	uint32_t count;
	struct retained_entry *entries;
	uint32_t entry_count;
};

static const char *text_of(struct fold *fold, const struct segment_image *image,
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

static struct part *part_find(const struct fold *fold, const char *executable,
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

/* Where processes of a kind go; all that are too many are of one kind. */
static struct part *part_get(struct fold *fold, const char *executable,
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

/* Begins with what it was. */
static int part_open(struct part *part)
{
	if (part->sum)
		return 0;
	part->sum = retain_new(part->executable, part->service);
	if (!part->sum)
		return -ENOMEM;
	return part->image.header ? retain_add(part->sum, &part->image) : 0;
}

static int part_add_image(struct part *part, const struct segment_image *image)
{
	int error = part_open(part);

	return error ? error : retain_add(part->sum, image);
}

static int begin(struct fold *fold, const struct retained *old, int members)
{
	size_t entries = old->entry_count + (size_t)members;
	uint32_t i;

	fold->old = old;
	fold->parts =
		pool_alloc(&fold->pool, RETAINED_PARTS * sizeof(*fold->parts));
	fold->entries =
		pool_alloc(&fold->pool, entries * sizeof(*fold->entries));
	for (i = 0; i < old->part_count && !fold->pool.failed; i++) {
		const struct segment_image *image = &old->parts[i];
		struct part *part = part_add(
			fold, text_of(fold, image, image->header->executable),
			text_of(fold, image, image->header->service),
			image->header->state);

		if (part)
			part->image = *image;
	}
	return fold->pool.failed ? -ENOMEM : 0;
}

static void end(struct fold *fold)
{
	uint32_t i;

	for (i = 0; i < fold->count; i++) {
		retain_free(fold->parts[i].sum);
		if (fold->parts[i].is_own)
			segment_release(&fold->parts[i].image);
	}
	pool_fini(&fold->pool);
}

static void list_member(struct fold *fold, const struct member *member)
{
	fold->entries[fold->entry_count++] = (struct retained_entry){
		.pid = member->pid,
		.n = member->n,
		.started = member->boottime,
	};
}

/* Removed, or not there any more. */
static bool unlink_member(const struct member *member)
{
	static char path[MEMBERS_PATH];
	int error;

	members_path(path, sizeof(path), member->pid, member->n);
	error = sys_unlinkat(AT_FDCWD, path, 0);
	return error == 0 || error == -ENOENT;
}

/* What whoever folded before had no time to remove. */
static void unlink_listed(struct fold *fold, const struct member *list,
			  int count)
{
	int i;

	for (i = 0; i < count; i++)
		if (list[i].folded && !unlink_member(&list[i]))
			list_member(fold, &list[i]);
}

static int read_member(const struct member *member, struct segment_image *image)
{
	const struct segment_header *own = segment_header();
	static char path[MEMBERS_PATH];

	if (own && segment_path() && own->pid == member->pid &&
	    own->generation == member->n)
		return segment_read_own(image);
	members_path(path, sizeof(path), member->pid, member->n);
	return segment_read_file(path, image);
}

/* One that is not sound is nothing to add, and goes like the others. */
static int fold_member(struct fold *fold, const struct member *member,
		       uint32_t state)
{
	struct segment_image image;
	int error = read_member(member, &image);
	struct part *part;

	if (!error) {
		part = part_get(
			fold, text_of(fold, &image, image.header->executable),
			text_of(fold, &image, image.header->service), state);
		error = part ? part_add_image(part, &image) : -ENOMEM;
	} else if (error != -ENOMEM) {
		error = 0;
	}
	segment_release(&image);
	list_member(fold, member);
	return error;
}

static int fold_members(struct fold *fold, const struct member *list, int count,
			enum retained_as as)
{
	int error = 0, i;

	for (i = 0; i < count && !error; i++) {
		bool reported = list[i].reported || as == RETAINED_AS_REPORTED;

		if (list[i].fold && !list[i].folded)
			error = fold_member(fold, &list[i],
					    reported ? SEGMENT_REPORTED
						     : SEGMENT_RETAINED);
	}
	return error;
}

/* What was to be reported has been. */
static int move_reported(struct fold *fold)
{
	int error = 0;
	uint32_t i;

	for (i = 0; i < fold->count && !error; i++) {
		struct part *part = &fold->parts[i], *to;

		if (part->state == SEGMENT_REPORTED)
			continue;
		to = part_find(fold, part->executable, part->service,
			       SEGMENT_REPORTED);
		if (!to) {
			error = part_open(part);
			part->state = SEGMENT_REPORTED;
			continue;
		}
		error = part_add_image(to, &part->image);
		part->moved = true;
	}
	return error;
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

/* Memory is not to be had for a moment while a fork() holds all locks. */
static COLD void complain(int error)
{
	static int times;

	if (error == -ENOMEM && times < PATIENCE) {
		times++;
		return;
	}
	if (times <= PATIENCE)
		log_warn("%s: what dead processes have counted cannot be "
			 "retained (error %d); their files stay",
			 segment_directory(), -error);
	times = PATIENCE + 1;
}

/* Without those that have been reported, or with nothing at all. */
void retained_forget(struct retained *retained, struct member *list, int count,
		     bool all)
{
	struct fold fold = { .count = 0 };
	int error = begin(&fold, retained, count);
	uint32_t i, left = 0;

	/* First: without the list they would count again. */
	if (!error)
		unlink_listed(&fold, list, count);
	for (i = 0; i < fold.count && !error; i++) {
		struct part *part = &fold.parts[i];

		part->moved = all || part->state == SEGMENT_REPORTED;
		left += !part->moved;
	}
	if (!error && (left || fold.entry_count))
		error = write_parts(&fold);
	else if (!error)
		retained_unlink();
	if (error)
		complain(error);
	end(&fold);
}

int retained_fold(const struct retained *retained, struct member *list,
		  int count, enum retained_as as)
{
	struct fold fold = { .count = 0 };
	int error = begin(&fold, retained, count), i;

	if (!error) {
		unlink_listed(&fold, list, count);
		if (as == RETAINED_AS_REPORTED)
			error = move_reported(&fold);
	}
	if (!error)
		error = fold_members(&fold, list, count, as);
	if (!error)
		error = make_images(&fold);
	if (!error)
		error = write_parts(&fold);
	for (i = 0; i < count && !error; i++)
		if (list[i].fold && !list[i].folded) {
			list[i].folded = true;
			unlink_member(&list[i]);
		}
	if (error)
		complain(error);
	end(&fold);
	return error;
}
