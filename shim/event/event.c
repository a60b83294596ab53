/*
 * event.c - interned event names.
 *
 * Like symbols, events are made once, linked at the head of their chain and
 * never freed, so finding one takes no lock.  Those of spans are made by
 * span_class.c.
 */
#include "event/event.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/lock.h"
#include "base/segment.h"
#include "event/table.h"

#include <string.h>

#define BUCKETS 256
#define WATCHERS_MAX 512

/* A callback of event_on_new(). */
struct watcher {
	void (*fn)(struct event *event, void *arg);
	void *arg;
};

static struct event *table[BUCKETS];
static LARGE struct event *by_id[EVENTS_MAX + 1];
static uint32_t count;
static LARGE struct watcher watchers[WATCHERS_MAX];
static uint32_t watcher_count;

bool event_name_is_valid(const char *name, size_t length)
{
	bool in_segment = false;
	size_t i;

	if (!name || length == 0 || length > TELEMETRY_NAME_MAX)
		return false;
	for (i = 0; i < length; i++) {
		char c = name[i];

		if (c == '.') {
			if (!in_segment)
				return false;
			in_segment = false;
			continue;
		}
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '_'))
			return false;
		in_segment = true;
	}
	return in_segment;
}

struct event *event_find(const char *name, size_t length)
{
	const struct symbol *symbol = symbol_find(name, length);
	struct event *e;

	if (!symbol)
		return NULL;
	/* Pairs with event_make(): complete before it is linked. */
	e = load_acquire(&table[symbol->hash % BUCKETS]);
	while (e && e->name != symbol)
		e = e->next;
	return e;
}

struct event *event_at(uint32_t id)
{
	/* Pairs with event_make(). */
	return id == 0 || id > load_acquire(&count) ? NULL : by_id[id];
}

void event_link(struct event *e, const struct symbol *name)
{
	struct event **head = &table[name->hash % BUCKETS];

	e->name = name;
	e->id = count + 1;
	e->next = *head;
	by_id[e->id] = e;
	/* Pairs with event_at() and event_find(). */
	store_release(&count, e->id);
	store_release(head, e);
}

bool event_has_room(uint32_t events)
{
	if (count + events <= EVENTS_MAX)
		return true;
	segment_drop(DROP_MEMORY, 1);
	return false;
}

/* Under table_lock. */
static struct event *event_make(const char *name, size_t length)
{
	const struct symbol *symbol;
	struct event *e;

	if (!event_has_room(1))
		return NULL;
	symbol = symbol_intern(name, length);
	e = symbol ? arena_alloc(sizeof(*e)) : NULL;
	if (e)
		event_link(e, symbol);
	return e;
}

void event_announce(struct event *event)
{
	uint32_t i;

	for (i = 0; i < watcher_count; i++)
		watchers[i].fn(event, watchers[i].arg);
}

struct event *event_intern_locked(const char *name, size_t length)
{
	struct event *e = event_find(name, length);
	size_t part;

	if (e || !event_name_is_valid(name, length))
		return e;
	part = span_class_part(name, length);
	if (part != 0)
		return span_class_make(name, part) ? event_find(name, length)
						   : NULL;
	e = event_make(name, length);
	if (e)
		event_announce(e);
	return e;
}

struct event *event_intern(const char *name, size_t length)
{
	struct event *e = event_find(name, length);
	bool nested;

	if (likely(e != NULL) || !event_name_is_valid(name, length))
		return e;
	if (!table_lock_acquire(&nested)) {
		segment_drop(DROP_LOCK, 1);
		return NULL;
	}
	e = event_intern_locked(name, length);
	table_lock_release(nested);
	return e;
}

void event_on_new(void (*fn)(struct event *event, void *arg), void *arg)
{
	uint32_t id, last;
	bool nested;

	if (!table_lock_acquire(&nested)) {
		segment_drop(DROP_LOCK, 1);
		return;
	}
	if (watcher_count == WATCHERS_MAX) {
		table_lock_release(nested);
		segment_drop(DROP_MEMORY, 1);
		return;
	}
	watchers[watcher_count].fn = fn;
	watchers[watcher_count].arg = arg;
	watcher_count++;
	/* Events that fn makes are announced to it like any other. */
	last = count;
	for (id = 1; id <= last; id++)
		fn(by_id[id], arg);
	table_lock_release(nested);
}

void event_reset_locks(void)
{
	table_lock_reset();
	retire_reset();
	symbol_reset_lock();
}
