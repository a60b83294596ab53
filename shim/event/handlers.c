/*
 * handlers.c - who listens to what.
 *
 * Lists are replaced as a whole under one lock and read without any.  What is
 * replaced goes to retire.c.
 */
#include "event/table.h"

#include "base/arena.h"
#include "base/lock.h"
#include "base/rcu.h"
#include "base/thread.h"

#include <errno.h>
#include <string.h>

/* Protects the lists of all events, the chain of handlers, the retired chains,
 * and the making of events and span classes. */
static struct lock table_lock = LOCK_INIT(LOCK_HANDLERS);
static struct handler *attached; /* RCU */
static uint64_t numbers;	 /* of handlers, given out so far */

bool table_lock_acquire(bool *nested)
{
	*nested = lock_is_mine(&table_lock);
	return *nested || lock_acquire(&table_lock);
}

void table_lock_release(bool nested)
{
	if (!nested)
		lock_release(&table_lock);
}

void table_lock_reset(void)
{
	lock_reset(&table_lock);
}

struct handler *handlers_first(void)
{
	/* Pairs with append() and unlink_handler(). */
	return rcu_pointer_get(attached);
}

void handlers_rearm(struct span_class *class)
{
	uint32_t armed = 0;

	if (event_wanted(class->start))
		armed |= ARMED_START;
	if (event_wanted(class->stop))
		armed |= ARMED_STOP;
	if (event_wanted(class->exception))
		armed |= ARMED_EXCEPTION;
	store_relaxed(&class->state->armed, armed);
}

/* What was worked out for the old list does not hold any more. */
static void changed(struct event *event)
{
	struct span_state *state = event->span ? event->span->state : NULL;

	/* Pairs with known.c: who sees this version sees the list. */
	if (state)
		store_release(&state->version, state->version + 1);
}

/* Takes over `list` (NULL: nobody listens any more). */
static void publish(struct event *event, struct handler_list *list)
{
	struct handler_list *old = event->handlers;

	store_relaxed(&event->needs, list ? list->needs : 0);
	/* Orders the list's contents before the pointer; pairs with
	 * rcu_pointer_get() in event_dispatch(). */
	rcu_pointer_set(event->handlers, list);
	changed(event);
	if (event->span)
		handlers_rearm(event->span);
	if (old)
		retire_list(old);
}

static int subscribe(struct event *event, const struct handler_entry *entry)
{
	struct handler_list *list;
	bool nested;

	if (!table_lock_acquire(&nested))
		return -EAGAIN;
	list = handler_list_with(event, entry);
	if (list)
		publish(event, list);
	table_lock_release(nested);
	return list ? 0 : -ENOMEM;
}

int event_subscribe_known(struct event *event, const struct known_ways *ways,
			  void *config, uint32_t needs)
{
	const struct handler_entry entry = {
		.internal = ways->handler,
		.brief = ways->brief,
		.prepare = ways->prepare,
		.config = config,
		.needs = needs | (ways->brief ? 0 : NEED_VALUES),
	};

	return subscribe(event, &entry);
}

int event_subscribe(struct event *event, internal_handler function,
		    void *config, uint32_t needs)
{
	const struct known_ways ways = { .handler = function };

	return event_subscribe_known(event, &ways, config, needs);
}

int event_subscribe_calling(struct event *event, telemetry_handler function,
			    void *config, uint32_t needs)
{
	struct handler *h = arena_alloc(sizeof(*h) + sizeof(void *));
	struct handler_entry entry = { .user = h, .needs = needs };
	int error;

	if (!h)
		return -ENOMEM;
	h->size = sizeof(*h) + sizeof(void *);
	h->function = function;
	h->config = config;
	error = subscribe(event, &entry);
	if (error)
		arena_free(h, h->size);
	return error;
}

int event_retire(void (*destroy)(void *arg), void *arg)
{
	struct handler *h = arena_alloc(sizeof(*h) + sizeof(void *));
	bool nested;

	if (!h)
		return -ENOMEM;
	h->size = sizeof(*h) + sizeof(void *);
	h->config = arg;
	h->destroy = destroy;
	if (!table_lock_acquire(&nested)) {
		arena_free(h, h->size);
		return -EAGAIN;
	}
	retire_handler(h);
	table_lock_release(nested);
	return 0;
}

int event_lock(bool *nested)
{
	return table_lock_acquire(nested) ? 0 : -EAGAIN;
}

void event_unlock(bool nested)
{
	table_lock_release(nested);
}

static struct handler *find_by_id(const char *id)
{
	struct handler *h = attached;

	while (h && strcmp(h->id, id) != 0)
		h = h->next;
	return h;
}

static struct handler *handler_new(const char *id, size_t events)
{
	size_t id_size = (strlen(id) + sizeof(void *)) & -sizeof(void *);
	size_t size = sizeof(struct handler) + id_size +
		      events * sizeof(struct event *);
	struct handler *h;

	/* So many different events there are not. */
	if (events > EVENTS_MAX)
		return NULL;
	h = arena_alloc(size);
	if (!h)
		return NULL;
	h->number = ++numbers;
	h->size = (uint32_t)size;
	memcpy(h->id, id, strlen(id));
	h->events = (struct event **)(void *)(h->id + id_size);
	return h;
}

