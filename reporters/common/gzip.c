/*
 * gzip.c - text that is shorter on the way; zlib, linked in and hidden, because
 * some programs export one of their own.
 */
#include "common/gzip.h"

#include <stdlib.h>
#include <zlib.h>

#define WINDOW (15 + 16) /* the largest, and gzip's header and trailer */

bool gzip_pack(struct text *text)
{
	struct text packed = { 0 };
	z_stream z = { 0 };
	bool done = false;

	if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, WINDOW, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	packed.size = deflateBound(&z, text->length);
	packed.data = malloc(packed.size);
	if (packed.data) {
		z.next_in = (Bytef *)text->data;
		z.avail_in = (uInt)text->length;
		z.next_out = (Bytef *)packed.data;
		z.avail_out = (uInt)packed.size;
		done = deflate(&z, Z_FINISH) == Z_STREAM_END;
		packed.length = z.total_out;
	}
	deflateEnd(&z);
	text_free(done ? text : &packed);
	if (done)
		*text = packed;
	return done;
}
