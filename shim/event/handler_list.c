/*
 * handler_list.c - the immutable lists of handlers: copies with one more or one
 * less.
 *
 * Does not publish them (handlers.c) nor know when they may go (retire.c).
 */
#include "event/table.h"

#include "base/arena.h"

static size_t size_of(uint32_t capacity)
{
	return sizeof(struct handler_list) +
	       (capacity + 1) * sizeof(struct handler_entry);
}

static struct handler_list *list_new(uint32_t capacity)
{
	struct handler_list *list = arena_alloc(size_of(capacity));

	if (list)
		list->capacity = capacity;
	return list;
}

/* To the end of a list that is not yet published. */
static void list_add(struct handler_list *list,
		     const struct handler_entry *entry)
{
	list->entries[list->count++] = *entry;
	list->internal_count += entry->internal != NULL;
	list->needs |= entry->needs | (entry->internal ? 0 : NEED_VALUES);
}

struct handler_list *handler_list_with(const struct event *event,
				       const struct handler_entry *entry)
{
	const struct handler_list *old = event->handlers;
	uint32_t count = old ? old->count : 0, i;
	uint32_t at = !entry->internal ? count : old ? old->internal_count : 0;
	struct handler_list *list = list_new(count + 1);

	if (!list)
		return NULL;
	for (i = 0; i < at; i++)
		list_add(list, &old->entries[i]);
	list_add(list, entry);
	for (; i < count; i++)
		list_add(list, &old->entries[i]);
	return list;
}

/* Does the entry belong into a list without the handler, or without what the
 * shim subscribed with this config? */
static bool stays(const struct handler_entry *entry, const void *gone)
{
	if (entry->internal)
		return entry->config != gone;
	return entry->user && entry->user != gone;
}

struct handler_list *handler_list_without(const struct event *event,
					  const void *gone, bool *empty)
{
	const struct handler_list *old = event->handlers;
	struct handler_list *list;
	uint32_t i, left = 0;

	/* The child of a raw fork: half detached by a thread of the parent. */
	for (i = 0; old && i < old->count; i++)
		left += stays(&old->entries[i], gone);
	*empty = left == 0;
	list = *empty ? NULL : list_new(left);
	for (i = 0; list && i < old->count; i++)
		if (stays(&old->entries[i], gone))
			list_add(list, &old->entries[i]);
	return list;
}

void handler_list_free(struct handler_list *list)
{
	arena_free(list, size_of(list->capacity));
}

static void nobody(const struct occurrence *occurrence UNUSED,
		   void *config UNUSED)
{
}

static void nobody_in_short(void *config UNUSED, uint64_t duration UNUSED,
			    uint64_t end UNUSED, uint64_t span_id UNUSED)
{
}

void handler_list_vacate(struct handler_list *list, const void *gone)
{
	struct handler_entry *e;
	uint32_t i;

	for (i = 0; list && i < list->count; i++) {
		e = &list->entries[i];
		if (e->internal && e->config == gone) {
			store_relaxed(&e->internal, nobody);
			if (e->brief)
				store_relaxed(&e->brief, nobody_in_short);
			/* Nor is it asked for the next plan. */
			store_relaxed(&e->prepare, NULL);
		} else if (e->user == gone) {
			store_relaxed(&e->user, NULL);
		}
	}
}
