/*
 * config_file.c - from the nodes of configuration files to settings.
 *
 * Knows which keys there are; values are judged by those who read the settings.
 * Definitions of metrics are config_metric.c's.
 */
#include "runtime/config_file.h"

#include "base/buf.h"
#include "base/log.h"
#include "metric/scan.h"
#include "runtime/config_include.h"
#include "runtime/config_metric.h"
#include "runtime/config_rows.h"
#include "runtime/list.h"
#include "runtime/settings.h"
#include "runtime/value.h"
#include "telemetry/builtin.h"

#include <string.h>

#define REPORTERS_MAX 32

static struct {
	struct config_files files;
	char value[DOCUMENT_SIZE / 16];
	size_t count;
	char reporters[REPORTERS_MAX][32];
} state LARGE;

/* ---- values ----------------------------------------------------------- */

/* "FILE:LINE: key", as it stands in front of what is wrong with a value. */
static void name_place(struct buf *where, const struct document *file,
		       const struct node *node, const char *outer)
{
	buf_printf(where, "%s:%u: ", file->path, node->key_line);
	if (outer)
		buf_printf(where, "%s: ", outer);
	buf_str(where, node->key);
}

static bool is_null(const struct node *node)
{
	return node->kind == NODE_TEXT && !node->quoted &&
	       (node->length == 0 || !strcmp(node->text, "~") ||
		!strcmp(node->text, "null"));
}

/* NULL, or what is wrong with this item of a list. */
static const char *bad_item(const struct node *item)
{
	if (item->kind != NODE_TEXT)
		return "expected a text, a number or a list of them";
	if (memchr(item->text, ',', item->length))
		return "an item with a ',' would be two; expected one each";
	return NULL;
}

/* key=value with a ',' between two: as OTEL_RESOURCE_ATTRIBUTES is written. */
static const char *read_pairs(const struct node *map, struct buf *value)
{
	const struct node *n;
	const char *c;

	for (n = map->first; n; n = n->next) {
		if (n->kind != NODE_TEXT || strpbrk(n->key, ",= "))
			return "expected KEY: TEXT";
		buf_str(value, n == map->first ? "" : ",");
		buf_str(value, n->key);
		buf_char(value, '=');
		for (c = n->text; *c; c++) {
			if (*c > ' ' && !strchr(",=%;\"\\", *c)) {
				buf_char(value, *c);
				continue;
			}
			buf_char(value, '%');
			buf_char(value, "0123456789ABCDEF"[*c >> 4 & 15]);
			buf_char(value, "0123456789ABCDEF"[*c & 15]);
		}
	}
	return NULL;
}

/* A text as it is, a list with ',' between its items. */
static bool read_value(const char *where, const char *name,
		       const struct node *node, struct buf *value)
{
	const char *why = NULL;
	const struct node *item;

	if (node->kind == NODE_TEXT)
		buf_bytes(value, node->text, node->length);
	else if (node->kind == NODE_MAP)
		why = strcmp(name, "OTEL_RESOURCE_ATTRIBUTES") == 0
			      ? read_pairs(node, value)
			      : "expected a text, a number or a list of them";
	for (item = node->kind == NODE_LIST ? node->first : NULL; item && !why;
	     item = item->next) {
		why = bad_item(item);
		buf_str(value, item == node->first ? "" : ",");
		if (!why)
			buf_bytes(value, item->text, item->length);
	}
	if (value->cut)
		why = "the value is too long";
	if (why)
		log_error("%s: %s", where, why);
	return !why;
}

static void set(const struct document *file, const struct node *node,
		const char *outer, const char *name)
{
	char memory[640];
	struct buf where = BUF(memory), value = BUF(state.value);

	name_place(&where, file, node, outer);
	if (is_null(node) || !read_value(where.text, name, node, &value) ||
	    value.length == 0)
		return;
	if (settings_add(name, value.text, where.text) < 0)
		log_error("%s: no memory", where.text);
}

/* ---- keys ------------------------------------------------------------- */

static const char *key_at(size_t index)
{
	static const char *const more[] = {
		"include",
#define REPORTER(name, metrics, live) name,
		TELEMETRY_BUILTIN_REPORTERS(REPORTER)
#undef REPORTER
	};
	const struct config_row *row = config_row_at(index);
	size_t rows = 0;

	if (row)
		return row->key;
	while (config_row_at(rows))
		rows++;
	return index - rows < ARRAY_SIZE(more) ? more[index - rows] : NULL;
}

