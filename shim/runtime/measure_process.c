/*
 * measure_process.c - numbers of one process, from its folder in /proc.
 */
#include "runtime/measure.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/proc.h"
#include "base/segment_usage.h"
#include "base/sys.h"

#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>

#define KIB 1024
#define TEXT_SIZE 16384
/* The kernel walks all pages of a process for the next one: 10 ms at most. */
#define ROLLUP_RESIDENT_MAX (1ull << 30)
#define SOCKETS_LOOKED_AT 4096

static char *read_text(uint32_t pid, const char *name)
{
	char *text = arena_alloc(TEXT_SIZE);

	if (text && proc_read(pid, name, text, TEXT_SIZE) < 0)
		text[0] = '\0';
	return text;
}

static void free_text(char *text)
{
	arena_free(text, TEXT_SIZE);
}

/* ---- memory -------------------------------------------------------------- */

static uint64_t add_pages(struct measured *to, uint32_t pid)
{
	static const char *const keys[] = { "vms",  "rss", "shared",
					    "text", NULL,  "data" };
	uint64_t value, resident = 0, page = getauxval(AT_PAGESZ);
	char text[256];
	const char *at = text;
	size_t i;

	proc_read(pid, "statm", text, sizeof(text));
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!proc_number(&at, &value) ||
		    __builtin_mul_overflow(value, page, &value))
			break;
		if (keys[i])
			measured_add(to, keys[i], value);
		if (i == 1)
			resident = value;
	}
	return resident;
}

static void add_rollup(struct measured *to, uint32_t pid)
{
	uint64_t clean, dirty;
	char text[1536];

	proc_read(pid, "smaps_rollup", text, sizeof(text));
	measured_find(to, "pss", text, "Pss", KIB);
	if (proc_find(text, "Private_Clean", &clean) &&
	    proc_find(text, "Private_Dirty", &dirty) &&
	    clean + dirty < UINT64_MAX / KIB)
		measured_add(to, "uss", (clean + dirty) * KIB);
}

void measure_read_memory(const struct measure_target *target,
			 struct measured *to)
{
	uint64_t resident = add_pages(to, target->pid);
	char *text = read_text(target->pid, "status");

	if (text) {
		measured_find(to, "peak_rss", text, "VmHWM", KIB);
		measured_find(to, "swap", text, "VmSwap", KIB);
		free_text(text);
	}
	if (resident && resident <= ROLLUP_RESIDENT_MAX)
		add_rollup(to, target->pid);
}

/* ---- processor ----------------------------------------------------------- */

void measure_read_cpu(const struct measure_target *target, struct measured *to)
{
	struct segment_usage u;

	if (usage_of(target->pid, &u))
		return;
	measured_add(to, "user", u.user);
	measured_add(to, "system", u.system);
	measured_add(to, "minor_faults", u.minor_faults);
	measured_add(to, "major_faults", u.major_faults);
	measured_add(to, "voluntary", u.voluntary);
	measured_add(to, "involuntary", u.involuntary);
}

struct queue {
	uint32_t pid;
	uint64_t runnable, run_delay, timeslices;
	bool has_schedstat;
};

static bool add_task(uint32_t tid, void *arg)
{
	struct queue *q = arg;
	char name[48], text[1024];
	struct buf b = BUF(name);
	struct proc_stat stat;
	const char *at = text;
	uint64_t ran, delay, slices;

	buf_printf(&b, "task/%u/stat", tid);
	if (proc_read(q->pid, name, text, sizeof(text)) < 0 ||
	    !proc_parse_stat(text, &stat))
		return true; /* it has just ended */
	q->runnable += stat.state == 'R';
	b = BUF(name);
	buf_printf(&b, "task/%u/schedstat", tid);
	if (proc_read(q->pid, name, text, sizeof(text)) < 0 ||
	    !proc_number(&at, &ran) || !proc_number(&at, &delay) ||
	    !proc_number(&at, &slices))
		return true;
	q->run_delay += delay;
	q->timeslices += slices;
	q->has_schedstat = true;
	return true;
}

void measure_read_run_queue(const struct measure_target *target,
			    struct measured *to)
{
	struct queue q = { .pid = target->pid };

	if (proc_each_task(target->pid, add_task, &q))
		return;
	measured_add(to, "runnable", q.runnable);
	if (!q.has_schedstat)
		return;
	measured_add(to, "run_delay", q.run_delay);
	measured_add(to, "timeslices", q.timeslices);
}

/* ---- descriptors --------------------------------------------------------- */

struct sockets {
	int dir;
	uint32_t looked_at;
	uint64_t count;
};

