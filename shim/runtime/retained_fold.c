/*
 * retained_fold.c - folds dead members into what is retained.
 *
 * How the file is made of parts is retained_parts.c's.
 */
#include "base/log.h"
#include "base/sys.h"
#include "runtime/retained_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define PATIENCE 10

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
	static LARGE char path[MEMBERS_PATH];
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
	static LARGE char path[MEMBERS_PATH];

	if (members_is_own(member))
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
			fold, fold_text(fold, &image, image.header->executable),
			fold_text(fold, &image, image.header->service), state);
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

static int add_part(struct fold *fold, const struct segment_image *image)
{
	const struct segment_header *h = image->header;
	struct part *part =
		part_get(fold, fold_text(fold, image, h->executable),
			 fold_text(fold, image, h->service), h->state);

	return part ? part_add_image(part, image) : -ENOMEM;
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
	int error = fold_begin(&fold, retained, count);
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
		error = fold_write(&fold);
	else if (!error)
		retained_unlink();
	if (error)
		complain(error);
	fold_end(&fold);
}

int retained_fold(const struct retained *retained, struct member *list,
		  int count, enum retained_as as)
{
	struct fold fold = { .count = 0 };
	int error = fold_begin(&fold, retained, count), i;

	if (!error) {
		unlink_listed(&fold, list, count);
		if (as == RETAINED_AS_REPORTED)
			error = move_reported(&fold);
	}
	if (!error)
		error = fold_members(&fold, list, count, as);
	if (!error)
		error = fold_write(&fold);
	for (i = 0; i < count && !error; i++)
		if (list[i].fold && !list[i].folded) {
			list[i].folded = true;
			unlink_member(&list[i]);
		}
	if (error)
		complain(error);
	fold_end(&fold);
	return error;
}

/* Of an earlier life of it no file can be left. */
static void list_group(struct fold *fold, const struct retained *from,
		       uint64_t group)
{
	uint32_t count = 0, i;

	for (i = 0; i < fold->entry_count; i++)
		if (fold->entries[i].pid || fold->entries[i].group != group)
			fold->entries[count++] = fold->entries[i];
	fold->entries[count++] = (struct retained_entry){
		.started = from->written,
		.group = group,
	};
	fold->entry_count = count;
}

int retained_take_over(const struct retained *retained, struct member *list,
		       int count, const struct retained *from, uint64_t group)
{
	struct fold fold = { .count = 0 };
	int error = fold_begin(&fold, retained, count);
	uint32_t i;

	if (!error)
		unlink_listed(&fold, list, count);
	for (i = 0; i < from->part_count && !error; i++)
		error = add_part(&fold, &from->parts[i]);
	if (!error) {
		list_group(&fold, from, group);
		error = fold_write(&fold);
	}
	if (error)
		complain(error);
	fold_end(&fold);
	return error;
}
