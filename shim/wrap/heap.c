/*
 * heap.c - the malloc family: counters of every call, spans when somebody
 * listens.
 *
 * The host always gets the pointer that the real allocator returned, unchanged:
 * code that we do not see (RTLD_DEEPBIND) frees it.  Nothing here allocates.
 *
 * No call is ended by WRAP_ON_UNWIND: none is a cancellation point.  A span
 * that is left ends with its frame or its thread.
 */
#include "wrap/heap.h"

#include "base/clock.h"
#include "wrap/brief.h"
#include "wrap/expand.h"

#include <malloc.h>
#include <stdlib.h>

/* The others call these, or are rare. */
extern __typeof__(malloc) malloc HOT;
extern __typeof__(calloc) calloc HOT;
extern __typeof__(realloc) realloc HOT;
extern __typeof__(free) free HOT;
static HOT_SITE struct wrap_site SITE(malloc), SITE(calloc), SITE(realloc),
	SITE(free);

#define ALLOC_SITE(fn, ...)                                                    \
	WRAP_SITE(FAMILY_HEAP, void *, fn, "libc.heap.alloc", __VA_ARGS__)

ALLOC_SITE(malloc, (size_t, size))
ALLOC_SITE(calloc, (size_t, number), (size_t, size))
ALLOC_SITE(realloc, (void *, old), (size_t, size))
ALLOC_SITE(reallocarray, (void *, old), (size_t, number), (size_t, size))
ALLOC_SITE(memalign, (size_t, alignment), (size_t, size))
ALLOC_SITE(aligned_alloc, (size_t, alignment), (size_t, size))
ALLOC_SITE(valloc, (size_t, size))
ALLOC_SITE(pvalloc, (size_t, size))
WRAP_SITE(FAMILY_HEAP, int, posix_memalign, "libc.heap.alloc",
	  (void **, result), (size_t, alignment), (size_t, size))

static void first_free(void *block);
WRAP_NAMED_SITE(FAMILY_HEAP, free, "libc.heap.free")
static void first_free(void *block)
{
	if (wrap_resolve_site(&SITE(free)))
		NEXT(free)(block);
}

/* What a finished allocation was: `block` is NULL if it failed, by `error`. */
struct outcome {
	size_t requested, usable;
	void *block;
	int error;
};

static NOINLINE void alloc_seen(struct wrap_call *call, const struct outcome *o)
{
	struct telemetry_field m[SPAN_RESERVED + 2], d[SPAN_RESERVED + 2];
	struct span_failure failure;

	m[SPAN_RESERVED] = field_u64(&SYM_requested, o->requested);
	m[SPAN_RESERVED + 1] = field_u64(&SYM_usable, o->usable);
	d[SPAN_RESERVED] = field_symbol(&SYM_function, call->site->function);
	d[SPAN_RESERVED + 1] = field_pointer(&SYM_address, o->block);
	if (!o->block)
		failure = failure_errno(o->error ? o->error : ENOMEM);
	wrap_leave(call, o->block ? NULL : &failure, m + SPAN_RESERVED, 2,
		   d + SPAN_RESERVED, 2);
}

static void block_seen(struct wrap_call *call, size_t requested, void *block,
		       int error)
{
	struct outcome o = { requested, block ? heap_usable_size(block) : 0,
			     block, error };

	alloc_seen(call, &o);
}

/* A brief one that could not be told in short, or failed. */
static NOINLINE void brief_seen(struct wrap_brief brief, size_t requested,
				void *block)
{
	struct wrap_call call;

	wrap_from_brief(&call, &brief);
	wrap_returned(&call);
	block_seen(&call, requested, block, call.exit_errno);
}

static NOINLINE void free_seen(void *block, size_t usable, void *frame)
{
	struct wrap_call call;
	struct telemetry_field m[SPAN_RESERVED + 1], d[SPAN_RESERVED + 2];

	if (!wrap_begin(&call, &SITE(free), frame, NULL, 0))
		return;
	wrap_returned(&call);
	m[SPAN_RESERVED] = field_u64(&SYM_usable, usable);
	d[SPAN_RESERVED] = field_symbol(&SYM_function, SITE(free).function);
	d[SPAN_RESERVED + 1] = field_pointer(&SYM_address, block);
	wrap_leave(&call, NULL, m + SPAN_RESERVED, 1, d + SPAN_RESERVED, 2);
}

static ALWAYS_INLINE void tell_free(void *block, size_t usable)
{
	if (unlikely(!wrap_pass_brief(&SITE(free))))
		free_seen(block, usable, FRAME());
}

/* Every HEAP_SAMPLE_EVERY-th call of a function is timed. */
static ALWAYS_INLINE bool is_timed(const struct heap_block *h,
				   enum heap_function fn)
{
	return (h->calls[fn] & (HEAP_SAMPLE_EVERY - 1)) ==
	       HEAP_SAMPLE_EVERY - 1;
}

