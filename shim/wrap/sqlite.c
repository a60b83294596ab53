/*
 * sqlite.c - sqlite3: what its result codes are called, and the table of its
 * functions.
 */
#include "wrap/sqlite.h"

static const struct {
	int code;
	char name[32];
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
#define PROVIDER_LIBRARY LIBRARY_NONE
#include "wrap/provider_rows.h"

const struct redirect_library redirect_sqlite = {
	.family = FAMILY_DB,
	.name = "sqlite3",
	.key = "sqlite3_prepare_v2",
	PROVIDER_TABLES,
};
