/*
 * send.c - lines of a report, packed and sent.
 */
#include "common/output.h"
#include "statsd/pack.h"
#include "statsd/report.h"

#include <errno.h>

/* What would be sent, with its size in front. */
static int show(struct report *r, const struct text *packet)
{
	const char *file = *r->push->dry_run ? r->push->dry_run : NULL;
	int64_t left = r->end_ms - link_now_ms();
	struct text out = { 0 };
	int error;

	text_str(&out, "# datagram of ");
	text_u64(&out, packet->length);
	text_str(&out, " bytes\n");
	text_bytes(&out, packet->data, packet->length);
	text_char(&out, '\n');
	error = out.failed ? -ENOMEM
			   : output_write(file, out.data, out.length,
					  left > 0 ? (int)left : 0);
	text_free(&out);
	return error;
}

static int send_packet(struct report *r, const struct text *packet,
		       unsigned int lines)
{
	struct peer *peer = &r->push->peer;
	uint64_t refused = peer->dropped[PEER_NO_READER];
	int error;

	if (packet->failed)
		return -ENOMEM;
	if (r->push->dry_run)
		return show(r, packet);
	error = peer_send(peer, packet->data, packet->length, lines, r->end_ms);
	r->refused |= peer->dropped[PEER_NO_READER] != refused;
	return error;
}

/* A datagram that the way does not take teaches what it does take. */
static bool shrink(struct report *r, size_t size)
{
	size_t smaller = size / 2;

	if (size <= 64)
		return false;
	r->mtu = smaller;
	if (!r->push->mtu || r->push->mtu > smaller)
		r->push->mtu = smaller;
	return true;
}

void report_flush(struct report *r)
{
	struct peer *peer = &r->push->peer;
	struct text packet = { 0 };
	size_t at = 0;

	while (at < r->items.length && !r->items.failed) {
		unsigned int lines;
		size_t used = pack(r->items.data + at, r->items.length - at,
				   r->mtu, &packet, &lines);
		int error = -EMSGSIZE;

		if (packet.length) {
			error = send_packet(r, &packet, lines);
			if (error == -EMSGSIZE && shrink(r, packet.length))
				continue;
		}
		if (error == -EMSGSIZE)
			peer_drop(peer, error, lines);
		r->error = error ? error : r->error;
		at += used;
	}
	if (r->items.failed)
		r->push->no_memory++;
	text_free(&packet);
	text_free(&r->items);
}
