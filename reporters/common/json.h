/*
 * json.h - JSON for reporters, written value after value.
 *
 * Commas come by themselves.  Whatever the bytes of a text are, what is written
 * is valid UTF-8 and harmless on a terminal: a byte that is not part of a
 * well-formed character is U+FFFD, a control character is escaped.
 */
#ifndef REPORTERS_COMMON_JSON_H
#define REPORTERS_COMMON_JSON_H

#include "common/text.h"

#define JSON_WHOLE ((size_t)-1)

/* '{' or '[', as a value of its own or behind a key. */
void json_open(struct text *out, char bracket);
void json_close(struct text *out, char bracket);
void json_key(struct text *out, const char *key);

/* At most `limit` bytes of the string, whole characters; true if something is
 * missing at its end, which is marked with an ellipsis. */
bool json_text(struct text *out, const char *string, size_t limit);
/* Does all of it go as it is? */
bool json_is_plain(const char *string, size_t length);
void json_bool(struct text *out, bool value);
/* Exact, also beyond 2^53, which readers that know doubles only will round. */
void json_u64(struct text *out, uint64_t value);
void json_i64(struct text *out, int64_t value);
/* "NaN", "Infinity" and "-Infinity" are strings: JSON has no such numbers. */
void json_double(struct text *out, double value);
void json_seconds(struct text *out, uint64_t ns);
/* In quotes, as protobuf's JSON has 64-bit integers. */
void json_u64_text(struct text *out, uint64_t value);
void json_i64_text(struct text *out, int64_t value);
/* 16 hexadecimal digits for each of the words, in quotes. */
void json_id(struct text *out, const uint64_t *words, int count);
/* "2026-11-21T12:00:00.123456789Z" from ns since the epoch. */
void json_time(struct text *out, uint64_t ns);

#endif
