/*
 * poller_api.c - the functions of <telemetry/poller.h>: check, copy, change the
 * list, wake the thread.
 */
#include "telemetry/poller.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "event/api.h"
#include "event/event.h"
#include "runtime/exporter_thread.h"
#include "runtime/poller.h"
#include "runtime/poller_check.h"
#include "runtime/poller_list.h"

#include <errno.h>
#include <string.h>

/* ---- starting ----------------------------------------------------------- */

static bool copy_text(const char **to)
{
	if (!*to)
		return true;
	*to = arena_strndup(*to, strlen(*to));
	return *to != NULL;
}

static bool copy_task(struct poll_task *task,
		      const struct telemetry_measurement *from)
{
	const char *thread = from->thread;
	size_t i;

	task->what = *from;
	task->what.thread = NULL;
	task->what.keys = NULL;
	for (i = 0; i < from->key_count; i++)
		task->keys |= 1u << poller_key(from->keys[i]);
	if (!copy_text(&task->what.name) || !copy_text(&thread))
		return false;
	task->what.thread = thread;
	return true;
}

/* Of any version of the structure. */
static struct telemetry_measurement
measurement_at(const struct telemetry_poller_options *options, size_t i)
{
	struct telemetry_measurement m = { 0 };
	size_t size = options->measurement_size;

	memcpy(&m, (const char *)options->measurements + i * size,
	       size < sizeof(m) ? size : sizeof(m));
	return m;
}

static struct poller *copy(const struct telemetry_poller_options *options)
{
	struct poller *p = arena_alloc(sizeof(*p));
	const char *name = options->name;
	size_t i;

	if (!p)
		return NULL;
	p->period_ms = options->period_ms;
	p->init_delay_ms = options->init_delay_ms;
	if (!copy_text(&name))
		goto out;
	p->name = (char *)(uintptr_t)name;
	for (i = 0; i < options->measurement_count; i++) {
		struct telemetry_measurement m = measurement_at(options, i);

		p->count++;
		if (!copy_task(&p->tasks[i], &m))
			goto out;
	}
	return p;
out:
	poller_free(p, false);
	return NULL;
}

static struct poller *named(const char *name)
{
	struct poller *p = pollers.first;

	while (p && (p->stopped || !p->name || strcmp(p->name, name) != 0))
		p = p->next;
	return p;
}

/* Under the lock. */
static int add(struct poller *poller)
{
	struct poller **end = &pollers.first;

	if (poller->name && named(poller->name))
		return -EEXIST;
	if (pollers.count == TELEMETRY_POLLERS_MAX)
		return -ENOMEM;
	while (*end)
		end = &(*end)->next;
	poller->handle = ++pollers.last_handle;
	poller->schedule.period = (uint64_t)poller->period_ms * POLLER_MS;
	poller->schedule.next =
		clock_ns() + (uint64_t)poller->init_delay_ms * POLLER_MS;
	*end = poller;
	store_relaxed(&pollers.count, pollers.count + 1);
	return poller->handle;
}

static int start(void *arg)
{
	struct poller *poller = copy(arg);
	int ret = -EAGAIN;

	if (!poller)
		return -ENOMEM;
	if (lock_acquire(&pollers.lock)) {
		ret = add(poller);
		lock_release(&pollers.lock);
	}
	if (ret < 0)
		poller_free(poller, false);
	return ret;
}

static bool read_options(struct telemetry_poller_options *known,
			 const struct telemetry_poller_options *options)
{
	size_t size = options ? options->struct_size : 0, i;

	if (size < sizeof(options->struct_size))
		return poller_refuse(NULL, "struct_size is %zu, expected %zu",
				     size, sizeof(*known));
	memcpy(known, options, size < sizeof(*known) ? size : sizeof(*known));
	if (!poller_check_options(known))
		return false;
	for (i = 0; i < known->measurement_count; i++) {
		struct telemetry_measurement m = measurement_at(known, i);

		if (!poller_check_measurement(known->name, i, &m))
			return false;
	}
	return true;
}

EXPORT int
telemetry_poller_start(const struct telemetry_poller_options *options)
{
	struct telemetry_poller_options known = { 0 };
	int ret;

	if (!read_options(&known, options))
		return -EINVAL;
	if (!api_ready())
		return api_unready();
	if (poller_refusal())
		return poller_refusal();
	ret = api_change(start, &known);
	if (ret > 0)
		poller_wake();
	return ret;
}

/* ---- stopping ----------------------------------------------------------- */

struct stop {
	int handle;
	struct poller *gone; /* to be freed */
	bool runs;	     /* in the thread, which will free it */
};

