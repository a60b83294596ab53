/*
 * config_forms.c - buckets and tag values of a definition, which are mappings
 * of a form of their own.
 */
#include "runtime/config_emit.h"

#include "base/log.h"
#include "metric/scan.h"
#include "runtime/value.h"

#include <string.h>

/* `name: {...}` or `{name: first, ...}` with these keys is written as
 * name(first, values...), in this order. */
struct form {
	const char *name;
	const char *keys[4];
	void (*write)(struct emit *e, const struct node *node);
};

static const struct form *current; /* for the list in a message */

static const char *form_key(size_t index)
{
	return index < ARRAY_SIZE(current->keys) ? current->keys[index] : NULL;
}

static bool check_keys(struct emit *e, const struct form *form,
		       const struct node *map)
{
	char memory[256];
	struct buf text = BUF(memory);
	const struct node *n;
	size_t i;

	current = form;
	for (n = map->first; n; n = n->next) {
		for (i = 0; form_key(i) && strcmp(n->key, form_key(i)); i++)
			;
		if (form_key(i) || strcmp(n->key, form->name) == 0)
			continue;
		word_list(&text, form_key);
		word_hint(&text, (struct word){ n->key, strlen(n->key) },
			  form_key);
		log_error("%s:%u: unknown key '%.*s', expected %s", e->file,
			  n->key_line, VALUE_SHOWN, n->key, text.text);
		e->refused = true;
		return false;
	}
	return true;
}

static const struct node *find(const struct node *map, const char *key)
{
	const struct node *n = map->first;

	while (n && strcmp(n->key, key) != 0)
		n = n->next;
	return n;
}

/* The values that there are, each with a comma in front. */
static void emit_values(struct emit *e, const struct form *form,
			const struct node *map)
{
	const struct node *value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(form->keys) && form->keys[i]; i++) {
		value = find(map, form->keys[i]);
		if (!value)
			continue;
		buf_char(&e->text, ',');
		form->write(e, value);
	}
}

/* ---- buckets ---------------------------------------------------------- */

static const struct form series[] = {
	{ "linear", { "start", "step", "count" }, emit_word },
	{ "exponential", { "start", "factor", "count" }, emit_word },
};

/* {linear: {start: 1, step: 2, count: 3}} */
static void emit_series(struct emit *e, const struct node *map)
{
	const struct node *values = map->first;
	size_t i = 0, j;

	while (values && i < ARRAY_SIZE(series) &&
	       strcmp(values->key, series[i].name) != 0)
		i++;
	if (!values || i == ARRAY_SIZE(series) || values->next ||
	    values->kind != NODE_MAP) {
		emit_refuse(e, map,
			    "expected numbers, {linear: {start, step, count}} "
			    "or {exponential: {start, factor, count}}");
		return;
	}
	if (!check_keys(e, &series[i], values))
		return;
	buf_printf(&e->text, "%s(", series[i].name);
	for (j = 0; j < 3; j++) {
		const struct node *value = find(values, series[i].keys[j]);

		buf_str(&e->text, j ? "," : "");
		if (value)
			emit_word(e, value);
		else
			emit_refuse(e, values, "a number is missing");
	}
	buf_char(&e->text, ')');
}

void emit_buckets(struct emit *e, const struct node *node)
{
	if (node->kind == NODE_LIST)
		emit_list(e, node, emit_word);
	else if (node->kind == NODE_MAP)
		emit_series(e, node);
	else
		emit_verbatim(e, node);
}

/* ---- tag values ------------------------------------------------------- */

static void emit_templates(struct emit *e, const struct node *node)
{
	const struct node *n = node->kind == NODE_LIST ? node->first : node;

	if (strcmp(node->key, "auto") == 0) {
		if (node->kind == NODE_TEXT && !strcmp(node->text, "true"))
			buf_str(&e->text, "auto");
		else
			emit_refuse(e, node, "expected true");
		return;
	}
	while (n) {
		emit_quoted(e, n);
		n = node->kind == NODE_LIST ? n->next : NULL;
		if (n)
			buf_char(&e->text, ',');
	}
}

static const struct form transforms[] = {
	{ "replace", { "pattern", "replacement" }, emit_quoted },
	{ "match", { "pattern", "replacement" }, emit_quoted },
	{ "template", { "templates", "auto" }, emit_templates },
};

/* {replace: KEY, pattern: P, replacement: R}, or {text: TEXT} */
static void emit_transform(struct emit *e, const struct node *map)
{
	const struct node *key = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(transforms); i++) {
		key = find(map, transforms[i].name);
		if (key)
			break;
	}
	if (!key && map->first && !map->first->next &&
	    strcmp(map->first->key, "text") == 0) {
		emit_quoted(e, map->first);
		return;
	}
	if (!key) {
		emit_refuse(e, map,
			    "expected a key, a text in quotes, or a mapping "
			    "with replace, match, template or text");
		return;
	}
	if (!check_keys(e, &transforms[i], map))
		return;
	buf_printf(&e->text, "%s(", transforms[i].name);
	emit_word(e, key);
	emit_values(e, &transforms[i], map);
	buf_char(&e->text, ')');
}

void emit_tag_values(struct emit *e, const struct node *node)
{
	const struct node *n;

	if (node->kind != NODE_MAP) {
		emit_list(e, node, emit_verbatim);
		return;
	}
	buf_char(&e->text, '[');
	for (n = node->first; n; n = n->next) {
		emit_name(e, n);
		buf_char(&e->text, '=');
		if (n->kind == NODE_MAP)
			emit_transform(e, n);
		else if (n->kind == NODE_TEXT && n->quoted)
			emit_quoted(e, n);
		else
			emit_word(e, n);
		if (n->next)
			buf_char(&e->text, ',');
	}
	buf_char(&e->text, ']');
}
