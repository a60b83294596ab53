/*
 * config_metric.c - see config_metric.h.
 *
 * Knows what is a list, a text or a mapping in a definition, and nothing of
 * what they mean.
 */
#include "runtime/config_metric.h"

#include "base/arena.h"
#include "base/log.h"
#include "runtime/config_emit.h"

#include <string.h>

static struct config_definition *definitions;
static struct config_definition **definitions_end = &definitions;

static void add(const char *file, unsigned int line, const char *text,
		size_t length, bool single)
{
	struct config_definition *d = arena_alloc(sizeof(*d));

	if (d) {
		d->file = arena_strndup(file, strlen(file));
		d->text = arena_strndup(text, length);
	}
	if (!d || !d->file || !d->text) {
		log_error("%s:%u: no memory", file, line);
		return;
	}
	d->line = line;
	d->single = single;
	*definitions_end = d;
	definitions_end = &d->next;
}

static const char *const types[] = { "counter", "sum", "last_value", "summary",
				     "distribution" };

/* The entry that says what kind of metric it is: that with the name of one, or
 * else the first, of which the parser will say what is wrong. */
static const struct node *find_type(const struct node *map)
{
	const struct node *n;
	size_t i;

	for (n = map->first; n; n = n->next)
		for (i = 0; i < ARRAY_SIZE(types); i++)
			if (strcmp(n->key, types[i]) == 0)
				return n;
	return map->first;
}

static void read_map(const struct document *file, const struct node *map)
{
	static LARGE char memory[16384];
	struct emit e = { .file = file->path,
			  .line = map->line,
			  .text = BUF(memory) };
	const struct node *type = find_type(map), *n;

	if (!type) {
		log_error("%s:%u: metrics: a definition is empty", file->path,
			  map->line);
		return;
	}
	emit_name(&e, type);
	buf_char(&e.text, '(');
	emit_word(&e, type);
	for (n = map->first; n; n = n->next) {
		if (n == type)
			continue;
		buf_char(&e.text, ',');
		emit_option(&e, n);
	}
	buf_char(&e.text, ')');
	if (e.text.cut)
		emit_refuse(&e, map, "the definition is too long");
	if (!e.refused)
		add(file->path, map->line, e.text.text, e.text.length, true);
}

static void read_item(const struct document *file, const struct node *item)
{
	if (item->kind == NODE_MAP)
		read_map(file, item);
	else if (item->kind == NODE_TEXT)
		add(file->path, item->line, item->text, item->length, false);
	else
		log_error("%s:%u: metrics: a list in a list; expected "
			  "definitions, as mappings or texts",
			  file->path, item->line);
}

void config_metric_read(const struct document *file, const struct node *node)
{
	const struct node *item;

	if (node->kind == NODE_MAP) {
		log_error("%s:%u: metrics: expected a list, '- ' in front of "
			  "each definition",
			  file->path, node->key_line);
		return;
	}
	if (node->kind == NODE_TEXT)
		read_item(file, node);
	for (item = node->first; item; item = item->next)
		read_item(file, item);
}

struct config_definition *config_metric_take(void)
{
	struct config_definition *all = definitions;

	definitions = NULL;
	definitions_end = &definitions;
	return all;
}
