/*
 * pool.c - chunks from the arena, cut up and given back together.
 */
#include "metric/pool.h"

#include "base/arena.h"
#include "base/hash.h"

#include <string.h>

#define FIRST_CHUNK 8192
#define MAX_CHUNK 262144
#define FIRST_BUCKETS 64

struct pool_chunk {
	struct pool_chunk *next;
	size_t size, used; /* this head included */
	uint64_t reserved;
};

static struct pool_chunk *chunk_new(struct pool *pool, size_t least)
{
	size_t size = pool->chunks ? pool->chunks->size * 2 : FIRST_CHUNK;
	struct pool_chunk *chunk;

	if (size > MAX_CHUNK)
		size = MAX_CHUNK;
	if (size < least + sizeof(*chunk))
		size = least + sizeof(*chunk);
	chunk = arena_borrow(size);
	if (!chunk)
		return NULL;
	chunk->next = pool->chunks;
	chunk->size = size;
	chunk->used = sizeof(*chunk);
	pool->chunks = chunk;
	return chunk;
}

void *pool_alloc(struct pool *pool, size_t size)
{
	struct pool_chunk *chunk = pool->chunks;
	void *memory;

	size = (size + 15) & ~(size_t)15;
	if (!chunk || chunk->size - chunk->used < size)
		chunk = chunk_new(pool, size);
	if (!chunk) {
		pool->failed = true;
		return NULL;
	}
	memory = (char *)chunk + chunk->used;
	chunk->used += size;
	return memory;
}

void pool_fini(struct pool *pool)
{
	while (pool->chunks) {
		struct pool_chunk *chunk = pool->chunks;

		pool->chunks = chunk->next;
		arena_give_back(chunk, chunk->size);
	}
}

static struct pool_link *skip(struct pool_link *link, uint64_t hash)
{
	while (link && link->hash != hash)
		link = link->next;
	return link;
}

struct pool_link *pool_find(const struct pool_index *index, uint64_t hash)
{
	if (index->size == 0)
		return NULL;
	return skip(index->buckets[hash & (index->size - 1)], hash);
}

struct pool_link *pool_next(const struct pool_link *link)
{
	return skip(link->next, link->hash);
}

static bool grow(struct pool *pool, struct pool_index *index)
{
	size_t size = index->size ? index->size * 4 : FIRST_BUCKETS, i;
	struct pool_link **buckets = pool_alloc(pool, size * sizeof(*buckets));

	if (!buckets)
		return false;
	for (i = 0; i < index->size; i++) {
		struct pool_link *link = index->buckets[i], *next;

		for (; link; link = next) {
			next = link->next;
			link->next = buckets[link->hash & (size - 1)];
			buckets[link->hash & (size - 1)] = link;
		}
	}
	index->buckets = buckets;
	index->size = size;
	return true;
}

bool pool_add(struct pool *pool, struct pool_index *index,
	      struct pool_link *link, uint64_t hash)
{
	struct pool_link **bucket;

	if (index->count >= index->size && !grow(pool, index))
		return false;
	bucket = &index->buckets[hash & (index->size - 1)];
	link->hash = hash;
	link->next = *bucket;
	*bucket = link;
	index->count++;
	return true;
}

struct text {
	struct pool_link link;
	size_t length;
	char text[];
};

const char *pool_text(struct pool *pool, struct pool_index *texts,
		      const char *text, size_t length)
{
	const char *nul = memchr(text, '\0', length);
	struct pool_link *link;
	struct text *t;
	uint64_t hash;

	if (nul)
		length = (size_t)(nul - text);
	hash = hash_text(text, length);
	for (link = pool_find(texts, hash); link; link = pool_next(link)) {
		t = CONTAINER_OF(link, struct text, link);
		if (t->length == length && memcmp(t->text, text, length) == 0)
			return t->text;
	}
	t = pool_alloc(pool, sizeof(*t) + length + 1);
	if (!t || !pool_add(pool, texts, &t->link, hash))
		return NULL;
	t->length = length;
	memcpy(t->text, text, length);
	return t->text;
}
