/*
 * spare.c - queues of unused memory, by size.
 */
#include "metric/spare.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/segment.h"

uint64_t spares_rest_ns = 2000000000;

static uint32_t class_of(uint32_t size)
{
	return size / 16 % SPARE_CLASSES;
}

void spares_put(struct spares *spares, void *memory, uint32_t size)
{
	struct spare *s = arena_alloc(sizeof(*s));
	uint32_t class = class_of(size);

	if (!s) {
		segment_drop(DROP_MEMORY, 1);
		return;
	}
	s->memory = memory;
	s->size = size;
	s->since = clock_ns();
	if (spares->first[class])
		spares->last[class]->next = s;
	else
		spares->first[class] = s;
	spares->last[class] = s;
	spares->count++;
}

void *spares_take(struct spares *spares, uint32_t size)
{
	uint32_t class = class_of(size);
	struct spare **at = &spares->first[class], *before = NULL, *s;
	void *memory;

	if (spares->count == 0)
		return NULL;
	for (; (s = *at) && s->size != size; before = s, at = &s->next)
		;
	if (!s || clock_ns() - s->since < spares_rest_ns)
		return NULL;
	*at = s->next;
	if (spares->last[class] == s)
		spares->last[class] = before;
	memory = s->memory;
	arena_free(s, sizeof(*s));
	spares->count--;
	return memory;
}

void spares_fill(void *to, const void *from, size_t size)
{
	const uint64_t *in = from;
	uint64_t *out = to;
	size_t i;

	for (i = 0; i < size / sizeof(*out); i++)
		store_relaxed(&out[i], in ? in[i] : 0);
}

void spares_forget(struct spares *spares)
{
	uint32_t i;

	for (i = 0; i < SPARE_CLASSES; i++)
		while (spares->first[i]) {
			struct spare *s = spares->first[i];

			spares->first[i] = s->next;
			arena_free(s, sizeof(*s));
		}
	*spares = (struct spares){ .count = 0 };
}
