/*
 * <telemetry/value.h> - the values and fields of events; a part of
 * <telemetry/telemetry.h>.
 *
 * Plain structures and inline functions, callable from anywhere.  Keys and
 * texts are borrowed, never copied here.
 */
#ifndef TELEMETRY_VALUE_H
#define TELEMETRY_VALUE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
/* C as C++ programs may have it checked. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wzero-as-null-pointer-constant"
extern "C" {
#endif

#define TELEMETRY_FIELDS_MAX 32 /* measurements, or metadata, of one event */

enum telemetry_type {
	TELEMETRY_NULL = 0, /* present, but empty */
	TELEMETRY_INT64 = 1,
	TELEMETRY_UINT64 = 2,
	TELEMETRY_DOUBLE = 3,
	TELEMETRY_BOOL = 4,
	TELEMETRY_STRING = 5, /* not necessarily terminated */
	TELEMETRY_POINTER = 6 /* an address, e.g. of a heap block */
};

struct telemetry_value {
	uint16_t type;	 /* enum telemetry_type */
	uint16_t flags;	 /* for the shim; 0 */
	uint32_t length; /* bytes, TELEMETRY_STRING only */
	union {
		int64_t i64;
		uint64_t u64;
		double f64;
		int boolean;
		const char *string;
		const void *pointer;
	} as;
};

struct telemetry_field {
	const char *key; /* [A-Za-z0-9_.], terminated */
	struct telemetry_value value;
};

/* What a handler is given: valid and unchanging until it returns. */
struct telemetry_fields {
	const struct telemetry_field *items;
	size_t count;
};

/*
 * Fields with a number or a truth.
 * Owns:    nothing: key is borrowed as long as the field is used.
 * Threads: any.
 * From:    anywhere, handlers, constructors and signal handlers too.
 * Units:   the caller's.
 * Errors:  none: telemetry_execute() judges the field.
 */
static inline struct telemetry_field telemetry_i64(const char *key, int64_t v)
{
	struct telemetry_field f;

	memset(&f, 0, sizeof(f));
	f.key = key;
	f.value.type = TELEMETRY_INT64;
	f.value.as.i64 = v;
	return f;
}

static inline struct telemetry_field telemetry_u64(const char *key, uint64_t v)
{
	struct telemetry_field f;

	memset(&f, 0, sizeof(f));
	f.key = key;
	f.value.type = TELEMETRY_UINT64;
	f.value.as.u64 = v;
	return f;
}

static inline struct telemetry_field telemetry_f64(const char *key, double v)
{
	struct telemetry_field f;

	memset(&f, 0, sizeof(f));
	f.key = key;
	f.value.type = TELEMETRY_DOUBLE;
	f.value.as.f64 = v;
	return f;
}

static inline struct telemetry_field telemetry_bool(const char *key, int v)
{
	struct telemetry_field f;

	memset(&f, 0, sizeof(f));
	f.key = key;
	f.value.type = TELEMETRY_BOOL;
	f.value.as.boolean = v != 0;
	return f;
}

/*
 * text NULL is TELEMETRY_NULL.
 * Owns:    nothing: key and text are borrowed as long as the field is used.
 * Threads: any.
 * From:    anywhere, handlers, constructors and signal handlers too.
 * Units:   bytes (length).
 * Errors:  none: telemetry_execute() judges the field.
 */
static inline struct telemetry_field
telemetry_strn(const char *key, const char *text, size_t length)
{
	struct telemetry_field f;

	memset(&f, 0, sizeof(f));
	f.key = key;
	if (text) {
		f.value.type = TELEMETRY_STRING;
		f.value.length = (uint32_t)length;
		f.value.as.string = text;
	}
	return f;
}

static inline struct telemetry_field telemetry_str(const char *key,
						   const char *text)
{
	return telemetry_strn(key, text, text ? strlen(text) : 0);
}

#define TELEMETRY_I64(key, v) telemetry_i64(key, v)
#define TELEMETRY_U64(key, v) telemetry_u64(key, v)
#define TELEMETRY_F64(key, v) telemetry_f64(key, v)
#define TELEMETRY_BOOLEAN(key, v) telemetry_bool(key, v)
#define TELEMETRY_STR(key, text) telemetry_str(key, text)

/*
 * The value of the first field with this key, or NULL.
 * Owns:    nothing; the value lives as long as the fields.
 * Threads: any.
 * From:    anywhere, handlers, constructors and signal handlers too.
 * Units:   as the event has them.
 * Errors:  NULL.
 */
static inline const struct telemetry_value *
telemetry_get(const struct telemetry_fields *fields, const char *key)
{
	size_t i;

	for (i = 0; i < fields->count; i++)
		if (strcmp(fields->items[i].key, key) == 0)
			return &fields->items[i].value;
	return NULL;
}

#ifdef __cplusplus
}
#pragma GCC diagnostic pop
#endif

#endif
