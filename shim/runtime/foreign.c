/*
 * foreign.c - variables of other clients that a reporter of ours understands.
 *
 * Which wins, one of these or an option of ours, is the reporter's business.
 */
#include "runtime/foreign.h"

#include "base/env.h"
#include "base/log.h"
#include "runtime/loader.h"
#include "runtime/value.h"

#include <string.h>
#include <telemetry/builtin.h>

void foreign_apply(struct loader_reporter *reporter)
{
	static const struct {
		const char *variable, *reporter, *key;
	} rows[] = {
#define FOREIGN(variable, reporter, key) { variable, reporter, key },
		TELEMETRY_FOREIGN_VARIABLES(FOREIGN)
#undef FOREIGN
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows) && reporter->ops.configure; i++) {
		const char *value, *expected = NULL;

		if (strcmp(rows[i].reporter, reporter->name) != 0)
			continue;
		value = env_get(rows[i].variable);
		if (value && *value &&
		    reporter->ops.configure(reporter->self, rows[i].key, value,
					    &expected) &&
		    !reporter->again)
			log_error("%s: '%.*s' is not valid; expected %s",
				  rows[i].variable, VALUE_SHOWN, value,
				  expected ? expected : "another value");
	}
}
