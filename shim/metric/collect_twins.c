/*
 * collect_twins.c - metrics that have one name and are different: two programs,
 * or two groups, have defined it in two ways.
 *
 * Added up they would be wrong, and left out they would be missed.  One of them
 * stays as it is; the series of the others get a tag.  Which one depends on the
 * definitions alone, and not on who was seen first: a series keeps its name.
 */
#include "metric/collect.h"

#include "base/buf.h"
#include "base/hash.h"

#include <string.h>

/* FNV-1a: the same in every process. */
static uint64_t add_bytes(uint64_t hash, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;
	size_t i;

	for (i = 0; i < size; i++)
		hash = (hash ^ at[i]) * 0x100000001b3u;
	return hash;
}

static uint64_t hash_of(const struct collect_metric *m)
{
	uint64_t hash = 0xcbf29ce484222325u;
	uint32_t i, up_down = m->up_down;

	hash = add_bytes(hash, &m->shape.type, sizeof(m->shape.type));
	hash = add_bytes(hash, &m->shape.numerator, sizeof(uint64_t));
	hash = add_bytes(hash, &m->shape.denominator, sizeof(uint64_t));
	hash = add_bytes(hash, &up_down, sizeof(up_down));
	hash = add_bytes(hash, m->unit, strlen(m->unit) + 1);
	for (i = 0; i < m->tag_count; i++)
		hash = add_bytes(hash, m->keys[i], strlen(m->keys[i]) + 1);
	return add_bytes(hash, m->bounds,
			 m->shape.bound_count * sizeof(*m->bounds));
}

static bool is_first(const struct snapshot *snapshot,
		     const struct collect_metric *m, uint64_t hash)
{
	struct pool_link *link = pool_find(&snapshot->by_name,
					   hash_text(m->name, strlen(m->name)));

	for (; link; link = pool_next(link)) {
		const struct collect_metric *other =
			CONTAINER_OF(link, struct collect_metric, link);

		if (other != m && strcmp(other->name, m->name) == 0 &&
		    hash_of(other) < hash)
			return false;
	}
	return true;
}

void collect_twins(struct snapshot *snapshot)
{
	struct collect_metric *m;

	for (m = snapshot->metrics; m; m = m->next) {
		uint64_t hash = hash_of(m);
		struct buf b;

		buf_init(&b, m->twin, sizeof(m->twin));
		if (!is_first(snapshot, m, hash))
			buf_hex(&b, hash >> 32);
	}
}
