/*
 * thread.h - what a thread of the host carries for us.
 *
 * One small initial-exec structure (global-dynamic TLS would call malloc), and
 * an `owner`: everything larger, in pages that every kind of fork child sees
 * zeroed.  An owner outlives its thread and is handed to a later one, so
 * memory follows the greatest number of threads alive at once, and counters in
 * the segment never have two writers.
 *
 * The re-entry guard is the frame address of the emission in progress: an
 * event that arrives while it is set comes from our own work (a signal handler
 * that interrupted it, an allocation inside liburcu) and is dropped and
 * counted.  A frame address that lies below the current frame on the same
 * stack belongs to a frame that was left by longjmp: the guard heals itself.
 */
#ifndef SHIM_BASE_THREAD_H
#define SHIM_BASE_THREAD_H

#include "base/compiler.h"

#define THREAD_SPANS 16	    /* open spans that a thread remembers */
#define THREAD_NAMES 16	    /* of spans, found by their address */
#define THREAD_PLANS 4096   /* bytes, for event/known.c */
#define THREAD_THROWN 2	    /* C++ exceptions in flight, one inside another */
#define THREAD_HELD_LOCKS 4 /* ranked locks held at once, at most */

struct lock;
struct span_class;

enum thread_state {
	THREAD_NEW,   /* not seen yet */
	THREAD_ALIVE, /* set up */
	THREAD_DEAD,  /* past its destructors: everything passes through */
	THREAD_OURS,  /* the exporter's thread: everything passes through */
	/* A task of ours makes a call of libc in its place (runtime/spawn.c),
	 * whatever it was interrupted in: as above, and what libc allocates
	 * meanwhile does not come from the host's heap (wrap/heap_spare.c). */
	THREAD_BORROWED,
};

enum thread_rcu {
	RCU_NONE, /* no read section possible; nobody frees anything */
	RCU_REGISTERED,
};

/* An open span as its thread remembers it: enough to end it if its frame is
 * left behind.  Kept here and not in the frame, which is then gone. */
struct open_span {
	void *frame;
	const struct span_class *class;
	uint64_t id;
	uint64_t start;	  /* clock_ns() */
	uint32_t library; /* enum span_library: the depth guard */
};

/* What the text at an address was the name of when it was last looked at. */
struct thread_name {
	const char *text;
	struct span_class *class;
};

struct owner {
	/* Another one, or NULL because the pages were wiped: we are the child
	 * of a fork, and this is the parent's. */
	const struct thread *holder;
	uint32_t depth; /* open spans; may exceed THREAD_SPANS */
	/* One pointer per layer above; each zeroed with these pages. */
	void *heap;	/* wrap/heap.c: this thread's heap counters */
	void *metric;	/* metric/cells.c: series -> cell */
	void *recorder; /* recorder/ring.c: this thread's ring */
	void *cells;	/* metric/cell_map.c: where `metric` leads, if set */
	uint64_t span_ids, span_seed; /* event/span_begin.h */
	uint32_t has_plans;	      /* 0: no plan of its thread holds */
	/* Generation of the segment that has the texts of its plans. */
	uint32_t texts;
	struct open_span spans[THREAD_SPANS];
	struct thread_name names[THREAD_NAMES]; /* event/api_span.c */
	struct owner *next;			/* list of all owners */
	struct owner *next_free; /* list of those without a thread */
	uint32_t taken;
	uint32_t tid;
	/* Odd while the thread is in code of the program that it runs from the
	 * handler table (event/section.h), and what retire.c saw of that. */
	uint32_t section, section_seen;
};

/* A C++ exception in flight (wrap/cxx.c): its type, and the run-time library's
 * own state of this thread, which tells libraries apart. */
struct thread_thrown {
	const void *globals;
	const char *type; /* of a symbol; NULL: not known */
};

/* What each call looks at comes first, and is one cache line. */
struct thread {
	void *volatile busy; /* frame of the emission in progress */
	struct owner *owner; /* never NULL; owner_none until set up */
	/* event/known.c: THREAD_PLANS bytes of the arena, or NULL.  They are
	 * about the owner, if its has_plans says so. */
	void *plans;
	volatile uint8_t in_handler; /* a handler of the user is running */
	uint8_t state;
	uint8_t rcu;
	uint8_t held_count;
	/* Inside reallocarray(), by what its realloc() is given, which may come
	 * to us (heap.c); or 0. */
	volatile uint32_t in_reallocarray;
	uint32_t tid;
	uintptr_t stack_low, stack_high; /* 0, 0: not known */
	struct lock *held[THREAD_HELD_LOCKS];
	void (*resume)(void *exception); /* wrap/unwind.c: of the unwinder */
	struct thread_thrown thrown[THREAD_THROWN]; /* the outermost first */
} __attribute__((aligned(CACHE_LINE)));

_Static_assert(offsetof(struct thread, held) <= CACHE_LINE,
	       "what each call looks at is more than a cache line");

/* Initial-exec by -ftls-model; see the check in scripts/check_binary.sh. */
extern __thread struct thread thread_self;

/* The same, for what is only called behind our first constructor.  Where it is,
 * from the thread's pointer, is then a variable among those that are hot; the
 * compiler would read it in the global offset table, on a page that no call
 * needs otherwise.  thread_get(): one member, where that is all that is asked
 * for.  Sanitizers of gcc take what is relative to a segment for an address. */
#if defined(__x86_64__) && defined(__SEG_FS) &&                                \
	!defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define THREAD_OFFSET