static bool add_socket(uint32_t fd, void *arg)
{
	struct sockets *s = arg;
	char name[16], to[32];
	struct buf b = BUF(name);
	ssize_t length;

	if (s->looked_at++ == SOCKETS_LOOKED_AT)
		return false;
	buf_printf(&b, "%u", fd);
	length = (ssize_t)sys_call(SYS_readlinkat, s->dir, (long)name, (long)to,
				   sizeof(to), 0, 0);
	s->count += length > 8 && memcmp(to, "socket:[", 8) == 0;
	return true;
}

/* False: there are too many descriptors, or they are nobody's business. */
static bool count_sockets(uint32_t pid, uint64_t *count)
{
	struct sockets s = { .dir = proc_open(pid, "fd", O_DIRECTORY) };
	int error;

	if (s.dir < 0)
		return false;
	error = proc_each_number(s.dir, add_socket, &s);
	sys_close(s.dir);
	*count = s.count;
	return !error && s.looked_at <= SOCKETS_LOOKED_AT;
}

static void add_limits(struct measured *to, uint32_t pid)
{
	char *text = read_text(pid, "limits"), number[24];
	const char *at = number;
	uint64_t value;

	if (text) {
		/* "unlimited" is no number, and left out. */
		measured_find(to, "thread_limit", text, "Max processes", 1);
		measured_find(to, "fd_limit", text, "Max open files", 1);
		free_text(text);
	}
	proc_read(0, "sys/vm/max_map_count", number, sizeof(number));
	if (proc_number(&at, &value))
		measured_add(to, "map_limit", value);
}

void measure_read_counts(const struct measure_target *target,
			 struct measured *to)
{
	struct proc_stat stat;
	uint64_t sockets;
	int64_t count;

	if (proc_read_stat(target->pid, &stat))
		return;
	measured_add(to, "threads", stat.threads);
	count = proc_count_descriptors(target->pid);
	if (count >= 0)
		measured_add(to, "fds", (uint64_t)count);
	if (count_sockets(target->pid, &sockets))
		measured_add(to, "sockets", sockets);
	count = proc_count_lines(target->pid, "maps");
	if (count >= 0)
		measured_add(to, "mappings", (uint64_t)count);
	add_limits(to, target->pid);
}

/* "TCP: inuse 3 orphan 0 tw 12 alloc 5 mem 1" */
static void add_word(struct measured *to, const char *key, const char *text,
		     const char *line, const char *word)
{
	size_t length, size = strlen(word);
	const char *at = proc_line(text, line, &length), *end;
	uint64_t value;

	for (end = at + (at ? length : 0); at && at < end; at++) {
		if (strncmp(at, word, size) != 0 || at[size] != ' ')
			continue;
		at += size;
		if (proc_number(&at, &value))
			measured_add(to, key, value);
		return;
	}
}

void measure_read_sockets(const struct measure_target *target,
			  struct measured *to)
{
	char text[1024];
	uint64_t count;

	if (count_sockets(target->pid, &count))
		measured_add(to, "open", count);
	if (proc_read(target->pid, "net/sockstat", text, sizeof(text)) < 0)
		return;
	add_word(to, "namespace_tcp", text, "TCP", "inuse");
	add_word(to, "namespace_tcp_orphaned", text, "TCP", "orphan");
	add_word(to, "namespace_tcp_time_wait", text, "TCP", "tw");
	add_word(to, "namespace_udp", text, "UDP", "inuse");
}

/* ---- input and output, the heap ------------------------------------------ */

void measure_read_io(const struct measure_target *target, struct measured *to)
{
	static const char *const keys[] = {
		"rchar",
		"wchar",
		"syscr",
		"syscw",
		"read_bytes",
		"write_bytes",
		"cancelled_write_bytes",
	};
	char text[512];
	size_t i;

	if (proc_read(target->pid, "io", text, sizeof(text)) < 0)
		return;
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		measured_find(to, keys[i], text, keys[i], 1);
}

void measure_read_heap(const struct measure_target *target, struct measured *to)
{
	const struct heap_block *heap = target->heap;
	uint64_t calls = 0, failures = 0;
	int64_t in_use;
	size_t i;

	if (!heap)
		return;
	for (i = 0; i < HEAP_FUNCTIONS; i++) {
		calls += heap->calls[i];
		failures += heap->failures[i];
	}
	in_use = (int64_t)(heap->allocated - heap->freed) + heap->baseline;
	measured_add(to, "in_use", in_use > 0 ? (uint64_t)in_use : 0);
	measured_add(to, "allocated", heap->allocated);
	measured_add(to, "freed", heap->freed);
	measured_add(to, "requested", heap->requested);
	measured_add(to, "allocations", calls);
	measured_add(to, "frees", heap->frees + heap->reallocs_freed);
	measured_add(to, "failures", failures);
}
