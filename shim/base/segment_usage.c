/*
 * segment_usage.c - the figures of a process that only grow, kept in the header
 * of its segment, where they outlive it.
 *
 * A process notes its own when it leaves.  Of one that runs the exporter does
 * so at each look: after a crash the last look is what there is.
 */
#include "base/segment_usage.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/proc.h"
#include "base/segment_file.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define FIGURES (sizeof(struct segment_usage) / sizeof(uint64_t))

static uint64_t nanoseconds(const struct timeval *tv)
{
	return (uint64_t)tv->tv_sec * 1000000000u +
	       (uint64_t)tv->tv_usec * 1000;
}

void usage_own(struct segment_usage *usage)
{
	struct rusage r = { 0 };

	sys_call(SYS_getrusage, RUSAGE_SELF, (long)&r, 0, 0, 0, 0);
	*usage = (struct segment_usage){
		.user = nanoseconds(&r.ru_utime),
		.system = nanoseconds(&r.ru_stime),
		.minor_faults = (uint64_t)r.ru_minflt,
		.major_faults = (uint64_t)r.ru_majflt,
		.voluntary = (uint64_t)r.ru_nvcsw,
		.involuntary = (uint64_t)r.ru_nivcsw,
	};
}

/* Every figure is 64 bits wide and stored at once.  False: nothing is new. */
static bool store(struct segment_header *header,
		  const struct segment_usage *now)
{
	const uint64_t *from = (const void *)now;
	const uint64_t *before = (const void *)&header->usage_before;
	uint64_t *to = (void *)&header->usage;
	bool is_new = false;
	size_t i;

	for (i = 0; i < FIGURES; i++) {
		if (from[i] <= before[i] ||
		    from[i] - before[i] <= load_relaxed(&to[i]))
			continue;
		store_relaxed(&to[i], from[i] - before[i]);
		is_new = true;
	}
	return is_new;
}

static bool frozen;

void usage_freeze(void)
{
	struct segment_header *header = segment_header();

	if (header && header->pid == (uint32_t)sys_getpid())
		usage_store_own(header);
	store_relaxed(&frozen, true);
}

void usage_store_own(struct segment_header *header)
{
	struct segment_usage now;

	if (load_relaxed(&frozen))
		return;
	usage_own(&now);
	store(header, &now);
}

/* ---- others ------------------------------------------------------------- */

#define STATUS_SIZE 16384 /* a process may be in many groups */

struct switches {
	uint32_t pid;
	char *text;
	struct segment_usage *usage;
};

static void add_status(const struct switches *s, const char *name)
{
	uint64_t value;

	if (proc_read(s->pid, name, s->text, STATUS_SIZE) < 0)
		return; /* it has just ended */
	if (proc_find(s->text, "voluntary_ctxt_switches", &value))
		s->usage->voluntary += value;
	if (proc_find(s->text, "nonvoluntary_ctxt_switches", &value))
		s->usage->involuntary += value;
}

static bool add_switches(uint32_t tid, void *arg)
{
	char name[48];
	struct buf b = BUF(name);

	buf_printf(&b, "task/%u/status", tid);
	add_status(arg, name);
	return true;
}

/* A process has those of its first thread, which is the only one mostly. */
static int read_switches(uint32_t pid, uint64_t threads,
			 struct segment_usage *usage)
{
	struct switches s = { pid, arena_alloc(STATUS_SIZE), usage };
	int error = 0;

	if (!s.text)
		return -ENOMEM;
	if (threads == 1)
		add_status(&s, "status");
	else
		error = proc_each_task(pid, add_switches, &s);
	arena_free(s.text, STATUS_SIZE);
	return error;
}

static int read_process(const struct proc_stat *stat, uint32_t pid,
			struct segment_usage *usage)
{
	*usage = (struct segment_usage){
		.user = stat->user,
		.system = stat->system,
		.minor_faults = stat->minor_faults,
		.major_faults = stat->major_faults,
	};
	return read_switches(pid, stat->threads, usage);
}

int usage_of(uint32_t pid, struct segment_usage *usage)
{
	struct proc_stat stat;
	int error;

	if (pid == (uint32_t)sys_getpid()) {
		usage_own(usage);
		return 0;
	}
	error = proc_read_stat(pid, &stat);
	return error ? error : read_process(&stat, pid, usage);
}

static int read_other(const struct segment_header *header,
		      struct segment_usage *usage)
{
	struct proc_stat stat;
	int error = proc_read_stat(header->pid, &stat);

	if (error)
		return error == -ENOENT ? -ESRCH : error;
	/* The same check as segment_is_alive()'s: ids are used again. */
	if (!segment_may_have_begun(header, stat.start))
		return -ESRCH;
	return read_process(&stat, header->pid, usage);
}

/* Not a byte into what is no segment of that process. */
static bool is_the_same(int fd, const struct segment_header *header)
{
	struct segment_header now;
	struct stat st;

	return sys_fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       sys_pread(fd, &now, sizeof(now), 0) == sizeof(now) &&
	       now.magic == SEGMENT_MAGIC && now.version == SEGMENT_VERSION &&
	       now.size >= sizeof(now) && now.pid == header->pid &&
	       now.generation == header->generation &&
	       now.state == SEGMENT_RUNNING;
}

static void note(const struct segment_header *header, const char *path)
{
	int fd = segment_file_open(AT_FDCWD, path, O_RDWR | O_NONBLOCK, 0);

	if (fd < 0)
		return;
	if (is_the_same(fd, header))
		sys_call(SYS_pwrite64, fd, (long)&header->usage,
			 sizeof(header->usage),
			 offsetof(struct segment_header, usage), 0, 0);
	sys_close(fd);
}

int usage_look(struct segment_image *image, const char *path)
{
	struct segment_header *copy =
		(struct segment_header *)(uintptr_t)image->header;
	struct segment_header *own = segment_header();
	struct segment_usage now = { 0 };
	int error;

	if (own && copy->pid == own->pid &&
	    copy->generation == own->generation) {
		usage_store_own(own);
		copy->usage = own->usage;
		return 0;
	}
	if (segment_is_elsewhere(copy))
		return -ENOENT;
	error = read_other(copy, &now);
	/* With or without the switches. */
	if (now.user + now.system + now.minor_faults == 0)
		return error;
	if (store(copy, &now) && path)
		note(copy, path);
	return error;
}
