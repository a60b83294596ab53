/*
 * provider_rows.h - a template, for the one file that has a library's row in
 * redirect.c's list: from the table that provider.h was given the sites, a
 * clone of each wrapper per copy of the library, and the tables that struct
 * redirect_library asks for.
 *
 *	#define PROVIDER_LIBRARY LIBRARY_PQ	// enum span_library
 *	#include "wrap/provider_rows.h"
 *
 *	const struct redirect_library redirect_pq = {
 *		...
 *		PROVIDER_TABLES,
 *	};
 */
#ifndef SHIM_WRAP_PROVIDER_ROWS_H
#define SHIM_WRAP_PROVIDER_ROWS_H

#include "wrap/provider.h"

#define ROW_SPAN(type, fn, span, optional, ...) LARGE struct wrap_site SITE(fn);
#define ROW_QUIET(type, fn, ...)
#define ROW_CALLED(type, fn, optional, ...)
#include PROVIDER_TABLE
#undef ROW_SPAN
#undef ROW_QUIET
#undef ROW_CALLED

static LARGE struct PROVIDER_NEXT originals[REDIRECT_CLONES];

#define ROW_QUIET(type, fn, ...)                                               \
	REDIRECT_CLONES_OF(originals, type, fn, __VA_ARGS__)
#define ROW_SPAN(type, fn, span, optional, ...) ROW_QUIET(type, fn, __VA_ARGS__)
#define ROW_CALLED(type, fn, optional, ...)
#include PROVIDER_TABLE
#undef ROW_QUIET
#undef ROW_SPAN
#undef ROW_CALLED

static const struct redirect_function functions[] = {
#define ROW_SPAN(type, fn, span, optional, ...)                                \
	{ #fn, span, offsetof(struct PROVIDER_NEXT, fn), true, optional },
#define ROW_QUIET(type, fn, ...) ROW_SPAN(type, fn, "", 0)
#define ROW_CALLED(type, fn, optional, ...)                                    \
	{ #fn, "", offsetof(struct PROVIDER_NEXT, fn), false, optional },
#include PROVIDER_TABLE
#undef ROW_SPAN
#undef ROW_QUIET
#undef ROW_CALLED
};

/* The index of each. */
enum {
#define ROW_QUIET(type, fn, ...) INDEX_##fn,
#define ROW_SPAN(type, fn, span, optional, ...) INDEX_##fn,
#define ROW_CALLED(type, fn, optional, ...) INDEX_##fn,
#include PROVIDER_TABLE
#undef ROW_SPAN
#undef ROW_QUIET
#undef ROW_CALLED
};

static void *wrapper_of(size_t function, size_t clone)
{
	switch (REDIRECT_CASE(function, clone)) {
#define ROW_QUIET(type, fn, ...) REDIRECT_CASES(INDEX_##fn, fn)
#define ROW_SPAN(type, fn, span, optional, ...) REDIRECT_CASES(INDEX_##fn, fn)
#define ROW_CALLED(type, fn, optional, ...)
#include PROVIDER_TABLE
#undef ROW_SPAN
#undef ROW_QUIET
#undef ROW_CALLED
	}
	return NULL;
}

static struct wrap_site *site_of(size_t function)
{
	switch (function) {
#define ROW_SPAN(type, fn, span, optional, ...)                                \
	case INDEX_##fn:                                                       \
		return &SITE(fn);
#define ROW_QUIET(type, fn, ...)
#define ROW_CALLED(type, fn, optional, ...)
#include PROVIDER_TABLE
#undef ROW_SPAN
#undef ROW_QUIET
#undef ROW_CALLED
	}
	return NULL;
}

#define PROVIDER_TABLES                                                        \
	.functions = functions, .function_count = ARRAY_SIZE(functions),       \
	.wrapper = wrapper_of, .site = site_of,                                \
	.span_library = PROVIDER_LIBRARY, .originals = originals,              \
	.table_size = sizeof(originals[0])

#endif
