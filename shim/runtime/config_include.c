/*
 * config_include.c - follows `include` from file to file.
 */
#include "runtime/config_include.h"
#include "runtime/value.h"

#include "base/buf.h"
#include "base/log.h"

#include <linux/limits.h>
#include <string.h>

#define DEPTH_MAX 8

/* The files that are being read, outermost first. */
struct chain {
	size_t depth;
	size_t files[DEPTH_MAX];
};

static void follow(struct config_files *files, struct chain *chain);

static bool same(const struct document *a, const struct document *b)
{
	return a->inode == b->inode && a->device == b->device;
}

/* Relative to the file that says so. */
static const char *path_of(struct document *from, const struct node *node)
{
	const char *slash = strrchr(from->path, '/');
	size_t size = strlen(from->path) + node->length + 2;
	char *path = document_alloc(from, size);
	struct buf b;

	if (!path)
		return NULL;
	buf_init(&b, path, size);
	if (slash && *node->text != '/')
		buf_bytes(&b, from->path, (size_t)(slash + 1 - from->path));
	buf_str(&b, node->text);
	return path;
}

static bool is_in_chain(const struct config_files *files,
			const struct chain *chain, const struct document *file)
{
	size_t i;

	for (i = 0; i < chain->depth; i++)
		if (same(&files->files[chain->files[i]], file))
			return true;
	return false;
}

static bool is_known(const struct config_files *files,
		     const struct document *file)
{
	size_t i;

	for (i = 0; i < files->count; i++)
		if (same(&files->files[i], file))
			return true;
	return false;
}

static void refuse(const struct document *from, const struct node *node,
		   const char *why)
{
	log_error("%s:%u: include: '%.*s' %s", from->path, node->line,
		  VALUE_SHOWN, node->kind == NODE_TEXT ? node->text : "", why);
}

static void include(struct config_files *files, struct chain *chain,
		    struct document *from, const struct node *node)
{
	struct document *file = &files->files[files->count];
	const char *path;

	if (node->kind != NODE_TEXT || node->length == 0) {
		refuse(from, node, "is not valid; expected a path");
		return;
	}
	if (files->count == CONFIG_FILES_MAX || chain->depth == DEPTH_MAX) {
		refuse(from, node,
		       "is one too many; expected at most 16 files, 8 deep");
		return;
	}
	path = path_of(from, node);
	if (!path || document_read(file, path) < 0) {
		refuse(from, node, "is left out");
		document_free(file);
	} else if (is_in_chain(files, chain, file)) {
		refuse(from, node, "includes itself");
		document_free(file);
	} else if (is_known(files, file)) {
		document_free(file);
	} else {
		chain->files[chain->depth++] = files->count++;
		follow(files, chain);
		chain->depth--;
	}
}

/* The includes of the innermost file. */
static void follow(struct config_files *files, struct chain *chain)
{
	struct document *from = &files->files[chain->files[chain->depth - 1]];
	const struct node *entry = from->root ? from->root->first : NULL;
	const struct node *item;

	while (entry && strcmp(entry->key, "include") != 0)
		entry = entry->next;
	if (!entry)
		return;
	if (entry->kind != NODE_LIST) {
		include(files, chain, from, entry);
		return;
	}
	for (item = entry->first; item; item = item->next)
		include(files, chain, from, item);
}

void config_include_read(struct config_files *files, const char *path)
{
	struct chain chain = { .depth = 1 };

	files->count = 0;
	if (document_read(&files->files[0], path) < 0) {
		document_free(&files->files[0]);
		return;
	}
	files->count = 1;
	follow(files, &chain);
}

void config_include_free(struct config_files *files)
{
	while (files->count > 0)
		document_free(&files->files[--files->count]);
}
