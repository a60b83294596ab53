/*
 * document_parse.c - from libyaml's events to a tree of nodes.
 *
 * libyaml is a private copy without a heap (base/yaml_heap.h); nothing else
 * here knows it.
 */
#include "runtime/document_parse.h"
#include "runtime/value.h"

#include "base/log.h"
#include "base/yaml_heap.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

/* A list or mapping that has begun, and where its next entry goes. */
struct level {
	struct node *node;
	struct node **end;
	const char *key; /* of the entry that comes next */
	unsigned int key_line;
};

struct parse {
	struct document *document;
	yaml_parser_t parser;
	yaml_event_t event;
	unsigned int documents, nodes, depth;
	struct level levels[DOCUMENT_DEPTH];
};

static int refuse(struct parse *p, unsigned int line, const char *why)
{
	log_error("%s:%u: %s", p->document->path, line, why);
	return -EINVAL;
}

static unsigned int line_of(const struct parse *p)
{
	return (unsigned int)p->event.start_mark.line + 1;
}

/* What libyaml has to say, and where it looked. */
static int bad_syntax(struct parse *p)
{
	const yaml_parser_t *y = &p->parser;
	const char *problem = y->problem ? y->problem : "no memory";
	size_t line = y->problem_mark.line;

	if (y->error == YAML_READER_ERROR || y->error == YAML_MEMORY_ERROR)
		line = y->mark.line;
	log_error("%s:%u: this is no YAML: %s%s%s", p->document->path,
		  (unsigned int)line + 1, problem, y->context ? " " : "",
		  y->context ? y->context : "");
	return -EINVAL;
}

/* ---- nodes ------------------------------------------------------------ */

static char *copy_text(struct parse *p, const yaml_char_t *text, size_t length)
{
	char *copy = document_alloc(p->document, length + 1);

	if (copy)
		memcpy(copy, text, length);
	return copy;
}

static int check_key(struct parse *p, const struct level *level,
		     const char *key)
{
	const struct node *n;

	for (n = level->node->first; n; n = n->next) {
		if (strcmp(n->key, key) != 0)
			continue;
		log_error("%s:%u: '%.*s' is given twice, first in line %u",
			  p->document->path, line_of(p), VALUE_SHOWN, key,
			  n->key_line);
		return -EINVAL;
	}
	return 0;
}

/* Puts the node where it belongs. */
static int attach(struct parse *p, struct node *node)
{
	struct level *level;

	if (p->depth == 0) {
		p->document->root = node;
		return 0;
	}
	level = &p->levels[p->depth - 1];
	if (level->node->kind == NODE_MAP && !level->key)
		return refuse(p, node->line,
			      "a key is no text; expected one on one line");
	node->key = level->key;
	node->key_line = level->key_line;
	level->key = NULL;
	*level->end = node;
	level->end = &node->next;
	return 0;
}

static struct node *node_new(struct parse *p, enum node_kind kind, int *error)
{
	struct node *node = document_alloc(p->document, sizeof(*node));

	*error = 0;
	if (++p->nodes > DOCUMENT_NODES)
		*error = refuse(p, line_of(p),
				"the configuration has more than 20000 parts");
	else if (!node)
		*error = refuse(p, line_of(p), "no memory");
	if (*error)
		return NULL;
	node->kind = kind;
	node->line = line_of(p);
	return node;
}

static int on_scalar(struct parse *p)
{
	size_t length = p->event.data.scalar.length;
	const yaml_char_t *value = p->event.data.scalar.value;
	yaml_scalar_style_t style = p->event.data.scalar.style;
	struct level *level = p->depth ? &p->levels[p->depth - 1] : NULL;
	char *text = copy_text(p, value, length);
	struct node *node;
	int error;

	if (!text)
		return refuse(p, line_of(p), "no memory");
	if (memchr(text, '\0', length))
		return refuse(p, line_of(p), "a text has a NUL byte");
	if (level && level->node->kind == NODE_MAP && !level->key) {
		level->key = text;
		level->key_line = line_of(p);
		return check_key(p, level, text);
	}
	node = node_new(p, NODE_TEXT, &error);
	if (!node)
		return error;
	node->quoted = style != YAML_PLAIN_SCALAR_STYLE;
	node->line += style == YAML_LITERAL_SCALAR_STYLE ||
		      style == YAML_FOLDED_SCALAR_STYLE;
	node->text = text;
	node->length = length;
	return attach(p, node);
}

static int on_begin(struct parse *p, enum node_kind kind)
{
	struct node *node;
	int error;

	if (p->depth == DOCUMENT_DEPTH)
		return refuse(p, line_of(p),
			      "lists and mappings are too deep; expected at "
			      "most 16 levels");
	node = node_new(p, kind, &error);
	if (node)
		error = attach(p, node);
	if (!error)
		p->levels[p->depth++] =
			(struct level){ .node = node, .end = &node->first };
	return error;
}

/* ---- events ----------------------------------------------------------- */

static int check_root(struct parse *p)
{
	struct node *root = p->document->root;

	/* A file with nothing but comments. */
	if (root && root->kind == NODE_TEXT && root->length == 0)
		p->document->root = NULL;
	else if (root && root->kind != NODE_MAP)
		return refuse(p, root->line,
			      "this is no configuration; expected KEY: VALUE");
	return 0;
}

static bool has_extras(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return event->data.scalar.anchor || event->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.anchor ||
		       event->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.anchor ||
		       event->data.mapping_start.tag;
	default:
		return event->type == YAML_ALIAS_EVENT;
	}
}

static int on_event(struct parse *p)
{
	if (has_extras(&p->event))
		return refuse(p, line_of(p),
			      "anchors (&), aliases (*) and tags (!) are not "
			      "taken; quotes make them texts");
	switch (p->event.type) {
	case YAML_DOCUMENT_START_EVENT:
		if (p->documents++ == 0)
			return 0;
		return refuse(p, line_of(p),
			      "a second document begins; expected one");
	case YAML_SCALAR_EVENT:
		return on_scalar(p);
	case YAML_SEQUENCE_START_EVENT:
		return on_begin(p, NODE_LIST);
	case YAML_MAPPING_START_EVENT:
		return on_begin(p, NODE_MAP);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		p->depth--;
		return 0;
	default:
		return 0;
	}
}

static int read_events(struct parse *p)
{
	bool more = true;
	int error = 0;

	while (more && !error) {
		if (!yaml_parser_parse(&p->parser, &p->event))
			return bad_syntax(p);
		more = p->event.type != YAML_STREAM_END_EVENT;
		error = on_event(p);
		yaml_event_delete(&p->event);
	}
	return error ? error : check_root(p);
}

int document_parse(struct document *document, const char *bytes, size_t length)
{
	static LARGE struct parse parse;
	int error;

	memset(&parse, 0, sizeof(parse));
	parse.document = document;
	if (__builtin_setjmp(yaml_heap_escape))
		return refuse(&parse, 0, "libyaml has given up");
	if (!yaml_parser_initialize(&parse.parser))
		return refuse(&parse, 0, "no memory");
	yaml_parser_set_input_string(&parse.parser,
				     (const unsigned char *)bytes, length);
	error = read_events(&parse);
	yaml_parser_delete(&parse.parser);
	if (error)
		document->root = NULL;
	return error;
}
