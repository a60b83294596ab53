/*
 * provider.h - a template, for the header of an optional library: from the
 * table of its functions the type of its originals, and the declarations of the
 * sites and the bodies of its wrappers.
 *
 *	#define PROVIDER pq		// struct pq_next
 *	#define PROVIDER_TABLE "wrap/pq.def"
 *	#include "wrap/provider.h"
 *
 * The bodies are written by hand; all the rest of a wrapper comes from
 * provider_rows.h.  A table has these rows:
 *
 * WRAPPED(type, function, span, (type, parameter)...): has a wrapper.
 * NEWER(...): the same, of a function that older versions lack.
 * QUIET(type, function, (type, parameter)...): wrapped, but no span.
 * CALLED(type, function, (type, parameter)...): only called by us.
 * LATER(...): the same, of a function that older versions lack.
 */
#ifndef SHIM_WRAP_PROVIDER_H
#define SHIM_WRAP_PROVIDER_H

#include "wrap/redirect.h"

/* What a row is, in three macros that each use of a table defines. */
#define WRAPPED(type, fn, span, ...) ROW_SPAN(type, fn, span, 0, __VA_ARGS__)
#define NEWER(type, fn, span, ...) ROW_SPAN(type, fn, span, 1, __VA_ARGS__)
#define QUIET(type, fn, ...) ROW_QUIET(type, fn, __VA_ARGS__)
#define CALLED(type, fn, ...) ROW_CALLED(type, fn, 0, __VA_ARGS__)
#define LATER(type, fn, ...) ROW_CALLED(type, fn, 1, __VA_ARGS__)

#define PROVIDER_PASTE(a, b) a##b
#define PROVIDER_NAME(prefix, suffix) PROVIDER_PASTE(prefix, suffix)
#define PROVIDER_NEXT PROVIDER_NAME(PROVIDER, _next)

/* The originals of one copy of the library. */
#define ROW_QUIET(type, fn, ...) type (*fn)(PARAMS(__VA_ARGS__));
#define ROW_SPAN(type, fn, span, optional, ...) ROW_QUIET(type, fn, __VA_ARGS__)
#define ROW_CALLED(type, fn, optional, ...) ROW_QUIET(type, fn, __VA_ARGS__)
struct PROVIDER_NEXT {
#include PROVIDER_TABLE
};
#undef ROW_QUIET
#undef ROW_SPAN
#undef ROW_CALLED

#define ROW_QUIET(type, fn, ...)                                               \
	type fn##_body(const struct PROVIDER_NEXT *next, PARAMS(__VA_ARGS__));
#define ROW_SPAN(type, fn, span, optional, ...)                                \
	extern struct wrap_site SITE(fn);                                      \
	ROW_QUIET(type, fn, __VA_ARGS__)
#define ROW_CALLED(type, fn, optional, ...)
#include PROVIDER_TABLE
#undef ROW_QUIET
#undef ROW_SPAN
#undef ROW_CALLED

#endif
