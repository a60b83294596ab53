/*
 * provider_rows.h - a template, for the one file that has a library's row in
 * redirect.c's list: from the table that provider.h was given the sites, a clone
 * of each wrapper per copy of the library, and the tables that struct
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

/* Each of these libraries runs callbacks of the program: a notice processor, a
 * function of its own in a query, what a session sends and gets. */
#define ROW_SPAN(type, fn, span_name, optional, ...)                           \
	struct wrap_site SITE(fn) = {                                          \
		.armed = &wrap_disarmed,                                       \
		.name = #fn,                                                   \
		.span = span_name,                                             \
		.library = PROVIDER_LIBRARY,                                   \
		.calls_back = 1,                                               \
	};
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
	{ #fn, REDIRECT_WRAPPERS(fn), offsetof(struct PROVIDER_NEXT, fn),      \
	  optional },
#define ROW_QUIET(type, fn, ...) ROW_SPAN(type, fn, NULL, 0)
#define ROW_CALLED(type, fn, optional, ...)                                    \
	{ #fn, { NULL }, offsetof(struct PROVIDER_NEXT, fn), optional },
#include PROVIDER_TABLE
#undef ROW_SPAN
#undef ROW_QUIET
#undef ROW_CALLED
};

static struct wrap_site *const sites[] = {
#define ROW_SPAN(type, fn, span, optional, ...) &SITE(fn),
#define ROW_QUIET(type, fn, ...)
#define ROW_CALLED(type, fn, optional, ...)
#include PROVIDER_TABLE
#undef ROW_SPAN
#undef ROW_QUIET
#undef ROW_CALLED
};

#define PROVIDER_TABLES                                                        \
	.functions = functions, .function_count = ARRAY_SIZE(functions),       \
	.originals = originals, .table_size = sizeof(originals[0]),            \
	.sites = sites, .site_count = ARRAY_SIZE(sites)

#endif