static int find_events(struct handler *h, const char *const *events,
		       size_t count)
{
	size_t i, j;

	for (i = 0; i < count; i++) {
		struct event *e =
			event_intern_locked(events[i], strlen(events[i]));

		if (!e)
			return -ENOMEM;
		for (j = 0; j < i; j++)
			if (h->events[j] == e)
				return -EINVAL;
		h->events[i] = e;
	}
	h->event_count = (uint32_t)count;
	return 0;
}

/* All or nothing: the new lists exist before the first is published. */
static int publish_all(struct handler *h)
{
	struct handler_entry entry = {
		.user = h, .needs = NEED_TIME | NEED_METADATA | h->needs
	};
	size_t size = h->event_count * sizeof(struct handler_list *);
	struct handler_list **lists = arena_alloc(size);
	uint32_t i, made = 0;

	if (!lists)
		return -ENOMEM;
	while (made < h->event_count &&
	       (lists[made] = handler_list_with(h->events[made], &entry)) !=
		       NULL)
		made++;
	for (i = 0; i < made; i++) {
		if (made == h->event_count)
			publish(h->events[i], lists[i]);
		else
			handler_list_free(lists[i]);
	}
	arena_free(lists, size);
	return made == h->event_count ? 0 : -ENOMEM;
}

static void append(struct handler *h)
{
	struct handler **end = &attached;

	while (*end)
		end = &(*end)->next;
	/* Pairs with handlers_first() and the walks that start there. */
	rcu_pointer_set(*end, h);
}

static int attach_locked(const char *id, const char *const *events,
			 size_t count, struct handler **made)
{
	struct handler *h;

	if (find_by_id(id))
		return -EEXIST;
	h = *made = handler_new(id, count);
	if (!h)
		return -ENOMEM;
	return find_events(h, events, count);
}

static void set_options(struct handler *h,
			const struct telemetry_attach_options *options)
{
	h->policy = options->policy;
	h->destroy = options->destroy;
	h->failures_max = options->failures;
	h->pause_first = options->pause_ms * 1000000ull;
	h->pause_longest = options->longest_ms * 1000000ull;
	if (options->needs & TELEMETRY_NEEDS_STACK)
		h->needs |= NEED_STACK;
}

int handlers_attach(const char *id, const char *const *events, size_t count,
		    telemetry_handler function, void *config,
		    const struct telemetry_attach_options *options)
{
	struct handler *h = NULL;
	bool nested;
	int ret;

	if (!table_lock_acquire(&nested))
		return -EAGAIN;
	ret = attach_locked(id, events, count, &h);
	if (ret == 0) {
		h->function = function;
		h->config = config;
		if (options)
			set_options(h, options);
		ret = publish_all(h);
	}
	if (ret == 0)
		append(h);
	else if (h)
		arena_free(h, h->size);
	table_lock_release(nested);
	return ret;
}

static void unlink_handler(const struct handler *handler)
{
	struct handler **at = &attached;

	while (*at != handler)
		at = &(*at)->next;
	/* handler->next stays, for a walk that stands on it.  Pairs with
	 * handlers_first() and list() in api_list.c. */
	rcu_pointer_set(*at, handler->next);
}

/* `gone` is a handler, or the config of what the shim subscribed. */
static void leave_event(struct event *event, const void *gone)
{
	bool empty;
	struct handler_list *list = handler_list_without(event, gone, &empty);

	if (list || empty) {
		publish(event, list);
		return;
	}
	handler_list_vacate(event->handlers, gone);
	changed(event);
}

/* Of event_subscribe_calling(); NULL if there is none. */
static struct handler *find_calling(const struct event *event,
				    const void *config)
{
	const struct handler_list *list = event->handlers;
	struct handler *h;
	uint32_t i;

	for (i = 0; list && i < list->count; i++) {
		h = list->entries[i].user;
		if (h && h->config == config && h->event_count == 0)
			return h;
	}
	return NULL;
}

void event_unsubscribe(struct event *event, const void *config)
{
	struct handler *h;
	bool nested;

	if (!table_lock_acquire(&nested))
		return;
	h = find_calling(event, config);
	leave_event(event, h ? (const void *)h : config);
	if (h)
		retire_handler(h);
	table_lock_release(nested);
}

static void detach_locked(struct handler *handler)
{
	uint32_t i;

	for (i = 0; i < handler->event_count; i++)
		leave_event(handler->events[i], handler);
	unlink_handler(handler);
	retire_handler(handler);
}

int handlers_detach(const char *id, uint64_t *number)
{
	struct handler *h;
	bool nested;

	if (!table_lock_acquire(&nested))
		return -EAGAIN;
	h = find_by_id(id);
	if (h) {
		*number = h->number;
		detach_locked(h);
	}
	table_lock_release(nested);
	return h ? 0 : -ENOENT;
}

int handlers_detach_one(const struct handler *handler)
{
	struct handler *h;
	bool nested;

	if (!table_lock_acquire(&nested))
		return -EAGAIN;
	h = attached;
	while (h && h != handler)
		h = h->next;
	if (h)
		detach_locked(h);
	table_lock_release(nested);
	return h ? 0 : -ENOENT;
}
