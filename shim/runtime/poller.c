/*
 * poller.c - runs the pollers of this process, one measurement after the other.
 *
 * Their list is protected by a lock, which is not held while a measurement is
 * taken: a poller that is looked at is pinned meanwhile.
 */
#include "runtime/poller.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/segment.h"
#include "base/sys.h"
#include "base/thread.h"
#include "runtime/poller_list.h"

#include <limits.h>
#include <string.h>

#define LOCK_AGAIN (10 * POLLER_MS)

struct pollers pollers = { .lock = LOCK_INIT(LOCK_POLLERS) };

struct poller *poller_find(int handle)
{
	struct poller *p = pollers.first;

	while (p && (p->handle != handle || p->stopped))
		p = p->next;
	return p;
}

struct poller *poller_release(struct poller *poller)
{
	struct poller **at = &pollers.first;

	if (!poller->stopped || poller->pins)
		return NULL;
	while (*at != poller)
		at = &(*at)->next;
	*at = poller->next;
	store_relaxed(&pollers.count, pollers.count - 1);
	return poller;
}

static void free_text(const char *text)
{
	if (text)
		arena_free((char *)(uintptr_t)text, strlen(text) + 1);
}

void poller_free(struct poller *poller, bool destroy)
{
	size_t i;

	if (!poller)
		return;
	for (i = 0; i < poller->count; i++) {
		struct telemetry_measurement *m = &poller->tasks[i].what;

		if (destroy && m->destroy)
			m->destroy(m->config);
		free_text(m->name);
		free_text(m->thread);
	}
	free_text(poller->name);
	arena_free(poller, sizeof(*poller));
}

bool poller_is_wanted(void)
{
	return load_relaxed(&pollers.count) != 0;
}

/* ---- a tick ------------------------------------------------------------- */

static void tell_failure(const struct poller *poller,
			 const struct poll_task *task, int result)
{
	const char *name = poll_task_name(task);
	struct telemetry_field measurements[] = {
		TELEMETRY_U64("monotonic_time", clock_ns()),
		TELEMETRY_U64("system_time", clock_wall_ns()),
	};
	struct telemetry_field metadata[] = {
		TELEMETRY_STR("poller", poller->name ? poller->name : ""),
		TELEMETRY_STR("measurement", name),
		TELEMETRY_STR("kind", "error"),
		TELEMETRY_I64("reason", result),
	};

	/* Not each of those that go on for days. */
	if (task->in_a_row == 1)
		log_error("poller \"%s\": measurement \"%s\" failed: it "
			  "returned %d, expected 0; %s",
			  poller->name ? poller->name : "", name, result,
			  task->removed ? "it is removed"
					: "it pauses for up to 64 ticks until "
					  "it succeeds");
	telemetry_execute("telemetry.poller.failure", measurements,
			  ARRAY_SIZE(measurements), metadata,
			  ARRAY_SIZE(metadata));
}

/* telemetry_poller_list() looks at the numbers meanwhile. */
static void add(uint64_t *number)
{
	store_relaxed(number, *number + 1);
}

static void failed(const struct poller *poller, struct poll_task *task,
		   int result)
{
	add(&task->failures);
	task->in_a_row += task->in_a_row < UINT32_MAX;
	store_relaxed(&task->pause, schedule_pause(task->in_a_row));
	if (task->what.policy == TELEMETRY_POLL_REMOVE)
		store_relaxed(&task->removed, true);
	tell_failure(poller, task, result);
}

static void run_task(const struct poller *poller, struct poll_task *task)
{
	int result;

	if (task->removed)
		return;
	if (task->pause) {
		store_relaxed(&task->pause, task->pause - 1);
		return;
	}
	result = poll_task_run(task);
	add(&task->runs);
	if (result < 0)
		failed(poller, task, result);
	else
		task->in_a_row = 0;
}

static void run_tasks(struct poller *poller, const uint32_t *request)
{
	struct thread *t = &thread_self;
	size_t i;

	if (t->state == THREAD_OURS && !thread_guest_begin(t, FRAME())) {
		segment_drop(DROP_LOCK, 1);
		return;
	}
	for (i = 0; i < poller->count; i++) {
		/* Pairs with poller_pause(). */
		if (load_acquire(request) & POLLER_STOP)
			break;
		/* One of its own functions may have stopped it. */
		if (!load_relaxed(&poller->stopped))
			run_task(poller, &poller->tasks[i]);
	}
}

static struct poller *first_due(uint64_t now, uint64_t *next)
{
	struct poller *p, *due = NULL;

	*next = UINT64_MAX;
	for (p = pollers.first; p; p = p->next) {
		if (p->stopped || p->schedule.next >= *next)
			continue;
		*next = p->schedule.next;
		due = p;
	}
	return due && schedule_is_due(&due->schedule, now) ? due : NULL;
}

/* Takes the tick of the poller that is due first. */
static struct poller *take(uint64_t now, uint64_t *next)
{
	struct poller *p = first_due(now, next);
	uint64_t missed;

	if (!p)
		return NULL;
	missed = schedule_take(&p->schedule, now);
	p->ticks++;
	p->skipped += missed;
	if (missed)
		segment_drop(DROP_TICK, missed);
	p->pins++;
	p->running = 1;
	return p;
}

static void put(struct poller *poller)
{
	struct poller *gone;

	/* Nobody holds it for long, and without it there is no way on. */
	while (!lock_acquire(&pollers.lock))
		;
	poller->pins--;
	poller->running = 0;
	gone = poller_release(poller);
	/* Pairs with wait_ended() in poller_api.c. */
	__atomic_fetch_add(&pollers.changes, 1, __ATOMIC_RELEASE);
	lock_release(&pollers.lock);
	poller_free(gone, true);
	sys_futex_wake(&pollers.changes, INT_MAX);
}

uint64_t poller_run(uint64_t now, const uint32_t *request)
{
	struct poller *poller;
	uint64_t next;

	for (;;) {
		/* Pairs with poller_pause(). */
		if (load_acquire(request) & POLLER_STOP)
			return now;
		if (!lock_acquire(&pollers.lock))
			return now + LOCK_AGAIN;
		poller = take(now, &next);
		lock_release(&pollers.lock);
		if (!poller)
			return next;
		run_tasks(poller, request);
		put(poller);
		now = clock_ns();
	}
}

void poller_forget(void)
{
	lock_reset(&pollers.lock);
	pollers.first = NULL;
	store_relaxed(&pollers.count, 0);
}
