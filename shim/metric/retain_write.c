/*
 * retain_write.c - grows a segment in private memory.
 */
#include "metric/retain_write.h"

#include "base/arena.h"
#include "base/hash.h"

#include <string.h>

#define FIRST_MEMORY (64u << 10)

struct written {
	struct pool_link link;
	const char *text;
	uint32_t id;
};

static bool grow(struct retain_writer *writer, size_t size)
{
	size_t memory = writer->memory ? writer->memory : FIRST_MEMORY;
	uint8_t *bytes;

	if (size <= writer->memory)
		return true;
	while (memory < size)
		memory *= 2;
	bytes = arena_borrow(memory);
	if (!bytes) {
		writer->failed = true;
		return false;
	}
	if (writer->bytes) {
		memcpy(bytes, writer->bytes, writer->size);
		arena_give_back(writer->bytes, writer->memory);
	}
	writer->bytes = bytes;
	writer->memory = memory;
	return true;
}

void retain_writer_init(struct retain_writer *writer, struct pool *pool)
{
	memset(writer, 0, sizeof(*writer));
	writer->pool = pool;
	if (grow(writer, sizeof(struct segment_header)))
		writer->size = sizeof(struct segment_header);
}

uint32_t retain_block(struct retain_writer *writer, enum segment_kind kind,
		      size_t size, uint32_t link)
{
	size_t at = writer->size, total = sizeof(struct segment_block) + size;
	struct segment_block *block;

	total = (total + SEGMENT_UNIT - 1) & ~(size_t)(SEGMENT_UNIT - 1);
	if (writer->failed || !grow(writer, at + total))
		return 0;
	block = (void *)(writer->bytes + at);
	block->kind = kind;
	block->size = (uint32_t)total;
	block->link = link;
	writer->size += total;
	return (uint32_t)(at / SEGMENT_UNIT);
}

void *retain_body(const struct retain_writer *writer, uint32_t id)
{
	return writer->bytes + (size_t)id * SEGMENT_UNIT +
	       sizeof(struct segment_block);
}

static uint32_t find(const struct retain_writer *writer, const char *text,
		     uint64_t hash)
{
	struct pool_link *link = pool_find(&writer->texts, hash);

	for (; link; link = pool_next(link)) {
		struct written *w = CONTAINER_OF(link, struct written, link);

		if (w->text == text)
			return w->id;
	}
	return 0;
}

/* Texts of a pool are equal if their pointers are. */
uint32_t retain_text(struct retain_writer *writer, const char *text)
{
	uint64_t hash = hash_mix((uintptr_t)text, 0);
	struct segment_string *string;
	struct written *w;
	size_t length = strlen(text);
	uint32_t id = length ? find(writer, text, hash) : 0;

	if (id || length == 0)
		return id;
	id = retain_block(writer, SEGMENT_STRING, sizeof(*string) + length, 0);
	w = id ? pool_alloc(writer->pool, sizeof(*w)) : NULL;
	if (!w || !pool_add(writer->pool, &writer->texts, &w->link, hash)) {
		writer->failed = true;
		return 0;
	}
	string = retain_body(writer, id);
	string->length = (uint32_t)length;
	memcpy(string->text, text, length);
	w->text = text;
	w->id = id;
	return id;
}
