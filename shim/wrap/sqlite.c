/*
 * sqlite.c - sqlite3: what its result codes are called, and the table of its
 * functions.
 */
#include "wrap/sqlite.h"

static const struct {
	int code;
	const char *name;
} codes[] = {
#define CODE(name, number) { number, "SQLITE_" #name },
#define EXTENDED(name, primary, n) { (primary) | (n) << 8, "SQLITE_" #name },
#include "wrap/sqlite_codes.def"
#undef CODE
#undef EXTENDED
};

static const char *name_of(int code)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i].code == code)
			return codes[i].name;
	return NULL;
}

struct telemetry_value sqlite_failure(const struct sqlite_next *next,
				      sqlite3 *db, int code)
{
	struct telemetry_value none = { .type = TELEMETRY_NULL };
	const struct symbol *symbol = NULL;
	struct thread *t = &thread_self;
	const char *name;
	int extended;

	if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
		return none;
	extended = db ? next->sqlite3_extended_errcode(db) : code;
	if ((extended & 0xff) != (code & 0xff))
		extended = code;
	name = name_of(extended);
	if (!name)
		name = name_of(code & 0xff);
	if (name && thread_claim(t)) {
		symbol = key_symbol(name);
		thread_release(t);
	}
	return symbol ? db_reason(symbol)
		      : field_i64(&SYM_reason, extended).value;
}

/* A statement that a callback runs is a span of its own: sqlite's calls of
 * itself do not come by here. */
#define WRAPPED(type, fn, span_name, ...)                                      \
	struct wrap_site SITE(fn) = {                                          \
		.armed = &wrap_disarmed,                                       \
		.name = #fn,                                                   \
		.span = span_name,                                             \
		.library = LIBRARY_NONE,                                       \
		.calls_back = 1,                                               \
	};
#define NEWER WRAPPED
#define QUIET(type, fn, ...)
#define CALLED(type, fn, ...)
#include "wrap/sqlite.def"
#undef WRAPPED
#undef NEWER
#undef QUIET
#undef CALLED

static LARGE struct sqlite_next originals[REDIRECT_CLONES];

#define WRAPPED(type, fn, span, ...)                                           \
	REDIRECT_CLONES_OF(originals, type, fn, __VA_ARGS__)
#define NEWER WRAPPED
#define QUIET(type, fn, ...)                                                   \
	REDIRECT_CLONES_OF(originals, type, fn, __VA_ARGS__)
#define CALLED(type, fn, ...)
#include "wrap/sqlite.def"
#undef WRAPPED
#undef NEWER
#undef QUIET
#undef CALLED

static const struct redirect_function functions[] = {
#define WRAPPED(type, fn, span, ...)                                           \
	{ #fn, REDIRECT_WRAPPERS(fn), offsetof(struct sqlite_next, fn), false },
#define NEWER(type, fn, span, ...)                                             \
	{ #fn, REDIRECT_WRAPPERS(fn), offsetof(struct sqlite_next, fn), true },
#define QUIET(type, fn, ...) WRAPPED(type, fn, 0, 0)
#define CALLED(type, fn, ...)                                                  \
	{ #fn, { NULL }, offsetof(struct sqlite_next, fn), false },
#include "wrap/sqlite.def"
#undef WRAPPED
#undef NEWER
#undef QUIET
#undef CALLED
};

static struct wrap_site *const sites[] = {
#define WRAPPED(type, fn, span, ...) &SITE(fn),
#define NEWER WRAPPED
#define QUIET(type, fn, ...)
#define CALLED(type, fn, ...)
#include "wrap/sqlite.def"
#undef WRAPPED
#undef NEWER
#undef QUIET
#undef CALLED
};

const struct redirect_library redirect_sqlite = {
	.family = FAMILY_DB,
	.name = "sqlite3",
	.key = "sqlite3_prepare_v2",
	.functions = functions,
	.function_count = ARRAY_SIZE(functions),
	.originals = originals,
	.table_size = sizeof(originals[0]),
	.sites = sites,
	.site_count = ARRAY_SIZE(sites),
};
