/*
 * pieces.h - parts of lines that are the same in many, as they stand there.
 *
 * While a batch is handed over its texts neither move nor change, and each is
 * known by its address.
 */
#ifndef REPORTERS_JSON_PIECES_H
#define REPORTERS_JSON_PIECES_H

#include "common/json.h"

#include <telemetry/reporter.h>

struct json_options;

/* A text as the key of a field that is not the first: ,"text": */
struct json_piece {
	const char *text;
	uint32_t batch; /* when it was made */
	uint8_t length; /* of bytes; 0: it is too long for them */
	bool is_asked;	/* what follows is known */
	bool is_allowed, is_secret;
	char bytes[48];
};

/* ,"service":...,"tid": and its number. */
struct json_source {
	const struct telemetry_process *process;
	uint32_t batch, thread;
	uint32_t length; /* of bytes; 0: it is to be made */
	char bytes[300];
};

#define JSON_PIECES 256 /* a power of two */
#define JSON_SOURCES 16

struct json_pieces {
	uint32_t batch;
	struct json_piece pieces[JSON_PIECES];
	struct json_source sources[JSON_SOURCES];
};

/* Before anything of another batch. */
void json_pieces_begin(struct json_pieces *pieces);

/* Of json_piece(): it was another text's. */
void json_piece_make(struct json_piece *piece, uint32_t batch,
		     const char *text);

static inline struct json_piece *json_piece(struct json_pieces *pieces,
					    const char *text)
{
	uint64_t hash = (uintptr_t)text * 0x9e3779b97f4a7c15u;
	struct json_piece *piece =
		&pieces->pieces[hash >> 32 & (JSON_PIECES - 1)];

	if (piece->text != text || piece->batch != pieces->batch)
		json_piece_make(piece, pieces->batch, text);
	return piece;
}

/* The text as a string, where no comma is due. */
void json_piece_string(struct text *out, const struct json_piece *piece);
/* As a key, with what is around it. */
void json_piece_key(struct text *out, const struct json_piece *piece,
		    bool is_first);
/* What the options say of the field that has this key. */
void json_piece_ask(struct json_piece *piece,
		    const struct json_options *options);

struct json_source *json_source(struct json_pieces *pieces,
				const struct telemetry_process *process,
				uint32_t thread);
/* It is what was written since `begin`. */
void json_source_keep(struct json_source *source, const struct text *out,
		      size_t begin);

#endif
