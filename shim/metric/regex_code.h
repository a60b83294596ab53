/*
 * regex_code.h - a compiled pattern, between regex_compile.c, which makes it,
 * and regex.c, which runs it.
 */
#ifndef SHIM_METRIC_REGEX_CODE_H
#define SHIM_METRIC_REGEX_CODE_H

#include "metric/regex.h"

#define REGEX_CLASSES_MAX 32

enum regex_op {
	REGEX_CHAR,  /* the byte `arg` */
	REGEX_CLASS, /* a byte of classes[arg] */
	REGEX_SPLIT, /* goes on at `x`, or else at `y` */
	REGEX_JUMP,  /* goes on at `x` */
	REGEX_SAVE,  /* remembers where it is, in slot `arg` */
	REGEX_BEGIN,
	REGEX_END,
	REGEX_EDGE, /* of a word; arg: not there */
	REGEX_MATCH,
};

/* Targets are relative: code can be moved and copied. */
struct regex_step {
	uint8_t op;
	uint8_t arg;
	int16_t x, y;
};

struct regex_class {
	uint64_t bits[4];
};

struct regex {
	uint16_t count;
	uint16_t class_count;
	uint16_t groups;
	struct regex_class classes[REGEX_CLASSES_MAX];
	struct regex_step code[REGEX_CODE_MAX];
};

static inline bool class_has(const struct regex_class *class, uint8_t c)
{
	return class->bits[c / 64] >> (c % 64) & 1;
}

#endif
