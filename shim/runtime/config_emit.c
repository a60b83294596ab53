/*
 * config_emit.c - see config_emit.h.
 *
 * The text has the lines of the file, so that the parser's message about a word
 * can name the line where it stands.
 */
#include "runtime/config_emit.h"
#include "runtime/value.h"

#include "base/log.h"
#include "metric/options.h"

#include <string.h>

bool emit_refuse(struct emit *e, const struct node *node, const char *why)
{
	if (!e->refused)
		log_error("%s:%u: %s%s'%.*s': %s", e->file, node->line,
			  node->key ? node->key : "", node->key ? ": " : "",
			  VALUE_SHOWN,
			  node->kind == NODE_TEXT   ? node->text
			  : node->kind == NODE_LIST ? "[...]"
						    : "{...}",
			  why);
	e->refused = true;
	return false;
}

static void go_to_line(struct emit *e, unsigned int line)
{
	for (; e->line < line; e->line++)
		buf_char(&e->text, '\n');
}

static bool is_word(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || strchr("()[],=\"", *text))
			return false;
	return true;
}

void emit_name(struct emit *e, const struct node *entry)
{
	go_to_line(e, entry->key_line);
	if (is_word(entry->key))
		buf_str(&e->text, entry->key);
	else
		emit_refuse(e, entry,
			    "the key in front has blanks, quotes, brackets, a "
			    "comma or =");
}

void emit_word(struct emit *e, const struct node *node)
{
	go_to_line(e, node->line);
	if (node->kind != NODE_TEXT)
		emit_refuse(e, node, "expected one text");
	else if (!is_word(node->text))
		emit_refuse(e, node,
			    "expected a text without blanks, quotes, brackets, "
			    "commas and =");
	else
		buf_str(&e->text, node->text);
}

void emit_quoted(struct emit *e, const struct node *node)
{
	const char *c;

	go_to_line(e, node->line);
	if (node->kind != NODE_TEXT) {
		emit_refuse(e, node, "expected one text");
		return;
	}
	buf_char(&e->text, '"');
	for (c = node->text; *c; c++) {
		if (*c == '"' || *c == '\\')
			buf_char(&e->text, '\\');
		buf_char(&e->text, *c);
		e->line += *c == '\n';
	}
	buf_char(&e->text, '"');
}

void emit_verbatim(struct emit *e, const struct node *node)
{
	const char *c;

	go_to_line(e, node->line);
	if (node->kind != NODE_TEXT)
		emit_refuse(e, node, "expected a text");
	else
		for (c = node->text; *c; c++)
			buf_char(&e->text, *c == '\n' ? ' ' : *c);
}

void emit_list(struct emit *e, const struct node *node,
	       void (*item)(struct emit *e, const struct node *node))
{
	const struct node *n = node->kind == NODE_LIST ? node->first : node;

	buf_char(&e->text, '[');
	while (n) {
		item(e, n);
		n = node->kind == NODE_LIST ? n->next : NULL;
		if (n)
			buf_char(&e->text, ',');
	}
	buf_char(&e->text, ']');
}

static void emit_words(struct emit *e, const struct node *node)
{
	if (node->kind == NODE_LIST)
		emit_list(e, node, emit_word);
	else
		emit_word(e, node);
}

static void emit_tags(struct emit *e, const struct node *node)
{
	if (node->kind == NODE_TEXT && node->length == 0)
		return;
	emit_list(e, node, emit_word);
}

static void emit_conditions(struct emit *e, const struct node *node)
{
	emit_list(e, node, emit_verbatim);
}

static void emit_missing(struct emit *e, const struct node *node)
{
	if (node->kind == NODE_TEXT && !node->quoted &&
	    strcmp(node->text, "skip") == 0)
		emit_word(e, node);
	else
		emit_quoted(e, node);
}

static const struct {
	const char *key;
	void (*write)(struct emit *e, const struct node *node);
} options[] = {
	{ "tags", emit_tags },		{ "buckets", emit_buckets },
	{ "keep", emit_conditions },	{ "drop", emit_conditions },
	{ "description", emit_quoted }, { "tag_values", emit_tag_values },
	{ "missing", emit_missing },
};

void emit_option(struct emit *e, const struct node *entry)
{
	size_t i;

	emit_name(e, entry);
	buf_char(&e->text, '=');
	/* The parser says so; its value is of no interest. */
	if (!option_exists(entry->key))
		return;
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		if (strcmp(entry->key, options[i].key) == 0) {
			options[i].write(e, entry);
			return;
		}
	}
	emit_words(e, entry);
}
