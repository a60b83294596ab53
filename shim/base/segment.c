/*
 * segment.c - the segment of this process: its header and its blocks.
 *
 * Does not know what a block means, nor where its memory comes from
 * (segment_memory.c), nor counts drops (segment_drop.c), nor reads the segments
 * of others (segment_read.c).
 */
#include "base/segment.h"

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/segment_drop.h"
#include "base/segment_file.h"
#include "base/segment_holes.h"
#include "base/segment_memory.h"
#include "base/segment_usage.h"
#include "base/sys.h"
#include "base/timens.h"

#include <string.h>

#define DEFAULT_LIMIT (32ull << 20)
#define SETTLED_AHEAD (256u << 10) /* a few threads */
#define LOADING_NS 50000000ull	   /* no loader takes longer than that */

static struct {
	struct lock lock; /* protects creation, and adding blocks */
	struct segment_options options;
	struct segment_memory memory;
	struct segment_memory parent; /* of the process that forked us */
	struct segment_usage before;  /* our constructor; none in a child */
	uint8_t *base;	 /* memory.base once the header is filled */
	uint64_t placed; /* end of a block that does not count yet */
	uint32_t generation;
	bool refused; /* no memory at all: not tried again */
} own = { .lock = LOCK_INIT(LOCK_SEGMENT) };

struct segment_header *segment_header(void)
{
	/* Pairs with create(). */
	return (struct segment_header *)load_acquire(&own.base);
}

uint32_t segment_generation(void)
{
	return load_relaxed(&own.generation);
}

void segment_configure(const struct segment_options *options)
{
	own.options = *options;
	usage_own(&own.before);
	segment_file_configure(options->dir, options->group);
}

/* Room for a block, which does not count yet, and memory for the `first` bytes
 * of its body; NULL if there is none. */
static struct segment_block *place(enum segment_kind kind, uint32_t size,
				   uint32_t first)
{
	struct segment_header *header = (void *)own.memory.base;
	uint64_t used = load_relaxed(&header->used);
	struct segment_block *block;
	uint64_t total, ready;

	total = sizeof(*block) + (uint64_t)size + SEGMENT_UNIT - 1;
	total &= ~(uint64_t)(SEGMENT_UNIT - 1);
	ready = first < size ? sizeof(*block) + first : total;
	if (total > UINT32_MAX ||
	    !segment_memory_fits(&own.memory, used + total) ||
	    !segment_memory_grow(&own.memory, used + ready))
		return NULL;
	block = (void *)(own.memory.base + used);
	/* Whoever placed one here before was left by longjmp. */
	if (unlikely(own.placed > used)) {
		memset(block, 0, own.placed - used);
		holes_undo(used);
	}
	own.placed = used + ready;
	compiler_barrier();
	if (first < size && !holes_leave(&own.memory, used + total))
		return NULL;
	block->kind = kind;
	block->size = (uint32_t)total;
	return block;
}

static uint64_t offset_of(const void *at)
{
	return (uint64_t)((const uint8_t *)at - own.memory.base);
}

static void publish(const struct segment_block *block)
{
	struct segment_header *header = (void *)own.memory.base;

	/* Pairs with segment_read_own() and segment_read_file(): the block is
	 * complete before it counts. */
	store_release(&header->used, load_relaxed(&header->used) + block->size);
}

/* What comes next begins at a cache line, if there is room. */
static void pad_to_line(void)
{
	const struct segment_header *header = (void *)own.memory.base;
	uint32_t gap = -(uint32_t)load_relaxed(&header->used) % CACHE_LINE;
	struct segment_block *block;

	if (!gap)
		return;
	gap -= (uint32_t)sizeof(*block);
	block = place(SEGMENT_MORE, gap, gap);
	if (block)
		publish(block);
}

/* Its id; 0 if there is no room. */
static uint32_t put_text(const char *text, size_t length)
{
	struct segment_string *string;
	struct segment_block *block;
	uint32_t size;

	if (length > UINT32_MAX - 64)
		return 0;
	size = (uint32_t)(sizeof(*string) + length);
	block = place(SEGMENT_STRING, size, size);
	if (!block)
		return 0;
	string = (void *)(block + 1);
	string->length = (uint32_t)length;
	memcpy(string->text, text, length);
	publish(block);
	return (uint32_t)(offset_of(block) / SEGMENT_UNIT);
}

static uint32_t put_option(const char *text)
{
	return text ? put_text(text, strlen(text)) : 0;
}

static uint32_t put_executable(void)
{
	char text[1024];
	ssize_t length;

	if (own.options.executable)
		return put_option(own.options.executable);
	length = sys_readlink("/proc/self/exe", text, sizeof(text));
	return length > 0 ? put_text(text, (size_t)length) : 0;
}

/* Did another program use what the process had used when this one began?  Not
 * the loader's share, nor what is spent between fork and exec.  One that was
 * observed left a file. */
static bool was_another_program(uint32_t n)
{
	return n > 0 || own.before.user + own.before.system > LOADING_NS;
}

static void fill_header(struct segment_header *header, uint32_t n)
{
	header->magic = SEGMENT_MAGIC;
	header->version = SEGMENT_VERSION;
	header->size = sizeof(*header);
	header->pid = (uint32_t)sys_getpid();
	header->parent_pid = (uint32_t)sys_getppid();
	header->generation = n;
	header->state = SEGMENT_RUNNING;
	header->started_monotonic = clock_ns();
	header->started_boottime = timens_boottime();
	header->monotonic_offset = timens_monotonic();
	header->started_wall = clock_wall_ns();
	if (was_another_program(n))
		header->usage_before = own.before;
	header->namespace = segment_namespace();
	/* Pairs with segment_read_file(): while it is 0 the file is being
	 * made. */
	store_release(&header->used, sizeof(*header));
	header->executable = put_executable();
	header->service = put_option(own.options.service);
	header->build_id = put_option(own.options.build_id);
	header->attributes = put_option(own.options.attributes);
}

