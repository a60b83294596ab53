/*
 * config_rows.c - see config_rows.h.
 */
#include "runtime/config_rows.h"

#include "base/buf.h"
#include "runtime/value.h"

#include <stddef.h>
#include <string.h>

static struct config_row rows[] = {
#define CONFIG(kind, field, name, preset, scope, help)                         \
	{ name,	  NULL,		offsetof(struct config, field),                \
	  preset, value_##kind, scope },
#include "runtime/config.def"
#undef CONFIG
};

static char keys[ARRAY_SIZE(rows)][32];

const struct config_row *config_row_at(size_t index)
{
	return index < ARRAY_SIZE(rows) ? &rows[index] : NULL;
}

const struct config_row *config_row_of(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

/* The variable without what all have in front, in lower case. */
static void name_key(struct buf *key, const char *name)
{
	if (strcmp(name, "OTEL_SERVICE_NAME") == 0) {
		buf_str(key, "service");
		return;
	}
	for (name = strchr(name, '_') + 1; *name; name++)
		buf_char(key, *name >= 'A' && *name <= 'Z' ? (char)(*name + 32)
							   : *name);
}

void config_rows_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct buf key = BUF(keys[i]);

		name_key(&key, rows[i].name);
		rows[i].key = keys[i];
	}
}
