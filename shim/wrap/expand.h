/*
 * expand.h - turns one row of a table into a wrapper.
 *
 * The exported function is a test and a jump; what it costs when somebody
 * listens lives in a second function behind it, so that the first needs no
 * frame and is a tail call to the host's.  `next` begins as a stub that looks
 * the original up, so a call before our constructor works without a test.
 *
 * A row gives its parameters as pairs, (type, name), from which the prototype
 * and the argument list are both made: they cannot disagree, and the compiler
 * checks them against the system's header.
 */
#ifndef SHIM_WRAP_EXPAND_H
#define SHIM_WRAP_EXPAND_H

#include "wrap/call.h"
#include "wrap/resolve.h"

#define PAIR_PARAM(type, name) type name
#define PAIR_ARG(type, name) name

#define PAIRS_1(m, a) m a
#define PAIRS_2(m, a, ...) m a, PAIRS_1(m, __VA_ARGS__)
#define PAIRS_3(m, a, ...) m a, PAIRS_2(m, __VA_ARGS__)
#define PAIRS_4(m, a, ...) m a, PAIRS_3(m, __VA_ARGS__)
#define PAIRS_5(m, a, ...) m a, PAIRS_4(m, __VA_ARGS__)
#define PAIRS_6(m, a, ...) m a, PAIRS_5(m, __VA_ARGS__)
#define PAIRS_7(m, a, ...) m a, PAIRS_6(m, __VA_ARGS__)
#define PAIRS_8(m, a, ...) m a, PAIRS_7(m, __VA_ARGS__)
#define PAIRS_COUNT(a, b, c, d, e, f, g, h, n, ...) n
#define PAIRS_PICK(n) PAIRS_##n
#define PAIRS_NAME(n) PAIRS_PICK(n)
#define PAIRS(m, ...)                                                          \
	PAIRS_NAME(PAIRS_COUNT(__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1))           \
	(m, __VA_ARGS__)
#define PARAMS(...) PAIRS(PAIR_PARAM, __VA_ARGS__)
#define ARGS(...) PAIRS(PAIR_ARG, __VA_ARGS__)

#define SITE(fn) site_##fn
#define NEXT(fn) ((__typeof__(&fn))load_relaxed(&SITE(fn).next))

/* The site of a wrapper, in the shim's list of all (resolve.c), with the stub
 * that looks the original up.  Of the heap's functions some call each other by
 * way of us, and are one span. */
#define WRAP_SITE(family, type, fn, span_name, ...)                            \
	static type first_##fn(PARAMS(__VA_ARGS__));                           \
	WRAP_NAMED_SITE(family, fn, span_name)                                 \
	static type first_##fn(PARAMS(__VA_ARGS__))                            \
	{                                                                      \
		if (!wrap_resolve_site(&SITE(fn)))                             \
			return WRAP_MISSING(type);                             \
		return NEXT(fn)(ARGS(__VA_ARGS__));                            \
	}

/* For a function whose stub is written by hand. */
#define WRAP_NAMED_SITE(family_, fn, span_name)                                \
	static struct wrap_site SITE(fn) = {                                   \
		.state = &wrap_disarmed,                                       \
		.next = (void *)first_##fn,                                    \
		.name = #fn,                                                   \
		.span = span_name,                                             \
		.library = (family_) == FAMILY_HEAP ? LIBRARY_LIBC             \
						    : LIBRARY_NONE,            \
		.family = (family_),                                           \
	};                                                                     \
	WRAP_LISTED(fn)
#define WRAP_PLAIN_SITE(family, fn) WRAP_NAMED_SITE(family, fn, NULL)

/* Pointers only: they need no padding, so the section is an array. */
#define WRAP_LISTED(fn)                                                        \
	static struct wrap_site *const listed_##fn                             \
		__attribute__((section("wrap_sites"), used)) = &SITE(fn);

/* What a function that libc does not have returns: -1 or NULL, ENOSYS. */
#define POINTER_CLASS 5 /* of __builtin_classify_type() */
#define WRAP_MISSING(type)                                                     \
	(type)(__builtin_classify_type((type)0) == POINTER_CLASS               \
		       ? wrap_missing() + 1                                    \
		       : wrap_missing())

/* `guard` is an expression over the parameters: NULL is "not ours, pass".  Its
 * value is `subject` in the body, which runs after the host's function with
 * `call` and `ret` at hand and must end with one of the *_done functions. */
#define WRAP(family, type, fn, span_name, guard, body, ...)                    \
	WRAP_PLACED(, family, type, fn, span_name, guard, (void)0,             \
		    wrap_returned, body, __VA_ARGS__)

/* Of what servers do all the time; the rows of others have no place. */
#define PLACE_
#define PLACE_OFTEN HOT
#define SITES_
#define SITES_OFTEN HOT_SITE

/* `place` is OFTEN or nothing; `before` comes right before the host's function;
 * `after` is wrap_returned, or wrap_timed if the body leaves errno alone. */
#define WRAP_PLACED(place, family, type, fn, span_name, guard, before, after,  \
		    body, ...)                                                 \
	static SITES_##place struct wrap_site SITE(fn);                        \
	WRAP_SITE(family, type, fn, span_name, __VA_ARGS__)                    \
	static PLACE_##place NOINLINE type seen_##fn(PARAMS(__VA_ARGS__),      \
						     void *subject)            \
	{                                                                      \
		struct wrap_call call WRAP_ON_UNWIND;                          \
		type ret;                                                      \
                                                                               \
		if (!wrap_begin(&call, &SITE(fn), FRAME(), NULL, 0))           \
			return NEXT(fn)(ARGS(__VA_ARGS__));                    \
		before;                                                        \
		ret = NEXT(fn)(ARGS(__VA_ARGS__));                             \
		after(&call);                                                  \
		(void)subject;                                                 \
		body;                                                          \
		return ret;                                                    \
	}                                                                      \
	EXPORT PLACE_##place type fn(PARAMS(__VA_ARGS__))                      \
	{                                                                      \
		void *subject;                                                 \
                                                                               \
		if (!wrap_wanted(&SITE(fn)) || (subject = (guard)) == NULL)    \
			return NEXT(fn)(ARGS(__VA_ARGS__));                    \
		return seen_##fn(ARGS(__VA_ARGS__), subject);                  \
	}

#endif
