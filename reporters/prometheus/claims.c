/*
 * claims.c - which family has which name.
 *
 * A counter a is a_total in one format and has the family a in the other, a
 * distribution has its _count: names that look different may be the same.
 */
#include "prometheus/claims.h"

#include <stdlib.h>
#include <string.h>

struct claim {
	const char *owner;
	size_t name; /* in claims.names */
	uint64_t hash;
};

static const char *const suffixes[][6] = {
	[FAMILY_COUNTER] = { "", "_total", "_created" },
	[FAMILY_GAUGE] = { "" },
	[FAMILY_SUMMARY] = { "", "_sum", "_count", "_created" },
	[FAMILY_HISTOGRAM] = { "", "_bucket", "_sum", "_count", "_created" },
	[FAMILY_INFO] = { "", "_info" },
};

void claims_free(struct claims *c)
{
	free(c->table);
	text_free(&c->names);
	memset(c, 0, sizeof(*c));
}

/* FNV-1a. */
static uint64_t hash_of(const char *name)
{
	uint64_t hash = 0xcbf29ce484222325u;

	while (*name)
		hash = (hash ^ (unsigned char)*name++) * 0x100000001b3u;
	return hash;
}

/* Where the name is, or would be. */
static struct claim *find(const struct claims *c, const char *name,
			  uint64_t hash)
{
	size_t i = hash & (c->size - 1);

	while (c->table[i].owner &&
	       (c->table[i].hash != hash ||
		strcmp(c->names.data + c->table[i].name, name) != 0))
		i = (i + 1) & (c->size - 1);
	return &c->table[i];
}

/* Half of it is free, always. */
static bool grow(struct claims *c)
{
	struct claim *before = c->table;
	size_t size = c->size, i;

	if (size && (c->count + 6) * 2 <= size)
		return true;
	c->size = size ? size * 2 : 256;
	c->table = calloc(c->size, sizeof(*c->table));
	if (!c->table) {
		c->table = before;
		c->size = size;
		c->failed = true;
		return false;
	}
	for (i = 0; i < size; i++)
		if (before[i].owner)
			*find(c, c->names.data + before[i].name,
			      before[i].hash) = before[i];
	free(before);
	return true;
}

static void add(struct claims *c, const char *name, const char *owner)
{
	uint64_t hash = hash_of(name);
	struct claim *claim = find(c, name, hash);

	*claim = (struct claim){ owner, c->names.length, hash };
	c->count++;
	text_bytes(&c->names, name, strlen(name) + 1);
}

const char *claims_take(struct claims *c, const char *family,
			enum family_type type, const char *owner)
{
	struct text name = { 0 };
	const char *taken = NULL;
	int pass, i;

	if (!grow(c))
		return owner;
	for (pass = 0; pass < 2 && !taken; pass++) {
		for (i = 0; i < 6 && suffixes[type][i] && !taken; i++) {
			name.length = 0;
			text_str(&name, family);
			text_str(&name, suffixes[type][i]);
			text_char(&name, '\0');
			if (name.failed)
				taken = owner;
			else if (pass == 0)
				taken = find(c, name.data, hash_of(name.data))
						->owner;
			else
				add(c, name.data, owner);
		}
	}
	c->failed |= name.failed || c->names.failed;
	text_free(&name);
	return taken;
}
