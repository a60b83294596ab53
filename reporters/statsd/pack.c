/*
 * pack.c - lines into datagrams.
 */
#include "statsd/pack.h"

#include <string.h>

size_t pack(const char *items, size_t size, size_t max, struct text *packet,
	    unsigned int *count)
{
	size_t at = 0;

	packet->length = 0;
	*count = 0;
	while (at < size) {
		size_t length = strlen(items + at);
		size_t between = packet->length ? 1 : 0;

		if (packet->length + between + length > max)
			break;
		if (between)
			text_char(packet, '\n');
		text_bytes(packet, items + at, length);
		at += length + 1;
		++*count;
	}
	if (at == 0 && size) {
		*count = 1;
		at = strlen(items) + 1;
	}
	return at;
}
