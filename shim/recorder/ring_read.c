/*
 * ring_read.c - reads the rings of images.
 *
 * Nothing in an image is trusted, and its rings may have been written while it
 * was copied.  Does not interpret records.
 */
#include "recorder/ring.h"

static bool has_news(const struct segment_block *block)
{
	const struct ring *ring = segment_block_body(block);

	return ring->head != ring->taken;
}

static bool is_unwanted(const struct segment_block *block UNUSED)
{
	return false;
}

const struct segment_excerpt ring_news = { .kind = SEGMENT_RING,
					   .size = sizeof(struct ring),
					   .is_wanted = has_news };
const struct segment_excerpt ring_none = { .kind = SEGMENT_RING,
					   .size = sizeof(struct ring),
					   .is_wanted = is_unwanted };

static bool ring_is_sound(const struct segment_block *block,
			  const struct ring *ring)
{
	uint32_t space = segment_block_space(block);

	if (block->kind != SEGMENT_RING || space < sizeof(*ring))
		return false;
	return ring->capacity != 0 &&
	       (ring->capacity & (ring->capacity - 1)) == 0 &&
	       ring->capacity <=
		       (space - sizeof(*ring)) / sizeof(ring->records[0]);
}

uint64_t ring_read(const struct segment_image *image,
		   const struct segment_block *block, uint64_t *seen,
		   void (*fn)(const struct segment_image *image,
			      const struct ring_record *record, void *arg),
		   void *arg)
{
	const struct ring *ring = segment_block_body(block);
	uint64_t lost = 0, number = *seen;

	if (!ring_is_sound(block, ring))
		return 0;
	if (number > ring->head)
		number = ring->head;
	if (ring->head - number > ring->capacity) {
		lost = ring->head - number - ring->capacity;
		number = ring->head - ring->capacity;
	}
	for (; number < ring->head; number++) {
		const struct ring_record *record;

		record = &ring->records[number & (ring->capacity - 1)];
		if (record->sequence == number + 1 &&
		    record->started == (uint32_t)(number + 1))
			fn(image, record, arg);
		else
			lost++;
	}
	*seen = number;
	return lost;
}
