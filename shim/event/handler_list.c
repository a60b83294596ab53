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
	       capacity * sizeof(struct handler_entry);
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
	list->needs |= entry->needs;
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

/* Does the entry belong into a list without the handler? */
static bool stays(const struct handler_entry *entry,
		  const struct handler *handler)
{
	return entry->internal || (entry->user && entry->user != handler);
}

struct handler_list *handler_list_without(const struct event *event,
					  const struct handler *handler,
					  bool *empty)
{
	const struct handler_list *old = event->handlers;
	struct handler_list *list;
	uint32_t i, left = 0;

	/* The child of a raw fork: half detached by a thread of the parent. */
	for (i = 0; old && i < old->count; i++)
		left += stays(&old->entries[i], handler);
	*empty = left == 0;
	list = *empty ? NULL : list_new(left);
	for (i = 0; list && i < old->count; i++)
		if (stays(&old->entries[i], handler))
			list_add(list, &old->entries[i]);
	return list;
}

void handler_list_free(struct handler_list *list)
{
	arena_free(list, size_of(list->capacity));
}

void handler_list_vacate(struct handler_list *list,
			 const struct handler *handler)
{
	uint32_t i;

	for (i = 0; i < list->count; i++)
		if (list->entries[i].user == handler)
			store_relaxed(&list->entries[i].user, NULL);
}
