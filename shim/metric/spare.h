/*
 * spare.h - memory in the segment that is not used any more, until something
 * of its size is wanted.
 *
 * Not before a while has passed: whoever copies the segment right now may have
 * read what stands in front of a number but not the number yet.
 */
#ifndef SHIM_METRIC_SPARE_H
#define SHIM_METRIC_SPARE_H

#include "base/compiler.h"

#define SPARE_CLASSES 16

/* Two seconds, where copies take milliseconds; tests have less time. */
extern uint64_t spares_rest_ns;

struct spare {
	struct spare *next;
	void *memory;
	uint64_t since;
	uint32_t size;
};

/* Of one owner, or under a lock. */
struct spares {
	struct spare *first[SPARE_CLASSES], *last[SPARE_CLASSES];
	uint32_t count;
};

/* Without memory to remember it by, it is lost. */
void spares_put(struct spares *spares, void *memory, uint32_t size);
/* Not zeroed; NULL: there is none of this size that has rested. */
void *spares_take(struct spares *spares, uint32_t size);
/* Writes words (8 bytes) that others may be copying; from NULL: zeros. */
void spares_fill(void *to, const void *from, size_t size);
/* In the child of a fork. */
void spares_forget(struct spares *spares);

#endif
