/*
 * retained_parts.h - the file of what is retained, while a new one is made: for
 * retained_fold.c only.
 */
#ifndef SHIM_RUNTIME_RETAINED_PARTS_H
#define SHIM_RUNTIME_RETAINED_PARTS_H

#include "metric/pool.h"
#include "runtime/retained.h"

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

/* Begins with what there was; room for so many more entries, and one.  0 or
 * -ENOMEM; fold_end() must follow in either case. */
int fold_begin(struct fold *fold, const struct retained *old, int members);
void fold_end(struct fold *fold);

/* A text of the image, equal if the same; NULL: no memory. */
const char *fold_text(struct fold *fold, const struct segment_image *image,
		      uint32_t id);
struct part *part_find(const struct fold *fold, const char *executable,
		       const char *service, uint32_t state);
/* Where processes of a kind go; all that are too many are of one kind.  NULL:
 * no memory. */
struct part *part_get(struct fold *fold, const char *executable,
		      const char *service, uint32_t state);
/* Begins with what it was.  0 or -errno, as below. */
int part_open(struct part *part);
int part_add_image(struct part *part, const struct segment_image *image);

/* Makes the file, and puts it in place of the old one.  0 or -errno. */
int fold_write(struct fold *fold);

#endif
