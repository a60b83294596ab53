/*
 * options.c - hands what is set as TELEMETRY_<REPORTER>_<OPTION>, by a variable
 * or in a file, to a reporter.
 *
 * Knows no option: the reporter judges names and values.
 */
#include "runtime/options.h"

#include "base/buf.h"
#include "base/log.h"
#include "runtime/foreign.h"
#include "runtime/loader.h"
#include "runtime/settings.h"
#include "runtime/value.h"

#include <errno.h>
#include <string.h>

struct options {
	struct loader_reporter *reporter;
	size_t prefix; /* bytes of "TELEMETRY_<REPORTER>_" */
};

/* The first word of each line of the help text. */
static void list_options(struct buf *b, const char *help)
{
	bool first = true;

	while (help && *help) {
		size_t length = strcspn(help, " \t\n");

		if (length) {
			buf_str(b, first ? "" : ", ");
			buf_bytes(b, help, length);
			first = false;
		}
		help += strcspn(help, "\n");
		help += *help == '\n';
	}
	if (first)
		buf_str(b, "no options at all");
}

static void refuse(const struct setting *setting, int error,
		   const char *expected, const struct loader_reporter *reporter)
{
	char known[512];
	struct buf b = BUF(known);

	if (error == -ENOENT) {
		list_options(&b, reporter->ops.help);
		log_error("%s: reporter %s has no such option; expected %s",
			  setting->where, reporter->name, known);
	} else {
		log_error("%s: '%.*s' is not valid; expected %s",
			  setting->where, VALUE_SHOWN, setting->value,
			  expected ? expected : "another value");
	}
}

static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static void apply(const struct setting *setting, void *arg)
{
	const struct options *options = arg;
	struct loader_reporter *reporter = options->reporter;
	const char *expected = NULL, *c;
	char key[64];
	struct buf b = BUF(key);
	int error = -ENOENT;

	for (c = setting->name + options->prefix; *c; c++)
		buf_char(&b, to_lower(*c));
	if (reporter->ops.configure && !b.cut)
		error = reporter->ops.configure(reporter->self, key,
						setting->value, &expected);
	/* Once is enough. */
	if (error && !reporter->again)
		refuse(setting, error, expected, reporter);
}

void options_apply(struct loader_reporter *reporter)
{
	char prefix[64];
	struct buf b = BUF(prefix);
	const char *c;
	struct options options = { .reporter = reporter };

	buf_str(&b, "TELEMETRY_");
	for (c = reporter->name; *c; c++)
		buf_char(&b, *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c);
	buf_char(&b, '_');
	options.prefix = b.length;
	settings_each(prefix, apply, &options);
	foreign_apply(reporter);
}
