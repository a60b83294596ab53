/*
 * gnutls_io.c - GnuTLS: tls.read and tls.write.
 *
 * A call that has to wait is a span of 0 bytes, as it is on a socket.  What is
 * corked counts when the program hands it over.
 */
#include "wrap/gnutls.h"

static void moved(struct wrap_call *call, const struct gnutls_next *next,
		  gnutls_session_t session, bool reads, ssize_t ret,
		  size_t bytes)
{
	struct tls_fields f = {
		.function = call->site->function,
		.direction = reads ? &SYM_receive : &SYM_transmit,
	};

	gnutls_describe(next, session, &f);
	if (ret != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
		f.reason =
			gnutls_reason(next, session, (int)(ret < 0 ? ret : 0),
				      call->exit_errno);
	f.has_bytes = !f.reason;
	f.bytes = ret < 0 ? 0 : bytes;
	tls_leave(call, &f);
}

#define IO(fn, reads, call_expression, bytes)                                  \
	struct wrap_call call WRAP_ON_UNWIND;                                  \
	ssize_t ret;                                                           \
                                                                               \
	call.open = false;                                                     \
	if (!wrap_wanted(&SITE(fn)) || !session ||                             \
	    !wrap_begin(&call, &SITE(fn), FRAME(), NULL, 0))                   \
		return next->call_expression;                                  \
	ret = next->call_expression;                                           \
	wrap_returned(&call);                                                  \
	moved(&call, next, session, reads, ret, (size_t)(bytes));              \
	return ret

ssize_t gnutls_record_recv_body(const struct gnutls_next *next,
				gnutls_session_t session, void *data,
				size_t size)
{
	IO(gnutls_record_recv, true, gnutls_record_recv(session, data, size),
	   ret);
}

ssize_t gnutls_record_recv_seq_body(const struct gnutls_next *next,
				    gnutls_session_t session, void *data,
				    size_t size, unsigned char *sequence)
{
	IO(gnutls_record_recv_seq, true,
	   gnutls_record_recv_seq(session, data, size, sequence), ret);
}

ssize_t gnutls_record_recv_packet_body(const struct gnutls_next *next,
				       gnutls_session_t session, void *packet)
{
	IO(gnutls_record_recv_packet, true,
	   gnutls_record_recv_packet(session, packet), ret);
}

ssize_t gnutls_record_recv_early_data_body(const struct gnutls_next *next,
					   gnutls_session_t session, void *data,
					   size_t size)
{
	IO(gnutls_record_recv_early_data, true,
	   gnutls_record_recv_early_data(session, data, size), ret);
}

ssize_t gnutls_record_send_body(const struct gnutls_next *next,
				gnutls_session_t session, const void *data,
				size_t size)
{
	IO(gnutls_record_send, false, gnutls_record_send(session, data, size),
	   ret);
}

ssize_t gnutls_record_send2_body(const struct gnutls_next *next,
				 gnutls_session_t session, const void *data,
				 size_t size, size_t pad, unsigned int flags)
{
	IO(gnutls_record_send2, false,
	   gnutls_record_send2(session, data, size, pad, flags), ret);
}

ssize_t gnutls_record_send_range_body(const struct gnutls_next *next,
				      gnutls_session_t session,
				      const void *data, size_t size,
				      const void *range)
{
	IO(gnutls_record_send_range, false,
	   gnutls_record_send_range(session, data, size, range), ret);
}

/* Returns 0 when it has taken all. */
ssize_t gnutls_record_send_early_data_body(const struct gnutls_next *next,
					   gnutls_session_t session,
					   const void *data, size_t size)
{
	IO(gnutls_record_send_early_data, false,
	   gnutls_record_send_early_data(session, data, size), size);
}

ssize_t gnutls_record_send_file_body(const struct gnutls_next *next,
				     gnutls_session_t session, int fd,
				     off_t *offset, size_t size)
{
	IO(gnutls_record_send_file, false,
	   gnutls_record_send_file(session, fd, offset, size), ret);
}
