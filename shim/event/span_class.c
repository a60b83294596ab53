/*
 * span_class.c - interned span names, each with its three events.
 *
 * A class and its events are made together, in one allocation, so none of the
 * events is ever seen without its span.
 */
#include "event/event.h"

#include "base/arena.h"
#include "base/segment.h"
#include "event/table.h"

#include <string.h>

#define BUCKETS 256

static struct span_class *classes[BUCKETS];

#define STATES 24
static HOT_SITE struct span_state states[STATES]
	__attribute__((aligned(CACHE_LINE)));
static uint32_t states_used; /* under the table's lock */

enum { ENDS = 3 };

static const struct {
	char text[12];
	uint32_t length;
} ends[ENDS] = { { ".start", 6 }, { ".stop", 5 }, { ".exception", 10 } };

bool span_name_is_valid(const char *name, size_t length)
{
	return length + EVENT_END_MAX <= TELEMETRY_NAME_MAX &&
	       event_name_is_valid(name, length);
}

struct span_class *span_class_find(const char *name, size_t length)
{
	const struct symbol *symbol = symbol_find(name, length);
	struct span_class *c;

	if (!symbol)
		return NULL;
	/* Pairs with class_make(). */
	c = load_acquire(&classes[symbol->hash % BUCKETS]);
	while (c && c->name != symbol)
		c = c->next;
	return c;
}

/* What a span name needs, in one allocation; their symbols are behind it. */
struct span_block {
	struct span_class class;
	struct event events[ENDS];
};

static size_t symbol_size(const struct symbol *name, size_t end)
{
	size_t size = sizeof(struct symbol) + name->length + ends[end].length;

	return (size & ~(size_t)7) + 8;
}

/* The names of the three events, interned. */
static bool name_events(struct span_block *block, const struct symbol *name,
			struct symbol *names[ENDS])
{
	char *at = (char *)(block + 1);
	size_t i;

	for (i = 0; i < ENDS; i++) {
		struct symbol *s = (struct symbol *)(void *)at;

		memcpy(s->text, name->text, name->length);
		memcpy(s->text + name->length, ends[i].text, ends[i].length);
		s->length = name->length + ends[i].length;
		names[i] = s;
		at += symbol_size(name, i);
	}
	return symbol_intern_all(names, ENDS);
}

/* All that can be known of them is, before anybody can find them. */
static void link_class(struct span_block *block, const struct symbol *name,
		       struct symbol *const names[ENDS])
{
	struct span_class **head = &classes[name->hash % BUCKETS];
	struct span_class *c = &block->class;
	size_t i;

	c->name = name;
	c->start = &block->events[0];
	c->stop = &block->events[1];
	c->exception = &block->events[2];
	c->next = *head;
	c->state = states_used < STATES ? &states[states_used++] : &c->own;
	for (i = 0; i < ENDS; i++) {
		block->events[i].span = c;
		event_link(&block->events[i], names[i]);
	}
	/* Pairs with span_class_find(). */
	store_release(head, c);
}

struct span_class *span_class_make(const char *text, size_t length)
{
	struct symbol *names[ENDS], *name;
	struct span_block *block;
	size_t size = sizeof(*block), i;

	if (!event_has_room(ENDS))
		return NULL;
	name = symbol_intern(text, length);
	for (i = 0; name && i < ENDS; i++)
		size += symbol_size(name, i);
	block = name ? arena_alloc(size) : NULL;
	if (!block)
		return NULL;
	if (!name_events(block, name, names))
		/* Some of the symbols may be in use: it is not given back. */
		return NULL;
	link_class(block, name, names);
	for (i = 0; i < ENDS; i++)
		event_announce(&block->events[i]);
	return &block->class;
}

size_t span_class_part(const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < ENDS; i++) {
		size_t n = ends[i].length;

		if (length > n &&
		    memcmp(name + length - n, ends[i].text, n) == 0 &&
		    span_name_is_valid(name, length - n))
			return length - n;
	}
	return 0;
}

struct span_class *span_class_intern(const char *name, size_t length)
{
	struct span_class *c = span_class_find(name, length);
	bool nested;

	if (likely(c != NULL) || !span_name_is_valid(name, length))
		return c;
	if (!table_lock_acquire(&nested)) {
		segment_drop(DROP_LOCK, 1);
		return NULL;
	}
	c = span_class_find(name, length);
	if (!c)
		c = span_class_make(name, length);
	table_lock_release(nested);
	return c;
}