static const struct config_row *find_row(const char *key)
{
	const struct config_row *row;
	size_t i;

	for (i = 0; (row = config_row_at(i)); i++)
		if (strcmp(row->key, key) == 0)
			return row;
	return NULL;
}

static void unknown_key(const struct document *file, const struct node *node)
{
	char memory[128];
	struct buf hint = BUF(memory);

	word_hint(&hint, (struct word){ node->key, strlen(node->key) }, key_at);
	log_error("%s:%u: unknown key '%.*s', expected a setting or the name "
		  "of a reporter%s",
		  file->path, node->key_line, VALUE_SHOWN, node->key,
		  hint.text);
}

/* TELEMETRY_<REPORTER>_<KEY>; false: that cannot be part of a name. */
static bool put_name(struct buf *name, const char *text)
{
	for (; *text; text++) {
		char c = *text;

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 32);
		else if (!(c >= '0' && c <= '9') && c != '_' && c != '-')
			return false;
		buf_char(name, c);
	}
	return !name->cut;
}

static void set_option(const struct document *file, const struct node *reporter,
		       const struct node *option)
{
	char memory[128];
	struct buf name = BUF(memory);

	buf_str(&name, "TELEMETRY_");
	put_name(&name, reporter->key);
	buf_char(&name, '_');
	if (put_name(&name, option->key))
		set(file, option, reporter->key, name.text);
	else
		log_error("%s:%u: %s: '%.*s' is no option; expected a-z, 0-9 "
			  "and _",
			  file->path, option->key_line, reporter->key,
			  VALUE_SHOWN, option->key);
}

static void note_reporter(const char *name)
{
	size_t i, size = strlen(name) + 1;

	for (i = 0; i < state.count; i++)
		if (strcmp(state.reporters[i], name) == 0)
			return;
	if (i < REPORTERS_MAX && size <= sizeof(*state.reporters))
		memcpy(state.reporters[state.count++], name, size);
}

static void set_options(const struct document *file,
			const struct node *reporter)
{
	const struct node *option;

	note_reporter(reporter->key);
	if (is_null(reporter))
		return;
	if (reporter->kind != NODE_MAP) {
		log_error("%s:%u: %s: expected its options, as KEY: VALUE",
			  file->path, reporter->key_line, reporter->key);
		return;
	}
	for (option = reporter->first; option; option = option->next)
		set_option(file, reporter, option);
}

/* ---- files ------------------------------------------------------------ */

/* Rows first: they say which reporters there are. */
static void read_rows(const struct document *file)
{
	const struct node *n = file->root ? file->root->first : NULL;
	const struct config_row *row;

	for (; n; n = n->next) {
		row = find_row(n->key);
		if (!row || strcmp(n->key, "metrics") == 0)
			continue;
		if (strcmp(n->key, "config") == 0)
			log_error("%s:%u: config: a file cannot name another "
				  "one; expected include",
				  file->path, n->key_line);
		else
			set(file, n, NULL, row->name);
	}
}

static void read_rest(const struct document *file)
{
	const struct node *n = file->root ? file->root->first : NULL;

	for (; n; n = n->next) {
		if (strcmp(n->key, "metrics") == 0)
			config_metric_read(file, n);
		else if (find_row(n->key) || strcmp(n->key, "include") == 0)
			continue;
		else if (config_knows_reporter(n->key))
			set_options(file, n);
		else
			unknown_key(file, n);
	}
}

struct config_definition *config_file_read(const char *path,
					   void (*ready)(void))
{
	size_t i;

	config_rows_init();
	config_include_read(&state.files, path);
	for (i = 0; i < state.files.count; i++)
		read_rows(&state.files.files[i]);
	ready();
	for (i = 0; i < state.files.count; i++)
		read_rest(&state.files.files[i]);
	config_include_free(&state.files);
	return config_metric_take();
}

void config_file_each_reporter(void (*fn)(const char *name))
{
	size_t i;

	for (i = 0; i < state.count; i++)
		fn(state.reporters[i]);
}