static ALWAYS_INLINE bool is_plain(const struct heap_block *h,
				   enum heap_function fn,
				   const struct wrap_site *site)
{
	return likely(h && !is_timed(h, fn) && !wrap_wanted(site));
}

/* The time of a call, if it is a timed one; 0 otherwise. */
static uint64_t timed_from(enum heap_function fn)
{
	const struct heap_block *h = thread_self.owner->heap;

	return h && is_timed(h, fn) ? clock_ns() : 0;
}

static uint64_t timed_until(uint64_t start)
{
	return start ? clock_ns() - start : 0;
}

/* One allocation that is not a timed one. */
static ALWAYS_INLINE void count(enum heap_function fn, size_t requested,
				void *block)
{
	size_t usable = likely(block != NULL) ? heap_usable_size(block) : 0;
	struct heap_block *h = thread_self.owner->heap;

	if (likely(h && block))
		heap_record_alloc(h, heap_count, fn, requested, usable);
	else
		heap_after_alloc(fn, requested, block, 0);
}

/*
 * A function that returns a new block.  The exported one saves no register: it
 * costs least where nothing is counted.  counted_ does the plain case (own
 * counters, not timed, nobody listens) and leaves the rest to seen_, where
 * somebody listens and that is all, and to slow_.  The block is looked up again
 * after the call: a signal handler in it may have forked, and this be the
 * child.
 */
#define ALLOCATES(fn, index, requested, ...)                                   \
	static NOINLINE void *slow_##fn(PARAMS(__VA_ARGS__))                   \
	{                                                                      \
		struct wrap_call call;                                         \
		uint64_t start;                                                \
		void *block;                                                   \
                                                                               \
		call.open = false;                                             \
		if (wrap_wanted(&SITE(fn)))                                    \
			wrap_begin(&call, &SITE(fn), FRAME(), NULL, 0);        \
		start = timed_from(index);                                     \
		block = NEXT(fn)(ARGS(__VA_ARGS__));                           \
		start = timed_until(start);                                    \
		if (call.open) {                                               \
			wrap_returned(&call);                                  \
			block_seen(&call, requested, block, call.exit_errno);  \
		}                                                              \
		heap_after_alloc(index, requested, block, start);              \
		return block;                                                  \
	}                                                                      \
	static NOINLINE void *seen_##fn(PARAMS(__VA_ARGS__))                   \
	{                                                                      \
		struct wrap_brief brief;                                       \
		void *block;                                                   \
                                                                               \
		if (unlikely(!wrap_begin_brief(&brief, &SITE(fn), FRAME())))   \
			return slow_##fn(ARGS(__VA_ARGS__));                   \
		block = NEXT(fn)(ARGS(__VA_ARGS__));                           \
		if (unlikely(!block) || unlikely(!wrap_leave_brief(&brief)))   \
			brief_seen(brief, requested, block);                   \
		count(index, requested, block);                                \
		return block;                                                  \
	}                                                                      \
	static NOINLINE HOT void *counted_##fn(PARAMS(__VA_ARGS__))            \
	{                                                                      \
		const struct heap_block *h = thread_self.owner->heap;          \
		void *block;                                                   \
                                                                               \
		if (unlikely(!is_plain(h, index, &SITE(fn)))) {                \
			if (h && !is_timed(h, index))                          \
				return seen_##fn(ARGS(__VA_ARGS__));           \
			return slow_##fn(ARGS(__VA_ARGS__));                   \
		}                                                              \
		block = NEXT(fn)(ARGS(__VA_ARGS__));                           \
		count(index, requested, block);                                \
		return block;                                                  \
	}                                                                      \
	EXPORT void *fn(PARAMS(__VA_ARGS__))                                   \
	{                                                                      \
		if (heap_counting)                                             \
			return counted_##fn(ARGS(__VA_ARGS__));                \
		return NEXT(fn)(ARGS(__VA_ARGS__));                            \
	}

ALLOCATES(malloc, HEAP_MALLOC, size, (size_t, size))
ALLOCATES(calloc, HEAP_CALLOC, heap_product(number, size), (size_t, number),
	  (size_t, size))
ALLOCATES(memalign, HEAP_MEMALIGN, size, (size_t, alignment), (size_t, size))
ALLOCATES(aligned_alloc, HEAP_ALIGNED_ALLOC, size, (size_t, alignment),
	  (size_t, size))
ALLOCATES(valloc, HEAP_VALLOC, size, (size_t, size))
ALLOCATES(pvalloc, HEAP_PVALLOC, size, (size_t, size))

/* The result is a code, and errno says nothing. */
EXPORT int posix_memalign(void **result, size_t alignment, size_t size)
{
	struct wrap_call call;
	uint64_t start;
	void *block;
	int ret;

	call.open = false;
	if (!heap_counting)
		return NEXT(posix_memalign)(result, alignment, size);
	if (wrap_wanted(&SITE(posix_memalign)))
		wrap_begin(&call, &SITE(posix_memalign), FRAME(), NULL, 0);
	start = timed_from(HEAP_POSIX_MEMALIGN);
	ret = NEXT(posix_memalign)(result, alignment, size);
	start = timed_until(start);
	block = ret == 0 ? *result : NULL;
	if (call.open) {
		wrap_returned(&call);
		block_seen(&call, size, block, ret);
	}
	heap_after_alloc(HEAP_POSIX_MEMALIGN, size, block, start);
	return ret;
}

