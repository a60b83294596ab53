/*
 * config_emit.h - writes nodes of a configuration file in the grammar of
 * TELEMETRY_METRICS.
 */
#ifndef SHIM_RUNTIME_CONFIG_EMIT_H
#define SHIM_RUNTIME_CONFIG_EMIT_H

#include "base/buf.h"
#include "runtime/document.h"

struct emit {
	const char *file;
	unsigned int line; /* of the file, that the text has come to */
	struct buf text;
	bool refused; /* there is a line in the log */
};

/* Is false. */
bool emit_refuse(struct emit *e, const struct node *node, const char *why);

/* The key of an entry. */
void emit_name(struct emit *e, const struct node *entry);
/* A text that must be one word. */
void emit_word(struct emit *e, const struct node *node);
void emit_quoted(struct emit *e, const struct node *node);
/* As it is: for what has a grammar of its own. */
void emit_verbatim(struct emit *e, const struct node *node);
/* In brackets; a text is a list of one. */
void emit_list(struct emit *e, const struct node *node,
	       void (*item)(struct emit *e, const struct node *node));

/* Of config_forms.c.  Of tag values what has quotes is a text, and what has
 * none a key, as in the grammar. */
void emit_buckets(struct emit *e, const struct node *node);
void emit_tag_values(struct emit *e, const struct node *node);

/* KEY=VALUE. */
void emit_option(struct emit *e, const struct node *entry);

#endif
