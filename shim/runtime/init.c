/*
 * init.c - the constructor: puts the layers together, in this order, and hands
 * the settings down to them.
 *
 * Until it is done every wrapper passes through.  It waits for nothing, starts
 * no thread, and costs a few hundred microseconds less than a process start.
 */
#include "base/arena.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "base/segment.h"
#include "base/segment_usage.h"
#include "base/thread.h"
#include "event/event.h"
#include "event/stack.h"
#include "recorder/ring.h"
#include "runtime/config.h"
#include "runtime/definitions.h"
#include "runtime/exporter.h"
#include "runtime/fork.h"
#include "runtime/late.h"
#include "runtime/poller.h"
#include "runtime/role.h"
#include "wrap/elf.h"
#include "wrap/families.h"
#include "wrap/process.h"
#include "wrap/redirect.h"

#include <errno.h>
#include <string.h>

static bool running;

/* Of two copies of the shim in one process the one in front works. */
static bool is_second_copy(void)
{
	const struct link_map *own = elf_object_at((void *)is_second_copy);
	const struct link_map *map = elf_objects();
	struct elf_object object;

	for (; map && map != own; map = map->l_next)
		if (elf_open(&object, map) &&
		    elf_find(&object, "telemetry_execute"))
			return true;
	return false;
}

static void configure_segment(const struct config *config)
{
	struct segment_options options = {
		.dir = config->dir,
		.limit = config->memory_limit,
		.executable = config->executable,
		.service = config->service,
		.attributes = config->attributes,
	};

	memcpy(options.group, config->group, sizeof(options.group));
	arena_set_limit(config->memory_limit);
	segment_configure(&options);
}

static void idle(void)
{
	exporter_idle();
}

static void sandboxed(bool clock_too)
{
	struct thread *t = &thread_self;

	if (thread_claim(t)) {
		late_catch_up();
		if (!process_is_borrowed())
			segment_settle();
		thread_release(t);
	}
	/* Before rdtsc becomes a fatal instruction. */
	if (clock_too)
		clock_degrade();
	stack_quiet();
	/* A grace period may need membarrier(). */
	handlers_keep_retired();
	exporter_quiet();
	if (!process_is_borrowed())
		poller_end((int)exporter_config()->exit_timeout_ms, -EPERM);
	usage_freeze();
}

static const char *unloadable(const void *function)
{
	const struct link_map *map = elf_object_at(function);

	return map && !elf_is_from_start(map) ? map->l_name : NULL;
}

static void set_hooks(void)
{
	wrap_hooks = (struct wrap_hooks){
		.leaving = role_leaving,
		.exec = role_exec,
		.exec_failed = role_exec_failed,
		.idle = idle,
		.wanted = late_catch_up,
		.pending = &exporter_pending,
		.starting = role_starting,
		.single_threaded = role_single_threaded,
		.user_changes = role_user_changes,
		.sandboxed = sandboxed,
	};
}

/* Under the guard: what the events lead to, then the events.  True if part of
 * that is left for later. */
static bool subscribe(const struct config *config)
{
	bool later;

	symbol_init();
	configure_segment(config);
	recorder_start(config->record);
	later = late_put_off(config);
	if (!later) {
		clock_use_tsc();
		definitions_add(config);
	}
	if (config->families & 1u << FAMILY_PROCESS)
		process_enable();
	wrap_enable(config->families, later);
	api_set_wanted(late_catch_up);
	return later;
}

/* Priority 102: the list of sites (expand.h) is made at 101. */
__attribute__((constructor(102))) static void start(int argc, char **argv,
						    char **environment)
{
	struct thread *t = &thread_self;
	const struct config *config;
	int saved = errno;
	bool later;

	(void)argc;
	(void)argv;
	if (is_second_copy()) {
		wrap_leave_alone();
		return;
	}
	env_capture(environment);
	config = config_load();
	if (config->untouched) {
		wrap_leave_alone();
		api_set_state(API_OFF);
		errno = saved;
		return;
	}
	clock_begin();
	thread_init();
	stack_set_loader(dl_original_open, dl_original_symbol);
	fork_init();
	exporter_init(config);
	if (thread_claim(t)) {
		later = subscribe(config);
		thread_on_exit(process_thread_exits);
		redirect_start();
		set_hooks();
		api_set_locator(unloadable);
		api_set_state(later ? API_LATER : API_ON);
		running = true;
		thread_release(t);
	} else {
		wrap_leave_alone();
	}
	errno = saved;
}

/* For a process that ends in a way that we do not see: libc's own exit() in
 * err(), error() or the end of the last thread.  Its status is not known. */
__attribute__((destructor(102))) static void stop(void)
{
	int saved = errno;

	if (running && !process_is_borrowed())
		role_left_otherwise();
	errno = saved;
}