static int stop(void *arg)
{
	struct stop *s = arg;
	struct poller *p;

	if (!lock_acquire(&pollers.lock))
		return -EAGAIN;
	p = poller_find(s->handle);
	if (p) {
		store_relaxed(&p->stopped, true);
		s->runs = p->running;
		s->gone = poller_release(p);
	}
	lock_release(&pollers.lock);
	return p ? 0 : -ENOENT;
}

/* Still in the list, though stopped? */
static int is_running(void *arg)
{
	const struct stop *s = arg;
	struct poller *p;
	int running;

	if (!lock_acquire(&pollers.lock))
		return -EAGAIN;
	for (p = pollers.first; p && p->handle != s->handle;)
		p = p->next;
	running = p && p->running;
	lock_release(&pollers.lock);
	return running;
}

/* However long its function takes. */
static void wait_ended(struct stop *s)
{
	for (;;) {
		/* Pairs with put() in poller.c. */
		uint32_t seen = load_acquire(&pollers.changes);

		if (api_change(is_running, s) == 0)
			return;
		exporter_wait(&pollers.changes, seen,
			      clock_ns() + 100 * POLLER_MS);
	}
}

EXPORT int telemetry_poller_stop(int handle)
{
	struct stop s = { .handle = handle };
	int ret;

	if (!api_ready())
		return api_unready();
	ret = api_change(stop, &s);
	if (ret)
		return ret;
	poller_free(s.gone, true);
	if (s.runs && !poller_is_here())
		wait_ended(&s);
	poller_wake();
	return 0;
}

/* ---- looking ------------------------------------------------------------ */

struct find {
	const char *name;
};

static int find(void *arg)
{
	struct find *f = arg;
	struct poller *p;
	int ret;

	if (!lock_acquire(&pollers.lock))
		return -EAGAIN;
	p = named(f->name);
	ret = p ? p->handle : -ENOENT;
	lock_release(&pollers.lock);
	return ret;
}

EXPORT int telemetry_poller_find(const char *name)
{
	struct find f = { name };

	if (!name)
		return -EINVAL;
	return api_ready() ? api_change(find, &f) : api_unready();
}

struct look {
	int after; /* handle of the one before */
	struct poller *pinned;
	struct telemetry_poller_info info;
	struct telemetry_measurement_info tasks[TELEMETRY_MEASUREMENTS_MAX];
};

static void describe(struct look *look, const struct poller *p)
{
	size_t i;

	look->info = (struct telemetry_poller_info){
		.struct_size = sizeof(look->info),
		.measurement_size = sizeof(look->tasks[0]),
		.handle = p->handle,
		.name = p->name ? p->name : "",
		.period_ms = p->period_ms,
		.init_delay_ms = p->init_delay_ms,
		.ticks = p->ticks,
		.skipped = p->skipped,
		.measurements = look->tasks,
		.measurement_count = p->count,
	};
	for (i = 0; i < p->count; i++) {
		const struct poll_task *t = &p->tasks[i];

		look->tasks[i] = (struct telemetry_measurement_info){
			.kind = t->what.kind,
			.policy = t->what.policy,
			.name = t->what.name ? t->what.name : "",
			.runs = load_relaxed(&t->runs),
			.failures = load_relaxed(&t->failures),
			.pause = load_relaxed(&t->pause),
			.is_removed = load_relaxed(&t->removed),
		};
	}
}

/* The next one; 0: there is none. */
static int look_at_next(void *arg)
{
	struct look *look = arg;
	struct poller *p;

	if (!lock_acquire(&pollers.lock))
		return -EAGAIN;
	for (p = pollers.first; p && (p->stopped || p->handle <= look->after);)
		p = p->next;
	if (p) {
		p->pins++;
		describe(look, p);
	}
	look->pinned = p;
	lock_release(&pollers.lock);
	return p != NULL;
}

static int unpin(void *arg)
{
	struct look *look = arg;

	if (!lock_acquire(&pollers.lock))
		return -EAGAIN;
	look->pinned->pins--;
	look->pinned = poller_release(look->pinned);
	lock_release(&pollers.lock);
	return 0;
}

EXPORT int telemetry_poller_list(
	int (*visit)(const struct telemetry_poller_info *info, void *arg),
	void *arg)
{
	struct look look = { 0 };
	int ret;

	if (!visit)
		return -EINVAL;
	if (!api_ready())
		return api_unready();
	while ((ret = api_change(look_at_next, &look)) > 0) {
		ret = visit(&look.info, arg);
		look.after = look.info.handle;
		if (api_change(unpin, &look) == 0)
			poller_free(look.pinned, true);
		if (ret)
			return ret;
	}
	return ret;
}
