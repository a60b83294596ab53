/*
 * segment_memory.c - maps the segment and gives it more memory as it grows.
 *
 * A page that is touched when the tmpfs is full is a SIGBUS in the host, so
 * every page gets its memory beforehand, by a call that may fail.
 */
#define _GNU_SOURCE /* struct rlimit64 */
#include "base/segment_memory.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/segment.h"
#include "base/segment_file.h"
#include "base/sys.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

#define LEAST_SIZE (SEGMENT_PAGE > 32768 ? SEGMENT_PAGE : 32768)
/* What a process writes in which nothing happens.  A page costs a microsecond,
 * and many processes live for a hundred. */
#define FIRST_CHUNK SEGMENT_PAGE
/* Clearing more pages at once would be felt by the host. */
#define MAX_CHUNK (256u << 10)
#define MAX_LIMIT (1ull << 30)
#define RETRY_NS 10000000000ull

static uint64_t round_down(uint64_t size)
{
	return size & ~(uint64_t)(SEGMENT_PAGE - 1);
}

static uint64_t round_up(uint64_t size)
{
	return round_down(size + SEGMENT_PAGE - 1);
}

/* How much address space to take: all of the limit, as long as that is little
 * of what the host may have. */
static uint64_t wanted_size(uint64_t limit)
{
	struct rlimit64 space;

	if (limit > MAX_LIMIT)
		limit = MAX_LIMIT;
	if (sys_call(SYS_prlimit64, 0, RLIMIT_AS, 0, (long)&space, 0, 0) == 0 &&
	    limit > space.rlim_cur / 32)
		limit = space.rlim_cur / 32;
	limit = round_down(limit);
	return limit < LEAST_SIZE ? LEAST_SIZE : limit;
}

static bool map(struct segment_memory *memory, int flags, int fd)
{
	while (memory->size >= LEAST_SIZE) {
		memory->base =
			sys_mmap(NULL, memory->size, PROT_READ | PROT_WRITE,
				 flags | MAP_NORESERVE, fd, 0);
		if (memory->base)
			return true;
		memory->size = round_down(memory->size / 2);
	}
	return false;
}

static bool map_file(struct segment_memory *memory, uint32_t *n)
{
	int fd = segment_file_create(FIRST_CHUNK, LEAST_SIZE, &memory->size, n);
	bool done;

	if (fd < 0)
		return false;
	memory->ready = memory->filled = FIRST_CHUNK;
	done = map(memory, MAP_SHARED, fd);
	sys_close(fd);
	if (done)
		return true;
	log_warn("%s: cannot be mapped; recording to private memory",
		 segment_path());
	segment_file_unlink();
	return false;
}

bool segment_memory_new(struct segment_memory *memory, uint64_t limit,
			bool shared, uint32_t *n)
{
	uint64_t size = wanted_size(limit);

	*memory = (struct segment_memory){ .size = size };
	*n = 0;
	if (!shared || !map_file(memory, n)) {
		memory->size = size;
		memory->is_private = true;
		if (!map(memory, MAP_PRIVATE | MAP_ANONYMOUS, -1))
			return false;
		memory->ready = memory->filled = FIRST_CHUNK;
	}
	/* Where drops are counted: not to be refused. */
	arena_charge(memory->ready, true);
	/* What is recorded may be confidential: not into a core file. */
	sys_madvise(memory->base, memory->size, MADV_DONTDUMP);
	return true;
}

/* The mapping is enough to get pages with: it works after chroot, after
 * setuid, and when the file has been removed.  Older kernels need the path. */
static int get_pages(const struct segment_memory *memory, uint64_t begin,
		     uint64_t size)
{
	int error = 0;

	if (!memory->is_private)
		error = sys_madvise(memory->base + begin, size,
				    MADV_POPULATE_WRITE);
	if (error == -EINVAL || error == -ENOSYS)
		error = segment_file_reserve(begin, size);
	return error;
}

static int reserve(struct segment_memory *memory, uint64_t size)
{
	int error;

	if (!arena_charge(size, false))
		return -E2BIG;
	error = get_pages(memory, memory->ready, size);
	if (error) {
		arena_discharge(size);
		return error;
	}
	memory->filled += size;
	/* Pairs with holes_next(). */
	store_release(&memory->ready, memory->ready + size);
	return 0;
}

static COLD void complain(struct segment_memory *memory, const char *what,
			  int error)
{
	if (memory->complained)
		return;
	memory->complained = true;
	log_warn("%s cannot grow beyond %llu bytes: %s (error %d); what needs "
		 "more is counted in telemetry.dropped",
		 segment_path() ? segment_path() : "private memory",
		 (unsigned long long)memory->ready, what, -error);
}

static bool refuse(struct segment_memory *memory, int error)
{
	memory->retry = clock_ns() + RETRY_NS;
	complain(memory, error == -E2BIG ? "TELEMETRY_MEMORY_LIMIT" : "no room",
		 error);
	return false;
}

bool segment_memory_fits(struct segment_memory *memory, uint64_t end)
{
	if (end <= memory->size)
		return true;
	complain(memory, "TELEMETRY_MEMORY_LIMIT", -ENOMEM);
	return false;
}

static bool is_waiting(const struct segment_memory *memory)
{
	return memory->closed || (memory->retry && clock_ns() < memory->retry);
}

void segment_memory_close(struct segment_memory *memory)
{
	memory->closed = memory->complained = true;
}

bool segment_memory_fill(struct segment_memory *memory, uint64_t begin,
			 uint64_t end)
{
	int error;

	if (is_waiting(memory))
		return false;
	error = get_pages(memory, begin, end - begin);
	return error ? refuse(memory, error) : true;
}

bool segment_memory_grow(struct segment_memory *memory, uint64_t end)
{
	uint64_t least, chunk;
	int error;

	if (end <= memory->ready)
		return true;
	if (!segment_memory_fits(memory, end) || is_waiting(memory))
		return false;
	least = round_up(end) - memory->ready;
	chunk = memory->filled < MAX_CHUNK ? memory->filled : MAX_CHUNK;
	if (chunk > memory->size - memory->ready)
		chunk = memory->size - memory->ready;
	if (chunk < least)
		chunk = least;
	error = reserve(memory, chunk);
	if (error && chunk > least)
		error = reserve(memory, least);
	return error ? refuse(memory, error) : true;
}

void segment_memory_free(struct segment_memory *memory)
{
	if (memory->base) {
		sys_munmap(memory->base, memory->size);
		arena_discharge(memory->ready);
	}
	*memory = (struct segment_memory){ 0 };
}
