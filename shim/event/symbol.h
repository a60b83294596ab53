/*
 * symbol.h - interned texts: keys, values that come up again and again, names.
 *
 * A symbol is unique by content for the life of the process and never freed,
 * so pointers compare, its hash is known, and the segment holds its text once.
 * The table is append-only: look-up takes no lock.  It is bounded
 * (SYMBOLS_MAX texts of at most SYMBOL_LENGTH_MAX bytes); a text beyond that
 * is not interned (NULL, DROP_TEXT).
 *
 * The names that wrappers use are static (symbols.def), so a comparison of
 * keys is a comparison of pointers.
 */
#ifndef SHIM_EVENT_SYMBOL_H
#define SHIM_EVENT_SYMBOL_H

#include "base/compiler.h"
#include "telemetry/telemetry.h"

#include <string.h>

#define SYMBOLS_MAX 16384
#define SYMBOL_LENGTH_MAX 4096

struct symbol {
	uint64_t hash;
	/* Id of its string block, and the generation of the segment for which
	 * that holds, in the upper half; see symbol_segment_id(). */
	uint64_t in_segment;
	struct symbol *next[2]; /* in its chain of each table; see symbol.c */
	uint32_t length;
	uint32_t is_tag; /* a key for metrics only (symbols.def) */
	char text[];	 /* terminated */
};

/* Flag of telemetry_value.flags: as.string is the `text` of a symbol, so the
 * symbol is found again without a look-up (value_symbol). */
#define VALUE_SYMBOL 1

#define SYMBOL(id, string) extern struct symbol SYM_##id;
#define TAG_SYMBOL SYMBOL
#include "event/symbols.def"
#undef TAG_SYMBOL
#undef SYMBOL

#define SYMBOL_PAGE 4096u /* or more */
#if defined(SHIM_CHECKS)
#define SYMBOL_IS_CHECKED 1 /* a sanitizer looks at each byte that is read */
#else
#define SYMBOL_IS_CHECKED 0
#endif

/* Under the re-entry guard.  NULL when the table is full or locked. */
struct symbol *symbol_intern(const char *text, size_t length);
/* The same for several at once: each has length and text only and stays the
 * caller's unless the table takes it; replaced by the table's symbol of its
 * text.  False: some are not in the table. */
bool symbol_intern_all(struct symbol **symbols, size_t count);
/* Only finds.  No lock; callable from anywhere. */
struct symbol *symbol_find(const char *text, size_t length);
/* Id of the string block with its text in this process's segment; makes one
 * when needed.  0 if that is not possible. */
uint32_t symbol_segment_id(struct symbol *symbol);
/* Constructor: hashes the static symbols into the table. */
void symbol_init(void);
/* In the child of a fork. */
void symbol_reset_lock(void);

static ALWAYS_INLINE uint64_t symbol_word(const char *text)
{
	uint64_t word;

	memcpy(&word, text, sizeof(word));
	return word;
}

/*
 * Is this the symbol's text?  Mostly it is: eight bytes at a time then, which
 * reads as many bytes as the symbol has, be the text shorter, but in one page.
 */
static ALWAYS_INLINE bool symbol_is(const struct symbol *symbol,
				    const char *text)
{
	size_t last = symbol->length + 1 - sizeof(uint64_t), at;
	size_t in_page = ((uintptr_t)text & (SYMBOL_PAGE - 1)) + last;

	/* One of less than eight bytes makes last a large number. */
	if (unlikely(SYMBOL_IS_CHECKED ||
		     (in_page | last) > SYMBOL_PAGE - sizeof(uint64_t))) {
		for (at = 0; symbol->text[at] == text[at]; at++)
			if (text[at] == '\0')
				return true;
		return false;
	}
	for (at = 0; at < last; at += sizeof(uint64_t))
		if (symbol_word(symbol->text + at) != symbol_word(text + at))
			return false;
	return symbol_word(symbol->text + last) == symbol_word(text + last);
}

/* A field whose value is a symbol; NULL is TELEMETRY_NULL. */
static inline struct telemetry_field field_symbol(const struct symbol *key,
						  const struct symbol *value)
{
	struct telemetry_field f = { .key = key->text };

	if (value) {
		f.value.type = TELEMETRY_STRING;
		f.value.flags = VALUE_SYMBOL;
		f.value.length = value->length;
		f.value.as.string = value->text;
	}
	return f;
}

static inline struct telemetry_field field_i64(const struct symbol *key,
					       int64_t value)
{
	return (struct telemetry_field){
		.key = key->text,
		.value = { .type = TELEMETRY_INT64, .as.i64 = value },
	};
}

static inline struct telemetry_field field_u64(const struct symbol *key,
					       uint64_t value)
{
	return (struct telemetry_field){
		.key = key->text,
		.value = { .type = TELEMETRY_UINT64, .as.u64 = value },
	};
}

static inline struct telemetry_field field_pointer(const struct symbol *key,
						   const void *value)
{
	return (struct telemetry_field){
		.key = key->text,
		.value = { .type = TELEMETRY_POINTER, .as.pointer = value },
	};
}

static inline struct telemetry_field field_text(const struct symbol *key,
						const char *text, size_t length)
{
	return (struct telemetry_field){
		.key = key->text,
		.value = { .type = TELEMETRY_STRING,
			   .length = (uint32_t)length,
			   .as.string = text },
	};
}

/*
 * The same in place: a whole field would be built on the stack first, and
 * copied in pieces of another size than it was written in, for which the
 * processor waits.
 */
static ALWAYS_INLINE void field_set(struct telemetry_field *field,
				    const struct symbol *key, uint32_t type,
				    uint64_t bits)
{
	field->key = key->text;
	field->value.type = type;
	field->value.flags = 0;
	field->value.length = 0;
	field->value.as.u64 = bits;
}

static ALWAYS_INLINE void field_set_u64(struct telemetry_field *field,
					const struct symbol *key,
					uint64_t value)
{
	field_set(field, key, TELEMETRY_UINT64, value);
}

static ALWAYS_INLINE void field_set_i64(struct telemetry_field *field,
					const struct symbol *key, int64_t value)
{
	field_set(field, key, TELEMETRY_INT64, (uint64_t)value);
}

static ALWAYS_INLINE void field_set_symbol(struct telemetry_field *field,
					   const struct symbol *key,
					   const struct symbol *value)
{
	field->key = key->text;
	field->value.type = TELEMETRY_STRING;
	field->value.flags = VALUE_SYMBOL;
	field->value.length = value->length;
	field->value.as.string = value->text;
}

/* The symbol behind a value, interning its text if it is none yet; NULL for
 * values that are no string, or when the table is full. */
struct symbol *value_symbol(const struct telemetry_value *value);
/* The symbol of a key; NULL when the table is full. */
struct symbol *key_symbol(const char *key);

#endif