#endif
#if defined(THREAD_OFFSET)
extern uintptr_t thread_offset HIDDEN;

static ALWAYS_INLINE struct thread *thread_hot(void)
{
	uintptr_t pointer;

	__asm__("movq %%fs:0, %0" : "=r"(pointer));
	return (struct thread *)(pointer + thread_offset);
}

#define thread_get(member)                                                     \
	(((const struct thread __seg_fs *)thread_offset)->member)

/* errno of the calling thread, likewise, and without the call that finds it. */
extern uintptr_t errno_offset HIDDEN;
#define errno_hot (*(int __seg_fs *)errno_offset)
#else
#define errno_hot errno
static ALWAYS_INLINE struct thread *thread_hot(void)
{
	return &thread_self;
}

#define thread_get(member) (thread_self.member)
#endif
extern struct owner owner_none;

/* Slow paths of the inline functions below. */
bool thread_claim_slow(struct thread *thread, void *frame);
bool thread_claim_nested_slow(struct thread *thread, void *frame, void **outer);
/* Under the guard, or sets it for the time being. */
bool thread_setup(struct thread *thread);

/*
 * Begins an emission: sets the guard and makes sure that the thread has an
 * owner of this process.  False: this event must pass through untouched (it is
 * counted if it was nested).  Makes no system call and no allocation in steady
 * state.  Must be paired with thread_release() in the same function.
 */
static ALWAYS_INLINE bool thread_claim(struct thread *thread)
{
	void *frame = FRAME();

	if (unlikely(thread->busy != NULL || thread->state != THREAD_ALIVE ||
		     thread->owner->holder != thread))
		return thread_claim_slow(thread, frame);
	thread->busy = frame;
	compiler_barrier();
	return true;
}

/* The same where nothing is out of the ordinary: not inside an emission, be it
 * in a handler, and the thread is set up, unless it is the child of a fork:
 * then the owner, which is returned, has another holder or none.  NULL: the
 * guard may be had all the same, ask thread_claim(). */
static ALWAYS_INLINE struct owner *thread_claim_plain(struct thread *thread)
{
	struct owner *owner = thread->owner;

	if (unlikely(load_operand((void **)&thread->busy) != NULL ||
		     thread->state != THREAD_ALIVE ||
		     thread->rcu != RCU_REGISTERED))
		return NULL;
	if (!owner)
		__builtin_unreachable();
	thread->busy = FRAME();
	compiler_barrier();
	/* Whoever asks for NULL means the one above. */
	if (!owner)
		__builtin_unreachable();
	return owner;
}

static ALWAYS_INLINE void thread_release(struct thread *thread)
{
	compiler_barrier();
	thread->busy = NULL;
}

/* For events that a program emits through the API: allowed inside a handler.
 * *outer takes the guard to restore; end with thread_release_nested() in the
 * same function. */
static ALWAYS_INLINE bool thread_claim_nested(struct thread *thread,
					      void **outer)
{
	void *frame = FRAME();

	*outer = NULL;
	if (unlikely(thread->busy != NULL || thread->state != THREAD_ALIVE ||
		     thread->owner->holder != thread))
		return thread_claim_nested_slow(thread, frame, outer);
	thread->busy = frame;
	compiler_barrier();
	return true;
}

static ALWAYS_INLINE void thread_release_nested(struct thread *thread,
						void *outer)
{
	compiler_barrier();
	thread->in_handler = outer != NULL;
	thread->busy = outer;
}

/* Is `frame` on this thread's own stack, and left behind by `now`?  False
 * when either is on another stack (sigaltstack, a coroutine) or unknown. */
static inline bool thread_frame_is_stale(const struct thread *thread,
					 const void *frame, const void *now)
{
	uintptr_t f = (uintptr_t)frame, n = (uintptr_t)now;

	return f <= n &&
	       f - thread->stack_low < thread->stack_high - thread->stack_low &&
	       n - thread->stack_low < thread->stack_high - thread->stack_low;
}

/* Constructor: the key whose destructor marks a thread dead, the bounds of the
 * main thread's stack. */
void thread_init(void);
/* From the start of a thread that pthread_create() made for the host. */
void thread_started(const void *frame, size_t stack_size);
/* Nothing more is observed of the calling thread, which goes on. */
void thread_is_over(void);
/* Marks the calling thread as ours, for good. */
void thread_is_ours(void);
/* Lets a thread of ours run code of the program, as in a handler: what it calls
 * emits nothing, what it executes through the API does.  False: not now.  End
 * with thread_guest_end(), after which it is ours again. */
bool thread_guest_begin(struct thread *thread, void *frame);
void thread_guest_end(struct thread *thread);
/* All owners, those of ended threads included; for readers of their blocks.
 * Owners are never freed; the list only grows (until a fork). */
struct owner *thread_owners(void);

/* Called with each owner whose thread ends, under the guard, before it is
 * handed on: set by the layers above (wrap emits libc.thread.exit). */
void thread_on_exit(void (*fn)(struct thread *thread));
/* Called once in the child of any kind of fork, by the first thread that
 * emits, before it gets an owner: set by runtime/fork.c. */
void thread_on_fork(void (*fn)(bool raw));

/* atfork handlers (runtime/fork.c).  The child resets every lock. */
void thread_before_fork(void);
void thread_after_fork_parent(void);
void thread_after_fork_child(void);

/* Events dropped because they arrived inside our own work. */
uint64_t thread_nested_drops(void);

#endif