/* Under the lock; true if there is a segment now. */
static bool create(void)
{
	uint64_t limit = own.options.limit;
	uint32_t n;

	if (own.refused)
		return false;
	/* Whoever made it was left by longjmp half-way. */
	if (own.memory.base) {
		segment_memory_free(&own.memory);
		segment_file_unlink();
	}
	own.placed = 0;
	if (!segment_memory_new(&own.memory, limit ? limit : DEFAULT_LIMIT,
				own.options.group[0] != '\0', &n)) {
		own.refused = true;
		log_warn("no memory to record into: nothing is recorded");
		return false;
	}
	fill_header((void *)own.memory.base, n);
	store_relaxed(&own.generation, own.generation + 1);
	/* Pairs with segment_header(). */
	store_release(&own.base, own.memory.base);
	segment_drop_fold();
	return true;
}

/* Takes the lock and makes sure that there is a segment. */
static bool begin(void)
{
	if (!lock_acquire(&own.lock)) {
		segment_drop(DROP_LOCK, 1);
		return false;
	}
	if (likely(own.base != NULL) || create())
		return true;
	lock_release(&own.lock);
	segment_drop(DROP_MEMORY, 1);
	return false;
}

/* Under the lock, which it releases. */
static void *add(enum segment_kind kind, uint32_t size, uint32_t first,
		 uint32_t owner, uint32_t link)
{
	struct segment_block *block = place(kind, size, first);

	if (block) {
		block->owner = owner;
		block->link = link;
		publish(block);
		if (first < size)
			holes_done(&own.memory, offset_of(block) + block->size);
	}
	lock_release(&own.lock);
	if (!block)
		segment_drop(DROP_MEMORY, 1);
	return block ? block + 1 : NULL;
}

void *segment_alloc(enum segment_kind kind, uint32_t size, uint32_t owner,
		    uint32_t link)
{
	return begin() ? add(kind, size, size, owner, link) : NULL;
}

void *segment_alloc_part(enum segment_kind kind, uint32_t size, uint32_t first,
			 uint32_t owner, uint32_t link)
{
	if (!begin())
		return NULL;
	pad_to_line();
	return add(kind, size, first, owner, link);
}

bool segment_room(const void *body, uint32_t size)
{
	uint64_t at = offset_of(body);
	bool done = begin();

	if (!done)
		return false;
	done = holes_fill(&own.memory, at, at + size);
	lock_release(&own.lock);
	return done;
}

void segment_settle(void)
{
	uint64_t end;

	if (!begin())
		return;
	holes_fill_all(&own.memory);
	end = load_relaxed(&((struct segment_header *)(void *)own.base)->used) +
	      SETTLED_AHEAD;
	if (!own.memory.closed && end <= own.memory.size)
		segment_memory_grow(&own.memory, end);
	segment_memory_close(&own.memory);
	lock_release(&own.lock);
}

uint64_t segment_gap(uint64_t at, uint64_t *end)
{
	return holes_next(&own.memory, at, end);
}

bool segment_make(void)
{
	bool done = begin();

	if (done)
		lock_release(&own.lock);
	return done;
}

uint32_t segment_put_string(const char *text, size_t length)
{
	uint32_t id;

	if (!begin())
		return 0;
	id = put_text(text, length);
	lock_release(&own.lock);
	if (id == 0)
		segment_drop(DROP_MEMORY, 1);
	return id;
}

uint32_t segment_id(const void *body)
{
	uintptr_t offset = (uintptr_t)body - (uintptr_t)segment_header();

	if (!body)
		return 0;
	return (uint32_t)((offset - sizeof(struct segment_block)) /
			  SEGMENT_UNIT);
}

void *segment_body(uint32_t id)
{
	uint8_t *base = (void *)segment_header();

	if (!base || id == 0)
		return NULL;
	return base + (uint64_t)id * SEGMENT_UNIT +
	       sizeof(struct segment_block);
}

void segment_leave(uint32_t exit_status, bool remove)
{
	struct segment_header *header = segment_header();

	/* The child of a vfork writes into its parent's memory. */
	if (!header || header->pid != (uint32_t)sys_getpid())
		return;
	if (header->state == SEGMENT_RUNNING)
		usage_store_own(header);
	if (header->state == SEGMENT_REPORTED)
		return;
	store_relaxed(&header->exit_status, exit_status);
	store_relaxed(&header->left_monotonic, clock_ns());
	/* Pairs with readers of header.state. */
	store_release(&header->state, (uint32_t)SEGMENT_LEFT);
	if (remove)
		segment_file_unlink();
}

void segment_mark_reported(void)
{
	struct segment_header *header = segment_header();

	if (header && header->pid == (uint32_t)sys_getpid())
		/* Pairs with readers of header.state. */
		store_release(&header->state, (uint32_t)SEGMENT_REPORTED);
}

void segment_after_fork(void)
{
	lock_reset(&own.lock);
	timens_after_fork();
	if (own.memory.base) {
		segment_forget_parent();
		own.parent = own.memory;
	}
	store_relaxed(&own.base, NULL);
	memset(&own.memory, 0, sizeof(own.memory));
	segment_drop_forget();
	memset(&own.before, 0, sizeof(own.before));
	own.refused = false;
	holes_forget();
	/* At once, so that no id of the parent's segment is used. */
	store_relaxed(&own.generation, own.generation + 1);
	segment_file_forget();
}

void segment_forget_parent(void)
{
	segment_memory_free(&own.parent);
}
