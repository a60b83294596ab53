/*
 * compiler.h - the few words of GNU C that the rest of the shim is written
 * with.  Depends on nothing.
 */
#ifndef SHIM_BASE_COMPILER_H
#define SHIM_BASE_COMPILER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define CACHE_LINE 64

#define EXPORT __attribute__((visibility("default")))
/* For a variable of the hot path: its declaration does not tell the compiler
 * that it is ours, as -fvisibility is about definitions. */
#define HIDDEN __attribute__((visibility("hidden")))
#define NOINLINE __attribute__((noinline))
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define COLD __attribute__((cold, noinline))
/* Part of what a busy server does all the time: all of that stands together,
 * in few pages (.text.hot). */
#define HOT __attribute__((hot, aligned(CACHE_LINE)))
#define UNUSED __attribute__((unused))
/* What calls read and hardly anybody writes: all of that stands together, too
 * (scripts/layout.ld): single variables, what one function or event has, and
 * tables that begin as zeros. */
#define HOT_DATA __attribute__((section(".data.hot")))
#define HOT_SITE __attribute__((section(".data.hot.sites")))
#define HOT_TABLE                                                              \
	__attribute__((section(".data.hot.tables"), aligned(CACHE_LINE)))
/* A table that begins as zeros and of which most processes need little or
 * nothing: behind all others (scripts/layout.ld), which then share few
 * pages. */
#define LARGE __attribute__((section(".bss.large")))
#define CLEANUP(fn) __attribute__((cleanup(fn)))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define CONTAINER_OF(p, type, member)                                          \
	((type *)(void *)((char *)(p)-offsetof(type, member)))

/* Keeps the compiler, not the processor, from moving memory accesses: all that
 * a thread and the signal handlers that interrupt it need between them. */
#define compiler_barrier() __asm__ volatile("" ::: "memory")

#define load_relaxed(p) __atomic_load_n((p), __ATOMIC_RELAXED)
#define store_relaxed(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
/* The same of a word that is used once, next to a compiler_barrier() if it
 * matters when: gcc makes no operand of what is __atomic. */
#if defined(__SANITIZE_THREAD__)
#define load_operand(p) load_relaxed(p)
#define add_operand(p, v) store_relaxed((p), load_relaxed(p) + (v))
#else
#define load_operand(p) (*(p))
/* By the only one who writes there. */
#define add_operand(p, v) ((void)(*(p) += (v)))
#endif
#define load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
/* Adds to a number that this thread alone writes, and others may read.  On
 * x86-64 one instruction, which a signal handler of the same thread cannot
 * divide. */
static ALWAYS_INLINE void add_own(uint64_t *number, uint64_t value)
{
#if defined(__x86_64__)
	__asm__("addq %1, %0" : "+m"(*number) : "er"(value));
#else
	store_relaxed(number, load_relaxed(number) + value);
#endif
}

#define add_relaxed(p, v) __atomic_fetch_add((p), (v), __ATOMIC_RELAXED)

/* The frame of the function it is written in: a stand-in for the stack
 * pointer that needs no assembly. */
#define FRAME() __builtin_frame_address(0)

#endif
