/*
 * poller_task.c - takes one measurement of this process.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/glob.h"
#include "base/proc.h"
#include "base/segment.h"
#include "base/sys.h"
#include "runtime/exporter.h"
#include "runtime/measure.h"
#include "runtime/poller_list.h"

#include <string.h>

static const char *const keys[POLLER_KEYS_MAX] = {
	"user",	     "system",	    "minor_faults", "major_faults",
	"voluntary", "involuntary", "run_delay",    "timeslices",
};
enum { KEYS_OF_STAT = 0x0f, KEYS_OF_STATUS = 0x30, KEYS_OF_SCHEDSTAT = 0xc0 };

int poller_key(const char *key)
{
	int i;

	for (i = 0; i < POLLER_KEYS_MAX; i++)
		if (strcmp(keys[i], key) == 0)
			return i;
	return -1;
}

const char *poll_task_name(const struct poll_task *task)
{
	return task->what.name ? task->what.name : "a function";
}

/* ---- threads ------------------------------------------------------------- */

#define STATUS_SIZE 16384

struct thread_numbers {
	uint64_t values[POLLER_KEYS_MAX];
	uint32_t known; /* bits */
};

static void set(struct thread_numbers *n, int key, uint64_t value)
{
	n->values[key] = value;
	n->known |= 1u << key;
}

static ssize_t read_task(uint32_t tid, const char *name, char *text,
			 size_t size)
{
	char path[48];
	struct buf b = BUF(path);

	buf_printf(&b, "task/%u/%s", tid, name);
	return proc_read((uint32_t)sys_getpid(), path, text, size);
}

static void add_stat(struct thread_numbers *n, uint32_t tid)
{
	struct proc_stat stat;
	char text[1024];

	if (read_task(tid, "stat", text, sizeof(text)) < 0 ||
	    !proc_parse_stat(text, &stat))
		return;
	set(n, 0, stat.user);
	set(n, 1, stat.system);
	set(n, 2, stat.minor_faults);
	set(n, 3, stat.major_faults);
}

static void add_status(struct thread_numbers *n, uint32_t tid)
{
	char *text = arena_alloc(STATUS_SIZE);
	uint64_t value;

	if (!text)
		return;
	read_task(tid, "status", text, STATUS_SIZE);
	if (proc_find(text, "voluntary_ctxt_switches", &value))
		set(n, 4, value);
	if (proc_find(text, "nonvoluntary_ctxt_switches", &value))
		set(n, 5, value);
	arena_free(text, STATUS_SIZE);
}

static void add_schedstat(struct thread_numbers *n, uint32_t tid)
{
	char text[128];
	const char *at = text;
	uint64_t ran, delay, slices;

	read_task(tid, "schedstat", text, sizeof(text));
	if (!proc_number(&at, &ran) || !proc_number(&at, &delay) ||
	    !proc_number(&at, &slices))
		return;
	set(n, 6, delay);
	set(n, 7, slices);
}

/* Is it one of those that are meant? */
static bool is_meant(const struct poll_task *task, uint32_t tid, char *name,
		     size_t size)
{
	const char *wanted = task->what.thread;
	ssize_t length = read_task(tid, "comm", name, size);
	uint64_t number;

	if (length <= 0)
		return false;
	if (name[length - 1] == '\n')
		name[--length] = '\0';
	if (parse_u64(wanted, strlen(wanted), &number) && number == tid)
		return true;
	return glob_match(wanted, strlen(wanted), name, (size_t)length);
}

static bool show_thread(uint32_t tid, void *arg)
{
	const struct poll_task *task = arg;
	struct telemetry_field measurements[POLLER_KEYS_MAX], metadata[2];
	struct thread_numbers n = { .known = 0 };
	char name[64];
	size_t count = 0;
	int i;

	if (!is_meant(task, tid, name, sizeof(name)))
		return true;
	if (task->keys & KEYS_OF_STAT)
		add_stat(&n, tid);
	if (task->keys & KEYS_OF_STATUS)
		add_status(&n, tid);
	if (task->keys & KEYS_OF_SCHEDSTAT)
		add_schedstat(&n, tid);
	for (i = 0; i < POLLER_KEYS_MAX; i++)
		if (task->keys & n.known & 1u << i)
			measurements[count++] =
				telemetry_u64(keys[i], n.values[i]);
	/* It has ended meanwhile, or the kernel does not count that. */
	if (count == 0) {
		segment_drop(DROP_FIGURE, 1);
		return true;
	}
	metadata[0] = telemetry_str("name", name);
	metadata[1] = telemetry_u64("thread.id", tid);
	telemetry_execute(task->what.name, measurements, count, metadata, 2);
	return true;
}

/* ---- all kinds ----------------------------------------------------------- */

static void emit(const char *event, const struct telemetry_field *m,
		 size_t m_count, const struct telemetry_field *d,
		 size_t d_count)
{
	telemetry_execute(event, m, m_count, d, d_count);
}

static bool own_heap(struct heap_block *heap)
{
	struct segment_image image;
	bool found = false;

	if (segment_read_own(&image) == 0)
		found = measure_heap(&image, heap);
	segment_release(&image);
	return found;
}

static void run_builtin(const char *name)
{
	const struct measure *measure = measure_find(name);
	const struct config *config = exporter_config();
	struct measure_target target = {
		.pid = (uint32_t)sys_getpid(),
		.executable = config ? config->executable : NULL,
		.service = config ? config->service : NULL,
	};
	struct heap_block heap;

	if (measure->scope == MEASURE_CGROUP)
		measure_cgroup(&target);
	if (measure->needs_heap && own_heap(&heap))
		target.heap = &heap;
	measure_take(measure, &target, emit);
}

int poll_task_run(struct poll_task *task)
{
	switch (task->what.kind) {
	case TELEMETRY_POLL_BUILTIN:
		run_builtin(task->what.name);
		return 0;
	case TELEMETRY_POLL_THREAD:
		if (proc_each_task((uint32_t)sys_getpid(), show_thread, task))
			segment_drop(DROP_FIGURE, 1);
		return 0;
	default:
		return task->what.function(task->what.config);
	}
}
