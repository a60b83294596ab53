/*
 * hazard.h - what the host programs of tests/hazards/ have in common.
 *
 * A host program behaves the same with and without the shim: it prints what
 * must be equal.  What only the shim can show is tested with CHECK() where
 * shimmed() is true.  No sleeps: WAIT_FOR() a condition.
 */
#ifndef TESTS_LIB_HAZARD_H
#define TESTS_LIB_HAZARD_H

#include <telemetry/telemetry.h>

#include <dirent.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S 10
/* Every signal but KILL, STOP and the two that libc keeps to itself. */
#define ALL_BLOCKED 0xfffffffe7ffbfeffull

#define CHECK(x)                                                               \
	do {                                                                   \
		if (!(x))                                                      \
			hazard_failed(__FILE__, __LINE__, #x);                 \
	} while (0)

#define WAIT_FOR(x)                                                            \
	do {                                                                   \
		time_t end_ = hazard_seconds() + PATIENCE_S;                   \
		while (!(x)) {                                                 \
			if (hazard_seconds() > end_)                           \
				hazard_failed(__FILE__, __LINE__,              \
					      "in time: " #x);                 \
			hazard_pause();                                        \
		}                                                              \
	} while (0)

/* Raw system calls: the way out of a failed test is not under test. */
__attribute__((noreturn, unused)) static void
hazard_failed(const char *file, int line, const char *what)
{
	char text[512];
	int n = snprintf(text, sizeof(text), "%s:%d: failed: %s (errno %d)\n",
			 strrchr(file, '/') ? strrchr(file, '/') + 1 : file,
			 line, what, errno);

	syscall(SYS_write, 2, text, (size_t)n);
	syscall(SYS_exit_group, 99);
	__builtin_unreachable();
}

static inline time_t hazard_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static inline void hazard_pause(void)
{
	struct timespec ts = { 0, 200 * 1000 };
	int saved = errno;

	syscall(SYS_nanosleep, &ts, NULL);
	errno = saved;
}

/* HAZARD_MODE is the runner's: a shim that did not load must not pass for one
 * that behaves. */
static inline bool shimmed(void)
{
	const char *mode = getenv("HAZARD_MODE");
	bool loaded = telemetry_is_loaded();

	CHECK(!mode || loaded == (strcmp(mode, "bare") != 0));
	return loaded;
}

static inline bool is_mode(const char *name)
{
	const char *mode = getenv("HAZARD_MODE");

	return mode && !strcmp(mode, name);
}

/* May the shim have a thread in this run?  In mode "events" it has one for as
 * long as the process lives, once it has started. */
static inline bool has_reporter(void)
{
	return is_mode("console") || is_mode("events");
}

/* malloc() of an address sanitizer's own is not wrapped. */
static inline bool wraps_heap(void)
{
#ifdef __SANITIZE_ADDRESS__
	return false;
#else
	return true;
#endif
}

/* A handler that counts into config. */
__attribute__((unused)) static int
count_event(const char *event, const struct telemetry_fields *measurements,
	    const struct telemetry_fields *metadata, void *config)
{
	(void)event;
	(void)measurements;
	(void)metadata;
	__atomic_fetch_add((unsigned long *)config, 1, __ATOMIC_RELAXED);
	return 0;
}

/* Attaches under an id of its own; nothing without the shim. */
static inline void listen_to(const char *event, telemetry_handler handler,
			     void *config)
{
	static unsigned int number;
	char id[32];

	snprintf(id, sizeof(id), "hazard-%u", ++number);
	if (shimmed())
		CHECK(telemetry_attach(id, event, handler, config) == 0);
}

static inline void listen_to_span(const char *span, telemetry_handler handler,
				  void *config)
{
	static const char *const ends[] = { "start", "stop", "exception" };
	char name[128];
	size_t i;

	for (i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s.%s", span, ends[i]);
		listen_to(name, handler, config);
	}
}

/* All spans of the wrapped libc functions. */
static inline void listen_to_libc(telemetry_handler handler, void *config)
{
	static const char *const spans[] = {
		"libc.socket.connect", "libc.socket.accept", "libc.socket.send",
		"libc.socket.recv",    "libc.socket.close",  "libc.socket.wait",
		"libc.dns.lookup",     "libc.heap.alloc",    "libc.heap.free",
	};
	size_t i;

	for (i = 0; i < sizeof(spans) / sizeof(spans[0]); i++)
		listen_to_span(spans[i], handler, config);
}

/* Is this task a thread of the shim?  It is named "telemetry..."; until it has
 * that name it is the one with all signals blocked. */
static inline bool is_ours(const char *task)
{
	char path[64], line[128];
	unsigned long long blocked = 0;
	bool named = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%s/status", task);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		named |= strncmp(line, "Name:\ttelemetry", 15) == 0;
		if (sscanf(line, "SigBlk: %llx", &blocked) == 1)
			break;
	}
	fclose(file);
	return named || (blocked & ALL_BLOCKED) == ALL_BLOCKED;
}

/* Threads of the process: the shim's own, or all others. */
static inline int count_threads(bool ours)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	int count = 0;

	CHECK(dir);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			count += is_ours(entry->d_name) == ours;
	closedir(dir);
	return count;
}

/* Descriptors with what they are, without the numbers of sockets and pipes and
 * without folders. */
static inline void print_descriptors(void)
{
	char path[64], target[512], *name;
	int fd, size;

	for (fd = 0; fd < 1024; fd++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		size = (int)readlink(path, target, sizeof(target) - 1);
		if (size < 0)
			continue;
		target[size] = '\0';
		name = strrchr(target, '/') ? strrchr(target, '/') + 1 : target;
		printf("fd %d: %.*s\n", fd, (int)strcspn(name, "[#"), name);
	}
}

/*
 * The last lines of every host program: what it leaves behind is part of the
 * comparison.  Without a reporter the shim has no thread at all.
 */
static inline int hazard_end(void)
{
	print_descriptors();
#ifndef __SANITIZE_THREAD__ /* which has one of its own */
	if (!has_reporter())
		CHECK(count_threads(true) == 0);
#endif
	printf("threads: %d\n", count_threads(false));
	return fflush(stdout) ? 1 : 0;
}

#endif