/* ---- realloc: a new block, and an old one given back -------------------- */

struct resize {
	size_t requested, old_usable;
	void *old;
	enum heap_function function;
};

/* realloc(p, 0) is a free that returns NULL: the old block, which may not be
 * looked at any more, was given back. */
static bool is_given_back(const struct resize *r, const void *block)
{
	return r->old && (block || r->requested == 0);
}

static NOINLINE void resize_seen(struct wrap_call *call, const struct resize *r,
				 void *block)
{
	struct outcome only_freed = { 0, 0, r->old, 0 };

	wrap_returned(call);
	if (!block && is_given_back(r, block))
		alloc_seen(call, &only_freed);
	else
		block_seen(call, r->requested, block, call->exit_errno);
	/* Which may be armed behind this one. */
	if (is_given_back(r, block) && wrap_wanted(&SITE(free)))
		tell_free(r->old, r->old_usable);
}

static void after_resize(const struct resize *r, void *block, uint64_t ns)
{
	bool given_back = is_given_back(r, block);

	if (given_back)
		heap_after_free(true, r->old_usable);
	if (block || !given_back)
		heap_after_alloc(r->function, r->requested, block, ns);
}

static uint32_t array_mark(const void *old, size_t size)
{
	uint64_t mark = (uintptr_t)old / 16 + size;

	return (uint32_t)(mark ^ mark >> 32) | 1u << 31;
}

/* Is it the realloc() inside of libc's reallocarray(), which comes to us again?
 * If a signal handler has jumped out of that it may be the next one, which is
 * for something else. */
static ALWAYS_INLINE bool is_of_array(const void *old, size_t size)
{
	uint32_t mark = thread_self.in_reallocarray;

	if (likely(!mark))
		return false;
	thread_self.in_reallocarray = 0;
	return mark == array_mark(old, size);
}

#define RESIZES(fn, index, total, ...)                                         \
	EXPORT void *fn(PARAMS(__VA_ARGS__))                                   \
	{                                                                      \
		const bool array = (index) == HEAP_REALLOCARRAY;               \
		struct wrap_call call;                                         \
		struct resize r;                                               \
		uint64_t start;                                                \
		void *block;                                                   \
                                                                               \
		call.open = false;                                             \
		if (!heap_counting || (!array && is_of_array(old, total)))     \
			return NEXT(fn)(ARGS(__VA_ARGS__));                    \
		r = (struct resize){                                           \
			.requested = (total),                                  \
			.old = old,                                            \
			.old_usable = old ? heap_usable_size(old) : 0,         \
			.function = (index),                                   \
		};                                                             \
		if (wrap_wanted(&SITE(fn)))                                    \
			wrap_begin(&call, &SITE(fn), FRAME(), NULL, 0);        \
		if (array)                                                     \
			thread_self.in_reallocarray = array_mark(old, total);  \
		start = timed_from(index);                                     \
		block = NEXT(fn)(ARGS(__VA_ARGS__));                           \
		start = timed_until(start);                                    \
		if (array)                                                     \
			thread_self.in_reallocarray = 0;                       \
		if (call.open)                                                 \
			resize_seen(&call, &r, block);                         \
		after_resize(&r, block, start);                                \
		return block;                                                  \
	}

RESIZES(realloc, HEAP_REALLOC, size, (void *, old), (size_t, size))
RESIZES(reallocarray, HEAP_REALLOCARRAY, heap_product(number, size),
	(void *, old), (size_t, number), (size_t, size))

static ALWAYS_INLINE void count_free(size_t usable)
{
	struct heap_block *h = thread_self.owner->heap;

	if (likely(h != NULL))
		heap_record_free(h, heap_count, false, usable);
	else
		heap_after_free(false, usable);
}

/* Recorded before the real free: after it another thread may get the same
 * address, and its allocation must not look older than this release. */
static NOINLINE void seen_free(void *block)
{
	size_t usable = heap_usable_size(block);

	tell_free(block, usable);
	count_free(usable);
	NEXT(free)(block);
}

/* Of a thread without counters, or before the originals are known. */
static NOINLINE void slow_free(void *block)
{
	heap_after_free(false, heap_usable_size(block));
	NEXT(free)(block);
}

static NOINLINE HOT void counted_free(void *block)
{
	if (wrap_wanted(&SITE(free))) {
		seen_free(block);
		return;
	}
	if (unlikely(!thread_self.owner->heap)) {
		slow_free(block);
		return;
	}
	count_free(heap_usable_size(block));
	NEXT(free)(block);
}

EXPORT void free(void *block)
{
	if (heap_counting && block)
		counted_free(block);
	else
		NEXT(free)(block);
}
