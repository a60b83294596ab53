/*
 * pieces.c - parts of lines that are the same in many.
 *
 * What is too long, or has to be escaped, is made anew each time.
 */
#include "json/pieces.h"

#include "json/json.h"

void json_pieces_begin(struct json_pieces *pieces)
{
	pieces->batch++;
}

void json_piece_make(struct json_piece *piece, uint32_t batch, const char *text)
{
	size_t length = strlen(text);

	piece->text = text;
	piece->batch = batch;
	piece->is_asked = false;
	piece->length = 0;
	if (length + 4 >= sizeof(piece->bytes) || !json_is_plain(text, length))
		return;
	piece->length = (uint8_t)(length + 4);
	memcpy(piece->bytes, ",\"", 2);
	memcpy(piece->bytes + 2, text, length);
	memcpy(piece->bytes + 2 + length, "\":", 2);
}

/* More bytes than that, but always as many: it takes less time. */
static inline void put(struct text *out, const struct json_piece *piece,
		       size_t skip, size_t length)
{
	const size_t most = sizeof(piece->bytes) - 1;

	if (!text_reserve(out, most))
		return;
	memcpy(out->data + out->length, piece->bytes + skip, most);
	out->length += length;
}

void json_piece_string(struct text *out, const struct json_piece *piece)
{
	if (piece->length)
		put(out, piece, 1, piece->length - 2u);
	else
		json_text(out, piece->text, JSON_WHOLE);
}

void json_piece_key(struct text *out, const struct json_piece *piece,
		    bool is_first)
{
	if (piece->length)
		put(out, piece, is_first, piece->length - (size_t)is_first);
	else
		json_key(out, piece->text);
}

void json_piece_ask(struct json_piece *piece,
		    const struct json_options *options)
{
	piece->is_asked = true;
	piece->is_allowed = json_is_allowed(options, piece->text);
	piece->is_secret = json_is_secret(options, piece->text);
}

/* ---- whose a record is --------------------------------------------------- */

struct json_source *json_source(struct json_pieces *pieces,
				const struct telemetry_process *process,
				uint32_t thread)
{
	struct json_source *source = &pieces->sources[thread % JSON_SOURCES];

	if (source->process == process && source->thread == thread &&
	    source->batch == pieces->batch)
		return source;
	source->process = process;
	source->thread = thread;
	source->batch = pieces->batch;
	source->length = 0;
	return source;
}

void json_source_keep(struct json_source *source, const struct text *out,
		      size_t begin)
{
	size_t length = out->length - begin;

	if (out->failed || length > sizeof(source->bytes))
		return;
	memcpy(source->bytes, out->data + begin, length);
	source->length = (uint32_t)length;
}
