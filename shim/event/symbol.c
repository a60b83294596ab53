/*
 * symbol.c - the intern table.
 *
 * Chains grow at their head and never shrink, so a reader needs neither a lock
 * nor a read section: what it has once reached stays.
 *
 * There are two tables.  Most processes know few names, and each page of a
 * table costs their start a microsecond: they use the small one.  With more
 * names all of them are entered in the large one, by links of their own, and
 * the small one is no longer looked at.
 */
#include "event/symbol.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/lock.h"
#include "base/segment.h"

#include <string.h>

#define FEW_BUCKETS 256
#define FEW 512 /* symbols; then the large table is used */
#define BUCKETS 4096

#define SYMBOL(id, string)                                                     \
	struct symbol SYM_##id = { .length = sizeof(string) - 1,               \
				   .text = string };
#define TAG_SYMBOL(id, string)                                                 \
	struct symbol SYM_##id = { .length = sizeof(string) - 1,               \
				   .is_tag = 1,                                \
				   .text = string };
#include "event/symbols.def"
#undef TAG_SYMBOL
#undef SYMBOL

/* Protects inserting; looking up needs nothing. */
static struct lock names_lock = LOCK_INIT(LOCK_NAMES);
static struct symbol *few[FEW_BUCKETS];
static LARGE struct symbol *many[BUCKETS];
static uint32_t is_large; /* and which of a symbol's links counts */
static uint32_t count;

static struct symbol **chain_of(uint64_t hash, uint32_t large)
{
	return large ? &many[hash % BUCKETS] : &few[hash % FEW_BUCKETS];
}

static struct symbol *find(uint64_t hash, const char *text, size_t length)
{
	/* Pairs with grow(): all are in the large table by then. */
	uint32_t large = load_acquire(&is_large);
	/* Pairs with link_to(): the symbol is complete before it is linked. */
	struct symbol *s = load_acquire(chain_of(hash, large));

	for (; s; s = s->next[large])
		if (s->hash == hash && s->length == length &&
		    memcmp(s->text, text, length) == 0)
			return s;
	return NULL;
}

static void link_to(struct symbol *s, uint32_t large)
{
	struct symbol **head = chain_of(s->hash, large);

	s->next[large] = *head;
	/* Pairs with find(). */
	store_release(head, s);
}

static COLD void grow(void)
{
	struct symbol *s;
	size_t i;

	/* Whoever was here before was left by longjmp, or by a fork. */
	memset(many, 0, sizeof(many));
	for (i = 0; i < FEW_BUCKETS; i++)
		for (s = few[i]; s; s = s->next[0])
			link_to(s, 1);
	/* Pairs with find(). */
	store_release(&is_large, 1);
}

static void insert(struct symbol *s)
{
	if (unlikely(count >= FEW && !is_large))
		grow();
	link_to(s, is_large);
	count++;
}

static NOINLINE void add_static(struct symbol *s)
{
	if (s->hash != 0)
		return;
	s->hash = hash_text(s->text, s->length) | 1;
	insert(s);
}

/* Code, not a table of pointers, which ld.so would have to relocate. */
void symbol_init(void)
{
#define SYMBOL(id, string) add_static(&SYM_##id);
#define TAG_SYMBOL SYMBOL
#include "event/symbols.def"
#undef TAG_SYMBOL
#undef SYMBOL
}

struct symbol *symbol_find(const char *text, size_t length)
{
	return find(hash_text(text, length) | 1, text, length);
}

static struct symbol *add(uint64_t hash, const char *text, size_t length)
{
	struct symbol *s;

	if (count >= SYMBOLS_MAX)
		return NULL;
	s = arena_alloc(sizeof(*s) + length + 1);
	if (!s)
		return NULL;
	s->hash = hash;
	s->length = (uint32_t)length;
	memcpy(s->text, text, length);
	insert(s);
	return s;
}

struct symbol *symbol_intern(const char *text, size_t length)
{
	uint64_t hash = hash_text(text, length) | 1;
	struct symbol *s = find(hash, text, length);

	if (likely(s != NULL))
		return s;
	if (length > SYMBOL_LENGTH_MAX) {
		segment_drop(DROP_TEXT, 1);
		return NULL;
	}
	if (!lock_acquire(&names_lock)) {
		segment_drop(DROP_LOCK, 1);
		return NULL;
	}
	s = find(hash, text, length);
	if (!s)
		s = add(hash, text, length);
	lock_release(&names_lock);
	if (!s)
		segment_drop(DROP_TEXT, 1);
	return s;
}

bool symbol_intern_all(struct symbol **symbols, size_t number)
{
	struct symbol *s, *known;
	size_t i;

	if (!lock_acquire(&names_lock)) {
		segment_drop(DROP_LOCK, 1);
		return false;
	}
	for (i = 0; i < number && count < SYMBOLS_MAX; i++) {
		s = symbols[i];
		s->hash = hash_text(s->text, s->length) | 1;
		known = find(s->hash, s->text, s->length);
		if (known)
			symbols[i] = known;
		else
			insert(s);
	}
	lock_release(&names_lock);
	if (i < number)
		segment_drop(DROP_TEXT, 1);
	return i == number;
}

uint32_t symbol_segment_id(struct symbol *symbol)
{
	uint64_t generation = (uint64_t)segment_generation() << 32;
	uint64_t known = load_relaxed(&symbol->in_segment);
	uint32_t id;

	if (likely((uint32_t)known != 0 &&
		   (known & 0xffffffff00000000u) == generation))
		return (uint32_t)known;
	/* Two threads may both put the text: a few bytes twice, both ids right.
	 * The generation is read again, as the put may have made the
	 * segment. */
	id = segment_put_string(symbol->text, symbol->length);
	if (id != 0)
		store_relaxed(&symbol->in_segment,
			      (uint64_t)segment_generation() << 32 | id);
	return id;
}

struct symbol *value_symbol(const struct telemetry_value *value)
{
	if (value->type != TELEMETRY_STRING)
		return NULL;
	if (value->flags & VALUE_SYMBOL)
		return CONTAINER_OF(value->as.string, struct symbol, text);
	return symbol_intern(value->as.string, value->length);
}

struct symbol *key_symbol(const char *key)
{
	return symbol_intern(key, strlen(key));
}

void symbol_reset_lock(void)
{
	lock_reset(&names_lock);
}
