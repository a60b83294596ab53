/*
 * segment_holes.c - see segment_holes.h.
 */
#include "base/segment_holes.h"

#include "base/arena.h"
#include "base/segment_file.h"

struct hole {
	struct hole *next; /* further back */
	uint64_t begin;	   /* moves on as it is filled */
	uint64_t end;
};

static struct hole *holes;
static struct hole **holes_end = &holes;

static uint64_t round_down(uint64_t end)
{
	return end & ~(uint64_t)(SEGMENT_PAGE - 1);
}

bool holes_leave(struct segment_memory *memory, uint64_t end)
{
	struct hole *hole;

	end = round_down(end);
	if (end <= memory->ready)
		return true;
	hole = arena_alloc(sizeof(*hole));
	if (!hole)
		return false;
	if (!arena_charge(end - memory->ready, false)) {
		arena_free(hole, sizeof(*hole));
		return false;
	}
	hole->begin = memory->ready;
	hole->end = end;
	/* Pairs with holes_next(). */
	store_release(holes_end, hole);
	holes_end = &hole->next;
	return true;
}

void holes_done(struct segment_memory *memory, uint64_t end)
{
	if (round_down(end) > memory->ready)
		/* Pairs with holes_next(): who sees this sees the hole. */
		store_release(&memory->ready, round_down(end));
}

void holes_undo(uint64_t used)
{
	struct hole *hole;

	for (hole = holes; hole; hole = hole->next)
		if (hole->begin >= used && hole->end > used) {
			arena_discharge(hole->end - hole->begin);
			store_relaxed(&hole->end, 0);
		}
}

static bool fill(struct segment_memory *memory, struct hole *hole, uint64_t to)
{
	if (!segment_memory_fill(memory, hole->begin, to))
		return false;
	/* Pairs with holes_next(). */
	store_release(&hole->begin, to);
	return true;
}

void holes_fill_all(struct segment_memory *memory)
{
	struct hole *hole;

	for (hole = holes; hole; hole = hole->next)
		if (hole->begin < hole->end && !fill(memory, hole, hole->end))
			return;
}

bool holes_fill(struct segment_memory *memory, uint64_t begin, uint64_t end)
{
	struct hole *hole = holes;
	uint64_t to;

	while (hole && (hole->end <= begin || hole->begin >= end))
		hole = hole->next;
	if (hole) {
		to = round_down(end + SEGMENT_PAGE - 1);
		if (to > hole->end)
			to = hole->end;
		if (!fill(memory, hole, to))
			return false;
	}
	return segment_memory_grow(memory, end);
}

void holes_forget(void)
{
	struct hole *hole = holes, *next;

	holes = NULL;
	holes_end = &holes;
	for (; hole; hole = next) {
		next = hole->next;
		arena_free(hole, sizeof(*hole));
	}
}

uint64_t holes_next(const struct segment_memory *memory, uint64_t at,
		    uint64_t *end)
{
	/* Pairs with holes_done(): first, so that no hole in front of it is
	 * missed. */
	uint64_t ready = load_acquire(&memory->ready), begin;
	/* Pairs with holes_leave(). */
	const struct hole *hole = load_acquire(&holes);

	/* Pairs with holes_leave(). */
	for (; hole; hole = load_acquire(&hole->next)) {
		/* Pairs with holes_fill(). */
		begin = load_acquire(&hole->begin);
		if (begin >= hole->end || hole->end <= at)
			continue;
		*end = hole->end;
		return begin > at ? begin : at;
	}
	*end = UINT64_MAX;
	return ready > at ? ready : at;
}
